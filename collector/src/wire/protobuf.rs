//! Protobuf bytes, walked field by field: nothing is copied and nothing is built.

/// The bytes are not a message of the expected shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    /// Position in the whole request.
    pub(super) offset: usize,
    pub(super) what: &'static str,
}

pub(super) type Read<T> = Result<T, Malformed>;

/// The fields of one message that are still to be read.
#[derive(Clone, Copy)]
pub(super) struct Message<'a> {
    body: &'a [u8],
    position: usize,
    end: usize,
}

pub(super) struct Field<'a> {
    pub(super) number: u32,
    /// Position of the field's key in the whole request.
    offset: usize,
    payload: Payload<'a>,
}

enum Payload<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(Message<'a>),
}

impl<'a> Message<'a> {
    /// The whole request as one message.
    pub(super) const fn new(body: &'a [u8]) -> Self {
        Self {
            body,
            position: 0,
            end: body.len(),
        }
    }

    /// Position in the whole request.
    pub(super) const fn start(&self) -> usize {
        self.position
    }

    #[inline]
    pub(super) fn bytes(&self) -> &'a [u8] {
        &self.body[self.position..self.end]
    }

    /// The next field; `None` at the end. Inlined wherever it is called, so that the field is
    /// taken apart without being put together.
    #[inline(always)]
    pub(super) fn next_field(&mut self) -> Read<Option<Field<'a>>> {
        let offset = self.position;
        if offset == self.end {
            return Ok(None);
        }
        let key = self.varint()?;
        let number = match u32::try_from(key >> 3) {
            Ok(number) if number > 0 && key <= u32::MAX.into() => number,
            _ => {
                return Err(Malformed {
                    offset,
                    what: "field number out of range",
                });
            }
        };
        let payload = match key & 7 {
            0 => Payload::Varint(self.varint()?),
            1 => Payload::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => Payload::Bytes(self.nested()?),
            5 => Payload::Fixed32(u32::from_le_bytes(self.array()?)),
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
        };
        Ok(Some(Field {
            number,
            offset,
            payload,
        }))
    }

    #[inline(always)]
    fn varint(&mut self) -> Read<u64> {
        // One byte is the rule.
        match self.body[..self.end].get(self.position) {
            Some(&byte) if byte < 0x80 => {
                self.position += 1;
                Ok(byte.into())
            }
            _ => self.long_varint(),
        }
    }

    #[inline(never)]
    fn long_varint(&mut self) -> Read<u64> {
        let offset = self.position;
        let rest = &self.body[offset..self.end];
        let mut number = 0_u64;
        for (index, &byte) in rest.iter().take(10).enumerate() {
            number |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                if index == 9 && byte > 1 {
                    break;
                }
                self.position += index + 1;
                return Ok(number);
            }
        }
        let what = if rest.len() < 10 {
            "truncated varint"
        } else {
            "varint longer than 64 bits"
        };
        Err(Malformed { offset, what })
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let rest = &self.body[self.position..self.end];
        let bytes = *rest.first_chunk::<N>().ok_or(Malformed {
            offset: self.position,
            what: "truncated number",
        })?;
        self.position += N;
        Ok(bytes)
    }

    #[inline]
    fn nested(&mut self) -> Read<Self> {
        let offset = self.position;
        let length = self.varint()?;
        let start = self.position;
        match usize::try_from(length) {
            Ok(length) if length <= self.end - start => {
                self.position += length;
                Ok(Self {
                    body: self.body,
                    position: start,
                    end: start + length,
                })
            }
            _ => Err(Malformed {
                offset,
                what: "length beyond the end of its message",
            }),
        }
    }
}

impl<'a> Field<'a> {
    #[inline]
    pub(super) const fn varint(&self) -> Read<u64> {
        match self.payload {
            Payload::Varint(number) => Ok(number),
            _ => Err(self.wrong("expected a varint")),
        }
    }

    #[inline]
    pub(super) const fn fixed64(&self) -> Read<u64> {
        match self.payload {
            Payload::Fixed64(number) => Ok(number),
            _ => Err(self.wrong("expected a 64-bit number")),
        }
    }

    #[inline]
    pub(super) const fn fixed32(&self) -> Read<u32> {
        match self.payload {
            Payload::Fixed32(number) => Ok(number),
            _ => Err(self.wrong("expected a 32-bit number")),
        }
    }

    /// Also strings and bytes: see [`Message::bytes`].
    #[inline]
    pub(super) const fn message(&self) -> Read<Message<'a>> {
        match self.payload {
            Payload::Bytes(message) => Ok(message),
            _ => Err(self.wrong("expected a length and bytes")),
        }
    }

    const fn wrong(&self, what: &'static str) -> Malformed {
        Malformed {
            offset: self.offset,
            what,
        }
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
                match message.next_field() {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("{bytes:?} was read"),
                    Err(malformed) => break malformed,
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
        let mut next = || message.next_field().unwrap().unwrap();
        assert_eq!(next().varint(), Ok(150));
        assert_eq!(next().message().unwrap().bytes(), &[7, 8]);
        assert_eq!(next().fixed32(), Ok(1));
        assert_eq!(next().fixed64(), Ok(2));
        assert!(message.next_field().unwrap().is_none());
    }
}
