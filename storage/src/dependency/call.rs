//! What links and rollups must know of a span, and the calls that they find: numbers only, so that
//! a store makes them from its columns without reading a span whole.
use std::net::{Ipv4Addr, Ipv6Addr};

use super::names::{NameId, Names};
use crate::id::SpanId;
use crate::semconv;
use crate::span::{Endpoint, Format, Kind, Span};

/// A span as far as calls are concerned. Two that are equal are one span reported twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallSpan {
    pub id: SpanId,
    pub parent: Option<SpanId>,
    pub kind: Kind,
    pub shared: bool,
    pub place: Place,
    /// [`semconv::remote_service`].
    pub remote_service: Option<NameId>,
    /// The remote service's name came from an attribute of a database
    /// ([`semconv::is_database_rank`]).
    pub database: bool,
    pub operation: Option<NameId>,
    /// Nanoseconds since the epoch.
    pub start: Option<u64>,
    /// Nanoseconds; negative when the sender's clock stepped back.
    pub duration: Option<i64>,
    /// Failed in the eyes of Zipkin's linker: a Zipkin span with an `error` tag, whatever its
    /// value; of other formats as `error`.
    pub failed: bool,
    /// [`semconv::failed`].
    pub error: bool,
}

/// Who recorded a span, as Zipkin tells endpoints apart. The default is an absent endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub service: Option<NameId>,
    pub ipv4: Option<Ipv4Addr>,
    pub ipv6: Option<Ipv6Addr>,
    /// Never `Some(0)`.
    pub port: Option<u16>,
}

impl Place {
    /// The place of [`Span::service`] at Zipkin's local endpoint, if the span has one.
    pub fn new(service: Option<NameId>, endpoint: Option<&Endpoint>) -> Self {
        Self {
            service,
            ipv4: endpoint.and_then(|endpoint| endpoint.ipv4),
            ipv6: endpoint.and_then(|endpoint| endpoint.ipv6),
            port: endpoint
                .and_then(|endpoint| endpoint.port)
                .filter(|port| *port != 0),
        }
    }

    pub(super) fn is_absent(&self) -> bool {
        *self == Self::default()
    }
}

impl CallSpan {
    pub fn of(span: &Span, names: &mut Names) -> Self {
        let service = span.service().and_then(|name| names.service(name));
        let remote = semconv::ranked_remote_service(span);
        Self {
            id: span.span_id,
            parent: span.parent_id,
            kind: span.kind,
            shared: span.shared,
            place: Place::new(service, span.local_endpoint.as_ref()),
            remote_service: remote.and_then(|(_, name)| names.service(name)),
            database: remote
                .and_then(|(rank, _)| rank)
                .is_some_and(semconv::is_database_rank),
            operation: span.name.as_deref().and_then(|name| names.operation(name)),
            start: span.start,
            duration: span.duration,
            failed: match span.format {
                Format::Zipkin => span.attribute("error").is_some(),
                Format::Otlp | Format::Log => semconv::is_error(span),
            },
            error: semconv::failed(span),
        }
    }
}

/// One call of one service by another, as a trace shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    pub caller: NameId,
    pub callee: NameId,
    pub kind: CallKind,
    /// What was called: as the callee named it if its span is there, else as the caller did.
    pub operation: Option<NameId>,
    pub failed: bool,
    /// When it began, in nanoseconds since the epoch: as the caller saw it if its half is there,
    /// else as the callee did.
    pub start: Option<u64>,
    /// How long it took in nanoseconds, seen from the same side as `start` if that side says.
    pub duration: Option<i64>,
}

/// How two services are connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallKind {
    /// One waits for the other.
    Rpc,
    /// To or from a broker: the span is a producer or a consumer.
    Messaging,
    /// The callee is known by a database's attribute only.
    Database,
    /// The span does not say what it is, only who was on both sides.
    Other,
}

impl CallKind {
    /// Its number at rest, never given another meaning.
    pub const fn number(self) -> u8 {
        match self {
            Self::Rpc => 0,
            Self::Messaging => 1,
            Self::Database => 2,
            Self::Other => 3,
        }
    }

    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Rpc),
            1 => Some(Self::Messaging),
            2 => Some(Self::Database),
            3 => Some(Self::Other),
            _ => None,
        }
    }
}
