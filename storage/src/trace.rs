//! A trace: every span that carries one trace id.
use std::collections::HashMap;
use std::collections::hash_map::Entry;

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

impl Trace {
    /// Groups spans by their exact trace id, in order of first appearance; spans reported twice
    /// word for word are kept once (Zipkin's contract for re-delivered messages).
    pub fn group(spans: impl IntoIterator<Item = Span>) -> Vec<Self> {
        let mut positions: HashMap<TraceId, usize> = HashMap::new();
        let mut traces: Vec<Self> = Vec::new();
        for span in spans {
            match positions.entry(span.trace_id) {
                Entry::Occupied(position) => traces[*position.get()].spans.push(span),
                Entry::Vacant(vacant) => {
                    vacant.insert(traces.len());
                    traces.push(Self {
                        id: span.trace_id,
                        spans: vec![span],
                        truncated: false,
                    });
                }
            }
        }
        for trace in &mut traces {
            trace.remove_duplicates();
        }
        traces
    }

    fn remove_duplicates(&mut self) {
        let mut seen: HashMap<(SpanId, Kind, bool), Vec<usize>> = HashMap::new();
        let mut unique: Vec<Span> = Vec::with_capacity(self.spans.len());
        for span in self.spans.drain(..) {
            let same_id = seen
                .entry((span.span_id, span.kind, span.shared))
                .or_default();
            if same_id.iter().any(|position| unique[*position] == span) {
                continue;
            }
            // A hostile client may send one id a hundred thousand times with small differences:
            // comparing each with the first few keeps this linear.
            if same_id.len() < 8 {
                same_id.push(unique.len());
            }
            unique.push(span);
        }
        self.spans = unique;
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
