//! What both spellings of OTLP fill: the span or log record that is being read, and the rules that
//! say whether it is kept.
use std::borrow::Cow;

use bytes::Bytes;
use storage::batch::{Mark, SourceIndex, SpanBatch, SpanRow, Text, ValueRow};
use storage::draft::{DetailsDraft, LinkDraft};
use storage::id::{SpanId, TraceId};
use storage::span::{Format, Kind, StatusCode};

use super::has_room;
use super::trouble::Refusal;
use super::utf8::{body_text, repair};
use super::{ATTRIBUTES_MAX, Decoded, EVENTS_MAX, Reason, Refused, SPANS_MAX};

/// A request while its spans are read.
pub(super) struct Intake {
    pub(super) batch: SpanBatch,
    pub(super) texts_repaired: u64,
    pub(super) draft: Draft,
    /// The parts of that span that few spans have.
    pub(super) details: DetailsDraft,
    refused: Refused,
    /// What is counted, for people: `span`, `log record`.
    noun: &'static str,
    /// Seen so far, good and bad.
    spans: usize,
    /// `texts_repaired` when the current span began.
    repaired_before: u64,
}

/// The span that is being read. The ids are checked when all fields have been seen.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) trace_id: Id<u128>,
    pub(super) span_id: Id<u64>,
    pub(super) parent_id: Id<u64>,
    pub(super) kind: Kind,
    pub(super) name: Text,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) status: StatusCode,
    pub(super) flags: u32,
    attributes: usize,
    /// Beyond the limits.
    attributes_cut: u32,
    events_cut: u32,
    links_cut: u32,
}

/// An id as it was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Id<T> {
    #[default]
    Absent,
    Malformed,
    Number(T),
}

impl Id<u128> {
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        match bytes.try_into() {
            Ok(array) => Self::Number(u128::from_be_bytes(array)),
            Err(_) if bytes.is_empty() => Self::Absent,
            Err(_) => Self::Malformed,
        }
    }
}

impl Id<u64> {
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        match bytes.try_into() {
            Ok(array) => Self::Number(u64::from_be_bytes(array)),
            Err(_) if bytes.is_empty() => Self::Absent,
            Err(_) => Self::Malformed,
        }
    }
}

impl Intake {
    pub(super) fn new(body: Bytes, noun: &'static str) -> Self {
        Self {
            batch: SpanBatch::new(body),
            texts_repaired: 0,
            draft: Draft::default(),
            details: DetailsDraft::default(),
            refused: Refused::default(),
            noun,
            spans: 0,
            repaired_before: 0,
        }
    }

    pub(super) fn into_decoded(self) -> Decoded {
        let Self {
            batch,
            refused,
            texts_repaired,
            ..
        } = self;
        Decoded {
            batch,
            refused,
            texts_repaired,
        }
    }

    /// Is anyone going to read the text of the next refusal?
    pub(super) const fn explains(&self) -> bool {
        self.refused.first.is_none()
    }

    pub(super) fn begin_span(&mut self) -> Result<(), Refusal> {
        self.repaired_before = self.texts_repaired;
        self.spans += 1;
        self.draft = Draft::default();
        if !self.details.is_empty() {
            self.details.clear();
        }
        if self.spans > SPANS_MAX {
            let noun = self.noun;
            let text = format!("the request has more than 100,000 {noun}s: send smaller batches");
            return Err(Refusal::told(Reason::TooLarge, text));
        }
        self.check_room()
    }

    pub(super) fn check_room(&self) -> Result<(), Refusal> {
        if has_room(&self.batch) {
            return Ok(());
        }
        let text = "the request takes too much memory: send smaller batches";
        Err(Refusal::new(Reason::TooLarge, text))
    }

    /// Bytes of the body as a text: a range of it if they are UTF-8, otherwise a repaired copy.
    #[inline]
    pub(super) fn body_text(&mut self, start: usize, bytes: &[u8]) -> Text {
        body_text(&mut self.batch, &mut self.texts_repaired, start, bytes)
    }

    /// Replaces what is not UTF-8, and counts it.
    #[inline]
    pub(super) fn repair<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        repair(bytes, &mut self.texts_repaired)
    }

    /// Is there room for another attribute? Counts it, kept or cut.
    pub(super) const fn admit_attribute(&mut self) -> bool {
        let admitted = self.draft.attributes < ATTRIBUTES_MAX;
        if admitted {
            self.draft.attributes += 1;
        } else {
            self.draft.attributes_cut = self.draft.attributes_cut.saturating_add(1);
        }
        admitted
    }

    #[inline]
    pub(super) fn add_attribute(&mut self, key: Text, value: ValueRow) {
        self.batch.add_attribute(key, value);
    }

    /// The ids of what is being read, which must have both.
    pub(super) fn ids(&self) -> Result<(TraceId, SpanId), Refusal> {
        let trace_id = match self.draft.trace_id {
            Id::Number(number) => TraceId::new(number),
            Id::Absent => None,
            Id::Malformed => {
                return Err(Refusal::new(
                    Reason::InvalidId,
                    "the trace id does not have 16 bytes",
                ));
            }
        };
        let span_id = match self.draft.span_id {
            Id::Number(number) => SpanId::new(number),
            Id::Absent => None,
            Id::Malformed => {
                return Err(Refusal::new(
                    Reason::InvalidId,
                    "the span id does not have 8 bytes",
                ));
            }
        };
        let text = "the trace id is missing or zero";
        let trace_id = trace_id.ok_or_else(|| Refusal::new(Reason::InvalidId, text))?;
        let text = "the span id is missing or zero";
        let span_id = span_id.ok_or_else(|| Refusal::new(Reason::InvalidId, text))?;
        Ok((trace_id, span_id))
    }

    pub(super) fn finish_span(&mut self, source: SourceIndex) -> Result<(), Refusal> {
        let parent_id = match self.draft.parent_id {
            Id::Number(number) => SpanId::new(number),
            Id::Absent => None,
            Id::Malformed => {
                let text = "the parent span id does not have 8 bytes";
                return Err(Refusal::new(Reason::InvalidId, text));
            }
        };
        let (trace_id, span_id) = self.ids()?;
        let details = self.add_details();
        let draft = &self.draft;
        self.batch.add_span(SpanRow {
            parent_id,
            kind: draft.kind,
            status: draft.status,
            flags: draft.flags,
            name: draft.name,
            start: (draft.start != 0).then_some(draft.start),
            // The end of a span without a start is kept as its duration, so that it is not lost.
            duration: (draft.end != 0).then(|| draft.end.wrapping_sub(draft.start) as i64),
            details,
            ..SpanRow::new(trace_id, span_id, Format::Otlp, source)
        });
        Ok(())
    }

    pub(super) fn add_details(&mut self) -> Text {
        let Self {
            batch,
            draft,
            details,
            ..
        } = self;
        let add = |count: &mut u32, cut| *count = count.saturating_add(cut);
        add(&mut details.dropped_attributes, draft.attributes_cut);
        add(&mut details.dropped_events, draft.events_cut);
        add(&mut details.dropped_links, draft.links_cut);
        if details.is_empty() {
            return Text::default();
        }
        batch.add_encoded(|out| details.write(out))
    }

    /// Forgets the current span and says why.
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.batch.discard_pending();
        self.texts_repaired = self.repaired_before;
        let number = self.spans;
        let noun = self.noun;
        self.refused
            .add(refusal.reason, || refusal_text(noun, number, &refusal));
    }

    /// Where the next span will be.
    pub(super) const fn place(&self) -> Place {
        Place {
            mark: self.batch.mark(),
            seen: self.spans,
            texts_repaired: self.texts_repaired,
        }
    }

    /// Forgets the spans that were kept since a place and says why.
    pub(super) fn refuse_since(&mut self, place: Place, refusal: &Refusal) {
        // Those that were refused by themselves are counted already.
        let before = self.batch.len();
        self.batch.return_to(place.mark);
        let lost = before - self.batch.len();
        self.texts_repaired = place.texts_repaired;
        let text = refusal_text(self.noun, place.seen + 1, refusal);
        self.refused.add_all(refusal.reason, lost as u64, &text);
    }

    /// A source for the spans that follow; who it is is known when their resource has ended.
    pub(super) fn add_source(&mut self) -> SourceIndex {
        self.batch.add_source(Text::default(), Text::default())
    }
}

/// A place between two spans.
#[derive(Clone, Copy)]
pub(super) struct Place {
    mark: Mark,
    /// Spans before it, good and bad.
    seen: usize,
    texts_repaired: u64,
}

fn refusal_text(noun: &str, number: usize, refusal: &Refusal) -> String {
    let text = match &*refusal.text {
        "" => "a field is not what OTLP says",
        text => text,
    };
    format!("{noun} {number} of the request: {text}")
}

impl Intake {
    /// `attributes` is a finished list.
    pub(super) fn add_event(&mut self, time: u64, name: &[u8], attributes: &[u8], dropped: u32) {
        if self.details.event_count() == EVENTS_MAX {
            self.draft.events_cut = self.draft.events_cut.saturating_add(1);
            return;
        }
        // The same 64 bits: a time after the year 2262 is negative until it is written again.
        self.details
            .add_event(time as i64, name, attributes, dropped);
    }

    /// A link whose ids cannot be ids points nowhere: it is dropped and counted.
    pub(super) fn add_link(&mut self, trace_id: Id<u128>, span_id: Id<u64>, link: LinkDraft<'_>) {
        let trace_id = match trace_id {
            Id::Number(number) => Some(number),
            Id::Absent => Some(0),
            Id::Malformed => None,
        };
        let span_id = match span_id {
            Id::Number(number) => Some(number),
            Id::Absent => Some(0),
            Id::Malformed => None,
        };
        match (trace_id, span_id) {
            (Some(trace_id), Some(span_id)) if self.details.link_count() < EVENTS_MAX => {
                self.details.add_link(&LinkDraft {
                    trace_id,
                    span_id,
                    ..link
                });
            }
            _ => self.draft.links_cut = self.draft.links_cut.saturating_add(1),
        }
    }
}
