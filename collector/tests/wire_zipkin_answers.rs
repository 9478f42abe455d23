//! Zipkin's JSON v2, quirk by quirk: what a real Zipkin server 3.6.1 answered to each body, kept
//! word for word, and the few answers of ours that differ on purpose.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
use collector::wire::zipkin_json::{decode, encode_spans};
use collector::wire::zipkin_list::{ListFormat, check_list};
use serde_json::{Value, json};

/// What is kept of a body, or why nothing is.
fn answer(body: &str) -> Result<Value, String> {
    check_list(body.as_bytes(), ListFormat::JsonV2).map_err(|error| error.0)?;
    let decoded = decode(body.as_bytes().to_vec().into()).map_err(|error| error.0)?;
    match decoded.refused.first {
        Some(reason) => Err(reason),
        None => {
            let spans = decoded.batch.to_spans().unwrap();
            Ok(serde_json::from_slice(&encode_spans(&spans)).unwrap())
        }
    }
}

/// The part of a reason that Zipkin's clients can rely on: gson counts columns as it reads ahead.
fn prefix(reason: &str) -> &str {
    let reason = reason.split(" reading List<Span>").next().unwrap();
    reason.split(" at line").next().unwrap()
}

#[test]
fn bodies_are_answered_as_by_a_real_server() {
    let (mut kept, mut refused) = (0, 0);
    for line in include_str!("wire/zipkin_v2_answers.jsonl").lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let body = line["body"].as_str().unwrap();
        let answer = answer(body);
        let found = answer.as_ref().map_err(|reason| prefix(reason));
        match line["text"].as_str() {
            Some(text) => assert_eq!(found, Err(text), "{body}"),
            None => assert_eq!(found, Ok(&line["kept"]), "{body}"),
        }
        kept += usize::from(found.is_ok());
        refused += usize::from(found.is_err());
    }
    assert!(kept > 100 && refused > 100, "{kept} {refused}");
}

/// Given fields on which we differ, then this is what we keep of them.
#[test]
fn intended_differences() {
    for (fields, kept) in [
        // Fractions are cut; Zipkin refuses the list.
        (r#""timestamp":1.5"#, json!({"timestamp": 1})),
        (r#""timestamp":"1.5""#, json!({"timestamp": 1})),
        (r#""timestamp":".5""#, json!({})),
        (r#""timestamp":1e-5"#, json!({})),
        (
            r#""annotations":[{"timestamp":1.5,"value":"x"}]"#,
            json!({"annotations": [{"timestamp": 1, "value": "x"}]}),
        ),
        // Half a character becomes U+FFFD instead of a question mark.
        (r#""name":"\ud800""#, json!({"name": "\u{fffd}"})),
        // Zipkin keeps the spelling.
        (
            r#""localEndpoint":{"ipv4":"01.2.3.4"}"#,
            json!({"localEndpoint": {"ipv4": "1.2.3.4"}}),
        ),
    ] {
        let mut span = json!({"traceId": "000000000000000a", "id": "0000000000000001"});
        let more = kept.as_object().unwrap().clone();
        span.as_object_mut().unwrap().extend(more);
        let body = format!(r#"[{{"traceId":"a","id":"1",{fields}}}]"#);
        assert_eq!(answer(&body), Ok(json!([span])), "{fields}");
    }
    for (timestamp, reason) in [
        // After the year 2554.
        (
            "9223372036854775807",
            "9223372036854775807 at $[0].timestamp is too large",
        ),
        ("1e18", "1000000000000000000 at $[0].timestamp is too large"),
        // Numbers that only Java spells so.
        ("\"1d\"", "For input string: \"1d\""),
        ("\"0x1p3\"", "For input string: \"0x1p3\""),
        ("\"５\"", "For input string: \"５\""),
        ("\"NaN\"", "For input string: \"NaN\""),
    ] {
        let body = format!(r#"[{{"traceId":"a","id":"1","timestamp":{timestamp}}}]"#);
        let found = answer(&body).unwrap_err();
        assert!(found.starts_with(reason), "{timestamp}: {found}");
    }
}
