//! Correlation ids: what a lookup compares. A key is the same in any case; a value is a tag's, an
//! element of one that is a list, or what an event or a log says.
use std::borrow::Cow;

use crate::span::{Format, Span};
use crate::tags;

/// The longest value that is looked up as one of several of a tag, in bytes: elements of lists, and what
/// events say. Tags themselves may be longer.
pub const PART_BYTES_MAX: usize = 1_024;
/// The longest text that is read as a list, in bytes, and how many of its elements count.
const LIST_BYTES_MAX: usize = 16 << 10;
const ELEMENTS_MAX: usize = 128;

/// Some values under some keys: a span carries it if one of the values stands under one of the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correlation {
    /// As [`fold`] makes them, each once.
    keys: Vec<String>,
    values: Vec<String>,
}

impl Correlation {
    pub fn new<K: AsRef<str>, V: AsRef<str>>(
        keys: impl IntoIterator<Item = K>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let mut correlation = Self::default();
        for key in keys {
            let key = fold(key.as_ref()).into_owned();
            if !correlation.keys.contains(&key) {
                correlation.keys.push(key);
            }
        }
        for value in values {
            let value = value.as_ref();
            if !correlation.values.iter().any(|known| known == value) {
                correlation.values.push(value.to_owned());
            }
        }
        correlation
    }

    /// Every key with every value.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let keys = self.keys.iter();
        keys.flat_map(|key| self.values.iter().map(move |value| (&**key, &**value)))
    }

    /// The key, as the span spells it, and which of the values stands under it.
    pub fn carried<'a>(&'a self, span: &Span) -> Option<(String, &'a str)> {
        let mut found = None;
        visit(span, |key, value| {
            if found.is_none()
                && let Some(value) = self.values.iter().find(|wanted| **wanted == *value)
                && self.is_key(key)
            {
                found = Some((key.to_owned(), value.as_str()));
            }
        });
        found
    }

    fn is_key(&self, key: &str) -> bool {
        let key = fold(key);
        self.keys.iter().any(|known| **known == *key)
    }
}

/// Every key and value of a span, or of a log, that a lookup compares.
fn visit(span: &Span, mut visit: impl FnMut(&str, &str)) {
    tags::visit(span, |key, value| {
        visit(key, &value);
        visit_elements(&value, |element| visit(key, element));
    });
    visit_events(span, visit);
}

/// What events say: of a log that is among its tags.
fn visit_events(span: &Span, mut visit: impl FnMut(&str, &str)) {
    if span.format == Format::Log {
        return;
    }
    for attribute in span.events.iter().flat_map(|event| &event.attributes) {
        let value = tags::text(&attribute.value);
        visit_part(&value, |part| visit(&attribute.key, part));
    }
}

/// A value of an event, if it is short enough, and the elements of one that is a list.
pub(crate) fn visit_part(text: &str, mut visit: impl FnMut(&str)) {
    if text.len() <= PART_BYTES_MAX {
        visit(text);
    }
    visit_elements(text, visit);
}

/// The elements of a value that is a list, as OpenTelemetry records headers: texts as they are,
/// numbers and truth values as in JSON. A tag whose text is such a list in JSON is one, too: so lists
/// leave for Zipkin.
pub(crate) fn visit_elements(text: &str, mut visit: impl FnMut(&str)) {
    if !is_list(text.as_bytes()) {
        return;
    }
    let Ok(elements) = serde_json::from_str::<Vec<serde_json::Value>>(text) else {
        return;
    };
    for element in elements.iter().take(ELEMENTS_MAX) {
        match element {
            serde_json::Value::String(text) if text.len() <= PART_BYTES_MAX => visit(text),
            serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
                visit(&element.to_string());
            }
            _ => {}
        }
    }
}

/// May this be a list? Quick: asked of every value that comes.
pub(crate) fn is_list(text: &[u8]) -> bool {
    text.first() == Some(&b'[') && text.last() == Some(&b']') && text.len() <= LIST_BYTES_MAX
}

/// A key as keys compare: in lower case.
pub fn fold(key: &str) -> Cow<'_, str> {
    if is_folded(key.as_bytes()) {
        Cow::Borrowed(key)
    } else {
        Cow::Owned(key.to_lowercase())
    }
}

/// Is this what [`fold`] makes of it, for sure?
pub(crate) fn is_folded(key: &[u8]) -> bool {
    (key.iter()).all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        visit_elements(text, |element| found.push(element.to_owned()));
        found
    }

    #[test]
    fn elements_of_lists() {
        for (text, expected) in [
            ("[\"a\",\"b c\"]", &["a", "b c"][..]),
            (
                "[1,-2,true,1.5,null,[3],{\"k\":4}]",
                &["1", "-2", "true", "1.5"],
            ),
            ("[]", &[]),
            ("[a]", &[]),
            ("[\"a\"", &[]),
            ("a", &[]),
            ("", &[]),
        ] {
            assert_eq!(elements(text), expected, "{text}");
        }
        let long = format!("[\"{}\",\"short\"]", "x".repeat(PART_BYTES_MAX + 1));
        assert_eq!(elements(&long), ["short"]);
        let many = serde_json::to_string(&vec![7; 1_000]).unwrap_or_default();
        assert_eq!(elements(&many).len(), ELEMENTS_MAX);
        assert_eq!(
            elements(&format!("[{}]", "1,".repeat(LIST_BYTES_MAX))).len(),
            0
        );
    }

    #[test]
    fn keys_in_any_case() {
        assert_eq!(fold("X-Request-ID"), "x-request-id");
        assert_eq!(fold("ÄTAG"), "ätag");
        let keys = Correlation::new(["A", "a", "b"], ["1", "1"]);
        assert_eq!(keys.pairs().collect::<Vec<_>>(), [("a", "1"), ("b", "1")]);
    }
}
