//! A service of the shop: /orders asks the services in NEXT, /stock asks a database.
use std::{env, error::Error, time::Duration};

use actix_web::error::ErrorBadGateway;
use actix_web::{App, HttpRequest, HttpServer, Responder, get};
use opentelemetry::trace::{TracerProvider as _, get_active_span};
use opentelemetry::{KeyValue, global};
use opentelemetry_instrumentation_actix_web::{ClientExt, RequestTracing};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Instrument;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Its name is OTEL_SERVICE_NAME, and it sends to OTEL_EXPORTER_OTLP_ENDPOINT.
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .build()?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .build();
    global::set_tracer_provider(provider.clone());
    global::set_text_map_propagator(TraceContextPropagator::new());
    // The spans of `tracing` become spans of the same trace.
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("shop"));
    tracing_subscriber::registry().with(spans).init();

    let port = env::var("PORT")?.parse()?;
    // RequestTracing: a span for each request that comes in.
    HttpServer::new(|| {
        App::new()
            .wrap(RequestTracing::new())
            .service(orders)
            .service(stock)
    })
    .workers(1)
    .bind(("127.0.0.1", port))?
    .run()
    .await?;
    provider.shutdown()?; // sends what is still held
    Ok(())
}

#[get("/orders")]
async fn orders(request: HttpRequest) -> actix_web::Result<impl Responder> {
    let request_id = keep_request_id(&request);
    for url in env::var("NEXT").unwrap_or_default().split_whitespace() {
        let next = awc::Client::default()
            .get(url)
            .insert_header(("X-Request-ID", request_id.clone()));
        // trace_request: a span for what goes out, and the trace in its headers.
        next.trace_request()
            .send()
            .await
            .map_err(|error| ErrorBadGateway(error.to_string()))?;
    }
    Ok(r#"{"ordered": true}"#)
}

#[get("/stock")]
async fn stock(request: HttpRequest) -> impl Responder {
    keep_request_id(&request);
    let query = tracing::info_span!(
        "SELECT stock",
        otel.kind = "client",
        db.system.name = "postgresql"
    );
    // Where the database would be.
    actix_web::rt::time::sleep(Duration::from_millis(20))
        .instrument(query)
        .await;
    r#"{"left": 3}"#
}

fn keep_request_id(request: &HttpRequest) -> String {
    let header = request
        .headers()
        .get("X-Request-ID")
        .and_then(|value| value.to_str().ok());
    let request_id = header.unwrap_or_default().to_owned();
    get_active_span(|span| span.set_attribute(KeyValue::new("x-request-id", request_id.clone())));
    request_id
}
