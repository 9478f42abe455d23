//! The call tree of a trace.
