//! Answers: candidates from the tail and the indexes, spans from the rows, and `query.matches` has
//! the last word.
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::dependency::{self, Dependency};
use crate::id::TraceId;
use crate::local::Shared;
use crate::local::bucket::Bucket;
use crate::local::index::{IndexSearch, TimeBounds};
use crate::local::terms;
use crate::memory::sort_newest_first;
use crate::query::{TimeRange, TraceQuery};
use crate::span::Span;
use crate::store::{Dependencies, Found, StoreError};
use crate::trace::{SPANS_READ_MAX, Trace};

/// A search stops after this long and says that it is truncated.
const SEARCH_TIME_MAX: Duration = Duration::from_secs(10);
/// Candidates that a search reads before it gives up.
const CANDIDATES_MAX: usize = 100_000;
/// Candidates of the first page of an index; pages grow from there.
const PAGE_FIRST: usize = 64;
const PAGE_MAX: usize = 4_096;
/// Traces that one question about dependencies reads.
const LINKED_TRACES_MAX: usize = 50_000;

/// A trace with all its spans, from the tail and the rows of every bucket.
pub(super) fn trace(shared: &Shared, id: TraceId) -> Result<Option<Trace>, StoreError> {
    let buckets = shared.buckets();
    // The tail first: a window that closes meanwhile moves spans from here to the rows, and a
    // span seen twice is removed, while one looked for in the other order could be missed.
    let recent = shared.tail.chunks(id, &buckets);
    let mut spans = Vec::new();
    for bucket in &buckets {
        bucket
            .read_rows(id, &mut spans)
            .map_err(StoreError::Corrupt)?;
        if spans.len() > SPANS_READ_MAX {
            break;
        }
    }
    read_chunks(id, &recent, &mut spans)?;
    Ok(Trace::group(spans).pop())
}

fn read_chunks(
    id: TraceId,
    chunks: &[(Arc<Bucket>, Arc<[u8]>)],
    spans: &mut Vec<Span>,
) -> Result<(), StoreError> {
    for (bucket, chunk) in chunks {
        bucket
            .reader()
            .read(id, chunk, spans)
            .map_err(|error| StoreError::Corrupt(format!("recent spans of trace {id}: {error}")))?;
    }
    Ok(())
}

pub(super) fn find(shared: &Shared, query: &TraceQuery) -> Result<Found, StoreError> {
    let mut found = Vec::new();
    let truncated = visit_candidates(shared, query, |trace| {
        if query.matches(&trace) {
            found.push(trace);
            if found.len() >= query.limit.saturating_mul(2).max(64) {
                keep_newest(&mut found, query.limit);
            }
        }
        // A candidate's trace never begins after its latest start: once the worst trace that is
        // kept began after the next candidate's latest start, nothing better can come.
        if found.len() < query.limit {
            return Some(0);
        }
        keep_newest(&mut found, query.limit);
        found
            .last()
            .and_then(Trace::timestamp)
            .map(|worst| worst / 1_000)
    })?;
    keep_newest(&mut found, query.limit);
    Ok(Found {
        traces: found,
        truncated,
    })
}

fn keep_newest(traces: &mut Vec<Trace>, limit: usize) {
    sort_newest_first(traces);
    traces.truncate(limit);
}

pub(super) fn dependencies(shared: &Shared, range: TimeRange) -> Result<Dependencies, StoreError> {
    // A trace counts if any of its spans is in the range, so the query asks for no more than that.
    let query = TraceQuery::all(range, usize::MAX);
    let mut traces = Vec::new();
    let cut = visit_candidates(shared, &query, |trace| {
        traces.push(trace);
        (traces.len() < LINKED_TRACES_MAX).then_some(0)
    })?;
    let truncated = cut || traces.len() >= LINKED_TRACES_MAX;
    let links: Vec<Dependency> = dependency::link_range(&traces, range);
    Ok(Dependencies { links, truncated })
}

/// Reads candidate traces, latest start first, each once. `visit` answers the latest start in
/// microseconds that is still of interest, or `None` to stop. Returns whether a limit ended it.
fn visit_candidates(
    shared: &Shared,
    query: &TraceQuery,
    mut visit: impl FnMut(Trace) -> Option<u64>,
) -> Result<bool, StoreError> {
    let began = Instant::now();
    let required = terms::required(query);
    let bounds = TimeBounds {
        from: query.range.from_ms.saturating_mul(1_000),
        // The last millisecond of the range is in, with all its microseconds compared below.
        to: query.range.to_ms.saturating_mul(1_000),
        longest_min: query.duration_min.unwrap_or(0) / 1_000,
    };
    // The tail first, for the same reason as in `trace`.
    let recent = shared
        .tail
        .candidates(&required, |times| bounds.admits(times));
    let mut queue: BinaryHeap<(u64, Reverse<TraceId>, Option<usize>)> = recent
        .into_iter()
        .map(|(last, id)| (last, Reverse(id), None))
        .collect();
    let mut cursors: Vec<Cursor> = shared
        .buckets()
        .iter()
        .map(|bucket| Cursor::new(bucket.index.search(&required, bounds)))
        .collect();
    for (position, cursor) in cursors.iter_mut().enumerate() {
        cursor.refill(position, &mut queue)?;
    }
    let mut seen = HashSet::new();
    let mut interest = 0;
    while let Some((last, Reverse(id), cursor)) = queue.pop() {
        if last < interest {
            return Ok(false);
        }
        if let Some(position) = cursor {
            cursors[position].taken(position, &mut queue)?;
        }
        if !seen.insert(id) {
            continue;
        }
        if seen.len() > CANDIDATES_MAX || began.elapsed() > SEARCH_TIME_MAX {
            return Ok(true);
        }
        if let Some(trace) = trace(shared, id)? {
            match visit(trace) {
                Some(least) => interest = least,
                None => return Ok(false),
            }
        }
    }
    Ok(false)
}

/// Walks one bucket's index page by page.
struct Cursor {
    search: IndexSearch,
    offset: usize,
    page: usize,
    /// Candidates of this cursor that are in the queue.
    queued: usize,
    is_done: bool,
}

impl Cursor {
    const fn new(search: IndexSearch) -> Self {
        Self {
            search,
            offset: 0,
            page: PAGE_FIRST,
            queued: 0,
            is_done: false,
        }
    }

    fn taken(&mut self, position: usize, queue: &mut Queue) -> Result<(), StoreError> {
        self.queued -= 1;
        if self.queued == 0 {
            self.refill(position, queue)?;
        }
        Ok(())
    }

    fn refill(&mut self, position: usize, queue: &mut Queue) -> Result<(), StoreError> {
        if self.is_done {
            return Ok(());
        }
        let candidates = self
            .search
            .page(self.offset, self.page)
            .map_err(|error| StoreError::Corrupt(format!("search index: {error}")))?;
        self.is_done = candidates.len() < self.page;
        self.offset += candidates.len();
        self.queued = candidates.len();
        self.page = (self.page * 4).min(PAGE_MAX);
        for (last, id) in candidates {
            queue.push((last, Reverse(id), Some(position)));
        }
        Ok(())
    }
}

type Queue = BinaryHeap<(u64, Reverse<TraceId>, Option<usize>)>;
