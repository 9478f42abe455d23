//! Indexes that are deleted, truncated and flipped, while questions go on; the memory store knows
//! the right answers.
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::*;
use crate::batch::SpanBatch;
use crate::contract::cast::TODAY_MS;
use crate::contract::generate::{self, Dice};
use crate::local::bucket::index_folder;
use crate::local::check::{Depth, Report, check};
use crate::local::index::{Index, IndexError};
use crate::local::{Durability, LocalStore, Settings};
use crate::memory::MemoryStore;
use crate::store::Store;
use crate::time::Clock;

const HOUR_MS: u64 = 3_600_000;

/// A data folder of several buckets, and the store that knows what is in it.
pub(in crate::local) struct Case {
    pub(in crate::local) folder: TempDir,
    now: Arc<AtomicU64>,
    oracle: Arc<MemoryStore>,
    pub(in crate::local) dice: Dice,
    /// For what logs say, so that spans and questions do not depend on it.
    log_dice: Dice,
}

impl Case {
    pub(in crate::local) async fn new(seed: u64) -> Self {
        let mut case = Self {
            folder: tempfile::tempdir().unwrap(),
            now: Arc::new(AtomicU64::new(TODAY_MS)),
            oracle: Arc::default(),
            dice: Dice::new(seed),
            log_dice: Dice::new(seed),
        };
        let store = case.open();
        for hour in 0..4 {
            case.set_hour(hour);
            for _ in 0..3 {
                case.write(&store).await;
                store.settle().await;
            }
        }
        store.close().await.unwrap();
        case
    }

    /// A store whose indexes nobody repairs but the test.
    pub(in crate::local) fn open(&self) -> LocalStore {
        let settings = Settings {
            data_dir: self.folder.path().to_owned(),
            retention: Duration::from_secs(28 * 3600),
            durability: Durability::Os,
            max_disk: None,
            memory: None,
            clock: Clock::Manual(Arc::clone(&self.now)),
        };
        let idle = |shared: &Shared| {
            while !shared.closing.load(Ordering::Acquire) {
                std::thread::park();
            }
        };
        LocalStore::open_with(settings, idle).unwrap()
    }

    /// What is written from now on arrives so many hours after the first.
    pub(in crate::local) fn set_hour(&self, hour: u64) {
        self.now.store(TODAY_MS + hour * HOUR_MS, Ordering::SeqCst);
    }

    pub(in crate::local) async fn write(&mut self, store: &LocalStore) {
        // Traces reach over one end of a bucket, as they do in life, not over two.
        let pair = (self.now.load(Ordering::SeqCst) - TODAY_MS) / HOUR_MS / 2;
        let mut spans = generate::spans(&mut self.dice);
        generate::add_links(&mut self.dice, &mut spans);
        generate::add_codes(&mut self.dice, &mut spans);
        spans.extend(generate::logs(&mut self.log_dice));
        for span in &mut spans {
            let (high, low) = (span.trace_id.high(), span.trace_id.low());
            span.trace_id = TraceId::from_halves(high, low + 100 * pair).unwrap();
        }
        let batch = || SpanBatch::from_spans(&spans);
        self.oracle.write(batch()).await.unwrap();
        store.write(batch()).await.unwrap();
    }

    /// Asks both stores the same; counts the answers that differ.
    pub(in crate::local) async fn differences(
        &mut self,
        store: &LocalStore,
        questions: usize,
    ) -> usize {
        let mut differences = 0;
        for _ in 0..questions {
            let query = generate::any_query(&mut self.dice);
            let expected = self.oracle.find(&query).await.unwrap();
            let found = store.find(&query).await.unwrap();
            assert!(!found.truncated, "{query:?}");
            let ids = |found: &crate::store::Found| {
                let ids = found.traces.iter().map(|trace| trace.id);
                ids.collect::<Vec<_>>()
            };
            if ids(&found) != ids(&expected) {
                println!("{query:?}: {:?} for {:?}", ids(&found), ids(&expected));
                differences += 1;
            }
        }
        differences
    }

    pub(in crate::local) fn index_folders(&self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = fs::read_dir(self.folder.path().join("index"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_none())
            .collect();
        folders.sort();
        folders
    }
}

/// Repairs everything; `told` is called with the store's repairs under way.
pub(in crate::local) async fn look_with(
    store: &LocalStore,
    told: impl FnMut(TraceId) -> ControlFlow<()> + Send + 'static,
) {
    let shared = Arc::clone(&store.shared);
    spawn_blocking(move || look(&shared, told))
        .await
        .unwrap()
        .unwrap();
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| fs::metadata(path).unwrap().len() > 0)
        .collect();
    files.sort();
    files
}

#[derive(Clone, Copy, Debug)]
enum Damage {
    Delete,
    DeleteFile,
    Truncate,
    Flip,
}

fn do_damage(damage: Damage, folder: &Path, dice: &mut Dice) {
    let mut files = files(folder);
    let file = files.swap_remove(dice.roll(files.len() as u64) as usize);
    let mut bytes = fs::read(&file).unwrap();
    match damage {
        Damage::Delete => fs::remove_dir_all(folder).unwrap(),
        Damage::DeleteFile => fs::remove_file(&file).unwrap(),
        Damage::Truncate => {
            bytes.truncate(dice.roll(bytes.len() as u64) as usize);
            fs::write(&file, bytes).unwrap();
        }
        Damage::Flip => {
            for _ in 0..=dice.roll(8) {
                let position = dice.roll(bytes.len() as u64) as usize;
                bytes[position] ^= 1 << dice.roll(8);
            }
            fs::write(&file, bytes).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_to_an_index_answers_stay_right_while_it_is_built_anew() {
    for seed in 0..3 {
        for damage in [
            Damage::Delete,
            Damage::DeleteFile,
            Damage::Truncate,
            Damage::Flip,
        ] {
            let mut case = Case::new(seed).await;
            for folder in case.index_folders() {
                if case.dice.roll(3) > 0 || matches!(damage, Damage::Delete) {
                    do_damage(damage, &folder, &mut case.dice);
                }
            }
            let store = Arc::new(case.open());
            let wrong = case.differences(&store, 10).await;
            assert_eq!(wrong, 0, "{damage:?} {seed}: before the repair");
            if matches!(damage, Damage::Delete) {
                assert_eq!(store.status().indexes_missing, 4);
            }
            // Windows close and questions are asked in the middle of every rebuild.
            let mut traces = 0_u64;
            let case = Arc::new(tokio::sync::Mutex::new(case));
            let (handle, during, running) =
                (Handle::current(), Arc::clone(&case), Arc::clone(&store));
            look_with(&store, move |_| {
                traces += 1;
                if traces % 3 != 1 {
                    return ControlFlow::Continue(());
                }
                handle.block_on(async {
                    let mut case = during.lock().await;
                    case.write(&running).await;
                    running.settle().await;
                    let wrong = case.differences(&running, 2).await;
                    assert_eq!(wrong, 0, "{damage:?} {seed}: during the repair");
                });
                ControlFlow::Continue(())
            })
            .await;
            let mut case = Arc::into_inner(case).unwrap().into_inner();
            let status = store.status();
            assert_eq!(status.indexes_missing, 0, "{damage:?} {seed}");
            if matches!(damage, Damage::Delete) {
                assert_eq!(status.indexes_rebuilt, 4);
            }
            let wrong = case.differences(&store, 20).await;
            assert_eq!(wrong, 0, "{damage:?} {seed}: after the repair");
            store.close().await.unwrap();
            drop(store);
            let store = case.open();
            assert_eq!(store.status().indexes_missing, 0, "{damage:?} {seed}");
            let wrong = case.differences(&store, 20).await;
            assert_eq!(wrong, 0, "{damage:?} {seed}: opened again");
            store.close().await.unwrap();
        }
    }
}

/// The control: an index that says it is whole and is not gives wrong answers, and the test above
/// would see it.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_index_in_the_place_of_a_full_one_answers_wrong() {
    let mut case = Case::new(1).await;
    for folder in case.index_folders() {
        fs::remove_dir_all(&folder).unwrap();
        Index::create(&folder).unwrap();
    }
    let store = case.open();
    assert!(case.differences(&store, 60).await > 5);
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_is_cut_off_begins_again() {
    let mut case = Case::new(2).await;
    fs::remove_dir_all(case.folder.path().join("index")).unwrap();
    let store = case.open();
    let mut left = 2;
    look_with(&store, move |_| {
        left -= 1;
        if left == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })
    .await;
    assert!(store.status().indexes_missing > 0);
    assert_eq!(case.differences(&store, 10).await, 0);
    store.close().await.unwrap();
    drop(store);
    // As a crash leaves it: half an index in the folder where it was built.
    let half = case.folder.path().join("index");
    assert!(fs::read_dir(half).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        path.extension()
            .is_some_and(|extension| extension == "building")
    }));
    let store = case.open();
    look_with(&store, |_| ControlFlow::Continue(())).await;
    assert_eq!(store.status().indexes_missing, 0);
    assert_eq!(case.differences(&store, 20).await, 0);
    store.close().await.unwrap();
    drop(store);
    // Nothing is left of the rare values of the first attempt, or of before it.
    let report = check(case.folder.path(), Depth::Deep, &mut |_| {}).unwrap();
    assert!(report.differences.is_empty(), "{:?}", report.differences);
    let values = |report: &Report| -> u64 { report.buckets.iter().map(|one| one.rare_pairs).sum() };
    let store = case.open();
    for bucket in store.shared.buckets() {
        let before = bucket.rare.rows();
        fs::remove_dir_all(index_folder(case.folder.path(), bucket.start_ms)).unwrap();
        let gone = IndexError::SchemaError("gone".to_owned());
        bucket.index.condemn(&gone);
        look_with(&store, |_| ControlFlow::Continue(())).await;
        assert!(bucket.rare.rows() > before, "they were written anew");
    }
    store.close().await.unwrap();
    drop(store);
    let again = check(case.folder.path(), Depth::Deep, &mut |_| {}).unwrap();
    assert!(again.differences.is_empty(), "{:?}", again.differences);
    assert_eq!(values(&again), values(&report));
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_that_a_question_meets_costs_no_answer() {
    let mut case = Case::new(3).await;
    let store = case.open();
    // All indexes are proven before their files turn to zeros under them.
    assert_eq!(case.differences(&store, 5).await, 0);
    for bucket in store.shared.buckets() {
        bucket.index.prove();
    }
    for folder in case.index_folders() {
        for file in files(&folder) {
            if file
                .extension()
                .is_some_and(|extension| extension == "fast")
            {
                let zeros = vec![0; fs::metadata(&file).unwrap().len() as usize];
                let mut file = fs::OpenOptions::new().write(true).open(&file).unwrap();
                std::io::Write::write_all(&mut file, &zeros).unwrap();
            }
        }
    }
    assert_eq!(case.differences(&store, 20).await, 0);
    let missing = store.status().indexes_missing;
    assert!(missing > 0, "no question met the damage");
    look_with(&store, |_| ControlFlow::Continue(())).await;
    assert_eq!(store.status().indexes_rebuilt, missing);
    assert_eq!(case.differences(&store, 20).await, 0);
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn indexes_that_vanish_under_a_running_store_are_built_anew() {
    let mut case = Case::new(4).await;
    let store = case.open();
    case.write(&store).await;
    store.settle().await;
    fs::remove_dir_all(case.folder.path().join("index")).unwrap();
    for _ in 0..3 {
        case.write(&store).await;
        store.settle().await;
        assert_eq!(case.differences(&store, 5).await, 0);
    }
    assert_eq!(store.status().failures, 0);
    assert!(store.status().indexes_missing > 0);
    look_with(&store, |_| ControlFlow::Continue(())).await;
    assert_eq!(store.status().indexes_missing, 0);
    assert_eq!(case.differences(&store, 10).await, 0);
    store.close().await.unwrap();
}
