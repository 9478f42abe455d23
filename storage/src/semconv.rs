//! OpenTelemetry's semantic conventions, old and new names together: the one file that knows them.
use crate::span::{Format, Kind, Span, StatusCode};

/// How well an attribute names the other side of a call: lower is better. The order is that of
/// OpenTelemetry's Zipkin mapping ("Zipkin remoteEndpoint"), with today's names beside it.
/// `None` when the attribute says nothing about it.
pub const fn remote_service_rank(key: &[u8], kind: Kind) -> Option<u8> {
    match key {
        b"service.peer.name" => return Some(0),
        b"peer.service" => return Some(1),
        _ => {}
    }
    if !matches!(kind, Kind::Client | Kind::Producer | Kind::Consumer) {
        return None;
    }
    match key {
        b"server.address" if !matches!(kind, Kind::Consumer) => Some(4),
        b"net.peer.name" if !matches!(kind, Kind::Consumer) => Some(5),
        b"db.namespace" => Some(7),
        b"db.name" => Some(8),
        b"db.system.name" => Some(2),
        b"db.system" => Some(3),
        b"messaging.system" => Some(6),
        b"network.peer.address" if !matches!(kind, Kind::Consumer) => Some(9),
        b"net.sock.peer.addr" if !matches!(kind, Kind::Consumer) => Some(10),
        b"peer.hostname" => Some(11),
        b"peer.address" => Some(12),
        b"rpc.service" => Some(13),
        _ => None,
    }
}

/// Does an attribute of this rank (of [`remote_service_rank`]) name a database?
pub const fn is_database_rank(rank: u8) -> bool {
    matches!(rank, 2 | 3 | 7 | 8)
}

/// The service at the other side: Zipkin's remote endpoint, or what the attributes say of it.
pub fn remote_service(span: &Span) -> Option<&str> {
    ranked_remote_service(span).map(|(_, name)| name)
}

/// [`remote_service`] with the rank of the attribute that names it; a remote endpoint has none.
pub fn ranked_remote_service(span: &Span) -> Option<(Option<u8>, &str)> {
    if span.format == Format::Zipkin {
        let name = span.remote_endpoint.as_ref()?.service.as_deref()?;
        return Some((None, name));
    }
    span.attributes
        .iter()
        .filter_map(|attribute| {
            let rank = remote_service_rank(attribute.key.as_bytes(), span.kind)?;
            Some((
                Some(rank),
                attribute.value.as_str().filter(|name| !name.is_empty())?,
            ))
        })
        .min_by_key(|(rank, _)| *rank)
}

/// Did the span fail? Zipkin's `error` tag (any value but `false`), or OTLP's status.
pub fn is_error(span: &Span) -> bool {
    span.status.code == StatusCode::Error
        || span
            .attribute("error")
            .is_some_and(|value| !matches!(value.to_string().as_str(), "false"))
}

/// What kind of system a span talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Database,
    Messaging,
    Rpc,
}

/// The kind of call and its name for people (`http`, `grpc`, `postgresql`, `kafka`), if the
/// attributes tell.
pub fn protocol(span: &Span) -> Option<(Protocol, String)> {
    const NAMES: [(&str, Protocol); 7] = [
        ("db.system.name", Protocol::Database),
        ("db.system", Protocol::Database),
        ("db.type", Protocol::Database),
        ("messaging.system.name", Protocol::Messaging),
        ("messaging.system", Protocol::Messaging),
        ("rpc.system.name", Protocol::Rpc),
        ("rpc.system", Protocol::Rpc),
    ];
    for (key, protocol) in NAMES {
        if let Some(name) = span.text(key).filter(|name| !name.is_empty()) {
            return Some((protocol, name.to_owned()));
        }
    }
    const KEYS: [(&str, Protocol, &str); 6] = [
        ("sql.query", Protocol::Database, "sql"),
        ("db.statement", Protocol::Database, "sql"),
        ("kafka.topic", Protocol::Messaging, "kafka"),
        ("grpc.status_code", Protocol::Rpc, "grpc"),
        ("http.request.method", Protocol::Rpc, "http"),
        ("http.method", Protocol::Rpc, "http"),
    ];
    KEYS.into_iter()
        .find(|(key, ..)| span.attribute(key).is_some())
        .or_else(|| {
            ["http.path", "http.url", "url.full", "url.path"]
                .into_iter()
                .find(|key| span.attribute(key).is_some())
                .map(|key| (key, Protocol::Rpc, "http"))
        })
        .map(|(_, protocol, name)| (protocol, name.to_owned()))
}
