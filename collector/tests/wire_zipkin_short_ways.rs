//! Zipkin's JSON in the spelling that is read the short way means what it means the long way.
use collector::wire::zipkin_json::decode;

/// Given endpoints that come again byte for byte, or in other bytes, or nearly, then each span has
/// what it has when it is alone.
#[test]
fn endpoints_that_come_again_mean_the_same_again() {
    let endpoints = [
        r#"{"serviceName":"a","ipv4":"1.2.3.4"}"#,
        r#"{"serviceName":"a","ipv4":"1.2.3.4"}"#,
        r#"{"serviceName":"a","ipv4":"1.2.3.4","port":80}"#,
        r#"{ "serviceName":"a","ipv4":"1.2.3.4"}"#,
        r#"{"serviceName":"\ud800"}"#,
        r#"{"serviceName":"\ud800"}"#,
        "{}",
        "{}",
        "null",
        r#"{"serviceName":"a","ipv4":"1.2.3.4"}"#,
    ];
    let span = |endpoint: &str| {
        let remote = format!(r#""remoteEndpoint":{endpoint},"name":"n""#);
        format!(r#"{{"traceId":"1","id":"2","localEndpoint":{endpoint},{remote}}}"#)
    };
    for first in endpoints {
        for second in endpoints {
            for third in endpoints {
                let spans = [span(first), span(second), span(third)];
                let list = decode(format!("[{}]", spans.join(",")).into()).unwrap();
                let alone = spans.map(|span| decode(format!("[{span}]").into()));
                let alone = alone.map(Result::unwrap);
                let repaired: u64 = alone.iter().map(|alone| alone.texts_repaired).sum();
                assert_eq!(list.texts_repaired, repaired);
                let alone = alone.map(|alone| alone.batch.to_spans().unwrap());
                assert_eq!(list.batch.to_spans().unwrap(), alone.concat());
            }
        }
    }
}

/// Given tags in the usual spelling, then a space behind each colon, which is read the long way,
/// changes nothing.
#[test]
fn tags_mean_the_same_with_and_without_spaces() {
    let texts = [
        "",
        "a",
        "http.method",
        "http.path",
        "zwölf",
        r#"a\"b"#,
        r"\u00e9",
        r"\ud800",
    ];
    let mut values = texts.map(|text| format!("\"{text}\"")).to_vec();
    values.extend(["1", "1.5", "true", "null", "{}", "\"x"].map(str::to_owned));
    for key in texts {
        for other in ["http.path", "http.paths", "a", ""] {
            for value in &values {
                let read = |colon: &str| {
                    let tags = format!(
                        "\"{key}\"{colon}{value},\"{other}\"{colon}\"o\",\"a\"{colon}\"z\""
                    );
                    let span =
                        format!(r#"{{"traceId":"1","id":"2","tags":{{{tags}}},"name":"n"}}"#);
                    decode(format!("[{span}]").into()).ok().map(|decoded| {
                        let spans = decoded.batch.to_spans().unwrap();
                        (spans, decoded.refused.count, decoded.texts_repaired)
                    })
                };
                assert_eq!(read(":"), read(": "), "{key} {other} {value}");
            }
        }
    }
}
