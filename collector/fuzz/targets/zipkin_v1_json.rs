//! Any bytes as a body of `zipkin_v1_json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| fuzz::check(collector::wire::zipkin_v1_json::decode, body));
