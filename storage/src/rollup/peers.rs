//! Durations of comparable calls, added up from the hours that hold them.
use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::dependency::{NameId, Names};
use crate::encoding::{Malformed, Reader};
use crate::rollup::dense::Dense;
use crate::rollup::format;
use crate::rollup::question::{PeerGroup, Peers, PeersQuery};
use crate::rollup::series::Series;
use crate::rollup::sketch::Sketch;
use crate::rollup::{Rollup, minute_of};

/// The hours of a day, the one that is asked for among them.
const HOURS: u32 = 24;
const MINUTES_PER_HOUR: u32 = 60;

/// The hours since the epoch that count as peers of a time, first and last.
pub const fn peer_hours(at: u64) -> (u32, u32) {
    let last = minute_of(at) / MINUTES_PER_HOUR;
    (last.saturating_sub(HOURS - 1), last)
}

/// What was read of each group so far.
#[derive(Clone, Debug)]
pub struct PeerSums {
    hours: Vec<Sketch>,
    days: Vec<Option<Dense>>,
}

impl PeerSums {
    pub fn new(query: &PeersQuery) -> Self {
        Self {
            hours: vec![Sketch::default(); query.groups.len()],
            days: vec![None; query.groups.len()],
        }
    }

    pub fn into_peers(self) -> Vec<Peers> {
        let groups = self.hours.into_iter().zip(self.days);
        let peers = groups.map(|(hour, day)| Peers {
            hour,
            day: day.map(|mut day| day.take()).unwrap_or_default(),
        });
        peers.collect()
    }
}

/// Which groups of a question the names of one table can tell.
#[derive(Clone, Debug)]
pub struct PeerSearch {
    last_hour: u32,
    /// Positions of groups; calls of any kind between two services are comparable.
    wanted: HashMap<Series, usize, RandomState>,
}

impl PeerSearch {
    pub fn new(query: &PeersQuery, names: &Names) -> Self {
        let groups = query.groups.iter().enumerate();
        let wanted = groups.filter_map(|(position, group)| Some((series(group, names)?, position)));
        Self {
            last_hour: peer_hours(query.at).1,
            wanted: wanted.collect(),
        }
    }

    /// The series that are asked for, edges or operations, each with the position of its group.
    pub fn wanted(&self, edges: bool) -> Vec<(Series, usize)> {
        let wanted = self.wanted.iter().map(|(series, group)| (*series, *group));
        wanted
            .filter(|(series, _)| series.is_edge() == edges)
            .collect()
    }

    /// How long the calls of these series took in an encoded hour, as the bytes of a sketch each;
    /// none where nothing was counted.
    ///
    /// # Errors
    /// When the bytes cannot have been written by [`crate::rollup::Period::encode`].
    pub fn durations(
        &self,
        wanted: &[(Series, usize)],
        bytes: &[u8],
    ) -> Result<Vec<Vec<u8>>, Malformed> {
        let mut sums: HashMap<usize, Sketch, RandomState> = HashMap::default();
        format::visit(bytes, |row| {
            if let Some(position) = self.position(&row.series) {
                let sum = sums.entry(position).or_default();
                sum.merge(&row.cell()?.sketch);
            }
            Ok(())
        })?;
        let encoded = wanted.iter().map(|(_, position)| {
            let mut bytes = Vec::new();
            if let Some(sum) = sums.get(position) {
                sum.encode(&mut bytes);
            }
            bytes
        });
        Ok(encoded.collect())
    }

    /// Adds what [`Self::durations`] said of a group and an hour.
    ///
    /// # Errors
    /// When the bytes are not those of a sketch.
    pub fn add_durations(
        &self,
        hour: u32,
        position: usize,
        bytes: &[u8],
        sums: &mut PeerSums,
    ) -> Result<(), Malformed> {
        if bytes.is_empty() {
            return Ok(());
        }
        if hour == self.last_hour {
            sums.hours[position].merge(&Sketch::decode(&mut Reader::new(bytes))?);
        }
        let day = sums.days[position].get_or_insert_default();
        day.add_encoded(&mut Reader::new(bytes))
    }

    /// Adds those hours of a rollup that count.
    pub fn merge(&self, rollup: &Rollup, peers: &mut [Peers]) {
        for (minute, period) in rollup.periods() {
            let hour = minute / MINUTES_PER_HOUR;
            if hour > self.last_hour || self.last_hour - hour >= HOURS {
                continue;
            }
            for (series, cell) in period.iter() {
                if let Some(position) = self.position(series) {
                    self.add(hour, &cell.sketch, &mut peers[position]);
                }
            }
        }
    }

    fn add(&self, hour: u32, sketch: &Sketch, peers: &mut Peers) {
        peers.day.merge(sketch);
        if hour == self.last_hour {
            peers.hour.merge(sketch);
        }
    }

    fn position(&self, series: &Series) -> Option<usize> {
        self.wanted.get(&of_any_kind(*series)).copied()
    }
}

/// An edge of the kind that stands for all of them.
const fn of_any_kind(series: Series) -> Series {
    match series {
        Series::Edge {
            caller,
            callee,
            operation,
            ..
        } => Series::Edge {
            caller,
            callee,
            kind: ANY_KIND,
            operation,
        },
        operation @ Series::Operation { .. } => operation,
    }
}

const ANY_KIND: crate::dependency::CallKind = crate::dependency::CallKind::Other;

/// `None` if a name of the group is not in the table: nothing of it was counted then.
fn series(group: &PeerGroup, names: &Names) -> Option<Series> {
    let known = |name: &Option<String>, id: fn(&Names, &str) -> Option<NameId>| match name {
        Some(name) => id(names, name).map(Some),
        None => Some(None),
    };
    Some(match group {
        PeerGroup::Edge {
            caller,
            callee,
            operation,
        } => Series::Edge {
            caller: names.known_service(caller)?,
            callee: names.known_service(callee)?,
            kind: ANY_KIND,
            operation: known(operation, Names::known_operation)?,
        },
        PeerGroup::Operation {
            service,
            operation,
            kind,
        } => Series::Operation {
            service: known(service, Names::known_service)?,
            operation: known(operation, Names::known_operation)?,
            kind: *kind,
        },
    })
}
