//! One bucket: its spans on one side, index, rare values and names on the other.
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use crate::id::TraceId;
use crate::local::bucket::{Bucket, index_folder};
use crate::local::catalogue::BucketRecord;
use crate::local::check::judge::{Judge, RareByTrace, learn};
use crate::local::check::rollups::Counts;
use crate::local::check::{BucketReport, Depth, Log, RESTORE, Report, START, index_name};
use crate::local::code::Words;
use crate::local::index::Index;
use crate::local::inspect::{self, Document};
use crate::local::keys;
use crate::local::rare::{Contents, Rare};
use crate::local::rocks::Rocks;
use crate::local::settle::folder_bytes;
use crate::local::shortcut::Shortcut;
use crate::span::Span;

/// A sample takes so many traces from each of so many places.
const SAMPLE_PLACES: u64 = 16;
const SAMPLE_TRACES: usize = 16;
/// Documents and rare values of a sample that are followed back to their trace.
const SAMPLE_BACK: usize = 1_000;

pub(super) struct Case<'a> {
    pub(super) rocks: &'a Arc<Rocks>,
    pub(super) data_dir: &'a Path,
    pub(super) record: BucketRecord,
    pub(super) before: Option<BucketRecord>,
    pub(super) log: &'a Log,
    pub(super) log_before: &'a Log,
    pub(super) depth: Depth,
}

impl Case<'_> {
    /// Traces that are not wholly arranged, here and in the bucket before.
    fn log_ids(&self) -> impl Iterator<Item = TraceId> {
        let chunks = self.log.chunks.iter().chain(&self.log_before.chunks);
        chunks.map(|(id, _)| *id)
    }
}

pub(super) fn check(case: &Case<'_>, report: &mut Report, progress: &mut dyn FnMut(&str)) {
    let start_ms = case.record.start_ms;
    let folder = index_folder(case.data_dir, start_ms);
    let mut found = Found {
        numbers: BucketReport {
            start_ms,
            end_ms: case.record.end_ms,
            row_bytes: case.rocks.family_bytes(&keys::bucket_family(start_ms)),
            index_bytes: folder_bytes(&folder),
            ..BucketReport::default()
        },
        kinds: BTreeMap::new(),
    };
    // A crash or a copy may come between the catalogue's record and the rest of a new bucket.
    if case.rocks.has_family(&keys::bucket_family(start_ms))
        && let Err(error) = compare(case, &folder, &mut found, progress)
    {
        found.note("the bucket cannot be read", RESTORE, || error);
    }
    for ((what, remedy), (count, first)) in found.kinds {
        report.add(
            Some(start_ms),
            if count == 1 {
                format!("{what}: {first}")
            } else {
                format!("{what}: {count}, such as {first}")
            },
            &remedy,
        );
    }
    report.buckets.push(found.numbers);
}

/// What is found of a bucket; differences by kind, with their count and the first of them.
pub(super) struct Found {
    pub(super) numbers: BucketReport,
    kinds: BTreeMap<(&'static str, String), (u64, String)>,
}

impl Found {
    pub(super) fn note(
        &mut self,
        what: &'static str,
        remedy: &str,
        example: impl FnOnce() -> String,
    ) {
        let kind = self.kinds.entry((what, remedy.to_owned()));
        kind.or_insert_with(|| (0, example())).0 += 1;
    }
}

fn compare(
    case: &Case<'_>,
    folder: &Path,
    found: &mut Found,
    progress: &mut dyn FnMut(&str),
) -> Result<(), String> {
    let family = keys::bucket_family(case.record.start_ms);
    let read = |record: BucketRecord| {
        let rare = Rare::load(case.rocks, &keys::bucket_family(record.start_ms))?;
        let unused = Shortcut::unused(folder.to_owned());
        Bucket::read(case.rocks, record, unused, rare)
    };
    let bucket = read(case.record)?;
    let before = case.before.map(read).transpose()?;
    let pending = pending(&bucket, case.log)?;
    found.numbers.entries = bucket.dictionary().length() as u64;

    let sample = match case.depth {
        Depth::Deep => None,
        Depth::Sample => Some(sample(&bucket)?),
    };
    let is_wanted = |id: TraceId| {
        sample
            .as_ref()
            .is_none_or(|sample| sample.contains_key(&id))
    };
    let documents = documents(case, folder, found, is_wanted);
    let rare = bucket
        .rare
        .contents(case.rocks, &family)
        .unwrap_or_else(|error| {
            found.note("rare values cannot be read", RESTORE, || error);
            Contents::default()
        });
    found.numbers.rare_pairs = rare.pairs.len() as u64;
    let mut judge = Judge {
        bucket: &bucket,
        before: before.as_ref(),
        pending: &pending,
        rare: RareByTrace::new(&rare, is_wanted),
        documents: documents.as_deref(),
        unlisted: format!(
            "stop hopline, delete the folder {} and start it: it builds the index anew",
            index_name(case.record.start_ms)
        ),
        found,
    };
    let mut counts = Counts::new(&bucket, before.as_ref(), case.log_ids());
    let mut ids: HashSet<TraceId> = pending.keys().copied().collect();
    if let Some(sample) = sample {
        for (id, (spans, words)) in sample {
            judge.trace(id, &spans, words)?;
        }
        let mut exists = |id| Ok(ids.contains(&id) || bucket.has_rows(id)?);
        return judge.backwards(&rare, SAMPLE_BACK, &mut exists);
    }
    _ = bucket.scan_traces(|id, spans, words| {
        ids.insert(id);
        if ids.len().is_multiple_of(50_000) {
            progress(&format!("{} traces of a bucket", ids.len()));
        }
        judge.trace(id, &spans, words)?;
        counts.add(id, &spans)?;
        Ok(ControlFlow::Continue(()))
    })?;
    judge.backwards(&rare, usize::MAX, &mut |id| Ok(ids.contains(&id)))?;
    // The first bucket that is left: what came before its traces is gone.
    if case.before.is_some() || has_first_row(case.rocks, &family)? {
        match counts.differences(case.rocks, &family) {
            Ok(differences) => differences.into_iter().for_each(|slot| {
                let what = "rollups that do not count what the spans say";
                found.note(what, RESTORE, || slot);
            }),
            Err(error) => found.note("rollups cannot be read", RESTORE, || error),
        }
    }
    Ok(())
}

/// Is the very first commit group of the folder here?
fn has_first_row(rocks: &Rocks, family: &str) -> Result<bool, String> {
    let (from, to) = keys::rows_range();
    let scanned = rocks.scan_until(family, &from, &to, |key, _| {
        Ok(if keys::row_sequence(key) == Some(0) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })?;
    Ok(scanned.is_break())
}

/// What the log will bring back when the store opens: it need not be arranged yet.
fn pending(bucket: &Bucket, log: &Log) -> Result<HashMap<TraceId, Words>, String> {
    for (id, bytes) in &log.entries {
        bucket.dictionary().restore(*id, bytes, false)?;
    }
    let mut pending: HashMap<TraceId, Words> = HashMap::new();
    for (id, chunk) in &log.chunks {
        let mut spans = Vec::new();
        let words = pending.entry(*id).or_default();
        bucket.read_chunk(*id, chunk, &mut spans, Some(words))?;
        learn(bucket, &spans);
    }
    pending.values_mut().for_each(Words::tidy);
    bucket.names.take_unsaved();
    Ok(pending)
}

type Sample = HashMap<TraceId, (Vec<Span>, Words)>;

/// Traces from places that are spread evenly: ids are random.
fn sample(bucket: &Bucket) -> Result<Sample, String> {
    let mut sample = Sample::new();
    for place in 0..SAMPLE_PLACES {
        let low = (u64::MAX / SAMPLE_PLACES * place).max(1);
        let Some(id) = TraceId::from_halves(0, low) else {
            continue;
        };
        let mut count = 0;
        _ = bucket.scan_traces_from(&keys::row_prefix(id), |id, spans, words| {
            sample.insert(id, (spans, words));
            count += 1;
            Ok(if count < SAMPLE_TRACES {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        })?;
    }
    Ok(sample)
}

/// The index's documents, sorted by trace; `None`, and a difference, if it cannot be used.
fn documents(
    case: &Case<'_>,
    folder: &Path,
    found: &mut Found,
    is_wanted: impl Fn(TraceId) -> bool,
) -> Option<Vec<Document>> {
    let opened = Index::open(folder).and_then(|index| {
        if !index.is_current() {
            return Ok(None);
        }
        if case.depth == Depth::Deep {
            index.prove()?;
        }
        inspect::documents(&index, is_wanted).map(Some)
    });
    match opened {
        Ok(None) => {
            found.note("the index is of another release", START, || {
                index_name(case.record.start_ms)
            });
            None
        }
        Ok(Some(documents)) => {
            found.numbers.documents = documents.len() as u64;
            Some(documents)
        }
        Err(error) => {
            found.note("the index is missing or damaged", START, || {
                error.to_string()
            });
            None
        }
    }
}
