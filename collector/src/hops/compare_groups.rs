//! Two groups of traces beside each other: which calls only one of them has, which are slower or fail
//! more, and where the difference of their durations lies ([docs/compare.md](../../../docs/compare.md)).
//!
//! A difference is called one when chance alone would hardly bring it about (`chance.rs`) and it is large
//! enough to be noticed; one trace counts once, however many calls it has.
use std::sync::Arc;

use storage::id::{SpanId, TraceId};

use super::HopKind;
use super::chance::{RANKED_MIN, Tendency, ranks, shares};
use super::compare::tendency;
use super::merged::{Calls, Groups, MergedHop, Traces};

/// What two groups of traces have in common, and what not. Times are nanoseconds.
#[derive(Debug)]
pub struct GroupComparison {
    pub a: GroupFacts,
    pub b: GroupFacts,
    /// Of the traces' durations.
    pub change: GroupChange,
    /// Whether more or fewer of the traces failed.
    pub errors: Trend,
    /// The mean duration of `a` minus that of `b`; `None` when one is unknown.
    pub difference: Option<i128>,
    /// Of [`Self::difference`], what lies on no hop.
    pub other: Option<i128>,
    pub counts: GroupCounts,
    /// In pre-order; siblings by when they start.
    pub rows: Vec<GroupRow>,
    /// Hops were left out.
    pub is_cut: bool,
}

#[derive(Debug)]
pub struct GroupFacts {
    pub traces: usize,
    /// Traces with a span that failed.
    pub failing: usize,
    pub spans: usize,
    pub duration: Option<Quantiles>,
    pub mean: Option<u64>,
    pub slowest: Option<TraceId>,
}

/// Of whole numbers, by nearest rank: each is one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantiles {
    pub p50: u64,
    pub p99: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupCounts {
    pub added: usize,
    pub missing: usize,
    pub slower: usize,
    pub faster: usize,
    pub same: usize,
    pub few: usize,
    pub more_calls: usize,
    pub fewer_calls: usize,
    pub more_errors: usize,
    pub fewer_errors: usize,
}

#[derive(Debug)]
pub struct GroupRow {
    /// Position of the row above in [`GroupComparison::rows`].
    pub parent: Option<usize>,
    pub depth: usize,
    pub service: Option<Arc<str>>,
    pub operation: Option<Arc<str>>,
    pub kind: HopKind,
    pub change: GroupChange,
    /// Of the calls in a trace.
    pub calls: Trend,
    /// Of the share of traces in which it failed, among those that have it.
    pub errors: Trend,
    /// One at least is there.
    pub a: Option<GroupSide>,
    pub b: Option<GroupSide>,
    /// Mean time on the critical path of `a` minus that of `b`.
    pub difference: i128,
}

#[derive(Debug)]
pub struct GroupSide {
    /// Traces that have it.
    pub traces: usize,
    /// Of all calls.
    pub calls: usize,
    pub errors: usize,
    /// Traces in which it failed.
    pub failing: usize,
    pub total: Option<Quantiles>,
    pub own: Option<Quantiles>,
    /// Mean of all traces of the group.
    pub critical: u64,
    /// Where its longest call is.
    pub longest: Option<(TraceId, Option<SpanId>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupChange {
    /// Only `a` has it.
    Added,
    /// Only `b` has it.
    Missing,
    /// In its own time or on the network.
    Slower,
    /// In total, but only by what it waits for.
    SlowerBelow,
    Faster,
    FasterBelow,
    Same,
    /// Too few traces to tell.
    Few,
}

impl GroupChange {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Missing => "missing",
            Self::Slower => "slower",
            Self::SlowerBelow => "slower-below",
            Self::Faster => "faster",
            Self::FasterBelow => "faster-below",
            Self::Same => "same",
            Self::Few => "few",
        }
    }
}

/// How `a` stands to `b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    More,
    Fewer,
    /// Not more and not fewer than by chance, or too few to tell.
    Same,
}

impl Trend {
    pub const fn name(self) -> &'static str {
        match self {
            Self::More => "more",
            Self::Fewer => "fewer",
            Self::Same => "same",
        }
    }
}

impl From<Tendency> for Trend {
    fn from(tendency: Tendency) -> Self {
        match tendency {
            Tendency::Greater => Self::More,
            Tendency::Less => Self::Fewer,
            Tendency::None => Self::Same,
        }
    }
}

impl Groups {
    /// Compares `A`, the group that is looked at, with `B`, the one it is held against.
    pub fn compare(mut self) -> GroupComparison {
        self.pair_tops();
        let [a, b] = &self.traces;
        let mut counts = GroupCounts::default();
        let mut rows: Vec<GroupRow> = Vec::with_capacity(self.hops.len());
        let mut on_hops = 0;
        let mut below: Vec<Vec<usize>> = vec![Vec::new(); self.hops.len()];
        let mut open: Vec<(usize, Option<usize>, usize)> = Vec::new();
        for (place, hop) in self.hops.iter().enumerate() {
            match hop.parent {
                Some(parent) => below[parent].push(place),
                None => open.push((place, None, 0)),
            }
        }
        // The next one is last.
        open.sort_by_key(|(place, ..)| std::cmp::Reverse((self.hops[*place].start(), *place)));
        while let Some((place, parent, depth)) = open.pop() {
            let row = self.hops[place].row(parent, depth, [a, b]);
            counts.add(&row);
            on_hops += row.difference;
            let children = &mut below[place];
            children.sort_by_key(|child| (self.hops[*child].start(), *child));
            let here = Some(rows.len());
            open.extend((children.iter().rev()).map(|child| (*child, here, depth + 1)));
            rows.push(row);
        }
        let (a, b) = (a.facts(), b.facts());
        let difference = (a.mean.zip(b.mean)).map(|(a, b)| i128::from(a) - i128::from(b));
        GroupComparison {
            change: slower(&self.traces[0].durations, &self.traces[1].durations),
            errors: shares((a.failing, a.traces), (b.failing, b.traces)).into(),
            a,
            b,
            difference,
            other: difference.map(|difference| difference - on_hops),
            counts,
            rows,
            is_cut: self.is_cut,
        }
    }
}

impl GroupCounts {
    fn add(&mut self, row: &GroupRow) {
        *match row.change {
            GroupChange::Added => &mut self.added,
            GroupChange::Missing => &mut self.missing,
            GroupChange::Slower | GroupChange::SlowerBelow => &mut self.slower,
            GroupChange::Faster | GroupChange::FasterBelow => &mut self.faster,
            GroupChange::Same => &mut self.same,
            GroupChange::Few => &mut self.few,
        } += 1;
        self.more_calls += usize::from(row.calls == Trend::More);
        self.fewer_calls += usize::from(row.calls == Trend::Fewer);
        self.more_errors += usize::from(row.errors == Trend::More);
        self.fewer_errors += usize::from(row.errors == Trend::Fewer);
    }
}

impl MergedHop {
    /// When it starts after its trace's start, on average; of `a` where that has it.
    fn start(&self) -> u128 {
        let known = self.calls.iter().find(|calls| calls.count > 0);
        known.map_or(0, |calls| calls.starts / calls.count as u128)
    }

    fn row(&self, parent: Option<usize>, depth: usize, traces: [&Traces; 2]) -> GroupRow {
        let [a, b] = &self.calls;
        let [of_a, of_b] = traces;
        let (in_a, in_b) = (a.side(of_a), b.side(of_b));
        let critical =
            |side: &Option<GroupSide>| side.as_ref().map_or(0, |side| i128::from(side.critical));
        let presence = shares((a.counts.len(), of_a.count), (b.counts.len(), of_b.count));
        let calls = match presence {
            Tendency::None => ranks(&a.counts_of(of_a), &b.counts_of(of_b)),
            presence => presence,
        };
        let change = match (&in_a, &in_b, presence) {
            (Some(_), None, Tendency::Greater) => GroupChange::Added,
            (None, Some(_), Tendency::Less) => GroupChange::Missing,
            (Some(_), Some(_), _) => a.change(b),
            // In so few traces of one group that the other may lack it by chance.
            _ if of_a.count.min(of_b.count) < RANKED_MIN => GroupChange::Few,
            _ => GroupChange::Same,
        };
        GroupRow {
            parent,
            depth,
            service: self.service.clone(),
            operation: self.operation.clone(),
            kind: self.kind,
            change,
            calls: calls.into(),
            errors: shares((a.failing, a.counts.len()), (b.failing, b.counts.len())).into(),
            difference: critical(&in_a) - critical(&in_b),
            a: in_a,
            b: in_b,
        }
    }
}

impl Calls {
    fn change(&self, other: &Self) -> GroupChange {
        let total = slower(&self.mean_totals, &other.mean_totals);
        match (slower(&self.mean_owns, &other.mean_owns), total) {
            // What cannot be told apart counts as its own.
            (GroupChange::Few, total) => total,
            (GroupChange::Same, GroupChange::Slower) => GroupChange::SlowerBelow,
            (GroupChange::Same, GroupChange::Faster) => GroupChange::FasterBelow,
            (own, _) => own,
        }
    }

    /// Calls in each trace of the group, none in those that do not have the hop.
    fn counts_of(&self, traces: &Traces) -> Vec<u64> {
        let mut counts = self.counts.clone();
        counts.resize(traces.count, 0);
        counts
    }

    fn side(&self, traces: &Traces) -> Option<GroupSide> {
        if self.count == 0 {
            return None;
        }
        let timed = traces.durations.len() as u128;
        Some(GroupSide {
            traces: self.counts.len(),
            calls: self.count,
            errors: self.failed,
            failing: self.failing,
            total: quantiles(&self.totals),
            own: quantiles(&self.selfs),
            critical: narrow(self.critical.checked_div(timed).unwrap_or(0)),
            longest: self.longest.map(|(_, trace, span)| (trace, span)),
        })
    }
}

impl Traces {
    fn facts(&self) -> GroupFacts {
        let sum: u128 = self.durations.iter().copied().map(u128::from).sum();
        GroupFacts {
            traces: self.count,
            failing: self.failing,
            spans: self.spans,
            duration: quantiles(&self.durations),
            mean: sum.checked_div(self.durations.len() as u128).map(narrow),
            slowest: self.slowest.map(|(_, trace)| trace),
        }
    }
}

/// Is the first longer than the other, by more than chance and by as much as one notices? Trace by
/// trace.
fn slower(one: &[u64], other: &[u64]) -> GroupChange {
    if one.len().min(other.len()) < RANKED_MIN {
        return GroupChange::Few;
    }
    let median = |values: &[u64]| quantiles(values).map(|quantiles| quantiles.p50);
    match (ranks(one, other), tendency(median(one), median(other))) {
        (Tendency::Greater, 1) => GroupChange::Slower,
        (Tendency::Less, -1) => GroupChange::Faster,
        _ => GroupChange::Same,
    }
}

fn quantiles(values: &[u64]) -> Option<Quantiles> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = |percent: usize| (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    Some(Quantiles {
        p50: *sorted.get(rank(50))?,
        p99: *sorted.get(rank(99))?,
    })
}

/// A mean of 64-bit numbers is one.
fn narrow(mean: u128) -> u64 {
    u64::try_from(mean).unwrap_or(u64::MAX)
}
