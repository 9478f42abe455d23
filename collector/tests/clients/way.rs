//! Each way in which a client library reports spans: a library, an encoding, a sender. One test a
//! way, and one that asks the real Zipkin server whether it would have kept the same.
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::capture;
use crate::hopline::Hopline;
use crate::kit::Kit;
use crate::request::{Request, requests, statuses};
use crate::span::{is_as_sent, traces};
use crate::tap::Tap;
use crate::zipkin_server;

/// A program of a kit, and how the requests that it makes must look, so that a way is tested as it
/// is called.
struct Way {
    name: &'static str,
    kit: Kit,
    program: &'static str,
    arguments: &'static [&'static str],
    path: &'static str,
    content_type: &'static str,
    /// What else each of its requests has in its head.
    headers: &'static [(&'static str, &'static str)],
    /// What the real server answers with 400, and Hopline keeps on purpose.
    zipkin_refuses: bool,
}

const V1: &str = "/api/v1/spans";
const V2: &str = "/api/v2/spans";
const JSON: &str = "application/json";
const PROTO3: &str = "application/x-protobuf";
const THRIFT: &str = "application/x-thrift";

const CHUNKED: (&str, &str) = ("transfer-encoding", "chunked");
const GZIP: (&str, &str) = ("content-encoding", "gzip");
/// A reporter's own requests are never traced.
const B3: (&str, &str) = ("b3", "0");
/// Java's client asks for HTTP/2 with each request.
const H2C: (&str, &str) = ("upgrade", "h2c");
const OK_HTTP: (&str, &str) = ("user-agent", "okhttp/4.12.0");
const URL_CONNECTION: (&str, &str) = ("accept", "text/html, image/gif, image/jpeg, */*; q=0.2");

/// It refuses times with fractions.
const FRACTIONS: bool = true;

macro_rules! ways {
    ($($name:ident: $kit:ident $program:literal $arguments:expr, $path:expr, $kind:expr, $headers:expr $(, $refuses:ident)?;)*) => {
        $(#[test] fn $name() { check(&ways::$name); })*
        #[expect(non_upper_case_globals, reason = "each is named as its test")]
        mod ways {
            use super::*;
            $(pub(super) const $name: Way = Way {
                name: stringify!($name), kit: Kit::$kit, program: $program, arguments: &$arguments,
                path: $path, content_type: $kind, headers: &$headers,
                zipkin_refuses: false $(|| $refuses)?,
            };)*
        }
        const ALL: &[&Way] = &[$(&ways::$name),*];
    };
}

ways! {
    py_zipkin_v1_json: Python "with_py_zipkin.py" ["v1-json"], V1, JSON, [("connection", "close")];
    py_zipkin_v2_json: Python "with_py_zipkin.py" ["v2-json"], V2, JSON, [("connection", "close")];
    py_zipkin_v2_proto3: Python "with_py_zipkin.py" ["v2-proto3"], V2, PROTO3, [("connection", "close")];
    opentelemetry_python_v1_json: Python "with_opentelemetry.py" ["v1-json"], V1, JSON, [];
    opentelemetry_python_v2_json: Python "with_opentelemetry.py" ["v2-json"], V2, JSON, [];
    opentelemetry_python_v2_proto3: Python "with_opentelemetry.py" ["v2-proto3"], V2, PROTO3, [];
    zipkin_js_v1_json: Js "with_zipkin_js.cjs" ["v1-json", "64"], V1, JSON, [("sec-fetch-mode", "cors")];
    zipkin_js_v2_json: Js "with_zipkin_js.cjs" ["v2-json", "128"], V2, JSON, [("sec-fetch-mode", "cors")];
    opentelemetry_js: Js "with_opentelemetry.cjs" [], V2, JSON, [CHUNKED], FRACTIONS;
    envoy_json: Envoy "run_envoy.py" ["HTTP_JSON"], V2, JSON, [CHUNKED, ("x-envoy-expected-rq-timeout-ms", "5000")];
    envoy_proto: Envoy "run_envoy.py" ["HTTP_PROTO"], V2, PROTO3, [CHUNKED, ("x-envoy-expected-rq-timeout-ms", "5000")];
    reporter_urlconnection_json: Java "WithReporter" ["JSON_V2", "urlconnection"], V2, JSON, [B3, GZIP, URL_CONNECTION];
    reporter_urlconnection_proto3: Java "WithReporter" ["PROTO3", "urlconnection"], V2, PROTO3, [B3, GZIP, URL_CONNECTION];
    reporter_urlconnection_v1_json: Java "WithReporter" ["JSON_V1", "urlconnection"], V1, JSON, [B3, GZIP, URL_CONNECTION];
    reporter_urlconnection_thrift: Java "WithReporter" ["THRIFT", "urlconnection"], V1, THRIFT, [B3, GZIP, URL_CONNECTION];
    reporter_okhttp_json: Java "WithReporter" ["JSON_V2", "okhttp"], V2, JSON, [B3, GZIP, OK_HTTP];
    reporter_okhttp_proto3: Java "WithReporter" ["PROTO3", "okhttp"], V2, PROTO3, [B3, GZIP, OK_HTTP];
    reporter_okhttp_v1_json: Java "WithReporter" ["JSON_V1", "okhttp"], V1, JSON, [B3, GZIP, OK_HTTP];
    reporter_okhttp_thrift: Java "WithReporter" ["THRIFT", "okhttp"], V1, THRIFT, [B3, GZIP, OK_HTTP];
    spring_boot_3_json: SpringBoot3 "shop.WithBoot" ["JSON"], V2, JSON, [B3, H2C];
    spring_boot_3_proto3: SpringBoot3 "shop.WithBoot" ["PROTO3"], V2, PROTO3, [B3, H2C];
    spring_boot_4_json: SpringBoot4 "shop.WithBoot" ["JSON"], V2, JSON, [B3, H2C];
    spring_boot_4_proto3: SpringBoot4 "shop.WithBoot" ["PROTO3"], V2, PROTO3, [B3, H2C];
    zipkin_go_json: Go "zipkin-go" ["json"], V2, JSON, [B3];
    zipkin_go_proto: Go "zipkin-go" ["proto"], V2, PROTO3, [B3];
    opentelemetry_go: Go "opentelemetry" [], V2, JSON, [];
}

/// Given Hopline behind a tap, when the program has ended, then each request was acknowledged and
/// looked as it should, and each trace is answered exactly as it was sent.
fn check(way: &Way) {
    let Some(kit) = way.kit.installed() else {
        return;
    };
    let hopline = Hopline::start();
    let tap = Tap::before(hopline.address());
    let url = format!("http://{}", tap.address);
    let sent: Vec<Value> = list(&kit.run(way.program, &[&[url.as_str()], way.arguments].concat()));
    let sent = traces(&sent);
    assert!(!sent.is_empty(), "{} sent nothing", way.name);

    let mut posted = Vec::new();
    let talks = tap.talks();
    capture::keep(way.name, &talks, &sent);
    for talk in talks {
        let (requests, statuses) = (requests(&talk.asked), statuses(&talk.answered));
        assert_eq!(requests.len(), statuses.len(), "{requests:?}");
        for (request, status) in requests.iter().zip(statuses) {
            assert_eq!(status, 202, "{request:?}");
            looks_as(way, request);
        }
        posted.extend(requests);
    }
    let mut answered = Vec::new();
    for (id, spans) in &sent {
        let trace = list(&hopline.text(&format!("/api/v2/trace/{id}")));
        let found = only_trace(&trace, id);
        assert!(
            is_as_sent(spans, &found),
            "{}: {found:#} is not {spans:#}",
            way.name
        );
        answered.extend(trace);
    }
    // A second witness, where the bytes on the wire can be read without our own codecs.
    if way.content_type == JSON && way.path == V2 {
        let bodies = posted
            .iter()
            .flat_map(|request| list(&String::from_utf8_lossy(&request.body)));
        assert_eq!(traces(&answered), traces(&bodies.collect::<Vec<_>>()));
    }
}

/// What Hopline is expected to answer is what the real Zipkin server answers, for every way that it
/// takes. Only with `ZIPKIN_JAR`, and only of what is installed.
#[test]
fn the_real_zipkin_server_keeps_the_same() {
    let Some(jar) = std::env::var_os("ZIPKIN_JAR") else {
        return;
    };
    let (_process, address) = zipkin_server::start(&jar.to_string_lossy(), &BTreeMap::new());
    capture::replay_all(address, true);
    let url = format!("http://{address}");
    for way in ALL {
        let Some(kit) = way.kit.installed() else {
            continue;
        };
        if way.zipkin_refuses {
            continue;
        }
        let sent = list(&kit.run(way.program, &[&[url.as_str()], way.arguments].concat()));
        for (id, spans) in traces(&sent) {
            is_kept(address, way.name, &id, &spans);
        }
    }
}

/// Asks for a trace until it is as it was sent: Zipkin answers before it has stored.
pub(crate) fn is_kept(server: SocketAddr, whose: &str, id: &str, sent: &Value) {
    let path = format!("http://{server}/api/v2/trace/{id}");
    let began = Instant::now();
    loop {
        let found = ask(&path).map(|trace| only_trace(&trace, id));
        if found.as_ref().is_some_and(|found| is_as_sent(sent, found)) {
            return;
        }
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{whose}: {found:#?} is not {sent:#}"
        );
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

fn looks_as(way: &Way, request: &Request) {
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", way.path)
    );
    let kind = request.header("content-type").unwrap_or_default();
    assert!(kind.starts_with(way.content_type), "{request:?}");
    for (name, value) in way.headers {
        assert_eq!(request.header(name), Some(*value), "{name} of {request:?}");
    }
}

pub(crate) fn list(printed: &str) -> Vec<Value> {
    serde_json::from_str(printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
}

/// The spans of a trace in the order of [`traces`]; no span of another trace.
fn only_trace(spans: &[Value], id: &str) -> Value {
    let mut traces = traces(spans);
    let trace = traces.remove(id).unwrap_or_default();
    assert!(traces.is_empty(), "asked for {id}: {spans:?}");
    trace
}

fn ask(path: &str) -> Option<Vec<Value>> {
    let text = ureq::get(path).call().ok()?.body_mut().read_to_string();
    serde_json::from_str(&text.ok()?).ok()
}
