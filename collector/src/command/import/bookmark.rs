//! How far an import came: a small file, so that the same command goes on where it stopped.
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::tally::Tally;

/// What the file holds. A slice of time that is done was acknowledged by hopline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bookmark {
    pub(super) asked: Asked,
    /// Milliseconds since the epoch, as all times here.
    pub(super) from_ms: u64,
    pub(super) until_ms: u64,
    /// Everything between this and `until_ms` is done.
    pub(super) done_ms: u64,
    /// What was counted in the slices that are done.
    pub(super) tally: Tally,
}

/// What was asked for, as it was spelled: another question begins anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Without the user and password.
    pub(super) from: String,
    pub(super) to: String,
    pub(super) since: String,
    pub(super) until: String,
    pub(super) services: Option<Vec<String>>,
}

impl Bookmark {
    /// The bookmark of an import that stopped.
    ///
    /// # Errors
    /// When there is a file that is none: nothing of somebody else's is written over.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, String> {
        let shown = path.display();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{shown} cannot be read: {error}")),
        };
        serde_json::from_str(&text).map(Some).map_err(|error| {
            format!(
                "{shown} is no state of an import ({error}): remove it, or name another file with \
                 --state"
            )
        })
    }

    /// Times that an import can have left.
    pub(super) const fn is_sound(&self) -> bool {
        self.from_ms <= self.done_ms && self.done_ms <= self.until_ms
    }

    /// Writes the file anew: whole or not at all.
    pub(super) fn write(&self, path: &Path) -> Result<(), String> {
        let mut name = path.as_os_str().to_owned();
        name.push(".new");
        let new = PathBuf::from(name);
        let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        std::fs::write(&new, text)
            .and_then(|()| std::fs::rename(&new, path))
            .map_err(|error| {
                format!(
                    "{} cannot be written ({error}); --state names another file",
                    path.display()
                )
            })
    }

    /// The file's name when nothing else is said.
    pub(super) fn default_path(host: &str) -> PathBuf {
        let host: String = host
            .chars()
            .map(|c| match c {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' => c,
                _ => '-',
            })
            .collect();
        PathBuf::from(format!("hopline-import-{host}.json"))
    }
}
