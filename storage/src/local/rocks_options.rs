//! How RocksDB is set: of the database, its log and its rows.
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompressionType, DBRecoveryMode, Options,
    SliceTransform,
};

use crate::local::keys;

/// Larger than what is flushed at once (`settle.rs`), so that RocksDB never flushes on its own.
const ROWS_MEMTABLE_BYTES: usize = 64 << 20;
/// Files of flushed rows that are merged into one. Each costs a look at its filter when a trace is
/// read; merging four at a time rewrote every row three times on average and took a seventh of all
/// processor time (10 M spans).
const ROWS_FILES_MERGED: i32 = 32;
/// The log is released when all families that wrote to it are flushed; a safety net.
const LOG_BYTES_MAX: u64 = 1 << 30;

pub(super) fn descriptors(
    families: &[String],
    rows_options: &Options,
    outbox_bytes: usize,
) -> Vec<ColumnFamilyDescriptor> {
    let of = |family: &String| {
        let options = match family.as_str() {
            "default" => Options::default(),
            keys::OUTBOX => outbox_options(outbox_bytes),
            _ => rows_options.clone(),
        };
        ColumnFamilyDescriptor::new(family, options)
    };
    families.iter().map(of).collect()
}

pub(super) fn database_options() -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    // Recovery keeps everything up to the first torn record: what is after it was never
    // acknowledged. AbsoluteConsistency would refuse to start after an ordinary kill -9.
    options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    options.set_max_total_wal_size(LOG_BYTES_MAX);
    options.set_paranoid_checks(true);
    options.set_bytes_per_sync(1 << 20);
    options.set_max_background_jobs(2);
    options.set_keep_log_file_num(4);
    options.set_max_log_file_size(4 << 20);
    options.set_stats_dump_period_sec(0);
    options
}

pub(super) fn rows_options(block_cache_bytes: usize) -> Options {
    let mut table = BlockBasedOptions::default();
    table.set_block_size(16 << 10);
    table.set_bloom_filter(10.0, false);
    table.set_whole_key_filtering(false);
    table.set_format_version(6);
    table.set_block_cache(&Cache::new_lru_cache(block_cache_bytes));
    let mut options = Options::default();
    options.set_block_based_table_factory(&table);
    options.set_prefix_extractor(SliceTransform::create_fixed_prefix(
        keys::GROUP_PREFIX_LENGTH,
    ));
    // A row is some hundred bytes: ten bits for each of them that fit.
    options.set_memtable_prefix_bloom_ratio(0.005);
    options.set_compression_type(DBCompressionType::Zstd);
    options.set_compression_options(-14, 1, 0, 0);
    options.set_write_buffer_size(ROWS_MEMTABLE_BYTES);
    options.set_level_zero_file_num_compaction_trigger(ROWS_FILES_MERGED);
    options.set_level_zero_slowdown_writes_trigger(8 * ROWS_FILES_MERGED);
    options.set_level_zero_stop_writes_trigger(16 * ROWS_FILES_MERGED);
    // Buckets are dropped whole: files need not be rewritten for their age.
    options.set_ttl(0);
    options.set_periodic_compaction_seconds(0);
    options
}

fn outbox_options(memtable_bytes: usize) -> Options {
    let mut options = Options::default();
    options.set_write_buffer_size(memtable_bytes);
    options.set_compression_type(DBCompressionType::Zstd);
    options.set_compression_options(-14, 1, 0, 0);
    options.set_ttl(0);
    options.set_periodic_compaction_seconds(0);
    options
}
