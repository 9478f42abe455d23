//! Passing over JSON that nobody wants, and returning to what was passed over.
use super::json::{Level, Reader, Token};
use super::json_fault::Read;
use super::json_text::string_end;

/// A place to return to.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    position: usize,
    depth: usize,
    level: Level,
    peeked: Option<Token>,
    texts_repaired: u64,
}

impl Reader<'_> {
    /// Skips one value with all that is in it.
    pub(super) fn skip_value(&mut self) -> Read<()> {
        let repaired = self.texts_repaired;
        let value = std::mem::take(&mut self.value);
        let depth = self.depth();
        self.consume()?;
        self.leave_to(depth)?;
        self.texts_repaired = repaired;
        self.value = value;
        Ok(())
    }

    /// Skips what is left of the value that a mark was made for.
    pub(super) fn leave(&mut self, mark: &Mark) -> Read<()> {
        self.texts_repaired = mark.texts_repaired;
        if self.position == mark.position {
            self.skip_value()
        } else {
            self.leave_to(mark.depth)
        }
    }

    /// Skips until no more than `depth` arrays and objects are open.
    fn leave_to(&mut self, depth: usize) -> Read<()> {
        while self.depth() > depth {
            self.consume()?;
        }
        Ok(())
    }

    /// Consumes one token, whatever it is.
    fn consume(&mut self) -> Read<()> {
        match self.peek()? {
            Token::BeginArray => self.begin_array(),
            Token::BeginObject => self.begin_object(),
            Token::EndArray | Token::EndObject => self.next_or_end().map(drop),
            Token::Name => self.name().map(drop),
            Token::String | Token::Number => self.string().map(drop),
            Token::Boolean(_) => self.boolean().map(drop),
            Token::Null => self.skip_null().map(drop),
            Token::EndDocument => Err(self.ended()),
        }
    }

    /// Skips a list that will be read later, by counting brackets alone: several times as fast
    /// as reading it, and any mistake in it is found when it is read. If it is read to its end
    /// without one, the brackets were balanced and this skipped exactly that list.
    pub(super) fn skip_list_unread(&mut self) -> Read<()> {
        if self.peek()? != Token::BeginArray {
            return self.begin_array();
        }
        let mut depth = 0_usize;
        loop {
            match self.input.get(self.position) {
                Some(b'[' | b'{') => depth += 1,
                Some(b']' | b'}') => depth -= 1,
                Some(b'"') => match string_end(self.input, self.position + 1) {
                    Some(end) => self.position = end,
                    None => self.position = self.input.len(),
                },
                Some(_) => {}
                None => return Err(self.ended()),
            }
            self.position += 1;
            if depth == 0 {
                self.value_ended();
                return Ok(());
            }
        }
    }

    /// Marks the value that comes next.
    pub(super) fn mark(&mut self) -> Read<Mark> {
        self.peek()?;
        Ok(Mark {
            position: self.position,
            depth: self.depth(),
            level: self.level,
            peeked: self.peeked,
            texts_repaired: self.texts_repaired,
        })
    }

    /// Goes back (or forth) to a mark that was made in the array or object that is open now.
    pub(super) fn return_to(&mut self, mark: &Mark) {
        debug_assert_eq!(mark.depth, self.depth());
        self.position = mark.position;
        self.peeked = mark.peeked;
        self.level = mark.level;
    }
}
