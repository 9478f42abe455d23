//! Bits that flip on the disk, in every kind of file of a data folder: opening and reading either
//! refuse with a message that names what is damaged, or give right answers. Each damaged folder is
//! read by a process of its own, so that a crash and a hang are seen too. `HOPLINE_FLIPS` is how many
//! folders are damaged, `HOPLINE_FLIPS_SEED` replays, from `HOPLINE_FLIPS_FIRST` on.
#![cfg(feature = "local")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(
    clippy::print_stdout,
    reason = "a reader tells its judge by its output"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use storage::batch::SpanBatch;
use storage::contract::cast::TODAY_MS;
use storage::contract::generate::{self, Dice};
use storage::id::TraceId;
use storage::local::check::{Depth, check};
use storage::local::{Durability, LocalStore, Settings};
use storage::memory::MemoryStore;
use storage::query::{NameQuery, TimeRange, TraceQuery};
use storage::store::{Store, StoreError};
use storage::time::Clock;
use storage::trace::Trace;

/// A reader that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);
const HOUR_MS: u64 = 3_600_000;
/// Batches of the history that every folder holds.
const BATCHES: u64 = 24;
const SEED: u64 = 20_260_901;

fn settings(folder: &Path, now: &Arc<AtomicU64>) -> Settings {
    Settings {
        data_dir: folder.to_owned(),
        retention: Duration::from_secs(7 * 24 * 3_600),
        durability: Durability::Fsync,
        max_disk: None,
        memory: Some(64 << 20),
        clock: Clock::Manual(Arc::clone(now)),
    }
}

/// Two buckets with rows and indexes; and the same as a killed process leaves it, with a log.
async fn write_folders(closed: &Path, killed: &Path) {
    let now = Arc::new(AtomicU64::new(TODAY_MS));
    let store = LocalStore::open(settings(closed, &now)).unwrap();
    for (number, batch) in history().enumerate() {
        if number == 8 {
            now.fetch_add(7 * HOUR_MS, Ordering::SeqCst);
        }
        store.write(batch).await.unwrap();
        if number == 5 || number == 12 || number == 15 {
            store.settle().await;
        }
    }
    copy(closed, killed);
    store.close().await.unwrap();
}

fn history() -> impl Iterator<Item = SpanBatch> {
    let mut dice = Dice::new(SEED);
    (0..BATCHES).map(move |_| SpanBatch::from_spans(&generate::spans(&mut dice)))
}

#[tokio::test]
async fn flipped_bits_are_refused_or_harmless() {
    let seed = number("HOPLINE_FLIPS_SEED").unwrap_or_else(|| Clock::System.now_ms());
    let count = number("HOPLINE_FLIPS").unwrap_or(300);
    eprintln!("HOPLINE_FLIPS_SEED={seed} replays");
    let folder = tempfile::tempdir().unwrap();
    let bases = ["closed", "killed"].map(|name| folder.path().join(name));
    write_folders(&bases[0], &bases[1]).await;
    for base in &bases {
        let whole = folder.path().join("whole");
        copy(base, &whole);
        assert_eq!(read_by_a_process(&whole), Verdict::Right, "{base:?}");
        std::fs::remove_dir_all(&whole).unwrap();
    }
    // Kinds in turn, so that the few bytes of CURRENT are hit as often as the many of a log.
    let kinds: Vec<_> = bases.iter().flat_map(|base| files_by_kind(base)).collect();
    let first = number("HOPLINE_FLIPS_FIRST").unwrap_or(0);
    let next = AtomicUsize::new(first as usize);
    let seen: Mutex<BTreeMap<String, [u64; 2]>> = Mutex::default();
    let wrong: Mutex<Vec<String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number as u64 >= first + count {
                        break;
                    }
                    let (base, kind, files) = &kinds[number % kinds.len()];
                    let mut dice = Dice::new(seed.wrapping_add(number as u64 * 7_919));
                    let damaged = folder.path().join(format!("damaged-{number}"));
                    copy(base, &damaged);
                    let what = flip(&damaged, files, &mut dice);
                    let verdict = read_by_a_process(&damaged);
                    std::fs::remove_dir_all(&damaged).unwrap();
                    let mut seen = seen.lock().unwrap();
                    let counts = seen.entry(kind.clone()).or_default();
                    match verdict {
                        Verdict::Right => counts[0] += 1,
                        Verdict::Refused(_) => counts[1] += 1,
                        Verdict::Wrong(how) => {
                            wrong
                                .lock()
                                .unwrap()
                                .push(format!("{number}: {what}: {how}"));
                        }
                    }
                }
            });
        }
    });
    for (kind, [right, refused]) in seen.into_inner().unwrap() {
        eprintln!("{kind:24} {right:4} right {refused:4} refused");
    }
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// RocksDB alone would read for ever, or open the folder without the spans behind the record.
#[tokio::test]
async fn a_log_whose_records_change_their_type_or_length_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let bases = ["closed", "killed"].map(|name| folder.path().join(name));
    write_folders(&bases[0], &bases[1]).await;
    let (mut refused, mut right) = (0, 0);
    for base in &bases {
        for file in files(base) {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            if !name.ends_with(".log") && !name.starts_with("MANIFEST") {
                continue;
            }
            let whole = std::fs::read(&file).unwrap();
            let records = records(&whole);
            // Some of the first, some of the last: each is a process of its own.
            let some = |position: &usize| *position < 3 || position + 3 >= records.len();
            for position in (0..records.len()).filter(some) {
                let header = records[position];
                for (what, byte, bits) in [("type", header + 6, 4), ("length", header + 5, 0x7f)] {
                    let damaged = folder.path().join("damaged");
                    copy(base, &damaged);
                    let mut bytes = whole.clone();
                    bytes[byte] ^= bits;
                    std::fs::write(damaged.join(file.strip_prefix(base).unwrap()), bytes).unwrap();
                    let report = check(&damaged, Depth::Sample, &mut |_| {}).unwrap();
                    let verdict = read_by_a_process(&damaged);
                    std::fs::remove_dir_all(&damaged).unwrap();
                    match verdict {
                        Verdict::Refused(why) => {
                            assert!(
                                !report.differences.is_empty(),
                                "only found by opening: {why}"
                            );
                            refused += 1;
                        }
                        // What follows the last flush says nothing that the log does not.
                        Verdict::Right if what == "length" => right += 1,
                        other => panic!("{what} of record {position} in {file:?}: {other:?}"),
                    }
                }
            }
        }
    }
    assert!(refused > right && refused > 12, "{refused} {right}");
}

/// Where the records of one of RocksDB's logs begin (shorter than a block of 32 KiB).
fn records(log: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut position = 0;
    while position + 7 <= log.len().min(32 << 10) && log[position + 6] != 0 {
        found.push(position);
        let length = u16::from_le_bytes([log[position + 4], log[position + 5]]);
        position += 7 + usize::from(length);
    }
    found
}

/// The proof that the tests above can fail: a folder with one batch less is wrong.
#[tokio::test]
async fn a_missing_batch_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let now = Arc::new(AtomicU64::new(TODAY_MS));
    let store = LocalStore::open(settings(folder.path(), &now)).unwrap();
    for batch in history().skip(1) {
        store.write(batch).await.unwrap();
    }
    store.close().await.unwrap();
    let verdict = read_by_a_process(folder.path());
    assert!(matches!(verdict, Verdict::Wrong(_)), "{verdict:?}");
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Right,
    Refused(String),
    Wrong(String),
}

/// Lets another process read the folder and judge it: see [`reader_of_one_folder`].
fn read_by_a_process(folder: &Path) -> Verdict {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "reader_of_one_folder",
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

/// Files with something in them, by what they are; with the folder that they are of.
fn files_by_kind(base: &Path) -> Vec<(PathBuf, String, Vec<PathBuf>)> {
    let mut kinds: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in files(base) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let kind = match name.rsplit_once('.') {
            Some((stem, end)) if !stem.is_empty() && end != "json" => format!("*.{end}"),
            _ => name.split('-').next().unwrap().to_owned(),
        };
        if file.metadata().unwrap().len() > 0 {
            kinds
                .entry(kind)
                .or_default()
                .push(file.strip_prefix(base).unwrap().to_owned());
        }
    }
    let of = base.file_name().unwrap().to_string_lossy().into_owned();
    kinds
        .into_iter()
        .map(|(kind, files)| (base.to_owned(), format!("{of} {kind}"), files))
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Flips one to 64 bits of one of the files, where it has bytes; tells which.
fn flip(folder: &Path, files: &[PathBuf], dice: &mut Dice) -> String {
    let file = &files[dice.roll(files.len() as u64) as usize];
    let path = folder.join(file);
    let mut bytes = std::fs::read(&path).unwrap();
    // A log is written ahead in zeros that nobody reads.
    let used = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(bytes.len(), |last| last + 1);
    let count = 1 << dice.roll(7);
    let mut positions: Vec<u64> = (0..count).map(|_| dice.roll(used as u64 * 8)).collect();
    positions.sort_unstable();
    positions.dedup();
    for position in &positions {
        bytes[(position / 8) as usize] ^= 1 << (position % 8);
    }
    std::fs::write(&path, bytes).unwrap();
    format!("bits {positions:?} of {}", file.display())
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&file, &target).unwrap();
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var_os(variable)?;
    Some(
        text.to_str()
            .and_then(|text| text.parse().ok())
            .expect("a number"),
    )
}
