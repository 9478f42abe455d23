//! A value among the attributes of Hopline's own JSON. Lists and maps stay the text that they were: built up
//! as trees, they would take many times its memory.
use std::fmt;
use std::fmt::Write as _;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use storage::span::Value;

#[derive(PartialEq)]
pub(super) enum Told {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
}

impl Told {
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Null => Value::Empty,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(number) => Value::Int(*number),
            Self::Double(number) => Value::Double(*number),
            Self::Text(text) => Value::String(text.as_str().into()),
        }
    }
}

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Whole)
    }
}

struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = Told;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Told, E> {
        Ok(Told::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Told, E> {
        Ok(Told::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Told, E> {
        Ok(Told::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Told, E> {
        Ok(i64::try_from(number).map_or(Told::Double(number as f64), Told::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Told, E> {
        Ok(Told::Double(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Told, E> {
        Ok(Told::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Told, A::Error> {
        let mut out = String::new();
        Part(&mut out).visit_seq(list)?;
        Ok(Told::Text(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Told, A::Error> {
        let mut out = String::new();
        Part(&mut out).visit_map(map)?;
        Ok(Told::Text(out))
    }
}

/// Appends a value as JSON.
struct Part<'o>(&'o mut String);

impl Part<'_> {
    fn put(self, value: impl fmt::Display) {
        // Writing to a text cannot fail.
        _ = write!(self.0, "{value}");
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.put("null");
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.put(value);
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.put(number);
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.put(number);
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.put(serde_json::Value::from(number));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.put(serde_json::Value::from(text));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.0.push('[');
        let begin = self.0.len();
        while list.next_element_seed(Comma(self.0, begin))?.is_some() {}
        self.0.push(']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.push('{');
        let begin = self.0.len();
        while map.next_key_seed(Comma(self.0, begin))?.is_some() {
            self.0.push(':');
            map.next_value_seed(Part(self.0))?;
        }
        self.0.push('}');
        Ok(())
    }
}

/// Appends a value behind others that begin at a place.
struct Comma<'o>(&'o mut String, usize);

impl<'de> DeserializeSeed<'de> for Comma<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.0.len() > self.1 {
            self.0.push(',');
        }
        Part(self.0).deserialize(deserializer)
    }
}
