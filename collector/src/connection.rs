//! A connection: its first bytes say whether it speaks HTTP/1.1, which is served by actix, or
//! HTTP/2, which is served by hyper, for gRPC. Both run on the worker that accepted it, and are
//! counted, limited and drained alike.
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_server::GracefulShutdownSignal;
use actix_service::{Service, ServiceFactory, fn_factory, fn_service};
use actix_web::rt::net::TcpStream;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};

use crate::grpc::Grpc;

/// Gives each connection to the server of its language; `http` serves HTTP/1.1. A connection must
/// say within `patience` which one it speaks.
pub fn either<H>(
    http: H,
    grpc: Arc<Grpc>,
    stopping: GracefulShutdownSignal,
    patience: Duration,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = DispatchError, InitError = ()>
where
    H: ServiceFactory<TcpStream, Config = (), Response = (), Error = DispatchError, InitError = ()>
        + 'static,
{
    fn_factory(move || {
        let http = http.new_service(());
        let (grpc, stopping) = (Arc::clone(&grpc), stopping.clone());
        async move {
            let http = Rc::new(http.await?);
            Ok(fn_service(move |stream: TcpStream| {
                let http = Rc::clone(&http);
                let (grpc, stopping) = (Arc::clone(&grpc), stopping.clone());
                async move {
                    let spoken = tokio::time::timeout(patience, speaks_http2(&stream));
                    let spoken = tokio::select! {
                        spoken = spoken => spoken,
                        () = stopping.notified() => return Ok(()),
                    };
                    match spoken {
                        Ok(Ok(false)) => http.call(stream).await,
                        Ok(Ok(true)) => {
                            serve_http2(stream, grpc, stopping).await;
                            Ok(())
                        }
                        Ok(Err(error)) => Err(DispatchError::Io(error)),
                        // Who says nothing has asked nothing.
                        Err(_) => Ok(()),
                    }
                }
            }))
        }
    })
}

/// Looks at the first bytes without taking them. Decides at the first that differs from HTTP/2's
/// preface: no request of HTTP/1.1 begins with it.
async fn speaks_http2(stream: &TcpStream) -> io::Result<bool> {
    let mut seen = [0; PREFACE.len()];
    loop {
        let count = stream.peek(&mut seen).await?;
        if count == 0 || seen[..count] != PREFACE[..count] {
            return Ok(false);
        }
        if count == PREFACE.len() {
            return Ok(true);
        }
        // Bytes that stay where they are wake nobody. A preface in pieces is rare.
        tokio::time::sleep(PIECES_PAUSE).await;
    }
}

async fn serve_http2(stream: TcpStream, grpc: Arc<Grpc>, stopping: GracefulShutdownSignal) {
    // Answers are small and whole.
    _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let grpc = Arc::clone(&grpc);
        async move { Ok::<_, std::convert::Infallible>(grpc.answer(request).await) }
    });
    let mut connection = pin!(
        http2::Builder::new(Worker)
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(HEAD_BYTES_MAX)
            .max_pending_accept_reset_streams(RESET_STREAMS_MAX)
            .initial_stream_window_size(WINDOW_BYTES)
            .initial_connection_window_size(WINDOW_BYTES)
            .keep_alive_interval(PING_PERIOD)
            .keep_alive_timeout(PING_PATIENCE)
            .serve_connection(TokioIo::new(stream), service)
    );
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stopping.notified() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "an HTTP/2 connection ended");
    }
}

/// Runs the calls of a connection on the worker that accepted it.
#[derive(Clone)]
struct Worker;

impl<F: Future<Output = ()> + 'static> hyper::rt::Executor<F> for Worker {
    fn execute(&self, call: F) {
        actix_web::rt::spawn(call);
    }
}

const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const PIECES_PAUSE: Duration = Duration::from_millis(10);

/// Calls under way on one connection; more wait at the client.
const STREAMS_MAX: u32 = 128;
const HEAD_BYTES_MAX: u32 = 16 << 10;
/// Calls that a client begins and takes back before they were looked at (rapid reset).
const RESET_STREAMS_MAX: usize = 20;
/// What a client may send before it is read: all calls of a connection together.
const WINDOW_BYTES: u32 = 1 << 20;
/// A client that is gone without saying so is noticed by a ping; one that is there may be idle.
const PING_PERIOD: Duration = Duration::from_secs(20);
const PING_PATIENCE: Duration = Duration::from_secs(20);
