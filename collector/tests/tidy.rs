//! The house rules as a test: the map is true, imports go one way, files stay small and say what
//! they are. Each failure names the file and the remedy.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The longest file: a ratchet against rooms that grow without a plan.
const LINES_MAX: usize = 400;

/// Names that say nothing: a file is named for what it is.
const BANNED_NAMES: [&str; 9] = [
    "utils", "util", "common", "helpers", "misc", "manager", "base", "core", "types",
];

/// Who may import whom inside the collector: a room and the rooms that it may name.
const COLLECTOR: [(&str, &[&str]); 24] = [
    ("json_out", &[]),
    ("wire", &["json_out"]),
    ("hops", &["json_out"]),
    ("config", &[]),
    ("command", &["config"]),
    ("failure", &["wire"]),
    ("near_miss", &["failure"]),
    ("metrics", &[]),
    ("senders", &["failure", "wire"]),
    (
        "ingest",
        &["config", "failure", "metrics", "senders", "wire"],
    ),
    (
        "query",
        &[
            "config", "failure", "hops", "json_out", "metrics", "mount", "wire",
        ],
    ),
    (
        "grpc",
        &["edge", "failure", "health", "ingest", "metrics", "wire"],
    ),
    ("connection", &["grpc"]),
    ("compression", &[]),
    ("mount", &["config"]),
    ("ui", &["config", "failure", "mount", "near_miss"]),
    ("zipkin_page", &["config", "ui"]),
    ("health", &["ingest", "metrics"]),
    (
        "edge",
        &["compression", "config", "failure", "metrics", "mount"],
    ),
    ("description", &[]),
    ("backup", &["failure", "health", "mount"]),
    ("view", &["failure", "ingest", "metrics", "query", "wire"]),
    (
        "server",
        &[
            "backup",
            "config",
            "connection",
            "description",
            "edge",
            "grpc",
            "health",
            "ingest",
            "metrics",
            "near_miss",
            "query",
            "senders",
            "ui",
            "view",
            "zipkin_page",
        ],
    ),
    ("lib", &[]),
];

/// Words that may stand in some files only, with the files where they may.
const CONFINED: [(&str, &str, &[&str]); 9] = [
    (
        "rocksdb::",
        "storage/src",
        &[
            "storage/src/local/care.rs",
            "storage/src/local/faults.rs",
            "storage/src/local/outbox.rs",
            "storage/src/local/rocks.rs",
            "storage/src/local/rocks_options.rs",
        ],
    ),
    (
        "tantivy::",
        "storage/src",
        &["storage/src/local/index.rs", "storage/src/local/inspect.rs"],
    ),
    ("actix", "storage/src", &[]),
    ("actix_web", "collector/src/wire", &[]),
    ("actix_web", "collector/src/hops", &[]),
    ("tonic::", "collector/src/ingest", &[]),
    ("hyper::", "collector/src/ingest", &[]),
    (
        "storage::local",
        "collector/src",
        &["collector/src/open.rs", "collector/src/folder.rs"],
    ),
    (
        "use collector::",
        "benches/src",
        &["benches/src/bin/answers.rs", "benches/wire.rs"],
    ),
];

#[test]
fn files_are_small_and_say_what_they_are() {
    let mut mistakes = Vec::new();
    for folder in ["storage", "collector", "benches"] {
        for file in rust_files(&root().join(folder)) {
            let text = read(&file);
            let shown = relative(&file);
            if !text.starts_with("//!") {
                mistakes.push(format!(
                    "{shown}: the first line must be `//!` and say what the file is"
                ));
            }
            let lines = text.lines().count();
            if lines > LINES_MAX {
                mistakes.push(format!("{shown}: {lines} lines; at most {LINES_MAX}: give a part of it a name and a file"));
            }
            let name = file
                .file_stem()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if BANNED_NAMES.contains(&name) {
                mistakes.push(format!("{shown}: name the file for what it is"));
            }
            // Split, so that this line is not found by itself.
            if text.contains(concat!("FIX", "ME")) || text.contains(concat!("TO", "DO")) {
                mistakes.push(format!("{shown}: do it, or write an issue"));
            }
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn imports_go_one_way() {
    let mut mistakes = Vec::new();
    for file in rust_files(&root().join("collector/src")) {
        let shown = relative(&file);
        let room = shown
            .trim_start_matches("collector/src/")
            .split(['/', '.'])
            .next()
            .unwrap_or_default()
            .to_owned();
        let Some((_, allowed)) = COLLECTOR.iter().find(|(name, _)| *name == room) else {
            // The binary's own files: they see the library from outside.
            if !["main", "log", "open", "folder"].contains(&room.as_str()) {
                mistakes.push(format!(
                    "{shown}: the room {room} is not in the import table of tidy.rs"
                ));
            }
            continue;
        };
        for other in named_rooms(&read(&file)) {
            if other != room && !allowed.contains(&other.as_str()) {
                mistakes.push(format!("{shown}: {room} may not import {other}"));
            }
        }
    }
    for (word, folder, allowed) in CONFINED {
        for file in rust_files(&root().join(folder)) {
            let shown = relative(&file);
            if read(&file).contains(word) && !allowed.contains(&shown.as_str()) {
                mistakes.push(format!("{shown}: {word} may stand in {allowed:?} only"));
            }
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn the_map_is_true() {
    let map = read(&root().join("ARCHITECTURE.md"));
    let named: BTreeSet<&str> = map.split('`').skip(1).step_by(2).collect();
    let mut mistakes = Vec::new();
    for path in named.iter().filter(|path| is_path(path)) {
        if !root().join(path).exists() {
            mistakes.push(format!(
                "ARCHITECTURE.md names `{path}`, which does not exist"
            ));
        }
    }
    for (folder, extension) in [
        ("storage/src", "rs"),
        ("storage/src/local", "rs"),
        ("collector/src", "rs"),
    ] {
        for entry in fs::read_dir(root().join(folder)).unwrap().flatten() {
            let path = entry.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default()
                .to_owned();
            let is_module =
                path.is_dir() || path.extension().is_some_and(|found| found == extension);
            let full = format!("{folder}/{}{}", name, if path.is_dir() { "/" } else { "" });
            if is_module
                && !["lib.rs", "mod.rs"].contains(&name.as_str())
                && !named.contains(full.as_str())
            {
                mistakes.push(format!(
                    "ARCHITECTURE.md does not name `{full}`: say what it is for"
                ));
            }
        }
    }
    for (room, allowed) in COLLECTOR.iter().filter(|(room, _)| *room != "lib") {
        let row = format!(
            "| {room} | {} |",
            if allowed.is_empty() {
                "–".to_owned()
            } else {
                allowed.join(", ")
            }
        );
        if !map.contains(&row) {
            mistakes.push(format!(
                "ARCHITECTURE.md must have the row `{row}` in its import table"
            ));
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

fn is_path(text: &str) -> bool {
    let known = [
        "storage/",
        "collector/",
        "benches/",
        "ui/",
        "sdk-examples/",
        "scripts/",
        "docs/",
    ];
    known.iter().any(|root| text.starts_with(root)) && !text.contains(['*', '<', ' '])
}

/// The rooms in `crate::room` paths.
fn named_rooms(text: &str) -> BTreeSet<String> {
    text.split("crate::")
        .skip(1)
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                .collect()
        })
        .filter(|name: &String| !name.is_empty())
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
