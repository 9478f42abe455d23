//! What is read of other traces for the answer about one: who links to it, and what its consumers
//! link to. A few traces and a short time; what was not reached is told as cut, or without names.
use std::time::Duration;

use storage::id::TraceId;
use storage::query::{LinkTarget, TimeRange, TraceQuery};
use storage::store::{Found, Store, StoreError};
use storage::trace::Trace;
use tokio::time::{Instant, timeout_at};

use super::place::Place;
use super::told;
use crate::hops::Across;
use crate::hops::across::LINKING_TRACES_MAX;

/// An answer about a trace must not wait for a search that is slow, as it is while an index is
/// built anew.
const TIME_MAX: Duration = Duration::from_millis(500);

/// Reads one trace and what is asked of others.
pub(super) struct Reader<'a> {
    store: &'a dyn Store,
    /// Ids that agree in the low half are one.
    is_loose: bool,
    /// Is it allowed to look for who links to a trace?
    search: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn of(place: &'a Place) -> Self {
        Self {
            store: &*place.store,
            is_loose: place.is_loose,
            search: place.search,
        }
    }
}

impl Reader<'_> {
    /// # Errors
    /// When the store cannot answer; that others take too long is none.
    pub(super) async fn read(&self, id: TraceId) -> Result<Option<(Trace, Across)>, StoreError> {
        let end = Instant::now() + TIME_MAX;
        let ids = [id];
        let (traces, linking) = tokio::join!(told::traces(self.store, &ids), self.linking(id, end));
        let linking = linking?;
        let Some(trace) = traces?.into_iter().next() else {
            return Ok(None);
        };
        let mut across = Across::default();
        if let Some(found) = linking {
            across.add_linking(self.target(trace.id), &found.traces, found.truncated);
        }
        // One after the other: only what is wanted of each is kept.
        for id in Across::targets(&trace) {
            let Ok(read) = timeout_at(end, self.store.traces(&[id])).await else {
                break;
            };
            if let Some(other) = read?.first() {
                across.add_target(&trace, id, other);
            }
        }
        Ok(Some((trace, across)))
    }

    async fn linking(&self, id: TraceId, end: Instant) -> Result<Option<Found>, StoreError> {
        if !self.search {
            return Ok(None);
        }
        let question = TraceQuery {
            links_to: Some(self.target(id)),
            // One more tells whether there are more, and the trace may link to itself.
            ..TraceQuery::all(TimeRange::ALL, LINKING_TRACES_MAX + 2)
        };
        match timeout_at(end, self.store.find(&question)).await {
            Ok(found) => found.map(Some),
            Err(_) => Ok(Some(Found {
                truncated: true,
                ..Found::default()
            })),
        }
    }

    const fn target(&self, trace_id: TraceId) -> LinkTarget {
        LinkTarget {
            trace_id,
            by_low_half: self.is_loose,
        }
    }
}
