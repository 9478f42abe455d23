//! What was sent, as far as answers are held to it: which traces, how large, and which searches
//! must find them.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::generate::Known;
use crate::span::{Kind, Span, Value};

#[derive(Debug, Default)]
pub struct Ledger {
    pub traces: Vec<Entry>,
    pub spans: usize,
    pub attributes: usize,
    /// The names of the spans that each service recorded, in lower case, as servers tell them.
    pub names: BTreeMap<&'static str, BTreeSet<String>>,
    /// How many spans of each service say what it was asked to do: servers and consumers.
    pub asked: BTreeMap<&'static str, u64>,
    /// How often one service was asked by another, caller first.
    pub calls: BTreeMap<(&'static str, &'static str), u64>,
}

/// One trace.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub known: Known,
    pub spans: u32,
    /// When its root started, in nanoseconds since the epoch.
    pub start: u64,
    /// When the last of its spans started, in nanoseconds since the epoch.
    pub newest: u64,
    /// A bit for each of [`CONDITIONS`] that it fulfils.
    holds: u32,
}

/// A search: one span of the service, or of any, carries each of these tags.
#[derive(Clone, Copy, Debug)]
pub struct Condition {
    pub kind: Search,
    pub service: Option<&'static str>,
    pub tags: &'static [(&'static str, &'static str)],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    Service,
    ServiceAndTag,
    Tag,
    TwoTags,
}

type Tags = &'static [(&'static str, &'static str)];

const fn service(service: &'static str) -> Condition {
    Condition {
        kind: Search::Service,
        service: Some(service),
        tags: &[],
    }
}

const fn service_and_tag(service: &'static str, tags: Tags) -> Condition {
    Condition {
        kind: Search::ServiceAndTag,
        service: Some(service),
        tags,
    }
}

const fn tags(kind: Search, tags: Tags) -> Condition {
    Condition {
        kind,
        service: None,
        tags,
    }
}

/// What is searched: busy and quiet services, tags of most traces and of few.
pub const CONDITIONS: [Condition; 20] = [
    service("orders"),
    service("web"),
    service("payment"),
    service("catalog"),
    service_and_tag("orders", &[("db.collection.name", "order_lines")]),
    service_and_tag("web", &[("shop.region", "eu-central")]),
    service_and_tag("payment", &[("http.request.method", "POST")]),
    service_and_tag("catalog", &[("db.operation.name", "GET")]),
    tags(Search::Tag, &[("db.system.name", "redis")]),
    tags(Search::Tag, &[("http.response.status_code", "201")]),
    tags(Search::Tag, &[("messaging.system", "kafka")]),
    tags(Search::Tag, &[("error.type", "timeout")]),
    tags(Search::TwoTags, &[ORDERS, ("thread.id", "7")]),
    tags(Search::TwoTags, &[ORDERS, TIMEOUT]),
    tags(Search::TwoTags, &[TIMEOUT, ("db.system.name", "redis")]),
    tags(Search::TwoTags, &[TIMEOUT, ("messaging.system", "kafka")]),
    tags(Search::TwoTags, &[POST, ("shop.region", "eu-central")]),
    tags(Search::TwoTags, &[POST, ("db.response.returned_rows", "7")]),
    tags(Search::TwoTags, &[PAYMENTS, ("thread.id", "16")]),
    tags(Search::TwoTags, &[PAYMENTS, TIMEOUT]),
];

const ORDERS: (&str, &str) = ("db.collection.name", "orders");
const TIMEOUT: (&str, &str) = ("error.type", "timeout");
const POST: (&str, &str) = ("http.request.method", "POST");
const PAYMENTS: (&str, &str) = ("db.collection.name", "payments");

impl Ledger {
    /// Writes down a whole trace, its root first.
    pub fn add(&mut self, known: Known, spans: &[Span]) {
        let Some(root) = spans.first() else { return };
        let holds = CONDITIONS
            .iter()
            .enumerate()
            .filter(|(_, condition)| condition.holds(spans))
            .fold(0, |holds, (place, _)| holds | 1 << place);
        self.traces.push(Entry {
            known,
            spans: spans.len() as u32,
            start: root.start,
            newest: spans.iter().map(|span| span.start).max().unwrap_or(0),
            holds,
        });
        self.spans += spans.len();
        self.attributes += spans
            .iter()
            .map(|span| span.attributes.len())
            .sum::<usize>();
        let callers: HashMap<u64, &'static str> = spans
            .iter()
            .map(|span| (span.id, span.host.service))
            .collect();
        for span in spans {
            let service = span.host.service;
            let names = self.names.entry(service).or_default();
            if !names.contains(span.name.as_ref()) {
                names.insert(span.name.to_lowercase());
            }
            let was_asked = matches!(span.kind, Kind::Server | Kind::Consumer);
            *self.asked.entry(service).or_default() += u64::from(was_asked);
            let caller = span.parent.and_then(|parent| callers.get(&parent));
            if let (Kind::Server, Some(caller)) = (span.kind, caller) {
                *self.calls.entry((*caller, service)).or_default() += 1;
            }
        }
    }
}

impl Entry {
    /// Whether the trace fulfils the condition at that place of [`CONDITIONS`].
    pub const fn fulfils(&self, place: usize) -> bool {
        self.holds >> place & 1 == 1
    }
}

impl Condition {
    fn holds(&self, spans: &[Span]) -> bool {
        let mut considered = spans
            .iter()
            .filter(|span| self.service.is_none_or(|name| span.host.service == name))
            .peekable();
        considered.peek().is_some()
            && self.tags.iter().all(|(key, value)| {
                considered
                    .clone()
                    .any(|span| span.attributes.iter().any(|tag| is(tag, key, value)))
            })
    }
}

fn is((key, value): &(&'static str, Value), wanted_key: &str, wanted: &str) -> bool {
    *key == wanted_key
        && match value {
            Value::Text(text) => text == wanted,
            Value::Int(number) => number.to_string() == wanted,
        }
}
