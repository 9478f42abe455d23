//! Jaeger's JSON on its way in: what each of its fields becomes, in any order of fields, and what is refused.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
use bytes::Bytes;
use collector::wire::jaeger_json::decode;
use collector::wire::{ATTRIBUTES_MAX, EVENTS_MAX, Reason};
use serde_json::{Value as Json, json};
use storage::span::{Kind, Span, StatusCode, Value};

fn read(document: &Json) -> Vec<Span> {
    let text = document.to_string();
    let decoded =
        decode(Bytes::from(text.clone())).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(decoded.refused.first, None, "{text}");
    decoded.batch.to_spans().unwrap()
}

/// A span with these fields beside its ids, of the process `p1`.
fn document(fields: &Json) -> Json {
    let mut span = json!({"traceID": "a", "spanID": "b", "processID": "p1"});
    for (name, value) in fields.as_object().unwrap() {
        span[name] = value.clone();
    }
    let process = json!({"serviceName": "shop", "tags": [
        {"key": "host.name", "type": "string", "value": "h"}, {"key": "cores", "type": "int64", "value": 4}]});
    json!({"data": [{"traceID": "a", "spans": [span], "processes": {"p1": process}}]})
}

fn one(fields: &Json) -> Span {
    let mut spans = read(&document(fields));
    assert_eq!(spans.len(), 1);
    spans.remove(0)
}

fn tag(key: &str, kind: &str, value: impl Into<Json>) -> Json {
    json!({"key": key, "type": kind, "value": value.into()})
}

#[test]
fn a_span_is_read_with_all_that_it_says() {
    let span = one(&json!({
        "operationName": "get /", "startTime": 1_700_000_000_000_001_u64, "duration": 25, "flags": 3,
        "references": [
            {"refType": "FOLLOWS_FROM", "traceID": "a", "spanID": "9"},
            {"refType": "CHILD_OF", "traceID": "000000000000000000000000000000A", "spanID": "c"},
            {"refType": "CHILD_OF", "traceID": "ff", "spanID": "d"}],
        "tags": [tag("span.kind", "string", "server"), tag("n", "int64", 5), tag("error", "bool", true),
            tag("otel.status_description", "string", "no"), tag("w3c.tracestate", "string", "a=b"),
            tag("otel.scope.name", "string", "lib"), tag("otel.library.version", "string", "1.2")],
        "logs": [{"timestamp": 7, "fields": [tag("k", "bool", true), tag("event", "string", "e")]},
            {"timestamp": 8, "fields": [tag("message", "string", "m")]}],
        "warnings": ["clock skew"],
    }));
    assert_eq!(
        (span.trace_id.to_string(), span.span_id.value()),
        ("000000000000000a".to_owned(), 0xb)
    );
    assert_eq!(
        (span.name.as_deref(), span.kind),
        (Some("get /"), Kind::Server)
    );
    assert_eq!(
        (span.start, span.duration),
        (Some(1_700_000_000_000_001_000), Some(25_000))
    );
    assert_eq!((span.service(), span.flags), (Some("shop"), 1));
    assert_eq!(span.parent_id.unwrap().value(), 0xc);
    let links: Vec<_> = (span.links.iter())
        .map(|link| {
            (
                link.trace_id,
                link.span_id,
                link.attributes[0].value.to_string(),
            )
        })
        .collect();
    assert_eq!(
        links,
        [
            (0xa, 9, "follows_from".to_owned()),
            (0xff, 0xd, "child_of".to_owned())
        ]
    );
    assert_eq!(
        (span.status.code, span.status.message.as_str()),
        (StatusCode::Error, "no")
    );
    assert_eq!(
        (
            span.trace_state.as_str(),
            &*span.scope.name,
            &*span.scope.version
        ),
        ("a=b", "lib", "1.2")
    );
    let kept: Vec<_> = span
        .attributes
        .iter()
        .map(|one| (&*one.key, one.value.clone()))
        .collect();
    assert_eq!(
        kept,
        [
            ("n", Value::Int(5)),
            ("jaeger.warning", Value::String("clock skew".into()))
        ]
    );
    let events: Vec<_> = (span.events.iter())
        .map(|event| (event.time, event.name.as_str(), event.attributes.len()))
        .collect();
    assert_eq!(events, [(7_000, "e", 1), (8_000, "m", 1)]);
    assert_eq!(span.resource.text("host.name"), Some("h"));
    assert_eq!(span.resource.attributes.len(), 3);
}

#[test]
fn values_have_the_type_that_is_told_or_stay_texts() {
    for (kind, value, expected) in [
        ("string", json!("x"), Value::String("x".into())),
        ("string", json!(5), Value::String("5".into())),
        ("bool", json!(false), Value::Bool(false)),
        ("bool", json!("true"), Value::Bool(true)),
        ("bool", json!("yes"), Value::String("yes".into())),
        ("int64", json!(-3), Value::Int(-3)),
        (
            "int64",
            json!("9007199254740993"),
            Value::Int(9_007_199_254_740_993),
        ),
        ("int64", json!(1.5), Value::Double(1.5)),
        ("int64", json!("many"), Value::String("many".into())),
        ("float64", json!(2), Value::Double(2.0)),
        ("float64", json!("0.5"), Value::Double(0.5)),
        ("binary", json!("AAEC"), Value::Bytes(vec![0, 1, 2])),
        (
            "binary",
            json!("no base64!"),
            Value::String("no base64!".into()),
        ),
        ("new", json!(7), Value::Int(7)),
        (
            "new",
            json!("\"\\\u{e9}"),
            Value::String("\"\\\u{e9}".into()),
        ),
        ("string", json!(null), Value::Empty),
        (
            "string",
            json!([1, {"a": 2}]),
            Value::String("[1,{\"a\":2}]".into()),
        ),
    ] {
        for tag in [
            format!(r#"{{"key":"k","type":"{kind}","value":{value}}}"#),
            format!(r#"{{"value":{value},"type":"{kind}","key":"k"}}"#),
        ] {
            let tag: Json = serde_json::from_str(&tag).unwrap();
            let span = one(&json!({"tags": [tag]}));
            assert_eq!(span.attributes[0].value, expected, "{tag}");
            assert_eq!(&*span.attributes[0].key, "k");
        }
    }
}

#[test]
fn failures_are_told_in_three_ways() {
    let (error, code) = ("error", "otel.status_code");
    for (tags, status, message, left) in [
        (vec![tag(error, "bool", true)], StatusCode::Error, "", 0),
        (vec![tag(error, "string", "true")], StatusCode::Error, "", 0),
        (
            vec![tag(error, "string", "boom")],
            StatusCode::Error,
            "boom",
            0,
        ),
        (vec![tag(error, "bool", false)], StatusCode::Unset, "", 1),
        (vec![tag(code, "string", "OK")], StatusCode::Ok, "", 0),
        (vec![tag(code, "string", "Error")], StatusCode::Error, "", 0),
        (vec![tag(code, "string", "?")], StatusCode::Unset, "", 1),
    ] {
        let span = one(&json!({"tags": tags}));
        assert_eq!(
            (span.status.code, &*span.status.message),
            (status, message),
            "{tags:?}"
        );
        assert_eq!(span.attributes.len(), left, "{tags:?}");
    }
}

#[test]
fn a_parent_is_found_as_jaeger_finds_it() {
    let reference = |kind: &str, trace: &str, span: &str| json!({"refType": kind, "traceID": trace, "spanID": span});
    for (fields, parent, links) in [
        (json!({}), None, 0),
        (json!({"parentSpanID": "c"}), Some(0xc), 0),
        (
            json!({"references": [reference("FOLLOWS_FROM", "a", "c")]}),
            Some(0xc),
            0,
        ),
        (
            json!({"references": [reference("CHILD_OF", "e", "c")], "parentSpanID": "d"}),
            Some(0xd),
            1,
        ),
        (
            json!({"references": [reference("CHILD_OF", "a", "b")]}),
            None,
            0,
        ),
        (
            json!({"references": null, "tags": null, "logs": null, "warnings": null}),
            None,
            0,
        ),
    ] {
        let span = one(&fields);
        assert_eq!(span.parent_id.map(|id| id.value()), parent, "{fields}");
        assert_eq!(span.links.len(), links, "{fields}");
    }
}

#[test]
fn traces_come_in_answers_in_lists_and_alone_processes_before_or_behind() {
    let inside = document(&json!({}))["data"][0].clone();
    let (spans, processes) = (inside["spans"].to_string(), inside["processes"].to_string());
    for text in [
        format!(r#"{{"data":[{{"spans":{spans},"processes":{processes}}}],"errors":null}}"#),
        format!(r#"{{"data":{{"processes":{processes},"spans":{spans}}}}}"#),
        format!(r#"[{{"spans":{spans},"processes":{processes}}}]"#),
        format!(r#"{{"traceID":"a","processes":{processes},"spans":{spans}}}"#),
    ] {
        let spans = decode(Bytes::from(text.clone()))
            .unwrap()
            .batch
            .to_spans()
            .unwrap();
        assert_eq!(spans.len(), 1, "{text}");
        assert_eq!(spans[0].service(), Some("shop"), "{text}");
    }
    for name in ["OTLPResourceNoServiceName", "missing-service-name", ""] {
        let mut document = document(&json!({}));
        document["data"][0]["processes"]["p1"]["serviceName"] = json!(name);
        assert_eq!(read(&document)[0].service(), None);
    }
    let unknown = one(&json!({"processID": "p9"}));
    assert_eq!(
        (unknown.service(), unknown.resource.attributes.len()),
        (None, 0)
    );
}

#[test]
fn a_bad_span_costs_only_itself_and_a_bad_document_says_where() {
    let good = json!({"traceID": "a", "spanID": "b"});
    for (bad, reason, words) in [
        (
            json!({"traceID": "a"}),
            Reason::InvalidId,
            "span id is missing",
        ),
        (
            json!({"traceID": "0", "spanID": "1"}),
            Reason::InvalidId,
            "trace id is missing or zero",
        ),
        (
            json!({"traceID": "x", "spanID": "1"}),
            Reason::InvalidId,
            "trace id",
        ),
        (
            json!({"traceID": "a", "spanID": "12345678901234567"}),
            Reason::InvalidId,
            "span id",
        ),
        (
            json!({"traceID": "a", "spanID": "1", "startTime": -1}),
            Reason::InvalidTime,
            "-1",
        ),
        (
            json!({"traceID": "a", "spanID": "1", "startTime": "1e30"}),
            Reason::InvalidTime,
            "no time",
        ),
        (
            json!({"traceID": "a", "spanID": "1", "startTime": 1, "duration": 18_446_744_073_709_551_u64}),
            Reason::InvalidTime,
            "2554",
        ),
        (
            json!({"traceID": "a", "spanID": "1", "duration": "x"}),
            Reason::InvalidField,
            "For input string",
        ),
        (
            json!({"traceID": "a", "spanID": "1", "tags": {}}),
            Reason::InvalidField,
            "tags",
        ),
        (json!([]), Reason::InvalidField, "BEGIN_OBJECT"),
    ] {
        let document = json!({"data": [{"spans": [good, bad, good]}]});
        let decoded = decode(Bytes::from(document.to_string())).unwrap();
        assert_eq!(decoded.batch.len(), 2, "{bad}");
        assert_eq!(decoded.refused.by_reason, [(reason, 1)], "{bad}");
        let first = decoded.refused.first.unwrap();
        assert!(
            first.contains("span 2") && first.contains(words),
            "{bad}: {first}"
        );
        assert_eq!(decoded.batch.to_spans().unwrap()[1].span_id.value(), 0xb);
    }
    for (text, words) in [
        (r#"{"data":[{"spans":{}}]}"#, "path $.data[0].spans"),
        (r#"{"data":[{"spans":[{"traceID":"a""#, "End of input"),
        (r#"{"data":[{"processes":[]}]}"#, "path $.data[0].processes"),
        (r#"{"data":[]} x"#, "expected the end"),
        ("7", "BEGIN_OBJECT"),
    ] {
        let error = decode(Bytes::from(text)).err().unwrap();
        assert!(error.0.contains(words), "{text}: {error}");
    }
}

#[test]
fn what_is_too_much_is_cut_and_counted() {
    let tags: Vec<Json> = (0..ATTRIBUTES_MAX + 5)
        .map(|n| tag(&n.to_string(), "int64", n))
        .collect();
    let logs: Vec<Json> = (0..EVENTS_MAX + 4)
        .map(|n| json!({"timestamp": n, "fields": []}))
        .collect();
    let references: Vec<Json> = (1..EVENTS_MAX + 5)
        .map(|n| json!({"refType": "FOLLOWS_FROM", "traceID": "f", "spanID": format!("{n:x}")}))
        .collect();
    let span = one(&json!({"tags": tags, "logs": logs, "references": references}));
    assert_eq!(
        (span.attributes.len(), span.dropped_attributes),
        (ATTRIBUTES_MAX, 5)
    );
    assert_eq!((span.events.len(), span.dropped_events), (EVENTS_MAX, 4));
    assert_eq!((span.links.len(), span.dropped_links), (EVENTS_MAX, 4));
    let large = document(&json!({"operationName": "x".repeat(2 << 20)}));
    let decoded = decode(Bytes::from(large.to_string())).unwrap();
    assert_eq!(decoded.refused.by_reason, [(Reason::TooLarge, 1)]);
}
