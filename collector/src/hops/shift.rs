//! By how much a clock is off, told from the calls with it.
//!
//! A server cannot begin before its client did, nor can a client have its answer before the server
//! began: whatever breaks that proves that clocks disagree. A server that ends after its client
//! proves nothing: it may have answered before its span ended. With most shifts that explain it the
//! way there would have taken at least as long as it ended late, which is a coincidence; many calls of
//! a short way on which it is always the same are none.
/// What one call tells of a clock: what must be added to it, at least and at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    /// With this nothing comes before its cause.
    pub causal: Range,
    /// With this the server runs inside of its client; `None` if it took longer.
    pub fits: Option<Range>,
    /// What rounded times may hide.
    pub rounding: u64,
    /// Whose call it is: two servers of one call are no two witnesses.
    pub client: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub low: i128,
    pub high: i128,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shift {
    pub offset: i64,
    pub low: Option<i64>,
    pub high: Option<i64>,
    pub fitting: usize,
    pub confidence: f64,
}

impl Range {
    fn contains(self, shift: i128, rounding: u64) -> bool {
        let rounding = i128::from(rounding);
        self.low - rounding <= shift && shift <= self.high + rounding
    }

    const fn plus(self, shift: i128) -> Self {
        Self {
            low: self.low + shift,
            high: self.high + shift,
        }
    }

    const fn reversed(self) -> Self {
        Self {
            low: -self.high,
            high: -self.low,
        }
    }

    /// Rounded times may miss each other.
    fn ordered(self) -> Self {
        Self {
            low: self.low.min(self.high),
            high: self.high.max(self.low),
        }
    }
}

impl Bounds {
    pub(super) fn moved(self, shift: i64) -> Self {
        self.with(|range| range.plus(i128::from(shift)))
    }

    /// As seen from the other clock.
    pub(super) fn reversed(self) -> Self {
        self.with(Range::reversed)
    }

    fn with(self, change: impl Fn(Range) -> Range) -> Self {
        Self {
            causal: change(self.causal),
            fits: self.fits.map(change),
            ..self
        }
    }

    fn is_possible(&self, shift: i128) -> bool {
        self.causal.contains(shift, self.rounding)
    }

    fn fits(&self, shift: i128) -> bool {
        (self.fits).is_some_and(|fits| fits.contains(shift, self.rounding))
    }
}

/// The shift that explains most; `None` if the clock may as well be right: a correction that is not
/// needed is worse than none.
pub(super) fn best(calls: &[Bounds]) -> Option<Shift> {
    // A server that took longer than its client waited is explained by no clock: others are asked first.
    let others: Vec<Bounds> = (calls.iter())
        .filter(|call| call.fits.is_some())
        .copied()
        .collect();
    of(if others.is_empty() { calls } else { &others })
}

fn of(calls: &[Bounds]) -> Option<Shift> {
    let impossible = calls.iter().filter(|call| !call.is_possible(0)).count();
    let late = calls.iter().filter(|call| !call.fits(0)).count();
    if impossible == 0 && late < MANY {
        return None;
    }
    candidates(calls)
        .into_iter()
        .filter_map(|candidate| settled(calls, candidate))
        .find(|(offset, _)| is_proved(calls, *offset, impossible))
        .map(|(offset, room)| told(calls, offset, room))
}

/// Shifts with which more is explained than without, each as the range in which the same calls are:
/// most first, and of as many those that shift less.
fn candidates(calls: &[Bounds]) -> Vec<Range> {
    // A call that is possible counts once, one that fits twice.
    let mut edges: Vec<(i128, bool)> = Vec::with_capacity(calls.len() * 4);
    let ranges = |call: &Bounds| [Some(call.causal), call.fits];
    for call in calls {
        let rounding = i128::from(call.rounding);
        for range in ranges(call).into_iter().flatten() {
            edges.push((range.low - rounding, false));
            edges.push((range.high + rounding, true));
        }
    }
    // Where one ends and another begins, both hold.
    edges.sort_unstable();
    let still: usize = (calls.iter())
        .map(|call| usize::from(call.is_possible(0)) + usize::from(call.fits(0)))
        .sum();
    let mut found: Vec<(usize, Range)> = Vec::new();
    let mut count = 0_usize;
    for pair in edges.windows(2) {
        let [(low, has_ended), (high, ends)] = [pair[0], pair[1]];
        if has_ended {
            count -= 1;
        } else {
            count += 1;
        }
        if !has_ended && ends && count > still {
            found.push((count, Range { low, high }));
        }
    }
    let distance = |range: &Range| range.low.unsigned_abs().min(range.high.unsigned_abs());
    found.sort_by_key(|(count, range)| (std::cmp::Reverse(*count), distance(range), range.low));
    found.truncate(CANDIDATES_MAX);
    found.into_iter().map(|(_, range)| range).collect()
}

/// The shift within a candidate, and the room that it has: the middle, so that what the network took
/// is split evenly; where only one side is known, or only the order of things, the least.
fn settled(calls: &[Bounds], candidate: Range) -> Option<(i128, Range)> {
    let inside = |range: &Range, rounding: u64| {
        range.contains(candidate.low, rounding) && range.contains(candidate.high, rounding)
    };
    let common = |ranges: &mut dyn Iterator<Item = Range>| {
        ranges.reduce(|one, other| Range {
            low: one.low.max(other.low),
            high: one.high.min(other.high),
        })
    };
    let fits = |call: &Bounds| call.fits.filter(|fits| inside(fits, call.rounding));
    let causal = |call: &Bounds| Some(call.causal).filter(|range| inside(range, call.rounding));
    let possible = common(&mut calls.iter().filter_map(causal));
    let (room, is_inside) = match common(&mut calls.iter().filter_map(fits)) {
        Some(room) => (room.ordered(), true),
        None => (possible?.ordered(), false),
    };
    let offset = match (known(room.low), known(room.high)) {
        (Some(low), Some(high)) if is_inside => low + (high - low) / 2,
        (Some(low), _) if low > 0 => low,
        (_, Some(high)) if high < 0 => high,
        _ => return None,
    };
    let possible = possible.map_or(room, Range::ordered);
    Some((offset.clamp(possible.low, possible.high), room))
}

/// Less is impossible than without the shift, or many calls say the same.
fn is_proved(calls: &[Bounds], offset: i128, impossible: usize) -> bool {
    let with = (calls.iter())
        .filter(|call| !call.is_possible(offset))
        .count();
    if with < impossible {
        return true;
    }
    let narrow = offset.unsigned_abs() / NARROW;
    let is_narrow = |call: &&Bounds| {
        call.fits
            .is_some_and(|fits| (fits.high - fits.low).unsigned_abs() <= narrow)
    };
    let (support, against) = votes(calls, offset, is_narrow);
    with == impossible && support >= MANY && support >= against * MAJORITY
}

/// How many calls, of different clients, speak for the shift, and how many against it.
fn votes(calls: &[Bounds], offset: i128, counts: impl Fn(&&Bounds) -> bool) -> (usize, usize) {
    let gains = |call: &&Bounds| {
        call.fits(offset) && !call.fits(0) || call.is_possible(offset) && !call.is_possible(0)
    };
    let loses = |call: &&Bounds| call.fits(0) && !call.fits(offset) || !call.is_possible(offset);
    let clients = |calls: &mut dyn Iterator<Item = &Bounds>| {
        let mut clients: Vec<usize> = calls.map(|call| call.client).collect();
        clients.sort_unstable();
        clients.dedup();
        clients.len()
    };
    let support = clients(&mut calls.iter().filter(gains).filter(counts));
    (support, clients(&mut calls.iter().filter(loses)))
}

fn told(calls: &[Bounds], offset: i128, room: Range) -> Shift {
    let size = offset.unsigned_abs() as f64;
    let doubt = match (known(room.low), known(room.high)) {
        // Where the middle is not taken, all of the room is in doubt.
        (Some(low), Some(high)) => (high - offset).max(offset - low).max(0) as f64,
        _ => size,
    };
    let (support, against) = votes(calls, offset, |_| true);
    // How likely the next call fits, after so many that did and did not (Laplace).
    let agreed = (support + 1) as f64 / (support + against + 2) as f64;
    let confidence = agreed * size / (size + doubt).max(1.0);
    let fit = |nanos: i128| nanos.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
    Shift {
        offset: fit(offset),
        low: known(room.low).map(fit),
        high: known(room.high).map(fit),
        fitting: calls.iter().filter(|call| call.fits(offset)).count(),
        confidence: (confidence * 100.0).round() / 100.0,
    }
}

fn known(bound: i128) -> Option<i128> {
    Some(bound).filter(|bound| bound.abs() < UNBOUNDED / 2)
}

/// More than any two times differ by.
pub(super) const UNBOUNDED: i128 = 1 << 100;
/// As many calls that are late by the same are no coincidence.
const MANY: usize = 5;
/// Their ways, there and back, are at most this part of the shift.
const NARROW: u128 = 4;
/// To each that speaks against it.
const MAJORITY: usize = 4;
/// Of shifts that explain nearly as much as the best.
const CANDIDATES_MAX: usize = 8;
