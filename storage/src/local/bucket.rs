//! A bucket: the spans that arrived in one stretch of time, with their dictionary, names and index.
//! A unit: retention drops it whole, and one day it can be moved elsewhere whole.
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::dependency::CallSpan;
use crate::id::TraceId;
use crate::local::catalogue::BucketRecord;
use crate::local::code::Words;
use crate::local::dictionary::{Dictionary, SharedTables};
use crate::local::keys;
use crate::local::names::Names;
use crate::local::rare::{Place, Rare};
use crate::local::record::{ChunkWriter, read_briefs, read_chunk, row_chunks};
use crate::local::rocks::{Rocks, RocksError};
use crate::local::rollups::{Change, Rollups};
use crate::local::shortcut::Shortcut;
use crate::local::terms::TermHasher;
use crate::span::Span;

pub(super) struct Bucket {
    /// Arrival times that belong here, in milliseconds since the epoch: `start_ms..end_ms`.
    pub(super) start_ms: u64,
    pub(super) end_ms: u64,
    pub(super) index: Shortcut,
    pub(super) names: Names,
    pub(super) rare: Rare,
    pub(super) rollups: Rollups,
    pub(super) tables: SharedTables,
    hasher: TermHasher,
    family: String,
    rocks: Arc<Rocks>,
    dictionary: Mutex<Dictionary>,
    /// Bytes of rows that are only in memory and, as commit groups, in the log.
    unflushed_bytes: AtomicUsize,
    /// Which widths of trace ids came: bit 0 for 64 bits, bit 1 for 128.
    widths: AtomicU8,
}

impl Bucket {
    /// Makes the parts of a bucket that the catalogue has just learned of.
    pub(super) fn create(
        rocks: &Arc<Rocks>,
        data_dir: &Path,
        record: BucketRecord,
    ) -> Result<Self, String> {
        create_family(rocks, record)?;
        let index = Shortcut::create(index_folder(data_dir, record.start_ms))?;
        Self::read(rocks, record, index, Rare::default())
    }

    /// Opens a bucket of the catalogue, creating what is missing of it. Its index may be missing
    /// afterwards: `repair.rs` builds it anew.
    pub(super) fn open(
        rocks: &Arc<Rocks>,
        data_dir: &Path,
        record: BucketRecord,
    ) -> Result<Self, String> {
        let family = create_family(rocks, record)?;
        let rare = Rare::open(rocks, &family)?;
        let index = Shortcut::open(index_folder(data_dir, record.start_ms))?;
        Self::read(rocks, record, index, rare)
    }

    /// A bucket with what the rows' family says of it.
    pub(super) fn read(
        rocks: &Arc<Rocks>,
        record: BucketRecord,
        index: Shortcut,
        rare: Rare,
    ) -> Result<Self, String> {
        let family = keys::bucket_family(record.start_ms);
        let mut dictionary = Dictionary::new(record.hasher);
        let (from, to) = keys::dictionary_range();
        rocks.scan(&family, &from, &to, |key, value| {
            let id = keys::dictionary_entry(key).ok_or("malformed dictionary key")?;
            dictionary.restore(id, value, true)
        })?;
        let names = Names::default();
        let (from, to) = keys::names_range();
        rocks.scan(&family, &from, &to, |key, _| {
            names.restore(&key[1..]);
            Ok(())
        })?;
        Ok(Self {
            start_ms: record.start_ms,
            end_ms: record.end_ms,
            index,
            names,
            rare,
            rollups: Rollups::open(rocks, &family)?,
            widths: AtomicU8::new(0),
            tables: dictionary.tables().clone(),
            hasher: record.hasher,
            family,
            rocks: Arc::clone(rocks),
            dictionary: Mutex::new(dictionary),
            unflushed_bytes: AtomicUsize::new(0),
        })
    }

    pub(super) fn dictionary(&self) -> MutexGuard<'_, Dictionary> {
        self.dictionary
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// May a row of this trace be here? Never wrong when it says no.
    pub(super) fn may_have_rows(&self, id: TraceId) -> bool {
        self.rocks.has_rows(&self.family, id)
    }

    /// Is there a row of this trace?
    pub(super) fn has_rows(&self, id: TraceId) -> Result<bool, String> {
        let rows = self.rocks.rows(&self.family, id);
        rows.map(|rows| !rows.is_empty())
            .map_err(|error| error.to_string())
    }

    pub(super) const fn hasher(&self) -> TermHasher {
        self.hasher
    }

    pub(super) const fn record(&self) -> BucketRecord {
        BucketRecord {
            start_ms: self.start_ms,
            end_ms: self.end_ms,
            dropping: false,
            hasher: self.hasher,
        }
    }

    /// What times in chunks are relative to, in nanoseconds since the epoch.
    const fn epoch(&self) -> u64 {
        self.start_ms.saturating_mul(1_000_000)
    }

    pub(super) const fn writer(&self) -> ChunkWriter {
        ChunkWriter::new(self.hasher, self.epoch())
    }

    /// Appends the spans of a chunk, and adds their words if asked.
    pub(super) fn read_chunk(
        &self,
        id: TraceId,
        chunk: &[u8],
        spans: &mut Vec<Span>,
        words: Option<&mut Words>,
    ) -> Result<(), String> {
        read_chunk(&self.tables.read(), self.epoch(), id, chunk, spans, words)
            .map_err(|error| format!("spans of trace {id} in bucket {}: {error}", self.family))
    }

    /// Appends the spans of a trace's rows, and adds their words if asked.
    pub(super) fn read_rows(
        &self,
        id: TraceId,
        spans: &mut Vec<Span>,
        mut words: Option<&mut Words>,
    ) -> Result<(), String> {
        let values = self
            .rocks
            .rows(&self.family, id)
            .map_err(|error| error.to_string())?;
        for value in values {
            self.read_row(id, &value, spans, words.as_deref_mut())?;
        }
        Ok(())
    }

    fn read_row(
        &self,
        id: TraceId,
        value: &[u8],
        spans: &mut Vec<Span>,
        mut words: Option<&mut Words>,
    ) -> Result<(), String> {
        let chunks = row_chunks(value)
            .map_err(|error| format!("row of trace {id} in bucket {}: {error}", self.family))?;
        for chunk in chunks {
            self.read_chunk(id, chunk, spans, words.as_deref_mut())?;
        }
        Ok(())
    }

    /// The traces with rows whose ids agree with this one in the low half.
    pub(super) fn ids_alike(&self, id: TraceId) -> Result<Vec<TraceId>, String> {
        let rows = self
            .rocks
            .group_rows(&self.family, id)
            .map_err(|error| error.to_string())?;
        Ok(rows.into_iter().map(|(id, _)| id).collect())
    }

    /// Appends the spans of the rows of all traces whose ids agree with this one in the low half,
    /// and adds the words of the trace itself.
    pub(super) fn read_group(
        &self,
        id: TraceId,
        spans: &mut Vec<Span>,
        mut words: Option<&mut Words>,
    ) -> Result<(), String> {
        let rows = self
            .rocks
            .group_rows(&self.family, id)
            .map_err(|error| error.to_string())?;
        for (other, value) in rows {
            let words = words.as_deref_mut().filter(|_| other == id);
            self.read_row(other, &value, spans, words)?;
        }
        Ok(())
    }

    /// The spans of a chunk as far as calls are concerned; logs are not.
    pub(super) fn read_calls(&self, id: TraceId, chunk: &[u8]) -> Result<Vec<CallSpan>, String> {
        let tables = self.tables.read();
        let mut briefs = Vec::new();
        let unreadable = |error| format!("spans of trace {id} in bucket {}: {error}", self.family);
        read_briefs(&tables, self.epoch(), chunk, |brief| briefs.push(brief))
            .map_err(unreadable)?;
        if let Some(calls) = self.rollups.calls_of(&tables, &briefs) {
            return Ok(calls);
        }
        let mut spans = Vec::new();
        read_chunk(&tables, self.epoch(), id, chunk, &mut spans, None).map_err(unreadable)?;
        Ok(self.rollups.calls_in(&spans))
    }

    /// Where its rows and records are.
    pub(super) fn home(&self) -> (&Rocks, &str) {
        (&self.rocks, &self.family)
    }

    /// Remembers the width of a trace id that came.
    pub(super) fn note_width(&self, id: TraceId) {
        let bit = if id.high() == 0 { 1 } else { 2 };
        if self.widths.load(Ordering::Relaxed) & bit == 0 {
            self.widths.fetch_or(bit, Ordering::Relaxed);
        }
    }

    /// May one trace be here under two ids, of 64 and of 128 bits?
    pub(super) fn has_both_widths(&self) -> bool {
        self.widths.load(Ordering::Relaxed) == 3
    }

    /// Calls `visit` with the spans and words of each trace that has rows here, in the order of
    /// their keys, until it breaks.
    pub(super) fn scan_traces(
        &self,
        visit: impl FnMut(TraceId, Vec<Span>, Words) -> Result<ControlFlow<()>, String>,
    ) -> Result<ControlFlow<()>, String> {
        self.scan_traces_from(&keys::rows_range().0, visit)
    }

    /// As [`Self::scan_traces`], beginning at a key of a row.
    pub(super) fn scan_traces_from(
        &self,
        from: &[u8],
        mut visit: impl FnMut(TraceId, Vec<Span>, Words) -> Result<ControlFlow<()>, String>,
    ) -> Result<ControlFlow<()>, String> {
        let (_, to) = keys::rows_range();
        let mut current: Option<(TraceId, Vec<Span>, Words)> = None;
        let scanned = self
            .rocks
            .scan_until(&self.family, from, &to, |key, value| {
                let id = keys::row_trace_id(key).ok_or("malformed row key")?;
                if let Some((before, spans, words)) = current.take_if(|(before, ..)| *before != id)
                    && visit(before, spans, words)?.is_break()
                {
                    return Ok(ControlFlow::Break(()));
                }
                let (_, spans, words) =
                    current.get_or_insert_with(|| (id, Vec::new(), Words::default()));
                self.read_row(id, value, spans, Some(words))?;
                Ok(ControlFlow::Continue(()))
            })?;
        match current {
            Some((id, spans, words)) if scanned.is_continue() => visit(id, spans, words),
            _ => Ok(scanned),
        }
    }

    /// Traces that may have one of the rare terms, with their latest start in microseconds; and
    /// whether there are more than `limit`.
    pub(super) fn traces_with(
        &self,
        rare: &[u64],
        limit: usize,
    ) -> Result<(Vec<Place>, bool), String> {
        self.rare.find(&self.rocks, &self.family, rare, limit)
    }

    /// Puts rows and everything that they refer to into RocksDB's memory. Until [`Self::flush`]
    /// the log holds the same.
    pub(super) fn put_rows(
        &self,
        mut rows: Vec<(Vec<u8>, Vec<u8>)>,
        changes: &[Change],
    ) -> Result<(), String> {
        rows.extend(self.rollups.records(&self.rocks, &self.family, changes)?);
        let length = {
            let dictionary = self.dictionary();
            for (id, entry) in dictionary.numbered() {
                rows.push((keys::dictionary(id).to_vec(), entry.to_vec()));
            }
            dictionary.length()
        };
        let names = self.names.take_unsaved();
        rows.extend(names.iter().map(|name| (keys::name(name), Vec::new())));
        let bytes: usize = rows
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum();
        let written = self.rocks.put_rows(&self.family, &rows);
        self.rollups.written();
        if let Err(error) = written {
            self.names.unsave(names);
            self.rollups.forget();
            return Err(error.to_string());
        }
        self.dictionary().set_saved(length);
        self.unflushed_bytes.fetch_add(bytes, Ordering::AcqRel);
        Ok(())
    }

    pub(super) fn unflushed_bytes(&self) -> usize {
        self.unflushed_bytes.load(Ordering::Acquire)
    }

    /// Makes the rows durable, and the runs of rare values with them.
    pub(super) fn flush(&self) -> Result<(), RocksError> {
        let bytes = self.unflushed_bytes();
        if bytes == 0 {
            return Ok(());
        }
        self.rare.save(&self.rocks, &self.family)?;
        self.rocks.flush(&self.family)?;
        self.unflushed_bytes.fetch_sub(bytes, Ordering::AcqRel);
        Ok(())
    }

    /// Begins to write the rare values anew: what is added from now on is of the new ones.
    pub(super) fn begin_rare(&self) -> Result<(), String> {
        self.rare.begin_rebuild(&self.rocks, &self.family)
    }

    /// Puts the rare values that wait beside the rows.
    pub(super) fn save_rare(&self) -> Result<(), String> {
        self.rare
            .save(&self.rocks, &self.family)
            .map_err(|error| error.to_string())
    }

    /// The new rare values are whole, and durable after this; the old ones are gone.
    pub(super) fn complete_rare(&self) -> Result<(), String> {
        self.rare.complete_rebuild(&self.rocks, &self.family)?;
        self.rocks
            .flush(&self.family)
            .map_err(|error| error.to_string())
    }

    /// Merges runs of rare values if it is time; all of them if the bucket is `sealed`.
    pub(super) fn merge_runs(&self, sealed: bool) -> Result<(), String> {
        let bytes = self.rare.merge(&self.rocks, &self.family, sealed)?;
        self.unflushed_bytes.fetch_add(bytes, Ordering::AcqRel);
        Ok(())
    }
}

fn create_family(rocks: &Rocks, record: BucketRecord) -> Result<String, String> {
    let family = keys::bucket_family(record.start_ms);
    let created = rocks.create_family(&family);
    created.map_err(|error| error.to_string()).map(|()| family)
}

pub(super) fn index_folder(data_dir: &Path, start_ms: u64) -> PathBuf {
    data_dir.join("index").join(format!("{start_ms:016x}"))
}
