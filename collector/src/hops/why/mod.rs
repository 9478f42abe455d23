//! Why a trace is slow, or wrong: a short list of findings, most of the trace's time first. Each says
//! only what the spans say, and names the spans that say it.
mod beside;
mod calls;
mod case;
mod hops;
pub mod json;
pub mod text;

use serde_json::Value;
use storage::id::SpanId;

use super::CallTree;
use case::Case;

#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// The heaviest first, at most [`FINDINGS_MAX`] and [`FINDINGS_OF_A_KIND_MAX`] of a kind.
    pub findings: Vec<Finding>,
    /// How many more there were.
    pub omitted: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub kind: FindingKind,
    /// Nanoseconds beyond the normal or the needed; `None` where nothing tells what that would be.
    pub excess: Option<u64>,
    /// From 0 to 1: the part of the trace's duration that this is about, on the critical path.
    pub share: Option<f64>,
    /// At most [`SPANS_MAX`].
    pub spans: Vec<SpanId>,
    /// By the names that programs read.
    pub values: Vec<(&'static str, Value)>,
    /// English, for people.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    DominantHop,
    SlowerThanPeers,
    Retries,
    NPlusOne,
    Queueing,
    Gap,
    CrossZone,
    ErrorChain,
    Hedged,
    Incomplete,
    Skew,
}

/// What `tree` tells, and its peers if they are filled in.
pub fn why(tree: &CallTree<'_>) -> Why {
    let case = Case::of(tree);
    let mut findings = Vec::new();
    for find in [
        hops::dominant,
        hops::slower_than_peers,
        hops::queueing,
        hops::gaps,
        calls::retries,
        calls::hedged,
        calls::n_plus_one,
        calls::cross_zone,
        beside::failure,
        beside::incomplete,
        beside::skew,
    ] {
        find(&case, &mut findings);
    }
    findings.sort_by(|one: &Finding, other| {
        other
            .weight()
            .total_cmp(&one.weight())
            .then(one.kind.cmp(&other.kind))
    });
    let all = findings.len();
    let mut met = [0_usize; FindingKind::COUNT];
    findings.retain(|finding| {
        let met = &mut met[finding.kind as usize];
        *met += 1;
        *met <= FINDINGS_OF_A_KIND_MAX
    });
    findings.truncate(FINDINGS_MAX);
    Why {
        omitted: all - findings.len(),
        findings,
    }
}

impl Finding {
    /// By the share, and what is about no time where it disturbs least.
    fn weight(&self) -> f64 {
        self.share.unwrap_or(match self.kind {
            FindingKind::ErrorChain => 0.15,
            FindingKind::Queueing => 0.04,
            FindingKind::Incomplete => 0.02,
            _ => 0.01,
        })
    }
}

impl FindingKind {
    const COUNT: usize = Self::Skew as usize + 1;

    pub const fn text(self) -> &'static str {
        match self {
            Self::DominantHop => "dominant-hop",
            Self::SlowerThanPeers => "slower-than-peers",
            Self::Retries => "retries",
            Self::NPlusOne => "n-plus-one",
            Self::Queueing => "queueing",
            Self::Gap => "gap",
            Self::CrossZone => "cross-zone",
            Self::ErrorChain => "error-chain",
            Self::Hedged => "hedged",
            Self::Incomplete => "incomplete",
            Self::Skew => "skew",
        }
    }
}

pub const FINDINGS_MAX: usize = 12;
pub const FINDINGS_OF_A_KIND_MAX: usize = 3;
pub const SPANS_MAX: usize = 20;
