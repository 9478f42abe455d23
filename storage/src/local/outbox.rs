//! The log of commit groups, a family of RocksDB: what is acknowledged is here until it is rows.
use std::io;

use rocksdb::{CompactOptions, IteratorMode, WriteBatch, WriteOptions};

use crate::local::keys;
use crate::local::rocks::{Rocks, RocksError};
use crate::local::rocks_files::ManifestSeal;

/// A commit group with its sequence.
pub(super) type StoredGroup = (u64, Box<[u8]>);

/// Files of trimmed groups smaller than this are not worth the work.
const TRIMMED_BYTES_KEPT: u64 = 1 << 20;

impl Rocks {
    /// Writes a commit group to the log. With `sync` it is on disk when this returns.
    pub(super) fn put_group(
        &self,
        sequence: u64,
        group: &[u8],
        sync: bool,
    ) -> Result<(), RocksError> {
        let mut options = WriteOptions::default();
        options.set_sync(sync);
        // A stalled write would hold every waiting request: refuse instead, they may retry.
        options.set_no_slowdown(true);
        let mut batch = WriteBatch::default();
        batch.put_cf(&self.family(keys::OUTBOX)?, keys::outbox(sequence), group);
        Ok(self.db.write_opt(&batch, &options)?)
    }

    /// The commit groups of the log in order.
    pub(super) fn groups(&self) -> Result<Vec<StoredGroup>, RocksError> {
        let family = self.family(keys::OUTBOX)?;
        let mut groups = Vec::new();
        for item in self.db.iterator_cf(&family, IteratorMode::Start) {
            let (key, value) = item?;
            if let Some(sequence) = keys::outbox_sequence(&key) {
                groups.push((sequence, value));
            }
        }
        Ok(groups)
    }

    /// Forgets the groups below a sequence, whose rows and documents are on disk. Remembers the
    /// sequence in the same batch: numbers are part of row keys and must never start anew. The seal
    /// covers the MANIFEST's words about the files that have the spans now.
    pub(super) fn trim_groups(&self, below: u64) -> Result<io::Result<ManifestSeal>, RocksError> {
        let family = self.family(keys::OUTBOX)?;
        let mut batch = WriteBatch::default();
        batch.delete_range_cf(&family, keys::outbox(0), keys::outbox(below));
        batch.put(keys::SEQUENCE, below.to_be_bytes());
        self.db.write(&batch)?;
        // Frees the memory of the groups, and lets RocksDB delete the log files that held them: a
        // log file goes when no family has unflushed data in it, also not the few bytes of the
        // default family.
        self.db.flush_cf(&family)?;
        // Between the flushes: the second one's fsync makes all that is sealed durable.
        let seal = self.sealer.seal(self.db.path());
        self.db.flush_cf(&self.family("default")?)?;
        Ok(seal)
    }

    /// Gives back the files of groups that are trimmed. What came between a window's end and its
    /// flush went from memory into a file, and would stay there until RocksDB has four of them.
    pub(super) fn drop_trimmed_files(&self) -> Result<(), RocksError> {
        if self.family_bytes(keys::OUTBOX) < TRIMMED_BYTES_KEPT {
            return Ok(());
        }
        let family = self.family(keys::OUTBOX)?;
        let mut options = CompactOptions::default();
        // Merges of rows go on beside it.
        options.set_exclusive_manual_compaction(false);
        let (from, to): (Option<&[u8]>, Option<&[u8]>) = (None, None);
        self.db.compact_range_cf_opt(&family, from, to, &options);
        Ok(())
    }

    /// A sequence that no group below it will ever use again.
    pub(super) fn sequence_floor(&self) -> Result<u64, RocksError> {
        let value = self.db.get(keys::SEQUENCE)?;
        Ok(value
            .and_then(|value| keys::outbox_sequence(&value))
            .unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that no compression makes smaller.
    fn noise(seed: u64, length: usize) -> Vec<u8> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let next = |_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        };
        (0..length).map(next).collect()
    }

    /// Given groups that went into a file between a window's end and its flush, when they are
    /// trimmed and nothing waits, then nothing of them is left on the disk, and what came later is.
    #[test]
    fn files_of_trimmed_groups_are_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let rocks = Rocks::open(folder.path(), 1 << 20, 64 << 20).unwrap();
        for sequence in 0..8 {
            rocks
                .put_group(sequence, &noise(sequence, 1 << 20), false)
                .unwrap();
        }
        let _ = rocks.trim_groups(4).unwrap();
        let _ = rocks.trim_groups(7).unwrap();
        assert!(rocks.family_bytes(keys::OUTBOX) > 4 << 20);
        rocks.drop_trimmed_files().unwrap();
        let left = rocks.family_bytes(keys::OUTBOX);
        assert!((1 << 20..2 << 20).contains(&left), "{left} bytes");
        let groups = rocks.groups().unwrap();
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].0, 7);
        assert_eq!(*groups[0].1, *noise(7, 1 << 20));
    }
}
