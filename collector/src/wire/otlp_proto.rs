//! OTLP in protobuf on its way in: the bytes of an `ExportTraceServiceRequest` are walked by hand
//! into a batch that borrows them. Nothing is allocated for a span.
use bytes::Bytes;
use storage::batch::{SourceIndex, Text, ValueRow};
use storage::draft::LinkDraft;
use storage::span::{Kind, StatusCode};

use super::otlp_proto_value::{AnyValue, Attributes, DEPTH, KeyValue};
use super::otlp_proto_walk::{self, Leaf, Walk, Walker, replace};
use super::otlp_span::{Id, Intake};
use super::protobuf::{BYTES, Field, Message, key};
use super::trouble::Refusal;
use super::utf8::is_long_ascii;
use super::{Decoded, Undecodable};

/// Reads a request.
///
/// # Errors
/// When the bytes are not protobuf of this shape.
pub fn decode(body: Bytes) -> Result<Decoded, Undecodable> {
    otlp_proto_walk::decode::<Spans>(body)
}

#[derive(Default)]
struct Spans;

/// The field of a span that repeats.
const ATTRIBUTES: u32 = key(9, BYTES);

impl Leaf for Spans {
    const NOUN: &'static str = "span";

    #[inline]
    fn read(walker: &mut Walker<Self>, mut fields: Message<'_>) -> Walk<()> {
        let mut is_ascii = None;
        loop {
            if fields.is_next(ATTRIBUTES) {
                fields = walker.attributes(fields, &mut is_ascii)?;
            }
            let Some(field) = fields.next_field()? else {
                return Ok(());
            };
            walker.span_field(field)?;
        }
    }

    fn finish(walker: &mut Walker<Self>, source: SourceIndex) -> Result<(), Refusal> {
        walker.intake.finish_span(source)
    }
}

impl Walker<Spans> {
    #[inline(always)]
    fn span_field(&mut self, field: Field<'_, '_>) -> Walk<()> {
        let Intake {
            draft,
            details,
            texts_repaired,
            ..
        } = &mut self.intake;
        match field.number() {
            1 => draft.trace_id = Id::<u128>::from_bytes(field.message()?.bytes()),
            2 => draft.span_id = Id::<u64>::from_bytes(field.message()?.bytes()),
            3 => replace(&mut details.trace_state, field.message()?, texts_repaired),
            4 => draft.parent_id = Id::<u64>::from_bytes(field.message()?.bytes()),
            5 => {
                let name = field.message()?;
                self.intake.draft.name = self.intake.body_text(name.start(), name.bytes());
            }
            6 => draft.kind = Kind::from_number(u64::from(field.varint()? as u32)),
            7 => draft.start = field.fixed64()?,
            8 => draft.end = field.fixed64()?,
            9 => self.long_attribute(field.message()?)?,
            10 => details.dropped_attributes = field.varint()? as u32,
            11 => self.event(field.message()?)?,
            12 => details.dropped_events = field.varint()? as u32,
            13 => self.link(field.message()?)?,
            14 => details.dropped_links = field.varint()? as u32,
            15 => self.status(field.message()?)?,
            16 => draft.flags = field.fixed32()?,
            _ => field.skip()?,
        }
        Ok(())
    }

    /// Reads a row of attributes and returns what is left. Apart from the other fields and with
    /// messages by value, so that all that the row needs stays in registers.
    #[inline(never)]
    fn attributes<'a>(
        &mut self,
        mut fields: Message<'a>,
        is_ascii: &mut Option<bool>,
    ) -> Walk<Message<'a>> {
        // From the first attribute on, which most often is all text: looked at as a whole, once.
        let is_ascii = *is_ascii.get_or_insert_with(|| is_long_ascii(fields.bytes()));
        while let Some(attribute) = fields.next_short(ATTRIBUTES) {
            self.attribute(attribute, is_ascii)?;
        }
        Ok(fields)
    }

    #[inline(never)]
    fn long_attribute(&mut self, message: Message<'_>) -> Walk<()> {
        self.attribute(message, false)
    }

    /// `is_ascii`: is it known that all bytes are?
    #[inline(always)]
    fn attribute(&mut self, message: Message<'_>, is_ascii: bool) -> Walk<()> {
        let KeyValue { key, value } = KeyValue::read(message)?;
        if !self.intake.admit_attribute() {
            return Ok(());
        }
        let key = self.text(key, is_ascii);
        let value = match value {
            AnyValue::Empty => ValueRow::Empty,
            AnyValue::String(text) => ValueRow::String(self.text(text, is_ascii)),
            AnyValue::Bool(value) => ValueRow::Bool(value),
            AnyValue::Int(number) => ValueRow::Int(number),
            AnyValue::Double(number) => ValueRow::Double(number),
            nested => {
                self.scratch.clear();
                nested.put(&mut self.scratch, DEPTH, &mut self.intake.texts_repaired)?;
                ValueRow::Encoded(self.intake.batch.add_text(&self.scratch))
            }
        };
        self.intake.add_attribute(key, value);
        Ok(())
    }

    #[inline(always)]
    fn text(&mut self, text: Message<'_>, is_ascii: bool) -> Text {
        if is_ascii {
            return self
                .intake
                .batch
                .body_text(text.start(), text.bytes().len());
        }
        self.intake.body_text(text.start(), text.bytes())
    }

    fn event(&mut self, mut fields: Message<'_>) -> Walk<()> {
        let mut attributes = Attributes::new(&mut self.scratch);
        let (mut time, mut name, mut dropped) = (0, Message::new(&[]), 0);
        while let Some(field) = fields.next_field()? {
            match field.number() {
                1 => time = field.fixed64()?,
                2 => name = field.message()?,
                3 => attributes.add(field, &mut self.intake.texts_repaired)?,
                4 => dropped = field.varint()? as u32,
                _ => field.skip()?,
            }
        }
        let (attributes, cut) = attributes.finish();
        let name = self.intake.repair(name.bytes());
        self.intake
            .add_event(time, &name, attributes, u32::saturating_add(dropped, cut));
        Ok(())
    }

    fn link(&mut self, mut fields: Message<'_>) -> Walk<()> {
        let mut attributes = Attributes::new(&mut self.scratch);
        let (mut trace_id, mut span_id) = (Id::Absent, Id::Absent);
        let mut trace_state = Message::new(&[]);
        let mut link = LinkDraft::default();
        while let Some(field) = fields.next_field()? {
            match field.number() {
                1 => trace_id = Id::<u128>::from_bytes(field.message()?.bytes()),
                2 => span_id = Id::<u64>::from_bytes(field.message()?.bytes()),
                3 => trace_state = field.message()?,
                4 => attributes.add(field, &mut self.intake.texts_repaired)?,
                5 => link.dropped_attributes = field.varint()? as u32,
                6 => link.flags = field.fixed32()?,
                _ => field.skip()?,
            }
        }
        let (attributes, cut) = attributes.finish();
        let trace_state = self.intake.repair(trace_state.bytes());
        let dropped_attributes = link.dropped_attributes.saturating_add(cut);
        self.intake.add_link(
            trace_id,
            span_id,
            LinkDraft {
                trace_state: &trace_state,
                attributes,
                dropped_attributes,
                flags: link.flags,
                ..LinkDraft::default()
            },
        );
        Ok(())
    }

    fn status(&mut self, mut fields: Message<'_>) -> Walk<()> {
        while let Some(field) = fields.next_field()? {
            match field.number() {
                2 => {
                    let Intake {
                        details,
                        texts_repaired,
                        ..
                    } = &mut self.intake;
                    replace(
                        &mut details.status_message,
                        field.message()?,
                        texts_repaired,
                    );
                }
                3 => {
                    let number = u64::from(field.varint()? as u32);
                    self.intake.draft.status = StatusCode::from_number(number);
                }
                _ => field.skip()?,
            }
        }
        Ok(())
    }
}
