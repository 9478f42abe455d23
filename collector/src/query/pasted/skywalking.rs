//! SkyWalking's ids, and what the collector of OpenTelemetry makes of them: its receiver tells a
//! segment's ids as those of a trace and a span.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use storage::id::{SpanId, TraceId};

/// The trace, the span that the header was sent from, and the trace's id as SkyWalking spells it.
pub(super) struct Sw8 {
    pub(super) trace_id: Option<TraceId>,
    pub(super) span_id: Option<SpanId>,
    pub(super) spelled: String,
}

/// The header `sw8`: sampling, then trace, segment, number of the span, service, instance, operation
/// and address, most of them as base64.
pub(super) fn header(text: &str) -> Option<Sw8> {
    let parts: Vec<&str> = text.splitn(9, '-').collect();
    let [sampled, trace, segment, number, ..] = parts.as_slice() else {
        return None;
    };
    if parts.len() != 8 || !matches!(*sampled, "0" | "1") {
        return None;
    }
    let spelled = decoded(trace)?;
    let segment = decoded(segment)?;
    let number: u32 = number.parse().ok()?;
    Some(Sw8 {
        trace_id: trace_id(&spelled),
        span_id: bytes(&segment, number).and_then(|bytes| {
            let (high, low) = bytes.split_at(8);
            let half = |half: &[u8]| half.iter().fold(0, |id, byte| id << 8 | u64::from(*byte));
            SpanId::new(half(high) ^ half(low))
        }),
        spelled,
    })
}

/// `{32 hex}.{thread}.{sequence}`.
pub(super) fn dotted(text: &str) -> Option<TraceId> {
    let mut parts = text.split('.');
    let (head, thread, sequence) = (parts.next()?, parts.next()?, parts.next()?);
    let is_id = head.len() == 32 && parts.next().is_none();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_id && is_number(thread) && is_number(sequence)).then(|| trace_id(text))?
}

fn trace_id(spelled: &str) -> Option<TraceId> {
    if spelled.len() <= 36 {
        return TraceId::from_hex(&spelled.replace('-', ""));
    }
    bytes(spelled, 0).and_then(|bytes| TraceId::new(u128::from_be_bytes(bytes)))
}

/// The 32 hex digits, the number of a span, the thread and the sequence, each a part of 16 bytes, the
/// latter three with their lowest byte first.
fn bytes(spelled: &str, number: u32) -> Option<[u8; 16]> {
    let head = spelled.get(..32)?;
    let mut bytes = TraceId::from_hex(head)?.value().to_be_bytes();
    let mut mix = |from: usize, with: &[u8]| {
        let place = bytes.iter_mut().skip(from);
        place.zip(with).for_each(|(byte, other)| *byte ^= other);
    };
    mix(0, &number.to_le_bytes());
    if let Some(rest) = spelled.get(32..).filter(|rest| !rest.is_empty()) {
        let (thread, sequence) = rest.strip_prefix('.')?.rsplit_once('.')?;
        mix(4, &(thread.parse::<i64>().ok()? as u32).to_le_bytes());
        mix(8, &sequence.parse::<i64>().ok()?.to_le_bytes());
    }
    Some(bytes)
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}
