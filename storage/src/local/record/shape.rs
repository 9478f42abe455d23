//! The shape of a span: everything but its ids, times and values, as the bytes that the dictionary
//! keeps once for all spans that have it.
use crate::batch::{AttributeRow, SpanBatch, SpanRow, Text, ValueRow};
use crate::encoding::{self, Malformed, Reader};
use crate::failure::{Code, Codes};
use crate::semconv;
use crate::span::{Format, Kind, StatusCode, Value};
use crate::tags;

/// How an attribute's value is written; part of the shape. Never reused.
pub(in crate::local) mod form {
    pub(in crate::local) const EMPTY: u8 = 0;
    pub(in crate::local) const STRING: u8 = 1;
    pub(in crate::local) const FALSE: u8 = 2;
    pub(in crate::local) const TRUE: u8 = 3;
    pub(in crate::local) const INT: u8 = 4;
    pub(in crate::local) const DOUBLE: u8 = 5;
    pub(in crate::local) const ENCODED: u8 = 6;
    /// Not an attribute: where the other side of a Zipkin span is, its service aside, which is part
    /// of the shape. Its port is often another for each span.
    pub(in crate::local) const ADDRESS: u8 = 7;
}

/// Bits of a shape's third byte.
pub(in crate::local) mod shape_bit {
    pub(in crate::local) const SHARED: u8 = 1;
    pub(in crate::local) const DEBUG: u8 = 2;
    pub(in crate::local) const START: u8 = 4;
    pub(in crate::local) const DURATION: u8 = 8;
    pub(in crate::local) const DETAILS: u8 = 16;
    /// Values tell of a failure that neither the status nor an attribute `error` says. Spans
    /// written before this bit was known do not have it.
    pub(in crate::local) const FAILED: u8 = 32;
}

/// Does an attribute of this form have a value beside its shape?
pub(in crate::local) const fn is_column(form: u8) -> bool {
    !matches!(form, form::EMPTY | form::FALSE | form::TRUE)
}

const fn form_of(value: &ValueRow) -> u8 {
    match value {
        ValueRow::Empty => form::EMPTY,
        ValueRow::String(_) => form::STRING,
        ValueRow::Bool(false) => form::FALSE,
        ValueRow::Bool(true) => form::TRUE,
        ValueRow::Int(_) => form::INT,
        ValueRow::Double(_) => form::DOUBLE,
        ValueRow::Encoded(_) => form::ENCODED,
    }
}

/// Service, and flags and place of the address, of a remote endpoint as it is encoded.
fn split_endpoint(batch: &SpanBatch, endpoint: Text) -> Option<(&[u8], u8, Text)> {
    let mut reader = Reader::new(batch.bytes(endpoint));
    let flags = reader.byte().ok()?;
    let service = if flags & 1 == 0 {
        &[][..]
    } else {
        reader.bytes().ok()?
    };
    Some((service, flags & !1, endpoint.skip(reader.position())))
}

/// The values of a span that have a column: key and value, an address first.
pub(super) fn column_values<'a>(
    batch: &'a SpanBatch,
    row: &SpanRow,
    attributes: &'a [AttributeRow],
) -> impl Iterator<Item = (Option<Text>, ValueRow)> + use<'a> {
    let address = split_endpoint(batch, row.remote_endpoint)
        .filter(|(_, flags, _)| *flags != 0)
        .map(|(_, _, address)| (None, ValueRow::Encoded(address)));
    let values = attributes
        .iter()
        .filter(|attribute| is_column(form_of(&attribute.value)))
        .map(|attribute| (Some(attribute.key), attribute.value));
    address.into_iter().chain(values)
}

pub(in crate::local) fn put_shape(
    out: &mut Vec<u8>,
    batch: &SpanBatch,
    row: &SpanRow,
    attributes: &[AttributeRow],
) {
    let format = match row.format {
        Format::Zipkin => 0,
        Format::Otlp => 1,
        Format::Log => 2,
    };
    let bit = |is_set: bool, bit: u8| if is_set { bit } else { 0 };
    let bits = bit(row.shared, shape_bit::SHARED)
        | bit(row.debug, shape_bit::DEBUG)
        | bit(row.start.is_some(), shape_bit::START)
        | bit(row.duration.is_some(), shape_bit::DURATION)
        | bit(!row.details.is_empty(), shape_bit::DETAILS)
        | bit(tells_failure(batch, row, attributes), shape_bit::FAILED);
    out.extend_from_slice(&[format, row.kind.number() | row.status.number() << 4, bits]);
    encoding::put_varint(out, row.flags.into());
    encoding::put_bytes(out, batch.bytes(row.name));
    let (service, flags, _) = split_endpoint(batch, row.remote_endpoint).unwrap_or_default();
    encoding::put_bytes(out, service);
    out.push(flags);
    let address = usize::from(flags != 0);
    encoding::put_varint(out, (attributes.len() + address) as u64);
    if flags != 0 {
        out.push(form::ADDRESS);
        encoding::put_bytes(out, b"");
    }
    for attribute in attributes {
        out.push(form_of(&attribute.value));
        encoding::put_bytes(out, batch.bytes(attribute.key));
    }
}

/// As [`crate::semconv::failed`], of what the status leaves open.
fn tells_failure(batch: &SpanBatch, row: &SpanRow, attributes: &[AttributeRow]) -> bool {
    if row.status != StatusCode::Unset || row.format == Format::Log {
        return false;
    }
    let mut codes = Codes::default();
    for attribute in attributes {
        codes.add(batch.bytes(attribute.key), || match attribute.value {
            ValueRow::Int(number) => Code::Int(number),
            ValueRow::String(text) => Code::Text(String::from_utf8_lossy(batch.bytes(text))),
            value => {
                let value = batch.value(value).unwrap_or(Value::Empty);
                Code::Text(tags::text(&value).into_owned().into())
            }
        });
    }
    codes.tell_failure(row.kind) || has_escaped(batch, row.details)
}

/// Is there an exception that left the span? Few spans have details.
fn has_escaped(batch: &SpanBatch, details: Text) -> bool {
    let details = batch.bytes(details);
    !details.is_empty()
        && Reader::new(details)
            .details()
            .is_ok_and(|details| details.events.iter().any(semconv::is_escaped))
}

/// A shape's bytes, read.
pub(in crate::local) struct ShapeView<'a> {
    pub(in crate::local) format: Format,
    pub(in crate::local) kind: Kind,
    pub(in crate::local) status: StatusCode,
    pub(in crate::local) bits: u8,
    pub(in crate::local) flags: u32,
    pub(in crate::local) name: &'a [u8],
    /// Zipkin's remote service; empty is absent.
    pub(in crate::local) remote_service: &'a [u8],
    /// Which parts of an address the spans have, as in an encoded endpoint.
    pub(in crate::local) address_flags: u8,
    /// Form and key of each attribute, in order.
    pub(in crate::local) attributes: Vec<(u8, &'a [u8])>,
}

pub(in crate::local) fn read_shape(bytes: &[u8]) -> Result<ShapeView<'_>, Malformed> {
    let mut reader = Reader::new(bytes);
    let format = match reader.byte()? {
        1 => Format::Otlp,
        2 => Format::Log,
        _ => Format::Zipkin,
    };
    let kind_and_status = reader.byte()?;
    let mut shape = ShapeView {
        format,
        kind: Kind::from_number(u64::from(kind_and_status & 15)),
        status: StatusCode::from_number(u64::from(kind_and_status >> 4)),
        bits: reader.byte()?,
        flags: reader.varint32()?,
        name: reader.bytes()?,
        remote_service: reader.bytes()?,
        address_flags: reader.byte()?,
        attributes: Vec::new(),
    };
    for _ in 0..reader.length()? {
        shape.attributes.push((reader.byte()?, reader.bytes()?));
    }
    Ok(shape)
}
