//! Reading chunks back into spans.
use std::collections::HashMap;

use crate::batch::SharedSource;
use crate::encoding::{Details, Malformed, Reader};
use crate::id::{SpanId, TraceId};
use crate::local::dictionary::{Entries, Entry};
use crate::local::record::chunk::*;
use crate::local::record::shape::{form, read_shape, shape_bit};
use crate::span::{Attribute, Span, Status, Value};

/// Reads chunks of one bucket. Sources are read once and shared by the spans.
pub(in crate::local) struct ChunkReader {
    entries: Entries,
    sources: HashMap<u32, SharedSource>,
}

impl ChunkReader {
    pub(in crate::local) fn new(entries: Entries) -> Self {
        Self {
            entries,
            sources: HashMap::new(),
        }
    }

    /// Appends the spans of a chunk.
    ///
    /// # Errors
    /// When the bytes cannot have been written by [`encode_chunk`], or an entry is missing.
    pub(in crate::local) fn read(
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

    fn entry(&self, id: u64) -> Result<Entry, Malformed> {
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
