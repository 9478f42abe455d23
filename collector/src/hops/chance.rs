//! Whether two groups of numbers differ by more than chance: a rank test for durations and counts, an
//! exact test for shares. Both ask the same: would chance alone bring this about less than once in ten
//! thousand times?

/// Does one side tend to be larger than the other? `Greater`: the first. The test of Wilcoxon, Mann
/// and Whitney with its correction for ties, which asks nothing of how the numbers are distributed.
/// Sides of fewer than [`RANKED_MIN`] are never told apart.
pub(super) fn ranks(one: &[u64], other: &[u64]) -> Tendency {
    if one.len().min(other.len()) < RANKED_MIN {
        return Tendency::None;
    }
    let mut all: Vec<(u64, bool)> = Vec::with_capacity(one.len() + other.len());
    all.extend(one.iter().map(|value| (*value, true)));
    all.extend(other.iter().map(|value| (*value, false)));
    all.sort_unstable();
    // The ranks of the first side, from 1; equal values share the middle of theirs.
    let (mut sum, mut ties, mut before) = (0.0, 0.0, 0.0);
    for equal in all.chunk_by(|(a, _), (b, _)| a == b) {
        let count = equal.len() as f64;
        let of_one = equal.iter().filter(|(_, is_one)| *is_one).count() as f64;
        sum += of_one * (before + (count + 1.0) / 2.0);
        ties += count * count * count - count;
        before += count;
    }
    let (n, m) = (one.len() as f64, other.len() as f64);
    let total = n + m;
    let surplus = sum - n * (total + 1.0) / 2.0;
    let variance = n * m / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)));
    // A half less: ranks are whole numbers, the normal distribution is not.
    if (surplus.abs() - 0.5).max(0.0) < DEVIATIONS * variance.max(f64::MIN_POSITIVE).sqrt() {
        return Tendency::None;
    }
    if surplus > 0.0 {
        Tendency::Greater
    } else {
        Tendency::Less
    }
}

/// Is the share `one.0` of `one.1` another than `other.0` of `other.1`? Fisher's exact test: the
/// chance of all outcomes with the same sums that are no likelier than this one.
pub(super) fn shares(one: (usize, usize), other: (usize, usize)) -> Tendency {
    let (n, m) = (one.1, other.1);
    let hits = one.0 + other.0;
    if n == 0 || m == 0 || one.0 > n || other.0 > m {
        return Tendency::None;
    }
    let logs = log_factorials(n + m);
    let choose = |of: usize, some: usize| logs[of] - logs[some] - logs[of - some];
    let whole = choose(n + m, hits);
    let likelihood = |in_one: usize| choose(n, in_one) + choose(m, hits - in_one) - whole;
    // Rounding must not make two outcomes of one likelihood differ.
    let own = likelihood(one.0) + 1e-9;
    let outcomes = hits.saturating_sub(m)..=hits.min(n);
    let chance: f64 = (outcomes.map(likelihood))
        .filter(|likelihood| *likelihood <= own)
        .map(f64::exp)
        .sum();
    if chance >= LEVEL {
        return Tendency::None;
    }
    if one.0 * m > other.0 * n {
        Tendency::Greater
    } else {
        Tendency::Less
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tendency {
    Greater,
    Less,
    /// Nothing that chance would not bring about.
    None,
}

/// The natural logarithms of 0! to n!.
fn log_factorials(n: usize) -> Vec<f64> {
    let mut logs = Vec::with_capacity(n + 1);
    logs.push(0.0);
    for number in 1..=n {
        logs.push(logs[number - 1] + (number as f64).ln());
    }
    logs
}

/// Fewer numbers on a side are too few for ranks: their sum is not yet normal.
pub(super) const RANKED_MIN: usize = 20;
/// Once in ten thousand times.
const LEVEL: f64 = 1e-4;
/// So many deviations are passed by chance, to either side, once in ten thousand times.
const DEVIATIONS: f64 = 3.8906;

#[cfg(test)]
mod tests {
    use super::*;

    /// Fisher's chances are sums of whole numbers divided once, the ranks' are `erfc(z / √2)`.
    #[test]
    fn what_chance_brings_about_is_no_tendency() {
        let run = |from: u64, count: u64| (from..from + count).collect::<Vec<u64>>();
        for (one, other, expected) in [
            (run(0, 20), run(100, 20), Tendency::Less),
            (run(100, 20), run(0, 20), Tendency::Greater),
            (run(0, 19), run(100, 19), Tendency::None),
            (run(0, 20), run(0, 20), Tendency::None),
            (vec![7; 50], vec![7; 50], Tendency::None),
            (vec![7; 50], vec![8; 50], Tendency::Less),
            // Surplus 859.5 of a deviation of 409: p is 0.036.
            (run(0, 100), run(9, 100), Tendency::None),
        ] {
            assert_eq!(ranks(&one, &other), expected, "{one:?} {other:?}");
        }
        for (one, other, expected) in [
            ((0, 0), (5, 5), Tendency::None),
            ((5, 5), (0, 5), Tendency::None),
            // 2 / C(20, 10) is 1.1e-5.
            ((10, 10), (0, 10), Tendency::Greater),
            ((0, 10), (10, 10), Tendency::Less),
            // 2 / C(16, 8) is 1.6e-4.
            ((8, 8), (0, 8), Tendency::None),
            ((1, 100), (0, 100), Tendency::None),
            // 3.3e-5, and 0.047 below.
            ((60, 100), (30, 100), Tendency::Greater),
            ((60, 100), (45, 100), Tendency::None),
            ((100, 100), (100, 100), Tendency::None),
        ] {
            assert_eq!(shares(one, other), expected, "{one:?} {other:?}");
        }
    }
}
