//! Lines of a log, plain, logfmt or JSON, and blocks of headers: words and named values, whatever the
//! signs around them. One walk over the text, each byte looked at a few times.
use std::ops::Range;

use storage::id::{SpanId, TraceId};

use super::form::{self, Name};
use super::{Reader, bare};

/// The longest value of a field that is looked at.
const FIELD_BYTES_MAX: usize = 4_096;

/// Adds what the fields and words of a text may be.
pub(super) fn scan(text: &str, reader: &mut Reader) {
    for line in text.lines() {
        scan_line(line, reader);
        if reader.is_full() {
            return;
        }
    }
}

fn scan_line(line: &str, reader: &mut Reader) {
    let (mut at, mut begins) = (0, true);
    while let Some(word) = next_word(line, at) {
        at = word.end;
        // A header's name begins its line, as `curl -v` shows it behind a sign.
        let header = std::mem::take(&mut begins) && line[word.clone()].ends_with(':');
        if let Some((name, value)) = field(line, &word, reader) {
            at = value;
            if is_known(name, reader) {
                at = after_field(line, (name, value), header, reader);
            }
        } else {
            let word = line[word].trim_matches(|sign: char| !sign.is_ascii_alphanumeric());
            match pair(line, word, at, reader) {
                Some(end) => at = end,
                None => self::word(word, reader),
            }
        }
        if reader.is_full() {
            return;
        }
    }
}

/// The next stretch without signs.
fn next_word(line: &str, at: usize) -> Option<Range<usize>> {
    let text = &line[at..];
    let start = at + text.find(|sign| !is_sign(sign))?;
    let end = line[start..].find(is_sign).unwrap_or(line.len() - start);
    Some(start..start + end)
}

fn is_sign(sign: char) -> bool {
    sign.is_whitespace() || "\"'`[](){}<>,;|\\=&?".contains(sign)
}

/// The name that a word is, and where its value begins; nothing if it is no name.
fn field<'a>(line: &'a str, word: &Range<usize>, reader: &Reader) -> Option<(&'a str, usize)> {
    let text = &line[word.clone()];
    if let Some(name) = text.strip_suffix(':') {
        return Some((name, word.end));
    }
    let behind = line[word.end..].trim_start_matches(['"', '\'', '\\', ' ']);
    if behind.starts_with(['=', ':']) {
        return Some((text, line.len() - behind.len() + 1));
    }
    // `name:value`: of unknown names the colon may be a part of anything.
    let (name, value) = text.split_once(':')?;
    is_known(name, reader).then_some((name, word.end - value.len()))
}

/// A word that no name stands before.
fn word(word: &str, reader: &mut Reader) {
    if form::any(word, Name::None, reader) {
        return;
    }
    // Kong's request ids: a UUID and a counter.
    if word
        .split_once('#')
        .is_some_and(|(head, _)| head.len() == 36)
    {
        reader.value(word);
    }
    // The end of an address, or of a name that was not known.
    if let Some((_, last)) = word.rsplit_once(['/', ':', '#']) {
        form::any(last, Name::None, reader);
    }
}

/// What a field says.
#[derive(Clone, Copy)]
pub(super) enum Meaning {
    Trace(Name),
    Span { is_datadog: bool },
}

pub(super) fn meaning(name: &str) -> Option<Meaning> {
    let plain: String = (name.bytes())
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.to_ascii_lowercase() as char)
        .take(64)
        .collect();
    let is_datadog = plain.starts_with("dd") || plain.contains("datadog");
    Some(match plain.as_str() {
        "b3" => Meaning::Trace(Name::B3),
        "traceparent" | "xcloudtracecontext" | "sw8" | "logginggoogleapiscomtrace" => {
            Meaning::Trace(Name::Trace)
        }
        "xdatadogparentid" => Meaning::Span { is_datadog },
        _ if plain.ends_with("traceid") && is_datadog => Meaning::Trace(Name::Datadog),
        _ if plain.ends_with("traceid") => Meaning::Trace(Name::Trace),
        _ if plain.ends_with("spanid") => Meaning::Span { is_datadog },
        _ => return None,
    })
}

fn is_known(name: &str, reader: &Reader) -> bool {
    meaning(name).is_some() || reader.is_key(name)
}

/// Reads the value of a field, which begins there, and answers where the next word is looked for.
fn after_field(
    line: &str,
    (name, value): (&str, usize),
    header: bool,
    reader: &mut Reader,
) -> usize {
    let opening = line[value..].trim_start_matches([' ', '\t']);
    let content = opening.trim_start_matches(['[', '"', '\'', '\\', '{', '(']);
    let is_quoted = opening.len() != content.len();
    let is_end = |sign: char| match (is_quoted, header) {
        (true, _) => "\"'\\".contains(sign),
        (false, true) => false,
        (false, false) => sign.is_whitespace() || ",&)]}".contains(sign),
    };
    // No further: a line of names without an end is looked through once, not once a name.
    let near = &content[..content.floor_char_boundary(FIELD_BYTES_MAX + 1)];
    let end = near.find(is_end).unwrap_or(near.len());
    let whole = bare(&content[..end]);
    let behind = line.len() - content.len() + end;
    if whole.is_empty() || whole.len() > FIELD_BYTES_MAX {
        reader.look_again(end);
        return value;
    }
    let first = whole.split([' ', ',', ';']).next().unwrap_or(whole);
    let is_whole = match meaning(name) {
        Some(Meaning::Trace(name)) => {
            form::any(whole, name, reader) || {
                form::any(first, name, reader);
                first == whole
            }
        }
        Some(Meaning::Span { is_datadog }) => {
            form::span(first, is_datadog, reader);
            first == whole
        }
        None => {
            form::any(whole, Name::None, reader);
            reader.value(whole);
            // A line of a log may begin as a header does.
            let goes_on = header && !is_quoted && first != whole;
            if goes_on {
                reader.value(first);
            }
            !goes_on
        }
    };
    if is_whole {
        return behind;
    }
    reader.look_again(whole.len());
    value
}

/// `trace,span` in the middle of a line, as Sleuth writes it; answers where it ends.
fn pair(line: &str, word: &str, at: usize, reader: &mut Reader) -> Option<usize> {
    let span = line[at..].strip_prefix(',')?.trim_start();
    let start = line.len() - span.len();
    let end = span.find(is_sign).unwrap_or(span.len());
    let span = &span[..end];
    if !form::is_id(word) || !form::is_span(span) {
        return None;
    }
    let ids = (TraceId::from_hex(word), SpanId::from_hex(span));
    reader.trace(ids.0, ids.1, "log token", word);
    Some(start + end)
}

#[cfg(test)]
mod tests {
    use crate::query::pasted::{TEXT_BYTES_MAX, read, trace_id};

    /// The largest texts of what is looked at most often: each byte a few times, not once a word.
    #[test]
    fn hostile_texts_take_no_longer_than_long_ones() {
        let long = "a".repeat(40_000);
        for part in [
            "trace_id=",
            "traceId:",
            "b3:\"",
            "b3: ",
            "\"sw8\":\"",
            "request_id=[\"",
            "a,",
            "a:",
            "\"",
            "[",
            "\\",
            " ",
            "=",
            ":",
            "\n",
            "%3A",
            "0-",
            "1-a;",
            "W,S ",
            "a/",
            "a#",
            "é=",
            "x-amzn-trace-id: ;",
            long.as_str(),
        ] {
            let mut text = part.repeat(TEXT_BYTES_MAX / part.len());
            let began = std::time::Instant::now();
            let _ = (read(&text, &[]), trace_id(&text));
            text.insert_str(0, "trace_id=");
            let _ = read(&text, &[]);
            let took = began.elapsed();
            assert!(took.as_millis() < 2_000, "{:.20} took {took:?}", part);
        }
    }
}
