//! `GET /api/hopline/traces/{id}/why` from outside.
use serde_json::{Value, json};

use crate::app::TestApp;

/// Six queries, one after another, in one request of 100 ms.
fn spans() -> Value {
    let mut spans = vec![json!({
        "traceId": "a", "id": "1", "kind": "SERVER", "name": "buy", "timestamp": 1_700_000_000_000_000_u64,
        "duration": 100_000, "localEndpoint": {"serviceName": "shop"}
    })];
    for number in 0..6_u64 {
        spans.push(json!({
            "traceId": "a", "id": format!("{}", number + 2), "parentId": "1", "kind": "CLIENT", "name": "select",
            "timestamp": 1_700_000_000_000_000_u64 + number * 15_000, "duration": 12_000,
            "localEndpoint": {"serviceName": "shop"}, "remoteEndpoint": {"serviceName": "mysql"}
        }));
    }
    json!(spans)
}

#[test]
fn a_trace_says_why_it_is_slow() {
    let app = TestApp::start();
    let headers = [("content-type", "application/json")];
    let posted = app.ask(
        "POST",
        "/api/v2/spans",
        &headers,
        spans().to_string().as_bytes(),
    );
    assert_eq!(posted.status, 202);
    let answer = app.get("/api/hopline/traces/a/why").json();
    assert_eq!(answer["durationNano"], 100_000_000);
    let first = &answer["findings"][0];
    assert_eq!(first["kind"], "n-plus-one");
    assert_eq!(
        (&first["share"], &first["excessNano"]),
        (&json!(0.72), &json!(60_000_000))
    );
    assert_eq!(first["spanIds"].as_array().map(Vec::len), Some(6));
    // Positions are those of the trace's own answer.
    let trace = app.get("/api/hopline/traces/a?spans=none").json();
    let group = first["values"]["group"].as_u64().unwrap() as usize;
    assert_eq!(trace["groups"][group]["count"], first["values"]["count"]);
    let hop = first["values"]["hop"].as_u64().unwrap() as usize;
    assert_eq!(trace["hops"][hop]["group"], group);
    let text = app.get("/api/hopline/traces/a/why?format=text").text();
    assert!(
        text.contains(
            "1. shop → mysql select: 6 calls, one after another: 72.0 ms, 72 % of the trace\n"
        ),
        "{text}"
    );
    for (path, status) in [
        ("/api/hopline/traces/b/why", 404),
        ("/api/hopline/traces/nothing!/why", 400),
        ("/api/hopline/traces/a/why?skew=no", 400),
        ("/api/hopline/traces/a/why?format=otlp", 400),
        ("/api/hopline/traces/a/why?skew=raw", 200),
    ] {
        assert_eq!(app.get(path).status, status, "{path}");
    }
}
