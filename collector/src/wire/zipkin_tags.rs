//! The tags of one span: sorted by key, of repeated keys the last.
use storage::batch::{SpanBatch, Text, ValueRow};

#[derive(Default)]
pub(super) struct Tags {
    list: Vec<Tag>,
}

struct Tag {
    /// The beginning of the key, which nearly always decides its place.
    order: u64,
    key: Text,
    value: Text,
}

impl Tags {
    pub(super) fn clear(&mut self) {
        self.list.clear();
    }

    pub(super) const fn len(&self) -> usize {
        self.list.len()
    }

    /// Adds a tag whose texts are in the batch.
    #[inline]
    pub(super) fn push(&mut self, batch: &SpanBatch, key: Text, value: Text) {
        let order = prefix(batch.bytes(key));
        self.list.push(Tag { order, key, value });
    }

    /// Adds the tags to the span that the batch gets next.
    pub(super) fn add_to(&mut self, batch: &mut SpanBatch) {
        self.list.sort_by(|left, right| {
            let by_rest = || batch.bytes(left.key).cmp(batch.bytes(right.key));
            left.order.cmp(&right.order).then_with(by_rest)
        });
        for (position, tag) in self.list.iter().enumerate() {
            let is_again = |next: &Tag| {
                next.order == tag.order && batch.bytes(next.key) == batch.bytes(tag.key)
            };
            if !self.list.get(position + 1).is_some_and(is_again) {
                batch.add_attribute(tag.key, ValueRow::String(tag.value));
            }
        }
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
    use super::*;

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
