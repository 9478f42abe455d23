//! When each span ran, on one clock.
use storage::trace::Trace;

pub(super) struct Timeline {
    times: Vec<Option<Interval>>,
    measured: Vec<bool>,
    /// Whose clock may count no finer than milliseconds.
    coarse: Vec<bool>,
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
        let coarse = (trace.spans.iter()).map(|span| span.start.is_some_and(is_whole_millis));
        Self {
            times: times.collect(),
            measured: measured.collect(),
            coarse: coarse.collect(),
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

    /// Did the parent go on, or end, without waiting for this child? `None` if that is not known.
    pub(super) fn is_async(&self, child: usize, parent: usize) -> Option<bool> {
        let (time, above) = (self.times[child]?, self.measured(parent)?);
        let hair = self.hair(child, parent);
        Some(time.start > above.end || time.end > above.end.saturating_add(hair))
    }

    /// By how much this span may seem to end after its parent, or after its sibling began, and still
    /// be meant to end before: times are rounded, by Zipkin to microseconds and by some clocks to
    /// milliseconds; and whoever waited goes on a moment before the span that it waited for is
    /// closed. That moment does not depend on how long the span was. CRISP (Zhang et al., USENIX ATC
    /// 2022) allows a hundredth of the parent; here no more than a quarter of the span itself, so
    /// that what runs at the same time is not taken for a sequence, and a millisecond.
    pub(super) fn hair(&self, child: usize, parent: usize) -> u64 {
        let nanos = |span: usize| self.times[span].map_or(0, Interval::duration);
        let own = nanos(child);
        let is_coarse = self.coarse[child] || self.coarse[parent];
        let least = if is_coarse { MILLI } else { SCHEDULING };
        (own / 20)
            .max(nanos(parent) / 100)
            .max(least)
            .min(own / 4)
            .clamp(ROUNDING, MILLI)
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
        (self.duration() / 20).clamp(ROUNDING, MILLI)
    }
}

/// Some clocks count milliseconds: that of JavaScript's Date, with which OpenTelemetry's spans of
/// Node.js begin, and of many a library for Zipkin.
pub(super) const fn is_whole_millis(nanos: u64) -> bool {
    nanos.is_multiple_of(MILLI)
}

/// What Zipkin's microseconds may hide, both ends together.
pub(super) const ROUNDING: u64 = 2_000;
/// In which a thread that was waited for is woken, on a machine that is not overloaded.
const SCHEDULING: u64 = 10_000;
pub(super) const MILLI: u64 = 1_000_000;
