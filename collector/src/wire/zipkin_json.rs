//! Zipkin's JSON v2 on its way in: a list of spans becomes a batch that borrows the request.
//!
//! The rules and the words are those of Zipkin's own reader, except on purpose: a bad span costs
//! only itself, fractions of a microsecond are cut off, names keep their case.
use bytes::Bytes;
use storage::batch::{SourceIndex, SpanRow, Text};
use storage::id::{SpanId, TraceId};
use storage::span::{Format, Kind};

use super::json::{Reader, Token};
use super::json_fault::Read;
use super::zipkin_field::{annotation_time, duration, id, incomplete, kind, timestamp};
use super::zipkin_intake::Intake;
use super::zipkin_json_list::{self as list, check_size, keep, refused};
use super::zipkin_rules;
use super::zipkin_spelled::{Peer, peer};
use super::{Decoded, Reason, Undecodable};

pub use super::zipkin_write::{encode_span, encode_spans, encode_traces, write_spans};

/// Reads a list of spans. Nothing behind the list is looked at.
///
/// # Errors
/// When the body is not JSON or not a list.
pub fn decode(body: Bytes) -> Result<Decoded, Undecodable> {
    list::decode(&body, read_span)
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

fn read_span<'a>(intake: &mut Intake<'a>, reader: &mut Reader<'a>) -> Read<()> {
    let start = reader.position();
    let mut draft = Draft::default();
    while reader.next_or_end()? {
        read_field(intake, reader, &mut draft)?;
    }
    check_size(reader, start)?;
    finish(intake, reader, draft)
}

fn read_field<'a>(
    intake: &mut Intake<'a>,
    reader: &mut Reader<'a>,
    draft: &mut Draft<'a>,
) -> Read<()> {
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
            draft.name = keep(intake, reader, piece);
        }
        b"timestamp" => draft.start = timestamp(reader)?,
        b"duration" => draft.duration = duration(reader)?,
        b"localEndpoint" => draft.local = peer(reader, &intake.local)?,
        b"remoteEndpoint" => draft.remote = peer(reader, &intake.remote)?,
        b"annotations" => read_annotations(intake, reader)?,
        b"tags" => read_tags(intake, reader)?,
        b"debug" => draft.debug |= reader.boolean()?,
        b"shared" => draft.shared |= reader.boolean()?,
        _ => reader.skip_value()?,
    }
    Ok(())
}

fn read_annotations(intake: &mut Intake<'_>, reader: &mut Reader<'_>) -> Read<()> {
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
                    value = Some(keep(intake, reader, piece));
                }
                _ => reader.skip_value()?,
            }
        }
        let (Some(time), Some(value)) = (time, value) else {
            return Err(incomplete(reader));
        };
        reader.next_or_end()?;
        intake
            .add_annotation(time, value)
            .map_err(|refusal| refused(reader, refusal))?;
    }
    Ok(())
}

fn read_tags(intake: &mut Intake<'_>, reader: &mut Reader<'_>) -> Read<()> {
    reader.begin_object()?;
    while reader.next_or_end()? {
        if let Some((key, value)) = reader.plain_pair() {
            let (key, value) = (keep(intake, reader, key), keep(intake, reader, value));
            intake
                .add_tag(key, value)
                .map_err(|refusal| refused(reader, refusal))?;
            continue;
        }
        let name = reader.name()?;
        let key = keep(intake, reader, name);
        if reader.peek()? == Token::Null {
            return Err(reader.unexpected(Reason::InvalidField, |reader| {
                format!("No value at {}", reader.path())
            }));
        }
        let piece = reader.string()?;
        let value = keep(intake, reader, piece);
        intake
            .add_tag(key, value)
            .map_err(|refusal| refused(reader, refusal))?;
    }
    Ok(())
}

fn finish<'a>(intake: &mut Intake<'a>, reader: &Reader<'_>, draft: Draft<'a>) -> Read<()> {
    let (Some(trace_id), Some(span_id)) = (draft.trace_id, draft.id) else {
        let text = zipkin_rules::missing_ids(draft.trace_id.is_none(), draft.id.is_none());
        return Err(reader.unexpected(Reason::InvalidId, |_| text.to_owned()));
    };
    let source = intake.local(draft.local);
    let remote_endpoint = intake.remote(draft.remote);
    intake.add_span(SpanRow {
        parent_id: draft.parent_id,
        kind: draft.kind,
        shared: draft.shared,
        debug: draft.debug,
        name: draft.name,
        start: draft.start,
        duration: draft.duration,
        remote_endpoint,
        ..SpanRow::new(trace_id, span_id, Format::Zipkin, source)
    });
    Ok(())
}
