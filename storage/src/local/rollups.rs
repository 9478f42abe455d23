//! The rollups of a bucket: what its traces count to, per minute and per hour, written in the same
//! batch as the rows of the traces, so that a crash leaves both or neither.
//!
//! When a window closes, each trace adds what it counts to now and takes away what it counted to
//! before: its rows tell. So nothing counts twice, however often a batch was sent, in whatever
//! order the halves of a call came.
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::dependency::{CallSpan, Linker, NameId, Names, Place};
use crate::id::TraceId;
use crate::local::class_calls::{ClassCall, ClassMeans, class_means};
use crate::local::dictionary::Tables;
use crate::local::keys::{self, RollupTable, Stretch};
use crate::local::record::Brief;
use crate::local::rocks::{Rocks, StoredRecord};
use crate::rollup::{Period, Rollup, Series, Sign};
use crate::span::Span;

/// Hours that are known one by one; more are those of senders without a clock.
const HOURS_KNOWN_MAX: usize = 10_000;
pub(super) const MINUTES_PER_HOUR: u32 = 60;
/// Periods that are kept in memory between windows; then they are read again.
const PERIODS_KEPT: usize = 64;
/// Minutes and hours whose version is known one by one.
const VERSIONS_KNOWN_MAX: usize = 4_096;

pub(super) struct Rollups {
    inner: Mutex<Inner>,
    /// Apart from the rest, for readers: closing a window takes a while. Taken after `inner`.
    names: RwLock<Names>,
    hours: Mutex<Hours>,
    versions: Mutex<Versions>,
}

/// Which records were written since somebody looked: a version is never that of other bytes.
#[derive(Default)]
struct Versions {
    /// How many batches of records were written.
    writes: u64,
    /// The latest batch that had the record.
    of: HashMap<(Stretch, u32), u64>,
    /// The version of all others.
    others: u64,
}

/// The hours since the epoch of which there is a record; `None` if they are too many to know.
struct Hours(Option<BTreeSet<u32>>);

#[derive(Default)]
struct Inner {
    linker: Linker,
    /// Of each source and class of the dictionary: what its spans are to calls.
    places: Vec<Place>,
    classes: Vec<ClassMeans>,
    kept: HashMap<Slot, Period>,
    /// Names of the latest records.
    taken: Vec<(NameId, Arc<str>)>,
    /// What the latest records are.
    touched: BTreeSet<Slot>,
}

/// Which period of a bucket.
type Slot = (Stretch, RollupTable, u32);

/// The spans of one trace, those that are rows already and those that become rows now.
pub(super) struct Change {
    pub(super) trace_id: TraceId,
    pub(super) before: Vec<CallSpan>,
    pub(super) added: Vec<CallSpan>,
}

impl Rollups {
    pub(super) fn open(rocks: &Rocks, family: &str) -> Result<Self, String> {
        let mut names = Names::default();
        let (from, to) = keys::rollup_names_range();
        rocks.scan(family, &from, &to, |key, value| {
            let id = keys::rollup_name_id(key).ok_or("malformed key of a rollup's name")?;
            names.restore(id, value)
        })?;
        let mut hours = Hours(Some(BTreeSet::new()));
        let from = keys::rollup(Stretch::Hour, RollupTable::Edges, 0);
        let (_, to) = keys::rollups_range();
        rocks.scan(family, &from, &to, |key, _| {
            let (.., hour) = keys::rollup_slot(key).ok_or("malformed key of a rollup")?;
            hours.add(hour);
            Ok(())
        })?;
        Ok(Self {
            inner: Mutex::default(),
            names: RwLock::new(names),
            hours: Mutex::new(hours),
            versions: Mutex::default(),
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn names_mut(&self) -> RwLockWriteGuard<'_, Names> {
        self.names.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn names(&self) -> RwLockReadGuard<'_, Names> {
        self.names.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hours among these of which there is a record; `None` where that is not known.
    pub(super) fn hours_in(&self, hours: RangeInclusive<u32>) -> Option<Vec<u32>> {
        let known = self.hours.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.0.as_ref()?;
        Some(known.range(hours).copied().collect())
    }

    /// The versions of the records of these minutes or hours. Who has asked before reading a record
    /// has what this version says, or younger.
    pub(super) fn versions(&self, stretch: Stretch, numbers: &[u32]) -> Vec<u64> {
        let versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |number: &u32| versions.of.get(&(stretch, *number)).copied();
        let numbers = numbers.iter();
        numbers
            .map(|number| of(number).unwrap_or(versions.others))
            .collect()
    }

    /// Spans that are at hand in full, without logs.
    pub(super) fn calls_in(&self, spans: &[Span]) -> Vec<CallSpan> {
        let mut names = self.names_mut();
        let spans = spans.iter().filter(|span| !span.is_log());
        spans.map(|span| CallSpan::of(span, &mut names)).collect()
    }

    /// The spans of a chunk, without logs; `None` if one of them must be read in full.
    pub(super) fn calls_of(&self, tables: &Tables, briefs: &[Brief]) -> Option<Vec<CallSpan>> {
        let mut inner = self.inner();
        inner.learn(tables, || self.names_mut());
        let mut calls = Vec::with_capacity(briefs.len());
        for brief in briefs {
            match *inner.classes.get(brief.class? as usize)? {
                ClassMeans::Call(class) => calls.push(inner.call(brief, class)?),
                ClassMeans::Nothing => {}
                ClassMeans::Varies => return None,
            }
        }
        Some(calls)
    }

    /// The records that hold the rollups with these changes. Call [`Self::written`] when they can be
    /// read. They count as written unless [`Self::forget`] is called.
    pub(super) fn records(
        &self,
        rocks: &Rocks,
        family: &str,
        changes: &[Change],
    ) -> Result<Vec<StoredRecord>, String> {
        let mut inner = self.inner();
        let inner = &mut *inner;
        let rollup = rollup_of(&mut inner.linker, &self.names(), changes);
        let mut touched = BTreeSet::new();
        for (minute, delta) in rollup.periods() {
            let delta = delta.encode();
            let hour = minute / MINUTES_PER_HOUR;
            for (stretch, number) in [(Stretch::Minute, minute), (Stretch::Hour, hour)] {
                for table in [RollupTable::Edges, RollupTable::Operations] {
                    let slot = (stretch, table, number);
                    let period = match inner.kept.entry(slot) {
                        Entry::Occupied(known) => known.into_mut(),
                        Entry::Vacant(new) => new.insert(stored(rocks, family, slot)?),
                    };
                    let under = |one: Series| match stretch {
                        _ if one.is_edge() != (table == RollupTable::Edges) => None,
                        Stretch::Minute => Some(one.of_pair()),
                        Stretch::Hour => Some(one),
                    };
                    period
                        .merge_encoded(&delta, under)
                        .map_err(|error| error.to_string())?;
                    touched.insert(slot);
                }
            }
            let mut hours = self.hours.lock().unwrap_or_else(PoisonError::into_inner);
            hours.add(hour);
        }
        let mut records = Vec::new();
        for slot in &touched {
            if let Some(period) = inner.kept.get(slot) {
                records.push((rollup_key(*slot), period.encode()));
            }
        }
        inner.touched = touched;
        if inner.kept.len() > PERIODS_KEPT {
            inner.kept.clear();
        }
        inner.taken = self.names_mut().take_unsaved();
        records.extend(inner.taken.iter().map(|(id, text)| {
            let key = keys::rollup_name(id.value());
            (key, text.as_bytes().to_vec())
        }));
        Ok(records)
    }

    /// The latest records can be read from now on, or perhaps: there are new versions.
    pub(super) fn written(&self) {
        let touched = std::mem::take(&mut self.inner().touched);
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.add(
            touched
                .into_iter()
                .map(|(stretch, _, number)| (stretch, number)),
        );
    }

    /// Adds what a change adds, to prove the records.
    pub(super) fn add_to(&self, rollup: &mut Rollup, change: &Change) {
        rollup.merge(&self.recent(std::slice::from_ref(change)));
    }

    /// Were there more names than are kept? Then `(other)` counts for some.
    pub(super) fn is_full(&self) -> bool {
        self.names().refused() > 0
    }

    /// The records did not reach the rows: what is in memory is read again, and names come again.
    pub(super) fn forget(&self) {
        let mut inner = self.inner();
        let inner = &mut *inner;
        inner.kept.clear();
        self.names_mut().unsave(&inner.taken);
    }

    /// What changes count to that no record holds yet.
    pub(super) fn recent(&self, changes: &[Change]) -> Rollup {
        rollup_of(&mut Linker::default(), &self.names(), changes)
    }
}

impl Hours {
    fn add(&mut self, hour: u32) {
        if let Some(known) = &mut self.0 {
            known.insert(hour);
            if known.len() > HOURS_KNOWN_MAX {
                self.0 = None;
            }
        }
    }
}

impl Versions {
    fn add(&mut self, written: impl Iterator<Item = (Stretch, u32)>) {
        self.writes += 1;
        let version = self.writes;
        self.of.extend(written.map(|slot| (slot, version)));
        if self.of.len() > VERSIONS_KNOWN_MAX {
            self.of.clear();
            self.others = version;
        }
    }
}

fn rollup_key((stretch, table, number): Slot) -> Vec<u8> {
    keys::rollup(stretch, table, number)
}

fn stored(rocks: &Rocks, family: &str, slot: Slot) -> Result<Period, String> {
    let bytes = rocks
        .get(family, &rollup_key(slot))
        .map_err(|error| error.to_string())?;
    bytes.map_or_else(
        || Ok(Period::default()),
        |bytes| Period::decode(&bytes).map_err(|error| format!("rollup of {family}: {error}")),
    )
}

fn rollup_of(linker: &mut Linker, names: &Names, changes: &[Change]) -> Rollup {
    let mut rollup = Rollup::default();
    let mut all = Vec::new();
    for change in changes {
        let mut add = |spans: &[CallSpan], sign| {
            rollup.add_trace(linker, names, change.trace_id, spans, sign);
        };
        if change.before.is_empty() {
            add(&change.added, Sign::Plus);
            continue;
        }
        all.clear();
        all.extend_from_slice(&change.before);
        all.extend_from_slice(&change.added);
        add(&change.before, Sign::Minus);
        add(&all, Sign::Plus);
    }
    rollup
}

impl Inner {
    /// Learns what came to the tables since the last time.
    fn learn<'a>(&mut self, tables: &Tables, names: impl FnOnce() -> RwLockWriteGuard<'a, Names>) {
        let (sources, classes) = (&tables.sources, &tables.classes);
        if self.places.len() == sources.len() && self.classes.len() == classes.len() {
            return;
        }
        let names = &mut *names();
        for source in &sources[self.places.len()..] {
            let service = source.shared.service();
            let service = service.and_then(|name| names.service(name));
            let endpoint = source.shared.local_endpoint.as_ref();
            self.places.push(Place::new(service, endpoint));
        }
        for class in self.classes.len()..classes.len() {
            let means = class_means(names, tables, class as u32);
            self.classes.push(means.unwrap_or(ClassMeans::Varies));
        }
    }

    fn call(&self, brief: &Brief, class: ClassCall) -> Option<CallSpan> {
        Some(CallSpan {
            id: brief.span_id,
            parent: brief.parent_id,
            kind: class.kind,
            shared: class.shared,
            place: *self.places.get(brief.source? as usize)?,
            remote_service: class.remote_service,
            database: class.database,
            operation: class.operation,
            start: brief.start,
            duration: brief.duration,
            failed: class.failed,
            error: class.error,
        })
    }
}
