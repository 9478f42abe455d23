//! The truth: RocksDB. Opening, the rows of traces, records beside them.
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use rocksdb::{
    BoundColumnFamily, DBWithThreadMode, Direction, IteratorMode, MultiThreaded, Options,
    ReadOptions, WriteBatch, WriteOptions,
};

use crate::id::TraceId;
use crate::local::faults::{Fault, Faults};
use crate::local::keys;
use crate::local::rocks_files::Sealer;
use crate::local::rocks_options::{database_options, descriptors, rows_options};

/// What can go wrong below.
#[derive(Debug, thiserror::Error)]
pub(super) enum RocksError {
    #[error(transparent)]
    Rocks(#[from] rocksdb::Error),
    /// Retention has dropped the bucket meanwhile: it has no rows any more.
    #[error("column family {0} is gone")]
    Gone(String),
}

pub(super) struct Rocks {
    pub(super) db: DBWithThreadMode<MultiThreaded>,
    pub(super) rows_options: Options,
    pub(super) faults: Faults,
    pub(super) sealer: Sealer,
}

/// The value of a row with its trace.
pub(super) type TraceRow = (TraceId, Box<[u8]>);

/// A key and its value.
pub(super) type StoredRecord = (Vec<u8>, Vec<u8>);

/// One column family; a handle that is dropped before its database.
type Family<'a> = Arc<BoundColumnFamily<'a>>;

impl Rocks {
    /// Opens or creates the database with every family it has.
    pub(super) fn open(
        folder: &Path,
        block_cache_bytes: usize,
        outbox_bytes: usize,
    ) -> Result<Self, RocksError> {
        let faults = Faults::default();
        let mut options = database_options();
        options.add_event_listener(faults.clone());
        let rows_options = rows_options(block_cache_bytes);
        let mut families = match DBWithThreadMode::<MultiThreaded>::list_cf(&options, folder) {
            Ok(families) => families,
            Err(_) if is_new(folder) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        for needed in ["default", keys::OUTBOX] {
            if !families.iter().any(|family| family == needed) {
                families.push(needed.to_owned());
            }
        }
        let descriptors = descriptors(&families, &rows_options, outbox_bytes);
        let db = DBWithThreadMode::open_cf_descriptors(&options, folder, descriptors)?;
        Ok(Self {
            db,
            rows_options,
            faults,
            sealer: Sealer::default(),
        })
    }

    pub(super) fn create_family(&self, name: &str) -> Result<(), RocksError> {
        if self.db.cf_handle(name).is_some() {
            return Ok(());
        }
        Ok(self.db.create_cf(name, &self.rows_options)?)
    }

    pub(super) fn drop_family(&self, name: &str) -> Result<(), RocksError> {
        if self.db.cf_handle(name).is_none() {
            return Ok(());
        }
        Ok(self.db.drop_cf(name)?)
    }

    pub(super) fn family(&self, name: &str) -> Result<Family<'_>, RocksError> {
        self.db
            .cf_handle(name)
            .ok_or_else(|| RocksError::Gone(name.to_owned()))
    }

    /// Why RocksDB takes no writes now; reads go on.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.faults.get()
    }

    /// Takes writes again after a full disk: everything in memory is flushed, and a new log begun,
    /// since the end of the old one may be torn.
    pub(super) fn resume(&self) -> Result<(), RocksError> {
        let fault = self.faults.get();
        // Before, so that a fault that comes meanwhile stays.
        self.faults.set(None);
        let resumed = self.db.resume();
        Ok(resumed.inspect_err(|_| self.faults.keep(fault))?)
    }

    /// Bytes of all that is in memory and not yet in files of its own.
    pub(super) fn memory_bytes(&self) -> u64 {
        let families = self.db.cf_names();
        families
            .iter()
            .filter_map(|name| {
                let family = self.db.cf_handle(name)?;
                let property = rocksdb::properties::CUR_SIZE_ALL_MEM_TABLES;
                self.db.property_int_value_cf(&family, property).ok()?
            })
            .sum()
    }

    pub(super) fn sync_log(&self) -> Result<(), RocksError> {
        Ok(self.db.flush_wal(true)?)
    }

    /// Puts rows (and what else a bucket keeps) without the log: until [`Self::flush`] the commit
    /// groups hold the same spans.
    pub(super) fn put_rows(
        &self,
        family: &str,
        rows: &[(Vec<u8>, Vec<u8>)],
    ) -> Result<(), RocksError> {
        self.replace(family, rows, &[])
    }

    /// Puts records and deletes ranges of keys (the end not included) in one batch, without the
    /// log: for what is derived from the rows.
    pub(super) fn replace(
        &self,
        family: &str,
        records: &[(Vec<u8>, Vec<u8>)],
        forgotten: &[(Vec<u8>, Vec<u8>)],
    ) -> Result<(), RocksError> {
        let family = self.family(family)?;
        let mut options = WriteOptions::default();
        options.disable_wal(true);
        let mut batch = WriteBatch::default();
        for (from, to) in forgotten {
            batch.delete_range_cf(&family, from, to);
        }
        for (key, value) in records {
            batch.put_cf(&family, key, value);
        }
        Ok(self.db.write_opt(&batch, &options)?)
    }

    pub(super) fn get(&self, family: &str, key: &[u8]) -> Result<Option<Vec<u8>>, RocksError> {
        Ok(self.db.get_cf(&self.family(family)?, key)?)
    }

    /// What `read` makes of a value where it lies, without a copy.
    pub(super) fn pinned<T>(
        &self,
        family: &str,
        key: &[u8],
        read: impl FnOnce(&[u8]) -> T,
    ) -> Result<Option<T>, RocksError> {
        let value = self.db.get_pinned_cf(&self.family(family)?, key)?;
        Ok(value.map(|value| read(&value)))
    }

    /// The last record of a range of keys, the end not included.
    pub(super) fn last_of(
        &self,
        family: &str,
        from: &[u8],
        to: &[u8],
    ) -> Result<Option<StoredRecord>, RocksError> {
        let mut options = ReadOptions::default();
        options.set_total_order_seek(true);
        options.set_iterate_lower_bound(from);
        options.set_iterate_upper_bound(to);
        let family = self.family(family)?;
        let mut iterator = self.db.raw_iterator_cf_opt(&family, options);
        iterator.seek_to_last();
        iterator.status()?;
        Ok(iterator
            .item()
            .map(|(key, value)| (key.to_vec(), value.to_vec())))
    }

    pub(super) fn flush(&self, family: &str) -> Result<(), RocksError> {
        Ok(self.db.flush_cf(&self.family(family)?)?)
    }

    /// The values of a trace's rows in a bucket, in the order of their sequences.
    pub(super) fn rows(&self, family: &str, id: TraceId) -> Result<Vec<Box<[u8]>>, RocksError> {
        self.under(family, &keys::row_prefix(id), |_, value| Some(value))
    }

    /// The rows of all traces whose ids agree with this one in the low half, with their traces.
    pub(super) fn group_rows(
        &self,
        family: &str,
        id: TraceId,
    ) -> Result<Vec<TraceRow>, RocksError> {
        self.under(family, &keys::group_prefix(id), |key, value| {
            keys::row_trace_id(key).map(|id| (id, value))
        })
    }

    /// What `take` makes of the rows whose keys begin so; nothing in a bucket that is gone.
    fn under<T>(
        &self,
        family: &str,
        prefix: &[u8],
        take: impl Fn(&[u8], Box<[u8]>) -> Option<T>,
    ) -> Result<Vec<T>, RocksError> {
        let mut options = ReadOptions::default();
        options.set_prefix_same_as_start(true);
        let Some(family) = self.db.cf_handle(family) else {
            return Ok(Vec::new());
        };
        let mode = IteratorMode::From(prefix, Direction::Forward);
        let mut rows = Vec::new();
        for item in self.db.iterator_cf_opt(&family, options, mode) {
            let (key, value) = item?;
            if !key.starts_with(prefix) {
                break;
            }
            rows.extend(take(&key, value));
        }
        Ok(rows)
    }

    /// Does the bucket have a row of this trace, or of one whose id agrees in the low half? Costs
    /// a look into the filters.
    pub(super) fn has_rows(&self, family: &str, id: TraceId) -> bool {
        let prefix = keys::group_prefix(id);
        let mut options = ReadOptions::default();
        options.set_prefix_same_as_start(true);
        // Asked for every new trace: what it reads by mistake is not worth keeping.
        options.fill_cache(false);
        let Ok(family) = self.family(family) else {
            return true;
        };
        let mut iterator = self.db.raw_iterator_cf_opt(&family, options);
        iterator.seek(prefix);
        iterator.key().is_some_and(|key| key.starts_with(&prefix)) || iterator.status().is_err()
    }

    /// Calls `visit` with each key and value of a range of a family.
    pub(super) fn scan(
        &self,
        family: &str,
        from: &[u8],
        to: &[u8],
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), String>,
    ) -> Result<(), String> {
        _ = self.scan_until(family, from, to, |key, value| {
            visit(key, value).map(ControlFlow::Continue)
        })?;
        Ok(())
    }

    /// As [`Self::scan`], until `visit` breaks.
    pub(super) fn scan_until(
        &self,
        family: &str,
        from: &[u8],
        to: &[u8],
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, String>,
    ) -> Result<ControlFlow<()>, String> {
        let mut options = ReadOptions::default();
        options.set_total_order_seek(true);
        options.set_iterate_upper_bound(to);
        let family = self.family(family).map_err(|error| error.to_string())?;
        // Records are read where they lie: those of hours are too large to be copied.
        let mut iterator = self.db.raw_iterator_cf_opt(&family, options);
        iterator.seek(from);
        while let Some((key, value)) = iterator.item() {
            if visit(key, value)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            iterator.next();
        }
        iterator.status().map_err(|error| error.to_string())?;
        Ok(ControlFlow::Continue(()))
    }

    /// Writes a small record that must be on disk before anything relies on it.
    pub(super) fn put_record(&self, key: &[u8], value: &[u8]) -> Result<(), RocksError> {
        let mut options = WriteOptions::default();
        options.set_sync(true);
        Ok(self.db.put_opt(key, value, &options)?)
    }

    pub(super) fn delete_record(&self, key: &[u8]) -> Result<(), RocksError> {
        let mut options = WriteOptions::default();
        options.set_sync(true);
        Ok(self.db.delete_opt(key, &options)?)
    }

    /// Ends background work, so that closing does not wait for a long compaction.
    pub(super) fn stop_background_work(&self) {
        self.db.cancel_all_background_work(true);
    }
}

/// Without CURRENT and without any rows: a folder that was never opened to the end. With rows but
/// without CURRENT it is damaged, and an empty database in its place would hide that.
fn is_new(folder: &Path) -> bool {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names = files.map(|file| file.file_name());
    !names.any(|name| name == "CURRENT" || name.to_string_lossy().ends_with(".sst"))
}
