//! The binary under test, and questions to it.
use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

/// The binary under test, with free ports, until it is dropped.
pub(crate) struct Hopline {
    pub(crate) url: String,
    process: Child,
    _data: tempfile::TempDir,
}

impl Hopline {
    pub(crate) fn start() -> Self {
        let data = tempfile::tempdir().expect("a folder for the data");
        let storage = if cfg!(feature = "local") {
            "local"
        } else {
            "memory"
        };
        let mut process = Command::new(env!("CARGO_BIN_EXE_hopline"))
            .env("HOPLINE_OTLP_GRPC_LISTEN", "off")
            .args(["--listen", "127.0.0.1:0", "--otlp-http-listen", "off"])
            .args(["--otlp-grpc-listen", "off"])
            .args(["--storage", storage, "--data-dir"])
            .arg(data.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let (sender, lines) = mpsc::channel();
        follow(process.stdout.take(), sender.clone());
        follow(process.stderr.take(), sender);
        let mut said = Vec::new();
        while let Ok(line) = lines.recv_timeout(Duration::from_secs(30)) {
            if let Some(url) = url_in(&line) {
                return Self {
                    url,
                    process,
                    _data: data,
                };
            }
            said.push(line);
        }
        drop((process.kill(), process.wait()));
        panic!("hopline did not say where it listens: {said:?}");
    }

    /// No second try: what was acknowledged is readable, and the shop has closed.
    pub(crate) fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path)).expect("an answer of JSON")
    }

    pub(crate) fn text(&self, path: &str) -> String {
        let mut answer = ureq::get(format!("{}{path}", self.url))
            .call()
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        answer
            .body_mut()
            .read_to_string()
            .expect("an answer of text")
    }
}

impl Hopline {
    pub(crate) fn address(&self) -> SocketAddr {
        self.url
            .trim_start_matches("http://")
            .parse()
            .expect("a url of an address")
    }
}

impl Drop for Hopline {
    fn drop(&mut self) {
        drop((self.process.kill(), self.process.wait()));
    }
}

/// Reads on for as long as the process lives, so that its log never blocks it.
fn follow(output: Option<impl Read + Send + 'static>, sender: mpsc::Sender<String>) {
    let output = output.expect("the output is piped");
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            drop(sender.send(line));
        }
    });
}

/// Where the main door is, in the line that says which doors are open.
fn url_in(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("127.0.0.1:")?;
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let port: u16 = rest[..digits].parse().ok().filter(|port| *port != 0)?;
    Some(format!("http://127.0.0.1:{port}"))
}
