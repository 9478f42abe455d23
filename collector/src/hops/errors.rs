//! Whether a span failed, and in a few words how.
use storage::semconv;
use storage::span::Span;

pub(super) use semconv::is_error;

/// The shortest thing that explains the failure; `None` when the span only says that it failed.
pub(super) fn error_text(span: &Span) -> Option<String> {
    let status = Some(span.status.message.as_str()).filter(|text| !text.is_empty());
    if let Some(text) = status {
        return Some(cut(text));
    }
    let tag = |key: &str| {
        let text = span.attribute(key)?.to_string();
        (!text.is_empty() && text != "true").then(|| cut(&text))
    };
    tag("error")
        .or_else(|| exception(span))
        .or_else(|| KEYS.into_iter().find_map(tag))
}

/// OpenTelemetry records a thrown exception as an event.
fn exception(span: &Span) -> Option<String> {
    let event = span
        .events
        .iter()
        .rev()
        .find(|event| event.name == "exception")?;
    ["exception.message", "exception.type"]
        .into_iter()
        .find_map(|key| {
            let attribute = event
                .attributes
                .iter()
                .find(|attribute| *attribute.key == *key)?;
            attribute
                .value
                .as_str()
                .filter(|text| !text.is_empty())
                .map(cut)
        })
}

/// One line of at most 200 characters: an error may be a stack trace.
fn cut(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    match line.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

const KEYS: [&str; 8] = [
    "exception.message",
    "error.message",
    "error.type",
    "exception.type",
    "http.response.status_code",
    "http.status_code",
    "rpc.grpc.status_code",
    "grpc.status_code",
];
