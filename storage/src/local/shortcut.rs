//! The index of a bucket as the bucket sees it: whole, or missing and being built anew from the
//! rows while everything else goes on. Damage is never deleted, it is put aside.
//!
//! ```text
//! whole ──damage──► condemned ──put aside──► missing ──begin──► building ──complete──► whole
//! of another release ────────deleted──────────┘
//! ```
//!
//! A new index is built in a folder of its own and gets its name when it is complete: whatever a
//! crash interrupts begins again.
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::id::TraceId;
use crate::local::code::Words;
use crate::local::index::{Index, IndexError, IndexSearch, is_damage};
use crate::local::plan::Plan;
use crate::local::tail::{TimeBounds, Times};

/// Damaged indexes of one bucket that are kept for whoever wants to look.
const ASIDE_MAX: usize = 1_000;
/// Tantivy's list of segments.
const INDEX_META: &str = "meta.json";

pub(super) struct Shortcut {
    folder: PathBuf,
    state: RwLock<State>,
    /// Held while documents and rows of a window are written, and when building begins or ends:
    /// every row is either older than the scan of the rows, or its document goes to the new index.
    windows: Mutex<()>,
    proving: Mutex<()>,
}

#[derive(Clone)]
enum State {
    Whole(Arc<Sound>),
    /// Damaged; still where it was.
    Condemned(Arc<Sound>),
    Missing,
    Building(Arc<Index>),
    /// The bucket is dropped.
    Gone,
}

struct Sound {
    index: Index,
    /// Made by this process, or every checksum was compared.
    is_proven: AtomicBool,
}

/// How a search in a bucket goes on.
pub(super) enum Ask {
    /// No document can match.
    Nothing,
    Index(IndexSearch),
    /// There is no index now: the rows have to be read.
    Rows,
}

impl Shortcut {
    fn new(folder: PathBuf, state: State) -> Self {
        Self {
            folder,
            state: RwLock::new(state),
            windows: Mutex::default(),
            proving: Mutex::default(),
        }
    }

    /// The empty index of a new bucket.
    pub(super) fn create(folder: PathBuf) -> Result<Self, String> {
        let index = Index::create(&folder).map_err(|error| error.to_string())?;
        Ok(Self::new(folder, State::Whole(Sound::new(index, true))))
    }

    /// The index of a bucket that exists; what cannot be opened is put aside, never deleted.
    pub(super) fn open(folder: PathBuf) -> Result<Self, String> {
        if !folder.exists() {
            return Ok(Self::new(folder, State::Missing));
        }
        match Index::open(&folder) {
            Ok(index) if index.is_current() => {
                Ok(Self::new(folder, State::Whole(Sound::new(index, false))))
            }
            Ok(index) => {
                tracing::info!(folder = %folder.display(),
                    "the index of a bucket is of another release; it is built anew from the spans");
                drop(index);
                remove_if_there(&folder)?;
                Ok(Self::new(folder, State::Missing))
            }
            Err(error) => {
                put_aside(&folder, &error.to_string())?;
                Ok(Self::new(folder, State::Missing))
            }
        }
    }

    /// For a bucket that is only looked at.
    pub(super) fn unused(folder: PathBuf) -> Self {
        Self::new(folder, State::Gone)
    }

    fn state(&self) -> State {
        self.state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, change: impl FnOnce(&State) -> Option<State>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(next) = change(&state) {
            *state = next;
        }
    }

    /// Is every row of the bucket in the index?
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.state(), State::Whole(_))
    }

    pub(super) fn is_building(&self) -> bool {
        matches!(self.state(), State::Building(_))
    }

    pub(super) fn is_gone(&self) -> bool {
        matches!(self.state(), State::Gone)
    }

    /// Held by whoever writes documents and then their rows.
    pub(super) fn begin_window(&self) -> MutexGuard<'_, ()> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a document; the words are tidy. Without an index it is the rows that will tell.
    pub(super) fn add(&self, id: TraceId, words: &Words, times: Times) -> Result<(), IndexError> {
        match self.state() {
            State::Whole(sound) => self.judged(sound.index.add(id, words, times)),
            State::Building(index) => {
                if let Err(error) = index.add(id, words, times) {
                    self.give_up(&index, &error.to_string());
                }
                Ok(())
            }
            State::Condemned(_) | State::Missing | State::Gone => Ok(()),
        }
    }

    /// Makes the added documents durable and findable. An index that is being built is committed
    /// when it is complete.
    pub(super) fn commit(&self) -> Result<(), IndexError> {
        match self.state() {
            State::Whole(sound) => self.judged(sound.index.commit()),
            _ => Ok(()),
        }
    }

    /// Gives the writer's memory back: the bucket takes no more documents.
    pub(super) fn finish(&self) -> Result<(), IndexError> {
        match self.state() {
            State::Whole(sound) => self.judged(sound.index.finish()),
            _ => Ok(()),
        }
    }

    /// A writer that finds damage has no index any more; its window goes on without.
    fn judged(&self, outcome: Result<(), IndexError>) -> Result<(), IndexError> {
        match outcome {
            Err(error) if is_damage(&error) || !self.folder.join(INDEX_META).exists() => {
                self.condemn(&error);
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// The first to ask an index that was found on disk compares its checksums: an answer from
    /// damaged files would be wrong, and nobody would know.
    pub(super) fn search(&self, plan: &Plan, bounds: TimeBounds) -> Ask {
        self.prove();
        match self.state() {
            State::Whole(sound) => sound
                .index
                .search(plan, bounds)
                .map_or(Ask::Nothing, Ask::Index),
            _ => Ask::Rows,
        }
    }

    /// Compares the checksums, unless that was done.
    pub(super) fn prove(&self) {
        let State::Whole(sound) = self.state() else {
            return;
        };
        if sound.is_proven.load(Ordering::Acquire) {
            return;
        }
        let _proving = self.proving.lock().unwrap_or_else(PoisonError::into_inner);
        if sound.is_proven.load(Ordering::Acquire) || !self.is_whole() {
            return;
        }
        match sound.index.prove() {
            Ok(()) => sound.is_proven.store(true, Ordering::Release),
            Err(error) => self.condemn(&error),
        }
    }

    /// The index gave an error that it should not give: nobody asks it again.
    pub(super) fn condemn(&self, error: &IndexError) {
        self.set(|state| match state {
            State::Whole(sound) => {
                tracing::warn!(%error, folder = %self.folder.display(),
                    "the index of a bucket is damaged; it will be built anew from the spans");
                Some(State::Condemned(Arc::clone(sound)))
            }
            _ => None,
        });
    }

    /// The bucket is dropped: nothing may appear in its folder any more.
    pub(super) fn retire(&self) {
        let _window = self.begin_window();
        self.set(|_| Some(State::Gone));
    }

    fn give_up(&self, building: &Arc<Index>, error: &str) {
        tracing::warn!(%error, folder = %self.folder.display(),
            "building the index of a bucket has failed; it is tried again");
        self.set(|state| match state {
            State::Building(index) if Arc::ptr_eq(index, building) => Some(State::Missing),
            _ => None,
        });
    }

    /// Begins a new index if one is needed; every row written before this is to be added to it.
    pub(super) fn begin(&self) -> Result<Option<Building<'_>>, String> {
        let _window = self.begin_window();
        match self.state() {
            State::Missing => {}
            State::Condemned(sound) => {
                // Its writer first: its merges must not write into a folder that is another's.
                _ = sound.index.finish();
                put_aside(&self.folder, "damaged files")?;
                self.set(|_| Some(State::Missing));
            }
            State::Whole(_) | State::Building(_) | State::Gone => return Ok(None),
        }
        let folder = building_folder(&self.folder);
        remove_if_there(&folder)?;
        let index = Arc::new(Index::create(&folder).map_err(|error| error.to_string())?);
        self.set(|_| Some(State::Building(Arc::clone(&index))));
        Ok(Some(Building {
            shortcut: self,
            index,
        }))
    }
}

impl Sound {
    fn new(index: Index, is_proven: bool) -> Arc<Self> {
        Arc::new(Self {
            index,
            is_proven: AtomicBool::new(is_proven),
        })
    }
}

/// An index that is being built. Dropped before it is complete, it begins anew another time.
pub(super) struct Building<'a> {
    shortcut: &'a Shortcut,
    index: Arc<Index>,
}

impl Building<'_> {
    /// Adds a document; false if this index is wanted no more.
    pub(super) fn add(&self, id: TraceId, words: &Words, times: Times) -> Result<bool, String> {
        let is_wanted = self.is_wanted();
        if is_wanted {
            let added = self.index.add(id, words, times);
            added.map_err(|error| error.to_string())?;
        }
        Ok(is_wanted)
    }

    pub(super) fn is_wanted(&self) -> bool {
        matches!(self.shortcut.state(),
            State::Building(index) if Arc::ptr_eq(&index, &self.index))
    }

    /// All rows are in: the new index takes its place. False if it is wanted no more.
    pub(super) fn complete(self) -> Result<bool, String> {
        let shortcut = self.shortcut;
        let _window = shortcut.begin_window();
        if !shortcut.is_building() {
            return Ok(false);
        }
        let text = |error: IndexError| error.to_string();
        self.index.commit().map_err(text)?;
        self.index.finish().map_err(text)?;
        let from = building_folder(&shortcut.folder);
        if shortcut.folder.exists() {
            put_aside(&shortcut.folder, "left by an attempt that failed")?;
        }
        std::fs::rename(&from, &shortcut.folder)
            .and_then(|()| sync_parent(&shortcut.folder))
            .map_err(|error| format!("{} cannot be renamed: {error}", from.display()))?;
        let index = Index::open(&shortcut.folder).map_err(text)?;
        shortcut.set(|_| Some(State::Whole(Sound::new(index, true))));
        Ok(true)
    }
}

impl Drop for Building<'_> {
    fn drop(&mut self) {
        let shortcut = self.shortcut;
        shortcut.set(|state| match state {
            State::Building(index) if Arc::ptr_eq(index, &self.index) => Some(State::Missing),
            _ => None,
        });
    }
}

/// Where the index of a bucket is built.
fn building_folder(folder: &Path) -> PathBuf {
    folder.with_extension("building")
}

/// Deletes everything of a bucket's index, also what was put aside.
pub(super) fn remove_all(folder: &Path) -> std::io::Result<()> {
    let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) else {
        return Ok(());
    };
    let entries = match std::fs::read_dir(parent) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries.flatten() {
        if entry.path().file_stem() == Some(name) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn put_aside(folder: &Path, error: &str) -> Result<(), String> {
    let aside = (0..ASIDE_MAX)
        .map(|number| folder.with_extension(format!("damaged{number}")))
        .find(|path| !path.exists())
        .ok_or("too many damaged indexes beside each other: delete index/*.damaged*")?;
    tracing::warn!(%error, folder = %folder.display(), aside = %aside.display(),
        "the index of a bucket cannot be used; it is put aside and built anew from the spans");
    match std::fs::rename(folder, &aside) {
        // Somebody has deleted it.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        renamed => {
            renamed.map_err(|error| format!("{} cannot be renamed: {error}", folder.display()))
        }
    }
}

fn remove_if_there(folder: &Path) -> Result<(), String> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{} cannot be removed: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn sync_parent(folder: &Path) -> std::io::Result<()> {
    folder
        .parent()
        .map_or(Ok(()), |parent| std::fs::File::open(parent)?.sync_all())
}
