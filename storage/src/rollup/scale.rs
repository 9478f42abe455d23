//! The buckets of durations. Bucket `i` holds those above γ^(i-1) and up to γ^i nanoseconds, where
//! γ = 101/99. The bounds are computed in whole numbers: every machine and every release puts a
//! duration into the same bucket, which taking away relies upon.

/// Longer durations count as this one: a day, in nanoseconds.
pub const DURATION_MAX: u64 = 86_400_000_000_000;

/// Buckets from one nanosecond to [`DURATION_MAX`].
pub(super) const BUCKETS: usize = 1_606;

/// The greatest whole duration of each bucket: γ^i rounded down.
pub(super) static BOUNDS: [u64; BUCKETS] = bounds();

const fn bounds() -> [u64; BUCKETS] {
    let mut bounds = [0; BUCKETS];
    // With 64 bits behind the point, 1,605 rounded steps are wrong by less than one in 2^53.
    let mut power: u128 = 1 << 64;
    let mut index = 0;
    while index < BUCKETS {
        bounds[index] = (power >> 64) as u64;
        power = power * 101 / 99;
        index += 1;
    }
    assert!(bounds[BUCKETS - 1] >= DURATION_MAX && bounds[BUCKETS - 2] < DURATION_MAX);
    bounds
}

/// Leading bits that [`step`] keeps of a duration: a step is at most 1/64 wide, narrower than a
/// bucket, so that at most one bound is within it.
const STEP_BITS: u32 = 6;
const STEPS: usize = step(DURATION_MAX) + 1;

/// The bucket of the first duration of each step.
static FIRST_BUCKETS: [u16; STEPS] = first_buckets();

const fn first_buckets() -> [u16; STEPS] {
    let mut firsts = [0; STEPS];
    let bounds = bounds();
    let mut bucket = 0;
    let mut number = 1;
    while number < STEPS {
        while bounds[bucket] < first_of_step(number) {
            bucket += 1;
        }
        firsts[number] = bucket as u16;
        number += 1;
    }
    firsts
}

/// A number that grows with the duration, in steps that are as wide as their power of two says.
pub(super) const fn step(duration: u64) -> usize {
    if duration >> STEP_BITS == 0 {
        return duration as usize;
    }
    let shift = duration.ilog2() - STEP_BITS;
    ((shift as usize) << STEP_BITS) + (duration >> shift) as usize
}

pub(super) const fn first_of_step(number: usize) -> u64 {
    if number >> (STEP_BITS + 1) == 0 {
        return number as u64;
    }
    let shift = (number >> STEP_BITS) - 1;
    ((number - (shift << STEP_BITS)) as u64) << shift
}

/// The bucket of a duration from one nanosecond to [`DURATION_MAX`].
pub(super) fn bucket_of(duration: u64) -> u16 {
    let first = FIRST_BUCKETS[step(duration)];
    first + u16::from(BOUNDS[usize::from(first)] < duration)
}

/// The duration that no other in the bucket is further from than 1 %: γ^i · 2/(γ+1) nanoseconds.
pub(super) fn middle_of(bucket: u16) -> f64 {
    (101.0_f64 / 99.0).powi(i32::from(bucket)) * 0.99
}
