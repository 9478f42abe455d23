//! What must hold for any bytes: a decoder answers or refuses; what it kept can be read, encoded for
//! both APIs' readers and shown as hops, logs as events of their spans; and nothing of it panics.
pub mod framing;
pub mod pasted;
pub mod unpack;

use std::collections::BTreeMap;

use bytes::Bytes;
use collector::hops::{CallTree, Skew};
use collector::wire::zipkin_list::{ListFormat, check_list};
use collector::wire::{Decoded, Undecodable, file, zipkin_json};
use storage::batch::SpanBatch;
use storage::id::TraceId;
use storage::log;
use storage::span::{Format, Span};
use storage::trace::Trace;

/// Runs one decoder over one body.
///
/// # Panics
/// When something does not hold: that is what the fuzzer looks for.
pub fn check(decode: fn(Bytes) -> Result<Decoded, Undecodable>, body: &[u8]) {
    for format in [ListFormat::JsonV2, ListFormat::JsonV1, ListFormat::Proto3, ListFormat::Thrift] {
        _ = check_list(body, format);
    }
    let Ok(decoded) = decode(Bytes::copy_from_slice(body)) else {
        return;
    };
    check_batch(&decoded.batch);
}

/// Reads a file.
///
/// # Panics
/// As [`check`].
pub fn check_file(body: &[u8]) {
    if let Ok(file) = file::read(Bytes::copy_from_slice(body)) {
        assert!(!file.is_empty());
        for batch in &file.batches {
            check_batch(batch);
        }
    }
}

fn check_batch(batch: &SpanBatch) {
    let spans = match batch.to_spans() {
        Ok(spans) => spans,
        Err(error) => panic!("what was kept cannot be read: {error}"),
    };
    assert_eq!(spans.len(), batch.len());
    // What Zipkin's API shows of it is understood again, and keeps its spans.
    let shown = zipkin_json::encode_spans(&spans);
    let again = match zipkin_json::decode(Bytes::from(shown)) {
        Ok(again) => again,
        Err(error) => panic!("what is shown cannot be read: {error}"),
    };
    assert_eq!(again.batch.len() as u64 + again.refused.count, spans.len() as u64);
    let mut traces: BTreeMap<TraceId, Vec<Span>> = BTreeMap::new();
    for span in spans {
        traces.entry(span.trace_id).or_default().push(span);
    }
    for (_, mut spans) in traces {
        if spans.iter().all(Span::is_log) {
            // The span that a log belongs to.
            spans.push(Span {
                format: Format::Otlp,
                events: Vec::new(),
                ..spans[0].clone()
            });
        }
        let Some(mut trace) = Trace::of_one(spans) else {
            panic!("spans without a trace");
        };
        log::fold(&mut trace);
        _ = zipkin_json::encode_spans(&trace.spans);
        for skew in [Skew::Corrected, Skew::Raw] {
            _ = CallTree::build(&trace, skew);
        }
    }
}
