//! Behind a reverse proxy under a path: one that takes the path away, and one that does not.
use crate::app::{TestApp, span_json};

#[test]
fn everything_is_served_below_the_path_and_without_it() {
    let app = TestApp::start_with(&["--base-path", "/ops/tracing/"], &[]);
    let span = format!("[{}]", span_json("a", "1", ""));
    for (number, base) in ["", "/ops/tracing"].into_iter().enumerate() {
        let at = |path: &str| format!("{base}{path}");
        let posted = app.ask("POST", &at("/api/v2/spans"), &[], span.as_bytes());
        assert_eq!(posted.status, 202, "{base}");
        let otlp = app.ask(
            "POST",
            &at("/v1/traces"),
            &[("content-type", "application/json")],
            b"{}",
        );
        assert_eq!(otlp.status, 200, "{base}");
        for path in [
            "/",
            "/lookup?q=1",
            "/traces/a",
            "/api/v2/services",
            "/api/v2/trace/a",
            "/zipkin/api/v2/trace/a",
            "/zipkin/config.json",
            "/api/hopline/traces/a?format=text",
            "/health",
            "/metrics",
        ] {
            assert_eq!(app.get(&at(path)).status, 200, "{base}{path}");
        }
        let found = app.get(&at("/api/v2/traces?serviceName=shop&endTs=1700000100000"));
        assert_eq!(found.json().as_array().map(Vec::len), Some(1), "{base}");
        let absent = app.get(&at("/api/hopline/serch"));
        assert_eq!(absent.status, 404, "{base}");
        // A path counts once, wherever it is served.
        let line = format!(
            "http_server_requests_seconds_count{{method=\"GET\",status=\"200\",\
             uri=\"/api/v2/services\"}} {}",
            number + 1
        );
        let text = app.get(&at("/prometheus")).text();
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    for path in [
        "/ops",
        "/ops/tracings/health",
        "/ops/tracing/ops/tracing/health",
    ] {
        assert_eq!(app.get(path).status, 404, "{path}");
    }
}

#[test]
fn the_page_knows_its_path() {
    let app = TestApp::start_with(&["--base-path", "/ops/tracing"], &[]);
    let tag = "<base href=\"/ops/tracing/\"";
    let mut tags = Vec::new();
    for path in [
        "/ops/tracing",
        "/ops/tracing/",
        "/ops/tracing/traces/a1",
        "/traces/a1",
        // Bookmarks of Zipkin's page are the window's own business here.
        "/zipkin",
        "/zipkin/traces/a1?x=y",
        "/ops/tracing/zipkin/?serviceName=shop",
    ] {
        let page = app.get(path);
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(
            page.text().matches(tag).count(),
            1,
            "{path}: {}",
            page.text()
        );
        assert_eq!(page.header("cache-control"), Some("no-cache"), "{path}");
        tags.push(page.header("etag").map(str::to_owned));
    }
    // A page that a browser kept from another path is not the same page.
    let plain = TestApp::start().get("/");
    assert!(
        plain.text().contains("<base href=\"/\""),
        "{}",
        plain.text()
    );
    if let Some(tag) = plain.header("etag") {
        assert!(!tags.contains(&Some(tag.to_owned())));
        let known = app.ask("GET", "/", &[("if-none-match", tag)], b"");
        assert_eq!(known.status, 200);
    }
}

#[test]
fn zipkins_variable_is_the_path_of_its_page() {
    // Zipkin's own routes stay below /zipkin: a proxy leads the path of the variable there.
    let app = TestApp::start_with(&[], &[("ZIPKIN_UI_BASEPATH", "/ops/zipkin")]);
    for path in ["/zipkin/", "/ops/zipkin/", "/zipkin/lookup"] {
        let page = app.get(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.text().contains("<base href=\"/ops/zipkin/\""),
            "{path}"
        );
    }
    for path in ["/api/v2/services", "/api/hopline/status", "/config.json"] {
        let answer = app.get(&format!("/zipkin{path}"));
        assert_eq!(answer.status, 200, "{path}");
    }
    // A bookmark of Zipkin's page below the path of the variable.
    let moved = app.get("/zipkin/zipkin/?serviceName=shop");
    assert_eq!(moved.status, 302);
    assert_eq!(
        moved.header("location"),
        Some("/ops/zipkin/?serviceName=shop")
    );
    let app = TestApp::start_with(&["--base-path=/a"], &[("ZIPKIN_UI_BASEPATH", "/b")]);
    assert!(app.get("/").text().contains("<base href=\"/a/\""));
    for none in ["/", ""] {
        let app = TestApp::start_with(&[], &[("ZIPKIN_UI_BASEPATH", none)]);
        assert!(app.get("/").text().contains("<base href=\"/\""));
        assert!(
            app.get("/zipkin/")
                .text()
                .contains("<base href=\"/zipkin/\"")
        );
    }
}
