//! What a window changes of the rollups: for each trace, under whatever width of its id, the spans
//! that are rows already and those that become rows.
use std::collections::HashMap;

use foldhash::quality::RandomState;

use crate::dependency::CallSpan;
use crate::id::TraceId;
use crate::local::Shared;
use crate::local::bucket::Bucket;
use crate::local::code::Words;
use crate::local::rollups::Change;
use crate::local::tail::Closing;
use crate::local::terms;
use crate::span::Span;

/// A trace with more spans than this at rest is described by its new spans alone: reading it again
/// for each late span would let one trace slow everything down.
pub(super) const EARLIER_SPANS_MAX: usize = 5_000;

/// The changes of a window, one for each low half of a trace id.
#[derive(Default)]
pub(super) struct Changes(pub(super) Vec<Change>, HashMap<u64, usize, RandomState>);

impl Changes {
    /// Adds the spans of a part; `before` are the earlier ones of its trace.
    pub(super) fn add(
        &mut self,
        bucket: &Bucket,
        part: &Closing,
        before: &[Span],
    ) -> Result<(), String> {
        let mut added: Vec<CallSpan> = Vec::new();
        for chunk in &part.chunks {
            added.extend(bucket.read_calls(part.trace_id, &chunk.bytes)?);
        }
        if added.is_empty() {
            // Only logs came: nothing changes.
            return Ok(());
        }
        if let Some(position) = self.1.get(&part.trace_id.low()) {
            // The other width of the same trace, with the same earlier spans.
            self.0[*position].added.extend(added);
            return Ok(());
        }
        self.1.insert(part.trace_id.low(), self.0.len());
        self.0.push(Change {
            trace_id: part.trace_id,
            before: bucket.rollups.calls_in(before),
            added,
        });
        Ok(())
    }
}

impl Shared {
    /// The spans of a part's trace that are rows already; adds the words of those that have its
    /// very id. `None` if they are too many or cannot be read.
    pub(super) fn earlier(&self, part: &Closing, words: &mut Words) -> Option<Vec<Span>> {
        let mut spans = Vec::new();
        for bucket in self.neighbours(&part.bucket) {
            let first = spans.len();
            let is_same = bucket.start_ms == part.bucket.start_ms;
            let noted = is_same.then_some(&mut *words);
            bucket.read_group(part.trace_id, &mut spans, noted).ok()?;
            if spans.len() > EARLIER_SPANS_MAX {
                return None;
            }
            if !is_same {
                add_foreign(&part.bucket, part.trace_id, &spans[first..], words);
            }
        }
        Some(spans)
    }
}

/// Adds the words of a trace's spans of another bucket. Its dictionary is another: its terms are
/// rare ones here.
pub(super) fn add_foreign(bucket: &Bucket, id: TraceId, spans: &[Span], words: &mut Words) {
    let hasher = bucket.hasher();
    for span in spans.iter().filter(|span| span.trace_id == id) {
        terms::of_span(span, |term| words.add_rare(hasher.hash(term)));
    }
}
