//! gRPC under pressure and in doubt: every limit answers in words, and the server goes on.
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::Frame;
use prost::Message as _;
use storage::store::StoreError;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::app::TestApp;
use crate::client::Connection;
use crate::grpc::{request, span};
use crate::grpc_client::{Called, EXPORT, GrpcClient, Pieces, framed};
use crate::limits::Failing;

const TRACES: &str = "opentelemetry.proto.collector.trace.v1.TraceService";

fn send(pieces: &Pieces, bytes: &[u8]) {
    pieces.send(Ok(Frame::data(bytes.to_vec().into()))).unwrap();
}

fn held(app: &TestApp) -> u64 {
    let status = app.get("/api/hopline/status").json();
    status["ingest"]["memoryBytes"].as_u64().unwrap()
}

/// Polls until it is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "never: {what}");
    }
}

/// Unavailable, and when to come back: `google.rpc.Status` with `RetryInfo`, decoded by hand.
fn assert_retry(called: &Called, seconds: u8) {
    assert_eq!(called.code(), Some(Code::Unavailable), "{called:?}");
    let details = called.status.as_ref().unwrap().details();
    let name = b"\x0a\x28type.googleapis.com/google.rpc.RetryInfo";
    let info = [name.as_slice(), &[0x12, 4, 0x0a, 2, 0x08, seconds]].concat();
    let any = [&[0x1a, info.len() as u8], info.as_slice()].concat();
    assert!(details.starts_with(&[0x08, 14, 0x12]), "{details:?}");
    assert!(details.ends_with(&any), "{details:?}\n{any:?}");
}

#[test]
fn bodies_beyond_the_memory_are_told_to_come_back() {
    let app = TestApp::start_with(&["--ingest-memory", "64KiB"], &[]);
    let client = GrpcClient::open(app.grpc);
    let (pieces, call) = client.begin(EXPORT, &[]);
    // Announces 60,000 bytes and sends none.
    send(&pieces, &[0, 0, 0, 0xea, 0x60]);
    until("the memory is taken", || held(&app) > 0);
    let spans = request(vec![span(1); 400]).encode_to_vec();
    assert!(spans.len() > 8_000);
    assert_retry(&client.call(EXPORT, &[], framed(0, &spans)), 1);
    // Who leaves gives it back.
    call.abort();
    until("the memory is given back", || held(&app) == 0);
    let called = client.call(EXPORT, &[], framed(0, &spans));
    assert_eq!(called.code(), Some(Code::Ok));
}

#[test]
fn what_the_store_says_reaches_the_client() {
    let failing = |error| TestApp::start_over(Arc::new(Failing(error)), &[], &[]);
    let spans = framed(0, &request(vec![span(1)]).encode_to_vec());
    let app = failing(|| StoreError::Overloaded("a queue is full".to_owned()));
    assert_retry(
        &GrpcClient::open(app.grpc).call(EXPORT, &[], spans.clone()),
        1,
    );
    let app = failing(|| StoreError::Unavailable("the disk is full".to_owned()));
    assert_retry(
        &GrpcClient::open(app.grpc).call(EXPORT, &[], spans.clone()),
        5,
    );
    let app = failing(|| StoreError::Corrupt("block 7".to_owned()));
    let called = GrpcClient::open(app.grpc).call(EXPORT, &[], spans.clone());
    assert_eq!(called.code(), Some(Code::Internal));

    let app = failing(|| panic!("a bug that a test planted"));
    let client = GrpcClient::open(app.grpc);
    for _ in 0..2 {
        let called = client.call(EXPORT, &[], spans.clone());
        assert_eq!(called.code(), Some(Code::Internal));
        assert!(called.status.unwrap().message().contains("bug"));
    }
    assert_eq!(app.get("/api/hopline/status").json()["panicsCaught"], 2);
}

#[test]
fn a_slow_message_is_out_of_time() {
    let app = TestApp::start_with(&["--body-timeout", "100ms"], &[]);
    let client = GrpcClient::open(app.grpc);
    let (pieces, call) = client.begin(EXPORT, &[]);
    send(&pieces, &framed(0, b"12345678")[..7]);
    let called = client.wait(call).unwrap().unwrap();
    assert_eq!(called.code(), Some(Code::DeadlineExceeded), "{called:?}");
}

#[test]
fn a_hundred_calls_at_once_on_one_connection_are_all_kept() {
    let app = TestApp::start();
    let client = GrpcClient::open(app.grpc);
    let mut calls = Vec::new();
    for trace in 1..=100 {
        let body = framed(0, &request(vec![span(trace)]).encode_to_vec());
        let (pieces, call) = client.begin(EXPORT, &[]);
        send(&pieces, &body[..body.len() / 2]);
        calls.push((pieces, body, call));
    }
    // Each holds at least one granule.
    until("all are under way", || held(&app) >= 100 << 10);
    for (pieces, body, call) in calls {
        send(&pieces, &body[body.len() / 2..]);
        drop(pieces);
        let called = client.wait(call).unwrap().unwrap();
        assert_eq!(called.code(), Some(Code::Ok), "{called:?}");
    }
    assert_eq!(app.store.status().spans_written, 100);
    assert_eq!(held(&app), 0);
}

#[test]
fn a_client_that_leaves_midway_costs_nothing() {
    let app = TestApp::start();
    let body = framed(0, &request(vec![span(1); 50]).encode_to_vec());
    let client = GrpcClient::open(app.grpc);
    for leaves in ["the call", "the connection"] {
        let other = GrpcClient::open(app.grpc);
        let (pieces, call) = other.begin(EXPORT, &[]);
        send(&pieces, &body[..body.len() / 2]);
        until("the call is under way", || held(&app) > 0);
        if leaves == "the call" {
            call.abort();
        } else {
            drop(other);
        }
        until(leaves, || held(&app) == 0);
    }
    assert_eq!(client.call(EXPORT, &[], body).code(), Some(Code::Ok));
    assert_eq!(app.store.status().spans_written, 50);
}

#[test]
fn a_call_that_is_held_is_answered_and_an_idle_connection_does_not_hold_the_end() {
    let mut app = TestApp::start();
    let body = framed(0, &request(vec![span(1)]).encode_to_vec());
    let idle = GrpcClient::open(app.grpc);
    assert_eq!(idle.call(EXPORT, &[], body.clone()).code(), Some(Code::Ok));
    let silent = Connection::open(app.grpc);
    let client = GrpcClient::open(app.grpc);
    let (pieces, call) = client.begin(EXPORT, &[]);
    send(&pieces, &body[..9]);
    until("the call is held", || held(&app) > 0);
    app.begin_stop();
    until("no new connection is taken", || {
        std::net::TcpStream::connect(app.grpc).is_err()
    });
    send(&pieces, &body[9..]);
    drop(pieces);
    let called = client.wait(call).unwrap().unwrap();
    assert_eq!(called.code(), Some(Code::Ok), "{called:?}");
    let begun = Instant::now();
    app.stop();
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    drop((idle, silent));
}

#[test]
fn a_preface_in_pieces_and_a_method_in_pieces_are_told_apart() {
    let app = TestApp::start();
    let mut connection = Connection::open(app.http);
    for piece in ["P", "R", "OPFIND / HTTP/1.1\r\nhost: x\r\n\r\n"] {
        connection.send(piece.as_bytes()).unwrap();
    }
    assert_eq!(connection.answer(false).unwrap().status, 404);
    let mut stream = std::net::TcpStream::connect(app.http).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream.set_nodelay(true).unwrap();
    for piece in ["PRI * HTT", "P/2.0\r\n\r\nSM", "\r\n\r\n"] {
        stream.write_all(piece.as_bytes()).unwrap();
    }
    // An empty SETTINGS; the server's own comes first in any case.
    stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).unwrap();
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).unwrap();
    assert_eq!((frame[3], &frame[5..]), (4, &[0; 4][..]), "{frame:?}");
}

#[test]
fn health_is_what_the_store_says() {
    let ask = |app: &TestApp, service: &str| {
        let client = GrpcClient::open(app.grpc);
        let question = HealthCheckRequest {
            service: service.to_owned(),
        };
        client.wait(async {
            let mut health = HealthClient::new(client.channel.clone());
            let checked = health.check(Request::new(question.clone())).await;
            let mut watched = health.watch(question).await.unwrap().into_inner();
            let first = watched.message().await.unwrap().unwrap();
            let checked = checked.map(|answer| answer.into_inner().status());
            (checked.map_err(|status| status.code()), first.status())
        })
    };
    let app = TestApp::start();
    for service in ["", TRACES] {
        let up = ServingStatus::Serving;
        assert_eq!(ask(&app, service), (Ok(up), up), "{service}");
    }
    let unknown = ServingStatus::ServiceUnknown;
    assert_eq!(ask(&app, "nothing"), (Err(Code::NotFound), unknown));
    let failing = Failing(|| StoreError::Unavailable("the disk is full".to_owned()));
    let app = TestApp::start_over(Arc::new(failing), &[], &[]);
    let down = ServingStatus::NotServing;
    assert_eq!(ask(&app, ""), (Ok(down), down));
}

#[test]
fn reflection_lists_the_services_and_describes_their_messages() {
    let app = TestApp::start();
    let client = GrpcClient::open(app.grpc);
    let ask = |question: MessageRequest| {
        client.wait(async {
            let request = ServerReflectionRequest {
                host: String::new(),
                message_request: Some(question),
            };
            let mut reflection = ServerReflectionClient::new(client.channel.clone());
            let answers = reflection
                .server_reflection_info(tokio_stream::once(request))
                .await;
            let answer = answers
                .unwrap()
                .into_inner()
                .message()
                .await
                .unwrap()
                .unwrap();
            answer.message_response.unwrap()
        })
    };
    let MessageResponse::ListServicesResponse(list) = ask(MessageRequest::ListServices("*".into()))
    else {
        panic!("it lists");
    };
    let names: Vec<&str> = list
        .service
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    for name in [
        TRACES,
        "opentelemetry.proto.collector.logs.v1.LogsService",
        "opentelemetry.proto.collector.metrics.v1.MetricsService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    assert!(!names.iter().any(|name| name.contains("profiles")));
    let symbol = "opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest";
    let MessageResponse::FileDescriptorResponse(files) =
        ask(MessageRequest::FileContainingSymbol(symbol.to_owned()))
    else {
        panic!("it describes");
    };
    let file = prost_types::FileDescriptorProto::decode(&*files.file_descriptor_proto[0]).unwrap();
    assert!(
        file.service
            .iter()
            .any(|service| service.name() == "TraceService")
    );
}
