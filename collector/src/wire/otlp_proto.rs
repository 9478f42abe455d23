//! OTLP in protobuf on its way in: the bytes of an `ExportTraceServiceRequest` are walked by hand
//! into a batch that borrows them. Nothing is allocated for a span.
use bytes::Bytes;
use storage::batch::{SourceIndex, Text, ValueRow};
use storage::draft::LinkDraft;
use storage::encoding::{ResourceDraft, ScopeDraft};
use storage::span::{Kind, StatusCode};

use super::otlp_proto_value::{AnyValue, Attributes, DEPTH, KeyValue, entity_ref, malformed_text};
use super::otlp_source::SourceDraft;
use super::otlp_span::{Id, Intake};
use super::protobuf::{BYTES, Field, Message, key};
use super::trouble::{Refusal, Trouble};
use super::utf8::{is_long_ascii, repair};
use super::{Decoded, SPAN_BYTES_MAX, Undecodable, check_length};

/// Reads a request.
///
/// # Errors
/// When the bytes are not protobuf of this shape.
pub fn decode(body: Bytes) -> Result<Decoded, Undecodable> {
    check_length(&body)?;
    let mut walker = Walker::new(body.clone());
    match walker.request(Message::new(&body)) {
        Ok(()) => Ok(walker.intake.into_decoded()),
        Err(Trouble::Malformed(malformed)) => Err(Undecodable(malformed_text(malformed))),
        Err(Trouble::Refused(refusal)) => Err(Undecodable(refusal.text.into_owned())),
    }
}

/// The field of a span that repeats.
const ATTRIBUTES: u32 = key(9, BYTES);

struct Walker {
    intake: Intake,
    /// Who records the spans that are being read.
    source: SourceDraft,
    /// Attributes while they are gathered.
    scratch: Vec<u8>,
}

type Walk<T> = Result<T, Trouble>;

impl Walker {
    fn new(body: Bytes) -> Self {
        Self {
            intake: Intake::new(body),
            source: SourceDraft::default(),
            scratch: Vec::new(),
        }
    }

    fn request(&mut self, mut message: Message<'_>) -> Walk<()> {
        while let Some(field) = message.next_field()? {
            match field.number() {
                1 => self.resource_spans(field.message()?)?,
                _ => field.skip()?,
            }
        }
        Ok(())
    }

    /// What is said of the resource is read last: it may come behind the spans.
    fn resource_spans(&mut self, mut fields: Message<'_>) -> Walk<()> {
        let place = self.intake.place();
        self.source.begin_resource();
        let mut said = Vec::new();
        while let Some(field) = fields.next_field()? {
            match field.number() {
                2 => self.scope_spans(field.message()?)?,
                number @ (1 | 3) => said.push((number, field.message()?)),
                _ => field.skip()?,
            }
        }
        let good = refusable(self.resource(&said))?;
        self.source.end_resource(&mut self.intake, place, good);
        Ok(())
    }

    /// `said` are the resource (1) and the URL of its schema (3), and each may come again.
    fn resource(&mut self, said: &[(u32, Message<'_>)]) -> Walk<()> {
        let repaired = &mut self.intake.texts_repaired;
        let ResourceDraft {
            attributes,
            dropped_attributes,
            schema_url,
            entity_refs,
        } = &mut self.source.resource;
        let mut attributes = Attributes::new(attributes);
        *dropped_attributes = 0;
        schema_url.clear();
        entity_refs.clear();
        for &(number, mut fields) in said {
            if number == 3 {
                replace(schema_url, fields, repaired);
                continue;
            }
            while let Some(field) = fields.next_field()? {
                match field.number() {
                    1 => attributes.add(field, repaired)?,
                    2 => *dropped_attributes = field.varint()? as u32,
                    3 => entity_refs.push(entity_ref(field.message()?, repaired)?),
                    _ => field.skip()?,
                }
            }
        }
        let (_, cut) = attributes.finish();
        *dropped_attributes = dropped_attributes.saturating_add(cut);
        Ok(())
    }

    /// What is said of the scope is read last, as in [`Self::resource_spans`].
    fn scope_spans(&mut self, mut fields: Message<'_>) -> Walk<()> {
        let place = self.intake.place();
        // Added with the first span.
        let mut source = None;
        let mut said = Vec::new();
        while let Some(field) = fields.next_field()? {
            match field.number() {
                2 => match self.span(field.message()?, &mut source) {
                    Err(Trouble::Refused(refusal)) => self.intake.refuse(refusal),
                    walked => walked?,
                },
                number @ (1 | 3) => said.push((number, field.message()?)),
                _ => field.skip()?,
            }
        }
        let good = refusable(self.scope(&said))?;
        self.source.end_scope(&mut self.intake, place, source, good);
        Ok(())
    }

    /// As [`Self::resource`].
    fn scope(&mut self, said: &[(u32, Message<'_>)]) -> Walk<()> {
        let repaired = &mut self.intake.texts_repaired;
        let ScopeDraft {
            name,
            version,
            attributes,
            dropped_attributes,
            schema_url,
        } = &mut self.source.scope;
        let mut attributes = Attributes::new(attributes);
        *dropped_attributes = 0;
        for text in [&mut *name, &mut *version, &mut *schema_url] {
            text.clear();
        }
        for &(number, mut fields) in said {
            if number == 3 {
                replace(schema_url, fields, repaired);
                continue;
            }
            while let Some(field) = fields.next_field()? {
                match field.number() {
                    1 => replace(name, field.message()?, repaired),
                    2 => replace(version, field.message()?, repaired),
                    3 => attributes.add(field, repaired)?,
                    4 => *dropped_attributes = field.varint()? as u32,
                    _ => field.skip()?,
                }
            }
        }
        let (_, cut) = attributes.finish();
        *dropped_attributes = dropped_attributes.saturating_add(cut);
        Ok(())
    }

    fn span(&mut self, mut fields: Message<'_>, source: &mut Option<SourceIndex>) -> Walk<()> {
        self.intake.begin_span()?;
        if fields.bytes().len() > SPAN_BYTES_MAX {
            return Err(Refusal::too_large().into());
        }
        let mut is_ascii = None;
        loop {
            if fields.is_next(ATTRIBUTES) {
                fields = self.attributes(fields, &mut is_ascii)?;
            }
            let Some(field) = fields.next_field()? else {
                break;
            };
            self.span_field(field)?;
        }
        let source = *source.get_or_insert_with(|| self.intake.add_source());
        Ok(self.intake.finish_span(source)?)
    }

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

/// A refusal of a resource or a scope is for its spans; malformed bytes are for all.
fn refusable(walked: Walk<()>) -> Walk<Result<(), Refusal>> {
    match walked {
        Ok(()) => Ok(Ok(())),
        Err(Trouble::Refused(refusal)) => Ok(Err(refusal)),
        Err(malformed) => Err(malformed),
    }
}

fn replace(text: &mut Vec<u8>, message: Message<'_>, texts_repaired: &mut u64) {
    text.clear();
    text.extend_from_slice(&repair(message.bytes(), texts_repaired));
}
