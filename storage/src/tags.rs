//! The flat view of a span: its tags as pairs of text, as Zipkin's API shows them and as a search
//! compares them. For a Zipkin span that is what came; for an OTLP span it follows OpenTelemetry's
//! mapping to Zipkin, and what that leaves open is said as the collector of OpenTelemetry says it. A log
//! has no place among them; its tags, for a search only, are what it says of its event.
use std::borrow::Cow;

use crate::encoding::Details;
use crate::flat_text;
use crate::origin::OriginView;
use crate::span::{Attribute, Format, Link, Resource, Scope, Span, StatusCode, Value};

pub const SCOPE_NAME: &str = "otel.scope.name";
pub const SCOPE_VERSION: &str = "otel.scope.version";
/// Deprecated names of the same, which the mapping still demands.
pub const LIBRARY_NAME: &str = "otel.library.name";
pub const LIBRARY_VERSION: &str = "otel.library.version";
pub const STATUS_CODE: &str = "otel.status_code";
pub const ERROR: &str = "error";
pub const TRACE_STATE: &str = "w3c.tracestate";
pub const DROPPED_ATTRIBUTES: &str = "otel.dropped_attributes_count";
pub const DROPPED_EVENTS: &str = "otel.dropped_events_count";
pub const DROPPED_LINKS: &str = "otel.dropped_links_count";

/// Calls `visit` with each tag, in order; a key may come twice, the later one wins in Zipkin.
pub fn visit<'a>(span: &'a Span, mut visit: impl FnMut(&'a str, Cow<'a, str>)) {
    match span.format {
        Format::Zipkin => {
            for attribute in &span.attributes {
                visit(&attribute.key, text(&attribute.value));
            }
            return;
        }
        Format::Log => {
            visit_source(&span.resource, &span.scope, &mut visit);
            for attribute in span.events.iter().flat_map(|event| &event.attributes) {
                visit(&attribute.key, text(&attribute.value));
            }
            return;
        }
        Format::Otlp => {}
    }
    match OriginView::of(span) {
        None => visit_otlp(span, &mut visit),
        Some(origin) => visit_returned(span, origin, &mut visit),
    }
}

fn visit_otlp<'a>(span: &'a Span, visit: &mut impl FnMut(&'a str, Cow<'a, str>)) {
    visit_source(&span.resource, &span.scope, &mut *visit);
    Extras::of_span(span).visit(&mut *visit);
    let status = &span.status;
    visit_status(span, &mut *visit);
    for attribute in &span.attributes {
        // Zipkin takes a span with this tag as failed, whatever the tag says.
        let denies = *attribute.key == *ERROR
            && (is_false(&attribute.value)
                || status.code == StatusCode::Error && !status.message.is_empty());
        if !denies {
            visit(&attribute.key, text(&attribute.value));
        }
    }
}

/// A Zipkin span that was told as OTLP: its tags are as they were. What OTLP has a field for is no
/// attribute, unless the field alone would not give the same tags.
fn visit_returned<'a>(
    span: &'a Span,
    origin: OriginView<'a>,
    visit: &mut impl FnMut(&'a str, Cow<'a, str>),
) {
    let has = |key: &str| span.attribute(key).is_some();
    visit_resource(&span.resource, &mut *visit);
    let Scope { name, version, .. } = &*span.scope;
    if !has(SCOPE_NAME) && !has(LIBRARY_NAME) {
        visit_text(&[SCOPE_NAME, LIBRARY_NAME], name, &mut *visit);
    }
    if !has(SCOPE_VERSION) && !has(LIBRARY_VERSION) {
        visit_text(&[SCOPE_VERSION, LIBRARY_VERSION], version, &mut *visit);
    }
    Extras::of_span(span).visit(&mut *visit);
    if !has(STATUS_CODE) && (span.status.code != StatusCode::Error || !has(ERROR)) {
        visit_status(span, &mut *visit);
    }
    for attribute in &span.attributes {
        if origin.is_tag(attribute) {
            visit(&attribute.key, text(&attribute.value));
        }
    }
}

/// The tags of who recorded a span, but for the service.
pub fn visit_source<'a>(
    resource: &'a Resource,
    scope: &'a Scope,
    mut visit: impl FnMut(&'a str, Cow<'a, str>),
) {
    visit_resource(resource, &mut visit);
    visit_text(&[SCOPE_NAME, LIBRARY_NAME], &scope.name, &mut visit);
    visit_text(
        &[SCOPE_VERSION, LIBRARY_VERSION],
        &scope.version,
        &mut visit,
    );
    for attribute in &scope.attributes {
        visit(&attribute.key, text(&attribute.value));
    }
}

fn visit_resource<'a>(resource: &'a Resource, visit: &mut impl FnMut(&'a str, Cow<'a, str>)) {
    for Attribute { key, value } in &resource.attributes {
        if **key != *"service.name" {
            visit(key, text(value));
        }
    }
}

fn visit_text<'a>(keys: &[&'a str], value: &'a str, visit: &mut impl FnMut(&'a str, Cow<'a, str>)) {
    if !value.is_empty() {
        keys.iter().for_each(|key| visit(key, Cow::Borrowed(value)));
    }
}

fn visit_status<'a>(span: &'a Span, visit: &mut impl FnMut(&'a str, Cow<'a, str>)) {
    match span.status.code {
        StatusCode::Unset => {}
        StatusCode::Ok => visit(STATUS_CODE, Cow::Borrowed("OK")),
        StatusCode::Error => {
            visit(STATUS_CODE, Cow::Borrowed("ERROR"));
            visit(ERROR, Cow::Borrowed(&span.status.message));
        }
    }
}

/// What few OTLP spans have, beside events and the message of the status.
#[derive(Clone, Copy, Debug)]
pub struct Extras<'a> {
    trace_state: &'a str,
    links: &'a [Link],
    /// Attributes, events, links.
    dropped: [u32; 3],
}

impl<'a> Extras<'a> {
    fn of_span(span: &'a Span) -> Self {
        Self {
            trace_state: &span.trace_state,
            links: &span.links,
            dropped: [
                span.dropped_attributes,
                span.dropped_events,
                span.dropped_links,
            ],
        }
    }

    pub fn of_details(details: &'a Details) -> Self {
        Self {
            trace_state: &details.trace_state,
            links: &details.links,
            dropped: [
                details.dropped_attributes,
                details.dropped_events,
                details.dropped_links,
            ],
        }
    }

    pub fn visit(self, mut visit: impl FnMut(&'a str, Cow<'a, str>)) {
        visit_text(&[TRACE_STATE], self.trace_state, &mut visit);
        let keys = [DROPPED_ATTRIBUTES, DROPPED_EVENTS, DROPPED_LINKS];
        for (key, count) in keys.into_iter().zip(self.dropped) {
            if count > 0 {
                visit(key, Cow::Owned(count.to_string()));
            }
        }
        for (number, link) in self.links.iter().enumerate() {
            if let Some(key) = flat_text::link_key(number) {
                visit(key, Cow::Owned(flat_text::of_link(link)));
            }
        }
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

fn is_false(value: &Value) -> bool {
    matches!(value, Value::Bool(false)) || value.as_str() == Some("false")
}

/// A value as text without copying it if it is text already.
pub fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}
