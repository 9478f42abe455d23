//! Reading the bytes of `encoding`, whatever they are: never a panic, never more memory than the
//! input could hold.
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::encoding::{Details, Source, VALUE_DEPTH_MAX, tag};
use crate::span::{Attribute, Endpoint, Event, Link, Resource, Scope, Value};

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

    #[inline]
    pub fn varint(&mut self) -> Read<u64> {
        match self.bytes.get(self.position) {
            // Most numbers are small.
            Some(byte) if *byte < 0x80 => {
                self.position += 1;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Read<u64> {
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

    #[inline]
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

    /// A text that its readers share.
    pub fn shared_text(&mut self) -> Read<Arc<str>> {
        Ok(String::from_utf8_lossy(self.bytes()?).into())
    }

    pub fn value(&mut self) -> Read<Value> {
        self.value_within(VALUE_DEPTH_MAX + 1)
    }

    fn value_within(&mut self, depth: usize) -> Read<Value> {
        let start = self.position;
        let depth = depth.checked_sub(1).ok_or(Malformed(start))?;
        Ok(match self.byte()? {
            tag::EMPTY => Value::Empty,
            tag::STRING => Value::String(self.shared_text()?),
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
                key: self.shared_text()?,
                value: self.value_within(depth)?,
            });
        }
        Ok(attributes)
    }

    /// The first attribute with this key, if it is a string.
    pub fn text_of(&mut self, key: &[u8]) -> Read<Option<&'a [u8]>> {
        let [text] = self.texts_of([key])?;
        Ok(text)
    }

    /// As [`Self::text_of`] for several keys at once.
    pub fn texts_of<const N: usize>(&mut self, keys: [&[u8]; N]) -> Read<[Option<&'a [u8]>; N]> {
        let mut met = [false; N];
        let mut texts = [None; N];
        for _ in 0..self.length()? {
            let key = self.bytes()?;
            let wanted = keys.iter().position(|wanted| *wanted == key);
            let Some(place) = wanted.filter(|place| !met[*place]) else {
                self.skip_value_within(VALUE_DEPTH_MAX + 1)?;
                continue;
            };
            met[place] = true;
            if self.bytes.get(self.position) == Some(&tag::STRING) {
                self.position += 1;
                texts[place] = Some(self.bytes()?);
            } else {
                self.skip_value_within(VALUE_DEPTH_MAX + 1)?;
            }
            if met == [true; N] {
                break;
            }
        }
        Ok(texts)
    }

    fn skip_value_within(&mut self, depth: usize) -> Read<()> {
        let start = self.position;
        let depth = depth.checked_sub(1).ok_or(Malformed(start))?;
        match self.byte()? {
            tag::EMPTY | tag::FALSE | tag::TRUE => {}
            tag::STRING | tag::BYTES => drop(self.bytes()?),
            tag::INT => drop(self.varint()?),
            tag::DOUBLE => drop(self.array::<8>()?),
            list @ (tag::ARRAY | tag::MAP) => {
                for _ in 0..self.length()? {
                    if list == tag::MAP {
                        self.bytes()?;
                    }
                    self.skip_value_within(depth)?;
                }
            }
            _ => return Err(Malformed(start)),
        }
        Ok(())
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
