//! What requests of OTLP's signals have in common in JSON: who records, and lists of what is recorded.
use bytes::Bytes;
use prost::Message as _;
use storage::batch::{SourceIndex, Text};
use storage::encoding::{ResourceDraft, ScopeDraft};

use super::json::{Piece, Reader, Token};
use super::json_fault::{Fault, Read};
use super::otlp_json_shape::{elements, entity_ref, fields, object, read_text, refusable, refusal};
use super::otlp_json_value::{read_attributes, uint32};
use super::otlp_source::SourceDraft;
use super::otlp_span::{Intake, Place};
use super::trouble::Refusal;
use super::{Decoded, SPAN_BYTES_MAX, Undecodable, check_length};

/// What a request has lists of: a span, or a log record.
pub(super) trait Leaf: Default {
    /// For people.
    const NOUN: &'static str;
    /// The names of the lists, from the outside in.
    const LISTS: [&'static [u8]; 3];

    /// Reads one.
    fn read(decoder: &mut Decoder<Self>, reader: &mut Reader<'_>) -> Read<()>;

    /// Keeps what was read, unless a rule is against it.
    fn finish(decoder: &mut Decoder<Self>, source: SourceIndex) -> Result<(), Refusal>;
}

/// Reads a request.
///
/// # Errors
/// When the body is not JSON, or a list is not where it should be.
pub(super) fn decode<L: Leaf>(body: Bytes) -> Result<Decoded, Undecodable> {
    check_length(&body)?;
    let mut reader = Reader::new(&body);
    let mut decoder = Decoder::<L>::new(body.clone());
    match decoder.request(&mut reader) {
        Ok(()) => {
            let mut decoded = decoder.intake.into_decoded();
            decoded.texts_repaired = reader.texts_repaired;
            Ok(decoded)
        }
        Err(fault) => Err(undecodable(*fault)),
    }
}

pub(super) fn undecodable(fault: Fault) -> Undecodable {
    Undecodable(match fault {
        Fault::Malformed(text) => format!("malformed JSON: {text}"),
        Fault::Exhausted(text) | Fault::Unexpected(_, text) => text,
    })
}

pub(super) struct Decoder<L> {
    pub(super) intake: Intake,
    /// Who records what is being read.
    source: SourceDraft,
    /// Attributes while they are gathered.
    pub(super) attributes: Vec<u8>,
    /// The name of an event, the trace state of a link, the body of a log record, until the rest of it is known.
    pub(super) text: Vec<u8>,
    pub(super) leaf: L,
}

impl From<Refusal> for Box<Fault> {
    fn from(refusal: Refusal) -> Self {
        Self::new(Fault::Unexpected(refusal.reason, refusal.text.into_owned()))
    }
}

impl<L: Leaf> Decoder<L> {
    fn new(body: Bytes) -> Self {
        Self {
            intake: Intake::new(body, L::NOUN),
            source: SourceDraft::default(),
            attributes: Vec::new(),
            text: Vec::new(),
            leaf: L::default(),
        }
    }

    fn request(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        reader.begin_object()?;
        while reader.next_or_end()? {
            let name = reader.name()?;
            if reader.bytes(name) != L::LISTS[0] || reader.peek()? == Token::Null {
                reader.skip_value()?;
                continue;
            }
            reader.begin_array()?;
            while reader.next_or_end()? {
                self.resource_list(reader)?;
            }
        }
        // A second message would be lost without a word.
        let rest = &reader.input[reader.position()..];
        if rest.trim_ascii_start().is_empty() {
            return Ok(());
        }
        let at = reader.position();
        let text = format!("something follows the end of the message at byte {at}");
        Err(Box::new(Fault::Malformed(text)))
    }

    fn resource_list(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        reader.explains = self.intake.explains();
        self.source.begin_resource();
        self.source.resource = ResourceDraft::default();
        let place = self.place(reader);
        let mut good = Ok(());
        object(reader, |reader, name| {
            if reader.bytes(name) == L::LISTS[1] {
                return elements(reader, |reader| self.scope_list(reader));
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

    fn scope_list(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        self.source.scope = ScopeDraft::default();
        let place = self.place(reader);
        // Added with the first of its leaves.
        let mut source = None;
        let mut good = Ok(());
        object(reader, |reader, name| {
            if reader.bytes(name) == L::LISTS[2] {
                return elements(reader, |reader| self.listed_leaf(reader, &mut source));
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

    /// A bad one costs only itself.
    fn listed_leaf(
        &mut self,
        reader: &mut Reader<'_>,
        source: &mut Option<SourceIndex>,
    ) -> Read<()> {
        reader.explains = self.intake.explains();
        let mark = reader.mark()?;
        let Err(fault) = self.leaf(reader, source) else {
            return Ok(());
        };
        self.intake.refuse(refusal(fault)?);
        reader.leave(&mark)
    }

    fn leaf(&mut self, reader: &mut Reader<'_>, source: &mut Option<SourceIndex>) -> Read<()> {
        self.intake.begin_span()?;
        let start = reader.position();
        L::read(self, reader)?;
        if reader.position() - start > SPAN_BYTES_MAX {
            return Err(Refusal::too_large().into());
        }
        let source = *source.get_or_insert_with(|| self.intake.add_source());
        Ok(L::finish(self, source)?)
    }

    /// A text as a range of the body, or copied if it had escapes.
    pub(super) fn keep(&mut self, reader: &Reader<'_>, piece: Piece) -> Text {
        match piece {
            Piece::Input { start, length } => self.intake.batch.body_text(start, length),
            Piece::Value | Piece::Name => self.intake.batch.add_text(reader.bytes(piece)),
        }
    }
}
