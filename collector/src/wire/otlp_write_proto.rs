//! OTLP in protobuf on its way out: the spans of a trace as one `TracesData`.
use std::sync::Arc;

use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList, any_value,
};
use opentelemetry_proto::tonic::resource::v1::Resource as ProtoResource;
use opentelemetry_proto::tonic::trace::v1::{
    ResourceSpans, ScopeSpans, Span as ProtoSpan, Status as ProtoStatus, span,
};
use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};
use storage::span::{Attribute, Event, Link, Resource, Scope, Span, Status, Value};

use super::otlp_groups::{Groups, ResourceGroup, ScopeGroup};
use crate::json_out::{Gone, PIECE_BYTES, Spill};

/// Appends the message; `spill` may take what is there after each span that fills a piece. The
/// lengths of all messages are found first, so that no message need be held whole.
///
/// # Errors
/// When `spill` says so.
pub(super) fn write(
    out: &mut Vec<u8>,
    groups: &Groups<'_>,
    spill: &mut Spill<'_>,
) -> Result<(), Gone> {
    for group in &groups.resources {
        let envelope = resource_envelope(group).encode_to_vec();
        let scopes: Vec<MeasuredScope<'_>> = group
            .scopes
            .iter()
            .map(|scope| MeasuredScope::new(groups, scope))
            .collect();
        let lists: usize = scopes
            .iter()
            .map(|scope| field_length(scope.length()))
            .sum();
        put_head(out, RESOURCE_SPANS, envelope.len() + lists);
        out.extend_from_slice(&envelope);
        for scope in &scopes {
            put_head(out, SCOPE_SPANS, scope.length());
            out.extend_from_slice(&scope.envelope);
            for span in groups.spans(scope.group) {
                let message = span_message(&span);
                put_head(out, SPANS, message.encoded_len());
                message.encode_raw(out);
                if out.len() >= PIECE_BYTES {
                    spill(out)?;
                }
            }
        }
    }
    Ok(())
}

/// `TracesData.resource_spans`, `ResourceSpans.scope_spans` and `ScopeSpans.spans`.
const RESOURCE_SPANS: u32 = 1;
const SCOPE_SPANS: u32 = 2;
const SPANS: u32 = 2;

struct MeasuredScope<'g> {
    group: &'g ScopeGroup,
    /// All but the spans. In protobuf the order of fields means nothing.
    envelope: Vec<u8>,
    spans_length: usize,
}

impl<'g> MeasuredScope<'g> {
    fn new(groups: &Groups<'_>, group: &'g ScopeGroup) -> Self {
        let spans = groups.spans(group);
        Self {
            group,
            envelope: scope_envelope(&group.scope).encode_to_vec(),
            spans_length: spans
                .map(|span| field_length(span_message(&span).encoded_len()))
                .sum(),
        }
    }

    const fn length(&self) -> usize {
        self.envelope.len() + self.spans_length
    }
}

/// What a message of so many bytes takes as a field; the numbers of all such fields fit a byte.
const fn field_length(length: usize) -> usize {
    1 + encoded_len_varint(length as u64) + length
}

fn put_head(out: &mut Vec<u8>, field: u32, length: usize) {
    encode_key(field, WireType::LengthDelimited, out);
    encode_varint(length as u64, out);
}

fn resource_envelope(group: &ResourceGroup) -> ResourceSpans {
    let resource: &Resource = &group.resource;
    let message = ProtoResource {
        attributes: attributes(&resource.attributes),
        dropped_attributes_count: resource.dropped_attributes,
        entity_refs: entity_refs(resource).collect(),
    };
    ResourceSpans {
        resource: present(message),
        scope_spans: Vec::new(),
        schema_url: resource.schema_url.clone(),
    }
}

/// The references to entities; one that this version cannot have kept is left out.
pub(super) fn entity_refs(resource: &Resource) -> impl Iterator<Item = EntityRef> {
    let kept = resource.entity_refs.iter();
    kept.filter_map(|bytes| EntityRef::decode(bytes.as_slice()).ok())
}

fn scope_envelope(scope: &Arc<Scope>) -> ScopeSpans {
    let message = InstrumentationScope {
        name: scope.name.clone(),
        version: scope.version.clone(),
        attributes: attributes(&scope.attributes),
        dropped_attributes_count: scope.dropped_attributes,
    };
    ScopeSpans {
        scope: present(message),
        spans: Vec::new(),
        schema_url: scope.schema_url.clone(),
    }
}

/// A message that says nothing is not there.
fn present<M: Default + PartialEq>(message: M) -> Option<M> {
    (message != M::default()).then_some(message)
}

fn span_message(span: &Span) -> ProtoSpan {
    let (start, end) = times(span);
    ProtoSpan {
        trace_id: span.trace_id.value().to_be_bytes().to_vec(),
        span_id: span.span_id.value().to_be_bytes().to_vec(),
        trace_state: span.trace_state.clone(),
        parent_span_id: span
            .parent_id
            .map(|id| id.value().to_be_bytes().to_vec())
            .unwrap_or_default(),
        flags: span.flags,
        name: span.name.as_deref().unwrap_or_default().to_owned(),
        kind: span.kind.number().into(),
        start_time_unix_nano: start,
        end_time_unix_nano: end,
        attributes: attributes(&span.attributes),
        dropped_attributes_count: span.dropped_attributes,
        events: span.events.iter().map(event_message).collect(),
        dropped_events_count: span.dropped_events,
        links: span.links.iter().map(link_message).collect(),
        dropped_links_count: span.dropped_links,
        status: status_message(&span.status),
    }
}

/// Start and end as OTLP counts them; zero is not known.
pub(super) fn times(span: &Span) -> (u64, u64) {
    let start = span.start.unwrap_or(0);
    let end = span.duration.map(|nanos| start.wrapping_add(nanos as u64));
    (start, end.unwrap_or(0))
}

fn status_message(status: &Status) -> Option<ProtoStatus> {
    present(ProtoStatus {
        message: status.message.clone(),
        code: status.code.number().into(),
    })
}

fn event_message(event: &Event) -> span::Event {
    span::Event {
        time_unix_nano: event.time as u64,
        name: event.name.clone(),
        attributes: attributes(&event.attributes),
        dropped_attributes_count: event.dropped_attributes,
    }
}

fn link_message(link: &Link) -> span::Link {
    span::Link {
        trace_id: link.trace_id.to_be_bytes().to_vec(),
        span_id: link.span_id.to_be_bytes().to_vec(),
        trace_state: link.trace_state.clone(),
        attributes: attributes(&link.attributes),
        dropped_attributes_count: link.dropped_attributes,
        flags: link.flags,
    }
}

fn attributes(attributes: &[Attribute]) -> Vec<KeyValue> {
    let message = |attribute: &Attribute| KeyValue {
        key: attribute.key.to_string(),
        value: Some(value_message(&attribute.value)),
        ..KeyValue::default()
    };
    attributes.iter().map(message).collect()
}

fn value_message(value: &Value) -> AnyValue {
    use any_value::Value as Any;
    let value = match value {
        Value::Empty => None,
        Value::String(text) => Some(Any::StringValue(text.to_string())),
        Value::Bool(value) => Some(Any::BoolValue(*value)),
        Value::Int(number) => Some(Any::IntValue(*number)),
        Value::Double(number) => Some(Any::DoubleValue(*number)),
        Value::Bytes(bytes) => Some(Any::BytesValue(bytes.clone())),
        Value::Array(values) => Some(Any::ArrayValue(ArrayValue {
            values: values.iter().map(value_message).collect(),
        })),
        Value::Map(entries) => Some(Any::KvlistValue(KeyValueList {
            values: attributes(entries),
        })),
    };
    AnyValue { value }
}
