//! The counts of edges alone, added up straight from encoded periods: Zipkin's dependencies.
use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use crate::dependency::{CallSpan, Dependency, Linker, NameId, Names, PAIRS_MAX};
use crate::encoding::Malformed;
use crate::id::TraceId;
use crate::query::TimeRange;
use crate::rollup::format;
use crate::rollup::period::Period;
use crate::rollup::series::Series;
use crate::rollup::{Rollup, Sign, minutes_of};
use crate::span::Span;

/// What the spans of whole traces count to, logs aside: for a store without rollups.
pub fn counted_in<'a>(spans: impl Iterator<Item = &'a Span>, names: &mut Names) -> Rollup {
    let mut linker = Linker::default();
    let mut groups: BTreeMap<u64, (TraceId, Vec<CallSpan>)> = BTreeMap::new();
    for span in spans.filter(|span| !span.is_log()) {
        let (_, calls) =
            (groups.entry(span.trace_id.low())).or_insert_with(|| (span.trace_id, Vec::new()));
        calls.push(CallSpan::of(span, names));
    }
    let mut rollup = Rollup::default();
    for (id, calls) in groups.values() {
        rollup.add_trace(&mut linker, names, *id, calls, Sign::Plus);
    }
    rollup
}

/// Who called whom in the traces of these spans, in the minutes that the range touches: what a store without
/// rollups answers. A call counts in the minute in which it began.
pub fn dependencies_in<'a>(
    spans: impl Iterator<Item = &'a Span>,
    range: TimeRange,
) -> Vec<Dependency> {
    let mut names = Names::default();
    let rollup = counted_in(spans, &mut names);
    let (first, last) = minutes_of(range);
    let mut counts = EdgeCounts::default();
    rollup
        .periods()
        .filter(|(minute, _)| (first..=last).contains(minute))
        .for_each(|(_, period)| counts.merge(period));
    counts.dependencies(&names)
}

/// Calls and errors by caller and callee, whatever the kind of the edge.
#[derive(Clone, Debug, Default)]
pub struct EdgeCounts {
    pairs: HashMap<(NameId, NameId), Counts, RandomState>,
    overflowed: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    calls: i64,
    errors: i64,
}

impl EdgeCounts {
    /// Adds the edges of an encoded period.
    ///
    /// # Errors
    /// When the bytes cannot have been written by [`Period::encode`]. What came before the fault
    /// is added by then.
    pub fn merge_encoded(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        format::visit_edges(bytes, |row| self.add(&row.series, row.count, row.errors))
    }

    /// Adds the edges of a period that is not at rest yet.
    pub fn merge(&mut self, period: &Period) {
        for (series, cell) in period.iter() {
            self.add(series, cell.count, cell.errors);
        }
    }

    /// How many edges of further pairs were met after the first [`PAIRS_MAX`] pairs.
    pub const fn overflowed(&self) -> u64 {
        self.overflowed
    }

    /// The pairs with at least one call, by name.
    pub fn dependencies(&self, names: &Names) -> Vec<Dependency> {
        let mut dependencies: Vec<Dependency> = self
            .pairs
            .iter()
            .filter(|(_, counts)| counts.calls > 0)
            .map(|((caller, callee), counts)| Dependency {
                parent: names.text(*caller).to_owned(),
                child: names.text(*callee).to_owned(),
                call_count: u64::try_from(counts.calls).unwrap_or(0),
                error_count: u64::try_from(counts.errors).unwrap_or(0),
            })
            .collect();
        dependencies.sort_unstable_by(|left, right| {
            (&left.parent, &left.child).cmp(&(&right.parent, &right.child))
        });
        dependencies
    }

    fn add(&mut self, series: &Series, calls: i64, errors: i64) {
        let Series::Edge { caller, callee, .. } = *series else {
            return;
        };
        let has_room = self.pairs.len() < PAIRS_MAX;
        if !has_room && !self.pairs.contains_key(&(caller, callee)) {
            self.overflowed = self.overflowed.saturating_add(1);
            return;
        }
        let counts = self.pairs.entry((caller, callee)).or_default();
        counts.calls = counts.calls.wrapping_add(calls);
        counts.errors = counts.errors.wrapping_add(errors);
    }
}
