//! Who called whom: the rollups of each bucket, and what no rollup holds yet.
use std::collections::{BTreeMap, HashMap};

use crate::dependency::Links;
use crate::local::Shared;
use crate::local::asker::Asker;
use crate::local::changes::Changes;
use crate::local::code::Words;
use crate::local::tail::Closing;
use crate::query::TimeRange;
use crate::span::Span;
use crate::store::{Dependencies, StoreError};

pub(super) fn dependencies(
    shared: &Shared,
    range: TimeRange,
    asker: &Asker,
) -> Result<Dependencies, StoreError> {
    let mut links = Links::default();
    let mut truncated = false;
    let _resting = shared.resting();
    let mut recent: BTreeMap<u64, Vec<Closing>> = BTreeMap::new();
    for part in shared.tail.closing(u64::MAX, u64::MAX) {
        let parts = recent.entry(part.bucket.start_ms).or_default();
        parts.push(part);
    }
    let mut previous: &[Closing] = &[];
    for bucket in shared.buckets() {
        asker.still_waits()?;
        let here = recent.get(&bucket.start_ms).map_or(&[][..], Vec::as_slice);
        let waiting = by_low_half(if here.is_empty() { &[] } else { previous });
        let mut changes = Changes::default();
        for part in here {
            let mut before = Vec::new();
            if part.may_have_rows || bucket.has_both_widths() {
                before = shared
                    .earlier(part, &mut Words::default())
                    .unwrap_or_default();
            }
            for waiting in waiting.get(&part.trace_id.low()).into_iter().flatten() {
                read(waiting, &mut before).map_err(StoreError::Corrupt)?;
            }
            changes
                .add(&bucket, part, &before)
                .map_err(StoreError::Corrupt)?;
        }
        let (dependencies, is_cut) = bucket
            .dependencies(range, &changes.0)
            .map_err(StoreError::Corrupt)?;
        dependencies.iter().for_each(|link| links.add(link));
        truncated |= is_cut;
        previous = here;
    }
    truncated |= links.overflowed() > 0;
    Ok(Dependencies {
        links: links.into_dependencies(),
        truncated,
    })
}

/// Parts of the bucket before that are no rows yet: under either width, one trace.
fn by_low_half(parts: &[Closing]) -> HashMap<u64, Vec<&Closing>> {
    let mut by_low_half: HashMap<u64, Vec<&Closing>> = HashMap::new();
    for part in parts {
        by_low_half
            .entry(part.trace_id.low())
            .or_default()
            .push(part);
    }
    by_low_half
}

fn read(part: &Closing, spans: &mut Vec<Span>) -> Result<(), String> {
    for chunk in &part.chunks {
        part.bucket
            .read_chunk(part.trace_id, &chunk.bytes, spans, None)?;
    }
    Ok(())
}
