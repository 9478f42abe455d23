//! The one message of a call that answers with one: five bytes that say how it is packed and how
//! long it is, then the message; and the answer in the same form.
use std::fmt::Display;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use futures_core::Stream;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Request, Response};
use tonic::body::Body;

use super::status;
use crate::failure::{Failure, FailureKind};
use crate::ingest::{Arriving, Packing};

/// What the client calls itself; empty when it does not say.
pub(super) fn user_agent<B>(request: &Request<B>) -> Bytes {
    let agent = request.headers().get(USER_AGENT);
    // A copy of a few bytes: the headers go with the request.
    agent.map_or_else(Bytes::new, |agent| Bytes::copy_from_slice(agent.as_bytes()))
}

/// Reads the beginning of the message.
///
/// # Errors
/// When it does not begin as gRPC, or not in time.
pub async fn open<B>(request: Request<B>) -> Result<Arriving<Chunks<B>>, Failure>
where
    B: hyper::body::Body<Data = Bytes, Error: Display> + Unpin,
{
    let packing = packing(request.headers())?;
    let mut body = request.into_body();
    let mut begun = BytesMut::new();
    let awaited = tokio::time::timeout(PREFIX_TIME_MAX, async {
        while begun.len() < PREFIX {
            match body.frame().await {
                Some(Ok(frame)) => begun.extend(frame.into_data().into_iter().flatten()),
                Some(Err(error)) => {
                    return Err(Failure::bad_request(format!("the call broke off: {error}")));
                }
                None => return Err(Failure::bad_request("the call has no message")),
            }
        }
        Ok(())
    });
    awaited.await.map_err(|_| {
        let text = "the message did not begin in time";
        Failure::new(FailureKind::RequestTimeout, text)
    })??;
    let packed = begun.get_u8();
    let length = begun.get_u32() as usize;
    let packing = match (packed, packing) {
        (0, _) => Packing::Plain,
        (1, Packing::Plain) => {
            let text = "the message says that it is packed, but grpc-encoding does not say how";
            return Err(Failure::bad_request(text));
        }
        (1, packing) => packing,
        _ => return Err(Failure::bad_request(NOT_FRAMED)),
    };
    Ok(Arriving {
        packing,
        declared: Some(length),
        chunks: Chunks {
            first: Some(begun.freeze()),
            left: length,
            body,
        },
    })
}

/// The bytes of a message as they arrive. Ends when the client has said that it is done.
pub struct Chunks<B> {
    first: Option<Bytes>,
    /// What is missing of the announced length.
    left: usize,
    body: B,
}

impl<B> Stream for Chunks<B>
where
    B: hyper::body::Body<Data = Bytes, Error: Display> + Unpin,
{
    type Item = Result<Bytes, String>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let chunk = match self.first.take() {
                Some(first) => first,
                None => match Pin::new(&mut self.body).poll_frame(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
                    Poll::Ready(Some(Err(error))) => {
                        return Poll::Ready(Some(Err(error.to_string())));
                    }
                    Poll::Ready(None) if self.left == 0 => return Poll::Ready(None),
                    Poll::Ready(None) => {
                        let text = format!("{} bytes are missing", self.left);
                        return Poll::Ready(Some(Err(text)));
                    }
                },
            };
            if chunk.len() > self.left {
                let text = "there is more than one message, or its length is wrong";
                return Poll::Ready(Some(Err(text.to_owned())));
            }
            self.left -= chunk.len();
            if !chunk.is_empty() {
                return Poll::Ready(Some(Ok(chunk)));
            }
        }
    }
}

/// The answer with this message, and all is well.
pub(super) fn answer(message: &[u8]) -> Response<Body> {
    let mut framed = BytesMut::with_capacity(PREFIX + message.len());
    framed.put_u8(0);
    framed.put_u32(message.len() as u32);
    framed.put_slice(message);
    let body = Full::new(framed.freeze()).with_trailers(async {
        let ok = (
            HeaderName::from_static("grpc-status"),
            HeaderValue::from_static("0"),
        );
        Some(Ok(HeaderMap::from_iter([ok])))
    });
    let mut response = Response::new(Body::new(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    status::name_packings(headers);
    response
}

fn packing(headers: &HeaderMap) -> Result<Packing, Failure> {
    let Some(coding) = headers.get("grpc-encoding") else {
        return Ok(Packing::Plain);
    };
    match coding.as_bytes() {
        b"identity" => Ok(Packing::Plain),
        b"gzip" => Ok(Packing::Gzip),
        b"deflate" => Ok(Packing::Zlib),
        b"zstd" => Ok(Packing::Zstd),
        _ => {
            let text = "the message encoding must be gzip, zstd, deflate or identity";
            Err(Failure::new(FailureKind::UnsupportedType, text))
        }
    }
}

/// A byte that says whether the message is packed, and its length in four.
const PREFIX: usize = 5;
const PREFIX_TIME_MAX: Duration = Duration::from_secs(10);
const NOT_FRAMED: &str = "the call does not begin as gRPC: its first byte must be 0 or 1";
