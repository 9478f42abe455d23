//! What is read of other traces for the answer about one: who links to it, and what its consumers
//! link to. A few traces and a short time; what was not reached is told as cut, or without names.
use std::time::Duration;

use storage::query::{LinkTarget, TimeRange, TraceQuery};
use storage::store::{Store, StoreError};
use storage::trace::Trace;
use tokio::time::{Instant, timeout_at};

use crate::hops::Across;
use crate::hops::across::LINKING_TRACES_MAX;

/// An answer about a trace must not wait for a search that is slow, as it is while an index is
/// built anew.
const TIME_MAX: Duration = Duration::from_millis(500);

/// `is_loose` if ids that agree in the low half are one.
pub(super) async fn read(
    store: &dyn Store,
    trace: &Trace,
    is_loose: bool,
) -> Result<Across, StoreError> {
    let mut across = Across::default();
    let end = Instant::now() + TIME_MAX;
    let target = LinkTarget {
        trace_id: trace.id,
        by_low_half: is_loose,
    };
    let question = TraceQuery {
        links_to: Some(target),
        // One more tells whether there are more, and the trace may link to itself.
        ..TraceQuery::all(TimeRange::ALL, LINKING_TRACES_MAX + 2)
    };
    match timeout_at(end, store.find(&question)).await {
        Ok(found) => {
            let found = found?;
            across.add_linking(target, &found.traces, found.truncated);
        }
        Err(_) => across.add_linking(target, &[], true),
    }
    // One after the other: only what is wanted of each is kept.
    for id in Across::targets(trace) {
        let Ok(read) = timeout_at(end, store.traces(&[id])).await else {
            break;
        };
        if let Some(other) = read?.first() {
            across.add_target(trace, id, other);
        }
    }
    Ok(across)
}
