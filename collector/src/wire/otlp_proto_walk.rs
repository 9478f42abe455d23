//! What requests of OTLP's signals have in common in protobuf: who records, and lists of what is
//! recorded. Their field numbers are the same.
use bytes::Bytes;
use storage::batch::SourceIndex;
use storage::encoding::{ResourceDraft, ScopeDraft};

use super::otlp_proto_value::{Attributes, entity_ref, malformed_text};
use super::otlp_source::SourceDraft;
use super::otlp_span::Intake;
use super::protobuf::Message;
use super::trouble::{Refusal, Trouble};
use super::utf8::repair;
use super::{Decoded, SPAN_BYTES_MAX, Undecodable, check_length};

/// What a request has lists of: a span, or a log record.
pub(super) trait Leaf: Default {
    /// For people.
    const NOUN: &'static str;

    /// Reads the fields of one, of bounded length.
    fn read(walker: &mut Walker<Self>, fields: Message<'_>) -> Walk<()>;

    /// Keeps what was read, unless a rule is against it.
    fn finish(walker: &mut Walker<Self>, source: SourceIndex) -> Result<(), Refusal>;
}

/// Reads a request.
///
/// # Errors
/// When the bytes are not protobuf of this shape.
pub(super) fn decode<L: Leaf>(body: Bytes) -> Result<Decoded, Undecodable> {
    check_length(&body)?;
    let mut walker = Walker::<L>::new(body.clone());
    match walker.request(Message::new(&body)) {
        Ok(()) => Ok(walker.intake.into_decoded()),
        Err(Trouble::Malformed(malformed)) => Err(Undecodable(malformed_text(malformed))),
        Err(Trouble::Refused(refusal)) => Err(Undecodable(refusal.text.into_owned())),
    }
}

pub(super) struct Walker<L> {
    pub(super) intake: Intake,
    /// Who records what is being read.
    source: SourceDraft,
    /// Attributes while they are gathered.
    pub(super) scratch: Vec<u8>,
    pub(super) leaf: L,
}

pub(super) type Walk<T> = Result<T, Trouble>;

impl<L: Leaf> Walker<L> {
    fn new(body: Bytes) -> Self {
        Self {
            intake: Intake::new(body, L::NOUN),
            source: SourceDraft::default(),
            scratch: Vec::new(),
            leaf: L::default(),
        }
    }

    fn request(&mut self, mut message: Message<'_>) -> Walk<()> {
        while let Some(field) = message.next_field()? {
            match field.number() {
                1 => self.resource_list(field.message()?)?,
                _ => field.skip()?,
            }
        }
        Ok(())
    }

    /// What is said of the resource is read last: it may come behind what it recorded.
    fn resource_list(&mut self, mut fields: Message<'_>) -> Walk<()> {
        let place = self.intake.place();
        self.source.begin_resource();
        let mut said = Vec::new();
        while let Some(field) = fields.next_field()? {
            match field.number() {
                2 => self.scope_list(field.message()?)?,
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

    /// What is said of the scope is read last, as in [`Self::resource_list`].
    fn scope_list(&mut self, mut fields: Message<'_>) -> Walk<()> {
        let place = self.intake.place();
        // Added with the first of its leaves.
        let mut source = None;
        let mut said = Vec::new();
        while let Some(field) = fields.next_field()? {
            match field.number() {
                2 => match self.leaf(field.message()?, &mut source) {
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

    #[inline]
    fn leaf(&mut self, fields: Message<'_>, source: &mut Option<SourceIndex>) -> Walk<()> {
        self.intake.begin_span()?;
        if fields.bytes().len() > SPAN_BYTES_MAX {
            return Err(Refusal::too_large().into());
        }
        L::read(self, fields)?;
        let source = *source.get_or_insert_with(|| self.intake.add_source());
        Ok(L::finish(self, source)?)
    }
}

/// A refusal of a resource or a scope is for its leaves; malformed bytes are for all.
fn refusable(walked: Walk<()>) -> Walk<Result<(), Refusal>> {
    match walked {
        Ok(()) => Ok(Ok(())),
        Err(Trouble::Refused(refusal)) => Ok(Err(refusal)),
        Err(malformed) => Err(malformed),
    }
}

pub(super) fn replace(text: &mut Vec<u8>, message: Message<'_>, texts_repaired: &mut u64) {
    text.clear();
    text.extend_from_slice(&repair(message.bytes(), texts_repaired));
}
