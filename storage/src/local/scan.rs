//! Candidates of a bucket without an index: its rows, read one by one. Slower and exact; a bucket
//! too large for the time there is gives a part of them, and the answer says so.
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::id::TraceId;
use crate::local::Shared;
use crate::local::asker::Asker;
use crate::local::bucket::Bucket;
use crate::local::plan::Plan;
use crate::local::tail::{TimeBounds, Times};
use crate::store::StoreError;

/// What one question may spend on reading rows, in all buckets.
const SCAN_TIME_MAX: Duration = Duration::from_secs(2);

/// The scans of one question.
pub(super) struct Scan<'a> {
    shared: &'a Shared,
    asker: &'a Asker,
    bounds: TimeBounds,
    spent: Duration,
    is_cut: bool,
}

impl<'a> Scan<'a> {
    pub(super) const fn new(shared: &'a Shared, asker: &'a Asker, bounds: TimeBounds) -> Self {
        Self {
            shared,
            asker,
            bounds,
            spent: Duration::ZERO,
            is_cut: false,
        }
    }

    /// Were there more rows than time?
    pub(super) const fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Calls `visit` with the traces of a bucket that may match, and their latest start in
    /// microseconds.
    pub(super) fn bucket(
        &mut self,
        bucket: &Bucket,
        plan: &Plan,
        mut visit: impl FnMut(u64, TraceId),
    ) -> Result<(), StoreError> {
        let began = Instant::now();
        let left = SCAN_TIME_MAX.saturating_sub(self.spent);
        let earlier = self.shared.before(bucket);
        let scanned = bucket.scan_traces(|id, spans, words| {
            if began.elapsed() > left || self.asker.turn().is_err() {
                return Ok(ControlFlow::Break(()));
            }
            let mut times = Times::default();
            spans
                .iter()
                .for_each(|span| times.add(span.start, span.duration));
            // What is missing here may be in the bucket before: `matches` will tell.
            if (earlier.as_ref()).is_some_and(|earlier| earlier.may_have_rows(id)) {
                visit(u64::MAX, id);
            } else if self.bounds.admits(times) && plan.admits(&words) {
                visit(times.last, id);
            }
            Ok(ControlFlow::Continue(()))
        });
        self.asker.still_waits()?;
        self.spent += began.elapsed();
        if scanned.map_err(StoreError::Corrupt)?.is_break() && !self.is_cut {
            self.is_cut = true;
            self.shared.counters.search_partial();
        }
        Ok(())
    }
}
