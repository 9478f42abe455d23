//! Spans as Zipkin v2 JSON: what a Zipkin client posts to `/api/v2/spans`.
use std::io::Write as _;

use crate::span::{Event, Kind, Span, Value};

pub fn json(spans: &[Span]) -> Vec<u8> {
    let mut out = Vec::with_capacity(spans.len() * 600);
    out.push(b'[');
    for (index, span) in spans.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        record(&mut out, span);
    }
    out.push(b']');
    out
}

fn record(out: &mut Vec<u8>, span: &Span) {
    append(
        out,
        format_args!(
            r#"{{"traceId":"{:032x}","id":"{:016x}""#,
            span.trace_id, span.id
        ),
    );
    if let Some(parent) = span.parent {
        append(out, format_args!(r#","parentId":"{parent:016x}""#));
    }
    if let Some(kind) = kind(span.kind) {
        append(out, format_args!(r#","kind":"{kind}""#));
    }
    append(out, format_args!(r#","name":"#));
    text(out, &span.name);
    // Whole microseconds: Zipkin's clock has no finer hand, and zero would mean unknown.
    let (start, duration) = (span.start / 1000, (span.duration / 1000).max(1));
    append(
        out,
        format_args!(r#","timestamp":{start},"duration":{duration}"#),
    );
    append(
        out,
        format_args!(
            r#","localEndpoint":{{"serviceName":"{}","ipv4":"{}"}}"#,
            span.host.service,
            span.host.address()
        ),
    );
    if let Some(peer) = span.peer {
        append(
            out,
            format_args!(r#","remoteEndpoint":{{"serviceName":"{peer}"}}"#),
        );
    }
    tags(out, span);
    annotations(out, &span.events);
    if span.shared {
        append(out, format_args!(r#","shared":true"#));
    }
    out.push(b'}');
}

fn tags(out: &mut Vec<u8>, span: &Span) {
    append(out, format_args!(r#","tags":{{"#));
    for (index, (key, value)) in span.attributes.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        append(out, format_args!("{comma}\"{key}\":"));
        match value {
            Value::Text(value) => text(out, value),
            Value::Int(value) => append(out, format_args!("\"{value}\"")),
        }
    }
    if let Some(error) = &span.error {
        append(
            out,
            format_args!("{}", if span.attributes.is_empty() { "" } else { "," }),
        );
        append(out, format_args!(r#""error":"#));
        text(out, error);
    }
    out.push(b'}');
}

/// The text of the annotation that an event becomes: its name, then its attributes as JSON, as
/// OpenTelemetry's mapping to Zipkin has it.
pub(crate) fn annotation(event: &Event) -> String {
    let attributes: serde_json::Map<_, _> = event
        .attributes
        .iter()
        .map(|(key, value)| match value {
            Value::Text(value) => ((*key).to_owned(), value.as_ref().into()),
            Value::Int(value) => ((*key).to_owned(), (*value).into()),
        })
        .collect();
    if attributes.is_empty() {
        return event.name.to_owned();
    }
    let attributes = serde_json::Value::from(attributes);
    format!("\"{}\": {attributes}", event.name)
}

fn annotations(out: &mut Vec<u8>, events: &[Event]) {
    if events.is_empty() {
        return;
    }
    append(out, format_args!(r#","annotations":["#));
    for (index, event) in events.iter().enumerate() {
        let value = annotation(event);
        let comma = if index > 0 { "," } else { "" };
        append(
            out,
            format_args!(r#"{comma}{{"timestamp":{},"value":"#, event.time / 1000),
        );
        text(out, &value);
        out.push(b'}');
    }
    out.push(b']');
}

const fn kind(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Internal => None,
        Kind::Server => Some("SERVER"),
        Kind::Client => Some("CLIENT"),
        Kind::Producer => Some("PRODUCER"),
        Kind::Consumer => Some("CONSUMER"),
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("memory takes every byte");
}

fn append(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("memory takes every byte");
}
