//! The doors from outside: real sockets, port 0, the memory store.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

mod app;
#[path = "../wire/bare_span.rs"]
mod bare_span;
mod client;
mod compare;
mod compare_groups;
mod grpc_client;
#[path = "../wire/otlp_requests.rs"]
mod otlp_requests;
#[path = "../wire/thrift_spans.rs"]
mod thrift_spans;
#[expect(
    dead_code,
    reason = "its random messages are for the codec's own tests"
)]
#[path = "../wire/zipkin_messages.rs"]
mod zipkin_messages;
#[path = "../wire/zipkin_spans.rs"]
mod zipkin_spans;

mod base_path;
mod binary;
mod browser;
mod compression;
mod conformance;
mod differential;
mod drain;
mod format;
mod grpc;
mod grpc_limits;
mod grpc_zipkin;
mod import;
mod ingest;
mod limits;
mod links;
mod logs;
mod logs_doors;
mod lookup;
mod lookup_doors;
mod loose;
mod openapi;
mod otlp;
mod otlp_answers;
mod otlp_messages;
mod overview;
mod paths;
mod purchases;
mod query;
mod root_peers;
mod scenario;
mod senders;
mod services;
mod spans;
mod translations;
mod two_worlds;
mod view;
mod why;
mod window;
mod zipkin_formats;
