//! Tags of Jaeger's JSON, `{"key": …, "type": …, "value": …}` in any order: of spans, processes and logs.
//! A value that is not of its type is kept as the text that it is.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use storage::batch::{SpanBatch, Text, ValueRow};
use storage::draft::{self, List};
use storage::encoding::put_bytes;

use super::ATTRIBUTES_MAX;
use super::hex;
use super::json::{Piece, Reader, Token};
use super::json_fault::Read;
use super::otlp_json_shape::{elements, fields};
use super::otlp_span::Id;

pub(super) struct Tag {
    pub(super) key: Word,
    pub(super) value: TagValue,
}

pub(super) enum TagValue {
    Empty,
    Text(Word),
    Bool(bool),
    Int(i64),
    Double(f64),
    Bytes(Vec<u8>),
}

/// A text that outlives the reader's next one.
#[derive(Clone)]
pub(super) enum Word {
    /// A range of the body.
    Body {
        start: usize,
        length: usize,
    },
    Own(Vec<u8>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Untold,
    Text,
    Bool,
    Int,
    Double,
    Bytes,
}

enum Raw {
    Empty,
    Text(Word),
    Number(Word),
    Bool(bool),
}

impl Word {
    fn of(reader: &Reader<'_>, piece: Piece) -> Self {
        match piece {
            Piece::Input { start, length } => Self::Body { start, length },
            Piece::Value | Piece::Name => Self::Own(reader.bytes(piece).to_vec()),
        }
    }

    pub(super) fn bytes<'w>(&'w self, reader: &'w Reader<'_>) -> &'w [u8] {
        match self {
            Self::Body { start, length } => &reader.input[*start..*start + *length],
            Self::Own(bytes) => bytes,
        }
    }

    pub(super) fn keep(&self, batch: &mut SpanBatch) -> Text {
        match self {
            Self::Body { start, length } => batch.body_text(*start, *length),
            Self::Own(bytes) => batch.add_text(bytes),
        }
    }
}

impl TagValue {
    pub(super) fn keep(&self, batch: &mut SpanBatch) -> ValueRow {
        match self {
            Self::Empty => ValueRow::Empty,
            Self::Text(text) => ValueRow::String(text.keep(batch)),
            Self::Bool(value) => ValueRow::Bool(*value),
            Self::Int(number) => ValueRow::Int(*number),
            Self::Double(number) => ValueRow::Double(*number),
            Self::Bytes(bytes) => {
                ValueRow::Encoded(batch.add_encoded(|out| draft::put_blob(out, bytes)))
            }
        }
    }
}

pub(super) fn read_tag(reader: &mut Reader<'_>) -> Read<Tag> {
    let mut key = Word::Own(Vec::new());
    let (mut told, mut raw) = (Type::Untold, Raw::Empty);
    fields(reader, |reader, name| {
        match reader.bytes(name) {
            b"key" => {
                let piece = reader.string()?;
                key = Word::of(reader, piece);
            }
            b"type" => {
                let piece = reader.string()?;
                told = match reader.bytes(piece) {
                    b"string" => Type::Text,
                    b"bool" => Type::Bool,
                    b"int64" => Type::Int,
                    b"float64" => Type::Double,
                    b"binary" => Type::Bytes,
                    _ => Type::Untold,
                };
            }
            b"value" => raw = read_raw(reader)?,
            _ => reader.skip_value()?,
        }
        Ok(())
    })?;
    let value = value(reader, told, raw);
    Ok(Tag { key, value })
}

fn read_raw(reader: &mut Reader<'_>) -> Read<Raw> {
    Ok(match reader.peek()? {
        Token::String => {
            let piece = reader.string()?;
            Raw::Text(Word::of(reader, piece))
        }
        Token::Number => {
            let piece = reader.string()?;
            Raw::Number(Word::of(reader, piece))
        }
        Token::Boolean(_) => Raw::Bool(reader.boolean()?),
        // No tag of Jaeger's has one; it is kept as it is written.
        _ => {
            let start = reader.position();
            reader.skip_value()?;
            let json = String::from_utf8_lossy(&reader.input[start..reader.position()]);
            Raw::Text(Word::Own(json.into_owned().into_bytes()))
        }
    })
}

fn value(reader: &Reader<'_>, told: Type, raw: Raw) -> TagValue {
    let (word, is_number) = match raw {
        Raw::Empty => return TagValue::Empty,
        Raw::Bool(value) => return TagValue::Bool(value),
        Raw::Text(word) => (word, false),
        Raw::Number(word) => (word, true),
    };
    let text = std::str::from_utf8(word.bytes(reader)).unwrap_or_default();
    let number = || text.parse().ok().map(TagValue::Double);
    let parsed = match told {
        Type::Text => None,
        Type::Untold if !is_number => None,
        Type::Bool => text.parse().ok().map(TagValue::Bool),
        Type::Int | Type::Untold => match text.parse() {
            Ok(number) => Some(TagValue::Int(number)),
            Err(_) if is_number => number(),
            Err(_) => None,
        },
        Type::Double => number(),
        Type::Bytes => STANDARD.decode(text).ok().map(TagValue::Bytes),
    };
    parsed.unwrap_or(TagValue::Text(word))
}

/// Appends a tag to a list of attributes.
pub(super) fn put_tag(reader: &Reader<'_>, tag: &Tag, out: &mut Vec<u8>) {
    put_bytes(out, tag.key.bytes(reader));
    match &tag.value {
        TagValue::Empty => draft::put_empty(out),
        TagValue::Text(text) => draft::put_string(out, text.bytes(reader)),
        TagValue::Bool(value) => draft::put_bool(out, *value),
        TagValue::Int(number) => draft::put_int(out, *number),
        TagValue::Double(number) => draft::put_double(out, *number),
        TagValue::Bytes(bytes) => draft::put_blob(out, bytes),
    }
}

/// Appends a list of tags to a list of attributes. Returns how many there were beyond the limit.
pub(super) fn put_tags(reader: &mut Reader<'_>, list: &mut List, out: &mut Vec<u8>) -> Read<u32> {
    let mut cut = 0_u32;
    elements(reader, |reader| {
        let tag = read_tag(reader)?;
        // Room for the name of the service.
        if list.count() + 1 >= ATTRIBUTES_MAX as u64 {
            cut = cut.saturating_add(1);
        } else {
            list.count_one();
            put_tag(reader, &tag, out);
        }
        Ok(())
    })?;
    Ok(cut)
}

/// Hex digits of either case; Jaeger leaves zeros in front away.
pub(super) fn id(reader: &mut Reader<'_>, digits_max: usize) -> Read<Id<u128>> {
    let piece = reader.string()?;
    let text = reader.bytes(piece);
    if text.is_empty() {
        return Ok(Id::Absent);
    }
    if text.len() > digits_max {
        return Ok(Id::Malformed);
    }
    let (high, low) = text.split_at(text.len().saturating_sub(16));
    Ok(
        match (
            hex::half(high, &hex::ANY_CASE),
            hex::half(low, &hex::ANY_CASE),
        ) {
            (Some(high), Some(low)) => Id::Number(u128::from(high) << 64 | u128::from(low)),
            _ => Id::Malformed,
        },
    )
}
