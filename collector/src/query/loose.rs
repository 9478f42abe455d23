//! Traces whose ids agree in the low half are one (Zipkin's `STRICT_TRACE_ID=false`): what is asked
//! where some hosts know only 64 bits of an id of 128. A store around the store, for questions only.
use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use storage::batch::SpanBatch;
use storage::id::TraceId;
use storage::memory::sort_newest_first;
use storage::query::{NameQuery, TimeRange, TraceQuery};
use storage::rollup::{Counts, Peers, PeersQuery, RollupQuery};
use storage::store::{Dependencies, Found, Store, StoreError, StoreStatus};
use storage::trace::{SPANS_READ_MAX, Trace};

/// How often a search asks for twice as many traces, when too many of them were one.
const ROUNDS_MAX: usize = 6;

pub(super) struct LooseStore(pub(super) Arc<dyn Store>);

impl LooseStore {
    /// The traces with these low halves, in the order asked, each of all its parts. Spans keep the
    /// ids that they were reported with.
    async fn joined(&self, ids: &[TraceId]) -> Result<Vec<Trace>, StoreError> {
        let alike = self.0.ids_alike(ids).await?;
        let mut parts: HashMap<u64, Vec<Trace>> = HashMap::new();
        for part in self.0.traces(&alike).await? {
            parts.entry(part.id.low()).or_default().push(part);
        }
        // What is taken is gone: an id in both its forms is one trace.
        let joined = ids.iter().filter_map(|id| parts.remove(&id.low()));
        Ok(joined.filter_map(join).collect())
    }
}

/// One trace of its parts, under the id of 128 bits if there is one.
fn join(mut parts: Vec<Trace>) -> Option<Trace> {
    parts.sort_by_key(|part| part.id);
    let id = parts.last()?.id;
    let mut truncated = parts.iter().any(|part| part.truncated);
    let (mut spans, mut logs) = (Vec::new(), Vec::new());
    for part in parts {
        spans.extend(part.spans);
        logs.extend(part.logs);
    }
    truncated |= spans.len().max(logs.len()) > SPANS_READ_MAX;
    spans.truncate(SPANS_READ_MAX);
    logs.truncate(SPANS_READ_MAX);
    Some(Trace {
        id,
        spans,
        logs,
        truncated,
    })
}

#[async_trait]
impl Store for LooseStore {
    fn has_room(&self, bytes: usize) -> Result<(), StoreError> {
        self.0.has_room(bytes)
    }

    async fn write(&self, batch: SpanBatch) -> Result<(), StoreError> {
        self.0.write(batch).await
    }

    /// Other than the trait has it, not only the traces with exactly these ids.
    async fn traces(&self, ids: &[TraceId]) -> Result<Vec<Trace>, StoreError> {
        self.joined(ids).await
    }

    async fn ids_alike(&self, ids: &[TraceId]) -> Result<Vec<TraceId>, StoreError> {
        self.0.ids_alike(ids).await
    }

    /// Traces of which a part matches, and which match when they are whole.
    async fn find(&self, query: &TraceQuery) -> Result<Found, StoreError> {
        let mut query = query.clone();
        if let Some(target) = &mut query.links_to {
            target.by_low_half = true;
        }
        let mut wider = query.clone();
        // No part is as long as the whole.
        wider.whole_min = None;
        let mut rounds_left = ROUNDS_MAX;
        loop {
            let found = self.0.find(&wider).await?;
            let ids: Vec<TraceId> = found.traces.iter().map(|trace| trace.id).collect();
            let mut traces = self.joined(&ids).await?;
            traces.retain(|trace| query.matches(trace));
            let misses_some = found.traces.len() >= wider.limit && traces.len() < query.limit;
            rounds_left -= 1;
            if misses_some && rounds_left > 0 {
                wider.limit = wider.limit.saturating_mul(2);
                continue;
            }
            sort_newest_first(&mut traces);
            traces.truncate(query.limit);
            let truncated = found.truncated || misses_some;
            return Ok(Found { traces, truncated });
        }
    }

    async fn names(&self, query: &NameQuery) -> Result<Vec<String>, StoreError> {
        self.0.names(query).await
    }

    async fn dependencies(&self, range: TimeRange) -> Result<Dependencies, StoreError> {
        self.0.dependencies(range).await
    }

    async fn counts(&self, query: &RollupQuery) -> Result<Counts, StoreError> {
        self.0.counts(query).await
    }

    async fn peers(&self, query: &PeersQuery) -> Result<Vec<Peers>, StoreError> {
        self.0.peers(query).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.0.check().await
    }

    fn status(&self) -> StoreStatus {
        self.0.status()
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.0.close().await
    }
}
