//! Values and attributes of OTLP in protobuf, translated into the encoding of the vault while they
//! are walked.
use storage::draft::{self, List};
use storage::encoding::{VALUE_DEPTH_MAX, put_bytes};

use super::ATTRIBUTES_MAX;
use super::otlp_span::{Refusal, repair};
use super::protobuf::{Field, Malformed, Message, Read};

/// Why walking stopped.
pub(super) enum Trouble {
    /// The request cannot be read.
    Malformed(Malformed),
    /// The span cannot be kept.
    Refused(Refusal),
}

impl From<Malformed> for Trouble {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Where values may nest no further.
pub(super) const DEPTH: usize = VALUE_DEPTH_MAX + 1;

/// One value, not copied yet.
pub(super) enum AnyValue<'a> {
    Empty,
    String(Message<'a>),
    Bool(bool),
    Int(i64),
    Double(f64),
    Bytes(Message<'a>),
    Array(Message<'a>),
    Map(Message<'a>),
}

/// One attribute, not copied yet.
pub(super) struct KeyValue<'a> {
    pub(super) key: Message<'a>,
    pub(super) value: AnyValue<'a>,
}

impl<'a> AnyValue<'a> {
    pub(super) fn read(mut message: Message<'a>) -> Read<Self> {
        let mut value = Self::Empty;
        while let Some(field) = message.next_field()? {
            value = match field.number {
                1 => Self::String(field.message()?),
                2 => Self::Bool(field.varint()? != 0),
                3 => Self::Int(field.varint()? as i64),
                4 => Self::Double(f64::from_bits(field.fixed64()?)),
                5 => Self::Array(field.message()?),
                6 => Self::Map(field.message()?),
                7 => Self::Bytes(field.message()?),
                // 8 is an index into a table that only profiles have.
                _ => value,
            };
        }
        Ok(value)
    }

    /// Appends the value in the encoding of the vault.
    pub(super) fn put(
        &self,
        out: &mut Vec<u8>,
        depth: usize,
        texts_repaired: &mut u64,
    ) -> Result<(), Trouble> {
        let depth = depth.checked_sub(1).ok_or(Refusal::too_deep())?;
        match *self {
            Self::Empty => draft::put_empty(out),
            Self::String(text) => draft::put_string(out, &repair(text.bytes(), texts_repaired)),
            Self::Bool(value) => draft::put_bool(out, value),
            Self::Int(number) => draft::put_int(out, number),
            Self::Double(number) => draft::put_double(out, number),
            Self::Bytes(bytes) => draft::put_blob(out, bytes.bytes()),
            Self::Array(mut values) => {
                let mut list = List::array(out);
                while let Some(field) = values.next_field()? {
                    if field.number == 1 {
                        list.count_one();
                        Self::read(field.message()?)?.put(out, depth, texts_repaired)?;
                    }
                }
                list.finish(out);
            }
            Self::Map(mut entries) => {
                let mut list = List::map(out);
                while let Some(field) = entries.next_field()? {
                    if field.number == 1 {
                        list.count_one();
                        KeyValue::read(field.message()?)?.put(out, depth, texts_repaired)?;
                    }
                }
                list.finish(out);
            }
        }
        Ok(())
    }
}

impl<'a> KeyValue<'a> {
    pub(super) fn read(mut message: Message<'a>) -> Read<Self> {
        let mut attribute = Self {
            key: Message::new(&[]),
            value: AnyValue::Empty,
        };
        while let Some(field) = message.next_field()? {
            match field.number {
                1 => attribute.key = field.message()?,
                2 => attribute.value = AnyValue::read(field.message()?)?,
                _ => {}
            }
        }
        Ok(attribute)
    }

    fn put(
        &self,
        out: &mut Vec<u8>,
        depth: usize,
        texts_repaired: &mut u64,
    ) -> Result<(), Trouble> {
        put_bytes(out, &repair(self.key.bytes(), texts_repaired));
        self.value.put(out, depth, texts_repaired)
    }
}

/// The attributes of an event, a link, a resource or a scope, gathered one by one.
pub(super) struct Attributes<'a> {
    out: &'a mut Vec<u8>,
    list: List,
    /// Beyond the limit.
    cut: u32,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        out.clear();
        let list = List::attributes(out);
        Self { out, list, cut: 0 }
    }

    /// Adds the attribute that a field is.
    pub(super) fn add(
        &mut self,
        field: &Field<'_>,
        texts_repaired: &mut u64,
    ) -> Result<(), Trouble> {
        let attribute = KeyValue::read(field.message()?)?;
        if self.list.count() == ATTRIBUTES_MAX as u64 {
            self.cut = self.cut.saturating_add(1);
            return Ok(());
        }
        self.list.count_one();
        attribute.put(self.out, DEPTH, texts_repaired)
    }

    /// The finished list, and how many attributes were cut.
    pub(super) fn finish(self) -> (&'a [u8], u32) {
        self.list.finish(self.out);
        (self.out, self.cut)
    }
}

/// Text for a request that cannot be read.
pub(super) fn malformed_text(malformed: Malformed) -> String {
    format!(
        "malformed protobuf at byte {}: {}",
        malformed.offset, malformed.what
    )
}
