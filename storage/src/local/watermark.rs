//! How far the log was acknowledged, told by a file beside RocksDB. RocksDB opens a log up to its
//! first damaged record, as it must after a crash; this tells a torn end, which nobody was promised,
//! from damage to what was.
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use crate::local::rocks_files::{self, ManifestSeal};

const NAME: &str = "ACKNOWLEDGED";
const SEAL_AT: u64 = 8;
const SEAL_BYTES: usize = 20;

/// The sequence below which all commit groups were acknowledged as durable (8 bytes), and the seal
/// of the MANIFEST (number 8, bytes 8, checksum 4), all big-endian. The file is written after their
/// fsync and never synced itself: after a power cut it may lag, it never leads.
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

    /// For who only looks; `None` where nothing was acknowledged yet.
    pub(super) fn open_read_only(folder: &Path) -> Result<Option<Self>, String> {
        let path = folder.join(NAME);
        match File::open(&path) {
            Ok(file) => Ok(Some(Self { path, file })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("{}: {error}", path.display())),
        }
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
        self.write(&sequence.to_be_bytes(), 0);
    }

    /// Are RocksDB's own files in `rocks` such that it may read them?
    pub(super) fn check_files(&self, rocks: &Path) -> Result<(), String> {
        rocks_files::check(rocks, self.seal()).map_err(|error| {
            format!(
                "{error}; if only {} is wrong, delete it to go on",
                self.path.display()
            )
        })
    }

    fn seal(&self) -> Option<ManifestSeal> {
        let mut bytes = [0; SEAL_BYTES];
        self.file.read_exact_at(&mut bytes, SEAL_AT).ok()?;
        let (number, rest) = bytes.split_first_chunk()?;
        let (length, checksum) = rest.split_first_chunk()?;
        Some(ManifestSeal {
            number: u64::from_be_bytes(*number),
            bytes: u64::from_be_bytes(*length),
            checksum: u32::from_be_bytes(checksum.try_into().ok()?),
        })
    }

    pub(super) fn set_seal(&self, seal: ManifestSeal) {
        let mut bytes = [0; SEAL_BYTES];
        bytes[..8].copy_from_slice(&seal.number.to_be_bytes());
        bytes[8..16].copy_from_slice(&seal.bytes.to_be_bytes());
        bytes[16..].copy_from_slice(&seal.checksum.to_be_bytes());
        self.write(&bytes, SEAL_AT);
    }

    fn write(&self, bytes: &[u8], at: u64) {
        if let Err(error) = self.file.write_all_at(bytes, at) {
            tracing::warn!(%error, "the file {} could not be written", self.path.display());
        }
    }
}
