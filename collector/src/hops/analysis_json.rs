//! What is found in a trace beyond its hops, as JSON: groups, completeness, pairs of clocks, and what
//! the critical path went to. `docs/hops.md` tells what each means.
use storage::id::SpanId;

use super::completeness::IDS_MAX;
use super::critical_time::{CriticalTime, critical_time};
use super::json::{part_text, put_confidence, put_name};
use super::{Basis, CallTree, ClockPair, Completeness, Group, GroupKind, Hop, Incomplete};
use crate::json_out::{
    Gone, Spill, put_bool, put_decimal, put_id, put_items, put_list, put_number, put_optional,
    put_text,
};

pub(super) fn put_groups(
    out: &mut Vec<u8>,
    tree: &CallTree<'_>,
    spill: &mut Spill<'_>,
) -> Result<(), Gone> {
    out.extend_from_slice(b",\"groups\":");
    let put = |out: &mut Vec<u8>, group: &Group<'_>| put_group(out, &tree.hops, group);
    put_list(out, &tree.groups, put, spill)
}

fn put_group(out: &mut Vec<u8>, hops: &[Hop<'_>], group: &Group<'_>) {
    out.extend_from_slice(b"{\"kind\":");
    put_text(out, group.kind.text());
    out.extend_from_slice(b",\"parent\":");
    put_optional(out, group.parent, put_number);
    out.extend_from_slice(b",\"within\":");
    put_optional(out, group.within, put_number);
    out.extend_from_slice(b",\"basis\":");
    put_text(out, group.basis.text());
    for (key, text) in [
        (",\"caller\":", group.caller),
        (",\"callee\":", group.callee),
        (",\"operation\":", group.operation),
    ] {
        out.extend_from_slice(key.as_bytes());
        put_optional(out, text, put_text);
    }
    out.extend_from_slice(b",\"count\":");
    put_number(out, group.hops.len());
    out.extend_from_slice(b",\"errorCount\":");
    put_number(out, group.error_count);
    out.extend_from_slice(b",\"parallel\":");
    put_number(out, group.parallel);
    out.extend_from_slice(b",\"startTimeUnixNano\":");
    put_optional(out, group.start, put_decimal);
    out.extend_from_slice(b",\"durationNano\":");
    put_optional(out, group.duration, put_number);
    out.extend_from_slice(b",\"sumNano\":");
    put_number(out, group.sum);
    out.extend_from_slice(b",\"criticalNano\":");
    put_number(out, group.critical);
    let first = group.hops.iter().take(IDS_MAX);
    out.extend_from_slice(b",\"hops\":");
    put_items(out, first.clone(), |out, hop| put_number(out, *hop));
    out.extend_from_slice(b",\"spanIds\":");
    put_ids(out, first.filter_map(|hop| hops[*hop].span_id()));
    out.push(b'}');
}

pub(super) fn put_completeness(out: &mut Vec<u8>, completeness: &Completeness) {
    out.extend_from_slice(b",\"completeness\":{\"complete\":");
    put_bool(out, completeness.reasons.is_empty());
    out.extend_from_slice(b",\"rootReceived\":");
    put_bool(out, completeness.root_received);
    out.extend_from_slice(b",\"unfinishedSpans\":");
    put_number(out, completeness.unfinished_spans);
    out.extend_from_slice(b",\"reasons\":");
    put_items(out, &completeness.reasons, put_reason);
    out.push(b'}');
}

fn put_reason(out: &mut Vec<u8>, reason: &Incomplete) {
    match reason {
        Incomplete::MissingParent {
            count,
            parents,
            spans,
        } => {
            out.extend_from_slice(b"{\"kind\":\"missing-parent\",\"count\":");
            put_number(out, *count);
            out.extend_from_slice(b",\"parentIds\":");
            put_ids(out, parents.iter().copied());
            out.extend_from_slice(b",\"spanIds\":");
            put_ids(out, spans.iter().copied());
        }
        Incomplete::Cycle { count, spans } => {
            out.extend_from_slice(b"{\"kind\":\"cycle\",\"count\":");
            put_number(out, *count);
            out.extend_from_slice(b",\"spanIds\":");
            put_ids(out, spans.iter().copied());
        }
        Incomplete::Truncated { what, max } => {
            out.extend_from_slice(b"{\"kind\":\"truncated\",\"what\":");
            put_text(out, what);
            out.extend_from_slice(b",\"max\":");
            put_number(out, *max);
        }
    }
    out.push(b'}');
}

pub(super) fn put_ids(out: &mut Vec<u8>, ids: impl Iterator<Item = SpanId>) {
    put_items(out, ids, put_id);
}

pub(super) fn put_clock_pairs(out: &mut Vec<u8>, pairs: &[ClockPair<'_>]) {
    out.extend_from_slice(b",\"clockPairs\":");
    put_items(out, pairs, |out, pair| {
        for (key, (service, host)) in [("{\"from\":", &pair.from), (",\"to\":", &pair.to)] {
            out.extend_from_slice(key.as_bytes());
            out.extend_from_slice(b"{\"service\":");
            put_optional(out, *service, put_text);
            out.extend_from_slice(b",\"host\":");
            put_optional(out, host.as_deref(), put_text);
            out.push(b'}');
        }
        out.extend_from_slice(b",\"offsetNano\":");
        put_number(out, pair.offset);
        out.extend_from_slice(b",\"lowNano\":");
        put_optional(out, pair.low, put_number);
        out.extend_from_slice(b",\"highNano\":");
        put_optional(out, pair.high, put_number);
        put_confidence(out, pair.confidence, pair.hops, pair.fitting);
        out.push(b'}');
    });
}

pub(super) fn put_critical_time(out: &mut Vec<u8>, tree: &CallTree<'_>) {
    out.extend_from_slice(b",\"criticalTime\":");
    let times: Vec<CriticalTime<'_>> = critical_time(&tree.critical_path);
    put_items(out, times, |out, time| {
        out.push(b'{');
        put_name(out, time.name);
        out.extend_from_slice(b",\"part\":");
        put_text(out, time.part.map_or("other", part_text));
        out.extend_from_slice(b",\"durationNano\":");
        put_number(out, time.duration);
        out.extend_from_slice(b",\"segments\":");
        put_number(out, time.segments);
        out.push(b'}');
    });
}

impl GroupKind {
    pub const fn text(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Hedge => "hedge",
            Self::NPlusOne => "n-plus-one",
            Self::FanOut => "fan-out",
            Self::Repeat => "repeat",
        }
    }
}

impl Basis {
    pub const fn text(self) -> &'static str {
        match self {
            Self::FailedThenAgain => "failed, then again",
            Self::ResendCount => "resend count",
            Self::Cancelled => "cancelled",
            Self::NotWaitedFor => "not waited for",
            Self::OneAfterAnother => "one after another",
            Self::AtTheSameTime => "at the same time",
        }
    }
}
