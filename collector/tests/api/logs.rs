//! Log records that name their span, from the post to each way in which a trace is told.
use serde_json::{Value, json};

use crate::app::{TestApp, span_json};

pub(crate) const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
pub(crate) const SPAN: &str = "b7ad6b7169203331";
pub(crate) const START: u64 = 1_700_000_000_000_000_000;

/// A request with these records, of a service.
pub(crate) fn logs_of(service: &str, records: Value) -> Vec<u8> {
    let attribute = json!({"key": "service.name", "value": {"stringValue": service}});
    json!({"resourceLogs": [{
        "resource": {"attributes": [attribute]},
        "scopeLogs": [{"scope": {"name": "shop.Cart"}, "logRecords": records}],
    }]})
    .to_string()
    .into_bytes()
}

/// A record of the span, some nanoseconds behind its start; `fields` are added.
pub(crate) fn record(behind: u64, fields: Value) -> Value {
    let mut record = json!({
        "traceId": TRACE, "spanId": SPAN, "timeUnixNano": (START + behind).to_string(),
    });
    for (key, value) in fields.as_object().unwrap() {
        record[key] = value.clone();
    }
    record
}

/// A request with the span, whose status is this.
pub(crate) fn span_of(service: &str, status: u8) -> Vec<u8> {
    let attribute = json!({"key": "service.name", "value": {"stringValue": service}});
    json!({"resourceSpans": [{
        "resource": {"attributes": [attribute]},
        "scopeSpans": [{"spans": [{
            "traceId": TRACE, "spanId": SPAN, "name": "GET /cart",
            "startTimeUnixNano": START.to_string(),
            "endTimeUnixNano": (START + 1_000_000).to_string(),
            "status": {"code": status},
            "events": [{"timeUnixNano": (START + 500).to_string(), "name": "own"}],
        }]}],
    }]})
    .to_string()
    .into_bytes()
}

pub(crate) fn post(app: &TestApp, path: &str, body: &[u8]) -> Value {
    let answer = app.ask("POST", path, &[("content-type", "application/json")], body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

/// Names of the events of the trace's first span, as our own API tells them.
fn event_names(app: &TestApp) -> Vec<String> {
    let trace = app.get(&format!("/api/hopline/traces/{TRACE}")).json();
    let events = trace["spans"][0]["events"].as_array().unwrap();
    let name = |event: &Value| event["name"].as_str().unwrap().to_owned();
    events.iter().map(name).collect()
}

#[test]
fn a_log_is_an_event_of_its_span_wherever_the_trace_is_told() {
    let app = TestApp::start();
    post(&app, "/v1/traces", &span_of("shop", 0));
    let attributes = json!([
        text("request_id", "req-7"),
        {"key": "items", "value": {"intValue": "3"}},
    ]);
    let logged = record(
        2_000,
        json!({"eventName": "cart.emptied", "severityNumber": 9, "severityText": "Information",
            "body": {"kvlistValue": {"values": [text("why", "timeout")]}}, "attributes": attributes}),
    );
    let body = logs_of("shop", json!([logged]));
    assert_eq!(post(&app, "/v1/logs", &body), json!({}));
    // Sent again, as after an answer that was lost.
    assert_eq!(post(&app, "/v1/logs", &body), json!({}));

    let hops = app.get(&format!("/api/hopline/traces/{TRACE}")).json();
    let events = &hops["spans"][0]["events"];
    assert_eq!(events[0]["name"], "own");
    let expected = json!({
        "timeUnixNano": (START + 2_000).to_string(),
        "name": "cart.emptied",
        "attributes": [
            {"key": "request_id", "value": "req-7"},
            {"key": "items", "value": 3},
            {"key": "log.body", "value": {"why": "timeout"}},
            {"key": "log.severity", "value": "Information"},
            {"key": "log.severity_number", "value": 9},
            {"key": "otel.scope.name", "value": "shop.Cart"},
        ],
    });
    assert_eq!(events[1], expected);
    assert_eq!(events.as_array().unwrap().len(), 2, "told once");
    assert_eq!(hops["spanCount"], 1);
    assert_eq!(hops["orphanEvents"], Value::Null);

    let zipkin = app.get(&format!("/api/v2/trace/{TRACE}")).json();
    assert_eq!(zipkin.as_array().unwrap().len(), 1);
    let annotation = &zipkin[0]["annotations"][1];
    assert_eq!(annotation["timestamp"], (START + 2_000) / 1_000);
    let value = annotation["value"].as_str().unwrap();
    assert!(value.starts_with("\"cart.emptied\":{"), "{value}");
    assert!(value.contains("\"request_id\":\"req-7\""), "{value}");

    let path = format!("/api/hopline/traces/{TRACE}?format=otlp");
    let otlp = app.get(&path).json();
    let event = &otlp["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["events"][1];
    assert_eq!(event["name"], "cart.emptied");
    assert_eq!(event["attributes"].as_array().unwrap().len(), 6);

    let many = app
        .get(&format!("/api/v2/traceMany?traceIds={TRACE},1"))
        .json();
    assert_eq!(many[0][0]["annotations"][1], *annotation);
    let range = "endTs=1700000100000&lookback=1000000";
    for (query, found) in [
        ("annotationQuery=request_id=req-7", 1),
        ("annotationQuery=items=3", 1),
        ("annotationQuery=cart.emptied", 1),
        ("annotationQuery=request_id=req-8", 0),
        ("serviceName=shop&annotationQuery=request_id=req-7", 1),
        ("serviceName=shop&spanName=cart.emptied", 0),
    ] {
        let traces = app.get(&format!("/api/v2/traces?{query}&{range}")).json();
        assert_eq!(traces.as_array().unwrap().len(), found, "{query}");
        if found == 1 {
            assert_eq!(traces[0][0]["annotations"][1], *annotation, "{query}");
        }
    }
    let found = app.get("/api/hopline/lookup?q=req-7").json();
    let found = &found["matches"][0];
    assert_eq!(
        (&found["spanId"], &found["key"]),
        (&json!(SPAN), &json!("request_id"))
    );
    assert_eq!(found["operation"], "GET /cart");
    let status = app.get("/api/hopline/status").json();
    assert_eq!(status["ingest"]["logRecordsAccepted"], 2);
    assert_eq!(status["ingest"]["spansAccepted"], 1);
}

#[test]
fn an_event_is_called_by_what_is_surest_to_be_a_name() {
    let long = "x".repeat(200);
    for (fields, name, body) in [
        (
            json!({"eventName": "a", "body": {"stringValue": "b"}}),
            "a",
            Some("b"),
        ),
        (
            json!({"attributes": [text("event.name", "c")], "body": {"stringValue": "b"}}),
            "c",
            Some("b"),
        ),
        (
            json!({"attributes": [text("exception.type", "E")], "body": {"stringValue": "b"}}),
            "exception",
            Some("b"),
        ),
        (
            json!({"body": {"stringValue": "order placed"}}),
            "order placed",
            None,
        ),
        (
            json!({"body": {"stringValue": "one\ntwo"}}),
            "log",
            Some("one\ntwo"),
        ),
        (json!({"body": {"stringValue": long}}), "log", Some(&*long)),
        (json!({}), "log", None),
    ] {
        let app = TestApp::start();
        post(&app, "/v1/traces", &span_of("shop", 0));
        post(
            &app,
            "/v1/logs",
            &logs_of("shop", json!([record(1, fields.clone())])),
        );
        let hops = app.get(&format!("/api/hopline/traces/{TRACE}")).json();
        let event = &hops["spans"][0]["events"][1];
        assert_eq!(event["name"], name, "{fields}");
        let attributes = event["attributes"].as_array().unwrap();
        let told = attributes.iter().find(|one| one["key"] == "log.body");
        assert_eq!(
            told.map(|one| &one["value"]),
            body.map(Value::from).as_ref(),
            "{fields}"
        );
    }
}

#[test]
fn a_log_before_its_span_makes_no_trace_and_no_service() {
    let app = TestApp::start();
    let logged = logs_of("shop", json!([record(1, json!({"eventName": "early"}))]));
    post(&app, "/v1/logs", &logged);
    for path in ["/api/v2/trace/", "/api/hopline/traces/"] {
        assert_eq!(app.get(&format!("{path}{TRACE}")).status, 404, "{path}");
    }
    assert_eq!(app.get("/api/v2/services").text(), "[]");
    let search = "/api/v2/traces?endTs=1700000100000&lookback=1000000";
    assert_eq!(app.get(search).text(), "[]");

    post(&app, "/v1/traces", &span_of("shop", 0));
    assert_eq!(event_names(&app), ["own", "early"]);
    assert_eq!(app.get("/api/v2/services").text(), "[\"shop\"]");
    assert_eq!(
        app.get("/api/v2/spans?serviceName=shop").text(),
        "[\"get /cart\"]"
    );
    let found = app.get(search).json();
    assert_eq!(found[0][0]["annotations"].as_array().unwrap().len(), 2);
}

#[test]
fn a_log_of_a_span_that_never_came_is_told_beside_the_tree() {
    let app = TestApp::start();
    post(&app, "/v1/traces", &span_of("shop", 0));
    let mut lost = record(1, json!({"eventName": "lost"}));
    lost["spanId"] = json!("00000000000000aa");
    post(&app, "/v1/logs", &logs_of("stock", json!([lost])));
    assert_eq!(event_names(&app), ["own"]);
    let hops = app.get(&format!("/api/hopline/traces/{TRACE}")).json();
    assert_eq!(hops["orphanEventCount"], 1);
    assert_eq!(hops["orphanEvents"][0]["spanId"], "00000000000000aa");
    assert_eq!(hops["orphanEvents"][0]["service"], "stock");
    assert_eq!(hops["orphanEvents"][0]["name"], "lost");
    assert_eq!(
        (&hops["hopCount"], &hops["complete"]),
        (&json!(1), &json!(true))
    );
    let text = app
        .get(&format!("/api/hopline/traces/{TRACE}?format=text"))
        .text();
    assert!(
        text.contains("1 log records of spans not received"),
        "{text}"
    );
}

#[test]
fn an_exception_that_was_logged_explains_the_failure() {
    let app = TestApp::start();
    post(&app, "/v1/traces", &span_of("shop", 2));
    let thrown = record(
        9,
        json!({"severityNumber": 17, "attributes": [
            text("exception.type", "TimeoutError"), text("exception.message", "stock did not answer"),
        ]}),
    );
    post(&app, "/v1/logs", &logs_of("shop", json!([thrown])));
    let hops = app.get(&format!("/api/hopline/traces/{TRACE}")).json();
    assert_eq!(hops["hops"][0]["errorText"], "stock did not answer");
    let found = app
        .get("/api/hopline/search?service=shop&from=0&to=1700000100000")
        .json();
    assert_eq!(
        found["traces"][0]["errorOrigin"]["text"],
        "stock did not answer"
    );
    let text = app
        .get(&format!("/api/hopline/traces/{TRACE}?format=text"))
        .text();
    assert!(text.contains("! stock did not answer"), "{text}");
}

#[test]
fn of_a_shared_zipkin_span_the_half_of_the_service_has_the_log() {
    let app = TestApp::start();
    let half = |kind: &str, service: &str| {
        let fields = format!("\"kind\":\"{kind}\",\"shared\":{}", kind == "SERVER");
        span_json(TRACE, SPAN, &fields).replace("\"shop\"", &format!("\"{service}\""))
    };
    let both = format!("[{},{}]", half("CLIENT", "web"), half("SERVER", "shop"));
    assert_eq!(app.post_spans(&both).status, 202);
    let of = |service, name| logs_of(service, json!([record(1, json!({"eventName": name}))]));
    for (service, name) in [
        ("shop", "server's"),
        ("web", "client's"),
        ("else", "first's"),
    ] {
        post(&app, "/v1/logs", &of(service, name));
    }
    let zipkin = app.get(&format!("/api/v2/trace/{TRACE}")).json();
    let told = |kind: &str| {
        let spans = zipkin.as_array().unwrap().iter();
        let span = spans.clone().find(|span| span["kind"] == kind).unwrap();
        let annotations = span["annotations"].as_array().unwrap().iter();
        let texts = annotations.map(|annotation| annotation["value"].as_str().unwrap());
        texts
            .map(|text| {
                text.split("\":{")
                    .next()
                    .unwrap()
                    .trim_matches('"')
                    .to_owned()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(told("SERVER"), ["server's"]);
    assert_eq!(told("CLIENT"), ["client's", "first's"]);
}

#[test]
fn a_hundred_thousand_records_of_one_span_are_kept_and_told_in_bounds() {
    let app = TestApp::start();
    post(&app, "/v1/traces", &span_of("shop", 0));
    let records: Vec<Value> = (0..100_000)
        .map(|number| record(number, json!({"eventName": "note"})))
        .collect();
    post(&app, "/v1/logs", &logs_of("shop", records.into()));
    let began = std::time::Instant::now();
    let names = event_names(&app);
    assert_eq!(names.len(), 1_024);
    let otlp = app
        .get(&format!("/api/hopline/traces/{TRACE}?format=otlp"))
        .json();
    let span = &otlp["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(span["droppedEventsCount"], 100_001 - 1_024);
    assert!(began.elapsed().as_secs() < 30, "{:?}", began.elapsed());
}
