//! Sends prepared requests through a few connections and waits until the server is at rest.
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Times;
use super::server::Server;
use crate::http::Connection;

/// Where a format goes in, and what is sent there.
pub struct Load {
    pub path: &'static str,
    pub content_type: &'static str,
    pub bodies: Vec<Vec<u8>>,
}

#[derive(Debug)]
pub struct Sent {
    /// From the first byte to the last acknowledgement.
    pub seconds: f64,
    pub acknowledged: Times,
    /// How often the server was full and asked for patience.
    pub retries: u64,
}

pub const CONNECTIONS: usize = 4;
/// A server that is full gets this long before the same request comes again.
const PATIENCE: Duration = Duration::from_millis(100);
const SETTLE_LIMIT: Duration = Duration::from_secs(300);

pub fn send(address: &str, load: &Load) -> Result<Sent, String> {
    let (next, retries) = (AtomicUsize::new(0), AtomicU64::new(0));
    let began = Instant::now();
    let times = thread::scope(|scope| {
        let senders: Vec<_> = (0..CONNECTIONS)
            .map(|_| scope.spawn(|| send_some(address, load, &next, &retries)))
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
        acknowledged: times,
        retries: retries.into_inner(),
    })
}

fn send_some(
    address: &str,
    load: &Load,
    next: &AtomicUsize,
    retries: &AtomicU64,
) -> Result<Times, String> {
    let mut connection = Connection::to(address);
    let mut times = Times::default();
    while let Some(body) = load.bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
        loop {
            let began = Instant::now();
            let answer = connection
                .post(load.path, load.content_type, body)
                .map_err(|error| format!("{} failed: {error}", load.path))?;
            match answer.status {
                200 | 202 => {
                    times.add(began.elapsed().as_nanos() as u64);
                    break;
                }
                429 | 503 => {
                    retries.fetch_add(1, Ordering::Relaxed);
                    thread::park_timeout(PATIENCE);
                }
                status => {
                    let text = String::from_utf8_lossy(&answer.body).into_owned();
                    return Err(format!("{} answered {status}: {text}", load.path));
                }
            }
        }
    }
    Ok(times)
}

/// Waits until nothing of what was sent is still to be arranged on disk, and the work that
/// follows from it (merges, compactions) is over too. Returns how it knew.
pub fn settle(server: &Server) -> Result<&'static str, String> {
    let mut connection = Connection::to(&server.address);
    let began = Instant::now();
    let mut quiet = 0;
    while began.elapsed() < SETTLE_LIMIT {
        let before = server.cpu_seconds();
        thread::park_timeout(Duration::from_secs(1));
        let idle = server.cpu_seconds() - before < 0.04;
        quiet = if idle { quiet + 1 } else { 0 };
        match tail_bytes(&mut connection) {
            Some(0) if quiet >= 2 => return Ok("tail empty, processor idle"),
            // Without a word from the server it takes longer to believe.
            None if quiet >= 6 => return Ok("processor idle"),
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
