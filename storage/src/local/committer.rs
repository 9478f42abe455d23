//! The one thread that writes: it gathers what many requests brought, makes it durable with one
//! fsync, and only then answers them all. One order, one error path.
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::batch::{SpanBatch, SpanRow};
use crate::encoding::Reader;
use crate::id::TraceId;
use crate::local::bucket::Bucket;
use crate::local::record::{self, CommitGroup};
use crate::local::tail::{NewChunk, Times};
use crate::local::terms::TermWriter;
use crate::local::{Durability, Shared};
use crate::semconv;
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
}

type Rows<'a> = Vec<(&'a SpanBatch, &'a SpanRow, &'a [crate::batch::AttributeRow])>;

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
        let mut terms = TermWriter::new(self.shared.tail.hasher());
        let may_have_rows = |id| self.shared.may_have_rows(&bucket, id);
        self.shared.tail.add(
            &bucket,
            now_ms,
            sequence,
            chunks,
            may_have_rows,
            |position, set| {
                let mut last = None;
                for (batch, row, attributes) in &traces[position].1 {
                    let source = (std::ptr::from_ref(*batch), row.source);
                    if last != Some(source) {
                        terms.add_source(set, batch, row);
                        last = Some(source);
                    }
                    terms.add_span(set, batch, row, attributes);
                }
                self.shared.counters.terms_refused(set.take_refused());
            },
        );
        for (_, rows) in &traces {
            rows.iter()
                .for_each(|(batch, row, attributes)| learn_names(&bucket, batch, row, attributes));
        }
        let spans = group.iter().map(|job| job.batch.len() as u64).sum();
        self.shared.counters.committed(spans);
        Ok(())
    }

    /// Encodes the traces and writes them as one record of the log.
    fn encode(
        &mut self,
        bucket: &Arc<Bucket>,
        traces: &[(TraceId, Rows<'_>)],
        sequence: u64,
    ) -> Result<Vec<NewChunk>, String> {
        let mut dictionary = bucket.dictionary();
        let mut chunks = Vec::with_capacity(traces.len());
        let mut bytes = Vec::with_capacity(4 << 10);
        for (trace_id, rows) in traces {
            bytes.clear();
            record::encode_chunk(rows, &mut dictionary, &mut bytes);
            let mut times = Times::default();
            rows.iter()
                .for_each(|(_, row, _)| times.add(row.start, row.duration));
            let bytes = bytes.as_slice().into();
            chunks.push(NewChunk {
                trace_id: *trace_id,
                sequence,
                bytes,
                times,
            });
        }
        let record = record::encode_group(&CommitGroup {
            bucket_start_ms: bucket.start_ms,
            entries: dictionary
                .unlogged()
                .map(|(id, bytes)| (id, &**bytes))
                .collect(),
            chunks: chunks
                .iter()
                .map(|chunk| (chunk.trace_id, &*chunk.bytes))
                .collect(),
        });
        let sync = self.shared.durability == Durability::Fsync;
        self.shared.rocks.put_group(sequence, &record, sync).map_err(|error| {
            tracing::error!(%error, "spans could not be written; their senders are told to try again");
            error.to_string()
        })?;
        // Only now: after a failed write the next record must carry the new entries again.
        dictionary.set_logged();
        if !sync {
            self.unsynced_since.get_or_insert_with(Instant::now);
        }
        Ok(chunks)
    }

    fn sync(&mut self) {
        if self.unsynced_since.take().is_some()
            && let Err(error) = self.shared.rocks.sync_log()
        {
            tracing::error!(%error, "the log could not be synced");
            self.unsynced_since = Some(Instant::now() + Duration::from_secs(1));
        }
    }
}

/// The spans of all requests, by trace, in order of first appearance.
fn group_by_trace(group: &[Job]) -> Vec<(TraceId, Rows<'_>)> {
    let mut positions: HashMap<TraceId, usize> = HashMap::new();
    let mut traces: Vec<(TraceId, Rows<'_>)> = Vec::new();
    for job in group {
        for (row, attributes) in job.batch.spans_with_attributes() {
            let position = *positions.entry(row.trace_id).or_insert_with(|| {
                traces.push((row.trace_id, Vec::new()));
                traces.len() - 1
            });
            traces[position].1.push((&job.batch, row, attributes));
        }
    }
    traces
}

pub(super) fn learn_names(
    bucket: &Bucket,
    batch: &SpanBatch,
    row: &SpanRow,
    attributes: &[crate::batch::AttributeRow],
) {
    let service = batch.bytes(batch.source(row.source).service);
    let name = batch.bytes(row.name);
    match row.format {
        Format::Otlp => {
            let remote = attributes
                .iter()
                .filter_map(|attribute| {
                    let rank = semconv::remote_service_rank(batch.bytes(attribute.key), row.kind)?;
                    match attribute.value {
                        crate::batch::ValueRow::String(text) if !text.is_empty() => {
                            Some((rank, text))
                        }
                        _ => None,
                    }
                })
                .min_by_key(|(rank, _)| *rank)
                .map_or(&[] as &[u8], |(_, text)| batch.bytes(text));
            bucket.names.learn(service, name, remote);
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
