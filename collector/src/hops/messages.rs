//! Messages whose consumers say by links where they come from: who sent what a hop consumes, in this
//! trace or another, and the consumers in other traces of what was sent here.
use std::collections::HashMap;

use foldhash::quality::RandomState;
use storage::id::SpanId;
use storage::trace::Trace;

use super::Party;
use super::across::{Across, FarSpan};
use super::family::{Family, Ordered, Role};
use super::sides;
use super::timeline::Timeline;

/// The span at the other end of a consumer's link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A position in the trace's spans.
    Here(usize),
    There {
        trace_id: u128,
        span_id: SpanId,
    },
}

/// Who sent a message that a hop consumes.
#[derive(Clone, Debug, PartialEq)]
pub struct Producer<'a> {
    pub party: Party<'a>,
    /// From the end of sending to the start of consuming; nothing if that is negative.
    pub queue_duration: Option<u64>,
}

/// A message that was sent in this trace and is consumed in another.
#[derive(Clone, Debug, PartialEq)]
pub struct FarHop<'a> {
    /// Position of the producer's hop in [`super::CallTree::hops`].
    pub parent: usize,
    /// The first of the producers.
    pub caller: Party<'a>,
    pub callee: &'a FarSpan,
    /// When sending began.
    pub start: Option<u64>,
    pub client_duration: Option<u64>,
    pub queue_duration: Option<u64>,
    /// All producers, if one consumer took several messages.
    pub producers: Vec<Sent>,
}

/// What a span of this trace sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Position in the trace's spans.
    pub position: usize,
    pub queue_duration: Option<u64>,
}

/// The producers of what a consumer took, in the order of its links.
pub(super) fn producers<'a>(
    trace: &'a Trace,
    family: &Family,
    timeline: &Timeline,
    across: &'a Across,
    consumer: usize,
) -> Vec<Producer<'a>> {
    let Some(sources) = family.sources.get(&consumer) else {
        return Vec::new();
    };
    let began = timeline.interval(consumer).map(|time| time.start);
    let after = |end: Option<u64>| Some(began?.saturating_sub(end?));
    let one = |source: &Source| match *source {
        Source::Here(position) => Producer {
            party: sides::party(&trace.spans[position], position),
            queue_duration: after(timeline.measured(position).map(|time| time.end)),
        },
        Source::There { trace_id, span_id } => {
            let known = across.producer(trace_id, span_id);
            Producer {
                party: Party {
                    service: known.and_then(|span| span.service.as_deref()),
                    operation: known.and_then(|span| span.operation.as_deref()),
                    span_id: Some(span_id),
                    span_index: None,
                    trace_id: Some(trace_id),
                },
                queue_duration: after(known.and_then(FarSpan::end)),
            }
        }
    };
    sources.iter().map(one).collect()
}

/// The consumers in other traces of what was sent here, by their start; and which spans sent it.
pub(super) fn consumed_afar<'a>(
    trace: &'a Trace,
    family: &Family,
    timeline: &Timeline,
    order: &[Ordered],
    across: &'a Across,
) -> Vec<FarHop<'a>> {
    let Some(linked_by) = &across.linked_by else {
        return Vec::new();
    };
    let consumers = || linked_by.spans.iter().filter(|span| span.is_consumer);
    if consumers().next().is_none() {
        return Vec::new();
    }
    let mut senders: HashMap<SpanId, usize, RandomState> = HashMap::default();
    for (position, span) in trace.spans.iter().enumerate() {
        if family.roles[position] == Role::Caller {
            senders.entry(span.span_id).or_insert(position);
        }
    }
    let hop_of = family.hop_of(order);
    let mut hops: Vec<FarHop<'a>> = Vec::new();
    for consumer in consumers() {
        let queued = |position: usize| {
            let sent = timeline.measured(position)?.end;
            Some(consumer.start?.saturating_sub(sent))
        };
        let producers: Vec<Sent> = (consumer.links_to.iter())
            .filter_map(|id| senders.get(id).copied())
            .map(|position| Sent {
                position,
                queue_duration: queued(position),
            })
            .collect();
        let Some(first) = producers.first().map(|sent| sent.position) else {
            continue;
        };
        hops.push(FarHop {
            parent: hop_of[first],
            caller: sides::party(&trace.spans[first], first),
            callee: consumer,
            start: timeline.interval(first).map(|time| time.start),
            client_duration: timeline.duration(first),
            queue_duration: queued(first),
            producers: if producers.len() > 1 {
                producers
            } else {
                Vec::new()
            },
        });
    }
    hops.sort_by_key(|hop| (hop.callee.start.is_none(), hop.callee.start));
    hops
}

impl Source {
    pub(super) const fn here(self) -> Option<usize> {
        match self {
            Self::Here(position) => Some(position),
            Self::There { .. } => None,
        }
    }
}

impl FarSpan {
    /// The span as the other side of a hop here.
    pub(super) fn party(&self) -> Party<'_> {
        Party {
            service: self.service.as_deref(),
            operation: self.operation.as_deref(),
            span_id: Some(self.span_id),
            span_index: None,
            trace_id: Some(self.trace_id.value()),
        }
    }
}

impl FarHop<'_> {
    /// The spans of this trace that sent what is consumed.
    pub(super) fn senders(&self) -> impl Iterator<Item = usize> {
        let only = self.caller.span_index.filter(|_| self.producers.is_empty());
        let all = self.producers.iter().map(|sent| sent.position);
        all.chain(only)
    }
}
