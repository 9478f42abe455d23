//! The scales: generated data, load, measurements and the demo shop. Speaks HTTP only (the programs
//! `wire` and `answers` alone, which are not part of this library, call the collector).

pub mod demo;
pub mod generate;
pub mod grpc;
pub mod http;
pub mod ledger;
pub mod measure;
pub mod otlp;
pub mod random;
pub mod span;
pub mod stream;
pub mod zipkin;
pub mod zipkin_proto;
