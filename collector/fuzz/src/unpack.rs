//! What must hold for any packed body: it is unpacked whole or refused, whatever pieces it comes in; the
//! library that packs it says the same; and no more memory is held than the limit and the permits.
use std::io::{Read as _, Write as _};
use std::sync::Arc;

use collector::ingest::Packing;
use collector::ingest::unpack::Unpacker;
use flate2::Compression;
use tokio::sync::Semaphore;

/// The first byte chooses how it is packed, the second in which pieces it comes; the rest is the body,
/// and then what a body is made of.
///
/// # Panics
/// When something does not hold: that is what the fuzzer looks for.
pub fn check(bytes: &[u8]) {
    let [first, second, body @ ..] = bytes else {
        return;
    };
    let packing = PACKINGS[usize::from(*first) % PACKINGS.len()];
    let pieces = usize::from(*second) + 1;
    let whole = unpacked(packing, body, usize::MAX);
    let in_pieces = unpacked(packing, body, pieces);
    assert_eq!(whole.is_some(), in_pieces.is_some(), "{packing:?} in pieces of {pieces}");
    assert_eq!(whole, in_pieces);
    if let Some(plain) = &whole
        && !body.is_empty()
    {
        let told = by_library(packing, body);
        assert_eq!(told.as_ref(), Some(plain), "{packing:?}");
    }

    let packed = pack(packing, body);
    let plain = unpacked(packing, &packed, pieces);
    assert_eq!(plain.as_deref(), Some(body), "{packing:?}");
    if packing != Packing::Plain {
        let cut = usize::from(*second) % packed.len();
        let half = unpacked(packing, &packed[..cut], pieces);
        assert!(half.is_none() || cut == 0, "{packing:?}: {cut} of {}", packed.len());
    }
}

fn unpacked(packing: Packing, body: &[u8], pieces: usize) -> Option<Vec<u8>> {
    let memory = Arc::new(Semaphore::new(PERMITS));
    let mut unpacker = Unpacker::new(packing, INFLATED_MAX, &memory, None).ok()?;
    for piece in body.chunks(pieces) {
        unpacker.take(piece).ok()?;
    }
    let (plain, permit) = unpacker.finish().ok()?;
    assert!(plain.len() <= INFLATED_MAX);
    let granted = permit.as_ref().map_or(0, |permit| permit.num_permits());
    assert!(plain.capacity() <= granted * PERMIT_BYTES + SLACK, "{} for {granted}", plain.capacity());
    drop(permit);
    assert_eq!(memory.available_permits(), PERMITS);
    Some(plain)
}

fn by_library(packing: Packing, body: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    match packing {
        Packing::Plain => plain.extend_from_slice(body),
        Packing::Gzip => {
            flate2::read::MultiGzDecoder::new(body).read_to_end(&mut plain).ok()?;
        }
        Packing::Zlib => {
            flate2::read::ZlibDecoder::new(body).read_to_end(&mut plain).ok()?;
        }
        Packing::Zstd => plain = zstd::decode_all(body).ok()?,
    }
    Some(plain)
}

fn pack(packing: Packing, plain: &[u8]) -> Vec<u8> {
    let packed = match packing {
        Packing::Plain => Ok(plain.to_vec()),
        Packing::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(plain).and_then(|()| encoder.finish())
        }
        Packing::Zlib => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(plain).and_then(|()| encoder.finish())
        }
        Packing::Zstd => zstd::encode_all(plain, 1),
    };
    packed.unwrap_or_default()
}

const PACKINGS: [Packing; 4] = [Packing::Gzip, Packing::Zlib, Packing::Zstd, Packing::Plain];
const INFLATED_MAX: usize = 1 << 20;
const PERMIT_BYTES: usize = 1024;
const PERMITS: usize = 2 * INFLATED_MAX / PERMIT_BYTES;
/// A vector may round its capacity up.
const SLACK: usize = PERMIT_BYTES;
