//! Every spelling in which Zipkin's clients post spans: what decides about the codec, and what is
//! answered.
use crate::app::TestApp;
use crate::ingest::gzip;

const V2: &str = "/api/v2/spans";
const V1: &str = "/api/v1/spans";
const THRIFT: &str = "application/x-thrift";
const PROTO3: &str = "application/x-protobuf";

/// A list of one span of the trace `id`.
fn proto3(id: u8) -> Vec<u8> {
    vec![0x0a, 6, 0x0a, 1, id, 0x1a, 1, 1]
}

fn json(id: u8) -> Vec<u8> {
    format!(r#"[{{"traceId":"{id:x}","id":"1"}}]"#).into_bytes()
}

fn thrift(id: u8) -> Vec<u8> {
    let (front, back) = (
        b"\x0c\0\0\0\x01\x0a\0\x01\0\0\0\0\0\0\0",
        b"\x0a\0\x04\0\0\0\0\0\0\0\x01\0",
    );
    [front.as_slice(), &[id], back].concat()
}

#[test]
fn the_content_type_decides() {
    let app = TestApp::start();
    for (number, (path, content_type, write)) in [
        (V2, Some(PROTO3), proto3 as fn(u8) -> Vec<u8>),
        (V2, Some("application/x-protobuf; charset=utf-8"), proto3),
        (V2, Some("Application/X-Protobuf"), proto3),
        (V2, Some("application/json"), json),
        (V2, Some("text/plain"), json),
        (V2, Some("application/x-thrift"), json),
        (V2, None, json),
        (V1, Some(THRIFT), thrift),
        (V1, Some("application/x-thrift; version=1"), thrift),
        (V1, Some("application/json"), json),
        (V1, Some(PROTO3), json),
        (V1, None, json),
    ]
    .into_iter()
    .enumerate()
    {
        let id = 10 + number as u8;
        let headers: Vec<_> = content_type
            .map(|kind| ("content-type", kind))
            .into_iter()
            .collect();
        let answer = app.ask("POST", path, &headers, &write(id));
        let said = (answer.status, answer.text());
        assert_eq!(said, (202, String::new()), "{path} {content_type:?}");
        assert_eq!(answer.header("content-length"), Some("0"));
        assert_eq!(answer.header("content-type"), None);
        let trace = app.get(&format!("/api/v2/trace/{id:x}"));
        assert_eq!(trace.status, 200, "{path} {content_type:?}");
    }
}

#[test]
fn packed_spans_are_unpacked_in_every_spelling() {
    let app = TestApp::start();
    for (path, content_type, id, body) in [
        (V2, "application/json", 1, json(1)),
        (V2, PROTO3, 2, proto3(2)),
        (V1, "application/json", 3, json(3)),
        (V1, THRIFT, 4, thrift(4)),
    ] {
        let headers = [("content-type", content_type), ("content-encoding", "gzip")];
        let answer = app.ask("POST", path, &headers, &gzip(&body));
        assert_eq!(
            answer.status,
            202,
            "{path} {content_type}: {}",
            answer.text()
        );
        assert_eq!(app.get(&format!("/api/v2/trace/{id}")).status, 200);
    }
}

#[test]
fn bodies_and_their_answers() {
    let app = TestApp::start();
    for (path, content_type, body, status, text) in [
        (V2, PROTO3, &b""[..], 202, ""),
        (V2, PROTO3, b"[]", 202, ""),
        (V2, PROTO3, b"{}", 400, "Expected a PROTO3 encoded list\n"),
        (V2, PROTO3, b"\n", 400, "Expected a PROTO3 encoded list\n"),
        (V2, PROTO3, b"\n\0", 400, "Expected a PROTO3 encoded list\n"),
        (
            V2,
            PROTO3,
            b"\n\x04\x0a\x02\x01\x01",
            400,
            "Missing : id reading List<Span> from proto3",
        ),
        (
            V2,
            "application/json",
            b"\n\x06",
            400,
            "Malformed reading List<Span> from json: expected value at line 2 column 1 path $",
        ),
        (V1, THRIFT, b"", 202, ""),
        (V1, THRIFT, b"[]", 202, ""),
        (V1, THRIFT, b"\x0c\0\0\0\0", 202, ""),
        (V1, THRIFT, b"{}", 400, "Expected a THRIFT encoded list\n"),
        (V1, THRIFT, b"\n\0", 400, "Expected a THRIFT encoded list\n"),
        (
            V1,
            THRIFT,
            b"\x0c\0\0\0\x01\0",
            400,
            "traceId == 0 reading List<Span> from TBinary",
        ),
        (V1, "application/json", b"", 202, ""),
        (V1, "application/json", b"[]", 202, ""),
        (V1, "application/json", b"[ ]", 202, ""),
        (
            V1,
            "application/json",
            b"{}",
            400,
            "Expected a JSON_V1 encoded list\n",
        ),
        (
            V1,
            "application/json",
            b"[{}]",
            400,
            "traceId == 0 reading List<Span> from json",
        ),
        (
            V1,
            "application/json",
            b"[{\"tags\":{}}]",
            400,
            "Expected a JSON_V1 encoded list, but received: JSON_V2\n",
        ),
        (
            V1,
            "application/json",
            b"[{\"localEndpoint\":{}}]",
            400,
            "Expected a JSON_V1 encoded list, but received: JSON_V2\n",
        ),
    ] {
        let answer = app.ask("POST", path, &[("content-type", content_type)], body);
        let said = (answer.status, answer.text());
        assert_eq!(
            said,
            (status, text.to_owned()),
            "{path} {content_type} {body:?}"
        );
        if status == 400 {
            assert_eq!(answer.header("content-type"), Some("text/*"));
        }
    }
}

#[test]
fn each_spelling_is_counted_under_its_name() {
    let app = TestApp::start();
    for (path, content_type, format, body) in [
        (V2, "application/json", "zipkin_json", json(1)),
        (V2, PROTO3, "zipkin_proto", proto3(2)),
        (V1, "application/json", "zipkin_v1_json", json(3)),
        (V1, THRIFT, "zipkin_thrift", thrift(4)),
    ] {
        app.ask("POST", path, &[("content-type", content_type)], &body);
        let metrics = app.get("/prometheus").text();
        let counted = format!("hopline_spans_accepted_total{{format=\"{format}\"}} 1");
        assert!(metrics.contains(&counted), "{counted}: {metrics}");
    }
}
