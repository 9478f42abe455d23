//! Cuts spans out of JSON as it streams by: lists, lists of lists, values after each other, one a
//! line. What is inside of a span is not looked at here; it leaves as the bytes that it was.

/// Where the stream has come. Memory is bounded by [`SPAN_BYTES_MAX`].
#[derive(Default)]
pub(super) struct Cutter {
    /// Bytes of the stream so far.
    position: u64,
    /// Lists that are open.
    depth: usize,
    /// Traces: the lists that stood in a list.
    pub(super) inner_lists: usize,
    /// Braces that are open: 0 is between spans.
    braces: usize,
    is_text: bool,
    is_escaped: bool,
    span: Vec<u8>,
    span_start: u64,
}

/// What was cut out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A whole object, which began at this byte of the stream.
    Span(u64, &'a [u8]),
    /// An object of more than [`SPAN_BYTES_MAX`] that began at this byte.
    TooLong(u64),
}

impl Cutter {
    /// Takes the next bytes of the stream.
    ///
    /// # Errors
    /// When this is no list of objects; and what `take` says.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        take: &mut impl FnMut(Piece<'_>) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut rest = bytes;
        while let Some((&byte, behind)) = rest.split_first() {
            if self.braces == 0 {
                self.between(byte)?;
                self.position += 1;
                rest = behind;
                if self.braces == 0 {
                    continue;
                }
            }
            let length = self.inside(rest);
            let (part, behind) = rest.split_at(length);
            if self.span.len() + part.len() <= SPAN_BYTES_MAX + 1 {
                self.span.extend_from_slice(part);
            } else {
                self.span.resize(SPAN_BYTES_MAX + 1, b' ');
            }
            self.position += length as u64;
            rest = behind;
            if self.braces == 0 {
                if self.span.len() > SPAN_BYTES_MAX {
                    take(Piece::TooLong(self.span_start))?;
                } else {
                    take(Piece::Span(self.span_start, &self.span))?;
                }
                self.span.clear();
            }
        }
        Ok(())
    }

    /// Says whether the stream may end here.
    ///
    /// # Errors
    /// When it ends inside of a span or a list.
    pub(super) fn finish(&self) -> Result<(), String> {
        let place = match (self.braces, self.depth) {
            (0, 0) => return Ok(()),
            (0, _) => "a list",
            _ => "a span",
        };
        Err(format!(
            "it ends after {} bytes inside of {place}: a part of it is missing",
            self.position
        ))
    }

    /// A byte between spans.
    fn between(&mut self, byte: u8) -> Result<(), String> {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {}
            // A byte order mark, as some editors write it.
            0xef | 0xbb | 0xbf if self.position < 3 => {}
            b'[' if self.depth < DEPTH_MAX => {
                self.depth += 1;
                self.inner_lists += usize::from(self.depth == DEPTH_MAX);
            }
            b']' if self.depth > 0 => self.depth -= 1,
            b'{' => {
                self.braces = 1;
                self.span_start = self.position;
                self.span.push(byte);
            }
            other => {
                return Err(format!(
                    "this is no list of spans: byte {} is {:?}",
                    self.position + 1,
                    char::from(other)
                ));
            }
        }
        Ok(())
    }

    /// How many of these bytes belong to the span that is open.
    fn inside(&mut self, bytes: &[u8]) -> usize {
        for (index, byte) in bytes.iter().enumerate() {
            if self.is_text {
                match byte {
                    _ if self.is_escaped => self.is_escaped = false,
                    b'\\' => self.is_escaped = true,
                    b'"' => self.is_text = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.is_text = true,
                b'{' => self.braces += 1,
                b'}' => {
                    self.braces -= 1;
                    if self.braces == 0 {
                        return index + 1;
                    }
                }
                _ => {}
            }
        }
        bytes.len()
    }
}

/// The longest span: hopline's own limit on a body is the same by default.
pub(super) const SPAN_BYTES_MAX: usize = 16 << 20;
/// A list of lists of spans.
const DEPTH_MAX: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    /// The spans of a text that comes in steps of so many bytes, and how many lists were in lists.
    fn cut(text: &[u8], step: usize) -> Result<(Vec<String>, usize), String> {
        let (mut cutter, mut spans) = (Cutter::default(), Vec::new());
        for bytes in text.chunks(step) {
            cutter.feed(bytes, &mut |piece| {
                match piece {
                    Piece::Span(start, span) => {
                        assert_eq!(&text[start as usize..][..span.len()], span);
                        spans.push(String::from_utf8(span.to_vec()).unwrap());
                    }
                    Piece::TooLong(start) => spans.push(format!("too long at {start}")),
                }
                Ok(())
            })?;
        }
        cutter.finish()?;
        Ok((spans, cutter.inner_lists))
    }

    #[test]
    fn spans_are_found_wherever_the_stream_is_broken() {
        let braces = r#"{"a":"}\"]{\\","b":{"c":[{}]}}"#;
        for (text, spans, lists) in [
            ("", &[][..], 0),
            ("[]", &[], 0),
            (r#"[{"a":1} , {"b":2}]"#, &[r#"{"a":1}"#, r#"{"b":2}"#], 0),
            ("[[{}],[],[{},{}]]", &["{}", "{}", "{}"], 3),
            ("{}\n{}\n", &["{}", "{}"], 0),
            ("[{}]\n[{}]", &["{}", "{}"], 0),
            ("\u{feff}[{}]", &["{}"], 0),
            (braces, &[braces], 0),
        ] {
            for step in [1, 2, 3, 1000] {
                let expected = spans.iter().map(|span| (*span).to_owned()).collect();
                assert_eq!(cut(text.as_bytes(), step), Ok((expected, lists)), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_list_of_spans_says_where() {
        for (text, said) in [
            ("<html>", "byte 1 is '<'"),
            ("[1]", "byte 2 is '1'"),
            ("[[[{}]]]", "byte 3 is '['"),
            ("[]]", "byte 3 is ']'"),
            ("[{}", "after 3 bytes inside of a list"),
            (r#"[{"a":"}]"#, "inside of a span"),
        ] {
            let error = cut(text.as_bytes(), 1).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn a_span_without_end_does_not_fill_the_memory() {
        let long = format!(r#"[{{"a":"{}"}},{{}}]"#, "x".repeat(2 * SPAN_BYTES_MAX));
        let (spans, _) = cut(long.as_bytes(), 1 << 20).unwrap();
        assert_eq!(spans, ["too long at 1", "{}"]);
    }
}
