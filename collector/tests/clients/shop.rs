//! A shop of three processes, once with py_zipkin and once with the OpenTelemetry SDK: ask for the
//! trace, and it is there, hop by hop.
use serde_json::Value;

use crate::hopline::Hopline;
use crate::kit::Kit;

#[test]
fn a_shop_with_py_zipkin() {
    check("zipkin");
}

#[test]
fn a_shop_with_the_opentelemetry_sdk() {
    check("otlp");
}

/// Given a shop of this flavour, when somebody bought twice, then both traces are found whole.
fn check(flavour: &str) {
    let hopline = Hopline::start();
    let bought = run_shop(flavour, &hopline.url);
    for (visit, fails) in [("fine", false), ("failed", true)] {
        let text = |key: &str| {
            bought[visit][key]
                .as_str()
                .expect("run_shop says it")
                .to_owned()
        };
        let (trace_id, request_id) = (text("traceId"), text("requestId"));
        check_zipkin(
            &hopline.json(&format!("/api/v2/trace/{trace_id}")),
            &request_id,
            fails,
        );
        let trace = hopline.json(&format!("/api/hopline/traces/{trace_id}"));
        check_hops(&trace, &trace_id, fails);
        let found = hopline.json(&format!("/api/hopline/lookup?q={request_id}"));
        let matches = found["matches"].as_array().expect("matches is a list");
        assert!(!matches.is_empty(), "{request_id} is not found: {found}");
        assert!(
            matches
                .iter()
                .all(|found| found["traceId"] == trace_id.as_str()),
            "{found}"
        );
    }
}

fn check_zipkin(trace: &Value, request_id: &str, fails: bool) {
    let spans = trace
        .as_array()
        .expect("a trace in Zipkin's words is a list");
    assert_eq!(spans.len(), 5, "three servers and two clients: {trace}");
    let count = |key: &str, value: &str| {
        spans
            .iter()
            .filter(|span| span.pointer(key) == Some(&value.into()))
            .count()
    };
    assert_eq!(count("/kind", "SERVER"), 3, "{trace}");
    assert_eq!(count("/kind", "CLIENT"), 2, "{trace}");
    assert_eq!(count("/tags/x-request-id", request_id), 3, "{trace}");
    let errors = spans
        .iter()
        .filter(|span| span["tags"]["error"].is_string())
        .count();
    assert_eq!(errors, if fails { 5 } else { 0 }, "{trace}");
}

fn check_hops(trace: &Value, trace_id: &str, fails: bool) {
    assert_eq!(trace["traceId"], trace_id);
    assert_eq!(trace["spanCount"], 5, "{trace}");
    assert_eq!(trace["complete"], true, "{trace}");
    assert_eq!(trace["root"]["service"], "gateway", "{trace}");
    assert_eq!(
        trace["errorCount"]
            .as_u64()
            .is_some_and(|errors| errors > 0),
        fails,
        "{trace}"
    );
    let services = trace["services"].as_array().expect("services is a list");
    assert_eq!(services.len(), 3, "{trace}");

    let hops = trace["hops"].as_array().expect("hops is a list");
    for (caller, callee) in [("gateway", "orders"), ("orders", "inventory")] {
        let hop = hops
            .iter()
            .find(|hop| hop["caller"]["service"] == caller && hop["callee"]["service"] == callee)
            .unwrap_or_else(|| panic!("no hop from {caller} to {callee}: {trace}"));
        assert_eq!(hop["kind"], "rpc", "{hop}");
        assert_eq!(hop["error"], fails, "{hop}");
        // Both halves are there, and the slow hop, a third of a second, is in all of them.
        let nanoseconds = |key: &str| hop[key].as_u64().unwrap_or_else(|| panic!("{key}: {hop}"));
        let (client, server) = (
            nanoseconds("clientDurationNano"),
            nanoseconds("serverDurationNano"),
        );
        assert!(client >= server && server >= 300_000_000, "{hop}");
    }
    let path = trace["criticalPath"]
        .as_array()
        .expect("criticalPath is a list");
    let slowest = path
        .iter()
        .max_by_key(|part| part["durationNano"].as_u64())
        .expect("a path has at least the root");
    assert_eq!(slowest["service"], "inventory", "{trace}");
    assert_eq!(slowest["part"], "self", "{trace}");
}

fn run_shop(flavour: &str, hopline: &str) -> Value {
    let shop = Kit::Shop.installed().expect("the shop is always needed");
    let said = shop.run("run_shop", &[flavour, hopline]);
    serde_json::from_str(&said).expect("run_shop prints JSON")
}
