//! Every byte that leaves, pinned: what makes answers faster must not change them.
use std::sync::Arc;

use collector::hops::{CallTree, Skew, json, summary, text};
use collector::wire::zipkin_json;
use storage::contract::generate::{Dice, spans};
use storage::id::SpanId;
use storage::span::{
    Attribute, Event, Format, Link, Resource, Scope, Span, Status, StatusCode, Value,
};
use storage::trace::Trace;

#[test]
fn answers_are_the_same_bytes_as_ever() {
    let mut dice = Dice::new(11);
    let mut traces = Vec::new();
    for round in 0..600 {
        // Some larger ones: many spans of few ids are cycles, twins and shared halves.
        let draws = if round % 20 == 0 { 30 } else { 1 };
        let mut drawn: Vec<Span> = (0..draws).flat_map(|_| spans(&mut dice)).collect();
        for span in &mut drawn {
            decorate(span, &mut dice, draws > 1);
        }
        traces.extend(Trace::group(drawn));
    }
    let mut digests = [Digest::new(); 6];
    for trace in &traces {
        let corrected = CallTree::build(trace, Skew::Corrected);
        let raw = CallTree::build(trace, Skew::Raw);
        let written = [
            json::answer(&corrected, json::Spans::Included),
            json::answer(&corrected, json::Spans::Omitted),
            json::answer(&raw, json::Spans::Included),
            to_json(&summary(trace)),
            text::print(&corrected).into_bytes(),
            zipkin_json::encode_spans(&trace.spans),
        ];
        for (digest, bytes) in digests.iter_mut().zip(&written) {
            digest.add(bytes);
        }
    }
    assert_eq!(digests.map(|digest| digest.0), PINNED);
}

/// Hops, hops without spans, hops on raw clocks, summaries, text, Zipkin's JSON. Taken from the
/// code as it was when this test was written; a change here is a change for every client.
const PINNED: [u64; 6] = [
    0x1434_fd17_078b_ab76,
    0xb4ed_7486_ee36_58e6,
    0xc0ca_ed2e_785a_a281,
    0xc435_1667_2eac_cc00,
    0x6beb_dec5_91d9_a831,
    0x67ba_ea79_82a2_348d,
];

fn to_json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("json")
}

/// FNV-1a, 64 bits.
#[derive(Clone, Copy)]
struct Digest(u64);

impl Digest {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Adds what the generator does not draw: other ids, hosts, links, every kind of value, texts that
/// need escapes.
fn decorate(span: &mut Span, dice: &mut Dice, spread: bool) {
    if spread {
        let id = |dice: &mut Dice| SpanId::new(1 + dice.roll(60)).expect("not zero");
        span.span_id = id(dice);
        span.parent_id = (dice.roll(9) > 0).then(|| id(dice));
        span.start = span.start.map(|start| start + dice.roll(40_000_000));
    }
    for _ in 0..dice.roll(3) {
        let key = KEYS[dice.roll(KEYS.len() as u64) as usize];
        let value = value(dice, 2);
        span.attributes.push(attribute(key, value));
    }
    if dice.roll(4) == 0 {
        span.events.push(Event {
            time: dice.roll(1 << 60) as i64 - 5,
            name: ["exception", "retry", TEXTS[2]][dice.roll(3) as usize].to_owned(),
            attributes: vec![attribute("exception.message", value(dice, 1))],
            dropped_attributes: 0,
        });
    }
    if dice.roll(6) == 0 {
        span.links.push(Link {
            trace_id: span.trace_id.value(),
            span_id: 1 + dice.roll(8),
            trace_state: String::new(),
            attributes: vec![attribute("why", value(dice, 1))],
            dropped_attributes: 0,
            flags: 0,
        });
    }
    if span.format == Format::Otlp && dice.roll(2) == 0 {
        let mut resource = Resource::clone(&span.resource);
        let host = ["a", "b", "Host \"c\""][dice.roll(3) as usize];
        resource
            .attributes
            .push(attribute("host.name", Value::String(host.into())));
        resource.attributes.push(attribute("pid", value(dice, 1)));
        span.resource = Arc::new(resource);
        span.scope = Arc::new(Scope {
            name: ["", "lib\t"][dice.roll(2) as usize].to_owned(),
            version: ["", "1.2"][dice.roll(2) as usize].to_owned(),
            ..Scope::default()
        });
        if dice.roll(5) == 0 {
            span.status = Status {
                code: StatusCode::from_number(dice.roll(3)),
                message: TEXTS[dice.roll(TEXTS.len() as u64) as usize].to_owned(),
            };
        }
    }
}

fn attribute(key: &str, value: Value) -> Attribute {
    Attribute {
        key: key.into(),
        value,
    }
}

fn value(dice: &mut Dice, depth: u64) -> Value {
    match dice.roll(if depth == 0 { 9 } else { 11 }) {
        0 => Value::Empty,
        1 => Value::Bool(dice.roll(2) == 0),
        2 => Value::Int(dice.roll(u64::MAX) as i64),
        3 => Value::Double(f64::from_bits(dice.roll(u64::MAX))),
        4 => Value::Double([0.5, f64::NAN, f64::NEG_INFINITY, 1e300][dice.roll(4) as usize]),
        5 => Value::Bytes((0..dice.roll(9)).map(|_| dice.roll(256) as u8).collect()),
        6..9 => Value::String(TEXTS[dice.roll(TEXTS.len() as u64) as usize].into()),
        9 => Value::Array((0..dice.roll(4)).map(|_| value(dice, depth - 1)).collect()),
        _ => Value::Map(
            (0..dice.roll(4))
                .map(|_| {
                    attribute(
                        KEYS[dice.roll(KEYS.len() as u64) as usize],
                        value(dice, depth - 1),
                    )
                })
                .collect(),
        ),
    }
}

const KEYS: [&str; 12] = [
    "error",
    "http.request.method",
    "db.system",
    "messaging.system",
    "peer.service",
    "server.address",
    "server.port",
    "exception.type",
    "quo\"ted",
    "ключ",
    "\u{1f980}",
    "rpc.system.name",
];

const TEXTS: [&str; 10] = [
    "",
    "false",
    "line\nbreak, \"quote\", back\\slash, tab\t, bell\u{7}, delete\u{7f}, \u{8}\u{c}\r\u{1f}",
    "separators \u{2028} and \u{2029}, \u{e2}, \u{2027}",
    "한국어 텍스트 and a long tail that is more than thirty-two bytes of plain letters",
    "\u{1f980}\u{10ffff}",
    "10.0.0.1",
    "8080",
    "GET",
    "ends with a quote\"",
];
