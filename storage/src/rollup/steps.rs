//! The steps of time by which an answer is told, and what is read for them.
use crate::query::TimeRange;
use crate::rollup::{Minute, minutes_of};

/// Beyond so many minutes (six hours) no step is shorter than an hour: hours are kept as such, and
/// are read instead of sixty minutes each.
pub const FINE_MINUTES_MAX: u32 = 360;

const HOUR: u32 = 60;
const DAY: u32 = 24 * HOUR;

/// Lengths of steps in minutes; each that is longer than an hour is of whole hours. Behind them
/// whole days.
const LENGTHS: [u32; 14] = [
    1,
    2,
    3,
    5,
    10,
    15,
    20,
    30,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
];

/// Equal steps of whole minutes that begin at multiples of their length since the epoch. A single
/// step begins where the range does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// The minutes that the range touches.
    pub first: Minute,
    pub last: Minute,
    /// Minutes of a step.
    pub length: u32,
}

impl Steps {
    /// The shortest steps of which no more than `points_max` touch the range.
    pub fn of(range: TimeRange, points_max: usize) -> Self {
        let (first, last) = minutes_of(range);
        let last = last.max(first);
        let minutes = last - first + 1;
        let fits = |length: &u32| {
            ((last / length - first / length) as usize) < points_max
                && (minutes <= FINE_MINUTES_MAX || *length >= HOUR)
        };
        let days = (2_u32..).map(|days| days.saturating_mul(DAY));
        let length = if points_max <= 1 {
            minutes
        } else {
            // A step as long as everything touches it twice at most.
            let mut lengths = LENGTHS.into_iter().chain(days);
            lengths.find(fits).unwrap_or(u32::MAX)
        };
        Self {
            first,
            last,
            length,
        }
    }

    /// The minute with which the step of a minute begins.
    pub const fn start_of(&self, minute: Minute) -> Minute {
        if self.is_single() {
            return self.first;
        }
        minute - minute % self.length
    }

    pub const fn contains(&self, minute: Minute) -> bool {
        self.first <= minute && minute <= self.last
    }

    /// May whole hours be read as such?
    pub const fn takes_hours(&self) -> bool {
        self.is_single() || self.length.is_multiple_of(HOUR)
    }

    const fn is_single(&self) -> bool {
        self.length > self.last - self.first
    }
}
