//! The layout of a chunk that its writer and its reader share.
//!
//! ```text
//! chunk    [n spans][flags][base time][source, if one](column)*
//! classes  n × [class + 1], or 0 [shape bytes]
//! sources  n × [source + 1], or 0 [source bytes]; absent if all spans have one source
//! starts   start − base, of spans that have one
//! durations
//! ids      n × 8 bytes
//! parents  0 none, 1 [8 bytes], or 2 + position in the chunk
//! values   of each span in turn, of each column that is not in its class
//! details  of spans that have them
//! ```
//!
//! Columns are read one after another, so they need no lengths: a chunk is often a few spans.

/// All times of the chunk are whole microseconds and are kept as such.
pub(super) const FLAG_MICROS: u8 = 1;
/// All spans have the same source.
pub(super) const FLAG_ONE_SOURCE: u8 = 2;

/// Instead of the number of a class or a source: its bytes follow.
pub(super) const IN_FULL: u64 = 0;

/// How a parent is written.
pub(super) mod parent {
    pub(in crate::local::record) const NONE: u64 = 0;
    pub(in crate::local::record) const ID: u64 = 1;
    pub(in crate::local::record) const POSITION_BASE: u64 = 2;
}

/// How a text that is not in the dictionary is written.
pub(super) mod text {
    pub(in crate::local::record) const INLINE: u64 = 0;
    /// As the previous text of this key in the chunk: correlation ids repeat.
    pub(in crate::local::record) const SAME: u64 = 1;
    pub(in crate::local::record) const TEMPLATE_BASE: u64 = 2;
}
