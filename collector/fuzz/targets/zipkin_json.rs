//! Any bytes as a body of `zipkin_json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| fuzz::check(collector::wire::zipkin_json::decode, body));
