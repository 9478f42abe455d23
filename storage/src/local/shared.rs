//! What the threads of the local store share: the halves of the data, limits and counters.
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::id::TraceId;
use crate::local::Durability;
use crate::local::bucket::Bucket;
use crate::local::catalogue::BucketRecord;
use crate::local::digests::Digests;
use crate::local::keys;
use crate::local::rocks::{Rocks, RocksError};
use crate::local::room::Room;
use crate::local::settle;
use crate::local::tail::Tail;
use crate::local::terms::TermHasher;
use crate::local::watermark::Watermark;
use crate::store::{StoreError, StoreStatus};
use crate::time::Clock;

const HOUR_MS: u64 = 3_600_000;
/// About this many buckets are alive at once: each costs memory and a look at every read by id.
const BUCKETS_ALIVE: u64 = 28;

pub(super) struct Shared {
    pub(super) rocks: Arc<Rocks>,
    pub(super) tail: Tail,
    pub(super) room: Room,
    pub(super) watermark: Watermark,
    pub(super) counters: Counters,
    pub(super) sizes: Sizes,
    pub(super) digests: Digests,
    pub(super) durability: Durability,
    pub(super) retention_ms: u64,
    pub(super) max_disk: Option<u64>,
    pub(super) data_dir: PathBuf,
    pub(super) clock: Clock,
    /// Oldest first; the last one takes new spans.
    pub(super) buckets: RwLock<Vec<Arc<Bucket>>>,
    /// Bytes of batches that wait for the committer.
    pub(super) waiting: Arc<AtomicUsize>,
    /// Written while spans move from the tail to the rows; read by who counts both.
    pub(super) moves: RwLock<()>,
    /// The store is being closed: long work ends early.
    pub(super) closing: AtomicBool,
    /// Holds the data folder for this process.
    pub(super) _lock: File,
}

/// How the memory budget is shared out, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) block_cache: usize,
    /// What is kept of rollups that were read.
    pub(super) digests: usize,
    /// Tail at which a window closes early.
    pub(super) window: usize,
    /// Tail at which writes are refused.
    pub(super) tail_max: usize,
    /// Batches that may wait for the committer.
    pub(super) waiting_max: usize,
    /// Commit groups in memory beyond which they become files.
    pub(super) outbox: usize,
    /// Rows in memory that make a flush worthwhile.
    pub(super) flush: usize,
}

impl Sizes {
    pub(super) fn of(memory: Option<u64>) -> Self {
        let memory = memory.unwrap_or(512 << 20).clamp(64 << 20, 1 << 40) as usize;
        Self {
            // Both caches together are a sixteenth.
            block_cache: memory / 64 * 3,
            digests: memory / 64,
            window: memory / 21,
            tail_max: memory / 4,
            waiting_max: memory / 4,
            outbox: (memory / 2).min(256 << 20),
            flush: (memory / 21).min(32 << 20),
        }
    }
}

#[derive(Default)]
pub(super) struct Counters {
    spans: AtomicU64,
    commits: AtomicU64,
    settle_failures: AtomicU64,
    unions_skipped: AtomicU64,
    words_refused: AtomicU64,
    dropped_early: AtomicU64,
    disk_bytes: AtomicU64,
    indexes_rebuilt: AtomicU64,
    /// How far the index that is being built has come, in percent.
    rebuild_percent: AtomicU64,
    searches_partial: AtomicU64,
}

impl Counters {
    pub(super) fn index_rebuilt(&self) {
        self.indexes_rebuilt.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn set_rebuild_percent(&self, percent: u64) {
        self.rebuild_percent.store(percent, Ordering::Relaxed);
    }

    pub(super) fn search_partial(&self) {
        self.searches_partial.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn committed(&self, spans: u64) {
        self.spans.fetch_add(spans, Ordering::Relaxed);
        self.commits.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn settle_failed(&self) {
        self.settle_failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn union_skipped(&self) {
        self.unions_skipped.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn words_refused(&self, words: u64) {
        self.words_refused.fetch_add(words, Ordering::Relaxed);
    }

    pub(super) fn dropped_early(&self) {
        self.dropped_early.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn set_disk_bytes(&self, bytes: u64) {
        self.disk_bytes.store(bytes, Ordering::Relaxed);
    }
}

impl Shared {
    /// The buckets as they are now, oldest first.
    pub(super) fn buckets(&self) -> Vec<Arc<Bucket>> {
        self.buckets
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The bucket for spans that arrive now. Only the committer asks. A clock that steps back
    /// stays in the newest bucket; arrival decides, so that no span can make buckets.
    pub(super) fn head(&self, now_ms: u64) -> Result<Arc<Bucket>, String> {
        let newest = self
            .buckets
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .last()
            .cloned();
        if let Some(bucket) = newest.filter(|bucket| now_ms < bucket.end_ms) {
            return Ok(bucket);
        }
        let length = bucket_length_ms(self.retention_ms);
        let start_ms = now_ms / length * length;
        let record = BucketRecord {
            start_ms,
            end_ms: start_ms + length,
            dropping: false,
            hasher: TermHasher {
                keys: [0, 1].map(|number: u64| RandomState::new().hash_one(number)),
            },
        };
        self.rocks
            .put_record(&keys::bucket(start_ms), &record.encode())
            .map_err(|error| error.to_string())?;
        let bucket = Arc::new(Bucket::create(&self.rocks, &self.data_dir, record)?);
        self.buckets
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::clone(&bucket));
        Ok(bucket)
    }

    pub(super) fn forget_bucket(&self, bucket: &Bucket) {
        bucket.index.retire();
        self.buckets
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|other| other.start_ms != bucket.start_ms);
    }

    /// A bucket and the one before it: where the rest of a trace that arrives may be.
    pub(super) fn neighbours(&self, bucket: &Bucket) -> Vec<Arc<Bucket>> {
        let buckets = self.buckets();
        let position = buckets
            .iter()
            .position(|other| other.start_ms == bucket.start_ms);
        position.map_or_else(Vec::new, |position| {
            buckets[position.saturating_sub(1)..=position].to_vec()
        })
    }

    /// The bucket before another.
    pub(super) fn before(&self, bucket: &Bucket) -> Option<Arc<Bucket>> {
        let mut neighbours = self.neighbours(bucket);
        neighbours.pop();
        neighbours.pop()
    }

    /// May rows of this trace be in the bucket or the one before? Never wrong when it says no.
    pub(super) fn may_have_rows(&self, bucket: &Bucket, id: TraceId) -> bool {
        self.neighbours(bucket)
            .iter()
            .any(|bucket| bucket.may_have_rows(id))
    }

    /// While it is held, spans move from the tail to the rows.
    pub(super) fn moving(&self) -> RwLockWriteGuard<'_, ()> {
        self.moves.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// While it is held, no span moves from the tail to the rows.
    pub(super) fn resting(&self) -> RwLockReadGuard<'_, ()> {
        self.moves.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Is there room for a batch?
    pub(super) fn has_room(&self, bytes: usize) -> Result<(), StoreError> {
        self.room.admit()?;
        if let Some(fault) = self.rocks.fault() {
            return Err(StoreError::Unavailable(format!(
                "nothing can be written: {}",
                fault.text
            )));
        }
        if self.tail.bytes() > self.sizes.tail_max {
            return Err(StoreError::Overloaded(
                "spans come faster than they can be arranged on disk".to_owned(),
            ));
        }
        self.fits(self.waiting.load(Ordering::Acquire), bytes)
    }

    /// Takes room for a batch that will wait for the committer.
    pub(super) fn admit(&self, bytes: usize) -> Result<(), StoreError> {
        self.has_room(bytes)?;
        let waiting = self.waiting.fetch_add(bytes, Ordering::AcqRel);
        self.fits(waiting, bytes)
            .inspect_err(|_| self.release(bytes))
    }

    fn fits(&self, waiting: usize, bytes: usize) -> Result<(), StoreError> {
        if waiting > 0 && waiting + bytes > self.sizes.waiting_max {
            return Err(StoreError::Overloaded(
                "spans come faster than they can be written to the log".to_owned(),
            ));
        }
        Ok(())
    }

    pub(super) fn release(&self, bytes: usize) {
        self.waiting.fetch_sub(bytes, Ordering::AcqRel);
    }

    pub(super) fn trim_groups(&self, below: u64) -> Result<(), RocksError> {
        let seal = self.rocks.trim_groups(below).inspect_err(|error| {
            tracing::error!(%error, "the log could not be trimmed; it grows until this succeeds");
        })?;
        match seal {
            Ok(seal) => self.watermark.set_seal(seal),
            Err(error) => tracing::warn!(%error, "the MANIFEST in rocks/ could not be sealed"),
        }
        Ok(())
    }

    pub(super) fn status(&self) -> StoreStatus {
        let buckets = self.buckets();
        StoreStatus {
            name: "LocalStore",
            spans_written: self.counters.spans.load(Ordering::Relaxed),
            disk_bytes: self.counters.disk_bytes.load(Ordering::Relaxed),
            tail_bytes: self.tail.bytes() as u64,
            unflushed_bytes: buckets
                .iter()
                .map(|bucket| bucket.unflushed_bytes() as u64)
                .sum(),
            buckets: buckets.len() as u64,
            oldest_ms: buckets.first().map(|bucket| bucket.start_ms),
            names_refused: buckets.iter().map(|bucket| bucket.names.refused()).sum(),
            commits: self.counters.commits.load(Ordering::Relaxed),
            terms_refused: self.counters.words_refused.load(Ordering::Relaxed),
            unions_skipped: self.counters.unions_skipped.load(Ordering::Relaxed),
            failures: self.counters.settle_failures.load(Ordering::Relaxed),
            buckets_dropped_early: self.counters.dropped_early.load(Ordering::Relaxed),
            indexes_missing: (buckets.iter())
                .filter(|bucket| !bucket.index.is_whole())
                .count() as u64,
            indexes_rebuilt: self.counters.indexes_rebuilt.load(Ordering::Relaxed),
            rebuild_percent: (buckets.iter())
                .any(|bucket| bucket.index.is_building())
                .then(|| self.counters.rebuild_percent.load(Ordering::Relaxed)),
            searches_partial: self.counters.searches_partial.load(Ordering::Relaxed),
        }
    }

    /// Finishes dropping a bucket that was being dropped when the process ended.
    pub(super) fn finish_drop(&self, start_ms: u64) -> Result<(), String> {
        settle::finish_drop(self, start_ms)
    }
}

/// Whole hours, so that about [`BUCKETS_ALIVE`] buckets cover the retention.
fn bucket_length_ms(retention_ms: u64) -> u64 {
    retention_ms
        .div_ceil(BUCKETS_ALIVE)
        .div_ceil(HOUR_MS)
        .max(1)
        * HOUR_MS
}
