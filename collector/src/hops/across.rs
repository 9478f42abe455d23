//! What leads from a trace into others: the spans that its consumers link to, and the spans of other
//! traces that link to it. Read beforehand, with limits; nothing here asks a store.
use std::collections::{BTreeMap, HashSet};

use foldhash::quality::RandomState;
use storage::id::{SpanId, TraceId};
use storage::query::LinkTarget;
use storage::semconv;
use storage::span::{Kind, Span};
use storage::trace::Trace;

/// A span of another trace, as far as it is told of here. Its times are as recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct FarSpan {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    pub kind: Kind,
    pub service: Option<String>,
    pub operation: Option<String>,
    pub protocol: Option<String>,
    pub start: Option<u64>,
    /// `None` when it is not known or negative.
    pub duration: Option<u64>,
    pub error: bool,
    /// Does it receive or process messages?
    pub is_consumer: bool,
    /// The spans of this trace that it links to, each once; at most [`LINKS_MAX`].
    pub links_to: Vec<SpanId>,
}

/// The spans of other traces that link to a trace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkedBy {
    /// Newest first, at most [`LINKING_SPANS_MAX`].
    pub spans: Vec<FarSpan>,
    /// How many were found.
    pub count: usize,
    /// There may be more: a limit ended the search.
    pub truncated: bool,
}

/// What was read of other traces; by default nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Across {
    /// `None` when nobody asked.
    pub linked_by: Option<LinkedBy>,
    /// By the low half of the trace's id, and the span's.
    producers: BTreeMap<(u64, SpanId), FarSpan>,
}

/// Where nothing was read.
pub(super) static NOTHING: Across = Across {
    linked_by: None,
    producers: BTreeMap::new(),
};

impl Across {
    /// The other traces that the consumers of a trace link to, in the order of their links: at most
    /// [`TARGET_TRACES_MAX`].
    pub fn targets(trace: &Trace) -> Vec<TraceId> {
        let mut targets = Vec::new();
        for span in trace.spans.iter().filter(|span| is_consumer(span)) {
            for link in &span.links {
                let id = TraceId::new(link.trace_id).filter(|id| *id != trace.id);
                if let Some(id) = id.filter(|id| !targets.contains(id)) {
                    targets.push(id);
                    if targets.len() == TARGET_TRACES_MAX {
                        return targets;
                    }
                }
            }
        }
        targets
    }

    /// Keeps those spans of another trace that the consumers of `trace` link to. `asked` is the id
    /// as the links have it.
    pub fn add_target(&mut self, trace: &Trace, asked: TraceId, target: &Trace) {
        let consumers = trace.spans.iter().filter(|span| is_consumer(span));
        let links = consumers.flat_map(|span| &span.links);
        let wanted: HashSet<u64, RandomState> = links
            .filter(|link| link.trace_id == asked.value())
            .map(|link| link.span_id)
            .collect();
        for span in &target.spans {
            if wanted.contains(&span.span_id.value()) {
                let key = (asked.low(), span.span_id);
                // Of two halves with one id the one that sends is meant.
                let known = self.producers.get(&key);
                if known.is_none_or(|known| known.kind != Kind::Producer) {
                    self.producers.insert(key, far(span, Vec::new()));
                }
            }
        }
    }

    /// Keeps the spans that link to the trace `target`; newest first.
    pub fn add_linking(&mut self, target: LinkTarget, traces: &[Trace], mut truncated: bool) {
        let mut spans: Vec<FarSpan> = Vec::new();
        let mut count = 0;
        let others = traces.iter().filter(|trace| trace.id != target.trace_id);
        for (number, trace) in others.enumerate() {
            truncated |= trace.truncated || number == LINKING_TRACES_MAX;
            if number == LINKING_TRACES_MAX {
                break;
            }
            for span in &trace.spans {
                let links = span.links.iter().filter(|link| target.is_of(link));
                let mut ids: Vec<SpanId> = Vec::new();
                let mut links = links.peekable();
                if links.peek().is_none() {
                    continue;
                }
                for id in links.filter_map(|link| SpanId::new(link.span_id)) {
                    if ids.len() < LINKS_MAX && !ids.contains(&id) {
                        ids.push(id);
                    }
                }
                count += 1;
                spans.push(far(span, ids));
                if spans.len() >= 2 * LINKING_SPANS_MAX {
                    keep_newest(&mut spans);
                }
            }
        }
        keep_newest(&mut spans);
        self.linked_by = Some(LinkedBy {
            spans,
            count,
            truncated,
        });
    }

    /// The span that a link into another trace leads to, if it was read.
    pub(super) fn producer(&self, trace_id: u128, span_id: SpanId) -> Option<&FarSpan> {
        self.producers.get(&(trace_id as u64, span_id))
    }
}

impl FarSpan {
    pub(super) fn end(&self) -> Option<u64> {
        Some(self.start?.saturating_add(self.duration?))
    }
}

/// Does the span receive or process messages, and say where they come from?
pub(super) fn is_consumer(span: &Span) -> bool {
    !span.links.is_empty() && (span.kind == Kind::Consumer || semconv::processes_messages(span))
}

fn far(span: &Span, links_to: Vec<SpanId>) -> FarSpan {
    FarSpan {
        trace_id: span.trace_id,
        span_id: span.span_id,
        kind: span.kind,
        service: span.service().map(str::to_owned),
        operation: (span.name.as_deref())
            .filter(|name| !name.is_empty())
            .map(str::to_owned),
        protocol: semconv::protocol(span).map(|(_, name)| name.to_owned()),
        start: span.start,
        duration: span.duration.and_then(|nanos| u64::try_from(nanos).ok()),
        error: semconv::failed(span),
        is_consumer: is_consumer(span),
        links_to,
    }
}

fn keep_newest(spans: &mut Vec<FarSpan>) {
    spans.sort_by_key(|span| std::cmp::Reverse((span.start, span.trace_id, span.span_id)));
    spans.truncate(LINKING_SPANS_MAX);
}

/// Traces that are read for what the consumers of one trace link to.
pub const TARGET_TRACES_MAX: usize = 20;
/// Traces that are read for who links to one trace.
pub const LINKING_TRACES_MAX: usize = 20;
/// Spans that are told of as linking to a trace.
pub const LINKING_SPANS_MAX: usize = 100;
/// Links of one of them that are told.
pub const LINKS_MAX: usize = 100;
