//! What a check found.

/// The whole folder.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub buckets: Vec<BucketReport>,
    /// Commit groups in the log that are not arranged as rows yet, or not forgotten yet.
    pub log_groups: u64,
    /// Bytes of the whole folder.
    pub bytes: u64,
    pub differences: Vec<Difference>,
}

/// One bucket in numbers. Of a sample, traces and spans are those that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BucketReport {
    /// Arrival times, in milliseconds since the epoch: `start_ms..end_ms`.
    pub start_ms: u64,
    pub end_ms: u64,
    pub traces: u64,
    /// As stored: a span that was sent twice counts twice.
    pub spans: u64,
    /// Documents of the index.
    pub documents: u64,
    /// Pairs of a rare value and a row.
    pub rare_pairs: u64,
    /// Entries of the dictionary.
    pub entries: u64,
    /// Bytes of rows, dictionary and rare values on disk.
    pub row_bytes: u64,
    pub index_bytes: u64,
}

/// Something that is not as the spans say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `None` for what concerns the whole folder.
    pub bucket_start_ms: Option<u64>,
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl Report {
    pub(super) fn add(&mut self, bucket: Option<u64>, what: String, remedy: &str) {
        self.differences.push(Difference {
            bucket_start_ms: bucket,
            what,
            remedy: remedy.to_owned(),
        });
    }
}
