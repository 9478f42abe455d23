//! Codes: what an index document and the tail know of a trace. A code names an entry of the
//! bucket's dictionary that stands for many terms at once, so that a span costs a few small
//! numbers where its terms would be dozens of words.

/// A kind in the highest byte, a number below it. Kinds are never reused: indexes hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Code(u64);

impl Code {
    /// Some span failed.
    pub(super) const ERROR: Self = Self(5 << 56);

    pub(super) const fn class(id: u32) -> Self {
        Self(1 << 56 | id as u64)
    }

    pub(super) const fn source(id: u32) -> Self {
        Self(2 << 56 | id as u64)
    }

    /// All sources with one service, by the number of the first of them.
    pub(super) const fn service(source: u32) -> Self {
        Self(3 << 56 | source as u64)
    }

    /// A value of a key that has few.
    pub(super) const fn value(slot: u32, index: u32) -> Self {
        Self(4 << 56 | (slot as u64) << 32 | index as u64)
    }

    pub(super) const fn number(self) -> u64 {
        self.0
    }
}

/// What is known of a trace, or of a part of it: codes, and hashes of terms that have no code
/// (values that are nearly unique).
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    pub(super) codes: Vec<Code>,
    pub(super) rare: Vec<u64>,
    /// Full lists are tidy, and nothing is added to them: to look through one again for each of a
    /// hostile trace's words would be slow.
    codes_full: bool,
    rare_full: bool,
    /// Words that were not kept because one trace had too many.
    refused: u64,
}

/// The most words of one trace in one window; a hostile trace may not fill the index.
const WORDS_MAX: usize = 200_000;

impl Words {
    pub(super) fn add_code(&mut self, code: Code) {
        if !self.codes_full && self.codes.len() >= WORDS_MAX {
            self.tidy();
            self.codes_full = self.codes.len() >= WORDS_MAX / 2;
        }
        if !self.codes_full {
            self.codes.push(code);
        } else if self.codes.binary_search(&code).is_err() {
            self.refused += 1;
        }
    }

    pub(super) fn add_rare(&mut self, term: u64) {
        if !self.rare_full && self.rare.len() >= WORDS_MAX {
            self.tidy();
            self.rare_full = self.rare.len() >= WORDS_MAX / 2;
        }
        if !self.rare_full {
            self.rare.push(term);
        } else if self.rare.binary_search(&term).is_err() {
            self.refused += 1;
        }
    }

    pub(super) fn extend(&mut self, other: &Self) {
        other.codes.iter().for_each(|code| self.add_code(*code));
        other.rare.iter().for_each(|term| self.add_rare(*term));
    }

    pub(super) fn clear(&mut self) {
        self.codes.clear();
        self.rare.clear();
        (self.codes_full, self.rare_full) = (false, false);
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.codes.is_empty() && self.rare.is_empty()
    }

    /// Sorts, and forgets repetitions.
    pub(super) fn tidy(&mut self) {
        self.codes.sort_unstable();
        self.codes.dedup();
        self.rare.sort_unstable();
        self.rare.dedup();
    }

    /// Words that did not fit since the last call.
    pub(super) const fn take_refused(&mut self) -> u64 {
        std::mem::replace(&mut self.refused, 0)
    }

    /// May words be missing? Tidy words only.
    pub(super) const fn may_be_cut(&self) -> bool {
        self.codes.len() >= WORDS_MAX / 2 || self.rare.len() >= WORDS_MAX / 2
    }

    pub(super) const fn bytes_held(&self) -> usize {
        (self.codes.capacity() + self.rare.capacity()) * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_list_takes_no_more_words_and_no_time() {
        let mut words = Words::default();
        for term in 0..2_000_000 {
            words.add_rare(term);
            words.add_code(Code::source(term as u32 % 7));
        }
        words.add_rare(3);
        words.tidy();
        assert_eq!(words.rare.len(), WORDS_MAX);
        assert_eq!(words.take_refused(), 2_000_000 - WORDS_MAX as u64);
        assert!(words.may_be_cut());
        assert_eq!(words.codes.len(), 7, "few different ones fill nothing");
        words.clear();
        words.add_rare(1);
        assert_eq!(words.rare, [1]);
    }
}
