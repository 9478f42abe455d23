//! Any bytes as a file that is recognised by what is in it.
#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| fuzz::check_file(body));
