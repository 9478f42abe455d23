//! The call tree as JSON: times since the epoch are decimal strings of nanoseconds, durations are
//! integers, what is absent is null. What leads into other traces is in `across_json.rs`.
use storage::span::Span;

use super::across_json::{put_across, put_producers};
use super::analysis_json;
use super::peers::{HopPeers, put_peers};
use super::span_json::{SpanWriter, put_event_fields};
use super::{CallTree, ClockSkew, Hop, Name, Notes, Part, Party, Segment, columns};
use super::{ServiceCount, Skew};
use crate::json_out::{
    Gone, Spill, put_bool, put_decimal, put_id, put_items, put_list, put_number, put_optional,
    put_text, put_trace_id,
};

/// Whether the answer repeats the spans that the hops refer to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spans {
    #[default]
    Included,
    Omitted,
}

/// The answer of `GET /api/hopline/traces/{id}`.
pub fn answer(tree: &CallTree<'_>, spans: Spans) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + tree.trace.spans.len() * 512);
    // Nobody takes anything, so nobody can go.
    let shape = (Shape::List, Some(spans));
    let _ = write(tree, shape, &mut out, &mut |_| Ok(()));
    out
}

/// How the hops are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    #[default]
    List,
    Columns,
    /// As a list with its spans, or of a large trace as columns without them.
    Fitting,
}

/// Writes the answer to `out`, from which `spill` takes a piece from time to time; the rest is
/// left there. Columns come with spans only for those who ask for them.
///
/// # Errors
/// When `spill` says so.
pub fn write(
    tree: &CallTree<'_>,
    (shape, spans): (Shape, Option<Spans>),
    out: &mut Vec<u8>,
    spill: &mut Spill<'_>,
) -> Result<(), Gone> {
    let is_large = tree.trace.spans.len() >= columns::SPANS_MIN;
    let as_columns = shape == Shape::Columns || (shape == Shape::Fitting && is_large);
    let spans = spans.unwrap_or(if as_columns {
        Spans::Omitted
    } else {
        Spans::Included
    });
    put_head(out, tree);
    if as_columns {
        columns::put_columns(out, tree, spill)?;
    } else {
        out.extend_from_slice(b",\"hops\":");
        let put =
            |out: &mut Vec<u8>, (index, hop)| put_hop(out, (index, hop), tree.peers_of(index));
        put_list(out, tree.hops.iter().enumerate(), put, spill)?;
    }
    analysis_json::put_groups(out, tree, spill)?;
    put_across(out, tree);
    if !as_columns {
        out.extend_from_slice(b",\"criticalPath\":");
        let put = |out: &mut Vec<u8>, segment| put_segment(out, &tree.trace.spans, segment);
        put_list(out, &tree.critical_path, put, spill)?;
    }
    analysis_json::put_critical_time(out, tree);
    if spans == Spans::Included {
        out.extend_from_slice(b",\"spans\":");
        let mut writer = SpanWriter::default();
        let positions = 0..tree.trace.spans.len();
        let put = |out: &mut Vec<u8>, position| writer.put(out, tree, position);
        put_list(out, positions, put, spill)?;
    }
    put_orphans(out, &tree.trace.logs);
    out.push(b'}');
    Ok(())
}

/// The answer of `GET /api/hopline/traces/{id}/spans/{span}`: some spans, as the trace's answer has them.
pub fn some_spans(tree: &CallTree<'_>, positions: &[usize]) -> Vec<u8> {
    let mut out = b"{\"traceId\":\"".to_vec();
    out.extend_from_slice(tree.trace.id.to_string().as_bytes());
    out.extend_from_slice(b"\",\"startTimeUnixNano\":");
    put_optional(&mut out, tree.start, put_decimal);
    out.extend_from_slice(b",\"positions\":");
    put_items(&mut out, positions, |out, position| {
        put_number(out, *position)
    });
    out.extend_from_slice(b",\"spans\":");
    let mut writer = SpanWriter::default();
    put_items(&mut out, positions, |out, position| {
        writer.put(out, tree, *position)
    });
    out.push(b'}');
    out
}

/// What logs say of spans that are not here, the first of it; nothing is said where there is none.
fn put_orphans(out: &mut Vec<u8>, logs: &[Span]) {
    if logs.is_empty() {
        return;
    }
    let events = logs
        .iter()
        .flat_map(|log| log.events.iter().map(move |event| (log, event)));
    out.extend_from_slice(b",\"orphanEventCount\":");
    put_number(out, events.clone().count());
    out.extend_from_slice(b",\"orphanEvents\":");
    put_items(out, events.take(ORPHANS_MAX), |out, (log, event)| {
        out.extend_from_slice(b"{\"spanId\":");
        put_id(out, log.span_id);
        out.extend_from_slice(b",\"service\":");
        put_optional(out, log.service(), put_text);
        out.push(b',');
        put_event_fields(out, event, 0);
        out.push(b'}');
    });
}

/// As many as events of a span.
const ORPHANS_MAX: usize = storage::log::EVENTS_MAX;

fn put_head(out: &mut Vec<u8>, tree: &CallTree<'_>) {
    out.extend_from_slice(b"{\"traceId\":\"");
    out.extend_from_slice(tree.trace.id.to_string().as_bytes());
    out.extend_from_slice(b"\",\"startTimeUnixNano\":");
    put_optional(out, tree.start, put_decimal);
    out.extend_from_slice(b",\"durationNano\":");
    put_optional(out, tree.duration, put_number);
    out.extend_from_slice(b",\"root\":{");
    put_name(out, tree.root);
    out.extend_from_slice(b"},\"spanCount\":");
    put_number(out, tree.trace.spans.len());
    out.extend_from_slice(b",\"hopCount\":");
    put_number(out, tree.hops.len());
    out.extend_from_slice(b",\"errorCount\":");
    put_number(out, tree.error_count);
    out.extend_from_slice(b",\"services\":");
    put_items(out, &tree.services, put_service);
    out.extend_from_slice(b",\"complete\":");
    put_bool(out, tree.complete);
    out.extend_from_slice(b",\"missingParents\":");
    put_number(out, tree.missing_parents);
    out.extend_from_slice(b",\"truncated\":");
    put_bool(out, tree.trace.truncated);
    analysis_json::put_completeness(out, &tree.completeness);
    out.extend_from_slice(match tree.skew {
        Skew::Raw => b",\"skew\":\"raw\",\"clockSkew\":".as_slice(),
        Skew::Corrected => b",\"skew\":\"corrected\",\"clockSkew\":",
    });
    put_items(out, &tree.clock_skew, put_clock_skew);
    analysis_json::put_clock_pairs(out, &tree.clock_pairs);
}

pub(super) fn put_name(out: &mut Vec<u8>, name: Name<'_>) {
    out.extend_from_slice(b"\"service\":");
    put_optional(out, name.service, put_text);
    out.extend_from_slice(b",\"operation\":");
    put_optional(out, name.operation, put_text);
}

fn put_service(out: &mut Vec<u8>, count: &ServiceCount<'_>) {
    out.extend_from_slice(b"{\"name\":");
    put_optional(out, count.name, put_text);
    out.extend_from_slice(b",\"spanCount\":");
    put_number(out, count.span_count);
    out.extend_from_slice(b",\"errorCount\":");
    put_number(out, count.error_count);
    out.extend_from_slice(b",\"inferred\":");
    put_bool(out, count.inferred);
    out.push(b'}');
}

fn put_clock_skew(out: &mut Vec<u8>, skew: &ClockSkew<'_>) {
    out.extend_from_slice(b"{\"service\":");
    put_optional(out, skew.service, put_text);
    out.extend_from_slice(b",\"host\":");
    put_optional(out, skew.host.as_deref(), put_text);
    out.extend_from_slice(b",\"offsetNano\":");
    put_number(out, skew.offset);
    put_confidence(out, skew.confidence, skew.hops, skew.fitting);
    out.push(b'}');
}

pub(super) fn put_confidence(out: &mut Vec<u8>, confidence: f64, hops: usize, fitting: usize) {
    out.extend_from_slice(b",\"confidence\":");
    let confidence = serde_json::Value::from(confidence);
    out.extend_from_slice(confidence.to_string().as_bytes());
    out.extend_from_slice(b",\"hops\":");
    put_number(out, hops);
    out.extend_from_slice(b",\"fitting\":");
    put_number(out, fitting);
}

pub(super) fn put_hop(
    out: &mut Vec<u8>,
    (index, hop): (usize, &Hop<'_>),
    peers: Option<&HopPeers>,
) {
    out.extend_from_slice(b"{\"index\":");
    put_number(out, index);
    out.extend_from_slice(b",\"parent\":");
    put_optional(out, hop.parent, put_number);
    out.extend_from_slice(b",\"depth\":");
    put_number(out, hop.depth);
    out.extend_from_slice(b",\"caller\":");
    put_optional(out, hop.caller.as_ref(), put_party);
    out.extend_from_slice(b",\"callee\":");
    put_optional(out, hop.callee.as_ref(), put_party);
    out.extend_from_slice(b",\"kind\":\"");
    out.extend_from_slice(hop.kind.text().as_bytes());
    out.extend_from_slice(b"\",\"protocol\":");
    put_optional(out, hop.protocol, put_text);
    out.extend_from_slice(b",\"startTimeUnixNano\":");
    put_optional(out, hop.start, put_decimal);
    out.extend_from_slice(b",\"serverStartTimeUnixNano\":");
    put_optional(out, hop.server_start, put_decimal);
    out.extend_from_slice(b",\"clientDurationNano\":");
    put_optional(out, hop.client_duration, put_number);
    out.extend_from_slice(b",\"serverDurationNano\":");
    put_optional(out, hop.server_duration, put_number);
    out.extend_from_slice(b",\"networkDurationNano\":");
    put_optional(out, hop.network_duration, put_number);
    out.extend_from_slice(b",\"selfDurationNano\":");
    put_optional(out, hop.self_duration, put_number);
    out.extend_from_slice(b",\"criticalDurationNano\":");
    put_number(out, hop.critical_duration);
    out.extend_from_slice(b",\"error\":");
    put_bool(out, hop.error);
    out.extend_from_slice(b",\"errorText\":");
    put_optional(out, hop.error_text.as_deref(), put_text);
    out.extend_from_slice(b",\"notes\":");
    put_notes(out, hop.notes);
    put_producers(out, &hop.producers);
    if let Some(named) = hop.via {
        out.extend_from_slice(b",\"via\":");
        put_text(out, named);
    }
    if let Some(messages) = hop.messages {
        out.extend_from_slice(b",\"messagesSent\":");
        put_number(out, messages.sent);
        out.extend_from_slice(b",\"messagesReceived\":");
        put_number(out, messages.received);
    }
    if let Some(group) = hop.group {
        out.extend_from_slice(b",\"group\":");
        put_number(out, group);
    }
    put_peers(out, peers);
    out.push(b'}');
}

pub(super) fn put_party(out: &mut Vec<u8>, party: &Party<'_>) {
    put_party_open(out, party);
    out.push(b'}');
}

/// Without the end: more may follow. The trace is told where it is another.
pub(super) fn put_party_open(out: &mut Vec<u8>, party: &Party<'_>) {
    out.push(b'{');
    put_name(
        out,
        Name {
            service: party.service,
            operation: party.operation,
        },
    );
    out.extend_from_slice(b",\"spanId\":");
    put_optional(out, party.span_id, put_id);
    out.extend_from_slice(b",\"spanIndex\":");
    put_optional(out, party.span_index, put_number);
    if let Some(id) = party.trace_id {
        out.extend_from_slice(b",\"traceId\":");
        put_trace_id(out, id);
    }
}

pub(super) fn put_notes(out: &mut Vec<u8>, notes: Notes) {
    put_items(out, notes.iter(), |out, note| put_text(out, note.text()));
}

fn put_segment(out: &mut Vec<u8>, spans: &[Span], segment: &Segment<'_>) {
    out.extend_from_slice(b"{\"spanId\":");
    let span_id = segment.span_index.map(|index| spans[index].span_id);
    put_optional(out, span_id, put_id);
    out.extend_from_slice(b",\"spanIndex\":");
    put_optional(out, segment.span_index, put_number);
    out.push(b',');
    put_name(out, segment.name);
    out.extend_from_slice(b",\"startTimeUnixNano\":");
    put_decimal(out, segment.start);
    out.extend_from_slice(b",\"durationNano\":");
    put_number(out, segment.duration);
    out.extend_from_slice(b",\"part\":");
    put_text(out, part_text(segment.part));
    out.extend_from_slice(if segment.is_async {
        b",\"async\":true}".as_slice()
    } else {
        b"}"
    });
}

pub(super) const fn part_text(part: Part) -> &'static str {
    match part {
        Part::Own => "self",
        Part::Network => "network",
        Part::Queue => "queue",
        Part::Gap => "gap",
    }
}
