//! Every limit answers at once, in words, and the server goes on.
use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use storage::batch::SpanBatch;
use storage::id::TraceId;
use storage::query::{NameQuery, TimeRange, TraceQuery};
use storage::rollup::{Counts, Peers, PeersQuery, RollupQuery};
use storage::store::{Dependencies, Found, Store, StoreError, StoreStatus};
use storage::trace::Trace;

use crate::app::{TestApp, span_json};
use crate::client::Connection;
use crate::grpc::zstd;
use crate::ingest::gzip;

const PATH: &str = "/api/v2/spans";

/// A store that fails in one way.
pub(crate) struct Failing(pub(crate) fn() -> StoreError);

#[async_trait]
impl Store for Failing {
    async fn write(&self, _: SpanBatch) -> Result<(), StoreError> {
        Err((self.0)())
    }

    async fn traces(&self, _: &[TraceId]) -> Result<Vec<Trace>, StoreError> {
        Err((self.0)())
    }

    async fn find(&self, _: &TraceQuery) -> Result<Found, StoreError> {
        std::future::pending().await
    }

    async fn names(&self, _: &NameQuery) -> Result<Vec<String>, StoreError> {
        panic!("a bug that a test planted")
    }

    async fn dependencies(&self, _: TimeRange) -> Result<Dependencies, StoreError> {
        Err((self.0)())
    }

    async fn counts(&self, _: &RollupQuery) -> Result<Counts, StoreError> {
        Err((self.0)())
    }

    async fn peers(&self, _: &PeersQuery) -> Result<Vec<Peers>, StoreError> {
        Err((self.0)())
    }

    async fn check(&self) -> Result<(), StoreError> {
        Err((self.0)())
    }

    fn status(&self) -> StoreStatus {
        StoreStatus {
            name: "FailingStore",
            ..StoreStatus::default()
        }
    }

    async fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

fn failing(error: fn() -> StoreError) -> TestApp {
    TestApp::start_over(Arc::new(Failing(error)), &["--query-timeout", "200ms"], &[])
}

#[test]
fn a_body_over_the_limit_is_413_whether_it_is_declared_or_not() {
    let app = TestApp::start_with(&["--body-max", "10KiB"], &[]);
    let answer = app.ask("POST", PATH, &[], &vec![b' '; 1 << 20]);
    assert_eq!(answer.status, 413, "{}", answer.text());
    assert!(answer.text().contains("10240 bytes"), "{}", answer.text());

    let mut connection = Connection::open(app.http);
    let mut request =
        "POST /api/v2/spans HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n\
        2801\r\n["
            .as_bytes()
            .to_vec();
    request.extend_from_slice(&[b' '; 10 << 10]);
    request.extend_from_slice(b"\r\n0\r\n\r\n");
    connection.send(&request).unwrap();
    assert_eq!(connection.answer(false).unwrap().status, 413);
    assert_eq!(app.post_spans("[]").status, 202);
}

#[test]
fn a_bomb_is_413_and_its_memory_is_given_back() {
    let app = TestApp::start();
    let plain = vec![b' '; 65 << 20];
    for (coding, bomb) in [("gzip", gzip(&plain)), ("zstd", zstd(&plain))] {
        assert!(bomb.len() < 100_000);
        for path in [PATH, "/v1/traces"] {
            if (coding, path) == ("zstd", PATH) {
                // Zipkin knows gzip only.
                continue;
            }
            let headers = [
                ("content-encoding", coding),
                ("content-type", "application/json"),
            ];
            let answer = app.ask("POST", path, &headers, &bomb);
            assert_eq!(answer.status, 413, "{}", answer.text());
        }
    }
    assert_eq!(
        app.get("/api/hopline/status").json()["ingest"]["memoryBytes"],
        0
    );
}

#[test]
fn a_large_body_that_is_honest_is_read() {
    let app = TestApp::start();
    let mut list = String::from("[");
    for id in 1..=20_000 {
        list.push_str(&span_json("a", &format!("{id:x}"), ""));
        list.push(',');
    }
    list.pop();
    list.push(']');
    let answer = app.ask(
        "POST",
        PATH,
        &[("content-encoding", "gzip")],
        &gzip(list.as_bytes()),
    );
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(app.store.status().spans_written, 20_000);
}

#[test]
fn a_slow_body_is_408_and_the_connection_is_closed() {
    let app = TestApp::start_with(&["--body-timeout", "100ms"], &[]);
    let mut connection = Connection::open(app.http);
    connection
        .send(b"POST /api/v2/spans HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n[")
        .unwrap();
    let answer = connection.answer(false).unwrap();
    assert_eq!(answer.status, 408);
    assert_eq!(answer.header("connection"), Some("close"));
}

#[test]
fn bodies_beyond_the_memory_are_told_to_come_back() {
    let app = TestApp::start_with(&["--ingest-memory", "64KiB"], &[]);
    let mut holder = Connection::open(app.http);
    holder
        .send(b"POST /api/v2/spans HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n[")
        .unwrap();
    // The server has seen the holder's head once its memory is taken.
    let begun = Instant::now();
    while app.get("/api/hopline/status").json()["ingest"]["memoryBytes"] == 0 {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "the memory was never taken"
        );
    }
    for path in [PATH, "/v1/traces"] {
        let headers = [("content-type", "application/json")];
        let answer = app.ask("POST", path, &headers, &vec![b' '; 20_000]);
        assert_eq!(answer.status, 503, "{path}");
        assert_eq!(answer.header("retry-after"), Some("1"), "{path}");
    }
    assert_eq!(app.post_spans("[]").status, 202);
}

#[test]
fn what_the_store_says_reaches_the_client() {
    for (error, status, retry) in [
        (
            (|| StoreError::Overloaded("a queue is full".to_owned())) as fn() -> StoreError,
            503,
            Some("1"),
        ),
        (
            || StoreError::Unavailable("the disk is full".to_owned()),
            503,
            Some("5"),
        ),
        (|| StoreError::Corrupt("block 7".to_owned()), 500, None),
    ] {
        let app = failing(error);
        let answer = app.post_spans(&format!("[{}]", span_json("a", "b", "")));
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("retry-after"), retry);
        let answer = app.get("/api/v2/trace/a");
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some("text/*"))
        );
        let answer = app.get("/health");
        assert_eq!(answer.status, 503);
        assert_eq!(
            answer.json()["zipkin"]["details"]["FailingStore"]["status"],
            "DOWN"
        );
    }
}

#[test]
fn a_query_out_of_time_ends_and_a_bug_costs_one_request() {
    let app = failing(|| StoreError::Unavailable("x".to_owned()));
    let answer = app.get("/api/v2/traces");
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (500, "the query took longer than 200 ms")
    );
    let answer = app.get("/api/hopline/search");
    assert_eq!(answer.status, 504);
    assert!(answer.json()["hint"].is_string());

    let failing = Failing(|| StoreError::Unavailable("x".to_owned()));
    let app = TestApp::start_over(Arc::new(failing), &[], &[]);
    assert_eq!(app.get("/api/v2/services").status, 500);
    assert_eq!(app.get("/api/hopline/status").json()["panicsCaught"], 1);
    assert!(
        app.get("/prometheus")
            .text()
            .contains("hopline_panics_caught_total 1")
    );
}

#[test]
fn a_head_that_is_too_long_is_431() {
    let app = TestApp::start();
    let long = "x".repeat(33 << 10);
    assert_eq!(
        app.ask("GET", "/health", &[("x-long", &long)], b"").status,
        431
    );
}

/// curl expects it for bodies of more than a mebibyte, Java's clients when they are told to.
#[test]
fn who_expects_100_continue_is_told_so_before_the_body() {
    let app = TestApp::start_with(&["--body-max", "10KiB"], &[]);
    let list = format!("[{}]", span_json("a", "b", ""));
    for (address, path, kind, body, status) in [
        (app.http, PATH, "application/json", list.as_str(), 202),
        (app.http, PATH, "application/json", "hello", 400),
        (app.http, "/v1/traces", "application/json", "{}", 200),
        (app.otlp, "/v1/traces", "application/json", "{}", 200),
        (app.otlp, "/v1/traces", "text/plain", "{}", 415),
    ] {
        let mut connection = Connection::open(address);
        connection.send(&expecting(path, kind, body.len())).unwrap();
        expect_continue(&mut connection);
        if status != 415 {
            connection.send(body.as_bytes()).unwrap();
        }
        assert_eq!(connection.answer(false).unwrap().status, status, "{path}");
    }
    assert_eq!(app.get("/api/v2/trace/a").status, 200);
}

#[test]
fn a_body_that_is_declared_too_long_is_not_waited_for() {
    let app = TestApp::start_with(&["--body-max", "10KiB"], &[]);
    for (address, path) in [
        (app.http, PATH),
        (app.http, "/v1/traces"),
        (app.otlp, "/v1/traces"),
    ] {
        for expects in [true, false] {
            let head = expecting(path, "application/json", 100 << 20);
            let head = String::from_utf8(head).unwrap();
            let mut connection = Connection::open(address);
            if expects {
                connection.send(head.as_bytes()).unwrap();
                expect_continue(&mut connection);
            } else {
                let head = head.replace("expect: 100-continue\r\n", "");
                connection.send(head.as_bytes()).unwrap();
            }
            let answer = connection.answer(false).unwrap();
            assert_eq!(answer.status, 413, "{path}: {}", answer.text());
            // What the client would send now is no request.
            assert!(connection.answer(false).is_err(), "{path}");
        }
    }
}

fn expect_continue(connection: &mut Connection) {
    let mut first = [0; CONTINUE.len()];
    connection.read_exact(&mut first).unwrap();
    assert_eq!(&first, CONTINUE);
}

fn expecting(path: &str, kind: &str, length: usize) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\
         expect: 100-continue\r\n\r\n"
    )
    .into_bytes()
}

const CONTINUE: &[u8; 25] = b"HTTP/1.1 100 Continue\r\n\r\n";
