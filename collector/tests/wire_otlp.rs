//! OTLP in both spellings: the rules one by one.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use bytes::Bytes;
use collector::wire::{ATTRIBUTES_MAX, Decoded, EVENTS_MAX, Reason, otlp_json, otlp_proto};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource as ProtoResource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as ProtoSpan, span};
use prost::Message as _;

#[path = "wire/otlp_oracle.rs"]
mod otlp_oracle;

use otlp_oracle::spans_of;

/// Given a bad span between good ones, then it alone is refused, for this reason.
fn check_refused(spans: Decoded, reason: Reason, text: &str) {
    assert_eq!(spans.batch.len(), 2, "{text}");
    assert_eq!(spans.refused.by_reason, [(reason, 1)], "{text}");
    let first = spans.refused.first.unwrap();
    assert_eq!(first, format!("span 2 of the request: {text}"));
}

fn nested(depth: usize) -> KeyValue {
    let mut value = AnyValue {
        value: Some(any_value::Value::IntValue(1)),
    };
    for _ in 0..depth {
        let values = vec![value];
        value = AnyValue {
            value: Some(any_value::Value::ArrayValue(ArrayValue { values })),
        };
    }
    KeyValue {
        key: "deep".into(),
        value: Some(value),
        ..KeyValue::default()
    }
}

fn good_span() -> ProtoSpan {
    ProtoSpan {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        ..ProtoSpan::default()
    }
}

fn request_of(spans: Vec<ProtoSpan>) -> ExportTraceServiceRequest {
    let scope_spans = vec![ScopeSpans {
        spans,
        ..ScopeSpans::default()
    }];
    let resource_spans = vec![ResourceSpans {
        scope_spans,
        ..ResourceSpans::default()
    }];
    ExportTraceServiceRequest { resource_spans }
}

#[test]
fn a_bad_span_costs_only_itself() {
    type Change = fn(&mut ProtoSpan);
    let changes: [(Change, Reason, &str); 8] = [
        (
            |span| span.trace_id = Vec::new(),
            Reason::InvalidId,
            "the trace id is missing or zero",
        ),
        (
            |span| span.trace_id = vec![0; 16],
            Reason::InvalidId,
            "the trace id is missing or zero",
        ),
        (
            |span| span.trace_id = vec![1; 8],
            Reason::InvalidId,
            "the trace id does not have 16 bytes",
        ),
        (
            |span| span.span_id = vec![0; 8],
            Reason::InvalidId,
            "the span id is missing or zero",
        ),
        (
            |span| span.span_id = vec![1; 9],
            Reason::InvalidId,
            "the span id does not have 8 bytes",
        ),
        (
            |span| span.parent_span_id = vec![1; 7],
            Reason::InvalidId,
            "the parent span id does not have 8 bytes",
        ),
        (
            |span| span.attributes = vec![nested(33)],
            Reason::TooDeep,
            "an attribute is nested deeper than 32 levels",
        ),
        (
            |span| span.name = "x".repeat(1 << 20),
            Reason::TooLarge,
            "the span is larger than 1 MiB",
        ),
    ];
    for (change, reason, text) in changes {
        let mut bad = good_span();
        bad.attributes.push(nested(2));
        change(&mut bad);
        let request = request_of(vec![good_span(), bad, good_span()]);
        check_refused(
            otlp_proto::decode(request.encode_to_vec().into()).unwrap(),
            reason,
            text,
        );
        let json = serde_json::to_vec(&request).unwrap();
        check_refused(otlp_json::decode(json.into()).unwrap(), reason, text);
    }
}

#[test]
fn values_nest_as_deep_as_the_vault_can_read() {
    let mut span = good_span();
    span.attributes = vec![nested(32)];
    span.events = vec![span::Event {
        attributes: vec![nested(32)],
        ..span::Event::default()
    }];
    let request = request_of(vec![span]);
    let expected = spans_of(&request);
    let decoded = otlp_proto::decode(request.encode_to_vec().into()).unwrap();
    assert_eq!(decoded.batch.to_spans().unwrap(), expected);
    let decoded = otlp_json::decode(serde_json::to_vec(&request).unwrap().into()).unwrap();
    assert_eq!(decoded.batch.to_spans().unwrap(), expected);
}

#[test]
fn a_bad_resource_costs_its_own_spans() {
    let mut request = request_of(vec![good_span(), good_span()]);
    request.resource_spans[0].resource = Some(ProtoResource {
        attributes: vec![nested(40)],
        ..ProtoResource::default()
    });
    request
        .resource_spans
        .extend(request_of(vec![good_span()]).resource_spans);
    let json = serde_json::to_vec(&request).unwrap();
    for decoded in [
        otlp_proto::decode(request.encode_to_vec().into()).unwrap(),
        otlp_json::decode(json.into()).unwrap(),
    ] {
        assert_eq!(decoded.batch.len(), 1);
        assert_eq!(decoded.refused.by_reason, [(Reason::TooDeep, 2)]);
    }
}

#[test]
fn beyond_the_limits_parts_are_dropped_and_counted() {
    let mut span = good_span();
    let attribute = KeyValue {
        key: "k".into(),
        ..KeyValue::default()
    };
    span.attributes = vec![attribute.clone(); ATTRIBUTES_MAX + 3];
    span.dropped_attributes_count = u32::MAX - 1;
    let attributes = vec![attribute; ATTRIBUTES_MAX + 1];
    let event = span::Event {
        attributes,
        ..span::Event::default()
    };
    span.events = vec![event];
    span.events
        .extend(vec![span::Event::default(); EVENTS_MAX + 1]);
    span.links = vec![span::Link::default(); EVENTS_MAX + 1];
    span.links[0].trace_id = vec![1];
    let request = request_of(vec![span]);
    let json = serde_json::to_vec(&request).unwrap();
    for decoded in [
        otlp_proto::decode(request.encode_to_vec().into()).unwrap(),
        otlp_json::decode(json.into()).unwrap(),
    ] {
        let span = decoded.batch.to_spans().unwrap().remove(0);
        assert_eq!(
            (span.attributes.len(), span.dropped_attributes),
            (ATTRIBUTES_MAX, u32::MAX)
        );
        assert_eq!((span.events.len(), span.dropped_events), (EVENTS_MAX, 2));
        assert_eq!((span.links.len(), span.dropped_links), (EVENTS_MAX, 1));
        assert_eq!(span.events[0].attributes.len(), ATTRIBUTES_MAX);
        assert_eq!(span.events[0].dropped_attributes, 1);
    }
}

#[test]
fn texts_that_are_not_utf8_are_repaired_and_counted() {
    let mut span = good_span();
    span.name = "NAME".to_owned();
    span.trace_state = "NAME".to_owned();
    span.events = vec![span::Event {
        name: "NAME".to_owned(),
        ..span::Event::default()
    }];
    let bytes = request_of(vec![span]).encode_to_vec();
    let bytes: Vec<u8> = bytes
        .iter()
        .map(|&b| if b == b'M' { 0xff } else { b })
        .collect();
    let decoded = otlp_proto::decode(bytes.into()).unwrap();
    assert_eq!((decoded.texts_repaired, decoded.refused.count), (3, 0));
    let span = decoded.batch.to_spans().unwrap().remove(0);
    assert_eq!(span.name.as_deref(), Some("NA\u{fffd}E"));
    assert_eq!(
        (span.trace_state.as_str(), span.events[0].name.as_str()),
        ("NA\u{fffd}E", "NA\u{fffd}E")
    );
}

#[test]
fn what_cannot_be_read_says_where() {
    for (body, text) in [
        (
            &[0x0a, 9, 1][..],
            "malformed protobuf at byte 1: length beyond the end of its message",
        ),
        (
            &[0x08, 1],
            "malformed protobuf at byte 0: expected a length and bytes",
        ),
        (
            &[0x0b],
            "malformed protobuf at byte 0: groups are not supported",
        ),
        (&[0x0a, 4, 0x12, 2, 0x12, 0], "malformed"),
        (
            &[0x0a, 6, 0x12, 4, 0x12, 2, 0x38, 1],
            "malformed protobuf at byte 6: expected a 64-bit number",
        ),
    ] {
        let read = otlp_proto::decode(Bytes::copy_from_slice(body));
        match read {
            Err(error) => assert_eq!(error.0, text, "{body:?}"),
            // A span without ids is only refused.
            Ok(decoded) => assert_eq!((text, decoded.refused.count), ("malformed", 1), "{body:?}"),
        }
    }
    for (body, text) in [
        ("", "End of input at line 1 column 1 path $"),
        (
            "[]",
            "Expected BEGIN_OBJECT but was BEGIN_ARRAY at line 1 column 1 path $",
        ),
        (
            "{\"resourceSpans\":{}}",
            "Expected BEGIN_ARRAY but was BEGIN_OBJECT at line 1 column 18 path $.resourceSpans",
        ),
        (
            "{\"resourceSpans\":[{\"scopeSpans\":[{\"a\":\"]",
            "malformed JSON: unterminated string at line 1 column 41 path \
          $.resourceSpans[0].scopeSpans[0].a",
        ),
        (
            "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{x}]}]}]}",
            "malformed JSON: expected name at line 1 column 45 path \
          $.resourceSpans[0].scopeSpans[0].spans[0].",
        ),
    ] {
        let error = otlp_json::decode(Bytes::from_static(body.as_bytes()))
            .err()
            .unwrap();
        assert_eq!(error.0, text, "{body}");
    }
    assert_eq!(otlp_proto::decode(Bytes::new()).unwrap().batch.len(), 0);
    assert_eq!(
        otlp_json::decode(Bytes::from_static(b"{}"))
            .unwrap()
            .batch
            .len(),
        0
    );
}

/// A field of a message: its key, its length in two bytes, its bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len();
    let length = [length as u8 | 0x80, (length >> 7) as u8];
    [&[number << 3 | 2], &length[..], bytes].concat()
}

/// Given fields that nobody knows, of every wire type and at every level, then they are passed
/// over, in protobuf that is otherwise as it should be.
#[test]
fn unknown_fields_are_passed_over() {
    for unknown in [
        &[][..],
        b"\xf8\x07\x96\x01",
        b"\xf9\x0712345678",
        b"\xfa\x07\x02ab",
        b"\xfd\x071234",
    ] {
        let message = |parts: &[Vec<u8>]| -> Vec<u8> {
            let known = parts.iter().flat_map(|part| [unknown, part].concat());
            known.chain(unknown.iter().copied()).collect()
        };
        let text = message(&[field(1, b"v")]);
        let pair = message(&[field(1, b"k"), field(2, &text)]);
        let map = message(&[field(6, &message(&[field(1, &pair)]))]);
        let array = message(&[field(5, &message(&[field(1, &text)]))]);
        let nested = message(&[field(1, b"m"), field(2, &map)]);
        let listed = message(&[field(1, b"l"), field(2, &array)]);
        let event = message(&[field(2, b"e"), field(3, &pair)]);
        let link = message(&[field(1, &[3; 16]), field(2, &[4; 8]), field(4, &pair)]);
        let status = message(&[field(2, b"s")]);
        let span = [field(1, &[1; 16]), field(2, &[2; 8]), field(9, &pair)];
        for part in [
            field(9, &nested),
            field(9, &listed),
            field(11, &event),
            field(13, &link),
            field(15, &status),
        ] {
            let span = message(&[&span[..], &[part]].concat());
            let scope = message(&[field(1, &message(&[field(1, b"n"), field(3, &pair)]))]);
            let scope = [scope, field(2, &span)].concat();
            let resource = message(&[field(1, &message(&[field(1, &pair)]))]);
            let resource = [resource, field(2, &scope)].concat();
            let body = [unknown.to_vec(), field(1, &resource)].concat();
            let expected = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
            let decoded = otlp_proto::decode(body.into()).unwrap();
            assert_eq!(decoded.batch.to_spans().unwrap(), spans_of(&expected));
            assert_eq!(decoded.batch.len(), 1);
        }
    }
}
