//! A pull reader of JSON that borrows its input, with the leniency of Zipkin's (gson, "legacy
//! strict"): numbers for strings and the reverse, keywords in any case, and nothing else.
//!
//! Two kinds of errors. What is not JSON ends the request. What is JSON of another shape than was
//! asked for ends only the thing being read: [`Reader::leave`] continues behind it.
use std::cell::Cell;

use super::json_fault::{EXPLANATIONS_MAX, Fault, Read};
use super::json_number::number_length;
use super::json_text::read_quoted;

/// How deeply arrays and objects may nest.
const NESTING_MAX: usize = 255;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    BeginArray,
    EndArray,
    BeginObject,
    EndObject,
    Name,
    String,
    Number,
    Boolean(bool),
    Null,
    EndDocument,
}

/// A text that was read. It stays readable until the next text of its kind (value or name).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A range of the input.
    Input { start: usize, length: usize },
    /// A value whose escapes were undone.
    Value,
    /// A name whose escapes were undone.
    Name,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    EmptyDocument,
    NonEmptyDocument,
    EmptyArray,
    NonEmptyArray,
    EmptyObject,
    DanglingName,
    NonEmptyObject,
}

/// One array or object that is open.
#[derive(Clone, Copy)]
pub(super) struct Level {
    pub(super) state: State,
    /// The range of the current field's name in the input, quotes left out.
    pub(super) name: (u32, u32),
    pub(super) index: u32,
}

impl Level {
    const fn new(state: State) -> Self {
        Self {
            state,
            name: (0, 0),
            index: 0,
        }
    }
}

pub(super) struct Reader<'a> {
    pub(super) input: &'a [u8],
    pub(super) position: usize,
    pub(super) peeked: Option<Token>,
    /// The position and length of the number that was recognised last.
    pub(super) number: (usize, usize),
    /// The array or object that is open, and those around it.
    pub(super) level: Level,
    pub(super) around: Vec<Level>,
    pub(super) value: Vec<u8>,
    name: Vec<u8>,
    /// Texts in which bytes or lone surrogates were replaced by U+FFFD.
    pub(super) texts_repaired: u64,
    /// Whether somebody will read the text of an error that ends only one thing.
    pub(super) explains: bool,
    /// How many more errors may be put into words.
    pub(super) explanations: Cell<u32>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        let position = if input.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
        Self {
            input,
            position,
            peeked: None,
            number: (0, 0),
            level: Level::new(State::EmptyDocument),
            around: Vec::with_capacity(16),
            value: Vec::new(),
            name: Vec::new(),
            texts_repaired: 0,
            explains: true,
            explanations: Cell::new(EXPLANATIONS_MAX),
        }
    }

    pub(super) const fn position(&self) -> usize {
        self.position
    }

    /// How many arrays and objects are open.
    pub(super) const fn depth(&self) -> usize {
        self.around.len()
    }

    #[inline]
    pub(super) fn bytes(&self, piece: Piece) -> &[u8] {
        match piece {
            Piece::Input { start, length } => &self.input[start..start + length],
            Piece::Value => &self.value,
            Piece::Name => &self.name,
        }
    }

    /// What comes next, without consuming it.
    #[inline]
    pub(super) fn peek(&mut self) -> Read<Token> {
        if let Some(token) = self.peeked {
            return Ok(token);
        }
        let token = match self.usual() {
            Some(token) => token,
            None => self.advance()?,
        };
        self.peeked = Some(token);
        Ok(token)
    }

    pub(super) fn begin_object(&mut self) -> Read<()> {
        self.open(Token::BeginObject, "BEGIN_OBJECT", State::EmptyObject)
    }

    pub(super) fn begin_array(&mut self) -> Read<()> {
        self.open(Token::BeginArray, "BEGIN_ARRAY", State::EmptyArray)
    }

    /// Is there another element or field? Consumes the end of the array or object if not.
    #[inline]
    pub(super) fn next_or_end(&mut self) -> Read<bool> {
        // Most often another field. (Here and in `name`, since these are called most.)
        if self.peeked.is_none()
            && self.level.state == State::NonEmptyObject
            && starts_with_two(self.input, self.position, *b",\"")
        {
            self.position += 1;
            self.level.state = State::DanglingName;
            self.peeked = Some(Token::Name);
            return Ok(true);
        }
        if !matches!(self.peek()?, Token::EndArray | Token::EndObject) {
            return Ok(true);
        }
        self.position += 1;
        if let Some(around) = self.around.pop() {
            self.level = around;
        }
        self.value_ended();
        Ok(false)
    }

    #[inline]
    pub(super) fn name(&mut self) -> Read<Piece> {
        if self.peek()? != Token::Name {
            return Err(self.mismatch("a name"));
        }
        let start = self.position + 1;
        let quoted = match read_quoted(self.input, start, &mut self.name) {
            Ok(quoted) => quoted,
            Err(bad) => return Err(self.malformed_at(bad.position, bad.what)),
        };
        self.texts_repaired += u64::from(quoted.repaired);
        self.position = quoted.end;
        self.peeked = None;
        let length = quoted.end - 1 - start;
        self.level.name = (start as u32, length as u32);
        if starts_with_two(self.input, self.position, *b":\"") {
            self.position += 1;
            self.level.state = State::NonEmptyObject;
            self.peeked = Some(Token::String);
        }
        Ok(if quoted.rewritten {
            Piece::Name
        } else {
            Piece::Input { start, length }
        })
    }

    /// A string, or the spelling of a number.
    #[inline]
    pub(super) fn string(&mut self) -> Read<Piece> {
        self.text("a string")
    }

    /// Consumes a null if there is one.
    #[inline]
    pub(super) fn skip_null(&mut self) -> Read<bool> {
        let found = self.peek()? == Token::Null;
        if found {
            self.position += 4;
            self.value_ended();
        }
        Ok(found)
    }

    pub(super) fn boolean(&mut self) -> Read<bool> {
        let Token::Boolean(value) = self.peek()? else {
            return Err(self.mismatch("a boolean"));
        };
        self.position += if value { 4 } else { 5 };
        self.value_ended();
        Ok(value)
    }
}

#[inline(always)]
fn starts_with_two(input: &[u8], position: usize, two: [u8; 2]) -> bool {
    input.get(position..).and_then(<[u8]>::first_chunk) == Some(&two)
}

/// What has a spelling of its own.
impl Reader<'_> {
    fn open(&mut self, token: Token, expected: &str, state: State) -> Read<()> {
        if self.peek()? != token {
            return Err(self.mismatch(expected));
        }
        if self.around.len() >= NESTING_MAX {
            let place = self.place();
            let text = format!("Nesting limit {NESTING_MAX} reached{place}");
            return Err(Box::new(Fault::Exhausted(text)));
        }
        self.position += 1;
        self.peeked = None;
        self.around
            .push(std::mem::replace(&mut self.level, Level::new(state)));
        Ok(())
    }

    #[inline]
    pub(super) fn text(&mut self, expected: &str) -> Read<Piece> {
        match self.peek()? {
            Token::String => {
                let start = self.position + 1;
                let quoted = match read_quoted(self.input, start, &mut self.value) {
                    Ok(quoted) => quoted,
                    Err(bad) => return Err(self.malformed_at(bad.position, bad.what)),
                };
                self.texts_repaired += u64::from(quoted.repaired);
                self.position = quoted.end;
                self.value_ended();
                let length = quoted.end - 1 - start;
                Ok(if quoted.rewritten {
                    Piece::Value
                } else {
                    Piece::Input { start, length }
                })
            }
            Token::Number => {
                let start = self.position;
                // A number was recognised here, so it has a length.
                let length = match self.number {
                    (known, length) if known == start => length,
                    _ => number_length(&self.input[start..]).unwrap_or(0),
                };
                self.position += length;
                self.value_ended();
                Ok(Piece::Input { start, length })
            }
            _ => Err(self.mismatch(expected)),
        }
    }

    #[inline]
    pub(super) const fn value_ended(&mut self) {
        self.peeked = None;
        self.level.index += 1;
    }
}
