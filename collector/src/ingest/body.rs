//! A request's body becomes plain bytes: a limit on what is sent, a limit on what it inflates to
//! (`unpack`), a limit on how long it may take, and a permit for the memory it holds.
use std::fmt::Display;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::{Duration, Instant};

use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{HttpRequest, web};
use bytes::Bytes;
use futures_core::Stream;
use tokio::sync::OwnedSemaphorePermit;

use super::Ingest;
use super::unpack::{Packing, Unpacker, too_large};
use crate::failure::{Failure, FailureKind};

/// A body on its way in, whatever door it comes through.
pub struct Arriving<S> {
    pub packing: Packing,
    /// Its length as sent, if the client said so.
    pub declared: Option<usize>,
    pub chunks: S,
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
    permit: Option<OwnedSemaphorePermit>,
}

impl Body {
    pub(super) fn into_parts(self) -> (Bytes, Option<OwnedSemaphorePermit>) {
        (self.bytes, self.permit)
    }
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
    let inflated_max = settings.body_inflated_max;
    let mut unpacker = Unpacker::new(packing, inflated_max, &ingest.memory, declared)?;
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
        unpacker.take(&chunk)?;
    }
    let (bytes, permit) = unpacker.finish()?;
    Ok(Body {
        bytes: Bytes::from(bytes),
        permit,
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

const GRACE: Duration = Duration::from_secs(10);
const BYTES_PER_SECOND_MIN: usize = 1024;
