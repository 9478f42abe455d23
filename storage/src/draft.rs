//! The bytes of [`encoding`](crate::encoding) written piece by piece, for codecs that walk a
//! request and have no plain value to hand: the same bytes, without the allocations.
use crate::encoding::{put_bytes, put_signed, put_varint, tag};

#[inline]
pub fn put_empty(out: &mut Vec<u8>) {
    out.push(tag::EMPTY);
}

pub fn put_string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(tag::STRING);
    put_bytes(out, text);
}

pub fn put_bool(out: &mut Vec<u8>, value: bool) {
    out.push(if value { tag::TRUE } else { tag::FALSE });
}

pub fn put_int(out: &mut Vec<u8>, number: i64) {
    out.push(tag::INT);
    put_signed(out, number);
}

pub fn put_double(out: &mut Vec<u8>, number: f64) {
    out.push(tag::DOUBLE);
    out.extend_from_slice(&number.to_le_bytes());
}

/// A value that is bytes.
pub fn put_blob(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(tag::BYTES);
    put_bytes(out, bytes);
}

/// A list whose count is known only when its last element is written.
pub struct List {
    start: usize,
    count: u64,
}

impl List {
    /// A value that is an array: elements are values.
    pub fn array(out: &mut Vec<u8>) -> Self {
        out.push(tag::ARRAY);
        Self::attributes(out)
    }

    /// A value that is a map: elements are attributes.
    pub fn map(out: &mut Vec<u8>) -> Self {
        out.push(tag::MAP);
        Self::attributes(out)
    }

    /// The attributes of something: each is a key ([`put_bytes`]) and a value.
    pub fn attributes(out: &mut Vec<u8>) -> Self {
        let start = out.len();
        // Room for the count, which is seldom more than one byte.
        out.push(0);
        Self { start, count: 0 }
    }

    /// Counts an element that was written or is about to be.
    pub const fn count_one(&mut self) {
        self.count += 1;
    }

    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Puts the count before the elements.
    pub fn finish(self, out: &mut Vec<u8>) {
        if self.count < 0x80 {
            out[self.start] = self.count as u8;
            return;
        }
        let end = out.len();
        put_varint(out, self.count);
        let width = out.len() - end;
        out[self.start..].rotate_right(width);
        // The rotation moved the empty room behind the count.
        out.remove(self.start + width);
    }
}

/// The value that is none.
pub const EMPTY_VALUE: &[u8] = &[tag::EMPTY];

/// The attributes of something that has none.
pub const NO_ATTRIBUTES: &[u8] = &[0];

/// [`Details`](crate::encoding::Details) as bytes to be. One is reused for all spans of a request.
#[derive(Default)]
pub struct DetailsDraft {
    pub status_message: Vec<u8>,
    pub trace_state: Vec<u8>,
    pub dropped_attributes: u32,
    pub dropped_events: u32,
    pub dropped_links: u32,
    events: Vec<u8>,
    event_count: usize,
    links: Vec<u8>,
    link_count: usize,
}

/// A [`Link`](crate::span::Link) as bytes to be.
#[derive(Default)]
pub struct LinkDraft<'a> {
    pub trace_id: u128,
    pub span_id: u64,
    pub trace_state: &'a [u8],
    /// A finished [`List::attributes`].
    pub attributes: &'a [u8],
    pub dropped_attributes: u32,
    pub flags: u32,
}

impl DetailsDraft {
    pub fn clear(&mut self) {
        self.status_message.clear();
        self.trace_state.clear();
        self.dropped_attributes = 0;
        self.dropped_events = 0;
        self.dropped_links = 0;
        self.events.clear();
        self.event_count = 0;
        self.links.clear();
        self.link_count = 0;
    }

    pub const fn is_empty(&self) -> bool {
        self.status_message.is_empty()
            && self.trace_state.is_empty()
            && self.event_count == 0
            && self.link_count == 0
            && self.dropped_attributes == 0
            && self.dropped_events == 0
            && self.dropped_links == 0
    }

    pub const fn event_count(&self) -> usize {
        self.event_count
    }

    pub const fn link_count(&self) -> usize {
        self.link_count
    }

    /// `attributes` is a finished [`List::attributes`].
    pub fn add_event(&mut self, time: i64, name: &[u8], attributes: &[u8], dropped: u32) {
        put_signed(&mut self.events, time);
        put_bytes(&mut self.events, name);
        self.events.extend_from_slice(attributes);
        put_varint(&mut self.events, dropped.into());
        self.event_count += 1;
    }

    pub fn add_link(&mut self, link: &LinkDraft<'_>) {
        self.links.extend_from_slice(&link.trace_id.to_be_bytes());
        self.links.extend_from_slice(&link.span_id.to_be_bytes());
        put_bytes(&mut self.links, link.trace_state);
        self.links.extend_from_slice(link.attributes);
        put_varint(&mut self.links, link.dropped_attributes.into());
        put_varint(&mut self.links, link.flags.into());
        self.link_count += 1;
    }

    /// What [`put_details`](crate::encoding::put_details) writes.
    pub fn write(&self, out: &mut Vec<u8>) {
        put_bytes(out, &self.status_message);
        put_bytes(out, &self.trace_state);
        put_varint(out, self.event_count as u64);
        out.extend_from_slice(&self.events);
        put_varint(out, self.link_count as u64);
        out.extend_from_slice(&self.links);
        put_varint(out, self.dropped_attributes.into());
        put_varint(out, self.dropped_events.into());
        put_varint(out, self.dropped_links.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::{Details, put_attributes, put_details, put_value};
    use crate::span::{Attribute, Event, Link, Value};

    fn draft_value(out: &mut Vec<u8>, value: &Value) {
        match value {
            Value::Empty => put_empty(out),
            Value::String(text) => put_string(out, text.as_bytes()),
            Value::Bool(value) => put_bool(out, *value),
            Value::Int(number) => put_int(out, *number),
            Value::Double(number) => put_double(out, *number),
            Value::Bytes(bytes) => put_blob(out, bytes),
            Value::Array(values) => {
                let mut list = List::array(out);
                for value in values {
                    list.count_one();
                    draft_value(out, value);
                }
                list.finish(out);
            }
            Value::Map(entries) => {
                let mut list = List::map(out);
                for entry in entries {
                    list.count_one();
                    put_bytes(out, entry.key.as_bytes());
                    draft_value(out, &entry.value);
                }
                list.finish(out);
            }
        }
    }

    #[test]
    fn drafts_are_the_bytes_of_the_encoding() {
        let value = Value::Map(vec![
            Attribute {
                key: "a".into(),
                value: Value::Array(vec![Value::Int(-7); 200]),
            },
            Attribute {
                key: "b".into(),
                value: Value::Bytes(vec![1, 2]),
            },
            Attribute {
                key: "c".into(),
                value: Value::Array(vec![Value::Bool(true)]),
            },
            Attribute {
                key: "d".into(),
                value: Value::Double(0.5),
            },
            Attribute {
                key: "".into(),
                value: Value::Empty,
            },
        ]);
        let (mut plain, mut drafted) = (Vec::new(), Vec::new());
        put_value(&mut plain, &value);
        draft_value(&mut drafted, &value);
        assert_eq!(plain, drafted);

        let attributes = vec![Attribute {
            key: "k".into(),
            value,
        }];
        let mut encoded = Vec::new();
        put_attributes(&mut encoded, &attributes);
        let details = Details {
            status_message: "failed".to_owned(),
            trace_state: "a=b".to_owned(),
            events: vec![Event {
                time: -5,
                name: "e".to_owned(),
                attributes: attributes.clone(),
                dropped_attributes: 1,
            }],
            links: vec![Link {
                trace_id: 1 << 100,
                span_id: 9,
                trace_state: "x".to_owned(),
                attributes,
                dropped_attributes: 2,
                flags: 0x301,
            }],
            dropped_attributes: 3,
            dropped_events: 4,
            dropped_links: 5,
        };
        let mut draft = DetailsDraft {
            status_message: b"failed".to_vec(),
            trace_state: b"a=b".to_vec(),
            dropped_attributes: 3,
            dropped_events: 4,
            dropped_links: 5,
            ..DetailsDraft::default()
        };
        draft.add_event(-5, b"e", &encoded, 1);
        draft.add_link(&LinkDraft {
            trace_id: 1 << 100,
            span_id: 9,
            trace_state: b"x",
            attributes: &encoded,
            dropped_attributes: 2,
            flags: 0x301,
        });
        let (mut plain, mut drafted) = (Vec::new(), Vec::new());
        put_details(&mut plain, &details);
        draft.write(&mut drafted);
        assert_eq!(plain, drafted);
    }
}
