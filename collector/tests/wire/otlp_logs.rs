//! Random OTLP logs and metrics, and what they mean as prost decodes them: without a thought for speed.
use std::sync::Arc;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint,
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint, metric,
};
use opentelemetry_proto::tonic::resource::v1::Resource as ProtoResource;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use storage::contract::cast::bare;
use storage::id::{SpanId, TraceId};
use storage::span::{Attribute, Event, Format, Resource, Scope, Span, Value};

use super::otlp_oracle::{attributes, value_of};
use super::otlp_requests::{attribute_lists, ids, texts, times, values};

/// Keys that decide about the name of an event.
fn naming() -> impl Strategy<Value = Vec<KeyValue>> {
    let key = prop_oneof![
        Just("event.name"),
        Just("exception.type"),
        Just("exception.message")
    ];
    let one = (key, option::of(values())).prop_map(|(key, value)| KeyValue {
        key: key.to_owned(),
        value,
        ..KeyValue::default()
    });
    prop_oneof![3 => Just(Vec::new()), 1 => vec(one, 1..3)]
}

fn records() -> impl Strategy<Value = LogRecord> {
    let severity = (0..30_i32, prop_oneof![Just(String::new()), texts()]);
    let name = prop_oneof![3 => Just(String::new()), 1 => texts()];
    (
        (ids(16), ids(8), times(), times()),
        severity,
        (name, option::of(values())),
        (naming(), attribute_lists(), 0..3_u32, any::<u32>()),
    )
        .prop_map(|(ids, severity, (event_name, body), rest)| {
            let (trace_id, span_id, time_unix_nano, observed_time_unix_nano) = ids;
            let (severity_number, severity_text) = severity;
            let (mut attributes, more, dropped_attributes_count, flags) = rest;
            attributes.extend(more);
            LogRecord {
                time_unix_nano,
                observed_time_unix_nano,
                severity_number,
                severity_text,
                body,
                attributes,
                dropped_attributes_count,
                flags,
                trace_id,
                span_id,
                event_name,
            }
        })
}

pub(super) fn log_requests() -> impl Strategy<Value = ExportLogsServiceRequest> {
    let scope = (texts(), attribute_lists()).prop_map(|(name, attributes)| InstrumentationScope {
        name,
        attributes,
        ..InstrumentationScope::default()
    });
    let scope_logs = (option::of(scope), vec(records(), 0..4), texts()).prop_map(
        |(scope, log_records, schema_url)| ScopeLogs {
            scope,
            log_records,
            schema_url,
        },
    );
    let resource = attribute_lists().prop_map(|attributes| ProtoResource {
        attributes,
        ..ProtoResource::default()
    });
    let resource_logs = (option::of(resource), vec(scope_logs, 0..3), texts()).prop_map(
        |(resource, scope_logs, schema_url)| ResourceLogs {
            resource,
            scope_logs,
            schema_url,
        },
    );
    vec(resource_logs, 0..3).prop_map(|resource_logs| ExportLogsServiceRequest { resource_logs })
}

/// The good records of a request as parts of their spans, and how many there are in all.
pub(super) fn logs_of(request: &ExportLogsServiceRequest) -> (Vec<Span>, usize) {
    let (mut logs, mut count) = (Vec::new(), 0);
    for group in &request.resource_logs {
        let resource = Arc::new(Resource {
            attributes: group
                .resource
                .as_ref()
                .map(|resource| attributes(&resource.attributes))
                .unwrap_or_default(),
            schema_url: group.schema_url.clone(),
            ..Resource::default()
        });
        for of_scope in &group.scope_logs {
            let scope = of_scope.scope.clone().unwrap_or_default();
            let scope = Arc::new(Scope {
                name: scope.name,
                version: scope.version,
                attributes: attributes(&scope.attributes),
                dropped_attributes: scope.dropped_attributes_count,
                schema_url: of_scope.schema_url.clone(),
            });
            count += of_scope.log_records.len();
            let kept = of_scope.log_records.iter().filter_map(log_of);
            logs.extend(kept.map(|log| Span {
                resource: Arc::clone(&resource),
                scope: Arc::clone(&scope),
                ..log
            }));
        }
    }
    (logs, count)
}

fn log_of(record: &LogRecord) -> Option<Span> {
    let trace_id = u128::from_be_bytes(record.trace_id.as_slice().try_into().ok()?);
    let span_id = u64::from_be_bytes(record.span_id.as_slice().try_into().ok()?);
    let (trace_id, span_id) = (TraceId::new(trace_id)?, SpanId::new(span_id)?);
    let mut of_event = attributes(&record.attributes);
    // Of a key that comes again, the first.
    let text = |key: &str| {
        let found = of_event.iter().find(|attribute| *attribute.key == *key)?;
        found.value.as_str().filter(|text| !text.is_empty())
    };
    let body = record.body.as_ref().map_or(Value::Empty, value_of);
    let short = body
        .as_str()
        .filter(|text| !text.is_empty() && text.len() <= 128 && !text.contains(char::is_control));
    let mut named_by_body = false;
    let name = if !record.event_name.is_empty() {
        record.event_name.clone()
    } else if let Some(name) = text("event.name") {
        name.to_owned()
    } else if text("exception.type")
        .or_else(|| text("exception.message"))
        .is_some()
    {
        "exception".to_owned()
    } else if let Some(body) = short {
        named_by_body = true;
        body.to_owned()
    } else {
        "log".to_owned()
    };
    let mut add = |key: &str, value| {
        of_event.push(Attribute {
            key: key.into(),
            value,
        });
    };
    if body != Value::Empty && !named_by_body {
        add("log.body", body);
    }
    let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    let number = record.severity_number;
    let severity = match (record.severity_text.as_str(), number) {
        ("", 1..=24) => {
            let step = (number - 1) % 4;
            let level = levels[(number - 1) as usize / 4];
            let step = if step == 0 {
                String::new()
            } else {
                (step + 1).to_string()
            };
            format!("{level}{step}")
        }
        (text, _) => text.to_owned(),
    };
    if !severity.is_empty() {
        add("log.severity", Value::String(severity.into()));
    }
    if number != 0 {
        add("log.severity_number", Value::Int(number.into()));
    }
    let time = match record.time_unix_nano {
        0 => record.observed_time_unix_nano,
        time => time,
    };
    Some(Span {
        events: vec![Event {
            time: time as i64,
            name,
            attributes: of_event,
            dropped_attributes: record.dropped_attributes_count,
        }],
        format: Format::Log,
        ..bare(trace_id, span_id.value())
    })
}

/// Requests with metrics of every kind, and how many data points they have.
pub(super) fn metric_requests() -> impl Strategy<Value = (ExportMetricsServiceRequest, u64)> {
    let metric = (0..6_u8, 0..5_usize, texts()).prop_map(|(kind, points, name)| {
        let data = match kind {
            0 => Some(metric::Data::Gauge(Gauge {
                data_points: vec![NumberDataPoint::default(); points],
            })),
            1 => Some(metric::Data::Sum(Sum {
                data_points: vec![
                    NumberDataPoint {
                        time_unix_nano: 7,
                        ..NumberDataPoint::default()
                    };
                    points
                ],
                ..Sum::default()
            })),
            2 => Some(metric::Data::Histogram(Histogram {
                data_points: vec![
                    HistogramDataPoint {
                        bucket_counts: vec![1, 2],
                        ..HistogramDataPoint::default()
                    };
                    points
                ],
                ..Histogram::default()
            })),
            3 => Some(metric::Data::ExponentialHistogram(ExponentialHistogram {
                data_points: vec![ExponentialHistogramDataPoint::default(); points],
                ..ExponentialHistogram::default()
            })),
            4 => Some(metric::Data::Summary(Summary {
                data_points: vec![SummaryDataPoint::default(); points],
            })),
            _ => None,
        };
        let counted = if data.is_some() { points as u64 } else { 0 };
        let metric = Metric {
            name,
            data,
            ..Metric::default()
        };
        (metric, counted)
    });
    vec((vec(vec(metric, 0..4), 0..3), attribute_lists()), 0..3).prop_map(|resources| {
        let mut count = 0;
        let resource_metrics = resources
            .into_iter()
            .map(|(scopes, attributes)| ResourceMetrics {
                resource: Some(ProtoResource {
                    attributes,
                    ..ProtoResource::default()
                }),
                scope_metrics: scopes
                    .into_iter()
                    .map(|metrics| ScopeMetrics {
                        metrics: metrics
                            .into_iter()
                            .map(|(metric, points)| {
                                count += points;
                                metric
                            })
                            .collect(),
                        ..ScopeMetrics::default()
                    })
                    .collect(),
                ..ResourceMetrics::default()
            })
            .collect();
        (ExportMetricsServiceRequest { resource_metrics }, count)
    })
}
