//! A `User-Agent`, folded: what tells one program from another, without what tells one machine or
//! one day from another.
use std::borrow::Cow;

/// The products of a `User-Agent`, without the comments in parentheses; at most
/// [`AGENT_BYTES_MAX`] bytes of printable text. Empty when it says nothing.
pub(super) fn folded(sent: &[u8]) -> Cow<'_, str> {
    let sent = sent.trim_ascii();
    if sent.len() <= AGENT_BYTES_MAX
        && let Ok(text) = std::str::from_utf8(sent)
        && text
            .bytes()
            .all(|byte| (byte.is_ascii_graphic() || byte == b' ') && !matches!(byte, b'(' | b')'))
    {
        return Cow::Borrowed(text);
    }
    let mut folded = String::new();
    let mut depth = 0_usize;
    // A head has an end, but this is longer than any program's name.
    for character in String::from_utf8_lossy(&sent[..sent.len().min(LOOKED_AT_MAX)]).chars() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            ' ' | '\t' if folded.is_empty() || folded.ends_with(' ') => {}
            _ => folded.push(if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }),
        }
        if folded.len() > AGENT_BYTES_MAX {
            break;
        }
    }
    folded.truncate(folded.floor_char_boundary(AGENT_BYTES_MAX));
    folded.truncate(folded.trim_end().len());
    Cow::Owned(folded)
}

const AGENT_BYTES_MAX: usize = 128;
const LOOKED_AT_MAX: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_products_stay() {
        for (sent, kept) in [
            ("", ""),
            ("  ", ""),
            ("(only a comment)", ""),
            (
                "OTel-OTLP-Exporter-Python/1.27.0",
                "OTel-OTLP-Exporter-Python/1.27.0",
            ),
            (
                "OTel OTLP Exporter Go/1.47.0 grpc-go/1.80.0",
                "OTel OTLP Exporter Go/1.47.0 grpc-go/1.80.0",
            ),
            (
                "OTel-OTLP-Exporter-Python/1.44.0 grpc-python/1.80.0 grpc-c/54.0.0 (linux; chttp2)",
                "OTel-OTLP-Exporter-Python/1.44.0 grpc-python/1.80.0 grpc-c/54.0.0",
            ),
            (
                "Mozilla/5.0 (X11; Linux (x86_64)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0",
                "Mozilla/5.0 AppleWebKit/537.36 Chrome/140.0",
            ),
            ("a)b (never closed", "ab"),
            ("a\u{1b}[31mb\tc", "a\u{fffd}[31mb\u{fffd}c"),
        ] {
            assert_eq!(folded(sent.as_bytes()), kept, "{sent}");
        }
        assert_eq!(folded(b"caf\xe9/1"), "caf\u{fffd}/1");
        assert_eq!(folded(&[b'x'; 9000]).len(), AGENT_BYTES_MAX);
        assert!(folded("가".repeat(900).as_bytes()).len() <= AGENT_BYTES_MAX);
    }
}
