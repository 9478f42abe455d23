//! A file of spans that says nothing of itself: recognised by what is in it, whatever its name. A document,
//! a list of them, or one behind the other as programs write lines.
use std::ops::Range;

use bytes::Bytes;
use storage::batch::SpanBatch;

use super::file_form::{Form, Leaf, leaves};
use super::json_fault::Fault;
use super::{
    BODY_BYTES_MAX, Decoded, Reason, Refused, SPANS_MAX, Undecodable, hopline_json, jaeger_json,
    otlp_json, otlp_logs_json, zipkin_json, zipkin_v1_json,
};

/// Spans, from whatever they were spelled in.
#[derive(Default)]
pub struct SpanFile {
    /// As the metrics name it.
    pub form: &'static str,
    pub batches: Vec<SpanBatch>,
    pub refused: Refused,
    /// Texts that were not UTF-8.
    pub texts_repaired: u64,
}

/// The whole file cannot be shown.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Of a fixed list, for the metrics.
    pub why: &'static str,
    /// For people: what is wrong, and where.
    pub text: String,
}

/// What a file may hold, for people.
pub const FORMS: &str = "a file is JSON: Zipkin's spans (v1 or v2), OTLP's traces (also one request a line, \
     as the Collector writes them), Jaeger's traces, or a trace as Hopline gives it";

impl SpanFile {
    /// How many spans there are.
    pub fn len(&self) -> usize {
        self.batches.iter().map(SpanBatch::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Reads a file.
///
/// # Errors
/// When it is not JSON, of no known form, or no span of it can be shown.
pub fn read(body: Bytes) -> Result<SpanFile, Unreadable> {
    if body.len() > BODY_BYTES_MAX {
        return Err(unreadable("too_large", "the file is too large".to_owned()));
    }
    let mut file = SpanFile::default();
    let mut at = 0;
    while let Some(begin) = next_value(&body, at) {
        let leaves = leaves(&body[begin..]).map_err(|fault| not_json(&body, begin, *fault))?;
        at = begin + leaves.end;
        for leaf in leaves.found {
            let range = begin + leaf.range.start..begin + leaf.range.end;
            file.add(&body, range, &leaf)?;
        }
    }
    if !file.is_empty() {
        return Ok(file);
    }
    Err(match file.refused.first {
        Some(first) => {
            let count = file.refused.count;
            let text = format!("none of the file's spans can be shown ({count} refused): {first}");
            unreadable("no_good_span", text)
        }
        None => unreadable("no_spans", "the file has no spans".to_owned()),
    })
}

impl SpanFile {
    fn add(&mut self, body: &Bytes, range: Range<usize>, leaf: &Leaf) -> Result<(), Unreadable> {
        let decode: fn(Bytes) -> Result<Decoded, Undecodable> = match leaf.form {
            Form::ZipkinV1 => zipkin_v1_json::decode,
            Form::ZipkinV2 => zipkin_json::decode,
            Form::Otlp => otlp_json::decode,
            Form::OtlpLogs => otlp_logs_json::decode,
            // The Collector may write all signals into one file.
            Form::OtlpMetrics => return Ok(()),
            Form::Jaeger => jaeger_json::decode,
            Form::Hopline => hopline_json::decode,
            Form::Unknown => {
                let place = place(body, range.start);
                let seen = match leaf.seen.as_str() {
                    "" => "no fields".to_owned(),
                    seen => format!("the fields {seen}"),
                };
                let text = format!("this is no form of spans that is known: {place} has {seen}");
                return Err(unreadable("unknown_form", text));
            }
        };
        let part = match leaf.is_bare {
            // A span that stands alone.
            true => Bytes::from([b"[", &body[range.clone()], b"]"].concat()),
            false => body.slice(range.clone()),
        };
        let decoded = decode(part).map_err(|error| {
            let text = match body[..range.start].trim_ascii() {
                // Places that the text tells are those of the file.
                b"" => error.0,
                _ => format!(
                    "in what begins at {}: {}",
                    place(body, range.start),
                    error.0
                ),
            };
            unreadable("malformed", text)
        })?;
        if self.form.is_empty() || leaf.form != Form::OtlpLogs {
            self.form = leaf.form.name();
        }
        self.texts_repaired += decoded.texts_repaired;
        for (reason, count) in decoded.refused.by_reason {
            let first = decoded.refused.first.as_deref().unwrap_or_default();
            self.refused.add_all(reason, count, first);
        }
        let spans = decoded.batch.len();
        if self.len() + spans > SPANS_MAX {
            let text = "the file has more than 100,000 spans";
            self.refused.add_all(Reason::TooLarge, spans as u64, text);
        } else if spans > 0 {
            self.batches.push(decoded.batch);
        }
        Ok(())
    }
}

/// Where the next document begins: white space is between them, and sometimes a comma or a mark of order.
fn next_value(body: &[u8], at: usize) -> Option<usize> {
    let rest = body.get(at..)?;
    let rest = match at {
        0 => rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest),
        _ => rest,
    };
    let length = rest.trim_ascii_start().len();
    (length > 0).then(|| body.len() - length)
}

fn not_json(body: &[u8], begin: usize, fault: Fault) -> Unreadable {
    let place = place(body, begin);
    let first = String::from_utf8_lossy(&body[begin..body.len().min(begin + 12)]).into_owned();
    if !matches!(body[begin], b'[' | b'{') {
        let text = format!("this is no JSON of spans: {place} begins with {first:?}");
        return unreadable("not_json", text);
    }
    let text = match fault {
        Fault::Malformed(text) | Fault::Exhausted(text) | Fault::Unexpected(_, text) => text,
    };
    let text = match body[..begin].trim_ascii() {
        b"" => format!("malformed JSON: {text}"),
        _ => format!("malformed JSON in what begins at {place}: {text}"),
    };
    unreadable("not_json", text)
}

fn place(body: &[u8], at: usize) -> String {
    let before = &body[..at];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let begin = before.iter().rposition(|byte| *byte == b'\n');
    let column = at - begin.map_or(0, |begin| begin + 1) + 1;
    format!("line {line} column {column}")
}

const fn unreadable(why: &'static str, text: String) -> Unreadable {
    Unreadable { why, text }
}
