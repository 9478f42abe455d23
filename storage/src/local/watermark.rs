//! How far the log was acknowledged, told by a file beside RocksDB. RocksDB opens a log up to its
//! first damaged record, as it must after a crash; this tells a torn end, which nobody was promised,
//! from damage to what was.
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

const NAME: &str = "ACKNOWLEDGED";

/// The sequence below which all commit groups were acknowledged as durable. The file is written
/// after their fsync and never synced itself: after a power cut it may lag, it never leads.
#[derive(Debug)]
pub(super) struct Watermark {
    path: PathBuf,
    file: File,
}

impl Watermark {
    pub(super) fn open(folder: &Path) -> Result<Self, String> {
        let path = folder.join(NAME);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { path, file })
    }

    /// Was everything found that had been acknowledged? `next` is the sequence after the last
    /// group that is there.
    pub(super) fn check(&self, next: u64) -> Result<(), String> {
        let mut bytes = [0; 8];
        if self.file.read_exact_at(&mut bytes, 0).is_err() {
            return Ok(());
        }
        let acknowledged = u64::from_be_bytes(bytes);
        if next >= acknowledged {
            return Ok(());
        }
        Err(format!(
            "the log in rocks/ ends at commit group {next}, but groups up to {acknowledged} were acknowledged: a file rocks/*.log is damaged; \
             restore a backup, or delete {} to go on without what is lost",
            self.path.display()
        ))
    }

    pub(super) fn set(&self, sequence: u64) {
        if let Err(error) = self.file.write_all_at(&sequence.to_be_bytes(), 0) {
            tracing::warn!(%error, "the file {} could not be written", self.path.display());
        }
    }
}
