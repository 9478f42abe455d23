//! The other doors of lookup: batches, short addresses, and from a span to its logs.
use std::collections::BTreeMap;

use serde_json::json;

use crate::app::{NOW_MS, TestApp};
use crate::client::Answer;
use crate::lookup::{SPAN, TRACE, otlp_app};

fn posted(app: &TestApp, body: &str) -> Answer {
    let headers = [("content-type", "application/json")];
    app.ask("POST", "/api/hopline/lookup", &headers, body.as_bytes())
}

#[test]
fn a_batch_has_one_answer_for_each_text_in_order() {
    let app = otlp_app();
    let texts = json!([
        "nothing",
        TRACE,
        "",
        "second",
        format!("b3: {TRACE}-{SPAN}")
    ]);
    let answer = posted(&app, &texts.to_string());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let json = answer.json();
    assert_eq!(json["searched"], json!({"from": 0, "to": NOW_MS}));
    let answers = json["answers"].as_array().unwrap();
    let found: Vec<(&str, usize, bool)> = answers
        .iter()
        .map(|one| {
            let matches = one["matches"].as_array().unwrap().len();
            (
                one["query"].as_str().unwrap(),
                matches,
                one["truncated"] == true,
            )
        })
        .collect();
    let header = format!("b3: {TRACE}-{SPAN}");
    assert_eq!(
        found,
        [
            ("nothing", 0, false),
            (TRACE, 1, false),
            ("", 0, false),
            ("second", 1, false),
            (header.as_str(), 1, false),
        ]
    );
    assert_eq!(posted(&app, "[]").json()["answers"], json!([]));
    let most = serde_json::to_string(&vec!["second"; 1_000]).unwrap();
    let json = posted(&app, &most).json();
    let answers = json["answers"].as_array().unwrap();
    assert_eq!(answers.len(), 1_000);
    // Slow machines answer fewer, and say so.
    assert!(
        answers
            .iter()
            .all(|one| one["truncatedBy"] == "time" || one["matches"][0]["traceId"] == TRACE)
    );

    let too_many = serde_json::to_string(&vec!["a"; 1_001]).unwrap();
    let too_long = json!(["a", "x".repeat(65 << 10)]).to_string();
    let too_large = serde_json::to_string(&vec!["x".repeat(60 << 10); 40]).unwrap();
    for (body, status) in [
        (too_many.as_str(), 413),
        (too_long.as_str(), 413),
        (too_large.as_str(), 413),
        ("", 400),
        ("{}", 400),
        ("[1]", 400),
        ("[\"a\"", 400),
        ("[null]", 400),
    ] {
        let answer = posted(&app, body);
        assert_eq!(answer.status, status, "{}", &body[..body.len().min(20)]);
        assert!(answer.json()["error"].is_string());
    }
}

#[test]
fn a_short_address_leads_to_the_trace_or_to_the_list() {
    let location = |app: &TestApp, path: &str| {
        let answer = app.get(path);
        assert_eq!(answer.status, 302, "{path}: {}", answer.text());
        answer.header("location").unwrap().to_owned()
    };
    let app = otlp_app();
    let span = format!("/traces/{TRACE}?span={SPAN}");
    for (path, to) in [
        (format!("/c/{TRACE}"), format!("/traces/{TRACE}")),
        ("/c/second".to_owned(), span.clone()),
        (format!("/c/%5B{TRACE}-{SPAN}%5D"), span),
        (
            format!("/c/projects%2Fp%2Ftraces%2F{TRACE}"),
            format!("/traces/{TRACE}"),
        ),
        (
            format!("/c/projects/p/traces/{TRACE}"),
            format!("/traces/{TRACE}"),
        ),
        (
            format!("/zipkin/c/{TRACE}"),
            format!("/zipkin/traces/{TRACE}"),
        ),
        (
            "/c/a%20b%26c%2F%3Cscript%3E".to_owned(),
            "/lookup?q=a%20b%26c%2F%3Cscript%3E".to_owned(),
        ),
        (
            "/c//evil.example".to_owned(),
            "/lookup?q=%2Fevil.example".to_owned(),
        ),
        (
            "/c/%0d%0aset-cookie:%20a".to_owned(),
            "/lookup?q=set-cookie%3A%20a".to_owned(),
        ),
    ] {
        assert_eq!(location(&app, &path), to, "{path}");
    }
    assert_eq!(app.get("/c/").status, 400);
    assert_eq!(app.get("/c/%ff").status, 400);
    let app = TestApp::start_with(&["--base-path", "/tracing"], &[]);
    assert_eq!(location(&app, "/c/x"), "/tracing/lookup?q=x");
    assert_eq!(location(&app, "/tracing/c/x"), "/tracing/lookup?q=x");
    let app = TestApp::start_with(&[], &[("UI_ENABLED", "false")]);
    assert!(location(&app, "/c/x").ends_with("lookup?q=x"));
}

#[test]
fn logs_of_a_span_are_where_the_settings_say() {
    let app = otlp_app();
    let path = format!("/api/hopline/traces/{TRACE}/logs");
    assert_eq!(app.get(&path).json()["links"], json!([]));
    let links = "Logs=https://logs.example/?t={traceId}&s={spanId}&v={service}&a={startMs}&b={endMs} \
        Host=https://logs.example/{tag:host.name} Pod=https://logs.example/{tag:k8s.pod.name} \
        Explore=loki:https://grafana.example#uid";
    let linked = TestApp::start_over(app.store.clone(), &["--log-links", links], &[]);
    let told = |path: &str| {
        let json = linked.get(path).json();
        let links = json["links"].as_array().unwrap().clone();
        let links: BTreeMap<String, String> = (links.iter())
            .map(|link| {
                let text = |name: &str| link[name].as_str().unwrap().to_owned();
                (text("name"), text("url"))
            })
            .collect();
        (json["spanId"].clone(), links)
    };
    let (span, links) = told(&path);
    assert_eq!(span, SPAN);
    assert_eq!(links.len(), 3, "no link without its tag: {links:?}");
    assert_eq!(
        links["Logs"],
        format!("https://logs.example/?t={TRACE}&s={SPAN}&v=shop&a=1699999940000&b=1700000060250")
    );
    assert_eq!(links["Host"], "https://logs.example/a%20b%26c%22%3Cd%3E");
    assert!(links["Explore"].starts_with("https://grafana.example/explore?"));
    let (span, links) = told(&format!("{path}?span=c1"));
    assert_eq!(span, "00000000000000c1");
    assert_eq!(links.len(), 2, "{links:?}");
    for (query, status) in [("?span=zz", 400), ("?span=ff", 404)] {
        assert_eq!(
            linked.get(&format!("{path}{query}")).status,
            status,
            "{query}"
        );
    }
    assert_eq!(linked.get("/api/hopline/traces/1/logs").status, 404);
}
