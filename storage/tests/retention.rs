//! Retention against a model: whole buckets go by age and never early, by size only as a policy of
//! its own that is counted, and a drop that a crash interrupts is finished at the next start.
#![cfg(feature = "local")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use storage::batch::SpanBatch;
use storage::contract::cast::{self, TODAY_MS, trace_id};
use storage::id::TraceId;
use storage::local::{Durability, LocalStore, Settings};
use storage::query::{TimeRange, TraceQuery};
use storage::store::Store;
use storage::time::Clock;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

fn settings(folder: &Path, now: &Arc<AtomicU64>, retention_ms: u64) -> Settings {
    Settings {
        data_dir: folder.to_owned(),
        retention: Duration::from_millis(retention_ms),
        durability: Durability::Os,
        max_disk: None,
        memory: Some(64 << 20),
        clock: Clock::Manual(Arc::clone(now)),
    }
}

/// About 28 buckets cover the retention, each of whole hours.
fn bucket_ms(retention_ms: u64) -> u64 {
    retention_ms.div_ceil(28).div_ceil(HOUR_MS).max(1) * HOUR_MS
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Write,
    Settle,
    /// The clock goes on so many minutes.
    Pass(u64),
    /// The clock goes back so many minutes.
    Back(u64),
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => Just(Step::Write),
        4 => Just(Step::Settle),
        4 => (1_u64..240).prop_map(Step::Pass),
        1 => (1_u64..4_000).prop_map(Step::Back),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 5..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn buckets_go_by_age_and_never_early(steps in steps(), retention_hours in 1_u64..80) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        runtime.block_on(follow(&steps, retention_hours * HOUR_MS));
    }
}

/// A span as the model knows it: its bucket ends at a time, and goes when the retention is over.
struct Kept {
    id: TraceId,
    arrived_ms: u64,
    bucket_end_ms: u64,
    is_gone: bool,
}

async fn follow(steps: &[Step], retention_ms: u64) {
    let folder = tempfile::tempdir().unwrap();
    let now = Arc::new(AtomicU64::new(TODAY_MS));
    let mut store = LocalStore::open(settings(folder.path(), &now, retention_ms)).unwrap();
    let length = bucket_ms(retention_ms);
    let mut kept: Vec<Kept> = Vec::new();
    let (mut newest_end_ms, mut written) = (0, 0);
    // The store looks when it likes: what was over at any time may be gone when the clock is back.
    let mut latest_ms = TODAY_MS;
    for step in steps {
        let now_ms = now.load(Ordering::SeqCst);
        match step {
            Step::Write => {
                written += 1;
                let id = trace_id(written);
                // Span times are nonsense on purpose: arrival decides.
                let span = cast::span(id, 1, "web", "get", written * 77, 1);
                store.write(SpanBatch::from_spans(&[span])).await.unwrap();
                if now_ms >= newest_end_ms {
                    newest_end_ms = now_ms / length * length + length;
                }
                kept.push(Kept {
                    id,
                    arrived_ms: now_ms,
                    bucket_end_ms: newest_end_ms,
                    is_gone: false,
                });
            }
            Step::Settle => {
                // The first look may still arrange what is in a bucket that is to go.
                store.settle().await;
                store.settle().await;
                for span in &mut kept {
                    let arrived_ms = span.arrived_ms;
                    let there = !store.traces(&[span.id]).await.unwrap().is_empty();
                    let expires_ms = span.bucket_end_ms + retention_ms;
                    // The newest bucket stays until there is a newer one.
                    let is_sealed = span.bucket_end_ms < newest_end_ms;
                    assert!(
                        there || (is_sealed && expires_ms <= latest_ms),
                        "trace of {arrived_ms} is gone at {now_ms}, too early"
                    );
                    assert!(
                        !(there && is_sealed && expires_ms <= now_ms),
                        "trace of {arrived_ms} is still there at {now_ms}"
                    );
                    assert!(
                        !(there && span.is_gone),
                        "trace of {arrived_ms} is back at {now_ms}"
                    );
                    span.is_gone = !there;
                }
            }
            Step::Pass(minutes) => {
                let passed_ms = minutes * 60_000;
                latest_ms = latest_ms.max(now.fetch_add(passed_ms, Ordering::SeqCst) + passed_ms);
            }
            Step::Back(minutes) => {
                now.fetch_sub(minutes * 60_000, Ordering::SeqCst);
            }
            Step::Reopen => {
                store.close().await.unwrap();
                drop(store);
                store = LocalStore::open(settings(folder.path(), &now, retention_ms)).unwrap();
            }
        }
        assert_eq!(store.status().buckets_dropped_early, 0);
    }
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn by_size_the_oldest_go_first_and_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let now = Arc::new(AtomicU64::new(TODAY_MS));
    let with_limit = |max_disk| Settings {
        max_disk,
        ..settings(folder.path(), &now, 7 * DAY_MS)
    };
    let store = LocalStore::open(with_limit(None)).unwrap();
    for bucket in 0..5_u64 {
        let id = trace_id(bucket + 1);
        let span = cast::span(id, 1, "web", "get", 0, 1);
        store.write(SpanBatch::from_spans(&[span])).await.unwrap();
        store.settle().await;
        now.fetch_add(7 * HOUR_MS, Ordering::SeqCst);
    }
    store.close().await.unwrap();
    drop(store);
    let store = LocalStore::open(with_limit(Some(1))).unwrap();
    // Each look at the disk drops one, until only the newest is left, which takes new spans.
    for _ in 0..8 {
        store.settle().await;
        let mut there = Vec::new();
        for bucket in 0..5_u64 {
            there.push(
                !store
                    .traces(&[trace_id(bucket + 1)])
                    .await
                    .unwrap()
                    .is_empty(),
            );
        }
        assert!(
            there.is_sorted(),
            "a younger bucket went before an older one: {there:?}"
        );
        let gone = there.iter().filter(|there| !**there).count() as u64;
        assert_eq!(store.status().buckets_dropped_early, gone);
    }
    assert_eq!(store.status().buckets_dropped_early, 4);
    store.close().await.unwrap();
}

/// How far the second phase of a drop came before the process died.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Died {
    Marked,
    WithoutRows,
    WithHalfAnIndex,
    WithoutIndex,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drop_that_a_crash_interrupts_is_finished() {
    for died in [
        Died::Marked,
        Died::WithoutRows,
        Died::WithHalfAnIndex,
        Died::WithoutIndex,
    ] {
        let folder = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicU64::new(TODAY_MS));
        let store = LocalStore::open(settings(folder.path(), &now, DAY_MS)).unwrap();
        for number in 1..=2 {
            let span = cast::span(trace_id(number), 1, "web", "get", 0, 1);
            store.write(SpanBatch::from_spans(&[span])).await.unwrap();
            store.settle().await;
            now.fetch_add(2 * HOUR_MS, Ordering::SeqCst);
        }
        store.close().await.unwrap();
        drop(store);
        let oldest = index_folders(folder.path()).remove(0);
        begin_to_drop(folder.path(), &oldest, died);
        // Finished at the next start, and nothing is left to do at the one after.
        for _ in 0..2 {
            let store = LocalStore::open(settings(folder.path(), &now, DAY_MS)).unwrap();
            assert_eq!(store.status().buckets, 1, "{died:?}");
            assert!(
                store.traces(&[trace_id(1)]).await.unwrap().is_empty(),
                "{died:?}"
            );
            assert_eq!(
                store.traces(&[trace_id(2)]).await.unwrap().len(),
                1,
                "{died:?}"
            );
            let all = TraceQuery::all(TimeRange::ALL, 10);
            assert_eq!(store.find(&all).await.unwrap().traces.len(), 1, "{died:?}");
            assert!(!index_folders(folder.path()).contains(&oldest), "{died:?}");
            store.close().await.unwrap();
            drop(store);
            let families =
                rocksdb::DB::list_cf(&rocksdb::Options::default(), folder.path().join("rocks"));
            assert!(
                !families.unwrap().contains(&format!("b{oldest}")),
                "{died:?}"
            );
        }
    }
}

/// Does to a closed folder what a process does that dies while it drops a bucket.
fn begin_to_drop(data: &Path, bucket: &str, died: Died) {
    let folder = data.join("rocks");
    let options = rocksdb::Options::default();
    let families = rocksdb::DB::list_cf(&options, &folder).unwrap();
    let mut db = rocksdb::DB::open_cf(&options, &folder, &families).unwrap();
    let start_ms = u64::from_str_radix(bucket, 16).unwrap();
    let key = [b"bucket/".as_slice(), &start_ms.to_be_bytes()].concat();
    let mut record = db.get(&key).unwrap().unwrap();
    assert_eq!(record[1], 0, "not marked yet");
    record[1] = 1;
    db.put(&key, record).unwrap();
    if died >= Died::WithoutRows {
        db.drop_cf(&format!("b{bucket}")).unwrap();
    }
    let index = data.join("index").join(bucket);
    match died {
        Died::WithHalfAnIndex => std::fs::remove_file(index.join("meta.json")).unwrap(),
        Died::WithoutIndex => std::fs::remove_dir_all(&index).unwrap(),
        Died::Marked | Died::WithoutRows => {}
    }
}

fn index_folders(data: &Path) -> Vec<String> {
    let folders = std::fs::read_dir(data.join("index")).unwrap();
    let mut names: Vec<String> = folders
        .map(|folder| folder.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
