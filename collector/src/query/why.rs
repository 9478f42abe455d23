//! Why a trace is slow: `GET /api/hopline/traces/{id}/why`.
use std::sync::Arc;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Queries;
use super::across;
use super::hopline::{asked, not_kept};
use super::params::Params;
use super::peers;
use crate::failure::Failure;
use crate::hops::CallTree;
use crate::hops::why::{self, json, text};

pub async fn why(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    queries
        .why(&request)
        .await
        .unwrap_or_else(|failure| failure.as_json())
}

impl Queries {
    async fn why(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let params = Params::read(request.query_string())?;
        let (id, skew) = asked(request, &params)?;
        let as_text = match params.some("format") {
            None | Some("json") => false,
            Some("text") => true,
            Some(_) => return Err(Failure::bad_request("format is json or text")),
        };
        let store = Arc::clone(&self.store);
        let (is_loose, search) = (!self.settings.strict_trace_id, self.settings.search);
        let found = self
            .run(async move {
                let reader = across::Reader {
                    store: store.as_ref(),
                    is_loose,
                    search,
                };
                let Some((trace, across)) = reader.read(id).await? else {
                    return Ok(None);
                };
                let mut tree = CallTree::build_across(&trace, skew, &across);
                peers::compare(&mut tree, &*store).await;
                let found = why::why(&tree);
                Ok(Some(if as_text {
                    text::answer(&tree, &found).into_bytes()
                } else {
                    json::answer(&tree, &found)
                }))
            })
            .await?;
        let content_type = if as_text {
            "text/plain; charset=utf-8"
        } else {
            "application/json"
        };
        Ok(HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, content_type))
            .body(found.ok_or_else(|| not_kept(id))?))
    }
}
