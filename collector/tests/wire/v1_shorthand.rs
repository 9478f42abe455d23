//! Spans of Zipkin's first model from a short line, and today's as one: what the tables are made of.
use bytes::Bytes;
use collector::wire::{Decoded, Undecodable, zipkin_thrift, zipkin_v1_json};
use serde_json::{Value, json};
use storage::span::{Endpoint, Kind, Span};

use crate::thrift_spans;

pub(super) type Decode = fn(Bytes) -> Result<Decoded, Undecodable>;

/// What a span says, in one line: `kind host start+duration to remote shared {tags} [annotations]`.
pub(super) fn shown(span: &Span) -> String {
    let host = |endpoint: &Endpoint| {
        let name = endpoint.service.clone().unwrap_or_default();
        let address = endpoint.ipv4.map(|address| format!("/{address}"));
        name + &address.unwrap_or_default()
    };
    let mut words = Vec::new();
    if span.kind != Kind::Unspecified {
        words.push(format!("{:?}", span.kind).to_lowercase());
    }
    words.extend(span.local_endpoint.as_ref().map(host));
    if span.start.is_some() || span.duration.is_some() {
        let micros = |nanos: Option<i64>| nanos.map_or(String::new(), |n| (n / 1000).to_string());
        let start = micros(span.start.map(|nanos| nanos as i64));
        let duration = micros(span.duration);
        words.push(
            format!("{start}+{duration}")
                .trim_end_matches('+')
                .to_owned(),
        );
    }
    if let Some(remote) = &span.remote_endpoint {
        words.push(format!("to {}", host(remote)));
    }
    if span.shared {
        words.push("shared".to_owned());
    }
    for tag in &span.attributes {
        words.push(format!("{{{}={}}}", tag.key, tag.value));
    }
    for event in &span.events {
        words.push(format!("[{}@{}]", event.name, event.time / 1000));
    }
    words.join(" ")
}

/// `name` or `name/address` or `/address`; `-` is none.
fn endpoint(text: &str) -> Value {
    let (name, address) = text.split_once('/').unwrap_or((text, ""));
    match (name, address) {
        ("-", _) => Value::Null,
        (name, "") => json!({"serviceName": name}),
        ("", address) => json!({"ipv4": address}),
        (name, address) => json!({"serviceName": name, "ipv4": address}),
    }
}

/// A v1 span: `cs@10:web` is an annotation, `sa:db` an address, `key=value:web` a tag, and
/// `10+20` when the span itself began and how long it took.
pub(super) fn span(text: &str) -> Value {
    let mut span = json!({"traceId": "a", "id": "1", "annotations": [], "binaryAnnotations": []});
    let mut add = |list: &str, one: Value| {
        span[list].as_array_mut().unwrap().push(one);
    };
    let (mut start, mut duration) = (None, None);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if let Some((begin, length)) = word.split_once('+') {
            start = begin.parse::<i64>().ok();
            duration = length.parse::<i64>().ok();
            continue;
        }
        let (what, host) = word.split_once(':').unwrap();
        let endpoint = endpoint(host);
        if let Some((value, time)) = what.split_once('@') {
            let time: i64 = time.parse().unwrap();
            let annotation = json!({"timestamp": time, "value": value, "endpoint": endpoint});
            add("annotations", annotation);
        } else if let Some((key, value)) = what.split_once('=') {
            let tag = json!({"key": key, "value": value, "endpoint": endpoint});
            add("binaryAnnotations", tag);
        } else {
            let address = json!({"key": what, "value": true, "endpoint": endpoint});
            add("binaryAnnotations", address);
        }
    }
    if let Some(start) = start {
        span["timestamp"] = start.into();
    }
    if let Some(duration) = duration {
        span["duration"] = duration.into();
    }
    span
}

pub(super) fn spellings(span: &Value) -> [(&'static str, Decode, Vec<u8>); 2] {
    let list = std::slice::from_ref(span);
    [
        (
            "json",
            zipkin_v1_json::decode,
            serde_json::to_vec(list).unwrap(),
        ),
        ("thrift", zipkin_thrift::decode, thrift_spans::list(list)),
    ]
}
