//! A run: (hash, row) pairs in order, as blocks of packed bits. Hashes are uniform, so the first
//! hash of each block says where to look: one block a question.
//!
//! ```text
//! block  [n pairs varint](group)*          a group is 128 pairs, the last one filled up
//! group  [first hash 4][bits of deltas 1][bits of rows 1][packed deltas][packed rows]
//! ```
use bitpacking::{BitPacker, BitPacker4x};

use crate::encoding::{self, Malformed, Reader};

/// The upper half of a term's hash, and the number of a row whose trace has the term.
pub(in crate::local) type Pair = (u32, u32);

/// Pairs of a block: about 8 KiB.
pub(super) const BLOCK_PAIRS: usize = 2_048;
const GROUP: usize = BitPacker4x::BLOCK_LEN;

pub(super) fn encode_block(pairs: &[Pair]) -> Vec<u8> {
    let packer = BitPacker4x::new();
    let mut out = Vec::with_capacity(pairs.len() * 5 + 16);
    encoding::put_varint(&mut out, pairs.len() as u64);
    let mut packed = [0; GROUP * 4];
    for group in pairs.chunks(GROUP) {
        let last = group.last().copied().unwrap_or_default();
        let (mut hashes, mut rows) = ([last.0; GROUP], [last.1; GROUP]);
        for (position, pair) in group.iter().enumerate() {
            hashes[position] = pair.0;
            rows[position] = pair.1;
        }
        let first = hashes[0];
        let (delta_bits, row_bits) = (
            packer.num_bits_sorted(first, &hashes),
            packer.num_bits(&rows),
        );
        out.extend_from_slice(&first.to_be_bytes());
        out.extend_from_slice(&[delta_bits, row_bits]);
        let length = packer.compress_sorted(first, &hashes, &mut packed, delta_bits);
        out.extend_from_slice(&packed[..length]);
        let length = packer.compress(&rows, &mut packed, row_bits);
        out.extend_from_slice(&packed[..length]);
    }
    out
}

/// Calls `visit` with the pairs of a block whose hash is in the range.
pub(super) fn visit_block(
    bytes: &[u8],
    (from, to): (u32, u32),
    mut visit: impl FnMut(Pair),
) -> Result<(), Malformed> {
    let packer = BitPacker4x::new();
    let mut reader = Reader::new(bytes);
    let mut left = usize::try_from(reader.varint()?).map_err(|_| Malformed(0))?;
    let (mut hashes, mut rows) = ([0; GROUP], [0; GROUP]);
    while left > 0 {
        let first = reader.fixed32()?;
        if first > to {
            return Ok(());
        }
        let (delta_bits, row_bits) = (reader.byte()?, reader.byte()?);
        if delta_bits > 32 || row_bits > 32 {
            return Err(Malformed(reader.position()));
        }
        let deltas = reader.take(usize::from(delta_bits) * GROUP / 8)?;
        let packed_rows = reader.take(usize::from(row_bits) * GROUP / 8)?;
        packer.decompress_sorted(first, deltas, &mut hashes, delta_bits);
        let count = left.min(GROUP);
        left -= count;
        if hashes[count - 1] < from {
            continue;
        }
        packer.decompress(packed_rows, &mut rows, row_bits);
        for (hash, row) in hashes[..count].iter().zip(&rows) {
            if (from..=to).contains(hash) {
                visit((*hash, *row));
            }
        }
    }
    Ok(())
}

/// What is kept in memory of a run on disk.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) number: u32,
    /// How often its pairs were merged.
    pub(super) tier: u8,
    /// The first hash of each block.
    pub(super) directory: Vec<u32>,
}

impl Run {
    /// The blocks that may have a hash.
    pub(super) fn blocks_of(&self, hash: u32) -> std::ops::Range<u32> {
        let begin = self.directory.partition_point(|first| *first < hash);
        let end = self.directory.partition_point(|first| *first <= hash);
        begin.saturating_sub(1) as u32..end as u32
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = vec![1, self.tier];
        encoding::put_varint(&mut out, self.directory.len() as u64);
        let mut before = 0;
        for first in &self.directory {
            encoding::put_varint(&mut out, u64::from(first.wrapping_sub(before)));
            before = *first;
        }
        out
    }

    pub(super) fn decode(number: u32, bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        if reader.byte()? != 1 {
            return Err(Malformed(0));
        }
        let tier = reader.byte()?;
        let count = reader.length()?;
        let mut directory = Vec::with_capacity(count);
        let mut before = 0_u32;
        for _ in 0..count {
            before = before.wrapping_add(reader.varint32()?);
            directory.push(before);
        }
        if !directory.is_sorted() {
            return Err(Malformed(0));
        }
        Ok(Self {
            number,
            tier,
            directory,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::generate::Dice;

    #[test]
    fn every_pair_is_found_where_the_directory_says() {
        let mut dice = Dice::new(7);
        for count in [0, 1, 127, 128, 129, 2_047, 5_000] {
            // A narrow range of hashes, so that equal ones cross groups and blocks.
            let mut pairs: Vec<Pair> = (0..count)
                .map(|row| (dice.roll(1 << 9) as u32 * 0x7f_ffff, row))
                .collect();
            pairs.sort_unstable();
            let blocks: Vec<Vec<u8>> = pairs.chunks(BLOCK_PAIRS).map(encode_block).collect();
            let run = Run {
                number: 3,
                tier: 1,
                directory: pairs.chunks(BLOCK_PAIRS).map(|block| block[0].0).collect(),
            };
            let run = Run::decode(3, &run.encode()).unwrap();
            for hash in (0..1 << 9).map(|step| step * 0x7f_ffff) {
                let mut found = Vec::new();
                for block in run.blocks_of(hash) {
                    visit_block(&blocks[block as usize], (hash, hash), |pair| {
                        found.push(pair)
                    })
                    .unwrap();
                }
                let expected: Vec<Pair> = pairs
                    .iter()
                    .copied()
                    .filter(|pair| pair.0 == hash)
                    .collect();
                assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn damaged_blocks_are_refused_or_read_but_never_a_panic() {
        let mut dice = Dice::new(8);
        let pairs: Vec<Pair> = (0..300).map(|row| (row * 1_000, row)).collect();
        let block = encode_block(&pairs);
        for _ in 0..20_000 {
            let mut bytes = block.clone();
            for _ in 0..=dice.roll(3) {
                let position = dice.roll(bytes.len() as u64) as usize;
                bytes[position] = dice.roll(256) as u8;
            }
            bytes.truncate(dice.roll(bytes.len() as u64 + 1) as usize);
            let _ = visit_block(&bytes, (0, u32::MAX), |_| {});
            let _ = Run::decode(0, &bytes);
        }
    }
}
