//! The battery of tests that every store passes.
