//! An object that was read a moment ago and comes again, byte for byte: endpoints in a list of
//! spans do. What was made of it is used again, without reading it.
use storage::span::Endpoint;

use super::json::{Reader, Token};
use super::json_fault::Read;
use super::zipkin_field::endpoint;

/// The last object of its kind and what was made of it.
pub(super) struct Spelled<'a, T> {
    spelling: Spelling<'a>,
    meaning: Option<T>,
}

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
            spelling: Spelling {
                bytes: &[],
                texts_repaired: 0,
            },
            meaning: None,
        }
    }
}

impl<'a, T: Copy> Spelled<'a, T> {
    pub(super) const fn new(spelling: Spelling<'a>, meaning: T) -> Self {
        Self {
            spelling,
            meaning: Some(meaning),
        }
    }

    /// What these bytes mean, if they are those of the last object, and how many texts in them
    /// were repaired.
    #[inline]
    pub(super) fn meaning_of(&self, bytes: &[u8]) -> Option<(T, u64)> {
        let meaning = self.meaning.filter(|_| self.spelling.bytes == bytes)?;
        Some((meaning, self.spelling.texts_repaired))
    }

    /// Passes over the same object if it comes next, and returns what it means. An object ends
    /// with its brace, so bytes that begin with all of it begin with the same object.
    #[inline]
    fn read_again(&self, reader: &mut Reader<'_>) -> Read<Option<T>> {
        let bytes = self.spelling.bytes;
        if reader.peek()? != Token::BeginObject
            || self.meaning.is_none()
            || !reader.input[reader.position..].starts_with(bytes)
        {
            return Ok(None);
        }
        reader.position += bytes.len();
        reader.texts_repaired += self.spelling.texts_repaired;
        reader.value_ended();
        Ok(self.meaning)
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

/// Reads an endpoint, unless it is spelled as the last of its kind.
pub(super) fn peer<'a, T: Copy>(
    reader: &mut Reader<'a>,
    last: &Spelled<'a, T>,
) -> Read<Peer<'a, T>> {
    if let Some(meaning) = last.read_again(reader)? {
        return Ok(Peer::Again(meaning));
    }
    let (endpoint, spelling) = Spelling::of(reader, endpoint)?;
    Ok(Peer::New(endpoint, spelling))
}
