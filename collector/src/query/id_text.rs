//! What people paste when they look for a trace: an id in all widths and cases, a UUID, a header,
//! a token of a log line. Pure text, no store.
use storage::id::{SpanId, TraceId};

/// One way to read a text as a trace id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) trace_id: TraceId,
    pub(super) span_id: Option<SpanId>,
    /// Which form it was.
    pub(super) read_as: &'static str,
}

/// Every reading of the text, the likeliest first.
pub(super) fn trace_ids(text: &str) -> Vec<Reading> {
    let text = stripped(text);
    let form = traceparent(text)
        .or_else(|| log_token(text))
        .or_else(|| b3_or_pair(text))
        .or_else(|| uuid(text))
        .or_else(|| plain(text));
    form.into_iter().collect()
}

/// Without the quotes, brackets and header names that come along when one copies.
pub(super) fn stripped(text: &str) -> &str {
    let text = text.trim();
    let text = HEADERS
        .iter()
        .find_map(|name| {
            let (head, rest) = text.split_once([':', '='])?;
            head.trim().eq_ignore_ascii_case(name).then(|| rest.trim())
        })
        .unwrap_or(text);
    text.trim_matches(|c: char| c.is_whitespace() || "\"'`[](){}<>,;".contains(c))
}

/// `00-{32 hex}-{16 hex}-{flags}`.
fn traceparent(text: &str) -> Option<Reading> {
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        [version, trace, span, flags, ..]
            if version.len() == 2 && trace.len() == 32 && span.len() == 16 && flags.len() == 2 =>
        {
            reading(trace, Some(span), "traceparent")
        }
        _ => None,
    }
}

/// Spring Cloud Sleuth's `app,trace,span`.
fn log_token(text: &str) -> Option<Reading> {
    let mut parts = text.split(',').map(str::trim);
    let (_, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    (is_id(trace) && is_span(span)).then(|| reading(trace, Some(span), "log token"))?
}

/// `{trace}-{span}`, and B3's single header, which goes on with the sampling and the parent.
fn b3_or_pair(text: &str) -> Option<Reading> {
    let parts: Vec<&str> = text.split('-').collect();
    match parts.as_slice() {
        [trace, span] if is_id(trace) && is_span(span) => {
            reading(trace, Some(span), "trace-span token")
        }
        [trace, span, sampled] | [trace, span, sampled, _]
            if is_id(trace) && is_span(span) && matches!(*sampled, "0" | "1" | "d") =>
        {
            reading(trace, Some(span), "b3")
        }
        _ => None,
    }
}

/// A trace id written as a UUID.
fn uuid(text: &str) -> Option<Reading> {
    let widths: Vec<usize> = text.split('-').map(str::len).collect();
    (widths == [8, 4, 4, 4, 12]).then(|| reading(&text.replace('-', ""), None, "uuid"))?
}

fn plain(text: &str) -> Option<Reading> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    reading(digits, None, "trace id")
}

fn reading(trace: &str, span: Option<&str>, read_as: &'static str) -> Option<Reading> {
    let trace_id = TraceId::from_hex(trace)?;
    Some(Reading {
        trace_id,
        span_id: span.and_then(SpanId::from_hex),
        read_as,
    })
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 16 | 32) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_span(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Names that are copied along with their values.
const HEADERS: [&str; 9] = [
    "traceparent",
    "b3",
    "x-b3-traceid",
    "traceid",
    "trace_id",
    "trace.id",
    "x-trace-id",
    "x-request-id",
    "x-correlation-id",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_paste() {
        let wide = "463ac35c9f6413ad48485a3953bb6124";
        let low = "48485a3953bb6124";
        for (pasted, trace, span, read_as) in [
            (wide, wide, None, "trace id"),
            ("463AC35C9F6413AD48485A3953BB6124", wide, None, "trace id"),
            (low, low, None, "trace id"),
            ("a", "000000000000000a", None, "trace id"),
            (
                "00000000000000000000000000000a",
                "000000000000000a",
                None,
                "trace id",
            ),
            (" \"48485a3953bb6124\" ", low, None, "trace id"),
            ("463ac35c-9f64-13ad-4848-5a3953bb6124", wide, None, "uuid"),
            (
                "00-463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-01",
                wide,
                Some("a2fb4a1d1a96d312"),
                "traceparent",
            ),
            (
                "traceparent: 00-463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-01",
                wide,
                Some("a2fb4a1d1a96d312"),
                "traceparent",
            ),
            (
                "48485a3953bb6124-a2fb4a1d1a96d312-1-00000000000000ff",
                low,
                Some("a2fb4a1d1a96d312"),
                "b3",
            ),
            (
                "b3: 48485a3953bb6124-a2fb4a1d1a96d312-d",
                low,
                Some("a2fb4a1d1a96d312"),
                "b3",
            ),
            (
                "[463AC35C9F6413AD48485A3953BB6124-A2FB4A1D1A96D312]",
                wide,
                Some("a2fb4a1d1a96d312"),
                "trace-span token",
            ),
            (
                "[shop,48485a3953bb6124,a2fb4a1d1a96d312]",
                low,
                Some("a2fb4a1d1a96d312"),
                "log token",
            ),
            ("traceId=48485a3953bb6124", low, None, "trace id"),
        ] {
            let readings = trace_ids(pasted);
            assert_eq!(readings.len(), 1, "{pasted}");
            assert_eq!(readings[0].trace_id.to_string(), trace, "{pasted}");
            assert_eq!(
                readings[0].span_id.map(|id| id.to_string()).as_deref(),
                span,
                "{pasted}"
            );
            assert_eq!(readings[0].read_as, read_as, "{pasted}");
        }
        for other in [
            "",
            "order-7",
            "0",
            "zzz",
            "463ac35c9f6413ad48485a3953bb61241",
            "-",
        ] {
            assert_eq!(trace_ids(other), [], "{other}");
        }
    }
}
