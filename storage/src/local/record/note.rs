//! The words of a span on its way in that do not come from its class or from numbered values.
use std::fmt::Write as _;

use crate::batch::{AttributeRow, SpanBatch, SpanRow, Text, ValueRow};
use crate::encoding::Reader;
use crate::local::code::{Code, Words};
use crate::local::dictionary::Dictionary;
use crate::local::terms::{self, TermHasher};
use crate::semconv;
use crate::span::Value;
use crate::tags;

/// Notes words, keeping a buffer between them.
pub(super) struct Noter {
    pub(super) hasher: TermHasher,
    number: String,
}

impl Noter {
    pub(super) const fn new(hasher: TermHasher) -> Self {
        Self {
            hasher,
            number: String::new(),
        }
    }

    /// Notes a value that is not a text.
    pub(super) fn value(
        &mut self,
        batch: &SpanBatch,
        key: Text,
        value: ValueRow,
        words: &mut Words,
    ) {
        let key = batch.bytes(key);
        let hash = match value {
            ValueRow::Int(number) => {
                self.number.clear();
                let _ = write!(self.number, "{number}");
                self.hasher.tag(key, self.number.as_bytes())
            }
            value => {
                let value = batch.value(value).unwrap_or(Value::Empty);
                let text = tags::text(&value);
                (self.hasher).elements(key, text.as_bytes(), |term| words.add_rare(term));
                self.hasher.tag(key, text.as_bytes())
            }
        };
        words.add_rare(hash);
    }

    pub(super) fn details(&self, batch: &SpanBatch, row: &SpanRow, words: &mut Words) {
        let Ok(details) = Reader::new(batch.bytes(row.details)).details() else {
            return;
        };
        terms::of_details(row.format, row.status, &details, |term| {
            words.add_rare(self.hasher.hash(term))
        });
    }

    pub(super) fn source(
        &self,
        number: Option<u32>,
        batch: &SpanBatch,
        row: &SpanRow,
        dictionary: &Dictionary,
        words: &mut Words,
    ) {
        if let Some(number) = number {
            words.add_code(Code::source(number));
            if let Some(service) = dictionary.service(number) {
                words.add_code(Code::service(service));
            }
            return;
        }
        let source = batch.source(row.source);
        let service = batch.string(source.service);
        if !service.is_empty() {
            words.add_rare(self.hasher.hash(&terms::service(&service)));
        }
        if let Ok(source) = Reader::new(batch.bytes(source.encoded)).source() {
            terms::of_source(&source.into(), |term| {
                words.add_rare(self.hasher.hash(term));
            });
        }
    }

    pub(super) fn remote(
        &self,
        batch: &SpanBatch,
        row: &SpanRow,
        attributes: &[AttributeRow],
        words: &mut Words,
    ) {
        if let Some(name) = remote_service(batch, row, attributes) {
            words.add_rare(
                self.hasher
                    .hash(&terms::remote_service(&batch.string(name))),
            );
        }
    }

    /// All words of a span that the dictionary has no room for.
    pub(super) fn span(
        &self,
        batch: &SpanBatch,
        row: &SpanRow,
        attributes: &[AttributeRow],
        words: &mut Words,
    ) {
        if let Ok(span) = batch.to_span(row, attributes) {
            terms::of_span(&span, |term| words.add_rare(self.hasher.hash(term)));
        }
    }
}

/// What the attributes of an OTLP span say of its other side.
pub(in crate::local) fn remote_service(
    batch: &SpanBatch,
    row: &SpanRow,
    attributes: &[AttributeRow],
) -> Option<Text> {
    attributes
        .iter()
        .filter_map(|attribute| {
            let rank = semconv::remote_service_rank(batch.bytes(attribute.key), row.kind)?;
            match attribute.value {
                ValueRow::String(text) if !text.is_empty() => Some((rank, text)),
                _ => None,
            }
        })
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, text)| text)
}
