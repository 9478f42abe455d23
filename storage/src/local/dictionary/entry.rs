//! The entries of a dictionary as bytes: what the log and the rows keep of them.
//!
//! ```text
//! shape       01 [shape bytes]                       everything of a span but ids, times, values
//! source      02 [source bytes]                      endpoint, or resource and scope
//! value       03 [key][value]                        a value of a key that has few
//! generation  04 [shape][role]*                      where the values of a shape's columns go
//! class       05 [shape][generation][values]         a shape with the values that rarely change
//! template    06 [key][template]                     what values of a key have in common
//! ```
//!
//! The number of an entry among its kind (for values and templates: of its key) is the order in
//! which it came. A kind byte or a role, once used, is never used for another thing.
use crate::encoding::{self, Malformed, Reader};

mod kind {
    pub(super) const SHAPE: u8 = 1;
    pub(super) const SOURCE: u8 = 2;
    pub(super) const VALUE: u8 = 3;
    pub(super) const GENERATION: u8 = 4;
    pub(super) const CLASS: u8 = 5;
    pub(super) const TEMPLATE: u8 = 6;
}

/// Where the value of a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::local) enum Role {
    /// Part of the class.
    Class,
    /// A number among the values of its key.
    Dictionary,
    /// In the chunk: a template with variables, or as it is.
    Chunk,
}

impl Role {
    const fn byte(self) -> u8 {
        match self {
            Self::Class => 0,
            Self::Dictionary => 1,
            Self::Chunk => 2,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Class),
            1 => Some(Self::Dictionary),
            2 => Some(Self::Chunk),
            _ => None,
        }
    }
}

/// An entry, read or to be written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry<'a> {
    Shape(&'a [u8]),
    Source(&'a [u8]),
    Value {
        key: &'a [u8],
        value: &'a [u8],
    },
    Generation {
        shape: u32,
        roles: Vec<Role>,
    },
    /// Shape, generation and values as [`class_bytes`] begins them.
    Class(&'a [u8]),
    Template {
        key: &'a [u8],
        template: &'a [u8],
    },
}

impl<'a> Entry<'a> {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        match self {
            Self::Shape(bytes) => {
                out.push(kind::SHAPE);
                out.extend_from_slice(bytes);
            }
            Self::Source(bytes) => {
                out.push(kind::SOURCE);
                out.extend_from_slice(bytes);
            }
            Self::Value { key, value } => {
                out.push(kind::VALUE);
                encoding::put_bytes(&mut out, key);
                out.extend_from_slice(value);
            }
            Self::Generation { shape, roles } => {
                out.push(kind::GENERATION);
                encoding::put_varint(&mut out, u64::from(*shape));
                out.extend(roles.iter().map(|role| role.byte()));
            }
            Self::Class(bytes) => {
                out.push(kind::CLASS);
                out.extend_from_slice(bytes);
            }
            Self::Template { key, template } => {
                out.push(kind::TEMPLATE);
                encoding::put_bytes(&mut out, key);
                out.extend_from_slice(template);
            }
        }
        out
    }

    pub(super) fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (kind, body) = bytes.split_first().ok_or(Malformed(0))?;
        let mut reader = Reader::new(body);
        Ok(match *kind {
            kind::SHAPE => Self::Shape(body),
            kind::SOURCE => Self::Source(body),
            kind::VALUE => Self::Value {
                key: reader.bytes()?,
                value: &body[reader.position()..],
            },
            kind::GENERATION => {
                let shape = reader.varint32()?;
                let roles = body[reader.position()..]
                    .iter()
                    .map(|byte| Role::from_byte(*byte).ok_or(Malformed(0)))
                    .collect::<Result<_, _>>()?;
                Self::Generation { shape, roles }
            }
            kind::CLASS => Self::Class(body),
            kind::TEMPLATE => Self::Template {
                key: reader.bytes()?,
                template: &body[reader.position()..],
            },
            _ => return Err(Malformed(0)),
        })
    }
}

/// Begins the bytes of a class; the values of its columns follow.
pub(in crate::local) fn begin_class(out: &mut Vec<u8>, shape: u32, generation: u32) {
    out.clear();
    encoding::put_varint(out, u64::from(shape));
    encoding::put_varint(out, u64::from(generation));
}
