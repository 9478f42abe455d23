//! The spans of a trace by their ids, which two halves of a call may share and strangers may repeat.
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use foldhash::quality::RandomState;
use storage::id::SpanId;
use storage::span::{Link, Span};
use storage::trace::Trace;

use super::family::Role;
use super::messages::Source;
use super::place::Place;

/// The spans of one id.
pub(super) struct Group {
    pub first: usize,
    pub caller: Option<usize>,
    pub callee: Option<usize>,
    pub size: usize,
}

pub(super) struct Index<'a> {
    pub groups: HashMap<SpanId, Group, RandomState>,
    /// Who recorded it, for ids that two hosts share.
    recorded: HashMap<(SpanId, Place<'a>), usize, RandomState>,
}

impl<'a> Index<'a> {
    pub(super) fn of(spans: &'a [Span], roles: &[Role]) -> Self {
        let mut groups: HashMap<SpanId, Group, RandomState> =
            HashMap::with_capacity_and_hasher(spans.len(), RandomState::default());
        for (position, span) in spans.iter().enumerate() {
            let group = groups.entry(span.span_id).or_insert(Group {
                first: position,
                caller: None,
                callee: None,
                size: 0,
            });
            group.size += 1;
            if group.size > 1 {
                group.first = earlier(spans, Some(group.first), position);
            }
            match roles[position] {
                Role::Caller => group.caller = Some(earlier(spans, group.caller, position)),
                Role::Callee => group.callee = Some(earlier(spans, group.callee, position)),
                Role::Local => {}
            }
        }
        let mut recorded: HashMap<(SpanId, Place<'a>), usize, RandomState> = HashMap::default();
        for (position, span) in spans.iter().enumerate() {
            if groups[&span.span_id].size > 1 {
                let first = recorded
                    .entry((span.span_id, Place::of(span)))
                    .or_insert(position);
                // On one host the server's half is the lower one: children hang on it.
                let is_server = |span: usize| roles[span] == Role::Callee;
                if is_server(*first) == is_server(position) {
                    *first = earlier(spans, Some(*first), position);
                } else if is_server(position) {
                    *first = position;
                }
            }
        }
        Self { groups, recorded }
    }

    /// The span that `child` means by its parent's id.
    pub(super) fn parent(&self, id: SpanId, child: &'a Span, role: Role) -> Option<usize> {
        let group = self.groups.get(&id)?;
        if group.size == 1 {
            return Some(group.first);
        }
        if role != Role::Callee
            && let Some(position) = self.recorded.get(&(id, Place::of(child)))
        {
            return Some(*position);
        }
        group.callee.or(group.caller).or(Some(group.first))
    }

    /// The spans that a consumer links to: those of this trace that send, and all of others.
    pub(super) fn sources(&self, trace: &Trace, consumer: usize, roles: &[Role]) -> Vec<Source> {
        let mut sources = Vec::new();
        let mut seen: HashSet<(u128, SpanId), RandomState> = HashSet::default();
        for link in &trace.spans[consumer].links {
            let Some(span_id) = SpanId::new(link.span_id) else {
                continue;
            };
            let group = self.groups.get(&span_id);
            let source =
                if is_here(trace, link) && (link.trace_id == trace.id.value() || group.is_some()) {
                    let sender = group.and_then(|group| group.caller);
                    sender
                        .filter(|sender| *sender != consumer && roles[*sender] == Role::Caller)
                        .map(Source::Here)
                } else {
                    (link.trace_id != 0).then_some(Source::There {
                        trace_id: link.trace_id,
                        span_id,
                    })
                };
            let is_new = seen.insert((link.trace_id, span_id));
            sources.extend(source.filter(|_| is_new));
            if sources.len() == SOURCES_MAX {
                break;
            }
        }
        sources
    }

    /// The first span of this trace that a consumer links to, whatever it does.
    pub(super) fn linked(&self, trace: &Trace, consumer: usize) -> Option<usize> {
        let links = trace.spans[consumer].links.iter();
        links.filter(|link| is_here(trace, link)).find_map(|link| {
            let group = self.groups.get(&SpanId::new(link.span_id)?)?;
            Some(group.first).filter(|target| *target != consumer)
        })
    }

    pub(super) fn is_duplicate(&self, position: usize, span: &Span, role: Role) -> bool {
        let group = &self.groups[&span.span_id];
        group.size > 1
            && match role {
                Role::Caller => group.caller != Some(position),
                Role::Callee => {
                    group.caller.is_none() && group.callee != Some(position) && !span.shared
                }
                Role::Local => true,
            }
    }
}

/// Of spans with one id the one that stands first, whatever the order in which they came.
fn earlier(spans: &[Span], one: Option<usize>, other: usize) -> usize {
    one.filter(|one| standing(&spans[*one], &spans[other]).is_le())
        .unwrap_or(other)
}

/// An order of spans that does not depend on how they came: by start, and where times are equal by
/// whatever else tells them apart.
pub(super) fn standing(one: &Span, other: &Span) -> Ordering {
    let rank = |span: &Span| (span.start.is_none(), span.start, span.span_id);
    let more = |span: &Span| {
        (
            span.kind.number(),
            span.duration,
            span.parent_id,
            span.shared,
        )
    };
    rank(one)
        .cmp(&rank(other))
        .then_with(|| more(one).cmp(&more(other)))
        .then_with(|| (one.service(), &one.name).cmp(&(other.service(), &other.name)))
}

/// May the link lead into this trace? Some hosts know only the low half of an id.
const fn is_here(trace: &Trace, link: &Link) -> bool {
    link.trace_id as u64 == trace.id.low()
}

/// Producers that are told of one consumer.
pub(super) const SOURCES_MAX: usize = 100;
