//! What repeats among the spans of a bucket, kept once: shapes (everything of a span but its ids,
//! times and values), sources, and values of keys that have few. Append-only: an entry never
//! changes its number, since rows refer to it.
//!
//! Everything that a client can grow is capped; beyond the cap the bytes stand inline in the rows.
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::encoding::{self, Reader};

/// Distinct shapes in a bucket.
const SHAPES_MAX: usize = 20_000;
const SHAPE_BYTES_MAX: usize = 8 << 10;
/// Distinct sources (resource and scope, or endpoint) in a bucket.
const SOURCES_MAX: usize = 20_000;
const SOURCE_BYTES_MAX: usize = 32 << 10;
/// Distinct values of one key: more than that and the key's new values go inline.
const VALUES_PER_KEY_MAX: usize = 512;
const VALUE_BYTES_MAX: usize = 256;
/// Keys that may have values in the dictionary.
const KEYS_MAX: usize = 4_096;

/// First byte of an entry: what it is. Never reused.
mod kind {
    pub(super) const SHAPE: u8 = 1;
    pub(super) const SOURCE: u8 = 2;
    pub(super) const VALUE: u8 = 3;
}

/// The entries as readers see them.
#[derive(Clone, Default)]
pub(super) struct Entries(Arc<RwLock<Vec<Arc<[u8]>>>>);

impl Entries {
    /// The entry's bytes without its kind; for a value, the value alone.
    pub(super) fn get(&self, id: u32) -> Option<Entry> {
        let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let bytes = Arc::clone(entries.get(id as usize)?);
        drop(entries);
        let start = match *bytes.first()? {
            kind::VALUE => {
                let mut reader = Reader::new(&bytes[1..]);
                reader.bytes().ok()?;
                1 + reader.position()
            }
            _ => 1,
        };
        Some(Entry { bytes, start })
    }

    fn push(&self, bytes: Arc<[u8]>) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(bytes);
    }
}

pub(super) struct Entry {
    bytes: Arc<[u8]>,
    start: usize,
}

impl AsRef<[u8]> for Entry {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

/// The look-up side, which only the committer uses.
#[derive(Default)]
pub(super) struct Dictionary {
    entries: Entries,
    stored: Vec<Arc<[u8]>>,
    /// Entries below this are in the log; the rest rides in the next commit group.
    logged: usize,
    shapes: HashMap<Arc<[u8]>, Shape>,
    sources: HashMap<Arc<[u8]>, u32>,
    keys: HashMap<Box<[u8]>, usize>,
    values: Vec<HashMap<Box<[u8]>, u32>>,
}

/// A known shape: its number and, for each attribute, where its key's values are.
#[derive(Clone)]
pub(super) struct Shape {
    pub(super) id: u32,
    pub(super) keys: Arc<[KeySlot]>,
}

/// Where a key's values are; `None` when there are too many keys.
pub(super) type KeySlot = Option<usize>;

impl Dictionary {
    pub(super) fn entries(&self) -> Entries {
        self.entries.clone()
    }

    /// The number of a shape, if it fits. `keys` lists the keys of its attributes in order.
    pub(super) fn shape<'a>(
        &mut self,
        bytes: &[u8],
        keys: impl Iterator<Item = &'a [u8]>,
    ) -> Option<Shape> {
        if let Some(shape) = self.shapes.get(bytes) {
            return Some(shape.clone());
        }
        if self.shapes.len() >= SHAPES_MAX || bytes.len() > SHAPE_BYTES_MAX {
            return None;
        }
        let slots = keys.map(|key| self.key_slot(key)).collect();
        let id = self.append(kind::SHAPE, bytes);
        let shape = Shape { id, keys: slots };
        self.shapes.insert(bytes.into(), shape.clone());
        Some(shape)
    }

    pub(super) fn source(&mut self, bytes: &[u8]) -> Option<u32> {
        if let Some(id) = self.sources.get(bytes) {
            return Some(*id);
        }
        if self.sources.len() >= SOURCES_MAX || bytes.len() > SOURCE_BYTES_MAX {
            return None;
        }
        let id = self.append(kind::SOURCE, bytes);
        self.sources.insert(bytes.into(), id);
        Some(id)
    }

    pub(super) fn value(&mut self, slot: KeySlot, key: &[u8], value: &[u8]) -> Option<u32> {
        let known = self.values.get_mut(slot?)?;
        if let Some(id) = known.get(value) {
            return Some(*id);
        }
        if known.len() >= VALUES_PER_KEY_MAX || value.len() > VALUE_BYTES_MAX {
            return None;
        }
        let id = self.stored.len() as u32;
        known.insert(value.into(), id);
        let mut bytes = Vec::with_capacity(key.len() + value.len() + 2);
        encoding::put_bytes(&mut bytes, key);
        bytes.extend_from_slice(value);
        Some(self.append(kind::VALUE, &bytes))
    }

    fn key_slot(&mut self, key: &[u8]) -> KeySlot {
        if let Some(slot) = self.keys.get(key) {
            return Some(*slot);
        }
        if self.keys.len() >= KEYS_MAX {
            return None;
        }
        self.keys.insert(key.into(), self.values.len());
        self.values.push(HashMap::new());
        Some(self.values.len() - 1)
    }

    fn append(&mut self, kind: u8, bytes: &[u8]) -> u32 {
        let entry: Arc<[u8]> = [&[kind], bytes].concat().into();
        self.entries.push(Arc::clone(&entry));
        self.stored.push(entry);
        self.stored.len() as u32 - 1
    }

    pub(super) fn length(&self) -> usize {
        self.stored.len()
    }

    /// Entries that no commit group carries yet, with their numbers.
    pub(super) fn unlogged(&self) -> impl Iterator<Item = (u32, &Arc<[u8]>)> {
        self.entries_from(self.logged)
    }

    /// Entries from a number on, with their numbers.
    pub(super) fn entries_from(&self, from: usize) -> impl Iterator<Item = (u32, &Arc<[u8]>)> {
        self.stored[from..]
            .iter()
            .enumerate()
            .map(move |(offset, entry)| ((from + offset) as u32, entry))
    }

    /// The log has every entry now.
    pub(super) fn set_logged(&mut self) {
        self.logged = self.stored.len();
    }

    /// Puts back an entry read from disk. Entries come in the order of their numbers; one that is
    /// known already (the log and the rows overlap after a crash) is skipped.
    ///
    /// # Errors
    /// When a number is missing between the known entries and this one.
    pub(super) fn restore(&mut self, id: u32, bytes: &[u8]) -> Result<(), String> {
        let next = self.stored.len() as u32;
        if id < next {
            return Ok(());
        }
        if id > next {
            return Err(format!("dictionary entry {next} is missing"));
        }
        let (kind, body) = bytes.split_first().ok_or("empty dictionary entry")?;
        let id = self.append(*kind, body);
        match *kind {
            kind::SHAPE => {
                let keys = super::record::shape_keys(body).ok_or("unreadable shape")?;
                let slots = keys.iter().map(|key| self.key_slot(key)).collect();
                self.shapes.insert(body.into(), Shape { id, keys: slots });
            }
            kind::SOURCE => {
                self.sources.insert(body.into(), id);
            }
            kind::VALUE => {
                let mut reader = Reader::new(body);
                let key = reader.bytes().map_err(|error| error.to_string())?;
                let value = &body[reader.position()..];
                if let Some(slot) = self.key_slot(key) {
                    self.values[slot].insert(value.into(), id);
                }
            }
            other => return Err(format!("dictionary entry of unknown kind {other}")),
        }
        self.logged = self.stored.len();
        Ok(())
    }
}
