//! Packed bytes become plain ones, step by step: never more than the limit, never more than was
//! granted of the memory, and never half of what was packed.
use std::io::{self, Write};
use std::sync::Arc;

use flate2::write::MultiGzDecoder;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::PERMIT_BYTES;
use super::zlib::ZlibDecoder;
use super::zstd::ZstdDecoder;
use crate::failure::{Failure, FailureKind};

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Plain,
    Gzip,
    /// What HTTP calls `deflate`.
    Zlib,
    Zstd,
}

/// Unpacks one body.
pub struct Unpacker {
    decoder: Decoder,
    sent: usize,
}

enum Decoder {
    Plain(Sink),
    Gzip(Box<MultiGzDecoder<Sink>>),
    Zlib(Box<ZlibDecoder<Sink>>),
    Zstd(Box<ZstdDecoder<Sink>>),
}

impl Unpacker {
    /// For a body that may inflate to so many bytes, whose memory is taken from `memory`, a permit for
    /// each [`PERMIT_BYTES`]; `declared` is its length as sent, if that is known.
    ///
    /// # Errors
    /// When the memory for what is declared is taken.
    pub fn new(
        packing: Packing,
        inflated_max: usize,
        memory: &Arc<Semaphore>,
        declared: Option<usize>,
    ) -> Result<Self, Failure> {
        let mut sink = Sink {
            bytes: Vec::new(),
            inflated_max,
            sent: 0,
            packed: packing != Packing::Plain,
            memory: Arc::clone(memory),
            permit: None,
            failure: None,
        };
        if let Some(length) = declared {
            sink.reserve(length)?;
        }
        let decoder = match packing {
            Packing::Plain => Decoder::Plain(sink),
            Packing::Gzip => Decoder::Gzip(Box::new(MultiGzDecoder::new(sink))),
            Packing::Zlib => Decoder::Zlib(Box::new(ZlibDecoder::new(sink))),
            Packing::Zstd => {
                let decoder = ZstdDecoder::new(sink).map_err(|error| {
                    Failure::new(FailureKind::Internal, format!("no zstd: {error}"))
                })?;
                Decoder::Zstd(Box::new(decoder))
            }
        };
        Ok(Self { decoder, sent: 0 })
    }

    /// Takes the next bytes as they were sent.
    ///
    /// # Errors
    /// When they are not packed so, or are too many.
    pub fn take(&mut self, chunk: &[u8]) -> Result<(), Failure> {
        self.sent += chunk.len();
        self.sink().sent = self.sent;
        let written = match &mut self.decoder {
            Decoder::Plain(sink) => return sink.take(chunk),
            Decoder::Gzip(decoder) => decoder.write_all(chunk),
            Decoder::Zlib(decoder) => decoder.write_all(chunk),
            Decoder::Zstd(decoder) => decoder.write_all(chunk),
        };
        written.map_err(|_| self.failure())
    }

    /// The plain bytes, with the permit for their memory.
    ///
    /// # Errors
    /// When something is missing at the end.
    pub fn finish(mut self) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), Failure> {
        // An empty body needs no unpacking, whatever its header says.
        let finished = match &mut self.decoder {
            Decoder::Plain(_) => Ok(()),
            _ if self.sent == 0 => Ok(()),
            Decoder::Gzip(decoder) => decoder.try_finish(),
            Decoder::Zlib(decoder) => decoder.try_finish(),
            Decoder::Zstd(decoder) => decoder.try_finish(),
        };
        if finished.is_err() {
            return Err(self.failure());
        }
        let sink = self.sink();
        Ok((std::mem::take(&mut sink.bytes), sink.permit.take()))
    }

    fn failure(&mut self) -> Failure {
        let text = match self.decoder {
            Decoder::Zstd(_) => CANNOT_UNZSTD,
            _ => CANNOT_GUNZIP,
        };
        let failure = self.sink().failure.take();
        failure.unwrap_or_else(|| Failure::bad_request(text))
    }

    fn sink(&mut self) -> &mut Sink {
        match &mut self.decoder {
            Decoder::Plain(sink) => sink,
            Decoder::Gzip(decoder) => decoder.get_mut(),
            Decoder::Zlib(decoder) => decoder.get_mut(),
            Decoder::Zstd(decoder) => decoder.get_mut(),
        }
    }
}

/// Takes the plain bytes, as many as allowed. It inflates in steps of 32 KiB, so that a bomb is
/// noticed within one step of the limit.
struct Sink {
    bytes: Vec<u8>,
    inflated_max: usize,
    sent: usize,
    packed: bool,
    memory: Arc<Semaphore>,
    permit: Option<OwnedSemaphorePermit>,
    failure: Option<Failure>,
}

impl Sink {
    /// Makes sure that the memory for this many bytes is ours.
    fn reserve(&mut self, bytes: usize) -> Result<(), Failure> {
        let held = self
            .permit
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        let wanted = bytes.div_ceil(PERMIT_BYTES);
        if wanted > held {
            let more = Arc::clone(&self.memory)
                .try_acquire_many_owned((wanted - held) as u32)
                .map_err(|_| Failure::new(FailureKind::Overloaded, OVERLOADED))?;
            match &mut self.permit {
                Some(permit) => permit.merge(more),
                None => self.permit = Some(more),
            }
            self.bytes.reserve(bytes - self.bytes.len());
        }
        Ok(())
    }

    fn take(&mut self, plain: &[u8]) -> Result<(), Failure> {
        let total = self.bytes.len() + plain.len();
        if total > self.inflated_max {
            return Err(too_large("inflated", self.inflated_max));
        }
        if self.packed && total > RATIO_FREE_BYTES && total / RATIO_MAX > self.sent {
            let text = format!("the body inflates to more than {RATIO_MAX} times its size");
            return Err(Failure::new(FailureKind::TooLarge, text));
        }
        if total > self.bytes.capacity() {
            // Grows as a vector does, but only over memory that was granted.
            let doubled = (self.bytes.capacity() * 2).min(self.inflated_max);
            self.reserve(total.max(doubled).max(4 * PERMIT_BYTES))?;
        }
        self.bytes.extend_from_slice(plain);
        Ok(())
    }
}

impl Write for Sink {
    fn write(&mut self, plain: &[u8]) -> io::Result<usize> {
        self.take(plain).map_err(|failure| {
            self.failure = Some(failure);
            io::Error::other("refused")
        })?;
        Ok(plain.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn too_large(how: &str, limit: usize) -> Failure {
    let text = format!("the body is larger than {limit} bytes {how}; send fewer spans at once");
    Failure::new(FailureKind::TooLarge, text)
}

/// Zipkin's text.
const CANNOT_GUNZIP: &str = "Cannot gunzip spans";
const CANNOT_UNZSTD: &str = "the body is not zstd, though it says so";
const OVERLOADED: &str = "too many request bodies are under way, try again a little later";

/// An honest body of spans shrinks to a twentieth at most.
const RATIO_MAX: usize = 200;
const RATIO_FREE_BYTES: usize = 8 << 20;
