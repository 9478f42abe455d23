//! Events and links of OTLP as one line of text each, as Zipkin can hold them, and back. A text is
//! read back only if writing it again gives the same text; otherwise it is just a text.
use std::sync::LazyLock;

use crate::encoding::VALUE_DEPTH_MAX;
use crate::span::{Attribute, Event, Link, Value};

/// An event as the value of an annotation: its name, or `"name":{attributes}` when there are
/// attributes (OpenTelemetry's mapping to Zipkin). `None` when it is the bare name.
pub fn of_event(event: &Event) -> Option<String> {
    if event.attributes.is_empty() {
        return None;
    }
    let name = serde_json::Value::from(event.name.as_str());
    Some(format!("{name}:{}", attributes_json(&event.attributes)))
}

/// The event that an annotation is.
pub fn to_event(time: i64, text: &str) -> Event {
    let plain = || Event {
        time,
        name: text.to_owned(),
        attributes: Vec::new(),
        dropped_attributes: 0,
    };
    if !(text.starts_with('"') && text.ends_with('}')) {
        return plain();
    }
    let mut names = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let Some(Ok(name)) = names.next() else {
        return plain();
    };
    let rest = text.get(names.byte_offset()..).unwrap_or_default();
    let Some(attributes) = rest.strip_prefix(':').and_then(attributes) else {
        return plain();
    };
    let event = Event {
        name,
        attributes,
        ..plain()
    };
    if of_event(&event).as_deref() == Some(text) {
        event
    } else {
        plain()
    }
}

/// A link as the value of a tag: `trace id|span id|trace state|{attributes}|dropped attributes`, as
/// the collector of OpenTelemetry writes it.
pub fn of_link(link: &Link) -> String {
    let Link {
        trace_id,
        span_id,
        trace_state,
        dropped_attributes,
        ..
    } = link;
    let attributes = attributes_json(&link.attributes);
    format!("{trace_id:032x}|{span_id:016x}|{trace_state}|{attributes}|{dropped_attributes}")
}

/// The link that a tag is.
pub fn to_link(text: &str) -> Option<Link> {
    let (trace_id, rest) = text.split_once('|')?;
    let (span_id, rest) = rest.split_once('|')?;
    let (rest, dropped) = rest.rsplit_once('|')?;
    let mut link = Link {
        trace_id: u128::from_str_radix(trace_id, 16).ok()?,
        span_id: u64::from_str_radix(span_id, 16).ok()?,
        trace_state: String::new(),
        attributes: Vec::new(),
        dropped_attributes: dropped.parse().ok()?,
        flags: 0,
    };
    // A trace state may have what looks like the end of it.
    for (end, _) in rest.match_indices("|{").take(TRACE_STATE_ENDS_MAX) {
        let (trace_state, json) = rest.split_at(end);
        if let Some(attributes) = attributes(&json[1..]) {
            link.trace_state = trace_state.to_owned();
            link.attributes = attributes;
            if of_link(&link) == text {
                return Some(link);
            }
        }
    }
    None
}

/// The key of the tag that is the link of this number.
pub fn link_key(number: usize) -> Option<&'static str> {
    static KEYS: LazyLock<Vec<String>> = LazyLock::new(|| {
        (0..LINKS_MAX)
            .map(|number| format!("otlp.link.{number}"))
            .collect()
    });
    KEYS.get(number).map(String::as_str)
}

fn attributes_json(attributes: &[Attribute]) -> serde_json::Value {
    Value::Map(attributes.to_vec()).to_json()
}

fn attributes(json: &str) -> Option<Vec<Attribute>> {
    let json: serde_json::Value = serde_json::from_str(json).ok()?;
    match value(json, VALUE_DEPTH_MAX + 1)? {
        Value::Map(attributes) if attributes.len() <= ATTRIBUTES_MAX => Some(attributes),
        _ => None,
    }
}

/// Numbers that are not integers of 64 bits are doubles.
fn value(json: serde_json::Value, depth: usize) -> Option<Value> {
    use serde_json::Value as Json;
    let depth = depth.checked_sub(1)?;
    Some(match json {
        Json::Null => Value::Empty,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Double(number.as_f64()?),
        },
        Json::String(text) => Value::String(text.into()),
        Json::Array(values) => {
            let values = values.into_iter().map(|inner| value(inner, depth));
            Value::Array(values.collect::<Option<_>>()?)
        }
        Json::Object(entries) => {
            let entries = entries.into_iter().map(|(key, inner)| {
                Some(Attribute {
                    key: key.into(),
                    value: value(inner, depth)?,
                })
            });
            Value::Map(entries.collect::<Option<_>>()?)
        }
    })
}

/// The most links of a span, and attributes of an event or a link, that a codec takes.
const LINKS_MAX: usize = 1_024;
const ATTRIBUTES_MAX: usize = 1_024;
/// How often the end of a trace state is guessed.
const TRACE_STATE_ENDS_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_events_and_texts_that_are_not() {
        for (text, name, attributes) in [
            ("\"a\":{\"k\":\"v\"}", "a", "{\"k\":\"v\"}"),
            (
                "\"a \\\"b\":{\"k\":[1,0.1,true,null]}",
                "a \"b",
                "{\"k\":[1,0.1,true,null]}",
            ),
            ("plain", "plain", "{}"),
            ("", "", "{}"),
            ("\"a\"", "\"a\"", "{}"),
            ("\"a\":{}", "\"a\":{}", "{}"),
            ("\"a\": {\"k\":1}", "\"a\": {\"k\":1}", "{}"),
            ("\"a\":{\"k\":1e3}", "\"a\":{\"k\":1e3}", "{}"),
            ("\"a\":{\"b\":1,\"a\":1}", "\"a\":{\"b\":1,\"a\":1}", "{}"),
            ("\"a\":{\"k\":1,\"k\":2}", "\"a\":{\"k\":1,\"k\":2}", "{}"),
            ("\"a\":{\"k\":}", "\"a\":{\"k\":}", "{}"),
            ("a|not json|1", "a|not json|1", "{}"),
            ("\"a\":[1]}", "\"a\":[1]}", "{}"),
        ] {
            let event = to_event(7, text);
            assert_eq!(event.name, name, "{text}");
            assert_eq!(attributes_json(&event.attributes).to_string(), attributes);
            assert_eq!(of_event(&event).unwrap_or(event.name), text);
        }
        let deep = format!("\"a\":{{\"k\":{}{}}}", "[".repeat(90), "]".repeat(90));
        assert_eq!(to_event(7, &deep).name, deep);
    }

    #[test]
    fn texts_that_are_links_and_texts_that_are_not() {
        let ids = "0000000000000000000000000000000a|000000000000000b";
        for (rest, is_link) in [
            ("||{}|0", true),
            ("|k=v|{}|3", true),
            ("|k=v|w|{\"a\":\"x|{}|\"}|3", true),
            ("|k={|{|{\"a\":1}|3", true),
            ("|{}|0", false),
            ("||{}", false),
            ("||{}|", false),
            ("||[]|0", false),
            ("||{}|-1", false),
            ("||{}|00", false),
            ("", false),
        ] {
            let text = format!("{ids}{rest}");
            let link = to_link(&text);
            assert_eq!(link.is_some(), is_link, "{text}");
            assert!(link.is_none_or(|link| of_link(&link) == text));
        }
        assert_eq!(to_link("+a|b||{}|0"), None);
        assert_eq!(link_key(7), Some("otlp.link.7"));
        assert_eq!(link_key(1_024), None);
    }
}
