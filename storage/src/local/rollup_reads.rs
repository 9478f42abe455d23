//! What the rollups of a bucket answer: records of minutes and hours, and what no record holds yet.
use std::ops::Range;

use crate::dependency::Dependency;
use crate::encoding::Malformed;
use crate::local::bucket::Bucket;
use crate::local::digests::{Digests, Key, Told, table_of};
use crate::local::keys::{self, RollupTable, Stretch};
use crate::local::rollups::{Change, MINUTES_PER_HOUR};
use crate::query::TimeRange;
use crate::rollup::{
    Answer, EdgeCounts, Grouping, Minute, PeerSearch, PeerSums, PeersQuery, RollupQuery, Tally,
    digest, minutes_of, peer_hours,
};

/// A record as it lies in the bucket, or what is told apart of it.
enum Read<'a> {
    Whole(&'a [u8]),
    Digest(&'a [u8]),
}

/// Records of one stretch: those that there are, or between which they are.
#[derive(Debug)]
enum Numbers {
    Known(Vec<u32>),
    Between(Range<u32>),
}

/// Minutes as records tell them.
struct Minutes {
    first: Minute,
    last: Minute,
    takes_hours: bool,
}

impl Bucket {
    /// Who called whom in the minutes that the range touches; `recent` is what no record holds yet.
    /// The flag says that there were too many pairs.
    pub(super) fn dependencies(
        &self,
        range: TimeRange,
        recent: &[Change],
        digests: &Digests,
    ) -> Result<(Vec<Dependency>, bool), String> {
        let (first, last) = minutes_of(range);
        let minutes = Minutes {
            first,
            last,
            takes_hours: true,
        };
        let mut counts = EdgeCounts::default();
        self.read_rollups(Grouping::Edges, &minutes, digests, |_, read| match read {
            Read::Whole(bytes) | Read::Digest(bytes) => counts.merge_encoded(bytes),
        })?;
        for (minute, period) in self.rollups.recent(recent).periods() {
            if (first..=last).contains(&minute) {
                counts.merge(period);
            }
        }
        let names = self.rollups.names();
        Ok((counts.dependencies(&names), counts.overflowed() > 0))
    }

    /// Adds what is asked to the answer; `recent` is what no record holds yet.
    pub(super) fn add_counts(
        &self,
        query: &RollupQuery,
        recent: &[Change],
        digests: &Digests,
        answer: &mut Answer,
    ) -> Result<(), String> {
        let recent = self.rollups.recent(recent);
        // No window closes meanwhile: there are no younger names.
        let mut tally = Tally::new(query, &self.rollups.names());
        let steps = *tally.steps();
        let minutes = Minutes {
            first: steps.first,
            last: steps.last,
            takes_hours: steps.takes_hours(),
        };
        self.read_rollups(query.by, &minutes, digests, |minute, read| match read {
            Read::Whole(bytes) => tally.merge_encoded(minute, bytes),
            Read::Digest(bytes) => tally.merge_digest(minute, bytes),
        })?;
        tally.merge(&recent);
        answer.add(tally, &self.rollups.names());
        Ok(())
    }

    /// Adds the durations of the calls that are asked for, as the records have them.
    pub(super) fn add_peers(
        &self,
        query: &PeersQuery,
        digests: &Digests,
        sums: &mut PeerSums,
    ) -> Result<(), String> {
        let (first, last) = peer_hours(query.at);
        let hours = self.rollups.hours_in(first..=last);
        let hours = hours.unwrap_or_else(|| (first..=last).collect());
        if hours.is_empty() {
            return Ok(());
        }
        let search = PeerSearch::new(query, &self.rollups.names());
        for table in [RollupTable::Edges, RollupTable::Operations] {
            let wanted = search.wanted(table == RollupTable::Edges);
            if wanted.is_empty() {
                continue;
            }
            // Windows may close meanwhile: versions first.
            let versions = self.rollups.versions(Stretch::Hour, &hours);
            for (hour, version) in hours.iter().copied().zip(versions) {
                let keys = wanted.iter().map(|(series, _)| Key {
                    bucket: self.start_ms,
                    stretch: Stretch::Hour,
                    number: hour,
                    told: Told::Durations(*series),
                });
                let known = digests.get(keys.clone().map(|key| (key, version)));
                let mut add = |group, bytes: &[u8]| {
                    let added = search.add_durations(hour, group, bytes, sums);
                    added.map_err(|error| self.unreadable(error))
                };
                if known.iter().all(Option::is_some) {
                    for ((_, group), bytes) in wanted.iter().zip(known.iter().flatten()) {
                        add(*group, bytes)?;
                    }
                    continue;
                }
                let record = keys::rollup(Stretch::Hour, table, hour);
                let read = self.rollup(&record, |bytes| search.durations(&wanted, bytes))?;
                let read = read.unwrap_or_else(|| vec![Vec::new(); wanted.len()]);
                for (((_, group), key), bytes) in wanted.iter().zip(keys).zip(&read) {
                    add(*group, bytes)?;
                    digests.put(key, version, bytes);
                }
            }
        }
        Ok(())
    }

    /// Calls `visit` with what each record of these minutes says and the minute it begins with: of
    /// whole hours if they are taken, and of the minutes before and behind them.
    fn read_rollups(
        &self,
        by: Grouping,
        minutes: &Minutes,
        digests: &Digests,
        mut visit: impl FnMut(Minute, Read<'_>) -> Result<(), Malformed>,
    ) -> Result<(), String> {
        for (stretch, range) in minutes.parts() {
            let length = match stretch {
                Stretch::Minute => 1,
                Stretch::Hour => MINUTES_PER_HOUR,
            };
            let visit = |number: u32, read: Read<'_>| visit(number.saturating_mul(length), read);
            match (Told::of(by), self.numbers(stretch, range)) {
                (Some(told), Numbers::Known(numbers)) => {
                    self.read_digests((by, told), stretch, &numbers, digests, visit)?;
                }
                (None, Numbers::Known(numbers)) => {
                    if let (Some(first), Some(last)) = (numbers.first(), numbers.last()) {
                        self.read_records(by, stretch, *first..last.saturating_add(1), visit)?;
                    }
                }
                (_, Numbers::Between(range)) => self.read_records(by, stretch, range, visit)?,
            }
        }
        Ok(())
    }

    fn read_records(
        &self,
        by: Grouping,
        stretch: Stretch,
        range: Range<u32>,
        mut visit: impl FnMut(u32, Read<'_>) -> Result<(), Malformed>,
    ) -> Result<(), String> {
        self.scan_rollups(stretch, table_of(by), range, |number, value| {
            visit(number, Read::Whole(value))
        })
    }

    /// Reads the records of which no digest is kept, and keeps one of each.
    fn read_digests(
        &self,
        (by, told): (Grouping, Told),
        stretch: Stretch,
        numbers: &[u32],
        digests: &Digests,
        mut visit: impl FnMut(u32, Read<'_>) -> Result<(), Malformed>,
    ) -> Result<(), String> {
        let versions = self.rollups.versions(stretch, numbers);
        let key = |number: u32| Key {
            bucket: self.start_ms,
            stretch,
            number,
            told,
        };
        let wanted = numbers.iter().zip(&versions);
        let known = digests.get(
            wanted
                .clone()
                .map(|(number, version)| (key(*number), *version)),
        );
        let mut missing = Vec::new();
        for ((number, version), known) in wanted.zip(known) {
            match known {
                Some(bytes) if bytes.is_empty() => {}
                Some(bytes) => {
                    visit(*number, Read::Digest(&bytes)).map_err(|error| self.unreadable(error))?
                }
                None => missing.push((*number, *version)),
            }
        }
        let (Some((first, _)), Some((last, _))) = (missing.first(), missing.last()) else {
            return Ok(());
        };
        // They are mostly neighbours. Of those without a record nothing is kept, which says so.
        let range = *first..last.saturating_add(1);
        let mut missing = missing.into_iter().peekable();
        self.scan_rollups(stretch, table_of(by), range, |number, value| {
            while let Some((absent, version)) = missing.next_if(|(other, _)| *other < number) {
                digests.put(key(absent), version, &[]);
            }
            if let Some((_, version)) = missing.next_if(|(other, _)| *other == number) {
                let bytes = digest(by, value)?;
                visit(number, Read::Digest(&bytes))?;
                digests.put(key(number), version, &bytes);
            }
            Ok(())
        })?;
        missing.for_each(|(absent, version)| digests.put(key(absent), version, &[]));
        Ok(())
    }

    /// The records of this stretch in a range.
    fn numbers(&self, stretch: Stretch, range: Range<u32>) -> Numbers {
        let Some(last) = range.end.checked_sub(1).filter(|last| *last >= range.start) else {
            return Numbers::Known(Vec::new());
        };
        let hours = match stretch {
            Stretch::Hour => range.start..=last,
            Stretch::Minute => range.start / MINUTES_PER_HOUR..=last / MINUTES_PER_HOUR,
        };
        match (self.rollups.hours_in(hours), stretch) {
            (None, _) => Numbers::Between(range),
            (Some(hours), Stretch::Hour) => Numbers::Known(hours),
            (Some(hours), Stretch::Minute) => {
                let minutes = hours.into_iter().flat_map(|hour| {
                    let first = hour.saturating_mul(MINUTES_PER_HOUR);
                    first..first.saturating_add(MINUTES_PER_HOUR)
                });
                Numbers::Known(minutes.filter(|minute| range.contains(minute)).collect())
            }
        }
    }

    /// Calls `visit` with the number and the value of each of these records.
    fn scan_rollups(
        &self,
        stretch: Stretch,
        table: RollupTable,
        range: Range<u32>,
        mut visit: impl FnMut(u32, &[u8]) -> Result<(), Malformed>,
    ) -> Result<(), String> {
        let ends = [range.start, range.end];
        let [from, to] = ends.map(|number| keys::rollup(stretch, table, number));
        let (rocks, family) = self.home();
        rocks.scan(family, &from, &to, |key, value| {
            let (.., number) = keys::rollup_slot(key).ok_or("malformed key of a rollup")?;
            visit(number, value).map_err(|error| self.unreadable(error))
        })
    }

    /// What `read` makes of the value of a record, if there is one.
    fn rollup<T>(
        &self,
        key: &[u8],
        read: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    ) -> Result<Option<T>, String> {
        let (rocks, family) = self.home();
        let value = rocks.pinned(family, key, read);
        let value = value.map_err(|error| error.to_string())?;
        value.transpose().map_err(|error| self.unreadable(error))
    }

    fn unreadable(&self, error: Malformed) -> String {
        format!("rollups of {}: {error}", self.home().1)
    }
}

impl Minutes {
    /// Minutes before the first whole hour, whole hours, minutes behind them.
    fn parts(&self) -> Vec<(Stretch, Range<u32>)> {
        let (first, end) = (self.first, self.last.saturating_add(1));
        let (before, behind) = (first.div_ceil(MINUTES_PER_HOUR), end / MINUTES_PER_HOUR);
        if before >= behind || !self.takes_hours {
            return vec![(Stretch::Minute, first..end)];
        }
        vec![
            (Stretch::Minute, first..before * MINUTES_PER_HOUR),
            (Stretch::Hour, before..behind),
            (Stretch::Minute, behind * MINUTES_PER_HOUR..end),
        ]
    }
}
