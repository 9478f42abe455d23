//! Our own API: a trace as a tree of calls or as the spans that it is, and a search that answers
//! summaries.
use std::sync::Arc;

use actix_web::http::header::{Accept, CONTENT_TYPE, Header as _, Quality, QualityItem, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use storage::id::TraceId;
use storage::query::TimeRange;
use storage::trace::Trace;

use super::Queries;
use super::across;
use super::answer::Body;
use super::params::{Params, TRACES_MAX};
use super::pasted;
use super::peers;
use super::place::{File, Place};
use super::search_params::{self, Order};
use super::told;
use crate::failure::{Failure, FailureKind};
use crate::hops::json::{self as tree_json, Shape, Spans};
use crate::hops::{self, Across, CallTree, Skew, Summary};
use crate::json_out::{Gone, Spill};
use crate::wire::otlp_answer::OtlpFormat;
use crate::wire::{otlp_write, zipkin_json};

pub async fn trace(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    queries
        .call_tree(&request, None)
        .await
        .unwrap_or_else(|failure| failure.as_json())
}

pub async fn search(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    queries
        .search(&request)
        .await
        .unwrap_or_else(|failure| failure.as_json())
}

/// A time range as our API spells it.
pub(super) fn range_json(range: TimeRange) -> Value {
    json!({"from": range.from_ms, "to": range.to_ms})
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json(Shape, Option<Spans>),
    Text,
    /// The spans, without the tree.
    Otlp(OtlpFormat),
    Zipkin,
}

impl Form {
    pub(super) fn read(request: &HttpRequest, params: &Params) -> Result<Self, Failure> {
        match params.some("format") {
            Some("text") => return Ok(Self::Text),
            Some("otlp") => return Ok(Self::Otlp(accepted(request))),
            Some("zipkin") => return Ok(Self::Zipkin),
            None | Some("json") => {}
            Some(_) => return Err(Failure::bad_request("format is json, text, otlp or zipkin")),
        }
        let spans = match params.some("spans") {
            None => None,
            Some("all") => Some(Spans::Included),
            Some("none") => Some(Spans::Omitted),
            Some(_) => return Err(Failure::bad_request("spans is all or none")),
        };
        let shape = match params.some("hops") {
            None | Some("list") => Shape::List,
            Some("columns") => Shape::Columns,
            Some("fitting") => Shape::Fitting,
            Some(_) => return Err(Failure::bad_request("hops is list, columns or fitting")),
        };
        Ok(Self::Json(shape, spans))
    }

    /// Does it tell of hops, and so of other traces?
    const fn is_tree(self) -> bool {
        matches!(self, Self::Json(..) | Self::Text)
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; charset=utf-8",
            Self::Json(..) | Self::Zipkin => "application/json",
            Self::Otlp(format) => format.content_type(),
        }
    }
}

/// JSON, unless the client would rather have protobuf: of what it likes best, the first counts.
fn accepted(request: &HttpRequest) -> OtlpFormat {
    let Ok(Accept(accepted)) = Accept::parse(request) else {
        return OtlpFormat::Json;
    };
    let mut best = (Quality::ZERO, OtlpFormat::Json);
    for QualityItem { item, quality } in &accepted {
        let format = match item.essence_str() {
            "application/x-protobuf" | "application/protobuf" => OtlpFormat::Protobuf,
            "application/json" | "application/*" | "*/*" => OtlpFormat::Json,
            _ => continue,
        };
        if *quality > best.0 {
            best = (*quality, format);
        }
    }
    best.1
}

/// The trace and the clock that are asked for.
pub(super) fn asked(request: &HttpRequest, params: &Params) -> Result<(TraceId, Skew), Failure> {
    let id = id_in_path(request)?;
    let skew = match params.some("skew") {
        None | Some("corrected") => Skew::Corrected,
        Some("raw") => Skew::Raw,
        Some(_) => return Err(Failure::bad_request("skew is corrected or raw")),
    };
    Ok((id, skew))
}

/// The trace that the address names, in any form that people paste.
pub(super) fn id_in_path(request: &HttpRequest) -> Result<TraceId, Failure> {
    let raw = request.match_info().query("id");
    pasted::trace_id(raw).ok_or_else(|| {
        Failure::bad_request(format!("{raw} is not a trace id")).with_hint(pasted::FORMS)
    })
}

pub(super) fn not_kept(id: TraceId) -> Failure {
    Failure::new(FailureKind::NotFound, format!("no trace {id} is kept"))
        .with_hint("it may be older than the retention, not sampled, or still under way")
}

/// The failure of a trace that is not in a place.
pub(super) fn not_there(place: &Place, id: TraceId) -> Failure {
    if place.file.is_none() {
        return not_kept(id);
    }
    Failure::new(FailureKind::NotFound, format!("the file has no trace {id}"))
        .with_hint("ask without an id for the list of its traces")
}

impl Queries {
    pub(super) async fn call_tree(
        &self,
        request: &HttpRequest,
        file: Option<File>,
    ) -> Result<HttpResponse, Failure> {
        let params = Params::read(request.query_string())?;
        let (id, skew) = asked(request, &params)?;
        let form = Form::read(request, &params)?;
        let way = self.way(file);
        let found = self
            .run_with_permit(|permit| async move {
                let place = match way.open().await? {
                    Ok(place) => place,
                    Err(failure) => return Ok(Err(failure)),
                };
                let read = if form.is_tree() {
                    across::Reader::of(&place).read(id).await?
                } else {
                    let traces = told::traces(&*place.store, &[id]).await?;
                    let first = traces.into_iter().next();
                    first.map(|trace| (trace, Across::default()))
                };
                let Some((trace, across)) = read else {
                    return Ok(Err(not_there(&place, id)));
                };
                let truncated = trace.truncated;
                let body = if form.is_tree() {
                    peers::body(
                        (trace, across),
                        skew,
                        place.peers(),
                        permit,
                        move |tree, out, spill| write_tree(tree, form, out, spill),
                    )
                    .await
                } else {
                    Body::of_trace(trace, permit, move |trace, out, spill| {
                        write_spans(trace, form, out, spill)
                    })
                };
                Ok(Ok((body, truncated)))
            })
            .await?;
        let (body, truncated) = found?;
        let mut response = HttpResponse::Ok();
        response.insert_header((CONTENT_TYPE, form.content_type()));
        if matches!(form, Form::Otlp(_)) {
            response.insert_header((VARY, "accept"));
        }
        // Spans alone have no room to say that some were left out.
        if truncated && matches!(form, Form::Otlp(_) | Form::Zipkin) {
            response.insert_header(("x-hopline-truncated", "true"));
        }
        Ok(body.answer(&mut response))
    }

    async fn search(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let params = Params::read(request.query_string())?;
        let mut question = search_params::question(&params, self.clock.now_ms(), 20)?;
        let range = question.range;
        let order = Order::read(&params)?;
        let limit = question.limit;
        if order != Order::Newest {
            question.limit = TRACES_MAX;
        }
        if !self.settings.search {
            let text = "searching is switched off (SEARCH_ENABLED=false)";
            return Err(Failure::new(FailureKind::NotFound, text));
        }
        let store = Arc::clone(&self.store);
        let (traces, truncated, cursor) = self
            .run(async move {
                let mut traces: Vec<Summary> = Vec::new();
                let mut last = None;
                let has_more = told::visit(&*store, &question, |trace| {
                    last = Some(storage::query::Place::of(trace));
                    traces.push(hops::summary(trace));
                })
                .await?;
                let truncated = has_more || traces.len() > limit;
                // What is not newest first has no place to go on from.
                let last = last.filter(|_| truncated && order == Order::Newest);
                let cursor = last.map(search_params::cursor);
                order.sort(&mut traces);
                traces.truncate(limit);
                peers::compare_roots(&mut traces, &*store).await;
                Ok((traces, truncated, cursor))
            })
            .await?;
        let mut answer =
            json!({"traces": traces, "truncated": truncated, "searched": range_json(range)});
        if let Some(cursor) = cursor {
            answer["nextCursor"] = json!(cursor);
        }
        Ok(HttpResponse::Ok().json(answer))
    }
}

fn write_tree(
    tree: &CallTree<'_>,
    form: Form,
    out: &mut Vec<u8>,
    spill: &mut Spill<'_>,
) -> Result<(), Gone> {
    match form {
        Form::Json(shape, spans) => tree_json::write(tree, (shape, spans), out, spill),
        _ => {
            out.extend_from_slice(hops::text::print(tree).as_bytes());
            Ok(())
        }
    }
}

pub(super) fn write_spans(
    trace: &Trace,
    form: Form,
    out: &mut Vec<u8>,
    spill: &mut Spill<'_>,
) -> Result<(), Gone> {
    match form {
        Form::Otlp(format) => otlp_write::write_spans(out, &trace.spans, format, spill),
        _ => zipkin_json::write_spans(out, &trace.spans, spill),
    }
}
