//! The rollups of a bucket: what its traces count to, per minute and per hour, written in the same
//! batch as the rows of the traces, so that a crash leaves both or neither.
//!
//! When a window closes, each trace adds what it counts to now and takes away what it counted to
//! before: its rows tell. So nothing counts twice, however often a batch was sent, in whatever
//! order the halves of a call came.
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::dependency::{CallSpan, Dependency, Linker, NameId, Names, Place};
use crate::encoding::Malformed;
use crate::id::TraceId;
use crate::local::dictionary::{Shape, Tables};
use crate::local::keys::{self, RollupTable, Stretch};
use crate::local::record::Brief;
use crate::local::record::shape::shape_bit;
use crate::local::rocks::{Rocks, StoredRecord};
use crate::query::TimeRange;
use crate::rollup::{EdgeCounts, Period, Rollup, Series, Sign, minutes_of};
use crate::semconv;
use crate::span::{Format, Kind, Span, StatusCode};

const MINUTES_PER_HOUR: u32 = 60;
/// Periods that are kept in memory between windows; then they are read again.
const PERIODS_KEPT: usize = 64;

pub(super) struct Rollups(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    names: Names,
    linker: Linker,
    /// Of each source and class of the dictionary: what its spans are to calls.
    places: Vec<Place>,
    classes: Vec<ClassMeans>,
    kept: HashMap<Slot, Period>,
    /// Names of the latest records.
    taken: Vec<(NameId, Arc<str>)>,
}

/// Which period of a bucket.
type Slot = (Stretch, RollupTable, u32);

/// What the spans of a class are to calls.
#[derive(Clone, Copy)]
enum ClassMeans {
    Call(ClassCall),
    /// Logs are nothing to calls.
    Nothing,
    /// Not the same for all of them.
    Varies,
}

/// What all spans of a class are to calls.
#[derive(Clone, Copy)]
struct ClassCall {
    kind: Kind,
    shared: bool,
    remote_service: Option<NameId>,
    database: bool,
    operation: Option<NameId>,
    failed: bool,
    error: bool,
}

/// The spans of one trace, those that are rows already and those that become rows now.
pub(super) struct Change {
    pub(super) trace_id: TraceId,
    pub(super) before: Vec<CallSpan>,
    pub(super) added: Vec<CallSpan>,
}

impl Rollups {
    pub(super) fn open(rocks: &Rocks, family: &str) -> Result<Self, String> {
        let mut inner = Inner::default();
        let (from, to) = keys::rollup_names_range();
        rocks.scan(family, &from, &to, |key, value| {
            let id = keys::rollup_name_id(key).ok_or("malformed key of a rollup's name")?;
            inner.names.restore(id, value)
        })?;
        Ok(Self(Mutex::new(inner)))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Spans that are at hand in full, without logs.
    pub(super) fn calls_in(&self, spans: &[Span]) -> Vec<CallSpan> {
        let names = &mut self.inner().names;
        let spans = spans.iter().filter(|span| !span.is_log());
        spans.map(|span| CallSpan::of(span, names)).collect()
    }

    /// The spans of a chunk, without logs; `None` if one of them must be read in full.
    pub(super) fn calls_of(&self, tables: &Tables, briefs: &[Brief]) -> Option<Vec<CallSpan>> {
        let mut inner = self.inner();
        inner.learn(tables);
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

    /// The records that hold the rollups with these changes. They count as written unless
    /// [`Self::forget`] is called.
    pub(super) fn records(
        &self,
        rocks: &Rocks,
        family: &str,
        changes: &[Change],
    ) -> Result<Vec<StoredRecord>, String> {
        let mut inner = self.inner();
        let inner = &mut *inner;
        let rollup = inner.rollup(changes);
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
                    let is_wanted = |one: &Series| one.is_edge() == (table == RollupTable::Edges);
                    period
                        .merge_encoded(&delta, is_wanted)
                        .map_err(|error| error.to_string())?;
                    touched.insert(slot);
                }
            }
        }
        let mut records = Vec::new();
        for slot in touched {
            if let Some(period) = inner.kept.get(&slot) {
                records.push((rollup_key(slot), period.encode()));
            }
        }
        if inner.kept.len() > PERIODS_KEPT {
            inner.kept.clear();
        }
        inner.taken = inner.names.take_unsaved();
        records.extend(inner.taken.iter().map(|(id, text)| {
            let key = keys::rollup_name(id.value());
            (key, text.as_bytes().to_vec())
        }));
        Ok(records)
    }

    /// Adds what a change adds, to prove the records.
    pub(super) fn add_to(&self, rollup: &mut Rollup, change: &Change) {
        rollup.merge(&self.inner().rollup(std::slice::from_ref(change)));
    }

    /// Were there more names than are kept? Then `(other)` counts for some.
    pub(super) fn is_full(&self) -> bool {
        let inner = self.inner();
        inner.names.refused() > 0
    }

    /// The records did not reach the rows: what is in memory is read again, and names come again.
    pub(super) fn forget(&self) {
        let mut inner = self.inner();
        let inner = &mut *inner;
        inner.kept.clear();
        inner.names.unsave(&inner.taken);
    }

    /// Who called whom in the minutes that the range touches; `recent` is what no record holds yet.
    /// The flag says that there were too many pairs.
    pub(super) fn dependencies(
        &self,
        rocks: &Rocks,
        family: &str,
        range: TimeRange,
        recent: &[Change],
    ) -> Result<(Vec<Dependency>, bool), String> {
        let (first, last) = minutes_of(range);
        let mut counts = EdgeCounts::default();
        let mut add = |stretch, from, to| {
            let [from, to] =
                [from, to].map(|number| rollup_key((stretch, RollupTable::Edges, number)));
            rocks.scan(family, &from, &to, |_, value| {
                counts
                    .merge_encoded(value)
                    .map_err(|error| format!("rollups of {family}: {error}"))
            })
        };
        // Whole hours, and the minutes before and behind them.
        let hours = first.div_ceil(MINUTES_PER_HOUR)..last.saturating_add(1) / MINUTES_PER_HOUR;
        if hours.is_empty() {
            add(Stretch::Minute, first, last.saturating_add(1))?;
        } else {
            add(Stretch::Minute, first, hours.start * MINUTES_PER_HOUR)?;
            add(Stretch::Hour, hours.start, hours.end)?;
            add(
                Stretch::Minute,
                hours.end * MINUTES_PER_HOUR,
                last.saturating_add(1),
            )?;
        }
        let mut inner = self.inner();
        for (minute, period) in inner.rollup(recent).periods() {
            if (first..=last).contains(&minute) {
                counts.merge(period);
            }
        }
        Ok((counts.dependencies(&inner.names), counts.overflowed() > 0))
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

impl Inner {
    fn rollup(&mut self, changes: &[Change]) -> Rollup {
        let mut rollup = Rollup::default();
        let mut all = Vec::new();
        for change in changes {
            let mut add = |spans: &[CallSpan], sign| {
                rollup.add_trace(&mut self.linker, &self.names, change.trace_id, spans, sign);
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

    /// Learns what came to the tables since the last time.
    fn learn(&mut self, tables: &Tables) {
        for source in &tables.sources[self.places.len()..] {
            let service = source
                .shared
                .service()
                .and_then(|name| self.names.service(name));
            let endpoint = source.shared.local_endpoint.as_ref();
            self.places.push(Place::new(service, endpoint));
        }
        for class in self.classes.len()..tables.classes.len() {
            let means = self.class_means(tables, class as u32);
            self.classes.push(means.unwrap_or(ClassMeans::Varies));
        }
    }

    /// What spans of a class are to calls: found by looking at one of them.
    fn class_means(&mut self, tables: &Tables, class: u32) -> Result<ClassMeans, Malformed> {
        let (class, shape) = tables.class(class)?;
        if shape.format == Format::Log {
            return Ok(ClassMeans::Nothing);
        }
        if class.remote_varies {
            return Ok(ClassMeans::Varies);
        }
        let mut has_error_key = false;
        let mut error = shape.status == StatusCode::Error;
        let mut remote: Option<(u8, String)> = None;
        for attribute in tables.attributes(class, shape)? {
            let known = attribute?;
            let key = &*known.attribute.key;
            let value = known
                .value
                .cloned()
                .or_else(|| known.attribute.formal_value());
            let rank = semconv::remote_service_rank(key.as_bytes(), shape.kind);
            let Some(value) = value else {
                if key == "error" {
                    return Ok(ClassMeans::Varies);
                }
                continue;
            };
            if key == "error" && !has_error_key {
                has_error_key = true;
                error |= value.to_string() != "false";
            }
            if let (Some(rank), Some(name)) = (rank, value.as_str())
                && !name.is_empty()
                && remote.as_ref().is_none_or(|(best, _)| rank < *best)
            {
                remote = Some((rank, name.to_owned()));
            }
        }
        let call = self.call_of_shape(shape, remote, has_error_key, error);
        Ok(ClassMeans::Call(call))
    }

    fn call_of_shape(
        &mut self,
        shape: &Shape,
        remote: Option<(u8, String)>,
        has_error_key: bool,
        error: bool,
    ) -> ClassCall {
        let names = &mut self.names;
        let (remote_service, database) = match shape.format {
            Format::Zipkin => {
                let name = shape.remote_service.as_deref();
                (name.and_then(|name| names.service(name)), false)
            }
            Format::Otlp | Format::Log => remote.map_or((None, false), |(rank, name)| {
                (names.service(&name), semconv::is_database_rank(rank))
            }),
        };
        ClassCall {
            kind: shape.kind,
            shared: shape.is_shared(),
            remote_service,
            database,
            operation: shape.name.as_deref().and_then(|name| names.operation(name)),
            failed: match shape.format {
                Format::Zipkin => has_error_key,
                Format::Otlp | Format::Log => error,
            },
            error: error || shape.has(shape_bit::FAILED),
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
