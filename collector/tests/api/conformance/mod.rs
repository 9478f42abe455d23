//! OTLP's doors against the table in `collector/tests/conformance/`: each row a request, over HTTP or
//! gRPC, and all that the answer to it must be: status, type, headers, body, counters, what was kept.
mod request;
mod row;

use std::collections::BTreeMap;
use std::sync::Arc;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use serde_json::{Value, json};
use storage::store::StoreError;

use crate::app::TestApp;
use crate::client::{Answer, Connection};
use crate::grpc_client::{Called, EXPORT, GrpcClient};
use crate::limits::Failing;
use request::{body, framed, head};
use row::{Row, rows};

#[test]
fn every_row_of_the_table() {
    let mut mistakes = Vec::new();
    let rows = rows();
    assert!(rows.len() >= 100, "{}", rows.len());
    for server in ["", "small", "overloaded", "unavailable", "corrupt"] {
        let app = start(server);
        let grpc = GrpcClient::open(app.grpc);
        for (number, row) in rows.iter().enumerate() {
            if row.server != server {
                continue;
            }
            let row = row.clone().with_trace_id(number);
            let before = counts(&app);
            let mut wrong = match &row.grpc {
                Some(_) => over_grpc(&row, &grpc),
                None => over_http(&row, &app),
            };
            let counted = grown(&before, &counts(&app));
            if counted != row.counts {
                wrong.push(format!("counted {counted:?}"));
            }
            wrong.extend(shown(&row, &app));
            let told = wrong.iter().map(|wrong| format!("{}: {wrong}", row.name));
            mistakes.extend(told);
        }
        assert_eq!(app.get("/api/hopline/status").json()["panicsCaught"], 0);
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

fn start(server: &str) -> TestApp {
    let failing = |error| TestApp::start_over(Arc::new(Failing(error)), &[], &[]);
    match server {
        "" => TestApp::start(),
        "small" => TestApp::start_with(
            &["--body-max", "50KiB", "--body-inflated-max", "100KiB"],
            &[],
        ),
        "overloaded" => failing(|| StoreError::Overloaded("a queue is full".to_owned())),
        "unavailable" => failing(|| StoreError::Unavailable("the disk is full".to_owned())),
        "corrupt" => failing(|| StoreError::Corrupt("block 7".to_owned())),
        other => panic!("{other}: no such server"),
    }
}

fn over_http(row: &Row, app: &TestApp) -> Vec<String> {
    let mut connection = Connection::open(match row.door.as_str() {
        "" | "otlp" => app.otlp,
        "main" => app.http,
        "grpc" => app.grpc,
        other => panic!("{other}: no such door"),
    });
    let mut bytes = head(row);
    bytes.extend(body(row));
    // A server may answer before it has read everything.
    let sent = connection.send(&bytes);
    let answer = connection
        .answer(row.method == "HEAD")
        .unwrap_or_else(|error| panic!("{}: {error} {sent:?}", row.name));
    let mut wrong = Vec::new();
    if Some(answer.status) != row.status {
        wrong.push(format!("status {}", answer.status));
    }
    for (name, value) in &row.header {
        let told = answer.header(name);
        if told.unwrap_or_default() != value {
            wrong.push(format!("{name}: {told:?}"));
        }
    }
    if row.method != "HEAD" {
        wrong.extend(told_wrong(row, &answer));
    }
    // Whoever does not read a body says that the connection ends.
    if !row.closes && answer.header("connection") != Some("close") {
        match connection.ask("GET", "/health", &[], b"") {
            Ok(next) if matches!(next.status, 200 | 503) => {}
            next => wrong.push(format!("the next request on the connection: {next:?}")),
        }
    }
    wrong
}

/// What differs in the body of an answer over HTTP, in whichever of OTLP's formats it is.
fn told_wrong(row: &Row, answer: &Answer) -> Vec<String> {
    let kind = answer.header("content-type").unwrap_or_default();
    let is_json = kind == "application/json";
    if row.header.contains_key("access-control-allow-origin") && row.method == "OPTIONS" {
        return Vec::new();
    }
    let expected = match row.answer.as_str() {
        "" => row.protobuf_or_json(),
        other => other,
    };
    let is_right = match expected {
        "protobuf" => kind == "application/x-protobuf",
        _ => is_json,
    };
    let mut wrong = Vec::new();
    if !is_right {
        wrong.push(format!("type {kind}"));
    }
    let told = match (answer.status, is_json) {
        (200, true) => answer.json(),
        (200, false) => from_protobuf(&answer.body),
        (_, true) => answer.json(),
        (_, false) => status_from_protobuf(&answer.body),
    };
    if answer.status == 200 {
        wrong.extend(partial_wrong(row, &told));
    } else {
        if told["code"] != json!(row.code) {
            wrong.push(format!("code {}", told["code"]));
        }
        let text = told["message"].as_str().unwrap_or_default();
        if text.is_empty() || !text.contains(&row.says) {
            wrong.push(format!("it says {text:?}"));
        }
    }
    wrong
}

/// The empty answer when all is well; else how many spans, and words.
fn partial_wrong(row: &Row, told: &Value) -> Option<String> {
    let partial = &told["partialSuccess"];
    let is_right = match row.refused {
        None => *told == json!({}),
        Some(count) => {
            let text = partial["errorMessage"].as_str().unwrap_or_default();
            partial["rejectedSpans"] == json!(count.to_string())
                && !text.is_empty()
                && text.contains(&row.says)
        }
    };
    (!is_right).then(|| format!("it says {told}"))
}

/// The answer in JSON's form.
fn from_protobuf(bytes: &[u8]) -> Value {
    let answer = ExportTraceServiceResponse::decode(bytes).unwrap();
    answer.partial_success.map_or_else(
        || json!({}),
        |partial| {
            json!({"partialSuccess": {
                "rejectedSpans": partial.rejected_spans.to_string(),
                "errorMessage": partial.error_message,
            }})
        },
    )
}

fn status_from_protobuf(bytes: &[u8]) -> Value {
    let status = RpcStatus::decode(bytes).unwrap();
    json!({"code": status.code, "message": status.message})
}

/// `google.rpc.Status`, with details left as they are.
#[derive(Clone, PartialEq, prost::Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

fn over_grpc(row: &Row, client: &GrpcClient) -> Vec<String> {
    let path = if row.path.is_empty() {
        EXPORT
    } else {
        &row.path
    };
    let headers: Vec<(&str, &str)> = row
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let called = client.call(path, &headers, framed(row));
    let expected = row.grpc.as_deref().unwrap_or_default();
    let mut wrong = Vec::new();
    if expected.starts_with("http ") {
        if expected != format!("http {}", called.http.as_u16()) || called.status.is_some() {
            wrong.push(format!("answered {called:?}"));
        }
        return wrong;
    }
    let kind = called
        .headers
        .get("content-type")
        .map(|kind| kind.as_bytes());
    if called.http != 200 || kind != Some(b"application/grpc") {
        wrong.push(format!("{} {kind:?}", called.http));
    }
    let Some(status) = &called.status else {
        return vec![format!("no status: {called:?}")];
    };
    if format!("{:?}", status.code()) != expected {
        wrong.push(format!("{status:?}"));
    }
    let details = status.details();
    if retry_seconds(details) != row.retry || row.retry.is_none() && !details.is_empty() {
        wrong.push(format!("details {details:?}"));
    }
    if expected == "Ok" {
        wrong.extend(message_of(&called).map_or_else(
            || Some(format!("the answer is no message: {:?}", called.body)),
            |message| partial_wrong(row, &from_protobuf(message)),
        ));
    } else if !status.message().contains(&row.says) || status.message().is_empty() {
        wrong.push(format!("it says {:?}", status.message()));
    }
    wrong
}

fn message_of(called: &Called) -> Option<&[u8]> {
    let (prefix, message) = called.body.split_at_checked(5)?;
    let length = (message.len() as u32).to_be_bytes();
    (prefix[0] == 0 && prefix[1..] == length).then_some(message)
}

/// The seconds of `google.rpc.RetryInfo` in a `google.rpc.Status`; no other detail is known.
fn retry_seconds(details: &[u8]) -> Option<u8> {
    let name = b"type.googleapis.com/google.rpc.RetryInfo\x12\x04\x0a\x02\x08";
    let place = details
        .windows(name.len())
        .position(|bytes| bytes == name)?;
    details.get(place + name.len()).copied()
}

/// The counters of spans and of refused requests, by what they are and their labels.
fn counts(app: &TestApp) -> BTreeMap<String, u64> {
    let text = app.get("/prometheus").text();
    let line = |line: &str| {
        let (name, value) = line.split_once(' ')?;
        let (name, labels) = name.split_once('{')?;
        let what = match name {
            "hopline_spans_accepted_total" => "accepted",
            "hopline_spans_refused_total" => "refused",
            "hopline_ingest_rejected_total" => "rejected",
            "hopline_texts_repaired_total" => "repaired",
            _ => return None,
        };
        let labels: Vec<&str> = labels.split('"').skip(1).step_by(2).collect();
        Some((format!("{what} {}", labels.join(" ")), value.parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

fn grown(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> Vec<String> {
    let grown = after.iter().map(|(name, value)| {
        let more = value - before.get(name).unwrap_or(&0);
        (name, more)
    });
    grown
        .filter(|(_, more)| *more > 0)
        .map(|(name, more)| format!("{name} {more}"))
        .collect()
}

/// What of the trace's first span is not as the row has it.
fn shown(row: &Row, app: &TestApp) -> Vec<String> {
    if row.shows.is_empty() {
        return Vec::new();
    }
    let answer = app.get(&format!("/api/hopline/traces/{}?format=otlp", row.trace_id));
    if answer.status != 200 {
        return vec![format!("the trace is {}", answer.status)];
    }
    let told = answer.json();
    let spans = &told["resourceSpans"][0]["scopeSpans"][0]["spans"];
    let wrong = row.shows.iter().filter_map(|(pointer, expected)| {
        let found = spans.pointer(pointer).unwrap_or(&Value::Null);
        (found != expected).then(|| format!("{pointer} is {found} in {spans}"))
    });
    wrong.collect()
}
