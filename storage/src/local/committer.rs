//! The one thread that writes: it gathers what many requests brought, makes it durable with one
//! fsync, and only then answers them all. One order, one error path.
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Instant;

use bytes::Bytes;
use foldhash::quality::RandomState;
use tokio::sync::oneshot;

use crate::batch::{AttributeRow, SpanBatch, SpanRow};
use crate::encoding::Reader;
use crate::id::TraceId;
use crate::local::bucket::Bucket;
use crate::local::code::Words;
use crate::local::record::{self, CommitGroup, Described, SpanInput};
use crate::local::tail::{NewChunk, Times};
use crate::local::{Durability, Shared};
use crate::span::Format;
use crate::store::StoreError;

/// Bytes of requests that share one fsync. More would only make the first of them wait longer.
const GROUP_BYTES_MAX: usize = 8 << 20;

/// A request that waits for its spans to be durable.
pub(super) struct Job {
    pub(super) batch: SpanBatch,
    pub(super) done: oneshot::Sender<Result<(), StoreError>>,
}

/// Runs until every sender of jobs is gone, then makes sure that the log is on disk.
pub(super) fn run(shared: &Shared, jobs: &Receiver<Job>, first_sequence: u64) {
    let mut committer = Committer {
        shared,
        sequence: first_sequence,
        unsynced_since: None,
        learned: Learned::default(),
        learned_in: 0,
    };
    while let Some(group) = committer.gather(jobs) {
        if group.is_empty() {
            continue;
        }
        let held: usize = group.iter().map(|job| job.batch.bytes_held()).sum();
        let outcome = committer.commit(&group);
        for job in group {
            let answer = outcome
                .as_ref()
                .map(|_| ())
                .map_err(|why| StoreError::Unavailable(why.clone()));
            // A client that went away does not want the answer; its spans are kept all the same.
            let _ = job.done.send(answer);
        }
        shared.release(held);
    }
    committer.sync();
}

struct Committer<'a> {
    shared: &'a Shared,
    sequence: u64,
    unsynced_since: Option<Instant>,
    /// What was learned of the bucket that begins at `learned_in`.
    learned: Learned,
    learned_in: u64,
}

impl Committer<'_> {
    /// Waits for a job and takes along what else is there. `None` when no more can come; empty
    /// when it was only time to sync.
    fn gather(&mut self, jobs: &Receiver<Job>) -> Option<Vec<Job>> {
        let first = match (self.unsynced_since, self.shared.durability) {
            (Some(since), Durability::Interval(interval)) => {
                match jobs.recv_timeout(interval.saturating_sub(since.elapsed())) {
                    Ok(job) => job,
                    Err(RecvTimeoutError::Timeout) => {
                        self.sync();
                        return Some(Vec::new());
                    }
                    Err(RecvTimeoutError::Disconnected) => return None,
                }
            }
            _ => jobs.recv().ok()?,
        };
        let mut bytes = first.batch.bytes_held();
        let mut group = vec![first];
        while bytes < GROUP_BYTES_MAX {
            match jobs.try_recv() {
                Ok(job) => {
                    bytes += job.batch.bytes_held();
                    group.push(job);
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        Some(group)
    }

    /// All spans of the group become durable, readable and findable, or none of them.
    fn commit(&mut self, group: &[Job]) -> Result<(), String> {
        let traces = group_by_trace(group);
        if traces.is_empty() {
            return Ok(());
        }
        let now_ms = self.shared.clock.now_ms();
        let bucket = self.shared.head(now_ms)?;
        let sequence = self.sequence;
        let chunks = self.encode(&bucket, &traces, sequence)?;
        self.sequence += 1;
        let may_have_rows = |id| self.shared.may_have_rows(&bucket, id);
        self.shared
            .tail
            .add(&bucket, now_ms, sequence, chunks, may_have_rows);
        let spans = group.iter().map(|job| job.batch.len() as u64).sum();
        self.shared.counters.committed(spans);
        Ok(())
    }

    /// Encodes the traces and writes them as one record of the log.
    fn encode(
        &mut self,
        bucket: &Arc<Bucket>,
        traces: &ByTrace<'_>,
        sequence: u64,
    ) -> Result<Vec<NewChunk>, String> {
        if self.learned_in != bucket.start_ms {
            self.learned_in = bucket.start_ms;
            self.learned.clear();
        }
        let mut dictionary = bucket.dictionary();
        let mut writer = bucket.writer();
        let mut chunks = Vec::with_capacity(traces.len());
        let (mut bytes, mut words) = (Vec::new(), Words::default());
        for (trace_id, inputs) in traces.iter() {
            bucket.note_width(trace_id);
            let mut times = Times::default();
            let begin = bytes.len();
            words.clear();
            writer.write(
                inputs,
                &mut dictionary,
                &mut bytes,
                &mut words,
                |input, known| {
                    times.add(input.1.start, input.1.duration);
                    if self.learned.is_new(known) {
                        learn_names(bucket, input.0, input.1, input.2);
                    }
                },
            );
            // Its own exact copy: the buffer stays here, and repetitions are worth nothing.
            words.tidy();
            chunks.push((trace_id, begin..bytes.len(), words.clone(), times));
        }
        let (record, ranges) = record::encode_group(&CommitGroup {
            bucket_start_ms: bucket.start_ms,
            entries: dictionary
                .unlogged()
                .map(|(id, bytes)| (id, &**bytes))
                .collect(),
            chunks: chunks
                .iter()
                .map(|(id, range, ..)| (*id, &bytes[range.clone()]))
                .collect(),
        });
        let sync = self.shared.durability == Durability::Fsync;
        self.shared.rocks.put_group(sequence, &record, sync).map_err(|error| {
            tracing::error!(%error, "spans could not be written; their senders are told to try again");
            error.to_string()
        })?;
        // Only now: after a failed write the next record must carry the new entries again.
        dictionary.set_logged();
        if sync {
            self.shared.watermark.set(sequence + 1);
        } else {
            self.unsynced_since.get_or_insert_with(Instant::now);
        }
        let record = Bytes::from(record);
        let new = chunks.into_iter().zip(ranges);
        Ok(new
            .map(|((trace_id, _, words, times), range)| NewChunk {
                trace_id,
                bytes: record.slice(range),
                times,
                words,
            })
            .collect())
    }

    fn sync(&mut self) {
        // Never again on a file whose fsync failed: the system would call it written. What is in
        // memory goes to new files when RocksDB goes on, or comes from the disk at the next start.
        if self.unsynced_since.take().is_some()
            && self.shared.rocks.fault().is_none()
            && let Err(error) = self.shared.rocks.sync_log()
        {
            tracing::error!(%error, "the log could not be synced");
        }
    }
}

/// The spans of a commit group, those of each trace beside each other.
struct ByTrace<'a> {
    /// Trace, and where its spans begin.
    traces: Vec<(TraceId, usize)>,
    inputs: Vec<SpanInput<'a>>,
}

impl<'a> ByTrace<'a> {
    const fn is_empty(&self) -> bool {
        self.traces.is_empty()
    }

    const fn len(&self) -> usize {
        self.traces.len()
    }

    fn iter(&self) -> impl Iterator<Item = (TraceId, &[SpanInput<'a>])> {
        let ends = self.traces.iter().skip(1).map(|(_, begin)| *begin);
        let ends = ends.chain([self.inputs.len()]);
        (self.traces.iter().zip(ends)).map(|((id, begin), end)| (*id, &self.inputs[*begin..end]))
    }
}

/// The spans of all requests by trace, traces and spans in order of appearance.
fn group_by_trace(group: &[Job]) -> ByTrace<'_> {
    let spans = || group.iter().flat_map(|job| job.batch.spans());
    let mut positions: HashMap<TraceId, usize, RandomState> = HashMap::default();
    let mut counts: Vec<(TraceId, usize)> = Vec::new();
    let mut of_span = Vec::new();
    for row in spans() {
        let position = *positions.entry(row.trace_id).or_insert_with(|| {
            counts.push((row.trace_id, 0));
            counts.len() - 1
        });
        counts[position].1 += 1;
        of_span.push(position);
    }
    let mut begin = 0;
    let mut places = Vec::with_capacity(counts.len());
    for (_, count) in &mut counts {
        places.push(begin);
        begin += std::mem::replace(count, begin);
    }
    let mut inputs = Vec::new();
    let all = group.iter().flat_map(|job| {
        let rows = job.batch.spans_with_attributes();
        rows.map(|(row, attributes)| (&job.batch, row, attributes))
    });
    for (input, position) in all.zip(&of_span) {
        if inputs.is_empty() {
            inputs.resize(of_span.len(), input);
        }
        inputs[places[*position]] = input;
        places[*position] += 1;
    }
    ByTrace {
        traces: counts,
        inputs,
    }
}

/// Descriptions whose names the bucket knows, so that a span like many costs one look.
#[derive(Default)]
struct Learned(HashSet<u64, RandomState>);

impl Learned {
    /// More than that and the memory starts anew.
    const MAX: usize = 200_000;

    fn clear(&mut self) {
        self.0 = HashSet::default();
    }

    /// Must the names of a span described so be learned?
    fn is_new(&mut self, known: Described) -> bool {
        let (Some(class), Some(source)) = (known.class, known.source) else {
            return true;
        };
        if self.0.len() > Self::MAX {
            self.clear();
        }
        known.remote_varies || self.0.insert(u64::from(class) << 32 | u64::from(source))
    }
}

pub(super) fn learn_names(
    bucket: &Bucket,
    batch: &SpanBatch,
    row: &SpanRow,
    attributes: &[AttributeRow],
) {
    let service = batch.bytes(batch.source(row.source).service);
    let name = batch.bytes(row.name);
    match row.format {
        // A service or a name that only logs know is none that traces can be listed by.
        Format::Log => {}
        Format::Otlp => {
            let remote = record::remote_service(batch, row, attributes).unwrap_or_default();
            bucket.names.learn(service, name, batch.bytes(remote));
        }
        Format::Zipkin => {
            let endpoint = Reader::new(batch.bytes(row.remote_endpoint)).endpoint();
            let remote = endpoint
                .ok()
                .flatten()
                .and_then(|endpoint| endpoint.service);
            bucket
                .names
                .learn(service, name, remote.unwrap_or_default().as_bytes());
        }
    }
}
