//! Repairing indexes while everything else goes on: damage is looked for, and what is missing is
//! built anew from the rows, with the rare values of its bucket. One thread of its own.
#[cfg(test)]
pub(super) mod tests;

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::id::TraceId;
use crate::local::Shared;
use crate::local::bucket::Bucket;
use crate::local::changes::{EARLIER_SPANS_MAX, add_foreign};
use crate::local::code::Words;
use crate::local::shortcut::Building;
use crate::local::tail::Times;
use crate::span::Span;

/// How often the thread looks whether an index is missing.
const TICK: Duration = Duration::from_millis(250);
/// A bucket whose index could not be built is tried again after this.
const RETRY: Duration = Duration::from_secs(10);
/// Rare values that are handed on at once, and those of one run: what a rebuild holds in memory.
const VALUES_PER_WINDOW: usize = 1 << 16;
const VALUES_PER_RUN: usize = 1 << 20;
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
    match rebuild_with(shared, bucket, building, told) {
        // It was dropped meanwhile.
        Err(_) if bucket.index.is_gone() => Ok(()),
        built => built,
    }
}

fn rebuild_with(
    shared: &Shared,
    bucket: &Bucket,
    building: Building<'_>,
    told: &mut impl FnMut(TraceId) -> ControlFlow<()>,
) -> Result<(), String> {
    let start_ms = bucket.start_ms;
    tracing::info!(start_ms, "building the index of a bucket from its spans");
    let began = Instant::now();
    let mut last_told = Instant::now();
    let mut traces = 0_u64;
    shared.counters.set_rebuild_percent(0);
    let mut rare = NewRare::begin(bucket)?;
    let scanned = bucket.scan_traces(|id, spans, mut words| {
        if shared.closing.load(Ordering::Acquire) || told(id).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        traces += 1;
        let percent = percent_at(id);
        shared.counters.set_rebuild_percent(percent);
        if last_told.elapsed() >= TELL {
            last_told = Instant::now();
            tracing::info!(start_ms, traces, percent, "building an index");
        }
        let times = describe(shared, bucket, id, &spans, &mut words)?;
        let is_wanted = building.add(id, &words, times)?;
        if !is_wanted {
            return Ok(ControlFlow::Break(()));
        }
        rare.add(id, times.last, words.rare)?;
        Ok(ControlFlow::Continue(()))
    })?;
    // The index last: what it says of its terms is said of the rare values, too.
    if scanned.is_continue() && building.is_wanted() {
        rare.complete()?;
        if building.complete()? {
            shared.counters.index_rebuilt();
            let seconds = began.elapsed().as_secs_f64();
            tracing::info!(start_ms, traces, seconds, "index built anew from the spans");
        }
    }
    Ok(())
}

/// Completes a trace's words and tells its times, with the spans that arrived in the bucket before,
/// as `settle.rs` does.
fn describe(
    shared: &Shared,
    bucket: &Bucket,
    id: TraceId,
    spans: &[Span],
    words: &mut Words,
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
        earlier.read_rows(id, &mut earlier_spans, None)?;
        add(&earlier_spans);
        if spans.len() + earlier_spans.len() <= EARLIER_SPANS_MAX {
            add_foreign(bucket, id, &earlier_spans, words);
        }
    }
    words.tidy();
    Ok(times)
}

/// The rare values of a bucket that are being written anew.
struct NewRare<'a> {
    bucket: &'a Bucket,
    rows: Vec<(TraceId, u64, Vec<u64>)>,
    /// Of the rows here, and of those that are not saved.
    values: usize,
    unsaved: usize,
}

impl<'a> NewRare<'a> {
    fn begin(bucket: &'a Bucket) -> Result<Self, String> {
        bucket.begin_rare()?;
        Ok(Self {
            bucket,
            rows: Vec::new(),
            values: 0,
            unsaved: 0,
        })
    }

    fn add(&mut self, id: TraceId, last: u64, rare: Vec<u64>) -> Result<(), String> {
        self.values += rare.len();
        self.rows.push((id, last, rare));
        if self.values >= VALUES_PER_WINDOW || self.rows.len() >= VALUES_PER_WINDOW {
            self.pass_on();
            if self.unsaved >= VALUES_PER_RUN {
                self.bucket.save_rare()?;
                self.unsaved = 0;
            }
        }
        Ok(())
    }

    fn pass_on(&mut self) {
        let rows = self.rows.iter();
        (self.bucket.rare).add_window(rows.map(|(id, last, rare)| (*id, *last, rare.as_slice())));
        self.rows.clear();
        self.unsaved += std::mem::take(&mut self.values);
    }

    fn complete(&mut self) -> Result<(), String> {
        self.pass_on();
        self.bucket.complete_rare()
    }
}

impl Drop for NewRare<'_> {
    fn drop(&mut self) {
        self.bucket.rare.abandon_rebuild();
    }
}

/// About how far a scan is that has come to a trace: rows are in the order of the ids' lower
/// halves, which are random.
const fn percent_at(id: TraceId) -> u64 {
    ((id.low() as u128 * 100) >> 64) as u64
}
