//! The layout of a chunk that its writer and its reader share.

/// All times of the chunk are whole microseconds and are kept as such.
pub(super) const FLAG_MICROS: u8 = 1;

/// Columns of a chunk, in the order of their bytes.
pub(super) const COLUMNS: usize = 7;
pub(super) const SHAPES: usize = 0;
pub(super) const SOURCES: usize = 1;
pub(super) const STARTS: usize = 2;
pub(super) const DURATIONS: usize = 3;
pub(super) const IDS: usize = 4;
pub(super) const VALUES: usize = 5;
pub(super) const DETAILS: usize = 6;

/// How a string value is written in the values column; greater numbers are dictionary entries.
pub(super) mod string {
    pub(in crate::local::record) const INLINE: u64 = 0;
    /// As the previous inline value of this key in the chunk: correlation ids repeat.
    pub(in crate::local::record) const SAME: u64 = 1;
    pub(in crate::local::record) const ENTRY_BASE: u64 = 2;
}
