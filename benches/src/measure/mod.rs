//! Measuring a running server from outside: its process, its doors, its answers.

pub mod load;
pub mod questions;
pub mod server;

/// Times that something took, in nanoseconds.
#[derive(Debug, Default)]
pub struct Times(Vec<u64>);

impl Times {
    pub fn add(&mut self, nanoseconds: u64) {
        self.0.push(nanoseconds);
    }

    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The value below which so many percent lie, in milliseconds.
    pub fn percentile_ms(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        sorted
            .get(place)
            .map_or(f64::NAN, |nanoseconds| *nanoseconds as f64 / 1e6)
    }
}
