//! Opens the store that the settings name: the only place that knows which stores exist.
use std::sync::Arc;

use collector::config::{StorageKind, StoreSettings};
use storage::memory::MemoryStore;
use storage::store::{Store, StoreError};
use storage::time::Clock;

pub(crate) fn store(settings: &StoreSettings, clock: &Clock) -> Result<Arc<dyn Store>, StoreError> {
    match settings.kind {
        StorageKind::Memory => Ok(Arc::new(MemoryStore::new())),
        StorageKind::Local => local(settings, clock),
    }
}

#[cfg(feature = "local")]
fn local(settings: &StoreSettings, clock: &Clock) -> Result<Arc<dyn Store>, StoreError> {
    use collector::config;
    use storage::local::{Durability, LocalStore, Settings};

    let store = LocalStore::open(Settings {
        data_dir: settings.data_dir.clone(),
        retention: settings.retention,
        durability: match settings.durability {
            config::Durability::Fsync => Durability::Fsync,
            config::Durability::Interval(period) => Durability::Interval(period),
            config::Durability::Os => Durability::Os,
        },
        max_disk: settings.max_disk,
        memory: settings.memory,
        clock: clock.clone(),
    })?;
    Ok(Arc::new(store))
}

#[cfg(not(feature = "local"))]
fn local(_: &StoreSettings, _: &Clock) -> Result<Arc<dyn Store>, StoreError> {
    Err(StoreError::Open(
        "this binary was built without the local store: use --storage memory".to_owned(),
    ))
}
