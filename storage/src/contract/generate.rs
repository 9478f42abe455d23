//! Seeded, small, dirty histories for property tests: few ids, names and values, so that traces
//! get fragments, duplicates and twins.
use std::sync::Arc;

use crate::contract::cast::{TODAY_MS, annotation, bare, endpoint, log, span_id, tag};
use crate::correlation::Correlation;
use crate::id::TraceId;
use crate::query::{Excluded, LinkTarget, Place, TagCondition, TimeRange, TraceQuery};
use crate::span::{Attribute, Format, Kind, Link, Resource, Span, Status, StatusCode, Value};

/// A small generator of numbers (SplitMix64): the same seed gives the same history everywhere.
pub struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `sides`.
    pub const fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }

    /// One of them; there is at least one.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len() as u64) as usize]
    }

    /// True once in so many times.
    pub const fn chance(&mut self, one_in: u64) -> bool {
        self.roll(one_in) == 0
    }
}

const SERVICES: [&str; 5] = ["web", "Orders", "billing", "db", "queue"];
const NAMES: [&str; 4] = ["get", "POST /pay", "select", "🦀"];
const KEYS: [&str; 4] = ["http.path", "error", "x-request-id", "n"];

/// Up to 12 spans of up to 8 traces.
pub fn spans(dice: &mut Dice) -> Vec<Span> {
    let count = 1 + dice.roll(12);
    (0..count).map(|_| one_span(dice)).collect()
}

fn one_span(dice: &mut Dice) -> Span {
    let high = if dice.chance(4) { 0 } else { 77 };
    let trace_id = TraceId::from_halves(high, 1 + dice.roll(4)).expect("the low half is not zero");
    let mut span = bare(trace_id, 1 + dice.roll(6));
    span.kind = Kind::from_number(dice.roll(6));
    span.parent_id = (!dice.chance(3)).then(|| span_id(1 + dice.roll(6)));
    span.name = (!dice.chance(5)).then(|| dice.pick(&NAMES).into());
    span.start = (!dice.chance(5)).then(|| {
        let nanos = if dice.chance(4) { dice.roll(1_000) } else { 0 };
        (TODAY_MS + dice.roll(50)) * 1_000_000 + nanos
    });
    span.duration = (!dice.chance(4)).then(|| dice.roll(5) as i64 * 1_000_000);
    span.shared = dice.chance(6);
    let service = (!dice.chance(6)).then(|| dice.pick(&SERVICES));
    if dice.chance(2) {
        span.format = Format::Otlp;
        let attributes = service
            .iter()
            .map(|name| tag("service.name", name))
            .collect();
        span.resource = Arc::new(Resource {
            attributes,
            ..Resource::default()
        });
        if dice.chance(4) {
            span.status = Status {
                code: StatusCode::Error,
                message: "no".to_owned(),
            };
        }
        if dice.chance(3) {
            span.attributes
                .push(tag("peer.service", dice.pick(&SERVICES)));
        }
        if dice.chance(3) {
            let value = Value::Int(dice.roll(3) as i64 - 1);
            span.attributes.push(Attribute {
                key: "n".into(),
                value,
            });
        }
    } else {
        span.local_endpoint = service.map(endpoint);
        span.remote_endpoint = dice.chance(3).then(|| endpoint(dice.pick(&SERVICES)));
    }
    for _ in 0..dice.roll(3) {
        let value = if dice.chance(8) {
            "v".repeat(300)
        } else {
            dice.roll(4).to_string()
        };
        span.attributes.push(tag(dice.pick(&KEYS), &value));
    }
    if dice.chance(4) {
        span.events.push(annotation(dice.roll(50), "cache miss"));
    }
    span
}

/// Gives some of the spans links, to traces of [`spans`] and to others, in both widths.
pub fn add_links(dice: &mut Dice, spans: &mut [Span]) {
    for span in spans {
        if span.format == Format::Log || !dice.chance(3) {
            continue;
        }
        for _ in 0..=dice.roll(3) {
            span.links.push(Link {
                trace_id: linked_id(dice).value(),
                span_id: dice.roll(7),
                trace_state: String::new(),
                attributes: Vec::new(),
                dropped_attributes: 0,
                flags: 0,
            });
        }
    }
}

/// Gives some of the spans codes that tell of a failure or of none, in old and new names; some
/// that say themselves that all is well; some an exception that left them, or did not.
pub fn add_codes(dice: &mut Dice, spans: &mut [Span]) {
    for span in spans {
        if span.format == Format::Log || dice.chance(2) {
            continue;
        }
        for _ in 0..=dice.roll(2) {
            let code = dice.pick(&CODES);
            let value = match code.parse() {
                Ok(number) if span.format == Format::Otlp && dice.chance(2) => Value::Int(number),
                _ => Value::String(code.into()),
            };
            let key = dice.pick(&CODE_KEYS).into();
            span.attributes.push(Attribute { key, value });
        }
        if span.format == Format::Otlp {
            if dice.chance(6) {
                span.status.code = StatusCode::Ok;
            }
            if dice.chance(6) {
                let mut thrown = annotation(dice.roll(50), "exception");
                let escaped = dice.pick(&["true", "false"]);
                thrown.attributes = vec![tag("exception.escaped", escaped)];
                span.events.push(thrown);
            }
        }
    }
}

const CODES: [&str; 8] = ["0", "2", "200", "404", "500", "OK", "UNAVAILABLE", "grpc"];

const CODE_KEYS: [&str; 9] = [
    "http.response.status_code",
    "http.status_code",
    "error.type",
    "rpc.grpc.status_code",
    "grpc.status_code",
    "rpc.system.name",
    "rpc.system",
    "rpc.response.status_code",
    "rpc.status_code",
];

fn linked_id(dice: &mut Dice) -> TraceId {
    let high = dice.pick(&[0, 77, 78]);
    TraceId::from_halves(high, 1 + dice.roll(6)).expect("the low half is not zero")
}

/// As [`query`], sometimes about links.
pub fn query_with_links(dice: &mut Dice) -> TraceQuery {
    let mut query = query(dice);
    if dice.chance(3) {
        query.links_to = Some(LinkTarget {
            trace_id: linked_id(dice),
            by_low_half: dice.chance(2),
        });
        if dice.chance(2) {
            // The other conditions leave few.
            query = TraceQuery {
                links_to: query.links_to,
                ..TraceQuery::all(TimeRange::ALL, query.limit)
            };
        }
    }
    query
}

/// Up to four logs of spans like these, most of them of such that exist.
pub fn logs(dice: &mut Dice) -> Vec<Span> {
    let count = dice.roll(5);
    (0..count).map(|_| one_log(dice)).collect()
}

/// Spans, logs or both: logs come on their own, and often later.
pub fn spans_and_logs(dice: &mut Dice) -> Vec<Span> {
    let mut all = match dice.roll(4) {
        0 => Vec::new(),
        _ => spans(dice),
    };
    if all.is_empty() || dice.chance(2) {
        all.extend(logs(dice));
    }
    all
}

/// Gives some of the spans, and of what their events say, keys in other cases and lists of values.
pub fn add_correlation_ids(dice: &mut Dice, spans: &mut [Span]) {
    for span in spans {
        if dice.chance(2) {
            continue;
        }
        let id = correlation_id(dice, span.format);
        match span.events.first_mut() {
            Some(event) if dice.chance(2) => event.attributes.push(id),
            _ if span.format == Format::Log => {}
            _ => span.attributes.push(id),
        }
        if span.format == Format::Otlp && dice.chance(4) {
            let mut resource = (*span.resource).clone();
            resource.attributes.push(correlation_id(dice, span.format));
            span.resource = Arc::new(resource);
        }
    }
}

fn correlation_id(dice: &mut Dice, format: Format) -> Attribute {
    let texts: Vec<String> = (0..dice.roll(3))
        .map(|_| dice.roll(4).to_string())
        .collect();
    let value = match dice.roll(3) {
        0 => Value::String(dice.roll(4).to_string().into()),
        1 if format != Format::Zipkin => Value::Array(
            texts
                .iter()
                .map(|text| Value::String(text.as_str().into()))
                .collect(),
        ),
        _ => Value::String(format!("[{}]", texts.join(",")).into()),
    };
    let key = dice.pick(&["x-request-id", "X-Request-ID", "HTTP.Path", "Größe"]);
    Attribute {
        key: key.into(),
        value,
    }
}

fn correlation(dice: &mut Dice) -> Correlation {
    let value = dice.roll(4).to_string();
    let values = [value, "[1]".to_owned()];
    let count = 1 + dice.roll(2) as usize;
    Correlation::new(
        ["X-REQUEST-ID", "http.path", "GRÖSSE", "größe"],
        &values[..count],
    )
}

/// As [`query_with_links`], sometimes for the id of a span or a correlation id and nothing else,
/// sometimes with what excludes traces, or after a place.
pub fn any_query(dice: &mut Dice) -> TraceQuery {
    let mut query = query_with_links(dice);
    if dice.chance(4) {
        query = TraceQuery::all(TimeRange::ALL, query.limit);
        match dice.roll(2) {
            0 => query.correlation = Some(correlation(dice)),
            _ => query.span_id = Some(span_id(1 + dice.roll(7))),
        }
    }
    if dice.chance(3) {
        query.excluded = excluded(dice);
        if dice.chance(2) {
            // Nothing that an index could begin with.
            query = TraceQuery {
                excluded: query.excluded,
                ..TraceQuery::all(query.range, query.limit)
            };
        }
    }
    if dice.chance(5) {
        query.whole_min = dice.chance(2).then(|| dice.roll(6) * 1_000_000);
        query.whole_max = dice.chance(2).then(|| dice.roll(30) * 1_000_000);
    }
    if dice.chance(5) {
        let start = (TODAY_MS + dice.roll(50)) * 1_000_000;
        query.after = Some(Place::new(start, linked_id(dice)));
    }
    query
}

fn excluded(dice: &mut Dice) -> Excluded {
    let mut excluded = Excluded {
        errors: dice.chance(4),
        ..Excluded::NOTHING
    };
    match dice.roll(4) {
        0 => excluded.services.push(dice.pick(&SERVICES).to_lowercase()),
        1 => excluded.span_names.push(dice.pick(&NAMES).to_lowercase()),
        _ => excluded.tags.push(TagCondition {
            key: dice
                .pick(&["http.path", "error", "n", "cache miss"])
                .to_owned(),
            value: (!dice.chance(3)).then(|| dice.roll(4).to_string()),
        }),
    }
    excluded
}

/// [`spans_and_logs`] with links, codes and correlation ids.
pub fn everything(dice: &mut Dice) -> Vec<Span> {
    let mut all = spans_and_logs(dice);
    add_links(dice, &mut all);
    add_codes(dice, &mut all);
    add_correlation_ids(dice, &mut all);
    all
}

fn one_log(dice: &mut Dice) -> Span {
    let high = if dice.chance(4) { 0 } else { 77 };
    let trace_id = TraceId::from_halves(high, 1 + dice.roll(4)).expect("the low half is not zero");
    let attributes = (0..dice.roll(3))
        .map(|_| tag(dice.pick(&KEYS), &dice.roll(4).to_string()))
        .collect();
    let service = dice.pick(&SERVICES);
    let (span, moment) = (1 + dice.roll(7), dice.roll(50));
    let name = dice.pick(&["cache miss", "get", "exception"]);
    log(trace_id, span, service, moment, name, attributes)
}

/// A question about such spans.
pub fn query(dice: &mut Dice) -> TraceQuery {
    let lower = |name: &str| name.to_lowercase();
    let mut query = TraceQuery::all(TimeRange::ALL, 1 + dice.roll(10) as usize);
    query.service = dice.chance(2).then(|| lower(dice.pick(&SERVICES)));
    query.remote_service = dice.chance(4).then(|| lower(dice.pick(&SERVICES)));
    query.span_name = dice.chance(4).then(|| lower(dice.pick(&NAMES)));
    for _ in 0..dice.roll(3) {
        query.tags.push(TagCondition {
            key: dice
                .pick(&["http.path", "error", "n", "cache miss"])
                .to_owned(),
            value: (!dice.chance(3)).then(|| dice.roll(4).to_string()),
        });
    }
    if dice.chance(5) {
        query.correlation = Some(correlation(dice));
    }
    query.error_only = dice.chance(8);
    if dice.chance(4) {
        query.duration_min = Some(dice.roll(4) * 1_000_000);
        query.duration_max = dice.chance(2).then_some(3_000_000);
    }
    if dice.chance(2) {
        let from_ms = TODAY_MS + dice.roll(50);
        query.range = TimeRange {
            from_ms,
            to_ms: from_ms + dice.roll(30),
        };
    }
    query
}
