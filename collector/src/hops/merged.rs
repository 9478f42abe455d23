//! Many traces as one tree: hops of the same service, operation and kind below the same hop are one
//! merged hop, in two groups beside each other. Bounded, whatever the traces hold; nothing recurses.
use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;
use storage::id::{SpanId, TraceId};

use super::compare::own;
use super::{CallTree, Hop, HopKind, Name};

/// Two groups of traces, merged as they are added.
#[derive(Default)]
pub struct Groups {
    pub(super) hops: Vec<MergedHop>,
    /// Of each group.
    pub(super) traces: [Traces; 2],
    /// Hops were left out after [`HOPS_MAX`].
    pub(super) is_cut: bool,
    /// Merged hops that a group was the first to have: neither takes the other's room.
    made: [usize; 2],
    places: HashMap<Key, usize, RandomState>,
    words: HashMap<Arc<str>, usize, RandomState>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The one that is looked at.
    A,
    /// The one that it is held against.
    B,
}

/// What is known of the traces of a group. Times are nanoseconds.
#[derive(Default)]
pub(super) struct Traces {
    pub(super) count: usize,
    /// Traces with a span that failed.
    pub(super) failing: usize,
    pub(super) spans: usize,
    /// Of those whose duration is known.
    pub(super) durations: Vec<u64>,
    pub(super) slowest: Option<(u64, TraceId)>,
}

pub(super) struct MergedHop {
    pub(super) parent: Option<usize>,
    pub(super) service: Option<Arc<str>>,
    pub(super) operation: Option<Arc<str>>,
    pub(super) kind: HopKind,
    /// Of each group.
    pub(super) calls: [Calls; 2],
}

/// The calls of a merged hop in one group. Times are nanoseconds.
#[derive(Clone, Default)]
pub(super) struct Calls {
    pub(super) count: usize,
    pub(super) failed: usize,
    /// Traces in which one failed.
    pub(super) failing: usize,
    /// Call by call.
    pub(super) totals: Vec<u64>,
    pub(super) selfs: Vec<u64>,
    /// Trace by trace, of those that have the hop: calls of one trace have too much in common to
    /// be counted as many.
    pub(super) counts: Vec<u64>,
    pub(super) mean_totals: Vec<u64>,
    pub(super) mean_owns: Vec<u64>,
    /// Time on the critical paths.
    pub(super) critical: u128,
    /// Starts after their traces' starts.
    pub(super) starts: u128,
    pub(super) longest: Option<(u64, TraceId, Option<SpanId>)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    parent: Option<usize>,
    service: Option<usize>,
    operation: Option<usize>,
    kind: u8,
}

/// The calls of a merged hop in one trace.
#[derive(Default)]
struct InTrace {
    count: u64,
    failed: bool,
    total: Sum,
    own: Sum,
}

#[derive(Default)]
struct Sum {
    sum: u128,
    count: u128,
}

impl Groups {
    pub fn add(&mut self, group: Group, tree: &CallTree<'_>) {
        let side = group as usize;
        self.traces[side].add(tree);
        let mut places: Vec<Option<usize>> = Vec::with_capacity(tree.hops.len());
        let mut here: HashMap<usize, InTrace, RandomState> = HashMap::default();
        for hop in &tree.hops {
            // Parents stand before their children.
            let place = match hop.parent.map(|parent| places[parent]) {
                // What is below a hop that was left out is left out.
                Some(None) => None,
                Some(above) => self.place(side, above, hop),
                None => self.place(side, None, hop),
            };
            places.push(place);
            let Some(place) = place else {
                self.is_cut = true;
                continue;
            };
            self.hops[place].calls[side].add(tree, hop);
            here.entry(place).or_default().add(hop);
        }
        for (place, in_trace) in here {
            self.hops[place].calls[side].end_trace(&in_trace);
        }
    }

    /// The merged hop of a call; `None` when there is room for no more.
    fn place(&mut self, side: usize, parent: Option<usize>, hop: &Hop<'_>) -> Option<usize> {
        let Name { service, operation } = hop.name();
        let has_room = self.made[side] < HOPS_MAX / 2;
        let key = Key {
            parent,
            service: self.word(service, has_room)?,
            operation: self.word(operation, has_room)?,
            kind: hop.kind as u8,
        };
        if let Some(place) = self.places.get(&key) {
            return Some(*place);
        }
        if !has_room {
            return None;
        }
        self.made[side] += 1;
        self.places.insert(key, self.hops.len());
        self.hops.push(MergedHop {
            parent,
            service: service.map(Arc::from),
            operation: operation.map(Arc::from),
            kind: hop.kind,
            calls: Default::default(),
        });
        Some(self.hops.len() - 1)
    }

    /// The number of a word, or that there is none; `None` if it is unknown and must stay so.
    fn word(&mut self, word: Option<&str>, is_new_welcome: bool) -> Option<Option<usize>> {
        let Some(word) = word else {
            return Some(None);
        };
        if let Some(number) = self.words.get(word) {
            return Some(Some(*number));
        }
        if !is_new_welcome {
            return None;
        }
        let number = self.words.len();
        self.words.insert(word.into(), number);
        Some(Some(number))
    }

    /// If all traces of a group begin with one hop, and those of the other with another, these are the
    /// pair that is compared, whatever they are called.
    pub(super) fn pair_tops(&mut self) {
        let tops = |side: usize| {
            let mut tops = (0..self.hops.len()).filter(|place| {
                let hop = &self.hops[*place];
                hop.parent.is_none() && hop.calls[side].count > 0
            });
            tops.next().filter(|_| tops.next().is_none())
        };
        let (Some(a), Some(b)) = (tops(0), tops(1)) else {
            return;
        };
        if a == b {
            return;
        }
        // One of them takes the other's calls; what is below both is merged by name again.
        let mut merged: Vec<MergedHop> = Vec::with_capacity(self.hops.len());
        let mut places: HashMap<_, usize, RandomState> = HashMap::default();
        let mut moved: Vec<usize> = Vec::with_capacity(self.hops.len());
        for hop in self.hops.drain(..) {
            let parent = hop.parent.map(|parent| moved[parent]);
            let name = parent.map(|_| (hop.service.clone(), hop.operation.clone(), hop.kind as u8));
            let place = *places.entry((parent, name)).or_insert(merged.len());
            moved.push(place);
            match merged.get_mut(place) {
                Some(known) => known.take(hop),
                None => merged.push(MergedHop { parent, ..hop }),
            }
        }
        self.hops = merged;
    }
}

impl MergedHop {
    /// Takes the calls of a hop that only one group has.
    fn take(&mut self, other: Self) {
        let [in_a, in_b] = other.calls;
        if in_a.count > 0 {
            // The group that is looked at gives the name.
            (self.service, self.operation, self.kind) =
                (other.service, other.operation, other.kind);
            self.calls[0] = in_a;
        }
        if in_b.count > 0 {
            self.calls[1] = in_b;
        }
    }
}

impl Traces {
    fn add(&mut self, tree: &CallTree<'_>) {
        self.count += 1;
        self.failing += usize::from(tree.error_count > 0);
        self.spans += tree.trace.spans.len();
        if let Some(duration) = tree.duration {
            self.durations.push(duration);
            if self.slowest.is_none_or(|(slowest, _)| duration > slowest) {
                self.slowest = Some((duration, tree.trace.id));
            }
        }
    }
}

impl Calls {
    fn add(&mut self, tree: &CallTree<'_>, hop: &Hop<'_>) {
        self.count += 1;
        self.failed += usize::from(hop.error);
        self.critical += u128::from(hop.critical_duration);
        if let (Some(begin), Some(start)) = (tree.start, hop.start) {
            self.starts += u128::from(start.saturating_sub(begin));
        }
        self.selfs.extend(hop.self_duration);
        if let Some(total) = hop.total() {
            self.totals.push(total);
            if self.longest.is_none_or(|(longest, ..)| total > longest) {
                self.longest = Some((total, tree.trace.id, hop.span_id()));
            }
        }
    }

    fn end_trace(&mut self, in_trace: &InTrace) {
        self.counts.push(in_trace.count);
        self.failing += usize::from(in_trace.failed);
        self.mean_totals.extend(in_trace.total.mean());
        self.mean_owns.extend(in_trace.own.mean());
    }
}

impl InTrace {
    fn add(&mut self, hop: &Hop<'_>) {
        self.count += 1;
        self.failed |= hop.error;
        self.total.add(hop.total());
        self.own.add(own(hop));
    }
}

impl Sum {
    fn add(&mut self, value: Option<u64>) {
        if let Some(value) = value {
            self.sum += u128::from(value);
            self.count += 1;
        }
    }

    fn mean(&self) -> Option<u64> {
        let mean = self.sum.checked_div(self.count)?;
        u64::try_from(mean).ok()
    }
}

/// Merged hops of a comparison, half of them for either group.
pub const HOPS_MAX: usize = 2_000;
