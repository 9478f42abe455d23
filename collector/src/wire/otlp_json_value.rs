//! Values and attributes of OTLP in JSON, translated into the encoding of the vault while they are
//! read.
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use storage::draft::{self, List};
use storage::encoding::{VALUE_DEPTH_MAX, put_bytes};

use super::json::{Piece, Reader, Token};
use super::json_fault::{Fault, Read};
use super::trouble::Refusal;
use super::{ATTRIBUTES_MAX, Reason};

/// Where values may nest no further.
pub(super) const DEPTH: usize = VALUE_DEPTH_MAX + 1;

/// One value. A string stays in the reader until the next one is read.
pub(super) enum AnyValue {
    Empty,
    String(Piece),
    Bool(bool),
    Int(i64),
    Double(f64),
    /// Was appended in the encoding of the vault.
    Encoded,
}

/// Reads a value; appends it to `out` if it is bytes, an array or a map.
pub(super) fn read_value(
    reader: &mut Reader<'_>,
    out: &mut Vec<u8>,
    depth: usize,
) -> Read<AnyValue> {
    let Some(depth) = depth.checked_sub(1) else {
        let Refusal { reason, text } = Refusal::too_deep();
        return Err(reader.unexpected(reason, |_| text.into_owned()));
    };
    let mut value = AnyValue::Empty;
    if reader.skip_null()? {
        return Ok(value);
    }
    let start = out.len();
    reader.begin_object()?;
    while reader.next_or_end()? {
        let name = reader.name()?;
        if reader.skip_null()? {
            continue;
        }
        value = match reader.bytes(name) {
            b"stringValue" => AnyValue::String(reader.string()?),
            b"boolValue" => AnyValue::Bool(reader.boolean()?),
            b"intValue" => AnyValue::Int(int64(reader)?),
            b"doubleValue" => AnyValue::Double(reader.double()?),
            b"bytesValue" => {
                out.truncate(start);
                put_base64(reader, out)?;
                AnyValue::Encoded
            }
            b"arrayValue" => {
                out.truncate(start);
                let list = List::array(out);
                put_list(reader, out, list, |reader, out| {
                    put_value(reader, out, depth)
                })?;
                AnyValue::Encoded
            }
            b"kvlistValue" => {
                out.truncate(start);
                let list = List::map(out);
                put_list(reader, out, list, |reader, out| {
                    put_key_value(reader, out, depth)
                })?;
                AnyValue::Encoded
            }
            _ => {
                reader.skip_value()?;
                continue;
            }
        };
    }
    if !matches!(value, AnyValue::Encoded) {
        out.truncate(start);
    }
    Ok(value)
}

/// Reads the attributes of an event, a link, a resource or a scope into a list of their own.
/// Returns how many there were beyond the limit.
pub(super) fn read_attributes(reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Read<u32> {
    out.clear();
    let mut list = List::attributes(out);
    let mut cut = 0_u32;
    reader.begin_array()?;
    while reader.next_or_end()? {
        if list.count() == ATTRIBUTES_MAX as u64 {
            cut = cut.saturating_add(1);
            reader.skip_value()?;
        } else {
            list.count_one();
            put_key_value(reader, out, DEPTH)?;
        }
    }
    list.finish(out);
    Ok(cut)
}

pub(super) fn put_value(reader: &mut Reader<'_>, out: &mut Vec<u8>, depth: usize) -> Read<()> {
    match read_value(reader, out, depth)? {
        AnyValue::Empty => draft::put_empty(out),
        AnyValue::String(piece) => draft::put_string(out, reader.bytes(piece)),
        AnyValue::Bool(value) => draft::put_bool(out, value),
        AnyValue::Int(number) => draft::put_int(out, number),
        AnyValue::Double(number) => draft::put_double(out, number),
        AnyValue::Encoded => {}
    }
    Ok(())
}

/// The key goes before the value, in whatever order they come.
fn put_key_value(reader: &mut Reader<'_>, out: &mut Vec<u8>, depth: usize) -> Read<()> {
    let start = out.len();
    put_bytes(out, b"");
    let mut key_end = out.len();
    let mut has_value = false;
    reader.begin_object()?;
    while reader.next_or_end()? {
        let name = reader.name()?;
        if reader.skip_null()? {
            continue;
        }
        match reader.bytes(name) {
            b"key" => {
                let key = reader.string()?;
                out.drain(start..key_end);
                let value_end = out.len();
                put_bytes(out, reader.bytes(key));
                let width = out.len() - value_end;
                out[start..].rotate_right(width);
                key_end = start + width;
            }
            b"value" => {
                out.truncate(key_end);
                put_value(reader, out, depth)?;
                has_value = true;
            }
            _ => reader.skip_value()?,
        }
    }
    if !has_value {
        draft::put_empty(out);
    }
    Ok(())
}

/// Reads `{"values":[…]}` behind the head of a list.
fn put_list(
    reader: &mut Reader<'_>,
    out: &mut Vec<u8>,
    mut list: List,
    put: impl Fn(&mut Reader<'_>, &mut Vec<u8>) -> Read<()>,
) -> Read<()> {
    reader.begin_object()?;
    while reader.next_or_end()? {
        let name = reader.name()?;
        if reader.bytes(name) != b"values" || reader.peek()? == Token::Null {
            reader.skip_value()?;
            continue;
        }
        reader.begin_array()?;
        while reader.next_or_end()? {
            list.count_one();
            put(reader, out)?;
        }
    }
    list.finish(out);
    Ok(())
}

fn int64(reader: &mut Reader<'_>) -> Read<i64> {
    let number = reader.integer("a long")?;
    i64::try_from(number).map_err(|_| out_of_range(reader, number))
}

pub(super) fn uint32(reader: &mut Reader<'_>) -> Read<u32> {
    let number = reader.integer("an int")?;
    u32::try_from(number).map_err(|_| out_of_range(reader, number))
}

fn out_of_range(reader: &Reader<'_>, number: i128) -> Box<Fault> {
    reader.unexpected(Reason::InvalidField, |reader| {
        format!("{number} is out of range at {}", reader.path())
    })
}

/// Both alphabets, padded or not: protobuf's JSON allows all of them.
fn put_base64(reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Read<()> {
    const ANY_PADDING: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, ANY_PADDING);
    const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, ANY_PADDING);
    let piece = reader.string()?;
    let text = reader.bytes(piece);
    match STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)) {
        Ok(bytes) => {
            draft::put_blob(out, &bytes);
            Ok(())
        }
        Err(_) => Err(reader.unexpected(Reason::InvalidField, |reader| {
            format!("bytes that are not base64 at {}", reader.path())
        })),
    }
}
