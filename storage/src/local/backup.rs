//! A copy of the data folder that is a data folder itself: to restore it is to start on it. Files
//! that never change are linked where the disk allows it, so that a copy costs next to nothing
//! until the original goes its own way.
//!
//! While the store runs, the settler copies between two windows: rows stand still, and the log of
//! RocksDB's checkpoint holds whatever the committer writes meanwhile. On its way to another disk a
//! copy is first made of links, so that the settler need not wait for the other disk.
use std::fs::{self, File};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::local::bucket::{Bucket, index_folder};
use crate::local::index::Index;
use crate::local::settle::folder_bytes;
use crate::local::{Shared, open};
use crate::store::StoreError;

const ROCKS: &str = "rocks";
const INDEX: &str = "index";

/// A copy that is not complete; dropped, it leaves nothing behind.
#[derive(Debug)]
pub(super) struct Draft {
    folder: PathBuf,
    /// The folder was there before, empty.
    was_there: bool,
    is_complete: bool,
}

impl Draft {
    /// Takes an empty folder, or makes one.
    pub(super) fn begin(data_dir: &Path, folder: &Path) -> Result<Self, String> {
        let shown = folder.display();
        let count = fs::read_dir(folder).map(Iterator::count);
        let was_there = match count {
            Ok(0) => true,
            Ok(_) => {
                return Err(format!(
                    "{shown} is not empty; name a folder that does not exist or is empty"
                ));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(folder)
                    .map_err(|error| format!("{shown} cannot be made: {error}"))?;
                false
            }
            Err(error) => return Err(format!("{shown} cannot be used: {error}")),
        };
        let draft = Self {
            folder: folder.to_owned(),
            was_there,
            is_complete: false,
        };
        let is_inside = || Ok(fs::canonicalize(folder)?.starts_with(fs::canonicalize(data_dir)?));
        if is_inside().map_err(|error: Error| format!("{shown}: {error}"))? {
            return Err(format!(
                "{shown} is inside of the data folder; name another"
            ));
        }
        Ok(draft)
    }

    /// A copy on the disk of the data folder, on its way to another disk.
    pub(super) fn stage(data_dir: &Path) -> Result<Self, String> {
        let folder = staging(data_dir);
        fs::create_dir(&folder).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => "another backup is under way".to_owned(),
            _ => format!("{} cannot be made: {error}", folder.display()),
        })?;
        Ok(Self {
            folder,
            was_there: false,
            is_complete: false,
        })
    }

    /// Are links possible?
    pub(super) fn is_beside(&self, data_dir: &Path) -> bool {
        let disk = |folder: &Path| fs::metadata(folder).map(|about| about.dev()).ok();
        disk(&self.folder) == disk(data_dir)
    }

    /// Links or copies what is durable. Nothing may become a row meanwhile.
    pub(super) fn fill(&self, shared: &Shared) -> Result<(), String> {
        let text = |error: Error| format!("{}: {error}", self.folder.display());
        shared
            .rocks
            .checkpoint(&self.folder.join(ROCKS))
            .map_err(|error| error.to_string())?;
        for bucket in shared.buckets() {
            let target = index_folder(&self.folder, bucket.start_ms);
            if !link_index(&bucket, &shared.data_dir, &target).map_err(text)? {
                tracing::info!(
                    start_ms = bucket.start_ms,
                    "an index is left out of the copy, which builds it anew"
                );
                remove_if_there(&target).map_err(text)?;
            }
        }
        Ok(())
    }

    /// Copies everything that a folder has.
    pub(super) fn fill_from(&self, folder: &Path) -> Result<(), String> {
        for name in [ROCKS, INDEX] {
            if folder.join(name).exists() {
                copy_folder(&folder.join(name), &self.folder.join(name)).map_err(|error| {
                    format!("cannot copy to {}: {error}", self.folder.display())
                })?;
            }
        }
        Ok(())
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn complete(mut self) -> Result<(), String> {
        open::mark(&self.folder)
            .map_err(|error| format!("{} cannot be marked: {error}", self.folder.display()))?;
        self.is_complete = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.is_complete {
            return;
        }
        // Only what we made ourselves.
        for name in [ROCKS, INDEX] {
            _ = remove_if_there(&self.folder.join(name));
        }
        if !self.was_there {
            _ = fs::remove_dir(&self.folder);
        }
    }
}

/// Links a whole index that was proven. False if there is none, or if merging disturbed the copy.
fn link_index(bucket: &Bucket, data_dir: &Path, target: &Path) -> Result<bool, Error> {
    bucket.index.prove();
    let _window = bucket.index.begin_window();
    if !bucket.index.is_whole() {
        return Ok(false);
    }
    let folder = index_folder(data_dir, bucket.start_ms);
    // The list of segments first, then the files: merging only adds files, and those that it
    // deletes meanwhile are missed when the copy is opened.
    let lists = ["meta.json", ".managed.json"];
    let mut kept = Vec::new();
    for name in lists {
        kept.push((name, fs::read(folder.join(name))?));
    }
    fs::create_dir_all(target)?;
    for entry in fs::read_dir(&folder)?.flatten() {
        if is_immutable(&entry.path()) {
            match carry(&entry.path(), target) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                carried => carried?,
            }
        }
    }
    for (name, bytes) in kept {
        fs::write(target.join(name), bytes)?;
    }
    Ok(Index::open(target).is_ok())
}

/// Copies a data folder that no server uses, as it is.
///
/// # Errors
/// [`StoreError::Open`]: no data folder, in use, of another version; or the target is not empty or
/// cannot be written.
pub fn copy_unused(data_dir: &Path, folder: &Path) -> Result<(), StoreError> {
    let copy = || {
        let _held = open::hold(data_dir)?;
        let draft = Draft::begin(data_dir, folder)?;
        draft.fill_from(data_dir)?;
        draft.complete()
    };
    copy().map_err(StoreError::Open)
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        if path.is_dir() {
            // With a suffix it is damaged or half built, and nobody needs it.
            if path.extension().is_none() {
                copy_folder(&path, &to.join(path.file_name().unwrap_or_default()))?;
            }
        } else if path.file_name().is_none_or(|name| name != "LOCK") {
            carry(&path, to)?;
        }
    }
    File::open(to)?.sync_all()
}

/// Brings a file into a folder, as a link if it never changes and the disk allows it.
fn carry(path: &Path, folder: &Path) -> Result<(), Error> {
    let target = folder.join(path.file_name().unwrap_or_default());
    if is_immutable(path) && fs::hard_link(path, &target).is_ok() {
        return Ok(());
    }
    fs::copy(path, &target)?;
    File::open(target)?.sync_all()
}

/// Tables of RocksDB and segments of Tantivy are written once.
fn is_immutable(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(
        extension,
        Some("sst" | "idx" | "pos" | "term" | "fast" | "fieldnorm" | "store")
    )
}

fn staging(data_dir: &Path) -> PathBuf {
    data_dir.join("copying")
}

/// Bytes of files that are in the data folder a second time.
pub(super) fn staged_bytes(data_dir: &Path) -> u64 {
    folder_bytes(&staging(data_dir))
}

/// Removes what a crash left of a copy on its way to another disk.
pub(super) fn sweep(data_dir: &Path) -> Result<(), Error> {
    remove_if_there(&staging(data_dir))
}

fn remove_if_there(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::check::{Depth, check};
    use crate::local::repair::tests::Case;
    use crate::store::Store as _;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_copy_on_another_disk_is_as_good_and_leaves_no_links() {
        let mut case = Case::new(5).await;
        let store = case.open();
        case.write(&store).await;
        let copy = tempfile::tempdir().unwrap();
        let draft = Draft::begin(case.folder.path(), copy.path()).unwrap();
        store.copy_to(draft, false).await.unwrap();
        assert!(!staging(case.folder.path()).exists());
        // One at a time; and what a crash leaves goes at the next start.
        let staged = Draft::stage(case.folder.path()).unwrap();
        let other = tempfile::tempdir().unwrap();
        let draft = Draft::begin(case.folder.path(), other.path()).unwrap();
        let refused = store.copy_to(draft, false).await.unwrap_err();
        assert!(refused.to_string().contains("under way"), "{refused}");
        store.close().await.unwrap();
        drop(store);
        std::mem::forget(staged);
        case.open().close().await.unwrap();
        assert!(!staging(case.folder.path()).exists());

        let original = std::mem::replace(&mut case.folder, copy);
        let look = |case: &Case| check(case.folder.path(), Depth::Deep, &mut |_| {}).unwrap();
        assert_eq!(look(&case).differences, []);
        let store = case.open();
        assert_eq!(store.status().indexes_missing, 0);
        assert_eq!(case.differences(&store, 10).await, 0);
        store.close().await.unwrap();
        drop((store, original));
        assert_eq!(look(&case).differences, []);
    }

    #[test]
    fn a_copy_that_fails_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
        fs::create_dir(&data).unwrap();
        let draft = Draft::begin(&data, &copy).unwrap();
        fs::create_dir(copy.join(ROCKS)).unwrap();
        drop(draft);
        assert!(!copy.exists());
        fs::create_dir(&copy).unwrap();
        drop(Draft::begin(&data, &copy).unwrap());
        assert!(copy.exists(), "it was there before");
    }
}
