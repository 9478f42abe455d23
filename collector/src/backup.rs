//! `POST /api/hopline/backup`: a copy of the data folder while the server runs. Only for someone on
//! this machine: the copy is written where they say, with the rights of the server.
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use storage::store::StoreError;

use crate::failure::{Failure, FailureKind};
use crate::health::Vitals;
use crate::mount;

#[derive(Deserialize)]
pub struct Question {
    folder: std::path::PathBuf,
}

/// Answers when the copy is complete.
pub async fn post_backup(
    request: HttpRequest,
    question: Option<web::Query<Question>>,
    vitals: web::Data<Vitals>,
) -> HttpResponse {
    match back_up(&request, question, &vitals).await {
        Ok(answer) => answer,
        Err(failure) => failure.as_json(),
    }
}

async fn back_up(
    request: &HttpRequest,
    question: Option<web::Query<Question>>,
    vitals: &Vitals,
) -> Result<HttpResponse, Failure> {
    if !is_from_here(request) {
        return Err(Failure::bad_request(
            "backups are made from the machine of the server only, by no browser and no proxy",
        )
        .with_hint("run `hopline backup DIR` there"));
    }
    let Some(question) = question.filter(|question| question.folder.is_absolute()) else {
        let text = "the parameter `folder` must be an absolute path";
        return Err(Failure::bad_request(text));
    };
    let copied = vitals.store.backup(&question.folder).await;
    copied.map_err(|error| match error {
        StoreError::Open(text) => Failure::new(FailureKind::BadRequest, text),
        error => error.into(),
    })?;
    Ok(HttpResponse::Ok().json(json!({"folder": question.folder})))
}

/// A browser on this machine may be led here by any page, and a proxy by anyone.
fn is_from_here(request: &HttpRequest) -> bool {
    let is_loopback = request
        .peer_addr()
        .is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    let led = [
        header::ORIGIN,
        header::REFERER,
        header::FORWARDED,
        header::VIA,
        header::HeaderName::from_static("sec-fetch-site"),
        header::HeaderName::from_static("x-forwarded-for"),
    ];
    is_loopback
        && !mount::was_unmounted(request)
        && led.iter().all(|name| !request.headers().contains_key(name))
}
