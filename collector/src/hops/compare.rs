//! Two traces beside each other: which hops are the same call, which are only in one, and where the
//! difference of their durations lies ([docs/compare.md](../../../docs/compare.md)).
//!
//! Hops are paired from the top: below a pair, calls of the same service, operation and kind belong
//! together in their order, those that failed alike first, so that a retry does not take the place of
//! the call that it repeats. Nothing recurses, and everything is O(n log n).
use std::collections::{HashMap, VecDeque};

use super::{CallTree, Hop, HopKind, Name};

/// What two traces have in common, and what not.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison<'a> {
    /// In pre-order; calls that only `b` has stand before those of `a` that they ran before.
    pub rows: Vec<Row<'a>>,
    /// The duration of `a` minus that of `b`; `None` when one is unknown.
    pub difference: Option<i128>,
    /// Of [`Self::difference`], what lies on no hop: gaps and what is outside of the main tree.
    pub other: Option<i128>,
    pub counts: Counts,
    /// Rows were left out after [`ROWS_MAX`]; the counts are of all.
    pub is_cut: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub added: usize,
    pub missing: usize,
    pub slower: usize,
    pub faster: usize,
    pub same: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    /// Position of the row above in [`Comparison::rows`].
    pub parent: Option<usize>,
    pub depth: usize,
    pub name: Name<'a>,
    pub kind: HopKind,
    pub change: Change,
    /// Positions in the hops of either tree; one at least is there.
    pub a: Option<usize>,
    pub b: Option<usize>,
    /// Time on the critical path of `a` minus that of `b`, in nanoseconds.
    pub difference: i128,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
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
}

impl Change {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Missing => "missing",
            Self::Slower => "slower",
            Self::SlowerBelow => "slower-below",
            Self::Faster => "faster",
            Self::FasterBelow => "faster-below",
            Self::Same => "same",
        }
    }
}

/// What stands below each hop, and at the top.
struct Tree<'t, 'a> {
    hops: &'t [Hop<'a>],
    top: Vec<usize>,
    below: Vec<Vec<usize>>,
}

impl<'t, 'a> Tree<'t, 'a> {
    fn of(hops: &'t [Hop<'a>]) -> Self {
        let mut top = Vec::new();
        let mut below = vec![Vec::new(); hops.len()];
        for (index, hop) in hops.iter().enumerate() {
            match hop.parent {
                Some(parent) => below[parent].push(index),
                None => top.push(index),
            }
        }
        Self { hops, top, below }
    }

    fn below(&self, hop: Option<usize>) -> &[usize] {
        hop.map_or(&[], |hop| &self.below[hop])
    }
}

type Pair = (Option<usize>, Option<usize>);

/// Compares `a`, the trace that is looked at, with `b`, the one it is held against.
pub fn compare<'a>(a: &CallTree<'a>, b: &CallTree<'a>) -> Comparison<'a> {
    let (one, other) = (Tree::of(&a.hops), Tree::of(&b.hops));
    let mut rows: Vec<Row<'a>> = Vec::new();
    let mut counts = Counts::default();
    let mut on_hops = 0_i128;
    let mut is_cut = false;
    // What is not written yet, the next one last.
    let mut open: Vec<(Pair, Option<usize>, usize)> = Vec::new();
    let push = |open: &mut Vec<_>, pairs: Vec<Pair>, parent: Option<usize>, depth: usize| {
        open.extend(pairs.into_iter().rev().map(|pair| (pair, parent, depth)));
    };
    let tops = match (&one.top[..], &other.top[..]) {
        // Whatever they are called, they are what is compared.
        ([top], [other_top]) => vec![(Some(*top), Some(*other_top))],
        (tops, other_tops) => pairs(&one, tops, &other, other_tops),
    };
    push(&mut open, tops, None, 0);
    while let Some(((in_a, in_b), parent, depth)) = open.pop() {
        let (hop, other_hop) = (in_a.map(|at| &a.hops[at]), in_b.map(|at| &b.hops[at]));
        let Some(shown) = hop.or(other_hop) else {
            continue;
        };
        let change = change(hop, other_hop);
        counts.add(change);
        let critical =
            |hop: Option<&Hop<'_>>| hop.map_or(0, |hop| i128::from(hop.critical_duration));
        let difference = critical(hop) - critical(other_hop);
        on_hops += difference;
        let position = (rows.len() < ROWS_MAX).then_some(rows.len());
        if position.is_some() {
            rows.push(Row {
                parent,
                depth,
                name: shown.name(),
                kind: shown.kind,
                change,
                a: in_a,
                b: in_b,
                difference,
            });
        } else {
            is_cut = true;
        }
        let below = pairs(&one, one.below(in_a), &other, other.below(in_b));
        push(&mut open, below, position.or(parent), depth + 1);
    }
    let difference = match (a.duration, b.duration) {
        (Some(a), Some(b)) => Some(i128::from(a) - i128::from(b)),
        _ => None,
    };
    Comparison {
        rows,
        difference,
        other: difference.map(|difference| difference - on_hops),
        counts,
        is_cut,
    }
}

impl Counts {
    fn add(&mut self, change: Change) {
        *match change {
            Change::Added => &mut self.added,
            Change::Missing => &mut self.missing,
            Change::Slower | Change::SlowerBelow => &mut self.slower,
            Change::Faster | Change::FasterBelow => &mut self.faster,
            Change::Same => &mut self.same,
        } += 1;
    }
}

/// Which calls below a pair are the same, in the order in which they are told.
fn pairs(one: &Tree<'_, '_>, in_a: &[usize], other: &Tree<'_, '_>, in_b: &[usize]) -> Vec<Pair> {
    let mut partner: HashMap<usize, usize> = HashMap::new();
    let mut taken = vec![false; in_b.len()];
    for alike in [true, false] {
        let mut waiting: HashMap<_, VecDeque<usize>> = HashMap::new();
        for (place, &index) in in_b.iter().enumerate().filter(|(place, _)| !taken[*place]) {
            let key = key(&other.hops[index], alike);
            waiting.entry(key).or_default().push_back(place);
        }
        for &index in in_a {
            if partner.contains_key(&index) {
                continue;
            }
            let found = waiting.get_mut(&key(&one.hops[index], alike));
            if let Some(place) = found.and_then(VecDeque::pop_front) {
                partner.insert(index, place);
                taken[place] = true;
            }
        }
    }
    let mut told = Vec::with_capacity(in_a.len().max(in_b.len()));
    let mut next = 0;
    let mut missing_until = |end: usize, told: &mut Vec<Pair>| {
        while next < end {
            if !taken[next] {
                told.push((None, Some(in_b[next])));
            }
            next += 1;
        }
    };
    for &index in in_a {
        let place = partner.get(&index).copied();
        if let Some(place) = place {
            missing_until(place, &mut told);
        }
        told.push((Some(index), place.map(|place| in_b[place])));
    }
    missing_until(in_b.len(), &mut told);
    told
}

/// What makes two calls the same one; `alike` asks that both failed or both did not.
fn key<'h>(hop: &'h Hop<'_>, alike: bool) -> (Option<&'h str>, Option<&'h str>, u8, Option<bool>) {
    let name = hop.name();
    let failed = alike.then_some(hop.error);
    (name.service, name.operation, hop.kind as u8, failed)
}

fn change(a: Option<&Hop<'_>>, b: Option<&Hop<'_>>) -> Change {
    let (Some(a), Some(b)) = (a, b) else {
        return if a.is_some() {
            Change::Added
        } else {
            Change::Missing
        };
    };
    let total = tendency(a.total(), b.total());
    // What cannot be told apart counts as its own.
    let own = match (own(a), own(b)) {
        (Some(a), Some(b)) => tendency(Some(a), Some(b)),
        _ => total,
    };
    match (own, total) {
        (1, _) => Change::Slower,
        (-1, _) => Change::Faster,
        (_, 1) => Change::SlowerBelow,
        (_, -1) => Change::FasterBelow,
        _ => Change::Same,
    }
}

/// The work of the called side and the way to it.
pub(super) fn own(hop: &Hop<'_>) -> Option<u64> {
    let own = hop.self_duration?;
    Some(own.saturating_add(hop.network_duration.unwrap_or(0)))
}

/// 1 when `a` is longer by a tenth and by half a millisecond, -1 when `b` is, else 0.
pub(super) fn tendency(a: Option<u64>, b: Option<u64>) -> i8 {
    let (Some(a), Some(b)) = (a, b) else {
        return 0;
    };
    let least = (a.min(b) / 10).max(NOTICED_NANOS);
    match a.abs_diff(b) >= least {
        true if a > b => 1,
        true => -1,
        false => 0,
    }
}

/// Rows of an answer.
pub const ROWS_MAX: usize = 10_000;
/// Half a millisecond: below it two runs of the same differ by chance.
const NOTICED_NANOS: u64 = 500_000;
