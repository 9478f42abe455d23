//! Zipkin's JSON on its way out: OTLP spans as Zipkin shows them, and the round trip in bulk.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use bytes::Bytes;
use collector::wire::zipkin_json::{decode, encode_span, encode_spans, encode_traces};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use storage::id::{SpanId, TraceId};
use storage::span::{
    Attribute, Endpoint, Event, Format, Kind, Link, Resource, Scope, Span, Status, StatusCode,
    Value,
};
use storage::trace::Trace;

#[path = "wire/bare_span.rs"]
mod bare_span;

use bare_span::{bare, text};

/// Given a span that came as OTLP, then Zipkin's clients see this.
fn check_otlp(change: impl FnOnce(&mut Span), written: &str) {
    let mut span = bare(Format::Otlp);
    change(&mut span);
    let mut out = Vec::new();
    encode_span(&mut out, &span);
    let ids = r#"{"traceId":"000000000000000a","id":"0000000000000001""#;
    assert_eq!(String::from_utf8(out).unwrap(), format!("{ids}{written}}}"));
}

fn int(key: &str, value: i64) -> Attribute {
    Attribute {
        key: key.into(),
        value: Value::Int(value),
    }
}

#[test]
fn otlp_spans_as_zipkin_shows_them() {
    check_otlp(|span| span.kind = Kind::Internal, "");
    check_otlp(
        |span| (span.start, span.duration) = (Some(1_999), Some(999)),
        r#","timestamp":1,"duration":1"#,
    );
    check_otlp(
        |span| (span.start, span.duration) = (Some(999), Some(0)),
        "",
    );
    check_otlp(
        |span| (span.start, span.duration) = (Some(5_000), Some(-1)),
        r#","timestamp":5"#,
    );
    check_otlp(
        |span| {
            span.resource = Arc::new(Resource {
                attributes: vec![text("service.name", "Shop"), text("host.name", "h")],
                ..Resource::default()
            });
            span.scope = Arc::new(Scope {
                name: "lib".to_owned(),
                ..Scope::default()
            });
            span.status = Status {
                code: StatusCode::Error,
                message: "boom".to_owned(),
            };
            span.attributes = vec![int("n", 1), text("host.name", "mine"), int("n", 2)];
            span.links = vec![Link {
                trace_id: 1,
                span_id: 1,
                trace_state: String::new(),
                attributes: Vec::new(),
                dropped_attributes: 0,
                flags: 0,
            }];
        },
        ",\"localEndpoint\":{\"serviceName\":\"shop\"},\"tags\":{\"error\":\"boom\",\"host.name\":\
         \"mine\",\"n\":\"2\",\"otel.scope.name\":\"lib\",\"otel.status_code\":\"ERROR\"}",
    );
    check_otlp(
        |span| {
            let event = |time, name: &str, attributes| Event {
                time,
                name: name.to_owned(),
                attributes,
                dropped_attributes: 0,
            };
            span.events = vec![
                event(9_000, "late \"x\"", vec![int("n", 1), text("a", "b")]),
                event(3_999, "plain", Vec::new()),
                event(-1, "far", Vec::new()),
            ];
        },
        ",\"annotations\":[{\"timestamp\":3,\"value\":\"plain\"},{\"timestamp\":9,\"value\":\
         \"\\\"late \\\\\\\"x\\\\\\\"\\\":{\\\"a\\\":\\\"b\\\",\\\"n\\\":1}\"},\
         {\"timestamp\":18446744073709551,\"value\":\"far\"}]",
    );
}

#[test]
fn the_other_side_of_an_otlp_span() {
    for (kind, attributes, written) in [
        (
            Kind::Client,
            vec![
                text("peer.service", "Db"),
                text("server.address", "db.local"),
            ],
            r#","kind":"CLIENT","remoteEndpoint":{"serviceName":"db"}"#,
        ),
        (
            Kind::Client,
            vec![
                text("service.peer.name", "db"),
                text("network.peer.address", "10.0.0.1"),
                int("network.peer.port", 5432),
            ],
            r#","kind":"CLIENT","remoteEndpoint":{"serviceName":"db","ipv4":"10.0.0.1","port":5432}"#,
        ),
        (
            Kind::Producer,
            vec![text("peer.service", "mq"), text("net.peer.ip", "fe80::1")],
            r#","kind":"PRODUCER","remoteEndpoint":{"serviceName":"mq","ipv6":"fe80::1"}"#,
        ),
        (
            Kind::Server,
            vec![text("network.peer.address", "10.0.0.1")],
            r#","kind":"SERVER""#,
        ),
    ] {
        let tags: Vec<String> = {
            let mut sorted = attributes.clone();
            sorted.sort_by(|left, right| left.key.cmp(&right.key));
            sorted
                .iter()
                .map(|tag| format!(r#""{}":"{}""#, tag.key, tag.value))
                .collect()
        };
        let written = format!(r#"{written},"tags":{{{}}}"#, tags.join(","));
        check_otlp(
            |span| (span.kind, span.attributes) = (kind, attributes),
            &written,
        );
    }
}

#[test]
fn traces_are_lists_of_lists() {
    let trace = |spans| Trace {
        id: TraceId::new(10).unwrap(),
        spans,
        truncated: false,
    };
    assert_eq!(encode_traces(&[]), b"[]");
    let traces = [
        trace(vec![bare(Format::Zipkin)]),
        trace(vec![bare(Format::Zipkin)]),
    ];
    let span = r#"{"traceId":"000000000000000a","id":"0000000000000001"}"#;
    let written = format!("[[{span}],[{span}]]");
    assert_eq!(String::from_utf8(encode_traces(&traces)).unwrap(), written);
}

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
fn spans() -> impl Strategy<Value = Span> {
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

proptest! {
    #[test]
    fn what_is_written_is_read_back(spans in vec(spans(), 0..5)) {
        let written = encode_spans(&spans);
        let _: serde_json::Value = serde_json::from_slice(&written).unwrap();
        let decoded = decode(Bytes::from(written.clone())).unwrap();
        prop_assert_eq!(decoded.refused.first, None);
        let read = decoded.batch.to_spans().unwrap();
        prop_assert_eq!(&read, &spans);
        prop_assert_eq!(encode_spans(&read), written);
    }
}
