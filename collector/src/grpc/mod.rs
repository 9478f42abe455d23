//! gRPC: the table of its services, and what every call passes: the net below bugs and the count.
//!
//! tonic gives statuses, health and reflection. Spans are not read by its decoder, which sets aside
//! as many bytes as a client announces and inflates them before anyone is asked: the message of a
//! span service goes the way of an HTTP body (`ingest`), with the same limits, permits and pace.
mod health;
pub mod message;
mod otlp;
mod reflection;
mod status;
mod zipkin;
mod zipkin_proto;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::web;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tonic::body::Body;
use tonic::{Code, Status};

use crate::edge;
use crate::health::Vitals;
use crate::ingest::Ingest;
use crate::metrics::Counter;

/// The services of a door.
pub struct Grpc {
    services: Vec<(&'static str, Service)>,
    vitals: web::Data<Vitals>,
    door: &'static str,
}

/// What answers the calls of one service.
type Service = Arc<dyn Fn(Request<Incoming>) -> Answer + Send + Sync>;
type Answer = Pin<Box<dyn Future<Output = Response<Body>>>>;

impl Grpc {
    /// With `zipkin`, Zipkin's service is among them.
    ///
    /// # Errors
    /// When the descriptions of the services, which are compiled in, cannot be read.
    pub fn new(
        ingest: web::Data<Ingest>,
        vitals: web::Data<Vitals>,
        door: &'static str,
        zipkin: bool,
    ) -> std::io::Result<Self> {
        let mut services: Vec<(&'static str, Service)> = otlp::SIGNALS
            .into_iter()
            .map(|(name, signal)| (name, otlp::service(signal, web::Data::clone(&ingest))))
            .collect();
        if zipkin {
            services.push((zipkin::NAME, zipkin::service(ingest)));
        }
        let names: Vec<&str> = services.iter().map(|(name, _)| *name).collect();
        services.push(health::service(&vitals, &names));
        services.extend(reflection::services(&names).map_err(std::io::Error::other)?);
        Ok(Self {
            services,
            vitals,
            door,
        })
    }

    /// Answers one request of a connection that speaks HTTP/2.
    pub async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        if !is_grpc(&request) {
            return not_grpc();
        }
        let named = names(&request).0;
        let Some((name, service)) = self.services.iter().find(|(name, _)| *name == named) else {
            self.count("unknown", Code::Unimplemented);
            return unknown(&request);
        };
        let response = edge::caught(service(request)).await;
        let response = response.unwrap_or_else(|panicked| {
            self.vitals.metrics.add(Counter::PanicsCaught, &[], 1);
            status::response(Status::internal(panicked.to_string()))
        });
        // An answer that streams or has a message says how it ended only after its head.
        let status = Status::from_header_map(response.headers());
        self.count(name, status.map_or(Code::Ok, |status| status.code()));
        response
    }

    fn count(&self, service: &str, code: Code) {
        let code = format!("{code:?}");
        let labels = [("service", service), ("door", self.door), ("code", &code)];
        self.vitals.metrics.add(Counter::GrpcRequests, &labels, 1);
    }
}

/// A service that tonic wrote.
fn generated<S>(service: S) -> Service
where
    S: tonic::codegen::Service<
            Request<Incoming>,
            Response = Response<Body>,
            Error = Infallible,
            Future: 'static,
        > + Clone
        + Send
        + Sync
        + 'static,
{
    Arc::new(move |request| {
        let answer = service.clone().call(request);
        Box::pin(async move {
            match answer.await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        })
    })
}

/// The service and the method of `/service/method`.
fn names<B>(request: &Request<B>) -> (&str, &str) {
    let path = request.uri().path();
    let names = path.strip_prefix('/').and_then(|path| path.split_once('/'));
    names.unwrap_or_default()
}

fn unknown<B>(request: &Request<B>) -> Response<Body> {
    let path = request.uri().path();
    let text = format!("nothing is at {path}; reflection lists the services");
    status::response(Status::unimplemented(text))
}

/// `application/grpc`, perhaps with `+proto` or parameters; not grpc-web, not gRPC over JSON.
fn is_grpc<B>(request: &Request<B>) -> bool {
    let kind = request.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    request.method() == Method::POST
        && ["application/grpc", "application/grpc+proto"]
            .iter()
            .any(|known| kind.eq_ignore_ascii_case(known))
}

fn not_grpc() -> Response<Body> {
    let text = "over HTTP/2 this door speaks gRPC only (POST, application/grpc): use HTTP/1.1";
    let mut response = Response::new(Body::new(text.to_owned()));
    *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
