//! Zlib (what HTTP calls `deflate`), step by step into a writer that may refuse. flate2's own writer
//! takes a body that ends in the middle for a whole one.
use std::io::{self, Write};

use flate2::{Decompress, FlushDecompress, Status};

pub(super) struct ZlibDecoder<W> {
    inflate: Decompress,
    plain: Box<[u8]>,
    to: W,
    /// The end came, with its checksum.
    whole: bool,
}

impl<W: Write> ZlibDecoder<W> {
    pub(super) fn new(to: W) -> Self {
        Self {
            inflate: Decompress::new(true),
            plain: vec![0; STEP].into_boxed_slice(),
            to,
            whole: false,
        }
    }

    pub(super) const fn get_mut(&mut self) -> &mut W {
        &mut self.to
    }

    pub(super) fn write_all(&mut self, mut packed: &[u8]) -> io::Result<()> {
        while !packed.is_empty() {
            if self.whole {
                // Something follows the end.
                return Err(io::ErrorKind::InvalidData.into());
            }
            let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self
                .inflate
                .decompress(packed, &mut self.plain, FlushDecompress::None)?;
            let read = (self.inflate.total_in() - read) as usize;
            let written = (self.inflate.total_out() - written) as usize;
            self.to.write_all(&self.plain[..written])?;
            packed = &packed[read..];
            self.whole = status == Status::StreamEnd;
            if read == 0 && written == 0 && !self.whole {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        Ok(())
    }

    /// What is still inside comes out; `UnexpectedEof` if that is not all.
    pub(super) fn try_finish(&mut self) -> io::Result<()> {
        while !self.whole {
            let written = self.inflate.total_out();
            let status = self
                .inflate
                .decompress(&[], &mut self.plain, FlushDecompress::Finish)?;
            let written = (self.inflate.total_out() - written) as usize;
            self.to.write_all(&self.plain[..written])?;
            self.whole = status == Status::StreamEnd;
            if written == 0 && !self.whole {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }
}

/// What is inflated between two looks at the limits.
const STEP: usize = 32 << 10;
