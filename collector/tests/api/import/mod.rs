//! `hopline import`, the real binary, between servers of the test. What the old server answers is
//! the oracle.
mod files;
mod proxy;
mod servers;
mod stops;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::app::{NOW_MS, TestApp};
use crate::client::Connection;

/// Whole days around the spans of [`traces`].
const SINCE_MS: u64 = NOW_MS - 2 * 86_400_000;
const UNTIL_MS: u64 = NOW_MS;

fn import(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hopline"));
    command
        .arg("import")
        .args(arguments)
        .env_remove("HOPLINE_URL")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The arguments for a copy of everything that [`traces`] may have made.
fn copy(folder: &Path, from: &str, to: &str, more: &[&str]) -> Command {
    let (since, until) = (SINCE_MS.to_string(), UNTIL_MS.to_string());
    let mut command = import(folder, &["--from", from, "--to", to]);
    command
        .args(["--since", &since, "--until", &until])
        .args(more);
    command
}

/// Exit code, standard output and standard error.
fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

fn url(app: &TestApp) -> String {
    format!("http://{}", app.http)
}

/// The number after a word of the final count.
fn counted(text: &str, word: &str) -> u64 {
    let line = text
        .lines()
        .find_map(|line| line.trim_start().strip_prefix(word))
        .unwrap_or_else(|| panic!("no {word} in {text}"));
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

/// Traces of some spans each: several services that share them, ids of both widths, spread over two
/// days with a dense minute and a denser millisecond, and some that name no service.
fn traces(count: u64) -> Vec<Vec<Value>> {
    (0..count).map(trace).collect()
}

fn trace(number: u64) -> Vec<Value> {
    // Any fixed mixing will do.
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let start_us = match number % 10 {
        0..5 => SINCE_MS * 1000 + 1 + mixed % (2 * 86_400_000_000),
        5..8 => (NOW_MS - 7_200_000) * 1000 + mixed % 60_000_000,
        _ => (NOW_MS - 3_600_000) * 1000 + mixed % 1000,
    };
    let id = match number % 3 {
        0 => format!("{:016x}", number + 1),
        _ => format!("{:016x}{:016x}", number + 7, mixed + 1),
    };
    let services = ["shop", "cart", "payments", "stock"];
    (0..=number % 5)
        .map(|index| {
            let mut span = json!({
                "traceId": id, "id": format!("{:016x}", number * 10 + index + 1), "kind": "SERVER",
                "name": format!("get /{index}"), "timestamp": start_us + index * 997, "duration": 1 + mixed % 5000,
                "tags": {"text": "\"}]{ ütf \u{1f600}\n", "number": number.to_string()},
                "annotations": [{"timestamp": start_us + 1, "value": "cache.miss"}],
            });
            if index > 0 {
                span["parentId"] = json!(format!("{:016x}", number * 10 + index));
            }
            if number % 20 != 7 {
                let service = services[((number + index) % 4) as usize];
                span["localEndpoint"] = json!({"serviceName": service, "ipv4": "10.0.0.1", "port": 8080});
            }
            span
        })
        .collect()
}

/// Gives spans to a server, a part at a time.
fn fill(server: SocketAddr, traces: &[Vec<Value>]) {
    for part in traces.chunks(200) {
        let spans: Vec<&Value> = part.iter().flatten().collect();
        let body = serde_json::to_vec(&spans).unwrap();
        let answer = Connection::open(server)
            .ask(
                "POST",
                "/api/v2/spans",
                &[("content-type", "application/json")],
                &body,
            )
            .unwrap();
        assert_eq!(answer.status, 202, "{}", answer.text());
        assert_eq!(answer.header("x-hopline-refused"), None);
    }
}

/// Every trace is answered by both servers with the same spans; says how many spans there are.
fn assert_same(old: SocketAddr, new: SocketAddr, traces: &[Vec<Value>]) -> u64 {
    let ask = |server, id: &str| {
        let mut connection = Connection::open(server);
        let path = format!("/api/v2/trace/{id}");
        let answer = connection.ask("GET", &path, &[], b"").unwrap();
        assert_eq!(answer.status, 200, "{id}: {}", answer.text());
        let Value::Array(mut spans) = answer.json() else {
            panic!("{id}: {}", answer.text())
        };
        spans.sort_by_key(|span| span.to_string());
        spans
    };
    let mut count = 0;
    for trace in traces {
        let id = trace[0]["traceId"].as_str().unwrap();
        let (expected, found) = (ask(old, id), ask(new, id));
        assert_eq!(expected.len(), trace.len(), "{id}");
        assert_eq!(expected, found, "{id}");
        count += found.len() as u64;
    }
    let services = |server| {
        let mut connection = Connection::open(server);
        let answer = connection.ask("GET", "/api/v2/services", &[], b"");
        answer.unwrap().json()
    };
    assert_eq!(services(old), services(new));
    count
}
