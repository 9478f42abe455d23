//! Any bytes as a body of `zipkin_proto`.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| fuzz::check(collector::wire::zipkin_proto::decode, body));
