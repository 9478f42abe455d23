//! `hopline trace ID`: a trace as a tree of calls, or its spans as JSON.
use super::Found;
use super::ask;
use crate::config::TraceFormat;

pub(super) fn run(id: &str, format: TraceFormat, url: &str) -> Result<Found, String> {
    let path = format!("/api/hopline/traces/{}", ask::path_part(id.trim()));
    let (name, is_json) = match format {
        TraceFormat::Text => ("text", false),
        TraceFormat::Otlp => ("otlp", true),
        TraceFormat::Zipkin => ("zipkin", true),
    };
    let answer = ask::get(url, &path, &[("format", name)])?;
    match answer.status {
        200 if is_json => Ok(Found::Yes(escaped(&answer.body))),
        200 => Ok(Found::Yes(answer.body)),
        404 => Ok(Found::No(ask::reason(&answer))),
        _ => Err(ask::reason(&answer)),
    }
}

/// The same JSON without the control characters that JSON lets stand, which a terminal obeys.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if c.is_control() {
            text.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            text.push(c);
        }
    }
    text.push('\n');
    text
}
