//! Bodies that are no list of Zipkin spans: what their senders are told.
use bytes::Bytes;
use collector::wire::zipkin_json::decode;
use collector::wire::zipkin_list::{ListFormat, check_list};

/// Given a body that is no list of spans, then the request is refused with this text.
fn check_undecodable(body: &str, text: &str) {
    match decode(Bytes::copy_from_slice(body.as_bytes())) {
        Ok(decoded) => panic!("{body}: {} spans", decoded.batch.len()),
        Err(error) => assert_eq!(error.0, text, "{body}"),
    }
}

#[test]
fn what_is_not_json_refuses_the_request() {
    const MALFORMED: &str = "Malformed reading List<Span> from json";
    for (body, text) in [
        (
            "[{]",
            format!("{MALFORMED}: expected name at line 1 column 3 path $[0]."),
        ),
        (
            "[{\"a\" 1}]",
            format!("{MALFORMED}: expected ':' at line 1 column 7 path $[0].a"),
        ),
        (
            "[{\"a\":\n'x'}]",
            format!("{MALFORMED}: expected value at line 2 column 1 path $[0].a"),
        ),
        (
            "[{\"a\":1,}]",
            format!("{MALFORMED}: expected name at line 1 column 9 path $[0].a"),
        ),
        (
            "[{},]",
            format!("{MALFORMED}: expected value at line 1 column 5 path $[1]"),
        ),
        (
            "[{};{}]",
            format!("{MALFORMED}: unterminated array at line 1 column 4 path $[1]"),
        ),
        (
            "[{\"a\":01}]",
            format!("{MALFORMED}: expected value at line 1 column 7 path $[0].a"),
        ),
        (
            "[{\"a\":NaN}]",
            format!("{MALFORMED}: expected value at line 1 column 7 path $[0].a"),
        ),
        (
            "[{\"a\":\"\\x\"}]",
            format!("{MALFORMED}: invalid escape sequence at line 1 column 9 path $[0].a"),
        ),
        (
            "[{\"a\":\"x",
            format!("{MALFORMED}: unterminated string at line 1 column 9 path $[0].a"),
        ),
        (
            "[{\"traceId\":\"a\"",
            "End of input at line 1 column 16 path $[0].traceId reading List<Span> from json"
                .into(),
        ),
        (
            "{}",
            format!(
                "{MALFORMED}: Expected BEGIN_ARRAY but was BEGIN_OBJECT at line 1 column 1 path $"
            ),
        ),
        (
            "hello",
            format!("{MALFORMED}: expected value at line 1 column 1 path $"),
        ),
    ] {
        check_undecodable(body, &text);
    }
    let deep = format!("[{{\"a\":{}", "[".repeat(1 << 20));
    let error = decode(Bytes::from(deep)).err().unwrap().0;
    assert!(
        error.starts_with("Nesting limit 255 reached at line 1 column 260"),
        "{error}"
    );
}

#[test]
fn the_first_look_at_a_list() {
    const NO_LIST: Option<&str> = Some("Expected a JSON_V2 encoded list\n");
    const V1: Option<&str> = Some("Expected a JSON_V2 encoded list, but received: JSON_V1\n");
    for (body, text) in [
        (&b""[..], None),
        (b"[]", None),
        (b"[ ]", None),
        (b"\n[]", None),
        (b"\x0c...", None),
        (b"{\"traceId\":\"a\"}", NO_LIST),
        (b"hello", NO_LIST),
        (b" []", NO_LIST),
        (b"\n", NO_LIST),
        (b"\n\0", NO_LIST),
        (b"\xef\xbb\xbf[]", NO_LIST),
        (br#"[{"traceId":"a","id":"1","binaryAnnotations":[]}]"#, V1),
        (
            br#"[{"traceId":"a","id":"1","annotations":[],"tags":{"a":"Annotations"}}]"#,
            None,
        ),
    ] {
        let found = check_list(body, ListFormat::JsonV2)
            .err()
            .map(|error| error.0);
        assert_eq!(found.as_deref(), text, "{}", String::from_utf8_lossy(body));
    }
}
