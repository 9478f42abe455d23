//! In which order Zipkin writes tags: by key, of repeated keys only the last. Spans of one operation
//! have the same keys, so an order once found is kept: sorting is a third of writing a span.
use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use foldhash::quality::RandomState;

use super::zipkin_rules::java_order;

pub(super) type Tag<'a> = (&'a str, Cow<'a, str>);

/// The orders of the tags in one answer.
pub(super) struct TagOrders<'a> {
    is_kept: bool,
    known: HashMap<Box<[Key<'a>]>, usize, RandomState>,
    orders: Vec<Box<[usize]>>,
    keys: Vec<Key<'a>>,
    sorted: Vec<usize>,
}

/// A key that is the same only as itself: stores share what repeats, and comparing places in memory
/// is cheaper than comparing texts. Equal texts in two places are known twice.
#[derive(Clone, Copy)]
struct Key<'a>(&'a str);

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Key<'_> {}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(self.0, state);
    }
}

impl<'a> TagOrders<'a> {
    /// For an answer of so many spans.
    pub(super) fn new(spans: usize) -> Self {
        Self {
            is_kept: spans >= KEPT_SPANS_MIN,
            known: HashMap::default(),
            orders: Vec::new(),
            keys: Vec::new(),
            sorted: Vec::new(),
        }
    }

    /// The positions of the tags that are written, in order.
    pub(super) fn of(&mut self, tags: &[Tag<'a>]) -> &[usize] {
        if !self.is_kept {
            self.sort(tags);
            return &self.sorted;
        }
        self.keys.clear();
        self.keys.extend(tags.iter().map(|(key, _)| Key(key)));
        if let Some(order) = self.known.get(self.keys.as_slice()) {
            return &self.orders[*order];
        }
        self.sort(tags);
        if self.orders.len() < ORDERS_MAX {
            self.known
                .insert(self.keys.as_slice().into(), self.orders.len());
            self.orders.push(self.sorted.as_slice().into());
        }
        &self.sorted
    }

    fn sort(&mut self, tags: &[Tag<'a>]) {
        let key = |position: usize| tags[position].0.as_bytes();
        self.sorted.clear();
        self.sorted.extend(0..tags.len());
        self.sorted
            .sort_by(|left, right| java_order(key(*left), key(*right)));
        // Sorting kept the order of repeated keys.
        self.sorted.dedup_by(|later, kept| {
            key(*later) == key(*kept) && {
                *kept = *later;
                true
            }
        });
    }
}

/// In fewer spans too few have the same keys in the same places: finding out costs more than sorting.
const KEPT_SPANS_MIN: usize = 2_000;
/// A trace whose keys are all in different places must not fill the memory.
const ORDERS_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_repeated_keys_the_last_is_written_and_orders_are_kept() {
        let tag = |key| (key, Cow::Borrowed("v"));
        let tags = ["b", "a", "c", "a", "b", "a"].map(tag);
        assert_eq!(TagOrders::new(1).of(&tags), [5, 4, 2]);
        let mut orders = TagOrders::new(KEPT_SPANS_MIN);
        for _ in 0..2 {
            assert_eq!(orders.of(&tags), [5, 4, 2]);
        }
        assert_eq!(orders.orders.len(), 1);
        // The same text elsewhere, and a beginning of it in the same place.
        let elsewhere = String::from("bb");
        for key in [elsewhere.as_str(), &elsewhere[..1]] {
            assert_eq!(
                orders.of(&[tag(key), tag("b")]).len(),
                1 + usize::from(key != "b")
            );
        }
        assert_eq!(orders.of(&[]), [0_usize; 0]);
    }
}
