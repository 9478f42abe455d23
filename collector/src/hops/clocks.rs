//! Which hosts' clocks disagree, told from the calls between them.
use storage::trace::Trace;

use super::family::{Family, Role};
use super::hosts::{Hosts, Known};
use super::notes::Note;
use super::shift::{self, Bounds, Range, UNBOUNDED};
use super::timeline::{MILLI, ROUNDING, Timeline, is_whole_millis};
use super::{ClockPair, ClockSkew};

pub(super) struct Clocks<'a> {
    /// For each span: what is to be added to its times.
    pub offsets: Vec<i64>,
    pub skews: Vec<ClockSkew<'a>>,
    pub pairs: Vec<ClockPair<'a>>,
}

pub(super) fn estimate<'a>(trace: &'a Trace, family: &Family) -> Clocks<'a> {
    let hosts = Hosts::of(trace, family);
    let mut calls: Vec<Call> = (0..trace.spans.len())
        .filter_map(|span| call(trace, family, &hosts.of, span))
        .collect();
    calls.sort_unstable_by_key(|call| (call.to, call.from));
    let mut shifts: Vec<i64> = vec![0; hosts.known.len()];
    let mut skews = Vec::new();
    // A host's calls are with hosts whose clocks are settled already.
    for calls in calls.chunk_by(|one, other| one.to == other.to) {
        let to = calls[0].to;
        let bounds = calls
            .iter()
            .map(|call| call.bounds.moved(shifts[call.from]));
        if let Some(shift) = shift::best(&bounds.collect::<Vec<_>>()) {
            shifts[to] = shift.offset;
            skews.push(ClockSkew {
                service: hosts.known[to].service,
                host: hosts.known[to].text(),
                offset: shift.offset,
                confidence: shift.confidence,
                hops: calls.len(),
                fitting: shift.fitting,
            });
        }
    }
    let offsets = (hosts.of.iter()).map(|host| host.map_or(0, |host| shifts[host]));
    Clocks {
        offsets: offsets.collect(),
        skews,
        pairs: pairs(&hosts.known, &calls),
    }
}

/// Notes which servers end after their clients, though they began in time and took no longer, and
/// though clocks that are known to be wrong are corrected.
pub(super) fn note_late(family: &mut Family, timeline: &Timeline) {
    for server in 0..family.parents.len() {
        let Some(client) = family.partners[server].filter(|_| family.is_lower_half(server)) else {
            continue;
        };
        let is_message = family.is_message[client] || family.is_message[server];
        let times = timeline.measured(server).zip(timeline.measured(client));
        let is_late = times.is_some_and(|(own, above)| {
            own.start <= above.end
                && own.duration() <= above.duration().saturating_add(ROUNDING)
                && timeline.is_async(server, client) == Some(true)
        });
        if is_late && !is_message {
            family.notes[server].insert(Note::EndsLate);
        }
    }
}

/// The pairs of hosts whose calls do not fit as recorded, those with most calls first.
fn pairs<'a>(hosts: &[Known<'a>], calls: &[Call]) -> Vec<ClockPair<'a>> {
    let side = |host: usize| (hosts[host].service, hosts[host].text());
    let mut pairs: Vec<ClockPair<'a>> = calls
        .chunk_by(|one, other| (one.to, one.from) == (other.to, other.from))
        .filter_map(|calls| {
            let bounds: Vec<Bounds> = calls.iter().map(|call| call.bounds).collect();
            let shift = shift::best(&bounds)?;
            Some(ClockPair {
                from: side(calls[0].from),
                to: side(calls[0].to),
                offset: shift.offset,
                low: shift.low,
                high: shift.high,
                confidence: shift.confidence,
                hops: calls.len(),
                fitting: shift.fitting,
            })
        })
        .collect();
    pairs.sort_by_key(|pair| std::cmp::Reverse(pair.hops));
    pairs.truncate(PAIRS_MAX);
    pairs
}

/// What a call between two hosts tells of the clock of the later one.
struct Call {
    from: usize,
    to: usize,
    bounds: Bounds,
}

/// What the server's span and the span above it tell, if they are of two hosts.
fn call(trace: &Trace, family: &Family, host_of: &[Option<usize>], server: usize) -> Option<Call> {
    let client = family.parents[server].filter(|_| family.roles[server] == Role::Callee)?;
    let (from, to) = (host_of[client]?, host_of[server]?);
    if from == to {
        return None;
    }
    // Only a call is waited for; a message may wait for as long as it likes.
    let is_call = family.roles[client] == Role::Caller
        && !family.is_message[client]
        && !family.is_message[server];
    let has_failed = family.errors[client];
    let both = [client, server];
    let is_coarse = both.map(|span| trace.spans[span].start.is_some_and(is_whole_millis));
    let (above, own) = (&trace.spans[client], &trace.spans[server]);
    let low = i128::from(above.start?) - i128::from(own.start?);
    let nanos = |duration: Option<i64>| duration.filter(|nanos| *nanos >= 0).map(i128::from);
    let waited = nanos(above.duration).filter(|_| is_call);
    // Who failed may have given up before anybody began; what failed with it was still waited for.
    let began = waited.filter(|_| !has_failed);
    let ended = waited.filter(|_| !has_failed || family.errors[server]);
    let took = nanos(own.duration).unwrap_or(0);
    let range = |room: Option<i128>| Range {
        low,
        high: room.map_or(UNBOUNDED, |room| low + room),
    };
    let fits = range(ended.map(|waited| waited - took));
    let bounds = Bounds {
        causal: range(began),
        fits: Some(fits).filter(|fits| fits.low <= fits.high + i128::from(ROUNDING)),
        rounding: if is_coarse.contains(&true) {
            MILLI
        } else {
            ROUNDING
        },
        client,
    };
    Some(if from < to {
        Call { from, to, bounds }
    } else {
        Call {
            from: to,
            to: from,
            bounds: bounds.reversed(),
        }
    })
}

const PAIRS_MAX: usize = 100;
