//! Traces that have whatever an answer can tell: retries, loops, messages, links, a clock that is off,
//! orphaned logs, and enough calls of one kind that one can be compared with its peers.
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::description::Operation;
use crate::app::TestApp;
use crate::client::Answer;

pub(super) struct Shop {
    /// What stands for itself in examples.
    names: [(&'static str, String); 4],
    _folder: tempfile::TempDir,
}

/// The trace of the examples.
const TRACE: u128 = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c;
/// Traces of the same calls before it: enough that a hop has peers.
const PEERS: u128 = 40;
/// In milliseconds, a little before the test's moment.
const BEGIN_MS: u64 = 1_700_000_000_000;

impl Shop {
    pub(super) fn send(app: &TestApp) -> Self {
        for number in 0..PEERS {
            send(app, "web", &calls(number + 1, 1 + number as u64));
        }
        send(app, "web", &calls(TRACE, 0));
        send(app, "mail", &consumer());
        send(app, "web", &batch_of_messages());
        send_log(app);
        let folder = tempfile::tempdir().unwrap();
        let names = [
            ("{traceId}", format!("{TRACE:032x}")),
            ("{spanId}", id(1)),
            ("{otherTraceId}", format!("{:032x}", 1)),
            (
                "{emptyFolder}",
                folder.path().join("copy").display().to_string(),
            ),
        ];
        Self {
            names,
            _folder: folder,
        }
    }

    /// A request with these parameters, and with the examples of those that must be given.
    pub(super) fn ask(
        &self,
        app: &TestApp,
        operation: &Operation<'_>,
        request: &[(String, String)],
    ) -> Answer {
        let mut path = operation.path().to_owned();
        let mut query: Vec<(String, String)> = request.to_vec();
        for parameter in operation.parameters() {
            let name = parameter.name();
            if parameter.is_in_path() {
                path = path.replace(&format!("{{{name}}}"), &parameter.example());
            } else if parameter.is_required() && query.iter().all(|(known, _)| known != name) {
                query.push((name.to_owned(), parameter.example()));
            }
        }
        let query: Vec<String> = (query.iter())
            .map(|(name, value)| format!("{name}={}", escaped(&self.told(value))))
            .collect();
        let path = format!("{}?{}", self.told(&path), query.join("&"));
        let (kind, body) = operation
            .body()
            .unwrap_or(("application/json", &Value::Null));
        let body = match body {
            Value::Null => String::new(),
            body => self.told(&body.to_string()),
        };
        let headers = [("content-type", kind)];
        app.ask(&operation.method(), &path, &headers, body.as_bytes())
    }

    fn told(&self, text: &str) -> String {
        let names = self.names.iter();
        names.fold(text.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        })
    }
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn id(number: u64) -> String {
    format!("{number:016x}")
}

struct Call {
    id: u64,
    parent: u64,
    /// OTLP's number.
    kind: u8,
    name: &'static str,
    /// In milliseconds after the trace began.
    from: u64,
    to: u64,
    fields: Value,
}

fn call(id: u64, parent: u64, (kind, name): (u8, &'static str), (from, to): (u64, u64)) -> Call {
    Call {
        id,
        parent,
        kind,
        name,
        from,
        to,
        fields: json!({}),
    }
}

fn tagged(call: Call, fields: Value) -> Call {
    Call { fields, ..call }
}

fn attributes(pairs: &[(&str, &str)]) -> Value {
    let pairs = pairs.iter();
    pairs
        .map(|(key, value)| json!({"key": key, "value": {"stringValue": value}}))
        .collect()
}

/// A request, its calls of one operation in a loop, a call that fails and is tried again, and a message.
fn calls(trace: u128, later: u64) -> Vec<Value> {
    let database = attributes(&[("db.system.name", "mysql"), ("peer.service", "db")]);
    let there = attributes(&[
        ("peer.service", "stock"),
        ("http.request.method", "GET"),
        ("url.full", "http://stock/a"),
    ]);
    let mut all = vec![tagged(
        call(1, 0, (2, "get"), (0, 300)),
        json!({"attributes": attributes(&[("http.route", "/a"), ("x-request-id", "r-1")])}),
    )];
    for number in 0..6 {
        let query = call(
            10 + number,
            1,
            (3, "select"),
            (10 + 10 * number, 18 + 10 * number),
        );
        all.push(tagged(query, json!({"attributes": database})));
    }
    let failed = json!({"attributes": there, "status": {"code": 2, "message": "no"}});
    all.push(tagged(call(30, 1, (3, "GET"), (100, 120)), failed));
    let received = json!([
        {"name": "message", "timeUnixNano": nanos(130), "attributes": [{"key": "message.type", "value": {"stringValue": "RECEIVED"}}]},
        {"name": "message", "timeUnixNano": nanos(135), "attributes": [{"key": "message.type", "value": {"stringValue": "RECEIVED"}}]},
        {"name": "message", "timeUnixNano": nanos(136), "attributes": [{"key": "message.type", "value": {"stringValue": "SENT"}}]}
    ]);
    all.push(tagged(
        call(31, 1, (3, "GET"), (125, 250)),
        json!({"attributes": there, "events": received}),
    ));
    all.push(tagged(
        call(40, 1, (4, "orders publish"), (260, 262)),
        json!({"attributes": attributes(&[("messaging.system", "kafka"), ("messaging.destination.name", "orders")])}),
    ));
    all.iter().map(|call| span(trace, call, later)).collect()
}

fn nanos(ms: u64) -> String {
    ((BEGIN_MS + ms) * 1_000_000).to_string()
}

fn span(trace: u128, call: &Call, later: u64) -> Value {
    let mut span = json!({
        "traceId": format!("{trace:032x}"), "spanId": id(call.id), "name": call.name, "kind": call.kind,
        "startTimeUnixNano": nanos(call.from + later), "endTimeUnixNano": nanos(call.to + later),
    });
    if call.parent != 0 {
        span["parentSpanId"] = json!(id(call.parent));
    }
    for (name, value) in call.fields.as_object().unwrap() {
        span[name] = value.clone();
    }
    span
}

/// Another trace, which begins with the message.
fn consumer() -> Vec<Value> {
    let links = json!([{"traceId": format!("{TRACE:032x}"), "spanId": id(40)}]);
    let consume = call(50, 0, (5, "orders process"), (280, 290));
    let consume = tagged(consume, json!({"links": links}));
    vec![span(0x5000, &consume, 0)]
}

/// A consumer of two messages of its own trace, below one producer and linked to the other.
fn batch_of_messages() -> Vec<Value> {
    let links = json!([{"traceId": format!("{TRACE:032x}"), "spanId": id(40)}, {"traceId": format!("{TRACE:032x}"), "spanId": id(61)}]);
    let sent = call(61, 1, (4, "orders publish"), (263, 264));
    let taken = tagged(
        call(62, 40, (5, "orders process"), (270, 275)),
        json!({"links": links}),
    );
    vec![span(TRACE, &sent, 0), span(TRACE, &taken, 0)]
}

fn send(app: &TestApp, service: &str, spans: &[Value]) {
    post(
        app,
        "/v1/traces",
        &json!({"resourceSpans": [{
            "resource": {"attributes": attributes(&[("service.name", service)])},
            "scopeSpans": [{"scope": {"name": "s"}, "spans": spans}]
        }]}),
    );
}

/// Of a span that never comes.
fn send_log(app: &TestApp) {
    post(
        app,
        "/v1/logs",
        &json!({"resourceLogs": [{
            "resource": {"attributes": attributes(&[("service.name", "web")])},
            "scopeLogs": [{"logRecords": [{
                "traceId": format!("{TRACE:032x}"), "spanId": id(99), "timeUnixNano": nanos(5),
                "body": {"stringValue": "lost"}
            }]}]
        }]}),
    );
}

fn post(app: &TestApp, path: &str, body: &Value) {
    let headers = [("content-type", "application/json")];
    let answer = app.ask("POST", path, &headers, body.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
}
