//! The doors: how spans come in and answers go out.
//!
//! Read in this order: the settings (`config`), the table of all URLs (`server`), the way in
//! (`ingest`, over `wire`), the way out (`query`, over `hops`), then the small rooms.

pub mod config;

pub mod connection;
pub mod server;

pub mod grpc;
pub mod ingest;
pub mod query;

pub mod hops;
pub mod json_out;
pub mod wire;

pub mod backup;
pub mod command;
pub mod description;
pub mod health;
pub mod senders;
pub mod ui;
pub mod view;
pub mod zipkin_page;

pub mod compression;
pub mod edge;
pub mod failure;
pub mod metrics;
pub mod mount;
pub mod near_miss;
