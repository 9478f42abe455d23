//! When each span ran, on one clock.
use storage::trace::Trace;

pub(super) struct Timeline {
    times: Vec<Option<Interval>>,
    measured: Vec<bool>,
}

/// Invariant: `start <= end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interval {
    pub start: u64,
    pub end: u64,
}

impl Timeline {
    pub(super) fn of(trace: &Trace, moved: &[i64]) -> Self {
        let times = trace.spans.iter().zip(moved).map(|(span, moved)| {
            let start = span.start?.saturating_add_signed(*moved);
            let duration = span.duration.unwrap_or(0).max(0) as u64;
            Some(Interval {
                start,
                end: start.saturating_add(duration),
            })
        });
        let measured = trace
            .spans
            .iter()
            .map(|span| span.duration.is_some_and(|nanos| nanos >= 0));
        Self {
            times: times.collect(),
            measured: measured.collect(),
        }
    }

    /// `None` without a start. A span whose duration is not known ends where it starts.
    pub(super) fn interval(&self, span: usize) -> Option<Interval> {
        self.times[span]
    }

    /// The interval, if both its ends are known.
    pub(super) fn measured(&self, span: usize) -> Option<Interval> {
        self.times[span].filter(|_| self.measured[span])
    }

    pub(super) fn duration(&self, span: usize) -> Option<u64> {
        self.measured(span).map(Interval::duration)
    }

    /// For sorting: spans without a start come last.
    pub(super) fn start_or_last(&self, span: usize) -> (bool, u64) {
        self.times[span].map_or((true, 0), |interval| (false, interval.start))
    }

    pub(super) fn extent(&self) -> (Option<u64>, Option<u64>) {
        let start = self
            .times
            .iter()
            .flatten()
            .map(|interval| interval.start)
            .min();
        let end = self
            .times
            .iter()
            .flatten()
            .map(|interval| interval.end)
            .max();
        (start, start.zip(end).map(|(start, end)| end - start))
    }
}

impl Interval {
    pub(super) const fn duration(self) -> u64 {
        self.end - self.start
    }

    /// By how much this span may seem to end late and still be meant to end in time: clocks of
    /// microseconds and of milliseconds round, and a parent's end is taken after its child's.
    pub(super) fn slack(self) -> u64 {
        (self.duration() / 20).clamp(ROUNDING, 1_000_000)
    }

    /// Did the parent go on, or end, without waiting for this child?
    pub(super) fn is_async(self, parent: Self) -> bool {
        self.start > parent.end || self.end > parent.end.saturating_add(self.slack())
    }
}

/// What Zipkin's microseconds may hide, both ends together.
pub(super) const ROUNDING: u64 = 2_000;
