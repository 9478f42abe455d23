//! A post as the bytes that go over the wire, in each of Zipkin's four spellings.
use prost::Message as _;
use serde_json::Value;

use super::round::{Post, Spelling, filled};
use crate::scenario::words::Words;
use crate::thrift_spans;
use crate::zipkin_messages::{Annotation, Endpoint, ListOfSpans, Span};

/// The post's body; `last` is a span that is sent after the others.
pub(super) fn body(post: &Post, last: &Value, words: &Words) -> Vec<u8> {
    let mut spans = filled(&post.spans, words);
    spans.extend(filled(std::slice::from_ref(last), words));
    match post.spelling {
        Spelling::V2Json | Spelling::V1Json => Value::from(spans).to_string().into_bytes(),
        Spelling::Thrift => thrift_spans::list(&spans),
        Spelling::Proto3 => {
            let spans = spans.iter().map(message).collect();
            ListOfSpans { spans }.encode_to_vec()
        }
    }
}

fn message(span: &Value) -> Span {
    const KINDS: [&str; 4] = ["CLIENT", "SERVER", "PRODUCER", "CONSUMER"];
    let kind = span["kind"].as_str();
    let kind = KINDS.iter().position(|known| Some(*known) == kind);
    Span {
        trace_id: id(&span["traceId"]),
        parent_id: id(&span["parentId"]),
        id: id(&span["id"]),
        kind: kind.map_or(0, |position| position as i32 + 1),
        name: text(&span["name"]),
        timestamp: number(&span["timestamp"]) as u64,
        duration: number(&span["duration"]) as u64,
        local_endpoint: endpoint(&span["localEndpoint"]),
        remote_endpoint: endpoint(&span["remoteEndpoint"]),
        annotations: span["annotations"]
            .as_array()
            .into_iter()
            .flatten()
            .map(annotation)
            .collect(),
        tags: span["tags"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), text(value)))
            .collect(),
        debug: span["debug"] == true,
        shared: span["shared"] == true,
    }
}

fn annotation(annotation: &Value) -> Annotation {
    Annotation {
        timestamp: number(&annotation["timestamp"]) as u64,
        value: text(&annotation["value"]),
    }
}

fn endpoint(endpoint: &Value) -> Option<Endpoint> {
    let octets = |key: &str| -> Vec<u8> {
        match text(&endpoint[key]).parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V4(address)) => address.octets().to_vec(),
            Ok(std::net::IpAddr::V6(address)) => address.octets().to_vec(),
            Err(_) => Vec::new(),
        }
    };
    endpoint.is_object().then(|| Endpoint {
        service_name: text(&endpoint["serviceName"]),
        ipv4: octets("ipv4"),
        ipv6: octets("ipv6"),
        // Zipkin reads no negative number there.
        port: number(&endpoint["port"]).max(0) as i32,
    })
}

/// The bytes of hexadecimal digits; none if there are none.
fn id(value: &Value) -> Vec<u8> {
    let digits = text(value);
    let digits = format!("{}{digits}", "0".repeat(digits.len() % 2));
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(&String::from_utf8_lossy(pair), 16).expect("digits"))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value) -> i64 {
    let quoted = || value.as_str()?.parse().ok();
    let rounded = || value.as_f64().map(|number| number as i64);
    value
        .as_i64()
        .or_else(quoted)
        .or_else(rounded)
        .unwrap_or_default()
}
