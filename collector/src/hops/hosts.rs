//! Whose clock a span's times are of: the machines behind a trace, by all that spans tell of where
//! they were recorded.
//!
//! A machine has several names (its own, a node's, a pod's, an address) and few spans tell all of
//! them: names that are told together are one machine's. What machines of different ids share tells
//! nothing, nor does what every machine calls itself: localhost. A span that tells nothing is where
//! the rest of its service is.
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use foldhash::quality::RandomState;
use storage::id::SpanId;
use storage::span::{Resource, Span};
use storage::trace::Trace;

use super::family::{Family, Role};

pub(super) struct Hosts<'a> {
    /// From the root downwards: a call goes from a lower number to a higher one, or back.
    pub known: Vec<Known<'a>>,
    /// Which of them recorded each span.
    pub of: Vec<Option<usize>>,
}

#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// The first service that was seen on it.
    pub service: Option<&'a str>,
    name: Named<'a>,
    /// How far from a root it is met first, when, and in which span.
    first: (usize, Option<u64>, SpanId),
}

impl Known<'_> {
    /// `None` when the spans do not tell: then the service stands for its host.
    pub(super) fn text(&self) -> Option<String> {
        Some(match self.name?.1 {
            Fact::Name(text) | Fact::Id(text) | Fact::Guest(text) | Fact::Process(_, text) => {
                text.to_owned()
            }
            Fact::Address(address) => address.to_string(),
        })
    }
}

/// What is told of a machine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Fact<'a> {
    /// Of a host, a node or a pod: inside of a pod the host has the pod's name.
    Name(&'a str),
    /// No other machine has it.
    Id(&'a str),
    /// A pod or a container, which is on one machine.
    Guest(&'a str),
    /// The id of an instance is its service's only.
    Process(Option<&'a str>, &'a str),
    Address(IpAddr),
}

/// The best that is known, and how good that is: its place in [`KEYS`], or behind.
type Named<'a> = Option<(usize, Fact<'a>)>;

/// What resources tell, in the order in which a machine is best named.
const KEYS: [(&str, Kind); 8] = [
    ("k8s.node.name", Kind::Name),
    ("host.name", Kind::Name),
    ("host.id", Kind::Id),
    ("k8s.node.uid", Kind::Id),
    ("k8s.pod.name", Kind::Name),
    ("k8s.pod.uid", Kind::Guest),
    ("container.id", Kind::Guest),
    ("k8s.pod.ip", Kind::Name),
];

#[derive(Clone, Copy)]
enum Kind {
    Name,
    Id,
    Guest,
}

/// Spans that tell the same.
struct Origin<'a> {
    service: Option<&'a str>,
    /// Each with its place in [`KEYS`], or behind.
    facts: Vec<(usize, Fact<'a>)>,
}

type OriginKey<'a> = (
    *const Resource,
    Option<(Option<&'a str>, Option<Ipv4Addr>, Option<Ipv6Addr>)>,
);

impl<'a> Origin<'a> {
    fn of(span: &'a Span) -> Self {
        let told = KEYS
            .into_iter()
            .enumerate()
            .filter_map(|(rank, (key, kind))| {
                let text = span.resource.text(key)?;
                let fact = match (text.parse(), kind) {
                    (Ok(address), _) => Fact::Address(address),
                    (Err(_), Kind::Name) => Fact::Name(text),
                    (Err(_), Kind::Id) => Fact::Id(text),
                    (Err(_), Kind::Guest) => Fact::Guest(text),
                };
                Some((rank, fact))
            });
        let service = span.service();
        let process = span.resource.text("service.instance.id");
        let process = process.map(|text| (KEYS.len(), Fact::Process(service, text)));
        let endpoint = span.local_endpoint.as_ref();
        let v4 = endpoint.and_then(|endpoint| endpoint.ipv4).map(IpAddr::V4);
        let v6 = endpoint.and_then(|endpoint| endpoint.ipv6).map(IpAddr::V6);
        let addresses = v4.into_iter().chain(v6).map(Fact::Address);
        Self {
            service,
            facts: told
                .chain(process)
                .chain(addresses.map(|address| (KEYS.len() + 1, address)))
                .filter(|(_, fact)| !fact.is_everybodys())
                .collect(),
        }
    }

    fn id(&self) -> Option<Fact<'a>> {
        let facts = self.facts.iter().map(|(_, fact)| *fact);
        facts.into_iter().find(|fact| matches!(fact, Fact::Id(_)))
    }
}

impl Fact<'_> {
    fn is_everybodys(self) -> bool {
        match self {
            Self::Name(text) | Self::Id(text) | Self::Guest(text) | Self::Process(_, text) => {
                text.is_empty()
                    || ["localhost", "localhost.localdomain"]
                        .iter()
                        .any(|name| text.eq_ignore_ascii_case(name))
            }
            Self::Address(address) => match address.to_canonical() {
                IpAddr::V4(v4) => v4.is_loopback() || v4.is_unspecified() || v4.is_link_local(),
                IpAddr::V6(v6) => {
                    v6.is_loopback() || v6.is_unspecified() || v6.is_unicast_link_local()
                }
            },
        }
    }
}

impl<'a> Hosts<'a> {
    pub(super) fn of(trace: &'a Trace, family: &Family) -> Self {
        let (origins, origin_of) = origins(trace);
        let (machines, mut names) = machines(&origins);
        let (order, depths) = downwards(family);
        let mut alone: HashMap<&'a str, usize, RandomState> = HashMap::default();
        let mut of: Vec<Option<usize>> = vec![None; trace.spans.len()];
        for span in order {
            let origin = origin_of[span];
            let service = origins[origin].service;
            let parent = family.parents[span].filter(|parent| {
                // In one process, if not of different ones.
                let is_call =
                    family.roles[span] == Role::Callee && family.roles[*parent] == Role::Caller;
                service.is_some() && origins[origin_of[*parent]].service == service && !is_call
            });
            of[span] = machines[origin].or_else(|| of[parent?]).or_else(|| {
                Some(*alone.entry(service?).or_insert_with(|| {
                    names.push(None);
                    names.len() - 1
                }))
            });
        }
        Self::downwards(trace, &names, &depths, of)
    }

    /// Numbers the hosts by where they are met first, so that the order of arrival does not matter.
    fn downwards(
        trace: &'a Trace,
        names: &[Named<'a>],
        depths: &[usize],
        mut of: Vec<Option<usize>>,
    ) -> Self {
        let mut hosts: Vec<Option<Known<'a>>> = vec![None; names.len()];
        for (position, span) in trace.spans.iter().enumerate() {
            let Some(host) = of[position] else {
                continue;
            };
            let first = (depths[position], span.start, span.span_id);
            if hosts[host].is_none_or(|known| first < known.first) {
                hosts[host] = Some(Known {
                    service: span.service(),
                    name: names[host],
                    first,
                });
            }
        }
        let mut sorted: Vec<(usize, Known<'a>)> = (hosts.into_iter().enumerate())
            .filter_map(|(host, known)| Some((host, known?)))
            .collect();
        sorted.sort_by_key(|(_, known)| (known.first, known.service));
        let mut rank = vec![0; names.len()];
        for (place, (host, _)) in sorted.iter().enumerate() {
            rank[*host] = place;
        }
        for host in of.iter_mut().flatten() {
            *host = rank[*host];
        }
        Self {
            known: sorted.into_iter().map(|(_, known)| known).collect(),
            of,
        }
    }
}

/// What the spans tell, and which of it each.
fn origins(trace: &Trace) -> (Vec<Origin<'_>>, Vec<usize>) {
    let mut numbers: HashMap<OriginKey<'_>, usize, RandomState> = HashMap::default();
    let mut origins = Vec::new();
    let origin_of = trace.spans.iter().map(|span| {
        let endpoint = (span.local_endpoint.as_ref())
            .map(|endpoint| (endpoint.service.as_deref(), endpoint.ipv4, endpoint.ipv6));
        *numbers
            .entry((Arc::as_ptr(&span.resource), endpoint))
            .or_insert_with(|| {
                origins.push(Origin::of(span));
                origins.len() - 1
            })
    });
    let origin_of = origin_of.collect();
    (origins, origin_of)
}

/// The machine of each origin, and how each machine is called.
fn machines<'a>(origins: &[Origin<'a>]) -> (Vec<Option<usize>>, Vec<Named<'a>>) {
    // The one id that is told beside a fact, if no other is.
    let mut ids: HashMap<Fact<'a>, Option<Fact<'a>>, RandomState> = HashMap::default();
    for origin in origins {
        if let Some(id) = origin.id() {
            for (_, fact) in &origin.facts {
                let known = ids.entry(*fact).or_insert(Some(id));
                *known = known.filter(|known| *known == id);
            }
        }
    }
    let tells = |fact: Fact<'a>| matches!(fact, Fact::Id(_)) || ids.get(&fact) != Some(&None);
    let mut one: Vec<usize> = (0..origins.len()).collect();
    let mut first: HashMap<Fact<'a>, usize, RandomState> = HashMap::default();
    for (position, origin) in origins.iter().enumerate() {
        for (_, fact) in origin.facts.iter().filter(|(_, fact)| tells(*fact)) {
            let other = *first.entry(*fact).or_insert(position);
            let (here, there) = (found(&mut one, position), found(&mut one, other));
            one[here.max(there)] = here.min(there);
        }
    }
    let mut names: Vec<Named<'a>> = Vec::new();
    let mut numbers: Vec<Option<usize>> = vec![None; origins.len()];
    let mut machines: Vec<Option<usize>> = vec![None; origins.len()];
    for (position, origin) in origins.iter().enumerate() {
        let told = origin.facts.iter().filter(|(_, fact)| tells(*fact));
        let Some(best) = told.min().copied() else {
            continue;
        };
        let number = *numbers[found(&mut one, position)].get_or_insert_with(|| {
            names.push(None);
            names.len() - 1
        });
        names[number] = Some(names[number].map_or(best, |name| name.min(best)));
        machines[position] = Some(number);
    }
    // Where all others of a service are, if they are in one place.
    let mut only: HashMap<&'a str, Option<usize>, RandomState> = HashMap::default();
    for (origin, machine) in origins.iter().zip(&machines) {
        if let (Some(service), Some(machine)) = (origin.service, *machine) {
            let known = only.entry(service).or_insert(Some(machine));
            *known = known.filter(|known| *known == machine);
        }
    }
    for (origin, machine) in origins.iter().zip(&mut machines) {
        let service = origin.service.filter(|_| machine.is_none());
        *machine = machine.or_else(|| *only.get(service?)?);
    }
    (machines, names)
}

/// Who stands for a set; ways that were gone are shorter the next time.
fn found(one: &mut [usize], mut here: usize) -> usize {
    while one[here] != here {
        one[here] = one[one[here]];
        here = one[here];
    }
    here
}

/// The spans, parents before their children, and how many are above each.
fn downwards(family: &Family) -> (Vec<usize>, Vec<usize>) {
    let mut depths: Vec<Option<usize>> = vec![None; family.parents.len()];
    let mut order = Vec::with_capacity(depths.len());
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
            order.push(span);
            depth += 1;
        }
    }
    let depths = depths.into_iter().map(Option::unwrap_or_default);
    (order, depths.collect())
}
