//! OTLP over HTTP: the rules of its specification as a table. `P` is protobuf, `J` is JSON.
use crate::app::TestApp;
use crate::client::Answer;
use crate::grpc::zstd;
use crate::ingest::{gzip, stored, zlib};

const P: &str = "application/x-protobuf";
const J: &str = "application/json";

/// A request with one good span, and one whose second span has an id of zeros.
const GOOD: &str = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\
    \"traceId\":\"0AF7651916CD43DD8448EB211C80319C\",\"spanId\":\"b7ad6b7169203331\",\
    \"name\":\"a\",\"startTimeUnixNano\":\"1700000000000000000\",\
    \"endTimeUnixNano\":\"1700000000001000000\"}]}]}]}";
const MIXED: &str = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[\
    {\"traceId\":\"0af7651916cd43dd8448eb211c80319d\",\"spanId\":\"b7ad6b7169203331\"},\
    {\"traceId\":\"00000000000000000000000000000000\",\"spanId\":\"b7ad6b7169203331\"}]}]}]}";

/// `resource_spans { scope_spans { spans { trace_id, span_id } } }`, written by hand.
fn protobuf(trace_id: &[u8], span_id: &[u8]) -> Vec<u8> {
    let field = |tag: u8, bytes: &[u8]| [&[tag, bytes.len() as u8], bytes].concat();
    let span = [field(0x0a, trace_id), field(0x12, span_id)].concat();
    field(0x0a, &field(0x12, &field(0x12, &span)))
}

struct Row {
    kind: &'static str,
    coding: &'static str,
    body: Vec<u8>,
    status: u16,
}

fn row(kind: &'static str, coding: &'static str, body: impl Into<Vec<u8>>, status: u16) -> Row {
    Row {
        kind,
        coding,
        body: body.into(),
        status,
    }
}

fn rows() -> Vec<Row> {
    let good = protobuf(&[7; 16], &[8; 8]);
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    vec![
        row(P, "", "", 200),
        row(J, "", "{}", 200),
        row(J, "", "{\"resourceSpans\":[]}", 200),
        row(J, "", "{\"unknown\":{\"a\":[1]}}", 200),
        row(J, "", GOOD, 200),
        row(J, "", MIXED, 200),
        row("application/json; charset=utf-8", "", GOOD, 200),
        row("APPLICATION/JSON", "", GOOD, 200),
        row(P, "", good.clone(), 200),
        row("application/protobuf", "", good.clone(), 200),
        row(P, "", protobuf(&[0; 16], &[8; 8]), 200),
        row(P, "", protobuf(&[7; 15], &[8; 8]), 200),
        row(P, "", protobuf(&[7; 16], &[0; 8]), 200),
        row(P, "identity", good.clone(), 200),
        row(P, "gzip", gzip(&good), 200),
        row(P, "gzip", gzip(b""), 200),
        row(P, "x-gzip", gzip(&good), 200),
        row(P, "deflate", zlib(&good), 200),
        row(P, "GZIP", gzip(&good), 200),
        row(J, "gzip", gzip(GOOD.as_bytes()), 200),
        row(J, "deflate", zlib(GOOD.as_bytes()), 200),
        row(
            J,
            "gzip",
            [gzip(&GOOD.as_bytes()[..9]), gzip(&GOOD.as_bytes()[9..])].concat(),
            200,
        ),
        row(P, "", b"\xff\xff\xff\xff".as_slice(), 400),
        row(P, "", good[..good.len() - 1].to_vec(), 400),
        row(P, "", b"\x0a\x7f".as_slice(), 400),
        row(J, "", "[]", 400),
        row(J, "", "{", 400),
        row(J, "", "hello", 400),
        row(J, "", &GOOD[..50], 400),
        row(J, "", "{\"resourceSpans\":7}", 400),
        row(J, "", deep, 400),
        row(J, "gzip", "plain", 400),
        row(P, "gzip", "plain", 400),
        row(P, "gzip", gzip(&good)[..12].to_vec(), 400),
        row(P, "deflate", "plain", 400),
        row(P, "deflate", but_last(zlib(&good), 1), 400),
        row(P, "deflate", but_last(zlib(&good), 4), 400),
        row(P, "deflate", [zlib(&good), good.clone()].concat(), 400),
        // The first of two resources is there, whole.
        row(
            P,
            "deflate",
            stored(&[&good[..], &good].concat())[..7 + good.len()].to_vec(),
            400,
        ),
        row(P, "zstd", zstd(&good), 200),
        row(P, "zstd", zstd(b""), 200),
        row(P, "Zstd", zstd(&good), 200),
        row(P, "zstd", "", 200),
        row(J, "zstd", zstd(GOOD.as_bytes()), 200),
        row(
            J,
            "zstd",
            [zstd(&GOOD.as_bytes()[..9]), zstd(&GOOD.as_bytes()[9..])].concat(),
            200,
        ),
        row(P, "zstd", good.clone(), 400),
        row(J, "zstd", GOOD, 400),
        row(P, "zstd", gzip(&good), 400),
        row(P, "zstd", zstd(&good)[..12].to_vec(), 400),
        row(P, "zstd", but_last(zstd(&good), 1), 400),
        row(P, "zstd", [zstd(&good), good.clone()].concat(), 400),
        row(
            J,
            "zstd",
            [
                zstd(&GOOD.as_bytes()[..9]),
                zstd(&GOOD.as_bytes()[9..])[..9].to_vec(),
            ]
            .concat(),
            400,
        ),
        row(J, "br", GOOD, 415),
        row(J, "snappy", GOOD, 415),
        row(P, "identity, gzip", gzip(&good), 200),
        row(P, "gzip, identity", gzip(&good), 200),
        row(P, "identity,", good.clone(), 200),
        row(P, "gzip, gzip", gzip(&gzip(&good)), 415),
        row(P, "gzip, zstd", zstd(&gzip(&good)), 415),
        row(P, "gzip, br", gzip(&good), 415),
        row("text/plain", "", GOOD, 415),
        row("", "", GOOD, 415),
        row("application/x-thrift", "", GOOD, 415),
        row("application/grpc", "", good.clone(), 415),
        row(P, "", vec![0; 60_000], 413),
        row(J, "", vec![b' '; 60_000], 413),
        row(P, "gzip", gzip(&vec![0; 200_000]), 413),
        row(J, "gzip", gzip(&vec![b' '; 200_000]), 413),
        row(P, "zstd", zstd(&vec![0; 200_000]), 413),
        row(J, "zstd", zstd(&vec![b' '; 200_000]), 413),
        row(
            J,
            "zstd",
            [zstd(&[b' '; 60_000]), zstd(&[b' '; 60_000])].concat(),
            413,
        ),
    ]
}

#[test]
fn every_row_on_both_doors() {
    let flags = ["--body-max", "50KiB", "--body-inflated-max", "100KiB"];
    let app = TestApp::start_with(&flags, &[]);
    assert!(rows().len() >= 40);
    for (address, path) in [
        (app.http, "/v1/traces"),
        (app.otlp, "/v1/traces"),
        (app.otlp, "/"),
    ] {
        for (number, row) in rows().into_iter().enumerate() {
            let mut headers = Vec::new();
            if !row.kind.is_empty() {
                headers.push(("content-type", row.kind));
            }
            if !row.coding.is_empty() {
                headers.push(("content-encoding", row.coding));
            }
            let mut connection = crate::client::Connection::open(address);
            let answer = connection.ask("POST", path, &headers, &row.body).unwrap();
            let about = format!("row {number} ({} {}) at {path}", row.kind, row.coding);
            assert_eq!(answer.status, row.status, "{about}: {}", answer.text());
            check_body(&answer, row.kind, &about);
        }
    }
}

/// The answer speaks the language of the request, and failures are a `google.rpc.Status`.
fn check_body(answer: &Answer, kind: &str, about: &str) {
    let asked_protobuf = kind.contains("protobuf");
    let expected = if asked_protobuf { P } else { J };
    assert_eq!(answer.header("content-type"), Some(expected), "{about}");
    match (answer.status, asked_protobuf) {
        (200, _) => {}
        // Field 1 is the code, a varint that is never zero; field 2 the message.
        (_, true) => assert_eq!(answer.body.first(), Some(&0x08), "{about}"),
        (_, false) => {
            assert!(answer.json()["code"].as_i64() > Some(0), "{about}");
            assert!(answer.json()["message"].is_string(), "{about}");
        }
    }
}

#[test]
fn all_accepted_leaves_partial_success_unset() {
    let app = TestApp::start();
    let answer = app.ask(
        "POST",
        "/v1/traces",
        &[("content-type", J)],
        GOOD.as_bytes(),
    );
    assert_eq!(answer.json(), serde_json::json!({}));
    let answer = app.ask(
        "POST",
        "/v1/traces",
        &[("content-type", P)],
        &protobuf(&[7; 16], &[8; 8]),
    );
    assert!(answer.body.is_empty());
    assert_eq!(
        app.get("/api/v2/trace/0af7651916cd43dd8448eb211c80319c")
            .status,
        200
    );
    assert_eq!(
        app.get("/api/v2/trace/07070707070707070707070707070707")
            .status,
        200
    );
}

#[test]
fn refused_spans_are_counted_in_partial_success_and_the_others_are_kept() {
    let app = TestApp::start();
    let answer = app.ask(
        "POST",
        "/v1/traces",
        &[("content-type", J)],
        MIXED.as_bytes(),
    );
    let partial = &answer.json()["partialSuccess"];
    assert!(
        matches!(partial["rejectedSpans"].as_str(), Some("1")) || partial["rejectedSpans"] == 1
    );
    assert!(!partial["errorMessage"].as_str().unwrap().is_empty());
    assert_eq!(
        app.get("/api/v2/trace/0af7651916cd43dd8448eb211c80319d")
            .status,
        200
    );
}

#[test]
fn packings_that_are_not_taken_are_told_which_are() {
    let app = TestApp::start();
    for (codings, words) in [
        (&["br"][..], "gzip, zstd, deflate or identity"),
        (&["gzip, gzip"], "name one content encoding"),
        (&["gzip", "zstd"], "name one content encoding"),
        (&["gzip", "br"], "gzip, zstd, deflate or identity"),
        (&["gz\u{ef}p"], "gzip, zstd, deflate or identity"),
    ] {
        let mut headers = vec![("content-type", J)];
        headers.extend(codings.iter().map(|coding| ("content-encoding", *coding)));
        let answer = app.ask("POST", "/v1/traces", &headers, GOOD.as_bytes());
        assert_eq!(answer.status, 415, "{codings:?}");
        let text = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(text.contains(words), "{codings:?}: {text}");
    }
}

#[test]
fn other_methods_and_paths_are_told_where_to_go() {
    let app = TestApp::start();
    for address in [app.http, app.otlp] {
        let ask = |method: &str, path: &str| {
            crate::client::Connection::open(address)
                .ask(method, path, &[("content-type", J)], b"")
                .unwrap()
        };
        let answer = ask("GET", "/v1/traces");
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
        if address == app.otlp {
            let answer = ask("POST", "/v1development/profiles");
            assert_eq!(answer.status, 404);
            let message = answer.json()["message"].to_string();
            assert!(message.contains("/v1/traces"), "{message}");
        }
    }
}

fn but_last(mut body: Vec<u8>, bytes: usize) -> Vec<u8> {
    body.truncate(body.len() - bytes);
    body
}
