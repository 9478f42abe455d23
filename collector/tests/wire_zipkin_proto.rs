//! Zipkin's protobuf on its way in: the rules one by one, and random lists against an oracle.
use collector::wire::zipkin_json::{self, encode_spans};
use collector::wire::{ATTRIBUTES_MAX, EVENTS_MAX, Reason, zipkin_proto};
use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint};
use storage::contract::generate::Dice;

#[path = "wire/zipkin_messages.rs"]
mod zipkin_messages;
#[path = "wire/zipkin_oracle.rs"]
mod zipkin_oracle;

use zipkin_messages::{Annotation, Endpoint, ListOfSpans, Span, span};
use zipkin_oracle::json;

/// Given random lists, then each span is kept or refused, and means what it means in JSON.
#[test]
fn lists_mean_what_they_mean_in_json() {
    let mut dice = Dice::new(3);
    let (mut kept, mut refused) = (0, 0);
    for _ in 0..4_000 {
        let spans = (0..dice.roll(5)).map(|_| span(&mut dice)).collect();
        let list = ListOfSpans { spans };
        let decoded = zipkin_proto::decode(list.encode_to_vec().into()).unwrap();
        let spans: Vec<_> = list.spans.iter().map(json).collect();
        let oracle = serde_json::to_vec(&spans).unwrap();
        let oracle = zipkin_json::decode(oracle.into()).unwrap();
        // Of two mistakes in one span each reader tells the one that it meets first.
        assert_eq!(decoded.refused.count, oracle.refused.count, "{list:?}");
        assert_eq!(decoded.texts_repaired, 0);
        let spans = decoded.batch.to_spans().unwrap();
        assert_eq!(spans, oracle.batch.to_spans().unwrap(), "{list:?}");
        for (row, span) in decoded.batch.spans().iter().zip(&spans) {
            let service = decoded.batch.source(row.source).service;
            assert_eq!(
                decoded.batch.string(service),
                span.service().unwrap_or_default()
            );
        }
        kept += spans.len();
        refused += decoded.refused.count;
    }
    assert!(kept > 2_000 && refused > 1_000, "{kept} {refused}");
}

fn bare() -> Span {
    Span {
        trace_id: vec![10],
        id: vec![1],
        ..Span::default()
    }
}

/// A span whose fields are followed by these bytes.
fn span_with(more: &[u8]) -> Vec<u8> {
    let span = [bare().encode_to_vec(), more.to_vec()].concat();
    message(1, &span)
}

fn message(number: u32, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode_key(number, WireType::LengthDelimited, &mut out);
    encode_varint(bytes.len() as u64, &mut out);
    out.extend_from_slice(bytes);
    out
}

fn varint(number: u32, value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    encode_key(number, WireType::Varint, &mut out);
    encode_varint(value, &mut out);
    out
}

fn fixed64(number: u32, value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    encode_key(number, WireType::SixtyFourBit, &mut out);
    out.extend_from_slice(&value.to_le_bytes());
    out
}

/// What a real Zipkin server 3.6.1 answers to the same bytes.
#[test]
fn what_is_left_out_and_what_is_odd() {
    let endpoint = |parts: &[Vec<u8>]| message(8, &parts.concat());
    for (more, written) in [
        (vec![], ""),
        (message(2, b""), ""),
        (message(2, &[0; 8]), ""),
        (message(2, &[1]), ""),
        (varint(4, 0), ""),
        (varint(4, 300), ""),
        (
            [message(5, b"GET"), message(5, b"Post")].concat(),
            r#","name":"post""#,
        ),
        ([message(5, b"GET"), message(5, b"")].concat(), ""),
        (message(5, b"a\xffb"), ",\"name\":\"a\u{fffd}b\""),
        (varint(5, 1), ""),
        (
            [fixed64(6, 123), varint(7, 5)].concat(),
            r#","timestamp":123,"duration":5"#,
        ),
        ([fixed64(6, 1 << 63), varint(7, u64::MAX)].concat(), ""),
        ([varint(6, 123), fixed64(7, 5)].concat(), ""),
        ([fixed64(6, 5), fixed64(6, 0)].concat(), ""),
        (endpoint(&[]), ""),
        (endpoint(&[message(1, b"")]), ""),
        (
            endpoint(&[
                varint(9, 1),
                message(1, b"FooBar"),
                message(2, &[1, 2, 3, 4]),
                varint(4, 80),
            ]),
            r#","localEndpoint":{"serviceName":"foobar","ipv4":"1.2.3.4","port":80}"#,
        ),
        (
            endpoint(&[message(
                2,
                &[[0; 10].as_slice(), &[1, 2, 3, 4, 5, 6]].concat(),
            )]),
            r#","localEndpoint":{"ipv6":"::102:304:506"}"#,
        ),
        (
            endpoint(&[message(3, &[1, 2, 3, 4])]),
            r#","localEndpoint":{"ipv4":"1.2.3.4"}"#,
        ),
        (
            endpoint(&[message(3, &[[0; 12].as_slice(), &[1, 2, 3, 4]].concat())]),
            r#","localEndpoint":{"ipv4":"1.2.3.4"}"#,
        ),
        (
            endpoint(&[message(
                3,
                &[[0; 10].as_slice(), &[255, 255, 1, 2, 3, 4]].concat(),
            )]),
            r#","localEndpoint":{"ipv6":"::ffff:102:304"}"#,
        ),
        (
            endpoint(&[message(3, &[[0; 15].as_slice(), &[1]].concat())]),
            r#","localEndpoint":{"ipv6":"::1"}"#,
        ),
        (
            endpoint(&[message(3, &[0; 16])]),
            r#","localEndpoint":{"ipv4":"0.0.0.0"}"#,
        ),
        (endpoint(&[message(2, &[1; 5])]), ""),
        (endpoint(&[varint(4, 1 << 31)]), ""),
        (
            [
                endpoint(&[message(1, b"a"), varint(4, 1)]),
                endpoint(&[message(1, b"b")]),
            ]
            .concat(),
            r#","localEndpoint":{"serviceName":"b"}"#,
        ),
        ([endpoint(&[message(1, b"a")]), endpoint(&[])].concat(), ""),
        (
            message(10, &[message(2, b"v"), fixed64(1, 7)].concat()),
            r#","annotations":[{"timestamp":7,"value":"v"}]"#,
        ),
        (
            message(10, &[fixed64(1, -5_i64 as u64), message(2, b"x")].concat()),
            r#","annotations":[{"timestamp":-5,"value":"x"}]"#,
        ),
        (message(10, &message(2, b"x")), ""),
        (message(10, &fixed64(1, 1)), ""),
        (message(10, &[fixed64(1, 0), message(2, b"x")].concat()), ""),
        (message(10, &[fixed64(1, 1), message(2, b"")].concat()), ""),
        (message(10, &[varint(1, 7), message(2, b"v")].concat()), ""),
        (
            message(11, &[message(2, b"v"), message(1, b"k")].concat()),
            r#","tags":{"k":"v"}"#,
        ),
        (message(11, &message(1, b"k")), r#","tags":{"k":""}"#),
        (message(11, &message(2, b"v")), ""),
        (message(11, b""), ""),
        (
            [
                message(11, b"\x0a\x01k\x12\x011"),
                message(11, b"\x0a\x01k\x12\x012"),
            ]
            .concat(),
            r#","tags":{"k":"2"}"#,
        ),
        (
            [varint(12, 1), varint(12, 0), varint(13, 1), varint(4, 2)].concat(),
            r#","kind":"SERVER","debug":true,"shared":true"#,
        ),
        (
            [varint(13, 1), varint(4, 1)].concat(),
            r#","kind":"CLIENT""#,
        ),
        (
            [
                varint(20, 1),
                fixed64(21, 1),
                message(22, b"x"),
                b"\xbd\x01\0\0\0\0".to_vec(),
            ]
            .concat(),
            "",
        ),
    ] {
        let decoded = zipkin_proto::decode(span_with(&more).into());
        let decoded = decoded.unwrap_or_else(|error| panic!("{more:?}: {error}"));
        assert_eq!(decoded.refused.first, None, "{more:?}");
        let spans = decoded.batch.to_spans().unwrap();
        let ids = r#"{"traceId":"000000000000000a","id":"0000000000000001""#;
        let found = String::from_utf8(encode_spans(&spans)).unwrap();
        assert_eq!(found, format!("[{ids}{written}}}]"), "{more:?}");
    }
}

/// Given a bad span between good ones, then it alone is refused, in Zipkin's words.
#[test]
fn a_bad_span_costs_only_itself() {
    let span = |change: &dyn Fn(&mut Span)| {
        let mut span = bare();
        change(&mut span);
        message(1, &span.encode_to_vec())
    };
    let endpoint = |port| Endpoint {
        port,
        ..Endpoint::default()
    };
    for (bad, reason, text) in [
        (message(1, b""), Reason::InvalidId, "Missing : traceId id"),
        (
            span(&|span| span.id.clear()),
            Reason::InvalidId,
            "Missing : id",
        ),
        (
            span(&|span| span.trace_id.clear()),
            Reason::InvalidId,
            "Missing : traceId",
        ),
        (span_with(&message(3, b"")), Reason::InvalidId, "id == null"),
        (
            span_with(&message(1, b"")),
            Reason::InvalidId,
            "traceId == null",
        ),
        (
            span(&|span| span.id = vec![0; 8]),
            Reason::InvalidId,
            "id is all zeros",
        ),
        (
            span(&|span| span.id = vec![1; 9]),
            Reason::InvalidId,
            "id.length > 16",
        ),
        (
            span(&|span| span.trace_id = vec![0; 16]),
            Reason::InvalidId,
            "traceId is all zeros",
        ),
        (
            span(&|span| span.trace_id = vec![1; 17]),
            Reason::InvalidId,
            "traceId.length > 32",
        ),
        (
            span(&|span| span.parent_id = vec![1; 9]),
            Reason::InvalidId,
            "parentId.length > 16",
        ),
        (
            span(&|span| span.local_endpoint = Some(endpoint(65_536))),
            Reason::InvalidField,
            "invalid port 65536",
        ),
        (
            span(&|span| span.timestamp = 1_795_164_009_123_456_789),
            Reason::InvalidTime,
            "1795164009123456789 is too large: times are in microseconds, not nanoseconds",
        ),
        (
            span(&|span| {
                span.annotations = vec![
                    Annotation {
                        timestamp: 1,
                        value: "v".to_owned()
                    };
                    EVENTS_MAX + 1
                ];
            }),
            Reason::TooLarge,
            "more than 1,024 annotations",
        ),
        (
            span(&|span| {
                span.tags = (0..=ATTRIBUTES_MAX)
                    .map(|n| (n.to_string(), String::new()))
                    .collect();
            }),
            Reason::TooLarge,
            "more than 1,024 tags",
        ),
        (
            span(&|span| span.name = "x".repeat(1 << 20)),
            Reason::TooLarge,
            "the span is larger than 1 MiB",
        ),
    ] {
        let list = [span_with(&[]), bad.clone(), span_with(&[])].concat();
        let decoded = zipkin_proto::decode(list.into()).unwrap();
        assert_eq!(decoded.batch.len(), 2, "{text}");
        assert_eq!(decoded.refused.by_reason, [(reason, 1)], "{text}");
        let first = decoded.refused.first.unwrap();
        assert_eq!(first, format!("{text} reading List<Span> from proto3"));
    }
}

#[test]
fn what_is_not_protobuf_refuses_the_request() {
    for (body, text) in [
        (
            b"\x0a\x4201234567".to_vec(),
            "Truncated: length beyond the end of its message at byte 1 reading List<Span> from proto3",
        ),
        (
            span_with(&[0x31, 1, 2]),
            "Truncated: truncated number at byte 9 reading List<Span> from proto3",
        ),
        (
            span_with(&[0x38, 0xff]),
            "Truncated: truncated varint at byte 9 reading List<Span> from proto3",
        ),
        (
            span_with(&[0xa3, 1]),
            "Malformed reading List<Span> from proto3: groups are not supported at byte 8",
        ),
        (
            span_with(&[0xa6, 1]),
            "Malformed reading List<Span> from proto3: unknown wire type at byte 8",
        ),
        (
            b"[{\"traceId\":\"a\",\"id\":\"1\"}]".to_vec(),
            "Malformed reading List<Span> from proto3: groups are not supported at byte 0",
        ),
    ] {
        let error = zipkin_proto::decode(body.into()).err().unwrap();
        assert_eq!(error.0, text);
    }
}

#[test]
fn texts_of_refused_spans_are_not_counted_as_repaired() {
    let endpoint = message(9, &message(1, b"\xff"));
    let bad = message(1, &[message(5, b"\xff"), endpoint.clone()].concat());
    let good = span_with(&[message(5, b"\xff"), endpoint].concat());
    let list = [bad.as_slice(), &good, &good].concat();
    let decoded = zipkin_proto::decode(list.into()).unwrap();
    assert_eq!((decoded.texts_repaired, decoded.refused.count), (4, 1));
}

#[test]
fn what_is_beside_the_spans_of_a_list_is_passed_over() {
    let list = [
        span_with(&[]),
        message(2, b"abc"),
        varint(3, 1),
        span_with(&[]),
    ]
    .concat();
    assert_eq!(zipkin_proto::decode(list.into()).unwrap().batch.len(), 2);
    let empty = ListOfSpans::default().encode_to_vec();
    assert!(zipkin_proto::decode(empty.into()).unwrap().batch.is_empty());
}
