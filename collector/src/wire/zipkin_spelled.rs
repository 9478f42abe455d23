//! Objects that were read a moment ago and come again, byte for byte: endpoints in a list of spans
//! do. What was made of them is used again, without reading them.
use storage::span::Endpoint;

use super::json::{Reader, Token};
use super::json_fault::Read;
use super::zipkin_field::endpoint;

/// The last different objects of a kind and what was made of them.
pub(super) struct Spelled<'a, T> {
    known: [Option<(Spelling<'a>, T)>; KNOWN],
    /// The place of the next one.
    next: usize,
}

/// A service calls a few others in turn.
const KNOWN: usize = 4;

/// An object as it was spelled.
#[derive(Clone, Copy)]
pub(super) struct Spelling<'a> {
    /// From brace to brace, or a whole message.
    bytes: &'a [u8],
    /// Texts in it that were repaired; they are counted each time.
    texts_repaired: u64,
}

impl<'a> Spelling<'a> {
    /// Reads an object and remembers how it was spelled.
    fn of<T>(
        reader: &mut Reader<'a>,
        read: impl FnOnce(&mut Reader<'_>) -> Read<T>,
    ) -> Read<(T, Self)> {
        reader.peek()?;
        let (start, repaired_before) = (reader.position, reader.texts_repaired);
        let meaning = read(reader)?;
        let bytes = &reader.input[start..reader.position];
        let texts_repaired = reader.texts_repaired - repaired_before;
        Ok((meaning, Self::new(bytes, texts_repaired)))
    }

    pub(super) const fn new(bytes: &'a [u8], texts_repaired: u64) -> Self {
        Self {
            bytes,
            texts_repaired,
        }
    }
}

impl<T> Default for Spelled<'_, T> {
    fn default() -> Self {
        Self {
            known: [const { None }; KNOWN],
            next: 0,
        }
    }
}

impl<'a, T: Copy> Spelled<'a, T> {
    /// Takes the place of the one that is known for longest.
    pub(super) fn learn(&mut self, spelling: Spelling<'a>, meaning: T) {
        if let Some(oldest) = self.known.get_mut(self.next % KNOWN) {
            *oldest = Some((spelling, meaning));
        }
        self.next += 1;
    }

    #[inline]
    fn find(&self, is_it: impl Fn(&[u8]) -> bool) -> Option<(Spelling<'a>, T)> {
        let mut known = self.known.iter().flatten();
        known.find(|(spelling, _)| is_it(spelling.bytes)).copied()
    }

    /// What these bytes mean, if they are those of an object that is known, and how many texts in
    /// them were repaired.
    #[inline]
    pub(super) fn meaning_of(&self, bytes: &[u8]) -> Option<(T, u64)> {
        let (spelling, meaning) = self.find(|known| known == bytes)?;
        Some((meaning, spelling.texts_repaired))
    }

    /// Passes over an object that is known if it comes next, and returns what it means. An object
    /// ends with its brace, so bytes that begin with all of it begin with the same object.
    #[inline]
    fn read_again(&self, reader: &mut Reader<'_>) -> Read<Option<T>> {
        if reader.peek()? != Token::BeginObject {
            return Ok(None);
        }
        let Some(rest) = reader.input.get(reader.position..) else {
            return Ok(None);
        };
        let Some((spelling, meaning)) = self.find(|known| rest.starts_with(known)) else {
            return Ok(None);
        };
        reader.position += spelling.bytes.len();
        reader.texts_repaired += spelling.texts_repaired;
        reader.value_ended();
        Ok(Some(meaning))
    }
}

/// An endpoint of a span. It enters the batch only with its span.
#[derive(Default)]
pub(super) enum Peer<'a, T> {
    #[default]
    Absent,
    /// As in a span before.
    Again(T),
    New(Option<Endpoint>, Spelling<'a>),
}

/// Reads an endpoint, unless it is spelled as one that is known.
pub(super) fn peer<'a, T: Copy>(
    reader: &mut Reader<'a>,
    known: &Spelled<'a, T>,
) -> Read<Peer<'a, T>> {
    if let Some(meaning) = known.read_again(reader)? {
        return Ok(Peer::Again(meaning));
    }
    let (endpoint, spelling) = Spelling::of(reader, endpoint)?;
    Ok(Peer::New(endpoint, spelling))
}
