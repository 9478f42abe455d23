//! A trace: every span that carries one trace id, and beside them what logs say of its spans.
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use foldhash::quality::RandomState;

use crate::id::TraceId;
use crate::log;
use crate::span::Span;

#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    pub id: TraceId,
    /// In the order in which they were stored. Never empty: logs alone are no trace.
    pub spans: Vec<Span>,
    /// What logs say of spans ([`crate::span::Format::Log`]), in the order in which it was stored. A
    /// store has all of it here; after [`crate::log::fold`] it is what belongs to no span.
    pub logs: Vec<Span>,
    /// Spans were left out because the trace is larger than [`SPANS_READ_MAX`].
    pub truncated: bool,
}

/// The most spans of one trace that a store returns, and as many logs of them.
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
                        logs: Vec::new(),
                        truncated: false,
                    });
                    traces.len() - 1
                });
            }
            let trace = &mut traces[latest];
            if span.is_log() {
                trace.logs.push(span);
            } else {
                trace.spans.push(span);
            }
        }
        traces.retain(|trace| !trace.spans.is_empty());
        for trace in &mut traces {
            trace.tidy();
        }
        traces
    }

    /// As [`Self::group`] for spans that are known to be of one trace: they stay where they are.
    pub fn of_one(mut spans: Vec<Span>) -> Option<Self> {
        let mut logs = Vec::new();
        if spans.iter().any(Span::is_log) {
            (logs, spans) = spans.into_iter().partition(Span::is_log);
        }
        let mut trace = Self {
            id: spans.first()?.trace_id,
            spans,
            logs,
            truncated: false,
        };
        trace.tidy();
        Some(trace)
    }

    fn tidy(&mut self) {
        let state = RandomState::default();
        let spans_cut = tidy(&mut self.spans, |span| {
            (span.span_id, span.kind, span.shared)
        });
        let logs_cut = tidy(&mut self.logs, |log| log::hash(log, &state));
        self.truncated |= spans_cut | logs_cut;
    }
    /// From the first start to the last end of its spans as recorded, in nanoseconds: nothing is
    /// corrected for clocks that disagree.
    pub fn duration(&self) -> Option<u64> {
        let times = self.spans.iter().filter_map(|span| {
            let start = span.start?;
            let length = span.duration.unwrap_or(0).max(0) as u64;
            Some((start, start.saturating_add(length)))
        });
        let (first, last) =
            times.reduce(|(first, last), (start, end)| (first.min(start), last.max(end)))?;
        Some(last - first)
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

/// Keeps of spans that are equal the first, and of all no more than [`SPANS_READ_MAX`]. Only spans
/// with the same key can be equal. Returns whether spans were cut.
fn tidy<K: Hash + Eq>(spans: &mut Vec<Span>, key: impl Fn(&Span) -> K) -> bool {
    let mut firsts: HashMap<K, usize, RandomState> =
        HashMap::with_capacity_and_hasher(spans.len(), RandomState::default());
    // Other spans with the key of a first one.
    let mut others: HashMap<usize, Vec<usize>, RandomState> = HashMap::default();
    let mut duplicates = Vec::new();
    for (position, span) in spans.iter().enumerate() {
        let first = match firsts.entry(key(span)) {
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
        spans.retain(|_| {
            let is_duplicate = duplicates.next_if_eq(&position).is_some();
            position += 1;
            !is_duplicate
        });
    }
    let is_cut = spans.len() > SPANS_READ_MAX;
    spans.truncate(SPANS_READ_MAX);
    is_cut
}
