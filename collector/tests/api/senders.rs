//! Who is sending: what `/api/hopline/senders` says of clients that did well, badly and both.
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use serde_json::{Value, json};

use crate::app::{NOW_MS, TestApp, span_json};
use crate::grpc::{request, span};
use crate::grpc_client::{EXPORT, GrpcClient, framed};

const PYTHON: &str = "OTel-OTLP-Exporter-Python/1.27.0";

fn of_python(service: &str, version: &str, spans: Vec<Span>) -> ExportTraceServiceRequest {
    let mut request = request(spans);
    let pair = |key: &str, value: &str| KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue {
            value: Some(any_value::Value::StringValue(value.to_owned())),
        }),
        ..KeyValue::default()
    };
    request.resource_spans[0].resource = Some(Resource {
        attributes: vec![
            pair("telemetry.sdk.language", "python"),
            pair("service.name", service),
            pair("telemetry.sdk.name", "opentelemetry"),
            pair("telemetry.sdk.version", version),
        ],
        ..Resource::default()
    });
    request
}

fn post(app: &TestApp, path: &str, agent: &str, kind: &str, body: &[u8]) -> u16 {
    let headers = [("user-agent", agent), ("content-type", kind)];
    app.ask("POST", path, &headers, body).status
}

fn senders(app: &TestApp) -> Value {
    let answer = app.get("/api/hopline/senders");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

fn sender(all: &Value, agent: &Value, transport: &str, format: &str) -> Value {
    let found = all["senders"].as_array().unwrap().iter().find(|row| {
        row["userAgent"] == *agent && row["transport"] == transport && row["format"] == format
    });
    found
        .unwrap_or_else(|| panic!("{agent} {transport} {format}: {all:#}"))
        .clone()
}

#[test]
fn a_sender_is_told_with_all_that_came_of_it() {
    let app = TestApp::start();
    let kind = "application/x-protobuf";
    let bad = Span {
        span_id: vec![0; 8],
        ..span(1)
    };
    let good = of_python("shop", "1.27.0", vec![span(1), span(2), bad]).encode_to_vec();
    assert_eq!(post(&app, "/v1/traces", PYTHON, kind, &good), 200);
    let other = of_python("stock", "1.28.0", vec![span(3)]).encode_to_vec();
    assert_eq!(post(&app, "/v1/traces", PYTHON, kind, &other), 200);
    assert_eq!(post(&app, "/v1/traces", PYTHON, kind, b"no protobuf"), 400);
    let told = sender(&senders(&app), &json!(PYTHON), "http", "otlp_protobuf");
    let text = told["lastRefusal"]["text"].as_str().unwrap();
    assert!(!text.is_empty());
    let expected = json!({
        "userAgent": PYTHON,
        "transport": "http",
        "format": "otlp_protobuf",
        "sdks": [
            {"language": "python", "name": "opentelemetry", "version": "1.27.0", "spans": 2},
            {"language": "python", "name": "opentelemetry", "version": "1.28.0", "spans": 1},
        ],
        "services": ["shop", "stock"],
        "namesLeftOut": false,
        "requests": 3,
        "requestsRefused": {"unreadable": 1},
        "bytes": good.len() + other.len() + "no protobuf".len(),
        "spansAccepted": 3,
        "spansUnsampled": 0,
        "spansRefused": {"invalid_id": 1},
        "firstMs": NOW_MS,
        "lastMs": NOW_MS,
        "lastAcceptedMs": NOW_MS,
        "lastRefusal": {"atMs": NOW_MS, "text": text},
    });
    assert_eq!(told, expected);
    let metrics = app.get("/prometheus").text();
    for line in [
        "hopline_sender_spans_total{format=\"otlp_protobuf\",language=\"python\"} 3",
        "hopline_senders 1",
        "hopline_senders_other_requests 0",
    ] {
        assert!(
            metrics.lines().any(|other| other == line),
            "{line}\n{metrics}"
        );
    }
}

#[test]
fn every_door_and_format_is_told_apart() {
    let app = TestApp::start();
    let json_span = format!("[{}]", span_json("a1", "b1", ""));
    let v1 = r#"[{"traceId":"a2","id":"b2","name":"n","annotations":[{"timestamp":1700000000000000,
        "value":"sr","endpoint":{"serviceName":"old"}}]}]"#;
    assert_eq!(
        post(
            &app,
            "/api/v2/spans",
            "zipkin-js/1",
            "application/json",
            json_span.as_bytes()
        ),
        202
    );
    assert_eq!(
        post(
            &app,
            "/api/v1/spans",
            "zipkin-js/1",
            "application/json",
            v1.as_bytes()
        ),
        202
    );
    assert_eq!(
        post(
            &app,
            "/api/v2/spans",
            "zipkin-js/1",
            "application/json",
            b"[{]"
        ),
        400
    );
    let client = GrpcClient::open(app.grpc);
    let bytes = of_python("shop", "1", vec![span(4)]).encode_to_vec();
    client.call(EXPORT, &[("user-agent", "own/1")], framed(0, &bytes));
    client.call(EXPORT, &[("user-agent", "own/1")], framed(7, &bytes));
    // Without a name, and without a content type of ours.
    let answer = app.ask(
        "POST",
        "/v1/traces",
        &[("content-type", "text/plain")],
        b"x",
    );
    assert_eq!(answer.status, 415);

    let all = senders(&app);
    let v2 = sender(&all, &json!("zipkin-js/1"), "http", "zipkin_json");
    assert_eq!(
        (&v2["spansAccepted"], &v2["services"]),
        (&json!(1), &json!(["shop"]))
    );
    assert_eq!(v2["requestsRefused"], json!({"unreadable": 1}));
    let v1 = sender(&all, &json!("zipkin-js/1"), "http", "zipkin_v1_json");
    assert_eq!(
        (&v1["spansAccepted"], &v1["services"]),
        (&json!(1), &json!(["old"]))
    );
    let agent = &all["senders"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["transport"] == "grpc");
    // tonic adds its own name behind.
    let grpc = agent.unwrap();
    assert!(
        grpc["userAgent"].as_str().unwrap().starts_with("own/1"),
        "{grpc}"
    );
    assert_eq!(
        (&grpc["spansAccepted"], &grpc["requests"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(grpc["requestsRefused"], json!({"unreadable": 1}));
    let nobody = sender(&all, &json!(null), "http", "otlp_protobuf");
    assert_eq!(nobody["requestsRefused"], json!({"unsupported_type": 1}));
    assert_eq!(nobody["lastAcceptedMs"], json!(null));
}

#[test]
fn what_clients_choose_is_bounded_and_cannot_be_more_than_text() {
    let app = TestApp::start();
    let body = format!("[{}]", span_json("a1", "b1", ""));
    let long = format!("<script>/1 (a comment) {}", "x".repeat(4_000));
    let headers = [
        ("user-agent", long.as_str()),
        ("content-type", "application/json"),
    ];
    let mut connection = crate::client::Connection::open(app.http);
    for number in 0..1_200 {
        let request = format!(
            "POST /api/v2/spans HTTP/1.1\r\nhost: test\r\nuser-agent: flood/{number}\r\n\
             content-length: 2\r\n\r\n[]"
        );
        connection.send(request.as_bytes()).unwrap();
        assert_eq!(connection.answer(false).unwrap().status, 202);
    }
    app.ask("POST", "/api/v2/spans", &headers, body.as_bytes());
    let all = senders(&app);
    assert_eq!(all["senders"].as_array().unwrap().len(), 1_000);
    assert_eq!(
        (&all["sendersMax"], &all["othersRequests"]),
        (&json!(1_000), &json!(201))
    );
    assert_eq!(all["others"]["requests"], 201);
    assert_eq!(all["others"]["spansAccepted"], 1);
    assert_eq!(all["others"]["userAgent"], json!(null));

    let app = TestApp::start();
    app.ask("POST", "/api/v2/spans", &headers, body.as_bytes());
    let all = senders(&app);
    let agent = all["senders"][0]["userAgent"].as_str().unwrap();
    assert!(
        agent.starts_with("<script>/1 xxx") && agent.len() == 128,
        "{agent}"
    );
    let metrics = app.get("/prometheus").text();
    assert!(!metrics.contains("script"), "{metrics}");
}

#[test]
fn the_answer_is_closed_with_the_query_api_and_to_pages_of_others() {
    let app = TestApp::start_with(&[], &[("QUERY_ENABLED", "false")]);
    assert_eq!(app.get("/api/hopline/senders").status, 404);
    let app = TestApp::start();
    let origin = [("origin", "https://a.example")];
    let answer = app.ask("GET", "/api/hopline/senders", &origin, b"");
    assert_eq!(answer.header("access-control-allow-origin"), None);
    let empty = json!({"senders": [], "sendersMax": 1_000, "others": null, "othersRequests": 0});
    assert_eq!(answer.json(), empty);
}
