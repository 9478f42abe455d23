//! What the local store is told when it is opened.
use std::path::PathBuf;
use std::time::Duration;

use crate::time::Clock;

/// What the store is told when it is opened.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Made if it does not exist; used by one process at a time.
    pub data_dir: PathBuf,
    /// Spans are kept at least this long after they arrived; whole buckets go.
    pub retention: Duration,
    pub durability: Durability,
    /// Bytes on disk beyond which the oldest bucket goes before its time.
    pub max_disk: Option<u64>,
    /// Bytes of memory for caches and waiting spans; the default is 512 MiB.
    pub memory: Option<u64>,
    pub clock: Clock,
}

/// What an acknowledgement promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// On disk: survives a power cut.
    Fsync,
    /// Survives a killed process at once, a power cut after this long.
    Interval(Duration),
    /// Survives a killed process; a power cut loses what the system had not written.
    Os,
}
