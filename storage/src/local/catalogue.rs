//! The catalogue of buckets: which there are, and what must be known to open one.
use crate::local::keys;
use crate::local::rocks::Rocks;
use crate::local::terms::TermHasher;

/// What the catalogue of buckets keeps of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BucketRecord {
    pub(super) start_ms: u64,
    pub(super) end_ms: u64,
    /// Retention has decided; what is left of the bucket goes at the next start, if not before.
    pub(super) dropping: bool,
    /// The bucket's secret.
    pub(super) hasher: TermHasher,
}

impl BucketRecord {
    pub(super) fn encode(self) -> Vec<u8> {
        let mut bytes = vec![2, u8::from(self.dropping)];
        for number in [
            self.start_ms,
            self.end_ms,
            self.hasher.keys[0],
            self.hasher.keys[1],
        ] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let [2, dropping, numbers @ ..] = bytes else {
            return None;
        };
        let number = |position: usize| {
            let bytes = numbers.get(position * 8..position * 8 + 8)?;
            Some(u64::from_be_bytes(bytes.try_into().ok()?))
        };
        Some(Self {
            start_ms: number(0)?,
            end_ms: number(1)?,
            dropping: *dropping != 0,
            hasher: TermHasher {
                keys: [number(2)?, number(3)?],
            },
        })
    }
}

/// The catalogue, oldest first.
pub(super) fn records(rocks: &Rocks) -> Result<Vec<BucketRecord>, String> {
    let mut records = Vec::new();
    let (from, to) = keys::bucket_range();
    rocks.scan("default", from, to, |_, value| {
        records.push(BucketRecord::decode(value).ok_or("unreadable bucket record")?);
        Ok(())
    })?;
    Ok(records)
}
