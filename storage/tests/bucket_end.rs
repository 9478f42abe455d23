//! Traces whose spans arrive on both sides of a bucket's end: the parts are counted, and found, as
//! one trace, also when the first is still in memory when the second comes.
#![cfg(feature = "local")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use storage::batch::SpanBatch;
use storage::contract::cast::{self, TODAY_MS, trace_id};
use storage::local::{Durability, LocalStore, Settings};
use storage::memory::MemoryStore;
use storage::query::{TagCondition, TimeRange, TraceQuery};
use storage::span::{Kind, Span};
use storage::store::Store;
use storage::time::Clock;

const DAY_MS: u64 = 24 * 3_600_000;
const TRACES: u64 = 20;

fn open(folder: &Path, now: &Arc<AtomicU64>) -> LocalStore {
    let settings = Settings {
        data_dir: folder.to_owned(),
        retention: Duration::from_millis(7 * DAY_MS),
        durability: Durability::Os,
        max_disk: None,
        memory: Some(64 << 20),
        clock: Clock::Manual(Arc::clone(now)),
    };
    LocalStore::open(settings).expect("an empty folder opens")
}

/// The client's half of a call: who is at the other side only the server's half tells.
fn client(number: u64) -> Span {
    let mut span = cast::span(trace_id(number), 1, "web", "get", 0, 1);
    span.kind = Kind::Client;
    span.attributes.push(cast::tag("side", "client"));
    span
}

fn server(number: u64) -> Span {
    let mut span = cast::span(trace_id(number), 2, "api", "serve", 0, 1);
    span.kind = Kind::Server;
    span.parent_id = client(number).span_id.into();
    span
}

#[tokio::test(flavor = "multi_thread")]
async fn halves_that_wait_in_memory_together() {
    compare(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn halves_of_which_one_is_at_rest() {
    compare(true).await;
}

/// Given the halves of some calls on both sides of a bucket's end, when all is settled, then both
/// stores tell the same.
async fn compare(settle_between: bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let now = Arc::new(AtomicU64::new(TODAY_MS));
    let store = open(folder.path(), &now);
    let oracle = MemoryStore::new();
    let clients: Vec<Span> = (1..=TRACES).map(client).collect();
    let servers: Vec<Span> = (1..=TRACES).map(server).collect();
    for (half, spans) in [clients, servers].iter().enumerate() {
        now.store(TODAY_MS + half as u64 * DAY_MS, Ordering::SeqCst);
        for target in [&store as &dyn Store, &oracle] {
            target
                .write(SpanBatch::from_spans(spans))
                .await
                .expect("it is written");
        }
        if settle_between {
            store.settle().await;
        }
    }
    for is_settled in [false, true] {
        if is_settled {
            store.settle().await;
        }
        let links = store.dependencies(TimeRange::ALL).await.expect("an answer");
        let expected = oracle
            .dependencies(TimeRange::ALL)
            .await
            .expect("an answer");
        assert_eq!(expected.links.len(), 1, "the oracle sees one link");
        assert_eq!(links, expected, "settled: {is_settled}");
        let mut query = TraceQuery::all(TimeRange::ALL, 100);
        query.span_name = Some("serve".to_owned());
        query.tags.push(TagCondition {
            key: "side".to_owned(),
            value: Some("client".to_owned()),
        });
        let found = store.find(&query).await.expect("an answer");
        assert_eq!(found.traces.len() as u64, TRACES, "settled: {is_settled}");
    }
    assert_eq!(store.status().buckets, 2);
    store.close().await.expect("it closes");
}
