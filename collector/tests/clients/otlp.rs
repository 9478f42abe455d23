//! Each way in which an OpenTelemetry SDK sends spans: a language, a transport, an encoding, a
//! packing. One test a way.
use std::collections::BTreeMap;

use serde_json::Value;

use crate::hopline::Hopline;
use crate::kit::Kit;
use crate::otlp_answer;
use crate::request::{requests, statuses};
use crate::span::{is_as_sent, traces};
use crate::tap::Tap;
use crate::told;

/// A program of a kit, and what it must say on the wire.
struct Way {
    kit: Kit,
    program: &'static str,
    arguments: &'static [&'static str],
    wire: Wire,
}

/// HTTP/1.1 with this content type and packing, and a length or chunks; or gRPC, packed or not.
enum Wire {
    Http(&'static str, &'static str, Body),
    Grpc(Message),
}

use Body::{Chunks, Length};
use Message::{Packed, Plain};
use Wire::{Grpc, Http};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Length,
    Chunks,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Message {
    Plain,
    Packed,
}

const JSON: &str = "application/json";
const PROTO: &str = "application/x-protobuf";

macro_rules! ways {
    ($($name:ident: $kit:ident $program:literal $arguments:expr, $wire:expr;)*) => {
        $(#[test] fn $name() {
            check(&Way { kit: Kit::$kit, program: $program, arguments: &$arguments, wire: $wire });
        })*
    };
}

ways! {
    python_grpc: PythonOtlp "with_opentelemetry.py" ["grpc", "plain"], Grpc(Plain);
    python_grpc_gzip: PythonOtlp "with_opentelemetry.py" ["grpc", "gzip"], Grpc(Packed);
    python_http: PythonOtlp "with_opentelemetry.py" ["http", "plain"], Http(PROTO, "", Length);
    python_http_gzip: PythonOtlp "with_opentelemetry.py" ["http", "gzip"], Http(PROTO, "gzip", Length);
    python_http_deflate: PythonOtlp "with_opentelemetry.py" ["http", "deflate"], Http(PROTO, "deflate", Length);
    js_grpc_gzip: JsOtlp "with_opentelemetry.cjs" ["grpc", "gzip"], Grpc(Packed);
    js_http_json: JsOtlp "with_opentelemetry.cjs" ["http", "plain"], Http(JSON, "", Chunks);
    js_http_json_gzip: JsOtlp "with_opentelemetry.cjs" ["http", "gzip"], Http(JSON, "gzip", Chunks);
    js_http_proto: JsOtlp "with_opentelemetry.cjs" ["proto", "plain"], Http(PROTO, "", Chunks);
    js_http_proto_gzip: JsOtlp "with_opentelemetry.cjs" ["proto", "gzip"], Http(PROTO, "gzip", Chunks);
    java_grpc_gzip: JavaOtlp "WithOpenTelemetry" ["grpc", "gzip"], Grpc(Packed);
    java_http: JavaOtlp "WithOpenTelemetry" ["http", "plain"], Http(PROTO, "", Length);
    java_http_gzip: JavaOtlp "WithOpenTelemetry" ["http", "gzip"], Http(PROTO, "gzip", Chunks);
    go_grpc: GoOtlp "otlp" ["grpc", "plain"], Grpc(Plain);
    go_grpc_gzip: GoOtlp "otlp" ["grpc", "gzip"], Grpc(Packed);
    go_http: GoOtlp "otlp" ["http", "plain"], Http(PROTO, "", Length);
    go_http_gzip: GoOtlp "otlp" ["http", "gzip"], Http(PROTO, "gzip", Chunks);
    rust_grpc_gzip: RustOtlp "otlp" ["grpc", "gzip"], Grpc(Packed);
    rust_grpc_zstd: RustOtlp "otlp" ["grpc", "zstd"], Grpc(Packed);
    rust_http_gzip: RustOtlp "otlp" ["http", "gzip"], Http(PROTO, "gzip", Length);
    rust_http_zstd: RustOtlp "otlp" ["http", "zstd"], Http(PROTO, "zstd", Length);
    rust_http_json: RustOtlp "otlp" ["json", "plain"], Http(JSON, "", Length);
}

/// Given Hopline behind a tap, when the program has ended without complaint, then it spoke as it
/// should, each request was answered with 200, and the trace is answered exactly as it was sent.
fn check(way: &Way) {
    let Some(kit) = way.kit.installed() else {
        return;
    };
    let hopline = Hopline::start();
    let doors = hopline.doors();
    let tap = Tap::before(match way.wire {
        Http(..) => doors.otlp_http,
        Grpc(_) => doors.otlp_grpc,
    });
    let url = format!("http://{}", tap.address);
    let printed = kit.run(way.program, &[&[url.as_str()], way.arguments].concat());
    let mut sent: Vec<Value> = serde_json::from_str(&printed).expect("a list of spans");
    let trace_id = told::shop(&sent);
    spoke_as_it_should(way, &tap);

    let zipkin: Vec<Value> = sent.iter().map(told::as_zipkin).collect();
    let found = hopline.json(&format!("/api/v2/trace/{trace_id}"));
    let (zipkin, found) = (traces(&zipkin), traces(told::list(&found)));
    for (expected, found) in told::list(&zipkin[&trace_id])
        .iter()
        .zip(told::list(&found[&trace_id]))
    {
        assert!(is_as_sent(expected, found), "{found:#} is not {expected:#}");
    }
    assert_eq!(found.len(), 1, "no span of another trace");
    let count = |spans: &BTreeMap<String, Value>| told::list(&spans[&trace_id]).len();
    assert_eq!(count(&zipkin), count(&found));

    let trace = hopline.json(&format!("/api/hopline/traces/{trace_id}"));
    check_hops(&trace);
    let mut found: Vec<Value> = told::list(&trace["spans"])
        .iter()
        .map(told::found_by_hopline)
        .collect();
    let mut expected: Vec<Value> = sent.iter().map(told::as_hopline).collect();
    assert_eq!(by_id(&mut found), by_id(&mut expected));

    let path = format!("/api/hopline/traces/{trace_id}?format=otlp");
    let mut found = otlp_answer::as_told(&hopline.json(&path));
    assert_eq!(by_id(&mut found), by_id(&mut sent));
}

fn by_id(spans: &mut [Value]) -> &[Value] {
    spans.sort_by_key(|span| span["spanId"].to_string());
    spans
}

fn check_hops(trace: &Value) {
    assert_eq!(trace["complete"], true, "{trace}");
    assert_eq!(trace["root"]["service"], "gateway", "{trace}");
    let is_call = |hop: &&Value| {
        (&hop["caller"]["service"], &hop["callee"]["service"])
            == (&"gateway".into(), &"orders".into())
    };
    let hop = told::list(&trace["hops"]).iter().find(is_call);
    let hop = hop.unwrap_or_else(|| panic!("no hop from gateway to orders: {trace}"));
    assert_eq!(hop["error"], true, "{hop}");
    // Both halves were joined.
    for half in ["clientDurationNano", "serverDurationNano"] {
        assert!(hop[half].as_u64().is_some(), "{half} of {hop}");
    }
}

fn spoke_as_it_should(way: &Way, tap: &Tap) {
    let mut posted = 0;
    for talk in tap.talks() {
        let (kind, packing, body) = match way.wire {
            Http(kind, packing, body) => (kind, packing, body),
            Grpc(message) => {
                let messages = messages(&talk.asked);
                assert!(messages.iter().all(|found| *found == message));
                posted += messages.len();
                continue;
            }
        };
        let (requests, statuses) = (requests(&talk.asked), statuses(&talk.answered));
        assert_eq!(statuses, vec![200; requests.len()], "{requests:?}");
        for request in requests {
            let asked = (request.method.as_str(), request.path.as_str());
            assert_eq!(asked, ("POST", "/v1/traces"), "{request:?}");
            let header = |name| request.header(name).unwrap_or_default();
            assert_eq!(header("content-type"), kind, "{request:?}");
            assert_eq!(header("content-encoding"), packing, "{request:?}");
            let chunked = header("transfer-encoding") == "chunked";
            assert_eq!(chunked, body == Chunks, "{request:?}");
            posted += 1;
        }
    }
    assert!(posted > 0, "nothing came through the tap");
}

/// How the first message of each call is packed: HTTP/2 frames have a head of nine bytes, those of
/// type 0 have data, and its first byte says it.
fn messages(mut asked: &[u8]) -> Vec<Message> {
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    asked = asked.strip_prefix(preface).expect("gRPC speaks HTTP/2");
    let mut calls = BTreeMap::new();
    while let Some((&[a, b, c, kind, flags, e, f, g, h], rest)) = asked.split_first_chunk() {
        let (payload, rest) = rest.split_at(u32::from_be_bytes([0, a, b, c]) as usize);
        asked = rest;
        if kind == 0 && !payload.is_empty() {
            assert_eq!(flags & 8, 0, "padding");
            let message = if payload[0] == 0 { Plain } else { Packed };
            calls.entry([e, f, g, h]).or_insert(message);
        }
    }
    calls.into_values().collect()
}
