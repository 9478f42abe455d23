//! What a span is: plain data, a superset of what Zipkin and OpenTelemetry can say. Its spelling
//! on a wire lives in the collector, its spelling on disk in `local/record.rs`.
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::id::{SpanId, TraceId};

/// One unit of work that one process reported. Times are nanoseconds. Absent is not zero.
///
/// Names, keys and texts are shared: a store that keeps them once hands them out a thousand times,
/// and reading spans is mostly the making and freeing of their texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    pub parent_id: Option<SpanId>,
    pub kind: Kind,
    /// As it was reported; Zipkin's API folds it to lower case on the way out.
    pub name: Option<Arc<str>>,
    /// Nanoseconds since the epoch.
    pub start: Option<u64>,
    /// End minus start in nanoseconds; negative when the sender's clock stepped back.
    pub duration: Option<i64>,
    pub status: Status,
    pub attributes: Vec<Attribute>,
    pub events: Vec<Event>,
    pub links: Vec<Link>,
    /// Who recorded the span, as Zipkin says it. OpenTelemetry says it in `resource`.
    pub local_endpoint: Option<Endpoint>,
    /// The other side, as Zipkin says it.
    pub remote_endpoint: Option<Endpoint>,
    pub resource: Arc<Resource>,
    pub scope: Arc<Scope>,
    pub trace_state: String,
    /// W3C trace flags and OTLP's `is_remote` bits, as sent.
    pub flags: u32,
    pub dropped_attributes: u32,
    pub dropped_events: u32,
    pub dropped_links: u32,
    /// Zipkin: this is the server half of a span whose id the client made.
    pub shared: bool,
    /// Zipkin: keep whatever the sampling rate is.
    pub debug: bool,
    pub format: Format,
}

/// The language in which a span arrived: what lets it leave as it came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    #[default]
    Zipkin,
    Otlp,
    /// No span but a part of one: log records of OTLP that name the span they belong to, as its
    /// `events`. It has ids, a resource and a scope, and nothing else ([`crate::log`]).
    Log,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Not said: Zipkin's absent kind, OTLP's UNSPECIFIED.
    #[default]
    Unspecified,
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

impl Kind {
    /// OTLP's number of the kind.
    pub const fn number(self) -> u8 {
        self as u8
    }

    pub const fn from_number(number: u64) -> Self {
        match number {
            1 => Self::Internal,
            2 => Self::Server,
            3 => Self::Client,
            4 => Self::Producer,
            5 => Self::Consumer,
            _ => Self::Unspecified,
        }
    }

    /// As Zipkin and OpenTelemetry both spell it, without OpenTelemetry's `SPAN_KIND_`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "UNSPECIFIED",
            Self::Internal => "INTERNAL",
            Self::Server => "SERVER",
            Self::Client => "CLIENT",
            Self::Producer => "PRODUCER",
            Self::Consumer => "CONSUMER",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    pub code: StatusCode,
    pub message: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StatusCode {
    #[default]
    Unset,
    Ok,
    Error,
}

impl StatusCode {
    /// OTLP's number of the code.
    pub const fn number(self) -> u8 {
        self as u8
    }

    pub const fn from_number(number: u64) -> Self {
        match number {
            1 => Self::Ok,
            2 => Self::Error,
            _ => Self::Unset,
        }
    }
}

/// A tag in Zipkin's words. Keys may repeat in OTLP; the order is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    pub key: Arc<str>,
    pub value: Value,
}

/// A typed value, as OTLP's AnyValue. Zipkin has only strings.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Empty,
    String(Arc<str>),
    Bool(bool),
    Int(i64),
    Double(f64),
    Bytes(Vec<u8>),
    Array(Vec<Self>),
    Map(Vec<Attribute>),
}

/// Something that happened at one moment: an annotation in Zipkin's words.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Nanoseconds since the epoch; Zipkin allows negative annotation times.
    pub time: i64,
    pub name: String,
    pub attributes: Vec<Attribute>,
    pub dropped_attributes: u32,
}

/// A pointer to a span that is not the parent. The ids may be anything of the right length.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub trace_id: u128,
    pub span_id: u64,
    pub trace_state: String,
    pub attributes: Vec<Attribute>,
    pub dropped_attributes: u32,
    pub flags: u32,
}

/// A service and where it runs. At least one part is present.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Endpoint {
    pub service: Option<String>,
    pub ipv4: Option<Ipv4Addr>,
    pub ipv6: Option<Ipv6Addr>,
    pub port: Option<u16>,
}

impl Endpoint {
    pub const fn is_empty(&self) -> bool {
        self.service.is_none() && self.ipv4.is_none() && self.ipv6.is_none() && self.port.is_none()
    }
}

/// What produced the spans: OTLP's Resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    pub attributes: Vec<Attribute>,
    pub dropped_attributes: u32,
    pub schema_url: String,
    /// OTLP's entity references, each as its protobuf message.
    pub entity_refs: Vec<Vec<u8>>,
}

/// The library that made the spans: OTLP's InstrumentationScope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    pub name: String,
    pub version: String,
    pub attributes: Vec<Attribute>,
    pub dropped_attributes: u32,
    pub schema_url: String,
}

impl Span {
    /// The service that recorded the span: Zipkin's local endpoint, OTLP's `service.name`.
    pub fn service(&self) -> Option<&str> {
        match &self.local_endpoint {
            Some(endpoint) => endpoint.service.as_deref(),
            None => self.resource.text("service.name"),
        }
        .filter(|name| !name.is_empty())
    }

    /// Did a request or a message enter a service here, or a trace begin? Only such spans are found by
    /// their own id alone.
    pub fn is_entry(&self) -> bool {
        is_entry(self.format, self.kind, self.parent_id.is_none())
    }

    /// Is this only what a log says of a span?
    pub fn is_log(&self) -> bool {
        self.format == Format::Log
    }

    /// The first attribute with this key.
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        find(&self.attributes, key)
    }

    /// The first attribute with this key, if it is a string.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.attribute(key).and_then(Value::as_str)
    }

    /// End in nanoseconds since the epoch; a negative duration counts as none.
    pub fn end(&self) -> Option<u64> {
        let start = self.start?;
        Some(start.saturating_add(self.duration.unwrap_or(0).max(0) as u64))
    }
}

/// See [`Span::is_entry`].
pub(crate) fn is_entry(format: Format, kind: Kind, is_root: bool) -> bool {
    format != Format::Log && (is_root || matches!(kind, Kind::Server | Kind::Consumer))
}

impl Resource {
    pub fn text(&self, key: &str) -> Option<&str> {
        find(&self.attributes, key).and_then(Value::as_str)
    }
}

impl Value {
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub const fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }
}

/// The value as one line of text, as Zipkin shows it as a tag: strings as they are, numbers in
/// decimal, bytes as base64, arrays and maps as JSON (OpenTelemetry's Zipkin mapping).
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::String(text) => f.write_str(text),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Double(value) => f.write_str(&double_text(*value)),
            Self::Bytes(bytes) => f.write_str(&BASE64.encode(bytes)),
            Self::Array(_) | Self::Map(_) => write!(f, "{}", self.to_json()),
        }
    }
}

impl Value {
    /// The value as JSON. Bytes become base64; NaN and the infinities become strings, since JSON
    /// has no number for them; of repeated keys in a map the last wins.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Empty => serde_json::Value::Null,
            Self::String(text) => (**text).into(),
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => (*value).into(),
            Self::Double(value) => serde_json::Number::from_f64(*value)
                .map_or_else(|| double_text(*value).into(), serde_json::Value::Number),
            Self::Bytes(bytes) => BASE64.encode(bytes).into(),
            Self::Array(values) => values.iter().map(Self::to_json).collect(),
            Self::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.to_string(), entry.value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

fn find<'a>(attributes: &'a [Attribute], key: &str) -> Option<&'a Value> {
    attributes
        .iter()
        .find(|attribute| *attribute.key == *key)
        .map(|attribute| &attribute.value)
}

fn double_text(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 {
            "Infinity".to_owned()
        } else {
            "-Infinity".to_owned()
        }
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_as_text() {
        for (value, text) in [
            (Value::Empty, ""),
            (Value::Bool(true), "true"),
            (Value::Int(-3), "-3"),
            (Value::Double(1.5), "1.5"),
            (Value::Double(f64::NAN), "NaN"),
            (Value::Double(f64::NEG_INFINITY), "-Infinity"),
            (Value::Bytes(b"f".to_vec()), "Zg=="),
            (Value::Bytes(b"foobar".to_vec()), "Zm9vYmFy"),
            (
                Value::Array(vec![Value::Int(1), Value::String("a".into())]),
                "[1,\"a\"]",
            ),
            (
                Value::Map(vec![Attribute {
                    key: "k".into(),
                    value: Value::Double(f64::NAN),
                }]),
                "{\"k\":\"NaN\"}",
            ),
        ] {
            assert_eq!(value.to_string(), text, "{value:?}");
        }
    }
}
