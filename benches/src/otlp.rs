//! Spans as an OTLP request: what an OpenTelemetry SDK or Collector posts to `/v1/traces`.
use std::collections::HashMap;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, InstrumentationScope, KeyValue, any_value::Value as Any,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1 as proto;
use prost::Message as _;

use crate::span::{Event, Host, Kind, Span, Value};

pub fn protobuf(spans: &[Span]) -> Vec<u8> {
    request(spans).encode_to_vec()
}

pub fn json(spans: &[Span]) -> Vec<u8> {
    serde_json::to_vec(&request(spans)).expect("plain data without maps of odd keys is JSON")
}

/// The spans of one process share one resource, in the order in which the processes appear.
fn request(spans: &[Span]) -> ExportTraceServiceRequest {
    let mut order: Vec<(Host, Vec<proto::Span>)> = Vec::new();
    let mut places: HashMap<Host, usize> = HashMap::new();
    for span in spans {
        let place = *places.entry(span.host).or_insert_with(|| {
            order.push((span.host, Vec::new()));
            order.len() - 1
        });
        order[place].1.push(record(span));
    }
    let resource_spans = order
        .into_iter()
        .map(|(host, spans)| proto::ResourceSpans {
            resource: Some(resource(host)),
            scope_spans: vec![proto::ScopeSpans {
                scope: Some(InstrumentationScope {
                    name: "shop.instrumentation".to_owned(),
                    version: "2.1.0".to_owned(),
                    ..Default::default()
                }),
                spans,
                schema_url: String::new(),
            }],
            schema_url: String::new(),
        })
        .collect();
    ExportTraceServiceRequest { resource_spans }
}

fn resource(host: Host) -> Resource {
    let attributes = [
        ("service.name", host.service.to_owned()),
        ("service.version", format!("1.{}.0", host.number)),
        ("service.instance.id", host.name()),
        ("host.name", host.address()),
        ("deployment.environment.name", "production".to_owned()),
        ("telemetry.sdk.name", "opentelemetry".to_owned()),
    ]
    .into_iter()
    .map(|(key, value)| pair(key, &Value::from(value)))
    .collect();
    Resource {
        attributes,
        ..Default::default()
    }
}

fn record(span: &Span) -> proto::Span {
    proto::Span {
        trace_id: span.trace_id.to_be_bytes().to_vec(),
        span_id: span.id.to_be_bytes().to_vec(),
        parent_span_id: span
            .parent
            .map_or_else(Vec::new, |id| id.to_be_bytes().to_vec()),
        // Sampled; the bits above say that a parent elsewhere is known to be elsewhere.
        flags: if span.kind == Kind::Server {
            0x301
        } else {
            0x101
        },
        name: span.name.to_string(),
        kind: kind(span.kind) as i32,
        start_time_unix_nano: span.start,
        end_time_unix_nano: span.end(),
        attributes: pairs(&span.attributes),
        events: span.events.iter().map(event).collect(),
        status: span.error.as_ref().map(|message| proto::Status {
            message: message.to_string(),
            code: proto::status::StatusCode::Error as i32,
        }),
        ..Default::default()
    }
}

const fn kind(kind: Kind) -> proto::span::SpanKind {
    match kind {
        Kind::Internal => proto::span::SpanKind::Internal,
        Kind::Server => proto::span::SpanKind::Server,
        Kind::Client => proto::span::SpanKind::Client,
        Kind::Producer => proto::span::SpanKind::Producer,
        Kind::Consumer => proto::span::SpanKind::Consumer,
    }
}

fn event(event: &Event) -> proto::span::Event {
    proto::span::Event {
        time_unix_nano: event.time,
        name: event.name.to_owned(),
        attributes: pairs(&event.attributes),
        dropped_attributes_count: 0,
    }
}

fn pairs(attributes: &[(&'static str, Value)]) -> Vec<KeyValue> {
    attributes
        .iter()
        .map(|(key, value)| pair(key, value))
        .collect()
}

fn pair(key: &str, value: &Value) -> KeyValue {
    let value = match value {
        Value::Text(text) => Any::StringValue(text.to_string()),
        Value::Int(number) => Any::IntValue(*number),
    };
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..Default::default()
    }
}
