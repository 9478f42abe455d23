//! What all of Zipkin's formats fill: a request becomes a batch span by span, by the rules that
//! they share.
use std::collections::HashMap;

use bytes::Bytes;
use storage::batch::{SourceIndex, SpanBatch, SpanRow, Text};
use storage::draft::{DetailsDraft, NO_ATTRIBUTES};
use storage::encoding::{Source, put_endpoint, put_source};
use storage::span::{Endpoint, Kind};

use super::trouble::Refusal;
use super::utf8::body_text;
use super::zipkin_rules::java_order;
use super::zipkin_spelled::{Peer, Spelled};
use super::zipkin_tags::Tags;
use super::{ATTRIBUTES_MAX, Decoded, EVENTS_MAX, Reason, Refused, SPANS_MAX, has_room};

/// A request while its spans are read.
pub(super) struct Intake<'a> {
    pub(super) batch: SpanBatch,
    pub(super) texts_repaired: u64,
    refused: Refused,
    /// Seen so far, good and bad.
    spans: usize,
    /// `texts_repaired` when the current span began.
    repaired_before: u64,
    /// Those of the current span.
    tags: Tags,
    /// Nanoseconds and text of each annotation of the current span.
    annotations: Vec<(i64, Text)>,
    details: DetailsDraft,
    sources: HashMap<Option<Endpoint>, SourceIndex>,
    /// Most requests come from one service, which spells itself the same in every span.
    pub(super) local: Spelled<'a, SourceIndex>,
    /// It calls the same few others many times.
    pub(super) remote: Spelled<'a, Text>,
}

impl<'a> Intake<'a> {
    pub(super) fn new(body: Bytes) -> Self {
        Self {
            batch: SpanBatch::new(body),
            texts_repaired: 0,
            refused: Refused::default(),
            spans: 0,
            repaired_before: 0,
            tags: Tags::default(),
            annotations: Vec::new(),
            details: DetailsDraft::default(),
            sources: HashMap::new(),
            local: Spelled::default(),
            remote: Spelled::default(),
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

    pub(super) fn begin_span(&mut self) -> Result<(), Refusal> {
        self.repaired_before = self.texts_repaired;
        self.tags.clear();
        self.annotations.clear();
        self.spans += 1;
        if self.spans > SPANS_MAX {
            let text = "more than 100,000 spans in one list: send shorter lists";
            return Err(Refusal::new(Reason::TooLarge, text));
        }
        if !has_room(&self.batch) {
            let text = "too many tags in one list: send shorter lists";
            return Err(Refusal::new(Reason::TooLarge, text));
        }
        Ok(())
    }

    /// Adds a tag to the span that is read now; both texts are in the batch.
    #[inline]
    pub(super) fn add_tag(&mut self, key: Text, value: Text) -> Result<(), Refusal> {
        if self.tags.len() >= ATTRIBUTES_MAX {
            return Err(Refusal::new(Reason::TooLarge, "more than 1,024 tags"));
        }
        self.tags.push(&self.batch, key, value);
        Ok(())
    }

    /// Adds an annotation to the span that is read now; `time` is in nanoseconds.
    pub(super) fn add_annotation(&mut self, time: i64, value: Text) -> Result<(), Refusal> {
        if self.annotations.len() >= EVENTS_MAX {
            let text = "more than 1,024 annotations";
            return Err(Refusal::new(Reason::TooLarge, text));
        }
        self.annotations.push((time, value));
        Ok(())
    }

    /// Adds the span with the tags and annotations that were gathered for it, and gathers anew.
    #[inline]
    pub(super) fn add_span(&mut self, span: SpanRow) {
        self.tags.add_to(&mut self.batch);
        let details = self.add_annotations();
        self.batch.add_span(SpanRow {
            parent_id: span.parent_id.filter(|parent| *parent != span.span_id),
            shared: span.shared && span.kind != Kind::Client,
            details,
            ..span
        });
        self.tags.clear();
        self.annotations.clear();
    }

    /// Forgets the current span; `text` says why, and is asked for only once.
    pub(super) fn refuse(&mut self, reason: Reason, text: impl FnOnce() -> String) {
        self.batch.discard_pending();
        self.texts_repaired = self.repaired_before;
        self.refused.add(reason, text);
    }

    /// Bytes of the body as a text: a range of it if they are UTF-8, otherwise a repaired copy.
    #[inline]
    pub(super) fn body_text(&mut self, start: usize, bytes: &[u8]) -> Text {
        body_text(&mut self.batch, &mut self.texts_repaired, start, bytes)
    }

    /// Who recorded the span.
    #[inline]
    pub(super) fn local(&mut self, peer: Peer<'a, SourceIndex>) -> SourceIndex {
        match peer {
            Peer::Again(source) => source,
            Peer::New(endpoint, spelling) => {
                let source = self.source(endpoint);
                self.local.learn(spelling, source);
                source
            }
            Peer::Absent => self.source(None),
        }
    }

    /// The other side, as the batch keeps it.
    #[inline]
    pub(super) fn remote(&mut self, peer: Peer<'a, Text>) -> Text {
        match peer {
            Peer::Again(text) => text,
            Peer::New(Some(endpoint), spelling) => {
                let text = self.remote_endpoint(&endpoint);
                self.remote.learn(spelling, text);
                text
            }
            Peer::New(None, _) | Peer::Absent => Text::default(),
        }
    }

    pub(super) fn remote_endpoint(&mut self, endpoint: &Endpoint) -> Text {
        self.batch.add_encoded(|out| put_endpoint(out, endpoint))
    }

    /// One source for all spans with the same local endpoint.
    pub(super) fn source(&mut self, endpoint: Option<Endpoint>) -> SourceIndex {
        if let Some(source) = self.sources.get(&endpoint) {
            return *source;
        }
        let service = endpoint
            .as_ref()
            .and_then(|endpoint| endpoint.service.as_deref());
        let service = self.batch.add_text(service.unwrap_or_default().as_bytes());
        let source = Source {
            local_endpoint: endpoint.clone(),
            ..Source::default()
        };
        let encoded = self.batch.add_encoded(|out| put_source(out, &source));
        let source = self.batch.add_source(service, encoded);
        self.sources.insert(endpoint, source);
        source
    }

    /// Sorted by time and text; exact repetitions are dropped.
    fn add_annotations(&mut self) -> Text {
        let Self {
            batch,
            annotations,
            details,
            ..
        } = self;
        if annotations.is_empty() {
            return Text::default();
        }
        let by_text = |left: Text, right: Text| java_order(batch.bytes(left), batch.bytes(right));
        annotations
            .sort_by(|left, right| left.0.cmp(&right.0).then_with(|| by_text(left.1, right.1)));
        annotations.dedup_by(|left, right| {
            left.0 == right.0 && batch.bytes(left.1) == batch.bytes(right.1)
        });
        details.clear();
        for (time, value) in annotations.iter() {
            details.add_event(*time, batch.bytes(*value), NO_ATTRIBUTES, 0);
        }
        batch.add_encoded(|out| details.write(out))
    }
}
