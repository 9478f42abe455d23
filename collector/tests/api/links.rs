//! Links between traces from outside: who links to a trace, messages that cross traces, and the
//! search; over the memory store and the local one, at rest and not.
use std::sync::Arc;

use serde_json::{Value, json};
use storage::memory::MemoryStore;

use crate::app::TestApp;

const PRODUCER: &str = "0af7651916cd43dd8448eb211c80319c";
const CONSUMER: &str = "11111111111111111111111111111111";
const BATCH: &str = "22222222222222222222222222222222";
/// What a host makes of the producer's id that keeps 64 bits.
const NARROW: &str = "8448eb211c80319c";

/// `kind` is OTLP's number; times in milliseconds after the test's moment.
fn span(
    trace: &str,
    id: u64,
    (kind, name): (u8, &str),
    (start, end): (u64, u64),
    links: &[(&str, u64)],
) -> Value {
    let nanos = |ms: u64| (1_700_000_000_000_000_000 + ms * 1_000_000).to_string();
    let links: Vec<Value> = (links.iter())
        .map(|(trace, span)| json!({"traceId": trace, "spanId": format!("{span:016x}")}))
        .collect();
    json!({
        "traceId": trace, "spanId": format!("{id:016x}"), "name": name, "kind": kind,
        "startTimeUnixNano": nanos(start), "endTimeUnixNano": nanos(end), "links": links
    })
}

fn post(app: &TestApp, service: &str, spans: &[Value]) {
    let body = json!({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
        "scopeSpans": [{"spans": spans}]
    }]});
    let headers = [("content-type", "application/json")];
    let answer = app.ask("POST", "/v1/traces", &headers, body.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn post_all(app: &TestApp) {
    let sent = span(PRODUCER, 2, (4, "orders publish"), (5, 10), &[]);
    post(
        app,
        "shop",
        &[span(PRODUCER, 1, (2, "buy"), (0, 20), &[]), sent],
    );
    post(
        app,
        "mail",
        &[span(
            CONSUMER,
            3,
            (5, "orders process"),
            (50, 60),
            &[(PRODUCER, 2)],
        )],
    );
    let links = [(CONSUMER, 3), (PRODUCER, 2), (PRODUCER, 1)];
    post(
        app,
        "ship",
        &[span(BATCH, 4, (5, "ship"), (80, 81), &links)],
    );
}

fn look(app: &TestApp, case: &str) {
    let producer = app.get(&format!("/api/hopline/traces/{PRODUCER}")).json();
    let linking: Vec<_> = (producer["linkedBy"]["spans"].as_array().unwrap().iter())
        .map(|span| {
            (
                span["traceId"].as_str().unwrap(),
                span["service"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(linking, [(BATCH, "ship"), (CONSUMER, "mail")], "{case}");
    assert_eq!(producer["linkedBy"]["count"], 2, "{case}");
    assert_eq!(producer["linkedBy"]["truncated"], false, "{case}");
    let far: Vec<_> = (producer["farHops"].as_array().unwrap().iter())
        .map(|hop| {
            (
                hop["callee"]["service"].as_str().unwrap(),
                hop["networkDurationNano"].as_u64(),
            )
        })
        .collect();
    assert_eq!(
        far,
        [("mail", Some(40_000_000)), ("ship", Some(70_000_000))],
        "{case}"
    );

    let consumer = app.get(&format!("/api/hopline/traces/{CONSUMER}")).json();
    let hop = &consumer["hops"][0];
    let caller = json!({
        "service": "shop", "operation": "orders publish", "spanId": "0000000000000002",
        "spanIndex": null, "traceId": PRODUCER
    });
    assert_eq!(hop["caller"], caller, "{case}");
    assert_eq!(hop["networkDurationNano"], 40_000_000, "{case}");
    assert_eq!(consumer["linkedBy"]["count"], 1, "{case}");
    assert_eq!(
        consumer["farHops"],
        json!([]),
        "what links is no consumer of what was sent"
    );

    let batch = app
        .get(&format!("/api/hopline/traces/{BATCH}?spans=none"))
        .json();
    let producers: Vec<_> = (batch["hops"][0]["producers"].as_array().unwrap().iter())
        .map(|producer| {
            (
                producer["service"].as_str().unwrap(),
                producer["spanId"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("mail", "0000000000000003"),
        ("shop", "0000000000000002"),
        ("shop", "0000000000000001"),
    ];
    assert_eq!(producers, expected, "{case}");

    let text = app
        .get(&format!("/api/hopline/traces/{PRODUCER}?format=text"))
        .text();
    assert!(
        text.contains("shop orders publish → mail orders process  in the queue 40.0 ms"),
        "{case}: {text}"
    );
    assert!(
        text.contains("linked by 2 spans of other traces:\n  ship ship  +80.0 ms  trace 2222"),
        "{case}: {text}"
    );
    let text = app
        .get(&format!("/api/hopline/traces/{CONSUMER}?format=text"))
        .text();
    assert!(
        text.contains(&format!("from trace {PRODUCER}")),
        "{case}: {text}"
    );

    for (question, expected) in [
        (format!("linksTo={PRODUCER}"), &[BATCH, CONSUMER][..]),
        (format!("linksTo={CONSUMER}"), &[BATCH]),
        (format!("linksTo={BATCH}"), &[]),
        (format!("linksTo={PRODUCER}&service=mail"), &[CONSUMER]),
        (format!("linksTo={PRODUCER}&limit=1"), &[BATCH]),
    ] {
        assert_eq!(found(app, &question), expected, "{case}: {question}");
    }
}

fn found(app: &TestApp, question: &str) -> Vec<String> {
    let path = format!("/api/hopline/search?from=1700000000000&{question}");
    let answer = app.get(&path).json();
    let traces = answer["traces"].as_array().unwrap().iter();
    traces
        .map(|trace| trace["traceId"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn links_are_known_at_both_ends() {
    let app = TestApp::start_over(Arc::new(MemoryStore::new()), &[], &[]);
    post_all(&app);
    look(&app, "memory");
    let refused = app.get("/api/hopline/search?linksTo=nothing");
    assert_eq!(refused.status, 400);
    assert!(
        refused.text().contains("linksTo is not a trace id"),
        "{}",
        refused.text()
    );
}

#[test]
#[cfg(feature = "local")]
fn links_are_known_at_both_ends_on_disk() {
    use storage::store::Store;

    use crate::format::{close, futures_now, open};
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(folder.path()));
    let app = TestApp::start_over(Arc::clone(&store) as Arc<dyn Store>, &[], &[]);
    post_all(&app);
    look(&app, "in the tail");
    futures_now(store.settle());
    look(&app, "at rest");
    close(app, &store);
}

#[test]
fn a_link_with_the_short_form_of_an_id() {
    for (strict, count) in [("true", 0), ("false", 1)] {
        let app = TestApp::start_with(&[], &[("STRICT_TRACE_ID", strict)]);
        let sent = span(PRODUCER, 2, (4, "publish"), (5, 10), &[]);
        post(&app, "shop", &[sent]);
        let links = [(format!("{NARROW:0>32}"), 2)];
        let links: Vec<_> = links
            .iter()
            .map(|(id, span)| (id.as_str(), *span))
            .collect();
        post(
            &app,
            "mail",
            &[span(CONSUMER, 3, (5, "process"), (50, 60), &links)],
        );
        for id in [PRODUCER, NARROW] {
            let answer = app.get(&format!("/api/hopline/traces/{id}"));
            if strict == "true" && id == NARROW {
                assert_eq!(answer.status, 404);
                continue;
            }
            let answer = answer.json();
            assert_eq!(answer["linkedBy"]["count"], count, "{strict} {id}");
            let hops = answer["farHops"].as_array().unwrap();
            assert_eq!(hops.len(), count, "{strict} {id}");
        }
        assert_eq!(found(&app, &format!("linksTo={PRODUCER}")).len(), count);
        assert_eq!(found(&app, &format!("linksTo={NARROW}")).len(), 1);
        let consumer = app.get(&format!("/api/hopline/traces/{CONSUMER}")).json();
        let caller = &consumer["hops"][0]["caller"];
        let service = caller["service"].as_str();
        assert_eq!(service, (count == 1).then_some("shop"), "{strict}");
        assert_eq!(caller["traceId"], NARROW);
    }
}

#[test]
fn without_search_nobody_looks_for_who_links() {
    let app = TestApp::start_with(&[], &[("SEARCH_ENABLED", "false")]);
    post_all(&app);
    let producer = app.get(&format!("/api/hopline/traces/{PRODUCER}")).json();
    assert!(producer.get("linkedBy").is_none() && producer.get("farHops").is_none());
    // What a trace itself says of others is no search.
    let consumer = app.get(&format!("/api/hopline/traces/{CONSUMER}")).json();
    assert_eq!(consumer["hops"][0]["caller"]["service"], "shop");
}
