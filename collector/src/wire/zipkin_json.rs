//! Zipkin's JSON v2 on its way in: a list of spans becomes a batch that borrows the request.
//!
//! The rules and the words are those of Zipkin's own reader, except on purpose: a bad span costs
//! only itself, fractions of a microsecond are cut off, names keep their case.
use std::collections::HashMap;

use bytes::Bytes;
use storage::batch::{SourceIndex, SpanBatch, SpanRow, Text};
use storage::draft::{DetailsDraft, NO_ATTRIBUTES};
use storage::encoding::{Source, put_endpoint, put_source};
use storage::id::{SpanId, TraceId};
use storage::span::{Endpoint, Format, Kind};

use super::json::{Piece, Reader, Token};
use super::json_fault::{Fault, Read};
use super::json_text::contains;
use super::zipkin_field::{annotation_time, duration, id, kind, timestamp};
use super::zipkin_rules;
use super::zipkin_spelled::{Peer, Spelled, peer};
use super::zipkin_tags::Tags;
use super::{ATTRIBUTES_MAX, Decoded, EVENTS_MAX, Reason, Refused, SPAN_BYTES_MAX, SPANS_MAX};
use super::{Undecodable, check_length, has_room};

pub use super::zipkin_write::{encode_span, encode_spans, encode_traces};

const READING: &str = " reading List<Span> from json";

/// The first look that Zipkin takes at a body, before it reads it: is it a list, and of this
/// version? (Its answers end in a line feed; those of the reader do not.)
///
/// # Errors
/// With Zipkin's text.
pub fn check_list(body: &[u8]) -> Result<(), Undecodable> {
    if body.is_empty() || body == b"[]" {
        return Ok(());
    }
    // Zipkin lets a list of any of its formats pass here: thrift begins with 11 or 12, proto3 with
    // a line feed. The reader has its own words for them.
    let is_list = match body {
        [b'[' | 11 | 12, ..] => true,
        [b'\n', next, ..] => *next != 0,
        _ => false,
    };
    if !is_list {
        return Err(Undecodable("Expected a JSON_V2 encoded list\n".to_owned()));
    }
    // First the part that begins with a rare letter.
    if contains(body, b"Annotations\"") && contains(body, b"yAnnotations\"") {
        let text = "Expected a JSON_V2 encoded list, but received: JSON_V1\n";
        return Err(Undecodable(text.to_owned()));
    }
    Ok(())
}

/// Reads a list of spans. Nothing behind the list is looked at.
///
/// # Errors
/// When the body is not JSON or not a list.
pub fn decode(body: Bytes) -> Result<Decoded, Undecodable> {
    check_length(&body)?;
    let mut reader = Reader::new(&body);
    let mut decoder = Decoder::new(body.clone());
    if !body.is_empty() {
        decoder
            .list(&mut reader)
            .map_err(|fault| Undecodable(fault_text(fault)))?;
    }
    let Decoder { batch, refused, .. } = decoder;
    Ok(Decoded {
        batch,
        refused,
        texts_repaired: reader.texts_repaired,
    })
}

fn fault_text(fault: Fault) -> String {
    match fault {
        Fault::Malformed(text) => format!("Malformed{READING}: {text}"),
        // Zipkin says no more than "Malformed" when a list or an object is missing.
        Fault::Unexpected(_, text) if text.starts_with("Expected BEGIN_") => {
            format!("Malformed{READING}: {text}")
        }
        Fault::Exhausted(text) | Fault::Unexpected(_, text) => format!("{text}{READING}"),
    }
}

/// A span while its fields are read.
#[derive(Default)]
struct Draft<'a> {
    trace_id: Option<TraceId>,
    id: Option<SpanId>,
    parent_id: Option<SpanId>,
    kind: Kind,
    name: Text,
    start: Option<u64>,
    duration: Option<i64>,
    local: Peer<'a, SourceIndex>,
    remote: Peer<'a, Text>,
    debug: bool,
    shared: bool,
}

struct Decoder<'a> {
    batch: SpanBatch,
    refused: Refused,
    /// Seen so far, good and bad.
    spans: usize,
    /// Those of the current span.
    tags: Tags,
    /// Nanoseconds and text of each annotation of the current span.
    annotations: Vec<(i64, Text)>,
    details: DetailsDraft,
    sources: HashMap<Option<Endpoint>, SourceIndex>,
    /// Most requests come from one service, which spells itself the same in every span.
    local: Spelled<'a, SourceIndex>,
    /// It calls others many times in a row.
    remote: Spelled<'a, Text>,
}

impl<'a> Decoder<'a> {
    fn new(body: Bytes) -> Self {
        Self {
            batch: SpanBatch::new(body),
            refused: Refused::default(),
            spans: 0,
            tags: Tags::default(),
            annotations: Vec::new(),
            details: DetailsDraft::default(),
            sources: HashMap::new(),
            local: Spelled::default(),
            remote: Spelled::default(),
        }
    }

    fn list(&mut self, reader: &mut Reader<'a>) -> Read<()> {
        reader.begin_array()?;
        while reader.next_or_end()? {
            let mark = reader.mark()?;
            match self.span(reader) {
                Ok(()) => {}
                // This is where a later option `strict_lists` would end the request instead.
                Err(fault @ Fault::Unexpected(reason, _)) => {
                    self.batch.discard_pending();
                    self.refused.add(reason, || fault_text(fault));
                    reader.explains = false;
                    reader.leave(&mark)?;
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    fn span(&mut self, reader: &mut Reader<'a>) -> Read<()> {
        let start = reader.position();
        reader.begin_object()?;
        self.tags.clear();
        self.annotations.clear();
        self.spans += 1;
        if self.spans > SPANS_MAX {
            let text = || format!("more than {SPANS_MAX} spans in one list: send shorter lists");
            return Err(reader.unexpected(Reason::TooLarge, |_| text()));
        }
        if !has_room(&self.batch) {
            let text = || "too many tags in one list: send shorter lists".to_owned();
            return Err(reader.unexpected(Reason::TooLarge, |_| text()));
        }
        let mut draft = Draft::default();
        while reader.next_or_end()? {
            self.field(reader, &mut draft)?;
        }
        if reader.position() - start > SPAN_BYTES_MAX {
            return Err(reader.unexpected(Reason::TooLarge, |reader| {
                format!(
                    "span larger than {SPAN_BYTES_MAX} bytes at {}",
                    reader.path()
                )
            }));
        }
        self.finish(reader, draft)
    }

    fn field(&mut self, reader: &mut Reader<'a>, draft: &mut Draft<'a>) -> Read<()> {
        let name = reader.name()?;
        match reader.bytes(name) {
            b"traceId" => {
                draft.trace_id = Some(id(reader, "traceId", zipkin_rules::trace_id)?);
                return Ok(());
            }
            b"id" => {
                draft.id = Some(id(reader, "id", zipkin_rules::span_id)?);
                return Ok(());
            }
            _ => {}
        }
        // Of all fields only these two may not be null.
        if reader.peek()? == Token::Null {
            return reader.skip_value();
        }
        match reader.bytes(name) {
            b"parentId" => draft.parent_id = id(reader, "parentId", zipkin_rules::parent_id)?,
            b"kind" => draft.kind = kind(reader)?,
            b"name" => {
                let piece = reader.string()?;
                draft.name = self.keep(reader, piece);
            }
            b"timestamp" => draft.start = timestamp(reader)?,
            b"duration" => draft.duration = duration(reader)?,
            b"localEndpoint" => draft.local = peer(reader, &self.local)?,
            b"remoteEndpoint" => draft.remote = peer(reader, &self.remote)?,
            b"annotations" => self.annotations(reader)?,
            b"tags" => self.tags(reader)?,
            b"debug" => draft.debug |= reader.boolean()?,
            b"shared" => draft.shared |= reader.boolean()?,
            _ => reader.skip_value()?,
        }
        Ok(())
    }

    fn annotations(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        reader.begin_array()?;
        while reader.next_or_end()? {
            reader.begin_object()?;
            let (mut time, mut value) = (None, None);
            while reader.peek()? != Token::EndObject {
                let name = reader.name()?;
                match reader.bytes(name) {
                    b"timestamp" => time = Some(annotation_time(reader)?),
                    b"value" => {
                        let piece = reader.string()?;
                        value = Some(self.keep(reader, piece));
                    }
                    _ => reader.skip_value()?,
                }
            }
            let (Some(time), Some(value)) = (time, value) else {
                return Err(reader.unexpected(Reason::InvalidField, |reader| {
                    format!("Incomplete annotation at {}", reader.path())
                }));
            };
            reader.next_or_end()?;
            if self.annotations.len() == EVENTS_MAX {
                return Err(reader.unexpected(Reason::TooLarge, |reader| {
                    format!("more than {EVENTS_MAX} annotations at {}", reader.path())
                }));
            }
            self.annotations.push((time, value));
        }
        Ok(())
    }

    fn tags(&mut self, reader: &mut Reader<'_>) -> Read<()> {
        reader.begin_object()?;
        while reader.next_or_end()? {
            if self.tags.len() < ATTRIBUTES_MAX
                && let Some((key, value)) = reader.plain_pair()
            {
                let (key, value) = (self.keep(reader, key), self.keep(reader, value));
                self.tags.push(&self.batch, key, value);
                continue;
            }
            let name = reader.name()?;
            let key = self.keep(reader, name);
            if reader.peek()? == Token::Null {
                return Err(reader.unexpected(Reason::InvalidField, |reader| {
                    format!("No value at {}", reader.path())
                }));
            }
            let piece = reader.string()?;
            let value = self.keep(reader, piece);
            if self.tags.len() == ATTRIBUTES_MAX {
                return Err(reader.unexpected(Reason::TooLarge, |reader| {
                    format!("more than {ATTRIBUTES_MAX} tags at {}", reader.path())
                }));
            }
            self.tags.push(&self.batch, key, value);
        }
        Ok(())
    }

    /// A text as a range of the body, or copied if it had escapes.
    fn keep(&mut self, reader: &Reader<'_>, piece: Piece) -> Text {
        match piece {
            Piece::Input { start, length } => self.batch.body_text(start, length),
            Piece::Value | Piece::Name => self.batch.add_text(reader.bytes(piece)),
        }
    }

    fn finish(&mut self, reader: &Reader<'_>, draft: Draft<'a>) -> Read<()> {
        let (Some(trace_id), Some(span_id)) = (draft.trace_id, draft.id) else {
            return Err(reader.unexpected(Reason::InvalidId, |_| {
                let trace_id = if draft.trace_id.is_none() {
                    " traceId"
                } else {
                    ""
                };
                let id = if draft.id.is_none() { " id" } else { "" };
                format!("Missing :{trace_id}{id}")
            }));
        };
        self.tags.add_to(&mut self.batch);
        let details = self.add_annotations();
        let source = match draft.local {
            Peer::Again(source) => source,
            Peer::New(endpoint, spelling) => {
                let source = self.source(endpoint);
                self.local = Spelled::new(spelling, source);
                source
            }
            Peer::Absent => self.source(None),
        };
        let remote_endpoint = match draft.remote {
            Peer::Again(text) => text,
            Peer::New(Some(endpoint), spelling) => {
                let text = self.batch.add_encoded(|out| put_endpoint(out, &endpoint));
                self.remote = Spelled::new(spelling, text);
                text
            }
            Peer::New(None, _) | Peer::Absent => Text::default(),
        };
        self.batch.add_span(SpanRow {
            parent_id: draft.parent_id.filter(|parent| *parent != span_id),
            kind: draft.kind,
            shared: draft.shared && draft.kind != Kind::Client,
            debug: draft.debug,
            name: draft.name,
            start: draft.start,
            duration: draft.duration,
            remote_endpoint,
            details,
            ..SpanRow::new(trace_id, span_id, Format::Zipkin, source)
        });
        Ok(())
    }

    /// Sorted by time and text; exact repetitions are dropped.
    fn add_annotations(&mut self) -> Text {
        let Self {
            batch,
            annotations,
            details,
            ..
        } = self;
        if annotations.is_empty() {
            return Text::default();
        }
        let by_text = |left: Text, right: Text| {
            zipkin_rules::java_order(batch.bytes(left), batch.bytes(right))
        };
        annotations
            .sort_by(|left, right| left.0.cmp(&right.0).then_with(|| by_text(left.1, right.1)));
        annotations.dedup_by(|left, right| {
            left.0 == right.0 && batch.bytes(left.1) == batch.bytes(right.1)
        });
        details.clear();
        for (time, value) in annotations.iter() {
            details.add_event(*time, batch.bytes(*value), NO_ATTRIBUTES, 0);
        }
        batch.add_encoded(|out| details.write(out))
    }

    /// One source for all spans with the same local endpoint.
    fn source(&mut self, endpoint: Option<Endpoint>) -> SourceIndex {
        if let Some(source) = self.sources.get(&endpoint) {
            return *source;
        }
        let service = endpoint
            .as_ref()
            .and_then(|endpoint| endpoint.service.as_deref());
        let service = self.batch.add_text(service.unwrap_or_default().as_bytes());
        let source = Source {
            local_endpoint: endpoint.clone(),
            ..Source::default()
        };
        let encoded = self.batch.add_encoded(|out| put_source(out, &source));
        let source = self.batch.add_source(service, encoded);
        self.sources.insert(endpoint, source);
        source
    }
}
