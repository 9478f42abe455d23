//! Hopline's own API, described for programs: OpenAPI 3.1. A test holds it to every answer.
use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;

const DESCRIPTION: &str = include_str!("../../docs/openapi.json");

/// `GET /api/hopline/openapi.json`.
pub async fn openapi() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(DESCRIPTION)
}
