//! A bucket: the spans that arrived in one stretch of time, with their dictionary, names and index.
//! A unit: retention drops it whole, and one day it can be moved elsewhere whole.
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::id::TraceId;
use crate::local::dictionary::{Dictionary, Entries};
use crate::local::index::Index;
use crate::local::keys;
use crate::local::names::Names;
use crate::local::record::{ChunkReader, row_chunks};
use crate::local::rocks::{Rocks, RocksError};
use crate::span::Span;

pub(super) struct Bucket {
    /// Arrival times that belong here, in milliseconds since the epoch: `start_ms..end_ms`.
    pub(super) start_ms: u64,
    pub(super) end_ms: u64,
    pub(super) index: Index,
    pub(super) names: Names,
    family: String,
    rocks: Arc<Rocks>,
    entries: Entries,
    dictionary: Mutex<Dictionary>,
    /// Dictionary entries below this number are among the rows.
    entries_saved: AtomicUsize,
    /// Bytes of rows that are only in memory and, as commit groups, in the log.
    unflushed_bytes: AtomicUsize,
}

/// What the catalogue of buckets keeps of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BucketRecord {
    pub(super) start_ms: u64,
    pub(super) end_ms: u64,
    /// Retention has decided; what is left of the bucket goes at the next start, if not before.
    pub(super) dropping: bool,
}

impl BucketRecord {
    pub(super) fn encode(self) -> Vec<u8> {
        let mut bytes = vec![1, u8::from(self.dropping)];
        bytes.extend_from_slice(&self.start_ms.to_be_bytes());
        bytes.extend_from_slice(&self.end_ms.to_be_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let [1, dropping, times @ ..] = bytes else {
            return None;
        };
        let start_ms = u64::from_be_bytes(times.get(..8)?.try_into().ok()?);
        let end_ms = u64::from_be_bytes(times.get(8..16)?.try_into().ok()?);
        Some(Self {
            start_ms,
            end_ms,
            dropping: *dropping != 0,
        })
    }
}

impl Bucket {
    /// Opens a bucket of the catalogue, creating what is missing of it. A damaged index is put
    /// aside, never deleted, and the returned flag asks for a new one.
    pub(super) fn open(
        rocks: &Arc<Rocks>,
        data_dir: &Path,
        record: BucketRecord,
    ) -> Result<(Self, bool), String> {
        let family = keys::bucket_family(record.start_ms);
        rocks
            .create_family(&family)
            .map_err(|error| error.to_string())?;
        let mut dictionary = Dictionary::default();
        let (from, to) = keys::dictionary_range();
        rocks.scan(&family, &from, &to, |key, value| {
            let id = keys::dictionary_entry(key).ok_or("malformed dictionary key")?;
            dictionary.restore(id, value)
        })?;
        let names = Names::default();
        let (from, to) = keys::names_range();
        rocks.scan(&family, &from, &to, |key, _| {
            names.restore(&key[1..]);
            Ok(())
        })?;
        let folder = index_folder(data_dir, record.start_ms);
        let (index, rebuild) = open_index(&folder)?;
        let entries = dictionary.entries();
        let saved = dictionary.length();
        let bucket = Self {
            start_ms: record.start_ms,
            end_ms: record.end_ms,
            index,
            names,
            family,
            rocks: Arc::clone(rocks),
            entries,
            dictionary: Mutex::new(dictionary),
            entries_saved: AtomicUsize::new(saved),
            unflushed_bytes: AtomicUsize::new(0),
        };
        Ok((bucket, rebuild))
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

    pub(super) fn reader(&self) -> ChunkReader {
        ChunkReader::new(self.entries.clone())
    }

    /// Appends the spans of a trace's rows.
    pub(super) fn read_rows(&self, id: TraceId, spans: &mut Vec<Span>) -> Result<(), String> {
        let values = self
            .rocks
            .rows(&self.family, id)
            .map_err(|error| error.to_string())?;
        if values.is_empty() {
            return Ok(());
        }
        let mut reader = self.reader();
        for value in values {
            self.read_row(&mut reader, id, &value, spans)?;
        }
        Ok(())
    }

    pub(super) fn read_row(
        &self,
        reader: &mut ChunkReader,
        id: TraceId,
        value: &[u8],
        spans: &mut Vec<Span>,
    ) -> Result<(), String> {
        let unreadable = |error| format!("row of trace {id} in bucket {}: {error}", self.family);
        for chunk in row_chunks(value).map_err(unreadable)? {
            reader.read(id, chunk, spans).map_err(unreadable)?;
        }
        Ok(())
    }

    /// Calls `visit` with the spans of each trace that has rows here, in the order of their keys.
    pub(super) fn scan_traces(
        &self,
        mut visit: impl FnMut(TraceId, Vec<Span>) -> Result<(), String>,
    ) -> Result<(), String> {
        let (from, to) = keys::rows_range();
        let mut reader = self.reader();
        let mut current: Option<(TraceId, Vec<Span>)> = None;
        self.rocks.scan(&self.family, &from, &to, |key, value| {
            let id = keys::row_trace_id(key).ok_or("malformed row key")?;
            if let Some((before, spans)) = current.take_if(|(before, _)| *before != id) {
                visit(before, spans)?;
            }
            let (_, spans) = current.get_or_insert_with(|| (id, Vec::new()));
            self.read_row(&mut reader, id, value, spans)
        })?;
        current.map_or(Ok(()), |(id, spans)| visit(id, spans))
    }

    /// Puts rows and everything that they refer to into RocksDB's memory. Until [`Self::flush`]
    /// the log holds the same.
    pub(super) fn put_rows(&self, mut rows: Vec<(Vec<u8>, Vec<u8>)>) -> Result<(), RocksError> {
        let saved = self.entries_saved.load(Ordering::Acquire);
        let length = {
            let dictionary = self.dictionary();
            for (id, entry) in dictionary.entries_from(saved) {
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
        if let Err(error) = self.rocks.put_rows(&self.family, &rows) {
            self.names.unsave(names);
            return Err(error);
        }
        self.entries_saved.store(length, Ordering::Release);
        self.unflushed_bytes.fetch_add(bytes, Ordering::AcqRel);
        Ok(())
    }

    pub(super) fn unflushed_bytes(&self) -> usize {
        self.unflushed_bytes.load(Ordering::Acquire)
    }

    /// Makes the rows durable.
    pub(super) fn flush(&self) -> Result<(), RocksError> {
        let bytes = self.unflushed_bytes();
        if bytes > 0 {
            self.rocks.flush(&self.family)?;
            self.unflushed_bytes.fetch_sub(bytes, Ordering::AcqRel);
        }
        Ok(())
    }
}

pub(super) fn index_folder(data_dir: &Path, start_ms: u64) -> PathBuf {
    data_dir.join("index").join(format!("{start_ms:016x}"))
}

/// Opens the index; one that cannot be opened is renamed and replaced by an empty one.
fn open_index(folder: &Path) -> Result<(Index, bool), String> {
    let existed = folder.join("meta.json").exists();
    let error = match Index::open(folder) {
        Ok(index) => return Ok((index, !existed)),
        Err(error) => error,
    };
    let aside = (0..1000)
        .map(|number| folder.with_extension(format!("damaged{number}")))
        .find(|path| !path.exists())
        .ok_or("too many damaged indexes beside each other: delete index/*.damaged*")?;
    tracing::warn!(%error, folder = %folder.display(), aside = %aside.display(),
        "the index of a bucket cannot be opened; it is put aside and built anew from the spans");
    std::fs::rename(folder, &aside).map_err(|error| error.to_string())?;
    let index = Index::open(folder).map_err(|error| error.to_string())?;
    Ok((index, true))
}
