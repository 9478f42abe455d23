//! The vault: what a span is, what can be asked of spans, and where they live. It knows nothing of
//! how spans are spelled on a wire, nor of HTTP.
//!
//! Read in this order: the language (`id`, `time`, `span`, `log`, `trace`), the questions (`query`,
//! `dependency`), the way in (`encoding`, `draft`, `batch`), the counts (`rollup`), the door
//! (`store`), then the stores.

pub mod id;
pub mod time;

pub mod log;
pub mod span;
pub mod trace;

mod failure;
pub mod flat_text;
pub mod origin;
pub mod semconv;
pub mod tags;

pub mod correlation;

pub mod dependency;
pub mod query;

pub mod batch;
pub mod draft;
pub mod encoding;

pub mod rollup;

pub mod store;

pub mod memory;

#[cfg(feature = "local")]
pub mod local;

#[cfg(feature = "contract")]
pub mod contract;
