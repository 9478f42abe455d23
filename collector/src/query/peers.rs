//! What the store knows of calls that are comparable: with those of a trace's tree, with the roots of
//! a list of traces.
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use storage::rollup::{PeerGroup, PeersQuery, peer_hours};
use storage::store::Store;
use storage::trace::Trace;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout, timeout_at};

use super::Permit;
use super::answer::Body;
use crate::hops::peers::{Comparison, RootCall};
use crate::hops::summary::{Standing, Summary};
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

/// Tells where the roots stand. Those of traces that began in the same hour are asked for together,
/// each once; what the store cannot tell in time is left out.
pub(super) async fn compare_roots(summaries: &mut [Summary], store: &dyn Store) {
    let end = Instant::now() + TIME_MAX;
    let mut hours: BTreeMap<Reverse<u32>, Vec<usize>> = BTreeMap::new();
    for (position, summary) in summaries.iter().enumerate() {
        if let Some(root) = &summary.root_call {
            let (_, hour) = peer_hours(root.at);
            hours.entry(Reverse(hour)).or_default().push(position);
        }
    }
    for positions in hours.into_values() {
        let roots = |position: &usize| Some((*position, summaries[*position].root_call.clone()?));
        let roots: Vec<(usize, RootCall)> = positions.iter().filter_map(roots).collect();
        let Some((_, first)) = roots.first() else {
            continue;
        };
        let mut groups: Vec<PeerGroup> = Vec::new();
        let mut asked: HashMap<&PeerGroup, usize> = HashMap::new();
        for (_, root) in &roots {
            asked.entry(&root.group).or_insert_with(|| {
                groups.push(root.group.clone());
                groups.len() - 1
            });
        }
        let at = first.at;
        let question = PeersQuery { at, groups };
        let peers = match timeout_at(end, store.peers(&question)).await {
            Ok(Ok(peers)) => peers,
            Ok(Err(error)) => {
                tracing::warn!(%error, "traces are told without their roots' peers");
                return;
            }
            Err(_) => return,
        };
        for (position, root) in &roots {
            let peers = asked.get(&root.group).and_then(|group| peers.get(*group));
            let judged = peers.and_then(|peers| root.judge(peers));
            summaries[*position].standing = judged.map(|judged| Standing {
                percentile: judged.percentile,
                slower: judged.slower,
            });
        }
    }
}
