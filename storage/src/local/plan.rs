//! A search in the words of each bucket: which codes and which rare terms a trace must have.
use std::sync::Arc;

use crate::local::bucket::Bucket;
use crate::local::code::{Code, Words};
use crate::local::dictionary::Tables;
use crate::local::terms::RequiredTerms;

/// What a trace must have to match, in one bucket: each clause, by a code or by a rare term.
pub(super) struct Plan {
    pub(super) clauses: Vec<Clause>,
}

/// One of the codes, or one of the rare terms.
#[derive(Default)]
pub(super) struct Clause {
    /// Sorted.
    pub(super) codes: Vec<Code>,
    /// Sorted.
    pub(super) rare: Vec<u64>,
}

impl Plan {
    pub(super) fn new(required: &RequiredTerms, tables: &Tables) -> Self {
        let mut clauses: Vec<Clause> = required
            .all
            .iter()
            .map(|term| Clause::new(std::slice::from_ref(term), tables))
            .collect();
        if !required.any.is_empty() {
            clauses.push(Clause::new(&required.any, tables));
        }
        Self { clauses }
    }

    /// A clause that no code satisfies.
    pub(super) fn rare_clause(&self) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.codes.is_empty())
    }

    pub(super) fn is_rare(&self) -> bool {
        self.rare_clause().is_some()
    }

    pub(super) fn admits(&self, words: &Words) -> bool {
        self.clauses.iter().all(|clause| clause.admits(words))
    }
}

impl Clause {
    fn new(terms: &[Vec<u8>], tables: &Tables) -> Self {
        let hasher = tables.hasher();
        let mut clause = Self::default();
        for term in terms {
            let hash = hasher.hash(term);
            clause.codes.extend_from_slice(tables.codes(hash));
            clause.rare.push(hash);
        }
        clause.codes.sort_unstable();
        clause.codes.dedup();
        clause.rare.sort_unstable();
        clause
    }

    fn admits(&self, words: &Words) -> bool {
        words
            .codes
            .iter()
            .any(|code| self.codes.binary_search(code).is_ok())
            || (words.rare.iter()).any(|term| self.rare.binary_search(term).is_ok())
    }
}

/// The plans of all buckets.
pub(super) struct Plans(Vec<(Arc<Bucket>, Plan)>);

impl Plans {
    pub(super) fn new(required: &RequiredTerms, buckets: Vec<Arc<Bucket>>) -> Self {
        let plans = buckets
            .into_iter()
            .map(|bucket| {
                let plan = Plan::new(required, &bucket.tables.read());
                (bucket, plan)
            })
            .collect();
        Self(plans)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<Bucket>, &Plan)> {
        self.0.iter().map(|(bucket, plan)| (bucket, plan))
    }

    /// May a trace with these words match, in the bucket that begins then? Yes if the bucket came
    /// after the plans: it knows codes that they do not.
    pub(super) fn admits(&self, start_ms: u64, words: &Words) -> bool {
        self.0
            .iter()
            .find(|(bucket, _)| bucket.start_ms == start_ms)
            .is_none_or(|(_, plan)| plan.admits(words))
    }
}
