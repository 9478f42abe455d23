//! One truth for both worlds: a span that crosses from Zipkin to OTLP and back, or the other way,
//! loses nothing that both sides can hold.
use std::cell::Cell;
#[cfg(feature = "local")]
use std::sync::Arc;

use opentelemetry_proto::tonic::trace::v1::{
    Span as ProtoSpan, TracesData, span::SpanKind, status,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use prost::Message as _;
use serde_json::{Value as Json, json};
use storage::id::TraceId;
use storage::span::Span;
#[cfg(feature = "local")]
use storage::store::Store;

use crate::app::TestApp;
use crate::bare_span::text;
use crate::otlp_messages::{expected, from_protobuf};
use crate::otlp_requests::requests;
use crate::zipkin_spans::spans;
use collector::wire::zipkin_json::encode_spans;

const P: &str = "application/x-protobuf";

/// The trace in Zipkin's words, in an order of its own.
fn zipkin(app: &TestApp, id: &str) -> Vec<Json> {
    let answer = app.get(&format!("/api/v2/trace/{id}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    sorted(answer.json())
}

fn sorted(list: Json) -> Vec<Json> {
    let Json::Array(mut spans) = list else {
        panic!("a list of spans")
    };
    spans.sort_by_cached_key(Json::to_string);
    spans
}

fn otlp(app: &TestApp, id: &str) -> Vec<u8> {
    let path = format!("/api/hopline/traces/{id}?format=otlp");
    let answer = app.ask("GET", &path, &[("accept", P)], b"");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.body
}

pub(crate) fn post_zipkin(app: &TestApp, body: &str) {
    let answer = app.post_spans(body);
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(
        answer.header("x-hopline-refused"),
        None,
        "{}",
        answer.text()
    );
}

fn post_otlp(app: &TestApp, body: &[u8]) {
    let answer = app.ask("POST", "/v1/traces", &[("content-type", P)], body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.body.is_empty(), "{}", answer.text());
}

/// Zipkin spans, many of which have tags that mean something in OTLP, or nearly.
fn tagged_spans() -> impl Strategy<Value = Vec<Span>> {
    let words = prop::sample::select(vec![
        ("error", "true"),
        ("error", "false"),
        ("error", ""),
        ("error", "boom"),
        ("otel.status_code", "ERROR"),
        ("otel.status_code", "OK"),
        ("otel.status_code", "Error"),
        ("otel.status_code", "STATUS_CODE_OK"),
        ("otel.status_description", "why"),
        ("otel.scope.name", "lib"),
        ("otel.scope.name", ""),
        ("otel.library.name", "lib"),
        ("otel.library.name", "other"),
        ("otel.scope.version", "1"),
        ("otel.library.version", "1"),
        ("otel.dropped_attributes_count", "3"),
        ("otel.dropped_events_count", "03"),
        ("otel.dropped_links_count", "0"),
        ("w3c.tracestate", "k=v"),
        ("w3c.tracestate", ""),
        (
            "otlp.link.0",
            "0000000000000000000000000000000a|000000000000000b|k=v|{\"n\":1.5}|2",
        ),
        ("otlp.link.0", "a|b|c"),
        (
            "otlp.link.1",
            "0000000000000000000000000000000a|000000000000000b||{}|0",
        ),
        (
            "otlp.link.2",
            "0000000000000000000000000000000a|000000000000000b||{}|0",
        ),
        ("service.name", "alias"),
        ("service.version", "1.2"),
        ("host.name", "h"),
        ("peer.service", "db"),
        ("service.peer.name", "db"),
        ("network.peer.address", "10.0.0.1"),
        ("network.peer.port", "80"),
        ("network.local.address", "10.0.0.2"),
        ("server.address", "shop.local"),
        ("db.system", "redis"),
        ("zipkin.span", "text"),
        ("span.kind", "internal"),
    ]);
    let annotations = prop::sample::select(vec![
        "\"a\":{\"k\":[1,2.5,null,true]}",
        "\"a\":{\"k\":1}x",
        "\"a\": {\"k\":1}",
        "a|{}|0",
        "a|b|c|d",
    ]);
    // Few ids, so that spans share them.
    let ids = (1..5_u64, 0..5_u64);
    let tagged = (spans(), vec(words, 0..8), vec(annotations, 0..2), ids);
    let tagged = tagged.prop_map(|(mut span, words, annotations, (id, parent))| {
        for (key, value) in words {
            span.attributes.retain(|tag| *tag.key != *key);
            span.attributes.push(text(key, value));
        }
        for annotation in annotations {
            span.events.push(storage::span::Event {
                time: 5_000,
                name: annotation.to_owned(),
                attributes: Vec::new(),
                dropped_attributes: 0,
            });
        }
        for event in &mut span.events {
            // OTLP has no time before 1970.
            event.time = event.time.checked_abs().unwrap_or(0);
        }
        span.span_id = storage::id::SpanId::new(id).unwrap();
        span.parent_id = storage::id::SpanId::new(parent).filter(|parent| *parent != span.span_id);
        span
    });
    vec(tagged, 1..4)
}

/// Given Zipkin spans, then Zipkin → store → Zipkin is an identity, and so is the way by OTLP and a
/// second server.
fn cross_from_zipkin(here: &TestApp, cases: u32) {
    let there = TestApp::start();
    let number = Cell::new(0);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(cases));
    runner
        .run(&tagged_spans(), |mut spans| {
            number.set(number.get() + 1);
            let id = TraceId::from_halves(number.get() % 3, number.get()).unwrap();
            spans.iter_mut().for_each(|span| span.trace_id = id);
            let body = String::from_utf8(encode_spans(&spans)).unwrap();
            post_zipkin(here, &body);
            let mut sent = sorted(serde_json::from_str(&body).unwrap());
            sent.dedup();
            let kept = zipkin(here, &id.to_string());
            prop_assert_eq!(&kept, &sent);

            let told = otlp(here, &id.to_string());
            post_otlp(&there, &told);
            prop_assert_eq!(&zipkin(&there, &id.to_string()), &sent);
            // What came as OTLP leaves as it came.
            let again = otlp(&there, &id.to_string());
            prop_assert_eq!(from_protobuf(&again), from_protobuf(&told));
            Ok(())
        })
        .unwrap();
}

#[test]
fn from_zipkin_to_otlp_and_back() {
    cross_from_zipkin(&TestApp::start(), 300);
}

#[cfg(feature = "local")]
#[test]
fn from_zipkin_on_disk_to_otlp_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(crate::format::open(folder.path()));
    let app = TestApp::start_over(Arc::clone(&store) as Arc<dyn Store>, &[], &[]);
    cross_from_zipkin(&app, 100);
    crate::format::close(app, &store);
}

/// What both sides can hold of a span: the rest of it is in `docs/otlp.md`, as losses.
fn held(span: &ProtoSpan) -> Json {
    let kind = match span.kind() {
        SpanKind::Unspecified => SpanKind::Internal,
        kind => kind,
    };
    let status = span.status.clone().unwrap_or_default();
    let message = (status.code() == status::StatusCode::Error).then_some(&status.message);
    let links = span.links.iter().map(|link| {
        json!([
            link.trace_id,
            link.span_id,
            link.trace_state,
            link.dropped_attributes_count
        ])
    });
    json!({
        "id": span.span_id,
        "parent": (span.parent_span_id != span.span_id).then_some(&span.parent_span_id),
        "kind": kind as i32,
        "name": span.name.to_lowercase(),
        "start": span.start_time_unix_nano / 1000,
        "status": [json!(status.code), json!(message)],
        "tracestate": span.trace_state,
        "dropped": [
            span.dropped_attributes_count,
            span.dropped_events_count,
            span.dropped_links_count,
        ],
        "links": links.collect::<Vec<_>>(),
    })
}

fn all_held(answer: &TracesData) -> Vec<Json> {
    let mut all = Vec::new();
    for resource in &answer.resource_spans {
        for scope in &resource.scope_spans {
            let of = scope.scope.clone().unwrap_or_default();
            for span in &scope.spans {
                all.push(json!([held(span), of.name, of.version]));
            }
        }
    }
    all.sort_by_cached_key(Json::to_string);
    all.dedup();
    all
}

/// Given OTLP spans, then seen through Zipkin's API, posted as Zipkin and seen as OTLP they have all
/// that Zipkin can hold, and through Zipkin's API again they are the same.
#[test]
fn from_otlp_to_zipkin_and_back() {
    let (first, second, third) = (TestApp::start(), TestApp::start(), TestApp::start());
    let number = Cell::new(0_u128);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(200));
    runner
        .run(&requests(), |mut request| {
            number.set(number.get() + 1);
            let trace_id = (number.get() << 65).to_be_bytes();
            let mut sent = 0;
            for resource in &mut request.resource_spans {
                for span in resource.scope_spans.iter_mut().flat_map(|s| &mut s.spans) {
                    span.trace_id = trace_id.to_vec();
                    // One span an id, and no times that Zipkin has no numbers for.
                    sent += 1;
                    span.span_id = u64::to_be_bytes(sent).to_vec();
                    span.parent_span_id.clear();
                    for event in &mut span.events {
                        event.time_unix_nano >>= 1;
                    }
                }
            }
            let original = expected(&request.resource_spans, &trace_id);
            if original.resource_spans.is_empty() {
                return Ok(());
            }
            post_otlp(&first, &request.encode_to_vec());
            let id = TraceId::new(number.get() << 65).unwrap().to_string();
            let shown = first.get(&format!("/api/v2/trace/{id}"));
            post_zipkin(&second, &shown.text());
            prop_assert_eq!(&zipkin(&second, &id), &sorted(shown.json()));
            let returned = otlp(&second, &id);
            prop_assert_eq!(all_held(&from_protobuf(&returned)), all_held(&original));
            post_otlp(&third, &returned);
            prop_assert_eq!(&zipkin(&third, &id), &sorted(shown.json()));
            Ok(())
        })
        .unwrap();
}
