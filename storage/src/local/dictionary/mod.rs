//! What repeats among the spans of a bucket, kept once. The part of a span that is the same for
//! many (name, kind, keys, status, values that rarely change) is one *class*, so that a span in a
//! chunk is little more than its class, ids, times and the few values that are its own.
//!
//! Everything that a client can grow is capped; beyond the cap values stand in the chunks.
mod classes;
mod entry;
mod shapes;
mod tables;

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;

use crate::encoding::Malformed;
use crate::local::record::shape::{ShapeView, is_column, read_shape};
use crate::local::terms::TermHasher;

use classes::Columns;
use entry::Entry;

pub(super) use classes::Column;
pub(super) use entry::{Role, begin_class};
pub(super) use shapes::Shape;
pub(super) use tables::{SharedTables, Tables, read_value};

/// Distinct shapes in a bucket; spans of further ones are written in full.
const SHAPES_MAX: usize = 10_000;
const SHAPE_BYTES_MAX: usize = 8 << 10;
/// Distinct sources (resource and scope, or endpoint) in a bucket.
const SOURCES_MAX: usize = 10_000;
const SOURCE_BYTES_MAX: usize = 32 << 10;
/// Classes in a bucket; beyond it a shape gets one more, with all values in the chunks.
const CLASSES_MAX: usize = 20_000;
/// Longer values are no reason for a class.
const CLASS_BYTES_MAX: usize = 4 << 10;
/// Distinct values of one key; when they are used up the key's new values go into the chunks.
const VALUES_PER_KEY_MAX: usize = 512;
const VALUE_BYTES_MAX: usize = 256;
/// Templates of one key: free text would fill any table.
const TEMPLATES_PER_KEY_MAX: usize = 256;
/// A key whose templates are used up is not tried any more after this many misses.
const TEMPLATE_MISSES_MAX: u32 = 4_096;
/// Keys that may have values and templates.
const KEYS_MAX: usize = 4_096;
/// Bytes of all entries together: what they cost in memory grows with them.
const BYTES_MAX: usize = 16 << 20;

/// The number of a key among those that have values.
pub(super) type Slot = u32;

type Map<K> = HashMap<K, u32, RandomState>;

/// The look-up side, which only the committer uses.
pub(super) struct Dictionary {
    tables: SharedTables,
    /// Entries that are not among the rows yet, with the number of the first.
    unsaved: Vec<Arc<[u8]>>,
    saved: usize,
    /// Entries below this are in the log; the rest rides in the next commit group.
    logged: usize,
    shapes: Map<Arc<[u8]>>,
    columns: Vec<Columns>,
    sources: Map<Arc<[u8]>>,
    classes: Map<Arc<[u8]>>,
    slots: HashMap<Box<[u8]>, Slot>,
    keys: Vec<KeyValues>,
    /// Of each source: the number of its service.
    services: Vec<Option<u32>>,
    /// Of each shape: may its spans have failed?
    errors: Vec<bool>,
    /// Of each class: is its other side not the same for all spans?
    remote_varies: Vec<bool>,
    bytes: usize,
}

/// Numbers of the values and templates of one key.
#[derive(Default)]
struct KeyValues {
    key: Box<[u8]>,
    values: Map<Box<[u8]>>,
    templates: Map<Box<[u8]>>,
    template_misses: u32,
}

impl Dictionary {
    pub(super) fn new(hasher: TermHasher) -> Self {
        Self {
            tables: SharedTables::new(hasher),
            unsaved: Vec::new(),
            saved: 0,
            logged: 0,
            shapes: Map::default(),
            columns: Vec::new(),
            sources: Map::default(),
            classes: Map::default(),
            slots: HashMap::new(),
            keys: Vec::new(),
            services: Vec::new(),
            errors: Vec::new(),
            remote_varies: Vec::new(),
            bytes: 0,
        }
    }

    pub(super) const fn tables(&self) -> &SharedTables {
        &self.tables
    }

    /// The number of a shape, if there is room for it.
    pub(super) fn shape(&mut self, bytes: &[u8]) -> Option<u32> {
        if let Some(id) = self.shapes.get(bytes) {
            return Some(*id);
        }
        if self.shapes.len() >= SHAPES_MAX || bytes.len() > SHAPE_BYTES_MAX || self.is_full() {
            return None;
        }
        let id = self.shapes.len() as u32;
        self.add(&Entry::Shape(bytes)).ok()?;
        let roles = self.columns.get(id as usize)?.first_roles();
        self.add(&Entry::Generation { shape: id, roles }).ok()?;
        Some(id)
    }

    /// Where the values of a shape's columns go now.
    pub(super) fn columns(&self, shape: u32) -> Option<&Columns> {
        self.columns.get(shape as usize)
    }

    /// The number of a class; `bytes` begin with [`begin_class`]. `None` when there is no room.
    pub(super) fn class(&mut self, shape: u32, bytes: &[u8]) -> Option<u32> {
        if let Some(id) = self.classes.get(bytes) {
            return Some(*id);
        }
        let columns = self.columns.get(shape as usize)?;
        let is_full =
            self.classes.len() >= CLASSES_MAX || bytes.len() > CLASS_BYTES_MAX || self.is_full();
        if is_full && !columns.is_bare() {
            return None;
        }
        let id = self.classes.len() as u32;
        self.add(&Entry::Class(bytes)).ok()?;
        if let Some(roles) = self.columns.get(shape as usize)?.next_roles() {
            self.add(&Entry::Generation { shape, roles }).ok()?;
        }
        Some(id)
    }

    /// The service of a source, as [`super::code::Code::service`] numbers it.
    pub(super) fn service(&self, source: u32) -> Option<u32> {
        self.services.get(source as usize).copied().flatten()
    }

    pub(super) fn is_error(&self, shape: u32) -> bool {
        self.errors.get(shape as usize).is_some_and(|error| *error)
    }

    pub(super) fn remote_varies(&self, class: u32) -> bool {
        self.remote_varies
            .get(class as usize)
            .is_none_or(|varies| *varies)
    }

    /// Makes the shape's classes hold no values from now on.
    pub(super) fn make_bare(&mut self, shape: u32) -> Option<()> {
        let roles = self.columns.get(shape as usize)?.bare_roles();
        self.add(&Entry::Generation { shape, roles }).ok()
    }

    pub(super) fn source(&mut self, bytes: &[u8]) -> Option<u32> {
        if let Some(id) = self.sources.get(bytes) {
            return Some(*id);
        }
        if self.sources.len() >= SOURCES_MAX || bytes.len() > SOURCE_BYTES_MAX || self.is_full() {
            return None;
        }
        let id = self.sources.len() as u32;
        self.add(&Entry::Source(bytes)).ok()?;
        Some(id)
    }

    /// The number of a value among those of its key, if there is room for it.
    pub(super) fn value(&mut self, slot: Slot, value: &[u8]) -> Option<u32> {
        let known = self.keys.get(slot as usize)?;
        if let Some(id) = known.values.get(value) {
            return Some(*id);
        }
        if known.values.len() >= VALUES_PER_KEY_MAX
            || value.len() > VALUE_BYTES_MAX
            || self.is_full()
        {
            return None;
        }
        let id = known.values.len() as u32;
        let key = known.key.clone();
        self.add(&Entry::Value { key: &key, value }).ok()?;
        Some(id)
    }

    /// The number of a template among those of its key, if there is room for it.
    pub(super) fn template(&mut self, slot: Slot, template: &[u8]) -> Option<u32> {
        let known = self.keys.get_mut(slot as usize)?;
        if let Some(id) = known.templates.get(template) {
            return Some(*id);
        }
        if known.templates.len() >= TEMPLATES_PER_KEY_MAX || self.bytes >= BYTES_MAX {
            known.template_misses = known.template_misses.saturating_add(1);
            return None;
        }
        let id = known.templates.len() as u32;
        let key = known.key.clone();
        self.add(&Entry::Template {
            key: &key,
            template,
        })
        .ok()?;
        Some(id)
    }

    /// Is it worth the time to look for a template of this key?
    pub(super) fn has_templates(&self, slot: Slot) -> bool {
        self.keys
            .get(slot as usize)
            .is_some_and(|key| key.template_misses < TEMPLATE_MISSES_MAX)
    }

    const fn is_full(&self) -> bool {
        self.bytes >= BYTES_MAX
    }

    fn add(&mut self, entry: &Entry<'_>) -> Result<(), Malformed> {
        let bytes: Arc<[u8]> = entry.encode().into();
        self.apply(&bytes)?;
        self.unsaved.push(bytes);
        Ok(())
    }

    /// Learns an entry, new or read from disk.
    fn apply(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        self.tables.apply(bytes)?;
        self.bytes += bytes.len();
        match Entry::decode(bytes)? {
            Entry::Shape(body) => {
                let columns = self.columns_of(&read_shape(body)?);
                self.shapes.insert(body.into(), self.columns.len() as u32);
                self.columns.push(columns);
                let tables = self.tables.read();
                let shape = tables.shapes.last().ok_or(Malformed(0))?;
                self.errors.push(Tables::is_error(shape));
            }
            Entry::Source(body) => {
                let id = self.sources.len() as u32;
                self.sources.insert(body.into(), id);
                let tables = self.tables.read();
                let source = tables.sources.last().ok_or(Malformed(0))?;
                self.services.push(source.service);
            }
            Entry::Value { key, value } => {
                let known = self.key_values(key)?;
                let id = known.values.len() as u32;
                known.values.insert(value.into(), id);
            }
            Entry::Template { key, template } => {
                let known = self.key_values(key)?;
                let id = known.templates.len() as u32;
                known.templates.insert(template.into(), id);
            }
            Entry::Generation { shape, roles } => {
                let columns = self.columns.get_mut(shape as usize).ok_or(Malformed(0))?;
                columns.begin_generation(&roles);
            }
            Entry::Class(body) => {
                let id = self.classes.len() as u32;
                let body: Arc<[u8]> = body.into();
                let shape = crate::encoding::Reader::new(&body).varint32()?;
                let columns = self.columns.get_mut(shape as usize).ok_or(Malformed(0))?;
                columns.add_class(Arc::clone(&body));
                let tables = self.tables.read();
                let class = tables.classes.last().ok_or(Malformed(0))?;
                self.remote_varies.push(class.remote_varies);
                self.classes.insert(body, id);
            }
        }
        Ok(())
    }

    fn columns_of(&mut self, shape: &ShapeView<'_>) -> Columns {
        let mut columns = Vec::new();
        for (form, key) in &shape.attributes {
            if !is_column(*form) {
                continue;
            }
            let slot = if tables::has_slot(*form) {
                tables::take_slot(&mut self.slots, key)
            } else {
                None
            };
            if slot.is_some_and(|slot| slot as usize == self.keys.len()) {
                self.keys.push(KeyValues {
                    key: (*key).into(),
                    ..KeyValues::default()
                });
            }
            columns.push((*form, slot));
        }
        Columns::new(columns)
    }

    fn key_values(&mut self, key: &[u8]) -> Result<&mut KeyValues, Malformed> {
        let slot = *self.slots.get(key).ok_or(Malformed(0))?;
        self.keys.get_mut(slot as usize).ok_or(Malformed(0))
    }

    pub(super) const fn length(&self) -> usize {
        self.saved + self.unsaved.len()
    }

    /// Entries that no commit group carries yet, with their numbers.
    pub(super) fn unlogged(&self) -> impl Iterator<Item = (u32, &Arc<[u8]>)> {
        self.numbered().skip(self.logged - self.saved)
    }

    /// Entries that are not among the rows yet, with their numbers.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (u32, &Arc<[u8]>)> {
        (self.saved as u32..).zip(&self.unsaved)
    }

    /// The log has every entry now.
    pub(super) const fn set_logged(&mut self) {
        self.logged = self.saved + self.unsaved.len();
    }

    /// The rows have every entry below this number now. What the log does not have yet is kept.
    pub(super) fn set_saved(&mut self, below: usize) {
        let count = below.min(self.logged).saturating_sub(self.saved);
        self.unsaved.drain(..count.min(self.unsaved.len()));
        self.saved += count;
    }

    /// Puts back an entry read from disk. Entries come in the order of their numbers; one that is
    /// known already (the log and the rows overlap after a crash) is skipped.
    ///
    /// # Errors
    /// When a number is missing between the known entries and this one, or it is unreadable.
    pub(super) fn restore(&mut self, id: u32, bytes: &[u8], is_row: bool) -> Result<(), String> {
        let next = self.length() as u32;
        if id < next {
            return Ok(());
        }
        if id > next {
            return Err(format!("dictionary entry {next} is missing"));
        }
        self.apply(bytes)
            .map_err(|error| format!("dictionary entry {id}: {error}"))?;
        if is_row {
            self.saved += 1;
        } else {
            self.unsaved.push(bytes.into());
        }
        self.logged = self.length();
        Ok(())
    }
}
