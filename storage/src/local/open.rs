//! Opening a data folder: whose it is, which format it has, and what a crash left in the log.
use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, RwLock};
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::batch::SpanBatch;
use crate::local::backup;
use crate::local::bucket::Bucket;
use crate::local::catalogue;
use crate::local::code::Words;
use crate::local::committer::learn_names;
use crate::local::digests::Digests;
use crate::local::record::{self, CommitGroup};
use crate::local::rocks::Rocks;
use crate::local::room::Room;
use crate::local::shared::{Counters, Shared, Sizes};
use crate::local::tail::{NewChunk, Tail, Times};
use crate::local::watermark::Watermark;
use crate::local::{Durability, Settings};
use crate::store::StoreError;

/// The file that marks a data folder, says its format and carries the lock.
const MARKER: &str = "HOPLINE";
/// The format that this release reads and writes.
const FORMAT: &str = "hopline data folder, format 2\n";
/// How long a folder that is in use is asked for again, and how often.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Opens everything. The number is the sequence of the next commit group.
pub(super) fn open(settings: Settings) -> Result<(Shared, u64), StoreError> {
    let folder = settings.data_dir.clone();
    let lock = claim(&folder).map_err(StoreError::Open)?;
    let damaged = |error: String| {
        StoreError::Open(format!(
            "the data folder {} cannot be opened: {error}; it is kept as it is: restore a backup, or choose another folder with --data-dir",
            folder.display()
        ))
    };
    backup::sweep(&folder).map_err(|error| damaged(error.to_string()))?;
    let sizes = Sizes::of(settings.memory);
    let watermark = Watermark::open(&folder).map_err(StoreError::Open)?;
    let rocks_folder = folder.join("rocks");
    watermark.check_files(&rocks_folder).map_err(damaged)?;
    let rocks = Rocks::open(&rocks_folder, sizes.block_cache, sizes.outbox)
        .map_err(|error| damaged(format!("rocks/: {error}")))?;
    let shared = Shared {
        rocks: Arc::new(rocks),
        tail: Tail::default(),
        room: Room::default(),
        watermark,
        counters: Counters::default(),
        digests: Digests::with_room_for(sizes.digests),
        sizes,
        durability: settings.durability,
        retention_ms: u64::try_from(settings.retention.as_millis()).unwrap_or(u64::MAX / 4),
        max_disk: settings.max_disk,
        data_dir: folder.clone(),
        clock: settings.clock,
        buckets: RwLock::default(),
        waiting: Arc::default(),
        moves: RwLock::default(),
        closing: AtomicBool::new(false),
        _lock: lock,
    };
    open_buckets(&shared).map_err(damaged)?;
    let next_sequence = replay(&shared).map_err(damaged)?;
    shared.watermark.check(next_sequence).map_err(damaged)?;
    if shared.durability != Durability::Fsync {
        // A power cut may cost the end of the log, as the setting says.
        shared.watermark.set(0);
    }
    Ok((shared, next_sequence))
}

/// Makes the folder ours: creates and marks it if it is new, refuses what is not ours.
fn claim(folder: &Path) -> Result<File, String> {
    let shown = folder.display();
    std::fs::create_dir_all(folder).map_err(|error| {
        format!("cannot create the data folder {shown}: {error}; choose another with --data-dir")
    })?;
    let marker = folder.join(MARKER);
    let is_empty = std::fs::read_dir(folder)
        .map_err(|error| format!("cannot read the data folder {shown}: {error}"))?
        .next()
        .is_none();
    if !is_empty && !marker.exists() {
        return Err(format!(
            "{shown} is not a Hopline data folder: it has files but no {MARKER} marker; choose an empty folder with --data-dir"
        ));
    }
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&marker)
        .map_err(|error| format!("cannot write to the data folder {shown}: {error}; check its owner and permissions, or choose another with --data-dir"))?;
    lock(&file, folder)?;
    let mut format = String::new();
    file.read_to_string(&mut format)
        .map_err(|error| format!("cannot read {}: {error}", marker.display()))?;
    if format.is_empty() {
        file.rewind()
            .and_then(|()| file.write_all(FORMAT.as_bytes()))
            .and_then(|()| file.sync_all())
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(|error| format!("cannot write to the data folder {shown}: {error}; check its owner and free space"))?;
    } else {
        check_format(&format, folder)?;
    }
    Ok(file)
}

/// Holds a folder for one who only looks: nothing is created or written.
pub(super) fn hold(folder: &Path) -> Result<File, String> {
    let shown = folder.display();
    let marker = folder.join(MARKER);
    let mut file = File::open(&marker).map_err(|error| {
        format!(
            "{shown} is not a Hopline data folder ({MARKER}: {error}); name one with --data-dir"
        )
    })?;
    lock(&file, folder)?;
    let mut format = String::new();
    file.read_to_string(&mut format)
        .map_err(|error| format!("cannot read {}: {error}", marker.display()))?;
    check_format(&format, folder)?;
    Ok(file)
}

/// Marks a folder that was filled otherwise; nobody takes it for a data folder before.
pub(super) fn mark(folder: &Path) -> std::io::Result<()> {
    let mut file = File::create_new(folder.join(MARKER))?;
    file.write_all(FORMAT.as_bytes())?;
    file.sync_all()?;
    File::open(folder)?.sync_all()
}

/// A process that is just ending, or one that was forked and has not begun its own program yet,
/// holds the lock for some milliseconds more: a restart must not fail on it.
fn lock(file: &File, folder: &Path) -> Result<(), String> {
    let shown = folder.display();
    let give_up = Instant::now() + LOCK_PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if Instant::now() < give_up => park_timeout(LOCK_PAUSE),
            Err(TryLockError::WouldBlock) => {
                return Err(format!(
                    "the data folder {shown} is in use by another Hopline process; stop it, or choose another folder with --data-dir"
                ));
            }
            Err(TryLockError::Error(error)) => {
                return Err(format!("cannot lock the data folder {shown}: {error}"));
            }
        }
    }
}

fn check_format(format: &str, folder: &Path) -> Result<(), String> {
    if format == FORMAT {
        return Ok(());
    }
    Err(format!(
        "the data folder {} is of another version (its file {MARKER} says \"{}\"); this release reads \"{}\"; it is left untouched: use the release that wrote it, or choose another folder with --data-dir",
        folder.display(),
        format.trim(),
        FORMAT.trim()
    ))
}

/// Opens the buckets of the catalogue.
fn open_buckets(shared: &Shared) -> Result<(), String> {
    for record in catalogue::records(&shared.rocks)? {
        if record.dropping {
            shared.finish_drop(record.start_ms)?;
            continue;
        }
        let bucket = Bucket::open(&shared.rocks, &shared.data_dir, record)?;
        let mut buckets = shared
            .buckets
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        buckets.push(Arc::new(bucket));
    }
    Ok(())
}

/// Brings the commit groups of the log back into the tail, as if they had just been committed.
/// Spans that became rows before the crash come twice and are read once.
fn replay(shared: &Shared) -> Result<u64, String> {
    let buckets: HashMap<u64, Arc<Bucket>> = shared
        .buckets()
        .into_iter()
        .map(|bucket| (bucket.start_ms, bucket))
        .collect();
    let mut next_sequence = 0;
    let mut spans = 0;
    for (sequence, bytes) in shared.rocks.groups().map_err(|error| error.to_string())? {
        let group = record::decode_group(&bytes)
            .map_err(|error| format!("commit group {sequence}: {error}"))?;
        next_sequence = sequence + 1;
        // Retention may have dropped the bucket of a group that was not trimmed yet.
        if let Some(bucket) = buckets.get(&group.bucket_start_ms) {
            spans += replay_group(shared, bucket, sequence, &group)?;
        }
    }
    if spans > 0 {
        tracing::info!(spans, "spans brought back from the log");
    }
    let floor = shared
        .rocks
        .sequence_floor()
        .map_err(|error| error.to_string())?;
    let next_sequence = next_sequence.max(floor);
    shared.tail.begin_at(next_sequence);
    Ok(next_sequence)
}

fn replay_group(
    shared: &Shared,
    bucket: &Arc<Bucket>,
    sequence: u64,
    group: &CommitGroup<'_>,
) -> Result<usize, String> {
    {
        let mut dictionary = bucket.dictionary();
        for (id, bytes) in &group.entries {
            dictionary.restore(*id, bytes, false)?;
        }
    }
    let mut chunks = Vec::new();
    let mut count = 0;
    for (trace_id, bytes) in &group.chunks {
        bucket.note_width(*trace_id);
        let (mut spans, mut words) = (Vec::new(), Words::default());
        bucket.read_chunk(*trace_id, bytes, &mut spans, Some(&mut words))?;
        let mut times = Times::default();
        spans
            .iter()
            .for_each(|span| times.add(span.start, span.duration));
        chunks.push(NewChunk {
            trace_id: *trace_id,
            bytes: Bytes::copy_from_slice(bytes),
            times,
            words,
        });
        let batch = SpanBatch::from_spans(&spans);
        for (row, attributes) in batch.spans_with_attributes() {
            learn_names(bucket, &batch, row, attributes);
        }
        count += spans.len();
    }
    let now_ms = shared.clock.now_ms();
    let may_have_rows = |id| shared.may_have_rows(bucket, id);
    shared
        .tail
        .add(bucket, now_ms, sequence, chunks, may_have_rows);
    Ok(count)
}
