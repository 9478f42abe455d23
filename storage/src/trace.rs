//! A trace: every span that carries one trace id.
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use foldhash::quality::RandomState;

use crate::id::{SpanId, TraceId};
use crate::span::{Kind, Span};

#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    pub id: TraceId,
    /// In the order in which they were stored. Never empty.
    pub spans: Vec<Span>,
    /// Spans were left out because the trace is larger than [`SPANS_READ_MAX`].
    pub truncated: bool,
}

/// The most spans of one trace that a store returns.
pub const SPANS_READ_MAX: usize = 200_000;
/// A hostile client may send one id a hundred thousand times with small differences: comparing each
/// with the first few keeps the removal of duplicates linear.
const ALIKE_MAX: usize = 7;

impl Trace {
    /// Groups spans by their exact trace id, in order of first appearance; spans reported twice
    /// word for word are kept once (Zipkin's contract for re-delivered messages).
    pub fn group(spans: impl IntoIterator<Item = Span>) -> Vec<Self> {
        let mut positions: HashMap<TraceId, usize, RandomState> = HashMap::default();
        let mut traces: Vec<Self> = Vec::new();
        let mut latest = 0;
        for span in spans {
            // Spans of one trace mostly come one after another.
            if traces
                .get(latest)
                .is_none_or(|trace| trace.id != span.trace_id)
            {
                latest = *positions.entry(span.trace_id).or_insert_with(|| {
                    traces.push(Self {
                        id: span.trace_id,
                        spans: Vec::new(),
                        truncated: false,
                    });
                    traces.len() - 1
                });
            }
            traces[latest].spans.push(span);
        }
        for trace in &mut traces {
            trace.remove_duplicates();
        }
        traces
    }

    /// As [`Self::group`] for spans that are known to be of one trace: they stay where they are.
    pub fn of_one(spans: Vec<Span>) -> Option<Self> {
        let mut trace = Self {
            id: spans.first()?.trace_id,
            spans,
            truncated: false,
        };
        trace.remove_duplicates();
        Some(trace)
    }

    fn remove_duplicates(&mut self) {
        let spans = &self.spans;
        let mut firsts: HashMap<(SpanId, Kind, bool), usize, RandomState> =
            HashMap::with_capacity_and_hasher(spans.len(), RandomState::default());
        // Other spans with the id, kind and side of a first one.
        let mut others: HashMap<usize, Vec<usize>, RandomState> = HashMap::default();
        let mut duplicates = Vec::new();
        for (position, span) in spans.iter().enumerate() {
            let first = match firsts.entry((span.span_id, span.kind, span.shared)) {
                Entry::Vacant(vacant) => {
                    vacant.insert(position);
                    continue;
                }
                Entry::Occupied(first) => *first.get(),
            };
            let alike = others.entry(first).or_default();
            if spans[first] == *span || alike.iter().any(|other| spans[*other] == *span) {
                duplicates.push(position);
            } else if alike.len() < ALIKE_MAX {
                alike.push(position);
            }
        }
        let mut duplicates = duplicates.into_iter().peekable();
        if duplicates.peek().is_some() {
            let mut position = 0;
            self.spans.retain(|_| {
                let is_duplicate = duplicates.next_if_eq(&position).is_some();
                position += 1;
                !is_duplicate
            });
        }
        if self.spans.len() > SPANS_READ_MAX {
            self.spans.truncate(SPANS_READ_MAX);
            self.truncated = true;
        }
    }

    /// When the trace began, in nanoseconds: the start of the first span that has one and no
    /// parent, otherwise the earliest start (Zipkin's `QueryRequest.test`).
    pub fn timestamp(&self) -> Option<u64> {
        self.spans
            .iter()
            .find(|span| span.parent_id.is_none() && span.start.is_some())
            .and_then(|span| span.start)
            .or_else(|| self.spans.iter().filter_map(|span| span.start).min())
    }
}
