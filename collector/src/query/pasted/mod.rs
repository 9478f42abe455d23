//! What people paste when they look for a trace: an id in any form, a header, a log line, a block of
//! headers. Pure text, no store. [`read`] answers what to ask for; `docs/lookup.md` has the table.
mod form;
mod line;
mod skywalking;

use storage::correlation::{PART_BYTES_MAX, fold};
use storage::id::{SpanId, TraceId};

/// The longest text that is read.
pub const TEXT_BYTES_MAX: usize = 64 << 10;
/// More ids than these in one text are not looked for.
pub const IDS_MAX: usize = 32;
/// More values than these in one text are not looked for.
pub const VALUES_MAX: usize = 8;

/// What an id may look like, for whoever gave none.
pub const FORMS: &str = "a trace id has 1 to 32 hex digits of either case, or is a UUID, or stands in \
    a traceparent, b3, uber-trace-id, X-Amzn-Trace-Id, X-Cloud-Trace-Context or sw8 header, or in a log \
    as [traceId-spanId] or [app,traceId,spanId]; anything else goes to /api/hopline/lookup?q=";

/// What a text says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pasted {
    /// The likeliest first; none twice.
    pub readings: Vec<Reading>,
    /// There were more than [`IDS_MAX`] or [`VALUES_MAX`], or names without end.
    pub is_cut: bool,
}

/// One way to read a piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    pub asks: Asks,
    /// Which form it was.
    pub read_as: &'static str,
    /// The piece.
    pub piece: String,
}

/// What a reading asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asks {
    /// A trace, and perhaps one span of it.
    Trace(TraceId, Option<SpanId>),
    /// A trace of which only the low 64 bits of the id are known: what old clients and Datadog
    /// write. Never zero.
    LowHalf(u64, Option<SpanId>),
    Span(SpanId),
    /// The exact value of a correlation key.
    Value,
}

/// Every reading of a text that is at most [`TEXT_BYTES_MAX`] long. `keys` are the correlation keys.
#[must_use]
pub fn read(text: &str, keys: &[String]) -> Pasted {
    let mut reader = Reader {
        keys: keys.iter().map(|key| fold(key).into_owned()).collect(),
        ..Reader::default()
    };
    let text = text.trim();
    let bare = bare(text);
    let is_whole = if bare.contains(char::is_whitespace) {
        form::tuple(bare, &mut reader)
    } else {
        form::any(bare, form::Name::Alone, &mut reader)
    };
    if !is_whole {
        line::scan(text, &mut reader);
    }
    reader.value(text);
    if !bare.contains('"') {
        reader.value(bare);
    }
    reader.pasted
}

/// The one trace that a text names, if it is an id and nothing else but its header's name.
#[must_use]
pub fn trace_id(text: &str) -> Option<TraceId> {
    let mut reader = Reader::default();
    let bare = bare(text);
    if !form::any(bare, form::Name::Alone, &mut reader)
        && let Some((name, value)) = bare.split_once([':', '='])
        && let Some(line::Meaning::Trace(name)) = line::meaning(name)
    {
        form::any(self::bare(value), name, &mut reader);
    }
    reader
        .pasted
        .readings
        .iter()
        .find_map(|reading| match reading.asks {
            Asks::Trace(id, _) => Some(id),
            _ => None,
        })
}

/// Without the quotes and brackets that come along when one copies.
fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || "\"'`[](){}<>,;".contains(c))
}

/// Collects readings.
#[derive(Default)]
struct Reader {
    /// Folded.
    keys: Vec<String>,
    pasted: Pasted,
    /// The id of a span that came before that of its trace.
    span: Option<SpanId>,
    /// Bytes that were looked at as one value, and then as words.
    again: usize,
}

impl Reader {
    /// Each byte may be looked at twice: then time grows with the text, whatever it is.
    const fn look_again(&mut self, bytes: usize) {
        self.again += bytes;
        self.pasted.is_cut |= self.again > 2 * TEXT_BYTES_MAX;
    }

    fn trace(
        &mut self,
        id: Option<TraceId>,
        span: Option<SpanId>,
        form: &'static str,
        piece: &str,
    ) {
        let Some(id) = id else { return };
        let span = span.or_else(|| self.span.take());
        self.id(Asks::Trace(id, span), form, piece);
    }

    fn low_half(&mut self, low: u64, form: &'static str, piece: &str) {
        if low != 0 {
            let span = self.span;
            self.id(Asks::LowHalf(low, span), form, piece);
        }
    }

    /// A span's id; it belongs to the trace beside it.
    fn span(&mut self, id: Option<SpanId>, form: &'static str, piece: &str) {
        let Some(id) = id else { return };
        self.span = Some(id);
        for reading in self.pasted.readings.iter_mut().rev() {
            match &mut reading.asks {
                Asks::LowHalf(_, span) if span.is_none() => *span = Some(id),
                Asks::Trace(_, span) if span.is_none() => {
                    *span = Some(id);
                    self.span = None;
                    break;
                }
                Asks::Trace(..) => break,
                _ => {}
            }
        }
        self.span_alone(Some(id), form, piece);
    }

    /// What may be a span's id, or a trace's.
    fn span_alone(&mut self, id: Option<SpanId>, form: &'static str, piece: &str) {
        if let Some(id) = id {
            self.id(Asks::Span(id), form, piece);
        }
    }

    fn id(&mut self, asks: Asks, read_as: &'static str, piece: &str) {
        let same = |known: &Reading| match (&known.asks, &asks) {
            (Asks::Trace(known, _), Asks::Trace(id, _)) => known == id,
            (Asks::LowHalf(known, _), Asks::LowHalf(id, _)) => known == id,
            (Asks::Span(known), Asks::Span(id)) => known == id,
            _ => false,
        };
        let known = &self.pasted.readings;
        if known.iter().any(same) {
            return;
        }
        let ids = known.iter().filter(|known| known.asks != Asks::Value);
        if ids.count() >= IDS_MAX {
            self.pasted.is_cut = true;
            return;
        }
        self.push(asks, read_as, piece);
    }

    fn value(&mut self, text: &str) {
        let is_value = |known: &&Reading| known.asks == Asks::Value;
        let mut known = self.pasted.readings.iter().filter(is_value);
        if text.is_empty() || text.len() > PART_BYTES_MAX || known.any(|known| known.piece == text)
        {
            return;
        }
        if self.pasted.readings.iter().filter(is_value).count() >= VALUES_MAX {
            self.pasted.is_cut = true;
            return;
        }
        self.push(Asks::Value, "correlation id", text);
    }

    fn push(&mut self, asks: Asks, read_as: &'static str, piece: &str) {
        self.pasted.readings.push(Reading {
            asks,
            read_as,
            piece: piece.to_owned(),
        });
    }

    /// Does a field of this name hold a correlation id?
    fn is_key(&self, name: &str) -> bool {
        let name = fold(name);
        let asks = name.contains("request") || name.contains("correlation");
        (asks && name.ends_with("id")) || self.keys.iter().any(|key| **key == *name)
    }

    /// Is there nothing that could still be added?
    fn is_full(&self) -> bool {
        self.pasted.is_cut
    }
}

#[cfg(test)]
mod tests;
