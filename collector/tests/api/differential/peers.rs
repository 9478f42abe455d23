//! Who is asked: the reference, which is the real Zipkin server, and Hopline over its stores.
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use storage::memory::MemoryStore;
use storage::time::Clock;

use super::questions::COMPLETED_KEYS;
use crate::app::{NOW_MS, TestApp};
use crate::client::{Answer, Connection};
use crate::scenario::peer::Zipkin;
use crate::scenario::words::Words;

/// One server and a connection to it that is kept.
pub(super) struct Peer {
    pub(super) name: &'static str,
    server: Server,
    connection: Option<Connection>,
    /// Since it started; none if it did not.
    spans: Option<usize>,
    /// What becomes of an answer on its way: a test of the test.
    altered: Option<fn(&str, &mut Answer)>,
}

enum Server {
    Memory(Option<TestApp>),
    #[cfg(feature = "local")]
    Local(Option<LocalServer>),
    Zipkin(Zipkin),
}

#[cfg(feature = "local")]
struct LocalServer {
    app: TestApp,
    store: Arc<storage::local::LocalStore>,
    _folder: tempfile::TempDir,
}

impl Peer {
    pub(super) const fn memory() -> Self {
        Self::new("Hopline, memory store", Server::Memory(None))
    }

    #[cfg(feature = "local")]
    pub(super) const fn local() -> Self {
        Self::new("Hopline, local store", Server::Local(None))
    }

    /// The server that `ZIPKIN_URL` or `ZIPKIN_JAR` names.
    pub(super) fn zipkin() -> Option<Self> {
        Some(Self::new("Zipkin", Server::Zipkin(Zipkin::named()?)))
    }

    const fn new(name: &'static str, server: Server) -> Self {
        let (connection, spans, altered) = (None, None, None);
        Self {
            name,
            server,
            connection,
            spans,
            altered,
        }
    }

    pub(super) const fn with_answers_altered(mut self, altered: fn(&str, &mut Answer)) -> Self {
        self.altered = Some(altered);
        self
    }

    fn make_room_for(&mut self, spans: usize) {
        let spans_max = match self.server {
            // It walks all that it has for each question.
            Server::Memory(_) => 1_000,
            #[cfg(feature = "local")]
            Server::Local(_) => 8_000,
            // It keeps half a million, but its heap is small.
            Server::Zipkin(_) => 150_000,
        };
        let before = self.spans.filter(|before| before + spans <= spans_max);
        if before.is_none() {
            self.start_over();
        }
        self.spans = Some(before.unwrap_or(0) + spans);
    }

    /// A server with nothing in it, but for a real one that was not started here.
    fn start_over(&mut self) {
        self.connection = None;
        let variables = [("AUTOCOMPLETE_KEYS", COMPLETED_KEYS)];
        let flags = ["--zipkin-strict-lists"];
        match &mut self.server {
            Server::Memory(app) => {
                *app = Some(TestApp::start_over(
                    Arc::new(MemoryStore::new()),
                    &flags,
                    &variables,
                ));
            }
            #[cfg(feature = "local")]
            Server::Local(server) => {
                *server = None;
                let folder = tempfile::tempdir().unwrap();
                let store = storage::local::LocalStore::open(storage::local::Settings {
                    data_dir: folder.path().to_owned(),
                    retention: std::time::Duration::from_secs(86_400),
                    durability: storage::local::Durability::Os,
                    max_disk: None,
                    memory: Some(64 << 20),
                    clock: Clock::System,
                });
                let store = Arc::new(store.unwrap());
                let app = TestApp::start_over(Arc::clone(&store) as _, &flags, &variables);
                *server = Some(LocalServer {
                    app,
                    store,
                    _folder: folder,
                });
            }
            Server::Zipkin(zipkin) => {
                let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
                zipkin.start_over(&BTreeMap::from(variables));
            }
        }
    }

    fn address(&self) -> SocketAddr {
        match &self.server {
            Server::Memory(app) => app.as_ref().expect("it was started").http,
            #[cfg(feature = "local")]
            Server::Local(server) => server.as_ref().expect("it was started").app.http,
            Server::Zipkin(zipkin) => zipkin.address(),
        }
    }

    /// The real server stores after it has answered.
    pub(super) const fn is_late(&self) -> bool {
        matches!(self.server, Server::Zipkin(_))
    }

    /// Arranges what it has, if that is done later than it is taken.
    pub(super) fn settle(&self) {
        #[cfg(feature = "local")]
        if let Server::Local(Some(server)) = &self.server {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            runtime.block_on(server.store.settle());
        }
    }

    pub(super) fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, &[], &[])
    }

    pub(super) fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let address = self.address();
        let mut tries_left = 2;
        let mut answer = loop {
            let mut connection = self.connection.take().unwrap_or_else(|| prompt(address));
            match connection.ask(method, path, headers, body) {
                Ok(answer) => {
                    self.connection = Some(connection);
                    break answer;
                }
                // A server may close a connection that was quiet.
                Err(_) if tries_left > 0 => tries_left -= 1,
                Err(error) => panic!("{}: {method} {path}: {error}", self.name),
            }
        };
        if let Some(altered) = self.altered {
            altered(path, &mut answer);
        }
        answer
    }
}

/// Head and body are written apart: the second must not wait until the first is acknowledged.
fn prompt(address: SocketAddr) -> Connection {
    let connection = Connection::open(address);
    connection.0.set_nodelay(true).unwrap();
    connection
}

/// All of them, and where the next round goes.
pub(super) struct Peers {
    pub(super) reference: Peer,
    pub(super) subjects: Vec<Peer>,
    rounds: u64,
    /// Tells this run from others of a server that keeps running.
    run: u64,
}

impl Peers {
    pub(super) fn new(reference: Peer, subjects: Vec<Peer>) -> Self {
        let run = match reference.server {
            Server::Zipkin(Zipkin::Running(_)) => Clock::System.now_ms(),
            _ => 0,
        };
        Self {
            reference,
            subjects,
            rounds: 0,
            run,
        }
    }

    pub(super) fn all(&mut self) -> impl Iterator<Item = &mut Peer> {
        std::iter::once(&mut self.reference).chain(&mut self.subjects)
    }

    /// Works with one of the subjects alone.
    pub(super) fn with_one<T>(&mut self, subject: usize, work: impl FnOnce(&mut Self) -> T) -> T {
        let one = self.subjects.remove(subject);
        let others = std::mem::replace(&mut self.subjects, vec![one]);
        let done = work(self);
        let one = std::mem::replace(&mut self.subjects, others);
        self.subjects.splice(subject..subject, one);
        done
    }

    /// Ids, names and times that no round had before; servers start over when they are full.
    pub(super) fn next_place(&mut self, spans: usize) -> Words {
        let number = self.rounds;
        self.rounds += 1;
        for peer in self.all() {
            peer.make_room_for(spans);
        }
        let run = (self.run & 0x7_ffff_ffff) | 0x8_0000_0000;
        // Times go back and begin again, five years of them.
        let apart_ms = 600_000 * (super::generate::LISTS as u64 + 2);
        Words {
            suffix: format!("-{:05}x{number:06}", self.run % 100_000),
            id: format!(
                "{:09x}{:04x}f",
                run ^ ((number >> 16) << 8),
                number & 0xffff
            ),
            now_ms: NOW_MS / 60_000 * 60_000 - number % 10_000 * apart_ms,
            phrases: Arc::default(),
        }
    }
}
