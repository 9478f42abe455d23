//! What a span of one world is in the other, and that what is shown of it is found.
#[cfg(feature = "local")]
use std::sync::Arc;

use serde_json::{Value as Json, json};
#[cfg(feature = "local")]
use storage::store::Store;

use crate::app::TestApp;
use crate::otlp_messages::{from_json, spans as spans_of};
use crate::two_worlds::post_zipkin;

/// One Zipkin span as OTLP.
fn told(fields: Json) -> Json {
    let app = TestApp::start();
    let mut span = json!({"traceId": "a", "id": "b"});
    for (key, value) in fields.as_object().unwrap() {
        span[key] = value.clone();
    }
    post_zipkin(&app, &json!([span]).to_string());
    app.get("/api/hopline/traces/a?format=otlp").json()
}

#[test]
fn a_zipkin_span_as_otlp() {
    let message = told(json!({
        "parentId": "c", "kind": "CLIENT", "name": "get /", "timestamp": 5, "duration": 3,
        "debug": true,
        "localEndpoint": {"serviceName": "shop", "ipv4": "10.0.0.1", "port": 80},
        "remoteEndpoint": {"serviceName": "db", "ipv6": "2001:db8::1"},
        "annotations": [{"timestamp": 6, "value": "\"sent\":{\"bytes\":7,\"ok\":true}"}],
        "tags": {
            "http.method": "GET", "host.name": "h", "otel.status_code": "ERROR", "error": "boom",
            "otel.scope.name": "lib", "otel.library.name": "lib", "w3c.tracestate": "k=v",
            "otel.dropped_events_count": "2",
            "otlp.link.0": "0000000000000000000000000000000a|000000000000000b||{\"n\":1}|0",
        },
    }));
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let map = |entries: Json| json!({"kvlistValue": {"values": entries}});
    let origin = map(json!([
        {"key": "debug", "value": {"boolValue": true}},
        {"key": "localEndpoint", "value": map(json!([
            text("ipv4", "10.0.0.1"), {"key": "port", "value": {"intValue": "80"}},
        ]))},
        {"key": "remoteEndpoint", "value": map(json!([
            text("serviceName", "db"), text("ipv6", "2001:db8::1"),
        ]))},
        {"key": "derived", "value": {"arrayValue": {"values": [
            {"stringValue": "peer.service"}, {"stringValue": "network.peer.address"},
            {"stringValue": "network.local.address"}, {"stringValue": "network.local.port"},
        ]}}},
    ]));
    assert_eq!(
        message,
        json!({"resourceSpans": [{
            "resource": {"attributes": [text("service.name", "shop"), text("host.name", "h")]},
            "scopeSpans": [{"scope": {"name": "lib"}, "spans": [{
                "traceId": "0000000000000000000000000000000a", "spanId": "000000000000000b",
                "parentSpanId": "000000000000000c", "traceState": "k=v", "name": "get /",
                "kind": 3, "startTimeUnixNano": "5000", "endTimeUnixNano": "8000",
                "attributes": [
                    {"key": "zipkin.span", "value": origin},
                    text("peer.service", "db"),
                    text("network.peer.address", "2001:db8::1"),
                    text("network.local.address", "10.0.0.1"),
                    {"key": "network.local.port", "value": {"intValue": "80"}},
                    text("http.method", "GET"),
                ],
                "events": [{"timeUnixNano": "6000", "name": "sent", "attributes": [
                    {"key": "bytes", "value": {"intValue": "7"}},
                    {"key": "ok", "value": {"boolValue": true}},
                ]}],
                "droppedEventsCount": 2,
                "links": [{
                    "traceId": "0000000000000000000000000000000a", "spanId": "000000000000000b",
                    "attributes": [{"key": "n", "value": {"intValue": "1"}}],
                }],
                "status": {"message": "boom", "code": 2},
            }]}],
        }]})
    );
}

#[test]
fn tags_that_say_how_a_span_ended() {
    for (tags, status) in [
        (json!({}), json!(null)),
        (json!({"error": "false"}), json!(null)),
        (json!({"error": ""}), json!({"code": 2})),
        (
            json!({"error": "true"}),
            json!({"code": 2, "message": "true"}),
        ),
        (
            json!({"error": "boom"}),
            json!({"code": 2, "message": "boom"}),
        ),
        (
            json!({"error": "boom", "otel.status_code": "OK"}),
            json!({"code": 2, "message": "boom"}),
        ),
        (json!({"otel.status_code": "OK"}), json!({"code": 1})),
        (json!({"otel.status_code": "Ok"}), json!({"code": 1})),
        (
            json!({"otel.status_code": "STATUS_CODE_OK"}),
            json!({"code": 1}),
        ),
        (json!({"otel.status_code": "ERROR"}), json!({"code": 2})),
        (
            json!({"otel.status_code": "Error", "otel.status_description": "why"}),
            json!({"code": 2, "message": "why"}),
        ),
        (
            json!({"otel.status_code": "STATUS_CODE_ERROR"}),
            json!({"code": 2}),
        ),
        (json!({"otel.status_code": "odd"}), json!(null)),
    ] {
        let message = told(json!({"tags": tags}));
        let span = &message["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
        assert_eq!(span["status"], status, "{tags}");
    }
}

/// Given the two halves of a shared span and a child of the server's half, then OTLP has three
/// spans, each with an id of its own that never changes.
#[test]
fn shared_spans_have_ids_of_their_own() {
    let app = TestApp::start();
    let span = |id: &str, parent: &str, service: &str, more: &str| {
        format!(
            "{{\"traceId\":\"a\",\"id\":\"{id}\",\"parentId\":\"{parent}\",\"timestamp\":1,\
             \"localEndpoint\":{{\"serviceName\":\"{service}\"}}{more}}}"
        )
    };
    let all = [
        span("2", "1", "shop", ",\"kind\":\"CLIENT\""),
        span("2", "1", "till", ",\"kind\":\"SERVER\",\"shared\":true"),
        span("3", "2", "till", ""),
        span("4", "2", "shop", ""),
        span("5", "2", "else", ""),
    ];
    post_zipkin(&app, &format!("[{}]", all.join(",")));
    let answer = from_json(&app.get("/api/hopline/traces/a?format=otlp").body);
    let mut ids: Vec<(u64, u64)> = spans_of(&answer)
        .map(|span| {
            let number = |id: &[u8]| u64::from_be_bytes(id.try_into().unwrap());
            (number(&span.span_id), number(&span.parent_span_id))
        })
        .collect();
    ids.sort_unstable();
    let server = 0x3abf_2a20_6506_83e7;
    assert_eq!(ids, [(2, 1), (3, server), (4, 2), (5, server), (server, 2)]);
}

/// Given tags that only the mapping makes, then what Zipkin shows is also found.
fn check_found(app: &TestApp, settle: impl FnOnce()) {
    let request = json!({"resourceSpans": [{
        "resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": "shop"}},
            {"key": "host.name", "value": {"stringValue": "h1"}},
        ]},
        "scopeSpans": [{
            "scope": {"name": "lib", "version": "1.2", "attributes": [
                {"key": "team", "value": {"stringValue": "red"}},
            ]},
            "spans": [{
                "traceId": "0000000000000000000000000000000a", "spanId": "000000000000000b",
                "startTimeUnixNano": "1700000000000000000", "traceState": "k:v",
                "attributes": [
                    {"key": "list", "value": {"arrayValue": {"values": [{"intValue": "1"}]}}},
                    {"key": "error", "value": {"boolValue": true}},
                ],
                "droppedAttributesCount": 1, "droppedEventsCount": 2, "droppedLinksCount": 3,
                "links": [{"traceId": "0000000000000000000000000000000c",
                    "spanId": "000000000000000d"}],
                "status": {"code": 2, "message": "boom"},
            }],
        }],
    }]});
    let headers = [("content-type", "application/json")];
    let body = request.to_string();
    assert_eq!(
        app.ask("POST", "/v1/traces", &headers, body.as_bytes())
            .status,
        200
    );
    settle();
    let shown = app.get("/api/v2/trace/a").json();
    assert_eq!(
        shown[0]["tags"],
        json!({
            "error": "boom", "host.name": "h1", "list": "[1]",
            "otel.dropped_attributes_count": "1", "otel.dropped_events_count": "2",
            "otel.dropped_links_count": "3",
            "otel.library.name": "lib", "otel.library.version": "1.2",
            "otel.scope.name": "lib", "otel.scope.version": "1.2", "otel.status_code": "ERROR",
            "otlp.link.0": "0000000000000000000000000000000c|000000000000000d||{}|0",
            "team": "red", "w3c.tracestate": "k:v",
        })
    );
    for (key, value) in shown[0]["tags"].as_object().unwrap() {
        let value = value.as_str().unwrap();
        let escaped: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
        for query in [key.clone(), format!("{key}%3D{escaped}")] {
            let path = format!("/api/v2/traces?lookback=200000000&annotationQuery={query}");
            assert_eq!(app.get(&path).json()[0], shown, "{path}");
        }
    }
}

#[test]
fn what_is_shown_is_found() {
    check_found(&TestApp::start(), || {});
}

#[cfg(feature = "local")]
#[test]
fn what_is_shown_is_found_on_disk() {
    for settled in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(crate::format::open(folder.path()));
        let app = TestApp::start_over(Arc::clone(&store) as Arc<dyn Store>, &[], &[]);
        check_found(&app, || {
            if settled {
                crate::format::futures_now(store.settle());
            }
        });
        crate::format::close(app, &store);
    }
}
