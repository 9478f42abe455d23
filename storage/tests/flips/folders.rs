//! The folders that are damaged: their history, their files, and the damage.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use storage::batch::SpanBatch;
use storage::contract::cast::TODAY_MS;
use storage::contract::generate::{self, Dice};
use storage::local::{Durability, LocalStore, Settings};
use storage::store::Store as _;
use storage::time::Clock;

pub(super) const HOUR_MS: u64 = 3_600_000;
/// Batches of the history that every folder holds.
pub(super) const BATCHES: u64 = 24;
pub(super) const SEED: u64 = 20_260_901;

pub(super) fn settings(folder: &Path, now: &Arc<AtomicU64>) -> Settings {
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
pub(super) async fn write_folders(closed: &Path, killed: &Path) {
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

pub(super) fn history() -> impl Iterator<Item = SpanBatch> {
    let mut dice = Dice::new(SEED);
    (0..BATCHES).map(move |_| SpanBatch::from_spans(&generate::spans(&mut dice)))
}

/// Where the records of one of RocksDB's logs begin (shorter than a block of 32 KiB).
pub(super) fn records(log: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut position = 0;
    while position + 7 <= log.len().min(32 << 10) && log[position + 6] != 0 {
        found.push(position);
        let length = u16::from_le_bytes([log[position + 4], log[position + 5]]);
        position += 7 + usize::from(length);
    }
    found
}

/// Files with something in them, by what they are; with the folder that they are of.
pub(super) fn files_by_kind(base: &Path) -> Vec<(PathBuf, String, Vec<PathBuf>)> {
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

pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
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
pub(super) fn flip(folder: &Path, files: &[PathBuf], dice: &mut Dice) -> String {
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

pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&file, &target).unwrap();
    }
}
