//! The single fields of a span in Zipkin's JSON, with the words that Zipkin has for bad ones.
use std::net::IpAddr;

use storage::span::{Endpoint, Kind};

use super::Reason;
use super::json::{Piece, Reader, State, Token};
use super::json_fault::{Fault, Read};
use super::json_text::{behind, plain_end};
use super::zipkin_rules::{self, BadId, NotMicros};

pub(super) fn id<T>(
    reader: &mut Reader<'_>,
    field: &str,
    parse: impl FnOnce(&[u8]) -> Result<T, BadId>,
) -> Read<T> {
    let piece = reader.string()?;
    parse(reader.bytes(piece)).map_err(|bad| {
        reader.unexpected(Reason::InvalidId, |reader| {
            bad.text(field, &reader.quote(piece))
        })
    })
}

pub(super) fn kind(reader: &mut Reader<'_>) -> Read<Kind> {
    let piece = reader.string()?;
    match reader.bytes(piece) {
        b"CLIENT" => Ok(Kind::Client),
        b"SERVER" => Ok(Kind::Server),
        b"PRODUCER" => Ok(Kind::Producer),
        b"CONSUMER" => Ok(Kind::Consumer),
        _ => Err(reader.unexpected(Reason::InvalidField, |reader| {
            format!("No enum constant zipkin2.Span.Kind.{}", reader.quote(piece))
        })),
    }
}

pub(super) fn timestamp(reader: &mut Reader<'_>) -> Read<Option<u64>> {
    let micros = reader.integer_truncated("a long")?;
    zipkin_rules::start_nanos(micros).map_err(|not| not_micros(reader, not))
}

pub(super) fn duration(reader: &mut Reader<'_>) -> Read<Option<i64>> {
    let micros = reader.integer_truncated("a long")?;
    zipkin_rules::duration_nanos(micros).map_err(|not| not_micros(reader, not))
}

pub(super) fn annotation_time(reader: &mut Reader<'_>) -> Read<i64> {
    let micros = reader.integer_truncated("a long")?;
    zipkin_rules::annotation_nanos(micros).map_err(|not| not_micros(reader, not))
}

/// A number of microseconds as it stands in the span.
pub(super) fn micros(reader: &mut Reader<'_>) -> Read<i64> {
    let micros = reader.integer_truncated("a long")?;
    i64::try_from(micros).map_err(|_| not_micros(reader, NotMicros::new(micros)))
}

/// The error of an annotation without its time or its text.
pub(super) fn incomplete(reader: &Reader<'_>) -> Box<Fault> {
    reader.unexpected(Reason::InvalidField, |reader| {
        format!("Incomplete annotation at {}", reader.path())
    })
}

fn not_micros(reader: &Reader<'_>, not: NotMicros) -> Box<Fault> {
    reader.unexpected(Reason::InvalidTime, |reader| {
        not.text(&format!(" at {}", reader.path()))
    })
}

impl Reader<'_> {
    /// A field whose name and value are plain strings with nothing but a colon between, which
    /// nearly all tags are. Anything else is left as it is.
    #[inline]
    pub(super) fn plain_pair(&mut self) -> Option<(Piece, Piece)> {
        if self.peeked != Some(Token::Name) {
            return None;
        }
        let name = self.position + 1;
        let name_end = plain_end(self.input, name)?;
        let value = behind(self.input, name_end, b"\":\"")?;
        let value_end = plain_end(self.input, value)?;
        let piece = |start, end| Piece::Input {
            start,
            length: end - start,
        };
        self.position = value_end + 1;
        self.level.name = (name as u32, (name_end - name) as u32);
        self.level.state = State::NonEmptyObject;
        self.value_ended();
        Some((piece(name, name_end), piece(value, value_end)))
    }
}

/// `None` when no part of it is known.
pub(super) fn endpoint(reader: &mut Reader<'_>) -> Read<Option<Endpoint>> {
    reader.begin_object()?;
    let mut endpoint = Endpoint::default();
    while reader.next_or_end()? {
        let name = reader.name()?;
        if reader.peek()? == Token::Null {
            reader.skip_value()?;
            continue;
        }
        match reader.bytes(name) {
            b"serviceName" => {
                let piece = reader.string()?;
                let service = String::from_utf8_lossy(reader.bytes(piece));
                endpoint.service = (!service.is_empty()).then(|| service.into_owned());
            }
            b"ipv4" | b"ipv6" => {
                let piece = reader.string()?;
                let text = std::str::from_utf8(reader.bytes(piece)).unwrap_or_default();
                match zipkin_rules::address(text) {
                    Some(IpAddr::V4(address)) => endpoint.ipv4 = Some(address),
                    Some(IpAddr::V6(address)) => endpoint.ipv6 = Some(address),
                    None => {}
                }
            }
            b"port" => endpoint.port = port(reader)?,
            _ => reader.skip_value()?,
        }
    }
    Ok((!endpoint.is_empty()).then_some(endpoint))
}

fn port(reader: &mut Reader<'_>) -> Read<Option<u16>> {
    let number = reader.integer_32("an int")?;
    if number <= 0 {
        return Ok(None);
    }
    match u16::try_from(number) {
        Ok(port) => Ok(Some(port)),
        Err(_) => {
            Err(reader.unexpected(Reason::InvalidField, |_| format!("invalid port {number}")))
        }
    }
}
