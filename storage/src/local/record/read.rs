//! Reading chunks back: as spans, and as the words by which their spans are found.
use std::sync::Arc;

use crate::encoding::{Details, Malformed, Reader};
use crate::id::TraceId;
use crate::local::code::{Code, Words};
use crate::local::dictionary::{Role, Slot, Tables, read_value};
use crate::local::record::chunk::*;
use crate::local::record::head::{Head, Known, Row, number};
use crate::local::record::shape::{ShapeView, form, is_column, shape_bit};
use crate::local::record::template;
use crate::local::terms;
use crate::span::{Attribute, Format, Span, Status, Value};
use crate::tags;

/// Appends the spans of a chunk and, if asked, adds their words. `epoch` is what the writer had.
///
/// # Errors
/// When the bytes cannot have been written by this version, or an entry is missing.
pub(in crate::local) fn read_chunk(
    tables: &Tables,
    epoch: u64,
    trace_id: TraceId,
    chunk: &[u8],
    spans: &mut Vec<Span>,
    words: Option<&mut Words>,
) -> Result<(), Malformed> {
    let mut reader = Reader::new(chunk);
    let head = Head::read(&mut reader, tables, epoch)?;
    let first = spans.len();
    let mut values = Values {
        tables,
        reader,
        previous: Vec::new(),
        joined: Vec::new(),
        words,
    };
    for row in &head.rows {
        spans.push(values.span(trace_id, row)?);
    }
    for (row, span) in head.rows.iter().zip(&mut spans[first..]) {
        if row.has(shape_bit::DETAILS) {
            let details = Reader::new(values.reader.bytes()?).details()?;
            values.note_details(span, &details);
            set_details(span, details);
        }
    }
    if let Some(words) = values.words {
        for (row, span) in head.rows.iter().zip(&spans[first..]) {
            note_rest(tables, row, span, words);
        }
    }
    Ok(())
}

/// Reads the values of one span after another.
struct Values<'a, 'w> {
    tables: &'a Tables,
    reader: Reader<'a>,
    /// The previous text of each key in the chunk, by its slot.
    previous: Vec<Option<Arc<str>>>,
    /// Where a template and its variables become a text.
    joined: Vec<u8>,
    words: Option<&'w mut Words>,
}

impl Values<'_, '_> {
    fn span(&mut self, trace_id: TraceId, row: &Row<'_>) -> Result<Span, Malformed> {
        let source = match (row.source, &row.source_in_full) {
            (Some(id), _) => {
                let known = self.tables.sources.get(id as usize).ok_or(Malformed(0))?;
                known.shared.clone()
            }
            (None, Some(source)) => source.clone(),
            (None, None) => return Err(Malformed(0)),
        };
        let mut span = Span {
            trace_id,
            span_id: row.span_id,
            parent_id: row.parent_id,
            kind: crate::span::Kind::Unspecified,
            name: None,
            start: row.start,
            duration: row.duration,
            status: Status::default(),
            attributes: Vec::new(),
            events: Vec::new(),
            links: Vec::new(),
            local_endpoint: source.local_endpoint,
            remote_endpoint: None,
            resource: source.resource,
            scope: source.scope,
            trace_state: String::new(),
            flags: 0,
            dropped_attributes: 0,
            dropped_events: 0,
            dropped_links: 0,
            shared: row.has(shape_bit::SHARED),
            debug: row.has(shape_bit::DEBUG),
            format: Format::Zipkin,
        };
        match &row.class {
            Known::Class(id, _) => self.fill(&mut span, *id)?,
            Known::InFull(shape) => self.fill_in_full(&mut span, shape)?,
        }
        Ok(span)
    }

    /// What a class says, and the values that it does not say.
    fn fill(&mut self, span: &mut Span, id: u32) -> Result<(), Malformed> {
        let tables = self.tables;
        let (class, shape) = tables.class(id)?;
        span.kind = shape.kind;
        span.name.clone_from(&shape.name);
        span.status.code = shape.status;
        span.flags = shape.flags;
        span.format = shape.format;
        let mut address = Vec::new();
        span.attributes.reserve_exact(shape.attributes.len());
        for attribute in tables.attributes(class, shape)? {
            let known = attribute?;
            let value = match (known.role, known.value) {
                (None, _) => formal_value(known.attribute.form)?,
                (Some(_), Some(value)) => value.clone(),
                (Some(role), None) => self.value(
                    known.attribute.form,
                    role,
                    known.attribute.slot,
                    &known.attribute.key,
                )?,
            };
            match (known.attribute.form, value) {
                (form::ADDRESS, Value::Bytes(bytes)) => address = bytes,
                (_, value) => span.attributes.push(Attribute {
                    key: known.attribute.key.clone(),
                    value,
                }),
            }
        }
        span.remote_endpoint = shape.remote_endpoint(&address)?;
        Ok(())
    }

    fn value(
        &mut self,
        form: u8,
        role: Role,
        slot: Option<Slot>,
        key: &str,
    ) -> Result<Value, Malformed> {
        if form != form::STRING {
            let value = read_value(form, &mut self.reader)?;
            if form != form::ADDRESS {
                self.note_rare(key, &tags::text(&value));
            }
            return Ok(value);
        }
        let known = slot.and_then(|slot| self.tables.keys.get(slot as usize));
        if let (Role::Dictionary, Some(slot), Some(known)) = (role, slot, known)
            && let Some(index) = number(self.reader.varint()?)?
        {
            let value = known.values.get(index as usize).ok_or(Malformed(0))?;
            if let Some(words) = &mut self.words {
                words.add_code(Code::value(slot, index));
            }
            return Ok(Value::String(Arc::clone(value)));
        }
        let value = match self.reader.varint()? {
            text::INLINE => self.reader.shared_text()?,
            text::SAME => {
                let slot = slot.ok_or(Malformed(0))?;
                let value = self.previous.get(slot as usize).cloned().flatten();
                return value.map(Value::String).ok_or(Malformed(0));
            }
            id => {
                let id = usize::try_from(id - text::TEMPLATE_BASE).map_err(|_| Malformed(0))?;
                let known = known.ok_or(Malformed(0))?;
                let template = known.templates.get(id).ok_or(Malformed(0))?;
                self.joined.clear();
                template::join(template, &mut self.reader, &mut self.joined)?;
                String::from_utf8_lossy(&self.joined).into()
            }
        };
        self.note_rare(key, &value);
        if let Some(slot) = slot {
            let slot = slot as usize;
            if self.previous.len() <= slot {
                self.previous.resize(slot + 1, None);
            }
            self.previous[slot] = Some(Arc::clone(&value));
        }
        Ok(Value::String(value))
    }

    /// What a shape says that the dictionary had no room for; all values follow.
    fn fill_in_full(&mut self, span: &mut Span, shape: &ShapeView<'_>) -> Result<(), Malformed> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        span.kind = shape.kind;
        span.name = (!shape.name.is_empty()).then(|| text(shape.name).into());
        span.status.code = shape.status;
        span.flags = shape.flags;
        span.format = shape.format;
        let mut endpoint = crate::span::Endpoint::default();
        for (form, key) in &shape.attributes {
            let value = if is_column(*form) {
                read_value(*form, &mut self.reader)?
            } else {
                formal_value(*form)?
            };
            if let (form::ADDRESS, Value::Bytes(address)) = (*form, &value) {
                let bytes = [&[shape.address_flags], address.as_slice()].concat();
                endpoint = Reader::new(&bytes).endpoint()?.unwrap_or_default();
            } else {
                span.attributes.push(Attribute {
                    key: text(key).into(),
                    value,
                });
            }
        }
        endpoint.service = (!shape.remote_service.is_empty()).then(|| text(shape.remote_service));
        span.remote_endpoint = (!endpoint.is_empty()).then_some(endpoint);
        Ok(())
    }

    fn note_rare(&mut self, key: &str, value: &str) {
        if let Some(words) = &mut self.words {
            let hasher = self.tables.hasher();
            let (key, value) = (key.as_bytes(), value.as_bytes());
            words.add_rare(hasher.tag(key, value));
            hasher.elements(key, value, |term| words.add_rare(term));
        }
    }

    fn note_details(&mut self, span: &Span, details: &Details) {
        if let Some(words) = &mut self.words {
            let hasher = self.tables.hasher();
            terms::of_details(span.format, span.status.code, details, |term| {
                words.add_rare(hasher.hash(term))
            });
        }
    }
}

/// The words that are not those of single values.
fn note_rest(tables: &Tables, row: &Row<'_>, span: &Span, words: &mut Words) {
    let hasher = tables.hasher();
    if span.is_entry() || span.is_log() {
        words.add_rare(hasher.span(span.span_id));
    }
    match row.source {
        Some(source) => {
            words.add_code(Code::source(source));
            let known = tables.sources.get(source as usize);
            if let Some(service) = known.and_then(|source| source.service) {
                words.add_code(Code::service(service));
            }
        }
        None => {
            if let Some(name) = span.service() {
                words.add_rare(hasher.hash(&terms::service(name)));
            }
            if let Some(source) = &row.source_in_full {
                terms::of_source(source, |term| words.add_rare(hasher.hash(term)));
            }
        }
    }
    let Known::Class(id, _) = row.class else {
        terms::of_span(span, |term| words.add_rare(hasher.hash(term)));
        return;
    };
    words.add_code(Code::class(id));
    if let Ok((class, shape)) = tables.class(id) {
        // Shapes of older releases do not say all that their spans tell.
        if Tables::is_error(shape) || crate::semconv::failed(span) {
            words.add_code(Code::ERROR);
        }
        if class.remote_varies
            && let Some(name) = crate::semconv::remote_service(span)
        {
            words.add_rare(hasher.hash(&terms::remote_service(name)));
        }
    }
}

fn formal_value(form: u8) -> Result<Value, Malformed> {
    match form {
        form::EMPTY => Ok(Value::Empty),
        form::FALSE => Ok(Value::Bool(false)),
        form::TRUE => Ok(Value::Bool(true)),
        _ => Err(Malformed(0)),
    }
}

fn set_details(span: &mut Span, details: Details) {
    span.status.message = details.status_message;
    span.trace_state = details.trace_state;
    span.events = details.events;
    span.links = details.links;
    span.dropped_attributes = details.dropped_attributes;
    span.dropped_events = details.dropped_events;
    span.dropped_links = details.dropped_links;
}
