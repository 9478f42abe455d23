//! Spans of a trace that was told without them: `GET /api/hopline/traces/{id}/spans/{span}` is one of them,
//! `GET /api/hopline/traces/{id}/spans?contains=` are the places of those that hold a text.
use std::sync::Arc;

use actix_web::http::header::{CONTENT_TYPE, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use storage::id::TraceId;
use storage::span::{Span, Value};
use storage::trace::Trace;

use super::hopline::{Form, asked, not_kept, write_spans};
use super::log_links::span_id;
use super::params::Params;
use super::{Queries, told};
use crate::failure::{Failure, FailureKind};
use crate::hops::CallTree;
use crate::hops::json::some_spans;

pub async fn one(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    queries
        .span(&request)
        .await
        .unwrap_or_else(|failure| failure.as_json())
}

pub async fn with_text(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    queries
        .spans_with_text(&request)
        .await
        .unwrap_or_else(|failure| failure.as_json())
}

impl Queries {
    /// Both halves of a call may have one id: all spans that have it are told.
    async fn span(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let params = Params::read(request.query_string())?;
        let (id, skew) = asked(request, &params)?;
        let wanted = span_id(request.match_info().query("span"))?;
        let form = Form::read(request, &params)?;
        if form == Form::Text {
            return Err(Failure::bad_request("format is json, otlp or zipkin"));
        }
        let answer = move |mut trace: Trace| {
            let all = trace.spans.iter().enumerate();
            let found = all.filter(|(_, span)| span.span_id == wanted);
            let positions: Vec<usize> = found.map(|(position, _)| position).collect();
            if positions.is_empty() {
                return None;
            }
            if matches!(form, Form::Json(..)) {
                return Some(some_spans(&CallTree::build(&trace, skew), &positions));
            }
            trace.spans.retain(|span| span.span_id == wanted);
            let mut out = Vec::new();
            // Nobody takes anything, so nobody can go.
            let _ = write_spans(&trace, form, &mut out, &mut |_| Ok(()));
            Some(out)
        };
        let body = self.of_trace(id, answer).await?.ok_or_else(|| {
            let text = format!("the trace {id} has no span {wanted}");
            Failure::new(FailureKind::NotFound, text)
        })?;
        let mut response = HttpResponse::Ok();
        response.insert_header((CONTENT_TYPE, form.content_type()));
        if matches!(form, Form::Otlp(_)) {
            response.insert_header((VARY, "accept"));
        }
        Ok(response.body(body))
    }

    async fn spans_with_text(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let params = Params::read(request.query_string())?;
        let (id, _) = asked(request, &params)?;
        let text = params.some("contains").map(str::to_lowercase);
        let text = text.filter(|text| !text.trim().is_empty());
        let text = text.ok_or_else(|| {
            Failure::bad_request("contains is missing").with_hint("it is the text to look for")
        })?;
        let found = move |trace: Trace| {
            let mut buffer = String::new();
            let positions = trace
                .spans
                .iter()
                .enumerate()
                .filter_map(|(position, span)| {
                    buffer.clear();
                    put_words(&mut buffer, span);
                    buffer
                        .to_lowercase()
                        .contains(text.trim())
                        .then_some(position)
                });
            json!({
                "traceId": trace.id.to_string(),
                "spanCount": trace.spans.len(),
                "positions": positions.collect::<Vec<_>>(),
            })
        };
        Ok(HttpResponse::Ok().json(self.of_trace(id, found).await?))
    }

    async fn of_trace<T: Send + 'static>(
        &self,
        id: TraceId,
        answer: impl FnOnce(Trace) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let store = Arc::clone(&self.store);
        let told = self.run(async move {
            let traces = told::traces(&*store, &[id]).await?;
            Ok(traces.into_iter().next().map(answer))
        });
        told.await?.ok_or_else(|| not_kept(id))
    }
}

/// What of a span can be found: as much as the page shows of it.
fn put_words(words: &mut String, span: &Span) {
    let mut put = |text: &str| {
        words.push_str(text);
        words.push('\n');
    };
    put(&span.span_id.to_string());
    for text in [
        span.service(),
        span.name.as_deref(),
        Some(&*span.status.message),
    ] {
        put(text.unwrap_or_default());
    }
    for attribute in &span.attributes {
        put(&attribute.key);
        match &attribute.value {
            Value::String(text) => put(text),
            value => put(&value.to_json().to_string()),
        }
    }
    for event in &span.events {
        put(&event.name);
    }
}
