//! Zstandard, step by step into a writer that may refuse. The crate's own writer does not tell
//! whether the last frame was whole, and would let it ask for a window of 128 MiB.
use std::io::{self, Write};

use zstd::stream::raw::{DParameter, Decoder, Operation as _};

pub(super) struct ZstdDecoder<W> {
    decoder: Decoder<'static>,
    plain: Box<[u8]>,
    to: W,
    /// Nothing of a frame is awaited.
    whole: bool,
}

impl<W: Write> ZstdDecoder<W> {
    pub(super) fn new(to: W) -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
        Ok(Self {
            decoder,
            plain: vec![0; STEP].into_boxed_slice(),
            to,
            whole: false,
        })
    }

    pub(super) const fn get_mut(&mut self) -> &mut W {
        &mut self.to
    }

    pub(super) fn write_all(&mut self, mut packed: &[u8]) -> io::Result<()> {
        loop {
            let step = self.decoder.run_on_buffers(packed, &mut self.plain)?;
            self.to.write_all(&self.plain[..step.bytes_written])?;
            packed = &packed[step.bytes_read..];
            self.whole = step.remaining == 0;
            // A full step may have left plain bytes behind, unless the frame is whole.
            let is_done = self.whole || step.bytes_written < self.plain.len();
            if packed.is_empty() && is_done {
                return Ok(());
            }
            if step.bytes_read == 0 && step.bytes_written == 0 {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }

    pub(super) fn try_finish(&self) -> io::Result<()> {
        if self.whole {
            Ok(())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}

/// What is inflated between two looks at the limits.
const STEP: usize = 32 << 10;

/// 8 MiB, as RFC 9659 has it on the web; encoders use more from level 20 on. Only so much of it is
/// touched as the body inflates to, which has its permits.
const WINDOW_LOG_MAX: u32 = 23;

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(packed: &[u8], piece: usize) -> io::Result<Vec<u8>> {
        let mut decoder = ZstdDecoder::new(Vec::new())?;
        for piece in packed.chunks(piece) {
            decoder.write_all(piece)?;
        }
        decoder.try_finish()?;
        Ok(std::mem::take(decoder.get_mut()))
    }

    #[test]
    fn frames_are_unpacked_whole_or_not_at_all() {
        let plain: Vec<u8> = (0..300_000_u32)
            .flat_map(|n| (n / 7).to_le_bytes())
            .collect();
        let packed = zstd::encode_all(plain.as_slice(), 3).unwrap();
        let two = [
            packed.as_slice(),
            &zstd::encode_all(&b"end"[..], 3).unwrap(),
        ]
        .concat();
        for piece in [1, 7, 40_000, usize::MAX] {
            assert!(unpack(&packed, piece).unwrap() == plain, "{piece}");
            assert!(unpack(&two, piece).unwrap() == [&plain[..], b"end"].concat());
            for cut in [1, packed.len() / 2, packed.len() - 1] {
                assert!(unpack(&packed[..cut], piece).is_err(), "{cut}");
            }
            assert!(unpack(b"plain", piece).is_err());
        }
        // Plain bytes that fill a step to its last byte.
        let full = zstd::encode_all(vec![7; STEP].as_slice(), 3).unwrap();
        assert_eq!(unpack(&full, usize::MAX).unwrap().len(), STEP);
    }

    #[test]
    fn a_window_over_the_limit_is_refused() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        encoder.window_log(WINDOW_LOG_MAX + 1).unwrap();
        encoder.write_all(b"spans").unwrap();
        assert!(unpack(&encoder.finish().unwrap(), usize::MAX).is_err());
    }
}
