//! Protobuf bytes, walked field by field: nothing is copied and nothing is built.

use super::trouble::Malformed;

pub(super) type Read<T> = Result<T, Malformed>;

/// The fields of one message that are still to be read.
#[derive(Clone, Copy)]
pub(super) struct Message<'a> {
    rest: &'a [u8],
    /// Position in the whole request of the byte behind the message.
    end: usize,
}

/// A field whose key was read. What follows the key is read by the one function that is called on
/// it: all of them take the field, so that each payload is passed once.
#[must_use = "the payload must be read or skipped"]
pub(super) struct Field<'m, 'a> {
    message: &'m mut Message<'a>,
    key: u32,
    /// Position of the field's key in the whole request.
    offset: usize,
}

pub(super) const VARINT: u32 = 0;
pub(super) const FIXED64: u32 = 1;
pub(super) const BYTES: u32 = 2;
const FIXED32: u32 = 5;

/// The key of a field: its number and its wire type.
pub(super) const fn key(number: u32, wire_type: u32) -> u32 {
    number << 3 | wire_type
}

impl<'a> Message<'a> {
    /// The whole request as one message.
    pub(super) const fn new(body: &'a [u8]) -> Self {
        Self {
            rest: body,
            end: body.len(),
        }
    }

    /// Position in the whole request.
    pub(super) const fn start(&self) -> usize {
        self.end - self.rest.len()
    }

    #[inline]
    pub(super) const fn bytes(&self) -> &'a [u8] {
        self.rest
    }

    /// The end of this message that `bytes` are.
    #[inline]
    pub(super) const fn ending(&self, bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            end: self.end,
        }
    }

    /// Has the next field this key, of one byte?
    #[inline(always)]
    pub(super) fn is_next(&self, key: u32) -> bool {
        self.rest
            .first()
            .is_some_and(|first| u32::from(*first) == key)
    }

    /// Passes over the next field and returns its payload if it has this key, of one byte, and fewer
    /// than 128 bytes: fields that repeat come in rows. Otherwise takes nothing.
    #[inline(always)]
    pub(super) fn next_short(&mut self, key: u32) -> Option<Self> {
        let [first, length @ ..0x80, ref rest @ ..] = *self.rest else {
            return None;
        };
        if u32::from(first) != key {
            return None;
        }
        let start = self.end - rest.len();
        let (short, rest) = rest.split_at_checked(usize::from(length))?;
        self.rest = rest;
        Some(Self {
            rest: short,
            end: start + short.len(),
        })
    }

    /// Its fields 1 and 2 if it has these, in this order, each a text of fewer than 128 bytes, and
    /// nothing else: so nearly all entries of maps are spelled.
    #[inline(always)]
    pub(super) fn entry(self) -> Option<(Self, Self)> {
        const FIRST: u8 = key(1, BYTES) as u8;
        const SECOND: u8 = key(2, BYTES) as u8;
        let [FIRST, length @ ..0x80, ref rest @ ..] = *self.rest else {
            return None;
        };
        let (first, rest) = rest.split_at_checked(usize::from(length))?;
        let [SECOND, length @ ..0x80, ref second @ ..] = *rest else {
            return None;
        };
        // The second ends where the entry ends.
        (second.len() == usize::from(length)).then(|| {
            let first = Self {
                rest: first,
                end: self.end - rest.len(),
            };
            (first, self.ending(second))
        })
    }

    /// The next field; `None` at the end. Inlined wherever it is called, so that the field is
    /// taken apart without being put together.
    #[inline(always)]
    pub(super) fn next_field(&mut self) -> Read<Option<Field<'_, 'a>>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let offset = self.start();
        let key = self.varint()?;
        match u32::try_from(key) {
            Ok(key) if key >= 8 => Ok(Some(Field {
                message: self,
                key,
                offset,
            })),
            _ => Err(Malformed {
                offset,
                what: "field number out of range",
            }),
        }
    }

    #[inline(always)]
    fn varint(&mut self) -> Read<u64> {
        // One byte is the rule, two are common.
        match *self.rest {
            [byte, ref rest @ ..] if byte < 0x80 => {
                self.rest = rest;
                Ok(byte.into())
            }
            [low, high, ref rest @ ..] if high < 0x80 => {
                self.rest = rest;
                Ok(u64::from(low & 0x7f) | u64::from(high) << 7)
            }
            _ => {
                let (number, length) = self.long_varint()?;
                self.rest = &self.rest[length..];
                Ok(number)
            }
        }
    }

    /// The number and its length. By value, so that messages being read stay in registers.
    #[inline(never)]
    fn long_varint(self) -> Read<(u64, usize)> {
        let mut number = 0_u64;
        for (index, &byte) in self.rest.iter().take(10).enumerate() {
            number |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                if index == 9 && byte > 1 {
                    break;
                }
                return Ok((number, index + 1));
            }
        }
        let what = if self.rest.len() < 10 {
            "truncated varint"
        } else {
            "varint longer than 64 bits"
        };
        Err(Malformed {
            offset: self.start(),
            what,
        })
    }

    #[inline(always)]
    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let Some((bytes, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(Malformed {
                offset: self.start(),
                what: "truncated number",
            });
        };
        self.rest = rest;
        Ok(*bytes)
    }

    #[inline(always)]
    fn nested(&mut self) -> Read<Self> {
        let offset = self.start();
        let length = self.varint()?;
        let start = self.start();
        let split = usize::try_from(length)
            .ok()
            .and_then(|length| self.rest.split_at_checked(length));
        match split {
            Some((nested, rest)) => {
                self.rest = rest;
                Ok(Self {
                    rest: nested,
                    end: start + nested.len(),
                })
            }
            None => Err(Malformed {
                offset,
                what: "length beyond the end of its message",
            }),
        }
    }

    /// Skips the payload of a field.
    #[inline(never)]
    fn skip(mut self, key: u32, offset: usize) -> Read<Self> {
        match key & 7 {
            VARINT => drop(self.varint()?),
            FIXED64 => drop(self.array::<8>()?),
            BYTES => drop(self.nested()?),
            FIXED32 => drop(self.array::<4>()?),
            3 | 4 => {
                return Err(Malformed {
                    offset,
                    what: "groups are not supported",
                });
            }
            _ => {
                return Err(Malformed {
                    offset,
                    what: "unknown wire type",
                });
            }
        }
        Ok(self)
    }

    /// The error of a field that is not of the expected type. A payload that cannot be read at
    /// all is the greater mistake.
    #[cold]
    #[inline(never)]
    fn wrong(self, key: u32, offset: usize, what: &'static str) -> Malformed {
        match self.skip(key, offset) {
            Ok(_) => Malformed { offset, what },
            Err(malformed) => malformed,
        }
    }
}

impl<'a> Field<'_, 'a> {
    pub(super) const fn number(&self) -> u32 {
        self.key >> 3
    }

    /// See [`key`]. Who matches on it asks for number and type at once.
    pub(super) const fn key(&self) -> u32 {
        self.key
    }

    #[inline(always)]
    pub(super) fn varint(self) -> Read<u64> {
        if self.key & 7 != VARINT {
            return Err(self.wrong("expected a varint"));
        }
        self.message.varint()
    }

    #[inline(always)]
    pub(super) fn fixed64(self) -> Read<u64> {
        if self.key & 7 != FIXED64 {
            return Err(self.wrong("expected a 64-bit number"));
        }
        self.message.array().map(u64::from_le_bytes)
    }

    #[inline(always)]
    pub(super) fn fixed32(self) -> Read<u32> {
        if self.key & 7 != FIXED32 {
            return Err(self.wrong("expected a 32-bit number"));
        }
        self.message.array().map(u32::from_le_bytes)
    }

    /// Also strings and bytes: see [`Message::bytes`].
    #[inline(always)]
    pub(super) fn message(self) -> Read<Message<'a>> {
        if self.key & 7 != BYTES {
            return Err(self.wrong("expected a length and bytes"));
        }
        self.message.nested()
    }

    #[inline(always)]
    pub(super) fn skip(self) -> Read<()> {
        if self.key & 7 == BYTES {
            return self.message.nested().map(drop);
        }
        *self.message = self.message.skip(self.key, self.offset)?;
        Ok(())
    }

    fn wrong(self, what: &'static str) -> Malformed {
        self.message.wrong(self.key, self.offset, what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_protobuf_says_where() {
        for (bytes, offset, what) in [
            (&[0x00][..], 0, "field number out of range"),
            (&[0x08], 1, "truncated varint"),
            (
                &[
                    0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,
                ],
                1,
                "varint longer",
            ),
            (&[0x08, 1, 0x0a, 5, 1], 3, "length beyond"),
            (&[0x09, 1, 2], 1, "truncated number"),
            (&[0x0b], 0, "groups"),
            (&[0x0e], 0, "unknown wire type"),
        ] {
            let mut message = Message::new(bytes);
            let malformed = loop {
                match message.next_field().map(|field| field.map(Field::skip)) {
                    Ok(Some(Ok(()))) => {}
                    Ok(None) => panic!("{bytes:?} was read"),
                    Ok(Some(Err(malformed))) | Err(malformed) => break malformed,
                }
            };
            assert_eq!(malformed.offset, offset, "{bytes:?}");
            assert!(
                malformed.what.starts_with(what),
                "{bytes:?}: {}",
                malformed.what
            );
        }
    }

    #[test]
    fn fields_are_read_one_after_another() {
        let bytes = [
            0x08, 0x96, 0x01, 0x12, 2, 7, 8, 0x1d, 1, 0, 0, 0, 0x21, 2, 0, 0, 0, 0, 0, 0, 0,
        ];
        let mut message = Message::new(&bytes);
        macro_rules! next {
            () => {
                message.next_field().unwrap().unwrap()
            };
        }
        assert_eq!(next!().varint(), Ok(150));
        assert_eq!(next!().message().unwrap().bytes(), &[7, 8]);
        assert_eq!(next!().fixed32(), Ok(1));
        assert_eq!(next!().fixed64(), Ok(2));
        assert!(message.next_field().unwrap().is_none());
    }

    #[test]
    fn a_payload_that_cannot_be_read_is_worse_than_one_of_the_wrong_type() {
        for (bytes, offset, what) in [
            (&[0x08, 1, 0x08, 1][..], 2, "expected a length"),
            (&[0x08, 1, 0x09, 1], 3, "truncated number"),
            (&[0x08, 1, 0x0b], 2, "groups"),
        ] {
            let mut message = Message::new(bytes);
            message.next_field().unwrap().unwrap().skip().unwrap();
            let field = message.next_field().unwrap().unwrap();
            let malformed = field.message().err().unwrap();
            assert_eq!(malformed.offset, offset, "{bytes:?}");
            assert!(malformed.what.starts_with(what), "{bytes:?}");
        }
    }
}
