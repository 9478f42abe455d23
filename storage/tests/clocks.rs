//! Clocks that are wrong: spans that say they are from 1970 or 2262, and a wall clock that jumps. All
//! is kept and found, and no clock, and no span's own time, makes buckets without bound.
#![cfg(feature = "local")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use storage::batch::SpanBatch;
use storage::contract::cast::{self, TODAY_MS, trace_id};
use storage::local::{Durability, LocalStore, Settings};
use storage::memory::MemoryStore;
use storage::query::{TimeRange, TraceQuery};
use storage::span::Span;
use storage::store::Store;
use storage::time::Clock;
use storage::trace::Trace;

const DAY_MS: u64 = 24 * 3_600_000;

fn settings(folder: &Path, now: &Arc<AtomicU64>) -> Settings {
    Settings {
        data_dir: folder.to_owned(),
        retention: Duration::from_millis(7 * DAY_MS),
        durability: Durability::Os,
        max_disk: None,
        memory: Some(64 << 20),
        clock: Clock::Manual(Arc::clone(now)),
    }
}

/// Spans whose own times are at the ends of what can be said.
fn odd_spans() -> Vec<Span> {
    let times = [
        (Some(0), Some(0)),
        (Some(1), Some(-1)),
        (Some(1), Some(i64::MIN)),
        (Some(u64::MAX), Some(i64::MAX)),
        // In 2262 the nanoseconds leave an i64.
        (Some(i64::MAX as u64), Some(1)),
        (Some(i64::MAX as u64 + 1), Some(-5_000_000)),
        // Milliseconds and microseconds where nanoseconds belong.
        (Some(TODAY_MS), Some(1)),
        (Some(TODAY_MS * 1_000), Some(1)),
        (None, Some(-1)),
        (None, None),
    ];
    let spans = times.into_iter().zip(1_u64..);
    spans
        .map(|((start, duration), number)| Span {
            start,
            duration,
            ..cast::span(trace_id(number), number, "web", "get", 0, 1)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_times_are_kept_and_found_and_make_no_buckets() {
    let folder = tempfile::tempdir().unwrap();
    let now = Arc::new(AtomicU64::new(TODAY_MS));
    let mut store = LocalStore::open(settings(folder.path(), &now)).unwrap();
    let oracle = MemoryStore::new();
    let spans = odd_spans();
    // The wall clock goes to and fro by days between the writes.
    let jumps = [0_i64, 3, -2, 5, -30, 1, 0, -7, 6, -1];
    for (span, days) in spans.iter().zip(jumps) {
        let now_ms = TODAY_MS.saturating_add_signed(days * DAY_MS as i64);
        now.store(now_ms, Ordering::SeqCst);
        for store in [&store as &dyn Store, &oracle] {
            let batch = SpanBatch::from_spans(std::slice::from_ref(span));
            store.write(batch).await.unwrap();
        }
    }
    // One for each time that the clock went further than before: 0, 3, 5 and 6 days.
    assert_eq!(store.status().buckets, 4);
    for when in ["in the tail", "as rows", "opened again"] {
        match when {
            "as rows" => store.settle().await,
            "opened again" => {
                store.close().await.unwrap();
                drop(store);
                store = LocalStore::open(settings(folder.path(), &now)).unwrap();
            }
            _ => {}
        }
        for span in &spans {
            let traces = store.traces(&[span.trace_id]).await.unwrap();
            assert_eq!(traces.len(), 1, "{when}: {span:?}");
            assert_eq!(traces[0].spans, std::slice::from_ref(span), "{when}");
        }
        let all = TraceQuery::all(TimeRange::ALL, 100);
        let (found, expected) = (
            store.find(&all).await.unwrap(),
            oracle.find(&all).await.unwrap(),
        );
        let ids = |traces: &[Trace]| traces.iter().map(|trace| trace.id).collect::<BTreeSet<_>>();
        assert_eq!(ids(&found.traces), ids(&expected.traces), "{when}");
        assert_eq!(found.traces.len(), 8, "{when}: all that have a start");
        // And each by the millisecond in which it began.
        for span in spans.iter().filter(|span| span.start.is_some()) {
            let start_ms = span.start.unwrap() / 1_000_000;
            // Its end is the first microsecond of that millisecond, as Zipkin has it.
            let range = TimeRange {
                from_ms: start_ms,
                to_ms: start_ms + 1,
            };
            let found = store
                .find(&TraceQuery::all(range, 100))
                .await
                .unwrap()
                .traces;
            assert!(
                found.iter().any(|trace| trace.id == span.trace_id),
                "{when}: {span:?}"
            );
        }
    }
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_swings_makes_few_buckets() {
    let folder = tempfile::tempdir().unwrap();
    let now = Arc::new(AtomicU64::new(TODAY_MS));
    let store = LocalStore::open(settings(folder.path(), &now)).unwrap();
    for swing in 0..200_u64 {
        let days = if swing % 2 == 0 { 0 } else { 4 };
        now.store(TODAY_MS + days * DAY_MS + swing, Ordering::SeqCst);
        let span = cast::span(trace_id(swing + 1), 1, "web", "get", 0, 1);
        store.write(SpanBatch::from_spans(&[span])).await.unwrap();
    }
    assert_eq!(store.status().buckets, 2);
    let all = TraceQuery::all(TimeRange::ALL, 1_000);
    assert_eq!(store.find(&all).await.unwrap().traces.len(), 200);
    store.close().await.unwrap();
}
