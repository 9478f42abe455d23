//! Who is above whom: the spans of a trace as a forest, and which two of them are one hop.
use std::collections::{HashMap, HashSet};

use foldhash::quality::RandomState;
use storage::id::SpanId;
use storage::semconv;
use storage::span::{Kind, Span};
use storage::trace::Trace;

use super::across::is_consumer;
use super::below::Below;
use super::errors;
use super::gateways;
use super::index::{Index, standing};
use super::messages::Source;
use super::notes::{Note, Notes};
use super::timeline::Timeline;

/// Spans are positions in the trace. Invariant: following `parents` ends.
pub(super) struct Family {
    pub parents: Vec<Option<usize>>,
    /// The other half of the hop.
    pub partners: Vec<Option<usize>>,
    pub roles: Vec<Role>,
    pub errors: Vec<bool>,
    /// Messages are not waited for.
    pub is_message: Vec<bool>,
    pub notes: Vec<Notes>,
    /// What consumers link to; only those that say more than their parent does. Each once, at most
    /// [`super::index::SOURCES_MAX`].
    pub sources: HashMap<usize, Vec<Source>, RandomState>,
    /// Spans whose message a hop consumes whose other half is another span.
    pub consumed: HashSet<usize, RandomState>,
    pub missing_parents: usize,
    pub cycles: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Caller,
    Callee,
    Local,
}

/// A hop's place in the tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ordered {
    /// The span that is above the hop's other one, or its only one.
    pub top: usize,
    pub parent: Option<usize>,
    pub depth: usize,
}

impl Family {
    pub(super) fn of(trace: &Trace) -> Self {
        let spans = &trace.spans;
        let roles: Vec<Role> = spans.iter().map(role).collect();
        let mut family = Self {
            parents: vec![None; spans.len()],
            partners: vec![None; spans.len()],
            notes: vec![Notes::default(); spans.len()],
            sources: HashMap::default(),
            consumed: HashSet::default(),
            is_message: spans.iter().map(is_message).collect(),
            errors: spans.iter().map(errors::failed).collect(),
            roles,
            missing_parents: 0,
            cycles: 0,
        };
        let index = Index::of(spans, &family.roles);
        family.find_parents(trace, &index);
        if family.find_partners(spans) && gateways::nest(&mut family, spans) {
            family.part();
            family.find_partners(spans);
        }
        family.cut_cycles(spans);
        family
    }

    /// The lower half of a hop of two.
    pub(super) fn is_lower_half(&self, span: usize) -> bool {
        self.roles[span] == Role::Callee && self.partners[span].is_some()
    }

    /// The hops in pre-order, siblings by start, the trace's root first.
    pub(super) fn order(&self, spans: &[Span], timeline: &Timeline) -> Vec<Ordered> {
        let tops: Vec<usize> = (0..self.parents.len())
            .filter(|span| !self.is_lower_half(*span))
            .collect();
        let mut hop_of = vec![0; self.parents.len()];
        for (hop, top) in tops.iter().enumerate() {
            hop_of[*top] = hop;
            if let Some(partner) = self.partners[*top] {
                hop_of[partner] = hop;
            }
        }
        let mut below = Below::of(tops.len(), |hop| Some(hop_of[self.parents[tops[hop]]?]));
        let mut roots: Vec<usize> = (0..tops.len())
            .filter(|hop| self.parents[tops[*hop]].is_none())
            .collect();
        // Ids decide where times do not, so that the order of arrival does not matter.
        let by_start = |one: &usize, other: &usize| {
            let (one, other) = (tops[*one], tops[*other]);
            let start = |top| timeline.start_or_last(top);
            start(one)
                .cmp(&start(other))
                .then_with(|| standing(&spans[one], &spans[other]))
        };
        for hop in 0..tops.len() {
            below.children_mut(hop).sort_by(by_start);
        }
        let rank = |hop: &usize| self.rank_as_root(tops[*hop]);
        roots.sort_by(|one, other| {
            rank(one)
                .cmp(&rank(other))
                .then_with(|| by_start(one, other))
        });
        let mut ordered: Vec<Ordered> = Vec::with_capacity(tops.len());
        let mut open: Vec<(usize, Option<usize>, usize)> =
            roots.into_iter().rev().map(|hop| (hop, None, 0)).collect();
        while let Some((hop, parent, depth)) = open.pop() {
            let children = below.children(hop).iter().rev();
            open.extend(children.map(|child| (*child, Some(ordered.len()), depth + 1)));
            ordered.push(Ordered {
                top: tops[hop],
                parent,
                depth,
            });
        }
        ordered
    }

    /// In which hop each span is.
    pub(super) fn hop_of(&self, order: &[Ordered]) -> Vec<usize> {
        let mut hop_of = vec![0; self.parents.len()];
        for (hop, ordered) in order.iter().enumerate() {
            hop_of[ordered.top] = hop;
            if let Some(partner) = self.partners[ordered.top] {
                hop_of[partner] = hop;
            }
        }
        hop_of
    }

    /// Does a consumer take what only another trace sent?
    pub(super) fn comes_from_afar(&self, consumer: usize) -> bool {
        let sources = || self.sources.get(&consumer);
        self.roles[consumer] == Role::Callee
            && self.parents[consumer].is_none()
            && sources().is_some_and(|all| all.iter().any(|source| source.here().is_none()))
    }

    /// A span that says it has no parent is more of a root than one whose parent is not here.
    pub(super) fn is_true_root(&self, span: usize) -> bool {
        self.parents[span].is_none() && self.rank_as_root(span) < 2
    }

    fn rank_as_root(&self, span: usize) -> u8 {
        let notes = self.notes[span];
        if notes.contains(Note::MissingParent) || notes.contains(Note::Cycle) {
            2
        } else {
            u8::from(notes.contains(Note::Linked) || notes.contains(Note::OwnParent))
        }
    }

    fn find_parents(&mut self, trace: &Trace, index: &Index<'_>) {
        let mut missing: Vec<SpanId> = Vec::new();
        for (position, span) in trace.spans.iter().enumerate() {
            let group = &index.groups[&span.span_id];
            if index.is_duplicate(position, span, self.roles[position]) {
                self.notes[position].insert(Note::DuplicateId);
            }
            if self.roles[position] == Role::Callee && group.caller.is_some() {
                self.parents[position] = group.caller;
                self.notes[position].insert(Note::SharedSpan);
                continue;
            }
            let named = span.parent_id.filter(|parent| *parent != span.span_id);
            if span.parent_id.is_some() && named.is_none() {
                self.notes[position].insert(Note::OwnParent);
            }
            let known = named.and_then(|id| index.parent(id, span, self.roles[position]));
            let mut linked = None;
            if is_consumer(span) {
                let sources = index.sources(trace, position, &self.roles);
                if known.is_none() {
                    self.notes[position].insert(Note::Linked);
                    linked = sources.iter().find_map(|source| source.here());
                    if linked.is_none() && span.kind == Kind::Consumer {
                        linked = index.linked(trace, position);
                    }
                }
                self.keep_sources(position, known.or(linked), sources);
            }
            self.parents[position] = known.or(linked);
            if let Some(id) = named.filter(|_| self.parents[position].is_none()) {
                self.notes[position].insert(Note::MissingParent);
                missing.push(id);
            }
        }
        missing.sort_unstable();
        missing.dedup();
        self.missing_parents = missing.len();
    }

    fn keep_sources(&mut self, consumer: usize, parent: Option<usize>, sources: Vec<Source>) {
        let others = sources.iter().filter_map(|source| source.here());
        self.consumed
            .extend(others.filter(|producer| Some(*producer) != parent));
        let says_more = match sources.as_slice() {
            [] => false,
            [Source::Here(one)] => Some(*one) != parent,
            _ => true,
        };
        if says_more {
            self.sources.insert(consumer, sources);
        }
    }

    /// A call with one server is one hop. With several (a proxy that tries again, the consumers of
    /// one message) each is a hop of its own below the call: no one of them is its other half.
    ///
    /// Is there a call that several servers answer, or several of one id?
    fn find_partners(&mut self, spans: &[Span]) -> bool {
        let mut has_several = false;
        let mut callees: Vec<Callees> = vec![Callees::None; spans.len()];
        for (position, parent) in self.parents.iter().enumerate() {
            if let Some(parent) = *parent
                && self.roles[position] == Role::Callee
                && self.roles[parent] == Role::Caller
            {
                callees[parent] = match callees[parent] {
                    Callees::None => Callees::One(position),
                    Callees::One(_) | Callees::Several => Callees::Several,
                };
            }
        }
        for (caller, callees) in callees.into_iter().enumerate() {
            match callees {
                Callees::None => {}
                Callees::One(callee) => {
                    self.partners[caller] = Some(callee);
                    self.partners[callee] = Some(caller);
                }
                Callees::Several => {
                    self.notes[caller].insert(Note::SeveralServers);
                    has_several = true;
                }
            }
        }
        let is_again = |(notes, role): (&Notes, &Role)| {
            notes.contains(Note::DuplicateId) && *role == Role::Caller
        };
        has_several || self.notes.iter().zip(&self.roles).any(is_again)
    }

    /// Forgets who are the two halves of a hop.
    fn part(&mut self) {
        self.partners.fill(None);
        for notes in &mut self.notes {
            notes.remove(Note::SeveralServers);
        }
    }

    fn cut_cycles(&mut self, spans: &[Span]) {
        // In which walk a span was met; 0 is not yet.
        let mut walks = vec![0_usize; spans.len()];
        for first in 0..spans.len() {
            let walk = first + 1;
            let mut here = Some(first);
            while let Some(span) = here.filter(|span| walks[*span] == 0) {
                walks[span] = walk;
                here = self.parents[span];
            }
            let Some(met) = here.filter(|span| walks[*span] == walk) else {
                continue;
            };
            let round = std::iter::successors(Some(met), |span| {
                self.parents[*span].filter(|parent| *parent != met)
            });
            // The two halves of a hop stay together; a circle has at least one other edge.
            let cut = round.min_by_key(|span| {
                let start = spans[*span].start;
                let id = spans[*span].span_id;
                (self.is_lower_half(*span), start.is_none(), start, id, *span)
            });
            if let Some(cut) = cut {
                self.parents[cut] = None;
                self.notes[cut].insert(Note::Cycle);
                self.cycles += 1;
            }
        }
    }
}

/// A span with no kind that names its other side is a call, as it is for Zipkin's links.
fn role(span: &Span) -> Role {
    match span.kind {
        Kind::Client | Kind::Producer => Role::Caller,
        Kind::Server | Kind::Consumer => Role::Callee,
        Kind::Unspecified if semconv::remote_service(span).is_some_and(|name| !name.is_empty()) => {
            Role::Caller
        }
        Kind::Unspecified | Kind::Internal if is_consumer(span) => Role::Callee,
        Kind::Unspecified | Kind::Internal => Role::Local,
    }
}

fn is_message(span: &Span) -> bool {
    matches!(span.kind, Kind::Producer | Kind::Consumer) || is_consumer(span)
}

#[derive(Clone, Copy)]
enum Callees {
    None,
    One(usize),
    Several,
}
