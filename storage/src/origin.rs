//! What OTLP has no field for of a span that came as Zipkin: the attribute `zipkin.span`, a map. It
//! says that the span came from Zipkin, and with it the span is told as Zipkin again as it was.
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::id::SpanId;
use crate::span::{Attribute, Endpoint, Format, Span, Value};

/// The attribute's key.
pub const KEY: &str = "zipkin.span";

/// What the attribute says. Absent is as in the span's own fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub shared: bool,
    pub debug: bool,
    /// The id that Zipkin knows, when OTLP has another: of the server half of a shared span. Its
    /// parent is then `parent_id` and nothing else.
    pub id: Option<SpanId>,
    /// The parent that Zipkin knows, when OTLP has another.
    pub parent_id: Option<SpanId>,
    /// Where the span was recorded, but for the service, which the resource names.
    pub local: Option<Endpoint>,
    pub remote: Option<Endpoint>,
    /// The keys of attributes that are no tags: OTLP's names for what an endpoint says.
    pub derived: Vec<&'static str>,
}

impl Origin {
    pub fn to_attribute(&self) -> Attribute {
        let mut entries = Vec::new();
        let mut add = |key: &str, value: Option<Value>| {
            entries.extend(value.map(|value| entry(key, value)));
        };
        let id = |id: Option<SpanId>| id.map(|id| text(&id.to_string()));
        add("shared", self.shared.then_some(Value::Bool(true)));
        add("debug", self.debug.then_some(Value::Bool(true)));
        add("id", id(self.id));
        add("parentId", id(self.parent_id));
        add("localEndpoint", self.local.as_ref().map(endpoint_value));
        add("remoteEndpoint", self.remote.as_ref().map(endpoint_value));
        let derived: Vec<Value> = self.derived.iter().map(|key| text(key)).collect();
        add(
            "derived",
            (!derived.is_empty()).then_some(Value::Array(derived)),
        );
        entry(KEY, Value::Map(entries))
    }
}

/// The attribute of a span that has it. It may say anything: what is not understood counts as
/// absent.
#[derive(Clone, Copy, Debug)]
pub struct OriginView<'a> {
    entries: &'a [Attribute],
}

impl<'a> OriginView<'a> {
    pub fn of(span: &'a Span) -> Option<Self> {
        if span.format != Format::Otlp {
            return None;
        }
        span.attributes.iter().find_map(|attribute| {
            let Value::Map(entries) = &attribute.value else {
                return None;
            };
            (*attribute.key == *KEY).then_some(Self { entries })
        })
    }

    pub fn shared(self) -> bool {
        self.flag("shared")
    }

    pub fn debug(self) -> bool {
        self.flag("debug")
    }

    /// The ids of span and parent as Zipkin knows them.
    pub fn ids(self, span: &Span) -> (SpanId, Option<SpanId>) {
        let id = |key| SpanId::from_hex(self.get(key)?.as_str()?);
        match (id("id"), id("parentId")) {
            (Some(own), parent) => (own, parent),
            (None, parent) => (span.span_id, parent.or(span.parent_id)),
        }
    }

    /// Where the span was recorded; never a service.
    pub fn local(self) -> Endpoint {
        Endpoint {
            service: None,
            ..self.endpoint("localEndpoint")
        }
    }

    pub fn remote(self) -> Endpoint {
        self.endpoint("remoteEndpoint")
    }

    /// Is this attribute a tag that Zipkin knows? Else it is the origin itself or derived.
    pub fn is_tag(self, attribute: &Attribute) -> bool {
        if *attribute.key == *KEY && matches!(attribute.value, Value::Map(_)) {
            return false;
        }
        let Some(Value::Array(derived)) = self.get("derived") else {
            return true;
        };
        !derived
            .iter()
            .any(|key| key.as_str() == Some(&*attribute.key))
    }

    fn get(self, key: &str) -> Option<&'a Value> {
        let mut found = self.entries.iter().filter(|entry| *entry.key == *key);
        found.next().map(|entry| &entry.value)
    }

    fn flag(self, key: &str) -> bool {
        matches!(self.get(key), Some(Value::Bool(true)))
    }

    fn endpoint(self, key: &str) -> Endpoint {
        let Some(Value::Map(entries)) = self.get(key) else {
            return Endpoint::default();
        };
        let part = Self { entries };
        let text = |key| part.get(key).and_then(Value::as_str);
        Endpoint {
            service: text("serviceName").map(str::to_owned),
            ipv4: text("ipv4").and_then(|address| address.parse::<Ipv4Addr>().ok()),
            ipv6: text("ipv6").and_then(|address| address.parse::<Ipv6Addr>().ok()),
            port: part
                .get("port")
                .and_then(Value::as_int)
                .and_then(|port| u16::try_from(port).ok()),
        }
    }
}

fn endpoint_value(endpoint: &Endpoint) -> Value {
    let parts = [
        ("serviceName", endpoint.service.as_deref().map(text)),
        (
            "ipv4",
            endpoint.ipv4.map(|address| text(&address.to_string())),
        ),
        (
            "ipv6",
            endpoint.ipv6.map(|address| text(&address.to_string())),
        ),
        ("port", endpoint.port.map(|port| Value::Int(port.into()))),
    ];
    let parts = parts.into_iter();
    Value::Map(
        parts
            .filter_map(|(key, value)| Some(entry(key, value?)))
            .collect(),
    )
}

fn entry(key: &str, value: Value) -> Attribute {
    Attribute {
        key: key.into(),
        value,
    }
}

fn text(text: &str) -> Value {
    Value::String(Arc::from(text))
}
