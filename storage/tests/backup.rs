//! A copy made under load has everything that was acknowledged before it began, findable and as
//! it was sent, and is a data folder like any other.
#![cfg(feature = "local")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use storage::batch::SpanBatch;
use storage::contract::cast;
use storage::contract::generate::{self, Dice};
use storage::local::backup::copy_unused;
use storage::local::check::{Depth, check};
use storage::local::{Durability, LocalStore, Settings};
use storage::query::{TagCondition, TimeRange, TraceQuery};
use storage::span::Span;
use storage::store::Store;
use storage::time::Clock;
use tokio::sync::{Notify, Semaphore};

/// A trace by its number, with its spans.
type Sent = (u64, Vec<Span>);

const HOUR_MS: u64 = 3_600_000;
/// Traces before each copy, and those that may come while it is made.
const TRACES: usize = 60;
const AHEAD: usize = 100;

fn open(folder: &Path, now: &Arc<AtomicU64>) -> LocalStore {
    LocalStore::open(Settings {
        data_dir: folder.to_owned(),
        retention: Duration::from_secs(28 * 3600),
        durability: Durability::Os,
        max_disk: None,
        memory: None,
        clock: Clock::Manual(Arc::clone(now)),
    })
    .unwrap()
}

/// Generated spans of one trace, with a tag that no other trace has.
fn trace(dice: &mut Dice, number: u64) -> Vec<Span> {
    let mut spans = generate::spans(dice);
    for span in &mut spans {
        span.trace_id = cast::trace_id(number);
        let mark = cast::tag("mark", &format!("m{number}"));
        span.attributes.retain(|tag| *tag.key != *"mark");
        span.attributes.push(mark);
    }
    spans
}

async fn find(store: &LocalStore, number: u64) -> usize {
    let query = TraceQuery {
        tags: vec![TagCondition {
            key: "mark".to_owned(),
            value: Some(format!("m{number}")),
        }],
        ..TraceQuery::all(TimeRange::ALL, 10)
    };
    store.find(&query).await.unwrap().traces.len()
}

/// Every span is there, as often as it was sent or less, and its trace is found.
async fn lost(store: &LocalStore, sent: &[Sent]) -> usize {
    let mut lost = 0;
    for (number, spans) in sent {
        let found = store.traces(&[cast::trace_id(*number)]).await.unwrap();
        let has = |span: &Span| found.iter().any(|trace| trace.spans.contains(span));
        let has_time = spans.iter().any(|span| span.start.is_some());
        if !spans.iter().all(has) || (has_time && find(store, *number).await != 1) {
            lost += 1;
        }
    }
    lost
}

fn differences(folder: &Path) -> Vec<String> {
    let report = check(folder, Depth::Deep, &mut |_| {}).unwrap();
    let differences = report.differences.into_iter();
    differences.map(|difference| difference.what).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_under_load_has_all_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let now = Arc::new(AtomicU64::new(cast::TODAY_MS));
    let store = Arc::new(open(&folder.path().join("data"), &now));
    let sent: Arc<Mutex<Vec<Sent>>> = Arc::default();
    // So many traces may be written; closed, the writers end.
    let load = Arc::new(Semaphore::new(AHEAD));
    let progress = Arc::new(Notify::new());
    let mut writers = Vec::new();
    for writer in 0..3_u64 {
        let (store, sent) = (Arc::clone(&store), Arc::clone(&sent));
        let (load, progress) = (Arc::clone(&load), Arc::clone(&progress));
        writers.push(tokio::spawn(async move {
            let mut dice = Dice::new(writer);
            let mut number = 1 + writer;
            while let Ok(permit) = load.acquire().await {
                permit.forget();
                let spans = trace(&mut dice, number);
                store.write(SpanBatch::from_spans(&spans)).await.unwrap();
                sent.lock().unwrap().push((number, spans));
                progress.notify_one();
                number += 3;
            }
        }));
    }
    let mut copies = Vec::new();
    for copy in 0..4_usize {
        load.add_permits(TRACES);
        while sent.lock().unwrap().len() < (copy + 1) * TRACES {
            progress.notified().await;
        }
        let before = sent.lock().unwrap().clone();
        let target = folder.path().join(format!("copy{copy}"));
        store.backup(&target).await.unwrap();
        copies.push((target, before));
        now.fetch_add(HOUR_MS, Ordering::Relaxed);
    }
    let target = folder.path().join("copy0");
    let refused = store.backup(&target).await.unwrap_err().to_string();
    assert!(refused.contains("is not empty"), "{refused}");
    let inside = folder.path().join("data").join("copy");
    let refused = store.backup(&inside).await.unwrap_err().to_string();
    assert!(refused.contains("inside of the data folder"), "{refused}");
    assert!(!inside.exists());
    load.close();
    for writer in writers {
        writer.await.unwrap();
    }
    let all = sent.lock().unwrap().clone();
    store.close().await.unwrap();
    drop(store);
    for (target, before) in &copies {
        assert_eq!(differences(target), Vec::<String>::new());
        let copy = open(target, &now);
        assert_eq!(lost(&copy, before).await, 0);
        assert_eq!(copy.status().indexes_missing, 0);
        // The control: what came after the first copies is not in them.
        if target.ends_with("copy0") {
            assert!(lost(&copy, &all).await > 0);
        }
        // The copy goes its own way, and the original keeps its files.
        let spans = trace(&mut Dice::new(99), 1_000_000);
        copy.write(SpanBatch::from_spans(&spans)).await.unwrap();
        copy.close().await.unwrap();
        drop(copy);
        assert_eq!(differences(target), Vec::<String>::new());
    }
    assert_eq!(
        differences(&folder.path().join("data")),
        Vec::<String>::new()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_nobody_uses_is_copied_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let now = Arc::new(AtomicU64::new(cast::TODAY_MS));
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    let store = open(&data, &now);
    let mut sent = Vec::new();
    for number in 1..40 {
        let spans = trace(&mut Dice::new(number), number);
        store.write(SpanBatch::from_spans(&spans)).await.unwrap();
        sent.push((number, spans));
        if number % 10 == 0 {
            store.settle().await;
            now.fetch_add(HOUR_MS, Ordering::Relaxed);
        }
    }
    let refused = copy_unused(&data, &copy).unwrap_err().to_string();
    assert!(refused.contains("in use"), "{refused}");
    assert!(!copy.exists());
    store.close().await.unwrap();
    drop(store);
    copy_unused(&data, &copy).unwrap();
    let refused = copy_unused(&data, &copy).unwrap_err().to_string();
    assert!(refused.contains("is not empty"), "{refused}");
    assert_eq!(differences(&copy), Vec::<String>::new());
    let store = open(&copy, &now);
    assert_eq!(lost(&store, &sent).await, 0);
    store.close().await.unwrap();
}
