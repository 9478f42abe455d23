//! The compact bytes of the nested parts of a span (values, events, links, endpoints, resources,
//! scopes): written by codecs into a batch, kept as they are at rest, read back into plain data.
//!
//! Numbers are LEB128 varints, signed ones zigzag; texts and lists carry their length first.
//! A tag byte, once given a meaning, is never given another: these bytes are on disk.
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::span::{Attribute, Endpoint, Event, Link, Resource, Scope, Value};

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

pub fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub fn put_signed(out: &mut Vec<u8>, number: i64) {
    put_varint(out, ((number << 1) ^ (number >> 63)) as u64);
}

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

/// The bytes end too early or cannot have been written by this file.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("malformed bytes at offset {0}")]
pub struct Malformed(pub usize);

type Read<T> = Result<T, Malformed>;

/// Reads what the functions above wrote. Never panics and never allocates more than the input
/// can hold, whatever the bytes are.
#[derive(Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    pub const fn is_at_end(&self) -> bool {
        self.position >= self.bytes.len()
    }

    pub const fn position(&self) -> usize {
        self.position
    }

    pub fn byte(&mut self) -> Read<u8> {
        let byte = *self
            .bytes
            .get(self.position)
            .ok_or(Malformed(self.position))?;
        self.position += 1;
        Ok(byte)
    }

    pub fn take(&mut self, length: usize) -> Read<&'a [u8]> {
        let end = self
            .position
            .checked_add(length)
            .ok_or(Malformed(self.position))?;
        let bytes = self
            .bytes
            .get(self.position..end)
            .ok_or(Malformed(self.position))?;
        self.position = end;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let start = self.position;
        self.take(N)?.try_into().map_err(|_| Malformed(start))
    }

    pub fn fixed32(&mut self) -> Read<u32> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub fn fixed64(&mut self) -> Read<u64> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    pub fn fixed128(&mut self) -> Read<u128> {
        Ok(u128::from_be_bytes(self.array()?))
    }

    pub fn double(&mut self) -> Read<f64> {
        Ok(f64::from_le_bytes(self.array()?))
    }

    pub fn varint(&mut self) -> Read<u64> {
        let start = self.position;
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Malformed(start))
    }

    pub fn varint32(&mut self) -> Read<u32> {
        let start = self.position;
        u32::try_from(self.varint()?).map_err(|_| Malformed(start))
    }

    pub fn signed(&mut self) -> Read<i64> {
        let number = self.varint()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// A length or a count: never more than the bytes that are left, so that it bounds memory.
    pub fn length(&mut self) -> Read<usize> {
        let start = self.position;
        let length = self.varint()?;
        match usize::try_from(length) {
            Ok(length) if length <= self.bytes.len() - self.position => Ok(length),
            _ => Err(Malformed(start)),
        }
    }

    pub fn bytes(&mut self) -> Read<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    pub fn text(&mut self) -> Read<String> {
        Ok(String::from_utf8_lossy(self.bytes()?).into_owned())
    }

    pub fn value(&mut self) -> Read<Value> {
        self.value_within(VALUE_DEPTH_MAX + 1)
    }

    fn value_within(&mut self, depth: usize) -> Read<Value> {
        let start = self.position;
        let depth = depth.checked_sub(1).ok_or(Malformed(start))?;
        Ok(match self.byte()? {
            tag::EMPTY => Value::Empty,
            tag::STRING => Value::String(self.text()?),
            tag::FALSE => Value::Bool(false),
            tag::TRUE => Value::Bool(true),
            tag::INT => Value::Int(self.signed()?),
            tag::DOUBLE => Value::Double(self.double()?),
            tag::BYTES => Value::Bytes(self.bytes()?.to_vec()),
            tag::ARRAY => {
                let count = self.length()?;
                let mut values = Vec::new();
                for _ in 0..count {
                    values.push(self.value_within(depth)?);
                }
                Value::Array(values)
            }
            tag::MAP => Value::Map(self.attributes_within(depth)?),
            _ => return Err(Malformed(start)),
        })
    }

    pub fn attributes(&mut self) -> Read<Vec<Attribute>> {
        self.attributes_within(VALUE_DEPTH_MAX + 1)
    }

    fn attributes_within(&mut self, depth: usize) -> Read<Vec<Attribute>> {
        let count = self.length()?;
        let mut attributes = Vec::new();
        for _ in 0..count {
            attributes.push(Attribute {
                key: self.text()?,
                value: self.value_within(depth)?,
            });
        }
        Ok(attributes)
    }

    pub fn details(&mut self) -> Read<Details> {
        let mut details = Details {
            status_message: self.text()?,
            trace_state: self.text()?,
            ..Details::default()
        };
        for _ in 0..self.length()? {
            details.events.push(Event {
                time: self.signed()?,
                name: self.text()?,
                attributes: self.attributes()?,
                dropped_attributes: self.varint32()?,
            });
        }
        for _ in 0..self.length()? {
            details.links.push(Link {
                trace_id: self.fixed128()?,
                span_id: self.fixed64()?,
                trace_state: self.text()?,
                attributes: self.attributes()?,
                dropped_attributes: self.varint32()?,
                flags: self.varint32()?,
            });
        }
        details.dropped_attributes = self.varint32()?;
        details.dropped_events = self.varint32()?;
        details.dropped_links = self.varint32()?;
        Ok(details)
    }

    /// `None` when no part is present.
    pub fn endpoint(&mut self) -> Read<Option<Endpoint>> {
        let flags = self.byte()?;
        let mut endpoint = Endpoint::default();
        if flags & 1 != 0 {
            endpoint.service = Some(self.text()?);
        }
        if flags & 2 != 0 {
            endpoint.ipv4 = Some(Ipv4Addr::from(self.array::<4>()?));
        }
        if flags & 4 != 0 {
            endpoint.ipv6 = Some(Ipv6Addr::from(self.array::<16>()?));
        }
        if flags & 8 != 0 {
            let start = self.position;
            endpoint.port = Some(u16::try_from(self.varint()?).map_err(|_| Malformed(start))?);
        }
        Ok((!endpoint.is_empty()).then_some(endpoint))
    }

    pub fn source(&mut self) -> Read<Source> {
        let local_endpoint = self.endpoint()?;
        let mut resource = Resource {
            attributes: self.attributes()?,
            dropped_attributes: self.varint32()?,
            schema_url: self.text()?,
            entity_refs: Vec::new(),
        };
        for _ in 0..self.length()? {
            resource.entity_refs.push(self.bytes()?.to_vec());
        }
        let scope = Scope {
            name: self.text()?,
            version: self.text()?,
            attributes: self.attributes()?,
            dropped_attributes: self.varint32()?,
            schema_url: self.text()?,
        };
        Ok(Source {
            local_endpoint,
            resource,
            scope,
        })
    }
}
