//! What can be wrong with JSON, and how that is said: in gson's words where Zipkin's clients know
//! them.
use super::Reason;
use super::json::{Piece, Reader, State, Token};

/// The most characters of the client's own text that an error repeats.
const QUOTE_LENGTH_MAX: usize = 100;

/// The most errors of one request that are put into words. Saying where an error is means
/// counting lines from the start, so saying it a million times would take forever.
pub(super) const EXPLANATIONS_MAX: u32 = 16;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not JSON: what was expected, and where.
    Malformed(String),
    /// The input ends early or nests too deeply: the whole message.
    Exhausted(String),
    /// JSON, but not what the format says. The text is empty when nobody will read it.
    Unexpected(Reason, String),
}

/// The fault is behind a pointer, so that results pass in registers: written and read back
/// through memory they cost a fifth of the time of reading OTLP's JSON.
pub(super) type Read<T> = Result<T, Box<Fault>>;

impl Reader<'_> {
    /// An error that ends only the thing being read; builds its text only if it will be read.
    pub(super) fn unexpected(
        &self,
        reason: Reason,
        text: impl FnOnce(&Self) -> String,
    ) -> Box<Fault> {
        let left = self.explanations.get();
        if !self.explains || left == 0 {
            return Box::new(Fault::Unexpected(reason, String::new()));
        }
        self.explanations.set(left - 1);
        Box::new(Fault::Unexpected(reason, text(self)))
    }

    /// Where the reader is, as gson says it.
    pub(super) fn place(&self) -> String {
        self.place_at(self.position)
    }

    /// The way to the current value, as `$[0].tags.foo`.
    pub(super) fn path(&self) -> String {
        let mut path = "$".to_owned();
        for level in self.around.iter().chain([&self.level]) {
            match level.state {
                State::EmptyArray | State::NonEmptyArray => {
                    path.push_str(&format!("[{}]", level.index));
                }
                State::EmptyObject | State::DanglingName | State::NonEmptyObject => {
                    path.push('.');
                    let (start, length) = (level.name.0 as usize, level.name.1 as usize);
                    path.push_str(&shorten(&self.input[start..start + length]));
                }
                State::EmptyDocument | State::NonEmptyDocument => {}
            }
        }
        path
    }

    /// The client's own text for an error, cut short.
    pub(super) fn quote(&self, piece: Piece) -> String {
        shorten(self.bytes(piece))
    }

    pub(super) fn mismatch(&self, expected: &str) -> Box<Fault> {
        let found = match self.peeked {
            Some(Token::BeginArray) => "BEGIN_ARRAY",
            Some(Token::EndArray) => "END_ARRAY",
            Some(Token::BeginObject) => "BEGIN_OBJECT",
            Some(Token::EndObject) => "END_OBJECT",
            Some(Token::Name) => "NAME",
            Some(Token::String) => "STRING",
            Some(Token::Number) => "NUMBER",
            Some(Token::Boolean(_)) => "BOOLEAN",
            Some(Token::Null) => "NULL",
            Some(Token::EndDocument) | None => "END_DOCUMENT",
        };
        self.unexpected(Reason::InvalidField, |reader| {
            format!("Expected {expected} but was {found}{}", reader.place())
        })
    }

    pub(super) fn ended(&self) -> Box<Fault> {
        Box::new(Fault::Exhausted(format!("End of input{}", self.place())))
    }

    pub(super) fn malformed(&self, what: &str) -> Box<Fault> {
        self.malformed_at(self.position, what)
    }

    pub(super) fn malformed_at(&self, position: usize, what: &str) -> Box<Fault> {
        Box::new(Fault::Malformed(format!(
            "{what}{}",
            self.place_at(position)
        )))
    }

    fn place_at(&self, position: usize) -> String {
        let before = &self.input[..position.min(self.input.len())];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let line_start = before
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        let column = before.len() - line_start + 1;
        format!(" at line {line} column {column} path {}", self.path())
    }
}

fn shorten(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * QUOTE_LENGTH_MAX)]);
    let mut short: String = text.chars().take(QUOTE_LENGTH_MAX).collect();
    if short.len() < bytes.len() {
        short.push('…');
    }
    short
}
