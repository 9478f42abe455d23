//! `GET /api/hopline/compare?a=…&b=…`: two kept traces hop by hop ([docs/compare.md](../../../docs/compare.md)).
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use storage::id::TraceId;
use storage::trace::Trace;

use super::hopline::not_kept;
use super::params::Params;
use super::{Queries, pasted, told};
use crate::failure::Failure;
use crate::hops::compare::{Comparison, Row, compare};
use crate::hops::{CallTree, Hop, Skew};

pub async fn traces(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    queries
        .compare(&request)
        .await
        .unwrap_or_else(|failure| failure.as_json())
}

impl Queries {
    async fn compare(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let params = Params::read(request.query_string())?;
        let (a, b) = (id(&params, "a")?, id(&params, "b")?);
        let store = Arc::clone(&self.store);
        // One after the other: ids that agree in the low half may both stand for either.
        let found = self
            .run(async move {
                let mut read = Vec::with_capacity(2);
                for id in [a, b] {
                    let Some(trace) = told::traces(&*store, &[id]).await?.into_iter().next() else {
                        return Ok(Err(id));
                    };
                    read.push(trace);
                }
                Ok(Ok(answer(&read[0], &read[1])))
            })
            .await?;
        Ok(HttpResponse::Ok().json(found.map_err(not_kept)?))
    }
}

fn id(params: &Params, name: &str) -> Result<TraceId, Failure> {
    let text = params.some(name).ok_or_else(|| {
        Failure::bad_request(format!("{name} is missing"))
            .with_hint("?a= and ?b= take the ids of the two traces")
    })?;
    pasted::trace_id(text).ok_or_else(|| {
        Failure::bad_request(format!("{name} is not a trace id: {text}")).with_hint(pasted::FORMS)
    })
}

fn answer(a: &Trace, b: &Trace) -> Value {
    let (a, b) = (
        CallTree::build(a, Skew::Corrected),
        CallTree::build(b, Skew::Corrected),
    );
    let Comparison {
        rows,
        difference,
        other,
        counts,
        is_cut,
    } = compare(&a, &b);
    json!({
        "a": head(&a),
        "b": head(&b),
        "differenceNano": difference.map(number),
        "otherNano": other.map(number),
        "counts": {
            "added": counts.added,
            "missing": counts.missing,
            "slower": counts.slower,
            "faster": counts.faster,
            "same": counts.same,
        },
        "hops": rows.iter().map(|row| row_json(row, &a.hops, &b.hops)).collect::<Vec<_>>(),
        "truncated": is_cut || a.trace.truncated || b.trace.truncated,
    })
}

fn head(tree: &CallTree<'_>) -> Value {
    json!({
        "traceId": tree.trace.id.to_string(),
        "startTimeUnixNano": tree.start.map(|start| start.to_string()),
        "durationNano": tree.duration,
        "root": {"service": tree.root.service, "operation": tree.root.operation},
        "spanCount": tree.trace.spans.len(),
        "hopCount": tree.hops.len(),
        "errorCount": tree.error_count,
        "complete": tree.complete,
    })
}

fn row_json(row: &Row<'_>, a: &[Hop<'_>], b: &[Hop<'_>]) -> Value {
    json!({
        "parent": row.parent,
        "depth": row.depth,
        "service": row.name.service,
        "operation": row.name.operation,
        "kind": row.kind.text(),
        "change": row.change.name(),
        "a": row.a.map(|at| side(&a[at])),
        "b": row.b.map(|at| side(&b[at])),
        "differenceNano": number(row.difference),
    })
}

fn side(hop: &Hop<'_>) -> Value {
    let ids = [hop.callee, hop.caller].into_iter().flatten();
    let span_id = ids.filter_map(|party| party.span_id).next();
    json!({
        "spanId": span_id.map(|id| id.to_string()),
        "totalNano": hop.total(),
        "selfNano": hop.self_duration,
        "networkNano": hop.network_duration,
        "criticalNano": hop.critical_duration,
        "error": hop.error,
    })
}

/// Durations are integers; one that no clock can show is told as the nearest that fits.
pub(super) fn number(nanos: i128) -> i64 {
    i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
}
