//! Thrift's binary protocol, walked field by field: nothing is copied and nothing is built.
use super::trouble::Malformed;

pub(super) type Read<T> = Result<T, Malformed>;

/// How deeply structs and containers that nobody reads may nest.
const DEPTH_MAX: usize = 32;

/// The types of values, by their numbers on the wire.
pub(super) const BOOL: u8 = 2;
const BYTE: u8 = 3;
const DOUBLE: u8 = 4;
pub(super) const I16: u8 = 6;
pub(super) const I32: u8 = 8;
pub(super) const I64: u8 = 10;
pub(super) const STRING: u8 = 11;
pub(super) const STRUCT: u8 = 12;
const MAP: u8 = 13;
const SET: u8 = 14;
pub(super) const LIST: u8 = 15;

/// Where a request is being read.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    input: &'a [u8],
    position: usize,
}

/// A field whose header was read; its value comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) id: i16,
    pub(super) of: u8,
}

/// Bytes of the request, and where they begin.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) start: usize,
    pub(super) bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(input: &'a [u8]) -> Self {
        Self { input, position: 0 }
    }

    pub(super) const fn position(&self) -> usize {
        self.position
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let rest = self.input.get(self.position..).unwrap_or_default();
        let Some(bytes) = rest.first_chunk() else {
            return Err(self.malformed("truncated number"));
        };
        self.position += N;
        Ok(*bytes)
    }

    pub(super) fn byte(&mut self) -> Read<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn i16(&mut self) -> Read<i16> {
        self.array().map(i16::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Read<i32> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Read<i64> {
        self.array().map(i64::from_be_bytes)
    }

    /// A string, or bytes.
    pub(super) fn bytes(&mut self) -> Read<Piece<'a>> {
        let length = self.length()?;
        let start = self.position;
        self.position += length;
        Ok(Piece {
            start,
            bytes: &self.input[start..start + length],
        })
    }

    /// A length or a count of things that take a byte at least: no more than there are bytes.
    fn length(&mut self) -> Read<usize> {
        let offset = self.position;
        let length = self.i32()?;
        match usize::try_from(length) {
            Ok(length) if length <= self.input.len() - self.position => Ok(length),
            Ok(_) => Err(Malformed {
                offset,
                what: "length beyond the end of the request",
            }),
            Err(_) => Err(Malformed {
                offset,
                what: "negative length",
            }),
        }
    }

    /// The next field of a struct; `None` at its end.
    pub(super) fn field(&mut self) -> Read<Option<Field>> {
        let of = self.byte()?;
        if of == 0 {
            return Ok(None);
        }
        let id = self.i16()?;
        Ok(Some(Field { id, of }))
    }

    /// The type and the count of the elements of a list.
    pub(super) fn list(&mut self) -> Read<(u8, usize)> {
        let of = self.byte()?;
        Ok((of, self.length()?))
    }

    pub(super) fn skip(&mut self, of: u8) -> Read<()> {
        self.skip_nested(of, DEPTH_MAX)
    }

    fn skip_nested(&mut self, of: u8, depth: usize) -> Read<()> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(self.malformed("nested too deeply"));
        };
        match of {
            BOOL | BYTE => self.array::<1>().map(drop),
            I16 => self.array::<2>().map(drop),
            I32 => self.array::<4>().map(drop),
            I64 | DOUBLE => self.array::<8>().map(drop),
            STRING => self.bytes().map(drop),
            STRUCT => {
                while let Some(field) = self.field()? {
                    self.skip_nested(field.of, depth)?;
                }
                Ok(())
            }
            LIST | SET => {
                let (of, count) = self.list()?;
                (0..count).try_for_each(|_| self.skip_nested(of, depth))
            }
            MAP => {
                let (keys, values) = (self.byte()?, self.byte()?);
                (0..self.length()?).try_for_each(|_| {
                    self.skip_nested(keys, depth)?;
                    self.skip_nested(values, depth)
                })
            }
            _ => Err(self.malformed("unknown type")),
        }
    }

    const fn malformed(&self, what: &'static str) -> Malformed {
        Malformed {
            offset: self.position,
            what,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_skipped_is_as_long_as_it_is() {
        for (of, bytes) in [
            (BOOL, &b"\x01"[..]),
            (BYTE, b"\x07"),
            (I16, b"\0\x01"),
            (I32, b"\0\0\0\x01"),
            (I64, b"\0\0\0\0\0\0\0\x01"),
            (DOUBLE, b"\0\0\0\0\0\0\0\x01"),
            (STRING, b"\0\0\0\x02ab"),
            (STRUCT, b"\0"),
            (STRUCT, b"\x02\0\x01\x01\x0b\0\x02\0\0\0\x01a\0"),
            (LIST, b"\x06\0\0\0\x02\0\x01\0\x02"),
            (SET, b"\x03\0\0\0\x01a"),
            (MAP, b"\x03\x0b\0\0\0\x01a\0\0\0\x01b"),
            (LIST, b"\x0f\0\0\0\x02\x0c\0\0\0\x01\0\x03\0\0\0\0"),
        ] {
            let more = [bytes, b"more"].concat();
            let mut reader = Reader::new(&more);
            assert_eq!(reader.skip(of), Ok(()), "{of} {bytes:?}");
            assert_eq!(reader.position(), bytes.len(), "{of} {bytes:?}");
            for cut in 0..bytes.len() {
                assert!(Reader::new(&bytes[..cut]).skip(of).is_err(), "{of} {cut}");
            }
        }
    }

    #[test]
    fn what_is_not_thrift_says_where() {
        let deep = b"\x0f\0\0\0\x01".repeat(DEPTH_MAX + 1);
        for (of, bytes, offset, what) in [
            (STRING, &b"\xff\xff\xff\xff"[..], 0, "negative length"),
            (
                STRING,
                b"\0\0\0\x05ab",
                0,
                "length beyond the end of the request",
            ),
            (
                LIST,
                b"\x0c\x7f\xff\xff\xff\0",
                1,
                "length beyond the end of the request",
            ),
            (LIST, b"\x01\0\0\0\x01a", 5, "unknown type"),
            (STRUCT, b"\x63\0\x01", 3, "unknown type"),
            (I64, b"\0\0", 0, "truncated number"),
            (LIST, deep.as_slice(), 160, "nested too deeply"),
        ] {
            let malformed = Malformed { offset, what };
            assert_eq!(Reader::new(bytes).skip(of), Err(malformed), "{bytes:?}");
        }
    }
}
