//! How a failure is told to a gRPC client, by the rules of OTLP: what may help to send again says
//! when (`google.rpc.RetryInfo`), and what can never succeed has a code that nobody retries.
use hyper::Response;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use tonic::body::Body;
use tonic::{Code, Status};

use crate::failure::{Failure, FailureKind};
use crate::wire::otlp_answer;

/// The answer to a call that failed.
pub(super) fn failed(failure: &Failure) -> Response<Body> {
    let code = match failure.kind {
        // Of what a call is made of, only its packing can be unknown; gRPC has a rule for that.
        FailureKind::UnsupportedType => Code::Unimplemented,
        _ => Code::from(failure.grpc_code()),
    };
    let message = &failure.text[..failure.text.floor_char_boundary(MESSAGE_BYTES_MAX)];
    response(match failure.retry_after_seconds() {
        Some(seconds) => {
            let details = otlp_answer::status_with_retry(code as i32, message, seconds);
            Status::with_details(code, message, details.into())
        }
        None => Status::new(code, message),
    })
}

pub(super) fn response(status: Status) -> Response<Body> {
    let mut response = status.into_http();
    name_packings(response.headers_mut());
    response
}

/// Says how messages may be packed.
pub(super) fn name_packings(headers: &mut HeaderMap) {
    headers.insert(
        HeaderName::from_static("grpc-accept-encoding"),
        HeaderValue::from_static("identity,gzip,zstd,deflate"),
    );
}

/// Clients take no more than 8 KiB of headers, and each byte may need three there.
const MESSAGE_BYTES_MAX: usize = 1024;
