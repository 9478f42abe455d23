//! What questions make of the records of minutes and hours, kept as long as there is room: a record
//! tells all series apart, a question adds most of them up, and the same hours are asked for again
//! and again.
//!
//! A digest is of one version of its record. Whoever asks says which version there is now, read
//! before the record was; an older one is as good as none, so that nothing must be told when a
//! record changes.
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::RandomState;
use lru::LruCache;

use crate::local::keys::{RollupTable, Stretch};
use crate::rollup::{Grouping, Series};

/// What a digest costs beside its bytes: its key, its place among the others, and allocations.
const OVERHEAD: usize = 192;

pub(super) struct Digests {
    kept: Mutex<Kept>,
    bytes_max: usize,
    /// Takes digests of any version: what a test must notice.
    #[cfg(test)]
    is_blind: std::sync::atomic::AtomicBool,
}

struct Kept {
    digests: LruCache<Key, Digest, RandomState>,
    bytes: usize,
}

struct Digest {
    version: u64,
    bytes: Arc<[u8]>,
}

/// The record of a bucket, and what a question makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// When the bucket began.
    pub(super) bucket: u64,
    pub(super) stretch: Stretch,
    pub(super) number: u32,
    pub(super) told: Told,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Told {
    /// All calls and spans by service, in the bytes of a period.
    Services,
    /// All calls by caller and callee, in the bytes of a period.
    Pairs,
    /// How long the calls of one series took, in the bytes of a sketch; of edges, of any kind.
    Durations(Series),
}

impl Told {
    /// What is kept for such a question. Operations are told apart in records as in answers: of
    /// these there is nothing shorter.
    pub(super) const fn of(by: Grouping) -> Option<Self> {
        match by {
            Grouping::Services => Some(Self::Services),
            Grouping::Operations => None,
            Grouping::Edges => Some(Self::Pairs),
        }
    }
}

/// Where the records of a grouping are.
pub(super) const fn table_of(by: Grouping) -> RollupTable {
    match by {
        Grouping::Services | Grouping::Operations => RollupTable::Operations,
        Grouping::Edges => RollupTable::Edges,
    }
}

impl Digests {
    pub(super) fn with_room_for(bytes_max: usize) -> Self {
        Self {
            kept: Mutex::new(Kept {
                digests: LruCache::unbounded_with_hasher(RandomState::default()),
                bytes: 0,
            }),
            bytes_max,
            #[cfg(test)]
            is_blind: false.into(),
        }
    }

    /// The digests of these versions, as far as they are kept.
    pub(super) fn get(&self, wanted: impl Iterator<Item = (Key, u64)>) -> Vec<Option<Arc<[u8]>>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = wanted.map(|(key, version)| {
            let digest = kept.digests.get(&key);
            let digest = digest.filter(|digest| self.is_of(digest, version))?;
            Some(Arc::clone(&digest.bytes))
        });
        found.collect()
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "a test has other digests")]
    const fn is_of(&self, digest: &Digest, version: u64) -> bool {
        digest.version == version
    }

    #[cfg(test)]
    fn is_of(&self, digest: &Digest, version: u64) -> bool {
        digest.version == version || self.is_blind.load(std::sync::atomic::Ordering::Relaxed)
    }

    pub(super) fn put(&self, key: Key, version: u64, bytes: &[u8]) {
        let cost = bytes.len() + OVERHEAD;
        if cost > self.bytes_max / 8 {
            return;
        }
        let bytes = bytes.into();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let before = kept.digests.push(key, Digest { version, bytes });
        kept.bytes += cost;
        kept.bytes -= before.map_or(0, |(_, digest)| digest.cost());
        while kept.bytes > self.bytes_max {
            let Some((_, oldest)) = kept.digests.pop_lru() else {
                break;
            };
            kept.bytes -= oldest.cost();
        }
    }
}

impl Digest {
    fn cost(&self) -> usize {
        self.bytes.len() + OVERHEAD
    }
}

#[cfg(test)]
mod tests;
