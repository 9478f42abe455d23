//! The flat view of a span: its tags as pairs of text, as Zipkin's API shows them and as a search
//! compares them. For a Zipkin span that is what came; for an OTLP span it follows OpenTelemetry's
//! mapping to Zipkin (attributes, resource, scope and status become tags).
use std::borrow::Cow;

use crate::span::{Format, Span, StatusCode, Value};

/// Calls `visit` with each tag, in order; a key may come twice, the later one wins in Zipkin.
pub fn visit<'a>(span: &'a Span, mut visit: impl FnMut(&'a str, Cow<'a, str>)) {
    if span.format == Format::Otlp {
        for attribute in &span.resource.attributes {
            if *attribute.key != *"service.name" {
                visit(&attribute.key, text(&attribute.value));
            }
        }
        if !span.scope.name.is_empty() {
            visit("otel.scope.name", Cow::Borrowed(&span.scope.name));
        }
        if !span.scope.version.is_empty() {
            visit("otel.scope.version", Cow::Borrowed(&span.scope.version));
        }
        match span.status.code {
            StatusCode::Unset => {}
            StatusCode::Ok => visit("otel.status_code", Cow::Borrowed("OK")),
            StatusCode::Error => {
                visit("otel.status_code", Cow::Borrowed("ERROR"));
                visit("error", Cow::Borrowed(&span.status.message));
            }
        }
    }
    for attribute in &span.attributes {
        visit(&attribute.key, text(&attribute.value));
    }
}

/// Has the span this tag, with this value if one is given?
pub fn contains(span: &Span, key: &str, value: Option<&str>) -> bool {
    let mut found = false;
    visit(span, |tag_key, tag_value| {
        found |= tag_key == key && value.is_none_or(|value| value == tag_value);
    });
    found
}

/// A value as text without copying it if it is text already.
pub fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}
