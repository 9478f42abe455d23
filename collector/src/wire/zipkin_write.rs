//! Zipkin's JSON v2 on its way out, byte for byte as Zipkin's own writer. What came as OTLP is
//! translated by OpenTelemetry's mapping to Zipkin.
use std::borrow::Cow;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use storage::flat_text;
use storage::origin::OriginView;
use storage::semconv::{self, names};
use storage::span::{Endpoint, Event, Format, Kind, Span, Value};
use storage::tags;
use storage::trace::Trace;

use super::zipkin_rules::{address_text, java_order};
use super::zipkin_tag_order::{Tag, TagOrders};
use crate::json_out::{
    Gone, Spill, put_id, put_items, put_list, put_number, put_trace_id, put_zipkin_text,
};

/// The answer to a question for traces: a list of lists.
pub fn encode_traces(traces: &[Trace]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    let mut writer = Writer::new(traces.iter().map(|trace| trace.spans.len()).sum());
    put_items(&mut out, traces, |out, trace| {
        put_items(out, &trace.spans, |out, span| writer.put(out, span));
    });
    out
}

pub fn encode_spans(spans: &[Span]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    let mut writer = Writer::new(spans.len());
    put_items(&mut out, spans, |out, span| writer.put(out, span));
    out
}

/// As [`encode_spans`], to `out`, from which `spill` takes a piece from time to time.
///
/// # Errors
/// When `spill` says so.
pub fn write_spans(out: &mut Vec<u8>, spans: &[Span], spill: &mut Spill<'_>) -> Result<(), Gone> {
    let mut writer = Writer::new(spans.len());
    put_list(out, spans, |out, span| writer.put(out, span), spill)
}

/// Appends one span.
pub fn encode_span(out: &mut Vec<u8>, span: &Span) {
    Writer::new(1).put(out, span);
}

/// Writes the spans of one answer.
struct Writer<'a> {
    orders: TagOrders<'a>,
    tags: Vec<Tag<'a>>,
}

impl<'a> Writer<'a> {
    fn new(spans: usize) -> Self {
        Self {
            orders: TagOrders::new(spans),
            tags: Vec::new(),
        }
    }

    fn put(&mut self, out: &mut Vec<u8>, span: &'a Span) {
        let origin = OriginView::of(span);
        put_fields(out, span, origin);
        self.put_tags(out, span);
        if span.debug || origin.is_some_and(OriginView::debug) {
            out.extend_from_slice(b",\"debug\":true");
        }
        let shared = span.shared || origin.is_some_and(OriginView::shared);
        if shared && span.kind != Kind::Client {
            out.extend_from_slice(b",\"shared\":true");
        }
        out.push(b'}');
    }

    fn put_tags(&mut self, out: &mut Vec<u8>, span: &'a Span) {
        self.tags.clear();
        tags::visit(span, |key, value| self.tags.push((key, value)));
        if self.tags.is_empty() {
            return;
        }
        out.extend_from_slice(b",\"tags\":");
        let fields = out.len();
        for position in self.orders.of(&self.tags) {
            let (key, value) = &self.tags[*position];
            out.push(b',');
            put_zipkin_text(out, key);
            out.push(b':');
            put_zipkin_text(out, value);
        }
        out[fields] = b'{';
        out.push(b'}');
    }
}

/// All that comes before the tags.
fn put_fields(out: &mut Vec<u8>, span: &Span, origin: Option<OriginView<'_>>) {
    let (span_id, parent_id) = match origin {
        None => (span.span_id, span.parent_id),
        Some(origin) => origin.ids(span),
    };
    out.extend_from_slice(b"{\"traceId\":");
    put_trace_id(out, span.trace_id.value());
    if let Some(parent) = parent_id.filter(|parent| *parent != span_id) {
        out.extend_from_slice(b",\"parentId\":");
        put_id(out, parent);
    }
    out.extend_from_slice(b",\"id\":");
    put_id(out, span_id);
    // Zipkin knows no others.
    if !matches!(span.kind, Kind::Unspecified | Kind::Internal) {
        out.extend_from_slice(b",\"kind\":\"");
        out.extend_from_slice(span.kind.name().as_bytes());
        out.push(b'"');
    }
    if let Some(name) = span.name.as_deref().filter(|name| !name.is_empty()) {
        out.extend_from_slice(b",\"name\":");
        put_zipkin_text(out, &lower_case(name));
    }
    if let Some(timestamp) = span
        .start
        .map(|nanos| nanos / 1000)
        .filter(|micros| *micros > 0)
    {
        out.extend_from_slice(b",\"timestamp\":");
        put_number(out, timestamp);
    }
    // Cut to microseconds, but something that took time never took none.
    if let Some(nanos) = span.duration.filter(|nanos| *nanos > 0) {
        out.extend_from_slice(b",\"duration\":");
        put_number(out, (nanos / 1000).max(1));
    }
    let (local, remote) = match origin {
        None => (local_endpoint(span), remote_endpoint(span)),
        Some(origin) => {
            // A span that returned: its endpoints are as they were.
            let (local, remote) = (origin.local(), origin.remote());
            put_endpoints(
                out,
                &EndpointParts {
                    service: span.service(),
                    ..(&local).into()
                },
                &(&remote).into(),
            );
            return put_annotations(out, span);
        }
    };
    put_endpoints(out, &local, &remote);
    put_annotations(out, span);
}

fn put_endpoints(out: &mut Vec<u8>, local: &EndpointParts<'_>, remote: &EndpointParts<'_>) {
    put_endpoint(out, b",\"localEndpoint\":", local);
    put_endpoint(out, b",\"remoteEndpoint\":", remote);
}

/// An endpoint as it is written: the parts of a [`Endpoint`], borrowed.
#[derive(Default)]
struct EndpointParts<'a> {
    service: Option<&'a str>,
    ipv4: Option<Ipv4Addr>,
    ipv6: Option<Ipv6Addr>,
    port: Option<u16>,
}

impl<'a> From<&'a Endpoint> for EndpointParts<'a> {
    fn from(endpoint: &'a Endpoint) -> Self {
        Self {
            service: endpoint.service.as_deref().filter(|name| !name.is_empty()),
            ipv4: endpoint.ipv4,
            ipv6: endpoint.ipv6,
            port: endpoint.port.filter(|port| *port > 0),
        }
    }
}

fn local_endpoint(span: &Span) -> EndpointParts<'_> {
    match &span.local_endpoint {
        Some(endpoint) => endpoint.into(),
        None => EndpointParts {
            service: span.service(),
            ..EndpointParts::default()
        },
    }
}

fn remote_endpoint(span: &Span) -> EndpointParts<'_> {
    if let Some(endpoint) = &span.remote_endpoint {
        return endpoint.into();
    }
    let mut parts = EndpointParts {
        service: semconv::remote_service(span),
        ..EndpointParts::default()
    };
    // An address says who was called only at the calling side.
    if span.format == Format::Otlp && matches!(span.kind, Kind::Client | Kind::Producer) {
        match first_of(span, names::PEER_ADDRESS, |value| {
            value.as_str()?.parse().ok()
        }) {
            Some(IpAddr::V4(address)) => parts.ipv4 = Some(address),
            Some(IpAddr::V6(address)) => parts.ipv6 = Some(address),
            None => return parts,
        }
        parts.port = first_of(span, names::PEER_PORT, port);
    }
    parts
}

fn first_of<T>(span: &Span, keys: &[&str], read: impl Fn(&Value) -> Option<T>) -> Option<T> {
    keys.iter().find_map(|key| read(span.attribute(key)?))
}

fn port(value: &Value) -> Option<u16> {
    let port = match value {
        Value::Int(number) => u16::try_from(*number).ok()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    (port > 0).then_some(port)
}

fn put_endpoint(out: &mut Vec<u8>, field: &[u8], endpoint: &EndpointParts<'_>) {
    let before = out.len();
    out.extend_from_slice(field);
    let fields = out.len();
    if let Some(service) = endpoint.service {
        out.extend_from_slice(b",\"serviceName\":");
        put_zipkin_text(out, &lower_case(service));
    }
    if let Some(address) = endpoint.ipv4 {
        out.extend_from_slice(b",\"ipv4\":\"");
        put_display(out, address);
        out.push(b'"');
    }
    if let Some(address) = endpoint.ipv6 {
        out.extend_from_slice(b",\"ipv6\":\"");
        out.extend_from_slice(address_text(address).as_bytes());
        out.push(b'"');
    }
    if let Some(port) = endpoint.port {
        out.extend_from_slice(b",\"port\":");
        put_number(out, port);
    }
    match out.get_mut(fields) {
        Some(comma) => {
            *comma = b'{';
            out.push(b'}');
        }
        None => out.truncate(before),
    }
}

fn put_annotations(out: &mut Vec<u8>, span: &Span) {
    if span.events.is_empty() {
        return;
    }
    let mut annotations: Vec<(i64, Cow<'_, str>)> = span
        .events
        .iter()
        .map(|event| (event_micros(event, span.format), event_text(event)))
        .collect();
    annotations.sort_by(|(left_time, left), (right_time, right)| {
        left_time
            .cmp(right_time)
            .then_with(|| java_order(left.as_bytes(), right.as_bytes()))
    });
    annotations.dedup();
    out.extend_from_slice(b",\"annotations\":");
    put_items(out, &annotations, |out, (time, text)| {
        out.extend_from_slice(b"{\"timestamp\":");
        put_number(out, *time);
        out.extend_from_slice(b",\"value\":");
        put_zipkin_text(out, text);
        out.push(b'}');
    });
}

/// OTLP's times are unsigned; they are kept in the same 64 bits.
const fn event_micros(event: &Event, format: Format) -> i64 {
    match format {
        Format::Zipkin => event.time / 1000,
        Format::Otlp | Format::Log => (event.time as u64 / 1000) as i64,
    }
}

fn event_text(event: &Event) -> Cow<'_, str> {
    flat_text::of_event(event).map_or(Cow::Borrowed(&event.name), Cow::Owned)
}

fn put_display(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    write!(out, "{value}").expect("writing to memory does not fail");
}

fn lower_case(text: &str) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
    {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.to_lowercase())
}
