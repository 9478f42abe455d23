//! `STRICT_TRACE_ID=false`: traces whose ids agree in the low 64 bits are one, as in Zipkin's own
//! contract for it.
use serde_json::Value;

use crate::app::{TestApp, span_json};

const WIDE: &str = "463ac35c9f6413ad48485a3953bb6124";
const LOW: &str = "48485a3953bb6124";

/// A trace of which one host kept only 64 bits, one that is whole, and one of another low half.
fn start(strict: &str) -> TestApp {
    let app = TestApp::start_with(&[], &[("STRICT_TRACE_ID", strict)]);
    let other = |service: &str, more: &str| {
        format!("\"localEndpoint\":{{\"serviceName\":\"{service}\"}}{more}")
    };
    let spans = [
        span_json(WIDE, "1", &other("front", "")),
        span_json(
            LOW,
            "2",
            &other("back", ",\"parentId\":\"1\",\"tags\":{\"error\":\"\"}"),
        ),
        span_json(
            "b000000000000000c",
            "3",
            &other("front", ",\"timestamp\":1700000001000000"),
        ),
        span_json("d", "4", &other("back", ",\"timestamp\":1700000002000000")),
    ];
    let answer = app.post_spans(&format!("[{}]", spans.join(",")));
    assert_eq!(answer.status, 202, "{}", answer.text());
    app
}

/// The ids of the spans of each trace of a list, in order.
fn ids(traces: &Value) -> Vec<Vec<&str>> {
    traces
        .as_array()
        .unwrap()
        .iter()
        .map(|trace| {
            let spans = trace.as_array().unwrap().iter();
            let mut ids: Vec<&str> = spans.map(|span| span["id"].as_str().unwrap()).collect();
            ids.sort_unstable();
            ids
        })
        .collect()
}

const ONE: &str = "0000000000000001";
const TWO: &str = "0000000000000002";
const THREE: &str = "0000000000000003";
const FOUR: &str = "0000000000000004";

#[test]
fn a_trace_is_read_by_either_form_of_its_id() {
    let app = start("false");
    for id in [WIDE, LOW, "ffffffffffffffff48485a3953bb6124"] {
        let trace = app.get(&format!("/api/v2/trace/{id}"));
        assert_eq!(trace.status, 200, "{id}");
        let mut spans = trace.json().as_array().unwrap().clone();
        spans.sort_by_key(|span| span["id"].to_string());
        let told = |key: &str| {
            spans
                .iter()
                .map(|span| span[key].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(told("id"), [ONE, TWO], "{id}");
        // As they were reported.
        assert_eq!(told("traceId"), [WIDE, LOW], "{id}");
        let tree = app.get(&format!("/api/hopline/traces/{id}")).json();
        assert_eq!(
            (&tree["traceId"], &tree["spanCount"]),
            (&WIDE.into(), &2.into()),
            "{id}"
        );
        let found = app.get(&format!("/api/hopline/lookup?q={id}")).json();
        assert_eq!(found["matches"][0]["traceId"], WIDE, "{id}");
    }
    assert_eq!(app.get("/api/v2/trace/1").status, 404);
}

#[test]
fn many_traces_are_read_by_any_mix_of_ids_each_once() {
    let app = start("false");
    for (asked, expected) in [
        (format!("{WIDE},{LOW}"), vec![vec![ONE, TWO]]),
        (
            format!("d,{LOW},c"),
            vec![vec![FOUR], vec![ONE, TWO], vec![THREE]],
        ),
        (format!("1,{WIDE}"), vec![vec![ONE, TWO]]),
        ("1,2".to_owned(), vec![]),
    ] {
        let answer = app
            .get(&format!("/api/v2/traceMany?traceIds={asked}"))
            .json();
        assert_eq!(ids(&answer), expected, "{asked}");
    }
}

#[test]
fn a_search_by_one_part_finds_the_whole_trace() {
    let app = start("false");
    for (question, expected) in [
        ("", vec![vec![FOUR], vec![THREE], vec![ONE, TWO]]),
        ("limit=3", vec![vec![FOUR], vec![THREE], vec![ONE, TWO]]),
        ("limit=1", vec![vec![FOUR]]),
        ("serviceName=front", vec![vec![THREE], vec![ONE, TWO]]),
        ("serviceName=back", vec![vec![FOUR], vec![ONE, TWO]]),
        ("annotationQuery=error", vec![vec![ONE, TWO]]),
        (
            "serviceName=back&annotationQuery=error",
            vec![vec![ONE, TWO]],
        ),
        ("serviceName=front&annotationQuery=error", vec![]),
    ] {
        let answer = app.get(&format!("/api/v2/traces?{question}")).json();
        assert_eq!(ids(&answer), expected, "{question}");
    }
    let found = app.get("/api/hopline/search?service=back").json();
    assert_eq!(found["traces"].as_array().unwrap().len(), 2, "{found}");
    assert_eq!(found["truncated"], false, "{found}");
}

/// What excludes, and how long it took, is asked of the whole, not of a part.
#[test]
fn a_condition_about_the_whole_is_not_met_by_a_part() {
    let app = TestApp::start_with(&[], &[("STRICT_TRACE_ID", "false")]);
    let early = span_json(WIDE, "1", "\"localEndpoint\":{\"serviceName\":\"front\"}");
    let late = span_json(
        LOW,
        "2",
        "\"localEndpoint\":{\"serviceName\":\"back\"},\"parentId\":\"1\",\
         \"timestamp\":1700000000500000,\"tags\":{\"late\":\"yes\"}",
    );
    let answer = app.post_spans(&format!("[{early},{late}]"));
    assert_eq!(answer.status, 202, "{}", answer.text());
    for (question, count) in [
        ("minTraceDuration=500ms", 1),
        ("minTraceDuration=2s", 0),
        ("maxTraceDuration=400ms", 0),
        ("maxTraceDuration=2s", 1),
        ("notTag=late", 0),
        ("notService=back", 0),
        ("service=front&notTag=late", 1),
        ("limit=1", 1),
    ] {
        let found = app.get(&format!("/api/hopline/search?{question}")).json();
        assert_eq!(
            found["traces"].as_array().unwrap().len(),
            count,
            "{question}"
        );
        assert_eq!(found["truncated"], false, "{question}");
    }
}

/// Given many traces of two parts each, then a search still fills its limit.
#[test]
fn a_limit_counts_whole_traces() {
    let app = TestApp::start_with(&[], &[("STRICT_TRACE_ID", "FALSE")]);
    let spans: Vec<String> = (0..60)
        .map(|n| {
            let high = if n % 2 == 0 { "00000000000000ab" } else { "" };
            span_json(&format!("{high}{:016x}", 1 + n / 2), "1", "")
        })
        .collect();
    app.post_spans(&format!("[{}]", spans.join(",")));
    for (limit, traces) in [(1, 1), (10, 10), (29, 29), (30, 30), (50, 30)] {
        let answer = app.get(&format!("/api/v2/traces?limit={limit}"));
        assert_eq!(answer.header("x-hopline-truncated"), None, "{limit}");
        let answer = answer.json();
        let found = ids(&answer);
        assert_eq!(found.len(), traces, "{limit}");
        assert!(
            found.iter().all(|trace| trace.len() == 2),
            "{limit}: {found:?}"
        );
    }
}

#[test]
fn strictly_each_id_is_a_trace() {
    let app = start("true");
    assert_eq!(
        app.get(&format!("/api/v2/trace/{WIDE}"))
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let answer = app
        .get(&format!("/api/v2/traceMany?traceIds={WIDE},{LOW}"))
        .json();
    assert_eq!(ids(&answer), [[ONE], [TWO]]);
    assert_eq!(app.get("/api/v2/trace/c").status, 404);
    assert_eq!(ids(&app.get("/api/v2/traces").json()).len(), 4);
}
