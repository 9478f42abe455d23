//! Measuring a running server from outside: its process, its doors, its answers.
use std::time::Duration;

pub mod giant;
pub mod load;
pub mod oracle;
pub mod process;
pub mod questions;
pub mod readers;
pub mod server;
pub mod side_by_side;
pub mod table;
pub mod traffic;
pub mod trial;
pub mod zipkin_server;

/// Times that something took, in nanoseconds.
#[derive(Debug, Default)]
pub struct Times(Vec<u64>);

impl Times {
    pub fn add(&mut self, time: Duration) {
        self.0.push(time.as_nanos() as u64);
    }

    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub const fn count(&self) -> usize {
        self.0.len()
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
