//! OTLP in JSON on its way in. Protobuf's JSON, except that ids are hex; lenient where clients are
//! known to differ (enums by name, integers as strings, `null` for what is absent).
use bytes::Bytes;
use prost::Message as _;
use storage::batch::{SourceIndex, Text, ValueRow};
use storage::draft::{LinkDraft, NO_ATTRIBUTES};
use storage::encoding::{ResourceDraft, ScopeDraft};
use storage::span::{Kind, StatusCode};

use super::json::{Piece, Reader, Token};
use super::json_fault::{Fault, Read};
use super::otlp_json_plain::{PlainAttribute, PlainValue};
use super::otlp_json_shape::{CODES, KINDS, elements, entity_ref, enumeration, fields, object};
use super::otlp_json_shape::{read_text, refusable, span_id, time, trace_id};
use super::otlp_json_value::{AnyValue, DEPTH, read_attributes, read_value, uint32};
use super::otlp_source::SourceDraft;
use super::otlp_span::{Id, Intake, Place};
use super::trouble::Refusal;
use super::{Decoded, SPAN_BYTES_MAX, Undecodable, check_length};

/// Reads a request.
///
/// # Errors
/// When the body is not JSON, or a list of spans is not where it should be.
pub fn decode(body: Bytes) -> Result<Decoded, Undecodable> {
    check_length(&body)?;
    let mut reader = Reader::new(&body);
    let mut decoder = Decoder::new(body.clone());
    match decoder.request(&mut reader) {
        Ok(()) => {
            let mut decoded = decoder.intake.into_decoded();
            decoded.texts_repaired = reader.texts_repaired;
            Ok(decoded)
        }
        Err(Fault::Malformed(text)) => Err(Undecodable(format!("malformed JSON: {text}"))),
        Err(Fault::Exhausted(text) | Fault::Unexpected(_, text)) => Err(Undecodable(text)),
    }
}

struct Decoder {
    intake: Intake,
    /// Who records the spans that are being read.
    source: SourceDraft,
    /// Attributes while they are gathered.
    attributes: Vec<u8>,
    /// The name of an event or the trace state of a link, until the rest of it is known.
    text: Vec<u8>,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Unexpected(refusal.reason, refusal.text.into_owned())
    }
}

impl Decoder {
    fn new(body: Bytes) -> Self {
        Self {
            intake: Intake::new(body),
            source: SourceDraft::default(),
            attributes: Vec::new(),
            text: Vec::new(),
        }
    }

    fn request(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        reader.begin_object()?;
        while reader.next_or_end()? {
            let name = reader.name()?;
            if reader.bytes(name) != b"resourceSpans" || reader.peek()? == Token::Null {
                reader.skip_value()?;
                continue;
            }
            reader.begin_array()?;
            while reader.next_or_end()? {
                self.resource_spans(reader)?;
            }
        }
        // A second message would be lost without a word.
        let rest = &reader.input[reader.position()..];
        if rest.trim_ascii_start().is_empty() {
            return Ok(());
        }
        let at = reader.position();
        Err(Fault::Malformed(format!(
            "something follows the end of the message at byte {at}"
        )))
    }

    fn resource_spans(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        reader.explains = self.intake.explains();
        self.source.begin_resource();
        self.source.resource = ResourceDraft::default();
        let place = self.place(reader);
        let mut good = Ok(());
        object(reader, |reader, name| {
            if reader.bytes(name) == b"scopeSpans" {
                return elements(reader, |reader| self.scope_spans(reader));
            }
            let mark = reader.mark()?;
            let read = match reader.bytes(name) {
                b"resource" => self.resource(reader),
                b"schemaUrl" => read_text(reader, &mut self.source.resource.schema_url),
                _ => reader.skip_value(),
            };
            refusable(reader, &mark, read, &mut good)
        })?;
        self.intake.texts_repaired = reader.texts_repaired;
        self.source.end_resource(&mut self.intake, place, good);
        reader.texts_repaired = self.intake.texts_repaired;
        Ok(())
    }

    fn resource(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        let resource = &mut self.source.resource;
        let mut cut = 0;
        fields(reader, |reader, name| {
            match reader.bytes(name) {
                b"attributes" => cut = read_attributes(reader, &mut resource.attributes)?,
                b"droppedAttributesCount" => resource.dropped_attributes = uint32(reader)?,
                b"entityRefs" => {
                    reader.begin_array()?;
                    while reader.next_or_end()? {
                        resource
                            .entity_refs
                            .push(entity_ref(reader)?.encode_to_vec());
                    }
                }
                _ => reader.skip_value()?,
            }
            Ok(())
        })?;
        resource.dropped_attributes = resource.dropped_attributes.saturating_add(cut);
        Ok(())
    }

    fn scope_spans(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        self.source.scope = ScopeDraft::default();
        let place = self.place(reader);
        // Added with the first span.
        let mut source = None;
        let mut good = Ok(());
        object(reader, |reader, name| {
            if reader.bytes(name) == b"spans" {
                return elements(reader, |reader| self.listed_span(reader, &mut source));
            }
            let mark = reader.mark()?;
            let read = match reader.bytes(name) {
                b"scope" => self.scope(reader),
                b"schemaUrl" => read_text(reader, &mut self.source.scope.schema_url),
                _ => reader.skip_value(),
            };
            refusable(reader, &mark, read, &mut good)
        })?;
        self.intake.texts_repaired = reader.texts_repaired;
        self.source.end_scope(&mut self.intake, place, source, good);
        reader.texts_repaired = self.intake.texts_repaired;
        Ok(())
    }

    /// It is the reader that repairs texts, and so counts them.
    fn place(&mut self, reader: &Reader<'_>) -> Place {
        self.intake.texts_repaired = reader.texts_repaired;
        self.intake.place()
    }

    fn scope(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        let scope = &mut self.source.scope;
        let mut cut = 0;
        fields(reader, |reader, name| {
            match reader.bytes(name) {
                b"name" => read_text(reader, &mut scope.name)?,
                b"version" => read_text(reader, &mut scope.version)?,
                b"attributes" => cut = read_attributes(reader, &mut scope.attributes)?,
                b"droppedAttributesCount" => scope.dropped_attributes = uint32(reader)?,
                _ => reader.skip_value()?,
            }
            Ok(())
        })?;
        scope.dropped_attributes = scope.dropped_attributes.saturating_add(cut);
        Ok(())
    }

    /// A bad span costs only itself.
    fn listed_span(
        &mut self,
        reader: &mut Reader<'_>,
        source: &mut Option<SourceIndex>,
    ) -> Read<()> {
        reader.explains = self.intake.explains();
        let mark = reader.mark()?;
        match self.span(reader, source) {
            Err(Fault::Unexpected(reason, text)) => {
                self.intake.refuse(Refusal {
                    reason,
                    text: text.into(),
                });
                reader.leave(&mark)
            }
            read => read,
        }
    }

    fn span(&mut self, reader: &mut Reader<'_>, source: &mut Option<SourceIndex>) -> Read<()> {
        self.intake.begin_span()?;
        let start = reader.position();
        fields(reader, |reader, name| self.span_field(reader, name))?;
        if reader.position() - start > SPAN_BYTES_MAX {
            return Err(Refusal::too_large().into());
        }
        let source = *source.get_or_insert_with(|| self.intake.add_source());
        Ok(self.intake.finish_span(source)?)
    }

    fn span_field(&mut self, reader: &mut Reader<'_>, name: Piece) -> Read<()> {
        let Intake { draft, details, .. } = &mut self.intake;
        match reader.bytes(name) {
            b"traceId" => draft.trace_id = trace_id(reader)?,
            b"spanId" => draft.span_id = span_id(reader)?,
            b"parentSpanId" => draft.parent_id = span_id(reader)?,
            b"traceState" => read_text(reader, &mut details.trace_state)?,
            b"name" => {
                let piece = reader.string()?;
                self.intake.draft.name = self.keep(reader, piece);
            }
            b"kind" => draft.kind = Kind::from_number(enumeration(reader, &KINDS)?),
            b"startTimeUnixNano" => draft.start = time(reader)?,
            b"endTimeUnixNano" => draft.end = time(reader)?,
            b"attributes" => elements(reader, |reader| self.attribute(reader))?,
            b"droppedAttributesCount" => details.dropped_attributes = uint32(reader)?,
            b"events" => elements(reader, |reader| self.event(reader))?,
            b"droppedEventsCount" => details.dropped_events = uint32(reader)?,
            b"links" => elements(reader, |reader| self.link(reader))?,
            b"droppedLinksCount" => details.dropped_links = uint32(reader)?,
            b"status" => self.status(reader)?,
            b"flags" => draft.flags = uint32(reader)?,
            _ => reader.skip_value()?,
        }
        Ok(())
    }

    fn attribute(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        if !self.intake.admit_attribute() {
            return reader.skip_value();
        }
        if let Some(PlainAttribute { key, value }) = reader.plain_attribute() {
            let batch = &mut self.intake.batch;
            let key = batch.body_text(key.0, key.1);
            let value = match value {
                PlainValue::String(start, length) => {
                    ValueRow::String(batch.body_text(start, length))
                }
                PlainValue::Int(number) => ValueRow::Int(number),
            };
            batch.add_attribute(key, value);
            return Ok(());
        }
        let (mut key, mut value) = (Text::default(), ValueRow::Empty);
        fields(reader, |reader, name| {
            match reader.bytes(name) {
                b"key" => {
                    let piece = reader.string()?;
                    key = self.keep(reader, piece);
                }
                b"value" => value = self.value(reader)?,
                _ => reader.skip_value()?,
            }
            Ok(())
        })?;
        self.intake.add_attribute(key, value);
        Ok(())
    }

    fn value(&mut self, reader: &mut Reader<'_>) -> Read<ValueRow> {
        self.attributes.clear();
        Ok(match read_value(reader, &mut self.attributes, DEPTH)? {
            AnyValue::Empty => ValueRow::Empty,
            AnyValue::String(piece) => ValueRow::String(self.keep(reader, piece)),
            AnyValue::Bool(value) => ValueRow::Bool(value),
            AnyValue::Int(number) => ValueRow::Int(number),
            AnyValue::Double(number) => ValueRow::Double(number),
            AnyValue::Encoded => ValueRow::Encoded(self.intake.batch.add_text(&self.attributes)),
        })
    }

    fn event(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        let (mut nanos, mut dropped, mut cut) = (0, 0, 0);
        self.begin_part();
        fields(reader, |reader, name| {
            match reader.bytes(name) {
                b"timeUnixNano" => nanos = time(reader)?,
                b"name" => read_text(reader, &mut self.text)?,
                b"attributes" => cut = read_attributes(reader, &mut self.attributes)?,
                b"droppedAttributesCount" => dropped = uint32(reader)?,
                _ => reader.skip_value()?,
            }
            Ok(())
        })?;
        let dropped = u32::saturating_add(dropped, cut);
        self.intake
            .add_event(nanos, &self.text, &self.attributes, dropped);
        Ok(())
    }

    fn link(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        let (mut to_trace, mut to_span) = (Id::Absent, Id::Absent);
        let (mut flags, mut dropped, mut cut) = (0, 0, 0);
        self.begin_part();
        fields(reader, |reader, name| {
            match reader.bytes(name) {
                b"traceId" => to_trace = trace_id(reader)?,
                b"spanId" => to_span = span_id(reader)?,
                b"traceState" => read_text(reader, &mut self.text)?,
                b"attributes" => cut = read_attributes(reader, &mut self.attributes)?,
                b"droppedAttributesCount" => dropped = uint32(reader)?,
                b"flags" => flags = uint32(reader)?,
                _ => reader.skip_value()?,
            }
            Ok(())
        })?;
        self.intake.add_link(
            to_trace,
            to_span,
            LinkDraft {
                trace_state: &self.text,
                attributes: &self.attributes,
                dropped_attributes: u32::saturating_add(dropped, cut),
                flags,
                ..LinkDraft::default()
            },
        );
        Ok(())
    }

    fn begin_part(&mut self) {
        self.text.clear();
        self.attributes.clear();
        self.attributes.extend_from_slice(NO_ATTRIBUTES);
    }

    fn status(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        let Intake { draft, details, .. } = &mut self.intake;
        fields(reader, |reader, name| {
            match reader.bytes(name) {
                b"message" => read_text(reader, &mut details.status_message)?,
                b"code" => draft.status = StatusCode::from_number(enumeration(reader, &CODES)?),
                _ => reader.skip_value()?,
            }
            Ok(())
        })
    }

    /// A text as a range of the body, or copied if it had escapes.
    fn keep(&mut self, reader: &Reader<'_>, piece: Piece) -> Text {
        match piece {
            Piece::Input { start, length } => self.intake.batch.body_text(start, length),
            Piece::Value | Piece::Name => self.intake.batch.add_text(reader.bytes(piece)),
        }
    }
}
