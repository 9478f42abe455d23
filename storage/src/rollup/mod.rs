//! Counts, errors and latencies per minute: of each operation of a service, and of each edge
//! between two services. Pure data: no disk, no threads, no clock.
//!
//! What a trace contributes is a function `f` of the set of its spans. When more of its spans
//! arrive, `f(after) - f(before)` is added, so that no order of arrival, no repetition and no
//! crash between batches leaves a trace: the sum is `f` of all spans. That is why counts are
//! signed, and why sketches can be taken away.
mod cell;
mod dense;
mod edges;
mod format;
mod peers;
mod period;
mod question;
mod scale;
mod series;
mod sketch;
mod steps;
mod tally;

use std::collections::BTreeMap;

use crate::dependency::{CallSpan, Linker, Names};
use crate::id::TraceId;
use crate::query::TimeRange;
use cell::Sample;

pub use cell::{Cell, Exemplar, Exemplars, Sign};
pub use edges::{EdgeCounts, counted_in, dependencies_in};
pub use peers::{PeerSearch, PeerSums, peer_hours};
pub use period::{EDGE_OPERATIONS_MAX, Period, SERIES_MAX};
pub use question::{
    Counted, Counts, Grouping, PeerGroup, Peers, PeersQuery, ROWS_MAX, RollupQuery, Subject,
};
pub use scale::DURATION_MAX;
pub use series::Series;
pub use sketch::Sketch;
pub use steps::{FINE_MINUTES_MAX, Steps};
pub use tally::{Answer, Tally, digest};

/// A number of whole minutes since the epoch.
pub type Minute = u32;

/// The minute of a time in nanoseconds since the epoch.
pub const fn minute_of(time: u64) -> Minute {
    // A u64 of nanoseconds ends in minute 307,445,734.
    (time / 60_000_000_000) as Minute
}

/// The minutes that a range touches, first and last.
pub fn minutes_of(range: TimeRange) -> (Minute, Minute) {
    let minute = |ms: u64| Minute::try_from(ms / 60_000).unwrap_or(Minute::MAX - 1);
    (minute(range.from_ms), minute(range.to_ms))
}

/// Periods of one minute each.
#[derive(Clone, Debug, Default)]
pub struct Rollup {
    minutes: BTreeMap<Minute, Period>,
}

impl Rollup {
    /// Adds what a trace contributes, or takes it away. `spans` are all spans of the trace that
    /// are known; traces whose ids agree in the low 64 bits are one: a client that knows only short
    /// ids reported a part.
    ///
    /// An operation is counted in the minute of its span's start; an edge in that of its call's
    /// start, else of the trace's first. What has no time at all is not counted.
    pub fn add_trace(
        &mut self,
        linker: &mut Linker,
        names: &Names,
        trace: TraceId,
        spans: &[CallSpan],
        sign: Sign,
    ) {
        let Some(first) = spans.iter().filter_map(|span| span.start).min() else {
            return;
        };
        linker.link(spans, names, |call| {
            let series = Series::Edge {
                caller: call.caller,
                callee: call.callee,
                kind: call.kind,
                operation: call.operation,
            };
            let sample = Sample {
                trace,
                start: call.start.unwrap_or(first),
                duration: call.duration,
                error: call.failed,
            };
            self.count(series, &sample, sign);
        });
        for position in linker.distinct() {
            let span = &spans[*position];
            let Some(start) = span.start else {
                continue;
            };
            let series = Series::Operation {
                service: span.place.service,
                operation: span.operation,
                kind: span.kind,
            };
            let sample = Sample {
                trace,
                start,
                duration: span.duration,
                error: span.error,
            };
            self.count(series, &sample, sign);
        }
    }

    fn count(&mut self, series: Series, sample: &Sample, sign: Sign) {
        self.period_mut(minute_of(sample.start))
            .cell(series)
            .count(sample, sign);
    }

    /// The period of a minute, new if need be.
    pub fn period_mut(&mut self, minute: Minute) -> &mut Period {
        self.minutes.entry(minute).or_default()
    }

    /// The minutes in which something is counted, in order.
    pub fn periods(&self) -> impl Iterator<Item = (Minute, &Period)> {
        self.minutes
            .iter()
            .filter(|(_, period)| !period.is_empty())
            .map(|(minute, period)| (*minute, period))
    }

    pub fn merge(&mut self, other: &Self) {
        for (minute, period) in other.periods() {
            self.period_mut(minute).merge(period);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.periods().next().is_none()
    }

    /// How often a series was counted under a coarser one because its minute had too many.
    pub fn folded(&self) -> u64 {
        self.minutes
            .values()
            .map(Period::folded)
            .fold(0, u64::saturating_add)
    }
}
