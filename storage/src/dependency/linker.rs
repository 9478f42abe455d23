//! Zipkin's `DependencyLinker`: the rules by which a tree of spans becomes links.
use super::merge::Part;
use super::tree::Tree;
use crate::span::Kind;

/// Calls `count(parent, child, failed)` for each call that the tree shows.
pub(super) fn link(tree: &Tree<'_>, mut count: impl FnMut(&str, &str, bool)) {
    // The nearest ancestor with a kind, kept from the parent's: looking upwards from each node
    // would be quadratic in a deep trace.
    let mut remote_ancestors: Vec<Option<usize>> = vec![None; tree.len()];
    for &position in tree.breadth_first() {
        let ancestor = tree.parent(position).and_then(|parent| {
            tree.part(parent)
                .kind
                .map(|_| parent)
                .or(remote_ancestors[parent])
        });
        remote_ancestors[position] = ancestor;
        let ancestor = ancestor.map(|ancestor| tree.part(ancestor));
        link_node(tree, position, ancestor, &mut count);
    }
}

fn link_node(
    tree: &Tree<'_>,
    position: usize,
    ancestor: Option<&Part<'_>>,
    count: &mut impl FnMut(&str, &str, bool),
) {
    let part = tree.part(position);
    if part.kind == Some(Kind::Client) && tree.has_children(position) {
        // The server's own name is better than the one the client gave it.
        return;
    }
    let (local, remote) = (part.service(), part.remote_service.as_deref());
    let kind = match part.kind {
        Some(kind) => kind,
        None if local.is_some() && remote.is_some() => Kind::Client,
        None => return,
    };
    let called = matches!(kind, Kind::Server | Kind::Consumer);
    let (mut parent, child) = if called {
        (remote, local)
    } else {
        (local, remote)
    };
    if called && tree.is_root(position) && parent.is_none() {
        return;
    }
    let mut failed = part.failed;
    // A broker stands between the two sides of a message: ancestors say nothing about it.
    let message = matches!(kind, Kind::Producer | Kind::Consumer);
    if let Some(ancestor) = ancestor.filter(|_| !message)
        && let Some(ancestor_service) = ancestor.service()
    {
        if kind == Kind::Client
            && let Some(local) = local
            && local != ancestor_service
        {
            // The span of the server in between is missing.
            count(ancestor_service, local, false);
        }
        if kind == Kind::Server || parent.is_none() {
            parent = Some(ancestor_service);
        }
        // The client's half was skipped: what it says of failure belongs to this link.
        if ancestor.kind == Some(Kind::Client) && part.parent == Some(ancestor.id) {
            failed |= ancestor.failed;
        }
    }
    if let (Some(parent), Some(child)) = (parent, child) {
        count(parent, child, failed);
    }
}
