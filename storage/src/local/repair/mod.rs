//! Repairing indexes while everything else goes on: damage is looked for, and what is missing is
//! built anew from the rows. One thread of its own.
#[cfg(test)]
pub(super) mod tests;

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::id::TraceId;
use crate::local::Shared;
use crate::local::bucket::Bucket;
use crate::local::code::Words;
use crate::local::tail::Times;
use crate::span::Span;

/// How often the thread looks whether an index is missing.
const TICK: Duration = Duration::from_millis(250);
/// A bucket whose index could not be built is tried again after this.
const RETRY: Duration = Duration::from_secs(10);
/// How often the log tells of the progress.
const TELL: Duration = Duration::from_secs(10);

/// Runs until the store is closed. An index that was not complete then begins anew.
pub(super) fn run(shared: &Shared) {
    let mut failed: Option<Instant> = None;
    while !shared.closing.load(Ordering::Acquire) {
        if failed.is_none_or(|failed| failed.elapsed() >= RETRY) {
            failed = match look(shared, |_| ControlFlow::Continue(())) {
                Ok(()) => None,
                Err(error) => {
                    shared.counters.settle_failed();
                    tracing::error!(%error, "an index could not be built; searches read the spans of its bucket, and it is tried again");
                    Some(Instant::now())
                }
            };
        }
        std::thread::park_timeout(TICK);
    }
}

/// Looks at every bucket once, the newest first: it is asked for most. `told` hears of each trace
/// that is added to a new index.
pub(super) fn look(
    shared: &Shared,
    mut told: impl FnMut(TraceId) -> ControlFlow<()>,
) -> Result<(), String> {
    for bucket in shared.buckets().iter().rev() {
        if shared.closing.load(Ordering::Acquire) {
            return Ok(());
        }
        bucket.index.prove();
        if !bucket.index.is_whole() {
            rebuild(shared, bucket, &mut told)
                .map_err(|error| format!("bucket {}: {error}", bucket.start_ms))?;
        }
    }
    Ok(())
}

fn rebuild(
    shared: &Shared,
    bucket: &Bucket,
    told: &mut impl FnMut(TraceId) -> ControlFlow<()>,
) -> Result<(), String> {
    let Some(building) = bucket.index.begin()? else {
        return Ok(());
    };
    let start_ms = bucket.start_ms;
    tracing::info!(start_ms, "building the index of a bucket from its spans");
    let began = Instant::now();
    let mut last_told = Instant::now();
    let mut traces = 0_u64;
    shared.counters.set_rebuild_percent(0);
    let scanned = bucket.scan_traces(|id, spans, mut words| {
        if shared.closing.load(Ordering::Acquire) || told(id).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        words.tidy();
        traces += 1;
        let percent = percent_at(id);
        shared.counters.set_rebuild_percent(percent);
        if last_told.elapsed() >= TELL {
            last_told = Instant::now();
            tracing::info!(start_ms, traces, percent, "building an index");
        }
        let is_wanted = building.add(id, &words, times_of(shared, bucket, id, &spans)?)?;
        Ok(if is_wanted {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        })
    })?;
    if scanned.is_continue() && building.complete()? {
        shared.counters.index_rebuilt();
        let seconds = began.elapsed().as_secs_f64();
        tracing::info!(start_ms, traces, seconds, "index built anew from the spans");
    }
    Ok(())
}

/// The times of a trace's document: with the spans that arrived in the bucket before, as
/// `settle.rs` writes it. Their terms are among the rare values, which are not lost.
fn times_of(
    shared: &Shared,
    bucket: &Bucket,
    id: TraceId,
    spans: &[Span],
) -> Result<Times, String> {
    let mut times = Times::default();
    let mut add = |spans: &[Span]| {
        spans
            .iter()
            .for_each(|span| times.add(span.start, span.duration));
    };
    add(spans);
    if let Some(earlier) = shared
        .before(bucket)
        .filter(|earlier| earlier.may_have_rows(id))
    {
        let mut earlier_spans = Vec::new();
        earlier.read_rows(id, &mut earlier_spans, None::<&mut Words>)?;
        add(&earlier_spans);
    }
    Ok(times)
}

/// About how far a scan is that has come to a trace: rows are in the order of the ids' lower
/// halves, which are random.
const fn percent_at(id: TraceId) -> u64 {
    ((id.low() as u128 * 100) >> 64) as u64
}
