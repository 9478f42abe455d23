//! `POST /api/hopline/view`: a file of spans is told as if it were kept, and nothing of it is: no store, no
//! sender and no counter of what comes in hears of it ([docs/view.md](../../docs/view.md)).
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use crate::failure::{Failure, FailureKind};
use crate::ingest::Ingest;
use crate::metrics::{Counter, Metrics};
use crate::query::Queries;
use crate::query::place::File;
use crate::query::viewed::Asked;
use crate::wire::SPANS_MAX;
use crate::wire::file::FORMS;

/// What a file may be: for a page that would rather not send one that is refused.
pub async fn limits(ingest: web::Data<Ingest>) -> HttpResponse {
    let limits = ingest.limits();
    HttpResponse::Ok().json(json!({
        "forms": FORMS,
        "bodyBytesMax": limits.body_max,
        "inflatedBytesMax": limits.body_inflated_max,
        "spansMax": SPANS_MAX,
    }))
}

/// The traces of a file.
pub async fn list(
    request: HttpRequest,
    payload: web::Payload,
    ingest: web::Data<Ingest>,
    queries: web::Data<Queries>,
) -> HttpResponse {
    answer(&request, payload, &ingest, &queries, Asked::List).await
}

/// One trace of a file: what `GET /api/hopline/traces/{id}` says of one that is kept.
pub async fn trace(
    request: HttpRequest,
    payload: web::Payload,
    ingest: web::Data<Ingest>,
    queries: web::Data<Queries>,
) -> HttpResponse {
    answer(&request, payload, &ingest, &queries, Asked::Trace).await
}

/// Why one trace of a file is slow.
pub async fn why(
    request: HttpRequest,
    payload: web::Payload,
    ingest: web::Data<Ingest>,
    queries: web::Data<Queries>,
) -> HttpResponse {
    answer(&request, payload, &ingest, &queries, Asked::Why).await
}

async fn answer(
    request: &HttpRequest,
    payload: web::Payload,
    ingest: &Ingest,
    queries: &Queries,
    asked: Asked,
) -> HttpResponse {
    let answered = match ingest.take_file(request, payload).await {
        Ok((bytes, permit)) => queries.view(request, File { bytes, permit }, asked).await,
        Err(failure) => {
            count(queries.metrics(), &failure);
            Err(failure)
        }
    };
    answered.unwrap_or_else(|failure| failure.as_json())
}

/// A file that did not come whole; what is wrong in one that did is counted where it is read.
fn count(metrics: &Metrics, failure: &Failure) {
    let outcome = match failure.kind {
        FailureKind::TooLarge => "too_large",
        FailureKind::RequestTimeout => "too_slow",
        FailureKind::UnsupportedType => "unknown_packing",
        FailureKind::Overloaded | FailureKind::Unavailable => "overloaded",
        _ => "broken_off",
    };
    let labels = [("format", "unknown"), ("outcome", outcome)];
    metrics.add(Counter::Views, &labels, 1);
}
