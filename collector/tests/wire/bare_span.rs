//! A span of which nothing but its ids is known.
use std::sync::Arc;

use storage::id::{SpanId, TraceId};
use storage::span::{Attribute, Format, Kind, Span, Status, Value};

pub(super) fn bare(format: Format) -> Span {
    Span {
        trace_id: TraceId::new(10).unwrap(),
        span_id: SpanId::new(1).unwrap(),
        parent_id: None,
        kind: Kind::Unspecified,
        name: None,
        start: None,
        duration: None,
        status: Status::default(),
        attributes: Vec::new(),
        events: Vec::new(),
        links: Vec::new(),
        local_endpoint: None,
        remote_endpoint: None,
        resource: Arc::default(),
        scope: Arc::default(),
        trace_state: String::new(),
        flags: 0,
        dropped_attributes: 0,
        dropped_events: 0,
        dropped_links: 0,
        shared: false,
        debug: false,
        format,
    }
}

pub(super) fn text(key: &str, value: &str) -> Attribute {
    Attribute {
        key: key.into(),
        value: Value::String(value.into()),
    }
}
