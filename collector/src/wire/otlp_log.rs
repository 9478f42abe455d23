//! What both spellings of OTLP's logs fill: the record that is being read, and how it becomes an
//! event of its span ([`Format::Log`]).
use std::borrow::Cow;

use storage::batch::{SourceIndex, SpanRow};
use storage::draft;
use storage::encoding::{Reader, put_bytes, put_varint};
use storage::semconv::{EXCEPTION, EXCEPTION_KEYS};
use storage::span::{Format, Value};

use super::Reason;
use super::otlp_span::{Id, Intake};
use super::trouble::Refusal;

/// The record that is being read.
#[derive(Default)]
pub(super) struct LogDraft {
    /// Nanoseconds since the epoch; 0 is absent.
    pub(super) time: u64,
    pub(super) observed: u64,
    pub(super) severity: u64,
    pub(super) severity_text: Vec<u8>,
    pub(super) event_name: Vec<u8>,
    /// In the encoding of the vault; empty is absent.
    pub(super) body: Vec<u8>,
    /// A finished list; empty is none.
    pub(super) attributes: Vec<u8>,
    pub(super) dropped: u32,
    /// The attributes of the event while they are put together.
    all: Vec<u8>,
}

impl LogDraft {
    /// Forgets the record before, but for its room.
    pub(super) fn clear(&mut self) {
        (self.time, self.observed, self.severity, self.dropped) = (0, 0, 0, 0);
        for bytes in [
            &mut self.severity_text,
            &mut self.event_name,
            &mut self.body,
            &mut self.attributes,
        ] {
            bytes.clear();
        }
    }

    /// What the event is called, and whether the record's body is that. The order is that of how
    /// surely it is a name.
    fn name(&self) -> (Cow<'_, [u8]>, bool) {
        let named = |name: &'static [u8]| (Cow::Borrowed(name), false);
        if !self.event_name.is_empty() {
            return (Cow::Borrowed(&self.event_name), false);
        }
        if let Some(name) = self.text("event.name") {
            return (Cow::Borrowed(name), false);
        }
        if EXCEPTION_KEYS.iter().any(|key| self.text(key).is_some()) {
            return named(EXCEPTION.as_bytes());
        }
        match Reader::new(&self.body).value() {
            Ok(Value::String(text)) if is_plain(&text) => {
                (Cow::Owned(text.as_bytes().to_vec()), true)
            }
            _ => named(b"log"),
        }
    }

    /// An attribute that is a text and not empty.
    fn text(&self, key: &str) -> Option<&[u8]> {
        if self.attributes.is_empty() {
            return None;
        }
        // The bytes were written by a codec of this folder, so they can be read.
        let found = Reader::new(&self.attributes).text_of(key.as_bytes());
        found.ok().flatten().filter(|text| !text.is_empty())
    }

    /// The record's attributes, and what else it says.
    fn put_all(&mut self, with_body: bool) {
        let short_name;
        let mut severity = self.severity_text.as_slice();
        if severity.is_empty() {
            short_name = severity_name(self.severity);
            severity = short_name.as_bytes();
        }
        let with_body = with_body && !self.body.is_empty();
        let mut reader = Reader::new(&self.attributes);
        let count = reader.varint().unwrap_or(0);
        let more =
            u64::from(with_body) + u64::from(!severity.is_empty()) + u64::from(self.severity != 0);
        let out = &mut self.all;
        out.clear();
        put_varint(out, count + more);
        out.extend_from_slice(&self.attributes[reader.position()..]);
        if with_body {
            put_bytes(out, b"log.body");
            out.extend_from_slice(&self.body);
        }
        if !severity.is_empty() {
            put_bytes(out, b"log.severity");
            draft::put_string(out, severity);
        }
        if self.severity != 0 {
            put_bytes(out, b"log.severity_number");
            draft::put_int(out, self.severity as i64);
        }
    }
}

impl Intake {
    /// Is there a span that the record belongs to? Asked before anything is kept for it.
    pub(super) fn check_log_ids(&self) -> Result<(), Refusal> {
        let is_zero = |id: &Id<u64>| matches!(id, Id::Absent | Id::Number(0));
        let is_traceless = matches!(self.draft.trace_id, Id::Absent | Id::Number(0));
        if is_zero(&self.draft.span_id) || is_traceless {
            return Err(Refusal::new(Reason::NoSpan, NO_SPAN));
        }
        self.ids().map(drop)
    }

    /// Keeps a record as an event of its span.
    pub(super) fn finish_log(
        &mut self,
        log: &mut LogDraft,
        source: SourceIndex,
    ) -> Result<(), Refusal> {
        let (trace_id, span_id) = self.ids()?;
        let (name, is_body) = log.name();
        let name = name.into_owned();
        log.put_all(!is_body);
        let time = if log.time == 0 {
            log.observed
        } else {
            log.time
        };
        self.add_event(time, &name, &log.all, log.dropped);
        let details = self.add_details();
        self.batch.add_span(SpanRow {
            details,
            ..SpanRow::new(trace_id, span_id, Format::Log, source)
        });
        Ok(())
    }
}

/// Could it be a name? One line that fits into one.
fn is_plain(text: &str) -> bool {
    const BYTES_MAX: usize = 128;
    (1..=BYTES_MAX).contains(&text.len()) && !text.contains(char::is_control)
}

/// OpenTelemetry's short name of a severity's number: four steps for each level.
fn severity_name(number: u64) -> String {
    const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    let Some(level) = number
        .checked_sub(1)
        .and_then(|step| LEVELS.get(usize::try_from(step / 4).ok()?))
    else {
        return String::new();
    };
    match (number - 1) % 4 {
        0 => (*level).to_owned(),
        step => format!("{level}{}", step + 1),
    }
}

const NO_SPAN: &str = "it names no span; Hopline keeps log records only as events of the span whose trace id and \
     span id they carry: send the others elsewhere, or none with OTEL_LOGS_EXPORTER=none";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_have_opentelemetrys_short_names() {
        for (number, name) in [
            (0, ""),
            (1, "TRACE"),
            (8, "DEBUG4"),
            (9, "INFO"),
            (14, "WARN2"),
            (17, "ERROR"),
            (24, "FATAL4"),
            (25, ""),
            (u64::MAX, ""),
        ] {
            assert_eq!(severity_name(number), name, "{number}");
        }
    }

    #[test]
    fn a_body_is_a_name_when_it_is_one_short_line() {
        for (text, plain) in [
            ("order placed", true),
            ("주문 완료", true),
            ("", false),
            ("one\ntwo", false),
            ("a\u{1b}[31m", false),
        ] {
            assert_eq!(is_plain(text), plain, "{text:?}");
        }
        assert!(is_plain(&"x".repeat(128)) && !is_plain(&"x".repeat(129)));
    }
}
