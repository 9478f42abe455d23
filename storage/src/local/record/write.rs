//! Writing a chunk: the spans of one trace, column by column.
use std::collections::HashMap;

use crate::batch::{AttributeRow, SpanBatch, SpanRow, ValueRow};
use crate::encoding;
use crate::id::SpanId;
use crate::local::dictionary::{Dictionary, Shape};
use crate::local::record::chunk::*;
use crate::local::record::shape::put_shape;

/// Spans of one trace with their attributes.
pub(in crate::local) type SpanRows<'a> = [(&'a SpanBatch, &'a SpanRow, &'a [AttributeRow])];

/// Writes the chunk of these spans, which share one trace id.
pub(in crate::local) fn encode_chunk(
    spans: &SpanRows<'_>,
    dictionary: &mut Dictionary,
    out: &mut Vec<u8>,
) {
    let micros = spans.iter().all(|(_, row, _)| {
        row.start.unwrap_or(0) % 1_000 == 0 && row.duration.unwrap_or(0) % 1_000 == 0
    });
    let base = spans
        .iter()
        .filter_map(|(_, row, _)| row.start)
        .min()
        .unwrap_or(0);
    let mut chunk = ChunkWriter {
        unit: if micros { 1_000 } else { 1 },
        base,
        columns: Default::default(),
        positions: HashMap::with_capacity(spans.len()),
        previous: HashMap::new(),
        shape: Vec::with_capacity(256),
    };
    for (position, (batch, row, attributes)) in spans.iter().enumerate() {
        chunk.add(position, batch, row, attributes, dictionary);
    }
    encoding::put_varint(out, spans.len() as u64);
    out.push(if micros { FLAG_MICROS } else { 0 });
    encoding::put_varint(out, base);
    for column in &chunk.columns[..COLUMNS - 1] {
        encoding::put_varint(out, column.len() as u64);
    }
    for column in &chunk.columns {
        out.extend_from_slice(column);
    }
}

struct ChunkWriter<'a> {
    unit: i64,
    base: u64,
    columns: [Vec<u8>; COLUMNS],
    positions: HashMap<SpanId, usize>,
    previous: HashMap<&'a [u8], &'a [u8]>,
    shape: Vec<u8>,
}

impl<'a> ChunkWriter<'a> {
    fn add(
        &mut self,
        position: usize,
        batch: &'a SpanBatch,
        row: &SpanRow,
        attributes: &'a [AttributeRow],
        dictionary: &mut Dictionary,
    ) {
        self.shape.clear();
        put_shape(&mut self.shape, batch, row, attributes);
        let keys = attributes
            .iter()
            .map(|attribute| batch.bytes(attribute.key));
        let shape = dictionary.shape(&self.shape, keys);
        match &shape {
            Some(shape) => encoding::put_varint(&mut self.columns[SHAPES], u64::from(shape.id) + 1),
            None => {
                self.columns[SHAPES].push(0);
                encoding::put_bytes(&mut self.columns[SHAPES], &self.shape);
            }
        }
        let source = batch.bytes(batch.source(row.source).encoded);
        match dictionary.source(source) {
            Some(id) => encoding::put_varint(&mut self.columns[SOURCES], u64::from(id) + 1),
            None => {
                self.columns[SOURCES].push(0);
                encoding::put_bytes(&mut self.columns[SOURCES], source);
            }
        }
        if let Some(start) = row.start {
            let delta = start.wrapping_sub(self.base) / self.unit as u64;
            encoding::put_varint(&mut self.columns[STARTS], delta);
        }
        if let Some(duration) = row.duration {
            encoding::put_signed(&mut self.columns[DURATIONS], duration / self.unit);
        }
        self.add_ids(position, row);
        self.add_values(batch, attributes, shape.as_ref(), dictionary);
        if !row.details.is_empty() {
            encoding::put_bytes(&mut self.columns[DETAILS], batch.bytes(row.details));
        }
    }

    /// The span's id as it is (random bytes do not compress), the parent as a position if its span
    /// came before it in the chunk.
    fn add_ids(&mut self, position: usize, row: &SpanRow) {
        let ids = &mut self.columns[IDS];
        ids.extend_from_slice(&row.span_id.value().to_be_bytes());
        match row.parent_id {
            None => ids.push(0),
            Some(parent) => match self.positions.get(&parent) {
                Some(position) => encoding::put_varint(ids, *position as u64 + 2),
                None => {
                    ids.push(1);
                    ids.extend_from_slice(&parent.value().to_be_bytes());
                }
            },
        }
        self.positions.entry(row.span_id).or_insert(position);
    }

    fn add_values(
        &mut self,
        batch: &'a SpanBatch,
        attributes: &'a [AttributeRow],
        shape: Option<&Shape>,
        dictionary: &mut Dictionary,
    ) {
        for (position, attribute) in attributes.iter().enumerate() {
            let values = &mut self.columns[VALUES];
            match attribute.value {
                ValueRow::Empty | ValueRow::Bool(_) => {}
                ValueRow::Int(number) => encoding::put_signed(values, number),
                ValueRow::Double(number) => values.extend_from_slice(&number.to_le_bytes()),
                ValueRow::Encoded(text) => encoding::put_bytes(values, batch.bytes(text)),
                ValueRow::String(text) => {
                    let key = batch.bytes(attribute.key);
                    let value = batch.bytes(text);
                    let slot = shape.and_then(|shape| shape.keys.get(position).copied().flatten());
                    if let Some(id) = dictionary.value(slot, key, value) {
                        encoding::put_varint(values, u64::from(id) + string::ENTRY_BASE);
                    } else if self.previous.get(key) == Some(&value) {
                        encoding::put_varint(values, string::SAME);
                    } else {
                        encoding::put_varint(values, string::INLINE);
                        encoding::put_bytes(values, value);
                        self.previous.insert(key, value);
                    }
                }
            }
        }
    }
}
