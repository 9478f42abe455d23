//! Random OTLP requests: mostly good ids, some that are not.
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList, any_value,
};
use opentelemetry_proto::tonic::resource::v1::Resource as ProtoResource;
use opentelemetry_proto::tonic::trace::v1::{
    ResourceSpans, ScopeSpans, Span as ProtoSpan, Status as ProtoStatus, span,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub(super) fn texts() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z.]{0,12}", ".{0,6}", any::<String>()]
}

pub(super) fn values() -> impl Strategy<Value = AnyValue> {
    use any_value::Value as Any;
    let scalar = prop_oneof![
        4 => texts().prop_map(|text| Some(Any::StringValue(text))),
        1 => any::<bool>().prop_map(|value| Some(Any::BoolValue(value))),
        2 => any::<i64>().prop_map(|number| Some(Any::IntValue(number))),
        // JSON has no other doubles, and NaN is not equal to itself.
        1 => any::<f64>().prop_filter("finite", |number| number.is_finite())
            .prop_map(|number| Some(Any::DoubleValue(number))),
        1 => vec(any::<u8>(), 0..9).prop_map(|bytes| Some(Any::BytesValue(bytes))),
        1 => Just(None),
    ];
    scalar
        .prop_map(|value| AnyValue { value })
        .prop_recursive(4, 16, 4, |inner| {
            let entry = (texts(), option::of(inner.clone())).prop_map(|(key, value)| KeyValue {
                key,
                value,
                ..KeyValue::default()
            });
            prop_oneof![
                vec(inner, 0..4).prop_map(|values| AnyValue {
                    value: Some(Any::ArrayValue(ArrayValue { values }))
                }),
                vec(entry, 0..4).prop_map(|values| AnyValue {
                    value: Some(Any::KvlistValue(KeyValueList { values })),
                }),
            ]
        })
}

pub(super) fn attribute_lists() -> impl Strategy<Value = Vec<KeyValue>> {
    let attribute = (texts(), option::of(values())).prop_map(|(key, value)| KeyValue {
        key,
        value,
        ..KeyValue::default()
    });
    vec(attribute, 0..4)
}

/// Mostly good ids, some that are not.
pub(super) fn ids(width: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => vec(any::<u8>(), width),
        1 => Just(vec![0; width]),
        1 => vec(any::<u8>(), 0..20),
    ]
}

pub(super) fn times() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        any::<u64>(),
        1_790_000_000_000_000_000..1_800_000_000_000_000_000_u64
    ]
}

fn events() -> impl Strategy<Value = span::Event> {
    (times(), texts(), attribute_lists(), 0..3_u32).prop_map(
        |(time_unix_nano, name, attributes, dropped_attributes_count)| span::Event {
            time_unix_nano,
            name,
            attributes,
            dropped_attributes_count,
        },
    )
}

fn links() -> impl Strategy<Value = span::Link> {
    (
        ids(16),
        ids(8),
        texts(),
        attribute_lists(),
        0..3_u32,
        any::<u32>(),
    )
        .prop_map(
            |(trace_id, span_id, trace_state, attributes, dropped_attributes_count, flags)| {
                span::Link {
                    trace_id,
                    span_id,
                    trace_state,
                    attributes,
                    dropped_attributes_count,
                    flags,
                }
            },
        )
}

fn proto_spans() -> impl Strategy<Value = ProtoSpan> {
    let status = (texts(), 0..4).prop_map(|(message, code)| ProtoStatus { message, code });
    let lists = (
        attribute_lists(),
        vec(events(), 0..3),
        vec(links(), 0..3),
        option::of(status),
    );
    let dropped = (0..3_u32, 0..3_u32, any::<u32>());
    let parent = prop_oneof![Just(Vec::new()), ids(8)];
    let ids = (ids(16), ids(8), parent);
    (
        ids,
        texts(),
        texts(),
        0..7,
        (times(), times()),
        any::<u32>(),
        lists,
        dropped,
    )
        .prop_map(
            |(ids, trace_state, name, kind, times, flags, lists, dropped)| ProtoSpan {
                trace_id: ids.0,
                span_id: ids.1,
                parent_span_id: ids.2,
                trace_state,
                flags,
                name,
                kind,
                start_time_unix_nano: times.0,
                end_time_unix_nano: times.1,
                attributes: lists.0,
                dropped_attributes_count: dropped.0,
                events: lists.1,
                dropped_events_count: dropped.1,
                links: lists.2,
                dropped_links_count: dropped.2,
                status: lists.3,
            },
        )
}

pub(super) fn requests() -> impl Strategy<Value = ExportTraceServiceRequest> {
    let entity =
        (texts(), texts(), vec(texts(), 0..3)).prop_map(|(schema_url, kind, id_keys)| EntityRef {
            schema_url,
            r#type: kind,
            description_keys: id_keys.clone(),
            id_keys,
        });
    let resource = (attribute_lists(), 0..3_u32, vec(entity, 0..2)).prop_map(
        |(attributes, dropped_attributes_count, entity_refs)| ProtoResource {
            attributes,
            dropped_attributes_count,
            entity_refs,
        },
    );
    let scope = (texts(), texts(), attribute_lists(), 0..3_u32).prop_map(
        |(name, version, attributes, dropped_attributes_count)| InstrumentationScope {
            name,
            version,
            attributes,
            dropped_attributes_count,
        },
    );
    let scope_spans = (option::of(scope), vec(proto_spans(), 0..3), texts()).prop_map(
        |(scope, spans, schema_url)| ScopeSpans {
            scope,
            spans,
            schema_url,
        },
    );
    let resource_spans = (option::of(resource), vec(scope_spans, 0..3), texts()).prop_map(
        |(resource, scope_spans, schema_url)| ResourceSpans {
            resource,
            scope_spans,
            schema_url,
        },
    );
    vec(resource_spans, 0..3)
        .prop_map(|resource_spans| ExportTraceServiceRequest { resource_spans })
}
