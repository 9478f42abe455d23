//! The critical path by what its time went to.
use std::cmp::Reverse;
use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::{Name, Part, Segment};

/// The time of one part of one operation of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CriticalTime<'a> {
    pub name: Name<'a>,
    /// `None` for the rest, whose entries were too many.
    pub part: Option<Part>,
    pub duration: u64,
    pub segments: usize,
}

/// Most time first; the sum is that of the segments. At most [`ENTRIES_MAX`] and one for the rest.
pub fn critical_time<'a>(segments: &[Segment<'a>]) -> Vec<CriticalTime<'a>> {
    let mut sums: HashMap<(Name<'a>, Part), (u64, usize), RandomState> = HashMap::default();
    for segment in segments {
        let sum = sums.entry((segment.name, segment.part)).or_default();
        *sum = (sum.0 + segment.duration, sum.1 + 1);
    }
    let mut times: Vec<CriticalTime<'a>> = sums
        .into_iter()
        .map(|((name, part), (duration, segments))| CriticalTime {
            name,
            part: Some(part),
            duration,
            segments,
        })
        .collect();
    times.sort_unstable_by_key(|time| (Reverse(time.duration), time.name, time.part));
    if times.len() > ENTRIES_MAX {
        let rest = times.split_off(ENTRIES_MAX);
        times.push(CriticalTime {
            name: Name::default(),
            part: None,
            duration: rest.iter().map(|time| time.duration).sum(),
            segments: rest.iter().map(|time| time.segments).sum(),
        });
    }
    times
}

const ENTRIES_MAX: usize = 100;
