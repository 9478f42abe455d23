//! In how many of some traces a name or a tag is: counted with bounds, since every name and value is
//! what somebody cared to send.
use std::cmp::Reverse;
use std::collections::HashMap;

use serde::Serialize;
use storage::span::Span;
use storage::tags;

/// A trace that is being counted: each counts once, however often it has something.
#[derive(Clone, Copy)]
pub(super) struct Counted {
    /// From 1 on.
    pub(super) number: usize,
    pub(super) has_failed: bool,
}

#[derive(Default)]
struct Count {
    traces: usize,
    failed: usize,
    /// The number of the trace that was counted last.
    latest: usize,
}

impl Count {
    const fn add(&mut self, trace: Counted) {
        if self.latest != trace.number {
            self.latest = trace.number;
            self.traces += 1;
            self.failed += trace.has_failed as usize;
        }
    }
}

/// Names, and in how many traces each of them is.
#[derive(Default)]
pub(super) struct Names(HashMap<String, Count>);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NameCount {
    name: String,
    count: usize,
    error_count: usize,
}

impl Names {
    pub(super) fn add(&mut self, name: &str, trace: Counted) {
        match self.0.get_mut(name) {
            Some(count) => count.add(trace),
            None => self.0.entry(name.to_owned()).or_default().add(trace),
        }
    }

    /// Those that the most traces have.
    pub(super) fn most(self, names_max: usize) -> Vec<NameCount> {
        let mut all: Vec<(String, Count)> = self.0.into_iter().collect();
        all.sort_by(|(name, count), (other_name, other)| {
            (Reverse(count.traces), name).cmp(&(Reverse(other.traces), other_name))
        });
        let most = all.into_iter().take(names_max);
        most.map(|(name, count)| NameCount {
            name,
            count: count.traces,
            error_count: count.failed,
        })
        .collect()
    }
}

/// Keys of tags with their values.
#[derive(Default)]
pub(super) struct Tags {
    keys: HashMap<String, Key>,
    /// Values that are counted, of all keys.
    values: usize,
}

#[derive(Default)]
struct Key {
    count: Count,
    values: Names,
    has_more: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TagCount {
    key: String,
    count: usize,
    error_count: usize,
    values: Vec<NameCount>,
    /// It has other values than these.
    more: bool,
}

impl Tags {
    pub(super) fn add(&mut self, span: &Span, trace: Counted) {
        tags::visit(span, |key, value| {
            if !self.keys.contains_key(key) {
                if self.keys.len() >= KEYS_MAX || key.len() > TEXT_BYTES_MAX {
                    return;
                }
                self.keys.insert(key.to_owned(), Key::default());
            }
            let Some(counted) = self.keys.get_mut(key) else {
                return;
            };
            counted.count.add(trace);
            let is_known = counted.values.0.contains_key(&*value);
            if !is_known && (self.values >= VALUES_MAX || value.len() > TEXT_BYTES_MAX) {
                counted.has_more = true;
                return;
            }
            self.values += !is_known as usize;
            counted.values.add(&value, trace);
        });
    }

    /// The keys that the most traces have, each with the values that the most have.
    pub(super) fn most(self) -> Vec<TagCount> {
        let mut all: Vec<(String, Key)> = self.keys.into_iter().collect();
        all.sort_by(|(key, one), (other_key, other)| {
            (Reverse(one.count.traces), key).cmp(&(Reverse(other.count.traces), other_key))
        });
        let most = all.into_iter().take(KEYS_TOLD);
        most.map(|(key, counted)| TagCount {
            key,
            count: counted.count.traces,
            error_count: counted.count.failed,
            more: counted.has_more || counted.values.0.len() > VALUES_TOLD,
            values: counted.values.most(VALUES_TOLD),
        })
        .collect()
    }
}

/// Keys that are counted.
const KEYS_MAX: usize = 1_000;
/// Values that are counted, of all keys together.
const VALUES_MAX: usize = 20_000;
/// Keys and values that are longer are not counted.
const TEXT_BYTES_MAX: usize = 256;
/// Keys and values that are told.
const KEYS_TOLD: usize = 60;
const VALUES_TOLD: usize = 10;

#[cfg(test)]
mod tests {
    use storage::contract::cast::{span, tag, trace_id};

    use super::*;

    fn told(spans: &[(usize, &str, &str)]) -> Vec<(String, usize, usize, Vec<String>, bool)> {
        let mut counted = Tags::default();
        for (number, key, value) in spans {
            let mut one = span(trace_id(*number as u64), 1, "web", "get", 0, 1);
            one.attributes = vec![tag(key, value), tag(key, value)];
            let trace = Counted {
                number: *number,
                has_failed: *number == 2,
            };
            counted.add(&one, trace);
        }
        let most = counted.most().into_iter();
        most.map(|tag| {
            let values = tag.values.iter();
            let values = values.map(|value| format!("{} {}", value.name, value.count));
            (
                tag.key,
                tag.count,
                tag.error_count,
                values.collect(),
                tag.more,
            )
        })
        .collect()
    }

    #[test]
    fn a_trace_counts_once_for_a_key_and_once_for_each_of_its_values() {
        let spans = [
            (1, "k", "a"),
            (1, "k", "b"),
            (2, "k", "a"),
            (2, "z", ""),
            (2, "k", "a"),
        ];
        assert_eq!(
            told(&spans),
            [
                (
                    "k".to_owned(),
                    2,
                    1,
                    vec!["a 2".to_owned(), "b 1".to_owned()],
                    false
                ),
                ("z".to_owned(), 1, 1, vec![" 1".to_owned()], false),
            ]
        );
    }

    #[test]
    fn keys_and_values_without_end_are_bounded() {
        let long = "x".repeat(TEXT_BYTES_MAX + 1);
        assert_eq!(told(&[(1, &long, "a")]), []);
        assert_eq!(
            told(&[(1, "k", &long)]),
            [("k".to_owned(), 1, 0, Vec::new(), true)]
        );
        let mut counted = Tags::default();
        for number in 1..=VALUES_MAX + 5 {
            let mut one = span(trace_id(1), 1, "web", "get", 0, 1);
            one.attributes = vec![tag(
                &format!("k{}", number % (KEYS_MAX + 5)),
                &number.to_string(),
            )];
            counted.add(
                &one,
                Counted {
                    number,
                    has_failed: false,
                },
            );
        }
        assert_eq!(
            (counted.keys.len(), counted.values <= VALUES_MAX),
            (KEYS_MAX, true)
        );
        let most = counted.most();
        assert_eq!(most.len(), KEYS_TOLD);
        assert!(
            most.iter()
                .all(|tag| tag.more && tag.values.len() == VALUES_TOLD)
        );
    }
}
