//! Random Zipkin spans, as Zipkin normalises them.
use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use storage::id::{SpanId, TraceId};
use storage::span::{Endpoint, Event, Format, Kind, Span};

use super::bare_span::{bare, text};

/// Text in lower case, so that writing it changes nothing.
fn lower_case(pattern: &'static str) -> impl Strategy<Value = String> {
    pattern.prop_map(|text| text.to_lowercase())
}

fn endpoints() -> impl Strategy<Value = Option<Endpoint>> {
    // With and without runs of zeros.
    let address = any::<(bool, [u16; 8])>().prop_map(|(small, groups)| {
        Ipv6Addr::from(groups.map(|group| if small { group % 2 } else { group }))
    });
    let service = option::of(lower_case("\\PC{1,8}"));
    (
        service,
        option::of(any::<Ipv4Addr>()),
        option::of(address),
        option::of(1..u16::MAX),
    )
        .prop_map(|(service, ipv4, ipv6, port)| {
            let endpoint = Endpoint {
                service,
                ipv4,
                ipv6,
                port,
            };
            (!endpoint.is_empty()).then_some(endpoint)
        })
}

/// Spans as Zipkin normalises them.
pub(super) fn spans() -> impl Strategy<Value = Span> {
    let ids = (1..u128::MAX, 1..u64::MAX, option::of(1..u64::MAX), 0..6_u64);
    let times = (
        option::of(1..u64::MAX / 1000),
        option::of(1..i64::MAX / 1000),
    );
    let annotations = vec((i64::MIN / 1000..i64::MAX / 1000, ".{0,8}"), 0..4);
    let tags = btree_map(any::<String>(), any::<String>(), 0..6);
    let flags = any::<(bool, bool)>();
    let name = option::of(lower_case("\\PC{1,20}"));
    (
        ids,
        name,
        times,
        (endpoints(), endpoints()),
        annotations,
        tags,
        flags,
    )
        .prop_map(
            |(ids, name, times, (local, remote), mut annotations, tags, (debug, shared))| {
                let (trace_id, span_id, parent_id, kind) = ids;
                let kind = match Kind::from_number(kind) {
                    Kind::Internal => Kind::Unspecified,
                    kind => kind,
                };
                annotations.sort_by(|left, right| {
                    let utf16 = |text: &str| text.encode_utf16().collect::<Vec<_>>();
                    left.0
                        .cmp(&right.0)
                        .then_with(|| utf16(&left.1).cmp(&utf16(&right.1)))
                });
                annotations.dedup();
                let event = |(micros, name)| Event {
                    time: micros * 1000,
                    name,
                    attributes: Vec::new(),
                    dropped_attributes: 0,
                };
                Span {
                    trace_id: TraceId::new(trace_id).unwrap(),
                    span_id: SpanId::new(span_id).unwrap(),
                    parent_id: parent_id.filter(|id| *id != span_id).and_then(SpanId::new),
                    kind,
                    name: name.map(Into::into),
                    start: times.0.map(|micros| micros * 1000),
                    duration: times.1.map(|micros| micros * 1000),
                    attributes: tags.iter().map(|(key, value)| text(key, value)).collect(),
                    events: annotations.into_iter().map(event).collect(),
                    local_endpoint: local,
                    remote_endpoint: remote,
                    debug,
                    shared: shared && kind != Kind::Client,
                    ..bare(Format::Zipkin)
                }
            },
        )
}
