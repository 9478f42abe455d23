//! Cases of what a lookup compares: keys in any case, lists by element, what events, logs, resources
//! and scopes say, and the ids of entry spans.
use std::sync::Arc;

use crate::contract::battery::Case;
use crate::contract::cases::query;
use crate::contract::cast::{annotation, log, otlp, span, span_id, tag, trace_id};
use crate::correlation::Correlation;
use crate::query::TraceQuery;
use crate::span::{Attribute, Kind, Resource, Scope, Span, Value};

fn carried(keys: &[&str], values: &[&str]) -> TraceQuery {
    TraceQuery {
        correlation: Some(Correlation::new(keys, values)),
        ..query()
    }
}

fn by_span(id: u64) -> TraceQuery {
    TraceQuery {
        span_id: Some(span_id(id)),
        ..query()
    }
}

fn listed(key: &str, values: &[&str]) -> Attribute {
    let values = values.iter().map(|value| Value::String((*value).into()));
    Attribute {
        key: key.into(),
        value: Value::Array(values.collect()),
    }
}

pub(super) fn all() -> Vec<Case> {
    vec![keys(), lists(), places(), span_ids()]
}

fn keys() -> Case {
    let (a, b, c) = (trace_id(1), trace_id(2), trace_id(3));
    let tagged = |id, start, key, value| Span {
        attributes: vec![tag(key, value)],
        ..span(id, 1, "web", "get", start, 200)
    };
    Case::new(
        "keys of correlation ids compare without case, values with it, both whole",
        vec![
            vec![tagged(a, 1, "X-Request-ID", "r1")],
            vec![
                tagged(b, 2, "x-request-id", "r1"),
                tagged(c, 3, "X-REQUEST-ID", "R1"),
            ],
        ],
    )
    .finds(carried(&["x-Request-id"], &["r1"]), &[b, a])
    .finds(carried(&["x-request-id"], &["r1", "R1"]), &[c, b, a])
    .finds(carried(&["other", "x-request-id"], &["R1"]), &[c])
    .finds(carried(&["x-request"], &["r1"]), &[])
    .finds(carried(&["x-request-id"], &["r"]), &[])
    .finds(carried(&["x-request-id"], &[]), &[])
    .finds(carried(&[], &["r1"]), &[])
    .finds(
        TraceQuery {
            service: Some("other".to_owned()),
            ..carried(&["x-request-id"], &["r1"])
        },
        &[],
    )
}

fn lists() -> Case {
    let (a, b, c) = (trace_id(1), trace_id(2), trace_id(3));
    let key = "http.request.header.x-request-id";
    Case::new(
        "a list is found by each of its elements, and as it is",
        vec![vec![
            Span {
                attributes: vec![listed(key, &["one", "two"])],
                ..otlp(a, 1, "web", "get", 1, 10)
            },
            Span {
                attributes: vec![tag(key, "[\"two\",3]")],
                ..span(b, 1, "web", "get", 2, 10)
            },
            Span {
                attributes: vec![tag(key, "one two")],
                ..span(c, 1, "web", "get", 3, 10)
            },
        ]],
    )
    .finds(carried(&[key], &["one"]), &[a])
    .finds(carried(&[key], &["two"]), &[b, a])
    .finds(carried(&[key], &["3"]), &[b])
    .finds(carried(&[key], &["[\"one\",\"two\"]"]), &[a])
    .finds(carried(&[key], &["one two"]), &[c])
    .finds(carried(&[key], &["on"]), &[])
}

fn places() -> Case {
    let (a, b, c, d) = (trace_id(1), trace_id(2), trace_id(3), trace_id(4));
    let keys = ["request.id"];
    let said = |id, attribute| {
        let mut event = annotation(1, "received");
        event.attributes = vec![attribute];
        Span {
            events: vec![event],
            ..otlp(id, 1, "web", "get", 1, 10)
        }
    };
    let of_resource = {
        let mut span = otlp(c, 1, "web", "get", 2, 10);
        let mut attributes = span.resource.attributes.clone();
        attributes.push(listed("Request.Id", &["resource-1", "resource-2"]));
        span.resource = Arc::new(Resource {
            attributes,
            ..Resource::default()
        });
        span.scope = Arc::new(Scope {
            attributes: vec![tag("request.ID", "scope")],
            ..Scope::default()
        });
        span
    };
    let of_log = log(
        d,
        1,
        "web",
        5,
        "note",
        vec![listed("Request.id", &["logged"])],
    );
    Case::new(
        "events, logs, resources and scopes carry correlation ids, too",
        vec![vec![
            said(a, tag("Request.ID", "event")),
            said(b, listed("request.id", &["event-1", "event"])),
            of_resource,
            otlp(d, 1, "web", "get", 3, 10),
            of_log,
        ]],
    )
    .finds(carried(&keys, &["event"]), &[b, a])
    .finds(carried(&keys, &["event-1"]), &[b])
    .finds(carried(&keys, &["resource-2"]), &[c])
    .finds(carried(&keys, &["scope"]), &[c])
    .finds(carried(&keys, &["logged"]), &[d])
    .finds(carried(&keys, &["received"]), &[])
}

fn span_ids() -> Case {
    let (a, b) = (trace_id(1), trace_id(2));
    let of = |id, number, kind, parent| Span {
        kind,
        parent_id: Some(span_id(parent)),
        ..otlp(id, number, "web", "get", 5, 10)
    };
    Case::new(
        "a trace is found by the id of an entry span, or of a span that a log tells of",
        vec![
            vec![
                otlp(a, 0xa1, "web", "get", 0, 100),
                of(a, 0xa2, Kind::Client, 0xa1),
                of(a, 0xa3, Kind::Server, 0xa2),
                of(a, 0xa4, Kind::Internal, 0xa3),
            ],
            vec![
                of(b, 0xb1, Kind::Consumer, 0xa2),
                of(b, 0xb2, Kind::Internal, 0xb1),
                log(b, 0xb2, "web", 5, "note", vec![]),
                // The same id in another trace.
                of(b, 0xa3, Kind::Server, 0xb1),
            ],
        ],
    )
    .finds(by_span(0xa1), &[a])
    .finds(by_span(0xa2), &[])
    .finds(by_span(0xa3), &[b, a])
    .finds(by_span(0xa4), &[])
    .finds(by_span(0xb1), &[b])
    .finds(by_span(0xb2), &[b])
    .finds(by_span(0xff), &[])
}
