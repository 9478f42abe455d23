//! Where the latency of a hop stands among comparable calls: same caller, same callee, same operation;
//! where nobody is known to have called, same operation of a service.
//!
//! Comparable are the calls of the hour of the clock in which the trace began; if they are few,
//! those of that hour and the 23 before. So an answer is about what was usual when it happened, and
//! stays the same when it is asked again the week after.
use std::collections::HashMap;
use std::fmt::Write as _;

use foldhash::quality::RandomState;
use storage::rollup::{PeerGroup, Peers, PeersQuery, Sketch};
use storage::span::{Kind, Span};

use super::{CallTree, Hop, HopKind, Party};
use crate::json_out::{put_number, put_text};

/// A hop's latency beside that of its peers, itself among them. Within 1 %, as sketches are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HopPeers {
    pub window: Window,
    pub count: u64,
    /// Nanoseconds.
    pub p50: u64,
    /// Nanoseconds.
    pub p99: u64,
    /// The share of peers that were faster, and half of those as fast, from 0 to 100.
    pub percentile: f64,
    /// How many times the median it took.
    pub slower: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// The hour of the clock (UTC) in which the trace began.
    Hour,
    /// That hour and the 23 before it.
    Day,
}

impl Window {
    pub const fn text(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
        }
    }
}

/// As many calls in the hour tell what is usual.
pub const HOUR_COUNT_MIN: u64 = 100;
/// Fewer calls in the day tell nothing: the trace itself is among them.
pub const DAY_COUNT_MIN: u64 = 20;
/// Groups that are compared for one trace; of more, those with the longest calls.
pub const GROUPS_MAX: usize = 500;

impl HopPeers {
    /// All but where the hop stands among them.
    pub(super) const fn usual(&self) -> (Window, u64, u64, u64) {
        (self.window, self.count, self.p50, self.p99)
    }
}

/// What a tree's hops are compared with.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    at: Option<u64>,
    groups: Vec<PeerGroup>,
    /// Of each hop its group, and what is compared.
    hops: Vec<Option<(usize, u64)>>,
}

/// A group in the words of the trace.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key<'a> {
    caller: Option<&'a str>,
    service: Option<&'a str>,
    operation: Option<&'a str>,
    /// Of an operation, whoever called it.
    kind: Option<u8>,
}

impl Comparison {
    /// Each distinct group once, however many hops there are.
    pub fn of(tree: &CallTree<'_>) -> Self {
        let mut positions: HashMap<Key<'_>, usize, RandomState> = HashMap::default();
        let mut keys: Vec<(Key<'_>, u64)> = Vec::new();
        let compared = tree.hops.iter().map(|hop| {
            let (key, duration) = compared(&Call::of(hop), &tree.trace.spans)?;
            let position = *positions.entry(key).or_insert_with(|| {
                keys.push((key, 0));
                keys.len() - 1
            });
            let longest = &mut keys[position].1;
            *longest = duration.max(*longest);
            Some((position, duration))
        });
        let mut hops: Vec<Option<(usize, u64)>> = compared.collect();
        let mut order: Vec<usize> = (0..keys.len()).collect();
        if keys.len() > GROUPS_MAX {
            order.sort_by_key(|position| std::cmp::Reverse(keys[*position].1));
            order.truncate(GROUPS_MAX);
            let mut kept = vec![None; keys.len()];
            for (new, old) in order.iter().enumerate() {
                kept[*old] = Some(new);
            }
            for hop in &mut hops {
                *hop = hop.and_then(|(position, duration)| Some((kept[position]?, duration)));
            }
        }
        Self {
            at: tree.start,
            groups: order
                .iter()
                .map(|position| keys[*position].0.group())
                .collect(),
            hops,
        }
    }

    /// What the store is asked; `None` if there is nothing to compare.
    pub fn question(&self) -> Option<PeersQuery> {
        let at = self.at.filter(|_| !self.groups.is_empty())?;
        Some(PeersQuery {
            at,
            groups: self.groups.clone(),
        })
    }

    /// Hop by hop what the store's answer means.
    pub fn judge(&self, peers: &[Peers]) -> Vec<Option<HopPeers>> {
        // The quantiles of a group are those of all its hops.
        let groups: Vec<_> = peers.iter().map(Usual::of).collect();
        let judged = self.hops.iter().map(|hop| {
            let (group, duration) = (*hop)?;
            groups.get(group)?.as_ref()?.judge(duration)
        });
        judged.collect()
    }
}

/// The first hop of a trace, as it is compared with those of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootCall {
    /// When the trace began, in nanoseconds since the epoch.
    pub at: u64,
    pub group: PeerGroup,
    /// Nanoseconds.
    duration: u64,
}

impl RootCall {
    /// `start` is that of the trace, in nanoseconds since the epoch.
    pub(super) fn of(call: &Call<'_>, spans: &[Span], start: u64) -> Option<Self> {
        let (key, duration) = compared(call, spans)?;
        Some(Self {
            at: start,
            group: key.group(),
            duration,
        })
    }

    /// What the store's answer about its group means.
    pub fn judge(&self, peers: &Peers) -> Option<HopPeers> {
        Usual::of(peers)?.judge(self.duration)
    }
}

struct Usual<'a> {
    window: Window,
    sketch: &'a Sketch,
    count: u64,
    p50: f64,
    p99: f64,
}

impl<'a> Usual<'a> {
    fn of(peers: &'a Peers) -> Option<Self> {
        let windows = [
            (Window::Hour, &peers.hour, HOUR_COUNT_MIN),
            (Window::Day, &peers.day, DAY_COUNT_MIN),
        ];
        windows.into_iter().find_map(|(window, sketch, count_min)| {
            let count = u64::try_from(sketch.count()).ok();
            let count = count.filter(|count| *count >= count_min)?;
            let [p50, p99] = sketch.quantiles([0.5, 0.99])?;
            Some(Self {
                window,
                sketch,
                count,
                p50,
                p99,
            })
        })
    }

    fn judge(&self, duration: u64) -> Option<HopPeers> {
        let standing = self.sketch.standing(i64::try_from(duration).ok()?)?;
        // Of calls that take no time at all none is times slower.
        let slower = duration as f64 / self.p50.max(1.0);
        Some(HopPeers {
            window: self.window,
            count: self.count,
            p50: self.p50.round() as u64,
            p99: self.p99.round() as u64,
            percentile: rounded(standing * 100.0),
            slower: rounded(slower),
        })
    }
}

/// To two digits: more would be noise.
fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

impl Key<'_> {
    fn group(self) -> PeerGroup {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let lower = |text: Option<&str>| text.map(str::to_lowercase);
        match self.kind {
            None => PeerGroup::Edge {
                caller: lower(self.caller).unwrap_or_default(),
                callee: lower(self.service).unwrap_or_default(),
                operation: owned(self.operation),
            },
            Some(kind) => PeerGroup::Operation {
                service: lower(self.service),
                operation: owned(self.operation),
                kind: Kind::from_number(kind.into()),
            },
        }
    }
}

/// What of a hop is compared. Durations are nanoseconds.
pub(super) struct Call<'a> {
    pub caller: Option<Party<'a>>,
    pub callee: Option<Party<'a>>,
    pub kind: HopKind,
    pub client_duration: Option<u64>,
    pub server_duration: Option<u64>,
}

impl<'a> Call<'a> {
    fn of(hop: &Hop<'a>) -> Self {
        Self {
            caller: hop.caller,
            callee: hop.callee,
            kind: hop.kind,
            client_duration: hop.client_duration,
            server_duration: hop.server_duration,
        }
    }
}

/// The group of a hop and the latency that is compared. Of a message it is the consumer's work, or
/// the producer's if nobody consumed it: the time in the queue belongs to neither.
fn compared<'a>(hop: &Call<'a>, spans: &[Span]) -> Option<(Key<'a>, u64)> {
    let own = |party: Option<Party<'a>>| {
        let party = party?;
        Some(Key {
            caller: None,
            service: party.service,
            operation: party.operation,
            kind: Some(spans[party.span_index?].kind.number()),
        })
    };
    let (consumer, producer) = (own(hop.callee), own(hop.caller));
    if hop.kind == HopKind::Messaging {
        return match consumer {
            Some(consumer) => Some((consumer, hop.server_duration?)),
            None => Some((producer?, hop.client_duration?)),
        };
    }
    let named = |party: Option<Party<'a>>| party?.service.filter(|name| !name.is_empty());
    let key = match (named(hop.caller), named(hop.callee)) {
        (Some(caller), Some(callee)) => Some(Key {
            caller: Some(caller),
            service: Some(callee),
            operation: hop.callee.and_then(|callee| callee.operation),
            kind: None,
        }),
        _ => consumer.or(producer),
    };
    // As `Hop::total`: the client's view, otherwise the server's.
    Some((key?, hop.client_duration.or(hop.server_duration)?))
}

/// Appends the field to a hop, behind others; nothing if there are too few peers.
pub(super) fn put_peers(out: &mut Vec<u8>, peers: Option<&HopPeers>) {
    let Some(peers) = peers else {
        return;
    };
    out.extend_from_slice(b",\"peers\":");
    put_usual(out, peers);
    out.pop();
    for (name, value) in [
        (b",\"percentile\":".as_slice(), peers.percentile),
        (b",\"slower\":", peers.slower),
    ] {
        out.extend_from_slice(name);
        out.extend_from_slice(serde_json::Value::from(value).to_string().as_bytes());
    }
    out.push(b'}');
}

/// What is the same of all hops that are compared with the same calls.
pub(super) fn put_usual(out: &mut Vec<u8>, peers: &HopPeers) {
    out.extend_from_slice(b"{\"window\":");
    put_text(out, peers.window.text());
    out.extend_from_slice(b",\"count\":");
    put_number(out, peers.count);
    out.extend_from_slice(b",\"p50Nano\":");
    put_number(out, peers.p50);
    out.extend_from_slice(b",\"p99Nano\":");
    put_number(out, peers.p99);
    out.push(b'}');
}

/// What a terminal is told of a hop that is slower than usual: at least as slow as one in twenty,
/// and half as slow again as the median.
pub(super) fn print(line: &mut String, peers: Option<&HopPeers>) {
    if let Some(peers) = peers.filter(|peers| peers.percentile >= 95.0 && peers.slower >= 1.5) {
        let digits = usize::from(peers.slower < 9.95);
        let _ = write!(
            line,
            "  p{:.1}, {:.digits$}× the median",
            // No call is slower than all of its peers: it is one of them.
            peers.percentile.min(99.9),
            peers.slower
        );
    }
}
