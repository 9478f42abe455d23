//! Any bytes as the body of a gRPC call, in any pieces.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::framing::check(bytes));
