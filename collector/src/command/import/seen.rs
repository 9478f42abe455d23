//! The traces that were met lately, in bounded memory.
use std::collections::HashSet;

/// Remembers at least the last [`IDS_MAX`] ids, at most twice as many (36 MB): times are walked in
/// order, so that a trace's services and neighbouring slices ask for it soon or never.
#[derive(Default)]
pub(super) struct Seen {
    newer: HashSet<u128, foldhash::fast::RandomState>,
    older: HashSet<u128, foldhash::fast::RandomState>,
    /// Ids were forgotten: a trace may be met as new again.
    pub(super) has_forgotten: bool,
}

impl Seen {
    pub(super) fn contains(&self, id: u128) -> bool {
        self.newer.contains(&id) || self.older.contains(&id)
    }

    /// Says whether the id was not known.
    pub(super) fn insert(&mut self, id: u128) -> bool {
        if self.contains(id) {
            return false;
        }
        if self.newer.len() >= IDS_MAX {
            self.has_forgotten |= !self.older.is_empty();
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(id)
    }
}

const IDS_MAX: usize = 500_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_known_and_the_oldest_forgotten() {
        let mut seen = Seen::default();
        let count = 3 * IDS_MAX as u128;
        for id in 0..count {
            assert!(seen.insert(id));
            assert!(!seen.insert(id));
            assert!(seen.contains(id.saturating_sub(IDS_MAX as u128 - 1)));
        }
        assert!(seen.has_forgotten && !seen.contains(0));
        assert!(seen.newer.len() + seen.older.len() <= 2 * IDS_MAX);
    }
}
