//! The simplest store: a list of spans in memory. The oracle of the test battery, and
//! `--storage memory`. Every question walks all spans.
use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::batch::SpanBatch;
use crate::dependency::Names;
use crate::id::TraceId;
use crate::query::{NameQuery, Place, TimeRange, TraceQuery};
use crate::rollup::{
    self, Answer, Counts, PeerSearch, Peers, PeersQuery, Rollup, RollupQuery, Tally,
};
use crate::semconv;
use crate::span::Span;
use crate::store::{Dependencies, Found, Store, StoreError, StoreStatus};
use crate::tags;
use crate::trace::Trace;

/// The most spans that are kept: as many as Zipkin's own memory store (`MEM_MAX_SPANS`).
pub const SPANS_KEPT_MAX: usize = 500_000;

pub struct MemoryStore {
    spans: Mutex<Vec<Span>>,
    spans_max: usize,
    written: AtomicU64,
    commits: AtomicU64,
    /// What the spans counted to when it was last asked for.
    counted: Mutex<Option<Arc<Counted>>>,
}

struct Counted {
    /// The commit whose spans were the last.
    commits: u64,
    names: Names,
    rollup: Rollup,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with_room_for(SPANS_KEPT_MAX)
    }
}

impl MemoryStore {
    pub fn new() -> Self {
        Self::default()
    }

    /// Of more spans than `spans_max` the traces that came first go.
    pub fn with_room_for(spans_max: usize) -> Self {
        Self {
            spans: Mutex::default(),
            spans_max,
            written: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            counted: Mutex::default(),
        }
    }

    /// Asked for with every trace that is shown: counted anew only after a write.
    fn counted(&self) -> Arc<Counted> {
        let mut counted = (self.counted.lock()).unwrap_or_else(PoisonError::into_inner);
        let spans = self.spans();
        let commits = self.commits.load(Ordering::Relaxed);
        if let Some(known) = counted.as_ref().filter(|known| known.commits == commits) {
            return Arc::clone(known);
        }
        let mut names = Names::default();
        let rollup = rollup::counted_in(spans.iter(), &mut names);
        let new = Counted {
            commits,
            names,
            rollup,
        };
        Arc::clone(counted.insert(Arc::new(new)))
    }

    fn spans(&self) -> MutexGuard<'_, Vec<Span>> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all_traces(&self) -> Vec<Trace> {
        Trace::group(self.spans().iter().cloned())
    }

    /// The traces with such a span, or log of one: what is asked often must not copy all that is
    /// kept.
    fn traces_with(&self, is_such: impl Fn(&Span) -> bool) -> Vec<Trace> {
        let spans = self.spans();
        let such = spans.iter().filter(|span| is_such(span));
        let ids: HashSet<TraceId> = such.map(|span| span.trace_id).collect();
        if ids.is_empty() {
            return Vec::new();
        }
        let asked = spans.iter().filter(|span| ids.contains(&span.trace_id));
        Trace::group(asked.cloned())
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn write(&self, batch: SpanBatch) -> Result<(), StoreError> {
        let new = batch
            .to_spans()
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let mut spans = self.spans();
        self.written.fetch_add(new.len() as u64, Ordering::Relaxed);
        self.commits.fetch_add(1, Ordering::Relaxed);
        spans.extend(new);
        // Over the cap the oldest traces go, whole: half a trace would be worse than none.
        while spans.len() > self.spans_max {
            let oldest = spans[0].trace_id;
            spans.retain(|span| span.trace_id != oldest);
        }
        Ok(())
    }

    async fn traces(&self, ids: &[TraceId]) -> Result<Vec<Trace>, StoreError> {
        let spans = self.spans();
        Ok(ids
            .iter()
            .filter_map(|id| {
                Trace::group(spans.iter().filter(|span| span.trace_id == *id).cloned()).pop()
            })
            .collect())
    }

    async fn ids_alike(&self, ids: &[TraceId]) -> Result<Vec<TraceId>, StoreError> {
        let lows: HashSet<u64> = ids.iter().map(|id| id.low()).collect();
        let spans = self.spans();
        let kept = spans.iter().map(|span| span.trace_id);
        let alike: BTreeSet<TraceId> = kept.filter(|id| lows.contains(&id.low())).collect();
        Ok(alike.into_iter().collect())
    }

    async fn find(&self, query: &TraceQuery) -> Result<Found, StoreError> {
        let mut traces = if let Some(target) = query.links_to {
            self.traces_with(|span| span.links.iter().any(|link| target.is_of(link)))
        } else if let Some(wanted) = &query.correlation {
            self.traces_with(|span| wanted.carried(span).is_some())
        } else if let Some(id) = query.span_id {
            self.traces_with(|span| span.span_id == id)
        } else {
            self.all_traces()
        };
        traces.retain(|trace| query.matches(trace));
        sort_newest_first(&mut traces);
        traces.truncate(query.limit);
        Ok(Found {
            traces,
            truncated: false,
        })
    }

    async fn names(&self, query: &NameQuery) -> Result<Vec<String>, StoreError> {
        let all = self.spans();
        // Logs have no names of their own.
        let spans = || all.iter().filter(|span| !span.is_log());
        let recorded_by = |span: &&Span, service: &str| {
            span.service()
                .is_some_and(|own| own.to_lowercase() == service)
        };
        let names: Vec<String> = match query {
            NameQuery::Services => spans()
                .filter_map(Span::service)
                .map(str::to_lowercase)
                .collect(),
            NameQuery::SpanNames { service } => spans()
                .filter(|span| recorded_by(span, service))
                .filter_map(|span| span.name.as_deref().map(str::to_lowercase))
                .collect(),
            NameQuery::RemoteServices { service } => spans()
                .filter(|span| recorded_by(span, service))
                .filter_map(|span| semconv::remote_service(span).map(str::to_lowercase))
                .collect(),
            NameQuery::TagValues { key } => {
                let mut values = Vec::new();
                for span in spans() {
                    tags::visit(span, |own, value| {
                        if own == key {
                            values.push(value.into_owned());
                        }
                    });
                }
                values
            }
        };
        Ok(sorted_names(names))
    }

    async fn dependencies(&self, range: TimeRange) -> Result<Dependencies, StoreError> {
        Ok(Dependencies {
            links: rollup::dependencies_in(self.spans().iter(), range),
            truncated: false,
        })
    }

    async fn counts(&self, query: &RollupQuery) -> Result<Counts, StoreError> {
        let counted = self.counted();
        let mut tally = Tally::new(query, &counted.names);
        tally.merge(&counted.rollup);
        let mut answer = Answer::new(query);
        answer.add(tally, &counted.names);
        Ok(answer.counts())
    }

    async fn peers(&self, query: &PeersQuery) -> Result<Vec<Peers>, StoreError> {
        let counted = self.counted();
        let mut peers = vec![Peers::default(); query.groups.len()];
        PeerSearch::new(query, &counted.names).merge(&counted.rollup, &mut peers);
        Ok(peers)
    }

    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn status(&self) -> StoreStatus {
        StoreStatus {
            name: "MemoryStore",
            spans_written: self.written.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
            ..StoreStatus::default()
        }
    }

    async fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Newest first; equal times by id, so that the order is total.
pub fn sort_newest_first(traces: &mut [Trace]) {
    traces.sort_by_cached_key(|trace| std::cmp::Reverse(Place::of(trace)));
}

/// Sorts by UTF-16 code units, as Java's `String.compareTo`, and removes doubles.
pub fn sorted_names(mut names: Vec<String>) -> Vec<String> {
    names.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
    names.dedup();
    names
}
