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

mod folders;
mod reader;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use storage::contract::cast::TODAY_MS;
use storage::contract::generate::Dice;
use storage::local::LocalStore;
use storage::local::check::{Depth, check};
use storage::store::Store as _;
use storage::time::Clock;

use folders::{copy, files, files_by_kind, flip, history, records, settings, write_folders};
use reader::{Verdict, read_by_a_process};

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

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var_os(variable)?;
    Some(
        text.to_str()
            .and_then(|text| text.parse().ok())
            .expect("a number"),
    )
}
