//! The cast that plays in every test: a frontend, a backend, a database, and the trace they make
//! (after Zipkin's `TestObjects`).
use std::sync::Arc;

use crate::id::{SpanId, TraceId};
use crate::span::{
    Attribute, Endpoint, Event, Format, Kind, Resource, Scope, Span, Status, StatusCode, Value,
};

/// Midnight of 2026-11-21, in milliseconds since the epoch.
pub const TODAY_MS: u64 = 1_795_219_200_000;

pub fn trace_id(low: u64) -> TraceId {
    TraceId::from_halves(0x463a_c35c_9f64_13ad, low).expect("a wide id is not zero")
}

pub fn span_id(id: u64) -> SpanId {
    SpanId::new(id).expect("tests use ids that are not zero")
}

pub fn endpoint(service: &str) -> Endpoint {
    Endpoint {
        service: Some(service.to_owned()),
        ..Endpoint::default()
    }
}

/// A span of which nothing but its ids is known.
pub fn bare(trace_id: TraceId, id: u64) -> Span {
    Span {
        trace_id,
        span_id: span_id(id),
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
        format: Format::Zipkin,
    }
}

/// A span of `service` that started `start_ms` after [`TODAY_MS`] and took `duration_ms`.
pub fn span(
    trace_id: TraceId,
    id: u64,
    service: &str,
    name: &str,
    start_ms: u64,
    duration_ms: i64,
) -> Span {
    Span {
        name: Some(name.into()),
        start: Some((TODAY_MS + start_ms) * 1_000_000),
        duration: Some(duration_ms * 1_000_000),
        local_endpoint: Some(endpoint(service)),
        ..bare(trace_id, id)
    }
}

pub fn tag(key: &str, value: &str) -> Attribute {
    Attribute {
        key: key.into(),
        value: Value::String(value.into()),
    }
}

pub fn annotation(start_ms: u64, text: &str) -> Event {
    Event {
        time: ((TODAY_MS + start_ms) * 1_000_000) as i64,
        name: text.to_owned(),
        attributes: Vec::new(),
        dropped_attributes: 0,
    }
}

/// An OTLP span of `service`.
pub fn otlp(
    trace_id: TraceId,
    id: u64,
    service: &str,
    name: &str,
    start_ms: u64,
    duration_ms: i64,
) -> Span {
    let resource = Resource {
        attributes: vec![
            tag("service.name", service),
            tag("deployment.environment.name", "test"),
        ],
        ..Resource::default()
    };
    let scope = Scope {
        name: "io.test".to_owned(),
        version: "1.2".to_owned(),
        ..Scope::default()
    };
    Span {
        local_endpoint: None,
        resource: Arc::new(resource),
        scope: Arc::new(scope),
        format: Format::Otlp,
        ..span(trace_id, id, service, name, start_ms, duration_ms)
    }
}

/// What a log of `service` says of a span, `start_ms` after [`TODAY_MS`].
pub fn log(
    trace_id: TraceId,
    id: u64,
    service: &str,
    start_ms: u64,
    name: &str,
    attributes: Vec<Attribute>,
) -> Span {
    let resource = Resource {
        attributes: vec![tag("service.name", service)],
        ..Resource::default()
    };
    Span {
        resource: Arc::new(resource),
        events: vec![Event {
            attributes,
            ..annotation(start_ms, name)
        }],
        format: Format::Log,
        ..bare(trace_id, id)
    }
}

/// Frontend (server) → backend (client and shared server) → database (client, failed).
pub fn three_services(trace_id: TraceId, start_ms: u64) -> Vec<Span> {
    vec![
        Span {
            kind: Kind::Server,
            ..span(trace_id, 1, "frontend", "get", start_ms, 350)
        },
        Span {
            kind: Kind::Client,
            parent_id: Some(span_id(1)),
            attributes: vec![
                tag("http.path", "/foo"),
                tag("clnt/finagle.version", "6.45.0"),
            ],
            remote_endpoint: Some(endpoint("backend")),
            ..span(trace_id, 2, "frontend", "get", start_ms + 50, 250)
        },
        Span {
            kind: Kind::Server,
            parent_id: Some(span_id(1)),
            shared: true,
            ..span(trace_id, 2, "backend", "get", start_ms + 100, 150)
        },
        Span {
            kind: Kind::Client,
            parent_id: Some(span_id(2)),
            status: Status {
                code: StatusCode::Unset,
                message: String::new(),
            },
            attributes: vec![tag("error", "💩")],
            events: vec![annotation(start_ms + 190, "⻩")],
            remote_endpoint: Some(endpoint("db")),
            ..span(trace_id, 3, "backend", "query", start_ms + 150, 50)
        },
    ]
}
