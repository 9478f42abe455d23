//! Why RocksDB takes no writes: what its listener tells.
use std::sync::{Arc, Mutex, PoisonError};

use rocksdb::event_listener::{
    BackgroundErrorStatus, DBBackgroundErrorReason, EventListener, MutableStatus, StatusSeverity,
};

/// Why RocksDB takes no writes.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) text: String,
    /// Nothing but a restart helps, which reads what the disk really has: after a failed fsync
    /// the system calls pages clean that it has not written.
    pub(super) is_final: bool,
}

/// The last fault, told by RocksDB.
#[derive(Clone, Default)]
pub(super) struct Faults(Arc<Mutex<Option<Fault>>>);

impl Faults {
    pub(super) fn get(&self) -> Option<Fault> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn set(&self, fault: Option<Fault>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// The fault, unless a newer one is known.
    pub(super) fn keep(&self, fault: Option<Fault>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = known.take().or(fault);
    }
}

impl EventListener for Faults {
    fn on_background_error(&self, _: DBBackgroundErrorReason, status: MutableStatus) {
        if let Err(error) = status.result() {
            let is_final = status.severity() > StatusSeverity::KHardError;
            let text = error.to_string();
            self.set(Some(Fault { text, is_final }));
        }
    }

    /// RocksDB would wait for more free space than a small disk has: `room.rs` decides.
    fn on_error_recovery_begin(
        &self,
        _: DBBackgroundErrorReason,
        _: &BackgroundErrorStatus,
        automatic: &mut bool,
    ) {
        *automatic = false;
    }
}
