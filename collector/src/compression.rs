//! Answers leave compressed where the client takes it and it is worth the work.
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use actix_http::encoding::Encoder;
use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody as _};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE,
    ContentEncoding, ETAG, Encoding, HeaderMap, HeaderValue, VARY,
};
use actix_web::web::Bytes;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

/// Compresses the body of a response with gzip or deflate, if the request asks for it, the body
/// has at least Zipkin's 2,048 bytes and its type is text. A short one is compressed on the spot
/// and keeps a length; a long one, and one that leaves in pieces, is compressed piece by piece as
/// the connection takes it, on a thread beside the worker.
/// A file that never changes is packed once.
///
/// Both spellings of a body have one entity tag: it must be a weak one.
#[must_use]
pub fn compress(mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    if response.status() == StatusCode::NOT_MODIFIED {
        varies(response.headers_mut());
        return response;
    }
    let size = response.response().body().size();
    if !is_worth_it(size, response.headers()) {
        return response;
    }
    let Some(encoding) = asked_for(&response) else {
        // A client that takes nothing that we have is better off with the plain answer.
        varies(response.headers_mut());
        return response;
    };
    response.map_body(|head, body| {
        let lasting = lasting(head.headers()).cloned();
        let body = match body.try_into_bytes() {
            Ok(bytes) if bytes.len() <= AT_ONCE_MAX || lasting.is_some() => {
                let packed = match lasting {
                    Some(tag) => packed_once(encoding, &tag, &bytes),
                    None => packed(encoding, &bytes, Compression::fast()).map(Bytes::from),
                };
                if let Ok(packed) = packed {
                    let encoding = HeaderValue::from_static(encoding.as_str());
                    head.headers_mut().insert(CONTENT_ENCODING, encoding);
                    varies(head.headers_mut());
                    return BoxBody::new(packed);
                }
                BoxBody::new(bytes)
            }
            Ok(bytes) => BoxBody::new(bytes),
            Err(body) => body,
        };
        // This writes both headers, too.
        BoxBody::new(Encoder::response(encoding, head, body))
    })
}

fn asked_for(response: &ServiceResponse<BoxBody>) -> Option<ContentEncoding> {
    let request = response.request();
    if !request.headers().contains_key(ACCEPT_ENCODING) {
        return None;
    }
    let accepted = request.get_header::<AcceptEncoding>()?;
    match accepted.negotiate(OFFERED.iter())? {
        Encoding::Known(ContentEncoding::Gzip) => Some(ContentEncoding::Gzip),
        Encoding::Known(ContentEncoding::Deflate) => Some(ContentEncoding::Deflate),
        _ => None,
    }
}

/// A cache must ask again for a client that takes other encodings.
fn varies(headers: &mut HeaderMap) {
    headers.append(VARY, HeaderValue::from_static("accept-encoding"));
}

fn is_worth_it(size: BodySize, headers: &HeaderMap) -> bool {
    let is_long = match size {
        BodySize::None => false,
        BodySize::Sized(bytes) => bytes >= BYTES_MIN,
        // Only long answers leave in pieces.
        BodySize::Stream => true,
    };
    is_long
        && !headers.contains_key(CONTENT_ENCODING)
        && headers.get(CONTENT_TYPE).is_some_and(is_text)
}

fn is_text(content_type: &HeaderValue) -> bool {
    let content_type = content_type.to_str().unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.starts_with("text/") || TEXTS.contains(&essence)
}

/// The tag of a file that never changes under its name.
fn lasting(headers: &HeaderMap) -> Option<&HeaderValue> {
    let cache = headers.get(CACHE_CONTROL)?;
    let tag = headers.get(ETAG)?;
    cache.as_bytes().ends_with(b"immutable").then_some(tag)
}

/// Packed as small as it gets when it is asked for first, and kept: such files are the window's own,
/// so they are few.
fn packed_once(encoding: ContentEncoding, tag: &HeaderValue, plain: &[u8]) -> io::Result<Bytes> {
    static KEPT: Mutex<BTreeMap<(&str, Vec<u8>), Bytes>> = Mutex::new(BTreeMap::new());
    let key = (encoding.as_str(), tag.as_bytes().to_vec());
    let kept = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept().get(&key) {
        return Ok(known.clone());
    }
    let packed = Bytes::from(packed(encoding, plain, Compression::best())?);
    kept().insert(key, packed.clone());
    Ok(packed)
}

fn packed(encoding: ContentEncoding, plain: &[u8], effort: Compression) -> io::Result<Vec<u8>> {
    let room = Vec::with_capacity(plain.len() / 4);
    if encoding == ContentEncoding::Deflate {
        let mut encoder = ZlibEncoder::new(room, effort);
        encoder.write_all(plain)?;
        encoder.finish()
    } else {
        let mut encoder = GzEncoder::new(room, effort);
        encoder.write_all(plain)?;
        encoder.finish()
    }
}

/// Zipkin's `server.compression.min-response-size`.
const BYTES_MIN: u64 = 2_048;

/// The longest body that is compressed on the worker itself: well below a millisecond.
const AT_ONCE_MAX: usize = 64 << 10;

const TEXTS: [&str; 2] = ["application/json", "image/svg+xml"];

const OFFERED: [Encoding; 3] = [
    Encoding::Known(ContentEncoding::Gzip),
    Encoding::Known(ContentEncoding::Deflate),
    Encoding::Known(ContentEncoding::Identity),
];
