//! Answers: candidates from the tail and the indexes, spans from the rows, and `query.matches` has
//! the last word.
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashSet};
use std::time::{Duration, Instant};

use crate::id::TraceId;
use crate::local::Shared;
use crate::local::asker::Asker;
use crate::local::bucket::Bucket;
use crate::local::index::IndexSearch;
use crate::local::plan::{Plan, Plans};
use crate::local::scan::Scan;
use crate::local::shortcut::Ask;
use crate::local::tail::TimeBounds;
use crate::local::terms;
use crate::memory::sort_newest_first;
use crate::query::TraceQuery;
use crate::store::{Found, StoreError};
use crate::trace::{SPANS_READ_MAX, Trace};

/// A search stops after this long and says that it is truncated.
const SEARCH_TIME_MAX: Duration = Duration::from_secs(10);
/// Candidates that a search reads before it gives up.
const CANDIDATES_MAX: usize = 100_000;
/// Rows with one rare value in one bucket that a search looks at, the latest written first.
const RARE_MAX: usize = 200_000;
/// Candidates of the first page of an index; pages grow from there.
const PAGE_FIRST: usize = 64;
const PAGE_MAX: usize = 4_096;

/// A trace with all its spans, from the tail and the rows of every bucket.
pub(super) fn trace(shared: &Shared, id: TraceId) -> Result<Option<Trace>, StoreError> {
    let buckets = shared.buckets();
    // The tail first: a window that closes meanwhile moves spans from here to the rows, and a
    // span seen twice is removed, while one looked for in the other order could be missed.
    let recent = shared.tail.chunks(id, &buckets);
    let mut spans = Vec::new();
    for bucket in &buckets {
        bucket
            .read_rows(id, &mut spans, None)
            .map_err(StoreError::Corrupt)?;
        // As many spans, and as many logs.
        if spans.len() > 2 * SPANS_READ_MAX {
            break;
        }
    }
    for (bucket, chunk) in &recent {
        bucket
            .read_chunk(id, chunk, &mut spans, None)
            .map_err(StoreError::Corrupt)?;
    }
    Ok(Trace::of_one(spans))
}

/// The ids of traces that agree with one of these in the low half.
pub(super) fn ids_alike(shared: &Shared, ids: &[TraceId]) -> Result<Vec<TraceId>, StoreError> {
    // The tail first, for the same reason as in `trace`.
    let lows = ids.iter().map(|id| id.low()).collect();
    let mut alike: BTreeSet<TraceId> = shared.tail.ids_alike(&lows).into_iter().collect();
    for bucket in shared.buckets() {
        for id in ids {
            alike.extend(bucket.ids_alike(*id).map_err(StoreError::Corrupt)?);
        }
    }
    Ok(alike.into_iter().collect())
}

pub(super) fn find(
    shared: &Shared,
    query: &TraceQuery,
    asker: &Asker,
) -> Result<Found, StoreError> {
    let mut found = Vec::new();
    let truncated = visit_candidates(shared, query, asker, |trace| {
        if query.matches(&trace) {
            found.push(trace);
            if found.len() >= query.limit.saturating_mul(2).max(64) {
                keep_newest(&mut found, query.limit);
            }
        }
        // A candidate's trace never begins after its latest start: once the worst trace that is
        // kept began after the next candidate's latest start, nothing better can come.
        if found.len() < query.limit {
            return 0;
        }
        keep_newest(&mut found, query.limit);
        found
            .last()
            .and_then(Trace::timestamp)
            .map_or(0, |worst| worst / 1_000)
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

/// Reads candidate traces, latest start first, each once. `visit` answers the latest start in
/// microseconds that is still of interest. Returns whether a limit ended it.
fn visit_candidates(
    shared: &Shared,
    query: &TraceQuery,
    asker: &Asker,
    mut visit: impl FnMut(Trace) -> u64,
) -> Result<bool, StoreError> {
    let began = Instant::now();
    let required = terms::required(query);
    let plans = Plans::new(&required, shared.buckets());
    let bounds = TimeBounds {
        longest_min: query.duration_min.unwrap_or(0) / 1_000,
        ..TimeBounds::of(query.began_in())
    };
    // The tail first, for the same reason as in `trace`.
    let parts_suffice = required.is_one() && bounds.is_open();
    let recent = (shared.tail).candidates(&plans, parts_suffice, |times| bounds.admits(times));
    let mut later = if parts_suffice {
        shared.tail.later_parts()
    } else {
        Vec::new()
    };
    let mut queue: Queue = recent
        .into_iter()
        .map(|(last, id)| (last, Reverse(id), None))
        .collect();
    let mut cursors = Vec::new();
    let mut scan = Scan::new(shared, asker, bounds);
    let mut is_cut = false;
    for (bucket, plan) in plans.iter() {
        asker.turn()?;
        // What no code stands for is not in the index: it need not be read, nor proven.
        let asked = if plan.is_rare() && bucket.index.is_whole() {
            Ask::Nothing
        } else {
            bucket.index.search(plan, bounds)
        };
        match asked {
            Ask::Nothing => {}
            Ask::Index(search) => {
                let mut cursor = Cursor::new(bucket, plan, search);
                cursor.refill(cursors.len(), &mut scan, &mut queue)?;
                cursors.push(cursor);
            }
            Ask::Rows => {
                scan.bucket(bucket, plan, |last, id| {
                    queue.push((last, Reverse(id), None));
                })?;
            }
        }
        is_cut |= add_rare(bucket, plan, bounds, &mut queue)?;
    }
    let mut seen = HashSet::new();
    let mut interest = 0;
    let mut is_ended = false;
    while let Some((last, Reverse(id), cursor)) = queue.pop() {
        if last < interest {
            is_ended = true;
            break;
        }
        if let Some(position) = cursor {
            cursors[position].taken(position, &mut scan, &mut queue)?;
        }
        if !seen.insert(id) {
            continue;
        }
        asker.turn()?;
        if seen.len() > CANDIDATES_MAX || began.elapsed() > SEARCH_TIME_MAX {
            return Ok(true);
        }
        if let Some(trace) = trace(shared, id)? {
            interest = visit(trace);
        }
    }
    if parts_suffice && is_ended {
        // What is behind the end may have begun later than its rows say: with a part in the tail
        // that satisfies nothing by itself.
        later.sort_unstable_by_key(|(last, _)| Reverse(*last));
        for (last, id) in later {
            if last < interest {
                break;
            }
            if seen.insert(id) {
                asker.turn()?;
                if let Some(trace) = trace(shared, id)? {
                    interest = visit(trace);
                }
            }
        }
    }
    Ok(is_cut | scan.is_cut())
}

/// Adds the traces that have a rare term of the plan. Returns whether there were too many.
fn add_rare(
    bucket: &Bucket,
    plan: &Plan,
    bounds: TimeBounds,
    queue: &mut Queue,
) -> Result<bool, StoreError> {
    // A clause that no code satisfies: every match has one of its rare terms.
    let narrow = plan.rare_clause();
    let clauses = narrow.map_or(plan.clauses.as_slice(), std::slice::from_ref);
    let mut is_cut = false;
    for clause in clauses {
        let (places, more) = bucket
            .traces_with(&clause.rare, RARE_MAX)
            .map_err(StoreError::Corrupt)?;
        is_cut |= more;
        let in_range = places.into_iter().filter(|(last, _)| bounds.from <= *last);
        queue.extend(in_range.map(|(last, id)| (last, Reverse(id), None)));
    }
    Ok(is_cut)
}

/// Walks one bucket's index page by page.
struct Cursor<'a> {
    bucket: &'a Bucket,
    plan: &'a Plan,
    search: IndexSearch,
    offset: usize,
    page: usize,
    /// Candidates of this cursor that are in the queue.
    queued: usize,
    is_done: bool,
}

impl<'a> Cursor<'a> {
    const fn new(bucket: &'a Bucket, plan: &'a Plan, search: IndexSearch) -> Self {
        Self {
            bucket,
            plan,
            search,
            offset: 0,
            page: PAGE_FIRST,
            queued: 0,
            is_done: false,
        }
    }

    fn taken(
        &mut self,
        position: usize,
        scan: &mut Scan<'_>,
        queue: &mut Queue,
    ) -> Result<(), StoreError> {
        self.queued -= 1;
        if self.queued == 0 {
            self.refill(position, scan, queue)?;
        }
        Ok(())
    }

    fn refill(
        &mut self,
        position: usize,
        scan: &mut Scan<'_>,
        queue: &mut Queue,
    ) -> Result<(), StoreError> {
        if self.is_done {
            return Ok(());
        }
        let candidates = match self.search.page(self.offset, self.page) {
            Ok(candidates) => candidates,
            Err(error) => {
                self.is_done = true;
                self.bucket.index.condemn(&error);
                return scan.bucket(self.bucket, self.plan, |last, id| {
                    queue.push((last, Reverse(id), None));
                });
            }
        };
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
