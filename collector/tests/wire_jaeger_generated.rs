//! Documents of Jaeger's JSON that were made of spans: those spans are read.
use bytes::Bytes;
use collector::wire::jaeger_json::decode;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use storage::contract::generate::Dice;
use storage::span::Value;

fn tag(key: &str, kind: &str, value: impl Into<Json>) -> Json {
    json!({"key": key, "type": kind, "value": value.into()})
}

fn below(dice: &mut Dice, most: usize) -> usize {
    dice.roll(most as u64) as usize
}

/// A text that JSON may have to escape.
fn word(dice: &mut Dice) -> String {
    ["a", "b\"c", "\u{e9}", "", "</script>", "\n", "event x"][below(dice, 7)].to_owned()
}

/// A tag, and what it stands for.
fn any_tag(dice: &mut Dice) -> (Json, String, Value) {
    let key = format!("k{}{}", below(dice, 4), word(dice));
    let (kind, told, value) = match below(dice, 5) {
        0 => ("bool", json!(true), Value::Bool(true)),
        1 => {
            let number = below(dice, 1_000_000) as i64 - 500_000;
            ("int64", json!(number), Value::Int(number))
        }
        2 => ("float64", json!(0.25), Value::Double(0.25)),
        3 => ("binary", json!("AP8="), Value::Bytes(vec![0, 255])),
        _ => {
            let text = word(dice);
            ("string", json!(text), Value::String(text.into()))
        }
    };
    (tag(&key, kind, told), key, value)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Given a document that was made of spans, then those spans are read, whatever the order of fields
    /// and however many processes and traces there are.
    #[test]
    fn generated_documents_are_read_as_they_were_meant(seed in any::<u64>()) {
        let dice = &mut Dice::new(seed);
        let (mut traces, mut expected) = (Vec::new(), Vec::new());
        for trace in 1..=1 + below(dice, 3) {
            let services: Vec<String> = (0..=below(dice, 3)).map(|n| format!("s{n}{}", word(dice))).collect();
            let mut spans = Vec::new();
            for id in 1..=1 + below(dice, 5) {
                let tags: Vec<_> = (0..below(dice, 4)).map(|_| any_tag(dice)).collect();
                let parent = below(dice, id);
                let process = below(dice, services.len());
                let (start, duration, name) = (below(dice, 1 << 40) + 1, below(dice, 1 << 30), word(dice));
                let references = match parent {
                    0 => json!([]),
                    parent => json!([{"refType": "CHILD_OF", "traceID": format!("{trace:x}"), "spanID": format!("{parent:016x}")}]),
                };
                let told: Vec<&Json> = tags.iter().map(|(told, ..)| told).collect();
                let mut fields = [
                    ("traceID", json!(format!("{trace:032x}"))), ("spanID", json!(format!("{id:x}"))),
                    ("operationName", json!(name)), ("startTime", json!(start)), ("duration", json!(duration)),
                    ("references", references), ("tags", json!(told)), ("processID", json!(format!("p{process}"))),
                ];
                let turn = below(dice, fields.len());
                fields.rotate_left(turn);
                let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name:?}:{value}")).collect();
                spans.push(format!("{{{}}}", fields.join(",")));
                let tags: Vec<_> = tags.into_iter().map(|(_, key, value)| (key, value)).collect();
                expected.push((trace as u128, id as u64, parent as u64, start as u64 * 1000, duration as i64 * 1000, name, services[process].clone(), tags));
            }
            let processes: serde_json::Map<String, Json> = (services.iter().enumerate())
                .map(|(n, service)| (format!("p{n}"), json!({"serviceName": service, "tags": []})))
                .collect();
            let (spans, processes) = (format!("\"spans\":[{}]", spans.join(",")), format!("\"processes\":{}", Json::from(processes)));
            traces.push(match below(dice, 2) {
                0 => format!("{{{spans},{processes}}}"),
                _ => format!("{{{processes},{spans}}}"),
            });
        }
        let text = format!("{{\"data\":[{}]}}", traces.join(","));
        let decoded = decode(Bytes::from(text.clone())).unwrap();
        prop_assert_eq!(&decoded.refused.first, &None, "{}", text);
        let read: Vec<_> = decoded.batch.to_spans().unwrap().into_iter().map(|span| (
            span.trace_id.value(),
            span.span_id.value(),
            span.parent_id.map_or(0, |id| id.value()),
            span.start.unwrap(),
            span.duration.unwrap(),
            span.name.as_deref().unwrap_or_default().to_owned(),
            span.service().unwrap_or_default().to_owned(),
            span.attributes.iter().map(|one| (one.key.to_string(), one.value.clone())).collect::<Vec<_>>(),
        )).collect();
        prop_assert_eq!(read, expected, "{}", text);
    }
}
