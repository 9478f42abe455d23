//! The first look that Zipkin takes at a body, before it reads it: is it a list, and of the right
//! version? Its answers end in a line feed; those of the readers do not.
use super::Undecodable;
use super::json_text::contains;

/// How a list of spans is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFormat {
    JsonV1,
    JsonV2,
    Thrift,
    Proto3,
}

impl ListFormat {
    /// Zipkin's word for it.
    const fn name(self) -> &'static str {
        match self {
            Self::JsonV1 => "JSON_V1",
            Self::JsonV2 => "JSON_V2",
            Self::Thrift => "THRIFT",
            Self::Proto3 => "PROTO3",
        }
    }
}

/// Checks that a body may be a list of this format.
///
/// # Errors
/// With Zipkin's text.
pub fn check_list(body: &[u8], format: ListFormat) -> Result<(), Undecodable> {
    if body.is_empty() || body == b"[]" {
        return Ok(());
    }
    let name = format.name();
    // A list of any format passes here: thrift begins with 11 or 12, proto3 with a line feed. The
    // reader has its own words for the wrong one.
    let is_list = match body {
        [b'[' | 11 | 12, ..] => true,
        [b'\n', next, ..] => *next != 0,
        _ => false,
    };
    if !is_list {
        return Err(Undecodable(format!("Expected a {name} encoded list\n")));
    }
    let other = match format {
        ListFormat::JsonV2 if is_v1(body) => ListFormat::JsonV1,
        ListFormat::JsonV1 if is_v2(body) => ListFormat::JsonV2,
        _ => return Ok(()),
    };
    Err(Undecodable(format!(
        "Expected a {name} encoded list, but received: {}\n",
        other.name()
    )))
}

/// Are there `binaryAnnotations`? Looks first for the part that begins with a rare letter.
fn is_v1(body: &[u8]) -> bool {
    contains(body, b"Annotations\"") && contains(body, b"yAnnotations\"")
}

/// Is there a `localEndpoint`, a `remoteEndpoint`, or are there `tags`?
fn is_v2(body: &[u8]) -> bool {
    contains(body, b"Endpoint\"") || contains(body, b"\"tags\"")
}
