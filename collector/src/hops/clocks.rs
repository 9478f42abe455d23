//! Which hosts' clocks disagree, told from calls whose server seems to run outside of them.
//!
//! A server cannot begin before its client did nor end after it: each call bounds what must be
//! added to the server's clock. Per host that is the shift with which most calls fit; of those the
//! middle one, so that what the network took is split evenly. If standing still fits as many
//! calls, nothing is moved: a correction that is not needed is worse than none.
use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use foldhash::quality::RandomState;
use storage::span::{Kind, Resource, Span};
use storage::trace::Trace;

use super::ClockSkew;
use super::family::{Family, Role};
use super::timeline::ROUNDING;

pub(super) struct Clocks<'a> {
    /// For each span: what is to be added to its times.
    pub offsets: Vec<i64>,
    pub skews: Vec<ClockSkew<'a>>,
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

impl<'a> Place<'a> {
    /// Of each span. Spans that share a resource and have no endpoint share their place.
    fn of_all(spans: &'a [Span]) -> Vec<Self> {
        let mut known: HashMap<*const Resource, Self, RandomState> = HashMap::default();
        let place = |span: &'a Span| match span.local_endpoint {
            Some(_) => Self::of(span),
            None => *known
                .entry(Arc::as_ptr(&span.resource))
                .or_insert_with(|| Self::of(span)),
        };
        spans.iter().map(place).collect()
    }
}

pub(super) fn estimate<'a>(trace: &'a Trace, family: &Family) -> Clocks<'a> {
    let places = Place::of_all(&trace.spans);
    let mut numbers: HashMap<Host<'a>, usize, RandomState> = HashMap::default();
    // Hosts are numbered from the root downwards: a call goes from a lower number to a higher one
    // or back to a host whose clock is settled already.
    let mut hosts: Vec<Known<'a>> = Vec::new();
    let mut host_of: Vec<Option<usize>> = vec![None; trace.spans.len()];
    for span in from_the_roots(trace, family) {
        let place = places[span];
        host_of[span] = place
            .host
            .or_else(|| place.service.map(Host::Of))
            .map(|host| {
                *numbers.entry(host).or_insert_with(|| {
                    hosts.push(Known {
                        service: place.service,
                        host,
                        bounds: Vec::new(),
                    });
                    hosts.len() - 1
                })
            });
    }
    for span in 0..trace.spans.len() {
        if let Some((client_host, server_host, bounds)) = call(trace, family, &host_of, span) {
            hosts[server_host].bounds.push((client_host, bounds));
        }
    }
    let mut shifts: Vec<i64> = Vec::with_capacity(hosts.len());
    let mut skews = Vec::new();
    for known in &hosts {
        let bounds = known
            .bounds
            .iter()
            .map(|(client, bounds)| bounds.moved(shifts[*client]));
        let shift = best_shift(bounds.collect());
        shifts.push(shift.map_or(0, |shift| shift.offset));
        skews.extend(shift.map(|shift| ClockSkew {
            service: known.service,
            host: known.host.text(),
            offset: shift.offset,
            confidence: shift.confidence,
        }));
    }
    let offsets = host_of
        .into_iter()
        .map(|host| host.map_or(0, |host| shifts[host]));
    Clocks {
        offsets: offsets.collect(),
        skews,
    }
}

/// What must be added to a server's clock: at least `low`, at most `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bounds {
    low: i128,
    high: Option<i128>,
}

struct Known<'a> {
    service: Option<&'a str>,
    host: Host<'a>,
    /// With the host of the client.
    bounds: Vec<(usize, Bounds)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Shift {
    offset: i64,
    confidence: f64,
}

impl Bounds {
    fn moved(self, shift: i64) -> Self {
        let shift = i128::from(shift);
        Self {
            low: self.low + shift,
            high: self.high.map(|high| high + shift),
        }
    }

    fn allow_standing_still(self) -> bool {
        let rounding = i128::from(ROUNDING);
        self.low <= rounding && self.high.is_none_or(|high| high >= -rounding)
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

/// Positions of the spans, parents before children, true roots first.
fn from_the_roots(trace: &Trace, family: &Family) -> Vec<usize> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); trace.spans.len()];
    let mut roots = Vec::new();
    for (span, parent) in family.parents.iter().enumerate() {
        match parent {
            Some(parent) => children[*parent].push(span),
            None => roots.push(span),
        }
    }
    roots.sort_by_key(|span| (!family.is_true_root(*span), trace.spans[*span].start));
    let mut order = roots;
    let mut met = 0;
    while met < order.len() {
        order.extend_from_slice(&children[order[met]]);
        met += 1;
    }
    order
}

/// What the server's span and the client's span above it tell, if they are of two hosts.
fn call(
    trace: &Trace,
    family: &Family,
    host_of: &[Option<usize>],
    server: usize,
) -> Option<(usize, usize, Bounds)> {
    let client = family.parents[server]?;
    if family.roles[server] != Role::Callee || family.roles[client] != Role::Caller {
        return None;
    }
    let (client_host, server_host) = (host_of[client]?, host_of[server]?);
    if client_host >= server_host {
        return None;
    }
    let (client, server) = (&trace.spans[client], &trace.spans[server]);
    let (client_start, server_start) = (i128::from(client.start?), i128::from(server.start?));
    let low = client_start - server_start;
    // A message may wait for as long as it likes.
    let is_message = client.kind == Kind::Producer || server.kind == Kind::Consumer;
    let high = client
        .duration
        .filter(|nanos| *nanos >= 0 && !is_message)
        .map(|client_nanos| {
            low + i128::from(client_nanos) - i128::from(server.duration.unwrap_or(0).max(0))
        });
    // A server that took longer than its client waited has no place inside of it.
    Some((
        client_host,
        server_host,
        Bounds {
            low,
            high: high.filter(|high| low <= *high),
        },
    ))
}

/// The shift that fits most calls; `None` if standing still fits as many.
fn best_shift(bounds: Vec<Bounds>) -> Option<Shift> {
    let still = bounds
        .iter()
        .filter(|bounds| bounds.allow_standing_still())
        .count();
    if still == bounds.len() {
        return None;
    }
    let mut lows: Vec<i128> = bounds.iter().map(|bounds| bounds.low).collect();
    let mut highs: Vec<i128> = bounds.iter().filter_map(|bounds| bounds.high).collect();
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
            best = (fitting, Some((low, highs.get(passed).copied())));
        }
    }
    let (fitting, Some((low, high))) = best else {
        return None;
    };
    let offset = high.map_or(low, |high| low + (high - low) / 2);
    let size = offset.unsigned_abs() as f64;
    let doubt = high.map_or(size, |high| (high - low) as f64 / 2.0);
    let confidence = fitting as f64 / bounds.len() as f64 * size / (size + doubt).max(1.0);
    Some(Shift {
        offset: offset.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64,
        confidence: (confidence * 100.0).round() / 100.0,
    })
}

/// Best first. A host's name before its id: more detectors know it.
const HOST_KEYS: [&str; 6] = [
    "host.name",
    "host.id",
    "k8s.pod.uid",
    "k8s.pod.name",
    "container.id",
    "service.instance.id",
];
