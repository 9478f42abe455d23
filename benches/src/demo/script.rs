//! Writes down the spans of one visit: who asks whom, and in whose words it is tagged.
use super::{Language, SERVICES, language};
use crate::random::Random;
use crate::span::{Event, Host, Kind, Span};

pub(super) const MS: u64 = 1_000_000;

pub(super) struct Script<'a> {
    pub(super) random: &'a mut Random,
    pub(super) trace_id: u128,
    pub(super) request_id: String,
    pub(super) spans: Vec<Span>,
}

/// When something was over, and what went wrong.
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    pub(super) end: u64,
    pub(super) error: Option<&'static str>,
}

impl Outcome {
    pub(super) const fn fine(end: u64) -> Self {
        Self { end, error: None }
    }
}

impl<'a> Script<'a> {
    pub(super) fn new(random: &'a mut Random, now: u64) -> Self {
        // The first half is the time in seconds, as some Zipkin clients have it.
        let high = (now / 1_000_000_000) << 32 | random.below(1 << 32);
        let trace_id = u128::from(high) << 64 | u128::from(random.id());
        let request_id = format!("req-{:016x}", random.number());
        Self {
            random,
            trace_id,
            request_id,
            spans: Vec::new(),
        }
    }

    /// A request to a service: the client's half, if somebody of ours asks, and the server's,
    /// with what `inside` does from its start on.
    pub(super) fn request(
        &mut self,
        caller: Option<usize>,
        (service, method, route): (&'static str, &'static str, &'static str),
        start: u64,
        inside: impl FnOnce(&mut Self, usize, u64) -> Outcome,
    ) -> Outcome {
        let client = caller.map(|caller| self.ask(caller, service, method, route, start));
        let there = start + self.millis(1, 3);
        let server = self.answer(client, service, method, route, there);
        let ready = there + self.millis(1, 2);
        let outcome = inside(self, server, ready);
        let done = outcome.end + self.millis(1, 2);
        self.finish(
            server,
            Outcome {
                end: done,
                ..outcome
            },
        );
        let end = done + self.millis(1, 3);
        if let Some(client) = client {
            self.finish(client, Outcome { end, ..outcome });
        }
        Outcome { end, ..outcome }
    }

    fn ask(
        &mut self,
        caller: usize,
        service: &'static str,
        method: &'static str,
        route: &'static str,
        start: u64,
    ) -> usize {
        let host = self.spans[caller].host;
        let name = if language(host.service) == Language::Zipkin {
            format!("{} {route}", method.to_lowercase())
        } else {
            method.to_owned()
        };
        let place = self.open(Kind::Client, host, name, Some(self.spans[caller].id), start);
        let span = &mut self.spans[place];
        span.peer = Some(service);
        match language(host.service) {
            Language::Zipkin => {
                span.set("http.method", method);
                span.set("http.path", route);
            }
            Language::OtlpProtobuf | Language::OtlpJson => {
                span.set("http.request.method", method);
                span.set("url.full", format!("http://{service}:8080{route}"));
                span.set("server.address", service);
                span.set("server.port", 8080);
            }
        }
        place
    }

    fn answer(
        &mut self,
        client: Option<usize>,
        service: &'static str,
        method: &'static str,
        route: &'static str,
        start: u64,
    ) -> usize {
        let speaks_zipkin = language(service) == Language::Zipkin;
        let name = if speaks_zipkin {
            method.to_lowercase()
        } else {
            method.to_owned()
        };
        let host = host(service);
        let parent = client.map(|client| self.spans[client].id);
        let place = self.open(Kind::Server, host, format!("{name} {route}"), parent, start);
        let joined = client
            .map(|client| self.spans[client].clone())
            .filter(|client| speaks_zipkin && language(client.host.service) == Language::Zipkin);
        let request_id = self.request_id.clone();
        let span = &mut self.spans[place];
        if let Some(client) = joined {
            (span.id, span.parent, span.shared) = (client.id, client.parent, true);
        }
        if speaks_zipkin {
            span.set("http.method", method);
            span.set("http.path", route);
        } else {
            span.set("http.request.method", method);
            span.set("http.route", route);
            span.set("url.path", route);
        }
        span.set("x-request-id", request_id);
        place
    }

    /// A call to something that reports no spans: a database, a cache, somebody else's API.
    pub(super) fn outside(
        &mut self,
        caller: usize,
        (peer, name, statement): (&'static str, &'static str, &'static str),
        start: u64,
        outcome: Outcome,
    ) -> Outcome {
        let (host, parent) = (self.spans[caller].host, self.spans[caller].id);
        let place = self.open(Kind::Client, host, name.to_owned(), Some(parent), start);
        let span = &mut self.spans[place];
        span.peer = Some(peer);
        match (peer, language(host.service)) {
            ("postgresql" | "redis", Language::Zipkin) => span.set("sql.query", statement),
            ("postgresql" | "redis", _) => {
                span.set("db.system.name", peer);
                span.set("db.query.text", statement);
            }
            (_, Language::Zipkin) => span.set("http.path", statement),
            (_, _) => {
                span.set("url.full", format!("https://{peer}{statement}"));
                span.set("server.address", peer);
            }
        }
        self.finish(place, outcome);
        outcome
    }

    /// Own work that is worth a span.
    pub(super) fn work(&mut self, caller: usize, name: &'static str, start: u64, end: u64) {
        let (host, parent) = (self.spans[caller].host, self.spans[caller].id);
        let place = self.open(Kind::Internal, host, name.to_owned(), Some(parent), start);
        self.spans[place].set("code.function.name", name);
        self.finish(place, Outcome::fine(end));
    }

    /// A message: sent at once, read by `service` after it waited in the queue for so long.
    pub(super) fn message(
        &mut self,
        caller: usize,
        (topic, service): (&'static str, &'static str),
        start: u64,
        waited: u64,
        inside: impl FnOnce(&mut Self, usize, u64) -> Outcome,
    ) -> Outcome {
        let (sender, parent) = (self.spans[caller].host, self.spans[caller].id);
        let sent = start + self.millis(1, 4);
        let producer = self.open(
            Kind::Producer,
            sender,
            format!("send {topic}"),
            Some(parent),
            start,
        );
        self.finish(producer, Outcome::fine(sent));
        let id = self.spans[producer].id;
        let read = sent + waited;
        let consumer = self.open(
            Kind::Consumer,
            host(service),
            format!("process {topic}"),
            Some(id),
            read,
        );
        let request_id = self.request_id.clone();
        self.spans[consumer].set("x-request-id", request_id);
        for place in [producer, consumer] {
            let span = &mut self.spans[place];
            span.peer = Some("kafka");
            span.set("messaging.system", "kafka");
            span.set("messaging.destination.name", topic);
        }
        let outcome = inside(self, consumer, read + MS);
        self.finish(consumer, outcome);
        Outcome::fine(sent)
    }

    /// So many milliseconds, give or take, in nanoseconds with whole microseconds.
    pub(super) fn millis(&mut self, low: u64, high: u64) -> u64 {
        self.random.between(low * 1000, high * 1000) * 1000
    }

    fn open(
        &mut self,
        kind: Kind,
        host: Host,
        name: String,
        parent: Option<u64>,
        start: u64,
    ) -> usize {
        self.spans.push(Span {
            trace_id: self.trace_id,
            id: self.random.id(),
            parent,
            kind,
            host,
            name: name.into(),
            start,
            duration: 0,
            attributes: Vec::new(),
            events: Vec::new(),
            error: None,
            peer: None,
            shared: false,
        });
        self.spans.len() - 1
    }

    fn finish(&mut self, place: usize, outcome: Outcome) {
        let span = &mut self.spans[place];
        span.duration = outcome.end - span.start;
        span.error = outcome.error.map(Into::into);
        let status = if outcome.error.is_some() { 502 } else { 200 };
        if span
            .attributes
            .iter()
            .any(|(key, _)| *key == "http.request.method")
        {
            span.set("http.response.status_code", status);
        } else if span.attributes.iter().any(|(key, _)| *key == "http.method") {
            span.set("http.status_code", status);
        }
        if let Some(error) = outcome.error {
            span.events.push(Event {
                time: outcome.end,
                name: "exception",
                attributes: vec![("exception.message", error.into())],
            });
        }
    }
}

fn host(service: &'static str) -> Host {
    let number = SERVICES
        .iter()
        .position(|(name, _)| *name == service)
        .unwrap_or(0) as u8;
    Host {
        service,
        number,
        instance: 0,
    }
}
