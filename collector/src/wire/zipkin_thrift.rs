//! Zipkin's thrift on its way in: a list of structs of the first model, in the binary protocol and
//! without a message around it.
//!
//! A field counts only with both its number and its type; anything else is passed over.
use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use storage::batch::Text;
use storage::span::Endpoint;

use super::thrift::{BOOL, Field, I16, I32, I64, LIST, Piece, Reader, STRING, STRUCT};
use super::trouble::{Malformed, Refusal, Trouble};
use super::zipkin_intake::Intake;
use super::zipkin_rules;
use super::zipkin_v1::{Host, V1Annotation, V1BinaryAnnotation, V1Span, is_address};
use super::zipkin_v1_convert::convert;
use super::{Decoded, SPAN_BYTES_MAX, Undecodable, check_length};

const READING: &str = " reading List<Span> from TBinary";

/// The two types of binary annotations that say something: the rest Zipkin drops.
const TYPE_BOOL: i32 = 0;
const TYPE_STRING: i32 = 6;

/// Reads a list of spans. Nothing behind the list is looked at.
///
/// # Errors
/// When the bytes are not thrift.
pub fn decode(body: Bytes) -> Result<Decoded, Undecodable> {
    check_length(&body)?;
    let mut walker = Walker {
        intake: Intake::new(body.clone()),
        reader: Reader::new(&body),
        span: V1Span::default(),
    };
    let read = if body.is_empty() {
        Ok(())
    } else {
        walker.read_list()
    };
    match read {
        Ok(()) => Ok(walker.intake.into_decoded()),
        Err(malformed) => Err(Undecodable(malformed.zipkin_text(READING))),
    }
}

struct Walker<'a> {
    intake: Intake<'a>,
    reader: Reader<'a>,
    span: V1Span,
}

type Walk<T> = Result<T, Trouble>;

impl<'a> Walker<'a> {
    fn read_list(&mut self) -> Result<(), Malformed> {
        // The type of the elements is not looked at: a reporter once said that they were strings.
        let (_, count) = self.reader.list()?;
        for _ in 0..count {
            let begin = self.reader.clone();
            match self.read_span() {
                Ok(()) => {}
                Err(Trouble::Malformed(malformed)) => return Err(malformed),
                Err(Trouble::Refused(refusal)) => {
                    self.reader = begin;
                    self.reader.skip(STRUCT)?;
                    self.intake
                        .refuse(refusal.reason, || format!("{}{READING}", refusal.text));
                }
            }
        }
        Ok(())
    }

    fn read_span(&mut self) -> Walk<()> {
        self.intake.begin_span()?;
        self.span.clear();
        let start = self.reader.position();
        while let Some(field) = self.reader.field()? {
            self.read_field(field)?;
        }
        if self.reader.position() - start > SPAN_BYTES_MAX {
            return Err(Refusal::too_large().into());
        }
        Ok(convert(&mut self.intake, &mut self.span)?)
    }

    fn read_field(&mut self, field: Field) -> Walk<()> {
        match (field.id, field.of) {
            (1, I64) => self.span.trace_id = self.reader.i64()? as u64,
            (3, STRING) => self.span.name = self.text()?,
            (4, I64) => self.span.id = self.reader.i64()? as u64,
            (5, I64) => self.span.parent_id = self.reader.i64()? as u64,
            (6, LIST) => {
                for _ in 0..self.structs()? {
                    self.read_annotation()?;
                }
            }
            (8, LIST) => {
                for _ in 0..self.structs()? {
                    self.read_binary_annotation()?;
                }
            }
            (9, BOOL) => self.span.debug = self.reader.byte()? == 1,
            (10, I64) => self.span.timestamp = self.reader.i64()?,
            (11, I64) => self.span.duration = self.reader.i64()?,
            (12, I64) => self.span.trace_id_high = self.reader.i64()? as u64,
            (_, of) => self.reader.skip(of)?,
        }
        Ok(())
    }

    /// How many structs of a list follow. A list of anything else is passed over.
    fn structs(&mut self) -> Result<usize, Malformed> {
        let begin = self.reader.clone();
        let (of, count) = self.reader.list()?;
        if of == STRUCT {
            return Ok(count);
        }
        self.reader = begin;
        self.reader.skip(LIST)?;
        Ok(0)
    }

    fn text(&mut self) -> Walk<Text> {
        let Piece { start, bytes } = self.reader.bytes()?;
        Ok(self.intake.body_text(start, bytes))
    }

    fn read_annotation(&mut self) -> Walk<()> {
        let (mut timestamp, mut value, mut host) = (0, None, None);
        while let Some(field) = self.reader.field()? {
            match (field.id, field.of) {
                (1, I64) => timestamp = self.reader.i64()?,
                (2, STRING) => value = Some(self.text()?),
                (3, STRUCT) => host = self.host()?,
                (_, of) => self.reader.skip(of)?,
            }
        }
        match value {
            Some(value) if timestamp != 0 => Ok(self.span.add_annotation(V1Annotation {
                timestamp,
                value,
                host,
            })?),
            _ => Ok(()),
        }
    }

    fn read_binary_annotation(&mut self) -> Walk<()> {
        let (mut key, mut value, mut of_type, mut host) = (None, None, None, None);
        while let Some(field) = self.reader.field()? {
            match (field.id, field.of) {
                (1, STRING) => key = Some(self.text()?),
                (2, STRING) => value = Some(self.reader.bytes()?),
                (3, I32) => of_type = Some(self.reader.i32()?),
                (4, STRUCT) => host = self.host()?,
                (_, of) => self.reader.skip(of)?,
            }
        }
        let (Some(key), Some(value)) = (key, value) else {
            return Ok(());
        };
        let value = match of_type {
            Some(TYPE_STRING) => self.intake.body_text(value.start, value.bytes),
            Some(TYPE_BOOL)
                if value.bytes == [1]
                    && host.is_some()
                    && is_address(self.intake.batch.bytes(key)) =>
            {
                Text::default()
            }
            _ => return Ok(()),
        };
        Ok(self
            .span
            .add_binary_annotation(V1BinaryAnnotation { key, value, host })?)
    }

    fn host(&mut self) -> Walk<Option<Host>> {
        let mut endpoint = Endpoint::default();
        while let Some(field) = self.reader.field()? {
            match (field.id, field.of) {
                (1, I32) => {
                    let address = self.reader.i32()? as u32;
                    endpoint.ipv4 = (address != 0).then(|| Ipv4Addr::from(address));
                }
                // A number without a sign, whatever thrift calls it.
                (2, I16) => {
                    let port = self.reader.i16()? as u16;
                    endpoint.port = (port != 0).then_some(port);
                }
                (3, STRING) => {
                    let name = self.reader.bytes()?.bytes;
                    endpoint.service = zipkin_rules::service(name, &mut self.intake.texts_repaired);
                }
                (4, STRING) => match zipkin_rules::address_of_bytes(self.reader.bytes()?.bytes) {
                    Some(IpAddr::V4(address)) => endpoint.ipv4 = Some(address),
                    Some(IpAddr::V6(address)) => endpoint.ipv6 = Some(address),
                    None => {}
                },
                (_, of) => self.reader.skip(of)?,
            }
        }
        Ok(self.span.hosts.add(Some(endpoint))?)
    }
}
