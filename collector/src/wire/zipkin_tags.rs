//! The tags of one span: sorted by key, of repeated keys the last.
//!
//! Spans of one operation have the same keys in the same places. So the order that some keys were
//! sorted into is remembered and tried on those that look like them: finding that tags are in
//! order takes no more than walking over them, and what is not in order is sorted.
use std::cmp::Ordering;

use storage::batch::{SpanBatch, Text, ValueRow};

pub(super) struct Tags {
    list: Vec<Tag>,
    /// A number that the beginnings of all keys make together.
    looks: u64,
    /// By the last digits of what they look like, the orders of tags that were sorted.
    orders: [Order; ORDERS],
    /// The places of tags while they are sorted.
    places: Vec<usize>,
}

struct Tag {
    /// The beginning of the key, which nearly always decides its place.
    start: u64,
    key: Text,
    value: Text,
}

/// The place of the first tag, of the second … Of few tags, as nearly all spans have.
type Order = [u8; 16];

const ORDERS: usize = 128;

impl Default for Tags {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            looks: 0,
            // Many clients send them sorted.
            orders: [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]; ORDERS],
            places: Vec::new(),
        }
    }
}

impl Tags {
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.looks = 0;
    }

    pub(super) const fn len(&self) -> usize {
        self.list.len()
    }

    /// Adds a tag whose texts are in the batch.
    #[inline]
    pub(super) fn push(&mut self, batch: &SpanBatch, key: Text, value: Text) {
        let start = prefix(batch.bytes(key));
        self.looks = self.looks.rotate_left(5) ^ start;
        self.list.push(Tag { start, key, value });
    }

    /// Adds the tags to the span that the batch gets next.
    pub(super) fn add_to(&mut self, batch: &mut SpanBatch) {
        // The factor is any odd number whose bits are well mixed.
        let mixed = self.looks.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let known = (mixed >> 32) as usize % ORDERS;
        if self.add_in_order(&self.orders[known], batch) {
            return;
        }
        batch.discard_pending();
        self.sort(batch);
        for place in &self.places {
            let tag = &self.list[*place];
            batch.add_attribute(tag.key, ValueRow::String(tag.value));
        }
        for (kept, place) in self.orders[known].iter_mut().zip(&self.places) {
            *kept = *place as u8;
        }
    }

    /// Adds them in this order. Returns `false` if that is not theirs: some may be added then.
    #[inline]
    fn add_in_order(&self, order: &Order, batch: &mut SpanBatch) -> bool {
        let Some(order) = order.get(..self.list.len()) else {
            return false;
        };
        let mut before: Option<&Tag> = None;
        for place in order {
            // Each key lies behind the one before: so no place comes twice, and none is left out.
            match self.list.get(usize::from(*place)) {
                Some(tag) if before.is_none_or(|before| before.order(tag, batch).is_lt()) => {
                    batch.add_attribute(tag.key, ValueRow::String(tag.value));
                    before = Some(tag);
                }
                _ => return false,
            }
        }
        true
    }

    /// Sorts the places; of repeated keys only the last stays.
    fn sort(&mut self, batch: &SpanBatch) {
        let Self { list, places, .. } = self;
        places.clear();
        places.extend(0..list.len());
        places.sort_by(|left, right| list[*left].order(&list[*right], batch));
        // Sorting kept the order of repeated keys.
        places.dedup_by(|later, kept| {
            let is_again = list[*later].order(&list[*kept], batch).is_eq();
            if is_again {
                *kept = *later;
            }
            is_again
        });
    }
}

impl Tag {
    #[inline]
    fn order(&self, other: &Self, batch: &SpanBatch) -> Ordering {
        let by_rest = || batch.bytes(self.key).cmp(batch.bytes(other.key));
        self.start.cmp(&other.start).then_with(by_rest)
    }
}

/// The first eight bytes as a number: of two texts with different ones, the lesser has the lesser.
fn prefix(text: &[u8]) -> u64 {
    if let Some(first) = text.first_chunk() {
        return u64::from_be_bytes(*first);
    }
    let mut first = [0; 8];
    first[..text.len()].copy_from_slice(text);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use storage::batch::{AttributeRow, SpanRow};
    use storage::id::{SpanId, TraceId};
    use storage::span::Format;

    use super::*;

    const KEYS: &str = "a|b|zwölf|http\\.(method|met|path|route)[0-9]?|";

    proptest! {
        /// Given spans of a few operations, each with its keys in its own places, then the tags of
        /// each are sorted, and of repeated keys the last is kept.
        #[test]
        fn tags_are_sorted_whatever_was_seen_before(
            operations in vec(vec(KEYS, 0..20), 1..5),
            spans in vec(any::<prop::sample::Index>(), 1..20),
        ) {
            let mut batch = SpanBatch::default();
            let source = batch.add_source(Text::default(), Text::default());
            let mut tags = Tags::default();
            let mut expected = Vec::new();
            for operation in spans {
                let mut sorted = BTreeMap::new();
                tags.clear();
                for (place, key) in operation.get(&operations).iter().enumerate() {
                    let value = batch.add_text(&[place as u8]);
                    let text = batch.add_text(key.as_bytes());
                    tags.push(&batch, text, value);
                    sorted.insert(key.as_bytes().to_vec(), ValueRow::String(value));
                }
                tags.add_to(&mut batch);
                let (Some(trace_id), Some(id)) = (TraceId::new(1), SpanId::new(1)) else {
                    unreachable!("neither is zero");
                };
                batch.add_span(SpanRow::new(trace_id, id, Format::Zipkin, source));
                expected.push(Vec::from_iter(sorted));
            }
            let found = batch.spans_with_attributes().map(|(_, attributes)| {
                let pair = |row: &AttributeRow| (batch.bytes(row.key).to_vec(), row.value);
                attributes.iter().map(pair).collect::<Vec<_>>()
            });
            prop_assert_eq!(found.collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn prefixes_are_ordered_as_texts_are() {
        let texts = [
            "",
            "\0",
            "a",
            "a\0",
            "aa",
            "http.met",
            "http.method",
            "http.path",
            "zwölf",
            "\u{10ffff}",
        ];
        for left in texts.map(str::as_bytes) {
            for right in texts.map(str::as_bytes) {
                let order = prefix(left).cmp(&prefix(right));
                assert_eq!(order.then_with(|| left.cmp(right)), left.cmp(right));
            }
        }
    }
}
