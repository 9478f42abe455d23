//! A trace as `?format=otlp` answers it in JSON, brought to the form in which programs tell of what
//! they sent (`told.rs`).
use serde_json::{Map, Value, json};

use crate::told::list;

/// The spans of `TracesData`.
pub(crate) fn as_told(answer: &Value) -> Vec<Value> {
    let mut told = Vec::new();
    for resource in list(&answer["resourceSpans"]) {
        for scope in list(&resource["scopeSpans"]) {
            for span in list(&scope["spans"]) {
                told.push(tell(span, resource, &scope["scope"]));
            }
        }
    }
    told
}

fn tell(span: &Value, resource: &Value, scope: &Value) -> Value {
    let events = some(&span["events"]).iter().map(|event| {
        json!({"name": event["name"], "time": event["timeUnixNano"], "attributes": values(event)})
    });
    let links = some(&span["links"]).iter().map(|link| {
        json!({"traceId": link["traceId"], "spanId": link["spanId"], "attributes": values(link)})
    });
    json!({
        "traceId": span["traceId"],
        "spanId": span["spanId"],
        "parentSpanId": span["parentSpanId"],
        "traceState": text(&span["traceState"]),
        "name": span["name"],
        "kind": name(&span["kind"], &["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]),
        "start": span["startTimeUnixNano"],
        "end": span["endTimeUnixNano"],
        "attributes": values(span),
        "events": events.collect::<Value>(),
        "links": links.collect::<Value>(),
        "statusCode": name(&span["status"]["code"], &["UNSET", "OK", "ERROR"]),
        "statusMessage": text(&span["status"]["message"]),
        "resource": values(&resource["resource"]),
        "scope": {"name": scope["name"], "version": scope["version"], "attributes": values(scope)},
    })
}

/// The attributes of something; a key must not come twice.
fn values(of: &Value) -> Value {
    let mut values = Map::new();
    for pair in some(&of["attributes"]) {
        let key = text(&pair["key"]).to_owned();
        assert_eq!(values.insert(key, plain(&pair["value"])), None, "{of}");
    }
    values.into()
}

/// The value that an `AnyValue` has.
fn plain(value: &Value) -> Value {
    let (kind, value) = value
        .as_object()
        .and_then(|value| value.iter().next())
        .expect("a value has a kind");
    match kind.as_str() {
        "stringValue" | "boolValue" | "doubleValue" => value.clone(),
        "intValue" => text(value).parse::<i64>().expect("a number").into(),
        "arrayValue" => some(&value["values"]).iter().map(plain).collect(),
        other => panic!("no program sends {other}: {value}"),
    }
}

/// What an enumeration calls a number; absent is the first.
fn name(number: &Value, names: &[&str]) -> Value {
    names[number.as_u64().unwrap_or_default() as usize].into()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A list that is absent when it is empty.
fn some(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}
