//! Captured requests of real clients, byte by byte as they stood on the wire, sent again over a
//! plain socket. `fixtures/captures/README.md` says where each comes from.
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::hopline::Hopline;
use crate::request::{Request, head, header, requests};
use crate::span::traces;
use crate::tap::Talk;
use crate::way::{is_kept, list};

/// What the real Zipkin server refuses, and Hopline takes on purpose: times with fractions, gzip of
/// nothing.
const ZIPKIN_REFUSES: [&str; 2] = ["opentelemetry-js-2.10.0-fraction", "reporter-okhttp-proto3"];

#[test]
fn captured_requests_are_kept_as_they_were_sent() {
    let hopline = Hopline::start();
    let replayed = replay_all(hopline.address(), false);
    assert!(replayed > 10, "only {replayed} captures were found");
}

/// Sends every capture to a server, and asks it for each of its traces.
pub(crate) fn replay_all(server: SocketAddr, is_zipkin: bool) -> usize {
    let mut captures: Vec<PathBuf> = folder()
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "http"))
        .collect();
    captures.sort();
    for capture in &captures {
        let name = capture.file_stem().unwrap().to_string_lossy();
        if !is_zipkin || !ZIPKIN_REFUSES.contains(&&*name) {
            replay(server, &name, is_zipkin);
        }
    }
    captures.len()
}

fn replay(server: SocketAddr, name: &str, is_zipkin: bool) {
    let bytes = std::fs::read(folder().join(format!("{name}.http"))).unwrap();
    let requests = requests(&bytes);
    let mut stream = None;
    let mut rest = bytes.as_slice();
    for request in &requests {
        let mut stream_now = stream.take().unwrap_or_else(|| connect(server));
        let (head, whole) = request.lengths;
        // In two packets: so do Java's client and others.
        for part in [&rest[..head], &rest[head..whole]] {
            stream_now.write_all(part).unwrap();
        }
        rest = &rest[whole..];
        if is_zipkin && request.header("upgrade").is_some() {
            return; // It goes on in HTTP/2, which this test does not speak.
        }
        let (status, closes) = answer(&mut stream_now);
        assert_eq!(status, 202, "{name}: {request:?}");
        let asked = request.header("connection").unwrap_or_default();
        let may_close = asked.contains("close") || asked.contains("Upgrade");
        assert!(
            may_close || !closes,
            "{name}: the connection was to be kept"
        );
        if asked.contains("close") {
            let mut more = Vec::new();
            assert_eq!(stream_now.read_to_end(&mut more).unwrap(), 0, "{name}");
        } else if !closes {
            stream = Some(stream_now);
        }
    }
    for (id, spans) in expected(name, &requests) {
        is_kept(server, name, &id, &spans);
    }
}

/// What is beside the capture; else what its bodies say, which then are JSON of Zipkin v2.
fn expected(name: &str, requests: &[Request]) -> BTreeMap<String, Value> {
    let spans = std::fs::read_to_string(folder().join(format!("{name}.json")));
    let spans = spans.map_or_else(
        |_| {
            requests
                .iter()
                .flat_map(|request| list(&String::from_utf8_lossy(&request.body)))
                .collect()
        },
        |text| list(&text),
    );
    traces(&spans)
}

fn connect(server: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(server).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

/// The status of the next answer, and whether the server will close the connection.
fn answer(stream: &mut TcpStream) -> (u16, bool) {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        bytes.extend_from_slice(&byte);
    }
    let (first, headers) = head(&mut bytes.as_slice());
    let length = header(&headers, "content-length").map_or(0, |text| text.parse().unwrap());
    stream.read_exact(&mut vec![0; length]).unwrap();
    let status = first.split(' ').nth(1).unwrap().parse().unwrap();
    let closes = header(&headers, "connection").is_some_and(|value| value.contains("close"));
    (status, closes)
}

/// With `CAPTURE_TO`, a folder: keeps what a client has just sent, to be replayed from now on.
pub(crate) fn keep(name: &str, talks: &[Talk], sent: &BTreeMap<String, Value>) {
    let Some(folder) = std::env::var_os("CAPTURE_TO").map(PathBuf::from) else {
        return;
    };
    let bytes: Vec<u8> = talks.iter().flat_map(|talk| talk.asked.clone()).collect();
    std::fs::write(folder.join(format!("{name}.http")), bytes).unwrap();
    let spans: Vec<&Value> = sent
        .values()
        .flat_map(|trace| trace.as_array().unwrap())
        .collect();
    let text = serde_json::to_string_pretty(&spans).unwrap();
    std::fs::write(folder.join(format!("{name}.json")), text + "\n").unwrap();
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/captures")
}
