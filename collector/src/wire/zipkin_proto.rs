//! Zipkin's protobuf on its way in: the bytes of a `zipkin.proto3.ListOfSpans` are walked by hand
//! into a batch that borrows them.
//!
//! As Zipkin does it: a known field of another wire type is passed over, an annotation without its
//! time or text and a tag without its key are dropped. Other than Zipkin, a bad span costs only
//! itself.
use std::net::IpAddr;

use bytes::Bytes;
use storage::batch::{SourceIndex, SpanRow, Text};
use storage::id::{SpanId, TraceId};
use storage::span::{Endpoint, Format, Kind};

use super::protobuf::{BYTES, FIXED64, Field, Message, VARINT, key};
use super::trouble::{Malformed, Refusal, Trouble};
use super::utf8::is_long_ascii;
use super::zipkin_intake::Intake;
use super::zipkin_rules::{self, BadId};
use super::zipkin_spelled::{Peer, Spelled, Spelling};
use super::{Decoded, Reason, SPAN_BYTES_MAX, Undecodable, check_length};

const READING: &str = " reading List<Span> from proto3";

/// Reads a list of spans.
///
/// # Errors
/// When the bytes are not protobuf.
pub fn decode(body: Bytes) -> Result<Decoded, Undecodable> {
    check_length(&body)?;
    let mut intake = Intake::new(body.clone());
    match read_list(&mut intake, Message::new(&body)) {
        Ok(()) => Ok(intake.into_decoded()),
        Err(malformed) => Err(Undecodable(malformed.zipkin_text(READING))),
    }
}

/// The list: `repeated Span spans = 1`.
const SPANS: u32 = key(1, BYTES);

/// The fields of a `Span`.
mod span {
    use super::{BYTES, FIXED64, VARINT, key};

    pub(super) const TRACE_ID: u32 = key(1, BYTES);
    pub(super) const PARENT_ID: u32 = key(2, BYTES);
    pub(super) const ID: u32 = key(3, BYTES);
    pub(super) const KIND: u32 = key(4, VARINT);
    pub(super) const NAME: u32 = key(5, BYTES);
    pub(super) const TIMESTAMP: u32 = key(6, FIXED64);
    pub(super) const DURATION: u32 = key(7, VARINT);
    pub(super) const LOCAL_ENDPOINT: u32 = key(8, BYTES);
    pub(super) const REMOTE_ENDPOINT: u32 = key(9, BYTES);
    pub(super) const ANNOTATIONS: u32 = key(10, BYTES);
    pub(super) const TAGS: u32 = key(11, BYTES);
    pub(super) const DEBUG: u32 = key(12, VARINT);
    pub(super) const SHARED: u32 = key(13, VARINT);
}

/// The fields of an `Endpoint`.
mod endpoint {
    use super::{BYTES, VARINT, key};

    pub(super) const SERVICE_NAME: u32 = key(1, BYTES);
    pub(super) const IPV4: u32 = key(2, BYTES);
    pub(super) const IPV6: u32 = key(3, BYTES);
    pub(super) const PORT: u32 = key(4, VARINT);
}

/// The fields of an `Annotation`.
mod annotation {
    use super::{BYTES, FIXED64, key};

    pub(super) const TIMESTAMP: u32 = key(1, FIXED64);
    pub(super) const VALUE: u32 = key(2, BYTES);
}

/// The fields of an entry of the map of tags.
mod tag {
    use super::{BYTES, key};

    pub(super) const KEY: u32 = key(1, BYTES);
    pub(super) const VALUE: u32 = key(2, BYTES);
}

/// A span while its fields are read.
#[derive(Default)]
struct Draft<'a> {
    trace_id: Option<&'a [u8]>,
    id: Option<&'a [u8]>,
    parent_id: &'a [u8],
    kind: Kind,
    name: Text,
    timestamp: i64,
    duration: i64,
    local: Peer<'a, SourceIndex>,
    remote: Peer<'a, Text>,
    debug: bool,
    shared: bool,
}

fn read_list<'a>(intake: &mut Intake<'a>, mut list: Message<'a>) -> Result<(), Malformed> {
    while let Some(field) = list.next_field()? {
        if field.key() != SPANS {
            field.skip()?;
            continue;
        }
        let span = field.message()?;
        match read_span(intake, span) {
            Ok(()) => {}
            Err(Trouble::Refused(refusal)) => intake.refuse(refusal.reason, || {
                let text = refusal.text;
                format!("{text}{READING}")
            }),
            Err(Trouble::Malformed(malformed)) => return Err(malformed),
        }
    }
    Ok(())
}

fn read_span<'a>(intake: &mut Intake<'a>, mut fields: Message<'a>) -> Result<(), Trouble> {
    intake.begin_span()?;
    if fields.bytes().len() > SPAN_BYTES_MAX {
        return Err(Refusal::too_large().into());
    }
    let mut draft = Draft::default();
    let mut is_ascii = None;
    loop {
        if fields.is_next(span::TAGS) {
            fields = read_tags(intake, fields, &mut is_ascii)?;
        }
        let Some(field) = fields.next_field()? else {
            return Ok(finish(intake, draft)?);
        };
        read_field(intake, field, &mut draft)?;
    }
}

/// Reads a row of tags and returns what is left. Apart from the other fields and with messages by
/// value, so that all that the row needs stays in registers.
#[inline(never)]
fn read_tags<'a>(
    intake: &mut Intake<'_>,
    mut fields: Message<'a>,
    is_ascii: &mut Option<bool>,
) -> Result<Message<'a>, Trouble> {
    // From the first tag on, which most often is all text: looked at as a whole, once.
    let is_ascii = *is_ascii.get_or_insert_with(|| is_long_ascii(fields.bytes()));
    while let Some(tag) = fields.next_short(span::TAGS) {
        read_tag(intake, tag, is_ascii)?;
    }
    Ok(fields)
}

#[inline(always)]
fn read_field<'a>(
    intake: &mut Intake<'a>,
    field: Field<'_, 'a>,
    draft: &mut Draft<'a>,
) -> Result<(), Trouble> {
    match field.key() {
        span::TRACE_ID => draft.trace_id = Some(field.message()?.bytes()),
        span::PARENT_ID => draft.parent_id = field.message()?.bytes(),
        span::ID => draft.id = Some(field.message()?.bytes()),
        span::KIND => draft.kind = kind(field.varint()?).unwrap_or(draft.kind),
        span::NAME => draft.name = text(intake, field.message()?),
        span::TIMESTAMP => draft.timestamp = field.fixed64()? as i64,
        span::DURATION => draft.duration = field.varint()? as i64,
        span::LOCAL_ENDPOINT => {
            let message = field.message()?;
            draft.local = peer(message, &intake.local, &mut intake.texts_repaired)?;
        }
        span::REMOTE_ENDPOINT => {
            let message = field.message()?;
            draft.remote = peer(message, &intake.remote, &mut intake.texts_repaired)?;
        }
        span::ANNOTATIONS => read_annotation(intake, field.message()?)?,
        span::TAGS => read_any_tag(intake, field.message()?)?,
        span::DEBUG => draft.debug |= field.varint()? != 0,
        span::SHARED => draft.shared |= field.varint()? != 0,
        _ => field.skip()?,
    }
    Ok(())
}

/// A kind that is not known leaves the one that is.
const fn kind(number: u64) -> Option<Kind> {
    match number {
        1 => Some(Kind::Client),
        2 => Some(Kind::Server),
        3 => Some(Kind::Producer),
        4 => Some(Kind::Consumer),
        _ => None,
    }
}

fn text(intake: &mut Intake<'_>, message: Message<'_>) -> Text {
    intake.body_text(message.start(), message.bytes())
}

#[inline(always)]
fn ascii_text(intake: &Intake<'_>, message: Message<'_>) -> Text {
    intake
        .batch
        .body_text(message.start(), message.bytes().len())
}

fn read_annotation(intake: &mut Intake<'_>, mut fields: Message<'_>) -> Result<(), Trouble> {
    let mut timestamp = 0;
    let mut value = Message::new(&[]);
    while let Some(field) = fields.next_field()? {
        match field.key() {
            annotation::TIMESTAMP => timestamp = field.fixed64()? as i64,
            annotation::VALUE => value = field.message()?,
            _ => field.skip()?,
        }
    }
    if timestamp == 0 || value.bytes().is_empty() {
        return Ok(());
    }
    let value = text(intake, value);
    let time = zipkin_rules::annotation_nanos(timestamp.into())?;
    Ok(intake.add_annotation(time, value)?)
}

#[inline(always)]
fn read_tag(intake: &mut Intake<'_>, tag: Message<'_>, is_ascii: bool) -> Result<(), Trouble> {
    let Some((key, value)) = tag.entry() else {
        return read_any_tag(intake, tag);
    };
    if key.bytes().is_empty() {
        return Ok(());
    }
    if is_ascii {
        let (key, value) = (ascii_text(intake, key), ascii_text(intake, value));
        return Ok(intake.add_tag(key, value)?);
    }
    let (key, value) = (text(intake, key), text(intake, value));
    Ok(intake.add_tag(key, value)?)
}

#[inline(never)]
fn read_any_tag(intake: &mut Intake<'_>, mut fields: Message<'_>) -> Result<(), Trouble> {
    let mut key = Message::new(&[]);
    let mut value = key;
    while let Some(field) = fields.next_field()? {
        match field.key() {
            tag::KEY => key = field.message()?,
            tag::VALUE => value = field.message()?,
            _ => field.skip()?,
        }
    }
    if key.bytes().is_empty() {
        return Ok(());
    }
    let (key, value) = (text(intake, key), text(intake, value));
    Ok(intake.add_tag(key, value)?)
}

/// Reads an endpoint, unless it is spelled as one that is known.
fn peer<'a, T: Copy>(
    message: Message<'a>,
    known: &Spelled<'a, T>,
    texts_repaired: &mut u64,
) -> Result<Peer<'a, T>, Trouble> {
    if let Some((meaning, repaired)) = known.meaning_of(message.bytes()) {
        *texts_repaired += repaired;
        return Ok(Peer::Again(meaning));
    }
    let before = *texts_repaired;
    let endpoint = read_endpoint(message, texts_repaired)?;
    let spelling = Spelling::new(message.bytes(), *texts_repaired - before);
    Ok(Peer::New(endpoint, spelling))
}

/// `None` when no part of it is known.
fn read_endpoint(
    mut fields: Message<'_>,
    texts_repaired: &mut u64,
) -> Result<Option<Endpoint>, Trouble> {
    let mut endpoint = Endpoint::default();
    while let Some(field) = fields.next_field()? {
        match field.key() {
            endpoint::SERVICE_NAME => {
                let name = field.message()?.bytes();
                let service = zipkin_rules::service(name, texts_repaired);
                endpoint.service = service;
            }
            // Each may hold either family.
            endpoint::IPV4 | endpoint::IPV6 => {
                match zipkin_rules::address_of_bytes(field.message()?.bytes()) {
                    Some(IpAddr::V4(address)) => endpoint.ipv4 = Some(address),
                    Some(IpAddr::V6(address)) => endpoint.ipv6 = Some(address),
                    None => {}
                }
            }
            endpoint::PORT => endpoint.port = port(field.varint()? as i32)?,
            _ => field.skip()?,
        }
    }
    Ok((!endpoint.is_empty()).then_some(endpoint))
}

fn port(number: i32) -> Result<Option<u16>, Refusal> {
    if number <= 0 {
        return Ok(None);
    }
    match u16::try_from(number) {
        Ok(port) => Ok(Some(port)),
        Err(_) => {
            let text = format!("invalid port {number}");
            Err(Refusal::told(Reason::InvalidField, text))
        }
    }
}

fn finish<'a>(intake: &mut Intake<'a>, draft: Draft<'a>) -> Result<(), Refusal> {
    let (Some(trace_id), Some(id)) = (draft.trace_id, draft.id) else {
        let text = zipkin_rules::missing_ids(draft.trace_id.is_none(), draft.id.is_none());
        return Err(Refusal::new(Reason::InvalidId, text));
    };
    let trace_id = zipkin_rules::id_of_bytes(trace_id, 32)
        .and_then(|number| TraceId::new(number).ok_or(BadId::Zero))
        .map_err(|bad| bad_id(bad, "traceId"))?;
    let span_id = zipkin_rules::id_of_bytes(id, 16)
        .and_then(|number| SpanId::new(number as u64).ok_or(BadId::Zero))
        .map_err(|bad| bad_id(bad, "id"))?;
    let parent_id = match zipkin_rules::id_of_bytes(draft.parent_id, 16) {
        Ok(number) => SpanId::new(number as u64),
        Err(BadId::Empty) => None,
        Err(bad) => return Err(bad_id(bad, "parentId")),
    };
    let start = zipkin_rules::start_nanos(draft.timestamp.into())?;
    let duration = zipkin_rules::duration_nanos(draft.duration.into())?;
    let source = intake.local(draft.local);
    let remote_endpoint = intake.remote(draft.remote);
    intake.add_span(SpanRow {
        parent_id,
        kind: draft.kind,
        shared: draft.shared,
        debug: draft.debug,
        name: draft.name,
        start,
        duration,
        remote_endpoint,
        ..SpanRow::new(trace_id, span_id, Format::Zipkin, source)
    });
    Ok(())
}

fn bad_id(bad: BadId, field: &'static str) -> Refusal {
    let text = match bad {
        // Zipkin takes bytes that are there but none for no bytes.
        BadId::Empty => format!("{field} == null"),
        bad => bad.text(field, ""),
    };
    Refusal::told(Reason::InvalidId, text)
}
