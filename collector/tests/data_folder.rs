//! The real binary on data folders that it cannot use: one clear line and exit code 1, and the
//! folder untouched.
#![cfg(feature = "local")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
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
            "--otlp-grpc-listen",
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
struct Running {
    child: Child,
    http: String,
}

impl Running {
    fn start(data_dir: &Path) -> Self {
        let mut child = hopline(data_dir).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let ready = lines
            .map_while(Result::ok)
            .find(|line| line.contains("hopline is ready"))
            .expect("the server ended before it was ready");
        let http = ready.split("http=http://").nth(1).unwrap();
        let http = http.split_whitespace().next().unwrap().to_owned();
        Self { child, http }
    }

    fn post(&self, path: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.http).unwrap();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nhost: x\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn send_a_span(&self) {
        let body =
            r#"[{"traceId":"1","id":"1","name":"hello","localEndpoint":{"serviceName":"me"}}]"#;
        let answer = self.post("/api/v2/spans", "content-type: application/json\r\n", body);
        assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
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
        "hopline data folder, format 3\n",
    )
    .unwrap();
    check_refused(
        newer.path(),
        "hopline data folder, format 3",
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

fn check(data_dir: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let data_dir = data_dir.to_str().unwrap();
    run(&[&["check", "--data-dir", data_dir], arguments].concat())
}

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hopline"))
        .args(arguments)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

#[test]
fn check_says_what_is_wrong_with_a_folder_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text) = check(folder.path(), &[]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("is not a Hopline data folder"), "{text}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    let running = Running::start(folder.path());
    let (code, text) = check(folder.path(), &[]);
    assert_eq!(code, Some(2), "{text}");
    assert!(
        text.contains("is in use by another Hopline process"),
        "{text}"
    );
    running.send_a_span();
    drop(running);

    for arguments in [&[][..], &["--deep"]] {
        let (code, text) = check(folder.path(), arguments);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("1 commit groups in the log"), "{text}");
        assert!(text.contains("no differences"), "{text}");
    }
    std::fs::remove_dir_all(folder.path().join("index")).unwrap();
    let (code, text) = check(folder.path(), &["--deep"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("the index is missing or damaged"), "{text}");
    assert!(text.contains("start hopline on this folder"), "{text}");
    assert!(text.ends_with("1 difference\n"), "{text}");
    assert!(!folder.path().join("index").exists());
}

#[test]
fn backup_copies_a_running_folder_and_one_that_rests() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let running = Running::start(Path::new(&path("data")));
    running.send_a_span();
    let url = format!("http://{}", running.http);
    let (code, text) = run(&["backup", &path("copy"), "--url", &url]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("start hopline with --data-dir"), "{text}");
    let (code, text) = check(Path::new(&path("copy")), &["--deep"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("0 commit groups in the log"), "{text}");
    let (code, text) = run(&["backup", &path("copy"), "--url", &url]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("is not empty"), "{text}");
    // Another page in a browser of this machine, or someone behind a proxy, may not.
    for header in [
        "origin: http://evil.example\r\n",
        "x-forwarded-for: 10.0.0.1\r\n",
    ] {
        let asked = format!("/api/hopline/backup?folder={}", path("theirs"));
        let answer = running.post(&asked, header, "");
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    let answer = running.post("/api/hopline/backup?folder=somewhere", "", "");
    assert!(answer.contains("absolute path"), "{answer}");
    assert!(!folder.path().join("theirs").exists());
    let (code, text) = run(&["backup", &path("rest"), "--data-dir", &path("data")]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("is in use"), "{text}");
    drop(running);

    let (code, text) = run(&["backup", &path("rest"), "--data-dir", &path("data")]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = check(Path::new(&path("rest")), &["--deep"]);
    assert_eq!(code, Some(0), "{text}");
    let restored = Running::start(Path::new(&path("copy")));
    let url = format!("http://{}", restored.http);
    let (code, text) = run(&["trace", "1", "--url", &url]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("hello"), "{text}");
}
