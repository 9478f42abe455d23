//! Spans as Zipkin's protobuf: what a Zipkin client posts to `/api/v2/spans` that was told so.
use prost::Message;

use crate::span::{Kind, Span, Value};
use crate::zipkin::annotation;

#[derive(Clone, PartialEq, Message)]
struct ListOfSpans {
    #[prost(message, repeated, tag = "1")]
    spans: Vec<Record>,
}

/// `zipkin.proto3.Span`.
#[derive(Clone, PartialEq, Message)]
struct Record {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    parent_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    id: Vec<u8>,
    #[prost(int32, tag = "4")]
    kind: i32,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(fixed64, tag = "6")]
    timestamp: u64,
    #[prost(uint64, tag = "7")]
    duration: u64,
    #[prost(message, optional, tag = "8")]
    local_endpoint: Option<Endpoint>,
    #[prost(message, optional, tag = "9")]
    remote_endpoint: Option<Endpoint>,
    #[prost(message, repeated, tag = "10")]
    annotations: Vec<Annotation>,
    /// A map, in the order in which the client holds it.
    #[prost(message, repeated, tag = "11")]
    tags: Vec<Tag>,
    #[prost(bool, tag = "13")]
    shared: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Endpoint {
    #[prost(string, tag = "1")]
    service_name: String,
    #[prost(bytes = "vec", tag = "2")]
    ipv4: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Annotation {
    #[prost(fixed64, tag = "1")]
    timestamp: u64,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct Tag {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

pub fn protobuf(spans: &[Span]) -> Vec<u8> {
    let spans = spans.iter().map(record).collect();
    ListOfSpans { spans }.encode_to_vec()
}

fn record(span: &Span) -> Record {
    let tags = span.attributes.iter().map(|(key, value)| Tag {
        key: (*key).to_owned(),
        value: match value {
            Value::Text(text) => text.to_string(),
            Value::Int(number) => number.to_string(),
        },
    });
    let error = span.error.iter().map(|message| Tag {
        key: "error".to_owned(),
        value: message.to_string(),
    });
    let annotations = span.events.iter().map(|event| Annotation {
        timestamp: event.time / 1000,
        value: annotation(event),
    });
    let address: std::net::Ipv4Addr = span
        .host
        .address()
        .parse()
        .expect("a host's address is one");
    Record {
        trace_id: span.trace_id.to_be_bytes().to_vec(),
        parent_id: span
            .parent
            .map_or_else(Vec::new, |id| id.to_be_bytes().to_vec()),
        id: span.id.to_be_bytes().to_vec(),
        kind: match span.kind {
            Kind::Internal => 0,
            Kind::Client => 1,
            Kind::Server => 2,
            Kind::Producer => 3,
            Kind::Consumer => 4,
        },
        name: span.name.to_string(),
        timestamp: span.start / 1000,
        duration: (span.duration / 1000).max(1),
        local_endpoint: Some(Endpoint {
            service_name: span.host.service.to_owned(),
            ipv4: address.octets().to_vec(),
        }),
        remote_endpoint: span.peer.map(|peer| Endpoint {
            service_name: peer.to_owned(),
            ipv4: Vec::new(),
        }),
        annotations: annotations.collect(),
        tags: tags.chain(error).collect(),
        shared: span.shared,
    }
}
