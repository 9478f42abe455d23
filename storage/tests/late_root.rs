//! A search in order of time, while a later part of a trace that fulfils it is still in memory: a
//! trace begins when its root does, and the root may come last.
#![cfg(feature = "local")]

use std::time::Duration;

use storage::batch::SpanBatch;
use storage::contract::cast::{self, trace_id};
use storage::id::TraceId;
use storage::local::{Durability, LocalStore, Settings};
use storage::memory::MemoryStore;
use storage::query::{TimeRange, TraceQuery};
use storage::span::Span;
use storage::store::Store;
use storage::time::Clock;

/// Given a trace whose child is at rest and whose root, of another service, is not, then the newest
/// traces with the child's service are those of the memory store.
#[tokio::test(flavor = "multi_thread")]
async fn a_root_that_comes_last_is_no_reason_to_miss_its_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    let local = LocalStore::open(Settings {
        data_dir: folder.path().to_owned(),
        retention: Duration::from_secs(7 * 24 * 3_600),
        durability: Durability::Os,
        max_disk: None,
        memory: Some(64 << 20),
        clock: Clock::System,
    })
    .expect("an empty folder opens");
    let memory = MemoryStore::new();
    let root = |trace, service, start| cast::span(trace_id(trace), 1, service, "get", start, 1);
    let child = Span {
        parent_id: Some(cast::span_id(1)),
        ..cast::span(trace_id(1), 2, "web", "get", 10, 1)
    };
    let at_rest = [child, root(2, "web", 40), root(3, "web", 30)];
    let recent = [root(1, "gate", 50)];
    for (spans, rests) in [(&at_rest[..], true), (&recent, false)] {
        for store in [&local as &dyn Store, &memory] {
            store
                .write(SpanBatch::from_spans(spans))
                .await
                .expect("room");
        }
        if rests {
            local.settle().await;
        }
    }
    for (limit, expected) in [(1, vec![1]), (2, vec![1, 2]), (3, vec![1, 2, 3])] {
        let query = TraceQuery {
            service: Some("web".to_owned()),
            ..TraceQuery::all(TimeRange::ALL, limit)
        };
        let expected: Vec<TraceId> = expected.into_iter().map(trace_id).collect();
        for store in [&memory as &dyn Store, &local] {
            let found = store.find(&query).await.expect("an answer").traces;
            let ids: Vec<TraceId> = found.iter().map(|trace| trace.id).collect();
            assert_eq!(ids, expected, "the newest {limit}");
        }
    }
    local.close().await.expect("closes");
}
