//! Whoever holds an id finds the trace.
use serde_json::{Value, json};

use crate::app::{NOW_MS, TestApp, span_json};

pub(crate) const TRACE: &str = "463ac35c9f6413ad48485a3953bb6124";

#[test]
fn what_is_pasted_is_found() {
    let app = TestApp::start();
    let span = |fields: &str| {
        format!(
            "{{\"traceId\":\"{TRACE}\",\"id\":\"a2fb4a1d1a96d312\",\"name\":\"get\",\
             \"timestamp\":1700000000000000,\"duration\":1000,\
             \"localEndpoint\":{{\"serviceName\":\"shop\"}},{fields}}}"
        )
    };
    let tags = "\"tags\":{\"x-request-id\":\"REQ-1\",\"error\":\"x\",\"guid:x-request-id\":\
        \"b5e2f6d0-0000-4000-8000-0000000000aa\",\
        \"http.request.header.x-request-id\":\"[\\\"in-a-list\\\"]\",\"other\":\"REQ-2\"}";
    assert_eq!(app.post_spans(&format!("[{}]", span(tags))).status, 202);
    for (pasted, read_as, key) in [
        (TRACE, "trace id", None),
        ("463AC35C9F6413AD48485A3953BB6124", "trace id", None),
        ("463ac35c-9f64-13ad-4848-5a3953bb6124", "uuid", None),
        (
            "00-463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-01",
            "traceparent",
            None,
        ),
        (
            "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1",
            "b3",
            None,
        ),
        (
            "%5B463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312%5D",
            "trace-span token",
            None,
        ),
        ("REQ-1", "correlation id", Some("x-request-id")),
        ("%20%22REQ-1%22", "correlation id", Some("x-request-id")),
        (
            "X-Request-ID:+REQ-1",
            "correlation id",
            Some("x-request-id"),
        ),
        (
            "b5e2f6d0-0000-4000-8000-0000000000aa",
            "correlation id",
            Some("guid:x-request-id"),
        ),
        (
            "in-a-list",
            "correlation id",
            Some("http.request.header.x-request-id"),
        ),
    ] {
        let answer = app.get(&format!("/api/hopline/lookup?q={pasted}"));
        assert_eq!(answer.status, 200, "{pasted}: {}", answer.text());
        let json = answer.json();
        let matches = json["matches"].as_array().unwrap();
        assert_eq!(matches.len(), 1, "{pasted}: {json}");
        assert_eq!(matches[0]["traceId"], TRACE, "{pasted}");
        assert_eq!(matches[0]["readAs"], read_as, "{pasted}");
        assert_eq!(matches[0]["key"].as_str(), key, "{pasted}");
        assert_eq!(matches[0]["service"], "shop", "{pasted}");
        assert_eq!(
            matches[0]["startTimeUnixNano"], "1700000000000000000",
            "{pasted}"
        );
        assert_eq!(matches[0]["durationNano"], 1_000_000, "{pasted}");
        assert_eq!(matches[0]["error"], true, "{pasted}");
    }
    // Not by a part, not in another case, not by a tag that is no correlation key.
    for pasted in ["REQ", "req-1", "REQ-2", "b5e2f6d0"] {
        let json = app.get(&format!("/api/hopline/lookup?q={pasted}")).json();
        assert_eq!(json["matches"], json!([]), "{pasted}");
        assert_eq!(json["query"], pasted);
        assert_eq!(json["truncated"], false);
        assert_eq!(json["truncatedBy"], Value::Null);
        assert_eq!(json["searched"], json!({"from": 0, "to": NOW_MS}));
    }
    let answer = app.get("/api/hopline/lookup?q=");
    assert_eq!(answer.status, 400);
    assert!(
        answer.json()["hint"]
            .as_str()
            .unwrap()
            .contains("traceparent")
    );
    for path in [
        "/api/hopline/traces/order-7",
        "/api/hopline/traces/order-7/logs",
        "/api/hopline/search?linksTo=order-7",
    ] {
        let answer = app.get(path);
        assert_eq!(answer.status, 400, "{path}");
        let hint = answer.json()["hint"].as_str().unwrap().to_owned();
        assert!(
            hint.contains("uber-trace-id") && hint.contains("lookup"),
            "{hint}"
        );
    }
}

#[test]
fn the_keys_can_be_chosen() {
    let app = TestApp::start_with(&["--correlation-keys", "order"], &[]);
    let body = "[{\"traceId\":\"a\",\"id\":\"1\",\"timestamp\":1700000000000000,\
        \"tags\":{\"order\":\"7\",\"x-request-id\":\"r\"}}]";
    assert_eq!(app.post_spans(body).status, 202);
    let count = |q: &str| {
        let json = app.get(&format!("/api/hopline/lookup?q={q}")).json();
        json["matches"].as_array().unwrap().len()
    };
    assert_eq!((count("7"), count("r")), (1, 0));
}

const LOW: &str = "48485a3953bb6124";
pub(crate) const SPAN: &str = "a2fb4a1d1a96d312";

fn looked_up(app: &TestApp, pasted: &str) -> Value {
    let mut query = String::from("/api/hopline/lookup?q=");
    for byte in pasted.bytes() {
        query.push_str(&format!("%{byte:02X}"));
    }
    let answer = app.get(&query);
    assert_eq!(answer.status, 200, "{pasted}: {}", answer.text());
    answer.json()
}

/// A trace of OTLP: an entry span of the resource's id, a client span below it that is no entry.
pub(crate) fn otlp_app() -> TestApp {
    let app = TestApp::start();
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let list = |key: &str, values: &[&str]| {
        let values: Vec<Value> = (values.iter())
            .map(|value| json!({"stringValue": value}))
            .collect();
        json!({"key": key, "value": {"arrayValue": {"values": values}}})
    };
    let body = json!({"resourceSpans": [{
        "resource": {"attributes": [text("service.name", "shop"), text("Request.Id", "of-resource")]},
        "scopeSpans": [{"spans": [
            {
                "traceId": TRACE, "spanId": SPAN, "name": "POST /cart", "kind": 2,
                "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000250000000",
                "attributes": [
                    list("http.request.header.X-Request-ID", &["first", "second"]),
                    text("host.name", "a b&c\"<d>"),
                ],
                "events": [{
                    "name": "received", "timeUnixNano": "1700000000000000001",
                    "attributes": [text("correlation_id", "of-event")],
                }],
            },
            {
                "traceId": TRACE, "spanId": "00000000000000c1", "parentSpanId": SPAN, "name": "SELECT",
                "kind": 3, "startTimeUnixNano": "1700000000100000000",
                "endTimeUnixNano": "1700000000150000000",
            },
        ]}],
    }]});
    let headers = [("content-type", "application/json")];
    let sent = app.ask("POST", "/v1/traces", &headers, body.to_string().as_bytes());
    assert_eq!(sent.status, 200, "{}", sent.text());
    let logs = json!({"resourceLogs": [{
        "resource": {"attributes": [text("service.name", "shop")]},
        "scopeLogs": [{"logRecords": [{
            "traceId": TRACE, "spanId": "00000000000000c1", "timeUnixNano": "1700000000120000000",
            "eventName": "slow", "attributes": [text("RequestID", "of-log")],
        }]}],
    }]});
    let sent = app.ask("POST", "/v1/logs", &headers, logs.to_string().as_bytes());
    assert_eq!(sent.status, 200, "{}", sent.text());
    app
}

#[test]
fn every_form_and_place_is_found_and_says_how() {
    let app = otlp_app();
    let child = "00000000000000c1";
    for (pasted, read_as, span, key) in [
        (TRACE.to_owned(), "trace id", None, None),
        (LOW.to_owned(), "low half of a trace id", None, None),
        (
            "5208512171318403364".to_owned(),
            "Datadog trace id",
            None,
            None,
        ),
        (SPAN.to_owned(), "span id", Some(SPAN), None),
        // No entry, but a log tells of it.
        (child.to_owned(), "span id", Some(child), None),
        (
            format!("00-{TRACE}-{SPAN}-01"),
            "traceparent",
            Some(SPAN),
            None,
        ),
        (
            format!("00-{TRACE}-00000000000000ff-01"),
            "traceparent",
            None,
            None,
        ),
        (format!("b3: {TRACE}-{child}-1"), "b3", Some(child), None),
        (
            format!("{TRACE}:c1:0:1"),
            "uber-trace-id",
            Some(child),
            None,
        ),
        (
            format!("X-Amzn-Trace-Id: Root=1-463ac35c-9f6413ad48485a3953bb6124;Parent={SPAN}"),
            "X-Amzn-Trace-Id",
            Some(SPAN),
            None,
        ),
        (
            format!("{TRACE}/193;o=1"),
            "X-Cloud-Trace-Context",
            Some(child),
            None,
        ),
        (
            format!("12:00 ERROR [shop,{TRACE},{SPAN}] 1 --- no stock"),
            "log token",
            Some(SPAN),
            None,
        ),
        (
            format!("{{\"msg\":\"no stock\",\"trace_id\":\"{TRACE}\",\"span_id\":\"{child}\"}}"),
            "trace id",
            Some(child),
            None,
        ),
        (
            "level=warn dd.trace_id=5208512171318403364 dd.span_id=193 msg=\"no stock\"".to_owned(),
            "Datadog trace id",
            Some(child),
            None,
        ),
        (
            format!(
                "GET / HTTP/1.1\r\nHost: shop\r\nX-B3-TraceId: {TRACE}\r\nX-B3-SpanId: {SPAN}\r\n"
            ),
            "trace id",
            Some(SPAN),
            None,
        ),
        (
            "second".to_owned(),
            "correlation id",
            Some(SPAN),
            Some("http.request.header.X-Request-ID"),
        ),
        (
            "of-resource".to_owned(),
            "correlation id",
            Some(SPAN),
            Some("Request.Id"),
        ),
        (
            "of-event".to_owned(),
            "correlation id",
            Some(SPAN),
            Some("correlation_id"),
        ),
        (
            "of-log".to_owned(),
            "correlation id",
            Some(child),
            Some("RequestID"),
        ),
        (
            "level=warn requestId=of-log msg=\"no stock\"".to_owned(),
            "correlation id",
            Some(child),
            Some("RequestID"),
        ),
    ] {
        let json = looked_up(&app, &pasted);
        let matches = json["matches"].as_array().unwrap();
        assert_eq!(matches.len(), 1, "{pasted}: {json}");
        assert_eq!(matches[0]["traceId"], TRACE, "{pasted}");
        assert_eq!(matches[0]["readAs"], read_as, "{pasted}");
        assert_eq!(matches[0]["spanId"].as_str(), span, "{pasted}");
        assert_eq!(matches[0]["key"].as_str(), key, "{pasted}");
        let operation = if span == Some(child) {
            "SELECT"
        } else {
            "POST /cart"
        };
        assert_eq!(matches[0]["operation"], operation, "{pasted}");
        assert!(
            pasted.contains(matches[0]["piece"].as_str().unwrap()),
            "{pasted}: {json}"
        );
    }
    for pasted in [
        "received",
        "first second",
        "00000000000000c2",
        "no stock at all",
    ] {
        assert_eq!(looked_up(&app, pasted)["matches"], json!([]), "{pasted}");
    }
}

#[test]
fn many_matches_are_the_newest_and_say_that_there_are_more() {
    let app = TestApp::start();
    let spans: Vec<String> = (1..=21)
        .map(|number: u64| {
            let id = format!("{number:016x}");
            let tags = "\"tags\":{\"X-Request-Id\":\"again\"}";
            span_json(&id, &id, tags).replace(
                "1700000000000000",
                &(1_700_000_000_000_000 + number * 1_000).to_string(),
            )
        })
        .collect();
    assert_eq!(
        app.post_spans(&format!("[{}]", spans.join(","))).status,
        202
    );
    let json = looked_up(&app, "again");
    assert_eq!(json["truncated"], true);
    assert_eq!(json["truncatedBy"], "matches");
    let ids: Vec<&str> = (json["matches"].as_array().unwrap().iter())
        .map(|found| found["traceId"].as_str().unwrap())
        .collect();
    let expected: Vec<String> = (2..=21)
        .rev()
        .map(|number| format!("{number:016x}"))
        .collect();
    assert_eq!(ids, expected);
    let lines: String = (1..=40).map(|id| format!("trace_id={id:032x}\n")).collect();
    let json = looked_up(&app, &lines);
    assert_eq!(json["truncated"], true);
    let lines: String = (100..=140)
        .map(|id| format!("trace_id={id:032x}\n"))
        .collect();
    assert_eq!(looked_up(&app, &lines)["truncatedBy"], "readings");
}
