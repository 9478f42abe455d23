//! Traces as they are told: what logs say of their spans is among the spans' events.
use storage::id::TraceId;
use storage::log;
use storage::query::{Place, TraceQuery};
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

/// As [`find`], for many traces of which little is told: no more than a page of them is in memory at
/// once. Calls `visit` with the traces, newest first, at most `question.limit`; answers whether there
/// are more, or not all could be looked at.
pub(super) async fn visit(
    store: &dyn Store,
    question: &TraceQuery,
    mut visit: impl FnMut(&Trace) + Send,
) -> Result<bool, StoreError> {
    let mut page = question.clone();
    let mut left = question.limit;
    loop {
        let wanted = left.min(PAGE);
        // One more tells whether there are more.
        page.limit = wanted + 1;
        let found = find(store, &page).await?;
        let has_more = found.traces.len() > wanted;
        found.traces.iter().take(wanted).for_each(&mut visit);
        left -= wanted;
        if found.truncated || !has_more || left == 0 {
            return Ok(found.truncated || has_more);
        }
        page.after = found.traces.get(wanted - 1).map(Place::of);
    }
}

/// Traces that are read at once.
const PAGE: usize = 100;
