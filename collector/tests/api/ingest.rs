//! What is accepted, what is refused, and in which words: `POST /api/v2/spans`.
use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use crate::app::{TestApp, span_json};
use crate::client::Connection;

const PATH: &str = "/api/v2/spans";

#[test]
fn an_accepted_span_is_answered_202_without_a_body_and_is_there() {
    let app = TestApp::start();
    let answer = app.post_spans(&format!("[{}]", span_json("a", "b", "")));
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(answer.header("content-length"), Some("0"));
    assert_eq!(answer.header("content-type"), None);
    assert_eq!(answer.header("x-hopline-refused"), None);
    let trace = app.get("/api/v2/trace/000000000000000a");
    assert_eq!(trace.status, 200);
    assert_eq!(trace.json()[0]["id"], "000000000000000b");
}

#[test]
fn a_strict_list_is_kept_whole_or_not_at_all() {
    for (flags, status, kept) in [(&[][..], 202, 200), (&["--zipkin-strict-lists"], 400, 404)] {
        let app = TestApp::start_with(flags, &[]);
        let answer = app.post_spans(&format!(
            "[{},{{\"traceId\":\"c\"}}]",
            span_json("a", "b", "")
        ));
        assert_eq!(answer.status, status, "{flags:?}");
        assert_eq!(app.get("/api/v2/trace/a").status, kept, "{flags:?}");
    }
}

#[test]
fn bodies_and_their_answers() {
    let app = TestApp::start();
    for (body, status, text) in [
        ("", 202, ""),
        ("[]", 202, ""),
        ("[ ]", 202, ""),
        ("{}", 400, "Expected a JSON_V2 encoded list\n"),
        ("hello", 400, "Expected a JSON_V2 encoded list\n"),
        (
            "[{\"binaryAnnotations\":[]}]",
            400,
            "Expected a JSON_V2 encoded list, but received: JSON_V1\n",
        ),
    ] {
        let answer = app.post_spans(body);
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (status, text),
            "{body}"
        );
        if status == 400 {
            assert_eq!(answer.header("content-type"), Some("text/*"));
        }
    }
}

#[test]
fn any_content_type_is_read_as_json() {
    let app = TestApp::start();
    let body = format!("[{}]", span_json("a", "b", ""));
    for headers in [
        &[][..],
        &[("content-type", "text/plain;charset=UTF-8")][..],
        &[("content-type", "application/json; charset=utf-8")][..],
    ] {
        assert_eq!(
            app.ask("POST", PATH, headers, body.as_bytes()).status,
            202,
            "{headers:?}"
        );
    }
}

#[test]
fn a_bad_span_costs_only_itself_and_the_answer_says_so() {
    let app = TestApp::start();
    let bad = "{\"traceId\":\"a\\u00e9\\n\",\"id\":\"1\"}";
    let answer = app.post_spans(&format!("[{},{bad}]", span_json("c", "d", "")));
    assert_eq!(answer.status, 202, "{}", answer.text());
    let refused = answer.header("x-hopline-refused").expect("one was refused");
    assert!(refused.starts_with("1; "), "{refused}");
    assert!(refused.len() <= 210 && refused.is_ascii(), "{refused}");
    assert_eq!(app.get("/api/v2/trace/c").status, 200);

    let answer = app.post_spans(&format!("[{bad}]"));
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("lower-hex"), "{}", answer.text());
    let status = app.get("/api/hopline/status").json();
    assert_eq!(status["ingest"]["spansRefused"], 2);
    assert_eq!(status["refusals"][0]["reason"], "invalid_id");
}

#[test]
fn packed_bodies_are_unpacked() {
    let app = TestApp::start();
    let list = |trace: &str| format!("[{}]", span_json(trace, "1", ""));
    let half = list("2");
    let (front, back) = half.split_at(20);
    let two_members = [gzip(front.as_bytes()), gzip(back.as_bytes())].concat();
    for (trace, coding, body) in [
        ("1", "gzip", gzip(list("1").as_bytes())),
        ("2", "gzip", two_members),
        ("3", "x-gzip", gzip(list("3").as_bytes())),
        ("4", "deflate", zlib(list("4").as_bytes())),
        ("5", "br", list("5").into_bytes()),
    ] {
        let answer = app.ask("POST", PATH, &[("content-encoding", coding)], &body);
        assert_eq!(answer.status, 202, "{coding}: {}", answer.text());
        assert_eq!(
            app.get(&format!("/api/v2/trace/{trace}")).status,
            200,
            "{coding}"
        );
    }
}

#[test]
fn what_only_claims_to_be_gzip_is_400() {
    let app = TestApp::start();
    let whole = gzip(b"[]");
    for body in [
        b"plain".as_slice(),
        &whole[..whole.len() - 4],
        &gzip(b"")[..10],
    ] {
        let answer = app.ask("POST", PATH, &[("content-encoding", "gzip")], body);
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (400, "Cannot gunzip spans")
        );
    }
}

/// zipkin-reporter sends it when it has nothing to report in protobuf: as a probe, and when two
/// flushes meet.
#[test]
fn gzip_of_nothing_is_a_list_of_nothing() {
    let app = TestApp::start();
    for content_type in ["application/x-protobuf", "application/json"] {
        let headers = [("content-type", content_type), ("content-encoding", "gzip")];
        let answer = app.ask("POST", PATH, &headers, &gzip(b""));
        assert_eq!((answer.status, answer.text().as_str()), (202, ""));
    }
}

#[test]
fn springs_upgrade_request_is_served_as_http_1() {
    let app = TestApp::start();
    // The head and the body in two packets, as the JDK sends them.
    let head = "POST /api/v2/spans HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\n\
        Content-Length: 2\r\nHost: 127.0.0.1\r\n\
        HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\n\
        Upgrade: h2c\r\nUser-Agent: Java-http-client/17.0.15\r\nb3: 0\r\n\
        Content-Type: application/json\r\n\r\n";
    let mut connection = Connection::open(app.http);
    connection.send(head.as_bytes()).unwrap();
    connection.send(b"[]").unwrap();
    let answer = connection.answer(false).unwrap();
    // The connection ends here, and the client must hear so before it sends the next request.
    assert_eq!(
        (answer.status, answer.header("connection")),
        (202, Some("close"))
    );
}

#[test]
fn a_chunked_body_is_read() {
    let app = TestApp::start();
    let mut connection = Connection::open(app.http);
    let body = format!("[{}]", span_json("e", "f", ""));
    let (front, back) = body.split_at(10);
    let mut request =
        "POST /api/v2/spans HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
    for part in [front, back, ""] {
        request.push_str(&format!("{:x}\r\n{part}\r\n", part.len()));
    }
    connection.send(request.as_bytes()).unwrap();
    assert_eq!(connection.answer(false).unwrap().status, 202);
    assert_eq!(app.get("/api/v2/trace/e").status, 200);
}

#[test]
fn the_sample_rate_keeps_debug_spans() {
    let app = TestApp::start_with(&["--sample-rate", "0"], &[]);
    let debug = span_json("2", "2", "\"debug\":true");
    let answer = app.post_spans(&format!("[{},{debug}]", span_json("1", "1", "")));
    assert_eq!(answer.status, 202);
    assert_eq!(app.get("/api/v2/trace/1").status, 404);
    assert_eq!(app.get("/api/v2/trace/2").status, 200);
}

#[test]
fn a_closed_zipkin_door_is_404_but_names_are_still_answered() {
    let app = TestApp::start_with(&[], &[("COLLECTOR_HTTP_ENABLED", "false")]);
    assert_eq!(app.post_spans("[]").status, 404);
    assert_eq!(app.get("/api/v2/spans?serviceName=x").status, 200);
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn stored(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::none());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
