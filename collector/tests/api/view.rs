//! A file that is looked at: told as a kept trace is, in whatever form it comes, and nothing of it stays.
use serde_json::{Value, json};

use crate::app::{TestApp, span_json};
use crate::client::Answer;
use crate::grpc::zstd;
use crate::ingest::gzip;

const PATH: &str = "/api/hopline/view";
const TRACE: &str = "463ac35c9f6413ad48485a3953bb6124";

/// One trace in each form; only Jaeger's has no door of its own.
const FILES: [(&str, &str, Option<&str>); 4] = [
    (
        "zipkin_json",
        include_str!("../fixtures/view/zipkin.json"),
        Some("/api/v2/spans"),
    ),
    (
        "zipkin_v1_json",
        include_str!("../fixtures/view/zipkin-v1.json"),
        Some("/api/v1/spans"),
    ),
    (
        "otlp_json",
        include_str!("../fixtures/view/otlp.json"),
        Some("/v1/traces"),
    ),
    (
        "jaeger_json",
        include_str!("../fixtures/view/jaeger.json"),
        None,
    ),
];

fn view(app: &TestApp, path: &str, file: impl AsRef<[u8]>) -> Answer {
    let headers = [("content-type", "application/octet-stream")];
    app.ask("POST", &format!("{PATH}{path}"), &headers, file.as_ref())
}

fn one(app: &TestApp, file: &str, question: &str) -> Value {
    let answer = view(app, &format!("/{TRACE}{question}"), file);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[test]
fn every_form_shows_the_same_hops() {
    let app = TestApp::start();
    let expected = one(&app, FILES[0].1, "?spans=none");
    assert_eq!(expected["hops"].as_array().unwrap().len(), 3, "{expected}");
    assert_eq!(expected["errorCount"], 1);
    for (format, file, _) in FILES {
        let list = view(&app, "", file).json();
        assert_eq!(list["format"], format);
        assert_eq!(
            (&list["spanCount"], &list["traceCount"]),
            (&json!(4), &json!(1))
        );
        assert_eq!(list["refused"], json!({"count": 0, "first": null}));
        assert_eq!(list["traces"][0]["traceId"], TRACE);
        // What Hopline gives of it is a file too.
        for form in ["", "?format=zipkin", "?format=otlp"] {
            let again = view(&app, &format!("/{TRACE}{form}"), file).text();
            let told = one(&app, &again, "?spans=none");
            assert_eq!(told, expected, "{format} as {form}");
        }
        assert_eq!(one(&app, file, "?spans=none"), expected, "{format}");
    }
}

#[test]
fn a_file_is_told_in_the_very_words_of_a_kept_trace() {
    for (format, file, door) in FILES {
        let Some(door) = door else { continue };
        let (kept, empty) = (TestApp::start(), TestApp::start());
        let sent = kept.ask(
            "POST",
            door,
            &[("content-type", "application/json")],
            file.as_bytes(),
        );
        assert!(
            matches!(sent.status, 200 | 202),
            "{format}: {}",
            sent.text()
        );
        for question in [
            "",
            "?skew=raw",
            "?format=text",
            "?format=otlp",
            "?format=zipkin",
            "/why",
            "/why?format=text",
        ] {
            let expected = kept.get(&format!("/api/hopline/traces/{TRACE}{question}"));
            let told = view(&empty, &format!("/{TRACE}{question}"), file);
            assert_eq!(
                (told.status, told.text()),
                (200, expected.text()),
                "{format}{question}"
            );
            assert_eq!(told.header("content-type"), expected.header("content-type"));
        }
        let found = kept
            .get("/api/hopline/search?lookback=2147483647000")
            .json();
        assert_eq!(view(&empty, "", file).json()["traces"], found["traces"]);
    }
}

#[test]
fn attributes_come_back_from_what_hopline_gives() {
    let app = TestApp::start();
    let told = |value: &str| {
        let file = format!(
            "{{\"traceId\":\"a\",\"hops\":[],\"spans\":[{{\"spanId\":\"b\",\"startTimeUnixNano\":\"1700000000000000005\",\
             \"offsetNano\":5,\"attributes\":[{{\"key\":\"k\",\"value\":{value}}}]}}]}}"
        );
        let answer = view(&app, "/a", &file);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["spans"][0].clone()
    };
    for (value, expected) in [
        ("null", json!(null)),
        ("true", json!(true)),
        ("-5", json!(-5)),
        ("0.5", json!(0.5)),
        ("18446744073709551615", json!(18_446_744_073_709_551_615.0)),
        ("\"a\\\"b\"", json!("a\"b")),
        ("[1, [], {}]", json!("[1,[],{}]")),
        (
            "{\"a\\\"\": [0.5, null, false], \"b\": \"x\"}",
            json!("{\"a\\\"\":[0.5,null,false],\"b\":\"x\"}"),
        ),
    ] {
        assert_eq!(told(value)["attributes"][0]["value"], expected, "{value}");
    }
    assert_eq!(told("1")["startTimeUnixNano"], "1700000000000000000");
}

#[test]
fn nothing_of_a_file_stays() {
    let app = TestApp::start();
    for (_, file, _) in FILES {
        assert_eq!(view(&app, &format!("/{TRACE}"), file).status, 200);
    }
    assert_eq!(app.get(&format!("/api/hopline/traces/{TRACE}")).status, 404);
    assert_eq!(app.get("/api/v2/services").text(), "[]");
    assert_eq!(app.get("/api/hopline/senders").json()["senders"], json!([]));
    let status = app.get("/api/hopline/status").json();
    assert_eq!(status["store"]["spansWritten"], 0, "{status}");
    let numbers = app.get("/prometheus").text();
    assert!(
        !numbers.contains("hopline_ingest_bytes_total{"),
        "{numbers}"
    );
    for (format, ..) in FILES {
        let line = format!("hopline_views_total{{format=\"{format}\",outcome=\"shown\"}} 1");
        assert!(numbers.contains(&line), "{line}\n{numbers}");
    }
}

#[test]
fn traces_are_listed_newest_first_and_know_each_other() {
    let app = TestApp::start();
    let link = r#""tags":{"otel.link.0":"x"}"#;
    let spans = format!(
        "[[{}],[{}]]",
        span_json("a", "1", link),
        span_json("b", "1", "\"timestamp\":1700000001000000")
    );
    let list = view(&app, "", spans).json();
    let ids: Vec<&str> = list["traces"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["traceId"].as_str())
        .collect();
    assert_eq!(ids, ["000000000000000b", "000000000000000a"]);
    let span = |trace: u8, links: &Value| {
        json!({"traceId": format!("{trace:032x}"), "spanId": format!("{trace:016x}"),
        "name": "job", "kind": 5, "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000001000000", "links": links})
    };
    let to_first = json!([{"traceId": format!("{:032x}", 1), "spanId": format!("{:016x}", 1)}]);
    let line =
        |span: &Value| json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).to_string();
    let lines = format!(
        "{}\n\n{}\n{}\n",
        line(&span(1, &json!([]))),
        line(&span(2, &to_first)),
        json!({"resourceMetrics": []})
    );
    let told = view(&app, &format!("/{:032x}", 1), lines);
    assert_eq!(told.json()["linkedBy"]["count"], 1, "{}", told.text());
}

#[test]
fn ids_of_64_and_128_bits_are_one_trace_where_the_server_says_so() {
    let app = TestApp::start_with(&[], &[("STRICT_TRACE_ID", "false")]);
    let spans = format!(
        "[{},{}]",
        span_json(TRACE, "1", ""),
        span_json(&TRACE[16..], "2", "\"parentId\":\"1\"")
    );
    let list = view(&app, "", &spans).json();
    assert_eq!(
        (&list["traceCount"], &list["traces"][0]["spanCount"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(
        view(&app, &format!("/{}", &TRACE[16..]), &spans).json()["spanCount"],
        2
    );
}

#[test]
fn what_cannot_be_shown_says_what_to_change() {
    let app = TestApp::start();
    let long = "[".repeat(300);
    for (file, outcome, words) in [
        ("", "no_spans", "has no spans"),
        ("[]", "no_spans", "has no spans"),
        ("{\"resourceSpans\":[]}", "no_spans", "has no spans"),
        (
            "{\"data\":null,\"errors\":[{\"code\":404}]}",
            "no_spans",
            "has no spans",
        ),
        (
            "traceId,spanId\n1,2",
            "not_json",
            "line 1 column 1 begins with \"traceId,span",
        ),
        ("\n  <html>", "not_json", "line 2 column 3"),
        ("[{\"traceId\":\"1\",", "not_json", "End of input at line 1"),
        (
            "{\"resourceSpans\":[]}\n{\"resourceSpans\":",
            "not_json",
            "begins at line 2 column 1",
        ),
        (&long, "not_json", "Nesting limit"),
        ("[1,2]", "not_json", "BEGIN_OBJECT"),
        (
            "{\"stars\":[],\"moon\":1}",
            "unknown_form",
            "line 1 column 1 has the fields stars, moon",
        ),
        ("[{}]", "unknown_form", "line 1 column 2 has no fields"),
        (
            "{\"resourceSpans\":[{\"scopeSpans\":7}]}",
            "malformed",
            "path $.resourceSpans[0].scopeSpans",
        ),
        (
            "[{\"traceId\":\"1\",\"id\":\"x\"}]",
            "no_good_span",
            "1 refused",
        ),
        (
            "{\"traceID\":\"1\",\"spans\":[{\"spanID\":\"\"}]}",
            "no_good_span",
            "span id is missing",
        ),
        (
            "{\"traceId\":\"1\",\"hops\":[],\"spans\":[{}]}",
            "malformed",
            "missing field `spanId`",
        ),
    ] {
        let answer = view(&app, "", file);
        assert_eq!(answer.status, 400, "{file}: {}", answer.text());
        let told = answer.json();
        let text = told["error"].as_str().unwrap();
        assert!(text.contains(words), "{file}: {text}");
        assert!(told["hint"].as_str().unwrap().contains("Jaeger"), "{told}");
        let line = format!("hopline_views_total{{format=\"unknown\",outcome=\"{outcome}\"}}");
        assert!(app.get("/prometheus").text().contains(&line), "{line}");
    }
    let absent = view(&app, "/7", FILES[0].1);
    assert_eq!(absent.status, 404);
    assert_eq!(
        absent.json()["error"],
        "the file has no trace 0000000000000007"
    );
    assert_eq!(view(&app, "/pie", FILES[0].1).status, 400);
    let some = format!("[{},{{\"traceId\":\"c\"}}]", span_json("a", "b", ""));
    let list = view(&app, "", some).json();
    assert_eq!(
        (&list["spanCount"], &list["refused"]["count"]),
        (&json!(1), &json!(1))
    );
    let line = "hopline_view_spans_refused_total{format=\"zipkin_json\",reason=\"invalid_id\"} 1";
    assert!(app.get("/prometheus").text().contains(line));
}

#[test]
fn a_file_has_the_limits_of_any_body() {
    let app = TestApp::start_with(&["--body-max", "8KiB", "--body-inflated-max", "16KiB"], &[]);
    let limits = app.get(PATH).json();
    assert_eq!(
        (&limits["bodyBytesMax"], &limits["inflatedBytesMax"]),
        (&json!(8 << 10), &json!(16 << 10))
    );
    let (file, spaces) = (FILES[0].1, " ".repeat(20 << 10));
    let ask = |coding: &str, bytes: &[u8]| {
        let headers = [("content-encoding", coding)];
        app.ask("POST", PATH, &headers, bytes)
    };
    for (answer, status, outcome) in [
        (ask("gzip", &gzip(file.as_bytes())), 200, None),
        (ask("zstd", &zstd(file.as_bytes())), 200, None),
        (view(&app, "", &spaces), 413, Some("too_large")),
        (
            ask("gzip", &gzip(spaces.as_bytes())),
            413,
            Some("too_large"),
        ),
        (ask("br", b"x"), 415, Some("unknown_packing")),
        (ask("gzip", b"no gzip at all"), 400, Some("broken_off")),
    ] {
        assert_eq!(answer.status, status, "{}", answer.text());
        if let Some(outcome) = outcome {
            let line = format!("hopline_views_total{{format=\"unknown\",outcome=\"{outcome}\"}}");
            assert!(app.get("/prometheus").text().contains(&line), "{line}");
        }
        if status == 413 {
            assert!(
                answer.json()["hint"]
                    .as_str()
                    .unwrap()
                    .contains("--body-max")
            );
        }
    }
    assert_eq!(
        app.get("/api/hopline/status").json()["store"]["spansWritten"],
        0
    );
}

#[test]
fn pages_of_others_are_told_nothing() {
    let app = TestApp::start();
    let headers = [("origin", "https://evil.example")];
    let answer = app.ask("POST", PATH, &headers, FILES[0].1.as_bytes());
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert_eq!(
        answer.header("cross-origin-resource-policy"),
        Some("same-origin")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}
