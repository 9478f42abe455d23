//! gRPC's health service (`grpc.health.v1.Health`): what `/health` says, for probes that speak gRPC.
use std::pin::Pin;
use std::time::Duration;

use actix_web::web;
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::{self, HealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use super::{Service, generated};
use crate::health::Vitals;

const NAME: &str = "grpc.health.v1.Health";

/// `known` are the services whose health can be asked; that of the whole server has no name.
pub(super) fn service(
    vitals: &web::Data<Vitals>,
    known: &[&'static str],
) -> (&'static str, Service) {
    let health = Health {
        vitals: web::Data::clone(vitals),
        known: known.to_vec(),
    };
    let server = HealthServer::new(health).max_decoding_message_size(QUESTION_BYTES_MAX);
    (NAME, generated(server))
}

struct Health {
    vitals: web::Data<Vitals>,
    known: Vec<&'static str>,
}

impl Health {
    fn knows(&self, request: &Request<HealthCheckRequest>) -> bool {
        let service = request.get_ref().service.as_str();
        service.is_empty() || self.known.contains(&service)
    }
}

#[tonic::async_trait]
impl health_server::Health for Health {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        if !self.knows(&request) {
            return Err(Status::not_found("there is no such service"));
        }
        Ok(Response::new(answer(status(&self.vitals).await)))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let (tell, told) = mpsc::channel(1);
        let known = self.knows(&request);
        let vitals = web::Data::clone(&self.vitals);
        // Ends when the client has gone.
        tokio::spawn(async move {
            let mut last = None;
            while !tell.is_closed() {
                let now = if known {
                    status(&vitals).await
                } else {
                    ServingStatus::ServiceUnknown
                };
                if last.replace(now) != Some(now) {
                    _ = tell.send(Ok(answer(now))).await;
                }
                _ = tokio::time::timeout(WATCH_PERIOD, tell.closed()).await;
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(told))))
    }
}

async fn status(vitals: &Vitals) -> ServingStatus {
    match vitals.check().await {
        Ok(()) => ServingStatus::Serving,
        Err(_) => ServingStatus::NotServing,
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse {
        status: status.into(),
    }
}

/// How often a watched state is looked at.
const WATCH_PERIOD: Duration = Duration::from_secs(2);
const QUESTION_BYTES_MAX: usize = 4 << 10;
