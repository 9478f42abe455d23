//! The shape of a span: everything but its ids, times and values, as the bytes that the dictionary
//! keeps once for all spans that have it.
use crate::batch::{AttributeRow, SpanBatch, SpanRow, ValueRow};
use crate::encoding::{self, Malformed, Reader};
use crate::span::{Format, Kind, StatusCode};

/// How an attribute's value is written; part of the shape. Never reused.
pub(super) mod form {
    pub(in crate::local::record) const EMPTY: u8 = 0;
    pub(in crate::local::record) const STRING: u8 = 1;
    pub(in crate::local::record) const FALSE: u8 = 2;
    pub(in crate::local::record) const TRUE: u8 = 3;
    pub(in crate::local::record) const INT: u8 = 4;
    pub(in crate::local::record) const DOUBLE: u8 = 5;
    pub(in crate::local::record) const ENCODED: u8 = 6;
}

/// Bits of a shape's third byte.
pub(super) mod shape_bit {
    pub(in crate::local::record) const SHARED: u8 = 1;
    pub(in crate::local::record) const DEBUG: u8 = 2;
    pub(in crate::local::record) const START: u8 = 4;
    pub(in crate::local::record) const DURATION: u8 = 8;
    pub(in crate::local::record) const DETAILS: u8 = 16;
}

pub(super) fn put_shape(
    out: &mut Vec<u8>,
    batch: &SpanBatch,
    row: &SpanRow,
    attributes: &[AttributeRow],
) {
    out.push(match row.format {
        Format::Zipkin => 0,
        Format::Otlp => 1,
    });
    out.push(row.kind.number() | row.status.number() << 4);
    let mut bits = 0;
    for (bit, is_set) in [
        (shape_bit::SHARED, row.shared),
        (shape_bit::DEBUG, row.debug),
        (shape_bit::START, row.start.is_some()),
        (shape_bit::DURATION, row.duration.is_some()),
        (shape_bit::DETAILS, !row.details.is_empty()),
    ] {
        bits |= if is_set { bit } else { 0 };
    }
    out.push(bits);
    encoding::put_varint(out, row.flags.into());
    encoding::put_bytes(out, batch.bytes(row.name));
    encoding::put_bytes(out, batch.bytes(row.remote_endpoint));
    encoding::put_varint(out, attributes.len() as u64);
    for attribute in attributes {
        out.push(match attribute.value {
            ValueRow::Empty => form::EMPTY,
            ValueRow::String(_) => form::STRING,
            ValueRow::Bool(false) => form::FALSE,
            ValueRow::Bool(true) => form::TRUE,
            ValueRow::Int(_) => form::INT,
            ValueRow::Double(_) => form::DOUBLE,
            ValueRow::Encoded(_) => form::ENCODED,
        });
        encoding::put_bytes(out, batch.bytes(attribute.key));
    }
}

/// The keys of a shape's attributes.
pub(in crate::local) fn shape_keys(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    read_shape(bytes)
        .ok()
        .map(|shape| shape.attributes.into_iter().map(|(_, key)| key).collect())
}

pub(super) struct ShapeView<'a> {
    pub(super) format: Format,
    pub(super) kind: Kind,
    pub(super) status: StatusCode,
    pub(super) bits: u8,
    pub(super) flags: u32,
    pub(super) name: &'a [u8],
    pub(super) remote_endpoint: &'a [u8],
    pub(super) attributes: Vec<(u8, &'a [u8])>,
}

pub(super) fn read_shape(bytes: &[u8]) -> Result<ShapeView<'_>, Malformed> {
    let mut reader = Reader::new(bytes);
    let format = if reader.byte()? == 1 {
        Format::Otlp
    } else {
        Format::Zipkin
    };
    let kind_and_status = reader.byte()?;
    let mut shape = ShapeView {
        format,
        kind: Kind::from_number(u64::from(kind_and_status & 15)),
        status: StatusCode::from_number(u64::from(kind_and_status >> 4)),
        bits: reader.byte()?,
        flags: reader.varint32()?,
        name: reader.bytes()?,
        remote_endpoint: reader.bytes()?,
        attributes: Vec::new(),
    };
    for _ in 0..reader.length()? {
        shape.attributes.push((reader.byte()?, reader.bytes()?));
    }
    Ok(shape)
}
