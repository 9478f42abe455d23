//! Any bytes as a body of `jaeger_json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| fuzz::check(collector::wire::jaeger_json::decode, body));
