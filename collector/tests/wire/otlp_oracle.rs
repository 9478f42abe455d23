//! The oracle: the meaning of an OTLP request as prost decodes it, without a thought for speed.
use std::sync::Arc;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::{Span as ProtoSpan, span};
use prost::Message as _;
use storage::id::{SpanId, TraceId};
use storage::span::{
    Attribute, Event, Format, Kind, Link, Resource, Scope, Span, Status, StatusCode, Value,
};

/// The good spans of a request.
pub(super) fn spans_of(request: &ExportTraceServiceRequest) -> Vec<Span> {
    let mut spans = Vec::new();
    for resource_spans in &request.resource_spans {
        let resource = resource_spans.resource.clone().unwrap_or_default();
        let resource = Arc::new(Resource {
            attributes: attributes(&resource.attributes),
            dropped_attributes: resource.dropped_attributes_count,
            schema_url: resource_spans.schema_url.clone(),
            entity_refs: resource
                .entity_refs
                .iter()
                .map(|entity| entity.encode_to_vec())
                .collect(),
        });
        for scope_spans in &resource_spans.scope_spans {
            let scope = scope_spans.scope.clone().unwrap_or_default();
            let scope = Arc::new(Scope {
                name: scope.name,
                version: scope.version,
                attributes: attributes(&scope.attributes),
                dropped_attributes: scope.dropped_attributes_count,
                schema_url: scope_spans.schema_url.clone(),
            });
            let kept = scope_spans
                .spans
                .iter()
                .filter_map(|span| span_of(span, &resource, &scope));
            spans.extend(kept);
        }
    }
    spans
}

fn span_of(span: &ProtoSpan, resource: &Arc<Resource>, scope: &Arc<Scope>) -> Option<Span> {
    let trace_id = u128::from_be_bytes(span.trace_id.as_slice().try_into().ok()?);
    let span_id = u64::from_be_bytes(span.span_id.as_slice().try_into().ok()?);
    let parent_id = match span.parent_span_id.as_slice() {
        [] => None,
        bytes => SpanId::new(u64::from_be_bytes(bytes.try_into().ok()?)),
    };
    let (start, end) = (span.start_time_unix_nano, span.end_time_unix_nano);
    let status = span.status.clone().unwrap_or_default();
    let mut dropped_links = span.dropped_links_count;
    let links = span.links.iter().filter_map(|link| {
        let kept = link_of(link);
        dropped_links = dropped_links.saturating_add(u32::from(kept.is_none()));
        kept
    });
    let links = links.collect();
    Some(Span {
        trace_id: TraceId::new(trace_id)?,
        span_id: SpanId::new(span_id)?,
        parent_id,
        kind: Kind::from_number(span.kind as u64),
        name: (!span.name.is_empty()).then(|| span.name.as_str().into()),
        start: (start != 0).then_some(start),
        duration: (end != 0).then(|| end.wrapping_sub(start) as i64),
        status: Status {
            code: StatusCode::from_number(status.code as u64),
            message: status.message,
        },
        attributes: attributes(&span.attributes),
        events: span.events.iter().map(event_of).collect(),
        links,
        local_endpoint: None,
        remote_endpoint: None,
        resource: Arc::clone(resource),
        scope: Arc::clone(scope),
        trace_state: span.trace_state.clone(),
        flags: span.flags,
        dropped_attributes: span.dropped_attributes_count,
        dropped_events: span.dropped_events_count,
        dropped_links,
        shared: false,
        debug: false,
        format: Format::Otlp,
    })
}

fn event_of(event: &span::Event) -> Event {
    Event {
        time: event.time_unix_nano as i64,
        name: event.name.clone(),
        attributes: attributes(&event.attributes),
        dropped_attributes: event.dropped_attributes_count,
    }
}

fn link_of(link: &span::Link) -> Option<Link> {
    let or_zero = |bytes: &[u8], width| {
        if bytes.is_empty() {
            vec![0; width]
        } else {
            bytes.to_vec()
        }
    };
    Some(Link {
        trace_id: u128::from_be_bytes(or_zero(&link.trace_id, 16).try_into().ok()?),
        span_id: u64::from_be_bytes(or_zero(&link.span_id, 8).try_into().ok()?),
        trace_state: link.trace_state.clone(),
        attributes: attributes(&link.attributes),
        dropped_attributes: link.dropped_attributes_count,
        flags: link.flags,
    })
}

pub(super) fn attributes(attributes: &[KeyValue]) -> Vec<Attribute> {
    let plain = |attribute: &KeyValue| Attribute {
        key: attribute.key.as_str().into(),
        value: attribute.value.as_ref().map_or(Value::Empty, value_of),
    };
    attributes.iter().map(plain).collect()
}

pub(super) fn value_of(value: &AnyValue) -> Value {
    use any_value::Value as Any;
    match &value.value {
        None | Some(Any::StringValueStrindex(_)) => Value::Empty,
        Some(Any::StringValue(text)) => Value::String(text.as_str().into()),
        Some(Any::BoolValue(value)) => Value::Bool(*value),
        Some(Any::IntValue(number)) => Value::Int(*number),
        Some(Any::DoubleValue(number)) => Value::Double(*number),
        Some(Any::BytesValue(bytes)) => Value::Bytes(bytes.clone()),
        Some(Any::ArrayValue(array)) => Value::Array(array.values.iter().map(value_of).collect()),
        Some(Any::KvlistValue(list)) => Value::Map(attributes(&list.values)),
    }
}
