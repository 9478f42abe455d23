//! Any bytes at all: decoders answer or refuse, in bounded time and memory, and never panic.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
use std::time::{Duration, Instant};

use bytes::Bytes;
use collector::wire::zipkin_list::{ListFormat, check_list};
use collector::wire::{
    Decoded, Undecodable, file, hopline_json, jaeger_json, otlp_json, otlp_logs_json,
    otlp_logs_proto, otlp_metrics, otlp_proto, zipkin_json, zipkin_proto, zipkin_thrift,
    zipkin_v1_json,
};
use proptest::collection::vec;
use proptest::prelude::*;
use storage::contract::generate::Dice;

#[path = "wire/thrift_spans.rs"]
mod thrift_spans;
#[path = "wire/zipkin_messages.rs"]
mod zipkin_messages;

type Decode = fn(Bytes) -> Result<Decoded, Undecodable>;

const DECODERS: [(&str, Decode); 12] = [
    ("zipkin_json", zipkin_json::decode),
    ("zipkin_v1_json", zipkin_v1_json::decode),
    ("zipkin_thrift", zipkin_thrift::decode),
    ("zipkin_proto", zipkin_proto::decode),
    ("jaeger_json", jaeger_json::decode),
    ("hopline_json", hopline_json::decode),
    ("otlp_json", otlp_json::decode),
    ("otlp_proto", otlp_proto::decode),
    ("otlp_logs_json", otlp_logs_json::decode),
    ("otlp_logs_proto", otlp_logs_proto::decode),
    ("otlp_metrics_json", otlp_metrics::decode_json),
    ("otlp_metrics_proto", otlp_metrics::decode_proto),
];

/// Given any bytes, then every decoder comes back, and what it kept can be read.
fn check(body: &[u8]) {
    let _ = check_list(body, ListFormat::JsonV2);
    if let Ok(file) = file::read(Bytes::copy_from_slice(body)) {
        assert!(!file.is_empty());
        assert!(file.batches.iter().all(|batch| batch.to_spans().is_ok()));
    }
    for (name, decode) in DECODERS {
        let began = Instant::now();
        if let Ok(decoded) = decode(Bytes::copy_from_slice(body)) {
            let spans = decoded
                .batch
                .to_spans()
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(spans.len(), decoded.batch.len());
            let _ = zipkin_json::encode_spans(&spans);
        }
        // Debug builds are slow, and so are shared machines: this catches squares, not snails.
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{name} took {:?}",
            began.elapsed()
        );
    }
}

const ZIPKIN: &str = r#"[{"traceId":"463ac35c9f6413ad","parentId":"1","id":"a2fb4a1d1a96d312","kind":"SERVER","name":"get /","timestamp":1472470996199000,"duration":207000,"localEndpoint":{"serviceName":"fröntend","ipv4":"127.0.0.1","port":80},"remoteEndpoint":{"ipv6":"::1"},"annotations":[{"timestamp":1,"value":"a\nb"}],"tags":{"http.path":"/\u00e9","n":1},"shared":true}]"#;

/// A call of which both sides are in one span, and a local span.
const ZIPKIN_V1: &str = r#"[{"traceId":"463ac35c9f6413ad48485a3953bb6124","parentId":"1","id":"a2fb4a1d1a96d312","name":"get /","timestamp":1472470996199000,"duration":207000,"annotations":[{"timestamp":1472470996199000,"value":"cs","endpoint":{"serviceName":"fröntend","ipv4":"127.0.0.1","port":80}},{"timestamp":1472470996238000,"value":"sr","endpoint":{"serviceName":"backend","ipv6":"2001:db8::1"}},{"timestamp":1472470996403000,"value":"ss","endpoint":{"serviceName":"backend","ipv6":"2001:db8::1"}},{"timestamp":1472470996406000,"value":"cr","endpoint":{"serviceName":"fröntend","ipv4":"127.0.0.1","port":80}}],"binaryAnnotations":[{"key":"sa","value":true,"endpoint":{"serviceName":"backend","ipv6":"2001:db8::1"}},{"key":"http.path","value":"/api","endpoint":{"serviceName":"fröntend","ipv4":"127.0.0.1","port":80}}]},{"traceId":"463ac35c9f6413ad48485a3953bb6124","id":"2","debug":true,"binaryAnnotations":[{"key":"lc","value":"","endpoint":{"serviceName":"backend"}}]}]"#;

const OTLP: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"scopeSpans":[{"scope":{"name":"n","version":"1"},"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","parentSpanId":"eee19b7ec3c1b173","name":"I'm","startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000","kind":2,"attributes":[{"key":"k","value":{"arrayValue":{"values":[{"intValue":"1"},{"doubleValue":1.5}]}}}],"events":[{"timeUnixNano":1,"name":"e"}],"links":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"}],"status":{"code":2,"message":"m"}}]}]}]}"#;

const JAEGER: &str = r#"{"data":[{"traceID":"5b8efff798038103d269b633813fc60c","spans":[{"traceID":"5b8efff798038103d269b633813fc60c","spanID":"eee19b7ec3c1b174","flags":1,"operationName":"I'm","references":[{"refType":"CHILD_OF","traceID":"5b8efff798038103d269b633813fc60c","spanID":"1"},{"refType":"FOLLOWS_FROM","traceID":"2","spanID":"3"}],"startTime":1544712660000000,"duration":1000000,"tags":[{"key":"span.kind","type":"string","value":"server"},{"key":"error","type":"bool","value":true},{"key":"n","type":"int64","value":5},{"key":"d","type":"float64","value":1.5},{"key":"b","type":"binary","value":"AAEC"},{"key":"w3c.tracestate","type":"string","value":"a=b"},{"key":"otel.scope.name","type":"string","value":"lib"}],"logs":[{"timestamp":1544712660000001,"fields":[{"key":"event","type":"string","value":"e"},{"key":"k","type":"string","value":"v"}]}],"processID":"p1","warnings":["clock skew"]}],"processes":{"p1":{"serviceName":"s","tags":[{"key":"host","type":"string","value":"h"}]}},"warnings":null}]}"#;

const HOPLINE: &str = r#"{"traceId":"463ac35c9f6413ad48485a3953bb6124","hops":[],"spans":[{"spanId":"0000000000000001","parentSpanId":null,"kind":"SERVER","operation":"a","startTimeUnixNano":"1700000000000000000","durationNano":5,"offsetNano":1,"statusCode":"ERROR","statusMessage":"m","localEndpoint":{"serviceName":"s","ipv4":"127.0.0.1","ipv6":null,"port":80},"remoteEndpoint":null,"attributes":[{"key":"k","value":[1,2.5,{"a":null}]}],"events":[{"timeUnixNano":"5","name":"e","attributes":[]}],"links":[{"traceId":"0a","spanId":"0b","attributes":[]}],"resource":[{"key":"service.name","value":"s"}],"scope":{"name":"n","version":"1"}}]}"#;

fn proto() -> Vec<u8> {
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use prost::Message as _;
    serde_json::from_str::<ExportTraceServiceRequest>(OTLP)
        .unwrap()
        .encode_to_vec()
}

const LOGS: &str = r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"scopeLogs":[{"scope":{"name":"n"},"logRecords":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","timeUnixNano":"1544712660000000000","observedTimeUnixNano":"1544712660000000001","severityNumber":9,"severityText":"Info","eventName":"e","body":{"kvlistValue":{"values":[{"key":"k","value":{"arrayValue":{"values":[{"intValue":"1"},{"doubleValue":1.5}]}}}]}},"attributes":[{"key":"event.name","value":{"stringValue":"x"}}],"droppedAttributesCount":1,"flags":1},{"body":{"stringValue":"of no span"}}]}]}]}"#;

const METRICS: &str = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","sum":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":"1","asInt":"5","attributes":[{"key":"k","value":{"boolValue":true}}]},{}]}},{"name":"g","gauge":{"dataPoints":[{"asDouble":0.5}]}}]}]}]}"#;

fn proto_logs() -> Vec<u8> {
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use prost::Message as _;
    serde_json::from_str::<ExportLogsServiceRequest>(LOGS)
        .unwrap()
        .encode_to_vec()
}

fn bodies() -> [Vec<u8>; 11] {
    let text = |text: &str| text.as_bytes().to_vec();
    [
        zipkin_messages(),
        thrift(),
        text(ZIPKIN_V1),
        text(ZIPKIN),
        text(JAEGER),
        text(HOPLINE),
        text(OTLP),
        proto(),
        text(LOGS),
        proto_logs(),
        text(METRICS),
    ]
}

fn thrift() -> Vec<u8> {
    let spans: Vec<serde_json::Value> = serde_json::from_str(ZIPKIN_V1).unwrap();
    thrift_spans::list(&spans)
}

/// Five spans with all that a span may have.
fn zipkin_messages() -> Vec<u8> {
    use prost::Message as _;
    let mut dice = Dice::new(1);
    let spans = (0..5).map(|_| zipkin_messages::span(&mut dice)).collect();
    zipkin_messages::ListOfSpans { spans }.encode_to_vec()
}

/// Changes, doubles or removes bytes.
fn mutate(mut body: Vec<u8>, changes: &[(u16, u8, u8)]) -> Vec<u8> {
    for &(place, byte, what) in changes {
        let place = usize::from(place) % body.len().max(1);
        match what % 4 {
            0 => body.insert(place, byte),
            1 if place < body.len() => body[place] = byte,
            2 if place < body.len() => drop(body.remove(place)),
            _ => {
                let tail = body[place..].to_vec();
                body.extend_from_slice(&tail[..tail.len().min(32)]);
            }
        }
    }
    body
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn random_bytes(body in vec(any::<u8>(), 0..200)) {
        check(&body);
    }

    #[test]
    fn random_json(body in r#"[\[\]{},:"\\a-z0-9 .\-]{0,80}"#) {
        check(body.as_bytes());
    }

    #[test]
    fn mutated_requests(changes in vec(any::<(u16, u8, u8)>(), 1..6)) {
        for body in bodies() {
            check(&mutate(body, &changes));
        }
    }

    #[test]
    fn cut_requests(cut in 0..2000_usize) {
        for body in bodies() {
            check(&body[..cut.min(body.len())]);
        }
    }
}

/// Requests as clients send them: several spans, no white space, repeated endpoints, attributes in
/// the usual spelling, so that what has a short way is reached by mutations.
fn real_requests() -> [(Decode, Vec<u8>); 6] {
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use prost::Message as _;
    let attribute = r#"{"key":"http.route","value":{"stringValue":"/api/cart"}},{"key":"http.response.status_code","value":{"intValue":"200"}},"#;
    let otlp = OTLP.replace(r#"[{"key":"k""#, &format!(r#"[{attribute}{{"key":"k""#));
    let mut request: ExportTraceServiceRequest = serde_json::from_str(&otlp).unwrap();
    let spans = &mut request.resource_spans[0].scope_spans[0].spans;
    spans.push(spans[0].clone());
    let span = &ZIPKIN[1..ZIPKIN.len() - 1];
    [
        (zipkin_json::decode, format!("[{span},{span}]").into_bytes()),
        (zipkin_proto::decode, zipkin_messages()),
        (zipkin_v1_json::decode, ZIPKIN_V1.as_bytes().to_vec()),
        (zipkin_thrift::decode, thrift()),
        (otlp_json::decode, serde_json::to_vec(&request).unwrap()),
        (otlp_proto::decode, request.encode_to_vec()),
    ]
}

/// Given twenty thousand mutations of a real request, then the decoder of its format comes back
/// from each, and what it kept can be read.
#[test]
fn many_mutations_of_real_requests() {
    const MUTATIONS: usize = 20_000;
    for (format, (decode, body)) in real_requests().into_iter().enumerate() {
        let mut dice = Dice::new(format as u64);
        let (mut good, mut spans) = (0, 0);
        for _ in 0..MUTATIONS {
            let changes: Vec<_> = (0..1 + dice.roll(4))
                .map(|_| {
                    (
                        dice.roll(1 << 16) as u16,
                        dice.roll(256) as u8,
                        dice.roll(4) as u8,
                    )
                })
                .collect();
            if let Ok(decoded) = decode(mutate(body.clone(), &changes).into()) {
                good += 1;
                spans += decoded.batch.to_spans().unwrap().len();
            }
        }
        // Neither so many mistakes that nothing is reached, nor so few that nothing is tried.
        assert!(good > MUTATIONS / 50, "{format}: {good} were read");
        assert!(good < MUTATIONS, "{format}: all were read");
        assert!(spans > 0, "{format}: no span was kept");
    }
}

#[test]
fn large_and_regular() {
    const LENGTH: usize = 4 << 20;
    for part in [
        "[", "{\"a\":", "[{},", "{\"a\":[", "\"", "\\", "1", "null,", "\u{e9}", "[[],",
    ] {
        check(part.repeat(LENGTH / part.len()).as_bytes());
        check(format!("[{{\"x\":{}", part.repeat(LENGTH / part.len())).as_bytes());
    }
    check(format!("[{}0]", "{},".repeat(LENGTH / 3)).as_bytes());
    check(format!("[{{\"id\":{}}}]", "9".repeat(LENGTH)).as_bytes());
    check(format!("[{{\"timestamp\":\"{}\"}}]", "9".repeat(LENGTH)).as_bytes());
    let lists = "\"scopeSpans\":[{\"spans\":[{}]}],".repeat(LENGTH / 32);
    check(format!("{{\"resourceSpans\":[{{{lists}\"a\":1}}]}}").as_bytes());
    let bad = "{\"scopeSpans\":[{\"scope\":1}],\"resource\":1},".repeat(LENGTH / 44);
    check(format!("{{\"resourceSpans\":[{bad}{{}}]}}").as_bytes());
    check(&[0x0a, 0x00].repeat(LENGTH / 2));
    // Thrift: as many spans of nothing as there are bytes; annotations of nothing; deep lists.
    let count = (LENGTH as u32).to_be_bytes();
    check(&[&[12], count.as_slice(), &[0; LENGTH]].concat());
    let annotations = [15, 0, 6, 12].as_slice();
    check(&[b"\x0c\0\0\0\x01", annotations, &count, &[0; LENGTH]].concat());
    check(
        &[
            b"\x0c\0\0\0\x01\x0f\0\x01".as_slice(),
            &b"\x0f\0\0\0\x01".repeat(LENGTH / 5),
        ]
        .concat(),
    );
    // One span that would be many: each of its events is of another host.
    let event =
        |n| format!("{{\"timestamp\":1,\"value\":\"x\",\"endpoint\":{{\"serviceName\":\"{n}\"}}}}");
    let events: Vec<String> = (0..1_000).map(event).collect();
    let span = format!("{{\"annotations\":[{}]}}", events.join(","));
    check(format!("[{}]", vec![span; LENGTH / 60_000].join(",")).as_bytes());
    check(&[0x0a, 0x04, 0x12, 0x02, 0x12, 0x00].repeat(LENGTH / 6));
}

/// One big resource with many scopes, each of which would copy it.
#[test]
fn many_scopes_of_a_big_resource() {
    let span = "{\"traceId\":\"5b8efff798038103d269b633813fc60c\",\"spanId\":\"eee19b7ec3c1b174\"}";
    let scopes = vec![format!("{{\"spans\":[{span}]}}"); 3000].join(",");
    for (length, kept) in [(100, 3000), (400_000, 600), (600_000, 0)] {
        let name = "x".repeat(length);
        let body = format!(
            "{{\"resourceSpans\":[{{\"resource\":{{\"attributes\":[{{\"key\":\"k\",\"value\":\
             {{\"stringValue\":\"{name}\"}}}}]}},\"scopeSpans\":[{scopes}]}}]}}"
        );
        let decoded = otlp_json::decode(body.into()).unwrap();
        assert_eq!(decoded.batch.len() + decoded.refused.count as usize, 3000);
        assert!(
            decoded.batch.len().abs_diff(kept) < 100,
            "{length}: {}",
            decoded.batch.len()
        );
        assert!(decoded.batch.bytes_held() < 300 << 20);
    }
}
