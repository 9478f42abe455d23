//! What Zipkin says is a valid id, address and order: the rules that all its formats share.
use std::cmp::Ordering;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use storage::id::{SpanId, TraceId};

use super::Reason;
use super::hex;
use super::trouble::{Refusal, Trouble};
use super::utf8::repair;

/// Why a text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadId {
    Empty,
    TooLong(usize),
    Zero,
    NotLowerHex,
}

impl BadId {
    /// Zipkin's message.
    pub(super) fn text(self, field: &str, id: &str) -> String {
        match self {
            Self::Empty => format!("{field} is empty"),
            Self::TooLong(digits) => format!("{field}.length > {digits}"),
            Self::Zero => format!("{field} is all zeros"),
            Self::NotLowerHex => format!("{id} should be lower-hex encoded with no prefix"),
        }
    }
}

/// Zipkin's message when a span lacks one of its ids, or both.
pub(super) const fn missing_ids(trace_id: bool, id: bool) -> &'static str {
    match (trace_id, id) {
        (true, true) => "Missing : traceId id",
        (true, false) => "Missing : traceId",
        _ => "Missing : id",
    }
}

/// A number of microseconds that is too large, as nanoseconds would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotMicros(i128);

impl NotMicros {
    pub(super) const fn new(number: i128) -> Self {
        Self(number)
    }

    /// `place` says where the number is, or nothing.
    pub(super) fn text(self, place: &str) -> String {
        let number = self.0;
        format!("{number}{place} is too large: times are in microseconds, not nanoseconds")
    }
}

impl From<NotMicros> for Refusal {
    fn from(not: NotMicros) -> Self {
        Self::told(Reason::InvalidTime, not.text(""))
    }
}

impl From<NotMicros> for Trouble {
    fn from(not: NotMicros) -> Self {
        Self::Refused(not.into())
    }
}

/// When a span began, from microseconds. Zero and less is not known.
pub(super) fn start_nanos(micros: i128) -> Result<Option<u64>, NotMicros> {
    if micros <= 0 {
        return Ok(None);
    }
    match u64::try_from(micros.saturating_mul(1_000)) {
        Ok(nanos) => Ok(Some(nanos)),
        Err(_) => Err(NotMicros(micros)),
    }
}

/// How long a span took, from microseconds. Zero and less is not known.
pub(super) fn duration_nanos(micros: i128) -> Result<Option<i64>, NotMicros> {
    if micros <= 0 {
        return Ok(None);
    }
    annotation_nanos(micros).map(Some)
}

/// When something happened, from microseconds; negative and zero are times, too.
pub(super) fn annotation_nanos(micros: i128) -> Result<i64, NotMicros> {
    i64::try_from(micros.saturating_mul(1_000)).map_err(|_| NotMicros(micros))
}

/// A name of a service; empty is none.
pub(super) fn service(bytes: &[u8], texts_repaired: &mut u64) -> Option<String> {
    let name = repair(bytes, texts_repaired);
    (!name.is_empty()).then(|| String::from_utf8_lossy(&name).into_owned())
}

pub(super) fn trace_id(text: &[u8]) -> Result<TraceId, BadId> {
    TraceId::new(lower_hex(text, 32)?).ok_or(BadId::Zero)
}

/// Unlike Zipkin, which lets a single `0` pass, no spelling of zero is an id.
pub(super) fn span_id(text: &[u8]) -> Result<SpanId, BadId> {
    SpanId::new(lower_hex(text, 16)? as u64).ok_or(BadId::Zero)
}

/// Zero is no parent.
pub(super) fn parent_id(text: &[u8]) -> Result<Option<SpanId>, BadId> {
    Ok(SpanId::new(lower_hex(text, 16)? as u64))
}

/// The number of an id that is sent as big-endian bytes. Zipkin spells them as hex before it looks
/// at them: its limits count digits.
#[inline]
pub(super) fn id_of_bytes(bytes: &[u8], digits_max: usize) -> Result<u128, BadId> {
    if bytes.is_empty() {
        return Err(BadId::Empty);
    }
    if bytes.len() * 2 > digits_max {
        return Err(BadId::TooLong(digits_max));
    }
    // The lengths that nearly all have, at once.
    if let Ok(bytes) = bytes.try_into() {
        return Ok(u64::from_be_bytes(bytes).into());
    }
    if let Ok(bytes) = bytes.try_into() {
        return Ok(u128::from_be_bytes(bytes));
    }
    let number = |number, byte: &u8| number << 8 | u128::from(*byte);
    Ok(bytes.iter().fold(0, number))
}

/// The address that bytes are, 4 or 16 of them. IPv4 inside IPv6 is IPv4, in the
/// form `::1.2.3.4` but for `::1`; anything else is not an address.
pub(super) fn address_of_bytes(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(quad) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::V4(quad.into()));
    }
    let address = Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?);
    match address.octets() {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] if address != Ipv6Addr::LOCALHOST => {
            Some(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
        }
        _ => Some(IpAddr::V6(address)),
    }
}

/// The number of 1 to `digits_max` (at most 32) lower-case digits.
pub(super) fn lower_hex(text: &[u8], digits_max: usize) -> Result<u128, BadId> {
    if text.is_empty() {
        return Err(BadId::Empty);
    }
    if text.len() > digits_max {
        return Err(BadId::TooLong(digits_max));
    }
    // In halves, since 128-bit numbers are slow to shift.
    let (high, low) = text.split_at(text.len().saturating_sub(16));
    match (
        hex::half(high, &hex::LOWER_CASE),
        hex::half(low, &hex::LOWER_CASE),
    ) {
        (Some(high), Some(low)) => Ok(u128::from(high) << 64 | u128::from(low)),
        _ => Err(BadId::NotLowerHex),
    }
}

/// The address in a text, if Zipkin would keep it. IPv4 inside IPv6 is IPv4, in the forms
/// `::1.2.3.4` and `::ffff:1.2.3.4`; other mixed forms are not addresses.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let allowed = |byte: u8| byte.is_ascii_hexdigit() || byte == b'.' || byte == b':';
    if !text.bytes().all(allowed) {
        return None;
    }
    match (text.rfind(':'), text.contains('.')) {
        (None, _) => dotted_quad(text).map(IpAddr::V4),
        (Some(_), false) => {
            let address = text.parse::<Ipv6Addr>();
            let address = address.or_else(|_| without_leading_zeros(text).parse());
            address.ok().map(IpAddr::V6)
        }
        (Some(colon), true) => {
            let (before, quad) = text.split_at(colon);
            let mapped = before.strip_prefix("::").is_some_and(|group| {
                group.len() == 4 && group.bytes().all(|byte| matches!(byte, b'f' | b'F' | b'0'))
            });
            if before == ":" || mapped {
                dotted_quad(&quad[1..]).map(IpAddr::V4)
            } else {
                None
            }
        }
    }
}

/// More zeros before a group of an IPv6 address than there are digits in one, which Zipkin takes.
fn without_leading_zeros(text: &str) -> String {
    let group = |group| match (group, str::trim_start_matches(group, '0')) {
        ("", _) => "",
        (_, "") => "0",
        (_, trimmed) => trimmed,
    };
    let groups: Vec<&str> = text.split(':').map(group).collect();
    groups.join(":")
}

/// Leading zeros are tolerated, so this is not `Ipv4Addr::from_str`.
fn dotted_quad(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.len() > 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *octet = part.parse().ok()?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets))
}

/// Zipkin's spelling of an IPv6 address. It shortens the longest run of zeros that is followed by
/// something (even a single zero), and one at the end only if there is no other.
pub(super) fn address_text(address: Ipv6Addr) -> String {
    let groups = address.segments();
    let mut longest = 0..0;
    let mut run = 0..0;
    for (position, &group) in groups.iter().enumerate() {
        if group == 0 {
            run.end = position + 1;
        } else {
            if run.len() > longest.len() {
                longest = run;
            }
            run = position + 1..position + 1;
        }
    }
    if longest.is_empty() {
        longest = run;
    }
    let spell = |groups: &[u16]| {
        groups
            .iter()
            .map(|group| format!("{group:x}"))
            .collect::<Vec<_>>()
            .join(":")
    };
    if longest.is_empty() {
        return spell(&groups);
    }
    format!(
        "{}::{}",
        spell(&groups[..longest.start]),
        spell(&groups[longest.end..])
    )
}

/// The order of Java's strings: by UTF-16 units. It differs from the order of UTF-8 bytes only
/// where a character beyond U+FFFF meets one from U+E000 on.
pub(super) fn java_order(left: &[u8], right: &[u8]) -> Ordering {
    let rank = |byte: u8| {
        if matches!(byte, 0xee | 0xef) {
            byte + 0x10
        } else {
            byte
        }
    };
    // Keys begin alike: `http.request.`, `k8s.`.
    let words = left.as_chunks::<8>().0.iter().zip(right.as_chunks::<8>().0);
    let alike = words.take_while(|(left, right)| left == right).count() * 8;
    let rest = left[alike..].iter().zip(&right[alike..]);
    match rest.into_iter().find(|(left, right)| left != right) {
        Some((&left, &right)) => rank(left).cmp(&rank(right)),
        None => left.len().cmp(&right.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_lower_case_hex() {
        for (text, id) in [
            ("a", Ok("000000000000000a")),
            ("00000000000000000000000000000abc", Ok("0000000000000abc")),
            ("123456789012345678", Ok("00000000000000123456789012345678")),
            ("", Err("traceId is empty")),
            (
                "000000000000000000000000000000001",
                Err("traceId.length > 32"),
            ),
            ("0000", Err("traceId is all zeros")),
            ("A", Err("A should be lower-hex encoded with no prefix")),
            ("0x1", Err("0x1 should be lower-hex encoded with no prefix")),
            ("+1", Err("+1 should be lower-hex encoded with no prefix")),
        ] {
            let read = trace_id(text.as_bytes()).map(|id| id.to_string());
            let read = read.map_err(|bad| bad.text("traceId", text));
            assert_eq!(read.as_deref().map_err(String::as_str), id, "{text}");
        }
        assert_eq!(span_id(b"00000000000000001"), Err(BadId::TooLong(16)));
        assert_eq!(span_id(b"0"), Err(BadId::Zero));
        assert_eq!(parent_id(b"0"), Ok(None));
    }

    #[test]
    fn addresses_are_read_and_written_as_zipkin_does() {
        for (text, written) in [
            ("1.2.3.4", Some("1.2.3.4")),
            ("001.02.3.4", Some("1.2.3.4")),
            ("1.2.3.256", None),
            ("1.2.3", None),
            ("1.2.3.4.5", None),
            ("::1.2.3.4", Some("1.2.3.4")),
            ("::ffff:1.2.3.4", Some("1.2.3.4")),
            ("::FF0f:1.2.3.4", Some("1.2.3.4")),
            ("::fff:1.2.3.4", None),
            ("1::1.2.3.4", None),
            ("1.2.3.4:80", None),
            ("localhost", None),
            ("", None),
            ("::1", Some("::1")),
            ("::", Some("::")),
            ("fe80::1%eth0", None),
            ("2001:DB8::C001", Some("2001:db8::c001")),
            ("2001:0:0:4:0:0:0:8", Some("2001:0:0:4::8")),
            ("2001:0:0:4:0:0:0:0", Some("2001::4:0:0:0:0")),
            ("2001:1:0:4:1:1:1:1", Some("2001:1::4:1:1:1:1")),
            ("1:2:3:4:5:6:7:0", Some("1:2:3:4:5:6:7::")),
            ("1:2:3:4:5:6:7:8", Some("1:2:3:4:5:6:7:8")),
            ("1:0:0:0:0:0:0:A", Some("1::a")),
            ("::00001", Some("::1")),
            ("00001:2:3:4:5:6:7:00000", Some("1:2:3:4:5:6:7::")),
            ("::00000", Some("::")),
            ("::010000", None),
            ("12345::", None),
            ("1:2:3:4:5:6:7:", None),
            ("1::2::3", None),
            (":", None),
        ] {
            let found = address(text).map(|address| match address {
                IpAddr::V4(address) => address.to_string(),
                IpAddr::V6(address) => address_text(address),
            });
            assert_eq!(found.as_deref(), written, "{text}");
        }
    }

    #[test]
    fn text_is_ordered_as_in_java() {
        for pair in [
            ("", "a"),
            ("a", "b"),
            ("a", "ab"),
            ("가", "\u{e000}"),
            ("😀", "\u{e000}"),
        ] {
            let utf16 = pair.0.encode_utf16().cmp(pair.1.encode_utf16());
            assert_eq!(
                java_order(pair.0.as_bytes(), pair.1.as_bytes()),
                utf16,
                "{pair:?}"
            );
        }
    }
}
