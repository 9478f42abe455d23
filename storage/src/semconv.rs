//! OpenTelemetry's semantic conventions, old and new names together: the one file that knows them.
//! Its two tables are published, and are the data of its tests, in `docs/semconv.md`.
use std::borrow::Cow;

use crate::failure::{Code, Codes};
use crate::span::{Attribute, Event, Format, Kind, Span, StatusCode, Value};

/// Every name of a fact, today's first. Names once given stay for ever: agents live for years.
///
/// Sources: OpenTelemetry's conventions 1.44 and those they renamed (HTTP until 1.22, databases until
/// 1.27, RPC until 1.39, GenAI until 1.36, `service.peer.name` since 1.40), OpenTracing's, Brave's.
pub mod names {
    pub const HTTP_METHOD: &[&str] = &["http.request.method", "http.method"];
    pub const HTTP_STATUS: &[&str] = &["http.response.status_code", "http.status_code"];
    pub const HTTP_ROUTE: &[&str] = &["http.route"];
    pub const URL: &[&str] = &["url.full", "http.url"];
    pub const URL_PATH: &[&str] = &["url.path", "http.target", "http.path"];
    pub const PEER_SERVICE: &[&str] = &["service.peer.name", "peer.service"];
    pub const SERVER: &[&str] = &[
        "server.address",
        "net.peer.name",
        "server.socket.domain",
        "net.sock.peer.name",
        "peer.hostname",
    ];
    /// The machine at the other side, as a number of its network.
    pub const PEER_ADDRESS: &[&str] = &[
        "network.peer.address",
        "server.socket.address",
        "net.sock.peer.addr",
        "net.peer.ip",
        "server.address",
    ];
    pub const PEER_PORT: &[&str] = &[
        "network.peer.port",
        "server.socket.port",
        "net.sock.peer.port",
        "net.peer.port",
        "server.port",
    ];
    pub const LOCAL_ADDRESS: &[&str] = &["network.local.address", "net.sock.host.addr"];
    pub const LOCAL_PORT: &[&str] = &["network.local.port", "net.sock.host.port"];
    pub const DB_SYSTEM: &[&str] = &["db.system.name", "db.system", "db.type"];
    pub const DB_NAMESPACE: &[&str] = &["db.namespace", "db.name"];
    pub const DB_QUERY: &[&str] = &["db.query.text", "db.statement", "sql.query"];
    pub const DB_OPERATION: &[&str] = &["db.operation.name", "db.operation"];
    pub const DB_COLLECTION: &[&str] = &["db.collection.name", "db.sql.table"];
    pub const MESSAGING_SYSTEM: &[&str] = &["messaging.system", "messaging.system.name"];
    pub const DESTINATION: &[&str] = &["messaging.destination.name", "messaging.destination"];
    pub const MESSAGING_OPERATION: &[&str] = &["messaging.operation.type", "messaging.operation"];
    pub const RPC_SYSTEM: &[&str] = &["rpc.system.name", "rpc.system"];
    /// Today's `rpc.method` has the service before a slash.
    pub const RPC_SERVICE: &[&str] = &["rpc.service"];
    pub const RPC_METHOD: &[&str] = &["rpc.method"];
    pub const RPC_STATUS: &[&str] = &["rpc.response.status_code", "rpc.status_code"];
    pub const GRPC_STATUS: &[&str] = &["rpc.grpc.status_code", "grpc.status_code"];
    pub const GEN_AI_PROVIDER: &[&str] = &["gen_ai.provider.name", "gen_ai.system"];
    pub const GEN_AI_OPERATION: &[&str] = &["gen_ai.operation.name"];
    pub const GEN_AI_MODEL: &[&str] = &["gen_ai.request.model", "gen_ai.response.model"];
    pub const FUNCTION: &[&str] = &["faas.invoked_name"];
    pub const ERROR_TYPE: &[&str] = &["error.type"];
    pub const ERROR_MESSAGE: &[&str] = &["exception.message", "error.message", "error.msg"];
    pub const EXCEPTION_TYPE: &[&str] = &["exception.type"];
    /// How often a client tried before, by its own count.
    pub const RESEND_COUNT: &[&str] = &[
        "http.request.resend_count",
        "http.resend_count",
        "previous-rpc-attempts",
        "grpc.previous-rpc-attempts",
    ];
    /// Was the message of an event sent or received?
    pub const MESSAGE_TYPE: &[&str] = &["rpc.message.type", "message.type"];
    /// Where a machine stands, of its resource.
    pub const ZONE: &[&str] = &[
        "cloud.availability_zone",
        "cloud.zone",
        "topology.kubernetes.io/zone",
    ];
    pub const SDK: [&str; 3] = [
        "telemetry.sdk.language",
        "telemetry.sdk.name",
        "telemetry.sdk.version",
    ];

    /// All of them that have a row in `docs/semconv.md`, in its order.
    pub const PUBLISHED: [(&str, &[&str]); 29] = [
        ("HTTP method", HTTP_METHOD),
        ("HTTP status", HTTP_STATUS),
        ("HTTP route", HTTP_ROUTE),
        ("URL", URL),
        ("path", URL_PATH),
        ("service at the other side", PEER_SERVICE),
        ("server", SERVER),
        ("address of the other side", PEER_ADDRESS),
        ("port of the other side", PEER_PORT),
        ("own address", LOCAL_ADDRESS),
        ("own port", LOCAL_PORT),
        ("database", DB_SYSTEM),
        ("database's name", DB_NAMESPACE),
        ("query", DB_QUERY),
        ("database operation", DB_OPERATION),
        ("table or collection", DB_COLLECTION),
        ("broker", MESSAGING_SYSTEM),
        ("queue or topic", DESTINATION),
        ("messaging operation", MESSAGING_OPERATION),
        ("RPC system", RPC_SYSTEM),
        ("RPC service", RPC_SERVICE),
        ("RPC method", RPC_METHOD),
        ("RPC status", RPC_STATUS),
        ("gRPC status", GRPC_STATUS),
        ("GenAI provider", GEN_AI_PROVIDER),
        ("GenAI operation", GEN_AI_OPERATION),
        ("GenAI model", GEN_AI_MODEL),
        ("function that is called", FUNCTION),
        ("kind of error", ERROR_TYPE),
    ];
}

/// What a span says of a fact, by the first of its names that it has.
pub fn fact<'s>(span: &'s Span, names: &[&str]) -> Option<&'s Value> {
    names.iter().find_map(|name| span.attribute(name))
}

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
        b"messaging.destination" => Some(18),
        b"gen_ai.provider.name" => Some(19),
        b"gen_ai.system" => Some(20),
        b"faas.invoked_name" => Some(21),
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
    if span.is_log() {
        return None;
    }
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

/// Does the span say that it failed? Zipkin's `error` tag (any value but `false`), or OTLP's status.
/// Zipkin's own linker counts otherwise ([`crate::dependency`]).
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
        && fact(span, names::MESSAGING_OPERATION)
            .and_then(Value::as_str)
            .is_some_and(|operation| matches!(operation, "process" | "deliver" | "receive"))
}

/// Did the span fail? [`is_error`], or, unless its status is OK, by what the conventions make of its
/// `error.type`, its codes and its exceptions. What is counted and what a search for errors finds.
pub fn failed(span: &Span) -> bool {
    is_error(span) || span.status.code != StatusCode::Ok && tells_failure(span)
}

fn tells_failure(span: &Span) -> bool {
    let mut codes = Codes::default();
    for Attribute { key, value } in &span.attributes {
        codes.add(key.as_bytes(), || Code::of(value));
    }
    codes.tell_failure(span.kind) || span.events.iter().any(is_escaped)
}

/// An exception that was recorded may have been handled; one that left the span was not.
pub(crate) fn is_escaped(event: &Event) -> bool {
    is_exception(event)
        && event.attributes.iter().any(|attribute| {
            *attribute.key == *"exception.escaped" && text(&attribute.value) == "true"
        })
}

/// The name of the event of an exception that was thrown.
pub const EXCEPTION: &str = "exception";
/// An event or log record with one of these tells of an exception, whatever it is called.
pub const EXCEPTION_KEYS: [&str; 2] = ["exception.type", "exception.message"];

/// Is this how OpenTelemetry records that an exception was thrown?
pub fn is_exception(event: &Event) -> bool {
    event.name == EXCEPTION
}

fn text(value: &Value) -> Cow<'_, str> {
    crate::tags::text(value)
}

/// What kind of system a span talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Database,
    Messaging,
    Rpc,
    /// A model that generates.
    GenAi,
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
            5..=6 => Protocol::Rpc,
            _ => Protocol::GenAi,
        };
        return Some((protocol, name));
    }
    let rank = (met & !((1 << (NAMED_RANK_MAX + 1)) - 1)).trailing_zeros();
    match rank {
        9..=11 => Some((Protocol::Database, "sql")),
        12 => Some((Protocol::Messaging, "kafka")),
        13..=14 => Some((Protocol::Rpc, "grpc")),
        15..=24 => Some((Protocol::Rpc, "http")),
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
        b"gen_ai.provider.name" => 7,
        b"gen_ai.system" => 8,
        b"db.query.text" => 9,
        b"sql.query" => 10,
        b"db.statement" => 11,
        b"kafka.topic" => 12,
        b"rpc.grpc.status_code" => 13,
        b"grpc.status_code" => 14,
        b"http.request.method" => 15,
        b"http.method" => 16,
        b"http.path" => 17,
        b"http.target" => 18,
        b"http.url" => 19,
        b"url.full" => 20,
        b"url.path" => 21,
        b"http.route" => 22,
        b"http.response.status_code" => 23,
        b"http.status_code" => 24,
        _ => return None,
    })
}

const NAMED_RANK_MAX: u8 = 8;
