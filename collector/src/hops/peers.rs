//! Where a hop's latency stands among others of the same caller, callee and operation.
use std::collections::HashMap;

use foldhash::quality::RandomState;

/// What the hops of a window took that are like one hop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peer {
    /// `1h` or `24h`.
    pub window: &'static str,
    pub count: u64,
    /// In nanoseconds.
    pub p50: u64,
    pub p99: u64,
    /// From 0 to 100: the share of its peers that the hop is slower than.
    pub percentile: f64,
    /// How many times the median.
    pub slower: f64,
}

/// By position in [`super::CallTree::hops`]; empty where nobody compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Peers(HashMap<usize, Peer, RandomState>);

impl Peers {
    pub fn insert(&mut self, hop: usize, peer: Peer) {
        self.0.insert(hop, peer);
    }

    pub fn of(&self, hop: usize) -> Option<&Peer> {
        self.0.get(&hop)
    }

    /// In order of the hops.
    pub(super) fn hops(&self) -> Vec<usize> {
        let mut hops: Vec<usize> = self.0.keys().copied().collect();
        hops.sort_unstable();
        hops
    }
}
