//! RocksDB's logs and its MANIFEST, looked at before it reads them. Two kinds of damage it does not
//! refuse itself (seen with RocksDB 11.12): a record that becomes one of a recycled log by one
//! flipped bit is read for ever; and a MANIFEST ends at the first record that seems torn, without a
//! word about the files that are named behind it.
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crc32fast::Hasher;

/// What a MANIFEST began with when all of it was on disk: from then on it only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ManifestSeal {
    /// The number in its name. A later MANIFEST has a larger one.
    pub(super) number: u64,
    pub(super) bytes: u64,
    /// CRC-32 of these bytes.
    pub(super) checksum: u32,
}

/// Makes seals of a MANIFEST that grows, reading each of its bytes once.
#[derive(Default)]
pub(super) struct Sealer(Mutex<Option<(u64, Hasher)>>);

impl Sealer {
    /// The seal of the MANIFEST as it is now.
    pub(super) fn seal(&self, folder: &Path) -> io::Result<ManifestSeal> {
        let (path, number) = manifest(folder)?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut hasher = match known.take() {
            Some((of, hasher)) if of == number => hasher,
            _ => Hasher::new(),
        };
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(hasher.total_len()))?;
        hash(file, &mut hasher)?;
        let seal = ManifestSeal {
            number,
            bytes: hasher.total_len(),
            checksum: hasher.clone().finalize(),
        };
        *known = Some((number, hasher));
        Ok(seal)
    }
}

/// Refuses what RocksDB would take wrongly. A folder without a database has nothing to refuse.
pub(super) fn check(folder: &Path, seal: Option<ManifestSeal>) -> Result<(), String> {
    let (manifest, number) = match manifest(folder) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("rocks/CURRENT: {error}")),
    };
    if let Some(seal) = seal.filter(|seal| seal.number >= number) {
        check_seal(&manifest, number, seal)?;
    }
    let entries = std::fs::read_dir(folder).map_err(|error| format!("rocks/: {error}"))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let mut framed: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "log"))
        .collect();
    framed.sort();
    framed.push(manifest);
    for path in framed {
        let checked = File::open(&path).map(BufReader::new).and_then(check_frames);
        checked.map_err(|error| format!("rocks/{}: {error}", name(&path)))?;
    }
    Ok(())
}

fn check_seal(manifest: &Path, number: u64, seal: ManifestSeal) -> Result<(), String> {
    let damaged = |what: &str| {
        Err(format!(
            "rocks/{} is damaged: {what} in the first {} bytes, which were on disk",
            name(manifest),
            seal.bytes
        ))
    };
    if number < seal.number {
        return Err(format!(
            "rocks/CURRENT is damaged: it names {}, an earlier one than number {}",
            name(manifest),
            seal.number
        ));
    }
    let mut hasher = Hasher::new();
    let file =
        File::open(manifest).map_err(|error| format!("rocks/{}: {error}", name(manifest)))?;
    hash(file.take(seal.bytes), &mut hasher)
        .map_err(|error| format!("rocks/{}: {error}", name(manifest)))?;
    if hasher.total_len() < seal.bytes {
        return damaged("bytes are missing");
    }
    if hasher.finalize() != seal.checksum {
        return damaged("bytes have changed");
    }
    Ok(())
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Walks the records of a log: blocks of 32 KiB, each record with a checksum (4 bytes), its length
/// (2) and type (1) before it; a block's last bytes are unused when they cannot hold that.
fn check_frames(mut file: impl Read) -> io::Result<()> {
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    let mut block_begin = 0;
    loop {
        block.clear();
        file.by_ref()
            .take(BLOCK_BYTES as u64)
            .read_to_end(&mut block)?;
        let mut rest = block.as_slice();
        while let Some(([_, _, _, _, low, high, kind], behind)) = rest.split_first_chunk() {
            if is_recycled(*kind) {
                let position = block_begin + block.len() - rest.len();
                return Err(io::Error::other(format!(
                    "the record at byte {position} is damaged: its type {kind} is never written"
                )));
            }
            // What is longer than its block is torn or damaged: RocksDB ends there too.
            rest = behind
                .get(usize::from(u16::from_le_bytes([*low, *high]))..)
                .unwrap_or_default();
        }
        if block.len() < BLOCK_BYTES {
            return Ok(());
        }
        block_begin += BLOCK_BYTES;
    }
}

const BLOCK_BYTES: usize = 32 << 10;

/// The types of records in recycled logs (`db/log_format.h`). Hopline recycles none.
const fn is_recycled(kind: u8) -> bool {
    matches!(kind, 5..=8 | 11 | 131)
}

/// The MANIFEST that is in use, with its number.
fn manifest(folder: &Path) -> io::Result<(PathBuf, u64)> {
    let current = std::fs::read(folder.join("CURRENT"))?;
    let name = String::from_utf8_lossy(&current);
    let name = name.trim_end();
    let number = name
        .strip_prefix("MANIFEST-")
        .and_then(|number| number.parse().ok());
    let number = number.ok_or_else(|| io::Error::other("it is damaged: it names no MANIFEST"))?;
    Ok((folder.join(name), number))
}

fn hash(mut file: impl Read, hasher: &mut Hasher) -> io::Result<()> {
    let mut buffer = vec![0; BLOCK_BYTES];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            count => hasher.update(&buffer[..count]),
        }
    }
}
