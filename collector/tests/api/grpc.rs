//! OTLP over gRPC, from outside: what it answers by the rules of its specification.
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use prost::Message as _;
use tonic::Code;

use crate::app::TestApp;
use crate::client::Connection;
use crate::grpc_client::{EXPORT, GrpcClient, PACKINGS, framed};
use crate::ingest::{gzip, zlib};
use crate::otlp_requests::requests;

pub(crate) fn request(spans: Vec<Span>) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            scope_spans: vec![ScopeSpans {
                spans,
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    }
}

pub(crate) fn span(trace: u8) -> Span {
    Span {
        trace_id: vec![trace; 16],
        span_id: vec![1; 8],
        name: "a".to_owned(),
        start_time_unix_nano: 1_700_000_000_000_000_000,
        end_time_unix_nano: 1_700_000_000_001_000_000,
        ..Span::default()
    }
}

fn path_of(trace: u8) -> String {
    format!("/api/v2/trace/{}", format!("{trace:02x}").repeat(16))
}

pub(crate) fn zstd(plain: &[u8]) -> Vec<u8> {
    zstd::encode_all(plain, 3).unwrap()
}

#[test]
fn every_door_takes_every_packing_and_answers_nothing_to_say() {
    let app = TestApp::start();
    let mut trace = 0;
    for address in [app.grpc, app.otlp, app.http] {
        let client = GrpcClient::open(address);
        for packing in PACKINGS {
            trace += 1;
            let answer = client.export(request(vec![span(trace)]), packing).unwrap();
            assert_eq!(answer.partial_success, None);
            assert_eq!(app.get(&path_of(trace)).status, 200, "{packing:?}");
        }
    }
    let metrics = app.get("/metrics").json();
    assert_eq!(metrics["counter.zipkin_collector.messages.otel/grpc"], 9.0);
    assert_eq!(metrics["counter.zipkin_collector.spans.otel/grpc"], 9.0);
    assert_eq!(metrics["counter.zipkin_collector.messages.otel/http"], 0.0);
    let text = app.get("/prometheus").text();
    for line in [
        "hopline_grpc_requests_total{service=\"opentelemetry.proto.collector.trace.v1.TraceService\",\
         door=\"grpc\",code=\"Ok\"} 3",
        "hopline_spans_accepted_total{format=\"otlp_protobuf\"} 9",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n{text}");
    }
}

#[test]
fn refused_spans_are_counted_in_partial_success_and_the_others_are_kept() {
    let app = TestApp::start();
    let bad = Span {
        trace_id: vec![0; 16],
        ..span(1)
    };
    let mixed = request(vec![span(1), bad]);
    let over_grpc = GrpcClient::open(app.grpc)
        .export(mixed.clone(), None)
        .unwrap();
    let partial = over_grpc.partial_success.clone().unwrap();
    assert_eq!(partial.rejected_spans, 1);
    assert!(partial.error_message.contains("trace"), "{partial:?}");
    assert_eq!(app.get(&path_of(1)).status, 200);
    let headers = [("content-type", "application/x-protobuf")];
    let over_http = app.ask("POST", "/v1/traces", &headers, &mixed.encode_to_vec());
    assert_eq!(over_grpc.encode_to_vec(), over_http.body);
}

#[test]
fn the_same_requests_give_the_same_traces_as_over_http() {
    let (grpc, http) = (TestApp::start(), TestApp::start());
    let client = GrpcClient::open(grpc.grpc);
    let mut runner = TestRunner::deterministic();
    let mut kept = 0;
    for round in 0..60 {
        let request = requests().new_tree(&mut runner).unwrap().current();
        let bytes = request.encode_to_vec();
        let headers = [("content-type", "application/x-protobuf")];
        let over_http = http.ask("POST", "/v1/traces", &headers, &bytes);
        assert_eq!(over_http.status, 200, "{round}");
        let packing = PACKINGS[round % PACKINGS.len()];
        let over_grpc = client.export(request.clone(), packing).unwrap();
        assert_eq!(over_grpc.encode_to_vec(), over_http.body, "{round}");
        let spans = request
            .resource_spans
            .iter()
            .flat_map(|resource| &resource.scope_spans);
        for span in spans.flat_map(|scope| &scope.spans) {
            let id: String = span
                .trace_id
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            for path in [
                format!("/api/v2/trace/{id}"),
                format!("/api/hopline/traces/{id}"),
            ] {
                let (one, other) = (grpc.get(&path), http.get(&path));
                assert_eq!(
                    (one.status, one.text()),
                    (other.status, other.text()),
                    "{path}"
                );
                kept += usize::from(one.status == 200);
            }
        }
    }
    assert!(kept > 50, "{kept}");
}

/// What a client sends: its headers, its body, and the code it is answered.
type Row = (&'static [(&'static str, &'static str)], Vec<u8>, Code);

fn rows() -> Vec<Row> {
    let good = request(vec![span(7)]).encode_to_vec();
    let many = request(vec![span(7); 3_000]).encode_to_vec();
    let bomb = vec![0; 200_000];
    const GZIP: &[(&str, &str)] = &[("grpc-encoding", "gzip")];
    const ZSTD: &[(&str, &str)] = &[("grpc-encoding", "zstd")];
    vec![
        (&[], framed(0, &good), Code::Ok),
        (&[], framed(0, b""), Code::Ok),
        (
            &[("content-type", "application/grpc+proto")],
            framed(0, &good),
            Code::Ok,
        ),
        (&[("grpc-encoding", "identity")], framed(0, &good), Code::Ok),
        (GZIP, framed(0, &good), Code::Ok),
        (GZIP, framed(1, &gzip(&good)), Code::Ok),
        (ZSTD, framed(1, &zstd(&good)), Code::Ok),
        (
            &[("grpc-encoding", "deflate")],
            framed(1, &zlib(&good)),
            Code::Ok,
        ),
        // Nothing, packed, and nothing that says that it is packed.
        (GZIP, framed(1, &gzip(b"")), Code::Ok),
        (ZSTD, framed(1, &zstd(b"")), Code::Ok),
        (ZSTD, framed(1, b""), Code::Ok),
        // What cannot be read.
        (&[], Vec::new(), Code::InvalidArgument),
        (&[], vec![0, 0, 0], Code::InvalidArgument),
        (
            &[],
            framed(0, &good[..good.len() - 1]),
            Code::InvalidArgument,
        ),
        (&[], framed(0, b"\xff\xff\xff\xff"), Code::InvalidArgument),
        (&[], framed(1, &gzip(&good)), Code::InvalidArgument),
        (&[], framed(2, &good), Code::InvalidArgument),
        (
            &[],
            [framed(0, &good), framed(0, &good)].concat(),
            Code::InvalidArgument,
        ),
        (&[], framed(0, &good)[..20].to_vec(), Code::InvalidArgument),
        (GZIP, framed(1, &good), Code::InvalidArgument),
        (GZIP, framed(1, &gzip(&good)[..12]), Code::InvalidArgument),
        (ZSTD, framed(1, &good), Code::InvalidArgument),
        (ZSTD, framed(1, &zstd(&good)[..12]), Code::InvalidArgument),
        // What is too large: never a code that a client sends again.
        (&[], framed(0, &many), Code::ResourceExhausted),
        (&[], b"\0\xff\xff\xff\xff".to_vec(), Code::ResourceExhausted),
        (GZIP, framed(1, &gzip(&bomb)), Code::ResourceExhausted),
        (ZSTD, framed(1, &zstd(&bomb)), Code::ResourceExhausted),
        (
            &[("grpc-encoding", "snappy")],
            framed(1, &good),
            Code::Unimplemented,
        ),
    ]
}

#[test]
fn every_row_is_answered_with_its_code_and_the_connection_goes_on() {
    let flags = ["--body-max", "50KiB", "--body-inflated-max", "100KiB"];
    let app = TestApp::start_with(&flags, &[]);
    let client = GrpcClient::open(app.grpc);
    for (number, (headers, body, code)) in rows().into_iter().enumerate() {
        let called = client.call(EXPORT, headers, body);
        assert_eq!(called.code(), Some(code), "row {number}: {called:?}");
        assert_eq!(called.http, 200, "row {number}");
        let status = called.status.unwrap();
        assert_eq!(
            status.message().is_empty(),
            code == Code::Ok,
            "row {number}"
        );
        assert!(status.details().is_empty(), "row {number}: {status:?}");
    }
    let status = app.get("/api/hopline/status").json();
    assert_eq!(status["ingest"]["memoryBytes"], 0);
    assert_eq!(status["ingest"]["requestsRejected"], 17);
}

#[test]
fn a_bomb_of_64_mib_is_resource_exhausted_and_its_memory_is_given_back() {
    let app = TestApp::start();
    let client = GrpcClient::open(app.grpc);
    let plain = vec![0; 65 << 20];
    for (name, packed) in [("gzip", gzip(&plain)), ("zstd", zstd(&plain))] {
        assert!(packed.len() < 100_000);
        let called = client.call(EXPORT, &[("grpc-encoding", name)], framed(1, &packed));
        assert_eq!(
            called.code(),
            Some(Code::ResourceExhausted),
            "{name}: {called:?}"
        );
    }
    let status = app.get("/api/hopline/status").json();
    assert_eq!(status["ingest"]["memoryBytes"], 0);
}

#[test]
fn what_is_not_a_call_is_told_so() {
    let app = TestApp::start();
    let client = GrpcClient::open(app.grpc);
    for path in [
        "/nothing.Service/Export",
        "/",
        &EXPORT.replace("Export", "Import"),
    ] {
        let called = client.call(path, &[], framed(0, b""));
        assert_eq!(
            called.code(),
            Some(Code::Unimplemented),
            "{path}: {called:?}"
        );
    }
    for kind in [
        "application/grpc-web",
        "application/grpc+json",
        "application/json",
    ] {
        let called = client.call(EXPORT, &[("content-type", kind)], framed(0, b""));
        assert_eq!((called.http.as_u16(), called.code()), (415, None), "{kind}");
        assert!(
            String::from_utf8_lossy(&called.body).contains("HTTP/1.1"),
            "{called:?}"
        );
    }
}

#[test]
fn an_exporter_of_the_other_protocol_is_served_on_either_port() {
    let app = TestApp::start();
    let body = request(vec![span(5)]).encode_to_vec();
    let headers = [("content-type", "application/x-protobuf")];
    let mut connection = Connection::open(app.grpc);
    for path in ["/v1/traces", "/"] {
        let answer = connection.ask("POST", path, &headers, &body).unwrap();
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{path}");
    }
    assert_eq!(app.get(&path_of(5)).status, 200);
}
