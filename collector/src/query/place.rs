//! Where the trace is that is asked for: among what is kept, or in a file that somebody looks at. A file is
//! a store of its own for as long as the question takes, so that its traces are told by the very code that
//! tells kept ones.
use std::sync::Arc;

use bytes::Bytes;
use storage::memory::MemoryStore;
use storage::store::{Store, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Queries;
use super::loose::LooseStore;
use crate::failure::Failure;
use crate::metrics::{Counter, Metrics};
use crate::wire::Refused;
use crate::wire::file::{self, FORMS, SpanFile, Unreadable};

/// A file as it was sent.
pub struct File {
    pub bytes: Bytes,
    /// For the memory of its bytes.
    pub permit: Option<OwnedSemaphorePermit>,
}

/// What is needed to open a place.
pub(super) struct Way {
    kept: Arc<dyn Store>,
    metrics: Arc<Metrics>,
    opening: Arc<Semaphore>,
    file: Option<File>,
    is_loose: bool,
    search: bool,
}

/// A place that is open.
pub(super) struct Place {
    pub(super) store: Arc<dyn Store>,
    pub(super) is_loose: bool,
    /// Is it allowed to look for who links to a trace?
    pub(super) search: bool,
    /// What a file had beside its spans; of what is kept, nothing is known here.
    pub(super) file: Option<Opened>,
}

/// What is known of a file.
pub(super) struct Opened {
    pub(super) form: &'static str,
    pub(super) spans: usize,
    pub(super) refused: Refused,
    /// As long as its spans are in memory.
    _opening: Option<OwnedSemaphorePermit>,
}

impl Place {
    /// Who knows what is usual. A file does not: its traces may be the slow ones that somebody picked.
    pub(super) fn peers(&self) -> Option<Arc<dyn Store>> {
        self.file.is_none().then(|| Arc::clone(&self.store))
    }
}

impl Queries {
    pub(super) fn way(&self, file: Option<File>) -> Way {
        Way {
            kept: Arc::clone(&self.store),
            metrics: Arc::clone(&self.metrics),
            opening: Arc::clone(&self.opening),
            file,
            is_loose: !self.settings.strict_trace_id,
            search: self.settings.search,
        }
    }
}

impl Way {
    /// Opens the place: reads the file, if it is one. Runs on the query threads.
    pub(super) async fn open(self) -> Result<Result<Place, Failure>, StoreError> {
        let Some(File { bytes, permit }) = self.file else {
            return Ok(Ok(Place {
                store: self.kept,
                is_loose: self.is_loose,
                search: self.search,
                file: None,
            }));
        };
        // Spans take several times the memory of their bytes. Nobody closes the semaphore.
        let opening = self.opening.acquire_owned().await.ok();
        // Who leaves in the middle leaves this thread with its permits to its end.
        let read = tokio::task::spawn_blocking(move || {
            let read = file::read(bytes);
            drop(permit);
            (read, opening)
        });
        let (read, opening) = match read.await {
            Ok(read) => read,
            // A bug; the edge catches it and counts it.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        let file = match read {
            Ok(file) => file,
            Err(Unreadable { why, text }) => {
                let labels = [("format", "unknown"), ("outcome", why)];
                self.metrics.add(Counter::Views, &labels, 1);
                return Ok(Err(Failure::bad_request(text).with_hint(FORMS)));
            }
        };
        count(&self.metrics, &file);
        let store = MemoryStore::with_room_for(usize::MAX);
        let spans = file.len();
        for batch in file.batches {
            store.write(batch).await?;
        }
        let store: Arc<dyn Store> = Arc::new(store);
        let store = match self.is_loose {
            true => Arc::new(LooseStore(store)),
            false => store,
        };
        Ok(Ok(Place {
            store,
            is_loose: self.is_loose,
            search: true,
            file: Some(Opened {
                form: file.form,
                spans,
                refused: file.refused,
                _opening: opening,
            }),
        }))
    }
}

fn count(metrics: &Metrics, file: &SpanFile) {
    let format = ("format", file.form);
    metrics.add(Counter::Views, &[format, ("outcome", "shown")], 1);
    for (reason, count) in &file.refused.by_reason {
        let labels = [format, ("reason", reason.name())];
        metrics.add(Counter::ViewSpansRefused, &labels, *count);
    }
}

/// The most files whose spans are in memory at once: others wait their turn.
pub(super) const OPENING_MAX: usize = 2;
