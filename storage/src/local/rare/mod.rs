//! Rare values: terms that are nearly unique (correlation ids, users) do not belong into an
//! inverted index, which would keep each as a word of its own. Here each is a pair of hash and row
//! number in sorted runs, four bytes a value, found by reading one block of each run.
//!
//! Rows are numbered in the order of writing; a table leads from the number to the trace. Pairs
//! and numbers stay in memory until the rows themselves are flushed, then become one run; eight
//! runs of a tier become one of the next. All of it is derived from the rows.
mod merge;
mod rebuild;
mod run;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::id::TraceId;
use crate::local::keys;
use crate::local::rocks::{Rocks, RocksError};

pub(super) use run::Pair;
use run::{BLOCK_PAIRS, Run, encode_block, visit_block};

/// Rows of a block of the table of rows.
const ROWS_BLOCK: usize = 256;
/// Trace id, and latest start in seconds since the epoch, rounded up.
const ROW_BYTES: usize = 20;
/// Runs of one tier that become one of the next.
const RUNS_PER_TIER: usize = 8;

/// A row's trace, and its latest start in microseconds, rounded up.
pub(super) type Place = (u64, TraceId);

/// What a bucket keeps: key and value.
type Record = (Vec<u8>, Vec<u8>);

#[derive(Default)]
pub(super) struct Rare {
    inner: RwLock<Inner>,
    /// Held by whoever adds, saves, merges or exchanges: what is saved is what was there.
    changing: Mutex<()>,
}

#[derive(Default)]
struct Inner {
    /// Rows from a multiple of [`ROWS_BLOCK`] on: those that are not saved, and the block before.
    rows: Vec<(TraceId, u32)>,
    first_row: u32,
    is_saved: bool,
    /// Pairs that are not saved: one sorted list a window.
    recent: Vec<Vec<Pair>>,
    runs: Vec<Run>,
    next_run: u32,
    /// Everything is being written anew: what is below goes in the end.
    rebuilt: Option<Below>,
}

/// The first numbers of what is written anew.
#[derive(Clone, Copy)]
struct Below {
    run: u32,
    /// A multiple of [`ROWS_BLOCK`].
    row: u32,
}

impl Rare {
    /// What the bucket's records say. Blocks of a run that was never finished are deleted.
    pub(super) fn open(rocks: &Rocks, family: &str) -> Result<Self, String> {
        let rare = Self::load(rocks, family)?;
        let unfinished = keys::run_blocks_range(rare.read().next_run..u32::MAX);
        let text = |error: RocksError| error.to_string();
        if rocks
            .last_of(family, &unfinished.0, &unfinished.1)
            .map_err(text)?
            .is_some()
        {
            rocks.replace(family, &[], &[unfinished]).map_err(text)?;
        }
        Ok(rare)
    }

    /// As [`Self::open`], and nothing is changed.
    pub(super) fn load(rocks: &Rocks, family: &str) -> Result<Self, String> {
        let mut inner = Inner {
            is_saved: true,
            ..Inner::default()
        };
        let (from, to) = keys::run_directories_range();
        rocks.scan(family, &from, &to, |key, value| {
            let number = keys::run_number(key).ok_or("malformed key of a run")?;
            let run = Run::decode(number, value)
                .map_err(|error| format!("run {number} of rare values: {error}"))?;
            inner.next_run = number + 1;
            inner.runs.push(run);
            Ok(())
        })?;
        let (from, to) = keys::row_places_range();
        let last = rocks
            .last_of(family, &from, &to)
            .map_err(|error| error.to_string())?;
        if let Some((key, value)) = last {
            let block = keys::row_places_block(&key).ok_or("malformed key of row places")?;
            inner.first_row = block * ROWS_BLOCK as u32;
            inner.rows = value
                .chunks_exact(ROW_BYTES)
                .filter_map(decode_row)
                .collect();
        }
        Ok(Self {
            inner: RwLock::new(inner),
            changing: Mutex::default(),
        })
    }

    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the rows of a window: trace, latest start in microseconds, hashes of its rare terms.
    pub(super) fn add_window<'a>(&self, rows: impl Iterator<Item = (TraceId, u64, &'a [u64])>) {
        let _changing = self.changing();
        let mut inner = self.write();
        let mut pairs = Vec::new();
        for (id, last, hashes) in rows.filter(|(_, _, hashes)| !hashes.is_empty()) {
            let number = inner.next_row();
            pairs.extend(hashes.iter().map(|hash| (upper(*hash), number)));
            let seconds = u32::try_from(last.div_ceil(1_000_000)).unwrap_or(u32::MAX);
            inner.rows.push((id, seconds));
        }
        if !pairs.is_empty() {
            pairs.sort_unstable();
            inner.recent.push(pairs);
            inner.is_saved = false;
        }
    }

    /// Puts what waits in memory beside the rows, before they are flushed: a run and the places of
    /// its rows.
    pub(super) fn save(&self, rocks: &Rocks, family: &str) -> Result<(), RocksError> {
        let _changing = self.changing();
        self.save_now(rocks, family)
    }

    /// How many numbers rows have had.
    #[cfg(test)]
    pub(super) fn rows(&self) -> u32 {
        self.read().next_row()
    }

    fn save_now(&self, rocks: &Rocks, family: &str) -> Result<(), RocksError> {
        let records = self.unsaved();
        if !records.is_empty() {
            rocks.put_rows(family, &records)?;
            self.set_saved(&records);
        }
        Ok(())
    }

    fn unsaved(&self) -> Vec<Record> {
        let inner = self.read();
        if inner.is_saved {
            return Vec::new();
        }
        let mut pairs: Vec<Pair> = inner.recent.concat();
        // Sorted lists one after another: the stable sort finds and merges them.
        pairs.sort();
        let mut run = Run {
            number: inner.next_run,
            tier: 0,
            directory: Vec::new(),
        };
        let mut records = Vec::new();
        for block in pairs.chunks(BLOCK_PAIRS) {
            let key = keys::run_block(run.number, run.directory.len() as u32);
            records.push((key, encode_block(block)));
            run.directory.push(block[0].0);
        }
        records.push((keys::run_directory(run.number), run.encode()));
        for (offset, block) in inner.rows.chunks(ROWS_BLOCK).enumerate() {
            let number = inner.first_row / ROWS_BLOCK as u32 + offset as u32;
            let mut value = Vec::with_capacity(block.len() * ROW_BYTES);
            for (id, seconds) in block {
                value.extend_from_slice(&id.value().to_be_bytes());
                value.extend_from_slice(&seconds.to_be_bytes());
            }
            records.push((keys::row_places(number), value));
        }
        records
    }

    /// The records of [`Self::unsaved`] are among the rows; `directory` is the run's record.
    fn set_saved(&self, records: &[Record]) {
        let mut inner = self.write();
        let number = inner.next_run;
        let directory = records
            .iter()
            .find(|(key, _)| *key == keys::run_directory(number));
        let Some(Ok(run)) = directory.map(|(_, value)| Run::decode(number, value)) else {
            return;
        };
        inner.runs.push(run);
        inner.next_run += 1;
        inner.recent.clear();
        inner.is_saved = true;
        let whole = inner.rows.len() / ROWS_BLOCK * ROWS_BLOCK;
        inner.rows.drain(..whole);
        inner.first_row += whole as u32;
    }

    /// The traces of the rows that may have one of the terms, latest row first, at most `limit`; and
    /// whether there are more.
    pub(super) fn find(
        &self,
        rocks: &Rocks,
        family: &str,
        terms: &[u64],
        limit: usize,
    ) -> Result<(Vec<Place>, bool), String> {
        // Held to the end: rows must not go before it is known where they are.
        let inner = self.read();
        let mut rows = Vec::new();
        for term in terms {
            let hash = upper(*term);
            for window in &inner.recent {
                let begin = window.partition_point(|pair| pair.0 < hash);
                let equal = window[begin..].iter().take_while(|pair| pair.0 == hash);
                rows.extend(equal.map(|pair| pair.1));
            }
            for run in &inner.runs {
                for block in run.blocks_of(hash) {
                    let key = keys::run_block(run.number, block);
                    let value = rocks
                        .get(family, &key)
                        .map_err(|error| error.to_string())?
                        .ok_or_else(|| format!("block {block} of run {} is missing", run.number))?;
                    visit_block(&value, (hash, hash), |pair| rows.push(pair.1))
                        .map_err(|error| format!("run {}: {error}", run.number))?;
                }
            }
        }
        rows.sort_unstable_by(|left, right| right.cmp(left));
        rows.dedup();
        let is_cut = rows.len() > limit;
        rows.truncate(limit);
        Ok((inner.places(rocks, family, &rows)?, is_cut))
    }
}

impl Inner {
    const fn next_row(&self) -> u32 {
        self.first_row.wrapping_add(self.rows.len() as u32)
    }

    /// Where rows are, given latest number first.
    fn places(&self, rocks: &Rocks, family: &str, rows: &[u32]) -> Result<Vec<Place>, String> {
        let mut places = Vec::with_capacity(rows.len());
        let mut block: Option<(u32, Vec<u8>)> = None;
        for row in rows {
            if let Some(offset) = row.checked_sub(self.first_row) {
                let place = self.rows.get(offset as usize);
                places.extend(place.map(|(id, seconds)| place_of(*id, *seconds)));
                continue;
            }
            let number = row / ROWS_BLOCK as u32;
            if block.as_ref().is_none_or(|(known, _)| *known != number) {
                let value = rocks
                    .get(family, &keys::row_places(number))
                    .map_err(|error| error.to_string())?
                    .ok_or_else(|| format!("places of rows {number} are missing"))?;
                block = Some((number, value));
            }
            let bytes = block.as_ref().map_or(&[][..], |(_, bytes)| bytes);
            let start = *row as usize % ROWS_BLOCK * ROW_BYTES;
            let row = bytes.get(start..start + ROW_BYTES).and_then(decode_row);
            places.extend(row.map(|(id, seconds)| place_of(id, seconds)));
        }
        Ok(places)
    }
}

/// What is on disk of a bucket's rare values.
#[derive(Default)]
pub(super) struct Contents {
    /// Of all runs, in no order.
    pub(super) pairs: Vec<Pair>,
    /// By the number of the block of rows.
    places: BTreeMap<u32, Vec<Place>>,
}

impl Contents {
    /// Where a row is, by its number.
    pub(super) fn place(&self, row: u32) -> Option<Place> {
        let block = self.places.get(&(row / ROWS_BLOCK as u32))?;
        block.get(row as usize % ROWS_BLOCK).copied()
    }

    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        self.places.values().flatten().copied()
    }
}

impl Rare {
    /// Everything on disk, every block of it read.
    pub(super) fn contents(&self, rocks: &Rocks, family: &str) -> Result<Contents, String> {
        let inner = self.read();
        let mut contents = Contents {
            ..Contents::default()
        };
        for run in &inner.runs {
            for block in 0..run.directory.len() as u32 {
                let value = rocks
                    .get(family, &keys::run_block(run.number, block))
                    .map_err(|error| error.to_string())?
                    .ok_or_else(|| format!("block {block} of run {} is missing", run.number))?;
                visit_block(&value, (0, u32::MAX), |pair| contents.pairs.push(pair))
                    .map_err(|error| format!("block {block} of run {}: {error}", run.number))?;
            }
        }
        let (from, to) = keys::row_places_range();
        rocks.scan(family, &from, &to, |key, value| {
            let block = keys::row_places_block(key).ok_or("malformed key of row places")?;
            let rows = value.chunks_exact(ROW_BYTES).filter_map(decode_row);
            let places = rows.map(|(id, seconds)| place_of(id, seconds));
            contents.places.insert(block, places.collect());
            Ok(())
        })?;
        Ok(contents)
    }
}

const fn upper(hash: u64) -> u32 {
    (hash >> 32) as u32
}

fn decode_row(bytes: &[u8]) -> Option<(TraceId, u32)> {
    let id = u128::from_be_bytes(bytes.get(..16)?.try_into().ok()?);
    let seconds = u32::from_be_bytes(bytes.get(16..20)?.try_into().ok()?);
    Some((TraceId::new(id)?, seconds))
}

const fn place_of(id: TraceId, seconds: u32) -> Place {
    let micros = if seconds == u32::MAX {
        u64::MAX
    } else {
        seconds as u64 * 1_000_000
    };
    (micros, id)
}
