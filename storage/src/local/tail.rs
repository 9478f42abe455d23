//! What was acknowledged lately and is not arranged in rows and index yet: chunks of encoded spans
//! by trace, with the words under which they are found. It makes every acknowledged span readable
//! and findable at once, so that index commits can be few and large.
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use foldhash::quality::RandomState;

use crate::id::TraceId;
use crate::local::bucket::Bucket;
use crate::local::code::Words;
use crate::local::plan::Plans;
use crate::query::TimeRange;

#[derive(Default)]
pub(super) struct Tail {
    inner: Mutex<Inner>,
    /// Bytes of all that is here. Beside the lock, since every request asks whether there is room.
    bytes: AtomicUsize,
}

#[derive(Default)]
struct Inner {
    traces: HashMap<TailKey, TailTrace, RandomState>,
    /// How many of them each bucket has.
    by_bucket: BTreeMap<u64, usize>,
    /// Every commit group below this has come here.
    next_sequence: u64,
}

/// A trace whose spans arrive on both sides of a bucket's end has a part in each bucket.
type TailKey = (u64, TraceId);

struct TailTrace {
    bucket: Arc<Bucket>,
    chunks: Vec<TailChunk>,
    /// Shared with a window that is being closed; copied only if spans come meanwhile.
    words: Arc<Words>,
    times: Times,
    /// When the first and the last chunk came, in milliseconds since the epoch.
    first_ms: u64,
    last_ms: u64,
    /// Rows of this trace may exist already: these chunks alone would not have all its words.
    may_have_rows: bool,
}

#[derive(Clone)]
pub(super) struct TailChunk {
    pub(super) sequence: u64,
    /// A part of the commit group's record.
    pub(super) bytes: Bytes,
}

/// What a search needs to know of the times in some chunks: microseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    /// Earliest start; `u64::MAX` when no span has one.
    pub(super) first: u64,
    /// Latest start; 0 when no span has one.
    pub(super) last: u64,
    /// Longest duration.
    pub(super) longest: u64,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            first: u64::MAX,
            last: 0,
            longest: 0,
        }
    }
}

impl Times {
    pub(super) fn add(&mut self, start: Option<u64>, duration: Option<i64>) {
        if let Some(start) = start {
            self.first = self.first.min(start / 1_000);
            self.last = self.last.max(start / 1_000);
        }
        self.longest = self
            .longest
            .max(duration.unwrap_or(0).max(0) as u64 / 1_000);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.longest = self.longest.max(other.longest);
    }
}

/// What a search asks of the times of a document, in microseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeBounds {
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) longest_min: u64,
}

impl TimeBounds {
    /// Documents with a span that starts in the range, and perhaps a few more.
    pub(super) const fn of(range: TimeRange) -> Self {
        Self {
            from: range.from_ms.saturating_mul(1_000),
            to: range.to_ms.saturating_mul(1_000).saturating_add(999),
            longest_min: 0,
        }
    }

    /// Are all times admitted?
    pub(super) const fn is_open(&self) -> bool {
        self.from == 0 && self.to == u64::MAX && self.longest_min == 0
    }

    pub(super) const fn admits(&self, times: Times) -> bool {
        times.first <= self.to && self.from <= times.last && self.longest_min <= times.longest
    }
}

/// Spans of one trace and one commit group on their way into the tail.
pub(super) struct NewChunk {
    pub(super) trace_id: TraceId,
    pub(super) bytes: Bytes,
    pub(super) times: Times,
    pub(super) words: Words,
}

/// A part of the tail that is to become rows: what was there when the window closed.
pub(super) struct Closing {
    pub(super) trace_id: TraceId,
    pub(super) bucket: Arc<Bucket>,
    pub(super) chunks: Vec<TailChunk>,
    pub(super) words: Arc<Words>,
    pub(super) times: Times,
    pub(super) may_have_rows: bool,
}

impl Inner {
    fn leave(&mut self, start_ms: u64) {
        if let Entry::Occupied(mut count) = self.by_bucket.entry(start_ms) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

impl Tail {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Acquire)
    }

    /// The first commit group that will come has this number: all before it were here already.
    pub(super) fn begin_at(&self, sequence: u64) {
        self.inner().next_sequence = sequence;
    }

    /// Adds a commit group. `may_have_rows` is asked once for a trace that is new here.
    pub(super) fn add(
        &self,
        bucket: &Arc<Bucket>,
        now_ms: u64,
        sequence: u64,
        chunks: Vec<NewChunk>,
        may_have_rows: impl Fn(TraceId) -> bool,
    ) {
        let mut inner = self.inner();
        let inner = &mut *inner;
        // What waits for another bucket becomes rows before this does.
        let others_wait = inner
            .by_bucket
            .keys()
            .any(|other| *other != bucket.start_ms);
        let mut came = 0_usize;
        for chunk in chunks {
            let key = (bucket.start_ms, chunk.trace_id);
            let trace = inner.traces.entry(key).or_insert_with(|| {
                *inner.by_bucket.entry(bucket.start_ms).or_default() += 1;
                TailTrace {
                    bucket: Arc::clone(bucket),
                    chunks: Vec::new(),
                    words: Arc::default(),
                    times: Times::default(),
                    first_ms: now_ms,
                    last_ms: now_ms,
                    may_have_rows: others_wait || may_have_rows(chunk.trace_id),
                }
            });
            let before = trace.words.bytes_held();
            let words = Arc::make_mut(&mut trace.words);
            if words.is_empty() {
                *words = chunk.words;
            } else {
                words.extend(&chunk.words);
            }
            // Words that were shared are copied, and a copy has no spare capacity: fewer bytes.
            let held = chunk.bytes.len() + trace.words.bytes_held();
            came = came.wrapping_add(held).wrapping_sub(before);
            trace.times.merge(chunk.times);
            trace.last_ms = now_ms;
            trace.chunks.push(TailChunk {
                sequence,
                bytes: chunk.bytes,
            });
        }
        self.bytes.fetch_add(came, Ordering::AcqRel);
        inner.next_sequence = sequence + 1;
    }

    /// The chunks of a trace, with the buckets whose dictionaries they use.
    pub(super) fn chunks(&self, id: TraceId, buckets: &[Arc<Bucket>]) -> Vec<(Arc<Bucket>, Bytes)> {
        let inner = self.inner();
        buckets
            .iter()
            .filter_map(|bucket| inner.traces.get(&(bucket.start_ms, id)))
            .flat_map(|trace| {
                trace
                    .chunks
                    .iter()
                    .map(|chunk| (Arc::clone(&trace.bucket), chunk.bytes.clone()))
            })
            .collect()
    }

    /// The traces whose ids agree with one of these low halves. Walks all that are here.
    pub(super) fn ids_alike(&self, lows: &HashSet<u64>) -> Vec<TraceId> {
        let inner = self.inner();
        let ids = inner.traces.keys().map(|(_, id)| *id);
        ids.filter(|id| lows.contains(&id.low())).collect()
    }

    /// Traces that may match, judged by their words; with the latest start in microseconds.
    /// `in_range` judges their times. `parts_suffice` if a trace matches only when the words of
    /// one of its parts admit it.
    pub(super) fn candidates(
        &self,
        plans: &Plans,
        parts_suffice: bool,
        in_range: impl Fn(Times) -> bool,
    ) -> Vec<(u64, TraceId)> {
        self.inner()
            .traces
            .iter()
            .filter(|((start_ms, _), trace)| {
                // With rows the rest of the words may be there: `matches` will tell.
                (trace.may_have_rows && !parts_suffice)
                    || (in_range(trace.times) && plans.admits(*start_ms, &trace.words))
            })
            .map(|((_, id), trace)| {
                // Spans among the rows may have started later than those here.
                let last = if trace.may_have_rows {
                    u64::MAX
                } else {
                    trace.times.last
                };
                (last, *id)
            })
            .collect()
    }

    /// Traces of which other parts may be rows, judged by nothing; with the latest start of the part
    /// that is here, in microseconds.
    pub(super) fn later_parts(&self) -> Vec<(u64, TraceId)> {
        let inner = self.inner();
        let parts = inner.traces.iter().filter(|(_, trace)| trace.may_have_rows);
        parts
            .map(|((_, id), trace)| (trace.times.last, *id))
            .collect()
    }

    /// Copies of the traces that have been quiet since `quiet_ms`, or have waited since `waited_ms`.
    /// They stay readable here until [`Self::remove`].
    pub(super) fn closing(&self, quiet_ms: u64, waited_ms: u64) -> Vec<Closing> {
        self.inner()
            .traces
            .iter()
            .filter(|(_, trace)| trace.last_ms <= quiet_ms || trace.first_ms <= waited_ms)
            .map(|((_, id), trace)| Closing {
                trace_id: *id,
                bucket: Arc::clone(&trace.bucket),
                chunks: trace.chunks.clone(),
                words: Arc::clone(&trace.words),
                times: trace.times,
                may_have_rows: trace.may_have_rows,
            })
            .collect()
    }

    /// Forgets what has become rows and index documents. Chunks that came meanwhile stay.
    pub(super) fn remove<'a>(&self, closed: impl Iterator<Item = &'a Closing>) {
        let mut inner = self.inner();
        let inner = &mut *inner;
        let mut gone = 0;
        for part in closed {
            let key = (part.bucket.start_ms, part.trace_id);
            let Some(trace) = inner.traces.get_mut(&key) else {
                continue;
            };
            let chunks = trace.chunks.drain(..part.chunks.len());
            gone += chunks.map(|chunk| chunk.bytes.len()).sum::<usize>();
            if trace.chunks.is_empty() {
                gone += trace.words.bytes_held();
                inner.traces.remove(&key);
                inner.leave(key.0);
            } else {
                trace.may_have_rows = true;
            }
        }
        if inner.traces.is_empty() {
            // Gives the table's memory back after a rush.
            inner.traces = HashMap::default();
            inner.by_bucket.clear();
        }
        self.bytes.fetch_sub(gone, Ordering::AcqRel);
    }

    /// Commit groups below this have nothing here any more: all their chunks became rows.
    pub(super) fn settled_below(&self) -> u64 {
        let inner = self.inner();
        inner
            .traces
            .values()
            .filter_map(|trace| trace.chunks.first())
            .map(|chunk| chunk.sequence)
            .min()
            .unwrap_or(inner.next_sequence)
    }

    pub(super) fn has_part_of(&self, bucket: &Bucket) -> bool {
        self.inner().by_bucket.contains_key(&bucket.start_ms)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.inner().traces.is_empty()
    }
}
