//! One span of Jaeger's JSON. References become the parent and links, logs become events, and the tags
//! into which OpenTelemetry's fields were put become those fields again.
use storage::draft::{LinkDraft, List, put_string};
use storage::encoding::put_bytes;
use storage::span::{Kind, StatusCode};

use super::jaeger_json::Traces;
use super::jaeger_tag::{Tag, TagValue, id, put_tag, read_tag};
use super::json::{Piece, Reader};
use super::json_fault::Read;
use super::otlp_json_shape::{elements, fields, read_text};
use super::otlp_span::Id;
use super::trouble::Refusal;
use super::{ATTRIBUTES_MAX, EVENTS_MAX, Reason, SPAN_BYTES_MAX};

/// What is known of a span beside what [`Intake`](super::otlp_span::Intake) has.
#[derive(Default)]
pub(super) struct SpanDraft {
    pub(super) process: Vec<u8>,
    pub(super) scope_name: Vec<u8>,
    pub(super) scope_version: Vec<u8>,
    references: Vec<Reference>,
    /// Older than references.
    parent: Id<u64>,
    /// Nanoseconds.
    duration: u64,
    failed: bool,
    /// What the tag `error` says beside yes.
    error: Vec<u8>,
    status: Option<StatusCode>,
}

#[derive(Clone, Copy)]
struct Reference {
    is_parent: bool,
    trace_id: Id<u128>,
    span_id: Id<u64>,
}

impl Traces {
    pub(super) fn read_span(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        self.intake.begin_span()?;
        self.span = SpanDraft::default();
        let start = reader.position();
        reader.begin_object()?;
        while reader.next_or_end()? {
            let name = reader.name()?;
            if !reader.skip_null()? {
                self.span_field(reader, name)?;
            }
        }
        if reader.position() - start > SPAN_BYTES_MAX {
            return Err(Refusal::too_large().into());
        }
        self.finish_span()
    }

    fn span_field(&mut self, reader: &mut Reader<'_>, name: Piece) -> Read<()> {
        match reader.bytes(name) {
            b"traceID" => self.intake.draft.trace_id = id(reader, 32)?,
            b"spanID" => self.intake.draft.span_id = half(id(reader, 16)?),
            b"parentSpanID" => self.span.parent = half(id(reader, 16)?),
            b"operationName" => {
                let piece = reader.string()?;
                self.intake.draft.name = self.keep(reader, piece);
            }
            b"references" => elements(reader, |reader| self.reference(reader))?,
            b"startTime" => self.intake.draft.start = nanos(reader)?,
            b"duration" => self.span.duration = nanos(reader)?,
            b"tags" => elements(reader, |reader| self.tag(reader))?,
            b"logs" => elements(reader, |reader| self.log(reader))?,
            b"processID" => read_text(reader, &mut self.span.process)?,
            // The first bit is W3C's too; the second is Jaeger's own, for debugging.
            b"flags" => self.intake.draft.flags = (reader.integer("an int")? & 1) as u32,
            b"warnings" => elements(reader, |reader| self.warning(reader))?,
            _ => reader.skip_value()?,
        }
        Ok(())
    }

    fn reference(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        let mut reference = Reference {
            is_parent: true,
            trace_id: Id::Absent,
            span_id: Id::Absent,
        };
        fields(reader, |reader, name| {
            match reader.bytes(name) {
                b"refType" => {
                    let piece = reader.string()?;
                    reference.is_parent = reader.bytes(piece) != b"FOLLOWS_FROM";
                }
                b"traceID" => reference.trace_id = id(reader, 32)?,
                b"spanID" => reference.span_id = half(id(reader, 16)?),
                _ => reader.skip_value()?,
            }
            Ok(())
        })?;
        // One of them is the parent.
        if self.span.references.len() <= EVENTS_MAX {
            self.span.references.push(reference);
        } else {
            let dropped = &mut self.intake.details.dropped_links;
            *dropped = dropped.saturating_add(1);
        }
        Ok(())
    }

    fn tag(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        let tag = read_tag(reader)?;
        if self.take_field(reader, &tag) || !self.intake.admit_attribute() {
            return Ok(());
        }
        let batch = &mut self.intake.batch;
        let key = tag.key.keep(batch);
        let value = tag.value.keep(batch);
        self.intake.add_attribute(key, value);
        Ok(())
    }

    /// Is the tag a field of OpenTelemetry's that Jaeger has no other place for?
    fn take_field(&mut self, reader: &Reader<'_>, tag: &Tag) -> bool {
        let text: &[u8] = match &tag.value {
            TagValue::Text(text) => text.bytes(reader),
            TagValue::Bool(true) => b"true",
            TagValue::Bool(false) => b"false",
            _ => return false,
        };
        let span = &mut self.span;
        match tag.key.bytes(reader) {
            b"span.kind" => {
                let kind = match text.to_ascii_lowercase().as_slice() {
                    b"client" => Kind::Client,
                    b"server" => Kind::Server,
                    b"producer" => Kind::Producer,
                    b"consumer" => Kind::Consumer,
                    b"internal" => Kind::Internal,
                    _ => return false,
                };
                self.intake.draft.kind = kind;
            }
            b"error" => match text {
                b"false" => return false,
                b"true" | b"" => span.failed = true,
                text => {
                    span.failed = true;
                    span.error = text.to_vec();
                }
            },
            b"otel.status_code" => {
                let code = text.strip_prefix(b"STATUS_CODE_").unwrap_or(text);
                span.status = Some(match code.to_ascii_uppercase().as_slice() {
                    b"OK" => StatusCode::Ok,
                    b"ERROR" => StatusCode::Error,
                    b"UNSET" => StatusCode::Unset,
                    _ => return false,
                });
            }
            b"otel.status_description" => self.intake.details.status_message = text.to_vec(),
            b"w3c.tracestate" => self.intake.details.trace_state = text.to_vec(),
            b"otel.scope.name" | b"otel.library.name" => span.scope_name = text.to_vec(),
            b"otel.scope.version" | b"otel.library.version" => span.scope_version = text.to_vec(),
            _ => return false,
        }
        true
    }

    /// What Jaeger itself remarked, such as that it moved the span's times.
    fn warning(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        let piece = reader.string()?;
        if self.intake.admit_attribute() {
            let value = self.keep(reader, piece);
            let key = self.intake.batch.add_text(b"jaeger.warning");
            let value = storage::batch::ValueRow::String(value);
            self.intake.add_attribute(key, value);
        }
        Ok(())
    }

    /// The field `event` is the name that OpenTelemetry's translator had; OpenTracing's clients wrote a
    /// `message` instead, which stays a field too.
    fn log(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        let (mut time, mut cut) = (0, 0_u32);
        let (mut name, mut message) = (None, None);
        let mut attributes = std::mem::take(&mut self.attributes);
        attributes.clear();
        let mut list = List::attributes(&mut attributes);
        let read = fields(reader, |reader, field| {
            match reader.bytes(field) {
                b"timestamp" => time = nanos(reader)?,
                b"fields" => elements(reader, |reader| {
                    let tag = read_tag(reader)?;
                    if let TagValue::Text(text) = &tag.value {
                        match tag.key.bytes(reader) {
                            b"event" if name.is_none() => {
                                name = Some(text.bytes(reader).to_vec());
                                return Ok(());
                            }
                            b"message" if message.is_none() => {
                                message = Some(text.bytes(reader).to_vec());
                            }
                            _ => {}
                        }
                    }
                    if list.count() == ATTRIBUTES_MAX as u64 {
                        cut = cut.saturating_add(1);
                    } else {
                        list.count_one();
                        put_tag(reader, &tag, &mut attributes);
                    }
                    Ok(())
                })?,
                _ => reader.skip_value()?,
            }
            Ok(())
        });
        list.finish(&mut attributes);
        if read.is_ok() {
            let name = name.or(message).unwrap_or_default();
            self.intake.add_event(time, &name, &attributes, cut);
        }
        self.attributes = attributes;
        read
    }

    fn finish_span(&mut self) -> Read<()> {
        if self.intake.draft.trace_id == Id::Absent {
            self.intake.draft.trace_id = self.trace_id;
        }
        self.tell_references();
        let span = &mut self.span;
        let draft = &mut self.intake.draft;
        draft.end = draft.start.checked_add(span.duration).ok_or_else(|| {
            let text = "the span ends after the year 2554";
            Refusal::new(Reason::InvalidTime, text)
        })?;
        draft.status = span.status.unwrap_or(if span.failed {
            StatusCode::Error
        } else {
            StatusCode::Unset
        });
        if self.intake.details.status_message.is_empty() {
            self.intake.details.status_message = std::mem::take(&mut span.error);
        }
        let source = self.source();
        Ok(self.intake.finish_span(source)?)
    }

    /// As Jaeger's own model: of the references into the same trace the first `CHILD_OF` is the parent,
    /// or where there is none the first `FOLLOWS_FROM`. All others are links.
    fn tell_references(&mut self) {
        let own = self.intake.draft.trace_id;
        let references = std::mem::take(&mut self.span.references);
        let is_here =
            |reference: &Reference| reference.trace_id == Id::Absent || reference.trace_id == own;
        let parent = (references.iter())
            .position(|reference| reference.is_parent && is_here(reference))
            .or_else(|| references.iter().position(is_here));
        let parent_id = parent.map_or(self.span.parent, |at| references[at].span_id);
        self.intake.draft.parent_id = match parent_id {
            // A span that is its own parent has none.
            Id::Number(number) if Id::Number(number) == self.intake.draft.span_id => Id::Absent,
            parent_id => parent_id,
        };
        for (at, reference) in references.iter().enumerate() {
            if parent == Some(at) {
                continue;
            }
            let mut attributes = Vec::new();
            let mut list = List::attributes(&mut attributes);
            list.count_one();
            put_bytes(&mut attributes, b"opentracing.ref_type");
            let kind: &[u8] = match reference.is_parent {
                true => b"child_of",
                false => b"follows_from",
            };
            put_string(&mut attributes, kind);
            list.finish(&mut attributes);
            let trace_id = match reference.trace_id {
                Id::Absent => own,
                told => told,
            };
            let link = LinkDraft {
                attributes: &attributes,
                ..LinkDraft::default()
            };
            self.intake.add_link(trace_id, reference.span_id, link);
        }
    }
}

/// Microseconds on the wire, nanoseconds here.
fn nanos(reader: &mut Reader<'_>) -> Read<u64> {
    let micros = reader.integer("a long")?;
    let nanos = micros.checked_mul(1_000);
    nanos
        .and_then(|nanos| u64::try_from(nanos).ok())
        .ok_or_else(|| {
            reader.unexpected(Reason::InvalidTime, |reader| {
                format!("{micros} at {} is no time in microseconds", reader.path())
            })
        })
}

fn half(id: Id<u128>) -> Id<u64> {
    match id {
        Id::Number(number) => Id::Number(number as u64),
        Id::Absent => Id::Absent,
        Id::Malformed => Id::Malformed,
    }
}
