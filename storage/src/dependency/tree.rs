//! Zipkin's `SpanNode`: the spans of one trace as a tree, quirks included, because links are
//! counted by walking it. Nodes live in one list and name each other by position, so that neither
//! depth nor a cycle can hurt; what is looked up is found by halving sorted lists, so that no
//! choice of ids can hurt either.
use super::call::Place;
use super::merge::Part;
use crate::id::SpanId;

/// The tree of one trace, kept for the next one's use of its memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    /// Each id once, ascending, with the node that answers to it.
    nodes: Vec<(SpanId, Option<usize>)>,
    /// The shared halves by id, then place. Several servers may answer one id that a client made:
    /// the half of each is told apart by its place.
    halves: Vec<Half>,
    owners: Vec<Owner>,
    parents: Vec<Option<usize>>,
    /// The children of `n` are `children[first_child[n]..first_child[n + 1]]`.
    first_child: Vec<usize>,
    children: Vec<usize>,
    root: Option<usize>,
    breadth_first: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Half {
    id: SpanId,
    place: Place,
    position: usize,
}

/// Whom a node says it belongs to.
#[derive(Clone, Copy, Debug)]
enum Owner {
    /// Another node stands for it, or it is the root.
    Unlisted,
    /// It names no parent.
    Nobody,
    Id(SpanId),
    /// The server's half at this position.
    Half(usize),
}

impl Tree {
    /// Builds the tree of these parts, which are in the order of their ids.
    pub(super) fn build(&mut self, parts: &[Part]) {
        self.find_halves(parts);
        self.find_owners(parts);
        self.find_parents();
        self.walk(parts);
    }

    /// Positions of the nodes that hang on the root, level by level.
    pub(super) fn breadth_first(&self) -> &[usize] {
        &self.breadth_first
    }

    pub(super) fn parent(&self, position: usize) -> Option<usize> {
        self.parents[position]
    }

    pub(super) fn has_children(&self, position: usize) -> bool {
        self.first_child[position] < self.first_child[position + 1]
    }

    pub(super) fn is_root(&self, position: usize) -> bool {
        self.root == Some(position)
    }

    fn find_halves(&mut self, parts: &[Part]) {
        self.halves.clear();
        let shared = parts.iter().enumerate().filter(|(_, part)| part.shared);
        self.halves.extend(shared.map(|(position, part)| Half {
            id: part.id,
            place: part.place,
            position,
        }));
        self.halves.sort_unstable();
    }

    /// The server's half of an id that this place recorded; of equal ones the last.
    fn half(&self, id: SpanId, place: Place) -> Option<usize> {
        let end = self
            .halves
            .partition_point(|half| (half.id, half.place) <= (id, place));
        let half = self.halves[..end].last()?;
        (half.id == id && half.place == place).then_some(half.position)
    }

    fn find_owners(&mut self, parts: &[Part]) {
        self.nodes.clear();
        self.root = None;
        self.owners.clear();
        self.owners.resize(parts.len(), Owner::Unlisted);
        let mut start = 0;
        for group in parts.chunk_by(|left, right| left.id == right.id) {
            let node = self.find_owners_of_id(group, start);
            self.nodes.push((group[0].id, node));
            start += group.len();
        }
    }

    /// Returns which of the parts of one id answers to it.
    fn find_owners_of_id(&mut self, group: &[Part], start: usize) -> Option<usize> {
        let mut node = None;
        let mut own_halves = group.iter().filter(|part| !part.shared);
        let mut owner = own_halves.next_back().map(|last| match last.parent {
            Some(parent) => Owner::Id(parent),
            None => Owner::Nobody,
        });
        for (position, part) in (start..).zip(group) {
            if part.shared {
                if self.half(part.id, part.place) == Some(position) {
                    self.owners[position] = Owner::Id(part.id);
                }
                continue;
            }
            if let Some(parent) = part.parent {
                // A local child belongs to the server's half that its own host recorded.
                if let Some(half) = self.half(parent, part.place) {
                    owner = Some(Owner::Half(half));
                }
            } else if self.root.is_none() {
                self.root = Some(position);
                owner = None;
                continue;
            }
            node = Some(position);
        }
        if let (Some(node), Some(owner)) = (node, owner) {
            self.owners[node] = owner;
        }
        node
    }

    /// Who has no known parent belongs to the root, so that headless traces survive.
    fn find_parents(&mut self) {
        self.parents.clear();
        let (nodes, root) = (&self.nodes, self.root);
        self.parents.extend(self.owners.iter().map(|owner| {
            match owner {
                Owner::Unlisted => None,
                Owner::Nobody => root,
                Owner::Half(half) => Some(*half),
                Owner::Id(id) => nodes
                    .binary_search_by_key(id, |(id, _)| *id)
                    .ok()
                    .and_then(|found| nodes[found].1)
                    .or(root),
            }
        }));
    }

    fn walk(&mut self, parts: &[Part]) {
        let starts_of_two = |left: &usize, right: &usize| {
            let start = |position: usize| (parts[position].start.unwrap_or(0), position);
            start(*left).cmp(&start(*right))
        };
        self.first_child.clear();
        self.first_child.resize(parts.len() + 1, 0);
        for parent in self.parents.iter().flatten() {
            self.first_child[*parent] += 1;
        }
        let mut end = 0;
        for count in &mut self.first_child {
            end += *count;
            *count = end;
        }
        self.children.clear();
        self.children.resize(end, 0);
        // From the last child of each to its first.
        for (child, parent) in self.parents.iter().enumerate() {
            if let Some(parent) = *parent {
                self.first_child[parent] -= 1;
                self.children[self.first_child[parent]] = child;
            }
        }
        for siblings in self.first_child.windows(2) {
            self.children[siblings[0]..siblings[1]].sort_unstable_by(starts_of_two);
        }
        self.breadth_first.clear();
        self.breadth_first.extend(self.root);
        let headless = self.breadth_first.len();
        let orphans = self.owners.iter().zip(&self.parents).enumerate();
        self.breadth_first
            .extend(orphans.filter_map(|(position, (owner, parent))| {
                (parent.is_none() && !matches!(owner, Owner::Unlisted)).then_some(position)
            }));
        self.breadth_first[headless..].sort_unstable_by(starts_of_two);
        // A node has one parent, so a walk from the top meets each at most once; nodes of a cycle
        // hang on nothing and are not met.
        let mut met = 0;
        while met < self.breadth_first.len() {
            let node = self.breadth_first[met];
            let children = self.first_child[node]..self.first_child[node + 1];
            self.breadth_first
                .extend_from_slice(&self.children[children]);
            met += 1;
        }
    }
}
