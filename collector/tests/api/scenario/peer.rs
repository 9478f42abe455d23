//! Who plays a scenario: Hopline over one of its stores, or the real Zipkin server.
use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
#[cfg(feature = "local")]
use std::time::Duration;

use storage::memory::MemoryStore;
use storage::time::Clock;

use super::data::Scenario;
use super::words::Words;
use super::zipkin_server::{self, Process};
use crate::app::{NOW_MS, TestApp};

pub(super) enum Peer {
    Memory(Option<TestApp>),
    #[cfg(feature = "local")]
    Local(Option<(TestApp, tempfile::TempDir)>),
    Zipkin(Zipkin),
}

impl Peer {
    pub(super) const fn memory() -> Self {
        Self::Memory(None)
    }

    #[cfg(feature = "local")]
    pub(super) const fn local() -> Self {
        Self::Local(None)
    }

    pub(super) fn zipkin() -> Option<Self> {
        Zipkin::named().map(Self::Zipkin)
    }

    pub(super) const fn is_zipkin(&self) -> bool {
        matches!(self, Self::Zipkin(_))
    }

    /// A fresh Hopline; for the real server, which takes seconds to start, one that was started
    /// with the same variables.
    pub(super) fn prepare(&mut self, scenario: &Scenario) {
        let variables: Vec<(&str, &str)> = scenario
            .variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        match self {
            Self::Memory(app) => {
                let store = Arc::new(MemoryStore::new());
                *app = Some(TestApp::start_over(store, &[], &variables));
            }
            #[cfg(feature = "local")]
            Self::Local(app) => {
                let folder = tempfile::tempdir().unwrap();
                let store = storage::local::LocalStore::open(storage::local::Settings {
                    data_dir: folder.path().to_owned(),
                    retention: Duration::from_secs(86_400),
                    durability: storage::local::Durability::Os,
                    max_disk: None,
                    memory: Some(64 << 20),
                    clock: Clock::System,
                })
                .unwrap();
                *app = Some((
                    TestApp::start_over(Arc::new(store), &[], &variables),
                    folder,
                ));
            }
            Self::Zipkin(zipkin) => zipkin.prepare(&scenario.variables),
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        match self {
            Self::Memory(app) => app.as_ref().unwrap().http,
            #[cfg(feature = "local")]
            Self::Local(app) => app.as_ref().unwrap().0.http,
            Self::Zipkin(zipkin) => zipkin.address(),
        }
    }

    pub(super) fn words(&self, number: usize, scenario: &Scenario) -> Words {
        let now_ms = if self.is_zipkin() {
            Clock::System.now_ms()
        } else {
            NOW_MS
        };
        // Times differ between runs, numbers between the scenarios of one.
        let id = format!(
            "{:09x}{number:04x}f",
            (now_ms & 0x7_ffff_ffff) | 0x8_0000_0000
        );
        Words {
            // Of one length, so that none is the beginning of another.
            suffix: format!("-{:05}{number:03x}", now_ms % 100_000),
            id,
            now_ms,
            phrases: Arc::clone(&scenario.phrases),
        }
    }

    /// How often an answer that is not as expected is asked for again.
    pub(super) fn patience(&self, method: &str) -> u32 {
        if self.is_zipkin() && method == "GET" {
            10
        } else {
            0
        }
    }
}

/// A variable that says how the tests run.
#[expect(
    clippy::disallowed_methods,
    reason = "no setting of the server, a choice of who runs the test"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

pub(crate) enum Zipkin {
    Running(SocketAddr),
    Jar(
        String,
        BTreeMap<String, String>,
        Option<(Process, SocketAddr)>,
    ),
}

impl Zipkin {
    /// The server that `ZIPKIN_URL` or `ZIPKIN_JAR` names.
    pub(crate) fn named() -> Option<Self> {
        if let Some(url) = variable("ZIPKIN_URL") {
            let address = url.trim_start_matches("http://").trim_end_matches('/');
            let address = address.to_socket_addrs().unwrap().next().unwrap();
            return Some(Self::Running(address));
        }
        let jar = variable("ZIPKIN_JAR")?;
        Some(Self::Jar(jar, BTreeMap::new(), None))
    }

    /// Starts the jar anew; a server that runs already stays as it is.
    pub(crate) fn start_over(&mut self, variables: &BTreeMap<String, String>) {
        if let Self::Jar(jar, known, process) = self {
            known.clone_from(variables);
            *process = None;
            *process = Some(zipkin_server::start(jar, variables));
        }
    }

    fn prepare(&mut self, variables: &BTreeMap<String, String>) {
        match self {
            Self::Running(_) => assert!(
                variables.is_empty(),
                "scenarios with variables need ZIPKIN_JAR, so that a server can be started with them"
            ),
            Self::Jar(_, known, Some(_)) if known == variables => {}
            Self::Jar(..) => self.start_over(variables),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        match self {
            Self::Running(address) => *address,
            Self::Jar(_, _, process) => process.as_ref().expect("it was prepared").1,
        }
    }
}
