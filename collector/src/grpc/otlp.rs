//! `TraceService/Export`: OTLP over gRPC.
use std::sync::Arc;

use actix_web::web;
use bytes::Bytes;
use hyper::Response;
use hyper::body::Incoming;
use tonic::body::Body;

use super::message::{self, Chunks};
use super::{Service, names, status, unknown};
use crate::failure::Failure;
use crate::ingest::{self, Arriving, Ingest};
use crate::wire::otlp_answer::{self, OtlpFormat};

pub(super) const NAME: &str = "opentelemetry.proto.collector.trace.v1.TraceService";

pub(super) fn service(ingest: web::Data<Ingest>) -> Service {
    Arc::new(move |request| {
        let ingest = web::Data::clone(&ingest);
        Box::pin(async move {
            match names(&request).1 {
                "Export" => {
                    let agent = message::user_agent(&request);
                    export(&ingest, &agent, message::open(request).await).await
                }
                _ => unknown(&request),
            }
        })
    })
}

async fn export(
    ingest: &Ingest,
    agent: &Bytes,
    opened: Result<Arriving<Chunks<Incoming>>, Failure>,
) -> Response<Body> {
    match ingest::otlp::take_message(ingest, agent, opened).await {
        Ok(taken) => message::answer(&otlp_answer::success(
            OtlpFormat::Protobuf,
            &taken.refused,
            taken.texts_repaired,
        )),
        Err(failure) => status::failed(&failure),
    }
}
