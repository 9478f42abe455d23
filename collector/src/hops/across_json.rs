//! What leads from a trace into others, as JSON.
//!
//! ```text
//! "farHops":  messages that were sent here and are consumed in other traces, by their start
//!   {parent, caller, callee, kind, protocol, startTimeUnixNano, serverStartTimeUnixNano,
//!    clientDurationNano, serverDurationNano, networkDurationNano, error, producers?}
//!   as in "hops"; the callee has a traceId and no spanIndex, its times are as recorded
//! "linkedBy": {count, truncated, spans: [{traceId, spanId, service, operation, kind,
//!   startTimeUnixNano, durationNano, error, links: [spanId]}]}, newest first
//! "producers" of a hop or far hop: who sent what it consumes, when the caller is not all of it
//!   [{service, operation, spanId, spanIndex, traceId?, queueDurationNano}]
//! ```
use storage::id::SpanId;
use storage::trace::Trace;

use super::across::FarSpan;
use super::json::{put_name, put_party, put_party_open};
use super::{CallTree, FarHop, Name, Party, Producer, sides};
use crate::json_out::{
    put_bool, put_decimal, put_id, put_items, put_number, put_optional, put_text, put_trace_id,
};

/// Nothing, if nobody asked who links to the trace.
pub(super) fn put_across(out: &mut Vec<u8>, tree: &CallTree<'_>) {
    let Some(linked_by) = &tree.across.linked_by else {
        return;
    };
    out.extend_from_slice(b",\"farHops\":");
    put_items(out, &tree.far_hops, |out, hop| {
        put_far_hop(out, tree.trace, hop);
    });
    out.extend_from_slice(b",\"linkedBy\":{\"count\":");
    put_number(out, linked_by.count);
    out.extend_from_slice(b",\"truncated\":");
    put_bool(out, linked_by.truncated);
    out.extend_from_slice(b",\"spans\":");
    put_items(out, &linked_by.spans, put_far_span);
    out.push(b'}');
}

pub(super) fn put_producers(out: &mut Vec<u8>, producers: &[Producer<'_>]) {
    put_senders(out, producers, |producer| {
        (producer.party, producer.queue_duration)
    });
}

/// Nothing, if the caller is all that is known.
fn put_senders<'a, T>(
    out: &mut Vec<u8>,
    senders: &[T],
    told: impl Fn(&T) -> (Party<'a>, Option<u64>),
) {
    if senders.is_empty() {
        return;
    }
    out.extend_from_slice(b",\"producers\":");
    put_items(out, senders, |out, sender| {
        let (party, queue_duration) = told(sender);
        put_party_open(out, &party);
        out.extend_from_slice(b",\"queueDurationNano\":");
        put_optional(out, queue_duration, put_number);
        out.push(b'}');
    });
}

fn put_far_hop(out: &mut Vec<u8>, trace: &Trace, hop: &FarHop<'_>) {
    let callee = hop.callee;
    out.extend_from_slice(b"{\"parent\":");
    put_number(out, hop.parent);
    out.extend_from_slice(b",\"caller\":");
    put_party(out, &hop.caller);
    out.extend_from_slice(b",\"callee\":");
    put_party(out, &callee.party());
    out.extend_from_slice(b",\"kind\":\"messaging\",\"protocol\":");
    put_optional(out, callee.protocol.as_deref(), put_text);
    out.extend_from_slice(b",\"startTimeUnixNano\":");
    put_optional(out, hop.start, put_decimal);
    out.extend_from_slice(b",\"serverStartTimeUnixNano\":");
    put_optional(out, callee.start, put_decimal);
    out.extend_from_slice(b",\"clientDurationNano\":");
    put_optional(out, hop.client_duration, put_number);
    out.extend_from_slice(b",\"serverDurationNano\":");
    put_optional(out, callee.duration, put_number);
    out.extend_from_slice(b",\"networkDurationNano\":");
    put_optional(out, hop.queue_duration, put_number);
    out.extend_from_slice(b",\"error\":");
    put_bool(out, callee.error);
    put_senders(out, &hop.producers, |producer| {
        let span = &trace.spans[producer.position];
        (
            sides::party(span, producer.position),
            producer.queue_duration,
        )
    });
    out.push(b'}');
}

fn put_far_span(out: &mut Vec<u8>, span: &FarSpan) {
    out.extend_from_slice(b"{\"traceId\":");
    put_trace_id(out, span.trace_id.value());
    out.extend_from_slice(b",\"spanId\":");
    put_id(out, span.span_id);
    out.push(b',');
    put_name(
        out,
        Name {
            service: span.service.as_deref(),
            operation: span.operation.as_deref(),
        },
    );
    out.extend_from_slice(b",\"kind\":\"");
    out.extend_from_slice(span.kind.name().as_bytes());
    out.extend_from_slice(b"\",\"startTimeUnixNano\":");
    put_optional(out, span.start, put_decimal);
    out.extend_from_slice(b",\"durationNano\":");
    put_optional(out, span.duration, put_number);
    out.extend_from_slice(b",\"error\":");
    put_bool(out, span.error);
    out.extend_from_slice(b",\"links\":");
    put_items(out, &span.links_to, |out, id: &SpanId| put_id(out, *id));
    out.push(b'}');
}
