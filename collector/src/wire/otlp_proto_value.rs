//! Values and attributes of OTLP in protobuf, translated into the encoding of the vault while they
//! are walked.
use opentelemetry_proto::tonic::common::v1::EntityRef;
use prost::Message as _;
use storage::draft::{self, List};
use storage::encoding::{VALUE_DEPTH_MAX, put_bytes};

use super::ATTRIBUTES_MAX;
use super::protobuf::{BYTES, Field, Message, Read, VARINT, key};
use super::trouble::{Malformed, Refusal, Trouble};
use super::utf8::repair;

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
    #[inline]
    pub(super) fn read(mut message: Message<'a>) -> Read<Self> {
        let mut value = Self::Empty;
        while let Some(field) = message.next_field()? {
            value = match field.number() {
                1 => Self::String(field.message()?),
                2 => Self::Bool(field.varint()? != 0),
                3 => Self::Int(field.varint()? as i64),
                4 => Self::Double(f64::from_bits(field.fixed64()?)),
                5 => Self::Array(field.message()?),
                6 => Self::Map(field.message()?),
                7 => Self::Bytes(field.message()?),
                // 8 is an index into a table that only profiles have.
                _ => {
                    field.skip()?;
                    value
                }
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
                    if field.number() == 1 {
                        list.count_one();
                        Self::read(field.message()?)?.put(out, depth, texts_repaired)?;
                    } else {
                        field.skip()?;
                    }
                }
                list.finish(out);
            }
            Self::Map(mut entries) => {
                let mut list = List::map(out);
                while let Some(field) = entries.next_field()? {
                    if field.number() == 1 {
                        list.count_one();
                        KeyValue::read(field.message()?)?.put(out, depth, texts_repaired)?;
                    } else {
                        field.skip()?;
                    }
                }
                list.finish(out);
            }
        }
        Ok(())
    }
}

impl<'a> KeyValue<'a> {
    #[inline(always)]
    pub(super) fn read(message: Message<'a>) -> Read<Self> {
        match Self::read_plain(message) {
            Some(attribute) => Ok(attribute),
            None => Self::read_any(message),
        }
    }

    /// The form in which nearly all attributes come: first the key, then a string or an integer,
    /// no length of more than one byte, nothing else. `None` if it is not that.
    #[inline(always)]
    fn read_plain(message: Message<'a>) -> Option<Self> {
        const STRING: u8 = key(1, BYTES) as u8;
        const INT: u8 = key(3, VARINT) as u8;
        let (key, value) = message.entry()?;
        let value = match value.bytes() {
            [STRING, length @ ..0x80, text @ ..] if text.len() == usize::from(*length) => {
                AnyValue::String(value.ending(text))
            }
            [INT, low @ ..0x80] => AnyValue::Int((*low).into()),
            [INT, low, high @ ..0x80] if *low >= 0x80 => {
                AnyValue::Int(i64::from(low & 0x7f) | i64::from(*high) << 7)
            }
            _ => return None,
        };
        Some(Self { key, value })
    }

    #[inline(never)]
    fn read_any(mut message: Message<'a>) -> Read<Self> {
        let mut attribute = Self {
            key: Message::new(&[]),
            value: AnyValue::Empty,
        };
        while let Some(field) = message.next_field()? {
            match field.number() {
                1 => attribute.key = field.message()?,
                2 => attribute.value = AnyValue::read(field.message()?)?,
                _ => field.skip()?,
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
        field: Field<'_, '_>,
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

/// A reference to an entity, as it is kept: protobuf whose texts are UTF-8.
pub(super) fn entity_ref(mut fields: Message<'_>, texts_repaired: &mut u64) -> Read<Vec<u8>> {
    let mut entity = EntityRef::default();
    while let Some(field) = fields.next_field()? {
        let number = field.number();
        if !(1..=4).contains(&number) {
            field.skip()?;
            continue;
        }
        let text = repair(field.message()?.bytes(), texts_repaired);
        let text = String::from_utf8_lossy(&text).into_owned();
        match number {
            1 => entity.schema_url = text,
            2 => entity.r#type = text,
            3 => entity.id_keys.push(text),
            _ => entity.description_keys.push(text),
        }
    }
    Ok(entity.encode_to_vec())
}

/// Text for a request that cannot be read.
pub(super) fn malformed_text(malformed: Malformed) -> String {
    format!(
        "malformed protobuf at byte {}: {}",
        malformed.offset, malformed.what
    )
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn shown(attribute: &KeyValue<'_>) -> String {
        let place = |message: &Message<'_>| (message.start(), message.bytes().to_vec());
        let key = place(&attribute.key);
        let value = match &attribute.value {
            AnyValue::Empty => "empty".to_owned(),
            AnyValue::String(text) => format!("string {:?}", place(text)),
            AnyValue::Bool(value) => format!("{value}"),
            AnyValue::Int(number) => format!("{number}"),
            AnyValue::Double(number) => format!("double {number}"),
            AnyValue::Bytes(bytes) => format!("bytes {:?}", place(bytes)),
            AnyValue::Array(values) => format!("array {:?}", place(values)),
            AnyValue::Map(entries) => format!("map {:?}", place(entries)),
        };
        format!("{key:?} {value}")
    }

    /// Small numbers where keys and lengths are: bytes that are nearly an attribute.
    fn nearly_attributes() -> impl Strategy<Value = Vec<u8>> {
        let texts = || vec(any::<u8>(), 0..12);
        let value = prop_oneof![
            texts().prop_map(|text| [&[0x0a, text.len() as u8], text.as_slice()].concat()),
            vec(any::<u8>(), 0..4).prop_map(|number| [&[0x18], number.as_slice()].concat()),
            texts(),
        ];
        let changes = vec((any::<prop::sample::Index>(), 0..0x20_u8), 0..3);
        (texts(), value, changes).prop_map(|(key, value, changes)| {
            let mut bytes = vec![0x0a, key.len() as u8];
            bytes.extend(key);
            bytes.extend([0x12, value.len() as u8]);
            bytes.extend(value);
            for (place, byte) in changes {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            bytes
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        /// Given bytes that the short way takes, then the long way reads the same.
        #[test]
        fn the_short_way_means_the_long_way(bytes in nearly_attributes()) {
            let message = Message::new(&bytes);
            if let Some(plain) = KeyValue::read_plain(message) {
                let any = KeyValue::read_any(message).ok().map(|attribute| shown(&attribute));
                prop_assert_eq!(Some(shown(&plain)), any);
            }
        }
    }

    #[test]
    fn plain_attributes_take_the_short_way() {
        for (bytes, plain) in [
            (
                &b"\x0a\x01k\x12\x03\x0a\x01v"[..],
                Some("(2, [107]) string (7, [118])"),
            ),
            (b"\x0a\x00\x12\x02\x0a\x00", Some("(2, []) string (6, [])")),
            (b"\x0a\x01k\x12\x02\x18\x07", Some("(2, [107]) 7")),
            (b"\x0a\x01k\x12\x03\x18\xac\x02", Some("(2, [107]) 300")),
            (b"\x0a\x01k\x12\x02\x10\x01", None),
            (b"\x0a\x01k\x12\x03\x18\x07\x00", None),
            (b"\x12\x02\x18\x07\x0a\x01k", None),
            (b"\x0a\x81\x00k\x12\x02\x18\x07", None),
            (b"\x0a\x01k\x12\x04\x18\xac\xac\x02", None),
            (b"", None),
        ] {
            let read = KeyValue::read_plain(Message::new(bytes)).map(|read| shown(&read));
            assert_eq!(read.as_deref(), plain, "{bytes:?}");
        }
    }
}
