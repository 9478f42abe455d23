//! OpenTelemetry's agent for Java, in a program that knows nothing of tracing: with the agent's own
//! defaults, but for where Hopline is.
use serde_json::Value;

use crate::hopline::Hopline;
use crate::kit::{Kit, finish};
use crate::told;

#[test]
fn the_java_agent_over_http() {
    let hopline = Hopline::start();
    let url = format!("http://{}", hopline.doors().otlp_http);
    check(&hopline, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)]);
}

#[test]
fn the_java_agent_over_grpc() {
    let hopline = Hopline::start();
    let url = format!("http://{}", hopline.doors().otlp_grpc);
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str());
    check(
        &hopline,
        &[endpoint, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
    );
}

/// Its metrics, which Hopline does not keep, make it neither complain of a failure nor come again.
fn check(hopline: &Hopline, variables: &[(&str, &str)]) {
    let Some(kit) = Kit::JavaAgent.installed() else {
        return;
    };
    let mut program = kit.command("Shop");
    program.env("OTEL_SERVICE_NAME", "shop");
    program.envs(variables.iter().copied());
    let said = finish(&mut program);
    assert!(
        !said.complained.contains("Failed to export"),
        "{}",
        said.complained
    );
    assert!(hopline.metric("hopline_metric_points_refused_total", "") > 0.0);
    assert_eq!(hopline.metric("hopline_ingest_rejected_total", ""), 0.0);
    // `00-TRACE-SPAN-FLAGS`, as the order service got it.
    let parts: Vec<&str> = said.printed.trim().split('-').collect();
    let [_, trace_id, caller, _] = parts[..] else {
        panic!("no traceparent: {}", said.printed);
    };
    let trace = hopline.json(&format!("/api/hopline/traces/{trace_id}"));
    assert_eq!(trace["complete"], true, "{}", said.complained);
    let spans = told::list(&trace["spans"]);
    let kind = |span: &Value| span["kind"].as_str().unwrap_or_default().to_owned();
    let mut kinds: Vec<String> = spans.iter().map(kind).collect();
    kinds.sort();
    assert_eq!(kinds, ["CLIENT", "CLIENT", "SERVER", "SERVER"], "{trace}");
    let orders = spans
        .iter()
        .find(|span| span["kind"] == "SERVER" && span["parentSpanId"] == caller)
        .unwrap_or_else(|| panic!("nobody was called by {caller}: {trace}"));
    let attributes = told::found_by_hopline(orders)["attributes"].take();
    assert_eq!(attributes["http.route"], "/orders", "{orders}");
    assert_eq!(attributes["http.response.status_code"], 503, "{orders}");
    assert_eq!(orders["error"], true, "{orders}");
    let hops = told::list(&trace["hops"]);
    let whole = |hop: &&Value| {
        hop["clientDurationNano"].is_u64()
            && hop["serverDurationNano"].is_u64()
            && hop["error"] == true
    };
    assert_eq!(hops.iter().filter(whole).count(), 2, "{hops:#?}");
}
