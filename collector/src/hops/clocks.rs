//! Which hosts' clocks disagree, told from calls whose server seems to run outside of them.
//!
//! A server cannot begin before its client did nor end after it: each call bounds what must be
//! added to the server's clock; a call back bounds it from the other side. Per host that is the shift
//! with which most calls fit; of those the middle one, so that what the network took is split
//! evenly. If standing still fits as many calls, nothing is moved: a correction that is not needed
//! is worse than none.
use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use foldhash::quality::RandomState;
use storage::id::SpanId;
use storage::span::{Resource, Span};
use storage::trace::Trace;

use super::family::{Family, Role};
use super::timeline::ROUNDING;
use super::{ClockPair, ClockSkew};

pub(super) struct Clocks<'a> {
    /// For each span: what is to be added to its times.
    pub offsets: Vec<i64>,
    pub skews: Vec<ClockSkew<'a>>,
    pub pairs: Vec<ClockPair<'a>>,
}

/// The service and the host that recorded a span.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place<'a> {
    service: Option<&'a str>,
    host: Option<Host<'a>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Host<'a> {
    Named(&'a str),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
    /// The spans do not tell the host: all of a service count as one.
    Of(&'a str),
}

impl<'a> Place<'a> {
    pub(super) fn of(span: &'a Span) -> Self {
        let service = span.service();
        let host = HOST_KEYS
            .into_iter()
            .find_map(|key| span.resource.text(key).filter(|name| !name.is_empty()))
            .map(Host::Named)
            .or_else(|| {
                let endpoint = span.local_endpoint.as_ref()?;
                endpoint
                    .ipv4
                    .map(Host::V4)
                    .or_else(|| endpoint.ipv6.map(Host::V6))
            });
        Self { service, host }
    }
}

pub(super) fn estimate<'a>(trace: &'a Trace, family: &Family) -> Clocks<'a> {
    let (hosts, host_of) = hosts(trace, family);
    let mut calls: Vec<Call> = (0..trace.spans.len())
        .filter_map(|span| call(trace, family, &host_of, span))
        .collect();
    calls.sort_unstable_by_key(|call| (call.to, call.from));
    let mut shifts: Vec<i64> = vec![0; hosts.len()];
    let mut skews = Vec::new();
    // A host's calls are with hosts whose clocks are settled already.
    for calls in calls.chunk_by(|one, other| one.to == other.to) {
        let to = calls[0].to;
        let bounds = calls
            .iter()
            .map(|call| call.bounds.moved(shifts[call.from]));
        if let Some(shift) = best_shift(&bounds.collect::<Vec<_>>()) {
            shifts[to] = shift.offset;
            skews.push(ClockSkew {
                service: hosts[to].service,
                host: hosts[to].host.text(),
                offset: shift.offset,
                confidence: shift.confidence,
                hops: calls.len(),
                fitting: shift.fitting,
            });
        }
    }
    let offsets = host_of
        .into_iter()
        .map(|host| host.map_or(0, |host| shifts[host]));
    Clocks {
        offsets: offsets.collect(),
        skews,
        pairs: pairs(&hosts, &calls),
    }
}

/// The pairs of hosts whose calls do not fit as recorded, those with most calls first.
fn pairs<'a>(hosts: &[Known<'a>], calls: &[Call]) -> Vec<ClockPair<'a>> {
    let side = |host: usize| (hosts[host].service, hosts[host].host.text());
    let mut pairs: Vec<ClockPair<'a>> = calls
        .chunk_by(|one, other| (one.to, one.from) == (other.to, other.from))
        .filter_map(|calls| {
            let bounds: Vec<Bounds> = calls.iter().map(|call| call.bounds).collect();
            let shift = best_shift(&bounds)?;
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

/// The hosts from the root downwards, and which of them recorded each span.
fn hosts<'a>(trace: &'a Trace, family: &Family) -> (Vec<Known<'a>>, Vec<Option<usize>>) {
    let depths = depths(family);
    let mut numbers: HashMap<Host<'a>, usize, RandomState> = HashMap::default();
    let mut hosts: Vec<Known<'a>> = Vec::new();
    let mut host_of: Vec<Option<usize>> = vec![None; trace.spans.len()];
    // Spans that share a resource and have no endpoint share their host.
    let mut known: HashMap<*const Resource, Option<usize>, RandomState> = HashMap::default();
    for (position, span) in trace.spans.iter().enumerate() {
        let first = (depths[position], span.start, span.span_id);
        let mut number = || {
            let Place { service, host } = Place::of(span);
            let host = host.or_else(|| service.map(Host::Of))?;
            Some(*numbers.entry(host).or_insert_with(|| {
                hosts.push(Known {
                    service,
                    host,
                    first,
                });
                hosts.len() - 1
            }))
        };
        let number = match span.local_endpoint {
            Some(_) => number(),
            None => *known
                .entry(Arc::as_ptr(&span.resource))
                .or_insert_with(number),
        };
        if let Some(number) = number
            && first < hosts[number].first
        {
            hosts[number].first = first;
            hosts[number].service = span.service();
        }
        host_of[position] = number;
    }
    // From the root downwards: a call goes from a lower number to a higher one, or back to a host
    // whose clock is settled already. The order of arrival does not matter.
    let mut sorted: Vec<usize> = (0..hosts.len()).collect();
    sorted.sort_by_key(|host| (hosts[*host].first, hosts[*host].service));
    let mut rank = vec![0; hosts.len()];
    for (place, host) in sorted.iter().enumerate() {
        rank[*host] = place;
    }
    for host in host_of.iter_mut().flatten() {
        *host = rank[*host];
    }
    (
        sorted.into_iter().map(|host| hosts[host]).collect(),
        host_of,
    )
}

/// What must be added to a clock: at least `low`, at most `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bounds {
    low: i128,
    high: i128,
}

/// What a call between two hosts tells of the clock of the later one.
struct Call {
    from: usize,
    to: usize,
    bounds: Bounds,
}

#[derive(Clone, Copy)]
struct Known<'a> {
    service: Option<&'a str>,
    host: Host<'a>,
    /// How far from a root it is met first, when, and in which span.
    first: (usize, Option<u64>, SpanId),
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Shift {
    offset: i64,
    low: Option<i64>,
    high: Option<i64>,
    fitting: usize,
    confidence: f64,
}

impl Bounds {
    const fn moved(self, shift: i64) -> Self {
        let shift = shift as i128;
        Self {
            low: self.low + shift,
            high: self.high + shift,
        }
    }

    /// As seen from the other clock.
    const fn reversed(self) -> Self {
        Self {
            low: -self.high,
            high: -self.low,
        }
    }

    fn allow_standing_still(self) -> bool {
        let rounding = i128::from(ROUNDING);
        self.low <= rounding && self.high >= -rounding
    }
}

impl Host<'_> {
    fn text(self) -> Option<String> {
        match self {
            Self::Named(name) => Some(name.to_owned()),
            Self::V4(address) => Some(address.to_string()),
            Self::V6(address) => Some(address.to_string()),
            Self::Of(_) => None,
        }
    }
}

/// How many spans are above each.
fn depths(family: &Family) -> Vec<usize> {
    let mut depths: Vec<Option<usize>> = vec![None; family.parents.len()];
    let mut way = Vec::new();
    for first in 0..depths.len() {
        let mut here = Some(first);
        while let Some(span) = here.filter(|span| depths[*span].is_none()) {
            way.push(span);
            here = family.parents[span];
        }
        // A root whose parent was not received is likely to be a host further down.
        let root = || {
            way.last()
                .map_or(0, |root| usize::from(!family.is_true_root(*root)))
        };
        let above = here.and_then(|span| depths[span]);
        let mut depth = above.map_or_else(root, |depth| depth + 1);
        while let Some(span) = way.pop() {
            depths[span] = Some(depth);
            depth += 1;
        }
    }
    depths.into_iter().map(Option::unwrap_or_default).collect()
}

/// What the server's span and the client's span above it tell, if they are of two hosts.
fn call(trace: &Trace, family: &Family, host_of: &[Option<usize>], server: usize) -> Option<Call> {
    let client = family.parents[server]?;
    if family.roles[server] != Role::Callee || family.roles[client] != Role::Caller {
        return None;
    }
    let (from, to) = (host_of[client]?, host_of[server]?);
    if from == to {
        return None;
    }
    // Who gave up says nothing of when the server has to end.
    let gave_up = family.errors[client] && !family.errors[server];
    // A message may wait for as long as it likes.
    let is_message = family.is_message[client] || family.is_message[server];
    let (client, server) = (&trace.spans[client], &trace.spans[server]);
    let (client_start, server_start) = (i128::from(client.start?), i128::from(server.start?));
    let low = client_start - server_start;
    let high = client
        .duration
        .filter(|nanos| *nanos >= 0 && !is_message && !gave_up)
        .map(|client_nanos| {
            low + i128::from(client_nanos) - i128::from(server.duration.unwrap_or(0).max(0))
        });
    // A server that took longer than its client waited has no place inside of it.
    let high = high.filter(|high| low <= *high).unwrap_or(UNBOUNDED);
    let bounds = Bounds { low, high };
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

/// The shift that fits most calls; `None` if standing still fits as many.
fn best_shift(bounds: &[Bounds]) -> Option<Shift> {
    let still = bounds
        .iter()
        .filter(|bounds| bounds.allow_standing_still())
        .count();
    if still == bounds.len() {
        return None;
    }
    let mut lows: Vec<i128> = bounds.iter().map(|bounds| bounds.low).collect();
    let mut highs: Vec<i128> = bounds.iter().map(|bounds| bounds.high).collect();
    lows.sort_unstable();
    highs.sort_unstable();
    let mut passed = 0;
    let mut best = (still, None);
    for (begun, low) in lows.into_iter().enumerate() {
        while highs.get(passed).is_some_and(|high| *high < low) {
            passed += 1;
        }
        let fitting = begun + 1 - passed;
        if fitting > best.0 {
            best = (fitting, highs.get(passed).map(|high| (low, *high)));
        }
    }
    let (fitting, Some((low, high))) = best else {
        return None;
    };
    let known = |bound: i128| Some(bound).filter(|bound| bound.abs() < UNBOUNDED / 2);
    let (offset, doubt) = match (known(low), known(high)) {
        (Some(low), Some(high)) => (low + (high - low) / 2, Some(high - low)),
        (Some(bound), None) | (None, Some(bound)) => (bound, None),
        (None, None) => return None,
    };
    let size = offset.unsigned_abs() as f64;
    let doubt = doubt.map_or(size, |room| room as f64 / 2.0);
    let confidence = fitting as f64 / bounds.len() as f64 * size / (size + doubt).max(1.0);
    let fit = |nanos: i128| nanos.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
    Some(Shift {
        offset: fit(offset),
        low: known(low).map(fit),
        high: known(high).map(fit),
        fitting,
        confidence: (confidence * 100.0).round() / 100.0,
    })
}

/// More than any two times differ by.
const UNBOUNDED: i128 = 1 << 100;
const PAIRS_MAX: usize = 100;

/// Best first. A host's name before its id: more detectors know it.
const HOST_KEYS: [&str; 6] = [
    "host.name",
    "host.id",
    "k8s.pod.uid",
    "k8s.pod.name",
    "container.id",
    "service.instance.id",
];
