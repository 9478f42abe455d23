//! Every key that RocksDB ever sees, drawn and encoded. Nothing else makes key bytes.
//!
//! ```text
//! family    key                                            value
//! default   "bucket/" [start ms 8]                         bucket record (see bucket.rs)
//! default   "sequence"                                     lowest unused sequence [8]
//! outbox    [sequence 8]                                   commit group (see record.rs)
//! b<start>  01 [trace id low 8][trace id high 8][seq 8]    chunks of one trace and window
//! b<start>  02 [entry id 4]                                dictionary entry
//! b<start>  03 [name bytes]                                a name that the bucket knows
//! b<start>  04 [run 4][block 4]                            pairs of a run of rare values (rare/)
//! b<start>  05 [run 4]                                     where the blocks of a run begin
//! b<start>  06 [block 4]                                   traces of 256 numbered rows
//! b<start>  07 [stretch 1][table 1][number 4]              rollup of a minute or an hour
//! b<start>  08 [name id 4]                                 a name that rollups use
//! ```
//!
//! Numbers are big-endian, so that byte order is number order. The low half of a trace id comes
//! first: the 64-bit and the 128-bit form of one trace are neighbours. A table byte, once used, is
//! never reused.
use std::ops::Range;

use crate::id::TraceId;

/// Column family of commit groups that are not yet arranged as rows.
pub(super) const OUTBOX: &str = "outbox";

/// Where the numbering of commit groups goes on when the outbox is empty.
pub(super) const SEQUENCE: &[u8] = b"sequence";

const BUCKET_PREFIX: &[u8] = b"bucket/";
const TABLE_ROWS: u8 = 1;
const TABLE_DICTIONARY: u8 = 2;
const TABLE_NAMES: u8 = 3;
const TABLE_RUN_BLOCKS: u8 = 4;
const TABLE_RUN_DIRECTORIES: u8 = 5;
const TABLE_ROW_PLACES: u8 = 6;
const TABLE_ROLLUPS: u8 = 7;
const TABLE_ROLLUP_NAMES: u8 = 8;

/// How long the stretch of a rollup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Stretch {
    Minute = 0,
    Hour = 1,
}

/// Edges and operations lie apart: whoever asks for dependencies reads only edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum RollupTable {
    Edges = 0,
    Operations = 1,
}

/// Table byte and low half of the trace id: what the filters know. The forms of one trace, of 64
/// and of 128 bits, are found with one look.
pub(super) const GROUP_PREFIX_LENGTH: usize = 9;
/// Table byte and trace id.
const ROW_PREFIX_LENGTH: usize = 17;

pub(super) fn bucket_family(start_ms: u64) -> String {
    format!("b{start_ms:016x}")
}

pub(super) fn bucket(start_ms: u64) -> Vec<u8> {
    [BUCKET_PREFIX, &start_ms.to_be_bytes()].concat()
}

pub(super) const fn bucket_range() -> (&'static [u8], &'static [u8]) {
    (BUCKET_PREFIX, b"bucket0")
}

pub(super) const fn outbox(sequence: u64) -> [u8; 8] {
    sequence.to_be_bytes()
}

pub(super) fn outbox_sequence(key: &[u8]) -> Option<u64> {
    key.try_into().ok().map(u64::from_be_bytes)
}

pub(super) fn row_prefix(id: TraceId) -> [u8; ROW_PREFIX_LENGTH] {
    let mut key = [0; ROW_PREFIX_LENGTH];
    key[0] = TABLE_ROWS;
    key[1..9].copy_from_slice(&id.low().to_be_bytes());
    key[9..17].copy_from_slice(&id.high().to_be_bytes());
    key
}

/// The rows of all traces whose ids agree in the low half.
pub(super) fn group_prefix(id: TraceId) -> [u8; GROUP_PREFIX_LENGTH] {
    let mut key = [0; GROUP_PREFIX_LENGTH];
    key[0] = TABLE_ROWS;
    key[1..].copy_from_slice(&id.low().to_be_bytes());
    key
}

pub(super) fn row(id: TraceId, sequence: u64) -> Vec<u8> {
    [row_prefix(id).as_slice(), &sequence.to_be_bytes()].concat()
}

/// The trace id of a row's key.
pub(super) fn row_trace_id(key: &[u8]) -> Option<TraceId> {
    let low = u64::from_be_bytes(key.get(1..9)?.try_into().ok()?);
    let high = u64::from_be_bytes(key.get(9..17)?.try_into().ok()?);
    TraceId::from_halves(high, low)
}

/// The sequence of a row's key.
pub(super) fn row_sequence(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.get(17..25)?.try_into().ok()?))
}

pub(super) const fn rows_range() -> ([u8; 1], [u8; 1]) {
    table_range(TABLE_ROWS)
}

pub(super) const fn dictionary(entry: u32) -> [u8; 5] {
    numbered(TABLE_DICTIONARY, entry)
}

pub(super) fn dictionary_entry(key: &[u8]) -> Option<u32> {
    number(key)
}

pub(super) const fn dictionary_range() -> ([u8; 1], [u8; 1]) {
    table_range(TABLE_DICTIONARY)
}

pub(super) fn name(name: &[u8]) -> Vec<u8> {
    [&[TABLE_NAMES], name].concat()
}

pub(super) const fn names_range() -> ([u8; 1], [u8; 1]) {
    table_range(TABLE_NAMES)
}

pub(super) fn run_block(run: u32, block: u32) -> Vec<u8> {
    [
        [TABLE_RUN_BLOCKS].as_slice(),
        &run.to_be_bytes(),
        &block.to_be_bytes(),
    ]
    .concat()
}

/// All blocks of some runs.
pub(super) fn run_blocks_range(runs: Range<u32>) -> (Vec<u8>, Vec<u8>) {
    (run_block(runs.start, 0), run_block(runs.end, 0))
}

pub(super) fn run_directory(run: u32) -> Vec<u8> {
    numbered(TABLE_RUN_DIRECTORIES, run).to_vec()
}

/// The directories of some runs.
pub(super) fn run_directories(runs: Range<u32>) -> (Vec<u8>, Vec<u8>) {
    (run_directory(runs.start), run_directory(runs.end))
}

pub(super) fn run_number(directory: &[u8]) -> Option<u32> {
    number(directory)
}

pub(super) const fn run_directories_range() -> ([u8; 1], [u8; 1]) {
    table_range(TABLE_RUN_DIRECTORIES)
}

pub(super) fn row_places(block: u32) -> Vec<u8> {
    numbered(TABLE_ROW_PLACES, block).to_vec()
}

/// All blocks of places before one.
pub(super) fn row_places_before(block: u32) -> (Vec<u8>, Vec<u8>) {
    (row_places(0), row_places(block))
}

pub(super) fn row_places_block(key: &[u8]) -> Option<u32> {
    number(key)
}

pub(super) const fn row_places_range() -> ([u8; 1], [u8; 1]) {
    table_range(TABLE_ROW_PLACES)
}

pub(super) fn rollup(stretch: Stretch, table: RollupTable, number: u32) -> Vec<u8> {
    [
        [TABLE_ROLLUPS, stretch as u8, table as u8].as_slice(),
        &number.to_be_bytes(),
    ]
    .concat()
}

/// Stretch (0 a minute, 1 an hour), table (0 edges, 1 operations) and number of a rollup's key.
pub(super) fn rollup_slot(key: &[u8]) -> Option<(u8, u8, u32)> {
    let [_, stretch @ 0..=1, table @ 0..=1, number @ ..] = key else {
        return None;
    };
    Some((
        *stretch,
        *table,
        u32::from_be_bytes(number.try_into().ok()?),
    ))
}

pub(super) const fn rollups_range() -> ([u8; 1], [u8; 1]) {
    table_range(TABLE_ROLLUPS)
}

pub(super) fn rollup_name(id: u32) -> Vec<u8> {
    numbered(TABLE_ROLLUP_NAMES, id).to_vec()
}

pub(super) fn rollup_name_id(key: &[u8]) -> Option<u32> {
    number(key)
}

pub(super) const fn rollup_names_range() -> ([u8; 1], [u8; 1]) {
    table_range(TABLE_ROLLUP_NAMES)
}

/// The key of a table whose rows have numbers.
const fn numbered(table: u8, number: u32) -> [u8; 5] {
    let [a, b, c, d] = number.to_be_bytes();
    [table, a, b, c, d]
}

/// The number in such a key.
fn number(key: &[u8]) -> Option<u32> {
    key.get(1..)?.try_into().ok().map(u32::from_be_bytes)
}

const fn table_range(table: u8) -> ([u8; 1], [u8; 1]) {
    ([table], [table + 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_one_trace_are_neighbours_and_keep_their_order() {
        let narrow = TraceId::from_halves(0, 7).expect("not zero");
        let wide = TraceId::from_halves(9, 7).expect("not zero");
        let next = TraceId::from_halves(0, 8).expect("not zero");
        let keys = [row(narrow, 1), row(narrow, 300), row(wide, 0), row(next, 0)];
        assert!(keys.is_sorted());
        assert_eq!(
            keys.iter()
                .filter_map(|key| row_trace_id(key))
                .collect::<Vec<_>>(),
            [narrow, narrow, wide, next]
        );
        assert!(keys.iter().all(|key| key.starts_with(&rows_range().0)));
    }

    #[test]
    fn numbers_come_back() {
        assert_eq!(outbox_sequence(&outbox(u64::MAX)), Some(u64::MAX));
        assert_eq!(dictionary_entry(&dictionary(77)), Some(77));
        assert_eq!(dictionary_entry(&[2]), None);
        let (from, to) = bucket_range();
        assert!(from < bucket(0).as_slice() && bucket(u64::MAX).as_slice() < to);
    }
}
