//! Hopline's own JSON on its way back in: the answer of `GET /api/hopline/traces/{id}`, of which the spans
//! are read and the hops are found anew. Lists, maps and bytes among attributes come back as their JSON.
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use storage::batch::SpanBatch;
use storage::id::{SpanId, TraceId};
use storage::span::{
    Attribute, Endpoint, Event, Format, Kind, Link, Resource, Scope, Span, Status, StatusCode,
};

use super::hopline_value::Told;
use super::{ATTRIBUTES_MAX, Decoded, EVENTS_MAX, Refused, SPANS_MAX, Undecodable, check_length};

/// Reads one trace.
///
/// # Errors
/// When the body is no such answer.
pub fn decode(body: Bytes) -> Result<Decoded, Undecodable> {
    check_length(&body)?;
    let trace: Trace = serde_json::from_slice(&body)
        .map_err(|error| Undecodable(format!("a trace of Hopline's own: {error}")))?;
    let id = TraceId::from_hex(&trace.trace_id)
        .ok_or_else(|| Undecodable("traceId is not a trace id".to_owned()))?;
    if trace.spans.len() > SPANS_MAX {
        let text = "the trace has more than 100,000 spans: take it as Zipkin's or OTLP's JSON";
        return Err(Undecodable(text.to_owned()));
    }
    let mut latest: Option<(Vec<Pair>, Arc<Resource>)> = None;
    let mut spans = Vec::with_capacity(trace.spans.len());
    for (place, span) in trace.spans.into_iter().enumerate() {
        let told = span.read(id, &mut latest);
        spans.push(told.ok_or_else(|| {
            Undecodable(format!(
                "an id, a time or an address is wrong at $.spans[{place}]"
            ))
        })?);
    }
    Ok(Decoded {
        batch: SpanBatch::from_spans(&spans),
        refused: Refused::default(),
        texts_repaired: 0,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    trace_id: String,
    spans: Vec<SpanTold>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SpanTold {
    span_id: String,
    parent_span_id: Option<String>,
    #[serde(default)]
    kind: String,
    operation: Option<String>,
    start_time_unix_nano: Option<String>,
    duration_nano: Option<i64>,
    /// What was added to its times.
    #[serde(default)]
    offset_nano: i64,
    #[serde(default)]
    status_code: String,
    status_message: Option<String>,
    #[serde(default)]
    shared: bool,
    #[serde(default)]
    debug: bool,
    local_endpoint: Option<EndpointTold>,
    remote_endpoint: Option<EndpointTold>,
    #[serde(default)]
    attributes: Vec<Pair>,
    #[serde(default)]
    events: Vec<EventTold>,
    #[serde(default)]
    links: Vec<LinkTold>,
    #[serde(default)]
    resource: Vec<Pair>,
    scope: Option<ScopeTold>,
}

#[derive(Deserialize, PartialEq)]
struct Pair {
    key: String,
    value: Told,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EndpointTold {
    service_name: Option<String>,
    ipv4: Option<Ipv4Addr>,
    ipv6: Option<Ipv6Addr>,
    port: Option<u16>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventTold {
    time_unix_nano: String,
    name: String,
    #[serde(default)]
    attributes: Vec<Pair>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinkTold {
    trace_id: String,
    span_id: String,
    #[serde(default)]
    attributes: Vec<Pair>,
}

#[derive(Deserialize)]
struct ScopeTold {
    name: String,
    version: String,
}

impl SpanTold {
    fn read(
        self,
        trace_id: TraceId,
        latest: &mut Option<(Vec<Pair>, Arc<Resource>)>,
    ) -> Option<Span> {
        let moved = self.offset_nano;
        let start = match self.start_time_unix_nano {
            Some(text) => Some(
                text.parse::<u64>()
                    .ok()?
                    .checked_add_signed(moved.checked_neg()?)?,
            ),
            None => None,
        };
        let parent_id = match self.parent_span_id {
            Some(text) => Some(SpanId::from_hex(&text)?),
            None => None,
        };
        // Only Zipkin says who recorded a span beside a resource.
        let format = match self.local_endpoint.is_some() || self.resource.is_empty() {
            true => Format::Zipkin,
            false => Format::Otlp,
        };
        let resource = match latest {
            Some((pairs, resource)) if *pairs == self.resource => Arc::clone(resource),
            _ => {
                let resource = Arc::new(Resource {
                    attributes: attributes(&self.resource),
                    ..Resource::default()
                });
                *latest = Some((self.resource, Arc::clone(&resource)));
                resource
            }
        };
        let scope = self.scope.map_or_else(Scope::default, |scope| Scope {
            name: scope.name,
            version: scope.version,
            ..Scope::default()
        });
        let cut = |length: usize, most: usize| length.saturating_sub(most) as u32;
        Some(Span {
            trace_id,
            span_id: SpanId::from_hex(&self.span_id)?,
            parent_id,
            kind: match self.kind.as_str() {
                "INTERNAL" => Kind::Internal,
                "SERVER" => Kind::Server,
                "CLIENT" => Kind::Client,
                "PRODUCER" => Kind::Producer,
                "CONSUMER" => Kind::Consumer,
                _ => Kind::Unspecified,
            },
            name: self.operation.map(Into::into),
            start,
            duration: self.duration_nano,
            status: Status {
                code: match self.status_code.as_str() {
                    "OK" => StatusCode::Ok,
                    "ERROR" => StatusCode::Error,
                    _ => StatusCode::Unset,
                },
                message: self.status_message.unwrap_or_default(),
            },
            dropped_attributes: cut(self.attributes.len(), ATTRIBUTES_MAX),
            dropped_events: cut(self.events.len(), EVENTS_MAX),
            dropped_links: cut(self.links.len(), EVENTS_MAX),
            attributes: attributes(&self.attributes),
            events: events(self.events, moved)?,
            links: links(self.links)?,
            local_endpoint: self.local_endpoint.map(EndpointTold::read),
            remote_endpoint: self.remote_endpoint.map(EndpointTold::read),
            resource,
            scope: Arc::new(scope),
            trace_state: String::new(),
            flags: 0,
            shared: self.shared,
            debug: self.debug,
            format,
        })
    }
}

impl EndpointTold {
    fn read(self) -> Endpoint {
        Endpoint {
            service: self.service_name,
            ipv4: self.ipv4,
            ipv6: self.ipv6,
            port: self.port,
        }
    }
}

fn events(told: Vec<EventTold>, moved: i64) -> Option<Vec<Event>> {
    let events = told.into_iter().take(EVENTS_MAX).map(|event| {
        let time = event.time_unix_nano.parse::<i64>().ok()?;
        Some(Event {
            time: time.saturating_sub(moved),
            name: event.name,
            attributes: attributes(&event.attributes),
            dropped_attributes: 0,
        })
    });
    events.collect()
}

fn links(told: Vec<LinkTold>) -> Option<Vec<Link>> {
    let links = told.into_iter().take(EVENTS_MAX).map(|link| {
        Some(Link {
            trace_id: u128::from_str_radix(&link.trace_id, 16).ok()?,
            span_id: u64::from_str_radix(&link.span_id, 16).ok()?,
            trace_state: String::new(),
            attributes: attributes(&link.attributes),
            dropped_attributes: 0,
            flags: 0,
        })
    });
    links.collect()
}

fn attributes(told: &[Pair]) -> Vec<Attribute> {
    let kept = told.iter().take(ATTRIBUTES_MAX);
    kept.map(|pair| Attribute {
        key: pair.key.as_str().into(),
        value: pair.value.value(),
    })
    .collect()
}
