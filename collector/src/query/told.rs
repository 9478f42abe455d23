//! Traces as they are told: what logs say of their spans is among the spans' events.
use storage::id::TraceId;
use storage::log;
use storage::query::TraceQuery;
use storage::store::{Found, Store, StoreError};
use storage::trace::Trace;

/// As [`Store::traces`].
pub(super) async fn traces(store: &dyn Store, ids: &[TraceId]) -> Result<Vec<Trace>, StoreError> {
    let mut traces = store.traces(ids).await?;
    traces.iter_mut().for_each(log::fold);
    Ok(traces)
}

/// As [`Store::find`]. A trace that was found by what a log says may not look it.
pub(super) async fn find(store: &dyn Store, query: &TraceQuery) -> Result<Found, StoreError> {
    let mut found = store.find(query).await?;
    found.traces.iter_mut().for_each(log::fold);
    Ok(found)
}
