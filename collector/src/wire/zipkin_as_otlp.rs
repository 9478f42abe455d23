//! A Zipkin span told as OTLP. Tags that are OpenTelemetry's own words become the fields they stand
//! for, if the fields give the same tags again; all others become attributes. What OTLP has no field
//! for is in the attribute `zipkin.span`. The way back is `storage::tags` and `zipkin_write`; the
//! rules are told in `docs/otlp.md`.
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use foldhash::quality::RandomState;
use storage::flat_text;
use storage::id::SpanId;
use storage::origin::Origin;
use storage::semconv::names;
use storage::span::{
    Attribute, Endpoint, Format, Kind, Resource, Scope, Span, Status, StatusCode, Value,
};
use storage::tags::{
    DROPPED_ATTRIBUTES, DROPPED_EVENTS, DROPPED_LINKS, ERROR, LIBRARY_NAME, LIBRARY_VERSION,
    SCOPE_NAME, SCOPE_VERSION, STATUS_CODE, TRACE_STATE,
};

/// The ids in a trace that two spans have: the client's half of a call, and the server's, which is
/// shared. OTLP knows one span an id, so the server's half is told with another.
#[derive(Default)]
pub(super) struct SharedIds<'a> {
    ids: HashSet<SpanId, RandomState>,
    /// Who recorded a shared half.
    servers: HashSet<(SpanId, Option<&'a str>), RandomState>,
    /// Who recorded another span with such an id.
    others: HashSet<(SpanId, Option<&'a str>), RandomState>,
}

impl<'a> SharedIds<'a> {
    pub(super) fn of(spans: &'a [Span]) -> Self {
        let mut shared = Self::default();
        for span in spans.iter().filter(|span| span.shared) {
            shared.ids.insert(span.span_id);
            shared.servers.insert((span.span_id, span.service()));
        }
        if !shared.ids.is_empty() {
            let others = spans.iter().filter(|span| !span.shared);
            let others = others.map(|span| (span.span_id, span.service()));
            shared.others = others.filter(|(id, _)| shared.ids.contains(id)).collect();
        }
        shared
    }

    /// Is this parent the server's half? It is, unless only the client's half is of this service.
    fn is_server(&self, parent: SpanId, service: Option<&str>) -> bool {
        self.ids.contains(&parent)
            && (self.servers.contains(&(parent, service))
                || !self.others.contains(&(parent, service)))
    }
}

/// The id of the server's half of a shared span: always the same, so that links to it stay good.
/// The finaliser of MurmurHash3, which maps each id to one of its own.
fn server_id(id: SpanId) -> SpanId {
    let mut bits = id.value();
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    SpanId::new(bits ^ (bits >> 33)).unwrap_or(id)
}

/// The span as OTLP says it: as it is, or translated.
pub(super) fn told<'a>(span: &'a Span, shared: &SharedIds<'_>) -> Cow<'a, Span> {
    match span.format {
        Format::Otlp | Format::Log => Cow::Borrowed(span),
        Format::Zipkin => Cow::Owned(translated(span, shared)),
    }
}

fn translated(span: &Span, shared: &SharedIds<'_>) -> Span {
    let mut origin = Origin {
        shared: span.shared,
        debug: span.debug,
        ..Origin::default()
    };
    let (span_id, parent_id) = ids(span, shared, &mut origin);
    let mut tags = Tags {
        list: span.attributes.iter().collect(),
    };
    let endpoints = endpoints(span, &mut origin);
    let status = tags.status();
    let links = tags.links();
    let trace_state = tags.take_text(TRACE_STATE).unwrap_or_default();
    let scope = Scope {
        name: tags.scope(SCOPE_NAME, LIBRARY_NAME),
        version: tags.scope(SCOPE_VERSION, LIBRARY_VERSION),
        ..Scope::default()
    };
    let dropped = [DROPPED_ATTRIBUTES, DROPPED_EVENTS, DROPPED_LINKS];
    let [dropped_attributes, dropped_events, dropped_links] =
        dropped.map(|key| tags.take_count(key));
    let resource = Resource {
        attributes: tags.resource(span.service()),
        ..Resource::default()
    };
    let mut attributes = vec![origin.to_attribute()];
    attributes.extend(endpoints);
    attributes.extend(tags.list.into_iter().cloned());
    let events = span.events.iter();
    Span {
        span_id,
        parent_id,
        kind: match span.kind {
            Kind::Unspecified => Kind::Internal,
            kind => kind,
        },
        // A span whose end is not known ends where it begins.
        duration: span.duration.or_else(|| span.start.map(|_| 0)),
        status,
        attributes,
        // OTLP has no time before 1970.
        events: events
            .map(|event| flat_text::to_event(event.time.max(0), &event.name))
            .collect(),
        links,
        local_endpoint: None,
        remote_endpoint: None,
        resource: Arc::new(resource),
        scope: Arc::new(scope),
        trace_state,
        dropped_attributes,
        dropped_events,
        dropped_links,
        shared: false,
        debug: false,
        format: Format::Otlp,
        trace_id: span.trace_id,
        name: span.name.clone(),
        start: span.start,
        flags: span.flags,
    }
}

fn ids(span: &Span, shared: &SharedIds<'_>, origin: &mut Origin) -> (SpanId, Option<SpanId>) {
    if span.shared {
        origin.id = Some(span.span_id);
        origin.parent_id = span.parent_id;
        return (server_id(span.span_id), Some(span.span_id));
    }
    let served = span
        .parent_id
        .filter(|parent| shared.is_server(*parent, span.service()));
    origin.parent_id = served;
    (span.span_id, served.map(server_id).or(span.parent_id))
}

/// Keeps the endpoints, and says them in OpenTelemetry's words unless tags do.
fn endpoints(span: &Span, origin: &mut Origin) -> Vec<Attribute> {
    let mut derived = Vec::new();
    let mut derive = |origin: &mut Origin, key: &'static str, value: Option<Value>| {
        if let Some(value) = value.filter(|_| span.attribute(key).is_none()) {
            origin.derived.push(key);
            derived.push(Attribute {
                key: key.into(),
                value,
            });
        }
    };
    if let Some(endpoint) = &span.remote_endpoint {
        let service = endpoint.service.as_deref().map(text);
        // By its older name, which every reader of OTLP knows.
        derive(origin, names::PEER_SERVICE[1], service);
        derive(origin, names::PEER_ADDRESS[0], address(endpoint));
        derive(origin, names::PEER_PORT[0], port(endpoint));
        origin.remote = Some(endpoint.clone());
    }
    if let Some(endpoint) = &span.local_endpoint {
        derive(origin, names::LOCAL_ADDRESS[0], address(endpoint));
        derive(origin, names::LOCAL_PORT[0], port(endpoint));
        let place = Endpoint {
            service: None,
            ..endpoint.clone()
        };
        origin.local = (!place.is_empty()).then_some(place);
    }
    derived
}

fn address(endpoint: &Endpoint) -> Option<Value> {
    let ipv4 = endpoint.ipv4.map(|address| text(&address.to_string()));
    ipv4.or_else(|| endpoint.ipv6.map(|address| text(&address.to_string())))
}

fn port(endpoint: &Endpoint) -> Option<Value> {
    endpoint.port.map(|port| Value::Int(port.into()))
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}

/// The tags that are not told yet.
struct Tags<'a> {
    list: Vec<&'a Attribute>,
}

impl<'a> Tags<'a> {
    fn get(&self, key: &str) -> Option<&'a str> {
        let mut found = self.list.iter().filter(|tag| *tag.key == *key);
        found.next()?.value.as_str()
    }

    fn remove(&mut self, key: &str) {
        self.list.retain(|tag| *tag.key != *key);
    }

    fn take_text(&mut self, key: &str) -> Option<String> {
        let value = self.get(key).filter(|value| !value.is_empty())?;
        self.remove(key);
        Some(value.to_owned())
    }

    /// Zero unless the tag is a count as we write it.
    fn take_count(&mut self, key: &str) -> u32 {
        let count = self.get(key).and_then(|text| text.parse::<u32>().ok());
        match count.filter(|count| *count > 0) {
            Some(count) if self.get(key) == Some(count.to_string().as_str()) => {
                self.remove(key);
                count
            }
            _ => 0,
        }
    }

    /// Zipkin says that a span failed with the tag `error`, any value but `false`.
    fn status(&mut self) -> Status {
        let error = self.get(ERROR).filter(|error| *error != "false");
        let code = self.get(STATUS_CODE);
        let status = |code, message: &str| Status {
            code,
            message: message.to_owned(),
        };
        match (code, error) {
            (Some("ERROR"), Some(message)) => {
                self.remove(STATUS_CODE);
                self.remove(ERROR);
                status(StatusCode::Error, message)
            }
            (_, Some(message)) => status(StatusCode::Error, message),
            (Some("OK"), None) => {
                self.remove(STATUS_CODE);
                status(StatusCode::Ok, "")
            }
            (Some(code), None) => match spelled(code) {
                StatusCode::Error => {
                    let message = self.get("otel.status_description");
                    status(StatusCode::Error, message.unwrap_or_default())
                }
                code => status(code, ""),
            },
            (None, None) => Status::default(),
        }
    }

    /// A name or version of the scope. Only if both keys say it does the scope alone say both.
    fn scope(&mut self, key: &str, deprecated: &str) -> String {
        let (own, old) = (self.get(key), self.get(deprecated));
        let value = own.or(old).unwrap_or_default();
        if own == old && !value.is_empty() {
            self.remove(key);
            self.remove(deprecated);
        }
        value.to_owned()
    }

    fn links(&mut self) -> Vec<storage::span::Link> {
        let mut links = Vec::new();
        while let Some(key) = flat_text::link_key(links.len())
            && let Some(link) = self.get(key).and_then(flat_text::to_link)
        {
            self.remove(key);
            links.push(link);
        }
        links
    }

    /// What is said of the process and not of the span.
    fn resource(&mut self, service: Option<&str>) -> Vec<Attribute> {
        let service = service.map(|name| Attribute {
            key: "service.name".into(),
            value: text(name),
        });
        let (resource, rest) = self.list.iter().partition(|tag| is_resource_key(&tag.key));
        self.list = rest;
        let resource: Vec<&Attribute> = resource;
        service
            .into_iter()
            .chain(resource.into_iter().cloned())
            .collect()
    }
}

/// The ways to spell a status that exporters have or had.
fn spelled(code: &str) -> StatusCode {
    match code {
        "OK" | "Ok" | "ok" | "STATUS_CODE_OK" => StatusCode::Ok,
        "ERROR" | "Error" | "error" | "STATUS_CODE_ERROR" => StatusCode::Error,
        _ => StatusCode::Unset,
    }
}

/// Is this attribute one that OpenTelemetry's conventions give to resources alone?
fn is_resource_key(key: &str) -> bool {
    const PREFIXES: [&str; 11] = [
        "cloud.",
        "container.",
        "deployment.environment",
        "device.",
        "host.",
        "k8s.",
        "os.",
        "process.",
        "telemetry.sdk.",
        "telemetry.distro.",
        "webengine.",
    ];
    const KEYS: [&str; 3] = [
        "service.instance.id",
        "service.namespace",
        "service.version",
    ];
    KEYS.contains(&key) || PREFIXES.iter().any(|prefix| key.starts_with(prefix))
}
