//! Senders of all signals, by their defaults: logs of spans arrive as events, and what Hopline does not
//! keep neither fails in the sender nor comes again.
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;

use serde_json::Value;

use crate::hopline::Hopline;
use crate::kit::{Kit, finish};
use crate::request::{requests, statuses};
use crate::tap::Tap;
use crate::told::list;

#[test]
fn the_sdk_for_python_over_http() {
    let hopline = Hopline::start();
    let tap = Tap::before(hopline.doors().otlp_http);
    python(&hopline, tap.address, "http/protobuf");
    // The SDK sends each signal once when it ends, and what was refused for a while again.
    let sent = each_once(&tap);
    let paths: Vec<&str> = sent.keys().map(String::as_str).collect();
    assert_eq!(paths, ["/v1/logs", "/v1/metrics", "/v1/traces"]);
    assert!(sent.values().all(|count| *count == 1), "{sent:?}");
}

#[test]
fn the_sdk_for_python_over_grpc() {
    let hopline = Hopline::start();
    python(&hopline, hopline.doors().otlp_grpc, "grpc");
    for (service, door) in [
        ("trace.v1.TraceService", "grpc"),
        ("logs.v1.LogsService", "grpc"),
        ("metrics.v1.MetricsService", "grpc"),
    ] {
        let labels = format!("{service}\",door=\"{door}\",code=\"Ok\"");
        let calls = hopline.metric("hopline_grpc_requests_total", &labels);
        assert_eq!(calls, 1.0, "{service}");
    }
}

/// Runs the program and looks at what came of it.
fn python(hopline: &Hopline, door: SocketAddr, protocol: &str) {
    let Some(kit) = Kit::PythonOtlp.installed() else {
        return;
    };
    let mut program = kit.command("with_all_signals.py");
    let said = finish(program.args([&format!("http://{door}"), protocol]));
    is_content(&said.complained);
    let trace_id = said.printed.trim();
    let trace = hopline.json(&format!("/api/hopline/traces/{trace_id}"));
    let events = list(&trace["spans"][0]["events"]);
    let names: Vec<&Value> = events.iter().map(|event| &event["name"]).collect();
    assert_eq!(names, ["cart of 3 things", "exception"], "{trace:#}");
    let told = |event: &Value, key: &str| {
        let found = list(&event["attributes"])
            .iter()
            .find(|one| one["key"] == key);
        found.map_or(Value::Null, |one| one["value"].clone())
    };
    assert_eq!(told(&events[0], "request_id"), "req-7");
    assert_eq!(told(&events[0], "log.severity"), "INFO");
    assert_eq!(told(&events[0], "otel.scope.name"), "shop.cart");
    assert_eq!(told(&events[1], "exception.type"), "TimeoutError");
    assert_eq!(told(&events[1], "log.severity_number"), 17);
    // Only the log says why.
    assert_eq!(
        trace["hops"][0]["errorText"], "stock did not answer",
        "{trace:#}"
    );
    let annotations = hopline.json(&format!("/api/v2/trace/{trace_id}"));
    assert_eq!(list(&annotations[0]["annotations"]).len(), 2);
    let found = hopline.json("/api/hopline/lookup?q=req-7");
    assert_eq!(found["matches"][0]["traceId"], trace_id, "{found}");
    for (metric, labels, value) in [
        ("hopline_log_records_accepted_total", "", 2.0),
        ("hopline_log_records_refused_total", "no_span", 1.0),
        ("hopline_metric_points_refused_total", "not_kept", 1.0),
        ("hopline_ingest_rejected_total", "", 0.0),
    ] {
        assert_eq!(hopline.metric(metric, labels), value, "{metric}");
    }
}

#[test]
fn telemetrygens_metrics_and_logs() {
    let Some(kit) = Kit::Otelcol.installed() else {
        return;
    };
    let hopline = Hopline::start();
    let tap = Tap::before(hopline.doors().otlp_http);
    let send = |arguments: &[&str]| {
        let mut command: Command = kit.command("telemetrygen");
        let endpoint = tap.address.to_string();
        command
            .args(arguments)
            .args([
                "--otlp-http",
                "--otlp-insecure",
                "--otlp-endpoint",
                &endpoint,
            ])
            // A generator of load ends with an error when one record was not kept, if it is not let.
            .arg("--allow-export-failures");
        finish(&mut command).complained
    };
    let ids = [
        "--trace-id",
        "0af7651916cd43dd8448eb211c80319c",
        "--span-id",
        "b7ad6b7169203331",
    ];
    let why = "5 data points were refused: Hopline keeps";
    let said = send(&["metrics", "--metrics", "5", "--rate", "0"]);
    assert!(said.contains(why), "{said}");
    send(&["logs", "--logs", "3", "--rate", "0"]);
    let said = send(&[&["logs", "--logs", "4", "--rate", "0"], &ids[..]].concat());
    assert!(!said.contains("refused"), "{said}");
    let sent = each_once(&tap);
    assert!(sent.keys().all(|path| path != "/v1/traces"), "{sent:?}");
    for (metric, labels, value) in [
        ("hopline_metric_points_refused_total", "not_kept", 5.0),
        ("hopline_log_records_refused_total", "no_span", 3.0),
        ("hopline_log_records_accepted_total", "", 4.0),
        ("hopline_ingest_rejected_total", "", 0.0),
    ] {
        assert_eq!(hopline.metric(metric, labels), value, "{metric}");
    }
}

/// How often each path was asked; each was answered with 200, and no body came twice.
fn each_once(tap: &Tap) -> BTreeMap<String, usize> {
    let (mut counts, mut bodies) = (BTreeMap::new(), Vec::new());
    for talk in tap.talks() {
        let (requests, statuses) = (requests(&talk.asked), statuses(&talk.answered));
        assert_eq!(statuses, vec![200; requests.len()], "{requests:?}");
        for request in requests {
            *counts.entry(request.path).or_default() += 1;
            assert!(!bodies.contains(&request.body), "it came again");
            bodies.push(request.body);
        }
    }
    counts
}

/// A sender that failed, or was told to come again, says so.
pub(crate) fn is_content(complained: &str) {
    let text = complained.to_lowercase();
    for word in ["fail", "error", "retry", "transient"] {
        assert!(!text.contains(word), "{complained}");
    }
}
