//! What the rollups of a bucket answer: records of minutes and hours, and what no record holds yet.
use crate::dependency::Dependency;
use crate::encoding::Malformed;
use crate::local::bucket::Bucket;
use crate::local::keys::{self, RollupTable, Stretch};
use crate::local::rollups::{Change, MINUTES_PER_HOUR};
use crate::query::TimeRange;
use crate::rollup::{
    Answer, EdgeCounts, Grouping, Minute, PeerSearch, PeerSums, PeersQuery, RollupQuery, Tally,
    minutes_of, peer_hours,
};

impl Bucket {
    /// Who called whom in the minutes that the range touches; `recent` is what no record holds yet.
    /// The flag says that there were too many pairs.
    pub(super) fn dependencies(
        &self,
        range: TimeRange,
        recent: &[Change],
    ) -> Result<(Vec<Dependency>, bool), String> {
        let (first, last) = minutes_of(range);
        let mut counts = EdgeCounts::default();
        self.read_rollups(RollupTable::Edges, first, last, true, |_, value| {
            counts.merge_encoded(value)
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
        answer: &mut Answer,
    ) -> Result<(), String> {
        let recent = self.rollups.recent(recent);
        // No window closes meanwhile: there are no younger names.
        let mut tally = Tally::new(query, &self.rollups.names());
        let table = match query.by {
            Grouping::Services | Grouping::Operations => RollupTable::Operations,
            Grouping::Edges => RollupTable::Edges,
        };
        let steps = *tally.steps();
        let (first, last) = (steps.first, steps.last);
        self.read_rollups(table, first, last, steps.takes_hours(), |minute, value| {
            tally.merge_encoded(minute, value)
        })?;
        tally.merge(&recent);
        answer.add(tally, &self.rollups.names());
        Ok(())
    }

    /// Adds the durations of the calls that are asked for, as the records have them.
    pub(super) fn add_peers(&self, query: &PeersQuery, sums: &mut PeerSums) -> Result<(), String> {
        let (first, last) = peer_hours(query.at);
        let hours = self.rollups.hours_in(first..=last);
        if hours.is_empty() {
            return Ok(());
        }
        let search = PeerSearch::new(query, &self.rollups.names());
        for (table, is_wanted) in [
            (RollupTable::Edges, search.has_edges()),
            (RollupTable::Operations, search.has_operations()),
        ] {
            for hour in hours.iter().filter(|_| is_wanted) {
                let key = keys::rollup(Stretch::Hour, table, *hour);
                if let Some(value) = self.rollup(&key)? {
                    search
                        .merge_encoded(*hour, &value, sums)
                        .map_err(|error| self.unreadable(error))?;
                }
            }
        }
        Ok(())
    }

    /// Calls `visit` with each record of these minutes and the minute it begins with: of whole hours
    /// if they are taken, and of the minutes before and behind them.
    fn read_rollups(
        &self,
        table: RollupTable,
        first: Minute,
        last: Minute,
        takes_hours: bool,
        mut visit: impl FnMut(Minute, &[u8]) -> Result<(), Malformed>,
    ) -> Result<(), String> {
        let end = last.saturating_add(1);
        let hours = first.div_ceil(MINUTES_PER_HOUR)..end / MINUTES_PER_HOUR;
        let mut read = |stretch, from, to, minutes: u32| {
            self.scan_rollups(stretch, table, from, to, |number, value| {
                visit(number.saturating_mul(minutes), value)
            })
        };
        if hours.is_empty() || !takes_hours {
            return read(Stretch::Minute, first, end, 1);
        }
        let (before, behind) = (hours.start, hours.end);
        read(Stretch::Minute, first, before * MINUTES_PER_HOUR, 1)?;
        read(Stretch::Hour, before, behind, MINUTES_PER_HOUR)?;
        read(Stretch::Minute, behind * MINUTES_PER_HOUR, end, 1)
    }
}
