//! A sound folder has no differences; each kind of damage is named, in its bucket, and no other.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::batch::SpanBatch;
use crate::contract::cast::{bare, tag};
use crate::local::bucket::index_folder;
use crate::local::code::Words;
use crate::local::index::Index;
use crate::local::repair::tests::{Case, look_with};
use crate::local::tail::Times;
use crate::store::Store as _;

fn look(case: &Case, depth: Depth) -> Report {
    check(case.folder.path(), depth, &mut |_| {}).unwrap()
}

fn texts(report: &Report) -> Vec<String> {
    let differences = report.differences.iter();
    differences
        .map(|difference| format!("{:?} {}", difference.bucket_start_ms, difference.what))
        .collect()
}

/// The starts of the folder's buckets.
fn buckets(case: &Case) -> Vec<u64> {
    let folders = case.index_folders();
    let names = folders.iter().map(|folder| folder.file_name().unwrap());
    names
        .map(|name| u64::from_str_radix(name.to_str().unwrap(), 16).unwrap())
        .collect()
}

/// Every file below a folder.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    files
}

/// Changes the records of a bucket behind everybody's back.
fn with_rocks(case: &Case, change: impl FnOnce(&Rocks)) {
    let rocks = Rocks::open(&case.folder.path().join("rocks"), 1 << 20, 1 << 20).unwrap();
    change(&rocks);
}

/// Keys and values of a range of a bucket.
fn records(rocks: &Rocks, family: &str, (from, to): ([u8; 1], [u8; 1])) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut records = Vec::new();
    rocks
        .scan(family, &from, &to, |key, value| {
            records.push((key.to_vec(), value.to_vec()));
            Ok(())
        })
        .unwrap();
    records
}

/// Everything but the first of a range goes away, or only the first.
fn forget(rocks: &Rocks, family: &str, range: ([u8; 1], [u8; 1])) {
    let mut key = records(rocks, family, range).swap_remove(0).0;
    let from = key.clone();
    key.push(0);
    rocks.replace(family, &[], &[(from, key)]).unwrap();
    rocks.flush(family).unwrap();
}

fn change(rocks: &Rocks, family: &str, range: ([u8; 1], [u8; 1]), value: impl Fn(&mut Vec<u8>)) {
    let mut record = records(rocks, family, range).swap_remove(0);
    value(&mut record.1);
    rocks.replace(family, &[record], &[]).unwrap();
    rocks.flush(family).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_folder_has_no_differences_and_is_not_changed() {
    for seed in 0..6 {
        let case = Case::new(seed).await;
        let before = contents(case.folder.path());
        for depth in [Depth::Sample, Depth::Deep] {
            let report = look(&case, depth);
            assert_eq!(texts(&report), Vec::<String>::new(), "{seed} {depth:?}");
            assert_eq!(report.buckets.len(), 4);
            assert_eq!(report.log_groups, 0);
            for bucket in &report.buckets {
                assert!(bucket.traces > 0 && bucket.spans >= bucket.traces);
                assert!(bucket.documents >= bucket.traces);
                assert!(bucket.entries > 0 && bucket.row_bytes > 0 && bucket.index_bytes > 0);
            }
        }
        assert!(
            contents(case.folder.path()) == before,
            "the check has changed something"
        );
    }
}

/// Windows that were not closed are in the log: nothing of them is missing yet.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_leaves_in_the_log_is_no_difference() {
    let mut case = Case::new(7).await;
    let store = case.open();
    case.write(&store).await;
    let crashed = tempfile::tempdir().unwrap();
    for (path, bytes) in contents(case.folder.path()) {
        let relative = path.strip_prefix(case.folder.path()).unwrap();
        let copy = crashed.path().join(relative);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::write(copy, bytes).unwrap();
    }
    let refused = check(case.folder.path(), Depth::Deep, &mut |_| {}).unwrap_err();
    assert!(refused.to_string().contains("in use"), "{refused}");
    store.close().await.unwrap();
    let report = check(crashed.path(), Depth::Deep, &mut |_| {}).unwrap();
    assert_eq!(texts(&report), Vec::<String>::new());
    assert_eq!(report.log_groups, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_index_is_named_and_sound_again_after_the_repair() {
    type Damage = fn(&Path);
    let damages: [(Damage, &str); 5] = [
        (
            |folder| fs::remove_dir_all(folder).unwrap(),
            "the index is missing or damaged",
        ),
        (
            |folder| fs::remove_file(folder.join("meta.json")).unwrap(),
            "the index is missing or damaged",
        ),
        (
            |folder| {
                let files = contents(folder);
                let (path, bytes) = files
                    .iter()
                    .find(|(path, _)| path.extension().is_some_and(|name| name == "idx"))
                    .unwrap();
                let mut bytes = bytes.clone();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 4;
                fs::write(path, bytes).unwrap();
            },
            "the index is missing or damaged",
        ),
        (
            |folder| {
                fs::remove_dir_all(folder).unwrap();
                Index::create(folder).unwrap();
            },
            "traces that the index does not know",
        ),
        (
            |folder| {
                let index = Index::open(folder).unwrap();
                let nobody = TraceId::from_halves(77, 99).unwrap();
                let times = Times::default();
                index.add(nobody, &Words::default(), times).unwrap();
                index.commit().unwrap();
                index.finish().unwrap();
            },
            "documents of traces that are not there: 000000000000004d0000000000000063",
        ),
    ];
    for (position, (damage, named)) in damages.into_iter().enumerate() {
        let mut case = Case::new(10 + position as u64).await;
        let start_ms = buckets(&case)[position % 4];
        damage(&index_folder(case.folder.path(), start_ms));
        let report = look(&case, Depth::Deep);
        let found = texts(&report);
        assert!(
            found.len() == 1 && found[0].starts_with(&format!("Some({start_ms}) {named}")),
            "{named}: {found:?}"
        );
        let difference = &report.differences[0];
        assert!(difference.remedy.contains("it builds the index"));
        if difference.remedy.contains("delete the folder") {
            // As the remedy says.
            fs::remove_dir_all(index_folder(case.folder.path(), start_ms)).unwrap();
        }
        let store = case.open();
        look_with(&store, |_| std::ops::ControlFlow::Continue(())).await;
        assert_eq!(case.differences(&store, 5).await, 0);
        store.close().await.unwrap();
        drop(store);
        assert_eq!(texts(&look(&case, Depth::Deep)), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_records_are_named() {
    type Damage = fn(&Rocks, &str);
    let damages: [(Damage, &[&str]); 9] = [
        (
            |rocks, family| forget(rocks, family, keys::run_directories_range()),
            &["traces without one of their rare values"],
        ),
        (
            |rocks, family| {
                let blocks = keys::run_blocks_range(0..u32::MAX);
                rocks.replace(family, &[], &[blocks]).unwrap();
                rocks.flush(family).unwrap();
            },
            &["rare values cannot be read"],
        ),
        (
            |rocks, family| forget(rocks, family, keys::row_places_range()),
            &["rare values of rows that are not there"],
        ),
        (
            |rocks, family| {
                let (from, to) = keys::names_range();
                let all = (from.to_vec(), to.to_vec());
                rocks.replace(family, &[], &[all]).unwrap();
                rocks.flush(family).unwrap();
            },
            &["names of spans that are not listed"],
        ),
        (
            |rocks, family| forget(rocks, family, keys::dictionary_range()),
            &["the bucket cannot be read"],
        ),
        (
            |rocks, family| {
                change(rocks, family, keys::rows_range(), |value| value.truncate(3));
            },
            &["the bucket cannot be read"],
        ),
        (
            |rocks, family| {
                let (from, to) = keys::rows_range();
                let all = (from.to_vec(), to.to_vec());
                rocks.replace(family, &[], &[all]).unwrap();
                rocks.flush(family).unwrap();
            },
            &[
                "documents of traces that are not there",
                "rollups that do not count what the spans say",
            ],
        ),
        (
            |rocks, family| forget(rocks, family, keys::rollups_range()),
            &["rollups that do not count what the spans say"],
        ),
        (
            |rocks, family| {
                change(rocks, family, keys::rollups_range(), |value| value.push(1));
            },
            &["rollups cannot be read"],
        ),
    ];
    for (position, (damage, named)) in damages.into_iter().enumerate() {
        let case = Case::new(20 + position as u64).await;
        assert_eq!(texts(&look(&case, Depth::Deep)), Vec::<String>::new());
        let start_ms = buckets(&case)[1];
        with_rocks(&case, |rocks| {
            damage(rocks, &keys::bucket_family(start_ms));
        });
        let found = texts(&look(&case, Depth::Deep));
        let here = format!("Some({start_ms}) ");
        for named in named {
            let line = format!("{here}{named}");
            assert!(
                found.iter().any(|text| text.starts_with(&line)),
                "{line}: {found:?}"
            );
        }
    }
}

/// A span without values of its own, whose trace began in the bucket before: all that its bucket has
/// of rare values is borrowed.
#[tokio::test(flavor = "multi_thread")]
async fn values_that_a_trace_borrows_from_the_bucket_before_are_proven() {
    let case = Case::new(50).await;
    let store = case.open();
    let id = TraceId::from_halves(5, 5_000).unwrap();
    for hour in [10, 11] {
        case.set_hour(hour);
        let mut span = bare(id, hour);
        if hour == 10 {
            span.attributes.push(tag("order", "unlike any other"));
        }
        store.write(SpanBatch::from_spans(&[span])).await.unwrap();
        store.settle().await;
    }
    store.close().await.unwrap();
    drop(store);
    assert_eq!(texts(&look(&case, Depth::Deep)), Vec::<String>::new());
    let last = *buckets(&case).last().unwrap();
    with_rocks(&case, |rocks| {
        let family = keys::bucket_family(last);
        forget(rocks, &family, keys::run_directories_range());
    });
    let found = texts(&look(&case, Depth::Deep));
    let line = format!("Some({last}) traces without one of their rare values: {id}");
    assert!(found.contains(&line), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_files_of_spans_are_named() {
    let case = Case::new(40).await;
    let rocks = case.folder.path().join("rocks");
    let files = contents(&rocks);
    let table = files
        .keys()
        .filter(|path| path.extension().is_some_and(|name| name == "sst"))
        .max_by_key(|path| files[*path].len())
        .unwrap();
    let mut bytes = files[table].clone();
    bytes[100] ^= 1;
    fs::write(table, bytes).unwrap();
    let found = texts(&look(&case, Depth::Deep));
    assert!(
        found[0].starts_with("None a file of spans is damaged"),
        "{found:?}"
    );
    fs::remove_file(rocks.join("CURRENT")).unwrap();
    let found = texts(&look(&case, Depth::Sample));
    assert!(
        found.len() == 1 && found[0].starts_with("None the spans cannot be opened"),
        "{found:?}"
    );
}

#[test]
fn what_is_no_data_folder_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("nowhere")] {
        let refused = check(&path, Depth::Sample, &mut |_| {}).unwrap_err();
        let text = refused.to_string();
        assert!(text.contains("is not a Hopline data folder"), "{text}");
    }
    assert!(contents(folder.path()).is_empty());
}
