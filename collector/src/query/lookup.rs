//! `GET /api/hopline/lookup?q=…`: whoever holds an id gets the traces it stands for. The text is
//! read as a trace id in every known form, and as the exact value of a correlation key. Never by
//! a part of a value: a wrong trace is worse than none.
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::json;
use storage::query::{TimeRange, TraceQuery};
use storage::semconv;
use storage::span::Span;
use storage::store::{Store, StoreError};
use storage::tags;
use storage::trace::Trace;

use super::Queries;
use super::hopline::range_json;
use super::id_text::{self, Reading};
use super::params::Params;
use crate::failure::Failure;

pub async fn lookup(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    queries
        .lookup(&request)
        .await
        .unwrap_or_else(|failure| failure.as_json())
}

/// A trace that the text stands for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Match {
    trace_id: String,
    span_id: Option<String>,
    /// Which reading of the text matched.
    read_as: &'static str,
    /// The tag that carries the value.
    key: Option<String>,
    service: Option<String>,
    operation: Option<String>,
    start_time_unix_nano: Option<String>,
    duration_nano: Option<u64>,
    error: bool,
}

impl Queries {
    async fn lookup(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let params = Params::read(request.query_string())?;
        let asked = params
            .some("q")
            .map(str::trim)
            .filter(|text| !text.is_empty());
        let asked = asked.ok_or_else(|| {
            Failure::bad_request("q is missing")
                .with_hint("?q= takes a trace id, a traceparent, or the value of a correlation id")
        })?;
        if asked.len() > VALUE_BYTES_MAX {
            let text = format!("q is longer than {VALUE_BYTES_MAX} bytes");
            return Err(Failure::bad_request(text));
        }
        let (store, keys) = (
            Arc::clone(&self.store),
            self.settings.correlation_keys.clone(),
        );
        let (query, text) = (asked.to_owned(), asked.to_owned());
        let (matches, truncated) = self
            .run(async move { matches(store.as_ref(), &keys, &query).await })
            .await?;
        let range = TimeRange {
            from_ms: 0,
            to_ms: self.clock.now_ms(),
        };
        Ok(HttpResponse::Ok().json(json!({
            "query": text,
            "searched": range_json(range),
            "truncated": truncated,
            "matches": matches,
        })))
    }
}

async fn matches(
    store: &dyn Store,
    keys: &[String],
    query: &str,
) -> Result<(Vec<Match>, bool), StoreError> {
    let mut matches = Vec::new();
    for reading in id_text::trace_ids(query) {
        if let Some(trace) = store.traces(&[reading.trace_id]).await?.first() {
            matches.push(by_id(trace, &reading));
        }
    }
    // As it was pasted, and without what was copied along.
    let stripped = id_text::stripped(query);
    let mut values = vec![query];
    if stripped != query && !stripped.is_empty() {
        values.push(stripped);
    }
    let any_tag: Vec<(String, String)> = values
        .iter()
        .flat_map(|value| keys.iter().flat_map(|key| tags_of(key, value)))
        .collect();
    let question = TraceQuery {
        any_tag: any_tag.clone(),
        ..TraceQuery::all(TimeRange::ALL, MATCHES_MAX)
    };
    let found = store.find(&question).await?;
    let full = found.traces.len() == MATCHES_MAX;
    matches.extend(
        found
            .traces
            .iter()
            .filter_map(|trace| by_value(trace, &any_tag)),
    );
    Ok((matches, found.truncated || full))
}

/// OpenTelemetry records headers as lists: `["abc"]` in one line.
fn tags_of(key: &str, value: &str) -> Vec<(String, String)> {
    let mut tags = vec![(key.to_owned(), value.to_owned())];
    if key.contains(".header.") {
        tags.push((key.to_owned(), json!([value]).to_string()));
    }
    tags
}

fn by_id(trace: &Trace, reading: &Reading) -> Match {
    let span = reading
        .span_id
        .and_then(|id| trace.spans.iter().find(|span| span.span_id == id))
        .or_else(|| root(trace));
    Match {
        span_id: reading.span_id.map(|id| id.to_string()),
        ..described(trace, span, reading.read_as)
    }
}

fn by_value(trace: &Trace, any_tag: &[(String, String)]) -> Option<Match> {
    // A log stands for its span.
    let (carrier, key) = trace.spans.iter().chain(&trace.logs).find_map(|span| {
        let carried = any_tag
            .iter()
            .find(|(key, value)| tags::contains(span, key, Some(value)))?;
        Some((span, carried.0.clone()))
    })?;
    let of_log = |span: &&Span| carrier.is_log() && span.span_id == carrier.span_id;
    let span = trace.spans.iter().find(of_log).unwrap_or(carrier);
    Some(Match {
        span_id: Some(span.span_id.to_string()),
        key: Some(key),
        ..described(trace, Some(span), "correlation id")
    })
}

/// The trace, in the words of one of its spans.
fn described(trace: &Trace, span: Option<&Span>, read_as: &'static str) -> Match {
    let start = trace.spans.iter().filter_map(|span| span.start).min();
    let end = trace.spans.iter().filter_map(Span::end).max();
    Match {
        trace_id: trace.id.to_string(),
        span_id: None,
        read_as,
        key: None,
        service: span.and_then(Span::service).map(str::to_owned),
        operation: span.and_then(|span| span.name.as_deref().map(str::to_owned)),
        start_time_unix_nano: start.map(|nanos| nanos.to_string()),
        duration_nano: start.zip(end).map(|(start, end)| end - start),
        error: trace.spans.iter().any(semconv::failed),
    }
}

fn root(trace: &Trace) -> Option<&Span> {
    trace
        .spans
        .iter()
        .find(|span| span.parent_id.is_none())
        .or_else(|| trace.spans.first())
}

const MATCHES_MAX: usize = 20;
/// The longest value that is looked up.
const VALUE_BYTES_MAX: usize = 1024;
