//! What a browser is told: whose pages may call, and what a page may do.
use crate::app::TestApp;
use crate::client::Answer;

const ORIGIN: (&str, &str) = ("origin", "https://a.example");

fn allowed(answer: &Answer) -> Option<&str> {
    answer.header("access-control-allow-origin")
}

#[test]
fn without_settings_zipkins_paths_are_open_and_ours_are_not() {
    let app = TestApp::start();
    for path in ["/api/v2/services", "/api/v2/nothing", "/v1/traces"] {
        let answer = app.ask("GET", path, &[ORIGIN], b"");
        assert_eq!(allowed(&answer), Some("*"), "{path}");
        assert_eq!(
            answer.header("access-control-allow-credentials"),
            None,
            "{path}"
        );
        assert_eq!(answer.header("vary"), None, "{path}");
    }
    let null = app.ask("GET", "/api/v2/services", &[("origin", "null")], b"");
    assert_eq!(allowed(&null), Some("null"));
    assert_eq!(allowed(&app.get("/api/v2/services")), None);
    let own = app.ask("GET", "/api/hopline/status", &[ORIGIN], b"");
    assert_eq!((own.status, allowed(&own)), (200, None));
}

#[test]
fn preflights() {
    let app = TestApp::start();
    let headers = [ORIGIN, ("access-control-request-method", "POST")];
    for path in ["/api/v2/spans", "/v1/traces", "/api/v2/unknown"] {
        let answer = app.ask("OPTIONS", path, &headers, b"");
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(allowed(&answer), Some("*"), "{path}");
        for (name, value) in [
            ("access-control-allow-methods", "GET,POST"),
            ("access-control-allow-headers", "content-type,x-grpc-web"),
            ("access-control-max-age", "0"),
            ("content-length", "0"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
    }
    let own = app.ask("OPTIONS", "/api/hopline/search", &headers, b"");
    assert_eq!((own.status, allowed(&own)), (200, None));
    assert_eq!(own.header("access-control-allow-methods"), None);
    assert_eq!(app.ask("OPTIONS", "/api/v2/spans", &[], b"").status, 404);
}

#[test]
fn a_list_of_origins_opens_and_closes_everything() {
    for app in [
        TestApp::start_with(&["--cors-origins", "https://A.example"], &[]),
        TestApp::start_with(
            &[],
            &[("ZIPKIN_QUERY_ALLOWED_ORIGINS", "https://a.example")],
        ),
    ] {
        for path in ["/api/v2/services", "/api/hopline/status"] {
            let answer = app.ask("GET", path, &[ORIGIN], b"");
            assert_eq!(allowed(&answer), Some("https://a.example"), "{path}");
            assert_eq!(answer.header("vary"), Some("origin"), "{path}");
            for other in ["https://b.example", "null"] {
                let answer = app.ask("GET", path, &[("origin", other)], b"");
                assert_eq!((answer.status, allowed(&answer)), (200, None), "{path}");
            }
        }
    }
}

#[test]
fn every_answer_is_safe_for_a_browser() {
    let app = TestApp::start();
    for path in [
        "/",
        "/lookup",
        "/nothing",
        "/api/v2/services",
        "/api/hopline/status",
        "/health",
    ] {
        let answer = app.get(path);
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
    }
    assert_eq!(
        app.get("/api/hopline/status").header("cache-control"),
        Some("no-store")
    );
    let page = app.get("/");
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    assert_eq!(app.get("/lookup?q=1").status, 200);
}
