//! `TraceService/Export`, and those of logs and metrics: OTLP over gRPC.
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
use crate::wire::otlp_answer::{self, OtlpFormat, Signal};

pub(super) const SIGNALS: [(&str, Signal); 3] = [
    (
        "opentelemetry.proto.collector.trace.v1.TraceService",
        Signal::Traces,
    ),
    (
        "opentelemetry.proto.collector.logs.v1.LogsService",
        Signal::Logs,
    ),
    (
        "opentelemetry.proto.collector.metrics.v1.MetricsService",
        Signal::Metrics,
    ),
];

pub(super) fn service(signal: Signal, ingest: web::Data<Ingest>) -> Service {
    Arc::new(move |request| {
        let ingest = web::Data::clone(&ingest);
        Box::pin(async move {
            match names(&request).1 {
                "Export" => {
                    let agent = message::user_agent(&request);
                    let opened = message::open(request).await;
                    export(&ingest, signal, &agent, opened).await
                }
                _ => unknown(&request),
            }
        })
    })
}

async fn export(
    ingest: &Ingest,
    signal: Signal,
    agent: &Bytes,
    opened: Result<Arriving<Chunks<Incoming>>, Failure>,
) -> Response<Body> {
    match ingest::otlp::take_message(ingest, signal, agent, opened).await {
        Ok(taken) => message::answer(&otlp_answer::success(
            OtlpFormat::Protobuf,
            signal,
            &taken.refused,
            taken.texts_repaired,
        )),
        Err(failure) => status::failed(&failure),
    }
}
