//! Paths that are not ours, and the small paths that operators read.
use crate::app::{TestApp, span_json};

#[test]
fn a_near_miss_is_told_the_right_path() {
    let app = TestApp::start();
    for (method, path, text) in [
        (
            "POST",
            "/api/v2/span",
            "404 Not Found: did you mean POST /api/v2/spans?",
        ),
        (
            "PUT",
            "/api/v2/spans",
            "404 Not Found: did you mean POST /api/v2/spans?",
        ),
        (
            "PUT",
            "/api/v1/spans",
            "404 Not Found: did you mean POST /api/v1/spans?",
        ),
        (
            "GET",
            "/api/v2/trace/",
            "404 Not Found: did you mean GET /api/v2/trace/{id}?",
        ),
        (
            "GET",
            "/api/v2/service",
            "404 Not Found: did you mean GET /api/v2/services?",
        ),
        (
            "POST",
            "/v1/trace",
            "404 Not Found: did you mean POST /v1/traces?",
        ),
        ("GET", "/helth", "404 Not Found: did you mean GET /health?"),
        ("GET", "/wp-login.php", "404 Not Found"),
        ("DELETE", "/api/v2/unheard-of", "404 Not Found"),
    ] {
        let answer = app.ask(method, path, &[], b"");
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (404, text),
            "{method} {path}"
        );
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; charset=utf-8"),
            "{path}"
        );
    }
    let own = app.get("/api/hopline/serch");
    assert_eq!(own.status, 404);
    assert_eq!(own.json()["hint"], "did you mean GET /api/hopline/search?");
}

#[test]
fn zipkins_addresses_are_pages_of_the_window() {
    let app = TestApp::start();
    for (path, to) in [
        ("/zipkin", "/zipkin/"),
        ("/zipkin?serviceName=a", "/zipkin/?serviceName=a"),
        // A proxy that adds the path once too often.
        ("/zipkin/zipkin/?serviceName=a", "/zipkin/?serviceName=a"),
        ("/zipkin/zipkin/traces/a1", "/zipkin/traces/a1"),
    ] {
        let answer = app.get(path);
        assert_eq!(
            (answer.status, answer.header("location")),
            (302, Some(to)),
            "{path}"
        );
    }
    for path in [
        "/zipkin/",
        "/zipkin/?serviceName=a",
        "/zipkin/index.html",
        "/zipkin/traces/a1",
        "/zipkin/traces/%2F%2Fevil.example",
        "/zipkin/dependency",
        "/zipkin/traceViewer",
        "/zipkin/lookup?q=1",
    ] {
        let page = app.get(path);
        let tag = "<base href=\"/zipkin/\"";
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.text().matches(tag).count(), 1, "{path}");
    }
    for path in ["/zipkin//evil.example", "/zipkin/wp-login.php", "/zipkins/"] {
        let answer = app.get(path);
        assert_eq!(
            (answer.status, answer.header("location")),
            (404, None),
            "{path}"
        );
    }
}

/// What a proxy that forwards `/zipkin/` alone needs of a server without a setting.
#[test]
fn everything_is_below_zipkins_path_too() {
    let app = TestApp::start();
    let span = format!("[{}]", span_json("a", "1", ""));
    for (path, body, status) in [
        ("/zipkin/api/v2/spans", span.as_str(), 202),
        ("/zipkin/v1/traces", "{}", 200),
    ] {
        let headers = [("content-type", "application/json")];
        let answer = app.ask("POST", path, &headers, body.as_bytes());
        assert_eq!(answer.status, status, "{path}");
    }
    let page = app.get("/zipkin/").text();
    let assets = page.split('"').filter_map(|text| text.strip_prefix("./"));
    for path in assets.chain([
        "config.json",
        "api/v2/services",
        "api/v2/trace/a",
        "api/hopline/traces/a?format=text",
        "api/hopline/search?service=shop",
        "health",
    ]) {
        let (answer, plain) = (
            app.get(&format!("/zipkin/{path}")),
            app.get(&format!("/{path}")),
        );
        assert_eq!(answer.status, 200, "{path}");
        // Zipkin serves its page's settings below its path alone.
        if path != "config.json" {
            assert_eq!(answer.body, plain.body, "{path}");
        }
    }
    assert!(app.get("/").text().contains("<base href=\"/\""));
    // Our own API stays closed to the pages of others, wherever it is.
    let origin = [("origin", "https://a.example")];
    let own = app.ask("GET", "/zipkin/api/hopline/status", &origin, b"");
    assert_eq!(own.header("access-control-allow-origin"), None);
    let open = app.ask("GET", "/zipkin/api/v2/services", &origin, b"");
    assert_eq!(open.header("access-control-allow-origin"), Some("*"));
}

#[test]
fn a_proxy_makes_no_backup() {
    let app = TestApp::start_with(&["--base-path", "/ops"], &[]);
    for (below, refused) in [("", false), ("/zipkin", true), ("/ops", true)] {
        let path = format!("{below}/api/hopline/backup?folder=relative");
        let answer = app.ask("POST", &path, &[], b"");
        assert_eq!(answer.status, 400, "{path}");
        assert_eq!(answer.text().contains("no proxy"), refused, "{path}");
    }
}

#[test]
fn health_is_zipkins_with_our_store() {
    let app = TestApp::start();
    let answer = app.get("/health");
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    let expected = "{\n  \"status\" : \"UP\",\n  \"zipkin\" : {\n    \"status\" : \"UP\",\n    \
        \"details\" : {\n      \"MemoryStore\" : {\n        \"status\" : \"UP\"\n      }\n    }\n  }\n}";
    assert_eq!(answer.text(), expected);
    assert!(app.get("/info").json()["zipkin"]["version"].is_string());
    let actuator = app.get("/actuator/health");
    assert_eq!(
        actuator.header("content-type"),
        Some("application/vnd.spring-boot.actuator.v2+json; charset=utf-8")
    );
}

#[test]
fn numbers_of_what_happened() {
    let app = TestApp::start();
    app.post_spans(&format!(
        "[{},{}]",
        span_json("a", "1", ""),
        span_json("a", "2", "")
    ));
    app.post_spans("hello");
    let metrics = app.get("/metrics").json();
    assert_eq!(metrics["counter.zipkin_collector.messages.http"], 2.0);
    assert_eq!(
        metrics["counter.zipkin_collector.messages_dropped.http"],
        1.0
    );
    assert_eq!(metrics["counter.zipkin_collector.spans.http"], 2.0);
    let text = app.get("/prometheus").text();
    for line in [
        "hopline_spans_accepted_total{format=\"zipkin_json\"} 2",
        "hopline_ingest_rejected_total{format=\"zipkin_json\",status=\"400\"} 1",
        "hopline_http_requests_total{method=\"POST\",door=\"main\",status=\"202\"} 1",
        "hopline_store_spans_written 2",
        "hopline_store_write_seconds_count 1",
        "zipkin_collector_spans_total{transport=\"http\"} 2",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}
