//! Any bytes as a packed body, and as what was packed.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::unpack::check(bytes));
