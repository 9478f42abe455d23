//! The attributes of the load's spans, in the words of OpenTelemetry's conventions: six to
//! eleven a span, few values for most keys, many for some, one of its own for each trace.
use super::Walk;
use super::shop::Operation;
use crate::span::{Event, Host, Span, Text};

pub(super) fn server(
    walk: &mut Walk<'_>,
    place: usize,
    operation: &'static Operation,
    path: Text,
    caller: Option<Host>,
) {
    let client = caller.map_or_else(|| visitor(walk.known.user), Host::address);
    let (request_id, user_id) = (walk.known.request_id(), walk.known.user_id());
    let carries_id = caller.is_none() || walk.random.chance(5_000);
    let span = &mut walk.spans[place];
    span.set("http.request.method", operation.method);
    span.set("http.route", operation.route);
    span.set("url.path", path);
    span.set(
        "url.scheme",
        if caller.is_none() { "https" } else { "http" },
    );
    if caller.is_some() {
        span.set("server.address", format!("{}.shop.svc", operation.service));
        span.set("server.port", 8080);
    }
    span.set("client.address", client);
    span.set(
        "network.protocol.version",
        if caller.is_none() { "2" } else { "1.1" },
    );
    if carries_id {
        span.set("x-request-id", request_id);
    }
    if caller.is_none() {
        span.set("enduser.id", user_id);
        span.set("user_agent.original", *walk.random.pick(&AGENTS));
    }
}

pub(super) fn request(walk: &mut Walk<'_>, place: usize, operation: &'static Operation) {
    let path = walk.fill(operation.route);
    let peer = walk.host(operation.service).address();
    let thread = thread(walk);
    let span = &mut walk.spans[place];
    span.peer = Some(operation.service);
    span.set("thread.name", thread);
    span.set("http.request.method", operation.method);
    span.set(
        "url.full",
        format!("http://{}.shop.svc:8080{path}", operation.service),
    );
    span.set("url.template", operation.route);
    span.set("server.address", format!("{}.shop.svc", operation.service));
    span.set("server.port", 8080);
    span.set("network.peer.address", peer);
    span.set("network.protocol.version", "1.1");
}

/// How it ended, for whatever speaks HTTP, and why, for whatever failed.
pub(super) fn answer(walk: &mut Walk<'_>, place: usize, failed: bool) {
    let redirected = walk.random.chance(60);
    let span = &mut walk.spans[place];
    let speaks_http = span
        .attributes
        .iter()
        .any(|(key, _)| *key == "http.request.method");
    if speaks_http {
        let created = span.name.starts_with("POST") && span.name.ends_with('s');
        let status = match (failed, redirected, created) {
            (true, ..) => 500,
            (_, true, _) => 304,
            (_, _, true) => 201,
            _ => 200,
        };
        span.set("http.response.status_code", status);
    }
    if failed {
        span.set("error.type", if speaks_http { "500" } else { "timeout" });
    }
}

pub(super) fn sql(
    walk: &mut Walk<'_>,
    place: usize,
    verb: &'static str,
    table: &'static str,
    statement: &'static str,
) {
    let rows = walk.random.between(0, 12) as i64;
    let thread = thread(walk);
    let span = &mut walk.spans[place];
    span.set("thread.name", thread);
    span.peer = Some("postgresql");
    span.set("db.system.name", "postgresql");
    span.set("db.namespace", "shop");
    span.set("db.operation.name", verb);
    span.set("db.collection.name", table);
    span.set("db.query.text", statement);
    span.set("server.address", "postgres-primary.internal");
    span.set("server.port", 5432);
    span.set("db.response.returned_rows", rows);
}

pub(super) fn cache(walk: &mut Walk<'_>, place: usize, verb: &'static str, key: &'static str) {
    let key = walk.fill(key);
    let missed = walk.random.chance(300);
    let thread = thread(walk);
    let span = &mut walk.spans[place];
    span.set("thread.name", thread);
    span.peer = Some("redis");
    span.set("db.system.name", "redis");
    span.set("db.namespace", "0");
    span.set("db.operation.name", verb);
    span.set("db.query.text", format!("{verb} {key}"));
    span.set("server.address", "redis-cache.internal");
    span.set("server.port", 6379);
    span.set("network.transport", "tcp");
    span.set("network.peer.address", "10.90.0.12");
    if missed {
        let time = span.start + 250_000;
        span.events.push(Event {
            time,
            name: "cache.miss",
            attributes: Vec::new(),
        });
    }
}

pub(super) fn work(walk: &mut Walk<'_>, place: usize, function: &'static str) {
    let (thread, items) = (walk.random.between(1, 16), walk.random.between(1, 60));
    let span = &mut walk.spans[place];
    span.set("code.function.name", function);
    span.set("code.file.path", "src/handlers/pages.rs");
    span.set("code.line.number", 40 + function.len() as i64 * 7);
    span.set("thread.id", thread as i64);
    span.set("thread.name", format!("worker-{thread}"));
    span.set("shop.items", items as i64);
    span.set("shop.feature", "default");
    span.set("shop.region", "eu-central");
}

pub(super) fn send(walk: &mut Walk<'_>, place: usize, topic: &'static str) {
    let partition = walk.random.below(12);
    let request_id = walk.known.request_id();
    let span = &mut walk.spans[place];
    span.peer = Some("kafka");
    span.set("messaging.system", "kafka");
    span.set("messaging.operation.type", "send");
    span.set("messaging.destination.name", topic);
    span.set("messaging.destination.partition.id", partition.to_string());
    span.set("messaging.client.id", span.host.name());
    span.set("server.address", "kafka.internal");
    span.set("server.port", 9092);
    span.set("x-request-id", request_id);
}

pub(super) fn process(walk: &mut Walk<'_>, place: usize, topic: &'static str, group: &'static str) {
    let (partition, offset) = (walk.random.below(12), walk.random.below(90_000_000));
    let request_id = walk.known.request_id();
    let span = &mut walk.spans[place];
    span.peer = Some("kafka");
    span.set("messaging.system", "kafka");
    span.set("messaging.operation.type", "process");
    span.set("messaging.destination.name", topic);
    span.set("messaging.destination.partition.id", partition.to_string());
    span.set("messaging.consumer.group.name", group);
    span.set("messaging.kafka.offset", offset as i64);
    span.set("server.address", "kafka.internal");
    span.set("x-request-id", request_id);
}

pub(super) fn external(
    walk: &mut Walk<'_>,
    place: usize,
    host: &'static str,
    method: &'static str,
    path: &'static str,
) {
    let filled = walk.fill(path);
    let span = &mut walk.spans[place];
    span.peer = Some(host);
    span.set("http.request.method", method);
    span.set("url.full", format!("https://{host}{filled}"));
    span.set("url.template", path);
    span.set("server.address", host);
    span.set("server.port", 443);
    span.set("network.protocol.version", "2");
}

pub(super) fn exception(span: &mut Span, time: u64, message: &'static str) {
    span.events.push(Event {
        time,
        name: "exception",
        attributes: vec![
            ("exception.type", "shop.UpstreamError".into()),
            ("exception.message", message.into()),
        ],
    });
}

/// What makes data hard: a token, a UUID and a sentence with a number on every span.
pub(super) fn unique(walk: &mut Walk<'_>, place: usize) {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let token: String = (0..22)
        .map(|_| char::from(*walk.random.pick(LETTERS)))
        .collect();
    let (high, low) = (walk.random.number(), walk.random.number());
    let uuid = format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    );
    let number = walk.random.below(1_000_000);
    let span = &mut walk.spans[place];
    span.set("app.token", token);
    span.set("app.uuid", uuid);
    span.set(
        "app.note",
        format!("handled item {number} of the batch without further remarks"),
    );
}

fn thread(walk: &mut Walk<'_>) -> String {
    format!("http-nio-8080-exec-{}", walk.random.between(1, 32))
}

/// A visitor keeps the address from one request to the next.
fn visitor(user: u64) -> String {
    let number = user / 4;
    format!(
        "203.{}.{}.{}",
        number >> 16,
        (number >> 8) & 0xff,
        number & 0xff
    )
}

const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0",
    "Mozilla/5.0 (Macintosh) Safari/619.1",
    "Mozilla/5.0 (Windows NT 10.0) Chrome/142.0",
    "ShopApp/7.2 (Android 16)",
    "ShopApp/7.2 (iOS 26.1)",
];
