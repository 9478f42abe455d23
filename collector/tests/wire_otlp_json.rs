//! OTLP in JSON: what its own readers must bear.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
use collector::wire::{Reason, otlp_json};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as ProtoSpan};
use storage::id::SpanId;
use storage::span::{Attribute, Kind, Span, StatusCode, Value};

#[path = "wire/otlp_oracle.rs"]
mod otlp_oracle;

use otlp_oracle::spans_of;

const IDS: &str = r#""traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174""#;

fn json_span(fields: &str) -> String {
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{IDS},{fields}}}]}}]}}]}}"#)
}

/// Given the fields of a span beside its ids, then it is the span that `change` makes.
fn check_json(fields: &str, change: impl FnOnce(&mut Span)) {
    let decoded = otlp_json::decode(json_span(fields).into()).map_err(|error| error.0);
    let decoded = decoded.unwrap_or_else(|error| panic!("{fields}: {error}"));
    assert_eq!(decoded.refused.first, None, "{fields}");
    let expected = ProtoSpan {
        trace_id: 0x5b8e_fff7_9803_8103_d269_b633_813f_c60c_u128
            .to_be_bytes()
            .to_vec(),
        span_id: 0xeee1_9b7e_c3c1_b174_u64.to_be_bytes().to_vec(),
        ..ProtoSpan::default()
    };
    let scope_spans = vec![ScopeSpans {
        spans: vec![expected],
        ..ScopeSpans::default()
    }];
    let resource_spans = vec![ResourceSpans {
        scope_spans,
        ..ResourceSpans::default()
    }];
    let mut expected = spans_of(&ExportTraceServiceRequest { resource_spans }).remove(0);
    change(&mut expected);
    assert_eq!(decoded.batch.to_spans().unwrap(), [expected], "{fields}");
}

fn attribute(key: &str, value: Value) -> Vec<Attribute> {
    vec![Attribute {
        key: key.into(),
        value,
    }]
}

#[test]
fn json_is_read_leniently() {
    check_json(r#""unknown":{"a":[1]},"name":null,"attributes":[]"#, |_| ());
    check_json(r#""kind":3,"flags":"257""#, |span| {
        (span.kind, span.flags) = (Kind::Client, 257);
    });
    check_json(
        r#""kind":"SPAN_KIND_SERVER","status":{"code":"STATUS_CODE_ERROR"}"#,
        |span| {
            (span.kind, span.status.code) = (Kind::Server, StatusCode::Error);
        },
    );
    check_json(r#""kind":"SPAN_KIND_NEW","status":{"code":9}"#, |_| ());
    check_json(
        r#""startTimeUnixNano":"1544712660000000000","endTimeUnixNano":1544712661000000000"#,
        |span| {
            (span.start, span.duration) = (Some(1_544_712_660_000_000_000), Some(1_000_000_000));
        },
    );
    check_json(r#""endTimeUnixNano":5"#, |span| span.duration = Some(5));
    check_json(r#""startTimeUnixNano":7,"endTimeUnixNano":5"#, |span| {
        (span.start, span.duration) = (Some(7), Some(-2));
    });
    check_json(r#""parentSpanId":"0000000000000000""#, |_| ());
    check_json(r#""parentSpanId":"00000000000000aB""#, |span| {
        span.parent_id = SpanId::new(0xab)
    });
    for (value, read) in [
        (r#"{"intValue":"-5"}"#, Value::Int(-5)),
        (r#"{"intValue":-5}"#, Value::Int(-5)),
        (
            r#"{"doubleValue":"-Infinity"}"#,
            Value::Double(f64::NEG_INFINITY),
        ),
        (r#"{"doubleValue":1}"#, Value::Double(1.0)),
        (r#"{"bytesValue":"-_8"}"#, Value::Bytes(vec![0xfb, 0xff])),
        (r#"{"bytesValue":"+/8="}"#, Value::Bytes(vec![0xfb, 0xff])),
        (
            r#"{"stringValue":"a\nb","other":"c\nd"}"#,
            Value::String("a\nb".into()),
        ),
        (
            r#"{"stringValue":null,"boolValue":false}"#,
            Value::Bool(false),
        ),
        (r#"{}"#, Value::Empty),
        ("null", Value::Empty),
        (
            r#"{"arrayValue":{"values":[null,{"stringValue":"\u0041"}]},"more":[]}"#,
            Value::Array(vec![Value::Empty, Value::String("A".into())]),
        ),
        (
            r#"{"kvlistValue":{"values":[{"value":{"intValue":1},"key":"k","x":1}]}}"#,
            Value::Map(attribute("k", Value::Int(1))),
        ),
        (r#"{"arrayValue":{}}"#, Value::Array(Vec::new())),
    ] {
        check_json(
            &format!(r#""attributes":[{{"key":"k","value":{value}}}]"#),
            |span| {
                span.attributes = attribute("k", read);
            },
        );
    }
}

#[test]
fn json_finds_the_resource_and_scope_behind_the_spans() {
    let body = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{IDS}}}],"scope":{{"name":"lib"}},
            "schemaUrl":"s"}}],"schemaUrl":"r","resource":{{"attributes":[{{"key":"service.name",
            "value":{{"stringValue":"Shop"}}}}]}}}},{{"scopeSpans":[{{"spans":[{{{IDS}}}]}}]}}]}}"#
    );
    let decoded = otlp_json::decode(body.into()).unwrap();
    let spans = decoded.batch.to_spans().unwrap();
    assert_eq!(spans[0].service(), Some("Shop"));
    assert_eq!(
        (
            spans[0].resource.schema_url.as_str(),
            spans[0].scope.name.as_str()
        ),
        ("r", "lib")
    );
    assert_eq!(spans[0].scope.schema_url, "s");
    assert_eq!(
        (spans[1].service(), spans[1].scope.name.as_str()),
        (None, "")
    );
}

#[test]
fn a_field_of_the_wrong_kind_costs_its_span() {
    for (fields, reason, text) in [
        (
            r#""name":[]"#,
            Reason::InvalidField,
            "Expected a string but was BEGIN_ARRAY at line 1 ",
        ),
        (
            r#""startTimeUnixNano":-1"#,
            Reason::InvalidTime,
            "-1 at $.resourceSpans[0].",
        ),
        (
            r#""flags":4294967296"#,
            Reason::InvalidField,
            "4294967296 is out of range at $.",
        ),
        (
            r#""attributes":[{"value":{"intValue":1.5}}]"#,
            Reason::InvalidField,
            "Expected a long",
        ),
        (
            r#""attributes":[{"value":{"bytesValue":"?"}}]"#,
            Reason::InvalidField,
            "bytes that are",
        ),
        (
            r#""links":{}"#,
            Reason::InvalidField,
            "Expected BEGIN_ARRAY but was BEGIN_OBJECT",
        ),
    ] {
        let decoded = otlp_json::decode(json_span(fields).into()).unwrap();
        assert_eq!(
            (decoded.batch.len(), decoded.refused.count),
            (0, 1),
            "{fields}"
        );
        assert_eq!(decoded.refused.by_reason, [(reason, 1)], "{fields}");
        let first = decoded.refused.first.unwrap();
        assert!(
            first.starts_with(&format!("span 1 of the request: {text}")),
            "{first}"
        );
    }
}
