//! Real client libraries against the real binary: a shop of three processes, once with py_zipkin
//! and once with the OpenTelemetry SDK. Ask for the trace, and it is there, hop by hop.
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

#[test]
fn a_shop_with_py_zipkin() {
    check("zipkin");
}

#[test]
fn a_shop_with_the_opentelemetry_sdk() {
    check("otlp");
}

/// Given a shop of this flavour, when somebody bought twice, then both traces are found whole.
fn check(flavour: &str) {
    let hopline = Hopline::start();
    let bought = run_shop(flavour, &hopline.url);
    for (visit, fails) in [("fine", false), ("failed", true)] {
        let text = |key: &str| {
            bought[visit][key]
                .as_str()
                .expect("run_shop says it")
                .to_owned()
        };
        let (trace_id, request_id) = (text("traceId"), text("requestId"));
        check_zipkin(
            &hopline.json(&format!("/api/v2/trace/{trace_id}")),
            &request_id,
            fails,
        );
        let trace = hopline.json(&format!("/api/hopline/traces/{trace_id}"));
        check_hops(&trace, &trace_id, fails);
        let found = hopline.json(&format!("/api/hopline/lookup?q={request_id}"));
        let matches = found["matches"].as_array().expect("matches is a list");
        assert!(!matches.is_empty(), "{request_id} is not found: {found}");
        assert!(
            matches
                .iter()
                .all(|found| found["traceId"] == trace_id.as_str()),
            "{found}"
        );
    }
}

fn check_zipkin(trace: &Value, request_id: &str, fails: bool) {
    let spans = trace
        .as_array()
        .expect("a trace in Zipkin's words is a list");
    assert_eq!(spans.len(), 5, "three servers and two clients: {trace}");
    let count = |key: &str, value: &str| {
        spans
            .iter()
            .filter(|span| span.pointer(key) == Some(&value.into()))
            .count()
    };
    assert_eq!(count("/kind", "SERVER"), 3, "{trace}");
    assert_eq!(count("/kind", "CLIENT"), 2, "{trace}");
    assert_eq!(count("/tags/x-request-id", request_id), 3, "{trace}");
    let errors = spans
        .iter()
        .filter(|span| span["tags"]["error"].is_string())
        .count();
    assert_eq!(errors, if fails { 5 } else { 0 }, "{trace}");
}

fn check_hops(trace: &Value, trace_id: &str, fails: bool) {
    assert_eq!(trace["traceId"], trace_id);
    assert_eq!(trace["spanCount"], 5, "{trace}");
    assert_eq!(trace["complete"], true, "{trace}");
    assert_eq!(trace["root"]["service"], "gateway", "{trace}");
    assert_eq!(
        trace["errorCount"]
            .as_u64()
            .is_some_and(|errors| errors > 0),
        fails,
        "{trace}"
    );
    let services = trace["services"].as_array().expect("services is a list");
    assert_eq!(services.len(), 3, "{trace}");

    let hops = trace["hops"].as_array().expect("hops is a list");
    for (caller, callee) in [("gateway", "orders"), ("orders", "inventory")] {
        let hop = hops
            .iter()
            .find(|hop| hop["caller"]["service"] == caller && hop["callee"]["service"] == callee)
            .unwrap_or_else(|| panic!("no hop from {caller} to {callee}: {trace}"));
        assert_eq!(hop["kind"], "rpc", "{hop}");
        assert_eq!(hop["error"], fails, "{hop}");
        // Both halves are there, and the slow hop, a third of a second, is in all of them.
        let nanoseconds = |key: &str| hop[key].as_u64().unwrap_or_else(|| panic!("{key}: {hop}"));
        let (client, server) = (
            nanoseconds("clientDurationNano"),
            nanoseconds("serverDurationNano"),
        );
        assert!(client >= server && server >= 300_000_000, "{hop}");
    }
    let path = trace["criticalPath"]
        .as_array()
        .expect("criticalPath is a list");
    let slowest = path
        .iter()
        .max_by_key(|part| part["durationNano"].as_u64())
        .expect("a path has at least the root");
    assert_eq!(slowest["service"], "inventory", "{trace}");
    assert_eq!(slowest["part"], "self", "{trace}");
}

/// The binary under test, with free ports, until it is dropped.
struct Hopline {
    url: String,
    process: Child,
    _data: tempfile::TempDir,
}

impl Hopline {
    fn start() -> Self {
        let data = tempfile::tempdir().expect("a folder for the data");
        let storage = if cfg!(feature = "local") {
            "local"
        } else {
            "memory"
        };
        let mut process = Command::new(env!("CARGO_BIN_EXE_hopline"))
            .env("HOPLINE_OTLP_GRPC_LISTEN", "off")
            .args(["--listen", "127.0.0.1:0", "--otlp-http-listen", "off"])
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
    fn json(&self, path: &str) -> Value {
        let mut answer = ureq::get(format!("{}{path}", self.url))
            .call()
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let text = answer
            .body_mut()
            .read_to_string()
            .expect("an answer of text");
        serde_json::from_str(&text).expect("an answer of JSON")
    }
}

impl Drop for Hopline {
    fn drop(&mut self) {
        drop((self.process.kill(), self.process.wait()));
    }
}

fn run_shop(flavour: &str, hopline: &str) -> Value {
    let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map_or_else(
            || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache"),
            PathBuf::from,
        )
        .join("hopline");
    assert!(
        cache.join("venv/installed").exists(),
        "the real clients are not installed; run {}",
        clients.join("install").display()
    );
    let output = Command::new(clients.join("run_shop"))
        .args([flavour, hopline])
        .output()
        .expect("python3 is there");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "run_shop {flavour} failed: {said}");
    serde_json::from_slice(&output.stdout).expect("run_shop prints JSON")
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
