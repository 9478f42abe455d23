//! The real binary on data folders that it cannot use: one clear line and exit code 1, and the
//! folder untouched.
#![cfg(feature = "local")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

fn hopline(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hopline"));
    command
        .args([
            "--listen",
            "127.0.0.1:0",
            "--otlp-http-listen",
            "off",
            "--data-dir",
        ])
        .arg(data_dir)
        .env("NO_COLOR", "1")
        .stderr(Stdio::piped())
        .stdout(Stdio::null());
    command
}

/// A server that runs until it is dropped.
struct Running(Child);

impl Running {
    fn start(data_dir: &Path) -> Self {
        let mut child = hopline(data_dir).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let ready = lines
            .map_while(Result::ok)
            .any(|line| line.contains("hopline is ready"));
        assert!(ready, "the server ended before it was ready");
        Self(child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn check_refused(data_dir: &Path, reason: &str, remedy: &str) {
    let output = hopline(data_dir).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let last = text.lines().last().unwrap_or_default();
    assert!(last.contains(reason) && last.contains(remedy), "{text}");
}

#[test]
fn a_folder_that_cannot_be_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    check_refused(
        &file.join("data"),
        "cannot create the data folder",
        "--data-dir",
    );
    // A file system that takes no files, whoever asks.
    check_refused(
        Path::new("/proc/hopline-data"),
        "cannot create the data folder",
        "--data-dir",
    );
}

#[test]
fn a_folder_of_another_kind_or_version() {
    let foreign = tempfile::tempdir().unwrap();
    std::fs::write(foreign.path().join("letter.txt"), "dear").unwrap();
    check_refused(foreign.path(), "is not a Hopline data folder", "--data-dir");
    let newer = tempfile::tempdir().unwrap();
    std::fs::write(
        newer.path().join("HOPLINE"),
        "hopline data folder, format 2\n",
    )
    .unwrap();
    check_refused(
        newer.path(),
        "is of another version (hopline data folder, format 2)",
        "the release that wrote it",
    );
    for (folder, files) in [(&foreign, "letter.txt"), (&newer, "HOPLINE")] {
        let names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .flatten()
            .map(|entry| entry.file_name())
            .collect();
        assert_eq!(names, [files], "the folder must be left untouched");
    }
}

#[test]
fn a_folder_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    check_refused(
        folder.path(),
        "is in use by another Hopline process",
        "stop it",
    );
    drop(running);
    // The lock goes with the process, also when it is killed.
    drop(Running::start(folder.path()));
}
