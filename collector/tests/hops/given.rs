//! Spans as lines of text: `id[/parent] kind service[>remote] [start+duration] [words]`.
//!
//! Times are milliseconds after the epoch of the tests, also as `0.25+1.5`; `5+` has no duration, `?+3` no
//! start, none at all neither. Kinds: `client server producer consumer internal -`. Words: `shared`,
//! `error[=TEXT]`, `host=NAME`, `name=NAME`, `zone=NAME`, `ip=ADDRESS`, `link=ID` or `link=ID@TRACE`, `KEY:VALUE` for an
//! attribute, `KEY.WITH.DOTS=VALUE` for one of the resource.
use std::net::IpAddr;
use std::sync::Arc;

use storage::id::{SpanId, TraceId};
use storage::span::{Attribute, Endpoint, Kind, Link, Resource, Span, Status, StatusCode, Value};
use storage::span::{Format, Scope};
use storage::trace::Trace;

pub(crate) const EPOCH: u64 = 1_000_000_000_000;
pub(crate) const MS: u64 = 1_000_000;

pub(crate) fn trace(text: &str) -> Trace {
    let lines = text
        .split(['\n', ';'])
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let spans: Vec<Span> = lines.map(span).collect();
    Trace {
        id: spans[0].trace_id,
        spans,
        logs: Vec::new(),
        truncated: false,
    }
}

/// As [`trace`], under another id than 7.
pub(crate) fn other_trace(id: u128, text: &str) -> Trace {
    let mut trace = trace(text);
    trace.id = TraceId::new(id).expect("not zero");
    for span in &mut trace.spans {
        span.trace_id = trace.id;
    }
    trace
}

pub(crate) fn blank(id: u64) -> Span {
    Span {
        trace_id: TraceId::new(7).expect("not zero"),
        span_id: SpanId::new(id).expect("not zero"),
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
        resource: Arc::new(Resource::default()),
        scope: Arc::new(Scope::default()),
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

fn span(line: &str) -> Span {
    let mut words = line.split_whitespace();
    let ids = words.next().expect("an id");
    let (id, parent) = ids
        .split_once('/')
        .map_or((ids, None), |(id, parent)| (id, Some(parent)));
    let hex = |id: &str| SpanId::from_hex(id).expect("an id").value();
    let mut span = blank(hex(id));
    span.parent_id = parent.and_then(SpanId::from_hex);
    span.kind = match words.next().expect("a kind") {
        "client" => Kind::Client,
        "server" => Kind::Server,
        "producer" => Kind::Producer,
        "consumer" => Kind::Consumer,
        "internal" => Kind::Internal,
        "-" => Kind::Unspecified,
        other => panic!("{other}: not a kind"),
    };
    let names = words.next().expect("a service");
    let (local, remote) = names.split_once('>').unwrap_or((names, "?"));
    span.local_endpoint = endpoint(local);
    span.remote_endpoint = endpoint(remote);
    for word in words {
        apply(&mut span, word);
    }
    span
}

fn endpoint(service: &str) -> Option<Endpoint> {
    (service != "?").then(|| Endpoint {
        service: Some(service.to_owned()),
        ..Endpoint::default()
    })
}

fn apply(span: &mut Span, word: &str) {
    let attribute = |key: &str, value: &str| Attribute {
        key: key.into(),
        value: Value::String(value.into()),
    };
    let is_time =
        |word: &str| word.starts_with(|first: char| first.is_ascii_digit() || "-?".contains(first));
    if let Some((start, duration)) = word.split_once('+').filter(|_| is_time(word)) {
        let nanos = |text: &str| {
            let ms = text.parse::<f64>().ok()?;
            Some((ms * MS as f64).round() as i64)
        };
        span.start = nanos(start).map(|nanos| EPOCH.saturating_add_signed(nanos));
        span.duration = nanos(duration);
    } else if let Some((key, value)) = word.split_once(':').filter(|_| !word.starts_with("ip=")) {
        span.attributes.push(attribute(key, value));
    } else {
        match word.split_once('=').unwrap_or((word, "")) {
            ("shared", _) => span.shared = true,
            ("error", text) => {
                span.status = Status {
                    code: StatusCode::Error,
                    message: text.to_owned(),
                };
            }
            ("name", name) => span.name = Some(name.into()),
            ("ip", address) => {
                let endpoint = span.local_endpoint.get_or_insert_default();
                match address.parse().expect("an address") {
                    IpAddr::V4(v4) => endpoint.ipv4 = Some(v4),
                    IpAddr::V6(v6) => endpoint.ipv6 = Some(v6),
                }
            }
            (place, name) if place == "host" || place == "zone" || place.contains('.') => {
                let key = match place {
                    "host" => "host.name",
                    "zone" => "cloud.availability_zone",
                    key => key,
                };
                let mut resource = Resource::clone(&span.resource);
                resource.attributes.push(attribute(key, name));
                span.resource = Arc::new(resource);
            }
            ("link", id) => span.links.push(Link {
                trace_id: id.split_once('@').map_or_else(
                    || span.trace_id.value(),
                    |(_, trace)| u128::from_str_radix(trace, 16).expect("a trace id"),
                ),
                span_id: u64::from_str_radix(id.split('@').next().unwrap_or(id), 16)
                    .expect("an id"),
                trace_state: String::new(),
                attributes: Vec::new(),
                dropped_attributes: 0,
                flags: 0,
            }),
            (other, _) => panic!("{other}: not a word"),
        }
    }
}
