//! Many lookups in one request, for tools that read logs: a list of texts comes, a list of answers
//! leaves, in the same order.
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use actix_web::web;
use bytes::BytesMut;
use futures_core::Stream as _;
use serde_json::Value;
use storage::store::StoreError;
use tokio::time::{Instant, timeout, timeout_at};

use super::find::{Finder, Found};
use crate::failure::{Failure, FailureKind};
use crate::query::pasted::TEXT_BYTES_MAX;

/// The most texts of a request.
const TEXTS_MAX: usize = 1_000;
/// The largest body.
const BODY_BYTES_MAX: usize = 2 << 20;
/// How long the body may take to come.
const BODY_TIME_MAX: Duration = Duration::from_secs(10);
/// When no further text is looked up: the others are answered as cut.
const TIME_MAX: Duration = Duration::from_secs(5);

/// The texts of a request.
pub(super) async fn read(payload: web::Payload) -> Result<Vec<String>, Failure> {
    let body = timeout(BODY_TIME_MAX, body(payload)).await.map_err(|_| {
        let text = format!(
            "the body did not arrive within {} s",
            BODY_TIME_MAX.as_secs()
        );
        Failure::new(FailureKind::RequestTimeout, text)
    })??;
    let texts: Vec<String> = serde_json::from_slice(&body).map_err(|error| {
        Failure::bad_request(format!("the body is no JSON list of texts: {error}"))
            .with_hint("send [\"4bf92f3577b34da6a3ce929d0e0e4736\", \"req-42\"]")
    })?;
    if texts.len() > TEXTS_MAX {
        let text = format!("{} texts are more than {TEXTS_MAX}", texts.len());
        return Err(Failure::new(FailureKind::TooLarge, text).with_hint("send them in parts"));
    }
    if let Some(place) = texts.iter().position(|text| text.len() > TEXT_BYTES_MAX) {
        let text = format!("text {place} (from 0) is longer than {TEXT_BYTES_MAX} bytes");
        return Err(Failure::new(FailureKind::TooLarge, text));
    }
    Ok(texts)
}

async fn body(mut payload: web::Payload) -> Result<BytesMut, Failure> {
    let mut body = BytesMut::new();
    while let Some(chunk) = poll_fn(|context| Pin::new(&mut payload).poll_next(context)).await {
        let chunk =
            chunk.map_err(|error| Failure::bad_request(format!("the body broke off: {error}")))?;
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            let text = format!("the body is larger than {BODY_BYTES_MAX} bytes");
            return Err(Failure::new(FailureKind::TooLarge, text).with_hint("send it in parts"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// One answer for each text. An empty text finds nothing.
pub(super) async fn find(finder: &Finder, texts: Vec<String>) -> Result<Vec<Value>, StoreError> {
    let end = Instant::now() + TIME_MAX;
    let mut answers = Vec::with_capacity(texts.len());
    for text in &texts {
        let found = if Instant::now() >= end {
            Found::out_of_time()
        } else {
            match timeout_at(end, finder.find(text)).await {
                Ok(found) => found?,
                Err(_) => Found::out_of_time(),
            }
        };
        answers.push(found.to_json(text));
    }
    Ok(answers)
}
