//! The compact bytes of the nested parts of a span (values, events, links, endpoints, resources,
//! scopes): written by codecs into a batch, kept as they are at rest, read back into plain data.
//!
//! Numbers are LEB128 varints, signed ones zigzag; texts and lists carry their length first.
//! A tag byte, once given a meaning, is never given another: these bytes are on disk.
mod read;
mod source_draft;

use crate::span::{Attribute, Endpoint, Event, Link, Resource, Scope, Value};

pub use read::{Malformed, Reader};
pub use source_draft::{ResourceDraft, ScopeDraft};

/// How deeply values may nest. Codecs refuse deeper input, so readers never recurse further.
pub const VALUE_DEPTH_MAX: usize = 32;

/// The parts of a span that few spans have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Details {
    pub status_message: String,
    pub trace_state: String,
    pub events: Vec<Event>,
    pub links: Vec<Link>,
    pub dropped_attributes: u32,
    pub dropped_events: u32,
    pub dropped_links: u32,
}

impl Details {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Who recorded a span: the same for many spans, hence kept once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    pub local_endpoint: Option<Endpoint>,
    pub resource: Resource,
    pub scope: Scope,
}

#[inline]
pub fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[inline]
pub fn put_signed(out: &mut Vec<u8>, number: i64) {
    put_varint(out, ((number << 1) ^ (number >> 63)) as u64);
}

#[inline]
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// The tag byte of each kind of value.
pub(crate) mod tag {
    pub(crate) const EMPTY: u8 = 0;
    pub(crate) const STRING: u8 = 1;
    pub(crate) const FALSE: u8 = 2;
    pub(crate) const TRUE: u8 = 3;
    pub(crate) const INT: u8 = 4;
    pub(crate) const DOUBLE: u8 = 5;
    pub(crate) const BYTES: u8 = 6;
    pub(crate) const ARRAY: u8 = 7;
    pub(crate) const MAP: u8 = 8;
}

pub fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Empty => out.push(tag::EMPTY),
        Value::String(text) => {
            out.push(tag::STRING);
            put_bytes(out, text.as_bytes());
        }
        Value::Bool(value) => out.push(if *value { tag::TRUE } else { tag::FALSE }),
        Value::Int(number) => {
            out.push(tag::INT);
            put_signed(out, *number);
        }
        Value::Double(number) => {
            out.push(tag::DOUBLE);
            out.extend_from_slice(&number.to_le_bytes());
        }
        Value::Bytes(bytes) => {
            out.push(tag::BYTES);
            put_bytes(out, bytes);
        }
        Value::Array(values) => {
            out.push(tag::ARRAY);
            put_varint(out, values.len() as u64);
            for value in values {
                put_value(out, value);
            }
        }
        Value::Map(entries) => {
            out.push(tag::MAP);
            put_attributes(out, entries);
        }
    }
}

pub fn put_attributes(out: &mut Vec<u8>, attributes: &[Attribute]) {
    put_varint(out, attributes.len() as u64);
    for attribute in attributes {
        put_bytes(out, attribute.key.as_bytes());
        put_value(out, &attribute.value);
    }
}

pub fn put_details(out: &mut Vec<u8>, details: &Details) {
    put_bytes(out, details.status_message.as_bytes());
    put_bytes(out, details.trace_state.as_bytes());
    put_varint(out, details.events.len() as u64);
    for event in &details.events {
        put_signed(out, event.time);
        put_bytes(out, event.name.as_bytes());
        put_attributes(out, &event.attributes);
        put_varint(out, event.dropped_attributes.into());
    }
    put_varint(out, details.links.len() as u64);
    for link in &details.links {
        out.extend_from_slice(&link.trace_id.to_be_bytes());
        out.extend_from_slice(&link.span_id.to_be_bytes());
        put_bytes(out, link.trace_state.as_bytes());
        put_attributes(out, &link.attributes);
        put_varint(out, link.dropped_attributes.into());
        put_varint(out, link.flags.into());
    }
    put_varint(out, details.dropped_attributes.into());
    put_varint(out, details.dropped_events.into());
    put_varint(out, details.dropped_links.into());
}

/// Flag bits say which parts follow: service 1, IPv4 2, IPv6 4, port 8.
pub fn put_endpoint(out: &mut Vec<u8>, endpoint: &Endpoint) {
    let flags = u8::from(endpoint.service.is_some())
        | u8::from(endpoint.ipv4.is_some()) << 1
        | u8::from(endpoint.ipv6.is_some()) << 2
        | u8::from(endpoint.port.is_some()) << 3;
    out.push(flags);
    if let Some(service) = &endpoint.service {
        put_bytes(out, service.as_bytes());
    }
    if let Some(address) = endpoint.ipv4 {
        out.extend_from_slice(&address.octets());
    }
    if let Some(address) = endpoint.ipv6 {
        out.extend_from_slice(&address.octets());
    }
    if let Some(port) = endpoint.port {
        put_varint(out, port.into());
    }
}

pub fn put_source(out: &mut Vec<u8>, source: &Source) {
    match &source.local_endpoint {
        Some(endpoint) => put_endpoint(out, endpoint),
        None => out.push(0),
    }
    put_attributes(out, &source.resource.attributes);
    put_varint(out, source.resource.dropped_attributes.into());
    put_bytes(out, source.resource.schema_url.as_bytes());
    put_varint(out, source.resource.entity_refs.len() as u64);
    for entity in &source.resource.entity_refs {
        put_bytes(out, entity);
    }
    put_bytes(out, source.scope.name.as_bytes());
    put_bytes(out, source.scope.version.as_bytes());
    put_attributes(out, &source.scope.attributes);
    put_varint(out, source.scope.dropped_attributes.into());
    put_bytes(out, source.scope.schema_url.as_bytes());
}
