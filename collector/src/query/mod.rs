//! The way out: questions come as URLs, go to the store on threads of their own, and come back as
//! JSON. Queries have a deadline and a number, so that they cannot starve the way in.
mod across;
mod answer;
pub mod compare;
pub mod compare_groups;
mod counts_json;
mod facets;
pub mod hopline;
pub mod log_links;
pub mod lookup;
mod loose;
pub mod overview;
mod params;
pub mod pasted;
mod peers;
pub mod place;
mod search_params;
pub mod services;
pub mod spans;
mod told;
pub mod viewed;
pub mod why;
pub mod zipkin;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use storage::store::{Store, StoreError};
use storage::time::Clock;
use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::loose::LooseStore;
use crate::config::QuerySettings;
use crate::failure::{Failure, FailureKind};
use crate::metrics::{Counter, Metrics};

/// What every question shares.
pub struct Queries {
    store: Arc<dyn Store>,
    metrics: Arc<Metrics>,
    settings: QuerySettings,
    clock: Clock,
    /// Taken only when the server ends.
    runtime: Option<Runtime>,
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// Files whose spans are in memory.
    opening: Arc<Semaphore>,
    /// How many services the latest `/services` saw: it decides about a cache header.
    services_seen: AtomicUsize,
}

impl Queries {
    /// Starts the threads for queries.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub fn start(
        store: Arc<dyn Store>,
        metrics: Arc<Metrics>,
        settings: QuerySettings,
        clock: Clock,
    ) -> std::io::Result<Self> {
        // Half of the machine: the rest belongs to the way in.
        let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get() / 2);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads.max(1))
            .thread_name("hopline-query")
            .enable_time()
            .build()?;
        let store: Arc<dyn Store> = if settings.strict_trace_id {
            store
        } else {
            Arc::new(LooseStore(store))
        };
        Ok(Self {
            store,
            metrics,
            running: Arc::new(Semaphore::new(settings.running_max)),
            settings,
            clock,
            runtime: Some(runtime),
            waiting: AtomicUsize::new(0),
            opening: Arc::new(Semaphore::new(place::OPENING_MAX)),
            services_seen: AtomicUsize::new(0),
        })
    }

    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub fn enabled(&self) -> bool {
        self.settings.enabled
    }

    /// Runs a question on the query threads, within the deadline.
    async fn run<T: Send + 'static>(
        &self,
        question: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, Failure> {
        self.run_with_permit(|_| question).await
    }

    /// As [`Self::run`]; the question may keep its permit for longer than it takes.
    async fn run_with_permit<T: Send + 'static, Q>(
        &self,
        question: impl FnOnce(Permit) -> Q,
    ) -> Result<T, Failure>
    where
        Q: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let mut outcome = Outcome {
            metrics: &self.metrics,
            name: "left",
        };
        let answered = match self.settings.timeout {
            Some(limit) => tokio::time::timeout(limit, self.admitted(question))
                .await
                .unwrap_or_else(|_| {
                    let text = format!("the query took longer than {} ms", limit.as_millis());
                    Err(Failure::new(FailureKind::QueryTimeout, text)
                        .with_hint("ask for a shorter time or fewer traces"))
                }),
            None => self.admitted(question).await,
        };
        outcome.name = match &answered {
            Ok(_) => "answered",
            Err(failure) => match failure.kind {
                FailureKind::QueryTimeout => "timeout",
                FailureKind::Overloaded => "overloaded",
                _ => "failed",
            },
        };
        answered
    }

    async fn admitted<T: Send + 'static, Q>(
        &self,
        question: impl FnOnce(Permit) -> Q,
    ) -> Result<T, Failure>
    where
        Q: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let Some(runtime) = &self.runtime else {
            return Err(Failure::new(
                FailureKind::Unavailable,
                "the server is closing",
            ));
        };
        let waiting = Waiting::join(&self.waiting)?;
        // Nobody closes the semaphore.
        let permit = Arc::clone(&self.running).acquire_owned().await;
        let permit: Permit = permit.ok().map(Arc::new);
        drop(waiting);
        let question = question(permit.clone());
        // Who is out of time, or has left, drops the question with its permit: the store sees that
        // nobody waits and ends its work.
        let task = runtime.spawn(async move {
            let _permit = permit;
            question.await
        });
        let abort = AbortOnDrop(task.abort_handle());
        let joined = task.await;
        drop(abort);
        match joined {
            Ok(answer) => answer.map_err(Failure::from),
            // A bug; the edge catches it and counts it.
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(Failure::new(
                FailureKind::Unavailable,
                "the query was stopped",
            )),
        }
    }
}

impl Drop for Queries {
    fn drop(&mut self) {
        // Waiting for the threads here would block the server's own.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The right to run a query, for as long as anyone has it.
type Permit = Option<Arc<OwnedSemaphorePermit>>;

/// Counts how a query ended; a client that leaves drops it in the middle.
struct Outcome<'a> {
    metrics: &'a Metrics,
    name: &'static str,
}

impl Drop for Outcome<'_> {
    fn drop(&mut self) {
        let labels = [("outcome", self.name)];
        self.metrics.add(Counter::Queries, &labels, 1);
    }
}

/// A place in the queue before the queries that run.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn join(count: &'a AtomicUsize) -> Result<Self, Failure> {
        let before = count.fetch_add(1, Ordering::AcqRel);
        let place = Self(count);
        if before >= WAITING_MAX {
            let text = "too many queries are waiting, try again a little later";
            return Err(Failure::new(FailureKind::Overloaded, text));
        }
        Ok(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The most queries that wait for one of those that run.
const WAITING_MAX: usize = 256;
