//! Spans on their way in: what a codec fills and a store keeps. Texts are ranges of the request's
//! own bytes or of a small arena beside them, so that decoding copies (almost) nothing.
mod plain;

use bytes::Bytes;

use crate::id::{SpanId, TraceId};
use crate::span::{Format, Kind, StatusCode};

pub use plain::SharedSource;

/// The most bytes one batch may span, request and arena together: texts are 32-bit ranges.
pub const BATCH_BYTES_MAX: usize = 256 << 20;

/// What an ordinary request has: a guess that only decides how often lists grow. Of bytes rather
/// too few, since room that is not used costs less than moving all rows for the last spans.
const USUAL_SPAN_BYTES: usize = 256;
const USUAL_SPANS: usize = 512;
const USUAL_ATTRIBUTES: usize = 10;

/// Spans of one request, in the order of the request.
///
/// Invariant: every [`Text`] and index inside was handed out by this batch.
#[derive(Clone, Default)]
pub struct SpanBatch {
    body: Bytes,
    arena: Vec<u8>,
    sources: Vec<SourceRow>,
    spans: Vec<SpanRow>,
    /// Those of the first span, of the second …
    attributes: Vec<AttributeRow>,
    /// Where the attributes of each span end.
    ends: Vec<u32>,
}

/// A range of a batch's bytes. The default is the empty text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text {
    start: u32,
    length: u32,
}

impl Text {
    pub const fn is_empty(self) -> bool {
        self.length == 0
    }

    /// What is behind the first bytes of it.
    #[cfg(feature = "local")]
    pub(crate) fn skip(self, bytes: usize) -> Self {
        let bytes = self.length.min(bytes as u32);
        Self {
            start: self.start + bytes,
            length: self.length - bytes,
        }
    }
}

/// One span: fixed parts as numbers, texts as ranges, nested parts as [`crate::encoding`] bytes.
#[derive(Clone, Copy, Debug)]
pub struct SpanRow {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    pub parent_id: Option<SpanId>,
    pub kind: Kind,
    pub format: Format,
    pub shared: bool,
    pub debug: bool,
    pub status: StatusCode,
    pub flags: u32,
    /// Empty is absent.
    pub name: Text,
    pub start: Option<u64>,
    pub duration: Option<i64>,
    /// Which of the batch's sources recorded it.
    pub source: SourceIndex,
    /// Zipkin's remote endpoint as [`crate::encoding::put_endpoint`] bytes; empty is absent.
    pub remote_endpoint: Text,
    /// [`crate::encoding::put_details`] bytes; empty when the span has none of them.
    pub details: Text,
}

impl SpanRow {
    /// A span of which nothing but its ids is known.
    pub fn new(trace_id: TraceId, span_id: SpanId, format: Format, source: SourceIndex) -> Self {
        Self {
            trace_id,
            span_id,
            parent_id: None,
            kind: Kind::Unspecified,
            format,
            shared: false,
            debug: false,
            status: StatusCode::Unset,
            flags: 0,
            name: Text::default(),
            start: None,
            duration: None,
            source,
            remote_endpoint: Text::default(),
            details: Text::default(),
        }
    }
}

/// A source of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceIndex(u32);

/// How far a batch was filled.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    spans: usize,
    sources: usize,
}

/// Who recorded spans: its service beside the [`crate::encoding::put_source`] bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct SourceRow {
    /// Empty when unknown.
    pub service: Text,
    pub encoded: Text,
}

#[derive(Clone, Copy, Debug)]
pub struct AttributeRow {
    pub key: Text,
    pub value: ValueRow,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueRow {
    Empty,
    String(Text),
    Bool(bool),
    Int(i64),
    Double(f64),
    /// Bytes, array or map, as [`crate::encoding::put_value`] bytes.
    Encoded(Text),
}

impl SpanBatch {
    /// A batch whose texts may be ranges of `body`. Room is made for the spans that a body of this
    /// length usually has, up to those of an ordinary request.
    pub fn new(body: Bytes) -> Self {
        let spans = (body.len() / USUAL_SPAN_BYTES).min(USUAL_SPANS);
        Self {
            spans: Vec::with_capacity(spans),
            attributes: Vec::with_capacity(spans * USUAL_ATTRIBUTES),
            ends: Vec::with_capacity(spans),
            body,
            ..Self::default()
        }
    }

    /// A range of the body. Out of the body is the empty text.
    #[inline]
    pub fn body_text(&self, start: usize, length: usize) -> Text {
        if start.saturating_add(length) > self.body.len() {
            return Text::default();
        }
        Text {
            start: start as u32,
            length: length as u32,
        }
    }

    /// Copies bytes that are not in the body as they are needed (unescaped, translated).
    #[inline]
    pub fn add_text(&mut self, bytes: &[u8]) -> Text {
        self.add_encoded(|arena| arena.extend_from_slice(bytes))
    }

    /// Lets `write` append bytes and returns their range. Beyond [`BATCH_BYTES_MAX`] nothing is
    /// kept; doors bound requests far below it.
    #[inline]
    pub fn add_encoded(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Text {
        let before = self.arena.len();
        write(&mut self.arena);
        let start = self.body.len() + before;
        if self.body.len() + self.arena.len() > BATCH_BYTES_MAX {
            self.arena.truncate(before);
            return Text::default();
        }
        Text {
            start: start as u32,
            length: (self.arena.len() - before) as u32,
        }
    }

    pub fn add_source(&mut self, service: Text, encoded: Text) -> SourceIndex {
        self.sources.push(SourceRow { service, encoded });
        SourceIndex(self.sources.len() as u32 - 1)
    }

    /// Says who a source is that was added when that was not known yet.
    pub fn set_source(&mut self, index: SourceIndex, service: Text, encoded: Text) {
        if let Some(source) = self.sources.get_mut(index.0 as usize) {
            *source = SourceRow { service, encoded };
        }
    }

    /// Adds an attribute to the span that will be added next.
    #[inline]
    pub fn add_attribute(&mut self, key: Text, value: ValueRow) {
        self.attributes.push(AttributeRow { key, value });
    }

    /// Where the attributes begin of the span that will be added next.
    #[inline]
    fn pending(&self) -> usize {
        self.ends.last().map_or(0, |end| *end as usize)
    }

    #[inline]
    pub fn add_span(&mut self, span: SpanRow) {
        self.spans.push(span);
        self.ends.push(self.attributes.len() as u32);
    }

    /// Forgets the attributes of a span that turned out to be bad.
    #[inline]
    pub fn discard_pending(&mut self) {
        self.attributes.truncate(self.pending());
    }

    /// How far the batch is filled, between two spans.
    pub const fn mark(&self) -> Mark {
        Mark {
            spans: self.spans.len(),
            sources: self.sources.len(),
        }
    }

    /// Forgets the spans and sources that were added since.
    pub fn return_to(&mut self, mark: Mark) {
        self.spans.truncate(mark.spans);
        self.ends.truncate(mark.spans);
        self.sources.truncate(mark.sources);
        self.discard_pending();
    }

    pub fn len(&self) -> usize {
        self.spans.len()
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Bytes that the batch keeps in memory, for admission.
    #[inline]
    pub fn bytes_held(&self) -> usize {
        self.body.len()
            + self.arena.len()
            + self.spans.len() * (size_of::<SpanRow>() + size_of::<u32>())
            + self.attributes.len() * size_of::<AttributeRow>()
    }

    pub fn spans(&self) -> &[SpanRow] {
        &self.spans
    }

    /// The spans with the attributes of each.
    pub fn spans_with_attributes(&self) -> impl Iterator<Item = (&SpanRow, &[AttributeRow])> {
        let mut start = 0;
        self.spans.iter().zip(&self.ends).map(move |(span, end)| {
            let own = start..*end as usize;
            start = own.end;
            (span, self.attributes.get(own).unwrap_or_default())
        })
    }

    pub fn source(&self, index: SourceIndex) -> SourceRow {
        self.sources
            .get(index.0 as usize)
            .copied()
            .unwrap_or_default()
    }

    /// All sources, each with the number of its spans.
    pub fn sources(&self) -> impl Iterator<Item = (SourceRow, u64)> {
        let mut spans = vec![0; self.sources.len()];
        for span in &self.spans {
            if let Some(count) = spans.get_mut(span.source.0 as usize) {
                *count += 1;
            }
        }
        self.sources.iter().copied().zip(spans)
    }

    #[inline]
    pub fn bytes(&self, text: Text) -> &[u8] {
        let start = text.start as usize;
        let end = start + text.length as usize;
        if end <= self.body.len() {
            &self.body[start..end]
        } else {
            let offset = self.body.len();
            self.arena
                .get(start - offset..end - offset)
                .unwrap_or_default()
        }
    }

    /// The text of a range, with U+FFFD for bytes that are not UTF-8.
    pub fn string(&self, text: Text) -> String {
        String::from_utf8_lossy(self.bytes(text)).into_owned()
    }
}
