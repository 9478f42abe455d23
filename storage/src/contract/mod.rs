//! The battery of tests that every store passes: hand-written cases as data, and random histories
//! compared with the memory store.
mod battery;
mod cases;
pub mod cast;
mod excluded_cases;
pub mod generate;
mod log_cases;
mod lookup_cases;
mod rollup_cases;
mod search_cases;

pub use battery::{run, run_peers};
