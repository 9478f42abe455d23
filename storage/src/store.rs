//! The trait [`Store`]: the only door to where spans live. Its doc comments are the contract that
//! the battery in `contract/` holds every store to.
use std::path::Path;

use async_trait::async_trait;

use crate::batch::SpanBatch;
use crate::dependency::Dependency;
use crate::id::TraceId;
use crate::query::{NameQuery, TimeRange, TraceQuery};
use crate::rollup::{Counts, Peers, PeersQuery, RollupQuery};
use crate::trace::Trace;

#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Keeps the spans: all of them or none. `Ok` means that they survive what the store promises
    /// to survive (a crash and a power cut, for the local store with its default durability), and
    /// that every later question sees them. Writing a span twice is the same as once.
    async fn write(&self, batch: SpanBatch) -> Result<(), StoreError>;

    /// Would the spans of a request of so many bytes be taken now? Cheap: it is asked before a
    /// request is decoded, so that refusing one costs little. [`Self::write`] has the last word.
    fn has_room(&self, bytes: usize) -> Result<(), StoreError> {
        let _ = bytes;
        Ok(())
    }

    /// The traces with exactly these ids, in the order asked; unknown ids are left out.
    async fn traces(&self, ids: &[TraceId]) -> Result<Vec<Trace>, StoreError>;

    /// The ids of traces whose low half is that of one of these: what a trace is called where some
    /// of its hosts keep only 64 bits of its id. Each once; ids of which nothing is kept may be
    /// among them. A store that cannot look by the low half knows only of those that are asked
    /// and their forms of 64 bits.
    async fn ids_alike(&self, ids: &[TraceId]) -> Result<Vec<TraceId>, StoreError> {
        let forms = ids
            .iter()
            .flat_map(|id| [TraceId::from_halves(0, id.low()), Some(*id)]);
        let mut forms: Vec<TraceId> = forms.flatten().collect();
        forms.sort_unstable();
        forms.dedup();
        Ok(forms)
    }

    /// Traces that match, newest first by [`Trace::timestamp`], at most `query.limit`. Every one
    /// satisfies [`TraceQuery::matches`] and is complete.
    async fn find(&self, query: &TraceQuery) -> Result<Found, StoreError>;

    /// Names in lower case, sorted by their UTF-16 code units (Zipkin's order), without doubles.
    async fn names(&self, query: &NameQuery) -> Result<Vec<String>, StoreError>;

    /// Who called whom, as Zipkin's linker finds it in whole traces: the calls that began in the
    /// minutes which the range touches. A call without a time counts at its trace's first.
    async fn dependencies(&self, range: TimeRange) -> Result<Dependencies, StoreError>;

    /// Counts, errors and durations of services, operations or edges in the minutes which the range
    /// touches, with traces to look at ([`crate::rollup`] says what counts where). Durations are
    /// within 1 %. At most [`crate::rollup::ROWS_MAX`] rows, those with the most calls.
    async fn counts(&self, query: &RollupQuery) -> Result<Counts, StoreError>;

    /// How long the comparable calls took that began in the hour of a time and the 23 before, group
    /// by group as asked. Cheap: what came in the last seconds may be missing, also when it was
    /// acknowledged.
    async fn peers(&self, query: &PeersQuery) -> Result<Vec<Peers>, StoreError>;

    /// Are operations likely to succeed? Cheap, safe to call often.
    async fn check(&self) -> Result<(), StoreError>;

    /// What the store holds, for metrics and the status page. Cheap.
    fn status(&self) -> StoreStatus;

    /// Copies everything to a folder of this machine that does not exist or is empty, while reads
    /// and writes go on. What was acknowledged before is in it.
    ///
    /// # Errors
    /// [`StoreError::Open`] when the folder cannot be used; nothing is left of it then.
    async fn backup(&self, folder: &Path) -> Result<(), StoreError> {
        let _ = folder;
        Err(StoreError::Open(
            "this store is only in memory: there is nothing to copy".to_owned(),
        ))
    }

    /// Finishes what is under way and releases the files. Later calls fail as unavailable.
    async fn close(&self) -> Result<(), StoreError>;
}

/// The answer to a search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    pub traces: Vec<Trace>,
    /// The search gave up at one of its limits before it had looked everywhere: there may be more.
    pub truncated: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependencies {
    pub links: Vec<Dependency>,
    /// Traces of the range were left out at the store's limit: counts are lower bounds.
    pub truncated: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreStatus {
    /// For people and for the health page, such as `MemoryStore`.
    pub name: &'static str,
    /// Spans written since this process started.
    pub spans_written: u64,
    /// Bytes on disk; zero if the store has none.
    pub disk_bytes: u64,
    /// Bytes of spans that wait in memory to be arranged on disk.
    pub tail_bytes: u64,
    /// Bytes of rows that are in memory, and as commit groups in the log.
    pub unflushed_bytes: u64,
    pub buckets: u64,
    /// When the oldest kept bucket began, in milliseconds since the epoch.
    pub oldest_ms: Option<u64>,
    /// Names that were not listed because a service had too many.
    pub names_refused: u64,
    /// Fsynced commits so far; spans_written / commits is the size of a commit group.
    pub commits: u64,
    /// Search terms that were not indexed because one trace had too many.
    pub terms_refused: u64,
    /// Late spans that were indexed without the terms of the rest of their very large trace.
    pub unions_skipped: u64,
    /// Failures to arrange spans on disk; they stay in the log and it is tried again.
    pub failures: u64,
    /// Buckets that went before their time because the disk limit was exceeded.
    pub buckets_dropped_early: u64,
    /// Buckets whose index is missing or damaged: searches read their spans one by one until the
    /// index is built anew, which happens by itself.
    pub indexes_missing: u64,
    /// Indexes that were built anew since this process started.
    pub indexes_rebuilt: u64,
    /// How far the index that is being built has come, in percent.
    pub rebuild_percent: Option<u64>,
    /// Searches that could not read all spans of such a bucket in time and said so.
    pub searches_partial: u64,
}

/// Why a store did not do what it was asked. Nothing of a failed write is kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// More is waiting than the store may hold. Try again a little later.
    #[error("the store is busy: {0}")]
    Overloaded(String),
    /// The store cannot work now: it is closing, its disk is full or failing.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// Bytes at rest that this version cannot have written.
    #[error("corrupt data: {0}")]
    Corrupt(String),
    /// A folder cannot be used; the text says what to do. Only from opening and copying.
    #[error("{0}")]
    Open(String),
}
