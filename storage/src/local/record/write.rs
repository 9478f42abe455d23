//! Writing a chunk: the spans of one trace, column by column, noting on the way the words by which
//! they will be found.
use std::sync::Arc;

use crate::batch::{AttributeRow, SpanBatch, SpanRow, Text, ValueRow};
use crate::encoding;
use crate::local::code::{Code, Words};
use crate::local::dictionary::{Column, Dictionary, Role, begin_class};
use crate::local::record::chunk::*;
use crate::local::record::note::Noter;
use crate::local::record::repeat::{Previous, Sources};
use crate::local::record::shape::{column_values, put_shape};
use crate::local::record::template;
use crate::local::terms::TermHasher;
use crate::span::{Format, is_entry};

/// A span with its attributes.
pub(in crate::local) type SpanInput<'a> = (&'a SpanBatch, &'a SpanRow, &'a [AttributeRow]);

/// How a span was described: what else is known of all spans described so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::local) struct Described {
    pub(in crate::local) class: Option<u32>,
    pub(in crate::local) source: Option<u32>,
    /// The other side is not the same for all of them.
    pub(in crate::local) remote_varies: bool,
}

/// Writes chunks, keeping its buffers from one to the next.
pub(in crate::local) struct ChunkWriter {
    noter: Noter,
    /// Times are written relative to it, in nanoseconds since the epoch.
    epoch: u64,
    classes: Vec<u8>,
    sources: Vec<u8>,
    starts: Vec<u8>,
    durations: Vec<u8>,
    ids: Vec<u8>,
    parents: Vec<u8>,
    values: Vec<u8>,
    details: Vec<u8>,
    shape: Vec<u8>,
    class: Vec<u8>,
    template: Vec<u8>,
    variables: Vec<u8>,
}

impl ChunkWriter {
    pub(in crate::local) const fn new(hasher: TermHasher, epoch: u64) -> Self {
        Self {
            noter: Noter::new(hasher),
            epoch,
            classes: Vec::new(),
            sources: Vec::new(),
            starts: Vec::new(),
            durations: Vec::new(),
            ids: Vec::new(),
            parents: Vec::new(),
            values: Vec::new(),
            details: Vec::new(),
            shape: Vec::new(),
            class: Vec::new(),
            template: Vec::new(),
            variables: Vec::new(),
        }
    }

    /// Appends the chunk of these spans, which share one trace id, adds their words, and tells how
    /// each was described.
    pub(in crate::local) fn write<'a>(
        &mut self,
        spans: &[SpanInput<'a>],
        dictionary: &mut Dictionary,
        out: &mut Vec<u8>,
        words: &mut Words,
        mut described: impl FnMut(&SpanInput<'a>, Described),
    ) {
        self.clear();
        let is_micros = spans.iter().all(|(_, row, _)| {
            row.start.unwrap_or(0) % 1_000 == 0 && row.duration.unwrap_or(0) % 1_000 == 0
        });
        let unit = if is_micros { 1_000 } else { 1 };
        let base = spans
            .iter()
            .filter_map(|(_, row, _)| row.start)
            .min()
            .unwrap_or(self.epoch)
            / unit;
        let mut previous = Previous::default();
        let mut sources = Sources::default();
        for (position, input) in spans.iter().enumerate() {
            let (batch, row, _) = *input;
            let (source, is_new) = sources.number(batch, row, dictionary);
            self.put_source(source, batch, row);
            if is_new {
                self.noter.source(source, batch, row, dictionary, words);
            }
            if let Some(start) = row.start {
                encoding::put_varint(&mut self.starts, (start / unit).wrapping_sub(base));
            }
            if let Some(duration) = row.duration {
                encoding::put_signed(&mut self.durations, duration / unit as i64);
            }
            self.put_ids(&spans[..position], row);
            if row.format == Format::Log || is_entry(row.format, row.kind, row.parent_id.is_none())
            {
                words.add_rare(self.noter.hasher.span(row.span_id));
            }
            let class = self.put_values(input, dictionary, &mut previous, words);
            if !row.details.is_empty() {
                encoding::put_bytes(&mut self.details, batch.bytes(row.details));
                self.noter.details(batch, row, words);
            }
            let remote_varies = class.is_some_and(|class| dictionary.remote_varies(class));
            let how = Described {
                class,
                source,
                remote_varies,
            };
            described(input, how);
        }
        encoding::put_varint(out, spans.len() as u64);
        let one = sources.only();
        out.push((u8::from(is_micros) * FLAG_MICROS) | (u8::from(one.is_some()) * FLAG_ONE_SOURCE));
        encoding::put_signed(out, base.wrapping_sub(self.epoch / unit) as i64);
        if let Some(source) = one {
            encoding::put_varint(out, u64::from(source) + 1);
            self.sources.clear();
        }
        for column in [
            &self.classes,
            &self.sources,
            &self.starts,
            &self.durations,
            &self.ids,
            &self.parents,
            &self.values,
            &self.details,
        ] {
            out.extend_from_slice(column);
        }
    }

    fn clear(&mut self) {
        for column in [
            &mut self.classes,
            &mut self.sources,
            &mut self.starts,
            &mut self.durations,
            &mut self.ids,
            &mut self.parents,
            &mut self.values,
            &mut self.details,
        ] {
            column.clear();
        }
    }

    fn put_source(&mut self, source: Option<u32>, batch: &SpanBatch, row: &SpanRow) {
        if let Some(source) = source {
            encoding::put_varint(&mut self.sources, u64::from(source) + 1);
        } else {
            encoding::put_varint(&mut self.sources, IN_FULL);
            encoding::put_bytes(
                &mut self.sources,
                batch.bytes(batch.source(row.source).encoded),
            );
        }
    }

    /// The span's id as it is (random bytes do not compress), the parent as a position if its span
    /// is among the nearest before it in the chunk.
    fn put_ids(&mut self, before: &[SpanInput<'_>], row: &SpanRow) {
        const LOOK_BACK: usize = 64;
        self.ids
            .extend_from_slice(&row.span_id.value().to_be_bytes());
        let Some(id) = row.parent_id else {
            encoding::put_varint(&mut self.parents, parent::NONE);
            return;
        };
        let nearest = before.iter().rev().take(LOOK_BACK);
        match nearest.clone().position(|(_, row, _)| row.span_id == id) {
            Some(back) => {
                let position = (before.len() - 1 - back) as u64;
                encoding::put_varint(&mut self.parents, parent::POSITION_BASE + position);
            }
            None => {
                encoding::put_varint(&mut self.parents, parent::ID);
                self.parents.extend_from_slice(&id.value().to_be_bytes());
            }
        }
    }

    /// Writes the class and the values that are not in it; notes the words of both.
    fn put_values<'a>(
        &mut self,
        input: &SpanInput<'a>,
        dictionary: &mut Dictionary,
        previous: &mut Previous<'a>,
        words: &mut Words,
    ) -> Option<u32> {
        let (batch, row, attributes) = *input;
        self.shape.clear();
        put_shape(&mut self.shape, batch, row, attributes);
        let described = dictionary.shape(&self.shape).and_then(|shape| {
            let (class, columns) = self.class(shape, input, dictionary)?;
            Some((shape, class, columns))
        });
        let Some((shape, class, columns)) = described else {
            encoding::put_varint(&mut self.classes, IN_FULL);
            encoding::put_bytes(&mut self.classes, &self.shape);
            for (_, value) in column_values(batch, row, attributes) {
                put_in_full(&mut self.values, batch, &value);
            }
            self.noter.span(batch, row, attributes, words);
            return None;
        };
        encoding::put_varint(&mut self.classes, u64::from(class) + 1);
        words.add_code(Code::class(class));
        if dictionary.is_error(shape) {
            words.add_code(Code::ERROR);
        }
        if dictionary.remote_varies(class) {
            self.noter.remote(batch, row, attributes, words);
        }
        for (column, value) in columns.iter().zip(column_values(batch, row, attributes)) {
            if column.role != Role::Class {
                self.put_value(batch, value, *column, dictionary, previous, words);
            }
        }
        Some(class)
    }

    /// The class of a span of this shape, and where the values of its columns go.
    fn class(
        &mut self,
        shape: u32,
        (batch, row, attributes): &SpanInput<'_>,
        dictionary: &mut Dictionary,
    ) -> Option<(u32, Arc<[Column]>)> {
        loop {
            let columns = dictionary.columns(shape)?;
            let (layout, is_bare) = (columns.layout(), columns.is_bare());
            begin_class(&mut self.class, shape, columns.generation());
            for (column, (_, value)) in layout.iter().zip(column_values(batch, row, attributes)) {
                if column.role == Role::Class {
                    put_in_full(&mut self.class, batch, &value);
                }
            }
            match dictionary.class(shape, &self.class) {
                Some(class) => return Some((class, layout)),
                None if is_bare => return None,
                None => dictionary.make_bare(shape)?,
            }
        }
    }

    fn put_value<'a>(
        &mut self,
        batch: &'a SpanBatch,
        (key, value): (Option<Text>, ValueRow),
        column: Column,
        dictionary: &mut Dictionary,
        previous: &mut Previous<'a>,
        words: &mut Words,
    ) {
        let (Some(key), ValueRow::String(text)) = (key, value) else {
            put_in_full(&mut self.values, batch, &value);
            if let Some(key) = key {
                self.noter.value(batch, key, value, words);
            }
            return;
        };
        let (key, value) = (batch.bytes(key), batch.bytes(text));
        if column.role == Role::Dictionary
            && let Some(slot) = column.slot
        {
            if let Some(index) = dictionary.value(slot, value) {
                encoding::put_varint(&mut self.values, u64::from(index) + 1);
                words.add_code(Code::value(slot, index));
                return;
            }
            self.values.push(0);
        }
        if column.slot.is_some() && previous.is(column.slot, value) {
            encoding::put_varint(&mut self.values, text::SAME);
            return;
        }
        words.add_rare(self.noter.hasher.tag(key, value));
        (self.noter.hasher).elements(key, value, |term| words.add_rare(term));
        let template = column
            .slot
            .filter(|slot| dictionary.has_templates(*slot))
            .filter(|_| template::split(value, &mut self.template, &mut self.variables))
            .and_then(|slot| dictionary.template(slot, &self.template));
        if let Some(template) = template {
            encoding::put_varint(&mut self.values, text::TEMPLATE_BASE + u64::from(template));
            self.values.extend_from_slice(&self.variables);
        } else {
            encoding::put_varint(&mut self.values, text::INLINE);
            encoding::put_bytes(&mut self.values, value);
        }
        previous.set(column.slot, value);
    }
}

fn put_in_full(out: &mut Vec<u8>, batch: &SpanBatch, value: &ValueRow) {
    match *value {
        ValueRow::Empty | ValueRow::Bool(_) => {}
        ValueRow::Int(number) => encoding::put_signed(out, number),
        ValueRow::Double(number) => out.extend_from_slice(&number.to_le_bytes()),
        ValueRow::String(text) | ValueRow::Encoded(text) => {
            encoding::put_bytes(out, batch.bytes(text));
        }
    }
}
