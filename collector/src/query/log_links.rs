//! `GET /api/hopline/traces/{id}/logs?span=`: where the logs of a span are, as `--log-links` says. The
//! server fills the templates: a page that shows what it is given cannot forget to encode it.
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use storage::id::SpanId;
use storage::span::Span;
use storage::tags;
use storage::trace::Trace;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Queries;
use super::hopline::{id_in_path, not_kept};
use super::params::Params;
use crate::config::Blank;
use crate::failure::{Failure, FailureKind};

pub async fn logs(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    queries
        .log_links(&request)
        .await
        .unwrap_or_else(|failure| failure.as_json())
}

/// Clocks differ, and what is logged of a request is logged around it.
const AROUND_MS: u64 = 60_000;

impl Queries {
    async fn log_links(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let params = Params::read(request.query_string())?;
        let id = id_in_path(request)?;
        let asked = params.some("span").map(span_id).transpose()?;
        if let Some(span) = asked.filter(|_| self.settings.log_links.is_empty()) {
            // The window asks for each span that somebody looks at: no trace is read for nothing.
            let span = span.to_string();
            return Ok(HttpResponse::Ok()
                .json(json!({"traceId": id.to_string(), "spanId": span, "links": []})));
        }
        let store = Arc::clone(&self.store);
        let traces = self.run(async move { store.traces(&[id]).await }).await?;
        let trace = traces.first().ok_or_else(|| not_kept(id))?;
        let span = match asked {
            Some(id) => trace.spans.iter().find(|span| span.span_id == id),
            None => (trace.spans.iter())
                .find(|span| span.parent_id.is_none())
                .or_else(|| trace.spans.first()),
        };
        let span = span.ok_or_else(|| {
            let text = format!("the trace {id} has no such span");
            Failure::new(FailureKind::NotFound, text)
        })?;
        let links = self.settings.log_links.iter().filter_map(|link| {
            let url = link.address(|blank| value(blank, trace, span))?;
            Some(json!({"name": link.name, "url": url}))
        });
        Ok(HttpResponse::Ok().json(json!({
            "traceId": trace.id.to_string(),
            "spanId": span.span_id.to_string(),
            "links": links.collect::<Vec<_>>(),
        })))
    }
}

pub(super) fn span_id(text: &str) -> Result<SpanId, Failure> {
    SpanId::from_hex(text).ok_or_else(|| {
        Failure::bad_request(format!("{text} is not a span id"))
            .with_hint("a span id has 1 to 16 hex digits of either case")
    })
}

/// What a span says, or for a span without times its trace.
fn value(blank: &Blank, trace: &Trace, span: &Span) -> Option<String> {
    let start = || {
        let start = span.start.or_else(|| trace.timestamp())?;
        Some((start / 1_000_000).saturating_sub(AROUND_MS))
    };
    let end = || {
        let end = span
            .end()
            .or_else(|| trace.spans.iter().filter_map(Span::end).max())?;
        Some(end.div_ceil(1_000_000).saturating_add(AROUND_MS))
    };
    match blank {
        Blank::TraceId => Some(trace.id.to_string()),
        Blank::SpanId => Some(span.span_id.to_string()),
        Blank::Service => span.service().map(str::to_owned),
        Blank::StartMs => start().map(|ms| ms.to_string()),
        Blank::EndMs => end().map(|ms| ms.to_string()),
        Blank::StartIso => start().and_then(iso),
        Blank::EndIso => end().and_then(iso),
        Blank::Tag(key) => {
            // Of a repeated key the last wins, as in Zipkin.
            let mut found = None;
            tags::visit(span, |own, value| {
                if own == key {
                    found = Some(value.into_owned());
                }
            });
            found
        }
    }
}

fn iso(ms: u64) -> Option<String> {
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).ok()?;
    moment.format(&Rfc3339).ok()
}
