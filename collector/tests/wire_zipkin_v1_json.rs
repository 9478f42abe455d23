//! Zipkin's JSON v1 on its way in: what its reader takes, leaves out and refuses. The answers are
//! those of a real Zipkin server 3.6.1.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
use bytes::Bytes;
use collector::wire::zipkin_json::encode_spans;
use collector::wire::zipkin_v1_json::decode;
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

#[test]
fn ids_are_numbers() {
    for (trace_id, id, written_trace_id, written_id) in [
        (r#""a""#, r#""1""#, "000000000000000a", "0000000000000001"),
        ("12", "7", "0000000000000012", "0000000000000007"),
        (
            r#""a0000000000000000000000000000001""#,
            r#""aaaaaaaaaaaaaaaa0000000000000007""#,
            "a0000000000000000000000000000001",
            "0000000000000007",
        ),
        // Only 32 digits have a high half.
        (
            r#""a000000000000000000000000000001""#,
            r#""1""#,
            "0000000000000001",
            "0000000000000001",
        ),
    ] {
        let list = format!(r#"[{{"traceId":{trace_id},"id":{id}}}]"#);
        let written = format!(r#"[{{"traceId":"{written_trace_id}","id":"{written_id}"}}]"#);
        check(&list, &written);
    }
    check("[]", "[]");
    check(" [ ] ", "[]");
    check("", "[]");
    check_fields(r#""parentId":"1""#, "");
    check_fields(r#""parentId":"0""#, "");
    check_fields(r#""parentId":null"#, "");
    let list = r#"[{"traceId":"a","id":"1","parentId":"aaaaaaaaaaaaaaaa0000000000000007"}]"#;
    let ids =
        r#""traceId":"000000000000000a","parentId":"0000000000000007","id":"0000000000000001""#;
    check(list, &format!("[{{{ids}}}]"));
}

#[test]
fn fields() {
    for (fields, written) in [
        (r#""name":"GeT","name":"Pöst""#, r#""name":"pöst""#),
        (r#""name":null,"name":"","debug":null"#, ""),
        (r#""name":1"#, r#""name":"1""#),
        (
            r#""timestamp":1,"duration":2"#,
            r#""timestamp":1,"duration":2"#,
        ),
        (
            r#""timestamp":"1","duration":"2e1""#,
            r#""timestamp":1,"duration":20"#,
        ),
        // Other than Zipkin, which refuses the list.
        (r#""timestamp":1.5"#, r#""timestamp":1"#),
        (r#""timestamp":-1,"duration":-2"#, ""),
        (r#""timestamp":null,"duration":null"#, ""),
        (r#""debug":true,"debug":false"#, r#""debug":true"#),
        (r#""kind":"CLIENT","shared":true,"x":[{}]"#, ""),
        (r#""annotations":null,"binaryAnnotations":null"#, ""),
        (r#""annotations":[],"binaryAnnotations":[]"#, ""),
    ] {
        check_fields(fields, written);
    }
}

#[test]
fn annotations() {
    let a = r#""localEndpoint":{"serviceName":"a"}"#;
    let x = r#""annotations":[{"timestamp":1,"value":"x"}]"#;
    for (annotation, written) in [
        (r#""timestamp":1,"value":"x""#, x.to_owned()),
        (r#""value":"x","endpoint":null,"timestamp":1"#, x.to_owned()),
        (r#""timestamp":1,"value":"x","endpoint":{}"#, x.to_owned()),
        (
            r#""timestamp":1,"value":"x","endpoint":{"serviceName":""}"#,
            x.to_owned(),
        ),
        (
            r#""timestamp":1,"value":"x","endpoint":{"serviceName":"A"}"#,
            format!("{a},{x}"),
        ),
        (
            r#""timestamp":0,"value":1"#,
            r#""annotations":[{"timestamp":0,"value":"1"}]"#.to_owned(),
        ),
        (
            r#""timestamp":"-4","value":"\u0041","more":{}"#,
            r#""annotations":[{"timestamp":-4,"value":"A"}]"#.to_owned(),
        ),
        (
            r#""timestamp":1,"value":"cs","endpoint":{"port":-1}"#,
            r#""annotations":[{"timestamp":1,"value":"cs"}]"#.to_owned(),
        ),
    ] {
        check_fields(&format!(r#""annotations":[{{{annotation}}}]"#), &written);
    }
    let list = r#""annotations":[{"timestamp":2,"value":"b"}],"annotations":[{"timestamp":1,"value":"a"}]"#;
    let both = r#""annotations":[{"timestamp":1,"value":"a"},{"timestamp":2,"value":"b"}]"#;
    check_fields(list, both);
}

/// A text is a tag, `true` on the key of an address is one, and the rest is dropped.
#[test]
fn binary_annotations() {
    let host = r#""endpoint":{"serviceName":"A"}"#;
    let local = r#""localEndpoint":{"serviceName":"a"}"#;
    let remote = r#""remoteEndpoint":{"serviceName":"a"}"#;
    for (key, value, written) in [
        ("k", r#""v""#, format!(r#"{local},"tags":{{"k":"v"}}"#)),
        ("k", r#""""#, format!(r#"{local},"tags":{{"k":""}}"#)),
        ("", r#""x""#, format!(r#"{local},"tags":{{"":"x"}}"#)),
        ("k", "1", String::new()),
        ("k", "1.5", String::new()),
        ("k", "true", String::new()),
        ("k", "false", String::new()),
        ("k", "null", String::new()),
        ("k", r#"{"a":[1]}"#, String::new()),
        ("k", "[]", String::new()),
        (
            "k",
            r#"true,"value":"x""#,
            format!(r#"{local},"tags":{{"k":"x"}}"#),
        ),
        ("sa", "true", remote.to_owned()),
        ("sa", "True", remote.to_owned()),
        ("sa", r#""1""#, remote.to_owned()),
        ("sa", r#""""#, remote.to_owned()),
        ("sa", "false", String::new()),
        ("sa", "1", String::new()),
        ("sa", r#"true,"value":false"#, String::new()),
        ("ca", "true", format!(r#""kind":"SERVER",{remote}"#)),
        ("ma", "true", String::new()),
        ("lc", r#""""#, local.to_owned()),
        ("lc", "true", String::new()),
    ] {
        let annotation = format!(r#"{host},"key":"{key}","value":{value}"#);
        check_fields(
            &format!(r#""binaryAnnotations":[{{{annotation}}}]"#),
            &written,
        );
    }
    for bare in [
        r#""key":"sa","value":true"#,
        r#""key":"x""#,
        r#""key":"sa","value":"","endpoint":{}"#,
    ] {
        check_fields(&format!(r#""binaryAnnotations":[{{{bare}}}]"#), "");
    }
}

/// Given a bad span between good ones, then it alone is refused with this text.
fn check_refused(fields: &str, reason: Reason, text: &str) {
    let good = r#"{"traceId":"a","id":"1"}"#;
    let list = format!("[{good},{{{fields}}},{good}]");
    let decoded = decode(Bytes::from(list)).unwrap_or_else(|error| panic!("{fields}: {error}"));
    assert_eq!(decoded.batch.len(), 2, "{fields}");
    assert_eq!(decoded.refused.by_reason, [(reason, 1)], "{fields}");
    let first = decoded.refused.first.unwrap();
    assert_eq!(
        first,
        format!("{text} reading List<Span> from json"),
        "{fields}"
    );
}

#[test]
fn a_bad_span_costs_only_itself() {
    const NO_ID: &str = "should be a 1 to 32 character lower-hex string with no prefix";
    for (fields, text) in [
        ("", "traceId == 0".to_owned()),
        (r#""traceId":"a""#, "id == 0".to_owned()),
        (r#""id":"1""#, "traceId == 0".to_owned()),
        (r#""traceId":"0","id":"1""#, "traceId == 0".to_owned()),
        (
            r#""traceId":"a0000000000000000000000000000000","id":"1""#,
            "traceId == 0".to_owned(),
        ),
        (r#""traceId":"a","id":"0""#, "id == 0".to_owned()),
        (r#""traceId":"","id":"1""#, format!(" {NO_ID}")),
        (r#""traceId":"a","id":"A""#, format!("A {NO_ID}")),
        (
            r#""traceId":"a","id":"1","parentId":"""#,
            format!(" {NO_ID}"),
        ),
        (
            r#""traceId":"a","id":"aaaaaaaaaaaaaaaa00000000000000071""#,
            format!("aaaaaaaaaaaaaaaa00000000000000071 {NO_ID}"),
        ),
    ] {
        check_refused(fields, Reason::InvalidId, &text);
    }
    for (fields, text) in [
        (
            r#""traceId":null"#,
            "Expected a string but was NULL at line 1 column 38 path $[1].traceId",
        ),
        (
            r#""debug":"true""#,
            "Expected a boolean but was STRING at line 1 column 36 path $[1].debug",
        ),
        (
            r#""annotations":[{"timestamp":1}]"#,
            "Incomplete annotation at $[1].annotations[0].timestamp",
        ),
        (
            r#""annotations":[{"value":"x"}]"#,
            "Incomplete annotation at $[1].annotations[0].value",
        ),
        (
            r#""binaryAnnotations":[{"value":"x"}]"#,
            "No key at $[1].binaryAnnotations[0].value",
        ),
        (
            r#""binaryAnnotations":[{"value":"x","key":null}]"#,
            "No key at $[1].binaryAnnotations[0].key",
        ),
        (
            r#""annotations":[{"timestamp":1,"value":"x","endpoint":{"port":99999}}]"#,
            "invalid port 99999",
        ),
    ] {
        check_refused(fields, Reason::InvalidField, text);
    }
    const NANOS: &str = "1795164009123456789";
    let not_micros = "is too large: times are in microseconds, not nanoseconds";
    check_refused(
        &format!(r#""traceId":"a","id":"1","timestamp":{NANOS}"#),
        Reason::InvalidTime,
        &format!("{NANOS} {not_micros}"),
    );
    // Nothing of a span is kept that would be two, one of them bad.
    let host = |name: &str| format!(r#""endpoint":{{"serviceName":"{name}"}}"#);
    let annotation =
        |time: &str, name| format!(r#"{{"timestamp":{time},"value":"x",{}}}"#, host(name));
    let (good, bad) = (annotation("1", "a"), annotation(NANOS, "b"));
    check_refused(
        &format!(r#""traceId":"a","id":"1","annotations":[{good},{bad}]"#),
        Reason::InvalidTime,
        &format!("{NANOS} {not_micros}"),
    );
}

#[test]
fn too_much_in_one_span_costs_that_span() {
    let span = |list: &str, one: &dyn Fn(usize) -> String, count: usize| {
        let list_of: Vec<_> = (0..count).map(one).collect();
        format!(
            r#"{{"traceId":"a","id":"1","{list}":[{}]}}"#,
            list_of.join(",")
        )
    };
    let annotation = |_| r#"{"timestamp":1,"value":"v"}"#.to_owned();
    let tag = |n| format!(r#"{{"key":"{n}","value":"v"}}"#);
    let tag_of = |n| {
        format!(
            r#"{{"key":"k","value":"v","endpoint":{{"port":{}}}}}"#,
            n + 1
        )
    };
    let named = |_| format!(r#"{{"key":"k","value":"{}"}}"#, "x".repeat(1 << 10));
    for (span, kept) in [
        (span("annotations", &annotation, EVENTS_MAX), 1),
        (span("annotations", &annotation, EVENTS_MAX + 1), 0),
        (span("binaryAnnotations", &tag, ATTRIBUTES_MAX), 1),
        (span("binaryAnnotations", &tag, ATTRIBUTES_MAX + 1), 0),
        (span("binaryAnnotations", &tag_of, 32), 1),
        (span("binaryAnnotations", &tag_of, 33), 0),
        (span("binaryAnnotations", &named, 900), 1),
        (span("binaryAnnotations", &named, 1_020), 0),
    ] {
        let decoded = decode(Bytes::from(format!("[{span}]"))).unwrap();
        assert_eq!(decoded.batch.len(), kept, "{:?}", decoded.refused);
        if kept == 0 {
            assert_eq!(decoded.refused.by_reason, [(Reason::TooLarge, 1)]);
        }
    }
}

#[test]
fn what_is_not_json_refuses_the_request() {
    for body in [
        r#"[{"x":01}]"#,
        r#"[{"traceId":"a","#,
        r#"[{"annotations":"#,
        "{}",
        "hello",
    ] {
        let error = decode(Bytes::copy_from_slice(body.as_bytes()))
            .err()
            .unwrap()
            .0;
        assert!(
            error.contains(" reading List<Span> from json"),
            "{body}: {error}"
        );
    }
    for span in [
        "null",
        "[]",
        r#"{"annotations":{}}"#,
        r#"{"annotations":[null]}"#,
    ] {
        let list = format!(r#"[{span},{{"traceId":"a","id":"1"}}]"#);
        let decoded = decode(Bytes::from(list)).unwrap();
        assert_eq!(
            (decoded.batch.len(), decoded.refused.count),
            (1, 1),
            "{span}"
        );
        let first = decoded.refused.first.unwrap();
        assert!(
            first.starts_with("Malformed reading List<Span> from json: "),
            "{first}"
        );
    }
}

/// What zipkin-js and py_zipkin sent, word for word.
#[test]
fn real_clients() {
    check(
        r#"[{"traceId":"6fb3455609dc91d4","id":"6fb3455609dc91d4","name":"get","timestamp":1795164009194246,"duration":121,"annotations":[{"value":"cs","timestamp":1795164009194246,"endpoint":{"serviceName":"svc-a"}},{"value":"cr","timestamp":1795164009194367,"endpoint":{"serviceName":"svc-a"}}],"binaryAnnotations":[{"key":"sa","value":true,"endpoint":{"serviceName":"bk","port":80}}]}]"#,
        r#"[{"traceId":"6fb3455609dc91d4","id":"6fb3455609dc91d4","kind":"CLIENT","name":"get","timestamp":1795164009194246,"duration":121,"localEndpoint":{"serviceName":"svc-a"},"remoteEndpoint":{"serviceName":"bk","port":80}}]"#,
    );
    check(
        r#"[{"traceId": "78f28c5f7efb43fe", "name": "Home Page", "id": "87e69b013c1b0bb8", "annotations": [{"endpoint": {"serviceName": "My_Svc", "port": 8080, "ipv4": "127.0.0.1"}, "timestamp": 1795164035165124, "value": "sr"}, {"endpoint": {"serviceName": "My_Svc", "port": 8080, "ipv4": "127.0.0.1"}, "timestamp": 1795164035165135, "value": "ss"}], "binaryAnnotations": [{"key": "k", "value": 1, "endpoint": {"serviceName": "My_Svc", "port": 8080, "ipv4": "127.0.0.1"}}, {"key": "x", "value": true, "endpoint": {"serviceName": "My_Svc", "port": 8080, "ipv4": "127.0.0.1"}}], "timestamp": 1795164035165124, "duration": 10}]"#,
        r#"[{"traceId":"78f28c5f7efb43fe","id":"87e69b013c1b0bb8","kind":"SERVER","name":"home page","timestamp":1795164035165124,"duration":10,"localEndpoint":{"serviceName":"my_svc","ipv4":"127.0.0.1","port":8080}}]"#,
    );
}
