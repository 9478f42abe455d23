//! The spelling of numbers in JSON, and of numbers in strings.
use super::Reason;
use super::json::{Piece, Reader};
use super::json_fault::{Fault, Read};

/// The longest number; a longer one is not a number.
const NUMBER_LENGTH_MAX: usize = 1024;

impl Reader<'_> {
    /// An integer in any spelling: `1`, `"1"`, `1e3`. A fraction is an error.
    pub(super) fn integer(&mut self, expected: &'static str) -> Read<i128> {
        let piece = self.text(expected)?;
        let number = self.number(piece, false)?.whole();
        number.ok_or_else(|| self.not(piece, expected))
    }

    /// As [`Self::integer`], of 32 bits.
    pub(super) fn integer_32(&mut self, expected: &'static str) -> Read<i32> {
        let piece = self.text(expected)?;
        let number = self.number(piece, false)?.whole();
        let number = number.and_then(|number| i32::try_from(number).ok());
        number.ok_or_else(|| self.not(piece, expected))
    }

    /// The error of a number that is not of the expected kind.
    fn not(&self, piece: Piece, expected: &'static str) -> Box<Fault> {
        self.unexpected(Reason::InvalidField, |reader| {
            let text = reader.quote(piece);
            format!("Expected {expected} but was {text}{}", reader.place())
        })
    }

    /// As [`Self::integer`], but a fraction is cut off.
    pub(super) fn integer_truncated(&mut self, expected: &'static str) -> Read<i128> {
        let piece = self.text(expected)?;
        match self.number(piece, false)? {
            Number::Integer(number) => Ok(number),
            Number::Real(number) => Ok(number as i128),
        }
    }

    /// A number in any spelling, also `"NaN"`, `"Infinity"` and `"-Infinity"`.
    pub(super) fn double(&mut self) -> Read<f64> {
        let piece = self.text("a double")?;
        match self.number(piece, true)? {
            Number::Integer(number) => Ok(number as f64),
            Number::Real(number) => Ok(number),
        }
    }

    fn number(&self, piece: Piece, names: bool) -> Read<Number> {
        let bytes = self.bytes(piece);
        Number::parse(bytes, names).ok_or_else(|| {
            self.unexpected(Reason::InvalidField, |reader| {
                if bytes.is_empty() {
                    "empty String".to_owned()
                } else {
                    format!("For input string: \"{}\"", reader.quote(piece))
                }
            })
        })
    }
}

enum Number {
    Integer(i128),
    Real(f64),
}

impl Number {
    /// `None` if there is a fraction.
    fn whole(self) -> Option<i128> {
        match self {
            Self::Integer(number) => Some(number),
            Self::Real(number) if number.fract() == 0.0 => Some(number as i128),
            Self::Real(_) => None,
        }
    }

    /// `names` allows the three numbers that have a name instead of digits.
    fn parse(bytes: &[u8], names: bool) -> Option<Self> {
        if let Some(number) = plain_integer(bytes) {
            return Some(Self::Integer(number.into()));
        }
        let text = std::str::from_utf8(bytes).ok()?;
        // Most numbers fit in 64 bits, which parse several times as fast.
        if let Ok(number) = text.parse::<i64>() {
            return Some(Self::Integer(number.into()));
        }
        if let Ok(number) = text.parse() {
            return Some(Self::Integer(number));
        }
        match text {
            "NaN" if names => Some(Self::Real(f64::NAN)),
            "Infinity" if names => Some(Self::Real(f64::INFINITY)),
            "-Infinity" if names => Some(Self::Real(f64::NEG_INFINITY)),
            _ => {
                let text = text.trim_matches(|character: char| character <= ' ');
                let plain = |byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
                text.bytes()
                    .all(plain)
                    .then(|| text.parse().ok().map(Self::Real))?
            }
        }
    }
}

/// A number of 1 to 18 digits, which cannot overflow, and nothing else.
#[inline]
pub(super) fn plain_integer(bytes: &[u8]) -> Option<i64> {
    if bytes.is_empty() || bytes.len() > 18 {
        return None;
    }
    let mut number = 0;
    for &byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + i64::from(digit);
    }
    Some(number)
}

/// The length of the number at the start, if there is a well-formed one of bearable length.
pub(super) fn number_length(bytes: &[u8]) -> Option<usize> {
    // The usual number: digits, then the end of its value.
    if let [b'1'..=b'9', rest @ ..] = bytes
        && let Some(more) = rest.iter().take(20).position(|byte| !byte.is_ascii_digit())
        && matches!(rest[more], b',' | b'}' | b']')
    {
        return Some(1 + more);
    }
    let digits = |from: usize| {
        bytes[from.min(bytes.len())..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let mut length = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(length);
    if whole == 0 || (whole > 1 && bytes[length] == b'0') {
        return None;
    }
    length += whole;
    if bytes.get(length) == Some(&b'.') {
        let fraction = digits(length + 1);
        if fraction == 0 {
            return None;
        }
        length += 1 + fraction;
    }
    if let Some(b'e' | b'E') = bytes.get(length) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + sign);
        if exponent == 0 {
            return None;
        }
        length += 1 + sign + exponent;
    }
    (length <= NUMBER_LENGTH_MAX && bytes.get(length).is_none_or(|&byte| ends_literal(byte)))
        .then_some(length)
}

pub(super) const fn ends_literal(byte: u8) -> bool {
    matches!(
        byte,
        b'{' | b'}' | b'[' | b']' | b':' | b',' | b' ' | b'\t' | 0x0c | b'\r' | b'\n'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled_as_json_says() {
        for (text, length) in [
            ("0", Some(1)),
            ("-0,", Some(2)),
            ("12]", Some(2)),
            ("1.5e+3 ", Some(6)),
            ("1E9", Some(3)),
            ("01", None),
            ("-", None),
            ("1.", None),
            (".5", None),
            ("1e", None),
            ("1x", None),
            ("1;", None),
            ("+1", None),
        ] {
            assert_eq!(number_length(text.as_bytes()), length, "{text}");
        }
        assert_eq!(
            number_length(&[b'1'; NUMBER_LENGTH_MAX]),
            Some(NUMBER_LENGTH_MAX)
        );
        assert_eq!(number_length(&[b'1'; NUMBER_LENGTH_MAX + 1]), None);
    }

    #[test]
    fn plain_integers_are_what_the_library_reads() {
        let mut plain = 0;
        for digits in 0..21 {
            for byte in [&b""[..], b"0", b"9", b"-", b"+", b" ", b"/", b":", b"."] {
                for place in 0..=digits {
                    let mut text = vec![b'8'; digits];
                    text.splice(place..place, byte.iter().copied());
                    let library = std::str::from_utf8(&text).unwrap().parse().ok();
                    let short = plain_integer(&text);
                    plain += usize::from(short.is_some());
                    let all_digits = text.iter().all(u8::is_ascii_digit);
                    if all_digits && text.len() <= 18 {
                        assert_eq!(short, library, "{text:?}");
                    } else {
                        assert_eq!(short, None, "{text:?}");
                    }
                }
            }
        }
        assert!(plain > 100);
    }

    #[test]
    fn numbers_are_read_from_text() {
        for (text, names, number) in [
            ("12", false, Some(12.0)),
            (
                "-9223372036854775809",
                false,
                Some(-9_223_372_036_854_775_809.0),
            ),
            ("1.5", false, Some(1.5)),
            (" 1e3 ", false, Some(1000.0)),
            ("NaN", false, None),
            ("Infinity", true, Some(f64::INFINITY)),
            ("-Infinity", true, Some(f64::NEG_INFINITY)),
            ("inf", true, None),
            ("0x10", false, None),
            ("", false, None),
        ] {
            let read = Number::parse(text.as_bytes(), names).map(|number| match number {
                Number::Integer(number) => number as f64,
                Number::Real(number) => number,
            });
            assert_eq!(read, number, "{text}");
        }
    }
}
