//! Spans at rest. The only file that knows the format of a chunk, a row and a commit group; a
//! change of their bytes is a new version byte here.
//!
//! ```text
//! commit group  [version][bucket start 8][n entries]([entry id][bytes])* [n chunks]([trace id 16][bytes])*
//! row value     [version]([bytes of a chunk])*
//! chunk         [n spans][flags][base time][column lengths](column)*
//! ```
//!
//! A chunk is the spans of one trace in one commit group, column by column, since alike things
//! beside each other compress better: shape, source, start, duration, ids, values, details.
use std::collections::HashMap;

use crate::batch::{AttributeRow, SharedSource, SpanBatch, SpanRow, ValueRow};
use crate::encoding::{self, Details, Malformed, Reader};
use crate::id::{SpanId, TraceId};
use crate::local::dictionary::{Dictionary, Entries, Shape};
use crate::span::{Attribute, Format, Kind, Span, Status, StatusCode, Value};

/// Format of rows and commit groups that this release writes.
const VERSION: u8 = 1;

/// All times of the chunk are whole microseconds and are kept as such.
const FLAG_MICROS: u8 = 1;

/// Columns of a chunk, in the order of their bytes.
const COLUMNS: usize = 7;
const SHAPES: usize = 0;
const SOURCES: usize = 1;
const STARTS: usize = 2;
const DURATIONS: usize = 3;
const IDS: usize = 4;
const VALUES: usize = 5;
const DETAILS: usize = 6;

/// How an attribute's value is written; part of the shape. Never reused.
mod form {
    pub(super) const EMPTY: u8 = 0;
    pub(super) const STRING: u8 = 1;
    pub(super) const FALSE: u8 = 2;
    pub(super) const TRUE: u8 = 3;
    pub(super) const INT: u8 = 4;
    pub(super) const DOUBLE: u8 = 5;
    pub(super) const ENCODED: u8 = 6;
}

/// How a string value is written in the values column; greater numbers are dictionary entries.
mod string {
    pub(super) const INLINE: u64 = 0;
    /// As the previous inline value of this key in the chunk: correlation ids repeat.
    pub(super) const SAME: u64 = 1;
    pub(super) const ENTRY_BASE: u64 = 2;
}

/// Spans of one trace with their attributes.
pub(super) type SpanRows<'a> = [(&'a SpanBatch, &'a SpanRow, &'a [AttributeRow])];

/// Writes the chunk of these spans, which share one trace id.
pub(super) fn encode_chunk(spans: &SpanRows<'_>, dictionary: &mut Dictionary, out: &mut Vec<u8>) {
    let micros = spans.iter().all(|(_, row, _)| {
        row.start.unwrap_or(0) % 1_000 == 0 && row.duration.unwrap_or(0) % 1_000 == 0
    });
    let base = spans
        .iter()
        .filter_map(|(_, row, _)| row.start)
        .min()
        .unwrap_or(0);
    let mut chunk = ChunkWriter {
        unit: if micros { 1_000 } else { 1 },
        base,
        columns: Default::default(),
        positions: HashMap::with_capacity(spans.len()),
        previous: HashMap::new(),
        shape: Vec::with_capacity(256),
    };
    for (position, (batch, row, attributes)) in spans.iter().enumerate() {
        chunk.add(position, batch, row, attributes, dictionary);
    }
    encoding::put_varint(out, spans.len() as u64);
    out.push(if micros { FLAG_MICROS } else { 0 });
    encoding::put_varint(out, base);
    for column in &chunk.columns[..COLUMNS - 1] {
        encoding::put_varint(out, column.len() as u64);
    }
    for column in &chunk.columns {
        out.extend_from_slice(column);
    }
}

struct ChunkWriter<'a> {
    unit: i64,
    base: u64,
    columns: [Vec<u8>; COLUMNS],
    positions: HashMap<SpanId, usize>,
    previous: HashMap<&'a [u8], &'a [u8]>,
    shape: Vec<u8>,
}

impl<'a> ChunkWriter<'a> {
    fn add(
        &mut self,
        position: usize,
        batch: &'a SpanBatch,
        row: &SpanRow,
        attributes: &'a [AttributeRow],
        dictionary: &mut Dictionary,
    ) {
        self.shape.clear();
        put_shape(&mut self.shape, batch, row, attributes);
        let keys = attributes
            .iter()
            .map(|attribute| batch.bytes(attribute.key));
        let shape = dictionary.shape(&self.shape, keys);
        match &shape {
            Some(shape) => encoding::put_varint(&mut self.columns[SHAPES], u64::from(shape.id) + 1),
            None => {
                self.columns[SHAPES].push(0);
                encoding::put_bytes(&mut self.columns[SHAPES], &self.shape);
            }
        }
        let source = batch.bytes(batch.source(row.source).encoded);
        match dictionary.source(source) {
            Some(id) => encoding::put_varint(&mut self.columns[SOURCES], u64::from(id) + 1),
            None => {
                self.columns[SOURCES].push(0);
                encoding::put_bytes(&mut self.columns[SOURCES], source);
            }
        }
        if let Some(start) = row.start {
            let delta = start.wrapping_sub(self.base) / self.unit as u64;
            encoding::put_varint(&mut self.columns[STARTS], delta);
        }
        if let Some(duration) = row.duration {
            encoding::put_signed(&mut self.columns[DURATIONS], duration / self.unit);
        }
        self.add_ids(position, row);
        self.add_values(batch, attributes, shape.as_ref(), dictionary);
        if !row.details.is_empty() {
            encoding::put_bytes(&mut self.columns[DETAILS], batch.bytes(row.details));
        }
    }

    /// The span's id as it is (random bytes do not compress), the parent as a position if its span
    /// came before it in the chunk.
    fn add_ids(&mut self, position: usize, row: &SpanRow) {
        let ids = &mut self.columns[IDS];
        ids.extend_from_slice(&row.span_id.value().to_be_bytes());
        match row.parent_id {
            None => ids.push(0),
            Some(parent) => match self.positions.get(&parent) {
                Some(position) => encoding::put_varint(ids, *position as u64 + 2),
                None => {
                    ids.push(1);
                    ids.extend_from_slice(&parent.value().to_be_bytes());
                }
            },
        }
        self.positions.entry(row.span_id).or_insert(position);
    }

    fn add_values(
        &mut self,
        batch: &'a SpanBatch,
        attributes: &'a [AttributeRow],
        shape: Option<&Shape>,
        dictionary: &mut Dictionary,
    ) {
        for (position, attribute) in attributes.iter().enumerate() {
            let values = &mut self.columns[VALUES];
            match attribute.value {
                ValueRow::Empty | ValueRow::Bool(_) => {}
                ValueRow::Int(number) => encoding::put_signed(values, number),
                ValueRow::Double(number) => values.extend_from_slice(&number.to_le_bytes()),
                ValueRow::Encoded(text) => encoding::put_bytes(values, batch.bytes(text)),
                ValueRow::String(text) => {
                    let key = batch.bytes(attribute.key);
                    let value = batch.bytes(text);
                    let slot = shape.and_then(|shape| shape.keys.get(position).copied().flatten());
                    if let Some(id) = dictionary.value(slot, key, value) {
                        encoding::put_varint(values, u64::from(id) + string::ENTRY_BASE);
                    } else if self.previous.get(key) == Some(&value) {
                        encoding::put_varint(values, string::SAME);
                    } else {
                        encoding::put_varint(values, string::INLINE);
                        encoding::put_bytes(values, value);
                        self.previous.insert(key, value);
                    }
                }
            }
        }
    }
}

/// Bits of a shape's third byte.
mod shape_bit {
    pub(super) const SHARED: u8 = 1;
    pub(super) const DEBUG: u8 = 2;
    pub(super) const START: u8 = 4;
    pub(super) const DURATION: u8 = 8;
    pub(super) const DETAILS: u8 = 16;
}

fn put_shape(out: &mut Vec<u8>, batch: &SpanBatch, row: &SpanRow, attributes: &[AttributeRow]) {
    out.push(match row.format {
        Format::Zipkin => 0,
        Format::Otlp => 1,
    });
    out.push(row.kind.number() | row.status.number() << 4);
    let mut bits = 0;
    for (bit, is_set) in [
        (shape_bit::SHARED, row.shared),
        (shape_bit::DEBUG, row.debug),
        (shape_bit::START, row.start.is_some()),
        (shape_bit::DURATION, row.duration.is_some()),
        (shape_bit::DETAILS, !row.details.is_empty()),
    ] {
        bits |= if is_set { bit } else { 0 };
    }
    out.push(bits);
    encoding::put_varint(out, row.flags.into());
    encoding::put_bytes(out, batch.bytes(row.name));
    encoding::put_bytes(out, batch.bytes(row.remote_endpoint));
    encoding::put_varint(out, attributes.len() as u64);
    for attribute in attributes {
        out.push(match attribute.value {
            ValueRow::Empty => form::EMPTY,
            ValueRow::String(_) => form::STRING,
            ValueRow::Bool(false) => form::FALSE,
            ValueRow::Bool(true) => form::TRUE,
            ValueRow::Int(_) => form::INT,
            ValueRow::Double(_) => form::DOUBLE,
            ValueRow::Encoded(_) => form::ENCODED,
        });
        encoding::put_bytes(out, batch.bytes(attribute.key));
    }
}

/// The keys of a shape's attributes.
pub(super) fn shape_keys(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    read_shape(bytes)
        .ok()
        .map(|shape| shape.attributes.into_iter().map(|(_, key)| key).collect())
}

struct ShapeView<'a> {
    format: Format,
    kind: Kind,
    status: StatusCode,
    bits: u8,
    flags: u32,
    name: &'a [u8],
    remote_endpoint: &'a [u8],
    attributes: Vec<(u8, &'a [u8])>,
}

fn read_shape(bytes: &[u8]) -> Result<ShapeView<'_>, Malformed> {
    let mut reader = Reader::new(bytes);
    let format = if reader.byte()? == 1 {
        Format::Otlp
    } else {
        Format::Zipkin
    };
    let kind_and_status = reader.byte()?;
    let mut shape = ShapeView {
        format,
        kind: Kind::from_number(u64::from(kind_and_status & 15)),
        status: StatusCode::from_number(u64::from(kind_and_status >> 4)),
        bits: reader.byte()?,
        flags: reader.varint32()?,
        name: reader.bytes()?,
        remote_endpoint: reader.bytes()?,
        attributes: Vec::new(),
    };
    for _ in 0..reader.length()? {
        shape.attributes.push((reader.byte()?, reader.bytes()?));
    }
    Ok(shape)
}

/// Starts the value of a row: its chunks follow, each by [`put_row_chunk`].
pub(super) fn begin_row(out: &mut Vec<u8>) {
    out.push(VERSION);
}

pub(super) fn put_row_chunk(out: &mut Vec<u8>, chunk: &[u8]) {
    encoding::put_bytes(out, chunk);
}

/// The chunks of a row's value.
pub(super) fn row_chunks(value: &[u8]) -> Result<Vec<&[u8]>, Malformed> {
    let mut reader = Reader::new(value);
    if reader.byte()? != VERSION {
        return Err(Malformed(0));
    }
    let mut chunks = Vec::new();
    while !reader.is_at_end() {
        chunks.push(reader.bytes()?);
    }
    Ok(chunks)
}

/// Reads chunks of one bucket. Sources are read once and shared by the spans.
pub(super) struct ChunkReader {
    entries: Entries,
    sources: HashMap<u32, SharedSource>,
}

impl ChunkReader {
    pub(super) fn new(entries: Entries) -> Self {
        Self {
            entries,
            sources: HashMap::new(),
        }
    }

    /// Appends the spans of a chunk.
    ///
    /// # Errors
    /// When the bytes cannot have been written by [`encode_chunk`], or an entry is missing.
    pub(super) fn read(
        &mut self,
        trace_id: TraceId,
        chunk: &[u8],
        spans: &mut Vec<Span>,
    ) -> Result<(), Malformed> {
        let mut head = Reader::new(chunk);
        let count = head.length()?;
        let unit = if head.byte()? & FLAG_MICROS == 0 {
            1
        } else {
            1_000
        };
        let base = head.varint()?;
        let mut lengths = [0; COLUMNS - 1];
        for length in &mut lengths {
            *length = head.length()?;
        }
        let mut columns = [const { Reader::new(&[]) }; COLUMNS];
        for (column, length) in columns.iter_mut().zip(lengths) {
            *column = Reader::new(head.take(length)?);
        }
        columns[DETAILS] = Reader::new(&chunk[head.position()..]);
        let mut view = ChunkView {
            unit,
            base,
            columns,
            previous: HashMap::new(),
            ids: Vec::new(),
        };
        for _ in 0..count {
            spans.push(self.read_span(trace_id, &mut view)?);
        }
        Ok(())
    }

    fn read_span(
        &mut self,
        trace_id: TraceId,
        view: &mut ChunkView<'_>,
    ) -> Result<Span, Malformed> {
        let shape_entry = match view.columns[SHAPES].varint()? {
            0 => None,
            id => Some(self.entry(id - 1)?),
        };
        let shape = match &shape_entry {
            Some(entry) => read_shape(entry.as_ref())?,
            None => read_shape(view.columns[SHAPES].bytes()?)?,
        };
        let source = self.read_source(&mut view.columns[SOURCES])?;
        let has = |bit: u8| shape.bits & bit != 0;
        let start = if has(shape_bit::START) {
            Some(view.start()?)
        } else {
            None
        };
        let duration = if has(shape_bit::DURATION) {
            Some(view.duration()?)
        } else {
            None
        };
        let (span_id, parent_id) = view.ids()?;
        let mut attributes = Vec::with_capacity(shape.attributes.len());
        for (form, key) in &shape.attributes {
            let value = self.read_value(*form, key, view)?;
            attributes.push(Attribute {
                key: String::from_utf8_lossy(key).into_owned(),
                value,
            });
        }
        let details = if has(shape_bit::DETAILS) {
            Reader::new(view.columns[DETAILS].bytes()?).details()?
        } else {
            Details::default()
        };
        Ok(Span {
            trace_id,
            span_id,
            parent_id,
            kind: shape.kind,
            name: (!shape.name.is_empty())
                .then(|| String::from_utf8_lossy(shape.name).into_owned()),
            start,
            duration,
            status: Status {
                code: shape.status,
                message: details.status_message,
            },
            attributes,
            events: details.events,
            links: details.links,
            local_endpoint: source.local_endpoint,
            remote_endpoint: if shape.remote_endpoint.is_empty() {
                None
            } else {
                Reader::new(shape.remote_endpoint).endpoint()?
            },
            resource: source.resource,
            scope: source.scope,
            trace_state: details.trace_state,
            flags: shape.flags,
            dropped_attributes: details.dropped_attributes,
            dropped_events: details.dropped_events,
            dropped_links: details.dropped_links,
            shared: has(shape_bit::SHARED),
            debug: has(shape_bit::DEBUG),
            format: shape.format,
        })
    }

    fn read_source(&mut self, column: &mut Reader<'_>) -> Result<SharedSource, Malformed> {
        let id = match column.varint()? {
            0 => return Ok(Reader::new(column.bytes()?).source()?.into()),
            id => id - 1,
        };
        let number = u32::try_from(id).map_err(|_| Malformed(0))?;
        if let Some(source) = self.sources.get(&number) {
            return Ok(source.clone());
        }
        let entry = self.entry(id)?;
        let source = SharedSource::from(Reader::new(entry.as_ref()).source()?);
        self.sources.insert(number, source.clone());
        Ok(source)
    }

    fn read_value<'a>(
        &self,
        form: u8,
        key: &[u8],
        view: &mut ChunkView<'a>,
    ) -> Result<Value, Malformed> {
        let values = &mut view.columns[VALUES];
        Ok(match form {
            form::EMPTY => Value::Empty,
            form::FALSE => Value::Bool(false),
            form::TRUE => Value::Bool(true),
            form::INT => Value::Int(values.signed()?),
            form::DOUBLE => Value::Double(values.double()?),
            form::ENCODED => Reader::new(values.bytes()?).value()?,
            form::STRING => {
                let bytes: &[u8] = match values.varint()? {
                    string::INLINE => {
                        let bytes = values.bytes()?;
                        view.previous.insert(key.to_vec(), bytes);
                        bytes
                    }
                    string::SAME => view.previous.get(key).copied().ok_or(Malformed(0))?,
                    id => {
                        let entry = self.entry(id - string::ENTRY_BASE)?;
                        return Ok(Value::String(
                            String::from_utf8_lossy(entry.as_ref()).into_owned(),
                        ));
                    }
                };
                Value::String(String::from_utf8_lossy(bytes).into_owned())
            }
            _ => return Err(Malformed(0)),
        })
    }

    fn entry(&self, id: u64) -> Result<super::dictionary::Entry, Malformed> {
        u32::try_from(id)
            .ok()
            .and_then(|id| self.entries.get(id))
            .ok_or(Malformed(0))
    }
}

struct ChunkView<'a> {
    unit: u64,
    base: u64,
    columns: [Reader<'a>; COLUMNS],
    previous: HashMap<Vec<u8>, &'a [u8]>,
    ids: Vec<SpanId>,
}

impl ChunkView<'_> {
    fn start(&mut self) -> Result<u64, Malformed> {
        let delta = self.columns[STARTS].varint()?;
        Ok(self.base.wrapping_add(delta.wrapping_mul(self.unit)))
    }

    fn duration(&mut self) -> Result<i64, Malformed> {
        Ok(self.columns[DURATIONS]
            .signed()?
            .wrapping_mul(self.unit as i64))
    }

    fn ids(&mut self) -> Result<(SpanId, Option<SpanId>), Malformed> {
        let column = &mut self.columns[IDS];
        let span_id = SpanId::new(column.fixed64()?).ok_or(Malformed(0))?;
        let parent_id = match column.varint()? {
            0 => None,
            1 => Some(SpanId::new(column.fixed64()?).ok_or(Malformed(0))?),
            position => {
                let position = usize::try_from(position - 2).map_err(|_| Malformed(0))?;
                Some(*self.ids.get(position).ok_or(Malformed(0))?)
            }
        };
        self.ids.push(span_id);
        Ok((span_id, parent_id))
    }
}

/// What one fsync makes durable: new dictionary entries and the chunks that use them.
pub(super) struct CommitGroup<'a> {
    pub(super) bucket_start_ms: u64,
    pub(super) entries: Vec<(u32, &'a [u8])>,
    pub(super) chunks: Vec<(TraceId, &'a [u8])>,
}

pub(super) fn encode_group(group: &CommitGroup<'_>) -> Vec<u8> {
    let length: usize = group.chunks.iter().map(|(_, chunk)| chunk.len() + 20).sum();
    let mut out = Vec::with_capacity(length + 64);
    out.push(VERSION);
    out.extend_from_slice(&group.bucket_start_ms.to_be_bytes());
    encoding::put_varint(&mut out, group.entries.len() as u64);
    for (id, bytes) in &group.entries {
        encoding::put_varint(&mut out, u64::from(*id));
        encoding::put_bytes(&mut out, bytes);
    }
    encoding::put_varint(&mut out, group.chunks.len() as u64);
    for (trace_id, chunk) in &group.chunks {
        out.extend_from_slice(&trace_id.value().to_be_bytes());
        encoding::put_bytes(&mut out, chunk);
    }
    out
}

pub(super) fn decode_group(bytes: &[u8]) -> Result<CommitGroup<'_>, Malformed> {
    let mut reader = Reader::new(bytes);
    if reader.byte()? != VERSION {
        return Err(Malformed(0));
    }
    let bucket_start_ms = reader.fixed64()?;
    let mut group = CommitGroup {
        bucket_start_ms,
        entries: Vec::new(),
        chunks: Vec::new(),
    };
    for _ in 0..reader.length()? {
        group.entries.push((reader.varint32()?, reader.bytes()?));
    }
    for _ in 0..reader.length()? {
        let trace_id = TraceId::new(reader.fixed128()?).ok_or(Malformed(reader.position()))?;
        group.chunks.push((trace_id, reader.bytes()?));
    }
    Ok(group)
}
