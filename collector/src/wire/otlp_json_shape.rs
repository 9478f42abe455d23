//! The shapes that OTLP in JSON is made of: objects and lists of which any part may be `null`, ids
//! in hex, enums by number or name.
use opentelemetry_proto::tonic::common::v1::EntityRef;

use super::Reason;
use super::hex;
use super::json::{Piece, Reader};
use super::json_fault::{Fault, Read};
use super::json_skip::Mark;
use super::otlp_span::Id;
use super::trouble::Refusal;

/// Reads the fields of an object that are not null. A null object has none.
pub(super) fn fields(
    reader: &mut Reader<'_>,
    field: impl FnMut(&mut Reader<'_>, Piece) -> Read<()>,
) -> Read<()> {
    if reader.skip_null()? {
        return Ok(());
    }
    object(reader, field)
}

/// As [`fields`] of an object that must be one.
pub(super) fn object(
    reader: &mut Reader<'_>,
    mut field: impl FnMut(&mut Reader<'_>, Piece) -> Read<()>,
) -> Read<()> {
    reader.begin_object()?;
    while reader.next_or_end()? {
        let name = reader.name()?;
        if !reader.skip_null()? {
            field(reader, name)?;
        }
    }
    Ok(())
}

/// Reads the elements of a list.
pub(super) fn elements(
    reader: &mut Reader<'_>,
    mut element: impl FnMut(&mut Reader<'_>) -> Read<()>,
) -> Read<()> {
    reader.begin_array()?;
    while reader.next_or_end()? {
        element(reader)?;
    }
    Ok(())
}

/// A bad resource or scope is no reason to refuse the request, but one to refuse its spans.
pub(super) fn refusable(
    reader: &mut Reader<'_>,
    mark: &Mark,
    read: Read<()>,
    good: &mut Result<(), Refusal>,
) -> Read<()> {
    let Err(fault) = read else {
        return Ok(());
    };
    *good = Err(refusal(fault)?);
    reader.leave(mark)
}

/// What ends only the thing that was read; any other fault ends the request.
pub(super) fn refusal(fault: Box<Fault>) -> Read<Refusal> {
    match *fault {
        Fault::Unexpected(reason, text) => Ok(Refusal {
            reason,
            text: text.into(),
        }),
        _ => Err(fault),
    }
}

fn string(reader: &mut Reader<'_>) -> Read<String> {
    let piece = reader.string()?;
    Ok(String::from_utf8_lossy(reader.bytes(piece)).into_owned())
}

pub(super) fn read_text(reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Read<()> {
    let piece = reader.string()?;
    out.clear();
    out.extend_from_slice(reader.bytes(piece));
    Ok(())
}

pub(super) fn trace_id(reader: &mut Reader<'_>) -> Read<Id<u128>> {
    let piece = reader.string()?;
    Ok(hex(reader.bytes(piece), 32))
}

pub(super) fn span_id(reader: &mut Reader<'_>) -> Read<Id<u64>> {
    let piece = reader.string()?;
    Ok(match hex(reader.bytes(piece), 16) {
        Id::Number(number) => Id::Number(number as u64),
        Id::Absent => Id::Absent,
        Id::Malformed => Id::Malformed,
    })
}

/// Hex digits of either case.
fn hex(text: &[u8], digits: usize) -> Id<u128> {
    if text.is_empty() {
        return Id::Absent;
    }
    if text.len() != digits {
        return Id::Malformed;
    }
    // In halves, since 128-bit numbers are slow to shift.
    let (high, low) = text.split_at(text.len() - 16);
    match (
        hex::half(high, &hex::ANY_CASE),
        hex::half(low, &hex::ANY_CASE),
    ) {
        (Some(high), Some(low)) => Id::Number(u128::from(high) << 64 | u128::from(low)),
        _ => Id::Malformed,
    }
}

/// Nanoseconds since the epoch.
pub(super) fn time(reader: &mut Reader<'_>) -> Read<u64> {
    let number = reader.integer("a long")?;
    u64::try_from(number).map_err(|_| {
        reader.unexpected(Reason::InvalidTime, |reader| {
            format!("{number} at {} is not a time in nanoseconds", reader.path())
        })
    })
}

pub(super) const KINDS: [&str; 6] = [
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
];

pub(super) const CODES: [&str; 3] = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

/// Each level in four steps.
pub(super) const SEVERITIES: [&str; 25] = [
    "SEVERITY_NUMBER_UNSPECIFIED",
    "SEVERITY_NUMBER_TRACE",
    "SEVERITY_NUMBER_TRACE2",
    "SEVERITY_NUMBER_TRACE3",
    "SEVERITY_NUMBER_TRACE4",
    "SEVERITY_NUMBER_DEBUG",
    "SEVERITY_NUMBER_DEBUG2",
    "SEVERITY_NUMBER_DEBUG3",
    "SEVERITY_NUMBER_DEBUG4",
    "SEVERITY_NUMBER_INFO",
    "SEVERITY_NUMBER_INFO2",
    "SEVERITY_NUMBER_INFO3",
    "SEVERITY_NUMBER_INFO4",
    "SEVERITY_NUMBER_WARN",
    "SEVERITY_NUMBER_WARN2",
    "SEVERITY_NUMBER_WARN3",
    "SEVERITY_NUMBER_WARN4",
    "SEVERITY_NUMBER_ERROR",
    "SEVERITY_NUMBER_ERROR2",
    "SEVERITY_NUMBER_ERROR3",
    "SEVERITY_NUMBER_ERROR4",
    "SEVERITY_NUMBER_FATAL",
    "SEVERITY_NUMBER_FATAL2",
    "SEVERITY_NUMBER_FATAL3",
    "SEVERITY_NUMBER_FATAL4",
];

/// The number of an enum, which some clients spell by name. What is not known is zero.
pub(super) fn enumeration(reader: &mut Reader<'_>, names: &[&str]) -> Read<u64> {
    let piece = reader.string()?;
    let text = reader.bytes(piece);
    if let [digit @ b'0'..=b'9'] = text {
        return Ok(u64::from(digit - b'0'));
    }
    let text = String::from_utf8_lossy(text);
    let named = names
        .iter()
        .position(|name| *name == text)
        .map(|position| position as u64);
    Ok(named.or_else(|| text.parse().ok()).unwrap_or(0))
}

/// Kept as the protobuf that it would have been.
pub(super) fn entity_ref(reader: &mut Reader<'_>) -> Read<EntityRef> {
    let mut entity = EntityRef::default();
    fields(reader, |reader, name| {
        match reader.bytes(name) {
            b"schemaUrl" => entity.schema_url = string(reader)?,
            b"type" => entity.r#type = string(reader)?,
            b"idKeys" => elements(reader, |reader| {
                entity.id_keys.push(string(reader)?);
                Ok(())
            })?,
            b"descriptionKeys" => elements(reader, |reader| {
                entity.description_keys.push(string(reader)?);
                Ok(())
            })?,
            _ => reader.skip_value()?,
        }
        Ok(())
    })?;
    Ok(entity)
}
