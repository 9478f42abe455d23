//! Why a trace is slow: `GET /api/hopline/traces/{id}/why`.
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Queries;
use super::across;
use super::hopline::{asked, not_there};
use super::params::Params;
use super::peers;
use super::place::File;
use crate::failure::Failure;
use crate::hops::CallTree;
use crate::hops::why::{self, json, text};

pub async fn why(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    queries
        .why(&request, None)
        .await
        .unwrap_or_else(|failure| failure.as_json())
}

impl Queries {
    pub(super) async fn why(
        &self,
        request: &HttpRequest,
        file: Option<File>,
    ) -> Result<HttpResponse, Failure> {
        let params = Params::read(request.query_string())?;
        let (id, skew) = asked(request, &params)?;
        let as_text = match params.some("format") {
            None | Some("json") => false,
            Some("text") => true,
            Some(_) => return Err(Failure::bad_request("format is json or text")),
        };
        let way = self.way(file);
        let found = self
            .run(async move {
                let place = match way.open().await? {
                    Ok(place) => place,
                    Err(failure) => return Ok(Err(failure)),
                };
                let Some((trace, across)) = across::Reader::of(&place).read(id).await? else {
                    return Ok(Err(not_there(&place, id)));
                };
                let mut tree = CallTree::build_across(&trace, skew, &across);
                if let Some(store) = place.peers() {
                    peers::compare(&mut tree, &*store).await;
                }
                let found = why::why(&tree);
                Ok(Ok(if as_text {
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
            .body(found?))
    }
}
