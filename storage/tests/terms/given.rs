//! What the fixture was filled with: spans that have everything that later releases made terms of.
use storage::contract::cast::{TODAY_MS, annotation, otlp, tag};
use storage::id::TraceId;
use storage::span::{Kind, Link, Scope, Span, Status, StatusCode};

/// The last four are in the log alone.
pub(crate) const TRACES: u64 = 16;
pub(crate) const HOUR_MS: u64 = 3_600_000;

pub(crate) fn trace_id(number: u64) -> TraceId {
    TraceId::from_halves(9, 100 + number).unwrap()
}

/// The trace that trace `number` links to.
pub(crate) fn target(number: u64) -> TraceId {
    TraceId::from_halves(number % 2, 0x500 + number).unwrap()
}

/// A request, and the work on a message that another trace has sent.
pub(crate) fn spans(number: u64) -> Vec<Span> {
    let request = otlp(trace_id(number), 1, "web", "get", number, 50);
    let mut work = otlp(trace_id(number), 2, "mail", "process", number + 10, 20);
    work.kind = Kind::Consumer;
    work.links = vec![Link {
        trace_id: target(number).value(),
        span_id: 0x77,
        trace_state: format!("l={number}"),
        attributes: vec![tag("why", "batch")],
        dropped_attributes: 0,
        flags: 0,
    }];
    work.trace_state = format!("k=v{number}");
    work.dropped_attributes = 1_000 + number as u32;
    work.events = vec![annotation(number, &format!("e{number}"))];
    work.status = Status {
        code: StatusCode::Error,
        message: format!("m{number}"),
    };
    work.scope = std::sync::Arc::new(Scope {
        attributes: vec![tag("team", &format!("t{number}"))],
        ..Scope::clone(&work.scope)
    });
    vec![request, work]
}

/// A span of a trace of the first hour that comes in the second.
pub(crate) fn late(number: u64) -> Span {
    let mut span = otlp(trace_id(number), 3, "late", "after", number + 40, 5);
    span.start = Some((TODAY_MS + number + 40) * 1_000_000);
    span
}
