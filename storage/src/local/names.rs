//! The names that a bucket knows: services, their span names and the services they call. Kept in
//! memory, written with the rows, gone with the bucket.
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError, RwLock};

use crate::encoding::{self, Reader};
use crate::query::NameQuery;

/// Services in a bucket; more are refused and counted.
const SERVICES_MAX: usize = 10_000;
/// Span names, and remote services, of one service.
const NAMES_PER_SERVICE_MAX: usize = 10_000;
/// Triples that are remembered as known, before the memory starts anew.
const KNOWN_MAX: usize = 200_000;

/// First byte of a stored name. Never reused.
mod kind {
    pub(super) const SERVICE: u8 = 1;
    pub(super) const SPAN: u8 = 2;
    pub(super) const REMOTE: u8 = 3;
}

#[derive(Default)]
pub(super) struct Names {
    services: RwLock<BTreeMap<String, ServiceNames>>,
    changes: Mutex<Changes>,
}

#[derive(Default)]
struct ServiceNames {
    spans: BTreeSet<String>,
    remotes: BTreeSet<String>,
}

#[derive(Default)]
struct Changes {
    /// Hashes of triples that need no second look.
    known: HashSet<u64>,
    unsaved: Vec<Vec<u8>>,
    refused: u64,
}

impl Names {
    /// Learns what one span says; empty is absent.
    pub(super) fn learn(&self, service: &[u8], span: &[u8], remote: &[u8]) {
        let mut hasher = DefaultHasher::new();
        (service, span, remote).hash(&mut hasher);
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        if service.is_empty() || !changes.known.insert(hasher.finish()) {
            return;
        }
        if changes.known.len() > KNOWN_MAX {
            changes.known.clear();
        }
        let lower = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase();
        let service = lower(service);
        let mut services = self
            .services
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if !services.contains_key(&service) {
            if services.len() >= SERVICES_MAX {
                changes.refused += 1;
                return;
            }
            services.insert(service.clone(), ServiceNames::default());
            changes.unsaved.push(stored(kind::SERVICE, &service, ""));
        }
        let Some(names) = services.get_mut(&service) else {
            return;
        };
        for (kind, set, name) in [
            (kind::SPAN, &mut names.spans, lower(span)),
            (kind::REMOTE, &mut names.remotes, lower(remote)),
        ] {
            if name.is_empty() || set.contains(&name) {
                continue;
            }
            if set.len() >= NAMES_PER_SERVICE_MAX {
                changes.refused += 1;
                continue;
            }
            changes.unsaved.push(stored(kind, &service, &name));
            set.insert(name);
        }
    }

    /// Calls `visit` with each name that answers the question.
    pub(super) fn visit(&self, query: &NameQuery, mut visit: impl FnMut(&str)) {
        let services = self.services.read().unwrap_or_else(PoisonError::into_inner);
        match query {
            NameQuery::Services => services.keys().for_each(|name| visit(name)),
            NameQuery::SpanNames { service } => {
                services
                    .get(service)
                    .iter()
                    .flat_map(|names| &names.spans)
                    .for_each(|name| visit(name));
            }
            NameQuery::RemoteServices { service } => {
                services
                    .get(service)
                    .iter()
                    .flat_map(|names| &names.remotes)
                    .for_each(|name| visit(name));
            }
            // Tags are the dictionary's.
            NameQuery::TagValues { .. } => {}
        }
    }

    pub(super) fn refused(&self) -> u64 {
        self.changes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .refused
    }

    /// Names that are not among the rows yet. They count as saved from now on; a failed write
    /// gives them back by [`Self::unsave`].
    pub(super) fn take_unsaved(&self) -> Vec<Vec<u8>> {
        std::mem::take(
            &mut self
                .changes
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .unsaved,
        )
    }

    pub(super) fn unsave(&self, names: Vec<Vec<u8>>) {
        self.changes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .unsaved
            .extend(names);
    }

    /// Puts back a name read from disk. Unreadable bytes are left out: names are derived.
    pub(super) fn restore(&self, bytes: &[u8]) {
        let mut reader = Reader::new(bytes);
        let (Ok(kind), Ok(service), Ok(name)) = (reader.byte(), reader.text(), reader.text())
        else {
            return;
        };
        let mut services = self
            .services
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let names = services.entry(service).or_default();
        match kind {
            kind::SPAN => {
                names.spans.insert(name);
            }
            kind::REMOTE => {
                names.remotes.insert(name);
            }
            _ => {}
        }
    }
}

fn stored(kind: u8, service: &str, name: &str) -> Vec<u8> {
    let mut bytes = vec![kind];
    encoding::put_bytes(&mut bytes, service.as_bytes());
    encoding::put_bytes(&mut bytes, name.as_bytes());
    bytes
}
