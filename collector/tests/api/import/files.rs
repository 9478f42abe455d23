//! JSON files: both versions, in every shape that tools write.
use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{assert_same, counted, fill, import, told, traces, url};
use crate::app::TestApp;
use crate::ingest::gzip;

#[test]
fn lists_in_every_shape() {
    let (oracle, folder) = (TestApp::start(), tempfile::tempdir().unwrap());
    let traces = traces(120);
    fill(oracle.http, &traces);
    let spans: Vec<&Value> = traces.iter().flatten().collect();
    let one_list = serde_json::to_vec(&spans).unwrap();
    let pretty = serde_json::to_vec_pretty(&traces).unwrap();
    let lines: Vec<String> = spans.iter().map(|span| span.to_string()).collect();
    let lists: Vec<String> = traces
        .iter()
        .map(|trace| json!(trace).to_string())
        .collect();
    for (name, bytes) in [
        ("list.json", one_list.clone()),
        ("list-of-lists.json", serde_json::to_vec(&traces).unwrap()),
        ("pretty.json", pretty),
        ("spans.jsonl", lines.join("\n").into_bytes()),
        ("traces.jsonl", lists.join("\r\n").into_bytes()),
        ("list.json.gz", gzip(&one_list)),
        ("two-members.gz", [gzip(&one_list), gzip(b"[]")].concat()),
        ("-", one_list),
    ] {
        let new = TestApp::start();
        let mut command = import(folder.path(), &[name, "--to", &url(&new)]);
        let output = if name == "-" {
            let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
            child.stdin.take().unwrap().write_all(&bytes).unwrap();
            child.wait_with_output().unwrap()
        } else {
            std::fs::write(folder.path().join(name), bytes).unwrap();
            command.output().unwrap()
        };
        let (code, out, err) = told(&output);
        assert_eq!(code, 0, "{name}: {out}{err}");
        let count = assert_same(oracle.http, new.http, &traces);
        assert_eq!(counted(&out, "traces"), 120, "{name}: {out}");
        assert_eq!(counted(&out, "spans"), count, "{name}: {out}");
    }
}

#[test]
fn version_1_beside_version_2() {
    let endpoint = json!({"serviceName": "old-shop", "ipv4": "127.0.0.1", "port": 80});
    let v1 = json!([[{
        "traceId": "00000000000000a1", "id": "00000000000000a1", "name": "get",
        "timestamp": 1_700_000_000_000_000_u64, "duration": 500,
        "annotations": [
            {"timestamp": 1_700_000_000_000_000_u64, "value": "sr", "endpoint": endpoint},
            {"timestamp": 1_700_000_000_000_500_u64, "value": "ss", "endpoint": endpoint}],
        "binaryAnnotations": [{"key": "http.path", "value": "/", "endpoint": endpoint}],
    }, {
        // It says as much in both versions: read as the ones beside it.
        "traceId": "00000000000000a1", "id": "00000000000000a2", "name": "local",
        "annotations": [], "binaryAnnotations": [],
    }]]);
    let (oracle, new) = (TestApp::start(), TestApp::start());
    let folder = tempfile::tempdir().unwrap();
    let body = v1[0].to_string();
    let answer = oracle.ask("POST", "/api/v1/spans", &[], body.as_bytes());
    assert_eq!(answer.status, 202, "{}", answer.text());
    let v2 = traces(3);
    fill(oracle.http, &v2);
    std::fs::write(folder.path().join("v1.json"), v1.to_string()).unwrap();
    std::fs::write(folder.path().join("v2.json"), json!(v2).to_string()).unwrap();
    let output = import(folder.path(), &["v1.json", "v2.json", "--to", &url(&new)]).output();
    let (code, out, err) = told(&output.unwrap());
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(counted(&out, "traces"), 4, "{out}");
    assert_same(oracle.http, new.http, &v2);
    let trace = "/api/v2/trace/00000000000000a1";
    assert_eq!(oracle.get(trace).json(), new.get(trace).json());
    assert_eq!(new.get(trace).json()[0]["kind"], "SERVER");
}

#[test]
fn bad_spans_cost_only_themselves_and_are_counted() {
    let good = traces(40);
    for flags in [&[][..], &["--zipkin-strict-lists"]] {
        let (oracle, new) = (TestApp::start(), TestApp::start_with(flags, &[]));
        let folder = tempfile::tempdir().unwrap();
        fill(oracle.http, &good);
        let mut spans: Vec<Value> = good.iter().flatten().cloned().collect();
        spans.insert(5, json!({"traceId": "xyz", "id": "1", "tags": {}}));
        spans.insert(50, json!({"traceId": "1", "id": "not hex", "tags": {}}));
        let mut text = json!(spans).to_string();
        // Braces that fit, and nothing else.
        text.insert_str(1, "{\"traceId\":\"1\",},");
        std::fs::write(folder.path().join("spans.json"), text).unwrap();
        let output = import(folder.path(), &["spans.json", "--to", &url(&new)]).output();
        let (code, out, err) = told(&output.unwrap());
        assert_eq!(code, 1, "{flags:?}: {out}{err}");
        assert_eq!(counted(&out, "refused"), 3, "{flags:?}: {out}");
        let count = assert_same(oracle.http, new.http, &good);
        assert_eq!(counted(&out, "spans"), count, "{flags:?}: {out}");
        assert!(out.contains("the first reasons:\n  - "), "{out}");
    }
}

#[test]
fn a_list_that_is_too_long_for_the_target_is_sent_in_parts() {
    let (oracle, new) = (
        TestApp::start(),
        TestApp::start_with(&["--body-max", "10KiB"], &[]),
    );
    let folder = tempfile::tempdir().unwrap();
    let traces = traces(100);
    fill(oracle.http, &traces);
    std::fs::write(folder.path().join("spans.json"), json!(traces).to_string()).unwrap();
    let output = import(folder.path(), &["spans.json", "--to", &url(&new)]).output();
    let (code, out, err) = told(&output.unwrap());
    assert_eq!(code, 0, "{out}{err}");
    assert_same(oracle.http, new.http, &traces);
}

#[test]
fn what_is_no_list_of_spans_is_said() {
    let new = TestApp::start();
    let folder = tempfile::tempdir().unwrap();
    let good = json!(traces(3)).to_string();
    let truncated_gzip = gzip(good.as_bytes());
    let truncated_gzip = &truncated_gzip[..truncated_gzip.len() / 2];
    for (bytes, code, said) in [
        (&b"<html>"[..], 2, "byte 1 is '<'"),
        (b"[1, 2]", 2, "byte 2 is '1'"),
        (
            &good.as_bytes()[..good.len() - 5],
            2,
            "a part of it is missing",
        ),
        (truncated_gzip, 2, "cannot be read on"),
        (
            br#"{"resourceSpans":[]}"#,
            1,
            "OTLP's is sent to POST /v1/traces",
        ),
        (b"", 0, "spans        0"),
    ] {
        std::fs::write(folder.path().join("spans.json"), bytes).unwrap();
        let output = import(folder.path(), &["spans.json", "--to", &url(&new)]).output();
        let (found, out, err) = told(&output.unwrap());
        let shown = String::from_utf8_lossy(bytes);
        assert_eq!(found, code, "{shown}: {out}{err}");
        assert!(format!("{out}{err}").contains(said), "{shown}: {out}{err}");
        assert!(code < 2 || err.contains("spans.json: "), "{err}");
    }
}
