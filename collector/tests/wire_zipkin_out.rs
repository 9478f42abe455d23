//! Zipkin's JSON on its way out: OTLP spans as Zipkin shows them, and the round trip in bulk.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
use std::sync::Arc;

use bytes::Bytes;
use collector::wire::zipkin_json::{decode, encode_span, encode_spans, encode_traces};
use proptest::collection::vec;
use proptest::prelude::*;
use storage::id::TraceId;
use storage::span::{
    Attribute, Event, Format, Kind, Link, Resource, Scope, Span, Status, StatusCode, Value,
};
use storage::trace::Trace;

#[path = "wire/bare_span.rs"]
mod bare_span;
#[path = "wire/zipkin_spans.rs"]
mod zipkin_spans;

use bare_span::{bare, text};
use zipkin_spans::spans;

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
         \"mine\",\"n\":\"2\",\"otel.library.name\":\"lib\",\"otel.scope.name\":\"lib\",\"otel.status_code\":\"ERROR\",\"otlp.link.0\":\"00000000000000000000000000000001|0000000000000001||{}|0\"}",
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

/// Given all attributes that name the other side, then they count in this order.
#[test]
fn what_names_the_other_side_first() {
    let mut keys = vec![
        "service.peer.name",
        "peer.service",
        "db.system.name",
        "db.system",
        "server.address",
        "net.peer.name",
        "messaging.system",
        "db.namespace",
        "db.name",
        "network.peer.address",
        "server.socket.domain",
        "server.socket.address",
        "net.sock.peer.name",
        "net.sock.peer.addr",
        "peer.hostname",
        "peer.address",
        "messaging.destination.name",
        "rpc.service",
        "messaging.destination",
        "gen_ai.provider.name",
        "gen_ai.system",
        "faas.invoked_name",
    ];
    while !keys.is_empty() {
        let mut span = bare(Format::Otlp);
        span.kind = Kind::Client;
        span.attributes = keys.iter().rev().map(|key| text(key, key)).collect();
        assert_eq!(storage::semconv::remote_service(&span), Some(keys[0]));
        keys.remove(0);
    }
}

#[test]
fn traces_are_lists_of_lists() {
    let trace = |spans| Trace {
        id: TraceId::new(10).unwrap(),
        spans,
        logs: Vec::new(),
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
