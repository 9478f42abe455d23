//! Zipkin's gRPC on Zipkin's port, from outside.
use hyper::body::Bytes;
use tonic::Code;

use crate::app::{TestApp, span_json};
use crate::client::Connection;
use crate::grpc_client::{EXPORT, GrpcClient, framed};
use crate::ingest::gzip;

const REPORT: &str = "/zipkin.proto3.SpanService/Report";

fn field(tag: u8, bytes: &[u8]) -> Vec<u8> {
    [&[tag, bytes.len() as u8], bytes].concat()
}

/// The span of [`span_json`], as `zipkin.proto` spells it.
fn span(trace: u8) -> Vec<u8> {
    let fields = [
        field(0x0a, &[0, 0, 0, 0, 0, 0, 0, trace]),
        field(0x1a, &[0, 0, 0, 0, 0, 0, 0, 1]),
        field(0x2a, b"get"),
        [&[0x31], 1_700_000_000_000_000_u64.to_le_bytes().as_slice()].concat(),
        vec![0x38, 0xe8, 0x07],
        field(0x42, &field(0x0a, b"shop")),
    ];
    field(0x0a, &fields.concat())
}

#[test]
fn a_report_is_kept_as_the_same_list_over_http_is() {
    let app = TestApp::start();
    let client = GrpcClient::open(app.http);
    for (trace, body, headers) in [
        (1, framed(0, &span(1)), &[][..]),
        (2, framed(1, &gzip(&span(2))), &[("grpc-encoding", "gzip")]),
    ] {
        let called = client.call(REPORT, headers, body);
        assert_eq!(called.code(), Some(Code::Ok), "{called:?}");
        assert_eq!(called.body, Bytes::from_static(&[0; 5]));
        let kept = app.get(&format!("/api/v2/trace/{trace}")).json();
        let over_http = TestApp::start();
        let json = format!("[{}]", span_json(&trace.to_string(), "1", ""));
        assert_eq!(over_http.post_spans(&json).status, 202);
        let expected = over_http.get(&format!("/api/v2/trace/{trace}")).json();
        assert_eq!(kept, expected);
    }
    // On the connection of Zipkin's service, OTLP's is there too.
    let called = client.call(EXPORT, &[], framed(0, b""));
    assert_eq!(called.code(), Some(Code::Ok));
}

#[test]
fn reports_are_counted_under_zipkins_names() {
    let app = TestApp::start();
    let client = GrpcClient::open(app.http);
    let list = [span(1), span(2)].concat();
    assert_eq!(
        client.call(REPORT, &[], framed(0, &list)).code(),
        Some(Code::Ok)
    );
    let bad = client.call(REPORT, &[], framed(0, b"\x0a\x7f"));
    assert_eq!(bad.code(), Some(Code::InvalidArgument), "{bad:?}");
    assert_eq!(
        client.call(REPORT, &[], framed(0, b"")).code(),
        Some(Code::Ok)
    );
    let metrics = app.get("/metrics").json();
    for (name, value) in [
        ("counter.zipkin_collector.messages", 3),
        ("counter.zipkin_collector.messages_dropped", 1),
        ("counter.zipkin_collector.bytes", list.len() + 2),
        ("counter.zipkin_collector.spans", 2),
        ("counter.zipkin_collector.spans_dropped", 0),
        ("gauge.zipkin_collector.message_spans", 0),
        ("gauge.zipkin_collector.message_bytes", 0),
    ] {
        assert_eq!(metrics[format!("{name}.grpc")], value as f64, "{name}");
        assert_eq!(metrics[format!("{name}.http")], 0.0, "{name}");
    }
    let text = app.get("/prometheus").text();
    let line = "zipkin_collector_messages_total{transport=\"grpc\"} 3";
    assert!(text.lines().any(|other| other == line), "{text}");
}

#[test]
fn a_bad_span_costs_only_itself_unless_lists_are_strict() {
    let nameless = field(0x0a, &field(0x0a, &[0; 8]));
    for (flags, mixed) in [
        (&[][..], Code::Ok),
        (&["--zipkin-strict-lists"], Code::InvalidArgument),
    ] {
        let app = TestApp::start_with(flags, &[]);
        let client = GrpcClient::open(app.http);
        let list = [span(3), nameless.clone()].concat();
        let called = client.call(REPORT, &[], framed(0, &list));
        assert_eq!(called.code(), Some(mixed), "{called:?}");
        let refused = called.headers.get("x-hopline-refused");
        let refused = refused.map(|text| text.to_str().unwrap().starts_with("1; "));
        assert_eq!(refused, (mixed == Code::Ok).then_some(true));
        let kept = if mixed == Code::Ok { 200 } else { 404 };
        assert_eq!(app.get("/api/v2/trace/3").status, kept);
        let called = client.call(REPORT, &[], framed(0, &nameless));
        assert_eq!(called.code(), Some(Code::InvalidArgument));
    }
}

#[test]
fn it_is_on_zipkins_port_only_and_zipkins_variable_closes_it() {
    let app = TestApp::start();
    let body = framed(0, &span(1));
    let called = GrpcClient::open(app.grpc).call(REPORT, &[], body.clone());
    assert_eq!(called.code(), Some(Code::Unimplemented));
    for (value, code) in [("true", Code::Ok), ("false", Code::Unimplemented)] {
        let app = TestApp::start_with(&[], &[("COLLECTOR_GRPC_ENABLED", value)]);
        let client = GrpcClient::open(app.http);
        assert_eq!(
            client.call(REPORT, &[], body.clone()).code(),
            Some(code),
            "{value}"
        );
        assert_eq!(
            client.call(EXPORT, &[], framed(0, b"")).code(),
            Some(Code::Ok)
        );
    }
}

#[test]
fn http_1_on_the_same_port_is_as_it_was() {
    let app = TestApp::start();
    let _grpc = GrpcClient::open(app.http);
    let mut connection = Connection::open(app.http);
    let list = format!("[{}]", span_json("7", "1", ""));
    for _ in 0..3 {
        let answer = connection.ask("POST", "/api/v2/spans", &[], list.as_bytes());
        assert_eq!(answer.unwrap().status, 202);
    }
    let answer = connection.ask("GET", "/api/v2/trace/7", &[], b"").unwrap();
    assert_eq!(answer.status, 200);
}
