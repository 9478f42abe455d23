//! Any text as what someone pastes to look it up.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &[u8]| fuzz::pasted::check(text));
