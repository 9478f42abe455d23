//! Passing over JSON that nobody wants, and returning to what was passed over.
use super::json::{Level, Reader, Token};
use super::json_fault::Read;
use super::json_text::{plain_end, string_end};

/// How many brackets are open in a list in an object in a list.
const INNER_DEPTH: usize = 3;

/// The most inner lists that are remembered.
const INNER_LISTS_MAX: usize = 4_096;

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
    ///
    /// The lists of the objects in that list are remembered, so that they are skipped in no time.
    pub(super) fn skip_list_unread(&mut self) -> Read<()> {
        if self.peek()? != Token::BeginArray {
            return self.begin_array();
        }
        let known = self
            .inner_lists
            .binary_search_by_key(&self.position, |list| list.0);
        if let Some((_, end)) = known.ok().and_then(|place| self.inner_lists.get(place)) {
            self.position = *end;
            self.value_ended();
            return Ok(());
        }
        self.inner_lists.clear();
        let (mut position, mut depth, mut inner) = (self.position, 0_usize, None);
        loop {
            match self.input.get(position) {
                Some(b'"') => {
                    let start = position + 1;
                    position = plain_end(self.input, start)
                        .or_else(|| string_end(self.input, start))
                        .unwrap_or(self.input.len());
                }
                Some(open @ (b'[' | b'{')) => {
                    depth += 1;
                    if depth == INNER_DEPTH && *open == b'[' {
                        inner = Some(position);
                    }
                }
                Some(b']' | b'}') => {
                    depth -= 1;
                    if depth < INNER_DEPTH
                        && let Some(start) = inner.take()
                        && self.inner_lists.len() < INNER_LISTS_MAX
                    {
                        self.inner_lists.push((start, position + 1));
                    }
                }
                Some(_) => {}
                None => {
                    self.position = position;
                    return Err(self.ended());
                }
            }
            position += 1;
            if depth == 0 {
                self.position = position;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]

        /// Given any brackets, then a list that was remembered ends where it ends when it is
        /// skipped by itself.
        #[test]
        fn remembered_lists_end_where_they_end(inside in "[\\[\\]{}\"\\\\a,]{0,60}") {
            let input = format!("[{{\"a\":[[1],{{}}],\"b\":[]}},{{[[]]{inside}]}}]}}]");
            let mut reader = Reader::new(input.as_bytes());
            let whole = reader.skip_list_unread();
            prop_assert!(whole.is_err() || reader.inner_lists.len() >= 2);
            for (start, end) in reader.inner_lists {
                let mut alone = Reader::new(&input.as_bytes()[start..]);
                prop_assert!(alone.skip_list_unread().is_ok());
                prop_assert_eq!(alone.position, end - start);
            }
        }
    }
}
