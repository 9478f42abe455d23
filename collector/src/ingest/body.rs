//! A request's body becomes plain bytes: a limit on what is sent, a limit on what it inflates to,
//! a limit on how long it may take, and a permit for the memory it holds.
use std::fmt::Display;
use std::future::poll_fn;
use std::io::{self, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{HttpRequest, web};
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use futures_core::Stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::zlib::ZlibDecoder;
use super::zstd::ZstdDecoder;
use super::{Ingest, PERMIT_BYTES};
use crate::failure::{Failure, FailureKind};

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    /// What HTTP calls `deflate`.
    Zlib,
    Zstd,
}

/// A body on its way in, whatever door it comes through.
pub(crate) struct Arriving<S> {
    pub(crate) packing: Packing,
    /// Its length as sent, if the client said so.
    pub(crate) declared: Option<usize>,
    pub(crate) chunks: S,
}

impl Arriving<web::Payload> {
    pub(super) fn over_http(
        request: &HttpRequest,
        payload: web::Payload,
        packing: Packing,
    ) -> Self {
        let length = request.headers().get(CONTENT_LENGTH);
        Self {
            packing,
            declared: length.and_then(|length| length.to_str().ok()?.parse().ok()),
            chunks: payload,
        }
    }
}

/// A body, with the permit for its memory.
pub(super) struct Body {
    pub(super) bytes: Bytes,
    _permit: Option<OwnedSemaphorePermit>,
}

/// Reads a body to its end.
pub(super) async fn read<S, E>(ingest: &Ingest, arriving: Arriving<S>) -> Result<Body, Failure>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Display,
{
    let settings = &ingest.settings;
    let Arriving {
        packing,
        declared,
        mut chunks,
    } = arriving;
    if declared.is_some_and(|length| length > settings.body_max) {
        return Err(too_large("as sent", settings.body_max));
    }
    let mut sink = Sink {
        bytes: Vec::new(),
        inflated_max: settings.body_inflated_max,
        sent: 0,
        packed: packing != Packing::Plain,
        memory: Arc::clone(&ingest.memory),
        permit: None,
        failure: None,
    };
    if let Some(length) = declared {
        sink.reserve(length)?;
    }
    let mut unpacker = Unpacker::new(packing, sink)?;
    let pace = Pace {
        begun: Instant::now(),
        total: settings.body_timeout,
    };
    let mut sent = 0;
    while let Some(chunk) = pace.wait(sent, next(&mut chunks)).await? {
        let chunk =
            chunk.map_err(|error| Failure::bad_request(format!("the body broke off: {error}")))?;
        sent += chunk.len();
        if sent > settings.body_max {
            return Err(too_large("as sent", settings.body_max));
        }
        unpacker.take(&chunk, sent)?;
    }
    let sink = unpacker.finish(sent)?;
    Ok(Body {
        bytes: Bytes::from(sink.bytes),
        _permit: sink.permit,
    })
}

async fn next<S: Stream + Unpin>(chunks: &mut S) -> Option<S::Item> {
    poll_fn(|context| Pin::new(&mut *chunks).poll_next(context)).await
}

/// How slow a client may be: a grace, then a rate, and never longer than the limit.
struct Pace {
    begun: Instant,
    total: Duration,
}

impl Pace {
    async fn wait<T>(&self, received: usize, next: impl Future<Output = T>) -> Result<T, Failure> {
        let earned = Duration::from_secs((received / BYTES_PER_SECOND_MIN) as u64);
        let allowed = GRACE.saturating_add(earned).min(self.total);
        let left = allowed.saturating_sub(self.begun.elapsed());
        tokio::time::timeout(left, next).await.map_err(|_| {
            let text = format!("the body did not arrive within {} ms", allowed.as_millis());
            Failure::new(FailureKind::RequestTimeout, text)
        })
    }
}

/// Takes the plain bytes, as many as allowed. It inflates in steps of 32 KiB, so that a bomb is
/// noticed within one step of the limit.
struct Sink {
    bytes: Vec<u8>,
    inflated_max: usize,
    sent: usize,
    packed: bool,
    memory: Arc<Semaphore>,
    permit: Option<OwnedSemaphorePermit>,
    failure: Option<Failure>,
}

impl Sink {
    /// Makes sure that the memory for this many bytes is ours.
    fn reserve(&mut self, bytes: usize) -> Result<(), Failure> {
        let held = self
            .permit
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        let wanted = bytes.div_ceil(PERMIT_BYTES);
        if wanted > held {
            let more = Arc::clone(&self.memory)
                .try_acquire_many_owned((wanted - held) as u32)
                .map_err(|_| Failure::new(FailureKind::Overloaded, OVERLOADED))?;
            match &mut self.permit {
                Some(permit) => permit.merge(more),
                None => self.permit = Some(more),
            }
            self.bytes.reserve(bytes - self.bytes.len());
        }
        Ok(())
    }

    fn take(&mut self, plain: &[u8]) -> Result<(), Failure> {
        let total = self.bytes.len() + plain.len();
        if total > self.inflated_max {
            return Err(too_large("inflated", self.inflated_max));
        }
        if self.packed && total > RATIO_FREE_BYTES && total / RATIO_MAX > self.sent {
            let text = format!("the body inflates to more than {RATIO_MAX} times its size");
            return Err(Failure::new(FailureKind::TooLarge, text));
        }
        if total > self.bytes.capacity() {
            // Grows as a vector does, but only over memory that was granted.
            let doubled = (self.bytes.capacity() * 2).min(self.inflated_max);
            self.reserve(total.max(doubled).max(4 * PERMIT_BYTES))?;
        }
        self.bytes.extend_from_slice(plain);
        Ok(())
    }
}

impl Write for Sink {
    fn write(&mut self, plain: &[u8]) -> io::Result<usize> {
        self.take(plain).map_err(|failure| {
            self.failure = Some(failure);
            io::Error::other("refused")
        })?;
        Ok(plain.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Unpacker {
    Plain(Sink),
    Gzip(Box<MultiGzDecoder<Sink>>),
    Zlib(Box<ZlibDecoder<Sink>>),
    Zstd(Box<ZstdDecoder<Sink>>),
}

impl Unpacker {
    fn new(packing: Packing, sink: Sink) -> Result<Self, Failure> {
        Ok(match packing {
            Packing::Plain => Self::Plain(sink),
            Packing::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(sink))),
            Packing::Zlib => Self::Zlib(Box::new(ZlibDecoder::new(sink))),
            Packing::Zstd => {
                let decoder = ZstdDecoder::new(sink).map_err(|error| {
                    Failure::new(FailureKind::Internal, format!("no zstd: {error}"))
                })?;
                Self::Zstd(Box::new(decoder))
            }
        })
    }

    fn take(&mut self, chunk: &[u8], sent: usize) -> Result<(), Failure> {
        self.sink().sent = sent;
        let written = match self {
            Self::Plain(sink) => return sink.take(chunk),
            Self::Gzip(decoder) => decoder.write_all(chunk),
            Self::Zlib(decoder) => decoder.write_all(chunk),
            Self::Zstd(decoder) => decoder.write_all(chunk),
        };
        written.map_err(|_| self.failure())
    }

    fn finish(mut self, sent: usize) -> Result<Sink, Failure> {
        // An empty body needs no unpacking, whatever its header says.
        let finished = match &mut self {
            Self::Plain(_) => Ok(()),
            _ if sent == 0 => Ok(()),
            Self::Gzip(decoder) => decoder.try_finish(),
            Self::Zlib(decoder) => decoder.try_finish(),
            Self::Zstd(decoder) => decoder.try_finish(),
        };
        if finished.is_err() {
            return Err(self.failure());
        }
        Ok(std::mem::replace(self.sink(), Sink::empty()))
    }

    fn failure(&mut self) -> Failure {
        let text = self.cannot_unpack();
        let failure = self.sink().failure.take();
        failure.unwrap_or_else(|| Failure::bad_request(text))
    }

    const fn cannot_unpack(&self) -> &'static str {
        match self {
            Self::Zstd(_) => CANNOT_UNZSTD,
            _ => CANNOT_GUNZIP,
        }
    }

    fn sink(&mut self) -> &mut Sink {
        match self {
            Self::Plain(sink) => sink,
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::Zlib(decoder) => decoder.get_mut(),
            Self::Zstd(decoder) => decoder.get_mut(),
        }
    }
}

impl Sink {
    fn empty() -> Self {
        Self {
            bytes: Vec::new(),
            inflated_max: 0,
            sent: 0,
            packed: false,
            memory: Arc::new(Semaphore::new(0)),
            permit: None,
            failure: None,
        }
    }
}

fn too_large(how: &str, limit: usize) -> Failure {
    let text = format!("the body is larger than {limit} bytes {how}; send fewer spans at once");
    Failure::new(FailureKind::TooLarge, text)
}

/// Zipkin's text.
const CANNOT_GUNZIP: &str = "Cannot gunzip spans";
const CANNOT_UNZSTD: &str = "the body is not zstd, though it says so";
const OVERLOADED: &str = "too many request bodies are under way, try again a little later";

/// An honest body of spans shrinks to a twentieth at most.
const RATIO_MAX: usize = 200;
const RATIO_FREE_BYTES: usize = 8 << 20;

const GRACE: Duration = Duration::from_secs(10);
const BYTES_PER_SECOND_MIN: usize = 1024;
