//! What can be asked of the counts, and the answers in words.
use crate::dependency::CallKind;
use crate::query::TimeRange;
use crate::rollup::cell::Cell;
use crate::rollup::series::Series;
use crate::rollup::sketch::Sketch;
use crate::rollup::steps::Steps;
use crate::span::Kind;

/// Counts, errors and durations over a stretch of time, and how they went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollupQuery {
    /// Counted is what began in the minutes that it touches.
    pub range: TimeRange,
    pub by: Grouping,
    /// Only the operations of this service, or the edges from and to it; lower case.
    pub service: Option<String>,
    /// At most so many steps of time are told apart ([`Steps`]).
    pub points_max: usize,
}

/// What is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// What a service was asked to do: its spans of the kinds server and consumer. A service that
    /// recorded only others is there too, with nothing counted.
    Services,
    /// Spans by service, name and kind.
    Operations,
    /// Calls by caller, callee and kind, as Zipkin counts links.
    Edges,
}

impl Grouping {
    /// What a series is told as, if it is told at all.
    pub(super) const fn told(self, series: &Series) -> Option<Series> {
        match (self, *series) {
            (Self::Services, Series::Operation { service, .. }) => Some(Series::Operation {
                service,
                operation: None,
                kind: Kind::Unspecified,
            }),
            (Self::Operations, Series::Operation { .. }) => Some(*series),
            (Self::Edges, Series::Edge { .. }) => Some(series.of_pair()),
            _ => None,
        }
    }

    /// Of a service only what it was asked to do counts; that it is there is told by any span.
    pub(super) const fn counts(self, series: &Series) -> bool {
        match (self, series) {
            (Self::Services, Series::Operation { kind, .. }) => {
                matches!(kind, Kind::Server | Kind::Consumer)
            }
            _ => true,
        }
    }
}

/// What a row of an answer counts. Services are in lower case; an absent name is none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Service(Option<String>),
    Operation {
        service: Option<String>,
        operation: Option<String>,
        /// [`Kind::number`].
        kind: u8,
    },
    Edge {
        caller: String,
        callee: String,
        kind: CallKind,
    },
}

/// The counts of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub subject: Subject,
    /// All of the time that was asked for.
    pub whole: Cell,
    /// By the minute with which the step begins, ascending; steps in which nothing was counted are
    /// left out.
    pub points: Vec<(u32, Cell)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    pub steps: Steps,
    /// Ordered by subject.
    pub rows: Vec<Counted>,
    /// There is more than a limit allows: of too many rows those with the most calls are here.
    pub truncated: bool,
}

/// The most rows of an answer.
pub const ROWS_MAX: usize = 2_000;

/// How long comparable calls took around a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeersQuery {
    /// Nanoseconds since the epoch.
    pub at: u64,
    pub groups: Vec<PeerGroup>,
}

/// Which calls are comparable: same caller, callee and what was called; or, where nobody is known
/// to have called, the same operation of a service. Services are in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PeerGroup {
    Edge {
        caller: String,
        callee: String,
        operation: Option<String>,
    },
    Operation {
        service: Option<String>,
        operation: Option<String>,
        kind: Kind,
    },
}

/// The durations of a group's calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peers {
    /// Those that began in the same hour of the clock (UTC).
    pub hour: Sketch,
    /// Those of that hour and the 23 before it.
    pub day: Sketch,
}
