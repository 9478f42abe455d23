//! The call tree of a trace: its hops, what each one's time went to, and the critical path.
//!
//! A hop is one call between two services: the client's span and the server's span below it, or
//! one of them alone. Every span of the trace is in exactly one hop. Nothing here recurses and
//! everything is O(n log n): a trace is whatever a client cared to send.
pub mod across;
mod across_json;
mod across_text;
mod analysis_json;
mod below;
mod chance;
mod clocks;
mod columns;
pub mod compare;
pub mod compare_groups;
mod completeness;
mod critical;
mod critical_time;
mod errors;
mod family;
mod gateways;
mod groups;
mod hosts;
mod index;
pub mod json;
mod measure;
pub mod merged;
mod messages;
mod notes;
mod outline;
pub mod peers;
mod place;
mod retries;
mod services;
mod shift;
mod sides;
mod span_json;
mod streaming;
pub mod summary;
pub mod text;
mod text_groups;
mod timeline;
pub mod why;

use storage::id::SpanId;
use storage::trace::Trace;

use outline::Outline;

pub use across::Across;
pub use completeness::{Completeness, Incomplete};
pub use critical_time::{CriticalTime, critical_time};
pub use groups::{Basis, Group, GroupKind};
pub use messages::{FarHop, Producer};
pub use notes::{Note, Notes};
pub use peers::HopPeers;
pub use streaming::Messages;
pub use summary::{Summary, summary};

pub struct CallTree<'a> {
    pub trace: &'a Trace,
    pub skew: Skew,
    /// The first start of any span, in nanoseconds since the epoch.
    pub start: Option<u64>,
    /// From the first start to the last end.
    pub duration: Option<u64>,
    /// The span that the trace began with, or the earliest if that one was not received.
    pub root: Name<'a>,
    pub error_count: usize,
    /// In order of appearance in the tree.
    pub services: Vec<ServiceCount<'a>>,
    /// Every parent that a span names was received, nothing was cut off, no span is above itself.
    pub complete: bool,
    /// How many distinct parents were named and not received.
    pub missing_parents: usize,
    /// Why the trace is complete or not.
    pub completeness: Completeness,
    /// Clocks found to disagree; with [`Skew::Raw`] they are reported and nothing is moved.
    pub clock_skew: Vec<ClockSkew<'a>>,
    /// The pairs of hosts whose calls do not fit as recorded.
    pub clock_pairs: Vec<ClockPair<'a>>,
    /// In pre-order; siblings by their start.
    pub hops: Vec<Hop<'a>>,
    /// Hop by hop where its latency stands; empty until someone has asked ([`peers::Comparison`]).
    pub peers: Vec<Option<HopPeers>>,
    /// Hops that belong together.
    pub groups: Vec<Group<'a>>,
    /// Messages that were sent here and are consumed in other traces, by their consumer's start.
    pub far_hops: Vec<FarHop<'a>>,
    /// What was read of other traces.
    pub across: &'a Across,
    /// Sorted and without holes: the sum is the trace's duration.
    pub critical_path: Vec<Segment<'a>>,
    /// By how many nanoseconds each span was moved.
    moved: Vec<i64>,
    /// Which spans failed.
    errors: Vec<bool>,
}

/// On which clock times are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Skew {
    /// Hosts whose clocks disagree are moved so that their work lies inside of the calls to it.
    #[default]
    Corrected,
    /// As the spans were recorded.
    Raw,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name<'a> {
    pub service: Option<&'a str>,
    pub operation: Option<&'a str>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ServiceCount<'a> {
    pub name: Option<&'a str>,
    /// Spans that the service recorded; for an inferred service the calls to it.
    pub span_count: usize,
    pub error_count: usize,
    /// Known only because others called it.
    pub inferred: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ClockSkew<'a> {
    /// The first service that was seen on the host.
    pub service: Option<&'a str>,
    /// `None` when the spans do not tell: then the service stands for its host.
    pub host: Option<String>,
    /// What is added to the host's times: negative when its clock is ahead.
    pub offset: i64,
    /// From 0 to 1: how many independent calls agree, times how narrow the choice is.
    pub confidence: f64,
    /// Calls with hosts that are nearer to the root, or as near.
    pub hops: usize,
    /// How many of them fit with the offset.
    pub fitting: usize,
}

/// What the calls between two hosts tell of their clocks.
#[derive(Clone, Debug, PartialEq)]
pub struct ClockPair<'a> {
    /// The service and the host, as in [`ClockSkew`].
    pub from: (Option<&'a str>, Option<String>),
    pub to: (Option<&'a str>, Option<String>),
    /// What is to be added to the times of `to` for them to agree with `from`.
    pub offset: i64,
    /// The least and the most that fits; `None` when nothing bounds it.
    pub low: Option<i64>,
    pub high: Option<i64>,
    /// As in [`ClockSkew`].
    pub confidence: f64,
    pub hops: usize,
    pub fitting: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Hop<'a> {
    /// Position of the hop above in [`CallTree::hops`].
    pub parent: Option<usize>,
    pub depth: usize,
    pub caller: Option<Party<'a>>,
    pub callee: Option<Party<'a>>,
    pub kind: HopKind,
    pub protocol: Option<&'a str>,
    /// The client's start, or the server's if it is alone.
    pub start: Option<u64>,
    pub server_start: Option<u64>,
    pub client_duration: Option<u64>,
    pub server_duration: Option<u64>,
    /// Client minus server; for a message the time between publishing and consuming, also when it
    /// was published in another trace.
    pub network_duration: Option<u64>,
    /// The server's time during which none of its synchronous children ran.
    pub self_duration: Option<u64>,
    /// The time of the critical path that is spent in the spans of this hop.
    pub critical_duration: u64,
    pub error: bool,
    pub error_text: Option<String>,
    pub notes: Notes,
    /// Who sent what the server consumes, as its links say; empty if the caller is all of it.
    pub producers: Vec<Producer<'a>>,
    /// Whom the client named, if another service answered.
    pub via: Option<&'a str>,
    /// Of a call that carried several in one direction.
    pub messages: Option<Messages>,
    /// Position in [`CallTree::groups`].
    pub group: Option<usize>,
}

/// One side of a hop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Party<'a> {
    pub service: Option<&'a str>,
    pub operation: Option<&'a str>,
    /// `None` when only the name of this side is known, from what the other side says of it.
    pub span_id: Option<SpanId>,
    /// Position in the trace's spans. `None` with a span id when that span is in another hop: the
    /// caller of a server whose own client span is missing, or of one of several servers.
    pub span_index: Option<usize>,
    /// The trace of a span that is in another, as a link says it.
    pub trace_id: Option<u128>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HopKind {
    Rpc,
    Messaging,
    Database,
    Local,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Segment<'a> {
    /// `None` in a gap.
    pub span_index: Option<usize>,
    /// Who the time is spent on: the called service also while the network has the call.
    pub name: Name<'a>,
    pub start: u64,
    pub duration: u64,
    pub part: Part,
    /// Before or after the root: nobody who waited for the root waited for this.
    pub is_async: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The span's own work; all of a call whose other side is unknown.
    Own,
    /// A client waits and no server of its call is at work.
    Network,
    /// A message was sent and is not yet consumed.
    Queue,
    /// No span that was received accounts for this time.
    Gap,
}

impl<'a> CallTree<'a> {
    pub fn build(trace: &'a Trace, skew: Skew) -> Self {
        Self::build_across(trace, skew, &across::NOTHING)
    }

    /// As [`Self::build`], with what was read of other traces.
    pub fn build_across(trace: &'a Trace, skew: Skew, across: &'a Across) -> Self {
        let mut outline = Outline::of(trace, skew);
        outline.note_late(trace, skew);
        let Outline {
            family,
            clocks,
            moved,
            timeline,
            order,
            path,
        } = outline;
        let far_hops = messages::consumed_afar(trace, &family, &timeline, &order, across);
        let mut hops = measure::hops(trace, &family, &timeline, &order, &moved, across, &far_hops);
        let (start, duration) = timeline.extent();
        let critical_path = measure::segments(&mut hops, &family, &order, path);
        let groups = groups::find(trace, &mut hops);
        let root = outline::root(&trace.spans, &order);
        Self {
            trace,
            skew,
            start,
            duration,
            root,
            error_count: family.errors.iter().filter(|failed| **failed).count(),
            services: services::services(&family, hops.iter().map(services::Parties::of)),
            complete: family.missing_parents == 0 && family.cycles == 0 && !trace.truncated,
            missing_parents: family.missing_parents,
            completeness: Completeness::of(trace, &family),
            clock_skew: clocks.skews,
            clock_pairs: clocks.pairs,
            hops,
            peers: Vec::new(),
            groups,
            far_hops,
            across,
            critical_path,
            moved,
            errors: family.errors,
        }
    }
}

impl HopKind {
    /// As answers spell it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Rpc => "rpc",
            Self::Messaging => "messaging",
            Self::Database => "database",
            Self::Local => "local",
        }
    }
}

impl CallTree<'_> {
    /// Where the latency of a hop stands, if there are enough peers.
    pub fn peers_of(&self, hop: usize) -> Option<&HopPeers> {
        self.peers.get(hop)?.as_ref()
    }
}

impl Hop<'_> {
    /// The span that stands for the hop: the client's, or the server's if it is alone.
    pub fn span_id(&self) -> Option<SpanId> {
        let own = |party: Option<Party<'_>>| {
            party
                .filter(|party| party.span_index.is_some())
                .and_then(|party| party.span_id)
        };
        own(self.caller).or_else(|| own(self.callee))
    }

    /// How long the call took as far as is known: the client's view, otherwise the server's.
    pub fn total(&self) -> Option<u64> {
        self.client_duration.or(self.server_duration)
    }
}

impl<'a> Hop<'a> {
    /// Who the hop's time is spent on: the callee, or the caller if nothing is known of it.
    pub fn name(&self) -> Name<'a> {
        Name::of(self.caller.as_ref(), self.callee.as_ref())
    }
}
