//! Zipkin's query API: its texts as a table, and what it finds.
use crate::app::{TestApp, span_json};

/// An app with two traces: `a` of `shop`, which calls `till`, and `b` of `till`, which failed.
fn app_with_traces() -> TestApp {
    let app = TestApp::start();
    let client = span_json(
        "a",
        "1",
        "\"kind\":\"CLIENT\",\"remoteEndpoint\":{\"serviceName\":\"Till\"},\
         \"tags\":{\"http.method\":\"GET\"}",
    );
    let failed = "{\"traceId\":\"b\",\"id\":\"2\",\"name\":\"Pay\",\"timestamp\":1700000001000000,\
        \"duration\":250000,\"localEndpoint\":{\"serviceName\":\"till\"},\
        \"tags\":{\"error\":\"no money\",\"http.method\":\"POST\"}}";
    assert_eq!(app.post_spans(&format!("[{client},{failed}]")).status, 202);
    app
}

#[test]
fn refusals_in_zipkins_words() {
    let app = TestApp::start();
    let long = "a".repeat(33);
    for (path, status, text) in [
        (
            "/spans",
            400,
            "Mandatory parameter/header/attribute is missing: serviceName",
        ),
        (
            "/remoteServices",
            400,
            "Mandatory parameter/header/attribute is missing: serviceName",
        ),
        ("/spans?serviceName=", 200, "[]"),
        ("/services", 200, "[]"),
        ("/traces", 200, "[]"),
        ("/traces?serviceName=%E4%B8%AA%E4%BA%BA", 200, "[]"),
        ("/traces?endTs=0", 400, "endTs <= 0"),
        ("/traces?endTs=abc", 400, "For input string: \"abc\""),
        (
            "/traces?endTs=99999999999999999999",
            400,
            "For input string: \"99999999999999999999\"",
        ),
        ("/traces?limit=0", 400, "limit <= 0"),
        (
            "/traces?limit=",
            400,
            "Cannot set null to primitive type parameter: limit",
        ),
        ("/traces?limit=x", 400, "For input string: \"x\""),
        ("/traces?lookback=0", 400, "lookback <= 0"),
        ("/traces?minDuration=0", 400, "minDuration <= 0"),
        ("/traces?minDuration=", 200, "[]"),
        (
            "/traces?minDuration=2&maxDuration=1",
            400,
            "maxDuration < minDuration",
        ),
        (
            "/traces?maxDuration=1",
            400,
            "maxDuration is only valid with minDuration",
        ),
        ("/traces?limit=1&limit=0", 200, "[]"),
        ("/trace/a", 404, "000000000000000a not found"),
        (
            "/trace/000000000000000000000000000000ff",
            404,
            "00000000000000ff not found",
        ),
        ("/trace/a%20", 404, "000000000000000a not found"),
        (
            "/trace/A",
            400,
            "A should be lower-hex encoded with no prefix",
        ),
        (
            "/trace/0x1",
            400,
            "0x1 should be lower-hex encoded with no prefix",
        ),
        ("/trace/0", 400, "traceId is all zeros"),
        (&format!("/trace/{long}"), 400, "traceId.length > 32"),
        (
            "/traceMany",
            400,
            "Mandatory parameter/header/attribute is missing: traceIds",
        ),
        ("/traceMany?traceIds=", 400, "traceIds parameter is empty"),
        ("/traceMany?traceIds=a,b", 200, "[]"),
        (
            "/traceMany?traceIds=a,000000000000000a",
            400,
            "redundant traceId: 000000000000000a",
        ),
        (
            "/traceMany?traceIds=a",
            400,
            "Use /api/v2/trace/{traceId} endpoint to retrieve a single trace",
        ),
        (
            "/dependencies",
            400,
            "Mandatory parameter/header/attribute is missing: endTs",
        ),
        (
            "/dependencies?endTs=",
            400,
            "Cannot set null to primitive type parameter: endTs",
        ),
        ("/dependencies?endTs=-1", 400, "endTs <= 0"),
        ("/dependencies?endTs=1&lookback=0", 400, "lookback <= 0"),
        ("/dependencies?endTs=1", 200, "[]"),
    ] {
        for base in ["/api/v2", "/zipkin/api/v2"] {
            let answer = app.get(&format!("{base}{path}"));
            assert_eq!(
                (answer.status, answer.text().as_str()),
                (status, text),
                "{path}"
            );
            let kind = if status == 200 {
                "application/json"
            } else {
                "text/*"
            };
            assert_eq!(answer.header("content-type"), Some(kind), "{path}");
        }
    }
}

#[test]
fn traces_are_found() {
    let app = app_with_traces();
    for (query, ids) in [
        ("", &["b", "a"][..]),
        ("limit=1", &["b"]),
        ("serviceName=SHOP", &["a"]),
        ("serviceName=till&spanName=pay", &["b"]),
        ("spanName=all", &["b", "a"]),
        ("remoteServiceName=till", &["a"]),
        ("annotationQuery=error", &["b"]),
        ("annotationQuery=http.method%3DGET", &["a"]),
        ("annotationQuery=error+and+http.method%3DGET", &[]),
        ("minDuration=1001", &["b"]),
        ("minDuration=1&maxDuration=1000", &["a"]),
        ("endTs=1700000000500&lookback=1000", &["a"]),
    ] {
        let answer = app.get(&format!("/api/v2/traces?{query}"));
        let found: Vec<String> = answer
            .json()
            .as_array()
            .unwrap()
            .iter()
            .map(|trace| {
                trace[0]["traceId"]
                    .as_str()
                    .unwrap()
                    .trim_start_matches('0')
                    .to_owned()
            })
            .collect();
        assert_eq!(found, ids, "{query}");
    }
    assert_eq!(app.get("/api/v2/services").text(), "[\"shop\",\"till\"]");
    assert_eq!(
        app.get("/api/v2/spans?serviceName=TILL").text(),
        "[\"pay\"]"
    );
    assert_eq!(
        app.get("/api/v2/remoteServices?serviceName=shop").text(),
        "[\"till\"]"
    );
    assert_eq!(
        app.get("/api/v2/traceMany?traceIds=a,b")
            .json()
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn our_search_answers_summaries_and_what_was_searched() {
    let app = app_with_traces();
    for (query, count) in [
        ("", 2),
        ("service=shop", 1),
        ("operation=PAY", 1),
        ("remoteService=till", 1),
        ("tag=http.method", 2),
        ("tag=http.method&tag=error%3Dno+money", 1),
        ("error=true", 1),
        ("minDuration=100ms", 1),
        ("maxDuration=1000000", 1),
        ("limit=1", 1),
        ("from=1700000000500", 1),
        ("minTraceDuration=100ms", 1),
        ("maxTraceDuration=100ms", 1),
        ("minTraceDuration=100ms&maxTraceDuration=1s", 1),
        ("notTag=http.method%3DGET", 1),
        ("notTag=http.method", 0),
        ("notTag=http.method%3DGET&notTag=error", 0),
        ("tag=http.method&notTag=error", 1),
        ("notTag=&notService=", 2),
        ("notService=TILL", 1),
        ("notService=till&notService=shop", 0),
        ("notOperation=pay", 1),
        ("error=none", 1),
        ("error=false", 2),
        ("service=shop&error=none&notTag=http.method%3DPOST", 1),
    ] {
        let answer = app.get(&format!("/api/hopline/search?{query}"));
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let json = answer.json();
        assert_eq!(json["traces"].as_array().unwrap().len(), count, "{query}");
        assert_eq!(json["truncated"], query == "limit=1", "{query}");
        assert_eq!(
            json["nextCursor"].is_string(),
            query == "limit=1",
            "{query}"
        );
        assert!(
            json["searched"]["from"].is_u64() && json["searched"]["to"].is_u64(),
            "{query}"
        );
    }
    for query in [
        "limit=0",
        "limit=1001",
        "from=x",
        "error=maybe",
        "minDuration=long",
        "minTraceDuration=2s&maxTraceDuration=1s",
        "cursor=x",
        "cursor=1-0",
        "cursor=-a",
        "cursor=18446744073709551616-a",
        &"notTag=a&".repeat(101),
    ] {
        for path in ["search", "search/overview"] {
            let answer = app.get(&format!("/api/hopline/{path}?{query}"));
            assert_eq!(answer.status, 400, "{path} {query}");
            assert!(answer.json()["error"].is_string(), "{path} {query}");
        }
    }
}

#[test]
fn a_trace_is_answered_as_a_tree_of_calls() {
    let app = app_with_traces();
    for (path, kind) in [
        ("000000000000000a", "application/json"),
        ("A", "application/json"),
        ("a?skew=raw&spans=none", "application/json"),
        ("a?format=text", "text/plain; charset=utf-8"),
    ] {
        let answer = app.get(&format!("/api/hopline/traces/{path}"));
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some(kind)),
            "{path}"
        );
    }
    let whole = app.get("/api/hopline/traces/a").json();
    assert_eq!(whole["traceId"], "000000000000000a");
    assert!(
        app.get("/api/hopline/traces/a?spans=none")
            .json()
            .get("spans")
            .is_none()
    );
    for (path, status) in [
        ("c", 404),
        ("order-7", 400),
        ("a?skew=x", 400),
        ("a?format=xml", 400),
    ] {
        let answer = app.get(&format!("/api/hopline/traces/{path}"));
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.json()["error"].is_string(), "{path}");
    }
}

#[test]
fn names_are_cached_once_there_are_more_than_three_services() {
    let app = TestApp::start();
    let names = |count: usize| {
        (0..count).map(|i| {
            format!(
                "{{\"traceId\":\"a\",\"id\":\"1\",\"localEndpoint\":{{\"serviceName\":\"s{i}\"}}}}"
            )
        })
    };
    app.post_spans(&format!("[{}]", names(4).collect::<Vec<_>>().join(",")));
    let cached = Some("max-age=300, must-revalidate");
    assert_eq!(
        app.get("/api/v2/spans?serviceName=s1")
            .header("cache-control"),
        None
    );
    assert_eq!(app.get("/api/v2/services").header("cache-control"), cached);
    assert_eq!(
        app.get("/api/v2/spans?serviceName=s1")
            .header("cache-control"),
        cached
    );
}

#[test]
fn switches_of_zipkin() {
    let app = TestApp::start_with(&[], &[("QUERY_ENABLED", "false")]);
    assert_eq!(app.get("/api/v2/services").status, 404);
    assert_eq!(app.get("/").status, 404);
    let app = TestApp::start_with(&[], &[("SEARCH_ENABLED", "false")]);
    app.post_spans(&format!("[{}]", span_json("a", "1", "")));
    for path in ["/traces", "/services", "/spans?serviceName=shop"] {
        assert_eq!(app.get(&format!("/api/v2{path}")).text(), "[]", "{path}");
    }
    assert_eq!(app.get("/api/v2/trace/a").status, 200);
}
