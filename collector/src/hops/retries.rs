//! Attempts at one call: the same caller calls the same target again after a failure, or twice at
//! once because one answer is enough.
//!
//! A loop over items looks alike: there, what each call is about must be known and equal, or the
//! client must have counted its attempts.
use std::collections::HashMap;

use foldhash::quality::RandomState;
use storage::semconv::{self, names};
use storage::span::{Span, Value};
use storage::trace::Trace;

use super::groups::{Basis, Group, GroupKind, span_of_time};
use super::notes::Note;
use super::timeline::Interval;
use super::{Hop, HopKind};

pub(super) struct Attempts {
    pub kind: GroupKind,
    pub basis: Basis,
    /// By their start; at least two.
    pub hops: Vec<usize>,
}

/// Calls that may be one call.
type Same<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>);

/// Among siblings, which are in order of their start and know the loops that they are in.
pub(super) fn find(
    trace: &Trace,
    hops: &[Hop<'_>],
    siblings: &[usize],
    groups: &[Group<'_>],
) -> Vec<Attempts> {
    let is_call = |hop: &Hop<'_>| hop.kind != HopKind::Local && hop.start.is_some();
    // Without a failure, or a call that nobody waited for, there is nothing to find.
    let is_sign = |hop: &Hop<'_>| is_call(hop) && (hop.error || hop.notes.contains(Note::Async));
    if !siblings.iter().any(|hop| is_sign(&hops[*hop])) {
        return Vec::new();
    }
    let mut same: HashMap<Same<'_>, Vec<usize>, RandomState> = HashMap::default();
    for hop in siblings.iter().filter(|hop| is_call(&hops[**hop])) {
        same.entry(key(trace, &hops[*hop])).or_default().push(*hop);
    }
    let mut found = Vec::new();
    for ((.., about), calls) in same {
        if calls.len() > 1 {
            let judge = Judge {
                trace,
                hops,
                groups,
                about,
            };
            judge.hedges_and_retries(calls, &mut found);
        }
    }
    found.sort_unstable_by_key(|attempts: &Attempts| attempts.hops[0]);
    found
}

fn key<'a>(trace: &'a Trace, hop: &Hop<'a>) -> Same<'a> {
    let caller = hop.caller.and_then(|caller| caller.service);
    // The client's own words, which it also has for a call that reached nobody.
    let client = hop.caller.filter(|caller| caller.span_index.is_some());
    let operation = client.or(hop.callee).and_then(|party| party.operation);
    (caller, operation, span(trace, hop).and_then(about))
}

/// The client's span, or the server's if it is alone.
fn span<'a>(trace: &'a Trace, hop: &Hop<'_>) -> Option<&'a Span> {
    let index = |party: Option<super::Party<'_>>| party.and_then(|party| party.span_index);
    Some(&trace.spans[index(hop.caller).or_else(|| index(hop.callee))?])
}

/// What a call is about. A query with places for values says nothing of them.
fn about(span: &Span) -> Option<&str> {
    let fact = |names| semconv::fact(span, names).and_then(Value::as_str);
    let query = fact(names::DB_QUERY).filter(|query| !has_places(query));
    (fact(names::URL).or_else(|| fact(names::URL_PATH)))
        .or(query)
        .filter(|text| !text.is_empty())
}

fn has_places(query: &str) -> bool {
    let marks = query.as_bytes().windows(2);
    let is_place = |pair: &[u8]| match pair[0] {
        b'$' => pair[1].is_ascii_digit(),
        b':' | b'@' => pair[1].is_ascii_alphabetic(),
        b'%' => pair[1] == b's',
        _ => false,
    };
    query.contains('?') || marks.into_iter().any(is_place)
}

/// Over calls that may be one call.
struct Judge<'j, 'a> {
    trace: &'j Trace,
    hops: &'j [Hop<'a>],
    groups: &'j [Group<'a>],
    about: Option<&'j str>,
}

impl Judge<'_, '_> {
    fn hedges_and_retries(&self, calls: Vec<usize>, found: &mut Vec<Attempts>) {
        let mut others = Vec::with_capacity(calls.len());
        let mut left = calls.as_slice();
        while !left.is_empty() {
            let (at_once, later) = left.split_at(self.at_once(left));
            left = later;
            match self.hedge(at_once) {
                Some(basis) => found.push(Attempts {
                    kind: GroupKind::Hedge,
                    basis,
                    hops: at_once.to_vec(),
                }),
                None => others.extend_from_slice(at_once),
            }
        }
        for attempts in others.chunk_by(|one, next| self.is_again(*one, *next)) {
            if attempts.len() > 1 {
                let counted = attempts.iter().any(|hop| self.is_counted(*hop));
                found.push(Attempts {
                    kind: GroupKind::Retry,
                    basis: if counted {
                        Basis::ResendCount
                    } else {
                        Basis::FailedThenAgain
                    },
                    hops: attempts.to_vec(),
                });
            }
        }
    }

    /// How many of the calls, from the first on, overlap.
    fn at_once(&self, calls: &[usize]) -> usize {
        let mut end = self.time(calls[0]).map_or(0, |time| time.end);
        let overlaps = |hop: &&usize| {
            let Some(time) = self.time(**hop) else {
                return false;
            };
            let overlaps = time.start.saturating_add(time.slack()) < end;
            end = end.max(time.end);
            overlaps
        };
        1 + calls[1..].iter().take_while(overlaps).count()
    }

    /// One was enough: the others were cancelled when it had answered, or the caller went on.
    fn hedge(&self, calls: &[usize]) -> Option<Basis> {
        if calls.len() < 2 || calls.len() > HEDGE_CALLS_MAX || !self.may_be_one(calls[0]) {
            return None;
        }
        let one = &self.hops[calls[0]];
        let above = one.parent.map(|parent| &self.hops[parent]);
        // A caller that failed cancels what it has under way.
        if self.about.is_none() && above.is_none_or(|above| above.error) {
            return None;
        }
        let is_answer = |hop: &&usize| {
            let hop = &self.hops[**hop];
            !hop.error && !hop.notes.contains(Note::Async)
        };
        let mut answers = calls.iter().filter(is_answer);
        let (answer, None) = (answers.next()?, answers.next()) else {
            return None;
        };
        let answered = self.time(*answer)?.end;
        let mut basis = Basis::NotWaitedFor;
        for other in calls.iter().filter(|hop| *hop != answer) {
            let time = self.time(*other)?;
            if time.end.saturating_add(time.slack()) < answered || !self.is_same(*answer, *other) {
                return None;
            }
            if self.is_cancelled(*other) {
                basis = Basis::Cancelled;
            } else if self.about.is_none() || !self.hops[*other].notes.contains(Note::Async) {
                return None;
            }
        }
        Some(basis)
    }

    /// Was the call tried and tried again?
    fn is_again(&self, one: usize, next: usize) -> bool {
        let ended = self
            .time(one)
            .map(|time| time.end.saturating_sub(time.slack()));
        let began = self.hops[next].start;
        let is_after = ended
            .zip(began)
            .is_some_and(|(ended, began)| ended <= began);
        let is_one = self.may_be_one(one) || self.is_counted(next);
        self.hops[one].error && is_after && self.is_same(one, next) && is_one
    }

    /// In a loop that mostly succeeds the next call is about the next item, unless it says that it
    /// is not.
    fn may_be_one(&self, hop: usize) -> bool {
        let around = self.hops[hop].group.map(|group| &self.groups[group]);
        let goes_on = around.is_some_and(|around| around.error_count * 2 < around.hops.len());
        self.about.is_some() || !goes_on
    }

    /// A call that reached nobody knows its target by another name than the server has.
    fn is_same(&self, one: usize, other: usize) -> bool {
        let [one, other] = [one, other].map(|hop| self.hops[hop].callee);
        let [Some(one), Some(other)] = [one, other] else {
            return true;
        };
        let has_reached = one.span_id.is_some() && other.span_id.is_some();
        one.service == other.service || !has_reached && self.about.is_some()
    }

    fn is_counted(&self, hop: usize) -> bool {
        let span = span(self.trace, &self.hops[hop]);
        let count = span.and_then(|span| semconv::fact(span, names::RESEND_COUNT));
        match count {
            Some(Value::Int(count)) => *count > 0,
            Some(Value::String(count)) => count.parse().is_ok_and(|count: u32| count > 0),
            _ => false,
        }
    }

    fn is_cancelled(&self, hop: usize) -> bool {
        let hop = &self.hops[hop];
        let text = hop.error_text.as_deref().unwrap_or_default();
        let says_so = text.to_ascii_lowercase().contains("cancel");
        let code = |names, cancelled: &[&str]| {
            let code = span(self.trace, hop).and_then(|span| semconv::fact(span, names));
            code.is_some_and(|code| cancelled.contains(&code.to_string().as_str()))
        };
        hop.error
            && (says_so
                || code(names::HTTP_STATUS, &["499"])
                || code(names::RPC_STATUS, &["1", "CANCELLED"])
                || code(names::GRPC_STATUS, &["1"]))
    }

    fn time(&self, hop: usize) -> Option<Interval> {
        let (start, end) = span_of_time(&self.hops[hop])?;
        Some(Interval { start, end })
    }
}

/// More calls at once are a fan-out.
const HEDGE_CALLS_MAX: usize = 4;
