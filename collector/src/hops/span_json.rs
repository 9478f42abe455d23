//! One span as the call tree's JSON shows it: everything that it came with, on the tree's clock.
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use foldhash::quality::RandomState;
use storage::span::{Attribute, Endpoint, Event, Link, Resource, StatusCode, Value};

use super::CallTree;
use crate::json_out::{
    put_bool, put_decimal, put_hex, put_id, put_items, put_long_trace_id, put_number, put_optional,
    put_text,
};

/// Writes the spans of one trace.
#[derive(Default)]
pub(super) struct SpanWriter {
    /// Attributes of resources as they are written: processes are few and spans are many.
    resources: HashMap<*const Resource, Range<usize>, RandomState>,
    written: Vec<u8>,
}

impl SpanWriter {
    pub(super) fn put(&mut self, out: &mut Vec<u8>, tree: &CallTree<'_>, position: usize) {
        let span = &tree.trace.spans[position];
        let moved = tree.moved[position];
        out.extend_from_slice(b"{\"spanId\":");
        put_id(out, span.span_id);
        out.extend_from_slice(b",\"parentSpanId\":");
        put_optional(out, span.parent_id, put_id);
        out.extend_from_slice(b",\"kind\":\"");
        out.extend_from_slice(span.kind.name().as_bytes());
        out.extend_from_slice(b"\",\"service\":");
        put_optional(out, span.service(), put_text);
        out.extend_from_slice(b",\"operation\":");
        put_optional(out, span.name.as_deref(), put_text);
        out.extend_from_slice(b",\"startTimeUnixNano\":");
        let start = span.start.map(|start| start.saturating_add_signed(moved));
        put_optional(out, start, put_decimal);
        out.extend_from_slice(b",\"durationNano\":");
        put_optional(out, span.duration, put_number);
        // What was added to the times that the span was recorded with.
        out.extend_from_slice(b",\"offsetNano\":");
        put_number(out, moved);
        out.extend_from_slice(b",\"error\":");
        put_bool(out, tree.errors[position]);
        out.extend_from_slice(match span.status.code {
            StatusCode::Unset => b",\"statusCode\":\"UNSET\",\"statusMessage\":".as_slice(),
            StatusCode::Ok => b",\"statusCode\":\"OK\",\"statusMessage\":",
            StatusCode::Error => b",\"statusCode\":\"ERROR\",\"statusMessage\":",
        });
        let message = Some(span.status.message.as_str()).filter(|text| !text.is_empty());
        put_optional(out, message, put_text);
        out.extend_from_slice(b",\"shared\":");
        put_bool(out, span.shared);
        out.extend_from_slice(b",\"debug\":");
        put_bool(out, span.debug);
        out.extend_from_slice(b",\"localEndpoint\":");
        put_optional(out, span.local_endpoint.as_ref(), put_endpoint);
        out.extend_from_slice(b",\"remoteEndpoint\":");
        put_optional(out, span.remote_endpoint.as_ref(), put_endpoint);
        out.extend_from_slice(b",\"attributes\":");
        put_attributes(out, &span.attributes);
        out.extend_from_slice(b",\"events\":");
        put_items(out, &span.events, |out, event| put_event(out, event, moved));
        out.extend_from_slice(b",\"links\":");
        put_items(out, &span.links, put_link);
        out.extend_from_slice(b",\"resource\":");
        self.put_resource(out, &span.resource);
        let scope = &span.scope;
        if scope.name.is_empty() && scope.version.is_empty() {
            out.extend_from_slice(b",\"scope\":null}");
        } else {
            out.extend_from_slice(b",\"scope\":{\"name\":");
            put_text(out, &scope.name);
            out.extend_from_slice(b",\"version\":");
            put_text(out, &scope.version);
            out.extend_from_slice(b"}}");
        }
    }

    fn put_resource(&mut self, out: &mut Vec<u8>, resource: &Arc<Resource>) {
        let known = self.resources.entry(Arc::as_ptr(resource));
        let range = known.or_insert_with(|| {
            let begin = self.written.len();
            put_attributes(&mut self.written, &resource.attributes);
            begin..self.written.len()
        });
        out.extend_from_slice(&self.written[range.clone()]);
    }
}

/// Pairs in a list: keys may repeat and their order is kept.
fn put_attributes(out: &mut Vec<u8>, attributes: &[Attribute]) {
    put_items(out, attributes, |out, attribute| {
        out.extend_from_slice(b"{\"key\":");
        put_text(out, &attribute.key);
        out.extend_from_slice(b",\"value\":");
        put_value(out, &attribute.value);
        out.push(b'}');
    });
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::String(text) => put_text(out, text),
        Value::Int(number) => put_number(out, *number),
        Value::Bool(value) => put_bool(out, *value),
        value => out.extend_from_slice(value.to_json().to_string().as_bytes()),
    }
}

fn put_endpoint(out: &mut Vec<u8>, endpoint: &Endpoint) {
    out.extend_from_slice(b"{\"serviceName\":");
    put_optional(out, endpoint.service.as_deref(), put_text);
    out.extend_from_slice(b",\"ipv4\":");
    put_optional(out, endpoint.ipv4, |out, address| {
        put_text(out, &address.to_string());
    });
    out.extend_from_slice(b",\"ipv6\":");
    put_optional(out, endpoint.ipv6, |out, address| {
        put_text(out, &address.to_string());
    });
    out.extend_from_slice(b",\"port\":");
    put_optional(out, endpoint.port, put_number);
    out.push(b'}');
}

fn put_event(out: &mut Vec<u8>, event: &Event, moved: i64) {
    out.push(b'{');
    put_event_fields(out, event, moved);
    out.push(b'}');
}

pub(super) fn put_event_fields(out: &mut Vec<u8>, event: &Event, moved: i64) {
    out.extend_from_slice(b"\"timeUnixNano\":");
    put_decimal(out, event.time.saturating_add(moved));
    out.extend_from_slice(b",\"name\":");
    put_text(out, &event.name);
    out.extend_from_slice(b",\"attributes\":");
    put_attributes(out, &event.attributes);
}

fn put_link(out: &mut Vec<u8>, link: &Link) {
    out.extend_from_slice(b"{\"traceId\":");
    put_long_trace_id(out, link.trace_id);
    out.extend_from_slice(b",\"spanId\":\"");
    put_hex(out, link.span_id);
    out.extend_from_slice(b"\",\"attributes\":");
    put_attributes(out, &link.attributes);
    out.push(b'}');
}
