//! Restarts between which nothing is written: what was kept before is still there, and what comes
//! after does not take its place.
#![cfg(feature = "local")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::Path;
use std::time::Duration;

use storage::batch::SpanBatch;
use storage::contract::cast::{bare, trace_id};
use storage::local::{Durability, LocalStore, Settings};
use storage::store::Store;
use storage::time::Clock;

fn open(folder: &Path, durability: Durability) -> LocalStore {
    LocalStore::open(Settings {
        data_dir: folder.to_owned(),
        retention: Duration::from_secs(86_400),
        durability,
        max_disk: None,
        memory: None,
        clock: Clock::System,
    })
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_restart_loses_nothing() {
    for durability in [Durability::Fsync, Durability::Os] {
        let folder = tempfile::tempdir().unwrap();
        let id = trace_id(1);
        for number in 1..=4 {
            let store = open(folder.path(), durability);
            let spans = [bare(id, number)];
            store.write(SpanBatch::from_spans(&spans)).await.unwrap();
            store.close().await.unwrap();
            drop(store);
            // Started and stopped with nothing to do.
            open(folder.path(), durability).close().await.unwrap();
        }
        let store = open(folder.path(), durability);
        let traces = store.traces(&[id]).await.unwrap();
        assert_eq!(traces[0].spans.len(), 4, "{durability:?}");
        store.close().await.unwrap();
    }
}
