//! Running the cases: what is written, what may happen in between, what must be answered.
use crate::batch::SpanBatch;
use crate::contract::cases;
use crate::contract::excluded_cases;
use crate::contract::rollup_cases;
use crate::contract::search_cases;
use crate::contract::{log_cases, lookup_cases};
use crate::id::TraceId;
use crate::query::{NameQuery, TraceQuery};
use crate::span::Span;
use crate::store::Store;
use crate::trace::Trace;

/// Runs every case, each against a store that `make` gives, which must be empty. Between writing
/// and asking, `between` is called: a store may arrange its data, be closed and opened again, or
/// do nothing; the answers must not depend on it.
///
/// # Panics
/// When a case fails; the text begins with its caption.
pub async fn run<S, F>(mut make: impl FnMut() -> S, mut between: impl FnMut(S) -> F)
where
    S: Store,
    F: Future<Output = S>,
{
    let cases = cases::all().into_iter().chain(search_cases::all());
    let cases = cases.chain(log_cases::all());
    let cases = cases.chain(excluded_cases::all());
    for case in cases.chain(lookup_cases::all()) {
        let store = make();
        for batch in &case.batches {
            let written = store.write(SpanBatch::from_spans(batch)).await;
            assert!(written.is_ok(), "{}: {written:?}", case.caption);
        }
        let store = between(store).await;
        check_reads(&store, &case).await;
        for (query, expected) in &case.finds {
            let found = store.find(query).await.expect(case.caption);
            let ids: Vec<TraceId> = found.traces.iter().map(|trace| trace.id).collect();
            assert_eq!(&ids, expected, "{}: {query:?}", case.caption);
            for trace in &found.traces {
                assert!(query.matches(trace), "{}: {query:?}", case.caption);
                assert_same_spans(case.caption, &case.batches, trace);
            }
        }
        for (query, expected) in &case.names {
            let names = store.names(query).await.expect(case.caption);
            assert_eq!(&names, expected, "{}: {query:?}", case.caption);
        }
        let _ = store.close().await;
    }
    let store = make();
    rollup_cases::write_history(&store).await;
    let store = between(store).await;
    rollup_cases::check_counts(&store).await;
    let _ = store.close().await;
}

/// As [`run`], for what a store may answer a little later than it acknowledges: `between` must
/// leave nothing unarranged.
///
/// # Panics
/// When an answer is wrong.
pub async fn run_peers<S, F>(make: impl FnOnce() -> S, between: impl FnOnce(S) -> F)
where
    S: Store,
    F: Future<Output = S>,
{
    let store = make();
    rollup_cases::write_history(&store).await;
    let store = between(store).await;
    rollup_cases::check_peers(&store).await;
    let _ = store.close().await;
}

async fn check_reads(store: &impl Store, case: &Case) {
    let mut ids: Vec<TraceId> = case
        .batches
        .iter()
        .flatten()
        .map(|span| span.trace_id)
        .collect();
    ids.sort();
    ids.dedup();
    let absent = TraceId::from_halves(0, 0xabad_1dea).expect("not zero");
    let asked: Vec<TraceId> = ids.iter().copied().chain([absent]).collect();
    // Logs alone are no trace.
    let spans: Vec<&Span> = case.batches.iter().flatten().collect();
    ids.retain(|id| {
        spans
            .iter()
            .any(|span| span.trace_id == *id && !span.is_log())
    });
    let traces = store.traces(&asked).await.expect(case.caption);
    let got: Vec<TraceId> = traces.iter().map(|trace| trace.id).collect();
    assert_eq!(got, ids, "{}: traces by id", case.caption);
    for trace in &traces {
        assert_same_spans(case.caption, &case.batches, trace);
    }
}

/// The trace has exactly the spans and logs that were written, each once, whatever the order.
fn assert_same_spans(caption: &str, batches: &[Vec<Span>], trace: &Trace) {
    let written: Vec<Span> = batches
        .iter()
        .flatten()
        .filter(|span| span.trace_id == trace.id)
        .cloned()
        .collect();
    let expected = Trace::group(written).pop().expect(caption);
    for (got, expected) in [(&trace.spans, expected.spans), (&trace.logs, expected.logs)] {
        assert_eq!(
            sorted(got.clone()),
            sorted(expected),
            "{caption}: spans of {}",
            trace.id
        );
    }
}

fn sorted(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_cached_key(|span| format!("{span:?}"));
    spans
}

pub(super) struct Case {
    caption: &'static str,
    /// Each inner list is one write.
    batches: Vec<Vec<Span>>,
    finds: Vec<(TraceQuery, Vec<TraceId>)>,
    names: Vec<(NameQuery, Vec<String>)>,
}

impl Case {
    pub(super) fn new(caption: &'static str, batches: Vec<Vec<Span>>) -> Self {
        Self {
            caption,
            batches,
            finds: Vec::new(),
            names: Vec::new(),
        }
    }

    pub(super) fn finds(mut self, query: TraceQuery, expected: &[TraceId]) -> Self {
        self.finds.push((query, expected.to_vec()));
        self
    }

    pub(super) fn names(mut self, query: NameQuery, expected: &[&str]) -> Self {
        self.names.push((
            query,
            expected.iter().map(|name| (*name).to_owned()).collect(),
        ));
        self
    }
}
