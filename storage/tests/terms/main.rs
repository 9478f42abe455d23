//! A data folder whose indexes are of a release that knew fewer terms (`fixtures/terms-1`): searches
//! for the others are answered rightly while the indexes are built anew, and after.
#![cfg(feature = "local")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod given;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use storage::batch::SpanBatch;
use storage::contract::cast::TODAY_MS;
use storage::correlation::Correlation;
use storage::id::{SpanId, TraceId};
use storage::local::check::{Depth, check};
use storage::local::{Durability, LocalStore, Settings};
use storage::memory::MemoryStore;
use storage::query::{LinkTarget, TagCondition, TimeRange, TraceQuery};
use storage::store::{Store, StoreStatus};
use storage::time::Clock;

fn open(folder: &Path) -> LocalStore {
    LocalStore::open(Settings {
        data_dir: folder.to_owned(),
        retention: Duration::from_secs(28 * 3600),
        durability: Durability::Os,
        max_disk: None,
        memory: Some(64 << 20),
        clock: Clock::Manual(Arc::new(AtomicU64::new(TODAY_MS + given::HOUR_MS))),
    })
    .unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn fixture() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/terms-1");
    copy(&kept, folder.path());
    folder
}

async fn oracle() -> MemoryStore {
    let oracle = MemoryStore::new();
    for number in 0..given::TRACES {
        let mut spans = given::spans(number);
        spans.extend((number < 3).then(|| given::late(number)));
        oracle.write(SpanBatch::from_spans(&spans)).await.unwrap();
    }
    oracle
}

/// What every trace is asked for: what the release of the fixture knew, and what it did not.
fn questions(number: u64) -> Vec<TraceQuery> {
    let all = || TraceQuery::all(TimeRange::ALL, 100);
    let tags = [
        ("e", format!("e{number}"), None),
        ("error", "error".to_owned(), Some(format!("m{number}"))),
        (
            "state",
            "w3c.tracestate".to_owned(),
            Some(format!("k=v{number}")),
        ),
        (
            "dropped",
            "otel.dropped_attributes_count".to_owned(),
            Some((1_000 + number).to_string()),
        ),
        ("scope", "team".to_owned(), Some(format!("t{number}"))),
    ];
    let mut questions: Vec<TraceQuery> = tags
        .into_iter()
        .map(|(_, key, value)| TraceQuery {
            tags: vec![TagCondition { key, value }],
            ..all()
        })
        .collect();
    // Conditions that spans on both sides of a bucket's end satisfy.
    questions.push(TraceQuery {
        tags: vec![
            TagCondition {
                key: format!("e{number}"),
                value: None,
            },
            TagCondition {
                key: "w3c.tracestate".to_owned(),
                value: None,
            },
        ],
        span_name: Some("after".to_owned()),
        ..all()
    });
    questions.push(TraceQuery {
        links_to: Some(LinkTarget::exactly(given::target(number))),
        ..all()
    });
    questions.push(TraceQuery {
        correlation: Some(Correlation::new(["TEAM"], [format!("t{number}")])),
        ..all()
    });
    questions.push(TraceQuery {
        span_id: SpanId::new(2),
        ..all()
    });
    questions.push(TraceQuery {
        service: Some("mail".to_owned()),
        error_only: true,
        ..all()
    });
    questions
}

async fn assert_same_answers(store: &LocalStore, oracle: &MemoryStore, when: &str) {
    for number in 0..given::TRACES {
        for query in questions(number) {
            let expected = oracle.find(&query).await.unwrap();
            let found = store.find(&query).await.unwrap();
            let ids = |found: &storage::store::Found| -> Vec<TraceId> {
                found.traces.iter().map(|trace| trace.id).collect()
            };
            assert_eq!(ids(&found), ids(&expected), "{when}: {query:?}");
            assert!(!found.truncated, "{when}: {query:?}");
        }
    }
}

async fn built_anew(store: &LocalStore) {
    let end = Instant::now() + Duration::from_secs(20);
    // An index is counted a moment after it can be asked.
    let is_done = |status: StoreStatus| status.indexes_missing == 0 && status.indexes_rebuilt == 2;
    while !is_done(store.status()) {
        assert!(Instant::now() < end, "the indexes are not built anew");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_older_terms_is_built_anew_with_its_rare_values() {
    let folder = fixture();
    let report = check(folder.path(), Depth::Deep, &mut |_| {}).unwrap();
    let told: Vec<&str> = (report.differences.iter())
        .map(|difference| difference.what.as_str())
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter()
            .all(|text| text.contains("the index is of another release")),
        "{told:?}"
    );
    let oracle = oracle().await;
    let store = open(folder.path());
    // At first the indexes are being built, or wait for it.
    assert_same_answers(&store, &oracle, "at once").await;
    built_anew(&store).await;
    assert_same_answers(&store, &oracle, "built anew").await;
    store.close().await.unwrap();
    drop(store);
    let report = check(folder.path(), Depth::Deep, &mut |_| {}).unwrap();
    assert!(report.differences.is_empty(), "{:?}", report.differences);
    let store = open(folder.path());
    assert_eq!(store.status().indexes_missing, 0, "once is enough");
    assert_same_answers(&store, &oracle, "opened again").await;
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn links_of_one_trace_without_end_are_counted_and_cost_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut linking = given::spans(1).remove(1);
    let link = linking.links[0].clone();
    for span in 0..300_u64 {
        linking.span_id = storage::contract::cast::span_id(1_000 + span);
        let links = (0..1_000).map(|number| storage::span::Link {
            trace_id: u128::from((span + 1) << 32 | number),
            ..link.clone()
        });
        linking.links = links.collect();
        let batch = SpanBatch::from_spans(std::slice::from_ref(&linking));
        store.write(batch).await.unwrap();
    }
    let other = given::spans(2);
    store.write(SpanBatch::from_spans(&other)).await.unwrap();
    store.settle().await;
    assert!(store.status().terms_refused > 100_000);
    let to = |id| TraceQuery {
        links_to: Some(LinkTarget::exactly(id)),
        ..TraceQuery::all(TimeRange::ALL, 10)
    };
    let first = TraceId::from_halves(0, 1 << 32).unwrap();
    for (target, expected) in [
        (given::target(2), given::trace_id(2)),
        (first, given::trace_id(1)),
    ] {
        let found = store.find(&to(target)).await.unwrap().traces;
        let ids: Vec<TraceId> = found.iter().map(|trace| trace.id).collect();
        assert_eq!(ids, [expected]);
    }
    store.close().await.unwrap();
}
