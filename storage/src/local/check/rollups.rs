//! The rollups of a bucket: do they count what its rows say?
use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::dependency::CallSpan;
use crate::id::TraceId;
use crate::local::bucket::Bucket;
use crate::local::changes::EARLIER_SPANS_MAX;
use crate::local::keys;
use crate::local::rocks::Rocks;
use crate::local::rollups::Change;
use crate::rollup::{Cell, Minute, Period, Rollup, SERIES_MAX, Series, minute_of};
use crate::span::Span;

/// A minute, or an hour of sixty of them.
type Slot = (u8, u32);

const MINUTE: u8 = 0;
const HOUR: u8 = 1;
const MINUTES_PER_HOUR: u32 = 60;

/// What the rows of a bucket count to, trace by trace in the order of their keys.
pub(super) struct Counts<'a> {
    bucket: &'a Bucket,
    before: Option<&'a Bucket>,
    /// Lower halves of the ids of traces that are partly in the log.
    pending: HashSet<u64>,
    latest: Option<Latest>,
    expected: Rollup,
    /// Minutes of traces whose counts depend on what the store knew when: those in the log, and
    /// those too large to be read again.
    open: BTreeSet<Minute>,
}

/// The spans of the latest trace, under whatever width of its id.
struct Latest {
    id: TraceId,
    calls: Vec<CallSpan>,
    /// As many with its logs, which are read as the spans are.
    rows: usize,
}

impl<'a> Counts<'a> {
    pub(super) fn new(
        bucket: &'a Bucket,
        before: Option<&'a Bucket>,
        pending: impl Iterator<Item = TraceId>,
    ) -> Self {
        Self {
            bucket,
            before,
            pending: pending.map(TraceId::low).collect(),
            latest: None,
            expected: Rollup::default(),
            open: BTreeSet::new(),
        }
    }

    pub(super) fn add(&mut self, id: TraceId, spans: &[Span]) -> Result<(), String> {
        let calls = self.bucket.rollups.calls_in(spans);
        match &mut self.latest {
            Some(latest) if latest.id.low() == id.low() => {
                latest.calls.extend(calls);
                latest.rows += spans.len();
            }
            _ => {
                self.count_latest()?;
                self.latest = Some(Latest {
                    id,
                    calls,
                    rows: spans.len(),
                });
            }
        }
        Ok(())
    }

    fn count_latest(&mut self) -> Result<(), String> {
        let Some(latest) = self.latest.take() else {
            return Ok(());
        };
        let (trace_id, added) = (latest.id, latest.calls);
        let mut earlier = Vec::new();
        if let Some(before) = self.before.filter(|before| before.may_have_rows(trace_id)) {
            before.read_group(trace_id, &mut earlier, None)?;
        }
        let before = self.bucket.rollups.calls_in(&earlier);
        let is_large = earlier.len() + latest.rows > EARLIER_SPANS_MAX;
        if self.pending.contains(&trace_id.low()) || is_large {
            let starts = before.iter().chain(&added).filter_map(|span| span.start);
            self.open.extend(starts.map(minute_of));
            return Ok(());
        }
        let change = Change {
            trace_id,
            before,
            added,
        };
        self.bucket.rollups.add_to(&mut self.expected, &change);
        Ok(())
    }

    /// The periods whose record does not say what the rows say, as text.
    pub(super) fn differences(
        mut self,
        rocks: &Rocks,
        family: &str,
    ) -> Result<Vec<String>, String> {
        self.count_latest()?;
        let mut stored: BTreeMap<Slot, Period> = BTreeMap::new();
        let (from, to) = keys::rollups_range();
        rocks.scan(family, &from, &to, |key, value| {
            let (stretch, table, number) = keys::rollup_slot(key).ok_or("malformed key")?;
            let mut record = Period::default();
            // The other table's series have no business in this one.
            record
                .merge_encoded(value, |one| (one.is_edge() == (table == 0)).then_some(one))
                .map_err(|error| format!("{}: {error}", shown((stretch, number))))?;
            stored.entry((stretch, number)).or_default().merge(&record);
            Ok(())
        })?;
        let mut expected: BTreeMap<Slot, Period> = BTreeMap::new();
        for (minute, period) in self.expected.periods() {
            let hour = (HOUR, minute / MINUTES_PER_HOUR);
            (expected.entry((MINUTE, minute)).or_default()).merge_pairs(period);
            expected.entry(hour).or_default().merge(period);
        }
        let open = self.open.iter();
        let open: BTreeSet<Slot> = open
            .flat_map(|minute| [(MINUTE, *minute), (HOUR, minute / MINUTES_PER_HOUR)])
            .collect();
        let slots: BTreeSet<Slot> = stored.keys().chain(expected.keys()).copied().collect();
        let none = Period::default();
        let differs = |slot: &Slot| {
            let [left, right] = [&expected, &stored].map(|of| of.get(slot).unwrap_or(&none));
            !agree(left, right, self.bucket.rollups.is_full())
        };
        Ok(slots
            .difference(&open)
            .filter(|slot| differs(slot))
            .map(|slot| shown(*slot))
            .collect())
    }
}

/// Beyond the limits of names and series it depends on the order of arrival what counts under a
/// coarser series; the sums do not.
fn agree(expected: &Period, stored: &Period, names_are_full: bool) -> bool {
    let is_full = |period: &Period| period.iter().count() >= SERIES_MAX;
    if names_are_full || is_full(expected) || is_full(stored) {
        return sum(expected) == sum(stored);
    }
    if expected.iter().chain(stored.iter()).any(is_of_no_operation) {
        // Also an hour whose edges were counted before operations were told.
        let [expected, stored] = [expected, stored].map(|period| {
            let mut pairs = Period::default();
            pairs.merge_pairs(period);
            pairs
        });
        return each_agrees(&expected, &stored);
    }
    each_agrees(expected, stored)
}

/// Does it count calls of a pair whatever was called?
fn is_of_no_operation((series, _): (&Series, &Cell)) -> bool {
    series.is_edge() && *series == series.of_pair()
}

fn each_agrees(expected: &Period, stored: &Period) -> bool {
    let is_in = |other: &Period, series: &Series, cell: &Cell| {
        other.get(series).is_some_and(|found| same(found, cell))
    };
    expected
        .iter()
        .all(|(series, cell)| is_in(stored, series, cell))
        && stored
            .iter()
            .all(|(series, cell)| is_in(expected, series, cell))
}

/// Exemplars are hints: they may name what was taken away.
fn same(left: &Cell, right: &Cell) -> bool {
    (left.count, left.errors, left.total) == (right.count, right.errors, right.total)
        && left.sketch == right.sketch
}

/// Count, errors and durations of edges and of operations.
fn sum(period: &Period) -> [[i64; 3]; 2] {
    let mut sums = [[0_i64; 3]; 2];
    for (series, cell) in period.iter() {
        let sum = &mut sums[usize::from(series.is_edge())];
        for (sum, value) in sum.iter_mut().zip([cell.count, cell.errors, cell.total]) {
            *sum = sum.wrapping_add(value);
        }
    }
    sums
}

fn shown((stretch, number): Slot) -> String {
    let (name, seconds) = match stretch {
        HOUR => ("hour", 3_600),
        _ => ("minute", 60),
    };
    format!(
        "the {name} that began {} seconds after 1970",
        u64::from(number) * seconds
    )
}
