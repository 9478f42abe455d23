//! Zipkin's JSON on its way in: the rules one by one.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
use bytes::Bytes;
use collector::wire::zipkin_json::{decode, encode_spans};
use collector::wire::{ATTRIBUTES_MAX, EVENTS_MAX, Reason};

/// Given a list, then the spans that are kept are written like this.
fn check(list: &str, written: &str) {
    let decoded = decode(Bytes::copy_from_slice(list.as_bytes())).map_err(|error| error.0);
    let decoded = decoded.unwrap_or_else(|error| panic!("{list}: {error}"));
    assert_eq!(decoded.refused.first, None, "{list}");
    let spans = decoded.batch.to_spans().unwrap();
    assert_eq!(
        String::from_utf8(encode_spans(&spans)).unwrap(),
        written,
        "{list}"
    );
}

/// Given the fields of a span beside its ids, then it is written with these.
fn check_fields(fields: &str, written: &str) {
    const IDS: &str = r#""traceId":"000000000000000a","id":"0000000000000001""#;
    let list = format!(r#"[{{"traceId":"a","id":"1",{fields}}}]"#);
    let comma = if written.is_empty() { "" } else { "," };
    check(&list, &format!("[{{{IDS}{comma}{written}}}]"));
}

/// Given a bad span between good ones, then it alone is refused with this text.
fn check_refused(span: &str, reason: Reason, text: &str) {
    let good = r#"{"traceId":"a","id":"1"}"#;
    let list = format!(r#"[{good},{span},{good}]"#);
    let decoded = decode(Bytes::from(list)).map_err(|error| error.0);
    let decoded = decoded.unwrap_or_else(|error| panic!("{span}: {error}"));
    assert_eq!(decoded.batch.len(), 2, "{span}");
    assert_eq!(decoded.refused.count, 1, "{span}");
    assert_eq!(decoded.refused.by_reason, [(reason, 1)], "{span}");
    let first = decoded.refused.first.unwrap();
    assert_eq!(
        first,
        format!("{text} reading List<Span> from json"),
        "{span}"
    );
}

#[test]
fn ids() {
    let ids = |trace_id: &str, id: &str| format!(r#"[{{"traceId":"{trace_id}","id":"{id}"}}]"#);
    for (trace_id, id, written_trace_id, written_id) in [
        ("a", "1", "000000000000000a", "0000000000000001"),
        (
            "00000000000000000000000000000abc",
            "1",
            "0000000000000abc",
            "0000000000000001",
        ),
        (
            "123456789012345678",
            "f",
            "00000000000000123456789012345678",
            "000000000000000f",
        ),
    ] {
        check(&ids(trace_id, id), &ids(written_trace_id, written_id));
    }
    check(
        r#"[{"traceId":123,"id":1}]"#,
        &ids("0000000000000123", "0000000000000001"),
    );
    check("[]", "[]");
    check(" [ ] ", "[]");
    check("", "[]");
    check(
        r#"[{"id":"2","id":"1","traceId":"a"}]more"#,
        &ids("000000000000000a", "0000000000000001"),
    );
    check_fields(r#""parentId":"1""#, "");
    check_fields(r#""parentId":"000000""#, "");
    check_fields(r#""parentId":null"#, "");
}

#[test]
fn scalars() {
    for (fields, written) in [
        (r#""kind":"CLIENT","shared":true"#, r#""kind":"CLIENT""#),
        (
            r#""kind":"SERVER","shared":TRUE"#,
            r#""kind":"SERVER","shared":true"#,
        ),
        (r#""debug":true,"debug":false"#, r#""debug":true"#),
        (r#""debug":false,"shared":false,"kind":null"#, ""),
        (r#""name":"GET /Ä","name":"Get /Ö""#, r#""name":"get /ö""#),
        (r#""name":"""#, ""),
        (
            r#""timestamp":1,"duration":2"#,
            r#""timestamp":1,"duration":2"#,
        ),
        (
            r#""timestamp":"1","duration":"1e3""#,
            r#""timestamp":1,"duration":1000"#,
        ),
        (r#""timestamp":0,"duration":-5"#, ""),
        (
            r#""timestamp":1795164009123456.8,"duration":1.5e0"#,
            r#""timestamp":1795164009123456,"duration":1"#,
        ),
        (
            r#""timestamp":1.58432429547687e+15"#,
            r#""timestamp":1584324295476870"#,
        ),
        (
            r#""unknown":[{"a":[1,{}]},null,true,"x\n"],"debug":null"#,
            "",
        ),
        (r#""localEndpoint":{}"#, ""),
        (
            r#""localEndpoint":{"serviceName":"","ipv4":"nonsense","port":0}"#,
            "",
        ),
        (
            r#""localEndpoint":{"serviceName":null,"port":-1,"more":{}},"remoteEndpoint":null"#,
            "",
        ),
        (
            r#""localEndpoint":{"serviceName":"FooBar","ipv4":"::ffff:1.2.3.4","ipv6":"1:0:0:0:0:0:0:A","port":"80"}"#,
            r#""localEndpoint":{"serviceName":"foobar","ipv4":"1.2.3.4","ipv6":"1::a","port":80}"#,
        ),
        (
            r#""remoteEndpoint":{"ipv6":"10.0.0.1","port":65535}"#,
            r#""remoteEndpoint":{"ipv4":"10.0.0.1","port":65535}"#,
        ),
    ] {
        check_fields(fields, written);
    }
}

#[test]
fn lists() {
    for (fields, written) in [
        (
            r#""annotations":[{"timestamp":2,"value":"b"},{"timestamp":1,"value":"z"},{"timestamp":2,"value":"b"},{"value":"a","x":[],"timestamp":"2"}]"#,
            r#""annotations":[{"timestamp":1,"value":"z"},{"timestamp":2,"value":"a"},{"timestamp":2,"value":"b"}]"#,
        ),
        (
            r#""annotations":[{"timestamp":-7,"value":1}],"annotations":[{"timestamp":0,"value":""}]"#,
            r#""annotations":[{"timestamp":-7,"value":"1"},{"timestamp":0,"value":""}]"#,
        ),
        (r#""annotations":[]"#, ""),
        (
            r#""tags":{"b":"1","a":2,"b":"3"},"tags":{"":""}"#,
            r#""tags":{"":"","a":"2","b":"3"}"#,
        ),
        (r#""tags":{"\u0062":"x","b":"y"}"#, r#""tags":{"b":"y"}"#),
        (
            "\"tags\":{\"\u{e000}\":\"3\",\"😀\":\"2\",\"가\":\"1\"}",
            "\"tags\":{\"가\":\"1\",\"😀\":\"2\",\"\u{e000}\":\"3\"}",
        ),
        (r#""tags":{"k":1.50e1}"#, r#""tags":{"k":"1.50e1"}"#),
        (r#""tags":{}"#, ""),
        (
            "\"tags\":{\"q\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\u{7f}\u{2028}\u{2029}\u{2027}\"}",
            "\"tags\":{\"q\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\u{7f}\\u2028\\u2029\u{2027}\"}",
        ),
    ] {
        check_fields(fields, written);
    }
}

#[test]
fn a_bad_span_costs_only_itself() {
    for (span, text) in [
        (
            r#"{"traceId":"A","id":"1"}"#,
            "A should be lower-hex encoded with no prefix",
        ),
        (r#"{"traceId":"","id":"1"}"#, "traceId is empty"),
        (
            r#"{"traceId":"000000000000000000000000000000001","id":"1"}"#,
            "traceId.length > 32",
        ),
        (r#"{"traceId":"0","id":"1"}"#, "traceId is all zeros"),
        (
            r#"{"traceId":"a","id":"0000000000000000"}"#,
            "id is all zeros",
        ),
        (
            r#"{"traceId":"a","id":"00000000000000001"}"#,
            "id.length > 16",
        ),
        (
            r#"{"traceId":"a","id":"1","parentId":""}"#,
            "parentId is empty",
        ),
        (r#"{"traceId":"a"}"#, "Missing : id"),
        ("{}", "Missing : traceId id"),
    ] {
        check_refused(span, Reason::InvalidId, text);
    }
    for (fields, text) in [
        (
            r#""kind":"client""#,
            "No enum constant zipkin2.Span.Kind.client",
        ),
        (r#""tags":{"a":null}"#, "No value at $[1].tags.a"),
        (
            r#""annotations":[{"timestamp":1}]"#,
            "Incomplete annotation at $[1].annotations[0].timestamp",
        ),
        (r#""localEndpoint":{"port":99999}"#, "invalid port 99999"),
    ] {
        let span = format!(r#"{{"traceId":"a","id":"1",{fields},"tags":{{"x":[[{{}}]]}}}}"#);
        check_refused(&span, Reason::InvalidField, text);
    }
    for (span, text) in [
        (
            r#"{"traceId":null}"#,
            "Expected a string but was NULL at line 1 column 38 path $[1].traceId",
        ),
        (
            r#"{"id":"1","tags":{"foo":true}}"#,
            "Expected a string but was BOOLEAN at line 1 column 51 path $[1].tags.foo",
        ),
        (
            r#"{"debug":"true"}"#,
            "Expected a boolean but was STRING at line 1 column 36 path $[1].debug",
        ),
        (r#"{"timestamp":"abc"}"#, "For input string: \"abc\""),
        (
            r#"{"localEndpoint":{"port":1.5}}"#,
            "Expected an int but was 1.5 at line 1 column 55 path $[1].localEndpoint.port",
        ),
    ] {
        check_refused(span, Reason::InvalidField, text);
    }
    check_refused(
        r#"{"traceId":"a","id":"1","timestamp":1795164009123456789}"#,
        Reason::InvalidTime,
        "1795164009123456789 at $[1].timestamp is too large: times are in microseconds, not \
         nanoseconds",
    );
    check_refused(
        r#"{"traceId":"a","id":"1","duration":9300000000000000}"#,
        Reason::InvalidTime,
        "9300000000000000 at $[1].duration is too large: times are in microseconds, not \
         nanoseconds",
    );
}

#[test]
fn a_wrong_shape_is_called_malformed() {
    for span in [
        "null",
        "1",
        "\"x\"",
        "[]",
        "[{}]",
        "true",
        r#"{"traceId":"a","id":"1","tags":[]}"#,
        r#"{"traceId":"a","id":"1","annotations":{}}"#,
        r#"{"traceId":"a","id":"1","localEndpoint":"x"}"#,
    ] {
        let list = format!(r#"[{span},{{"traceId":"a","id":"1"}}]"#);
        let decoded = decode(Bytes::from(list)).unwrap_or_else(|error| panic!("{span}: {error}"));
        assert_eq!(
            (decoded.batch.len(), decoded.refused.count),
            (1, 1),
            "{span}"
        );
        let first = decoded.refused.first.unwrap();
        let prefix = "Malformed reading List<Span> from json: Expected BEGIN_";
        assert!(first.starts_with(prefix), "{span}: {first}");
    }
}

#[test]
fn too_much_in_one_span_costs_that_span() {
    let tags = |count| {
        let tags: Vec<String> = (0..count).map(|n| format!(r#""k{n}":"v""#)).collect();
        format!(
            r#"{{"traceId":"a","id":"1","tags":{{{}}}}}"#,
            tags.join(",")
        )
    };
    let annotations = |count| {
        let list = vec![r#"{"timestamp":1,"value":"v"}"#; count].join(",");
        format!(r#"{{"traceId":"a","id":"1","annotations":[{list}]}}"#)
    };
    let name = |length| {
        format!(
            r#"{{"traceId":"a","id":"1","name":"{}"}}"#,
            "x".repeat(length)
        )
    };
    for (span, kept) in [
        (tags(ATTRIBUTES_MAX), 1),
        (tags(ATTRIBUTES_MAX + 1), 0),
        (annotations(EVENTS_MAX), 1),
        (annotations(EVENTS_MAX + 1), 0),
        (name(1 << 19), 1),
        (name(1 << 20), 0),
    ] {
        let decoded = decode(Bytes::from(format!("[{span}]"))).unwrap();
        assert_eq!(decoded.batch.len(), kept, "{:?}", decoded.refused);
        assert_eq!(decoded.refused.count, 1 - kept as u64);
    }
}

#[test]
fn texts_that_are_not_unicode_are_repaired_and_counted() {
    let body =
        b"[{\"traceId\":\"a\",\"id\":\"1\",\"name\":\"a\xffb\",\"tags\":{\"\\ud800\":\"ok\"}},\
        {\"name\":\"\xff\"},{\"traceId\":\"a\",\"id\":\"2\",\"x\":\"\xff\"}]";
    let decoded = decode(Bytes::from_static(body)).unwrap();
    assert_eq!((decoded.texts_repaired, decoded.refused.count), (2, 1));
    let spans = decoded.batch.to_spans().unwrap();
    assert_eq!(spans[0].name.as_deref(), Some("a\u{fffd}b"));
    assert_eq!(spans[0].text("\u{fffd}"), Some("ok"));
}

#[test]
fn spans_of_one_endpoint_share_a_source() {
    let span = |service: &str| {
        format!(r#"{{"traceId":"a","id":"1","localEndpoint":{{"serviceName":"{service}"}}}}"#)
    };
    let list = format!(
        "[{},{},{},{}]",
        span("A"),
        span("B"),
        span("A"),
        r#"{"traceId":"a","id":"1"}"#
    );
    let decoded = decode(Bytes::from(list)).unwrap();
    let sources: Vec<_> = decoded
        .batch
        .spans()
        .iter()
        .map(|span| span.source)
        .collect();
    assert_eq!(sources[0], sources[2]);
    assert_ne!(sources[0], sources[1]);
    let service = |index| decoded.batch.string(decoded.batch.source(index).service);
    assert_eq!(service(sources[0]), "A");
    assert_eq!(service(sources[3]), "");
}
