//! Spans of Zipkin's first model: one span holds both sides of a call, hosts stand at annotations.
use serde_json::{Value, json};
use storage::contract::generate::Dice;

use super::spans::{Place, duration, list_of, word};
use super::texts::{KEYS, NAMES, SPAN_IDS, service, value};

/// What a host says about a call; the first of each pair comes before the second.
const SIDES: [[&str; 2]; 5] = [
    ["cs", "cr"],
    ["sr", "ss"],
    ["ms", "mr"],
    ["ws", "wr"],
    ["error", "got"],
];

pub(super) fn spans(dice: &mut Dice, place: Place) -> Vec<Value> {
    let traces = 1 + dice.roll(2) as usize;
    let mut spans = Vec::new();
    for number in 0..traces {
        let id = place.trace_id(dice, number);
        for _ in 0..1 + dice.roll(4) {
            spans.push(span(dice, place, &id));
        }
    }
    if dice.chance(4) {
        let again = spans[dice.roll(spans.len() as u64) as usize].clone();
        spans.push(again);
    }
    spans
}

fn span(dice: &mut Dice, place: Place, trace: &str) -> Value {
    let mut span = json!({"traceId": trace, "id": dice.pick(&SPAN_IDS[..8])});
    if !dice.chance(3) {
        span["parentId"] = dice.pick(&SPAN_IDS[..8]).into();
    }
    if !dice.chance(5) {
        span["name"] = dice.pick(&NAMES).into();
    }
    let start = place.time(dice);
    if dice.chance(2) {
        span["timestamp"] = word(start);
        if !dice.chance(4) {
            span["duration"] = duration(dice);
        }
    }
    if dice.chance(12) {
        span["debug"] = true.into();
    }
    let hosts: Vec<Value> = (0..2).map(|_| host(dice, place)).collect();
    for (side, pair) in SIDES.iter().enumerate() {
        if !dice.chance(if side < 2 { 2 } else { 8 }) {
            continue;
        }
        let host = hosts[if dice.chance(8) { 0 } else { side % 2 }].clone();
        let mut time = start;
        for value in pair {
            time += dice.roll(4) as i64 * 1_000;
            if !dice.chance(6) {
                let mut annotation = json!({"timestamp": word(time), "value": value});
                if !dice.chance(10) {
                    annotation["endpoint"] = host.clone();
                }
                list_of(&mut span, "annotations").push(annotation);
            }
        }
    }
    for _ in 0..dice.roll(3) {
        let mut tag = json!({"key": dice.pick(&KEYS), "value": value(dice)});
        if !dice.chance(4) {
            tag["endpoint"] = hosts[dice.roll(2) as usize].clone();
        }
        list_of(&mut span, "binaryAnnotations").push(tag);
    }
    for key in ["ca", "sa", "ma", "lc"] {
        if dice.chance(6) {
            let value = if key == "lc" {
                "".into()
            } else {
                Value::Bool(!dice.chance(8))
            };
            let endpoint = hosts[dice.roll(2) as usize].clone();
            let address = json!({"key": key, "value": value, "endpoint": endpoint});
            list_of(&mut span, "binaryAnnotations").push(address);
        }
    }
    span
}

fn host(dice: &mut Dice, place: Place) -> Value {
    let mut host = json!({});
    if !dice.chance(8) {
        host["serviceName"] = service(dice, place.list).into();
    }
    if dice.chance(3) {
        host["ipv4"] = dice.pick(&["127.0.0.1", "10.0.0.2"]).into();
    }
    if dice.chance(10) {
        host["ipv6"] = dice.pick(&["2001:db8::c001", "::1"]).into();
    }
    if dice.chance(4) {
        host["port"] = dice.pick(&[80, 8_080, 65_535]).into();
    }
    host
}
