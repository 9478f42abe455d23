//! Whoever holds an id finds the trace.
use crate::app::TestApp;

const TRACE: &str = "463ac35c9f6413ad48485a3953bb6124";

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
    // Not by a part, not by another case, not by a tag that is no correlation key.
    for pasted in ["REQ", "req-1", "REQ-2", "b5e2f6d0", "48485a3953bb6124"] {
        let json = app.get(&format!("/api/hopline/lookup?q={pasted}")).json();
        assert_eq!(json["matches"], serde_json::json!([]), "{pasted}");
        assert_eq!(json["query"], pasted);
        assert_eq!(json["truncated"], false);
    }
    let answer = app.get("/api/hopline/lookup?q=");
    assert_eq!(answer.status, 400);
    assert!(answer.json()["hint"].is_string());
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
