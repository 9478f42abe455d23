//! Zipkin's query API: `GET /api/v2/…`, byte for byte where a client can see it.
use std::sync::Arc;
use std::sync::atomic::Ordering;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Serialize;
use storage::dependency::Dependency;
use storage::query::NameQuery;

use super::Queries;
use super::answer::Body;
use super::params::{self, Params};
use super::told;
use crate::failure::{Failure, FailureKind};
use crate::wire::zipkin_json;

pub async fn services(queries: web::Data<Queries>) -> HttpResponse {
    let answer = queries.names(NameQuery::Services).await;
    if let Ok(names) = &answer {
        queries.services_seen.store(names.len(), Ordering::Relaxed);
    }
    names_answer(&queries, answer)
}

pub async fn span_names(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    let answer = queries
        .names_of(&request, |service| NameQuery::SpanNames { service })
        .await;
    names_answer(&queries, answer)
}

pub async fn remote_services(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    let answer = queries
        .names_of(&request, |service| NameQuery::RemoteServices { service })
        .await;
    names_answer(&queries, answer)
}

/// The configured keys, whether spans have them or not, as Zipkin does.
pub async fn autocomplete_keys(queries: web::Data<Queries>) -> HttpResponse {
    cached_json().body(text_of(&queries.settings.autocomplete_keys))
}

pub async fn autocomplete_values(
    request: HttpRequest,
    queries: web::Data<Queries>,
) -> HttpResponse {
    match queries.autocomplete_values(&request).await {
        Ok(values) if values.len() > UNCACHED_MAX => cached_json().body(text_of(&values)),
        Ok(values) => json().body(text_of(&values)),
        Err(failure) => failure.as_zipkin(),
    }
}

pub async fn traces(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    answered(queries.traces(&request).await)
}

pub async fn trace(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    answered(queries.trace(&request).await)
}

pub async fn trace_many(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    answered(queries.trace_many(&request).await)
}

pub async fn dependencies(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    answered(queries.dependencies(&request).await)
}

impl Queries {
    async fn names_of(
        &self,
        request: &HttpRequest,
        question: impl FnOnce(String) -> NameQuery,
    ) -> Result<Vec<String>, Failure> {
        let params = Params::read(request.query_string())?;
        let service = params.required("serviceName")?.to_lowercase();
        if service.is_empty() {
            return Ok(Vec::new());
        }
        self.names(question(service)).await
    }

    async fn autocomplete_values(&self, request: &HttpRequest) -> Result<Vec<String>, Failure> {
        let params = Params::read(request.query_string())?;
        let key = params.required("key")?.to_owned();
        if key.is_empty() {
            return Err(Failure::bad_request("key was empty"));
        }
        if !self.settings.autocomplete_keys.contains(&key) {
            return Ok(Vec::new());
        }
        self.names(NameQuery::TagValues { key }).await
    }

    async fn names(&self, question: NameQuery) -> Result<Vec<String>, Failure> {
        if !self.settings.search {
            return Ok(Vec::new());
        }
        let store = Arc::clone(&self.store);
        self.run(async move { store.names(&question).await }).await
    }

    async fn traces(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let params = Params::read(request.query_string())?;
        let question =
            params::zipkin_traces(&params, self.settings.lookback_ms, self.clock.now_ms())?;
        if !self.settings.search {
            return Ok(json().body("[]"));
        }
        let store = Arc::clone(&self.store);
        let (body, truncated) = self
            .run(async move {
                let found = told::find(&*store, &question).await?;
                // The client may have asked for more than one answer holds.
                let truncated = found.truncated || found.traces.len() >= params::TRACES_MAX;
                Ok((zipkin_json::encode_traces(&found.traces), truncated))
            })
            .await?;
        Ok(truncatable(truncated).body(body))
    }

    async fn trace(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let id = params::zipkin_trace_id(request.match_info().query("id").trim())?;
        let store = Arc::clone(&self.store);
        let found = self
            .run_with_permit(|permit| async move {
                let traces = told::traces(&*store, &[id]).await?;
                Ok(traces.into_iter().next().map(|trace| {
                    let truncated = trace.truncated;
                    let body = Body::of_trace(trace, permit, |trace, out, spill| {
                        zipkin_json::write_spans(out, &trace.spans, spill)
                    });
                    (body, truncated)
                }))
            })
            .await?;
        match found {
            Some((body, truncated)) => Ok(body.answer(&mut truncatable(truncated))),
            None => Err(Failure::new(
                FailureKind::NotFound,
                format!("{id} not found"),
            )),
        }
    }

    async fn trace_many(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let params = Params::read(request.query_string())?;
        let ids = params::zipkin_trace_ids(&params)?;
        let store = Arc::clone(&self.store);
        let (body, truncated) = self
            .run(async move {
                let traces = told::traces(&*store, &ids).await?;
                let truncated = traces.iter().any(|trace| trace.truncated);
                Ok((zipkin_json::encode_traces(&traces), truncated))
            })
            .await?;
        Ok(truncatable(truncated).body(body))
    }

    async fn dependencies(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let params = Params::read(request.query_string())?;
        let range = params::zipkin_dependencies(&params, self.settings.lookback_ms)?;
        let store = Arc::clone(&self.store);
        let found = self
            .run(async move { store.dependencies(range).await })
            .await?;
        let links: Vec<DependencyJson<'_>> = found.links.iter().map(DependencyJson::from).collect();
        Ok(truncatable(found.truncated).body(text_of(&links)))
    }
}

/// A dependency as Zipkin spells it: no errors are not worth a word.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DependencyJson<'a> {
    parent: &'a str,
    child: &'a str,
    call_count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_count: Option<u64>,
}

impl<'a> From<&'a Dependency> for DependencyJson<'a> {
    fn from(link: &'a Dependency) -> Self {
        Self {
            parent: &link.parent,
            child: &link.child,
            call_count: link.call_count,
            error_count: (link.error_count > 0).then_some(link.error_count),
        }
    }
}

/// Names may be cached by browsers once there are too many services to change often.
fn names_answer(queries: &Queries, names: Result<Vec<String>, Failure>) -> HttpResponse {
    let names = match names {
        Ok(names) => names,
        Err(failure) => return failure.as_zipkin(),
    };
    let many = queries.services_seen.load(Ordering::Relaxed) > UNCACHED_MAX;
    let mut response = if many { cached_json() } else { json() };
    response.body(text_of(&names))
}

fn answered(answer: Result<HttpResponse, Failure>) -> HttpResponse {
    answer.unwrap_or_else(|failure| failure.as_zipkin())
}

fn json() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, "application/json"));
    response
}

fn cached_json() -> HttpResponseBuilder {
    let mut response = json();
    response.insert_header((CACHE_CONTROL, "max-age=300, must-revalidate"));
    response
}

/// Zipkin's body has no room to say that something was left out; a header has.
fn truncatable(truncated: bool) -> HttpResponseBuilder {
    let mut response = json();
    if truncated {
        response.insert_header((HeaderName::from_static("x-hopline-truncated"), "true"));
    }
    response
}

fn text_of(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("names and numbers are always JSON")
}

/// Names may change often while there are not more than these.
const UNCACHED_MAX: usize = 3;
