//! Which token comes next in JSON: separators, and the first bytes of values.
use super::json::{Reader, State, Token};
use super::json_fault::Read;
use super::json_number::{ends_literal, number_length};

impl Reader<'_> {
    /// What [`Self::advance`] finds where there is no white space, if it is one of the usual
    /// tokens, which two bytes tell.
    #[inline]
    pub(super) fn usual(&mut self) -> Option<Token> {
        use State::{DanglingName, NonEmptyArray, NonEmptyObject};
        let two = self.input.get(self.position..)?.first_chunk::<2>()?;
        let (separator, state, token) = match (self.level.state, two) {
            (NonEmptyObject, b",\"") => (1, DanglingName, Token::Name),
            (NonEmptyObject, [b'}', _]) => (0, NonEmptyObject, Token::EndObject),
            (NonEmptyArray, b",{") => (1, NonEmptyArray, Token::BeginObject),
            (NonEmptyArray, [b']', _]) => (0, NonEmptyArray, Token::EndArray),
            (DanglingName, b":\"") => (1, NonEmptyObject, Token::String),
            (DanglingName, b":{") => (1, NonEmptyObject, Token::BeginObject),
            (DanglingName, b":[") => (1, NonEmptyObject, Token::BeginArray),
            _ => return None,
        };
        self.position += separator;
        self.level.state = state;
        Some(token)
    }

    /// Reads separators up to the next token.
    pub(super) fn advance(&mut self) -> Read<Token> {
        let state = self.level.state;
        match state {
            State::EmptyArray => {
                if self.significant()? == b']' {
                    return Ok(Token::EndArray);
                }
                self.become_state(State::NonEmptyArray);
            }
            State::NonEmptyArray => match self.significant()? {
                b']' => return Ok(Token::EndArray),
                b',' => self.position += 1,
                _ => return Err(self.malformed("unterminated array")),
            },
            State::EmptyObject | State::NonEmptyObject => return self.advance_to_name(state),
            State::DanglingName => {
                if self.significant()? != b':' {
                    return Err(self.malformed("expected ':'"));
                }
                self.position += 1;
                self.become_state(State::NonEmptyObject);
            }
            State::EmptyDocument => self.become_state(State::NonEmptyDocument),
            State::NonEmptyDocument => {
                self.skip_whitespace();
                return if self.position == self.input.len() {
                    Ok(Token::EndDocument)
                } else {
                    Err(self.malformed("expected the end"))
                };
            }
        }
        self.recognise()
    }

    fn advance_to_name(&mut self, state: State) -> Read<Token> {
        let mut byte = self.significant()?;
        if byte == b'}' {
            return Ok(Token::EndObject);
        }
        if state == State::NonEmptyObject {
            if byte != b',' {
                return Err(self.malformed("unterminated object"));
            }
            self.position += 1;
            byte = self.significant()?;
        }
        if byte != b'"' {
            return Err(self.malformed("expected name"));
        }
        self.become_state(State::DanglingName);
        Ok(Token::Name)
    }

    /// What value starts here?
    fn recognise(&mut self) -> Read<Token> {
        let token = match self.significant()? {
            b'"' => Token::String,
            b'[' => Token::BeginArray,
            b'{' => Token::BeginObject,
            b't' | b'T' if self.is_keyword("true") => Token::Boolean(true),
            b'f' | b'F' if self.is_keyword("false") => Token::Boolean(false),
            b'n' | b'N' if self.is_keyword("null") => Token::Null,
            b'-' | b'0'..=b'9' => match number_length(&self.input[self.position..]) {
                Some(length) => {
                    self.number = (self.position, length);
                    Token::Number
                }
                None => return Err(self.malformed("expected value")),
            },
            _ => return Err(self.malformed("expected value")),
        };
        Ok(token)
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        let rest = &self.input[self.position..];
        rest.get(..keyword.len())
            .is_some_and(|word| word.eq_ignore_ascii_case(keyword.as_bytes()))
            && rest
                .get(keyword.len())
                .is_none_or(|&byte| ends_literal(byte))
    }

    /// Skips white space and returns the byte behind it.
    fn significant(&mut self) -> Read<u8> {
        self.skip_whitespace();
        self.input
            .get(self.position)
            .copied()
            .ok_or_else(|| self.ended())
    }

    fn skip_whitespace(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.input.get(self.position) {
            self.position += 1;
        }
    }

    const fn become_state(&mut self, state: State) {
        self.level.state = state;
    }
}
