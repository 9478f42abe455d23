//! Any bytes as a body of `otlp_logs_proto`.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| fuzz::check(collector::wire::otlp_logs_proto::decode, body));
