//! Messages of OTLP as they compare: what came in and what is answered, grouped anew.
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use prost::Message as _;

/// The spans of one trace as they should be answered: one group for equal resources and scopes in
/// order of arrival, what says nothing absent, spans that were refused or came twice left out.
pub(crate) fn expected(request: &[ResourceSpans], trace_id: &[u8]) -> TracesData {
    let mut resource_spans: Vec<ResourceSpans> = Vec::new();
    for from in request {
        let mut resource = from.resource.clone().unwrap_or_default();
        attributes(&mut resource.attributes);
        for ScopeSpans {
            scope,
            spans,
            schema_url,
        } in &from.scope_spans
        {
            let mut scope = scope.clone().unwrap_or_default();
            attributes(&mut scope.attributes);
            let kept = spans.iter().filter_map(kept);
            for span in kept.filter(|span| span.trace_id == trace_id) {
                let of_resource = find(
                    &mut resource_spans,
                    |group| {
                        group.resource.clone().unwrap_or_default() == resource
                            && group.schema_url == from.schema_url
                    },
                    || ResourceSpans {
                        resource: (resource != Resource::default()).then(|| resource.clone()),
                        scope_spans: Vec::new(),
                        schema_url: from.schema_url.clone(),
                    },
                );
                let of_scope = find(
                    &mut of_resource.scope_spans,
                    |group| {
                        group.scope.clone().unwrap_or_default() == scope
                            && group.schema_url == *schema_url
                    },
                    || ScopeSpans {
                        scope: (scope != InstrumentationScope::default()).then(|| scope.clone()),
                        spans: Vec::new(),
                        schema_url: schema_url.clone(),
                    },
                );
                if !of_scope.spans.contains(&span) {
                    of_scope.spans.push(span);
                }
            }
        }
    }
    TracesData { resource_spans }
}

fn find<T>(groups: &mut Vec<T>, is_it: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> &mut T {
    let position = groups.iter().position(is_it).unwrap_or_else(|| {
        groups.push(new());
        groups.len() - 1
    });
    &mut groups[position]
}

/// The span without what it need not say; `None` when its ids are none.
fn kept(span: &Span) -> Option<Span> {
    let is_id = |id: &[u8], width| id.len() == width && id.iter().any(|byte| *byte != 0);
    let is_parent = matches!(span.parent_span_id.len(), 0 | 8);
    if !is_id(&span.trace_id, 16) || !is_id(&span.span_id, 8) || !is_parent {
        return None;
    }
    let mut span = span.clone();
    if span.parent_span_id.iter().all(|byte| *byte == 0) {
        span.parent_span_id.clear();
    }
    // Numbers that the enumerations do not have.
    if span.kind > 5 {
        span.kind = 0;
    }
    span.status = span.status.take().and_then(|mut status| {
        if status.code > 2 {
            status.code = 0;
        }
        (status.code != 0 || !status.message.is_empty()).then_some(status)
    });
    attributes(&mut span.attributes);
    for event in &mut span.events {
        attributes(&mut event.attributes);
    }
    let links = span.links.len();
    span.links.retain_mut(|link| {
        attributes(&mut link.attributes);
        let or_zeros = |id: &mut Vec<u8>, width| {
            if id.is_empty() {
                id.resize(width, 0);
            }
            id.len() == width
        };
        or_zeros(&mut link.trace_id, 16) & or_zeros(&mut link.span_id, 8)
    });
    let cut = (links - span.links.len()) as u32;
    span.dropped_links_count = span.dropped_links_count.saturating_add(cut);
    Some(span)
}

/// A value that is not there is an empty one.
fn attributes(attributes: &mut [KeyValue]) {
    for attribute in attributes {
        value(attribute.value.get_or_insert_default());
    }
}

fn value(any: &mut AnyValue) {
    match &mut any.value {
        Some(any_value::Value::ArrayValue(array)) => array.values.iter_mut().for_each(value),
        Some(any_value::Value::KvlistValue(list)) => attributes(&mut list.values),
        _ => {}
    }
}

/// The answer in protobuf, as prost reads it.
pub(crate) fn from_protobuf(body: &[u8]) -> TracesData {
    TracesData::decode(body).unwrap()
}

/// The answer in JSON, as serde reads it for the published types.
pub(crate) fn from_json(body: &[u8]) -> TracesData {
    serde_json::from_slice(body).unwrap_or_else(|error| {
        let text = String::from_utf8_lossy(body);
        panic!("{error}: {text}")
    })
}

/// All spans of an answer.
pub(crate) fn spans(answer: &TracesData) -> impl Iterator<Item = &Span> {
    let scopes = answer.resource_spans.iter();
    scopes
        .flat_map(|resource| &resource.scope_spans)
        .flat_map(|scope| &scope.spans)
}
