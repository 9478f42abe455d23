//! Whether a span failed, and in a few words how.
use storage::semconv::{self, names};
use storage::span::Span;

pub(super) use semconv::failed;

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
        .or_else(|| TELLING.into_iter().flatten().find_map(|key| tag(key)))
}

/// OpenTelemetry records a thrown exception as an event.
fn exception(span: &Span) -> Option<String> {
    let event = span
        .events
        .iter()
        .rev()
        .find(|event| semconv::is_exception(event))?;
    [names::ERROR_MESSAGE, names::EXCEPTION_TYPE]
        .into_iter()
        .flatten()
        .find_map(|key| {
            let attribute = event
                .attributes
                .iter()
                .find(|attribute| *attribute.key == **key)?;
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

/// What tells most of a failure first.
const TELLING: [&[&str]; 6] = [
    names::ERROR_MESSAGE,
    names::ERROR_TYPE,
    names::EXCEPTION_TYPE,
    names::HTTP_STATUS,
    names::RPC_STATUS,
    names::GRPC_STATUS,
];
