//! OpenTelemetry's semantic conventions, old and new names together: the one file that knows them.
use crate::span::{Format, Kind, Span, StatusCode};

/// How well an attribute names the other side of a call: lower is better. The order is that of
/// OpenTelemetry's Zipkin mapping ("Zipkin remoteEndpoint"), with today's names beside it, but for
/// databases and brokers: what they are names them better than the machine they run on.
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
        b"server.socket.domain" if !matches!(kind, Kind::Consumer) => Some(10),
        b"server.socket.address" if !matches!(kind, Kind::Consumer) => Some(11),
        b"net.sock.peer.name" if !matches!(kind, Kind::Consumer) => Some(12),
        b"net.sock.peer.addr" if !matches!(kind, Kind::Consumer) => Some(13),
        b"peer.hostname" => Some(14),
        b"peer.address" => Some(15),
        b"messaging.destination.name" => Some(16),
        b"rpc.service" => Some(17),
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

/// Does the span receive or process messages, whatever its kind? By `messaging.operation.type`, or
/// its older name.
pub fn processes_messages(span: &Span) -> bool {
    matches!(span.kind, Kind::Server | Kind::Internal | Kind::Unspecified)
        && ["messaging.operation.type", "messaging.operation"]
            .into_iter()
            .find_map(|key| span.text(key))
            .is_some_and(|operation| matches!(operation, "process" | "deliver" | "receive"))
}

/// What kind of system a span talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Database,
    Messaging,
    Rpc,
}

/// The kind of call and its name for people (`http`, `grpc`, `postgresql`, `kafka`), if the
/// attributes tell. Of several keys the first in the order of [`protocol_rank`] counts, and of one
/// key that comes again its first value.
pub fn protocol(span: &Span) -> Option<(Protocol, &str)> {
    let mut met = 0_u32;
    let mut named: Option<(u8, &str)> = None;
    for attribute in &span.attributes {
        let Some(rank) = protocol_rank(attribute.key.as_bytes()) else {
            continue;
        };
        if met & (1 << rank) != 0 {
            continue;
        }
        met |= 1 << rank;
        if rank <= NAMED_RANK_MAX
            && named.is_none_or(|(best, _)| rank < best)
            && let Some(name) = attribute.value.as_str().filter(|name| !name.is_empty())
        {
            named = Some((rank, name));
        }
    }
    if let Some((rank, name)) = named {
        let protocol = match rank {
            0..=2 => Protocol::Database,
            3..=4 => Protocol::Messaging,
            _ => Protocol::Rpc,
        };
        return Some((protocol, name));
    }
    let rank = (met & !((1 << (NAMED_RANK_MAX + 1)) - 1)).trailing_zeros();
    match rank {
        7..=8 => Some((Protocol::Database, "sql")),
        9 => Some((Protocol::Messaging, "kafka")),
        10 => Some((Protocol::Rpc, "grpc")),
        11..=16 => Some((Protocol::Rpc, "http")),
        _ => None,
    }
}

/// How well an attribute tells a protocol, lower is better: up to [`NAMED_RANK_MAX`] its value is
/// the protocol's name, the others tell by being there.
const fn protocol_rank(key: &[u8]) -> Option<u8> {
    Some(match key {
        b"db.system.name" => 0,
        b"db.system" => 1,
        b"db.type" => 2,
        b"messaging.system.name" => 3,
        b"messaging.system" => 4,
        b"rpc.system.name" => 5,
        b"rpc.system" => 6,
        b"sql.query" => 7,
        b"db.statement" => 8,
        b"kafka.topic" => 9,
        b"grpc.status_code" => 10,
        b"http.request.method" => 11,
        b"http.method" => 12,
        b"http.path" => 13,
        b"http.url" => 14,
        b"url.full" => 15,
        b"url.path" => 16,
        _ => return None,
    })
}

const NAMED_RANK_MAX: u8 = 6;
