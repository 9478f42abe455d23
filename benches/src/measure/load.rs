//! Sends requests through a few connections and waits until the server is at rest.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Times;
use super::server::Server;
use super::traffic::Format;
use crate::grpc;
use crate::http::{Answer, Connection};

#[derive(Debug)]
pub struct Sent {
    /// From the first byte to the last acknowledgement.
    pub seconds: f64,
    pub bytes: u64,
    pub acknowledged: Times,
    /// How often the server was full and asked for patience.
    pub retries: u64,
}

pub const CONNECTIONS: usize = 4;
/// A server that is full gets this long before the same request comes again.
const PATIENCE: Duration = Duration::from_millis(100);
const SETTLE_LIMIT: Duration = Duration::from_secs(600);
/// Quiet seconds that make rest, where the server tells about its tail and where it does not.
const QUIET: [u32; 2] = [2, 6];

/// What the senders share.
struct Shared<I> {
    format: Format,
    bodies: Mutex<I>,
    bytes: AtomicU64,
    retries: AtomicU64,
}

/// # Errors
/// When a request fails or is refused.
pub fn send<B: AsRef<[u8]>>(
    address: &str,
    format: Format,
    bodies: impl Iterator<Item = B> + Send,
) -> Result<Sent, String> {
    let shared = Shared {
        format,
        bodies: Mutex::new(bodies),
        bytes: AtomicU64::new(0),
        retries: AtomicU64::new(0),
    };
    let began = Instant::now();
    let acknowledged = thread::scope(|scope| {
        let senders: Vec<_> = (0..CONNECTIONS)
            .map(|_| scope.spawn(|| send_some(address, &shared)))
            .collect();
        let mut all = Times::default();
        for sender in senders {
            let times = sender
                .join()
                .map_err(|_| "a sender panicked".to_owned())??;
            all.extend(times);
        }
        Ok::<_, String>(all)
    })?;
    Ok(Sent {
        seconds: began.elapsed().as_secs_f64(),
        bytes: shared.bytes.into_inner(),
        acknowledged,
        retries: shared.retries.into_inner(),
    })
}

fn send_some<B: AsRef<[u8]>>(
    address: &str,
    shared: &Shared<impl Iterator<Item = B>>,
) -> Result<Times, String> {
    let path = shared.format.path();
    let mut line = Line::to(address, shared.format).map_err(|error| error.to_string())?;
    let mut times = Times::default();
    while let Some(body) = shared.next() {
        let body = body.as_ref();
        shared.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
        loop {
            let began = Instant::now();
            let answer = line
                .send(shared.format, body)
                .map_err(|error| format!("{path} failed: {error}"))?;
            match answer.status {
                200 | 202 => {
                    times.add(began.elapsed());
                    break;
                }
                429 | 503 => {
                    shared.retries.fetch_add(1, Ordering::Relaxed);
                    thread::park_timeout(PATIENCE);
                }
                status => {
                    let text = String::from_utf8_lossy(&answer.body).into_owned();
                    return Err(format!("{path} answered {status}: {text}"));
                }
            }
        }
    }
    Ok(times)
}

/// A connection in the language of a format.
enum Line {
    Http(Connection),
    Grpc(grpc::Connection),
}

impl Line {
    fn to(address: &str, format: Format) -> std::io::Result<Self> {
        Ok(match format {
            Format::Grpc => Self::Grpc(grpc::Connection::to(address)?),
            Format::Otlp | Format::Zipkin => Self::Http(Connection::to(address)),
        })
    }

    fn send(&mut self, format: Format, body: &[u8]) -> std::io::Result<Answer> {
        match self {
            Self::Http(connection) => connection.post(format.path(), format.content_type(), body),
            Self::Grpc(connection) => connection.call(format.path(), body),
        }
    }
}

impl<B, I: Iterator<Item = B>> Shared<I> {
    fn next(&self) -> Option<B> {
        let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        bodies.next()
    }
}

/// Waits until nothing of what was sent is still to be arranged on disk, and the work that
/// follows from it (merges, compactions) is over too. Returns how it knew.
///
/// # Errors
/// When that takes longer than ten minutes.
pub fn settle(server: &Server) -> Result<&'static str, String> {
    let mut connection = Connection::to(&server.address);
    let began = Instant::now();
    let mut quiet = 0;
    while began.elapsed() < SETTLE_LIMIT {
        quiet = if server.process.rests_a_second() {
            quiet + 1
        } else {
            0
        };
        match tail_bytes(&mut connection) {
            Some(0) if quiet >= QUIET[0] => return Ok("tail empty, processor idle"),
            // Without a word from the server it takes longer to believe.
            None if quiet >= QUIET[1] => return Ok("processor idle"),
            _ => {}
        }
    }
    Err(format!(
        "the server did not come to rest in {} s",
        SETTLE_LIMIT.as_secs()
    ))
}

/// Bytes of spans that are acknowledged but in no row yet, if the server tells.
fn tail_bytes(connection: &mut Connection) -> Option<u64> {
    let answer = connection.get("/api/hopline/status").ok()?;
    let status: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
    status.pointer("/store/tailBytes")?.as_u64()
}
