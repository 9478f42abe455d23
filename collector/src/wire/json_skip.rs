//! Passing over JSON that nobody wants.
use super::json::{Reader, Token};
use super::json_fault::Read;

/// The place before a value.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    position: usize,
    depth: usize,
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

    /// Marks the value that comes next.
    pub(super) fn mark(&mut self) -> Read<Mark> {
        self.peek()?;
        Ok(Mark {
            position: self.position,
            depth: self.depth(),
            texts_repaired: self.texts_repaired,
        })
    }
}
