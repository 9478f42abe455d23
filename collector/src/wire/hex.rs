//! Hexadecimal digits: half an id at a time, since 128-bit numbers are slow to shift.

/// The digit that each byte is, or more than any digit.
pub(super) type Digits = [u8; 256];

/// OTLP takes either case, Zipkin lower case alone.
pub(super) const ANY_CASE: Digits =
    with(with([0xff; 256], b"0123456789abcdef"), b"0123456789ABCDEF");
pub(super) const LOWER_CASE: Digits = with([0xff; 256], b"0123456789abcdef");

/// At most 16 digits; no digit is zero. `None` if one of the bytes is no digit.
#[inline]
pub(super) fn half(text: &[u8], digits: &Digits) -> Option<u64> {
    let mut number = 0;
    let mut seen = 0;
    for &byte in text {
        let digit = digits[usize::from(byte)];
        seen |= digit;
        number = number << 4 | u64::from(digit & 0xf);
    }
    (seen < 0x10).then_some(number)
}

const fn with(mut digits: Digits, spelled: &[u8; 16]) -> Digits {
    let mut digit = 0;
    while digit < 16 {
        digits[spelled[digit as usize] as usize] = digit;
        digit += 1;
    }
    digits
}
