//! Answers that leave compressed: to whom, which, and that they are the same answers.
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use flate2::read::{GzDecoder, ZlibDecoder};

use crate::app::{TestApp, span_json};
use crate::client::{Answer, Connection};

/// The body, as its header says.
fn plain(answer: &Answer) -> Vec<u8> {
    let mut body = Vec::new();
    match answer.header("content-encoding") {
        Some("gzip") => GzDecoder::new(&answer.body[..]).read_to_end(&mut body),
        Some("deflate") => ZlibDecoder::new(&answer.body[..]).read_to_end(&mut body),
        Some(other) => panic!("{other}"),
        None => return answer.body.clone(),
    }
    .unwrap();
    body
}

fn app() -> TestApp {
    let app = TestApp::start();
    let small = span_json("a", "1", "");
    let long = "x".repeat(3000);
    let large = span_json("b", "1", &format!("\"tags\":{{\"long\":\"{long}\"}}"));
    // So many that they leave in pieces.
    let many: Vec<String> = (1..5000)
        .map(|id| span_json("c", &format!("{id:x}"), ""))
        .collect();
    let answer = app.post_spans(&format!("[{small},{large},{}]", many.join(",")));
    assert_eq!(answer.status, 202);
    app
}

#[test]
fn who_asks_for_it_gets_it() {
    let app = app();
    let expected = app.get("/api/v2/trace/b");
    assert!(expected.body.len() > 3000);
    assert_eq!(expected.header("content-encoding"), None);
    assert!(expected.header("content-length").is_some());
    for (accepted, encoding) in [
        ("gzip", Some("gzip")),
        ("gzip, deflate, br, zstd", Some("gzip")),
        ("deflate", Some("deflate")),
        ("GZip", Some("gzip")),
        ("gzip;q=0.001", Some("gzip")),
        ("gzip;q=1.0, identity;q=0.5, *;q=0", Some("gzip")),
        ("identity;q=0, gzip", Some("gzip")),
        ("identity, gzip;q=0.5", None),
        ("*", None),
        ("gzip;q=0.2, deflate;q=0.9", Some("deflate")),
        ("br", None),
        ("identity", None),
        ("gzip;q=0", None),
        ("", None),
        ("*;q=0", None),
        ("gzip;q=2", None),
        (";q=,,", None),
    ] {
        let headers = [("accept-encoding", accepted)];
        let answer = app.ask("GET", "/api/v2/trace/b", &headers, b"");
        assert_eq!(answer.status, 200, "{accepted}");
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(answer.header("vary"), Some("accept-encoding"), "{accepted}");
        assert_eq!(plain(&answer), expected.body, "{accepted}");
        if encoding.is_some() {
            assert!(answer.body.len() < 1000, "{}", answer.body.len());
        }
    }
}

#[test]
fn what_is_compressed() {
    let app = app();
    let gzip = [("accept-encoding", "gzip")];
    for (path, compressed) in [
        // Too short to be worth it.
        ("/api/v2/trace/a", false),
        ("/api/v2/services", false),
        ("/api/v2/unheard-of", false),
        ("/health", false),
        // In pieces.
        ("/api/v2/trace/c", true),
        ("/api/hopline/traces/c", true),
        ("/api/hopline/traces/c?format=text", true),
        ("/api/v2/traces?endTs=1700000100000&lookback=3600000", true),
        ("/prometheus", true),
    ] {
        let answer = app.ask("GET", path, &gzip, b"");
        let encoding = compressed.then_some("gzip");
        assert_eq!(answer.header("content-encoding"), encoding, "{path}");
        if path != "/prometheus" {
            assert_eq!(plain(&answer), app.get(path).body, "{path}");
        } else {
            assert!(plain(&answer).starts_with(b"# HELP"));
        }
    }
    let origin = [gzip[0], ("origin", "https://a.example")];
    let answer = app.ask("GET", "/api/v2/trace/b", &origin, b"");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
}

#[test]
fn the_window_is_compressed() {
    let app = TestApp::start();
    let page = app.get("/");
    let assets: Vec<&str> = std::str::from_utf8(&page.body)
        .unwrap()
        .split('"')
        .filter(|text| text.starts_with("./assets/"))
        .collect();
    if assets.is_empty() {
        eprintln!("NOT RUN: the window is not built");
        return;
    }
    let gzip = ("accept-encoding", "gzip, deflate, br, zstd");
    let mut packed_files = 0;
    for asset in assets {
        let path = asset.trim_start_matches('.');
        let expected = app.get(path);
        // As with all answers, what is shorter leaves as it is.
        let encoding = (expected.body.len() >= 2_048).then_some("gzip");
        packed_files += usize::from(encoding.is_some());
        let answer = app.ask("GET", path, &[gzip], b"");
        assert_eq!(answer.header("content-encoding"), encoding, "{path}");
        let again = app.ask("GET", path, &[gzip], b"");
        assert_eq!(again.body, answer.body, "{path}");
        assert_eq!(plain(&answer), expected.body, "{path}");
        // One tag for both: tests/api/window.rs asks again with it.
        assert_eq!(answer.header("etag"), expected.header("etag"), "{path}");
    }
    assert!(packed_files >= 2, "the script and the style");
}

#[test]
fn the_head_of_the_page_is_the_head_of_its_answer() {
    let app = TestApp::start();
    let page = app.get("/");
    let asset = page.text();
    let asset = asset
        .split('"')
        .find_map(|text| text.strip_prefix('.').filter(|it| it.ends_with(".js")));
    for path in ["/", "/prometheus"].into_iter().chain(asset) {
        for accepted in ["gzip", "identity"] {
            let headers = [("accept-encoding", accepted)];
            let mut connection = Connection::open(app.http);
            let head = connection.ask("HEAD", path, &headers, b"").unwrap();
            let whole = connection.ask("GET", path, &headers, b"").unwrap();
            for name in ["content-encoding", "content-type", "etag", "vary"] {
                assert_eq!(head.header(name), whole.header(name), "{path} {name}");
            }
            assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        }
    }
}

/// As nginx asks, unless told otherwise: HTTP/1.0 has no chunks, the end of the connection is the
/// end of the answer.
#[test]
fn a_proxy_of_http_1_0_gets_whole_answers() {
    let app = app();
    for path in ["/api/v2/trace/a", "/api/v2/trace/b", "/api/v2/trace/c"] {
        for accepted in ["gzip", "identity"] {
            let mut socket = TcpStream::connect(app.http).unwrap();
            let asked = format!("GET {path} HTTP/1.0\r\naccept-encoding: {accepted}\r\n\r\n");
            socket.write_all(asked.as_bytes()).unwrap();
            let mut bytes = Vec::new();
            socket.read_to_end(&mut bytes).unwrap();
            let end = bytes.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
            let body = bytes.split_off(end + 4);
            let head = String::from_utf8(bytes).unwrap();
            assert!(!head.contains("transfer-encoding"), "{head}");
            let mut answer = Answer {
                body,
                ..Answer::default()
            };
            if head.contains("content-encoding: gzip") {
                answer.headers = vec![("content-encoding".into(), "gzip".into())];
            }
            assert_eq!(plain(&answer), app.get(path).body, "{path} {accepted}");
        }
    }
}

#[test]
fn a_connection_goes_on_after_compressed_answers() {
    let app = app();
    let mut connection = Connection::open(app.http);
    let gzip = [("accept-encoding", "gzip")];
    for path in [
        "/api/v2/trace/b",
        "/api/v2/trace/c",
        "/api/v2/trace/a",
        "/api/v2/trace/b",
    ] {
        let answer = connection.ask("GET", path, &gzip, b"").unwrap();
        assert_eq!(plain(&answer), app.get(path).body, "{path}");
        // What is short enough to be compressed at once still says how long it is.
        let is_whole = answer.header("content-length").is_some();
        assert_eq!(is_whole, path != "/api/v2/trace/c", "{path}");
    }
}
