//! Lookup: whoever holds an id gets the traces it stands for ([docs/lookup.md]). The text is read in
//! every known form (`pasted`) and as the exact value of a correlation key. Never by a part of a
//! value: a wrong trace is worse than none.
//!
//! [docs/lookup.md]: ../../../../docs/lookup.md
mod batch;
mod find;

use std::sync::Arc;

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use percent_encoding::percent_decode_str;
use serde_json::json;
use storage::query::TimeRange;

use super::Queries;
use super::hopline::range_json;
use super::params::Params;
use super::pasted::{FORMS, TEXT_BYTES_MAX};
use crate::config::{BasePath, escaped};
use crate::failure::{Failure, FailureKind};
use crate::mount;
use find::{Finder, Found};

/// `GET /api/hopline/lookup?q=…`.
pub async fn lookup(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    queries
        .lookup(&request)
        .await
        .unwrap_or_else(|failure| failure.as_json())
}

/// `POST /api/hopline/lookup`: many at once.
pub async fn lookup_many(payload: web::Payload, queries: web::Data<Queries>) -> HttpResponse {
    match batch::read(payload).await {
        Ok(texts) => queries.lookup_many(texts).await,
        Err(failure) => Err(failure),
    }
    .unwrap_or_else(|failure| failure.as_json())
}

/// `GET /c/{value}`: to the one trace, or to the list. `base` is there if the window is.
pub async fn redirect(
    request: HttpRequest,
    queries: web::Data<Queries>,
    base: Option<web::Data<BasePath>>,
) -> HttpResponse {
    queries
        .redirect(&request, base.as_ref().map(|base| &***base))
        .await
        .unwrap_or_else(|failure| failure.as_plain())
}

impl Queries {
    async fn lookup(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let params = Params::read(request.query_string())?;
        let asked = params.some("q").map(str::trim);
        let asked = asked.filter(|text| !text.is_empty()).ok_or_else(|| {
            Failure::bad_request("q is missing").with_hint(format!(
                "?q= takes an id, the value of a correlation id, a header or a line of a log; {FORMS}"
            ))
        })?;
        let found = self.look_up(asked).await?;
        let mut answer = found.to_json(asked);
        answer["searched"] = range_json(self.searched());
        Ok(HttpResponse::Ok().json(answer))
    }

    async fn look_up(&self, text: &str) -> Result<Found, Failure> {
        if text.len() > TEXT_BYTES_MAX {
            let text = format!("q is longer than {TEXT_BYTES_MAX} bytes");
            return Err(Failure::new(FailureKind::TooLarge, text)
                .with_hint("paste the lines around the id only"));
        }
        let (finder, text) = (self.finder(), text.to_owned());
        self.run(async move { finder.find(&text).await }).await
    }

    async fn lookup_many(&self, texts: Vec<String>) -> Result<HttpResponse, Failure> {
        let finder = self.finder();
        let answers = self
            .run(async move { batch::find(&finder, texts).await })
            .await?;
        Ok(HttpResponse::Ok()
            .json(json!({"searched": range_json(self.searched()), "answers": answers})))
    }

    async fn redirect(
        &self,
        request: &HttpRequest,
        base: Option<&BasePath>,
    ) -> Result<HttpResponse, Failure> {
        // As it was asked: what is decoded for routes keeps some signs as they are.
        let value = request.uri().path().strip_prefix("/c/").unwrap_or_default();
        let value = percent_decode_str(value)
            .decode_utf8()
            .map_err(|_| Failure::bad_request("the value is not UTF-8 once it is unescaped"))?;
        let value = value.trim();
        if value.is_empty() {
            return Err(Failure::bad_request("the value is missing: GET /c/{value}"));
        }
        let found = self.look_up(value).await?;
        let base = base.map(|base| mount::page_base(base, request));
        let to = match (found.only(), base) {
            (Some(only), Some(base)) => {
                let span = only.span_id.as_ref();
                let span = span.map_or(String::new(), |id| format!("?span={id}"));
                format!("{base}/traces/{}{span}", only.trace_id)
            }
            (None, Some(base)) => format!("{base}/lookup?q={}", escaped(value)),
            (Some(only), None) => format!("/api/hopline/traces/{}", only.trace_id),
            (None, None) => format!("/api/hopline/lookup?q={}", escaped(value)),
        };
        Ok(HttpResponse::Found()
            .insert_header((LOCATION, to))
            .insert_header(("cache-control", "no-store"))
            .finish())
    }

    fn finder(&self) -> Finder {
        Finder {
            store: Arc::clone(&self.store),
            keys: self.settings.correlation_keys.clone(),
        }
    }

    /// Everything that is kept.
    fn searched(&self) -> TimeRange {
        TimeRange {
            from_ms: 0,
            to_ms: self.clock.now_ms(),
        }
    }
}
