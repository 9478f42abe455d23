//! Hops that belong together: attempts at one call, and calls that come again and again.
use std::collections::HashMap;

use foldhash::quality::RandomState;
use storage::id::SpanId;
use storage::trace::Trace;

use super::below::Below;
use super::notes::Note;
use super::retries::{self, Attempts};
use super::timeline::ROUNDING;
use super::{Hop, HopKind};

#[derive(Clone, Debug, PartialEq)]
pub struct Group<'a> {
    pub kind: GroupKind,
    /// The hop above all members; `None` when it was not received.
    pub parent: Option<usize>,
    /// Position of the group of which these are a part.
    pub within: Option<usize>,
    pub basis: Basis,
    pub caller: Option<&'a str>,
    pub callee: Option<&'a str>,
    pub operation: Option<&'a str>,
    /// Positions in [`super::CallTree::hops`], by their start.
    pub hops: Vec<usize>,
    pub error_count: usize,
    /// The most that ran at once.
    pub parallel: usize,
    /// The first start of any member.
    pub start: Option<u64>,
    /// From the first start to the last end.
    pub duration: Option<u64>,
    /// Of the durations of all members.
    pub sum: u64,
    /// The time of the critical path in the members and below them.
    pub critical: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    Retry,
    Hedge,
    NPlusOne,
    FanOut,
    Repeat,
}

/// What a group rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    FailedThenAgain,
    /// The client counted its attempts.
    ResendCount,
    Cancelled,
    NotWaitedFor,
    OneAfterAnother,
    AtTheSameTime,
}

/// Finds the groups, and notes in the hops that they are members.
pub(super) fn find<'a>(trace: &'a Trace, hops: &mut [Hop<'a>]) -> Vec<Group<'a>> {
    let below = Below::of(hops.len(), |hop| hops[hop].parent);
    let mut groups: Vec<Group<'a>> = Vec::new();
    for parent in 0..hops.len() {
        let siblings = below.children(parent);
        if siblings.len() > 1 {
            of_siblings(trace, hops, siblings, &mut groups);
        }
    }
    for siblings in orphans(trace, hops) {
        of_siblings(trace, hops, &siblings, &mut groups);
    }
    add_critical(hops, &mut groups);
    groups
}

/// Hops without a parent that name the same one.
fn orphans(trace: &Trace, hops: &[Hop<'_>]) -> Vec<Vec<usize>> {
    let mut named: HashMap<SpanId, Vec<usize>, RandomState> = HashMap::default();
    for (index, hop) in hops.iter().enumerate() {
        let span = hop.parent.is_none().then(|| top(hop)).flatten();
        if let Some(parent) = span.and_then(|span| trace.spans[span].parent_id)
            && hop.notes.contains(Note::MissingParent)
        {
            named.entry(parent).or_default().push(index);
        }
    }
    let mut lists: Vec<Vec<usize>> = named.into_values().filter(|list| list.len() > 1).collect();
    lists.sort_unstable();
    lists
}

/// The span that is above the hop's other one.
fn top(hop: &Hop<'_>) -> Option<usize> {
    let own = |party: Option<super::Party<'_>>| party.and_then(|party| party.span_index);
    own(hop.caller).or_else(|| own(hop.callee))
}

fn of_siblings<'a>(
    trace: &'a Trace,
    hops: &mut [Hop<'a>],
    siblings: &[usize],
    groups: &mut Vec<Group<'a>>,
) {
    let first = groups.len();
    if siblings.len() >= LOOP_HOPS_MIN {
        for members in alike(hops, siblings) {
            let group = of_loop(hops, members);
            for hop in &group.hops {
                hops[*hop].group = Some(groups.len());
            }
            groups.push(group);
        }
    }
    for attempts in retries::find(trace, hops, siblings, groups) {
        let within = hops[attempts.hops[0]].group;
        let is_all = within.is_some_and(|group| groups[group].hops.len() == attempts.hops.len());
        let Attempts {
            kind,
            basis,
            hops: members,
        } = attempts;
        for (number, hop) in members.iter().enumerate() {
            match kind {
                GroupKind::Hedge => hops[*hop].notes.insert(Note::Hedged),
                _ if number > 0 => hops[*hop].notes.insert(Note::Retry),
                _ => {}
            }
        }
        let group = Group {
            within: within.filter(|_| !is_all),
            ..measured(hops, members, kind, basis)
        };
        // Attempts at one call, and nothing else, are no loop of calls.
        let position = within.filter(|_| is_all).unwrap_or(groups.len());
        for hop in &group.hops {
            hops[*hop].group = Some(position);
        }
        if position < groups.len() {
            groups[position] = group;
        } else {
            groups.push(group);
        }
    }
    debug_assert!(groups[first..].iter().all(|group| group.hops.len() > 1));
}

/// Siblings that do the same, by their first; only where there are enough of them.
fn alike(hops: &[Hop<'_>], siblings: &[usize]) -> Vec<Vec<usize>> {
    let key = |hop: usize| {
        let one = &hops[hop];
        let caller = one.caller.and_then(|caller| caller.service);
        (one.kind as u8, caller, callee(one), operation(one))
    };
    // Most lists are short and have nothing in them.
    if siblings.len() < 2 * LOOP_HOPS_MIN {
        let count = |first: &usize| {
            let first = key(*first);
            siblings.iter().filter(|hop| key(**hop) == first).count()
        };
        // Where that many are alike, one of them is among the first.
        let firsts = &siblings[..=siblings.len() - LOOP_HOPS_MIN];
        if !firsts.iter().any(|first| count(first) >= LOOP_HOPS_MIN) {
            return Vec::new();
        }
    }
    let mut alike: HashMap<_, Vec<usize>, RandomState> = HashMap::default();
    for hop in siblings {
        alike.entry(key(*hop)).or_default().push(*hop);
    }
    let mut lists: Vec<Vec<usize>> = alike
        .into_values()
        .filter(|members| members.len() >= LOOP_HOPS_MIN)
        .collect();
    lists.sort_unstable_by_key(|members| members[0]);
    lists
}

fn callee<'a>(hop: &Hop<'a>) -> Option<&'a str> {
    hop.callee.and_then(|callee| callee.service)
}

fn operation<'a>(hop: &Hop<'a>) -> Option<&'a str> {
    let of = |party: Option<super::Party<'a>>| party.and_then(|party| party.operation);
    of(hop.callee).or_else(|| of(hop.caller))
}

fn of_loop<'a>(hops: &[Hop<'a>], members: Vec<usize>) -> Group<'a> {
    let mut end = 0;
    let overlapping = members.iter().filter_map(|hop| span_of_time(&hops[*hop]));
    let overlapping = overlapping.filter(|(start, to)| {
        let overlaps = start.saturating_add(ROUNDING) < end;
        end = end.max(*to);
        overlaps
    });
    let (kind, basis) = if overlapping.count() * 2 >= members.len() - 1 {
        (GroupKind::FanOut, Basis::AtTheSameTime)
    } else {
        let kind = match hops[members[0]].kind {
            HopKind::Rpc | HopKind::Database => GroupKind::NPlusOne,
            HopKind::Local | HopKind::Messaging => GroupKind::Repeat,
        };
        (kind, Basis::OneAfterAnother)
    };
    measured(hops, members, kind, basis)
}

/// From start to end as the caller saw it.
pub(super) fn span_of_time(hop: &Hop<'_>) -> Option<(u64, u64)> {
    let start = hop.start?;
    Some((start, start.saturating_add(hop.total()?)))
}

fn measured<'a>(hops: &[Hop<'a>], members: Vec<usize>, kind: GroupKind, basis: Basis) -> Group<'a> {
    let last = &hops[members[members.len() - 1]];
    let times = || members.iter().filter_map(|hop| span_of_time(&hops[*hop]));
    let start = members.iter().filter_map(|hop| hops[*hop].start).min();
    let end = times().map(|(_, end)| end).max();
    let named = members.iter().find_map(|hop| callee(&hops[*hop]));
    Group {
        kind,
        parent: last.parent,
        within: None,
        basis,
        caller: last.caller.and_then(|caller| caller.service),
        callee: callee(last).or(named),
        operation: operation(last),
        error_count: members.iter().filter(|hop| hops[**hop].error).count(),
        parallel: parallel(times().collect()),
        start,
        duration: start.zip(end).map(|(start, end)| end.saturating_sub(start)),
        sum: times().fold(0, |sum, (start, end)| sum.saturating_add(end - start)),
        critical: 0,
        hops: members,
    }
}

fn parallel(times: Vec<(u64, u64)>) -> usize {
    let mut ends: Vec<u64> = times.iter().map(|(_, end)| *end).collect();
    let mut starts: Vec<u64> = times.into_iter().map(|(start, _)| start).collect();
    ends.sort_unstable();
    starts.sort_unstable();
    let mut over = 0;
    let running = starts.into_iter().enumerate().map(|(begun, start)| {
        while ends.get(over).is_some_and(|end| *end <= start) {
            over += 1;
        }
        (begun + 1).saturating_sub(over)
    });
    running.max().unwrap_or(0).max(1)
}

fn add_critical(hops: &[Hop<'_>], groups: &mut [Group<'_>]) {
    if groups.is_empty() {
        return;
    }
    let ends = subtree_ends(hops);
    let mut before: Vec<u64> = Vec::with_capacity(hops.len() + 1);
    before.push(0);
    for hop in hops {
        before.push(before[before.len() - 1].saturating_add(hop.critical_duration));
    }
    for group in groups {
        let of = |hop: &usize| before[ends[*hop]] - before[*hop];
        group.critical = group.hops.iter().map(of).sum();
    }
}

/// Where, in pre-order, what is below each hop ends.
pub(super) fn subtree_ends(hops: &[Hop<'_>]) -> Vec<usize> {
    let mut ends: Vec<usize> = (1..=hops.len()).collect();
    for (index, hop) in hops.iter().enumerate().rev() {
        if let Some(parent) = hop.parent {
            ends[parent] = ends[parent].max(ends[index]);
        }
    }
    ends
}

/// Fewer that are alike are no pattern.
pub(super) const LOOP_HOPS_MIN: usize = 5;
