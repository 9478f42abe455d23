//! The inside of JSON strings: finding where they end, undoing escapes, repairing what is not
//! UTF-8. Strings without escapes are never copied.

/// A string that was read: where it ends, and whether its text had to be rewritten.
pub(super) struct Quoted {
    /// The position after the closing quote.
    pub(super) end: usize,
    /// The text is in the scratch buffer instead of the input.
    pub(super) rewritten: bool,
    /// Malformed UTF-8 or lone surrogates became U+FFFD.
    pub(super) repaired: bool,
}

/// What is wrong with a string, and where.
pub(super) struct BadString {
    pub(super) position: usize,
    pub(super) what: &'static str,
}

/// Reads the string whose opening quote is just before `start`. As gson in its default mode it
/// takes control characters as they are, and `\'` and an escaped line feed beside JSON's escapes.
#[inline]
pub(super) fn read_quoted(
    input: &[u8],
    start: usize,
    scratch: &mut Vec<u8>,
) -> Result<Quoted, BadString> {
    match plain_end(input, start) {
        Some(end) => Ok(Quoted {
            end: end + 1,
            rewritten: false,
            repaired: false,
        }),
        None => read_any(input, start, scratch),
    }
}

/// The position behind these bytes, if they are here.
#[inline(always)]
pub(super) fn behind(input: &[u8], position: usize, bytes: &[u8]) -> Option<usize> {
    let here = input.get(position..)?.starts_with(bytes);
    here.then_some(position + bytes.len())
}

#[inline(never)]
fn read_any(input: &[u8], start: usize, scratch: &mut Vec<u8>) -> Result<Quoted, BadString> {
    let mut ascii = true;
    let end = run_end(input, start, &mut ascii);
    match input.get(end) {
        Some(b'"') if ascii || std::str::from_utf8(&input[start..end]).is_ok() => Ok(Quoted {
            end: end + 1,
            rewritten: false,
            repaired: false,
        }),
        _ => read_rewriting(input, start, scratch),
    }
}

/// The position of the closing quote, if the string is plain: ASCII without escapes, as nearly all
/// are, and not at the very end of the input.
#[inline(always)]
pub(super) fn plain_end(input: &[u8], start: usize) -> Option<usize> {
    let mut rest = input.get(start..)?;
    while let Some((chunk, behind)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        // A byte that is zero after `^` borrows from its high bit. Others do so only behind one
        // that is, or if their own high bit was set, which ends a plain string as well.
        let quote = (word ^ (ONES * b'"' as u64)).wrapping_sub(ONES);
        let backslash = (word ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
        let found = (quote | backslash | word) & HIGH_BITS;
        if found != 0 {
            let place = found.trailing_zeros() as usize / 8;
            return (chunk[place] == b'"').then(|| input.len() - rest.len() + place);
        }
        rest = behind;
    }
    None
}

fn read_rewriting(input: &[u8], start: usize, scratch: &mut Vec<u8>) -> Result<Quoted, BadString> {
    scratch.clear();
    let mut ascii = true;
    let mut repaired = false;
    let mut position = start;
    loop {
        let end = run_end(input, position, &mut ascii);
        scratch.extend_from_slice(&input[position..end]);
        match input.get(end) {
            Some(b'"') => {
                position = end + 1;
                break;
            }
            Some(_) => position = unescape(input, end + 1, scratch, &mut repaired)?,
            None => {
                return Err(BadString {
                    position: end,
                    what: "unterminated string",
                });
            }
        }
    }
    if !ascii && std::str::from_utf8(scratch).is_err() {
        *scratch = String::from_utf8_lossy(scratch).into_owned().into_bytes();
        repaired = true;
    }
    Ok(Quoted {
        end: position,
        rewritten: true,
        repaired,
    })
}

/// Undoes the escape after a backslash; returns the position behind it.
fn unescape(
    input: &[u8],
    position: usize,
    scratch: &mut Vec<u8>,
    repaired: &mut bool,
) -> Result<usize, BadString> {
    let Some(&byte) = input.get(position) else {
        return Err(BadString {
            position,
            what: "unterminated escape sequence",
        });
    };
    let plain = match byte {
        b'"' | b'\\' | b'/' | b'\'' | b'\n' => byte,
        b't' => b'\t',
        b'b' => 0x08,
        b'n' => b'\n',
        b'r' => b'\r',
        b'f' => 0x0c,
        b'u' => return unescape_unicode(input, position + 1, scratch, repaired),
        _ => {
            return Err(BadString {
                position,
                what: "invalid escape sequence",
            });
        }
    };
    scratch.push(plain);
    Ok(position + 1)
}

fn unescape_unicode(
    input: &[u8],
    position: usize,
    scratch: &mut Vec<u8>,
    repaired: &mut bool,
) -> Result<usize, BadString> {
    let unit = hex_unit(input, position).ok_or(BadString {
        position,
        what: "malformed unicode escape",
    })?;
    let mut end = position + 4;
    let mut code = u32::from(unit);
    if (0xd800..0xdc00).contains(&unit)
        && input.get(end..end + 2) == Some(b"\\u")
        && let Some(low) = hex_unit(input, end + 2).filter(|low| (0xdc00..0xe000).contains(low))
    {
        code = 0x10000 + ((u32::from(unit) - 0xd800) << 10) + (u32::from(low) - 0xdc00);
        end += 6;
    }
    let character = char::from_u32(code).unwrap_or_else(|| {
        *repaired = true;
        char::REPLACEMENT_CHARACTER
    });
    scratch.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(end)
}

fn hex_unit(input: &[u8], position: usize) -> Option<u16> {
    input
        .get(position..position + 4)?
        .iter()
        .try_fold(0, |unit, &byte| {
            Some(unit << 4 | char::from(byte).to_digit(16)? as u16)
        })
}

const ONES: u64 = u64::MAX / 255;
const HIGH_BITS: u64 = ONES * 0x80;

/// The lowest set bit is the high bit of the first byte that is `byte`.
const fn matches(word: u64, byte: u8) -> u64 {
    let difference = word ^ (ONES * byte as u64);
    difference.wrapping_sub(ONES) & !difference & HIGH_BITS
}

/// The position of the first quote or backslash at or after `start`, or the end of the input.
/// Eight bytes at a time; clears `ascii` when it passes (or is close to) a byte that is not.
#[inline]
fn run_end(input: &[u8], start: usize, ascii: &mut bool) -> usize {
    let mut position = start;
    while let Some(chunk) = input[position..].first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let found = matches(word, b'"') | matches(word, b'\\');
        *ascii &= word & HIGH_BITS == 0;
        if found != 0 {
            return position + found.trailing_zeros() as usize / 8;
        }
        position += 8;
    }
    while let Some(&byte) = input.get(position) {
        if byte == b'"' || byte == b'\\' {
            break;
        }
        *ascii &= byte < 0x80;
        position += 1;
    }
    position
}

/// Does the text occur? Looks for its first byte eight bytes at a time; that byte should be rare.
pub(super) fn contains(text: &[u8], wanted: &[u8]) -> bool {
    let Some(&first) = wanted.first() else {
        return true;
    };
    let mut position = 0;
    while let Some(chunk) = text[position..].first_chunk::<8>() {
        let found = matches(u64::from_le_bytes(*chunk), first);
        if found == 0 {
            position += 8;
            continue;
        }
        position += found.trailing_zeros() as usize / 8;
        if text[position..].starts_with(wanted) {
            return true;
        }
        position += 1;
    }
    text[position..]
        .windows(wanted.len())
        .any(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_end_where_they_should() {
        for (input, text, repaired) in [
            (&b"\""[..], Some(""), false),
            (b"abc\"", Some("abc"), false),
            (b"0123456789abcdef\" \"", Some("0123456789abcdef"), false),
            (
                "한글 텍스트 입니다\"".as_bytes(),
                Some("한글 텍스트 입니다"),
                false,
            ),
            (
                b"a\\\"b\\\\c\\/\\b\\f\\n\\r\\t\\'\"",
                Some("a\"b\\c/\u{8}\u{c}\n\r\t'"),
                false,
            ),
            (b"a\\\nb\"", Some("a\nb"), false),
            (b"a\nb\x01\"", Some("a\nb\u{1}"), false),
            (
                b"\\u0041\\u00e9\\uAC00\\ud83d\\ude00\"",
                Some("Aé가😀"),
                false,
            ),
            (b"\\ud83d\"", Some("\u{fffd}"), true),
            (b"\\ude00\\ud83dx\"", Some("\u{fffd}\u{fffd}x"), true),
            (b"\\ud83d\\u0041\"", Some("\u{fffd}A"), true),
            (b"ab\xffcd\"", Some("ab\u{fffd}cd"), true),
            (b"abc", None, false),
            (b"abc\\", None, false),
            (b"abc\\x\"", None, false),
            (b"abc\\u12\"", None, false),
            (b"abc\\u12g4\"", None, false),
        ] {
            let mut scratch = b"old".to_vec();
            let read = read_quoted(input, 0, &mut scratch).ok();
            let found = read.as_ref().map(|quoted| {
                if quoted.rewritten {
                    scratch.as_slice()
                } else {
                    &input[..quoted.end - 1]
                }
            });
            assert_eq!(found, text.map(str::as_bytes), "{input:?}");
            assert_eq!(
                read.is_some_and(|quoted| quoted.repaired),
                repaired,
                "{input:?}"
            );
        }
    }

    /// Given any short text before a quote, then the short way finds its end or leaves it to the
    /// long way, and takes what is plain.
    #[test]
    fn plain_strings_end_where_all_do() {
        let mut plain = 0;
        for length in 0..20 {
            for place in 0..=length {
                for byte in 0..=255_u8 {
                    let mut input = vec![b'a'; length];
                    input.insert(place, byte);
                    input.extend_from_slice(b"\" behind the text");
                    let read = read_any(&input, 0, &mut Vec::new());
                    let any = read.ok().filter(|quoted| !quoted.rewritten);
                    let any = any.map(|quoted| quoted.end - 1);
                    let found = plain_end(&input, 0);
                    if byte < 0x80 && byte != b'\\' {
                        assert_eq!(found, any, "{input:?}");
                        plain += 1;
                    } else {
                        assert_eq!(found, None, "{input:?}");
                    }
                }
            }
        }
        assert!(plain > 20_000);
        assert_eq!(plain_end(b"abc\"", 0), None, "too near the end");
        assert_eq!(plain_end(b"abc\"", 9), None);
    }

    #[test]
    fn a_text_is_found_wherever_it_is() {
        for before in 0..20 {
            for after in 0..20 {
                let text = [vec![b'y'; before], b"yAnn\"".to_vec(), vec![b'z'; after]].concat();
                assert!(contains(&text, b"Ann\""), "{before} {after}");
                assert!(!contains(&text, b"Anm\""), "{before} {after}");
            }
        }
    }
}
