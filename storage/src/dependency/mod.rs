//! Who calls whom: traces walked as Zipkin's `DependencyLinker` walks them, link for link.
//!
//! Spans are seen as [`CallSpan`]s, whose names are numbers of [`Names`]; a [`Linker`] finds the
//! [`Call`]s among them; [`Links`] adds calls up.
mod call;
mod linker;
mod links;
mod merge;
mod names;
mod tree;

use std::collections::HashMap;

use crate::query::TimeRange;
use crate::span::Span;
use crate::trace::Trace;

pub use call::{Call, CallKind, CallSpan, Place};
pub use linker::Linker;
pub use links::{Links, PAIRS_MAX};
pub use names::{NAMES_MAX, NameId, Names};

/// One service called another, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    pub parent: String,
    pub child: String,
    pub call_count: u64,
    pub error_count: u64,
}

/// The links of one trace: all its spans, whatever they were reported as.
pub fn link_trace(spans: &[Span]) -> Vec<Dependency> {
    let mut links = Links::default();
    links.add_trace(spans);
    links.into_dependencies()
}

/// The links of the traces that have at least one span in the range, each linked whole. Traces
/// whose ids agree in the low 64 bits are one: a client that knows only short ids reported a part.
pub fn link_range(traces: &[Trace], range: TimeRange) -> Vec<Dependency> {
    let mut positions: HashMap<u64, usize> = HashMap::new();
    let mut groups: Vec<Vec<&Trace>> = Vec::new();
    for trace in traces {
        let position = *positions.entry(trace.id.low()).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[position].push(trace);
    }
    let mut links = Links::default();
    for group in groups {
        let mut spans = group.iter().flat_map(|trace| &trace.spans);
        if spans.any(|span| starts_in(span, range)) {
            links.add_spans(group.into_iter().flat_map(|trace| &trace.spans));
        }
    }
    links.into_dependencies()
}

/// Does the span make its trace count in this range? Zipkin compares whole milliseconds here,
/// where a search compares microseconds.
pub fn starts_in(span: &Span, range: TimeRange) -> bool {
    span.start.is_some_and(|start| {
        let ms = start / 1_000_000;
        range.from_ms <= ms && ms <= range.to_ms
    })
}
