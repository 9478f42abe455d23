//! The process that reads one folder and judges it, and who starts it.
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc;
use std::time::Duration;

use storage::batch::SpanBatch;
use storage::contract::cast::TODAY_MS;
use storage::contract::generate::{self, Dice};
use storage::id::TraceId;
use storage::local::LocalStore;
use storage::memory::MemoryStore;
use storage::query::{NameQuery, TimeRange, TraceQuery};
use storage::store::{Store, StoreError};
use storage::trace::Trace;

use super::folders::{BATCHES, HOUR_MS, SEED, settings};

/// A reader that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    Refused(String),
    Wrong(String),
}

/// Lets another process read the folder and judge it: see [`reader_of_one_folder`].
pub(super) fn read_by_a_process(folder: &Path) -> Verdict {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "reader::reader_of_one_folder",
            "--ignored",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (sender, ended) = mpsc::channel();
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    std::thread::spawn(move || {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut out, &mut text).unwrap();
        sender.send(text).unwrap();
    });
    let errors = std::thread::spawn(move || {
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut err, &mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    });
    let Ok(out) = ended.recv_timeout(PATIENCE) else {
        child.kill().unwrap();
        child.wait().unwrap();
        return Verdict::Wrong(format!("hangs for {PATIENCE:?}"));
    };
    let status = child.wait().unwrap();
    let errors = errors.join().unwrap();
    if let Some((_, rest)) = out.split_once("REFUSED ") {
        return Verdict::Refused(rest.lines().next().unwrap_or_default().to_owned());
    }
    // Tantivy may panic over damaged bytes; that is caught, and the index built anew.
    let ours_panicked = errors.lines().any(|line| {
        line.contains("panicked at") && !TANTIVY.iter().any(|crate_| line.contains(crate_))
    });
    if status.success() && out.contains("ALL RIGHT") && !ours_panicked {
        return Verdict::Right;
    }
    Verdict::Wrong(format!("{status}\n{out}\n{errors}"))
}

/// Tantivy's crates, as paths of their sources have them.
const TANTIVY: [&str; 2] = ["/tantivy-", "/ownedbytes-"];

const FOLDER: &str = "HOPLINE_FLIPS_FOLDER";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a process that the other tests start"]
async fn reader_of_one_folder() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let now = Arc::new(AtomicU64::new(TODAY_MS + 7 * HOUR_MS));
    match LocalStore::open(settings(&folder, &now)) {
        Err(error) => refuse(&error, &folder),
        Ok(store) => match compare(&store).await {
            Err(error) => refuse(&error, &folder),
            Ok(()) => println!("ALL RIGHT"),
        },
    }
    // Without closing: what a reader may lose by it, the next does not need.
    std::process::exit(0);
}

/// A refusal says where the damage is, not only that there is some.
fn refuse(error: &StoreError, folder: &Path) {
    let text = error.to_string();
    let names_a_place = [
        "bucket ",
        "index",
        "rocks",
        "HOPLINE",
        ".sst",
        "MANIFEST",
        "commit group",
    ]
    .iter()
    .any(|place| text.contains(place));
    let is_refusal = matches!(error, StoreError::Open(_) | StoreError::Corrupt(_));
    assert!(is_refusal && names_a_place, "{error:?}");
    println!(
        "REFUSED {}",
        text.replace(&*folder.to_string_lossy(), "FOLDER")
    );
}

/// Everything that can be asked, compared with the memory store.
async fn compare(store: &LocalStore) -> Result<(), StoreError> {
    let oracle = MemoryStore::new();
    let mut ids: Vec<TraceId> = Vec::new();
    let mut dice = Dice::new(SEED);
    for _ in 0..BATCHES {
        let spans = generate::spans(&mut dice);
        ids.extend(spans.iter().map(|span| span.trace_id));
        oracle.write(SpanBatch::from_spans(&spans)).await?;
    }
    ids.sort_unstable();
    ids.dedup();
    for id in &ids {
        let (found, expected) = (store.traces(&[*id]).await?, oracle.traces(&[*id]).await?);
        assert_eq!(shown(&found), shown(&expected), "trace {id}");
    }
    let mut dice = Dice::new(SEED + 1);
    let all = TraceQuery::all(TimeRange::ALL, 10_000);
    let queries = std::iter::once(all).chain((0..40).map(|_| generate::query(&mut dice)));
    for query in queries {
        let (found, expected) = (store.find(&query).await?, oracle.find(&query).await?);
        assert_eq!(shown(&found.traces), shown(&expected.traces), "{query:?}");
    }
    let names = store.names(&NameQuery::Services).await?;
    assert_eq!(names, oracle.names(&NameQuery::Services).await?);
    Ok(())
}

/// Spans in an order of their own: stores may differ in theirs.
fn shown(traces: &[Trace]) -> Vec<(String, Vec<String>)> {
    let spans = |trace: &Trace| {
        let mut spans: Vec<String> = trace.spans.iter().map(|span| format!("{span:?}")).collect();
        spans.sort();
        spans
    };
    let shown = traces.iter();
    shown
        .map(|trace| (trace.id.to_string(), spans(trace)))
        .collect()
}
