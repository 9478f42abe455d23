//! A sketch of durations whose quantiles are within 1 % of the truth: DDSketch (Masson, Rim and
//! Lee, VLDB 2019) with signed counts, so that what was added can be taken away again.
use crate::encoding::{self, Malformed, Reader};
use crate::rollup::scale::{BUCKETS, DURATION_MAX, bucket_of, middle_of};

/// How many durations fell into each bucket. Counts may be negative on the way; their sums wrap,
/// so that taking away is the exact opposite of adding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Durations of no length; a clock that stepped back makes them too.
    zeros: i64,
    /// By index, none of them zero.
    buckets: Vec<Bucket>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bucket {
    index: u16,
    count: i64,
}

impl Sketch {
    /// Counts a duration in nanoseconds this often.
    pub fn add(&mut self, duration: i64, count: i64) {
        let duration = u64::try_from(duration).unwrap_or(0).min(DURATION_MAX);
        if duration == 0 {
            self.zeros = self.zeros.wrapping_add(count);
            return;
        }
        let index = bucket_of(duration);
        match self
            .buckets
            .binary_search_by_key(&index, |bucket| bucket.index)
        {
            Ok(position) => {
                let bucket = &mut self.buckets[position];
                bucket.count = bucket.count.wrapping_add(count);
                if bucket.count == 0 {
                    self.buckets.remove(position);
                }
            }
            Err(position) if count != 0 => self.buckets.insert(position, Bucket { index, count }),
            Err(_) => {}
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.combine(other, 1);
    }

    pub fn subtract(&mut self, other: &Self) {
        self.combine(other, -1);
    }

    fn combine(&mut self, other: &Self, sign: i64) {
        self.zeros = self.zeros.wrapping_add(other.zeros.wrapping_mul(sign));
        // Mostly one is small and the other has its buckets: they are counted where they are.
        let (mut place, mut has_zero) = (0, false);
        let mut new = Vec::new();
        for theirs in &other.buckets {
            let index = theirs.index;
            let count = theirs.count.wrapping_mul(sign);
            while self
                .buckets
                .get(place)
                .is_some_and(|ours| ours.index < index)
            {
                place += 1;
            }
            match self.buckets.get_mut(place) {
                Some(ours) if ours.index == index => {
                    ours.count = ours.count.wrapping_add(count);
                    has_zero |= ours.count == 0;
                }
                _ => new.push(Bucket { index, count }),
            }
        }
        if has_zero {
            self.buckets.retain(|bucket| bucket.count != 0);
        }
        self.insert(new);
    }

    /// Adds buckets that it does not have, in their order.
    fn insert(&mut self, mut new: Vec<Bucket>) {
        if self.buckets.is_empty() {
            self.buckets = new;
            return;
        }
        let mut old = self.buckets.len();
        self.buckets.extend_from_slice(&new);
        // From the last to the first, so that each moves once.
        for place in (0..self.buckets.len()).rev() {
            let Some(last) = new.last().copied() else {
                break;
            };
            let ours = old.checked_sub(1).map(|before| self.buckets[before]);
            self.buckets[place] = match ours.filter(|ours| ours.index > last.index) {
                Some(ours) => {
                    old -= 1;
                    ours
                }
                None => {
                    new.pop();
                    last
                }
            };
        }
    }

    /// How many durations it holds.
    pub fn count(&self) -> i64 {
        self.counts().fold(0, i64::wrapping_add)
    }

    pub const fn is_empty(&self) -> bool {
        self.zeros == 0 && self.buckets.is_empty()
    }

    /// The duration in nanoseconds that a share `q` (0 to 1) of the durations does not exceed,
    /// within 1 %: the one at position `q · (n - 1)`, rounded down. `None` when there are none.
    /// Negative counts are passed over: they are halves of a sum that is not whole yet.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        self.quantiles([q]).map(|[quantile]| quantile)
    }

    /// As [`Self::quantile`] for several shares, none of which is below the one before.
    pub fn quantiles<const N: usize>(&self, shares: [f64; N]) -> Option<[f64; N]> {
        let total = self
            .counts()
            .fold(0_u64, |sum, count| sum.saturating_add(positive(count)));
        let last = total.checked_sub(1)?;
        let mut passed = positive(self.zeros);
        let mut buckets = self.buckets.iter();
        let mut duration = 0.0;
        let mut bucket = None;
        Some(shares.map(|q| {
            let position = ((q.clamp(0.0, 1.0) * last as f64) as u64).min(last);
            let before = bucket;
            while position >= passed
                && let Some(next) = buckets.next()
            {
                passed = passed.saturating_add(positive(next.count));
                bucket = Some(next.index);
            }
            if bucket != before {
                duration = bucket.map_or(0.0, middle_of);
            }
            duration
        }))
    }

    /// Where a duration in nanoseconds stands among these, from 0 to 1: the share that is shorter,
    /// and half of those that are as long within 1 %. `None` when there are none.
    pub fn standing(&self, duration: i64) -> Option<f64> {
        let duration = u64::try_from(duration).unwrap_or(0).min(DURATION_MAX);
        let index = (duration > 0).then(|| bucket_of(duration));
        let (mut shorter, mut same, mut total) = (0.0, 0.0, 0.0);
        let zeros = (None, self.zeros);
        let buckets = (self.buckets.iter()).map(|bucket| (Some(bucket.index), bucket.count));
        for (own, count) in std::iter::once(zeros).chain(buckets) {
            let count = positive(count) as f64;
            total += count;
            // None, which is no duration at all, comes first.
            if own < index {
                shorter += count;
            } else if own == index {
                same += count;
            }
        }
        (total > 0.0).then(|| (shorter + same / 2.0) / total)
    }

    fn counts(&self) -> impl Iterator<Item = i64> {
        let buckets = self.buckets.iter().map(|bucket| bucket.count);
        std::iter::once(self.zeros).chain(buckets)
    }

    /// Appends `[zeros][n buckets]([index minus the previous][count])*`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encoding::put_signed(out, self.zeros);
        encoding::put_varint(out, self.buckets.len() as u64);
        let mut previous = 0;
        for bucket in &self.buckets {
            encoding::put_varint(out, u64::from(bucket.index - previous));
            encoding::put_signed(out, bucket.count);
            previous = bucket.index;
        }
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// When the bytes end too early, or buckets are empty, out of order or out of range.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut buckets = Vec::new();
        let zeros = Self::visit_encoded(reader, |index, count, left| {
            if buckets.is_empty() {
                buckets.reserve_exact(left.min(BUCKETS));
            }
            buckets.push(Bucket { index, count });
        })?;
        Ok(Self { zeros, buckets })
    }

    /// The sketch of these counts of the buckets from `first` on.
    pub(super) fn of_counts(zeros: i64, first: usize, counts: &[i64]) -> Self {
        let length = counts.iter().filter(|count| **count != 0).count();
        let mut buckets = Vec::with_capacity(length);
        for (position, count) in counts.iter().enumerate() {
            if *count != 0 {
                let index = (first + position) as u16;
                let count = *count;
                buckets.push(Bucket { index, count });
            }
        }
        Self { zeros, buckets }
    }

    /// Calls `visit` with index and count of each bucket; returns how many have no length.
    pub(super) fn visit(&self, mut visit: impl FnMut(u16, i64)) -> i64 {
        let buckets = self.buckets.iter();
        buckets.for_each(|bucket| visit(bucket.index, bucket.count));
        self.zeros
    }

    /// As [`Self::visit`] of what [`Self::encode`] wrote; `visit` is also told how many buckets are
    /// left, this one among them.
    pub(super) fn visit_encoded(
        reader: &mut Reader<'_>,
        mut visit: impl FnMut(u16, i64, usize),
    ) -> Result<i64, Malformed> {
        let zeros = reader.signed()?;
        let length = reader.length()?;
        let mut previous = None;
        for left in (1..=length).rev() {
            let at = reader.position();
            let index = u64::from(previous.unwrap_or(0))
                .checked_add(reader.varint()?)
                .filter(|index| *index < BUCKETS as u64)
                .ok_or(Malformed(at))? as u16;
            let count = reader.signed()?;
            if count == 0 || previous == Some(index) {
                return Err(Malformed(at));
            }
            visit(index, count, left);
            previous = Some(index);
        }
        Ok(zeros)
    }
}

fn positive(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::generate::Dice;
    use crate::rollup::scale::{BOUNDS, first_of_step, step};

    /// Durations of every size, and all that are near a bound.
    fn durations() -> impl Iterator<Item = u64> {
        let mut dice = Dice::new(5);
        let near = |bound: u64| bound.saturating_sub(2)..=bound + 2;
        let random = (0..200_000).map(move |_| {
            let size = 1 + dice.roll(46);
            dice.roll(1 << size)
        });
        (1..100_000)
            .chain(BOUNDS.into_iter().flat_map(near))
            .chain((0..47).flat_map(move |bits| near(1 << bits)))
            .chain(random)
            .filter(|duration| (1..=DURATION_MAX).contains(duration))
    }

    #[test]
    fn a_bucket_is_the_first_whose_bound_is_not_below() {
        for duration in durations() {
            let slow = BOUNDS.partition_point(|bound| *bound < duration);
            assert_eq!(usize::from(bucket_of(duration)), slow, "{duration}");
            assert!(first_of_step(step(duration)) <= duration, "{duration}");
        }
    }

    #[test]
    fn no_duration_is_further_from_its_buckets_middle_than_one_percent() {
        for duration in durations() {
            let truth = duration as f64;
            let distance = (middle_of(bucket_of(duration)) - truth).abs();
            assert!(distance <= truth * 0.010_000_001, "{duration}: {distance}");
        }
    }

    #[test]
    fn quantiles_are_within_one_percent_of_exact_ones() {
        let mut dice = Dice::new(6);
        for _ in 0..500 {
            let mut sketch = Sketch::default();
            let size = 2 + dice.roll(44);
            let mut exact: Vec<i64> = (0..1 + dice.roll(300))
                .map(|_| dice.roll(1 << size) as i64 - 3)
                .collect();
            for duration in &exact {
                sketch.add(*duration, 1);
            }
            exact.sort_unstable();
            assert_eq!(sketch.count(), exact.len() as i64);
            for q in [0.0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0] {
                let position = (q * (exact.len() - 1) as f64) as usize;
                let truth = exact[position].max(0) as f64;
                let found = sketch.quantile(q).unwrap();
                assert!(
                    (found - truth).abs() <= truth * 0.010_000_001,
                    "{q}: {found} {truth}"
                );
            }
        }
        assert_eq!(Sketch::default().quantile(0.5), None);
    }

    #[test]
    fn a_duration_stands_where_it_stands_among_exact_ones() {
        let mut dice = Dice::new(8);
        assert_eq!(Sketch::default().standing(5), None);
        for _ in 0..500 {
            let mut sketch = Sketch::default();
            let size = 2 + dice.roll(30);
            let exact: Vec<i64> = (0..1 + dice.roll(300))
                .map(|_| dice.roll(1 << size) as i64 - 3)
                .collect();
            exact.iter().for_each(|one| sketch.add(*one, 1));
            let share = |is_below: &dyn Fn(f64) -> bool| {
                let below = exact.iter().filter(|one| is_below((**one).max(0) as f64));
                below.count() as f64 / exact.len() as f64
            };
            for duration in [exact[0], dice.roll(1 << size) as i64, 0, i64::MAX] {
                let truth = duration.clamp(0, DURATION_MAX as i64) as f64;
                let found = sketch.standing(duration).unwrap();
                // What is in its bucket is within 2 %.
                let (least, most) = (
                    share(&|one| one < truth * 0.979),
                    share(&|one| one <= truth * 1.021),
                );
                assert!(
                    (least..=most).contains(&found),
                    "{duration}: {found} {least} {most}"
                );
            }
        }
        let mut same = Sketch::default();
        same.add(7, 40);
        assert_eq!(same.standing(7), Some(0.5));
        assert_eq!((same.standing(6), same.standing(8)), (Some(0.0), Some(1.0)));
    }

    #[test]
    fn what_is_taken_away_was_never_there() {
        let mut dice = Dice::new(7);
        for _ in 0..2_000 {
            let sketch = |dice: &mut Dice| {
                let mut sketch = Sketch::default();
                for _ in 0..dice.roll(20) {
                    sketch.add(dice.roll(100) as i64, dice.roll(7) as i64 - 3);
                }
                sketch
            };
            let (one, two) = (sketch(&mut dice), sketch(&mut dice));
            let mut sum = one.clone();
            sum.merge(&two);
            let mut other_way = two.clone();
            other_way.merge(&one);
            assert_eq!(sum, other_way);
            assert_eq!(sum.count(), one.count() + two.count());
            sum.subtract(&two);
            assert_eq!(sum, one);
            sum.subtract(&one);
            assert!(sum.is_empty());
        }
    }

    #[test]
    fn durations_out_of_range_are_kept_at_its_ends() {
        let mut sketch = Sketch::default();
        sketch.add(i64::MIN, 1);
        sketch.add(i64::MAX, 1);
        assert_eq!(sketch.quantile(0.0), Some(0.0));
        let longest = sketch.quantile(1.0).unwrap();
        assert!((longest / DURATION_MAX as f64 - 1.0).abs() < 0.011);
    }
}
