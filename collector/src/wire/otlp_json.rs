//! OTLP in JSON on its way in. Protobuf's JSON, except that ids are hex; lenient where clients are
//! known to differ (enums by name, integers as strings, `null` for what is absent).
use bytes::Bytes;
use storage::batch::{SourceIndex, Text, ValueRow};
use storage::draft::{LinkDraft, NO_ATTRIBUTES};
use storage::span::{Kind, StatusCode};

use super::json::{Piece, Reader};
use super::json_fault::Read;
use super::otlp_json_plain::{PlainAttribute, PlainValue};
use super::otlp_json_shape::{
    CODES, KINDS, elements, enumeration, fields, read_text, span_id, time, trace_id,
};
use super::otlp_json_value::{AnyValue, DEPTH, read_attributes, read_value, uint32};
use super::otlp_json_walk::{self, Decoder, Leaf};
use super::otlp_span::{Id, Intake};
use super::trouble::Refusal;
use super::{Decoded, Undecodable};

/// Reads a request.
///
/// # Errors
/// When the body is not JSON, or a list of spans is not where it should be.
pub fn decode(body: Bytes) -> Result<Decoded, Undecodable> {
    otlp_json_walk::decode::<Spans>(body)
}

#[derive(Default)]
struct Spans;

impl Leaf for Spans {
    const NOUN: &'static str = "span";
    const LISTS: [&'static [u8]; 3] = [b"resourceSpans", b"scopeSpans", b"spans"];

    #[inline]
    fn read(decoder: &mut Decoder<Self>, reader: &mut Reader<'_>) -> Read<()> {
        fields(reader, |reader, name| decoder.span_field(reader, name))
    }

    fn finish(decoder: &mut Decoder<Self>, source: SourceIndex) -> Result<(), Refusal> {
        decoder.intake.finish_span(source)
    }
}

impl Decoder<Spans> {
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
}
