//! Zipkin's `SpanNode`: the spans of one trace as a tree, quirks included, because links are
//! counted by walking it. Nodes live in one list and name each other by position, so that neither
//! depth nor a cycle can hurt.
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::merge::{Part, Place};
use crate::id::SpanId;

pub(super) struct Tree<'a> {
    parts: Vec<Part<'a>>,
    parents: Vec<Option<usize>>,
    has_children: Vec<bool>,
    root: Option<usize>,
    breadth_first: Vec<usize>,
}

impl<'a> Tree<'a> {
    pub(super) fn build(parts: Vec<Part<'a>>) -> Self {
        let mut index = Index::default();
        for part in &parts {
            let (key, parent) = if part.shared {
                (
                    Key::Shared(part.id, part.local.as_ref()),
                    Some(Key::Id(part.id)),
                )
            } else {
                (Key::Id(part.id), part.parent.map(Key::Id))
            };
            index.put(key, parent);
        }
        let mut nodes: HashMap<Key<'_>, usize> = HashMap::with_capacity(parts.len());
        let mut root = None;
        for (position, part) in parts.iter().enumerate() {
            if part.shared {
                nodes.insert(Key::Shared(part.id, part.local.as_ref()), position);
                nodes.insert(Key::Shared(part.id, None), position);
                continue;
            }
            if let Some(parent) = part.parent {
                // A local child belongs to the server's half that its own host recorded.
                let half = Key::Shared(parent, part.local.as_ref());
                if index.contains(&half) {
                    index.put(Key::Id(part.id), Some(half));
                }
            } else if root.is_none() {
                root = Some(position);
                index.remove(&Key::Id(part.id));
                continue;
            }
            nodes.insert(Key::Id(part.id), position);
        }
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); parts.len()];
        let mut parents = vec![None; parts.len()];
        let mut headless = Vec::new();
        for (key, parent_key) in index.entries() {
            let Some(child) = nodes.get(&key).copied() else {
                continue;
            };
            // Who has no known parent belongs to the root, so that headless traces survive.
            let known = parent_key.and_then(|parent_key| nodes.get(&parent_key).copied());
            match known.or(root) {
                Some(parent) => {
                    parents[child] = Some(parent);
                    children[parent].push(child);
                }
                None => headless.push(child),
            }
        }
        let by_start = |position: &usize| parts[*position].start.unwrap_or(0);
        headless.sort_by_key(by_start);
        for siblings in &mut children {
            siblings.sort_by_key(by_start);
        }
        // A node has one parent, so a walk from the top meets each at most once; nodes of a cycle
        // hang on nothing and are not met.
        let mut breadth_first: Vec<usize> = root.into_iter().chain(headless).collect();
        let mut met = 0;
        while met < breadth_first.len() {
            breadth_first.extend_from_slice(&children[breadth_first[met]]);
            met += 1;
        }
        let has_children = children
            .iter()
            .map(|siblings| !siblings.is_empty())
            .collect();
        Self {
            parents,
            has_children,
            root,
            breadth_first,
            parts,
        }
    }

    /// Positions of the nodes that hang on the root, level by level.
    pub(super) fn breadth_first(&self) -> &[usize] {
        &self.breadth_first
    }

    pub(super) fn part(&self, position: usize) -> &Part<'a> {
        &self.parts[position]
    }

    pub(super) fn parent(&self, position: usize) -> Option<usize> {
        self.parents[position]
    }

    pub(super) fn has_children(&self, position: usize) -> bool {
        self.has_children[position]
    }

    pub(super) fn is_root(&self, position: usize) -> bool {
        self.root == Some(position)
    }

    pub(super) const fn len(&self) -> usize {
        self.parts.len()
    }
}

/// What a span is found by. Several servers may answer one id that a client made: the half of each
/// is told apart by its endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key<'p> {
    Id(SpanId),
    Shared(SpanId, Option<&'p Place<'p>>),
}

/// Each key's parent, in order of first appearance (Java's `LinkedHashMap`): it decides the order
/// of children that start together.
#[derive(Default)]
struct Index<'p> {
    positions: HashMap<Key<'p>, usize>,
    entries: Vec<Option<(Key<'p>, Option<Key<'p>>)>>,
}

impl<'p> Index<'p> {
    fn put(&mut self, key: Key<'p>, parent: Option<Key<'p>>) {
        match self.positions.entry(key) {
            Entry::Occupied(position) => self.entries[*position.get()] = Some((key, parent)),
            Entry::Vacant(vacant) => {
                vacant.insert(self.entries.len());
                self.entries.push(Some((key, parent)));
            }
        }
    }

    fn contains(&self, key: &Key<'p>) -> bool {
        self.positions.contains_key(key)
    }

    fn remove(&mut self, key: &Key<'p>) {
        if let Some(position) = self.positions.remove(key) {
            self.entries[position] = None;
        }
    }

    fn entries(&self) -> impl Iterator<Item = (Key<'p>, Option<Key<'p>>)> {
        self.entries.iter().flatten().copied()
    }
}
