//! The contract on the local store: fresh from the tail, arranged as rows, and opened again; and
//! random histories compared with the memory store.
#![cfg(feature = "local")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod counted;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use counted::{shown, sorted_links};
use proptest::prelude::*;
use storage::batch::SpanBatch;
use storage::contract::cast::{self, TODAY_MS, trace_id};
use storage::contract::{self, generate};
use storage::local::{Durability, LocalStore, Settings};
use storage::memory::MemoryStore;
use storage::query::{NameQuery, TimeRange, TraceQuery};
use storage::rollup::{Counts, Peers, PeersQuery, RollupQuery};
use storage::span::Span;
use storage::store::{Store, StoreError};
use storage::time::Clock;
use storage::trace::Trace;
use tempfile::TempDir;

fn settings(folder: &Path) -> Settings {
    Settings {
        data_dir: folder.to_owned(),
        retention: Duration::from_secs(7 * 24 * 3600),
        // These tests end processes in no way; fsync would only make them slow.
        durability: Durability::Os,
        max_disk: None,
        memory: None,
        clock: Clock::System,
    }
}

/// A store and the folder that must outlive it.
struct Local {
    store: LocalStore,
    folder: TempDir,
}

fn make() -> Local {
    let folder = tempfile::tempdir().unwrap();
    Local {
        store: LocalStore::open(settings(folder.path())).unwrap(),
        folder,
    }
}

impl Local {
    async fn reopened(self) -> Self {
        self.store.close().await.unwrap();
        drop(self.store);
        Self {
            store: LocalStore::open(settings(self.folder.path())).unwrap(),
            folder: self.folder,
        }
    }
}

#[async_trait::async_trait]
impl Store for Local {
    async fn write(&self, batch: SpanBatch) -> Result<(), StoreError> {
        self.store.write(batch).await
    }
    async fn traces(&self, ids: &[storage::id::TraceId]) -> Result<Vec<Trace>, StoreError> {
        self.store.traces(ids).await
    }
    async fn find(&self, query: &TraceQuery) -> Result<storage::store::Found, StoreError> {
        self.store.find(query).await
    }
    async fn names(&self, query: &NameQuery) -> Result<Vec<String>, StoreError> {
        self.store.names(query).await
    }
    async fn dependencies(
        &self,
        range: TimeRange,
    ) -> Result<storage::store::Dependencies, StoreError> {
        self.store.dependencies(range).await
    }
    async fn counts(&self, query: &RollupQuery) -> Result<Counts, StoreError> {
        self.store.counts(query).await
    }
    async fn peers(&self, query: &PeersQuery) -> Result<Vec<Peers>, StoreError> {
        self.store.peers(query).await
    }
    async fn check(&self) -> Result<(), StoreError> {
        self.store.check().await
    }
    fn status(&self) -> storage::store::StoreStatus {
        self.store.status()
    }
    async fn close(&self) -> Result<(), StoreError> {
        self.store.close().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_holds_in_the_tail() {
    contract::run(make, |local| async { local }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_holds_for_rows_and_index() {
    let settled = |local: Local| async {
        local.store.settle().await;
        local
    };
    contract::run(make, settled).await;
    contract::run_peers(make, settled).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_holds_after_opening_again() {
    contract::run(make, Local::reopened).await;
    contract::run_peers(make, Local::reopened).await;
}

/// What a history does beside writing.
#[derive(Clone, Copy, Debug)]
enum Between {
    Nothing,
    Settle,
    Reopen,
    /// The index is deleted while the store is closed.
    LoseIndex,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn random_histories_agree_with_the_memory_store(
        seed in any::<u64>(),
        steps in prop::collection::vec(prop_oneof![
            4 => Just(Between::Nothing),
            2 => Just(Between::Settle),
            1 => Just(Between::Reopen),
            1 => Just(Between::LoseIndex),
        ], 1..10),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        runtime.block_on(compare(seed, &steps));
    }
}

async fn compare(seed: u64, steps: &[Between]) {
    let mut dice = generate::Dice::new(seed);
    let oracle = MemoryStore::new();
    let mut local = make();
    for step in steps {
        let spans = generate::everything(&mut dice);
        oracle.write(SpanBatch::from_spans(&spans)).await.unwrap();
        local.write(SpanBatch::from_spans(&spans)).await.unwrap();
        match step {
            Between::Nothing => {}
            Between::Settle => local.store.settle().await,
            Between::Reopen => local = local.reopened().await,
            Between::LoseIndex => {
                local.store.close().await.unwrap();
                let Local { store, folder } = local;
                drop(store);
                let index = folder.path().join("index");
                std::fs::create_dir_all(&index).unwrap(); // All batches were empty.
                std::fs::remove_dir_all(index).unwrap();
                local = Local {
                    store: LocalStore::open(settings(folder.path())).unwrap(),
                    folder,
                };
            }
        }
        for _ in 0..6 {
            let query = generate::any_query(&mut dice);
            let expected = oracle.find(&query).await.unwrap();
            let found = local.find(&query).await.unwrap();
            assert_eq!(shown(&found.traces), shown(&expected.traces), "{query:?}");
        }
        assert_eq!(
            local.names(&NameQuery::Services).await.unwrap(),
            oracle.names(&NameQuery::Services).await.unwrap()
        );
        assert_eq!(
            sorted_links(&local, TimeRange::ALL).await,
            sorted_links(&oracle, TimeRange::ALL).await
        );
        counted::agree(&mut dice, &local, &oracle).await;
        if matches!(step, Between::Settle | Between::Reopen) {
            counted::peers_agree(&mut dice, &local, &oracle).await;
        }
    }
    local.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn dependencies_agree_with_the_memory_store() {
    let oracle = MemoryStore::new();
    let local = make();
    for n in 0..60 {
        // Halves of traces in different writes, and every third arranged on disk in between.
        let mut spans = cast::three_services(trace_id(n + 1), n * 20_000);
        if n % 5 == 0 {
            // The last service knows only the short form of the id.
            for span in &mut spans[1..] {
                span.trace_id =
                    storage::id::TraceId::from_halves(7, trace_id(n + 1).low()).unwrap();
            }
        }
        let (early, late) = spans.split_at(1 + (n % 3) as usize);
        // And every seventh is sent again: it must not count twice.
        for part in [early, late, if n % 7 == 0 { early } else { &[] }] {
            oracle.write(SpanBatch::from_spans(part)).await.unwrap();
            local.write(SpanBatch::from_spans(part)).await.unwrap();
            if n % 3 == 0 {
                local.store.settle().await;
            }
        }
    }
    for (from, to) in [
        (0, 10_000_000),
        (0, 0),
        (99_000, 201_000),
        (1_190_000, 1_200_000),
        (7_000_000, 8_000_000),
    ] {
        let range = TimeRange {
            from_ms: TODAY_MS + from,
            to_ms: TODAY_MS + to,
        };
        let expected = sorted_links(&oracle, range).await;
        assert_eq!(
            sorted_links(&local, range).await,
            expected,
            "{from} to {to} ms"
        );
        assert_eq!(expected.is_empty(), from == 7_000_000);
    }
    local.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn retention_drops_whole_buckets_and_never_early() {
    const HOUR_MS: u64 = 3_600_000;
    let now = Arc::new(AtomicU64::new(TODAY_MS));
    let folder = tempfile::tempdir().unwrap();
    let with_clock = || Settings {
        retention: Duration::from_secs(2 * 3600),
        clock: Clock::Manual(Arc::clone(&now)),
        ..settings(folder.path())
    };
    let store = LocalStore::open(with_clock()).unwrap();
    let mut arrivals = Vec::new();
    for hour in 0..8_u64 {
        now.store(TODAY_MS + hour * HOUR_MS + 1, Ordering::SeqCst);
        let id = trace_id(hour + 1);
        // Span times are nonsense on purpose: arrival decides.
        let spans: Vec<Span> = vec![cast::span(id, 1, "web", "get", hour * 77, 1)];
        store.write(SpanBatch::from_spans(&spans)).await.unwrap();
        arrivals.push((id, TODAY_MS + hour * HOUR_MS + 1));
        store.settle().await;
        let now_ms = now.load(Ordering::SeqCst);
        for (id, arrived_ms) in &arrivals {
            let kept = !store.traces(&[*id]).await.unwrap().is_empty();
            let age = now_ms - arrived_ms;
            assert!(
                kept || age >= 2 * HOUR_MS,
                "trace of {age} ms ago is gone too early"
            );
            assert!(
                !kept || age < 4 * HOUR_MS,
                "trace of {age} ms ago is still there"
            );
        }
    }
    let buckets = store.status().buckets;
    assert!(buckets <= 4, "{buckets} buckets are alive");
    store.close().await.unwrap();
    drop(store);
    let store = LocalStore::open(with_clock()).unwrap();
    assert_eq!(store.status().buckets, buckets);
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_makes_no_buckets() {
    let now = Arc::new(AtomicU64::new(TODAY_MS));
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::Manual(Arc::clone(&now));
    let store = LocalStore::open(Settings {
        clock,
        ..settings(folder.path())
    })
    .unwrap();
    for (n, time) in [0, TODAY_MS, 5, TODAY_MS - 1_000_000, TODAY_MS + 1]
        .into_iter()
        .enumerate()
    {
        now.store(time, Ordering::SeqCst);
        let spans = vec![cast::span(trace_id(n as u64 + 1), 1, "web", "get", 0, 1)];
        store.write(SpanBatch::from_spans(&spans)).await.unwrap();
    }
    assert_eq!(store.status().buckets, 2, "one for 1970, one for today");
    let all = TraceQuery::all(TimeRange::ALL, 10);
    assert_eq!(store.find(&all).await.unwrap().traces.len(), 5);
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_not_ours_is_refused_and_left_untouched() {
    let in_use = make();
    let foreign = tempfile::tempdir().unwrap();
    std::fs::write(foreign.path().join("notes.txt"), "mine").unwrap();
    let newer = tempfile::tempdir().unwrap();
    std::fs::write(
        newer.path().join("HOPLINE"),
        "hopline data folder, format 99\n",
    )
    .unwrap();
    for (folder, reason) in [
        (in_use.folder.path(), "in use by another Hopline process"),
        (foreign.path(), "is not a Hopline data folder"),
        (
            newer.path(),
            "is of another version (its file HOPLINE says \"hopline data folder, format 99\")",
        ),
    ] {
        let before = listing(folder);
        let error = LocalStore::open(settings(folder))
            .err()
            .map(|error| error.to_string());
        assert!(
            error.as_deref().is_some_and(|text| text.contains(reason)),
            "{error:?}"
        );
        assert_eq!(listing(folder), before, "{reason}");
    }
    in_use.close().await.unwrap();
}

/// A restart often begins before the process that was there has quite ended.
#[test]
fn a_folder_that_is_given_back_a_moment_later_opens() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let before = LocalStore::open(settings(folder.path())).unwrap();
        let (asks, asked) = std::sync::mpsc::channel();
        let after = std::thread::scope(|scope| {
            let next = scope.spawn(|| {
                asks.send(()).unwrap();
                LocalStore::open(settings(folder.path())).map(drop)
            });
            asked.recv().unwrap();
            drop(before);
            next.join().unwrap()
        });
        assert!(after.is_ok(), "{:?}", after.err());
    }
}

fn listing(folder: &Path) -> Vec<(String, u64)> {
    let mut files: Vec<(String, u64)> = std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                entry.metadata().unwrap().len(),
            )
        })
        .collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn after_closing_the_store_says_so() {
    let local = make();
    local.close().await.unwrap();
    let spans = vec![cast::span(trace_id(1), 1, "web", "get", 0, 1)];
    let refused = local.write(SpanBatch::from_spans(&spans)).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    assert!(local.check().await.is_err());
}
