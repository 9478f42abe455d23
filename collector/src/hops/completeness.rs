//! Whether all of a trace is here, and if not, what tells so.
use storage::id::SpanId;
use storage::trace::{SPANS_READ_MAX, Trace};

use super::family::Family;
use super::notes::Note;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completeness {
    /// Empty when the trace is complete.
    pub reasons: Vec<Incomplete>,
    /// Is a span here that has no parent?
    pub root_received: bool,
    /// Spans without a duration: still running, or their end was lost.
    pub unfinished_spans: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incomplete {
    MissingParent {
        /// How many parents are named and not here.
        count: usize,
        /// The first [`IDS_MAX`].
        parents: Vec<SpanId>,
        /// Who names them, the first [`IDS_MAX`].
        spans: Vec<SpanId>,
    },
    /// Spans above themselves; where the circles were cut.
    Cycle { count: usize, spans: Vec<SpanId> },
    /// The trace has more of these than are read.
    Truncated { what: &'static str, max: usize },
}

impl Completeness {
    pub(super) fn of(trace: &Trace, family: &Family) -> Self {
        let noted = |note: Note| {
            let spans = trace.spans.iter().zip(&family.notes);
            spans.filter_map(move |(span, notes)| notes.contains(note).then_some(span))
        };
        let mut reasons = Vec::new();
        if family.missing_parents > 0 {
            let mut spans: Vec<(SpanId, SpanId)> = noted(Note::MissingParent)
                .filter_map(|span| Some((span.parent_id?, span.span_id)))
                .collect();
            spans.sort_unstable();
            let mut parents: Vec<SpanId> = spans.iter().map(|(parent, _)| *parent).collect();
            parents.dedup();
            parents.truncate(IDS_MAX);
            reasons.push(Incomplete::MissingParent {
                count: family.missing_parents,
                parents,
                spans: spans
                    .into_iter()
                    .take(IDS_MAX)
                    .map(|(_, span)| span)
                    .collect(),
            });
        }
        if family.cycles > 0 {
            let mut spans: Vec<SpanId> = noted(Note::Cycle).map(|span| span.span_id).collect();
            spans.sort_unstable();
            spans.truncate(IDS_MAX);
            reasons.push(Incomplete::Cycle {
                count: family.cycles,
                spans,
            });
        }
        if trace.truncated {
            let is_spans = trace.spans.len() >= SPANS_READ_MAX;
            reasons.push(Incomplete::Truncated {
                what: if is_spans { "spans" } else { "logs" },
                max: SPANS_READ_MAX,
            });
        }
        Self {
            reasons,
            root_received: (0..trace.spans.len()).any(|span| family.is_true_root(span)),
            unfinished_spans: (trace.spans.iter())
                .filter(|span| span.duration.is_none())
                .count(),
        }
    }
}

/// Ids that are told of each.
pub(super) const IDS_MAX: usize = 100;
