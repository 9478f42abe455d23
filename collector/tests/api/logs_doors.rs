//! The doors of logs and metrics: by the rules of OTLP, as for spans.
use std::sync::Arc;

use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric,
};
use prost::Message as _;
use serde_json::json;
use storage::store::StoreError;
use tonic::Code;

use crate::app::TestApp;
use crate::client::Connection;
use crate::grpc::{request as traces_request, span, zstd};
use crate::grpc_client::{GrpcClient, PACKINGS, framed};
use crate::ingest::{gzip, zlib};
use crate::limits::Failing;
use crate::logs::{logs_of, post, record};

const P: &str = "application/x-protobuf";
const J: &str = "application/json";
const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const METRICS: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// A record of the only span of a trace, and another that names none.
fn logs(trace: u8) -> ExportLogsServiceRequest {
    let of_span = LogRecord {
        trace_id: vec![trace; 16],
        span_id: vec![1; 8],
        time_unix_nano: 1_700_000_000_000_000_100,
        event_name: "note".to_owned(),
        ..LogRecord::default()
    };
    let scope_logs = vec![ScopeLogs {
        log_records: vec![of_span, LogRecord::default()],
        ..ScopeLogs::default()
    }];
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            scope_logs,
            ..ResourceLogs::default()
        }],
    }
}

/// Three data points.
fn metrics() -> ExportMetricsServiceRequest {
    let gauge = |points| Metric {
        name: "queue.length".to_owned(),
        data: Some(metric::Data::Gauge(Gauge {
            data_points: vec![NumberDataPoint::default(); points],
        })),
        ..Metric::default()
    };
    let scope_metrics = vec![ScopeMetrics {
        metrics: vec![gauge(1), gauge(2)],
        ..ScopeMetrics::default()
    }];
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            scope_metrics,
            ..ResourceMetrics::default()
        }],
    }
}

fn annotations(app: &TestApp, trace: u8) -> usize {
    let path = format!("/api/v2/trace/{}", format!("{trace:02x}").repeat(16));
    let spans = app.get(&path).json();
    spans[0]["annotations"].as_array().map_or(0, Vec::len)
}

fn check_logs(answer: ExportLogsServiceResponse) {
    let partial = answer.partial_success.unwrap();
    assert_eq!(partial.rejected_log_records, 1);
    let text = partial.error_message;
    assert!(text.contains("log record 2"), "{text}");
    assert!(text.contains("OTEL_LOGS_EXPORTER=none"), "{text}");
}

fn check_metrics(answer: ExportMetricsServiceResponse) {
    let partial = answer.partial_success.unwrap();
    assert_eq!(partial.rejected_data_points, 3);
    let text = partial.error_message;
    assert!(text.starts_with("3 data points were refused"), "{text}");
    assert!(text.contains("OTEL_METRICS_EXPORTER=none"), "{text}");
}

#[test]
fn every_door_takes_both_signals_in_every_packing() {
    let app = TestApp::start();
    let mut trace = 0;
    for address in [app.http, app.otlp, app.grpc] {
        for packing in ["identity", "gzip", "deflate", "zstd"] {
            let pack = |plain: &[u8]| match packing {
                "gzip" => gzip(plain),
                "deflate" => zlib(plain),
                "zstd" => zstd(plain),
                _ => plain.to_vec(),
            };
            for kind in [P, J] {
                trace += 1;
                GrpcClient::open(app.grpc)
                    .export(traces_request(vec![span(trace)]), None)
                    .unwrap();
                let ask = |path: &str, body: &[u8]| {
                    let headers = [("content-type", kind), ("content-encoding", packing)];
                    let mut connection = Connection::open(address);
                    let answer = connection.ask("POST", path, &headers, &pack(body)).unwrap();
                    assert_eq!(
                        answer.status,
                        200,
                        "{path} {kind} {packing} {}",
                        answer.text()
                    );
                    assert_eq!(answer.header("content-type"), Some(kind));
                    answer
                };
                if kind == P {
                    let answer = ask("/v1/logs", &logs(trace).encode_to_vec());
                    check_logs(ExportLogsServiceResponse::decode(&*answer.body).unwrap());
                    let answer = ask("/v1/metrics", &metrics().encode_to_vec());
                    check_metrics(ExportMetricsServiceResponse::decode(&*answer.body).unwrap());
                } else {
                    let answer = ask("/v1/logs", &serde_json::to_vec(&logs(trace)).unwrap());
                    let partial = &answer.json()["partialSuccess"];
                    assert_eq!(partial["rejectedLogRecords"], "1");
                    let answer = ask("/v1/metrics", &serde_json::to_vec(&metrics()).unwrap());
                    let partial = &answer.json()["partialSuccess"];
                    assert_eq!(partial["rejectedDataPoints"], "3");
                }
                assert_eq!(annotations(&app, trace), 1, "{kind} {packing}");
            }
        }
    }
    let text = app.get("/prometheus").text();
    for line in [
        "hopline_log_records_accepted_total{format=\"otlp_logs_protobuf\"} 12",
        "hopline_log_records_refused_total{format=\"otlp_logs_json\",reason=\"no_span\"} 12",
        "hopline_metric_points_refused_total{format=\"otlp_metrics_json\",reason=\"not_kept\"} 36",
        "hopline_spans_accepted_total{format=\"otlp_protobuf\"} 24",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n{text}");
    }
    // Zipkin's numbers are of spans.
    let zipkin = app.get("/metrics").json();
    assert_eq!(zipkin["counter.zipkin_collector.spans.otel/http"], 0.0);
    assert_eq!(zipkin["counter.zipkin_collector.messages.otel/grpc"], 24.0);
}

#[test]
fn both_services_answer_over_grpc_on_every_door() {
    let app = TestApp::start();
    let mut trace = 0;
    for address in [app.grpc, app.otlp, app.http] {
        let client = GrpcClient::open(address);
        for packing in PACKINGS {
            trace += 1;
            client
                .export(traces_request(vec![span(trace)]), packing)
                .unwrap();
            check_logs(client.export_to(LOGS, logs(trace), packing).unwrap());
            check_metrics(client.export_to(METRICS, metrics(), packing).unwrap());
            assert_eq!(annotations(&app, trace), 1);
        }
        // Nothing in, nothing to say.
        for path in [LOGS, METRICS] {
            let called = client.call(path, &[], framed(0, b""));
            assert_eq!(called.code(), Some(Code::Ok), "{called:?}");
            assert_eq!(&called.body[..], framed(0, b""));
            let called = client.call(path, &[], framed(0, b"\xff\xff\xff\xff"));
            assert_eq!(called.code(), Some(Code::InvalidArgument), "{called:?}");
        }
        let called = client.call(&LOGS.replace("Export", "Import"), &[], framed(0, b""));
        assert_eq!(called.code(), Some(Code::Unimplemented));
    }
}

#[test]
fn what_is_wrong_with_a_request_is_said_as_for_spans() {
    let app = TestApp::start_with(&["--body-max", "10KiB"], &[]);
    let good = serde_json::to_vec(&logs(1)).unwrap();
    for path in ["/v1/logs", "/v1/metrics"] {
        let ask = |method: &str, kind: &str, coding: &str, body: &[u8]| {
            let headers = [("content-type", kind), ("content-encoding", coding)];
            let mut connection = Connection::open(app.otlp);
            connection.ask(method, path, &headers, body).unwrap()
        };
        for (method, kind, coding, body, status, code) in [
            ("POST", J, "identity", &b"{}"[..], 200, None),
            ("POST", P, "identity", b"", 200, None),
            ("POST", J, "identity", b"[", 400, Some(3)),
            ("POST", J, "gzip", &good, 400, Some(3)),
            ("POST", "text/plain", "identity", &good, 415, Some(3)),
            ("POST", J, "snappy", &good, 415, Some(3)),
            ("POST", J, "identity", &vec![b' '; 20_000], 413, Some(8)),
            ("PUT", J, "identity", &good, 405, Some(12)),
        ] {
            let answer = ask(method, kind, coding, body);
            let row = format!(
                "{path} {method} {kind} {coding} {status}: {}",
                answer.text()
            );
            assert_eq!(answer.status, status, "{row}");
            if let Some(code) = code {
                assert_eq!(answer.json()["code"], code, "{row}");
            } else if kind == J {
                assert_eq!(answer.text(), "{}");
            }
        }
        assert_eq!(ask("GET", J, "identity", b"").header("allow"), Some("POST"));
    }
}

#[test]
fn an_acknowledgement_of_logs_is_the_stores() {
    let busy = || StoreError::Overloaded("a test".to_owned());
    let app = TestApp::start_over(Arc::new(Failing(busy)), &[], &[]);
    let headers = [("content-type", P)];
    let refused = app.ask("POST", "/v1/logs", &headers, &logs(1).encode_to_vec());
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("retry-after"), Some("1"));
    let client = GrpcClient::open(app.grpc);
    let answer: Result<ExportLogsServiceResponse, _> = client.export_to(LOGS, logs(1), None);
    assert_eq!(answer.unwrap_err().code(), Code::Unavailable);
    // Nothing of a metric is the store's: its sender must not come again.
    let body = metrics().encode_to_vec();
    let answer = app.ask("POST", "/v1/metrics", &headers, &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    // Nor of a record that would be refused in any case.
    let none = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            scope_logs: vec![ScopeLogs {
                log_records: vec![LogRecord::default()],
                ..ScopeLogs::default()
            }],
            ..ResourceLogs::default()
        }],
    };
    let answer = app.ask("POST", "/v1/logs", &headers, &none.encode_to_vec());
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn the_sample_rate_takes_the_logs_of_the_traces_it_takes() {
    let app = TestApp::start_with(&[], &[("COLLECTOR_SAMPLE_RATE", "0")]);
    let logged = logs_of("shop", json!([record(1, json!({}))]));
    assert_eq!(post(&app, "/v1/logs", &logged), json!({}));
    let text = app.get("/prometheus").text();
    let line = "hopline_log_records_unsampled_total{format=\"otlp_logs_json\"} 1";
    assert!(text.lines().any(|other| other == line), "{text}");
}
