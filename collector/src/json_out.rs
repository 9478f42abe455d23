//! JSON on its way out: appended to bytes without a tree or a visitor between. An answer has tens
//! of texts and numbers a span, so what is here is the price of reading a trace.
use storage::id::{SpanId, hex_digits};

/// A piece of an answer: writers hand over what they have when it is this large.
pub const PIECE_BYTES: usize = 64 << 10;

/// Whoever was to have the rest of an answer has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// Takes what is written so far and leaves room for the rest, or leaves it where it is.
pub type Spill<'s> = dyn FnMut(&mut Vec<u8>) -> Result<(), Gone> + 's;

/// Appends a list; `spill` may take what is there after each item that fills a piece.
///
/// # Errors
/// When `spill` says so.
pub fn put_list<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut put: impl FnMut(&mut Vec<u8>, T),
    spill: &mut Spill<'_>,
) -> Result<(), Gone> {
    out.push(b'[');
    let mut is_first = true;
    for item in items {
        if !is_first {
            out.push(b',');
        }
        is_first = false;
        put(out, item);
        if out.len() >= PIECE_BYTES {
            spill(out)?;
        }
    }
    out.push(b']');
    Ok(())
}

/// As [`put_list`] for lists that are short.
pub fn put_items<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    put: impl FnMut(&mut Vec<u8>, T),
) {
    // Nobody takes anything, so nobody can go.
    let _ = put_list(out, items, put, &mut |_| Ok(()));
}

pub fn put_number(out: &mut Vec<u8>, number: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// The number in quotes: JavaScript's numbers end at 2⁵³.
pub fn put_decimal(out: &mut Vec<u8>, number: impl itoa::Integer) {
    out.push(b'"');
    put_number(out, number);
    out.push(b'"');
}

pub fn put_hex(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&hex_digits(number));
}

/// With 16 digits if it has 64 bits, as Zipkin spells it.
pub fn put_trace_id(out: &mut Vec<u8>, id: u128) {
    out.push(b'"');
    if id >> 64 != 0 {
        put_hex(out, (id >> 64) as u64);
    }
    put_hex(out, id as u64);
    out.push(b'"');
}

/// With 32 digits, as OpenTelemetry spells it.
pub fn put_long_trace_id(out: &mut Vec<u8>, id: u128) {
    out.push(b'"');
    put_hex(out, (id >> 64) as u64);
    put_hex(out, id as u64);
    out.push(b'"');
}

pub fn put_id(out: &mut Vec<u8>, id: SpanId) {
    out.push(b'"');
    put_hex(out, id.value());
    out.push(b'"');
}

pub fn put_bool(out: &mut Vec<u8>, value: bool) {
    let word: &[u8] = if value { b"true" } else { b"false" };
    out.extend_from_slice(word);
}

/// The value, or null.
pub fn put_optional<T>(out: &mut Vec<u8>, value: Option<T>, put: impl FnOnce(&mut Vec<u8>, T)) {
    match value {
        Some(value) => put(out, value),
        None => out.extend_from_slice(b"null"),
    }
}

/// A string with the escapes that JSON demands.
pub fn put_text(out: &mut Vec<u8>, text: &str) {
    put_quoted::<false>(out, text);
}

/// As [`put_text`], with the two line separators escaped that JavaScript used to trip over: so
/// Zipkin writes.
pub fn put_zipkin_text(out: &mut Vec<u8>, text: &str) {
    put_quoted::<true>(out, text);
}

#[inline]
fn put_quoted<const SEPARATORS: bool>(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    if is_plain(text.as_bytes()) {
        out.extend_from_slice(text.as_bytes());
    } else {
        put_escaped::<SEPARATORS>(out, text.as_bytes());
    }
    out.push(b'"');
}

/// Is this ASCII without anything to escape? Nearly all texts are: looked at eight bytes at a time
/// and copied whole.
fn is_plain(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk::<8>() else {
        return bytes
            .iter()
            .all(|byte| (0x20..0x80).contains(byte) && !matches!(byte, b'"' | b'\\'));
    };
    let (words, _) = bytes.as_chunks::<8>();
    let found = words.iter().fold(0, |found, word| found | suspects(*word));
    // The last eight bytes again, some of them for the second time.
    (found | suspects(*last)) == 0
}

/// Not zero if one of the bytes is not ASCII, a control character, a quote or a backslash.
fn suspects(bytes: [u8; 8]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH_BITS: u64 = ONES << 7;
    let word = u64::from_le_bytes(bytes);
    // A byte below what is taken away from it borrows from its high bit, or had that bit already.
    let control = word.wrapping_sub(ONES * 0x20);
    let quote = (word ^ (ONES * b'"' as u64)).wrapping_sub(ONES);
    let backslash = (word ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
    (control | quote | backslash | word) & HIGH_BITS
}

fn put_escaped<const SEPARATORS: bool>(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut copied = 0;
    for (position, &byte) in bytes.iter().enumerate() {
        let (escape, width): (&[u8], usize) = match byte {
            b'"' => (b"\\\"", 1),
            b'\\' => (b"\\\\", 1),
            b'\t' => (b"\\t", 1),
            0x08 => (b"\\b", 1),
            b'\n' => (b"\\n", 1),
            b'\r' => (b"\\r", 1),
            0x0c => (b"\\f", 1),
            0..0x20 => (b"", 1),
            0xe2 if SEPARATORS && bytes[position..].starts_with("\u{2028}".as_bytes()) => {
                (b"\\u2028", 3)
            }
            0xe2 if SEPARATORS && bytes[position..].starts_with("\u{2029}".as_bytes()) => {
                (b"\\u2029", 3)
            }
            _ => continue,
        };
        out.extend_from_slice(&bytes[copied..position]);
        out.extend_from_slice(escape);
        if escape.is_empty() {
            let digits = hex_digits(byte.into());
            out.extend_from_slice(b"\\u");
            out.extend_from_slice(&digits[12..]);
        }
        copied = position + width;
    }
    out.extend_from_slice(&bytes[copied..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_byte_is_written_as_serde_writes_it_wherever_it_stands() {
        for character in (0..0x250).chain([0x2028, 0x2029, 0xffff, 0x1_f600]) {
            let character = char::from_u32(character).unwrap();
            for before in 0..18 {
                for behind in [0, 1, 9] {
                    let text = format!("{}{character}{}", "a".repeat(before), "z".repeat(behind));
                    assert_eq!(written(&text), serde_json::to_string(&text).unwrap());
                }
            }
        }
    }

    proptest! {
        #[test]
        fn texts_are_written_as_serde_writes_them(text in any::<String>()) {
            prop_assert_eq!(written(&text), serde_json::to_string(&text).unwrap());
            let mut out = Vec::new();
            put_zipkin_text(&mut out, &text);
            let expected = serde_json::to_string(&text).unwrap()
                .replace('\u{2028}', "\\u2028")
                .replace('\u{2029}', "\\u2029");
            prop_assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    fn written(text: &str) -> String {
        let mut out = Vec::new();
        put_text(&mut out, text);
        String::from_utf8(out).unwrap()
    }
}
