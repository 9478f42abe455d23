//! `SpanService/Report`: Zipkin's own gRPC, on Zipkin's own port.
use std::sync::Arc;

use actix_web::web;
use bytes::Bytes;
use hyper::Response;
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use tonic::body::Body;

use super::message::{self, Chunks};
use super::{Service, names, status, unknown};
use crate::failure::Failure;
use crate::ingest::zipkin::{REFUSED_HEADER, refused_text, take_message};
use crate::ingest::{Arriving, Ingest};

pub(super) const NAME: &str = "zipkin.proto3.SpanService";

pub(super) fn service(ingest: web::Data<Ingest>) -> Service {
    Arc::new(move |request| {
        let ingest = web::Data::clone(&ingest);
        Box::pin(async move {
            match names(&request).1 {
                "Report" => {
                    let agent = message::user_agent(&request);
                    report(&ingest, &agent, message::open(request).await).await
                }
                _ => unknown(&request),
            }
        })
    })
}

/// The answer, `ReportResponse`, has no fields; what was refused stands in the same header as over
/// HTTP.
async fn report(
    ingest: &Ingest,
    agent: &Bytes,
    opened: Result<Arriving<Chunks<Incoming>>, Failure>,
) -> Response<Body> {
    let refused = match take_message(ingest, agent, opened).await {
        Ok(refused) => refused,
        Err(failure) => return status::failed(&failure),
    };
    let mut response = message::answer(b"");
    if let Some(Ok(text)) = refused_text(&refused).map(HeaderValue::try_from) {
        let name = HeaderName::from_static(REFUSED_HEADER);
        response.headers_mut().insert(name, text);
    }
    response
}
