//! One trace against everything that should lead to it, and everything that leads somewhere.
use std::collections::{BTreeSet, HashMap};

use crate::batch::SpanBatch;
use crate::id::TraceId;
use crate::local::bucket::Bucket;
use crate::local::changes::{EARLIER_SPANS_MAX, add_foreign};
use crate::local::check::RESTORE;
use crate::local::check::bucket::Found;
use crate::local::code::Words;
use crate::local::committer::learn_names;
use crate::local::inspect::Document;
use crate::local::rare::Contents;
use crate::local::tail::Times;
use crate::span::Span;

/// The rare values that lead to each trace.
pub(super) struct RareByTrace(HashMap<TraceId, (BTreeSet<u32>, u64)>);

impl RareByTrace {
    pub(super) fn new(contents: &Contents, is_wanted: impl Fn(TraceId) -> bool) -> Self {
        let mut by_trace: HashMap<TraceId, (BTreeSet<u32>, u64)> = HashMap::new();
        for (hash, row) in &contents.pairs {
            if let Some((last, id)) = contents.place(*row)
                && is_wanted(id)
            {
                let (hashes, latest) = by_trace.entry(id).or_default();
                hashes.insert(*hash);
                *latest = (*latest).max(last);
            }
        }
        Self(by_trace)
    }
}

pub(super) struct Judge<'a> {
    pub(super) bucket: &'a Bucket,
    pub(super) before: Option<&'a Bucket>,
    pub(super) pending: &'a HashMap<TraceId, Words>,
    pub(super) rare: RareByTrace,
    pub(super) documents: Option<&'a [Document]>,
    /// What to do about a sound index that does not list everything.
    pub(super) unlisted: String,
    pub(super) found: &'a mut Found,
}

impl Judge<'_> {
    /// Can the trace be found by everything that its spans say?
    pub(super) fn trace(
        &mut self,
        id: TraceId,
        spans: &[Span],
        mut words: Words,
    ) -> Result<(), String> {
        words.tidy();
        if words.may_be_cut() {
            // Nobody promised that such a trace is found by each of its words.
            words.clear();
        } else {
            self.borrow(id, &mut words)?;
        }
        self.found.numbers.traces += 1;
        self.found.numbers.spans += spans.len() as u64;
        let pending = self.pending.get(&id);
        let codes: Vec<u64> = words.codes.iter().map(|code| code.number()).collect();
        let is_pending = pending.is_some();
        if let Some(documents) = self.documents
            && !is_pending
        {
            self.documents(id, spans, &codes, of(documents, id))?;
        }
        let (known, latest) = self
            .rare
            .0
            .get(&id)
            .map_or((None, 0), |(set, last)| (Some(set), *last));
        // Without an index both are built anew.
        let rare = self.documents.map_or(&[][..], |_| &words.rare);
        for hash in rare {
            let is_known = known.is_some_and(|known| known.contains(&((*hash >> 32) as u32)));
            let is_pending = pending.is_some_and(|words| words.rare.binary_search(hash).is_ok());
            if !is_known && !is_pending {
                self.found.note(
                    "traces without one of their rare values",
                    &self.unlisted,
                    || id.to_string(),
                );
                break;
            }
        }
        if known.is_some() && !is_pending && latest < times(spans).last {
            self.found.note(
                "rare values with a time before their trace",
                RESTORE,
                || id.to_string(),
            );
        }
        learn(self.bucket, spans);
        if let Some(name) = self.bucket.names.take_unsaved().first() {
            let name = String::from_utf8_lossy(name).into_owned();
            self.found
                .note("names of spans that are not listed", RESTORE, || {
                    format!("{name:?} of {id}")
                });
        }
        Ok(())
    }

    /// Adds what a trace borrows: the terms of its spans in the bucket before are among its rare
    /// values here, so that a search finds it by conditions that spans on both sides satisfy.
    fn borrow(&self, id: TraceId, words: &mut Words) -> Result<(), String> {
        let Some(before) = self.before.filter(|before| before.may_have_rows(id)) else {
            return Ok(());
        };
        if self.is_large(id)? {
            return Ok(());
        }
        let mut spans = Vec::new();
        before.read_rows(id, &mut spans, None)?;
        let mut all = words.clone();
        add_foreign(self.bucket, id, &spans, &mut all);
        all.tidy();
        // As many words as that are not promised.
        if !all.may_be_cut() {
            *words = all;
        }
        Ok(())
    }

    fn documents(
        &mut self,
        id: TraceId,
        spans: &[Span],
        codes: &[u64],
        documents: &[Document],
    ) -> Result<(), String> {
        let unlisted = self.unlisted.clone();
        if documents.is_empty() {
            self.found
                .note("traces that the index does not know", &unlisted, || {
                    id.to_string()
                });
            return Ok(());
        }
        let has = |document: &Document, code: &u64| document.codes.binary_search(code).is_ok();
        let is_missing = codes
            .iter()
            .any(|code| !documents.iter().any(|document| has(document, code)));
        // One document with everything, unless the trace is too large to be read at each window.
        let is_whole = |document: &Document| codes.iter().all(|code| has(document, code));
        let is_large = self.is_large(id)?;
        if is_missing || !(is_large || documents.iter().any(is_whole)) {
            self.found.note(
                "traces without one of their codes in the index",
                &unlisted,
                || id.to_string(),
            );
        }
        let mut needed = times(spans);
        if let Some(before) = self.before.filter(|before| before.may_have_rows(id)) {
            let mut earlier = Vec::new();
            before.read_rows(id, &mut earlier, None)?;
            needed.merge(times(&earlier));
        }
        let covers = |document: &Document| {
            let times = document.times;
            times.first <= needed.first
                && needed.last <= times.last
                && needed.longest <= times.longest
        };
        if !is_large && !documents.iter().any(covers) {
            self.found.note(
                "traces whose times the index does not know",
                &unlisted,
                || id.to_string(),
            );
        }
        Ok(())
    }

    /// Has the trace so many spans, under both widths of its id and with those of the bucket
    /// before, that its later documents need not have everything?
    fn is_large(&self, id: TraceId) -> Result<bool, String> {
        let mut spans = Vec::new();
        for bucket in self.before.into_iter().chain([self.bucket]) {
            bucket.read_group(id, &mut spans, None)?;
        }
        Ok(spans.len() > EARLIER_SPANS_MAX)
    }

    /// Does everything lead to a trace that is there?
    pub(super) fn backwards(
        &mut self,
        rare: &Contents,
        count: usize,
        exists: &mut dyn FnMut(TraceId) -> Result<bool, String>,
    ) -> Result<(), String> {
        let documents = self.documents.unwrap_or_default();
        let step = (documents.len() / count).max(1);
        for document in documents.iter().step_by(step) {
            if !exists(document.id)? {
                let unlisted = self.unlisted.clone();
                self.found
                    .note("documents of traces that are not there", &unlisted, || {
                        document.id.to_string()
                    });
            }
        }
        let step = (rare.places().count() / count).max(1);
        for (_, id) in rare.places().step_by(step) {
            if !exists(id)? {
                self.found
                    .note("rare values of traces that are not there", RESTORE, || {
                        id.to_string()
                    });
            }
        }
        let lost = (rare.pairs.iter()).find(|(_, row)| rare.place(*row).is_none());
        if let Some((_, row)) = lost {
            self.found
                .note("rare values of rows that are not there", RESTORE, || {
                    format!("row {row}")
                });
        }
        Ok(())
    }
}

fn times(spans: &[Span]) -> Times {
    let mut times = Times::default();
    spans
        .iter()
        .for_each(|span| times.add(span.start, span.duration));
    times
}

/// The documents of a trace, among all sorted by trace.
fn of(documents: &[Document], id: TraceId) -> &[Document] {
    let begin = documents.partition_point(|document| document.id < id);
    let end = documents.partition_point(|document| document.id <= id);
    &documents[begin..end]
}

/// Learns the names of the spans, as when they came.
pub(super) fn learn(bucket: &Bucket, spans: &[Span]) {
    let batch = SpanBatch::from_spans(spans);
    for (row, attributes) in batch.spans_with_attributes() {
        learn_names(bucket, &batch, row, attributes);
    }
}
