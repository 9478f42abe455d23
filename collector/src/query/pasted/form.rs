//! One word, or the value of one header, as an id: every form that is known.
use storage::id::{SpanId, TraceId};

use super::{Reader, skywalking};

/// How much is known of what a word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// It is all that was pasted.
    Alone,
    /// A field that has a trace's id says it.
    Trace,
    /// A field of B3.
    B3,
    /// A field of Datadog: numbers are decimal.
    Datadog,
    /// Nothing: a word of a line. Only what cannot be anything else is an id.
    None,
}

/// Adds what a word, or the value of a header, may be.
pub(super) fn any(text: &str, name: Name, reader: &mut Reader) -> bool {
    if let Some((trace, span)) = traceparent(text) {
        reader.trace(trace, span, "traceparent", text);
    } else if let Some((trace, span)) = amazon(text) {
        reader.trace(trace, span, "X-Amzn-Trace-Id", text);
    } else if let Some((trace, span)) = cloud(text) {
        reader.trace(trace, span, "X-Cloud-Trace-Context", text);
    } else if let Some(trace) = cloud_logging(text) {
        reader.trace(Some(trace), None, "Cloud Logging trace", text);
    } else if let Some(sw8) = skywalking::header(text) {
        reader.trace(sw8.trace_id, sw8.span_id, "sw8", text);
        reader.value(&sw8.spelled);
    } else if let Some(trace) = skywalking::dotted(text) {
        reader.trace(Some(trace), None, "SkyWalking trace id", text);
        reader.value(text);
    } else if let Some((trace, span, form)) = b3_or_pair(text) {
        let form = if name == Name::B3 { "b3" } else { form };
        reader.trace(trace, span, form, text);
    } else if let Some((trace, span)) = jaeger(text, name) {
        reader.trace(trace, span, "uber-trace-id", text);
    } else if let Some(trace) = uuid(text) {
        reader.trace(Some(trace), None, "uuid", text);
        reader.value(text);
    } else {
        return tuple(text, reader) || number(text, name, reader);
    }
    true
}

/// Spring Cloud Sleuth's `app,trace,span` and `app,trace,span,exported`.
pub(super) fn tuple(text: &str, reader: &mut Reader) -> bool {
    let mut parts = text.split(',').map(str::trim).skip(1);
    match (parts.next(), parts.next()) {
        (Some(trace), Some(span)) if is_id(trace) && is_span(span) => {
            let ids = (TraceId::from_hex(trace), SpanId::from_hex(span));
            reader.trace(ids.0, ids.1, "log token", text);
            true
        }
        _ => false,
    }
}

/// A span's id, in a field that says so.
pub(super) fn span(text: &str, is_datadog: bool, reader: &mut Reader) {
    if is_datadog && let Some(number) = decimal(text) {
        reader.span(SpanId::new(number), "Datadog span id", text);
    } else {
        reader.span(SpanId::from_hex(text), "span id", text);
    }
}

/// `00-{32 hex}-{16 hex}-{flags}`; later versions may go on.
fn traceparent(text: &str) -> Option<(Option<TraceId>, Option<SpanId>)> {
    let mut parts = text.splitn(5, '-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let (span, flags) = (parts.next()?, parts.next()?);
    let fits = |text: &str, length| text.len() == length && is_hex(text);
    let is_one = fits(version, 2)
        && fits(trace, 32)
        && fits(span, 16)
        && fits(flags, 2)
        && !version.eq_ignore_ascii_case("ff");
    is_one.then(|| (TraceId::from_hex(trace), SpanId::from_hex(span)))
}

/// `Root=1-{8 hex}-{24 hex};Parent={16 hex};Sampled=1` in any order, or the root's id alone.
fn amazon(text: &str) -> Option<(Option<TraceId>, Option<SpanId>)> {
    let (mut trace, mut span) = (None, None);
    for part in text.split(';').map(str::trim).take(16) {
        let (name, value) = part.split_once('=').unwrap_or(("root", part));
        if name.eq_ignore_ascii_case("root") {
            trace = trace.or_else(|| amazon_id(value.trim()));
        } else if name.eq_ignore_ascii_case("parent") && is_span(value) {
            span = SpanId::from_hex(value);
        }
    }
    trace.map(|trace| (Some(trace), span))
}

fn amazon_id(text: &str) -> Option<TraceId> {
    let (time, rest) = text.strip_prefix("1-")?.split_once('-')?;
    let fits = time.len() == 8 && rest.len() == 24 && is_hex(rest);
    fits.then(|| TraceId::from_hex(&format!("{time}{rest}")))?
}

/// `{32 hex}/{span in decimal};o=1`.
fn cloud(text: &str) -> Option<(Option<TraceId>, Option<SpanId>)> {
    let (trace, rest) = text.split_once('/')?;
    let span = rest.split_once(';').map_or(rest, |(span, _)| span);
    let is_one = trace.len() == 32 && is_hex(trace) && is_word(span);
    is_one.then(|| {
        let span = decimal(span).and_then(SpanId::new);
        (TraceId::from_hex(trace), span)
    })
}

/// `projects/{project}/traces/{32 hex}`.
fn cloud_logging(text: &str) -> Option<TraceId> {
    let (_, trace) = text.strip_prefix("projects/")?.rsplit_once("/traces/")?;
    (trace.len() == 32).then(|| TraceId::from_hex(trace))?
}

/// `{trace}-{span}`, and B3's single header, which goes on with the sampling and the parent.
fn b3_or_pair(text: &str) -> Option<(Option<TraceId>, Option<SpanId>, &'static str)> {
    let mut parts = text.splitn(5, '-');
    let (trace, span) = (parts.next()?, parts.next()?);
    if !is_id(trace) || !is_span(span) {
        return None;
    }
    let form = match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => "trace-span token",
        (Some("0" | "1" | "d" | "true" | "false"), parent, None) if parent.is_none_or(is_span) => {
            "b3"
        }
        _ => return None,
    };
    Some((TraceId::from_hex(trace), SpanId::from_hex(span), form))
}

/// `{trace}:{span}:{parent}:{flags}`, without leading zeros; Jaeger's clients escape the colons.
fn jaeger(text: &str, name: Name) -> Option<(Option<TraceId>, Option<SpanId>)> {
    let unescaped = text.replace("%3A", ":").replace("%3a", ":");
    let mut parts = unescaped.splitn(5, ':');
    let (trace, span) = (parts.next()?, parts.next()?);
    let (parent, flags) = (parts.next()?, parts.next()?);
    let fits = |text: &str, length| (1..=length).contains(&text.len()) && is_hex(text);
    // In a line four short numbers may be anything.
    let long_enough = name != Name::None || trace.len() >= 12;
    let is_one = fits(trace, 32)
        && fits(span, 16)
        && (parent.is_empty() || fits(parent, 16))
        && fits(flags, 2)
        && parts.next().is_none()
        && long_enough;
    is_one.then(|| (TraceId::from_hex(trace), SpanId::from_hex(span)))
}

/// A trace id written as a UUID.
fn uuid(text: &str) -> Option<TraceId> {
    let is_one = text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    is_one.then(|| TraceId::from_hex(&text.replace('-', "")))?
}

/// Digits alone.
fn number(text: &str, name: Name, reader: &mut Reader) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if name == Name::Datadog
        && let Some(low) = decimal(digits)
    {
        reader.low_half(low, "Datadog trace id", text);
        return true;
    }
    let is_width = match name {
        Name::B3 => false,
        Name::None => is_id(digits),
        _ => (1..=32).contains(&digits.len()) && is_hex(digits),
    };
    let Some(id) = TraceId::from_hex(digits).filter(|_| is_width) else {
        return false;
    };
    reader.trace(Some(id), None, "trace id", text);
    reader.low_half(id.low(), "low half of a trace id", text);
    if !matches!(name, Name::Alone | Name::None) {
        return true;
    }
    if digits.len() == 16 {
        reader.span_alone(SpanId::from_hex(digits), "span id", text);
    } else if digits.len() == 32 {
        // nginx makes such request ids.
        reader.value(text);
    }
    if name == Name::Alone
        && let Some(number) = decimal(digits)
    {
        reader.low_half(number, "Datadog trace id", text);
        reader.span_alone(SpanId::new(number), "Datadog span id", text);
    }
    true
}

/// What is not zero, of 64 bits.
fn decimal(text: &str) -> Option<u64> {
    let is_one = (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_one
        .then(|| text.parse().ok())?
        .filter(|number| *number != 0)
}

pub(super) fn is_id(text: &str) -> bool {
    matches!(text.len(), 16 | 32) && is_hex(text)
}

pub(super) fn is_span(text: &str) -> bool {
    text.len() == 16 && is_hex(text)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
