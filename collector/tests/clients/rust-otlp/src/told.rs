//! An exporter that passes spans on, and keeps what they say.
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{SpanId, Status};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use serde_json::{Map, Value as Json, json};

#[derive(Debug)]
pub(crate) struct Heard {
    inner: opentelemetry_otlp::SpanExporter,
    told: Arc<Mutex<Vec<Json>>>,
    resource: Json,
}

impl Heard {
    pub(crate) fn new(
        inner: opentelemetry_otlp::SpanExporter,
        told: Arc<Mutex<Vec<Json>>>,
    ) -> Self {
        Self {
            inner,
            told,
            resource: Json::Null,
        }
    }
}

impl SpanExporter for Heard {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        let told = spans.iter().map(|span| tell(span, &self.resource));
        self.told.lock().unwrap().extend(told);
        self.inner.export(spans).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource
            .iter()
            .map(|(key, value)| (key.to_string(), tell_value(value)))
            .collect::<Map<_, _>>()
            .into();
        self.inner.set_resource(resource);
    }
}

fn tell(span: &SpanData, resource: &Json) -> Json {
    let context = &span.span_context;
    let events = span.events.iter().map(|event| {
        json!({"name": event.name, "time": nanoseconds(event.timestamp), "attributes": values(&event.attributes)})
    });
    let links = span.links.iter().map(|link| {
        json!({
            "traceId": link.span_context.trace_id().to_string(),
            "spanId": link.span_context.span_id().to_string(),
            "attributes": values(&link.attributes),
        })
    });
    let (status_code, status_message) = match &span.status {
        Status::Unset => ("UNSET", ""),
        Status::Ok => ("OK", ""),
        Status::Error { description } => ("ERROR", &**description),
    };
    let parent = span.parent_span_id;
    let scope = &span.instrumentation_scope;
    json!({
        "traceId": context.trace_id().to_string(),
        "spanId": context.span_id().to_string(),
        "parentSpanId": (parent != SpanId::INVALID).then(|| parent.to_string()),
        "traceState": context.trace_state().header(),
        "name": span.name,
        "kind": format!("{:?}", span.span_kind).to_uppercase(),
        "start": nanoseconds(span.start_time),
        "end": nanoseconds(span.end_time),
        "attributes": values(&span.attributes),
        "events": events.collect::<Vec<_>>(),
        "links": links.collect::<Vec<_>>(),
        "statusCode": status_code,
        "statusMessage": status_message,
        "resource": resource,
        "scope": {
            "name": scope.name(),
            "version": scope.version(),
            "attributes": values(scope.attributes()),
        },
    })
}

fn values<'a>(attributes: impl IntoIterator<Item = &'a KeyValue>) -> Json {
    attributes
        .into_iter()
        .map(|attribute| (attribute.key.to_string(), tell_value(&attribute.value)))
        .collect::<Map<_, _>>()
        .into()
}

fn tell_value(value: &Value) -> Json {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::I64(value) => (*value).into(),
        Value::F64(value) => (*value).into(),
        Value::String(value) => value.as_str().into(),
        Value::Array(Array::Bool(values)) => values.clone().into(),
        Value::Array(Array::I64(values)) => values.clone().into(),
        Value::Array(Array::F64(values)) => values.clone().into(),
        Value::Array(Array::String(values)) => values.iter().map(|value| value.as_str()).collect(),
        other => panic!("a new kind of value: {other:?}"),
    }
}

/// Texts, since the numbers are larger than JSON's.
fn nanoseconds(at: SystemTime) -> String {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos().to_string()
}
