//! Zipkin v2 spans as JSON, brought to the one form in which Zipkin keeps them, so that what was
//! sent can be compared with what is answered.
use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Traces by id, each a list of its spans in one order.
pub(crate) fn traces(spans: &[Value]) -> BTreeMap<String, Value> {
    let mut traces: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for span in spans {
        let span = as_kept(span);
        let id = span["traceId"].as_str().expect("a span has a trace id");
        traces.entry(id.to_owned()).or_default().push(span);
    }
    let ordered = traces.into_iter().map(|(id, mut spans)| {
        let text = |span: &Value, key: &str| span[key].to_string();
        spans.sort_by_key(|span| (text(span, "id"), text(span, "kind"), text(span, "shared")));
        (id, spans.into())
    });
    ordered.collect()
}

/// Stands for a value that only the client knows.
const ANY: &str = "*";

/// Whether what was found is what was sent.
pub(crate) fn is_as_sent(sent: &Value, found: &Value) -> bool {
    match (sent, found) {
        (Value::Object(sent), Value::Object(found)) => {
            sent.len() == found.len()
                && sent.iter().all(|(key, value)| {
                    found.get(key).is_some_and(|found| is_as_sent(value, found))
                })
        }
        (Value::Array(sent), Value::Array(found)) => {
            sent.len() == found.len()
                && sent
                    .iter()
                    .zip(found)
                    .all(|(sent, found)| is_as_sent(sent, found))
        }
        _ => sent == ANY || sent == found,
    }
}

/// As Zipkin's readers take a span: names in small letters, times whole, what is nothing absent.
fn as_kept(span: &Value) -> Value {
    let mut kept = Map::new();
    for (key, value) in span.as_object().expect("a span is an object") {
        let value = match key.as_str() {
            "name" => lower_case(value),
            "localEndpoint" | "remoteEndpoint" => endpoint(value),
            "timestamp" | "duration" => whole(value),
            "annotations" => annotations(value),
            "tags" => tags(value),
            "debug" | "shared" if value == &Value::Bool(false) => Value::Null,
            "parentId" if value.as_str().is_some_and(is_zero) => Value::Null,
            _ => value.clone(),
        };
        if !is_nothing(&value) {
            kept.insert(key.clone(), value);
        }
    }
    Value::Object(kept)
}

fn endpoint(value: &Value) -> Value {
    let Some(endpoint) = value.as_object() else {
        return Value::Null;
    };
    let kept = endpoint
        .iter()
        .map(|(key, value)| match key.as_str() {
            "serviceName" => (key.clone(), lower_case(value)),
            "port" => (key.clone(), whole(value)),
            _ => (key.clone(), value.clone()),
        })
        .filter(|(_, value)| !is_nothing(value))
        .collect();
    Value::Object(kept)
}

fn annotations(value: &Value) -> Value {
    let mut annotations: Vec<Value> = value.as_array().into_iter().flatten().cloned().collect();
    for annotation in &mut annotations {
        annotation["timestamp"] = whole(&annotation["timestamp"]);
    }
    annotations.sort_by_key(|annotation| {
        let value = annotation["value"].as_str().map(str::to_owned);
        (annotation["timestamp"].as_u64(), value)
    });
    annotations.dedup();
    annotations.into()
}

fn tags(value: &Value) -> Value {
    let tags = value.as_object().into_iter().flatten();
    let kept = tags.map(|(key, value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (key.clone(), Value::from(text))
    });
    Value::Object(kept.collect())
}

fn lower_case(value: &Value) -> Value {
    value.as_str().map(str::to_lowercase).into()
}

fn whole(value: &Value) -> Value {
    if value == ANY {
        return value.clone();
    }
    let number = value
        .as_u64()
        .or_else(|| value.as_f64().map(|number| number as u64));
    number.filter(|number| *number > 0).into()
}

fn is_zero(id: &str) -> bool {
    id.bytes().all(|digit| digit == b'0')
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}
