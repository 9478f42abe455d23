//! A trace's tree with what the store knows of comparable calls.
use std::sync::Arc;
use std::time::Duration;

use storage::store::Store;
use storage::trace::Trace;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::Permit;
use super::answer::Body;
use crate::hops::peers::Comparison;
use crate::hops::{Across, CallTree, Skew};
use crate::json_out::{Gone, Spill};

/// An answer about a trace does not wait for a store that takes long: it leaves the peers out.
const TIME_MAX: Duration = Duration::from_millis(200);

/// Writes a trace as a tree that knows its peers, where a store has some. A large one is built and written on a thread of
/// its own.
pub(super) async fn body(
    (trace, across): (Trace, Across),
    skew: Skew,
    store: Option<Arc<dyn Store>>,
    permit: Permit,
    write: impl Fn(&CallTree<'_>, &mut Vec<u8>, &mut Spill<'_>) -> Result<(), Gone> + Send + 'static,
) -> Body {
    if Body::is_large(&trace) {
        let runtime = Handle::current();
        return Body::of_trace(trace, permit, move |trace, out, spill| {
            let mut tree = CallTree::build_across(trace, skew, &across);
            if let Some(store) = store {
                runtime.block_on(compare(&mut tree, &*store));
            }
            write(&tree, out, spill)
        });
    }
    let mut out = Body::room_for(&trace);
    let mut tree = CallTree::build_across(&trace, skew, &across);
    if let Some(store) = store {
        compare(&mut tree, &*store).await;
    }
    // Nobody takes anything, so nobody can go.
    let _ = write(&tree, &mut out, &mut |_| Ok(()));
    Body::Whole(out)
}

/// Fills in the peers. The trace is told without them where the store cannot tell.
pub(super) async fn compare(tree: &mut CallTree<'_>, store: &dyn Store) {
    let comparison = Comparison::of(tree);
    let Some(question) = comparison.question() else {
        return;
    };
    match timeout(TIME_MAX, store.peers(&question)).await {
        Ok(Ok(peers)) => tree.peers = comparison.judge(&peers),
        Ok(Err(error)) => tracing::warn!(%error, "hops are told without their peers"),
        Err(_) => {}
    }
}
