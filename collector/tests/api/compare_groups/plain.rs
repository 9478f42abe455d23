//! The plain count that answers are held against: every number from what was sent, as a textbook does it.
use serde_json::Value;

use super::sent::Sent;

pub(super) fn signed([a, b]: [u64; 2]) -> i64 {
    a as i64 - b as i64
}

/// The mean of a hop's time in a trace; `critical`: of `front` only its own.
pub(super) fn mean(sent: &Sent, hop: usize, critical: bool) -> u64 {
    let times = sent.iter().map(|(calls, own)| match (hop, critical) {
        (0, true) => *own,
        _ => calls[hop].durations.iter().sum(),
    });
    times.sum::<u64>() / sent.len() as u64
}

pub(super) fn check_side(told: &Value, sent: &Sent, hop: usize, what: &str) {
    let durations: Vec<u64> = (sent.iter())
        .flat_map(|(calls, _)| calls[hop].durations.clone())
        .collect();
    if durations.is_empty() {
        assert!(told.is_null(), "{what}");
        return;
    }
    let traces = sent
        .iter()
        .filter(|(calls, _)| !calls[hop].durations.is_empty());
    assert_eq!(told["traceCount"], traces.clone().count(), "{what}");
    assert_eq!(
        told["share"],
        traces.count() as f64 / sent.len() as f64,
        "{what}"
    );
    assert_eq!(
        told["callsPerTrace"],
        durations.len() as f64 / sent.len() as f64,
        "{what}"
    );
    let failed: usize = sent.iter().map(|(calls, _)| calls[hop].failed).sum();
    assert_eq!(told["errorCount"], failed, "{what}");
    let owns: Vec<u64> = match hop {
        0 => sent.iter().map(|(_, own)| *own).collect(),
        _ => durations.clone(),
    };
    for (name, values) in [("total", &durations), ("self", &owns)] {
        assert_eq!(told[name]["p50Nano"], quantile(values, 50), "{what}");
        assert_eq!(told[name]["p99Nano"], quantile(values, 99), "{what}");
    }
}

/// The least value that so many of a hundred do not exceed.
fn quantile(values: &[u64], percent: usize) -> u64 {
    let reach = |value: u64| values.iter().filter(|other| **other <= value).count() * 100;
    let enough = values
        .iter()
        .filter(|value| reach(**value) >= percent * values.len());
    *enough.min().unwrap()
}

pub(super) fn judged(a: &Sent, b: &Sent, hop: usize) -> &'static str {
    let means = |sent: &Sent, critical: bool| -> Vec<u64> {
        let here = sent
            .iter()
            .filter(|(calls, _)| !calls[hop].durations.is_empty());
        here.map(|(calls, own)| match (hop, critical) {
            (0, true) => *own,
            _ => calls[hop].durations.iter().sum::<u64>() / calls[hop].durations.len() as u64,
        })
        .collect()
    };
    let (in_a, in_b) = (means(a, false).len(), means(b, false).len());
    if in_a == 0 || in_b == 0 {
        return match fisher((in_a, a.len()), (in_b, b.len())) {
            "more" => "added",
            "fewer" => "missing",
            _ => "same",
        };
    }
    if in_a.min(in_b) < 20 {
        return "few";
    }
    let longer = |critical: bool| {
        let (one, other) = (means(a, critical), means(b, critical));
        let (m, n) = (quantile(&one, 50), quantile(&other, 50));
        let is_noticed = m.abs_diff(n) >= (m.min(n) / 10).max(500_000);
        if is_noticed {
            pairs(&one, &other)
        } else {
            "same"
        }
    };
    match (longer(true), longer(false)) {
        ("more", _) => "slower",
        ("fewer", _) => "faster",
        (_, "more") => "slower-below",
        (_, "fewer") => "faster-below",
        _ => "same",
    }
}

/// Wilcoxon, Mann and Whitney as they wrote it: how often is one of the first larger than one of the other?
pub(super) fn pairs(one: &[u64], other: &[u64]) -> &'static str {
    let (n, m) = (one.len() as f64, other.len() as f64);
    let mut larger = 0.0;
    for a in one {
        for b in other {
            larger += if a > b {
                1.0
            } else if a == b {
                0.5
            } else {
                0.0
            };
        }
    }
    let mut all: Vec<u64> = one.iter().chain(other).copied().collect();
    all.sort_unstable();
    all.dedup();
    let ties: f64 = (all.iter())
        .map(|value| {
            one.iter()
                .chain(other)
                .filter(|other| *other == value)
                .count() as f64
        })
        .map(|count| count.powi(3) - count)
        .sum();
    let total = n + m;
    let deviation = (n * m / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)))).sqrt();
    let surplus = larger - n * m / 2.0;
    match deviation > 0.0 && (surplus.abs() - 0.5) / deviation >= 3.8906 {
        true if surplus > 0.0 => "more",
        true => "fewer",
        false => "same",
    }
}

/// In whole numbers: outcomes of 80 traces still fit.
pub(super) fn fisher((hits, n): (usize, usize), (other, m): (usize, usize)) -> &'static str {
    let ways = |in_one: usize| choose(n, in_one) * choose(m, hits + other - in_one);
    let sum = hits + other;
    let own = ways(hits);
    let rare: u128 = (sum.saturating_sub(m)..=sum.min(n))
        .map(ways)
        .filter(|ways| *ways <= own)
        .sum();
    match rare * 10_000 < choose(n + m, sum) {
        true if hits * m > other * n => "more",
        true => "fewer",
        false => "same",
    }
}

fn choose(of: usize, some: usize) -> u128 {
    (0..some as u128).fold(1, |ways, taken| ways * (of as u128 - taken) / (taken + 1))
}
