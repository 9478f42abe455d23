//! Zipkin's `DependencyLinker`: the rules by which a tree of spans becomes calls.
use super::call::{Call, CallKind, CallSpan};
use super::merge::{Merged, Part};
use super::names::Names;
use super::tree::Tree;
use crate::span::Kind;

/// Traces beyond this many spans do not leave their memory to the next.
const SPANS_KEPT_MAX: usize = 16_384;

/// Finds the calls of one trace after the other, in the same memory.
#[derive(Clone, Debug, Default)]
pub struct Linker {
    merged: Merged,
    tree: Tree,
    /// The nearest ancestor with a kind of each part, kept from the parent's: looking upwards from
    /// each node would be quadratic in a deep trace.
    ancestors: Vec<Option<usize>>,
}

impl Linker {
    /// Calls `count` for each call that the spans of one trace show. The calls are a function of
    /// the set of spans: neither their order nor repetition matters.
    pub fn link(&mut self, spans: &[CallSpan], names: &Names, mut count: impl FnMut(&Call)) {
        if self.ancestors.len() > SPANS_KEPT_MAX {
            *self = Self::default();
        }
        self.merged.merge(spans, names);
        let parts = self.merged.parts.as_slice();
        self.tree.build(parts);
        self.ancestors.clear();
        self.ancestors.resize(parts.len(), None);
        for &position in self.tree.breadth_first() {
            let ancestor = self.tree.parent(position).and_then(|parent| {
                parts[parent]
                    .kind
                    .map(|_| parent)
                    .or(self.ancestors[parent])
            });
            self.ancestors[position] = ancestor;
            let ancestor = ancestor.map(|ancestor| &parts[ancestor]);
            link_node(parts, &self.tree, position, ancestor, &mut count);
        }
    }

    /// Positions of the spans of the last trace, of equal ones the position of one.
    pub fn distinct(&self) -> &[usize] {
        &self.merged.distinct
    }
}

fn link_node(
    parts: &[Part],
    tree: &Tree,
    position: usize,
    ancestor: Option<&Part>,
    count: &mut impl FnMut(&Call),
) {
    let part = &parts[position];
    if part.kind == Some(Kind::Client) && tree.has_children(position) {
        // The server's own name is better than the one the client gave it.
        return;
    }
    let (local, remote) = (part.place.service, part.remote_service);
    let kind = match part.kind {
        Some(kind) => kind,
        None if local.is_some() && remote.is_some() => Kind::Client,
        None => return,
    };
    let called = matches!(kind, Kind::Server | Kind::Consumer);
    let (mut caller, callee) = if called {
        (remote, local)
    } else {
        (local, remote)
    };
    if called && tree.is_root(position) && caller.is_none() {
        return;
    }
    let mut failed = part.failed;
    // A broker stands between the two sides of a message: ancestors say nothing about it.
    let message = matches!(kind, Kind::Producer | Kind::Consumer);
    let ancestor = ancestor.filter(|_| !message);
    let client_half = ancestor.filter(|ancestor| is_client_half(ancestor, part));
    if let Some(ancestor) = ancestor
        && let Some(ancestor_service) = ancestor.place.service
    {
        if kind == Kind::Client
            && let Some(local) = local
            && local != ancestor_service
        {
            // The span of the server in between is missing.
            count(&Call {
                caller: ancestor_service,
                callee: local,
                kind: CallKind::Rpc,
                operation: client_half.and_then(|half| half.operation),
                failed: false,
                start: client_half.and_then(|half| half.start).or(part.start),
                duration: client_half.and_then(|half| half.duration),
            });
        }
        if kind == Kind::Server || caller.is_none() {
            caller = Some(ancestor_service);
        }
        // The client's half was skipped: what it says of failure belongs to this link.
        if ancestor.kind == Some(Kind::Client) && part.parent == Some(ancestor.id) {
            failed |= ancestor.failed;
        }
    }
    if let (Some(caller), Some(callee)) = (caller, callee) {
        let half = client_half.filter(|_| called);
        count(&Call {
            caller,
            callee,
            kind: call_kind(part),
            operation: part.operation,
            failed,
            start: half.and_then(|half| half.start).or(part.start),
            duration: half.and_then(|half| half.duration).or(part.duration),
        });
    }
}

/// Is the ancestor what the caller recorded of the call that the part answers?
fn is_client_half(ancestor: &Part, part: &Part) -> bool {
    ancestor.kind == Some(Kind::Client)
        && (part.parent == Some(ancestor.id) || (part.shared && part.id == ancestor.id))
}

const fn call_kind(part: &Part) -> CallKind {
    match part.kind {
        Some(Kind::Producer | Kind::Consumer) => CallKind::Messaging,
        Some(Kind::Client) if part.database => CallKind::Database,
        Some(_) => CallKind::Rpc,
        None => CallKind::Other,
    }
}
