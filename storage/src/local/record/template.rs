//! Values as templates: what values of one key have in common (`/cart/{n}`, `req-{8 hex digits}`)
//! is kept once per bucket, the rest as packed numbers (CLP, Rodrigues et al., OSDI 2021).
//!
//! ```text
//! template   literal bytes, 01 = a decimal number, 02 [n] = n hexadecimal digits
//! variables  a varint for each decimal number, ⌈n/2⌉ bytes for n hexadecimal digits
//! ```
use crate::encoding::{self, Malformed, Reader};

const DECIMAL: u8 = 1;
const HEX: u8 = 2;

/// Longer values are not worth a look.
const VALUE_BYTES_MAX: usize = 256;
/// Decimal numbers with more digits might not fit into 64 bits.
const DECIMAL_DIGITS_MAX: usize = 18;
/// Shorter runs of hexadecimal digits are more likely words.
const HEX_DIGITS_MIN: usize = 4;
const VARIABLES_MAX: usize = 16;

/// Splits a value into a template and the packed variables, replacing what the buffers held.
/// False when the value has no variables or cannot be split without loss.
pub(super) fn split(value: &[u8], template: &mut Vec<u8>, variables: &mut Vec<u8>) -> bool {
    template.clear();
    variables.clear();
    if value.len() > VALUE_BYTES_MAX {
        return false;
    }
    let mut count = 0;
    let mut rest = value;
    while let Some(first) = rest.first() {
        if *first <= HEX {
            return false;
        }
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        if length == 0 {
            template.push(*first);
            rest = &rest[1..];
            continue;
        }
        let (token, after) = rest.split_at(length);
        count += usize::from(split_token(token, template, variables));
        rest = after;
    }
    count > 0 && count <= VARIABLES_MAX
}

/// Adds a run of letters and digits; true if there was a variable in it.
fn split_token(token: &[u8], template: &mut Vec<u8>, variables: &mut Vec<u8>) -> bool {
    let digits = token
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if digits == token.len() && is_canonical(token) {
        put_decimal(token, template, variables);
        return true;
    }
    let is_hex = token.len() >= HEX_DIGITS_MIN
        && token
            .iter()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && token.iter().any(u8::is_ascii_digit);
    if is_hex {
        put_hex(token, template, variables);
        return true;
    }
    let (word, number) = token.split_at(token.len() - digits);
    if digits > 0 && is_canonical(number) && word.iter().all(u8::is_ascii_alphabetic) {
        template.extend_from_slice(word);
        put_decimal(number, template, variables);
        return true;
    }
    template.extend_from_slice(token);
    false
}

/// Will the number's text come back from its value?
fn is_canonical(digits: &[u8]) -> bool {
    digits.len() <= DECIMAL_DIGITS_MAX && (digits.len() == 1 || digits[0] != b'0')
}

fn put_decimal(digits: &[u8], template: &mut Vec<u8>, variables: &mut Vec<u8>) {
    let number = digits
        .iter()
        .fold(0_u64, |number, digit| number * 10 + u64::from(digit - b'0'));
    template.push(DECIMAL);
    encoding::put_varint(variables, number);
}

fn put_hex(digits: &[u8], template: &mut Vec<u8>, variables: &mut Vec<u8>) {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => digit - b'0',
        _ => digit - b'a' + 10,
    };
    template.extend_from_slice(&[HEX, digits.len() as u8]);
    for pair in digits.chunks(2) {
        let low = pair.get(1).map_or(0, |digit| nibble(*digit));
        variables.push(nibble(pair[0]) << 4 | low);
    }
}

/// Appends the value that [`split`] took apart.
pub(super) fn join(
    template: &[u8],
    variables: &mut Reader<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Malformed> {
    let mut rest = template.iter();
    while let Some(byte) = rest.next() {
        match *byte {
            DECIMAL => out.extend_from_slice(variables.varint()?.to_string().as_bytes()),
            HEX => {
                let length = usize::from(*rest.next().ok_or(Malformed(0))?);
                let packed = variables.take(length.div_ceil(2))?;
                let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
                let start = out.len();
                for byte in packed {
                    out.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
                }
                out.truncate(start + length);
            }
            literal => out.push(literal),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(value: &[u8]) -> Option<(Vec<u8>, usize)> {
        let (mut template, mut variables) = (Vec::new(), Vec::new());
        if !split(value, &mut template, &mut variables) {
            return None;
        }
        let mut joined = Vec::new();
        let mut reader = Reader::new(&variables);
        join(&template, &mut reader, &mut joined).unwrap();
        assert!(reader.is_at_end());
        assert_eq!(joined, value);
        Some((template, variables.len()))
    }

    #[test]
    fn what_becomes_a_variable() {
        for (value, template, bytes) in [
            ("/cart/1234", &b"/cart/\x01"[..], 2),
            ("10.0.255.7", b"\x01.\x01.\x01.\x01", 5),
            ("req-00ff12ab", b"req-\x02\x08", 4),
            (
                "0b91ba44-0001-4abc-8def-0123456789ab",
                b"\x02\x08-\x02\x04-\x02\x04-\x02\x04-\x02\x0c",
                16,
            ),
            ("user42", b"user\x01", 1),
            ("0042", b"\x02\x04", 2),
            ("0", b"\x01", 1),
            ("a1b2c", b"\x02\x05", 3),
            ("999999999999999999", b"\x01", 9),
            ("9999999999999999999", b"\x02\x13", 10),
        ] {
            assert_eq!(
                parts(value.as_bytes()),
                Some((template.to_vec(), bytes)),
                "{value}"
            );
        }
        for value in ["", "GET", "dead", "Xy7Zq", "a\u{1}5", "007", "/a/b-c"] {
            assert_eq!(parts(value.as_bytes()), None, "{value}");
        }
    }

    #[test]
    fn every_value_comes_back_or_is_left_alone() {
        let mut dice = crate::contract::generate::Dice::new(4);
        let alphabet = b"0123456789abcdefxyzABZ-./ \x00\x01\x02\xff";
        for _ in 0..50_000 {
            let length = dice.roll(24);
            let value: Vec<u8> = (0..length)
                .map(|_| alphabet[dice.roll(alphabet.len() as u64) as usize])
                .collect();
            parts(&value);
        }
    }
}
