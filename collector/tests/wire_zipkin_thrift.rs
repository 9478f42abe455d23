//! Zipkin's thrift on its way in: what its reader takes, leaves out and refuses. The answers are
//! those of a real Zipkin server 3.6.1, but for its mistakes in passing over fields.
use collector::wire::zipkin_json::encode_spans;
use collector::wire::zipkin_thrift::decode;
use collector::wire::{EVENTS_MAX, Reason};

fn field(of: u8, id: i16, value: &[u8]) -> Vec<u8> {
    [[of].as_slice(), &id.to_be_bytes(), value].concat()
}

fn bytes(id: i16, value: &[u8]) -> Vec<u8> {
    field(
        11,
        id,
        &[&(value.len() as u32).to_be_bytes(), value].concat(),
    )
}

fn i64(id: i16, number: i64) -> Vec<u8> {
    field(10, id, &number.to_be_bytes())
}

fn i32(id: i16, number: i32) -> Vec<u8> {
    field(8, id, &number.to_be_bytes())
}

fn structure(fields: &[Vec<u8>]) -> Vec<u8> {
    [fields.concat(), vec![0]].concat()
}

fn list(of: u8, elements: &[Vec<u8>]) -> Vec<u8> {
    let count = (elements.len() as u32).to_be_bytes();
    [[of].as_slice(), &count, &elements.concat()].concat()
}

/// A span with ids and more fields.
fn span(fields: &[Vec<u8>]) -> Vec<u8> {
    structure(&[&[i64(1, 10), i64(4, 1)], fields].concat())
}

fn annotation(fields: &[Vec<u8>]) -> Vec<u8> {
    field(15, 6, &list(12, &[structure(fields)]))
}

fn binary_annotation(fields: &[Vec<u8>]) -> Vec<u8> {
    field(15, 8, &list(12, &[structure(fields)]))
}

/// An annotation `x` of a host.
fn host(fields: &[Vec<u8>]) -> Vec<u8> {
    annotation(&[i64(1, 1), bytes(2, b"x"), field(12, 3, &structure(fields))])
}

#[test]
fn what_is_taken_and_what_is_left_out() {
    let x = r#","annotations":[{"timestamp":1,"value":"x"}]"#;
    let on = |endpoint: &str| format!(r#","localEndpoint":{{{endpoint}}}{x}"#);
    let web = field(12, 4, &structure(&[bytes(3, b"Web")]));
    let tag = |parts: &[Vec<u8>]| binary_annotation(&[parts, std::slice::from_ref(&web)].concat());
    let on_web =
        |tags: &str| format!(r#","localEndpoint":{{"serviceName":"web"}},"tags":{{{tags}}}"#);
    let nothing = String::new;
    for (fields, written) in [
        (vec![], nothing()),
        (bytes(3, b"GeT"), r#","name":"get""#.to_owned()),
        (bytes(3, b"a\xff"), ",\"name\":\"a\u{fffd}\"".to_owned()),
        (bytes(3, b""), nothing()),
        (i64(3, 1), nothing()),
        (i64(5, 0), nothing()),
        (i64(5, 1), nothing()),
        (field(2, 9, &[1]), r#","debug":true"#.to_owned()),
        (field(2, 9, &[2]), nothing()),
        (
            [i64(10, 3), i64(11, 4)].concat(),
            r#","timestamp":3,"duration":4"#.to_owned(),
        ),
        ([i64(10, -3), i64(11, -4)].concat(), nothing()),
        ([i64(10, 0), i64(11, 4)].concat(), nothing()),
        (annotation(&[i64(1, 1), bytes(2, b"x")]), x.to_owned()),
        (annotation(&[i64(1, 0), bytes(2, b"x")]), nothing()),
        (annotation(&[i64(1, 1)]), nothing()),
        (annotation(&[i64(1, 1), bytes(2, b"")]), x.replace('x', "")),
        (
            annotation(&[i64(1, -1), bytes(2, b"x")]),
            x.replace('1', "-1"),
        ),
        (
            annotation(&[i64(1, 1), bytes(2, b"cs")]),
            x.replace('x', "cs"),
        ),
        (host(&[]), x.to_owned()),
        (
            host(&[bytes(3, b"Web"), i32(1, 0)]),
            on(r#""serviceName":"web""#),
        ),
        (
            host(&[i32(1, 0x0102_0304), i32(9, 1)]),
            on(r#""ipv4":"1.2.3.4""#),
        ),
        (host(&[field(6, 2, &[0xff, 0xff])]), on(r#""port":65535"#)),
        (host(&[field(6, 2, &[0, 0])]), x.to_owned()),
        (
            host(&[bytes(4, &[0x20; 16])]),
            on(r#""ipv6":"2020:2020:2020:2020:2020:2020:2020:2020""#),
        ),
        (host(&[bytes(4, &[1, 2, 3, 4])]), on(r#""ipv4":"1.2.3.4""#)),
        (host(&[bytes(4, &[1; 5])]), x.to_owned()),
        (
            tag(&[bytes(1, b"k"), bytes(2, b"v"), i32(3, 6)]),
            on_web(r#""k":"v""#),
        ),
        (
            tag(&[bytes(1, b"k"), bytes(2, b""), i32(3, 6)]),
            on_web(r#""k":"""#),
        ),
        (
            tag(&[bytes(1, b"k"), bytes(2, b"\xff"), i32(3, 6)]),
            on_web("\"k\":\"\u{fffd}\""),
        ),
        (tag(&[bytes(1, b"k"), bytes(2, b"v")]), nothing()),
        (tag(&[bytes(2, b"v"), i32(3, 6)]), nothing()),
        (tag(&[bytes(1, b"k"), i32(3, 6)]), nothing()),
        (
            tag(&[bytes(1, b"lc"), bytes(2, b""), i32(3, 6)]),
            r#","localEndpoint":{"serviceName":"web"}"#.to_owned(),
        ),
        (
            tag(&[bytes(1, b"sa"), bytes(2, &[1]), i32(3, 0)]),
            r#","remoteEndpoint":{"serviceName":"web"}"#.to_owned(),
        ),
        (
            tag(&[bytes(1, b"sa"), bytes(2, b"1"), i32(3, 6)]),
            r#","remoteEndpoint":{"serviceName":"web"}"#.to_owned(),
        ),
        (
            tag(&[bytes(1, b"sa"), bytes(2, &[0]), i32(3, 0)]),
            nothing(),
        ),
        (
            tag(&[bytes(1, b"sa"), bytes(2, &[1, 1]), i32(3, 0)]),
            nothing(),
        ),
        (tag(&[bytes(1, b"k"), bytes(2, &[1]), i32(3, 0)]), nothing()),
        (
            binary_annotation(&[bytes(1, b"sa"), bytes(2, &[1]), i32(3, 0)]),
            nothing(),
        ),
        // Fields that are not known, or of another type than the known ones.
        (
            [
                i64(20, 1),
                field(12, 22, &span(&[])),
                field(15, 23, &list(10, &[vec![0; 8]])),
            ]
            .concat(),
            nothing(),
        ),
        (field(15, 6, &list(10, &[vec![0; 8]])), nothing()),
        (
            field(14, 6, &list(12, &[structure(&[i64(1, 1), bytes(2, b"x")])])),
            nothing(),
        ),
    ] {
        let decoded = decode(list(12, &[span(std::slice::from_ref(&fields))]).into());
        let decoded = decoded.unwrap_or_else(|error| panic!("{fields:?}: {error}"));
        assert_eq!(decoded.refused.first, None, "{fields:?}");
        let spans = decoded.batch.to_spans().unwrap();
        let ids = r#"{"traceId":"000000000000000a","id":"0000000000000001""#;
        let found = String::from_utf8(encode_spans(&spans)).unwrap();
        assert_eq!(found, format!("[{ids}{written}}}]"), "{fields:?}");
    }
    // Tags of the types that are numbers, bytes and half texts say nothing.
    for of_type in [0, 1, 2, 3, 4, 5, 7] {
        let tag = tag(&[bytes(1, b"k"), bytes(2, &[1]), i32(3, of_type)]);
        let decoded = decode(list(12, &[span(&[tag])]).into()).unwrap();
        assert_eq!(
            decoded.batch.to_spans().unwrap()[0].attributes,
            [],
            "{of_type}"
        );
    }
}

#[test]
fn ids_and_lists() {
    let ids = |list: Vec<u8>| {
        let decoded = decode(list.into()).unwrap();
        let ids = |span: &storage::span::Span| format!("{} {}", span.trace_id, span.span_id);
        decoded
            .batch
            .to_spans()
            .unwrap()
            .iter()
            .map(ids)
            .collect::<Vec<_>>()
    };
    let plain = "000000000000000a 0000000000000001";
    assert_eq!(ids(vec![]), [""; 0]);
    assert_eq!(ids(list(12, &[])), [""; 0]);
    assert_eq!(ids(list(12, &[span(&[]), span(&[])])), [plain; 2]);
    // A reporter once said that its structs were strings.
    assert_eq!(ids(list(11, &[span(&[])])), [plain]);
    assert_eq!(
        ids([list(12, &[span(&[])]), b"behind".to_vec()].concat()),
        [plain]
    );
    let wide = "00000000000000ff000000000000000a 0000000000000001";
    assert_eq!(ids(list(12, &[span(&[i64(12, 255)])])), [wide]);
}

/// Given a bad span between good ones, then it alone is refused, in Zipkin's words.
#[test]
fn a_bad_span_costs_only_itself() {
    let not_micros = "1795164009123456789 is too large: times are in microseconds, not nanoseconds";
    let annotations = vec![structure(&[i64(1, 1), bytes(2, b"x")]); EVENTS_MAX + 1];
    for (bad, reason, text) in [
        (structure(&[]), Reason::InvalidId, "traceId == 0"),
        (structure(&[i64(1, 10)]), Reason::InvalidId, "id == 0"),
        (
            structure(&[i64(4, 1), i64(12, 1)]),
            Reason::InvalidId,
            "traceId == 0",
        ),
        (
            span(&[i64(10, 1_795_164_009_123_456_789)]),
            Reason::InvalidTime,
            not_micros,
        ),
        (
            span(&[field(15, 6, &list(12, &annotations)), bytes(3, b"behind")]),
            Reason::TooLarge,
            "more than 1,024 annotations",
        ),
        (
            span(&[bytes(3, &[b'x'; 1 << 20])]),
            Reason::TooLarge,
            "the span is larger than 1 MiB",
        ),
    ] {
        let decoded = decode(list(12, &[span(&[]), bad, span(&[])]).into()).unwrap();
        assert_eq!(decoded.batch.len(), 2, "{text}");
        assert_eq!(decoded.refused.by_reason, [(reason, 1)], "{text}");
        let first = decoded.refused.first.unwrap();
        assert_eq!(first, format!("{text} reading List<Span> from TBinary"));
    }
}

#[test]
fn what_is_not_thrift_refuses_the_request() {
    let good = list(12, &[span(&[])]);
    for (body, text) in [
        (b"\x0c".to_vec(), "Truncated: truncated number at byte 1"),
        (
            good[..good.len() - 1].to_vec(),
            "Truncated: truncated number at byte 27",
        ),
        (
            good[..good.len() - 4].to_vec(),
            "Truncated: truncated number at byte 19",
        ),
        (
            list(12, &[span(&[bytes(3, b"abc")])])[..35].to_vec(),
            "Truncated: length beyond the end of the request at byte 30",
        ),
        (
            b"\x0c\x7f\xff\xff\xff\0".to_vec(),
            "Truncated: length beyond the end of the request at byte 1",
        ),
        (
            b"[{\"traceId\":\"a\"}]".to_vec(),
            "Truncated: length beyond the end of the request at byte 1",
        ),
    ] {
        let error = decode(body.into()).err().unwrap().0;
        assert_eq!(error, format!("{text} reading List<Span> from TBinary"));
    }
    for (more, text) in [
        (
            b"\x0b\0\x03\xff\xff\xff\xff".as_slice(),
            "negative length at byte 30",
        ),
        (b"\x63\0\x18\0", "unknown type at byte 30"),
    ] {
        let error = decode(list(12, &[span(&[more.to_vec()])]).into())
            .err()
            .unwrap()
            .0;
        assert_eq!(
            error,
            format!("Malformed reading List<Span> from TBinary: {text}")
        );
    }
}
