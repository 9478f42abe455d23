//! The doors: how spans come in and answers go out.

pub mod hops;
pub mod wire;
