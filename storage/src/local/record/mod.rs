//! Spans at rest. The only folder that knows the format of a chunk, a row and a commit group; a
//! change of their bytes is a new version byte here.
//!
//! ```text
//! commit group  [version][bucket start 8][n entries]([entry id][bytes])* [n chunks]([trace id 16][bytes])*
//! row value     [version]([bytes of a chunk])*
//! chunk         [n spans][flags][base time][column lengths](column)*
//! ```
//!
//! A chunk is the spans of one trace in one commit group, column by column, since alike things
//! beside each other compress better: shape, source, start, duration, ids, values, details.
mod chunk;
mod read;
mod shape;
mod write;

use crate::encoding::{self, Malformed, Reader};
use crate::id::TraceId;

pub(super) use read::ChunkReader;
pub(super) use shape::shape_keys;
pub(super) use write::encode_chunk;

/// Format of rows and commit groups that this release writes.
const VERSION: u8 = 1;

/// Starts the value of a row: its chunks follow, each by [`put_row_chunk`].
pub(super) fn begin_row(out: &mut Vec<u8>) {
    out.push(VERSION);
}

pub(super) fn put_row_chunk(out: &mut Vec<u8>, chunk: &[u8]) {
    encoding::put_bytes(out, chunk);
}

/// The chunks of a row's value.
pub(super) fn row_chunks(value: &[u8]) -> Result<Vec<&[u8]>, Malformed> {
    let mut reader = Reader::new(value);
    if reader.byte()? != VERSION {
        return Err(Malformed(0));
    }
    let mut chunks = Vec::new();
    while !reader.is_at_end() {
        chunks.push(reader.bytes()?);
    }
    Ok(chunks)
}

/// What one fsync makes durable: new dictionary entries and the chunks that use them.
pub(super) struct CommitGroup<'a> {
    pub(super) bucket_start_ms: u64,
    pub(super) entries: Vec<(u32, &'a [u8])>,
    pub(super) chunks: Vec<(TraceId, &'a [u8])>,
}

pub(super) fn encode_group(group: &CommitGroup<'_>) -> Vec<u8> {
    let length: usize = group.chunks.iter().map(|(_, chunk)| chunk.len() + 20).sum();
    let mut out = Vec::with_capacity(length + 64);
    out.push(VERSION);
    out.extend_from_slice(&group.bucket_start_ms.to_be_bytes());
    encoding::put_varint(&mut out, group.entries.len() as u64);
    for (id, bytes) in &group.entries {
        encoding::put_varint(&mut out, u64::from(*id));
        encoding::put_bytes(&mut out, bytes);
    }
    encoding::put_varint(&mut out, group.chunks.len() as u64);
    for (trace_id, chunk) in &group.chunks {
        out.extend_from_slice(&trace_id.value().to_be_bytes());
        encoding::put_bytes(&mut out, chunk);
    }
    out
}

pub(super) fn decode_group(bytes: &[u8]) -> Result<CommitGroup<'_>, Malformed> {
    let mut reader = Reader::new(bytes);
    if reader.byte()? != VERSION {
        return Err(Malformed(0));
    }
    let bucket_start_ms = reader.fixed64()?;
    let mut group = CommitGroup {
        bucket_start_ms,
        entries: Vec::new(),
        chunks: Vec::new(),
    };
    for _ in 0..reader.length()? {
        group.entries.push((reader.varint32()?, reader.bytes()?));
    }
    for _ in 0..reader.length()? {
        let trace_id =
            TraceId::new(reader.fixed128()?).ok_or_else(|| Malformed(reader.position()))?;
        group.chunks.push((trace_id, reader.bytes()?));
    }
    Ok(group)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::SpanBatch;
    use crate::contract::generate::{Dice, spans};
    use crate::local::dictionary::Dictionary;
    use crate::span::Span;

    /// The chunk of the spans of one trace, with the dictionary that reads it.
    fn written(spans: &[Span], dictionary: &mut Dictionary) -> Vec<u8> {
        let batch = SpanBatch::from_spans(spans);
        let rows: Vec<_> = batch
            .spans_with_attributes()
            .map(|(row, own)| (&batch, row, own))
            .collect();
        let mut chunk = Vec::new();
        encode_chunk(&rows, dictionary, &mut chunk);
        chunk
    }

    fn of_one_trace(dice: &mut Dice) -> Vec<Span> {
        let mut all = spans(dice);
        let id = all[0].trace_id;
        all.retain(|span| span.trace_id == id);
        all
    }

    #[test]
    fn spans_come_back_as_they_were() {
        let mut dice = Dice::new(1);
        let mut dictionary = Dictionary::default();
        for _ in 0..2_000 {
            let spans = of_one_trace(&mut dice);
            let chunk = written(&spans, &mut dictionary);
            let mut reader = ChunkReader::new(dictionary.entries());
            let mut read = Vec::new();
            reader.read(spans[0].trace_id, &chunk, &mut read).unwrap();
            assert_eq!(read, spans);
        }
    }

    #[test]
    fn a_dictionary_that_was_stored_reads_the_same() {
        let mut dice = Dice::new(2);
        let mut dictionary = Dictionary::default();
        let spans: Vec<_> = (0..200).map(|_| of_one_trace(&mut dice)).collect();
        let chunks: Vec<_> = spans
            .iter()
            .map(|spans| written(spans, &mut dictionary))
            .collect();
        let mut restored = Dictionary::default();
        for (id, entry) in dictionary.entries_from(0) {
            restored.restore(id, entry).unwrap();
            restored.restore(id, entry).unwrap();
        }
        for (spans, chunk) in spans.iter().zip(&chunks) {
            let mut read = Vec::new();
            ChunkReader::new(restored.entries())
                .read(spans[0].trace_id, chunk, &mut read)
                .unwrap();
            assert_eq!(&read, spans);
            // The restored dictionary also gives the same numbers to what comes next.
            assert_eq!(&written(spans, &mut restored), chunk);
        }
        assert!(
            Dictionary::default().restore(3, &[1]).is_err(),
            "a gap is noticed"
        );
    }

    #[test]
    fn damaged_bytes_are_refused_or_read_but_never_a_panic() {
        let mut dice = Dice::new(3);
        let mut dictionary = Dictionary::default();
        for _ in 0..5_000 {
            let spans = of_one_trace(&mut dice);
            let mut chunk = written(&spans, &mut dictionary);
            for _ in 0..=dice.roll(3) {
                let position = dice.roll(chunk.len() as u64) as usize;
                chunk[position] = dice.roll(256) as u8;
            }
            chunk.truncate(dice.roll(chunk.len() as u64 + 1) as usize);
            let mut read = Vec::new();
            let _ =
                ChunkReader::new(dictionary.entries()).read(spans[0].trace_id, &chunk, &mut read);
            let _ = row_chunks(&chunk);
            let _ = decode_group(&chunk);
        }
    }
}
