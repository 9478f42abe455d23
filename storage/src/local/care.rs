//! What the care of a data folder asks of RocksDB: looking without changing anything, proving
//! every block, copying.
use std::path::Path;

use rocksdb::checkpoint::Checkpoint;
use rocksdb::{DBRecoveryMode, DBWithThreadMode, MultiThreaded, Options};

use crate::local::faults::Faults;
use crate::local::rocks::{Rocks, RocksError};
use crate::local::rocks_files::Sealer;
use crate::local::rocks_options::{descriptors, rows_options};

/// Whoever only looks reads most blocks once.
const READ_ONLY_CACHE_BYTES: usize = 16 << 20;

/// The log is replayed into memory of this size and, beyond it, more of the same.
const READ_ONLY_LOG_BYTES: usize = 64 << 20;

impl Rocks {
    /// Opens a database that exists, and nothing in its folder changes. The log is replayed in
    /// memory only.
    pub(super) fn open_read_only(folder: &Path) -> Result<Self, RocksError> {
        let mut options = Options::default();
        options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
        options.set_paranoid_checks(true);
        let rows_options = rows_options(READ_ONLY_CACHE_BYTES);
        let families = DBWithThreadMode::<MultiThreaded>::list_cf(&options, folder)?;
        let descriptors = descriptors(&families, &rows_options, READ_ONLY_LOG_BYTES);
        let db =
            DBWithThreadMode::open_cf_descriptors_read_only(&options, folder, descriptors, false)?;
        Ok(Self {
            db,
            rows_options,
            faults: Faults::default(),
            sealer: Sealer::default(),
        })
    }

    /// Reads every block of every file and compares its checksum.
    pub(super) fn verify_checksums(&self) -> Result<(), RocksError> {
        Ok(self.db.verify_checksum()?)
    }

    /// A consistent copy in a folder that does not exist, with links to the tables.
    pub(super) fn checkpoint(&self, folder: &Path) -> Result<(), RocksError> {
        Ok(Checkpoint::new(&self.db)?.create_checkpoint(folder)?)
    }

    pub(super) fn has_family(&self, name: &str) -> bool {
        self.db.cf_handle(name).is_some()
    }

    /// Bytes of a family's files.
    pub(super) fn family_bytes(&self, name: &str) -> u64 {
        let family = self.db.cf_handle(name);
        family
            .and_then(|family| {
                let property = "rocksdb.total-sst-files-size";
                self.db.property_int_value_cf(&family, property).ok()?
            })
            .unwrap_or(0)
    }
}
