//! OTLP → store → OTLP is an identity: what `format=otlp` answers equals what was posted, as
//! messages, in both encodings, from both stores.
use std::sync::Arc;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::TracesData;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use prost::Message as _;
use storage::memory::MemoryStore;
#[cfg(feature = "local")]
use storage::store::Store;

use crate::app::{TestApp, span_json};
use crate::otlp_messages::{expected, from_json, from_protobuf, spans};
use crate::otlp_requests::requests;

const P: &str = "application/x-protobuf";
const J: &str = "application/json";

fn post(app: &TestApp, kind: &str, body: &[u8]) {
    let answer = app.ask("POST", "/v1/traces", &[("content-type", kind)], body);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// What is answered of a trace, in both encodings; `None` when none is kept.
fn answers(app: &TestApp, trace_id: &[u8]) -> Option<[TracesData; 2]> {
    let id: String = trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
    let path = format!("/api/hopline/traces/{id}?format=otlp");
    let protobuf = app.ask("GET", &path, &[("accept", P)], b"");
    let json = app.get(&path);
    assert_eq!(protobuf.status, json.status);
    if json.status == 404 {
        return None;
    }
    assert_eq!(json.status, 200, "{}", json.text());
    assert_eq!(protobuf.header("content-type"), Some(P));
    assert_eq!(json.header("content-type"), Some(J));
    Some([from_protobuf(&protobuf.body), from_json(&json.body)])
}

fn check(app: &TestApp, request: &ExportTraceServiceRequest, trace_id: &[u8]) {
    let expected = expected(&request.resource_spans, trace_id);
    match answers(app, trace_id) {
        None => assert_eq!(expected, TracesData::default()),
        Some([protobuf, json]) => {
            assert_eq!(protobuf, expected);
            assert_eq!(json, expected);
        }
    }
}

/// Random requests, each of which has two traces of its own.
fn posted(app: &TestApp, cases: u32) -> Vec<(ExportTraceServiceRequest, [Vec<u8>; 2])> {
    let mut runner = TestRunner::new(ProptestConfig::with_cases(cases));
    let mut number = 0_u32;
    let done = std::cell::RefCell::new(Vec::new());
    let number = std::cell::RefCell::new(&mut number);
    runner
        .run(&requests(), |mut request| {
            let mut number = number.borrow_mut();
            **number += 1;
            let ids = [1, 2].map(|of| [&[of; 12], number.to_be_bytes().as_slice()].concat());
            let mut good = 0;
            for resource in &mut request.resource_spans {
                for span in resource.scope_spans.iter_mut().flat_map(|s| &mut s.spans) {
                    if span.trace_id.len() == 16 {
                        span.trace_id.clone_from(&ids[good % 2]);
                        good += 1;
                    }
                }
            }
            if (**number).is_multiple_of(2) {
                post(app, P, &request.encode_to_vec());
            } else {
                post(app, J, &serde_json::to_vec(&request).unwrap());
            }
            ids.iter().for_each(|id| check(app, &request, id));
            done.borrow_mut().push((request, ids));
            Ok(())
        })
        .unwrap();
    done.into_inner()
}

#[test]
fn what_came_in_is_answered_by_the_memory_store() {
    let app = TestApp::start_over(Arc::new(MemoryStore::new()), &[], &[]);
    assert!(posted(&app, 200).len() >= 200);
}

#[cfg(feature = "local")]
#[test]
fn what_came_in_is_answered_by_the_local_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(crate::format::open(folder.path()));
    let app = TestApp::start_over(Arc::clone(&store) as Arc<dyn Store>, &[], &[]);
    let posted = posted(&app, 100);
    // From the tail they were answered; now from rows.
    crate::format::futures_now(store.settle());
    for (request, ids) in &posted {
        ids.iter().for_each(|id| check(&app, request, id));
    }
    crate::format::close(app, &store);
}

#[test]
fn the_published_example_is_answered_as_it_is() {
    let json = include_bytes!("../fixtures/opentelemetry-proto/trace.json");
    let request: ExportTraceServiceRequest = serde_json::from_slice(json).unwrap();
    for (kind, body) in [(J, json.to_vec()), (P, request.encode_to_vec())] {
        let app = TestApp::start();
        post(&app, kind, &body);
        let id = &request.resource_spans[0].scope_spans[0].spans[0].trace_id;
        let [protobuf, json] = answers(&app, id).unwrap();
        assert_eq!(protobuf.resource_spans, request.resource_spans);
        assert_eq!(json.resource_spans, request.resource_spans);
    }
}

/// Byte for byte: what the published types could read in more than one spelling.
#[test]
fn the_spelling_of_the_json() {
    let app = TestApp::start();
    let sent = "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\
        \"value\":{\"stringValue\":\"shop\"}}],\"entityRefs\":[{\"schemaUrl\":\"\",\"type\":\"service\",\
        \"idKeys\":[\"service.name\"],\"descriptionKeys\":[]}]},\"scopeSpans\":[{\"scope\":{\"name\":\"lib\"},\"spans\":[{\
        \"traceId\":\"0af7651916cd43dd8448eb211c80319c\",\"spanId\":\"b7ad6b7169203331\",\
        \"flags\":257,\"name\":\"a\",\"kind\":2,\"startTimeUnixNano\":\"1700000000000000001\",\
        \"endTimeUnixNano\":\"1700000000000000002\",\"attributes\":[\
        {\"key\":\"empty\",\"value\":{}},\
        {\"key\":\"twice\",\"value\":{\"intValue\":\"9007199254740993\"}},\
        {\"key\":\"twice\",\"value\":{\"boolValue\":false}},\
        {\"key\":\"bytes\",\"value\":{\"bytesValue\":\"AP8=\"}},\
        {\"key\":\"nan\",\"value\":{\"doubleValue\":\"NaN\"}},\
        {\"key\":\"far\",\"value\":{\"doubleValue\":\"-Infinity\"}},\
        {\"key\":\"one\",\"value\":{\"doubleValue\":1.0}},\
        {\"key\":\"mixed\",\"value\":{\"arrayValue\":{\"values\":[{},{\"stringValue\":\"\"},\
        {\"kvlistValue\":{\"values\":[]}}]}}}],\"status\":{\"code\":2}}],\
        \"schemaUrl\":\"https://s\"}],\"schemaUrl\":\"https://r\"}]}";
    post(&app, J, sent.as_bytes());
    let path = "/api/hopline/traces/0af7651916cd43dd8448eb211c80319c?format=otlp";
    // An object's fields have no order.
    let sorted: serde_json::Value = serde_json::from_str(sent).unwrap();
    assert_eq!(app.get(path).json(), sorted);
}

#[test]
fn which_form_is_answered() {
    let app = TestApp::start();
    let span = span_json("a", "1", "\"kind\":\"SERVER\"");
    assert_eq!(app.post_spans(&format!("[{span}]")).status, 202);
    for (accept, kind) in [
        ("*/*", J),
        ("application/json", J),
        ("application/x-protobuf", P),
        ("application/protobuf", P),
        ("application/x-protobuf, application/json", P),
        ("application/json, application/x-protobuf", J),
        ("application/json;q=0.5, application/x-protobuf", P),
        ("application/x-protobuf;q=0.1, */*;q=0.5", J),
        ("application/x-protobuf;q=0", J),
        ("text/html", J),
        ("nonsense", J),
    ] {
        let path = "/api/hopline/traces/a?format=otlp";
        let answer = app.ask("GET", path, &[("accept", accept)], b"");
        assert_eq!(answer.header("content-type"), Some(kind), "{accept}");
        assert_eq!(
            answer.header("vary").map(|vary| vary.contains("accept")),
            Some(true)
        );
    }
    let zipkin = app.get("/api/hopline/traces/a?format=zipkin");
    assert_eq!(zipkin.text(), app.get("/api/v2/trace/a").text());
    let refused = app.get("/api/hopline/traces/a?format=jaeger");
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.json()["error"],
        "format is json, text, otlp or zipkin"
    );
    for format in ["otlp", "zipkin"] {
        let path = format!("/api/hopline/traces/b?format={format}");
        let unknown = app.ask("GET", &path, &[("accept", P)], b"");
        assert_eq!(unknown.status, 404);
        assert_eq!(unknown.header("content-type"), Some(J));
        assert_eq!(unknown.json()["error"], "no trace 000000000000000b is kept");
    }
}

/// Given a trace that leaves in pieces, then the pieces are one message in either encoding.
#[test]
fn a_large_trace_leaves_in_pieces() {
    let app = TestApp::start();
    let span = |number: u32| {
        format!(
            "{{\"traceId\":\"{:032x}\",\"spanId\":\"{:016x}\",\"name\":\"{}\"}}",
            7,
            number + 1,
            "x".repeat(300)
        )
    };
    let resource = |of: u32| {
        let spans: Vec<String> = (of * 1500..(of + 1) * 1500).map(span).collect();
        let spans = spans.join(",");
        format!(
            "{{\"resource\":{{\"attributes\":[{{\"key\":\"service.name\",\"value\":\
             {{\"stringValue\":\"s{of}\"}}}}]}},\"scopeSpans\":[{{\"spans\":[{spans}]}}]}}"
        )
    };
    let request = format!("{{\"resourceSpans\":[{},{}]}}", resource(0), resource(1));
    post(&app, J, request.as_bytes());
    let request: ExportTraceServiceRequest = serde_json::from_str(&request).unwrap();
    let id = 7_u128.to_be_bytes();
    check(&app, &request, &id);
    assert_eq!(spans(&answers(&app, &id).unwrap()[0]).count(), 3000);
}

/// Given texts that are not UTF-8, then these alone are repaired, also in references to entities,
/// and the answer can be read.
#[test]
fn texts_that_are_not_utf8_cost_only_themselves() {
    use opentelemetry_proto::tonic::common::v1::EntityRef;
    use opentelemetry_proto::tonic::resource::v1::Resource;
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                entity_refs: vec![EntityRef {
                    r#type: "hoMst".to_owned(),
                    id_keys: vec!["host.id".to_owned()],
                    ..EntityRef::default()
                }],
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                spans: vec![Span {
                    trace_id: vec![9; 16],
                    span_id: vec![8; 8],
                    name: "naMe".to_owned(),
                    ..Span::default()
                }],
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    };
    let spoilt = request.encode_to_vec().into_iter();
    let spoilt: Vec<u8> = spoilt.map(|b| if b == b'M' { 0xff } else { b }).collect();
    let app = TestApp::start();
    let answer = app.ask("POST", "/v1/traces", &[("content-type", P)], &spoilt);
    assert_eq!(answer.status, 200);
    for answer in answers(&app, &[9; 16]).unwrap() {
        let resource = answer.resource_spans[0].resource.as_ref().unwrap();
        assert_eq!(resource.entity_refs[0].r#type, "ho\u{fffd}st");
        assert_eq!(spans(&answer).next().unwrap().name, "na\u{fffd}e");
    }
}
