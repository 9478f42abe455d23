//! Texts that should be UTF-8: a quick look for those that are ASCII, and the repair of those that
//! are not even UTF-8.
use std::borrow::Cow;

use storage::batch::{SpanBatch, Text};

/// Bytes of the body as a text: a range of it if they are UTF-8, otherwise a repaired copy.
#[inline]
pub(super) fn body_text(
    batch: &mut SpanBatch,
    texts_repaired: &mut u64,
    start: usize,
    bytes: &[u8],
) -> Text {
    if is_ascii(bytes) {
        return batch.body_text(start, bytes.len());
    }
    repaired_text(batch, texts_repaired, start, bytes)
}

#[inline(never)]
fn repaired_text(
    batch: &mut SpanBatch,
    texts_repaired: &mut u64,
    start: usize,
    bytes: &[u8],
) -> Text {
    match repair(bytes, texts_repaired) {
        Cow::Borrowed(bytes) => batch.body_text(start, bytes.len()),
        Cow::Owned(bytes) => batch.add_text(&bytes),
    }
}

/// Replaces what is not UTF-8, and counts it.
pub(super) fn repair<'a>(bytes: &'a [u8], texts_repaired: &mut u64) -> Cow<'a, [u8]> {
    if is_ascii(bytes) || std::str::from_utf8(bytes).is_ok() {
        return Cow::Borrowed(bytes);
    }
    *texts_repaired += 1;
    Cow::Owned(String::from_utf8_lossy(bytes).into_owned().into_bytes())
}

/// What the library's function says, inlined: most texts of spans have 5 to 30 bytes.
#[inline(always)]
fn is_ascii(bytes: &[u8]) -> bool {
    let (words, _) = bytes.as_chunks::<8>();
    let mut seen = 0;
    for word in words {
        seen |= u64::from_le_bytes(*word);
    }
    match bytes.last_chunk() {
        // Overlaps the last word, which is cheaper than byte after byte.
        Some(last) => seen |= u64::from_le_bytes(*last),
        None => bytes.iter().for_each(|byte| seen |= u64::from(*byte)),
    }
    seen & 0x8080_8080_8080_8080 == 0
}

/// As [`is_ascii`], for hundreds of bytes: the library looks at many at once, but at the last ones
/// byte after byte. Not inlined, where it would take the registers of what is around it.
#[inline(never)]
pub(super) fn is_long_ascii(bytes: &[u8]) -> bool {
    let (pieces, rest) = bytes.as_chunks::<64>();
    pieces.as_flattened().is_ascii() && is_ascii(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_what_the_library_says() {
        for length in 0..80 {
            let mut bytes = vec![b'a'; length];
            assert!(is_ascii(&bytes));
            for place in 0..length {
                for byte in [0x7f, 0x80, 0xff] {
                    bytes[place] = byte;
                    assert_eq!(is_ascii(&bytes), bytes.is_ascii(), "{bytes:?}");
                    assert_eq!(is_long_ascii(&bytes), bytes.is_ascii(), "{bytes:?}");
                }
                bytes[place] = b'a';
            }
        }
    }
}
