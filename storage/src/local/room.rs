//! Room on the disk. Spans are refused before the disk is full, so that what is acknowledged can
//! still be arranged, and taken again when there is room: without a restart.
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::local::Shared;
use crate::store::StoreError;

/// Free bytes beyond what the memory holds: manifests, a segment of the index, a merge of runs.
const SPARE_BYTES: u64 = 32 << 20;

/// Whether there is room for more spans. Only the settler changes it.
#[derive(Default)]
pub(super) struct Room {
    /// Bytes that must be free before spans are taken again; 0 while they are taken.
    wanted: AtomicU64,
}

impl Room {
    /// # Errors
    /// [`StoreError::Unavailable`] while the disk is nearly full.
    pub(super) fn admit(&self) -> Result<(), StoreError> {
        match self.wanted.load(Ordering::Relaxed) {
            0 => Ok(()),
            wanted => Err(StoreError::Unavailable(format!(
                "the disk of the data folder is full: {} MB must be free; spans are taken again when they are",
                wanted.div_ceil(1 << 20)
            ))),
        }
    }
}

/// Looks at the disk: refuses or takes spans, and lets RocksDB go on after a full disk.
pub(super) fn watch(shared: &Shared) {
    let free = match free_bytes(&shared.data_dir) {
        Ok(free) => free,
        Err(error) => {
            tracing::warn!(%error, "the free space of the disk is unknown");
            return;
        }
    };
    // All that is only in memory and in the log must find room as files.
    let held = shared.rocks.memory_bytes() + shared.tail.bytes() as u64;
    let needed = held + SPARE_BYTES;
    let before = shared.room.wanted.load(Ordering::Relaxed);
    // Not to and fro at the border.
    let enough = if before == 0 {
        needed
    } else {
        needed + needed / 4
    };
    if free < enough {
        shared
            .room
            .wanted
            .store(needed + needed / 4, Ordering::Relaxed);
        if before == 0 {
            tracing::warn!(
                free,
                needed,
                "the disk is nearly full: spans are refused until there is room"
            );
        }
        return;
    }
    if let Some(fault) = shared.rocks.fault()
        && !fault.is_final
    {
        // Only with room: a recovery that meets a full disk again may end in an error that stays.
        match shared.rocks.resume() {
            Ok(()) => tracing::warn!(cause = fault.text, "RocksDB writes again"),
            Err(error) => {
                tracing::error!(%error, "RocksDB does not write yet");
                return;
            }
        }
    }
    if before != 0 {
        shared.room.wanted.store(0, Ordering::Relaxed);
        tracing::warn!(free, "there is room on the disk: spans are taken again");
    }
}

/// Bytes that this process may still write to the disk of a folder.
fn free_bytes(folder: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}
