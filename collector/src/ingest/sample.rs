//! Keeps or drops whole traces by their id, exactly as Zipkin's `CollectorSampler`, so that every
//! server with the same rate decides alike. Debug spans always stay.
use storage::batch::SpanBatch;

use crate::failure::{Failure, FailureKind};

pub(super) fn keep(batch: SpanBatch, rate: f32) -> Result<SpanBatch, Failure> {
    if rate >= 1.0 {
        return Ok(batch);
    }
    let boundary = (i64::MAX as f32 * rate) as i64;
    let stays = |low: u64, debug: bool| debug || distance(low) <= boundary;
    if batch
        .spans()
        .iter()
        .all(|span| stays(span.trace_id.low(), span.debug))
    {
        return Ok(batch);
    }
    let spans = batch
        .to_spans()
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
    Ok(SpanBatch::from_spans(
        spans
            .iter()
            .filter(|span| stays(span.trace_id.low(), span.debug)),
    ))
}

/// Java's `Math.abs`, with the one number that has no positive twin moved to the far end.
const fn distance(low: u64) -> i64 {
    let signed = low as i64;
    if signed == i64::MIN {
        i64::MAX
    } else {
        signed.abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_far_end_is_only_kept_at_rate_one() {
        assert_eq!(distance(u64::MAX), 1);
        assert_eq!(distance(1 << 63), i64::MAX);
        assert!(distance(1 << 63) > (i64::MAX as f32 * 0.5) as i64);
    }
}
