//! Identifiers of traces and spans: plain numbers inside, lower-case hex outside.
use std::fmt;

/// The id of a trace: 128 bits, never zero. An id whose high half is zero is a 64-bit id: Zipkin
/// writes it with 16 digits and treats both spellings as the same trace
/// (Zipkin's `Span.normalizeTraceId`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(u128);

impl TraceId {
    /// `None` for zero, which is not an id.
    pub const fn new(value: u128) -> Option<Self> {
        if value == 0 { None } else { Some(Self(value)) }
    }

    pub const fn from_halves(high: u64, low: u64) -> Option<Self> {
        Self::new(((high as u128) << 64) | low as u128)
    }

    /// Reads 1 to 32 hex digits of either case. Callers that must refuse upper case do so first.
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() > 32 {
            return None;
        }
        parse_hex(text).and_then(Self::new)
    }

    pub const fn value(self) -> u128 {
        self.0
    }

    /// The right-most 64 bits: what an old client keeps of a 128-bit id.
    pub const fn low(self) -> u64 {
        self.0 as u64
    }

    pub const fn high(self) -> u64 {
        (self.0 >> 64) as u64
    }
}

/// Zipkin's spelling: 16 digits when the high half is zero, otherwise 32.
impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.high() == 0 {
            write!(f, "{:016x}", self.low())
        } else {
            write!(f, "{:032x}", self.0)
        }
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The id of a span: 64 bits, never zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(u64);

impl SpanId {
    /// `None` for zero, which is not an id.
    pub const fn new(value: u64) -> Option<Self> {
        if value == 0 { None } else { Some(Self(value)) }
    }

    /// Reads 1 to 16 hex digits of either case.
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() > 16 {
            return None;
        }
        parse_hex(text).and_then(|value| Self::new(value as u64))
    }

    pub const fn value(self) -> u64 {
        self.0
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Sixteen lower-case hex digits: what `{:016x}` writes, without the machinery of formatting. An
/// answer has several ids a span.
pub fn hex_digits(number: u64) -> [u8; 16] {
    let digit = |nibble: u64| b"0123456789abcdef"[(nibble & 15) as usize];
    std::array::from_fn(|place| digit(number >> (60 - 4 * place)))
}

/// Hex digits only: `u128::from_str_radix` alone would take a sign.
fn parse_hex(text: &str) -> Option<u128> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_with_a_zero_high_half_is_written_with_16_digits() {
        for (input, output) in [
            ("a", Some("000000000000000a")),
            ("0000000000000000000000000000000a", Some("000000000000000a")),
            (
                "10000000000000000",
                Some("00000000000000010000000000000000"),
            ),
            (
                "463AC35C9F6413AD48485A3953BB6124",
                Some("463ac35c9f6413ad48485a3953bb6124"),
            ),
            ("0", None),
            ("", None),
            ("+a", None),
            ("463ac35c9f6413ad48485a3953bb61240", None),
        ] {
            let written = TraceId::from_hex(input).map(|id| id.to_string());
            assert_eq!(written.as_deref(), output, "{input}");
        }
    }

    #[test]
    fn digits_are_those_of_formatting() {
        for number in [0, 1, 0x0123_4567_89ab_cdef, u64::MAX, 1 << 63] {
            assert_eq!(hex_digits(number), *format!("{number:016x}").as_bytes());
        }
    }

    #[test]
    fn a_span_id_has_at_most_16_digits_and_is_not_zero() {
        assert_eq!(
            SpanId::from_hex("f").map(|id| id.to_string()).as_deref(),
            Some("000000000000000f")
        );
        assert_eq!(SpanId::from_hex("00000000000000001"), None);
        assert_eq!(SpanId::from_hex("0000000000000000"), None);
    }
}
