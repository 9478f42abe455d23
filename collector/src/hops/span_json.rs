//! One span as the call tree's JSON shows it: everything that it came with, on the tree's clock.
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use storage::span::{Attribute, Endpoint, Event, Kind, Link, Span, StatusCode, Value};

use super::json::{Each, Id, Text};
use super::{CallTree, errors};

pub(super) struct SpanList<'t>(pub &'t CallTree<'t>);

impl Serialize for SpanList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let moved = self.0.moved.iter();
        serializer.collect_seq(
            self.0
                .trace
                .spans
                .iter()
                .zip(moved)
                .map(|(s, moved)| span(s, *moved)),
        )
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SpanJson<'t> {
    span_id: Id,
    parent_span_id: Option<Id>,
    kind: &'static str,
    service: Option<&'t str>,
    operation: Option<&'t str>,
    start_time_unix_nano: Option<Text<u64>>,
    duration_nano: Option<i64>,
    /// What was added to the times that the span was recorded with.
    offset_nano: i64,
    error: bool,
    status_code: &'static str,
    status_message: Option<&'t str>,
    shared: bool,
    debug: bool,
    local_endpoint: Option<EndpointJson<'t>>,
    remote_endpoint: Option<EndpointJson<'t>>,
    attributes: Attributes<'t>,
    events: Vec<EventJson<'t>>,
    links: Each<'t, Link, LinkJson<'t>>,
    resource: Attributes<'t>,
    scope: Option<ScopeJson<'t>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EndpointJson<'t> {
    service_name: Option<&'t str>,
    ipv4: Option<Text<std::net::Ipv4Addr>>,
    ipv6: Option<Text<std::net::Ipv6Addr>>,
    port: Option<u16>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventJson<'t> {
    time_unix_nano: Text<i64>,
    name: &'t str,
    attributes: Attributes<'t>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LinkJson<'t> {
    trace_id: String,
    span_id: String,
    attributes: Attributes<'t>,
}

#[derive(Serialize)]
struct ScopeJson<'t> {
    name: &'t str,
    version: &'t str,
}

/// Pairs in a list: keys may repeat and their order is kept.
type Attributes<'t> = Each<'t, Attribute, Pair<'t>>;

struct Pair<'t>(&'t Attribute);

impl Serialize for Pair<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("key", &*self.0.key)?;
        match &self.0.value {
            // The most common value by far, written without a copy.
            Value::String(text) => map.serialize_entry("value", &**text)?,
            value => map.serialize_entry("value", &value.to_json())?,
        }
        map.end()
    }
}

fn span(span: &Span, moved: i64) -> SpanJson<'_> {
    let scope = &span.scope;
    SpanJson {
        span_id: Id(span.span_id),
        parent_span_id: span.parent_id.map(Id),
        kind: match span.kind {
            Kind::Unspecified => "UNSPECIFIED",
            Kind::Internal => "INTERNAL",
            Kind::Server => "SERVER",
            Kind::Client => "CLIENT",
            Kind::Producer => "PRODUCER",
            Kind::Consumer => "CONSUMER",
        },
        service: span.service(),
        operation: span.name.as_deref(),
        start_time_unix_nano: span
            .start
            .map(|start| Text(start.saturating_add_signed(moved))),
        duration_nano: span.duration,
        offset_nano: moved,
        error: errors::is_error(span),
        status_code: match span.status.code {
            StatusCode::Unset => "UNSET",
            StatusCode::Ok => "OK",
            StatusCode::Error => "ERROR",
        },
        status_message: Some(span.status.message.as_str()).filter(|text| !text.is_empty()),
        shared: span.shared,
        debug: span.debug,
        local_endpoint: span.local_endpoint.as_ref().map(endpoint),
        remote_endpoint: span.remote_endpoint.as_ref().map(endpoint),
        attributes: attributes(&span.attributes),
        events: span
            .events
            .iter()
            .map(|event| self::event(event, moved))
            .collect(),
        links: Each(&span.links, link),
        resource: attributes(&span.resource.attributes),
        scope: (!scope.name.is_empty() || !scope.version.is_empty()).then_some(ScopeJson {
            name: &scope.name,
            version: &scope.version,
        }),
    }
}

fn attributes(list: &[Attribute]) -> Attributes<'_> {
    Each(list, Pair)
}

fn endpoint(endpoint: &Endpoint) -> EndpointJson<'_> {
    EndpointJson {
        service_name: endpoint.service.as_deref(),
        ipv4: endpoint.ipv4.map(Text),
        ipv6: endpoint.ipv6.map(Text),
        port: endpoint.port,
    }
}

fn event(event: &Event, moved: i64) -> EventJson<'_> {
    EventJson {
        time_unix_nano: Text(event.time.saturating_add(moved)),
        name: &event.name,
        attributes: attributes(&event.attributes),
    }
}

fn link(link: &Link) -> LinkJson<'_> {
    LinkJson {
        trace_id: format!("{:032x}", link.trace_id),
        span_id: format!("{:016x}", link.span_id),
        attributes: attributes(&link.attributes),
    }
}
