//! What the findings about one trace look at: its tree, and its critical path by hops.
use serde_json::Value;
use storage::id::SpanId;

use super::SPANS_MAX;
use crate::hops::groups::subtree_ends;
use crate::hops::text::{clean, duration, fit_name};
use crate::hops::{CallTree, Hop, Name, Part, Party, Segment};

pub(super) struct Case<'c, 'a> {
    pub tree: &'c CallTree<'a>,
    /// Of the trace, at least 1.
    pub duration: u64,
    /// Where in pre-order what is below each hop ends.
    pub ends: Vec<usize>,
    /// What each hop has of the critical path.
    pub parts: Vec<Parts>,
    hop_of: Vec<usize>,
}

/// Nanoseconds of the critical path.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts {
    pub own: u64,
    pub network: u64,
    pub queue: u64,
}

impl<'c, 'a> Case<'c, 'a> {
    pub(super) fn of(tree: &'c CallTree<'a>) -> Self {
        let mut hop_of = vec![0; tree.trace.spans.len()];
        for (index, hop) in tree.hops.iter().enumerate() {
            let parties = [hop.caller, hop.callee].into_iter().flatten();
            for span in parties.filter_map(|party| party.span_index) {
                hop_of[span] = index;
            }
        }
        let mut parts = vec![Parts::default(); tree.hops.len()];
        for segment in &tree.critical_path {
            let Some(span) = segment.span_index else {
                continue;
            };
            let parts = &mut parts[hop_of[span]];
            match segment.part {
                Part::Own => parts.own += segment.duration,
                Part::Network => parts.network += segment.duration,
                Part::Queue => parts.queue += segment.duration,
                Part::Gap => {}
            }
        }
        Self {
            tree,
            duration: tree.duration.unwrap_or(0).max(1),
            ends: subtree_ends(&tree.hops),
            parts,
            hop_of,
        }
    }

    /// Part of the trace's duration, four digits.
    pub(super) fn share(&self, nanos: u64) -> f64 {
        (nanos as f64 / self.duration as f64 * 10_000.0).round() / 10_000.0
    }

    pub(super) fn is_worth(&self, nanos: u64, percent: u64) -> bool {
        u128::from(nanos) * 100 >= u128::from(self.duration) * u128::from(percent) && nanos > 0
    }

    pub(super) fn hop_of(&self, segment: &Segment<'_>) -> Option<usize> {
        segment.span_index.map(|span| self.hop_of[span])
    }

    /// The time of the path between two moments that is in hops of this range.
    pub(super) fn on_path(&self, from: u64, to: u64, hops: std::ops::Range<usize>) -> u64 {
        let path = &self.tree.critical_path;
        let first = path.partition_point(|segment| segment.start + segment.duration <= from);
        let within = path[first..]
            .iter()
            .take_while(|segment| segment.start < to);
        within
            .filter(|segment| self.hop_of(segment).is_some_and(|hop| hops.contains(&hop)))
            .map(|segment| {
                let end = (segment.start + segment.duration).min(to);
                end.saturating_sub(segment.start.max(from))
            })
            .sum()
    }

    /// The spans of hops, each hop's client first.
    pub(super) fn spans(&self, hops: impl IntoIterator<Item = usize>) -> Vec<SpanId> {
        let mut spans: Vec<SpanId> = Vec::new();
        for hop in hops {
            let hop = &self.tree.hops[hop];
            for party in [hop.caller, hop.callee].into_iter().flatten() {
                let id = party.span_id.filter(|_| party.span_index.is_some());
                spans.extend(id.filter(|id| spans.last() != Some(id)));
            }
            if spans.len() >= SPANS_MAX {
                break;
            }
        }
        spans.truncate(SPANS_MAX);
        spans
    }
}

/// `26.0 ms, 72 % of the trace`.
pub(super) fn time_and_share(nanos: u64, share: f64) -> String {
    format!("{}, {} of the trace", duration(Some(nanos)), percent(share))
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// `orders POST /orders`, so that it fits into a sentence.
pub(super) fn called(name: Name<'_>) -> String {
    let service = fit_name(&clean(name.service.unwrap_or("?")));
    match name.operation {
        Some(operation) => format!("{service} {}", fit_name(&clean(operation))),
        None => service,
    }
}

pub(super) fn text(text: Option<&str>) -> Value {
    text.map_or(Value::Null, Value::from)
}

pub(super) fn caller<'a>(hop: &Hop<'a>) -> Option<&'a str> {
    hop.caller.and_then(|party: Party<'a>| party.service)
}

pub(super) fn callee<'a>(hop: &Hop<'a>) -> Option<&'a str> {
    hop.callee.and_then(|party: Party<'a>| party.service)
}
