//! The store on one machine and one disk: RocksDB is the truth, Tantivy the shortcut.
//!
//! ```text
//! write   batch ─► committer ─► commit group in the outbox, one fsync ─► tail ─► answer
//! settle  tail ─► index documents + rows ─► flush ─► outbox trimmed
//! read    tail, index and runs ─► candidates ─► rows and tail ─► query.matches
//! ```
//!
//! `keys.rs` makes every key, `record/` and `dictionary/` know the bytes at rest, `committer.rs` is
//! the one thread that writes, `settle.rs` the one that arranges.
mod asker;
pub mod backup;
mod bucket;
mod care;
mod catalogue;
mod changes;
pub mod check;
mod class_calls;
mod code;
mod committer;
mod dependencies;
mod dictionary;
mod digests;
mod faults;
mod find;
mod index;
mod inspect;
mod keys;
mod names;
mod open;
mod outbox;
mod plan;
mod rare;
mod record;
mod repair;
mod rocks;
mod rocks_files;
mod rocks_options;
mod rollup_reads;
mod rollups;
mod room;
mod scan;
mod settings;
mod settle;
mod shared;
mod shortcut;
mod tag_values;
mod tail;
mod terms;
mod watermark;

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use crate::batch::SpanBatch;
use crate::id::TraceId;
use crate::memory::sorted_names;
use crate::query::{NameQuery, TimeRange, TraceQuery};
use crate::rollup::{Counts, Peers, PeersQuery, RollupQuery};
use crate::store::{Dependencies, Found, Store, StoreError, StoreStatus};
use crate::trace::Trace;

use asker::{Asker, Turns};
use backup::Draft;
use committer::Job;
use settle::Order;
use shared::Shared;

pub use settings::{Durability, Settings};

pub struct LocalStore {
    shared: Arc<Shared>,
    turns: Arc<Turns>,
    jobs: Mutex<Option<Sender<Job>>>,
    orders: Sender<Order>,
    threads: Mutex<Option<Threads>>,
}

struct Threads {
    committer: JoinHandle<()>,
    settler: JoinHandle<()>,
    repairer: JoinHandle<()>,
}

impl Threads {
    fn has_ended(&self) -> bool {
        [&self.committer, &self.settler, &self.repairer]
            .iter()
            .any(|thread| thread.is_finished())
    }
}

impl LocalStore {
    /// Opens the data folder, brings back what a crash left in the log, and starts the threads.
    /// Blocks while it does so.
    ///
    /// # Errors
    /// [`StoreError::Open`] with one line that says what is wrong and what to do: the folder
    /// cannot be written, is used by another process, is of another format, or is damaged. The
    /// folder is untouched then.
    pub fn open(settings: Settings) -> Result<Self, StoreError> {
        Self::open_with(settings, repair::run)
    }

    /// As [`Self::open`], with another to repair the indexes: tests do it step by step.
    fn open_with(
        settings: Settings,
        repairer: impl FnOnce(&Shared) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let (shared, next_sequence) = open::open(settings)?;
        let shared = Arc::new(shared);
        let (jobs, job_queue) = channel();
        let (orders, order_queue) = channel();
        let threads = start(&shared, job_queue, order_queue, next_sequence, repairer)?;
        Ok(Self {
            turns: Arc::new(Turns::new(Arc::clone(&shared.waiting))),
            shared,
            jobs: Mutex::new(Some(jobs)),
            orders,
            threads: Mutex::new(Some(threads)),
        })
    }

    /// Arranges everything that is in memory as rows and index, durable. For tests, benches and
    /// backups; the store does it by itself after a while.
    pub async fn settle(&self) {
        let (done, settled) = oneshot::channel();
        if self.orders.send(Order::Settle(done)).is_ok() {
            let _ = settled.await;
        }
    }

    /// Asks on a thread that may block. When the future is dropped, the work ends soon.
    async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Shared, &Asker) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        let (_waiting, asker) = asker::asker(&self.turns);
        spawn_blocking(move || asker.turn().and_then(|()| question(&shared, &asker)))
            .await
            .map_err(|error| StoreError::Unavailable(format!("a read failed: {error}")))?
    }
}

fn start(
    shared: &Arc<Shared>,
    jobs: Receiver<Job>,
    orders: Receiver<Order>,
    next_sequence: u64,
    repairer: impl FnOnce(&Shared) + Send + 'static,
) -> Result<Threads, StoreError> {
    let spawn = |name: &str, work: Box<dyn FnOnce(&Shared) + Send>| {
        let shared = Arc::clone(shared);
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(&shared))
            .map_err(|error| StoreError::Open(format!("cannot start the {name} thread: {error}")))
    };
    Ok(Threads {
        committer: spawn(
            "committer",
            Box::new(move |shared| committer::run(shared, &jobs, next_sequence)),
        )?,
        settler: spawn(
            "settler",
            Box::new(move |shared| settle::run(shared, &orders)),
        )?,
        repairer: spawn("repairer", Box::new(repairer))?,
    })
}

#[async_trait]
impl Store for LocalStore {
    async fn write(&self, batch: SpanBatch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.shared.admit(batch.bytes_held())?;
        let held = batch.bytes_held();
        let (done, committed) = oneshot::channel();
        let sent = {
            let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            jobs.as_ref()
                .is_some_and(|jobs| jobs.send(Job { batch, done }).is_ok())
        };
        if !sent {
            self.shared.release(held);
            return Err(StoreError::Unavailable("the store is closing".to_owned()));
        }
        committed.await.unwrap_or_else(|_| {
            Err(StoreError::Unavailable(
                "the committer has stopped".to_owned(),
            ))
        })
    }

    fn has_room(&self, bytes: usize) -> Result<(), StoreError> {
        self.shared.has_room(bytes)
    }

    async fn traces(&self, ids: &[TraceId]) -> Result<Vec<Trace>, StoreError> {
        let ids = ids.to_vec();
        self.read(move |shared, asker| {
            let mut traces = Vec::new();
            for id in ids {
                asker.turn()?;
                traces.extend(find::trace(shared, id)?);
            }
            Ok(traces)
        })
        .await
    }

    async fn ids_alike(&self, ids: &[TraceId]) -> Result<Vec<TraceId>, StoreError> {
        let ids = ids.to_vec();
        self.read(move |shared, _| find::ids_alike(shared, &ids))
            .await
    }

    async fn find(&self, query: &TraceQuery) -> Result<Found, StoreError> {
        let query = query.clone();
        self.read(move |shared, asker| find::find(shared, &query, asker))
            .await
    }

    async fn names(&self, query: &NameQuery) -> Result<Vec<String>, StoreError> {
        if let NameQuery::TagValues { key } = query {
            let key = key.clone();
            return self
                .read(move |shared, _| tag_values::of(shared, &key).map(sorted_names))
                .await;
        }
        let mut names = Vec::new();
        for bucket in self.shared.buckets() {
            bucket
                .names
                .visit(query, |name| names.push(name.to_owned()));
        }
        Ok(sorted_names(names))
    }

    async fn dependencies(&self, range: TimeRange) -> Result<Dependencies, StoreError> {
        self.read(move |shared, asker| dependencies::dependencies(shared, range, asker))
            .await
    }

    async fn counts(&self, query: &RollupQuery) -> Result<Counts, StoreError> {
        let query = query.clone();
        self.read(move |shared, asker| dependencies::counts(shared, &query, asker))
            .await
    }

    async fn peers(&self, query: &PeersQuery) -> Result<Vec<Peers>, StoreError> {
        let query = query.clone();
        self.read(move |shared, asker| dependencies::peers(shared, &query, asker))
            .await
    }

    async fn check(&self) -> Result<(), StoreError> {
        // A full disk is no failure of the store: it reads, and writes again by itself.
        if let Some(fault) = self.shared.rocks.fault().filter(|fault| fault.is_final) {
            return Err(StoreError::Unavailable(format!(
                "RocksDB writes no more until a restart: {}",
                fault.text
            )));
        }
        let running = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        match running.as_ref() {
            Some(threads) if !threads.has_ended() => Ok(()),
            Some(_) => Err(StoreError::Unavailable(
                "a thread of the store has stopped".to_owned(),
            )),
            None => Err(StoreError::Unavailable("the store is closed".to_owned())),
        }
    }

    fn status(&self) -> StoreStatus {
        self.shared.status()
    }

    async fn backup(&self, folder: &Path) -> Result<(), StoreError> {
        let folder = folder.to_owned();
        let draft = self
            .read(move |shared, _| {
                Draft::begin(&shared.data_dir, &folder).map_err(StoreError::Open)
            })
            .await?;
        let is_beside = draft.is_beside(&self.shared.data_dir);
        self.copy_to(draft, is_beside).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        let Some(stopping) = self.begin_stop() else {
            return Ok(());
        };
        match spawn_blocking(move || stopping.finish()).await {
            Ok(true) => Ok(()),
            _ => Err(StoreError::Unavailable(
                "a thread of the store had failed".to_owned(),
            )),
        }
    }
}

impl LocalStore {
    async fn copy_to(&self, draft: Draft, is_beside: bool) -> Result<(), StoreError> {
        let text = StoreError::Open;
        if is_beside {
            return self.filled(draft).await?.complete().map_err(text);
        }
        let staged = Draft::stage(&self.shared.data_dir).map_err(text)?;
        let staged = self.filled(staged).await?;
        self.read(move |_, _| {
            let filled = draft.fill_from(staged.folder());
            filled.and_then(|()| draft.complete()).map_err(text)
        })
        .await
    }

    /// Has the settler fill a copy.
    async fn filled(&self, draft: Draft) -> Result<Draft, StoreError> {
        let (done, filled) = oneshot::channel();
        let stopped = || StoreError::Unavailable("the store is closing".to_owned());
        self.orders
            .send(Order::Copy(draft, done))
            .map_err(|_| stopped())?;
        filled
            .await
            .map_err(|_| stopped())?
            .map_err(StoreError::Open)
    }

    /// `None` when the store is closed already.
    fn begin_stop(&self) -> Option<Stopping> {
        self.shared.closing.store(true, Ordering::Release);
        // Without a sender the committer finishes what it has and ends; then the settler may.
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let threads = self
            .threads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()?;
        Some(Stopping {
            threads,
            orders: self.orders.clone(),
            shared: Arc::clone(&self.shared),
        })
    }
}

/// A store that was not closed stops all the same: its threads must not outlive RocksDB.
impl Drop for LocalStore {
    fn drop(&mut self) {
        if let Some(stopping) = self.begin_stop() {
            stopping.finish();
        }
    }
}

struct Stopping {
    threads: Threads,
    orders: Sender<Order>,
    shared: Arc<Shared>,
}

impl Stopping {
    /// Waits for the threads to finish their work; false if one of them had failed.
    fn finish(self) -> bool {
        let committed = self.threads.committer.join();
        let _ = self.orders.send(Order::Stop);
        let settled = self.threads.settler.join();
        self.threads.repairer.thread().unpark();
        let repaired = self.threads.repairer.join();
        self.shared.rocks.stop_background_work();
        committed.is_ok() && settled.is_ok() && repaired.is_ok()
    }
}
