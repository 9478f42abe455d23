//! Groups for a terminal: of calls that come again and again the first and those that failed stand
//! for all.
use std::fmt::Write as _;

use super::groups::{GroupKind, subtree_ends};
use super::text::{clean, duration};
use super::{CallTree, Group, Note};

/// What is left out of a tree, and what is said instead.
pub(super) struct Folding {
    /// For each hop: is it left out?
    pub hidden: Vec<bool>,
}

impl Folding {
    pub(super) fn of(tree: &CallTree<'_>) -> Self {
        let mut hidden = vec![false; tree.hops.len()];
        if tree.groups.is_empty() {
            return Self { hidden };
        }
        let ends = subtree_ends(&tree.hops);
        // How many hops failed before each.
        let mut failed = vec![0_usize];
        for hop in &tree.hops {
            failed.push(failed[failed.len() - 1] + usize::from(hop.error));
        }
        let folded = tree.groups.iter().filter(|group| group.is_loop());
        for hop in folded.flat_map(|group| group.hops.iter().skip(1)) {
            let is_again = tree.hops[*hop].notes.contains(Note::Hedged);
            if failed[ends[*hop]] == failed[*hop] && !is_again && !hidden[*hop] {
                hidden[*hop..ends[*hop]].fill(true);
            }
        }
        Self { hidden }
    }
}

impl Group<'_> {
    const fn is_loop(&self) -> bool {
        matches!(
            self.kind,
            GroupKind::NPlusOne | GroupKind::FanOut | GroupKind::Repeat
        )
    }
}

/// What the line of a hop says of the groups that it is the first of.
pub(super) fn remark(tree: &CallTree<'_>, index: usize) -> String {
    let mut text = String::new();
    let own = tree.hops[index].group.map(|group| &tree.groups[group]);
    let outer = own.and_then(|group| group.within.map(|within| &tree.groups[within]));
    for group in [own, outer].into_iter().flatten() {
        if group.hops[0] != index {
            continue;
        }
        let _ = write!(
            text,
            "  ×{} {}, {} from first to last",
            group.hops.len(),
            group.kind.text(),
            duration(group.duration)
        );
        if group.error_count > 0 {
            let _ = write!(text, ", {} failed", group.error_count);
        }
    }
    if let Some(named) = tree.hops[index].via {
        let _ = write!(text, "  via {}", clean(named));
    }
    text
}
