//! Real client libraries over real sockets against the real binary: what they sent is there,
//! exactly. The requests of clients that cannot be installed are replayed.
//!
//! `scripts/clients` installs the clients; a kit is a folder beside this file.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

mod agent;
mod capture;
mod hopline;
mod kit;
mod load;
mod otelcol;
mod otlp;
mod otlp_answer;
mod request;
mod shop;
mod signals;
mod span;
mod tap;
mod told;
mod way;
#[path = "../api/scenario/zipkin_server.rs"]
mod zipkin_server;
