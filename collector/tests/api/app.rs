//! The real server in this process, and what one does with it, by name.
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;

use clap::Parser as _;
use collector::config::{CommandLine, Settings};
use collector::server::{self, Listeners, State};
use storage::memory::MemoryStore;
use storage::store::Store;
use storage::time::Clock;
use tokio::sync::oneshot;

use crate::client::{Answer, Connection};

/// A running server.
pub(crate) struct TestApp {
    pub(crate) http: SocketAddr,
    pub(crate) otlp: SocketAddr,
    pub(crate) grpc: SocketAddr,
    pub(crate) store: Arc<dyn Store>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The test's moment: a little after the spans of [`span_json`].
pub(crate) const NOW_MS: u64 = 1_700_000_100_000;

impl TestApp {
    pub(crate) fn start() -> Self {
        Self::start_with(&[], &[])
    }

    /// With flags, and with variables of Zipkin.
    pub(crate) fn start_with(flags: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::start_over(Arc::new(MemoryStore::new()), flags, variables)
    }

    pub(crate) fn start_over(
        store: Arc<dyn Store>,
        flags: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let defaults = [
            "hopline",
            "--listen",
            "127.0.0.1:0",
            "--otlp-http-listen",
            "127.0.0.1:0",
            "--otlp-grpc-listen",
            "127.0.0.1:0",
        ];
        let line = CommandLine::parse_from(defaults.iter().chain(flags));
        let environment = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings = Settings::from_sources(line.layer, &environment.collect()).unwrap();
        let listeners = Listeners::bind(&settings.doors).unwrap();
        let addresses = listeners.addresses().unwrap();
        let clock = Clock::Manual(Arc::new(AtomicU64::new(NOW_MS)));
        let state = State::new(&settings, Arc::clone(&store), clock).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let shutdown = async {
                _ = stopped.await;
            };
            actix_web::rt::System::new()
                .block_on(server::run(listeners, state, shutdown))
                .unwrap();
        });
        let (stop, thread) = (Some(stop), Some(thread));
        Self {
            http: addresses.http,
            otlp: addresses.otlp_http.unwrap(),
            grpc: addresses.otlp_grpc.unwrap(),
            store,
            stop,
            thread,
        }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        Connection::open(self.http)
            .ask(method, path, headers, body)
            .unwrap()
    }

    pub(crate) fn post_spans(&self, body: &str) -> Answer {
        self.ask(
            "POST",
            "/api/v2/spans",
            &[("content-type", "application/json")],
            body.as_bytes(),
        )
    }

    /// Lets the server end; returns when it has.
    pub(crate) fn stop(&mut self) {
        self.begin_stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    pub(crate) fn begin_stop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.begin_stop();
    }
}

/// One span as JSON; what a test cares about is added as fields.
pub(crate) fn span_json(trace: &str, id: &str, fields: &str) -> String {
    let comma = if fields.is_empty() { "" } else { "," };
    format!(
        "{{\"traceId\":\"{trace}\",\"id\":\"{id}\",\"name\":\"get\",\"timestamp\":1700000000000000,\
         \"duration\":1000,\"localEndpoint\":{{\"serviceName\":\"shop\"}}{comma}{fields}}}"
    )
}
