//! The way in: a body becomes bytes (`body`), bytes become spans (`wire`), the sample rate has its
//! say, and the store keeps the rest. The client hears "accepted" only after the store said so.
mod body;
mod file;
pub mod otlp;
mod sample;
pub mod unpack;
pub mod zipkin;
mod zlib;
mod zstd;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use actix_web::http::header::{HeaderMap, HeaderValue, USER_AGENT};
use bytes::Bytes;
use storage::store::Store;
use tokio::sync::Semaphore;

use crate::config::IngestSettings;
use crate::failure::Failure;
use crate::metrics::{Counter, Metrics, Transport};
use crate::senders::{Heard, Senders};
use crate::wire::{Decoded, Refused, Undecodable};

pub use body::Arriving;
pub use unpack::Packing;

/// What every way in shares.
pub struct Ingest {
    store: Arc<dyn Store>,
    metrics: Arc<Metrics>,
    pub senders: Arc<Senders>,
    settings: IngestSettings,
    /// Permits for the memory of all bodies under way, [`PERMIT_BYTES`] each.
    memory: Arc<Semaphore>,
}

/// A language of spans, as the metrics name it.
#[derive(Clone, Copy)]
struct Language {
    name: &'static str,
    decode: fn(Bytes) -> Result<Decoded, Undecodable>,
    counted: Counted,
}

/// The counters of what a language has lists of.
#[derive(Clone, Copy)]
struct Counted {
    accepted: Counter,
    refused: Counter,
    unsampled: Counter,
}

const SPANS: Counted = Counted {
    accepted: Counter::SpansAccepted,
    refused: Counter::SpansRefused,
    unsampled: Counter::SpansUnsampled,
};

/// What became of a request's spans.
pub(crate) struct Taken {
    kept: usize,
    pub(crate) refused: Refused,
    pub(crate) texts_repaired: u64,
}

/// About as many bytes are held of a request while it waits to be written as it has, times this:
/// its own, and rows for its spans and attributes. What would be refused then is not decoded first.
const HELD_FOR_A_BYTE: usize = 3;

impl Ingest {
    pub fn new(
        store: Arc<dyn Store>,
        metrics: Arc<Metrics>,
        senders: Arc<Senders>,
        settings: IngestSettings,
    ) -> Self {
        let permits = (settings.memory / PERMIT_BYTES).clamp(1, Semaphore::MAX_PERMITS);
        Self {
            store,
            metrics,
            senders,
            settings,
            memory: Arc::new(Semaphore::new(permits)),
        }
    }

    /// Bytes of bodies under way.
    pub fn memory_held(&self) -> u64 {
        let permits = self.settings.memory / PERMIT_BYTES;
        (permits.saturating_sub(self.memory.available_permits()) * PERMIT_BYTES) as u64
    }

    /// The spans of a body, unless the store has no room for them anyway. Counts what is refused.
    async fn read(
        &self,
        bytes: Bytes,
        language: Language,
        heard: &mut Heard<'_>,
    ) -> Result<Decoded, Failure> {
        self.store.has_room(bytes.len() * HELD_FOR_A_BYTE)?;
        self.look(bytes, language, heard).await
    }

    /// As [`Self::read`], of what the store will see nothing of.
    async fn look(
        &self,
        bytes: Bytes,
        language: Language,
        heard: &mut Heard<'_>,
    ) -> Result<Decoded, Failure> {
        let decoded = self.decode(bytes, language).await?;
        let format = ("format", language.name);
        heard.refused(&decoded.refused);
        heard.read(&decoded.batch);
        if language.counted.accepted == Counter::SpansAccepted {
            for (spoken, spans) in heard.spans_by_language() {
                let labels = [format, ("language", spoken)];
                self.metrics.add(Counter::SenderSpans, &labels, spans);
            }
        }
        for (reason, count) in &decoded.refused.by_reason {
            let labels = [format, ("reason", reason.name())];
            self.metrics.add(language.counted.refused, &labels, *count);
        }
        self.metrics
            .add(Counter::TextsRepaired, &[format], decoded.texts_repaired);
        Ok(decoded)
    }

    /// Keeps what was read. `Ok` only after the store has the spans.
    async fn keep(
        &self,
        decoded: Decoded,
        language: Language,
        transport: &Transport,
        heard: &mut Heard<'_>,
    ) -> Result<Taken, Failure> {
        let Decoded {
            batch,
            refused,
            texts_repaired,
        } = decoded;
        let format = ("format", language.name);
        let spans = batch.len();
        transport.spans.fetch_add(spans as u64, Ordering::Relaxed);
        transport
            .message_spans
            .store(spans as u64, Ordering::Relaxed);

        let batch = sample::keep(batch, self.settings.sample_rate)?;
        let kept = batch.len();
        let unsampled = (spans - kept) as u64;
        heard.unsampled = unsampled;
        self.metrics
            .add(language.counted.unsampled, &[format], unsampled);
        transport
            .spans_dropped
            .fetch_add(unsampled, Ordering::Relaxed);
        if kept > 0 {
            let begun = Instant::now();
            if let Err(error) = self.store.write(batch).await {
                transport
                    .spans_dropped
                    .fetch_add(kept as u64, Ordering::Relaxed);
                tracing::debug!(%error, spans = kept, "cannot store spans");
                return Err(error.into());
            }
            self.metrics.observe_write(begun.elapsed());
            self.metrics
                .add(language.counted.accepted, &[format], kept as u64);
            heard.accepted = kept as u64;
        }
        Ok(Taken {
            kept: spans,
            refused,
            texts_repaired,
        })
    }

    /// Large bodies are decoded beside the worker, so that its other connections do not wait.
    async fn decode(&self, bytes: Bytes, language: Language) -> Result<Decoded, Failure> {
        let decoded = if bytes.len() > DECODE_INLINE_MAX {
            match tokio::task::spawn_blocking(move || (language.decode)(bytes)).await {
                Ok(decoded) => decoded,
                // A bug; the edge catches it and counts it.
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        } else {
            (language.decode)(bytes)
        };
        decoded.map_err(|error| {
            tracing::debug!(%error, format = language.name, "cannot decode spans");
            Failure::bad_request(error.0)
        })
    }

    fn count_body(
        &self,
        language: &str,
        transport: &Transport,
        bytes: usize,
        heard: &mut Heard<'_>,
    ) {
        let bytes = bytes as u64;
        heard.bytes = bytes;
        transport.bytes.fetch_add(bytes, Ordering::Relaxed);
        transport.message_bytes.store(bytes, Ordering::Relaxed);
        self.metrics
            .add(Counter::IngestBytes, &[("format", language)], bytes);
    }

    fn count_rejected(&self, language: &str, transport: &Transport, failure: &Failure) {
        transport.messages_dropped.fetch_add(1, Ordering::Relaxed);
        let status = failure.status();
        let labels = [("format", language), ("status", status.as_str())];
        self.metrics.add(Counter::IngestRejected, &labels, 1);
    }
}

/// What the client calls itself; empty when it does not say.
fn user_agent(headers: &HeaderMap) -> &[u8] {
    headers
        .get(USER_AGENT)
        .map(HeaderValue::as_bytes)
        .unwrap_or_default()
}

/// The granule in which memory for bodies is handed out.
const PERMIT_BYTES: usize = 1024;

/// The largest body that is decoded on the worker itself: about a millisecond.
const DECODE_INLINE_MAX: usize = 256 << 10;
