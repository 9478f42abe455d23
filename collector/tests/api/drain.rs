//! The server ends as it should: what it acknowledged is there, and it does not take long.
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use storage::id::TraceId;

use crate::app::{TestApp, span_json};
use crate::client::Connection;

#[test]
fn what_was_acknowledged_under_load_is_there_after_the_end() {
    let mut app = TestApp::start();
    let (address, store) = (app.http, app.store.clone());
    let next = AtomicU64::new(1);
    let stopping = AtomicBool::new(false);
    let acknowledged: Vec<u64> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut acknowledged = Vec::new();
                    let mut connection = Connection::open(address);
                    loop {
                        let id = next.fetch_add(1, Ordering::Relaxed);
                        let body = format!("[{}]", span_json(&format!("{id:x}"), "1", ""));
                        let answer = connection.ask("POST", "/api/v2/spans", &[], body.as_bytes());
                        match answer {
                            Ok(answer) => {
                                assert_eq!(answer.status, 202);
                                acknowledged.push(id);
                            }
                            Err(error) => {
                                let stopping = stopping.load(Ordering::Relaxed);
                                assert!(stopping, "before the end: {error}");
                                return acknowledged;
                            }
                        }
                    }
                })
            })
            .collect();
        while next.load(Ordering::Relaxed) < 200 {
            std::thread::yield_now();
        }
        stopping.store(true, Ordering::Relaxed);
        let begun = Instant::now();
        app.stop();
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{:?}",
            begun.elapsed()
        );
        clients
            .into_iter()
            .flat_map(|client| client.join().unwrap())
            .collect()
    });
    assert!(acknowledged.len() >= 100);
    let ids: Vec<TraceId> = acknowledged
        .iter()
        .filter_map(|id| TraceId::new(u128::from(*id)))
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let found = runtime.block_on(store.traces(&ids)).unwrap();
    assert_eq!(found.len(), ids.len());
}

#[test]
fn a_request_that_is_held_is_answered_and_an_idle_connection_does_not_hold_the_end() {
    let mut app = TestApp::start();
    let mut idle = Connection::open(app.http);
    assert_eq!(idle.ask("GET", "/health", &[], b"").unwrap().status, 200);
    let mut held = Connection::open(app.http);
    held.send(b"POST /api/v2/spans HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n[")
        .unwrap();
    let taken = |app: &TestApp| app.get("/api/hopline/status").json()["ingest"]["memoryBytes"] != 0;
    let begun = Instant::now();
    while !taken(&app) {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "the request was never held"
        );
    }
    app.begin_stop();
    // No new connection is taken once the server stops.
    while std::net::TcpStream::connect(app.http).is_ok() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "it still takes connections"
        );
    }
    held.send(b"]").unwrap();
    assert_eq!(held.answer(false).unwrap().status, 202);
    let begun = Instant::now();
    app.stop();
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}
