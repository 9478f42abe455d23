//! A small gRPC client on one kept connection, beside [`crate::http`]: one unary call after the other.
use std::io::{Error, ErrorKind, Result};
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2::{self, SendRequest};
use hyper::{HeaderMap, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use crate::http::Answer;

#[derive(Debug)]
pub struct Connection {
    /// Host and port.
    address: String,
    runtime: Runtime,
    sender: Option<SendRequest<Full<Bytes>>>,
}

const TIMEOUT: Duration = Duration::from_secs(60);
/// As large as grpc-go and grpc-java begin with or grow to: a body must not wait for permission.
const WINDOW_BYTES: u32 = 1 << 20;

impl Connection {
    /// Connects at the first call.
    ///
    /// # Errors
    /// When there is no runtime to be had.
    pub fn to(address: &str) -> Result<Self> {
        Ok(Self {
            address: address.to_owned(),
            runtime: Builder::new_current_thread().enable_all().build()?,
            sender: None,
        })
    }

    /// Calls the method at this path with one message. The status is that which HTTP has for the
    /// call's: 200, 503 for a server that asks for patience, 500 for what else is not well.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn call(&mut self, path: &str, message: &[u8]) -> Result<Answer> {
        let mut framed = BytesMut::with_capacity(5 + message.len());
        framed.put_u8(0);
        framed.put_u32(message.len() as u32);
        framed.put_slice(message);
        let request = Request::post(format!("http://{}{path}", self.address))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .header("user-agent", "hopline-bench")
            .body(Full::new(framed.freeze()))
            .map_err(Error::other)?;
        let Self {
            address,
            runtime,
            sender,
        } = self;
        let called = async {
            let sender = match sender {
                Some(sender) => sender,
                None => sender.insert(connect(address).await?),
            };
            sender.ready().await.map_err(Error::other)?;
            let answer = sender.send_request(request).await.map_err(Error::other)?;
            let (head, body) = answer.into_parts();
            let body = body.collect().await.map_err(Error::other)?;
            let trailers = body.trailers().cloned().unwrap_or_default();
            Ok(told(&head.headers, &trailers, body.to_bytes()))
        };
        runtime
            .block_on(async { tokio::time::timeout(TIMEOUT, called).await })
            .map_err(|_| Error::from(ErrorKind::TimedOut))?
    }
}

async fn connect(address: &str) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(Error::other)?;
    // Ends with the connection; what went wrong is told to the call.
    tokio::spawn(connection);
    Ok(sender)
}

fn told(head: &HeaderMap, trailers: &HeaderMap, body: Bytes) -> Answer {
    let of = |name| trailers.get(name).or_else(|| head.get(name));
    let status = of("grpc-status").map(|status| status.as_bytes());
    let message = of("grpc-message").map(|message| message.as_bytes().to_vec());
    match status {
        Some(b"0") => Answer {
            status: 200,
            body: body.to_vec(),
        },
        Some(b"14") => Answer {
            status: 503,
            body: Vec::new(),
        },
        _ => Answer {
            status: 500,
            body: message.unwrap_or_default(),
        },
    }
}
