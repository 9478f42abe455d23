//! What must hold for the body of any gRPC call, in any pieces: it is one message of the announced
//! length, given on to the last byte, or it is refused.
use std::cell::RefCell;
use std::convert::Infallible;

use bytes::Bytes;
use collector::grpc::message;
use collector::ingest::Packing;
use http_body_util::StreamBody;
use hyper::Request;
use hyper::body::Frame;
use tokio::runtime::{Builder, Runtime};
use tokio_stream::StreamExt as _;

thread_local! {
    static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) };
}

/// The first byte chooses what `grpc-encoding` says, the second how long the pieces are; the rest is the
/// body.
///
/// # Panics
/// When something does not hold: that is what the fuzzer looks for.
pub fn check(bytes: &[u8]) {
    let [first, second, body @ ..] = bytes else {
        return;
    };
    let (name, packing) = ENCODINGS[usize::from(*first) % ENCODINGS.len()];
    let pieces = usize::from(*second % 64) + 1;
    let told = RUNTIME.with_borrow_mut(|runtime| {
        let runtime = match runtime {
            Some(runtime) => runtime,
            None => runtime.insert(Builder::new_current_thread().enable_time().build().ok()?),
        };
        Some(runtime.block_on(read(name, body, pieces)))
    });
    assert_eq!(told, Some(expected(packing, body)), "{name} in pieces of {pieces}");
}

/// The message, and how it is packed.
async fn read(encoding: &str, body: &[u8], pieces: usize) -> Option<(Packing, Vec<u8>)> {
    let frames: Vec<_> = body
        .chunks(pieces)
        .map(|piece| Ok::<_, Infallible>(Frame::data(Bytes::copy_from_slice(piece))))
        .collect();
    let mut request = Request::new(StreamBody::new(tokio_stream::iter(frames)));
    if let Ok(encoding) = encoding.parse() {
        request.headers_mut().insert("grpc-encoding", encoding);
    }
    let mut arriving = message::open(request).await.ok()?;
    let mut message = Vec::new();
    while let Some(chunk) = arriving.chunks.next().await {
        message.extend_from_slice(&chunk.ok()?);
    }
    assert_eq!(arriving.declared, Some(message.len()));
    Some((arriving.packing, message))
}

/// The same by the words of gRPC over HTTP/2, with the whole body at hand.
fn expected(packing: Option<Packing>, body: &[u8]) -> Option<(Packing, Vec<u8>)> {
    let encoding = packing?;
    let (prefix, message) = body.split_at_checked(5)?;
    let length = u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]);
    let packing = match (prefix[0], encoding) {
        (0, _) => Packing::Plain,
        (1, Packing::Plain) => return None,
        (1, packed) => packed,
        _ => return None,
    };
    (message.len() as u64 == u64::from(length)).then(|| (packing, message.to_vec()))
}

const ENCODINGS: [(&str, Option<Packing>); 6] = [
    ("identity", Some(Packing::Plain)),
    ("gzip", Some(Packing::Gzip)),
    ("deflate", Some(Packing::Zlib)),
    ("zstd", Some(Packing::Zstd)),
    ("br", None),
    ("", None),
];
