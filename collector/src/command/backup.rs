//! `hopline backup DIR`: asks the server on this machine to copy its data folder.
use std::path::Path;

use super::Found;
use super::ask;

pub(super) fn run(folder: &Path, url: &str) -> Result<Found, String> {
    // The server has a working folder of its own.
    let folder = std::path::absolute(folder)
        .map_err(|error| format!("{} is no path: {error}", folder.display()))?;
    let name = folder
        .to_str()
        .ok_or("the name of the folder must be UTF-8")?;
    let answer = ask::post(url, "/api/hopline/backup", &[("folder", name)])?;
    match answer.status {
        200 => Ok(Found::Yes(format!(
            "copied to {name}; to restore it, start hopline with --data-dir {name}\n"
        ))),
        _ => Err(ask::reason(&answer)),
    }
}
