//! Spans of a trace that was told without them, from outside.
use serde_json::{Value, json};

use crate::app::{TestApp, span_json};

const TRACE: &str = "000000000000000a";

/// A call whose two halves have one id, and a database below it.
fn app_with_a_call() -> TestApp {
    let app = TestApp::start();
    let client = span_json(
        TRACE,
        "1",
        "\"kind\":\"CLIENT\",\"tags\":{\"http.path\":\"/Cart/7\",\"x\":\"Ünïcode\"}",
    );
    let server = span_json(TRACE, "1", "\"kind\":\"SERVER\",\"shared\":true");
    let below = span_json(
        TRACE,
        "2",
        "\"parentId\":\"1\",\"annotations\":[{\"timestamp\":1700000000000010,\"value\":\"Cache miss\"}]",
    );
    let body = format!("[{client},{server},{below}]");
    assert_eq!(app.post_spans(&body).status, 202);
    app
}

#[test]
fn a_span_is_told_as_in_its_trace() {
    let app = app_with_a_call();
    let whole = app.get(&format!("/api/hopline/traces/{TRACE}")).json();
    for (id, count) in [("1", 2), ("0000000000000002", 1)] {
        let path = format!("/api/hopline/traces/{TRACE}/spans/{id}");
        let told = app.get(&path).json();
        assert_eq!(told["startTimeUnixNano"], whole["startTimeUnixNano"]);
        let positions = told["positions"].as_array().unwrap();
        assert_eq!(positions.len(), count);
        for (place, position) in positions.iter().enumerate() {
            let position = position.as_u64().unwrap() as usize;
            assert_eq!(told["spans"][place], whole["spans"][position]);
        }
        let zipkin = app.get(&format!("{path}?format=zipkin")).json();
        assert_eq!(zipkin.as_array().unwrap().len(), count);
        let otlp = app.get(&format!("{path}?format=otlp")).json();
        let spans: usize = (otlp["resourceSpans"].as_array().unwrap().iter())
            .flat_map(|resource| resource["scopeSpans"].as_array().unwrap())
            .map(|scope| scope["spans"].as_array().unwrap().len())
            .sum();
        assert_eq!(spans, count);
    }
}

#[test]
fn spans_are_found_by_what_they_hold_in_any_case() {
    let app = app_with_a_call();
    let whole = app.get(&format!("/api/hopline/traces/{TRACE}")).json();
    let position = |id: &str, is_shared: bool| {
        let spans = whole["spans"].as_array().unwrap();
        spans
            .iter()
            .position(|span| {
                span["spanId"].as_str().unwrap().ends_with(id) && span["shared"] == is_shared
            })
            .unwrap()
    };
    for (text, expected) in [
        ("/cart/", vec![position("1", false)]),
        ("HTTP.PATH", vec![position("1", false)]),
        ("%C3%9CN%C3%8F", vec![position("1", false)]),
        ("cache%20MISS", vec![position("2", false)]),
        ("0000000000000002", vec![position("2", false)]),
        ("nowhere", vec![]),
    ] {
        let path = format!("/api/hopline/traces/{TRACE}/spans?contains={text}");
        let answer = app.get(&path).json();
        assert_eq!(answer["positions"], json!(expected), "{text}");
        assert_eq!(answer["spanCount"], 3);
    }
}

#[test]
fn what_is_not_there_or_not_asked_for_is_said() {
    let app = app_with_a_call();
    for (path, status, text) in [
        ("a/spans/9", 404, "has no span 0000000000000009"),
        ("b/spans/1", 404, "no trace 000000000000000b is kept"),
        ("a/spans/xyz", 400, "xyz is not a span id"),
        (
            "a/spans/1?format=text",
            400,
            "format is json, otlp or zipkin",
        ),
        ("a/spans", 400, "contains is missing"),
        ("a/spans?contains=%20", 400, "contains is missing"),
        ("a?hops=all", 400, "hops is list, columns or fitting"),
    ] {
        let answer = app.get(&format!("/api/hopline/traces/{path}"));
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        let error: Value = answer.json();
        assert!(
            error["error"].as_str().unwrap().contains(text),
            "{path}: {error}"
        );
    }
}
