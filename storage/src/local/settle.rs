//! Closing windows: what the tail has gathered becomes rows and index documents, old commit groups
//! are forgotten, and buckets whose time is over are sealed or dropped. One thread of its own.
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::local::backup::Draft;
use crate::local::bucket::{Bucket, index_folder};
use crate::local::catalogue::BucketRecord;
use crate::local::changes::Changes;
use crate::local::code::Words;
use crate::local::tail::{Closing, Times};
use crate::local::{Shared, backup, keys, record, room, shortcut};
use crate::span::Span;

/// How often the thread looks whether there is work.
const TICK: Duration = Duration::from_millis(250);
/// A window lasts this long unless the tail fills up before.
const WINDOW: Duration = Duration::from_secs(4);
/// A trace whose last span came this long ago is probably complete.
const QUIET_MS: u64 = 1_000;
/// No trace waits longer than this in the tail.
const WAIT_MS_MAX: u64 = 10_000;
/// Rows wait at most this long in memory, so that a restart has little to replay.
const FLUSH_WAIT: Duration = Duration::from_secs(30);
/// With nothing coming in, rows are flushed after this.
const FLUSH_IDLE: Duration = Duration::from_secs(3);
/// Parts of a window that become rows in one batch.
const PORTION_PARTS: usize = 4_096;
/// How often retention looks, and the disk is measured.
const HOUSEKEEPING: Duration = Duration::from_secs(10);
pub(super) enum Order {
    /// Everything in the tail becomes rows, and all rows durable; then answers.
    Settle(oneshot::Sender<()>),
    /// As [`Self::Settle`], and then everything is copied.
    Copy(Draft, oneshot::Sender<Result<Draft, String>>),
    Stop,
}

/// Runs until it is told to stop; then settles once more.
pub(super) fn run(shared: &Shared, orders: &Receiver<Order>) {
    let mut settler = Settler {
        shared,
        window_began: Instant::now(),
        last_flush: Instant::now(),
        last_close: Instant::now(),
        last_housekeeping: None,
    };
    loop {
        match orders.recv_timeout(TICK) {
            Err(RecvTimeoutError::Timeout) => settler.tick(),
            Ok(Order::Settle(done)) => {
                settler.settle_all();
                let _ = done.send(());
            }
            Ok(Order::Copy(draft, done)) => {
                settler.settle_all();
                let _ = done.send(draft.fill(shared).map(|()| draft));
            }
            Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => {
                settler.settle_all();
                return;
            }
        }
    }
}

/// A part of the tail that has its document.
struct Described {
    part: Closing,
    /// Hashes of rare terms, of the whole trace.
    rare: Box<[u64]>,
    /// Latest start in microseconds.
    last: u64,
    /// Spans of its trace that are rows already.
    before: Vec<Span>,
}

struct Settler<'a> {
    shared: &'a Shared,
    window_began: Instant,
    last_flush: Instant,
    last_close: Instant,
    last_housekeeping: Option<Instant>,
}

impl Settler<'_> {
    fn tick(&mut self) {
        room::watch(self.shared);
        if self.shared.rocks.fault().is_some() {
            // Rows would be refused, and their index documents written again and again.
            return;
        }
        let full = self.shared.tail.bytes() > self.shared.sizes.window;
        if full {
            self.close_window(u64::MAX, u64::MAX);
        } else if self.window_began.elapsed() >= WINDOW {
            let now_ms = self.shared.clock.now_ms();
            self.close_window(
                now_ms.saturating_sub(QUIET_MS),
                now_ms.saturating_sub(WAIT_MS_MAX),
            );
        }
        let unflushed = self
            .shared
            .buckets()
            .iter()
            .map(|bucket| bucket.unflushed_bytes())
            .sum::<usize>();
        let idle = self.shared.tail.is_empty() && self.last_close.elapsed() >= FLUSH_IDLE;
        if unflushed >= self.shared.sizes.flush
            || (unflushed > 0 && (idle || self.last_flush.elapsed() >= FLUSH_WAIT))
        {
            self.flush();
        }
        if self
            .last_housekeeping
            .is_none_or(|last| last.elapsed() >= HOUSEKEEPING)
        {
            self.last_housekeeping = Some(Instant::now());
            self.keep_house();
        }
    }

    fn settle_all(&mut self) {
        self.close_window(u64::MAX, u64::MAX);
        self.flush();
        self.keep_house();
    }

    /// Traces that have been quiet since `quiet_ms`, or have waited since `waited_ms`, leave the
    /// tail. A failure leaves them there, readable and findable, and is tried again.
    fn close_window(&mut self, quiet_ms: u64, waited_ms: u64) {
        self.window_began = Instant::now();
        let mut by_bucket: BTreeMap<u64, Vec<Closing>> = BTreeMap::new();
        for part in self.shared.tail.closing(quiet_ms, waited_ms) {
            by_bucket
                .entry(part.bucket.start_ms)
                .or_default()
                .push(part);
        }
        for parts in by_bucket.into_values() {
            self.last_close = Instant::now();
            let bucket = Arc::clone(&parts[0].bucket);
            if let Err(error) = self.close_parts(&bucket, parts) {
                self.shared.counters.settle_failed();
                tracing::error!(%error, "a window could not be closed; its spans stay in memory and in the log, and it is tried again");
                // A later bucket's parts build upon these.
                return;
            }
        }
    }

    /// Documents of all parts with one commit, then rows in portions, so that a large window needs
    /// little memory beside its spans.
    fn close_parts(&self, bucket: &Bucket, mut parts: Vec<Closing>) -> Result<(), String> {
        // Both widths of one id come into the same portion.
        parts.sort_unstable_by_key(|part| (part.trace_id.low(), part.trace_id.high()));
        let _window = bucket.index.begin_window();
        let mut described = Vec::with_capacity(parts.len());
        for part in parts {
            let (words, times, before) = self.describe(&part);
            bucket
                .index
                .add(part.trace_id, &words, times)
                .map_err(|error| error.to_string())?;
            described.push(Described {
                rare: words.rare.into(),
                last: times.last,
                before,
                part,
            });
        }
        bucket.index.commit().map_err(|error| error.to_string())?;
        let mut rest = described.as_slice();
        while !rest.is_empty() {
            let mut count = rest.len().min(PORTION_PARTS);
            while count < rest.len()
                && rest[count].part.trace_id.low() == rest[count - 1].part.trace_id.low()
            {
                count += 1;
            }
            let (portion, behind) = rest.split_at(count);
            self.close_portion(bucket, portion)?;
            rest = behind;
        }
        Ok(())
    }

    fn close_portion(&self, bucket: &Bucket, portion: &[Described]) -> Result<(), String> {
        let mut changes = Changes::default();
        let mut rows = Vec::with_capacity(portion.len());
        for Described { part, before, .. } in portion {
            changes.add(bucket, part, before)?;
            let mut value = Vec::new();
            record::begin_row(&mut value);
            part.chunks
                .iter()
                .for_each(|chunk| record::put_row_chunk(&mut value, &chunk.bytes));
            let sequence = part.chunks.first().map_or(0, |chunk| chunk.sequence);
            rows.push((keys::row(part.trace_id, sequence), value));
        }
        // Counts must not be seen in the tail and in the rollups at once.
        let _moving = self.shared.moving();
        bucket.put_rows(rows, &changes.0)?;
        let rare = portion
            .iter()
            .map(|row| (row.part.trace_id, row.last, &*row.rare));
        bucket.rare.add_window(rare);
        self.shared.tail.remove(portion.iter().map(|row| &row.part));
        Ok(())
    }

    /// The words and times of a part. If rows of the trace exist already, those of the whole trace,
    /// so that a search finds it by conditions that different spans satisfy; and its earlier spans,
    /// under whatever width of its id.
    fn describe(&self, part: &Closing) -> (Words, Times, Vec<Span>) {
        let (mut words, mut times) = ((*part.words).clone(), part.times);
        let mut before = Vec::new();
        if part.may_have_rows || part.bucket.has_both_widths() {
            match self.shared.earlier(part, &mut words) {
                Some(spans) => before = spans,
                None => self.shared.counters.union_skipped(),
            }
            for span in before.iter().filter(|span| span.trace_id == part.trace_id) {
                times.add(span.start, span.duration);
            }
        }
        words.tidy();
        self.shared.counters.words_refused(words.take_refused());
        (words, times, before)
    }

    /// Makes all rows durable and forgets the commit groups that held their spans until now.
    fn flush(&mut self) {
        self.last_flush = Instant::now();
        // Read before the flush: only groups whose every chunk is a row by now may go.
        let below = self.shared.tail.settled_below();
        for bucket in self.shared.buckets() {
            if let Err(error) = bucket.flush() {
                self.shared.counters.settle_failed();
                tracing::error!(%error, "rows could not be flushed; the log keeps their spans");
                return;
            }
        }
        if self.shared.trim_groups(below).is_err() {
            self.shared.counters.settle_failed();
        } else if self.shared.tail.is_empty()
            && let Err(error) = self.shared.rocks.drop_trimmed_files()
        {
            self.shared.counters.settle_failed();
            tracing::error!(%error, "files of the log that nobody needs could not be dropped");
        }
        for bucket in self.shared.buckets() {
            if let Err(error) = bucket.merge_runs(false) {
                self.shared.counters.settle_failed();
                tracing::error!(%error, "runs of rare values could not be merged");
            }
        }
    }

    fn keep_house(&self) {
        let now_ms = self.shared.clock.now_ms();
        let buckets = self.shared.buckets();
        let Some((head, sealed)) = buckets.split_last() else {
            return;
        };
        for bucket in sealed
            .iter()
            .filter(|bucket| !self.shared.tail.has_part_of(bucket))
        {
            if let Err(error) = bucket.index.finish() {
                tracing::warn!(%error, "the index of a sealed bucket could not be finished");
            }
            if let Err(error) = bucket.merge_runs(true) {
                tracing::warn!(%error, "the runs of a sealed bucket could not be merged");
            }
            let expires_ms = bucket.end_ms.saturating_add(self.shared.retention_ms);
            if expires_ms <= now_ms && bucket.unflushed_bytes() == 0 {
                self.drop_bucket(bucket);
            }
        }
        let data_dir = &self.shared.data_dir;
        let disk_bytes = folder_bytes(data_dir).saturating_sub(backup::staged_bytes(data_dir));
        self.shared.counters.set_disk_bytes(disk_bytes);
        if self.shared.max_disk.is_some_and(|max| disk_bytes > max)
            && let Some(oldest) = sealed
                .first()
                .filter(|oldest| oldest.start_ms != head.start_ms)
            && oldest.unflushed_bytes() == 0
            && !self.shared.tail.has_part_of(oldest)
        {
            tracing::warn!(
                disk_bytes,
                "--max-disk is exceeded: the oldest bucket is dropped before its time"
            );
            self.shared.counters.dropped_early();
            self.drop_bucket(oldest);
        }
    }

    /// Two phases: the decision is on disk before anything is deleted, so that a crash in between
    /// ends with the bucket gone, never with half of it.
    fn drop_bucket(&self, bucket: &Bucket) {
        let record = BucketRecord {
            dropping: true,
            ..bucket.record()
        };
        let dropped = self
            .shared
            .rocks
            .put_record(&keys::bucket(bucket.start_ms), &record.encode())
            .map_err(|error| error.to_string())
            .and_then(|()| {
                self.shared.forget_bucket(bucket);
                finish_drop(self.shared, bucket.start_ms)
            });
        match dropped {
            Ok(()) => tracing::info!(start_ms = bucket.start_ms, "bucket dropped by retention"),
            Err(error) => {
                tracing::error!(%error, "a bucket could not be dropped; tried again at the next start")
            }
        }
    }
}

/// Deletes what is left of a bucket that is marked as dropping. May be repeated.
pub(super) fn finish_drop(shared: &Shared, start_ms: u64) -> Result<(), String> {
    shared
        .rocks
        .drop_family(&keys::bucket_family(start_ms))
        .map_err(|error| error.to_string())?;
    shortcut::remove_all(&index_folder(&shared.data_dir, start_ms))
        .map_err(|error| error.to_string())?;
    shared
        .rocks
        .delete_record(&keys::bucket(start_ms))
        .map_err(|error| error.to_string())
}

/// Bytes of all files below a folder; files that vanish meanwhile count as nothing.
pub(super) fn folder_bytes(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => folder_bytes(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
