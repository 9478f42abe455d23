//! Proving a data folder that no server uses: for every bucket, that index, rare values and names
//! are what the spans say. Nothing is changed.
mod bucket;
mod judge;
mod report;
mod rollups;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::id::TraceId;
use crate::local::catalogue::{self, BucketRecord};
use crate::local::keys;
use crate::local::open;
use crate::local::record;
use crate::local::rocks::Rocks;
use crate::local::rocks_files;
use crate::local::settle::folder_bytes;
use crate::local::watermark::Watermark;
use crate::store::StoreError;

pub use report::{BucketReport, Difference, Report};

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Everything is opened, indexes and rare values are read whole, spans as a sample.
    Sample,
    /// All spans and all checksums.
    Deep,
}

const START: &str = "start hopline on this folder: it builds the index of that bucket anew";
const RESTORE: &str = "restore a backup, or report this with the line above";

/// What the log holds of one bucket, in the order of its groups.
#[derive(Default)]
struct Log {
    entries: Vec<(u32, Vec<u8>)>,
    chunks: Vec<(TraceId, Vec<u8>)>,
}

/// Checks the folder. `progress` hears a few words now and then.
///
/// # Errors
/// [`StoreError::Open`] when it cannot be done: no data folder, in use, of another version. What
/// is damaged is no error but a difference in the report.
pub fn check(
    data_dir: &Path,
    depth: Depth,
    progress: &mut dyn FnMut(&str),
) -> Result<Report, StoreError> {
    let _held = open::hold(data_dir).map_err(StoreError::Open)?;
    let mut report = Report {
        bytes: folder_bytes(data_dir),
        ..Report::default()
    };
    progress("opening");
    let watermark = Watermark::open_read_only(data_dir).map_err(StoreError::Open)?;
    let rocks = match open_rocks(data_dir, watermark.as_ref()) {
        Ok(rocks) => Arc::new(rocks),
        Err(error) => {
            report.add(
                None,
                format!("the spans cannot be opened: {error}"),
                RESTORE,
            );
            return Ok(report);
        }
    };
    if depth == Depth::Deep {
        progress("comparing the checksums of all spans");
        if let Err(error) = rocks.verify_checksums() {
            report.add(
                None,
                format!("a file of spans is damaged: {error}"),
                RESTORE,
            );
        }
    }
    let no_log = Log::default();
    let logs = read_log(&rocks, watermark.as_ref(), &mut report);
    let records = catalogue::records(&rocks).unwrap_or_else(|error| {
        report.add(None, format!("the list of buckets: {error}"), RESTORE);
        Vec::new()
    });
    let alive: Vec<&BucketRecord> = records.iter().filter(|record| !record.dropping).collect();
    for (position, record) in alive.iter().enumerate() {
        progress(&format!("bucket {} of {}", position + 1, alive.len()));
        let before = position.checked_sub(1).map(|before| *alive[before]);
        let log_of = |record: &BucketRecord| logs.get(&record.start_ms).unwrap_or(&no_log);
        bucket::check(
            &bucket::Case {
                rocks: &rocks,
                data_dir,
                record: **record,
                before,
                log: log_of(record),
                log_before: before.as_ref().map_or(&no_log, log_of),
                depth,
            },
            &mut report,
            progress,
        );
    }
    Ok(report)
}

fn open_rocks(data_dir: &Path, watermark: Option<&Watermark>) -> Result<Rocks, String> {
    let folder = data_dir.join("rocks");
    match watermark {
        Some(watermark) => watermark.check_files(&folder)?,
        None => rocks_files::check(&folder, None)?,
    }
    Rocks::open_read_only(&folder).map_err(|error| error.to_string())
}

/// The commit groups that are not arranged yet, by bucket; and whether all are there.
fn read_log(
    rocks: &Rocks,
    watermark: Option<&Watermark>,
    report: &mut Report,
) -> BTreeMap<u64, Log> {
    let mut logs: BTreeMap<u64, Log> = BTreeMap::new();
    let groups = rocks.groups().unwrap_or_else(|error| {
        report.add(None, format!("the log cannot be read: {error}"), RESTORE);
        Vec::new()
    });
    report.log_groups = groups.len() as u64;
    let next = groups.last().map_or(0, |(sequence, _)| sequence + 1);
    let floor = rocks.sequence_floor().map_err(|error| error.to_string());
    let whole =
        floor.and_then(|floor| watermark.map_or(Ok(()), |mark| mark.check(next.max(floor))));
    if let Err(error) = whole {
        report.add(None, error, RESTORE);
    }
    for (sequence, bytes) in groups {
        match record::decode_group(&bytes) {
            Ok(group) => {
                let log = logs.entry(group.bucket_start_ms).or_default();
                let entries = group
                    .entries
                    .iter()
                    .map(|(id, bytes)| (*id, bytes.to_vec()));
                log.entries.extend(entries);
                let chunks = group.chunks.iter().map(|(id, bytes)| (*id, bytes.to_vec()));
                log.chunks.extend(chunks);
            }
            Err(error) => {
                let text = format!("commit group {sequence} of the log is unreadable: {error}");
                report.add(None, text, RESTORE);
            }
        }
    }
    logs
}

/// The bucket's folder of index files, as a person finds it.
fn index_name(start_ms: u64) -> String {
    let family = keys::bucket_family(start_ms);
    format!("index/{}", &family[1..])
}
