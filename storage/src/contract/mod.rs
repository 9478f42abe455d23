//! The battery of tests that every store passes: hand-written cases as data, and random histories
//! compared with the memory store.
mod cases;
pub mod cast;
pub mod generate;

pub use cases::run;
