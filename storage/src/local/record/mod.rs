//! Spans at rest. The only folder that knows the format of a chunk, a row and a commit group; a
//! change of their bytes is a new version byte here.
//!
//! ```text
//! commit group  [version][bucket start 8][n entries]([entry id][bytes])* [n chunks]([trace id 16][bytes])*
//! row value     [version]([bytes of a chunk])*
//! chunk         see chunk.rs
//! ```
//!
//! A chunk is the spans of one trace in one commit group, column by column, since alike things
//! beside each other compress better.
mod calls;
mod chunk;
mod head;
mod note;
mod read;
mod repeat;
pub(super) mod shape;
mod template;
mod write;

use std::ops::Range;

use crate::encoding::{self, Malformed, Reader};
use crate::id::TraceId;

pub(super) use calls::{Brief, read_briefs};
pub(super) use note::remote_service;
pub(super) use read::read_chunk;
pub(super) use write::{ChunkWriter, Described, SpanInput};

/// Format of rows and commit groups that this release writes.
const VERSION: u8 = 2;

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

/// The bytes of a commit group, and where in them each chunk is.
pub(super) fn encode_group(group: &CommitGroup<'_>) -> (Vec<u8>, Vec<Range<usize>>) {
    let length: usize = group.chunks.iter().map(|(_, chunk)| chunk.len() + 20).sum();
    let mut out = Vec::with_capacity(length + 64);
    let mut ranges = Vec::with_capacity(group.chunks.len());
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
        ranges.push(out.len() - chunk.len()..out.len());
    }
    (out, ranges)
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
    use crate::contract::generate::{self, Dice};
    use crate::local::code::Words;
    use crate::local::dictionary::Dictionary;
    use crate::local::terms::TermHasher;
    use crate::span::{Attribute, Span, Value};

    const HASHER: TermHasher = TermHasher { keys: [1, 2] };
    const EPOCH: u64 = 1_700_000_000_000_000_000;

    /// The chunk of the spans of one trace, and the words that were noted.
    fn written(spans: &[Span], dictionary: &mut Dictionary) -> (Vec<u8>, Words) {
        let batch = SpanBatch::from_spans(spans);
        let inputs: Vec<SpanInput<'_>> = batch
            .spans_with_attributes()
            .map(|(row, own)| (&batch, row, own))
            .collect();
        let (mut chunk, mut words) = (Vec::new(), Words::default());
        let mut writer = ChunkWriter::new(HASHER, EPOCH);
        writer.write(&inputs, dictionary, &mut chunk, &mut words, |_, _| {});
        words.tidy();
        (chunk, words)
    }

    fn read(
        dictionary: &Dictionary,
        id: TraceId,
        chunk: &[u8],
    ) -> Result<(Vec<Span>, Words), Malformed> {
        let (mut spans, mut words) = (Vec::new(), Words::default());
        let tables = dictionary.tables().read();
        read_chunk(&tables, EPOCH, id, chunk, &mut spans, Some(&mut words))?;
        words.tidy();
        Ok((spans, words))
    }

    fn of_one_trace(dice: &mut Dice) -> Vec<Span> {
        let mut all = generate::spans(dice);
        generate::add_links(dice, &mut all);
        generate::add_codes(dice, &mut all);
        generate::add_correlation_ids(dice, &mut all);
        all.extend(generate::logs(dice));
        let id = all[0].trace_id;
        all.retain(|span| span.trace_id == id);
        all
    }

    fn assert_same_words(left: &Words, right: &Words) {
        assert_eq!(left.codes, right.codes);
        assert_eq!(left.rare, right.rare);
    }

    #[test]
    fn spans_come_back_as_they_were_with_the_words_they_had() {
        let mut dice = Dice::new(1);
        let mut dictionary = Dictionary::new(HASHER);
        for _ in 0..3_000 {
            let spans = of_one_trace(&mut dice);
            let (chunk, words) = written(&spans, &mut dictionary);
            let (again, noted) = read(&dictionary, spans[0].trace_id, &chunk).unwrap();
            assert_eq!(again, spans);
            assert_same_words(&words, &noted);
        }
    }

    /// Spans with more different values than any table holds.
    fn varied(dice: &mut Dice, number: u64) -> Span {
        let mut span = generate::spans(&mut Dice::new(9)).swap_remove(0);
        span.start = span.start.map(|start| start + dice.roll(1 << 40));
        span.name = Some(format!("operation {}", dice.roll(3)).into());
        span.attributes = [
            ("peer.service", format!("service-{}", dice.roll(600))),
            ("session", format!("{:016x}", dice.roll(u64::MAX))),
            ("path", format!("/cart/{number}/item/{}", dice.roll(9))),
            (
                "text",
                format!("{:?}", (0..6).map(|_| dice.roll(200)).collect::<Vec<_>>()),
            ),
            ("few", format!("{}", dice.roll(5))),
        ]
        .into_iter()
        .map(|(key, value)| Attribute {
            key: key.into(),
            value: Value::String(value.into()),
        })
        .chain([Attribute {
            key: "size".into(),
            value: Value::Int(dice.roll(1 << 40) as i64),
        }])
        .collect();
        span
    }

    #[test]
    fn columns_that_vary_leave_their_class_and_nothing_is_lost() {
        let mut dice = Dice::new(5);
        let mut dictionary = Dictionary::new(HASHER);
        let mut kept = Vec::new();
        for number in 0..5_000 {
            let span = varied(&mut dice, number);
            let (chunk, words) = written(std::slice::from_ref(&span), &mut dictionary);
            kept.push((span, chunk, words));
        }
        // Far fewer classes than spans, and all tables within their limits.
        assert!(dictionary.tables().read().classes.len() < 2_000);
        let mut restored = Dictionary::new(HASHER);
        for (id, entry) in dictionary.numbered() {
            restored.restore(id, entry, true).unwrap();
            restored.restore(id, entry, true).unwrap();
        }
        for dictionary in [&dictionary, &restored] {
            for (span, chunk, words) in &kept {
                let (again, noted) = read(dictionary, span.trace_id, chunk).unwrap();
                assert_eq!(again, std::slice::from_ref(span));
                assert_same_words(words, &noted);
            }
        }
        // The restored dictionary also gives the same numbers to what comes next.
        for number in 0..200 {
            let span = varied(&mut dice, number);
            let spans = std::slice::from_ref(&span);
            assert_eq!(
                written(spans, &mut dictionary).0,
                written(spans, &mut restored).0
            );
        }
        assert!(
            Dictionary::new(HASHER).restore(3, &[1], true).is_err(),
            "a gap is noticed"
        );
    }

    #[test]
    fn what_the_tables_have_no_room_for_stands_in_the_chunk() {
        let mut dice = Dice::new(6);
        let mut dictionary = Dictionary::new(HASHER);
        for number in 0..12_000_u64 {
            let mut span = varied(&mut dice, number);
            span.name = Some(format!("never twice {number}").into());
            let (chunk, words) = written(std::slice::from_ref(&span), &mut dictionary);
            let (again, noted) = read(&dictionary, span.trace_id, &chunk).unwrap();
            assert_eq!(again, [span]);
            assert_same_words(&words, &noted);
        }
        let full = dictionary.tables().read().shapes.len();
        assert!(full < 12_000, "the cap was not met: {full}");
    }

    #[test]
    fn damaged_bytes_are_refused_or_read_but_never_a_panic() {
        let mut dice = Dice::new(3);
        let mut dictionary = Dictionary::new(HASHER);
        for _ in 0..5_000 {
            let spans = of_one_trace(&mut dice);
            let (mut chunk, _) = written(&spans, &mut dictionary);
            for _ in 0..=dice.roll(3) {
                let position = dice.roll(chunk.len() as u64) as usize;
                chunk[position] = dice.roll(256) as u8;
            }
            chunk.truncate(dice.roll(chunk.len() as u64 + 1) as usize);
            let _ = read(&dictionary, spans[0].trace_id, &chunk);
            let _ = row_chunks(&chunk);
            let _ = decode_group(&chunk);
        }
        for _ in 0..5_000 {
            let length = dice.roll(40);
            let entry: Vec<u8> = (0..length).map(|_| dice.roll(256) as u8).collect();
            let next = dictionary.length() as u32;
            let _ = dictionary.restore(next, &entry, true);
        }
    }
}
