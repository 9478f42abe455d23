//! Zipkin's `Trace.merge`: spans that were sent in pieces become whole, and server halves that
//! forgot to say so become shared.
//!
//! The outcome is a function of the set of spans: those that Zipkin would take in the order of
//! their arrival are put into one order here, and equal ones are taken once.
use std::cmp::Ordering;

use super::call::{CallSpan, Place};
use super::names::{NameId, Names};
use crate::id::SpanId;
use crate::span::Kind;

/// A whole span. `None` in `kind` is Zipkin's absent kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub id: SpanId,
    pub parent: Option<SpanId>,
    pub kind: Option<Kind>,
    pub shared: bool,
    pub place: Place,
    pub remote_service: Option<NameId>,
    pub database: bool,
    pub operation: Option<NameId>,
    pub start: Option<u64>,
    pub duration: Option<i64>,
    pub failed: bool,
}

/// What merging one trace leaves, kept for the next one's use of its memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Merged {
    order: Vec<Rank>,
    pub(super) distinct: Vec<usize>,
    /// In the order of their ids.
    pub(super) parts: Vec<Part>,
}

/// Where a span belongs: by id; not-shared first and of those clients first.
#[derive(Clone, Copy, Debug)]
struct Rank {
    id: SpanId,
    place_in_rpc: u8,
    position: usize,
}

impl Merged {
    pub(super) fn merge(&mut self, spans: &[CallSpan], names: &Names) {
        self.sort(spans, names);
        self.parts.clear();
        let Self {
            distinct, parts, ..
        } = self;
        let mut rest = distinct
            .iter()
            .map(|position| part(&spans[*position]))
            .peekable();
        while let Some(first) = rest.next() {
            let (kind, parent, shared) = (first.kind, first.parent, first.shared);
            let mut whole = first;
            // The tracker fills up with what was absorbed; the endpoint of the span itself does
            // too, so that one serves as the other.
            while let Some(next) = rest.next_if(|next| {
                next.id == whole.id && next.shared == shared && compatible(whole.place, next.place)
            }) {
                absorb(&mut whole, next);
            }
            if let Some(last) = parts.last().filter(|last| last.id == whole.id) {
                if last.kind == Some(Kind::Client) && kind == Some(Kind::Server) {
                    whole.shared = true;
                }
                if whole.shared && parent.is_none() && last.parent.is_some() {
                    whole.parent = last.parent;
                }
            }
            parts.push(whole);
        }
    }

    /// Fills `distinct`: the position of each span, of equal ones the position of one.
    fn sort(&mut self, spans: &[CallSpan], names: &Names) {
        self.order.clear();
        self.order
            .extend(spans.iter().enumerate().map(|(position, span)| Rank {
                id: span.id,
                place_in_rpc: match (is_shared(span), span.kind) {
                    (true, _) => 2,
                    (false, Kind::Client) => 0,
                    (false, _) => 1,
                },
                position,
            }));
        self.order.sort_unstable_by(|left, right| {
            left.id
                .cmp(&right.id)
                .then(left.place_in_rpc.cmp(&right.place_in_rpc))
                .then_with(|| {
                    let (left, right) = (&spans[left.position], &spans[right.position]);
                    by_place(&left.place, &right.place, names)
                        .then_with(|| by_the_rest(left, right, names))
                })
        });
        self.distinct.clear();
        for rank in &self.order {
            let is_known = self
                .distinct
                .last()
                .is_some_and(|last| spans[*last] == spans[rank.position]);
            if !is_known {
                self.distinct.push(rank.position);
            }
        }
    }
}

fn part(span: &CallSpan) -> Part {
    Part {
        id: span.id,
        parent: span.parent.filter(|parent| *parent != span.id),
        kind: match span.kind {
            Kind::Unspecified | Kind::Internal => None,
            kind => Some(kind),
        },
        shared: is_shared(span),
        place: span.place,
        remote_service: span.remote_service,
        database: span.database,
        operation: span.operation,
        start: span.start,
        duration: span.duration,
        failed: span.failed,
    }
}

fn is_shared(span: &CallSpan) -> bool {
    span.shared && span.kind != Kind::Client
}

/// Zipkin's order of endpoints: names by their text, since the last shared half of an id answers
/// for those that no endpoint tells apart.
fn by_place(left: &Place, right: &Place, names: &Names) -> Ordering {
    match (left.is_absent(), right.is_absent()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => by_name(left.service, right.service, names)
            .then_with(|| absent_last(left.ipv4, right.ipv4))
            .then_with(|| absent_last(left.ipv6, right.ipv6)),
    }
}

/// An order where Zipkin has none but arrival's: any will do that is total and says the same after
/// a restart.
fn by_the_rest(left: &CallSpan, right: &CallSpan, names: &Names) -> Ordering {
    absent_last(left.place.port, right.place.port)
        .then_with(|| absent_last(left.parent, right.parent))
        .then_with(|| absent_last(left.start, right.start))
        .then_with(|| absent_last(left.duration, right.duration))
        .then_with(|| by_name(left.remote_service, right.remote_service, names))
        .then_with(|| by_name(left.operation, right.operation, names))
        .then_with(|| left.kind.number().cmp(&right.kind.number()))
        .then_with(|| left.shared.cmp(&right.shared))
        .then_with(|| left.database.cmp(&right.database))
        .then_with(|| left.failed.cmp(&right.failed))
        .then_with(|| left.error.cmp(&right.error))
}

fn by_name(left: Option<NameId>, right: Option<NameId>, names: &Names) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    absent_last(
        left.map(|id| names.text(id)),
        right.map(|id| names.text(id)),
    )
}

fn absent_last<T: Ord>(left: Option<T>, right: Option<T>) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => left.cmp(&right),
        (left, right) => right.is_some().cmp(&left.is_some()),
    }
}

fn compatible(left: Place, right: Place) -> bool {
    agree(left.service, right.service)
        && agree(left.ipv4, right.ipv4)
        && agree(left.ipv6, right.ipv6)
        && agree(left.port, right.port)
}

fn agree<T: PartialEq>(left: Option<T>, right: Option<T>) -> bool {
    left.is_none() || right.is_none() || left == right
}

fn absorb(whole: &mut Part, next: Part) {
    whole.parent = whole.parent.or(next.parent);
    whole.kind = whole.kind.or(next.kind);
    whole.operation = whole.operation.or(next.operation);
    whole.start = whole.start.or(next.start);
    whole.duration = whole.duration.or(next.duration);
    whole.failed |= next.failed;
    if whole.remote_service.is_none() {
        whole.remote_service = next.remote_service;
        whole.database = next.database;
    }
    let (place, next) = (&mut whole.place, next.place);
    place.service = place.service.or(next.service);
    place.ipv4 = place.ipv4.or(next.ipv4);
    place.ipv6 = place.ipv6.or(next.ipv6);
    place.port = place.port.or(next.port);
}
