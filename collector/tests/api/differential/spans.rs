//! Lists of spans of Zipkin's second model, as dirty as the field's: halves of calls, fragments,
//! duplicates, odd ids, skewed and missing times.
use serde_json::{Map, Value, json};
use storage::contract::generate::Dice;

use super::texts::{ADDRESSES, ANNOTATIONS, KEYS, NAMES, SPAN_IDS, service, value};

/// Where a list is in its round.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) list: usize,
}

/// Ids of traces that a list may use.
pub(super) const TRACES: usize = 6;
/// How far apart the lists of a round are in time, in microseconds.
const APART: i64 = 600_000_000;

impl Place {
    /// The middle of the list's time, in microseconds from the round's.
    pub(super) const fn middle(self) -> i64 {
        -(self.list as i64 + 1) * APART
    }

    /// The list's trace id with this number, in one of its spellings.
    pub(super) fn trace_id(self, dice: &mut Dice, number: usize) -> String {
        let number = self.list * TRACES + number;
        match dice.roll(12) {
            0 => format!("0000000000000000<{number}>"),
            // Not `00<…>`: Zipkin takes that for another id than its lower half, and loses it.
            1 => format!("0f<{number}>"),
            2 => format!("1<{number}>"),
            3 => format!("<z{number}>"),
            4 | 5 => format!("<W{number}>"),
            6 => format!("ffffffffffffffff<{number}>"),
            _ => format!("<{number}>"),
        }
    }

    /// A time of the list, mostly within some seconds.
    pub(super) fn time(self, dice: &mut Dice) -> i64 {
        let spread = match dice.roll(10) {
            0 => dice.roll(240_000_000) as i64 - 120_000_000,
            1 => dice.roll(5) as i64,
            2 | 3 => dice.roll(20_000) as i64,
            _ => dice.roll(5_000) as i64 * 1_000,
        };
        self.middle() + spread
    }
}

pub(super) fn word(time: i64) -> Value {
    format!("<now{time:+}>").into()
}

/// The spans of one list: some traces of calls, then damage.
pub(super) fn spans(dice: &mut Dice, place: Place) -> Vec<Value> {
    let mut spans = Vec::new();
    let traces = 1 + dice.roll(3) as usize;
    for number in 0..traces {
        let id = place.trace_id(dice, number);
        calls(dice, place, &id, &mut spans);
        if dice.chance(8) {
            // The same low half in another width, or the same id spelled otherwise.
            let twin = place.trace_id(dice, number);
            calls(dice, place, &twin, &mut spans);
        }
    }
    for span in &mut spans {
        damage(dice, place, span);
    }
    for _ in 0..dice.roll(3) {
        let copied = report_again(dice, place, &spans);
        spans.push(copied);
    }
    if dice.chance(4) {
        shuffle(dice, &mut spans);
    }
    spans
}

/// A few calls below each other, as instrumented services report them.
fn calls(dice: &mut Dice, place: Place, trace: &str, spans: &mut Vec<Value>) {
    let first = spans.len();
    for _ in 0..1 + dice.roll(4) {
        let parent = match dice.roll(8) {
            0 => None,
            1 => Some(dice.pick(&SPAN_IDS).to_owned()),
            _ if spans.len() == first => None,
            _ => {
                let above = first + dice.roll((spans.len() - first) as u64) as usize;
                spans[above]["id"].as_str().map(str::to_owned)
            }
        };
        let mut span = json!({"traceId": trace, "id": dice.pick(&SPAN_IDS)});
        if let Some(parent) = parent {
            span["parentId"] = parent.into();
        }
        let kind = dice.pick(&[
            "CLIENT", "CLIENT", "SERVER", "SERVER", "PRODUCER", "CONSUMER", "",
        ]);
        if !kind.is_empty() {
            span["kind"] = kind.into();
        }
        span["name"] = dice.pick(&NAMES).into();
        let start = place.time(dice);
        span["timestamp"] = word(start);
        span["duration"] = duration(dice);
        span["localEndpoint"] = endpoint(dice, place);
        if dice.chance(2) {
            span["remoteEndpoint"] = endpoint(dice, place);
        }
        for _ in 0..dice.roll(3) {
            span["tags"][dice.pick(&KEYS)] = value(dice).into();
        }
        for _ in 0..dice.roll(2) * dice.roll(3) {
            let annotation = annotation(dice, place);
            list_of(&mut span, "annotations").push(annotation);
        }
        spans.push(span.clone());
        if dice.chance(3) {
            spans.push(other_half(dice, place, &span));
        }
    }
}

/// What the other host of a call reports.
fn other_half(dice: &mut Dice, place: Place, span: &Value) -> Value {
    let mut other = span.clone();
    let kind = match span["kind"].as_str() {
        Some("CLIENT") => "SERVER",
        Some("SERVER") => "CLIENT",
        Some("PRODUCER") => "CONSUMER",
        _ => "PRODUCER",
    };
    other["kind"] = kind.into();
    other["timestamp"] = word(place.time(dice));
    other["duration"] = duration(dice);
    if !dice.chance(4) {
        other["shared"] = true.into();
    }
    other["localEndpoint"] = span["remoteEndpoint"].clone();
    other["remoteEndpoint"] = span["localEndpoint"].clone();
    if other["localEndpoint"].is_null() || dice.chance(3) {
        other["localEndpoint"] = endpoint(dice, place);
    }
    if dice.chance(3) {
        // The server has its own id below the client's.
        other["parentId"] = span["id"].clone();
        other["id"] = dice.pick(&SPAN_IDS).into();
    }
    other
}

/// Takes fields away, and puts odd ones in their place.
fn damage(dice: &mut Dice, place: Place, span: &mut Value) {
    if !dice.chance(3) {
        return;
    }
    for _ in 0..1 + dice.roll(3) {
        match dice.roll(16) {
            0 => remove(span, "timestamp"),
            1 => remove(span, "duration"),
            2 => remove(span, "name"),
            3 => remove(span, "localEndpoint"),
            4 => remove(span, "kind"),
            5 => remove(span, "parentId"),
            6 => span["timestamp"] = odd_time(dice),
            7 => span["duration"] = odd_duration(dice),
            8 => {
                span["parentId"] = dice
                    .pick(&["0", "0000000000000000", "1", "dead", "00b"])
                    .into()
            }
            9 => span["parentId"] = span["id"].clone(),
            10 => span["debug"] = dice.chance(2).into(),
            11 => span["shared"] = (!dice.chance(4)).into(),
            12 => {
                let key = dice.pick(&[
                    "name",
                    "parentId",
                    "kind",
                    "timestamp",
                    "tags",
                    "remoteEndpoint",
                    "debug",
                ]);
                span[key] = Value::Null;
                if key == "tags" {
                    remove(span, "tags");
                }
            }
            13 => span["timestamp"] = word(place.time(dice)),
            14 => span["unknown"] = json!({"a": [1, {"b": null}], "tags": "x"}),
            _ => {
                span["tags"] = json!({});
                span["annotations"] = json!([]);
            }
        }
    }
}

/// A span of the list reported once more: equal, as a part, or with more.
fn report_again(dice: &mut Dice, place: Place, spans: &[Value]) -> Value {
    let mut again = spans[dice.roll(spans.len() as u64) as usize].clone();
    match dice.roll(4) {
        0 => {}
        1 => {
            // A fragment that comes late.
            let keep = [
                "traceId",
                "id",
                dice.pick(&["duration", "timestamp", "tags", "shared", "localEndpoint"]),
            ];
            let fields = again.as_object().cloned().unwrap_or_default();
            again = fields
                .into_iter()
                .filter(|(key, _)| keep.contains(&key.as_str()))
                .collect::<Map<_, _>>()
                .into();
        }
        2 => again["tags"] = json!({dice.pick(&KEYS): value(dice)}),
        _ => match dice.roll(3) {
            0 => again["localEndpoint"] = endpoint(dice, place),
            1 => again["duration"] = duration(dice),
            _ => again["remoteEndpoint"] = endpoint(dice, place),
        },
    }
    again
}

fn odd_time(dice: &mut Dice) -> Value {
    match dice.roll(8) {
        0 => 0.into(),
        1 => (-5).into(),
        2 => 1_001.into(),
        3 => 2_999.into(),
        4 => json!(1_000_001),
        5 => json!(18_000_000_000_000_000_i64),
        6 => "1600000000000000".into(),
        _ => json!(i64::MIN),
    }
}

pub(super) fn duration(dice: &mut Dice) -> Value {
    dice.pick(&[1, 20, 99, 100, 999, 1_000, 1_001, 200_000, 5_000_000])
        .into()
}

fn odd_duration(dice: &mut Dice) -> Value {
    match dice.roll(6) {
        0 => 0.into(),
        1 => (-1).into(),
        2 => "100".into(),
        3 => json!(9_000_000_000_000_000_i64),
        4 => json!(i64::MIN),
        _ => json!(100.0),
    }
}

fn annotation(dice: &mut Dice, place: Place) -> Value {
    let time = match dice.roll(20) {
        0 => 0.into(),
        1 => (-7).into(),
        2 => 5.into(),
        _ => word(place.time(dice)),
    };
    json!({"timestamp": time, "value": dice.pick(&ANNOTATIONS)})
}

/// Mostly one of few hosts; seldom in odd spellings.
pub(super) fn endpoint(dice: &mut Dice, place: Place) -> Value {
    let mut endpoint = json!({});
    if !dice.chance(8) {
        endpoint["serviceName"] = service(dice, place.list).into();
    } else if dice.chance(3) {
        endpoint["serviceName"] = "".into();
    }
    let among = if dice.chance(3) { ADDRESSES.len() } else { 2 };
    if dice.chance(3) {
        endpoint["ipv4"] = dice.pick(&ADDRESSES[..among]).into();
    }
    if dice.chance(10) {
        endpoint["ipv6"] = dice.pick(&ADDRESSES).into();
    }
    if dice.chance(4) {
        endpoint["port"] = match dice.roll(8) {
            0 => 0.into(),
            1 => (-1).into(),
            2 => 65_535.into(),
            3 => "80".into(),
            _ => 8_080.into(),
        };
    }
    endpoint
}

fn remove(span: &mut Value, key: &str) {
    if let Some(fields) = span.as_object_mut() {
        fields.remove(key);
    }
}

pub(super) fn list_of<'a>(span: &'a mut Value, key: &str) -> &'a mut Vec<Value> {
    if !span[key].is_array() {
        span[key] = json!([]);
    }
    span[key].as_array_mut().expect("it is an array now")
}

pub(super) fn shuffle<T>(dice: &mut Dice, list: &mut [T]) {
    for last in (1..list.len()).rev() {
        list.swap(last, dice.roll(last as u64 + 1) as usize);
    }
}
