//! What the rollups of all buckets answer, with what no rollup holds yet: who called whom, counts
//! and durations.
use std::collections::{BTreeMap, HashMap};

use crate::dependency::Links;
use crate::local::Shared;
use crate::local::asker::Asker;
use crate::local::bucket::Bucket;
use crate::local::changes::Changes;
use crate::local::code::Words;
use crate::local::rollups::Change;
use crate::local::tail::Closing;
use crate::query::TimeRange;
use crate::rollup::{Answer, Counts, PeerSums, Peers, PeersQuery, RollupQuery};
use crate::span::Span;
use crate::store::{Dependencies, StoreError};

pub(super) fn dependencies(
    shared: &Shared,
    range: TimeRange,
    asker: &Asker,
) -> Result<Dependencies, StoreError> {
    let mut links = Links::default();
    let mut truncated = false;
    each_bucket(shared, asker, |bucket, recent| {
        let (dependencies, is_cut) = bucket.dependencies(range, recent, &shared.digests)?;
        dependencies.iter().for_each(|link| links.add(link));
        truncated |= is_cut;
        Ok(())
    })?;
    truncated |= links.overflowed() > 0;
    Ok(Dependencies {
        links: links.into_dependencies(),
        truncated,
    })
}

pub(super) fn counts(
    shared: &Shared,
    query: &RollupQuery,
    asker: &Asker,
) -> Result<Counts, StoreError> {
    let mut answer = Answer::new(query);
    each_bucket(shared, asker, |bucket, recent| {
        bucket.add_counts(query, recent, &shared.digests, &mut answer)
    })?;
    Ok(answer.counts())
}

/// Without what no record holds yet: that would have to be counted anew for each trace that is
/// shown.
pub(super) fn peers(
    shared: &Shared,
    query: &PeersQuery,
    asker: &Asker,
) -> Result<Vec<Peers>, StoreError> {
    let mut sums = PeerSums::new(query);
    for bucket in shared.buckets() {
        asker.turn()?;
        bucket
            .add_peers(query, &shared.digests, &mut sums)
            .map_err(StoreError::Corrupt)?;
    }
    Ok(sums.into_peers())
}

/// Calls `visit` with each bucket and what its records do not hold yet.
fn each_bucket(
    shared: &Shared,
    asker: &Asker,
    mut visit: impl FnMut(&Bucket, &[Change]) -> Result<(), String>,
) -> Result<(), StoreError> {
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
        visit(&bucket, &changes.0).map_err(StoreError::Corrupt)?;
        previous = here;
    }
    Ok(())
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
