//! The bodies of answers. A small one is written before it leaves; a large one leaves piece by piece
//! while the rest is still being written: the client reads while the server writes, and no piece
//! is larger than a processor's cache.
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::{HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use futures_core::Stream;
use storage::trace::Trace;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::Permit;
use crate::json_out::{Gone, PIECE_BYTES, Spill};

pub(super) enum Body {
    Whole(Vec<u8>),
    Pieces(Pieces),
}

impl Body {
    /// Writes what is told of a trace. A large one is written on a thread of its own, which the
    /// query runtime has to be there for. Its permit is kept until all is written; what a slow
    /// client has not taken by then waits in memory, as a whole answer would.
    pub(super) fn of_trace(
        trace: Trace,
        permit: Permit,
        write: impl FnOnce(&Trace, &mut Vec<u8>, &mut Spill<'_>) -> Result<(), Gone> + Send + 'static,
    ) -> Self {
        if !Self::is_large(&trace) {
            let mut out = Self::room_for(&trace);
            // Nobody takes anything, so nobody can go.
            let _ = write(&trace, &mut out, &mut |_| Ok(()));
            return Self::Whole(out);
        }
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let mut out = Vec::with_capacity(PIECE_ROOM);
            let written = write(&trace, &mut out, &mut |out| {
                let piece = std::mem::replace(out, Vec::with_capacity(PIECE_ROOM));
                sender.send(Piece::Part(piece.into())).map_err(|_| Gone)
            });
            if written.is_ok() {
                // If the client has gone, nobody misses it.
                let _ = sender.send(Piece::Last(out.into()));
            }
        });
        Self::Pieces(Pieces {
            receiver,
            has_ended: false,
        })
    }

    /// Is an answer about the trace given in pieces?
    pub(super) const fn is_large(trace: &Trace) -> bool {
        trace.spans.len() >= PIECES_SPANS_MIN
    }

    pub(super) fn room_for(trace: &Trace) -> Vec<u8> {
        Vec::with_capacity(trace.spans.len() * SPAN_BYTES)
    }

    pub(super) fn answer(self, response: &mut HttpResponseBuilder) -> HttpResponse {
        match self {
            Self::Whole(bytes) => response.body(bytes),
            Self::Pieces(pieces) => response.streaming(pieces),
        }
    }
}

enum Piece {
    Part(Bytes),
    /// A writer that ends without it has failed.
    Last(Bytes),
}

pub(super) struct Pieces {
    receiver: UnboundedReceiver<Piece>,
    has_ended: bool,
}

impl Stream for Pieces {
    /// The connection is cut: half an answer must not look like a whole one.
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(self.receiver.poll_recv(context)) {
            Some(Piece::Part(bytes)) => Some(Ok(bytes)),
            Some(Piece::Last(bytes)) => {
                self.has_ended = true;
                Some(Ok(bytes))
            }
            None => {
                self.has_ended = true;
                Some(Err(io::Error::other(
                    "the answer was not written to its end",
                )))
            }
        })
    }
}

/// Traces with fewer spans are answered whole.
const PIECES_SPANS_MIN: usize = 2_000;
/// A piece ends with the span that fills it.
const PIECE_ROOM: usize = PIECE_BYTES + (8 << 10);
/// A guess at what a span takes.
const SPAN_BYTES: usize = 1_000;

#[cfg(test)]
mod tests {
    use storage::contract::cast::bare;
    use storage::id::TraceId;

    use super::*;

    #[tokio::test]
    async fn a_large_answer_is_its_pieces_in_order() {
        let Body::Pieces(pieces) = Body::of_trace(large(), None, |trace, out, spill| {
            for number in 0..trace.spans.len() {
                out.extend_from_slice(format!("{number} ").as_bytes());
                if number % 100 == 0 {
                    spill(out)?;
                }
            }
            Ok(())
        }) else {
            panic!("pieces")
        };
        let expected: String = (0..PIECES_SPANS_MIN)
            .map(|number| format!("{number} "))
            .collect();
        assert_eq!(all(pieces).await.unwrap(), expected.as_bytes());
    }

    #[tokio::test]
    async fn an_answer_that_is_cut_off_does_not_end_well() {
        let Body::Pieces(pieces) = Body::of_trace(large(), None, |_, out, spill| {
            out.push(b'[');
            spill(out)?;
            Err(Gone)
        }) else {
            panic!("pieces")
        };
        assert!(all(pieces).await.is_err());
    }

    fn large() -> Trace {
        let spans = (0..PIECES_SPANS_MIN as u64).map(|id| bare(TraceId::new(1).unwrap(), id + 1));
        Trace::of_one(spans.collect()).unwrap()
    }

    async fn all(mut pieces: Pieces) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while let Some(piece) =
            std::future::poll_fn(|context| Pin::new(&mut pieces).poll_next(context)).await
        {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes)
    }
}
