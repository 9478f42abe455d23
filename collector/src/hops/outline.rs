//! What every reading of a trace begins with: who is above whom, on which clock, in which order, and what
//! the end waited for.
use storage::span::Span;
use storage::trace::Trace;

use super::clocks::{self, Clocks};
use super::critical::{self, Step};
use super::family::{Family, Ordered};
use super::sides;
use super::timeline::Timeline;
use super::{Name, Skew};

pub(super) struct Outline<'a> {
    pub family: Family,
    pub clocks: Clocks<'a>,
    /// By how many nanoseconds each span was moved.
    pub moved: Vec<i64>,
    pub timeline: Timeline,
    pub order: Vec<Ordered>,
    pub path: Vec<Step>,
}

impl<'a> Outline<'a> {
    pub(super) fn of(trace: &'a Trace, skew: Skew) -> Self {
        let family = Family::of(trace);
        let clocks = clocks::estimate(trace, &family);
        let moved = match skew {
            Skew::Corrected => clocks.offsets.clone(),
            Skew::Raw => vec![0; trace.spans.len()],
        };
        let timeline = Timeline::of(trace, &moved);
        let order = family.order(&trace.spans, &timeline);
        let main = order.first().map(|ordered| ordered.top);
        let path = critical::path(&trace.spans, &family, &timeline, main);
        Self {
            family,
            clocks,
            moved,
            timeline,
            order,
            path,
        }
    }

    /// See [`clocks::note_late`]: on corrected clocks also where all is shown as recorded.
    pub(super) fn note_late(&mut self, trace: &Trace, skew: Skew) {
        match skew {
            Skew::Corrected => clocks::note_late(&mut self.family, &self.timeline),
            Skew::Raw => {
                let corrected = Timeline::of(trace, &self.clocks.offsets);
                clocks::note_late(&mut self.family, &corrected);
            }
        }
    }
}

/// The span that the trace began with, or the earliest if that one was not received.
pub(super) fn root<'a>(spans: &'a [Span], order: &[Ordered]) -> Name<'a> {
    let first = order.first();
    first
        .map(|first| sides::name(&spans[first.top]))
        .unwrap_or_default()
}
