//! `GET /api/hopline/compare/groups?a=…&b=…`: two groups of kept traces hop by hop, each the newest that a
//! search finds or those of a list ([docs/compare.md](../../../docs/compare.md)).
use std::collections::HashSet;
use std::sync::Arc;
use std::vec;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use storage::id::TraceId;
use storage::query::{TimeRange, TraceQuery};
use storage::store::{Store, StoreError};
use storage::trace::Trace;

use super::compare::number;
use super::hopline::{not_kept, range_json};
use super::params::Params;
use super::{Queries, pasted, search_params, told};
use crate::failure::{Failure, FailureKind};
use crate::hops::compare_groups::{GroupComparison, GroupFacts, GroupRow, GroupSide, Quantiles};
use crate::hops::merged::{Group, Groups};
use crate::hops::{CallTree, Skew};

pub async fn groups(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    queries
        .compare_groups(&request)
        .await
        .unwrap_or_else(|failure| failure.as_json())
}

/// What a group is made of.
enum Asked {
    Search(Box<TraceQuery>),
    Ids(Vec<TraceId>),
}

/// A group that is read trace by trace.
struct Sample {
    found: vec::IntoIter<Trace>,
    ids: vec::IntoIter<TraceId>,
    searched: Option<TimeRange>,
    missing: Vec<TraceId>,
    spans: usize,
    /// The group has more than was read.
    truncated: bool,
}

impl Queries {
    async fn compare_groups(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let params = Params::read(request.query_string())?;
        let now_ms = self.clock.now_ms();
        let asked = [
            Asked::read(&params, "a", now_ms)?,
            Asked::read(&params, "b", now_ms)?,
        ];
        let is_search = |asked: &Asked| matches!(asked, Asked::Search(_));
        if !self.settings.search && asked.iter().any(is_search) {
            let text = "searching is switched off (SEARCH_ENABLED=false)";
            return Err(Failure::new(FailureKind::NotFound, text)
                .with_hint("a group may also be a list of trace ids"));
        }
        let store = Arc::clone(&self.store);
        let answered = self
            .run(async move {
                let [a, b] = asked;
                let mut samples = [
                    Sample::begin(a, &*store).await?,
                    Sample::begin(b, &*store).await?,
                ];
                let groups = merge(&mut samples, &*store).await?;
                let absent = samples.iter().find_map(Sample::absent);
                Ok(match absent {
                    Some(id) => Err(id),
                    None => Ok(answer(&groups.compare(), &samples)),
                })
            })
            .await?;
        Ok(HttpResponse::Ok().json(answered.map_err(not_kept)?))
    }
}

impl Asked {
    fn read(params: &Params, name: &str, now_ms: u64) -> Result<Self, Failure> {
        let text = params
            .some(name)
            .ok_or_else(|| Failure::bad_request(format!("{name} is missing")).with_hint(FORMS))?;
        let told = |failure: Failure| Failure {
            text: format!("{name}: {}", failure.text),
            ..failure
        };
        if text.contains('=') {
            Self::search(text, now_ms).map_err(told)
        } else {
            Self::ids(text).map_err(told)
        }
    }

    fn search(text: &str, now_ms: u64) -> Result<Self, Failure> {
        let params = Params::read(text)?;
        let mut question = search_params::question(&params, now_ms, TRACES_MAX)?;
        if question.limit > TRACES_MAX {
            return Err(Failure::bad_request(format!(
                "limit must be between 1 and {TRACES_MAX}"
            )));
        }
        // One more than asked tells whether there are more.
        question.limit += 1;
        Ok(Self::Search(Box::new(question)))
    }

    fn ids(text: &str) -> Result<Self, Failure> {
        let mut known = HashSet::new();
        let mut ids = Vec::new();
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            if ids.len() == TRACES_MAX {
                return Err(Failure::bad_request(format!(
                    "a group has at most {TRACES_MAX} traces"
                )));
            }
            let id = pasted::trace_id(part).ok_or_else(|| {
                Failure::bad_request(format!("not a trace id: {part}")).with_hint(FORMS)
            })?;
            if known.insert(id) {
                ids.push(id);
            }
        }
        if ids.is_empty() {
            return Err(Failure::bad_request("no trace id").with_hint(FORMS));
        }
        Ok(Self::Ids(ids))
    }
}

impl Sample {
    async fn begin(asked: Asked, store: &dyn Store) -> Result<Self, StoreError> {
        let mut sample = Self {
            found: Vec::new().into_iter(),
            ids: Vec::new().into_iter(),
            searched: None,
            missing: Vec::new(),
            spans: 0,
            truncated: false,
        };
        match asked {
            Asked::Ids(ids) => sample.ids = ids.into_iter(),
            Asked::Search(question) => {
                let mut found = told::find(store, &question).await?;
                sample.searched = Some(question.range);
                sample.truncated = found.truncated || found.traces.len() == question.limit;
                found.traces.truncate(question.limit - 1);
                sample.found = found.traces.into_iter();
            }
        }
        Ok(sample)
    }

    async fn next(&mut self, store: &dyn Store) -> Result<Option<Trace>, StoreError> {
        if self.spans >= SPANS_MAX {
            self.truncated |= self.found.len() > 0 || self.ids.len() > 0;
            return Ok(None);
        }
        let mut next = self.found.next();
        while next.is_none()
            && let Some(id) = self.ids.next()
        {
            next = told::traces(store, &[id]).await?.into_iter().next();
            if next.is_none() {
                self.missing.push(id);
            }
        }
        if let Some(trace) = &next {
            self.spans += trace.spans.len();
            self.truncated |= trace.truncated;
        }
        Ok(next)
    }

    /// One of a list of ids of which none is kept.
    fn absent(&self) -> Option<TraceId> {
        self.missing.first().copied().filter(|_| self.spans == 0)
    }
}

/// One trace after the other: only what is merged of each is kept.
async fn merge(samples: &mut [Sample; 2], store: &dyn Store) -> Result<Groups, StoreError> {
    let mut groups = Groups::default();
    loop {
        let mut has_more = false;
        for (sample, group) in samples.iter_mut().zip([Group::A, Group::B]) {
            if let Some(trace) = sample.next(store).await? {
                groups.add(group, &CallTree::build(&trace, Skew::Corrected));
                has_more = true;
            }
            // Here the work ends when nobody waits for it any more.
            tokio::task::yield_now().await;
        }
        if !has_more {
            return Ok(groups);
        }
    }
}

fn answer(compared: &GroupComparison, [in_a, in_b]: &[Sample; 2]) -> Value {
    let counts = &compared.counts;
    json!({
        "a": head(&compared.a, in_a),
        "b": head(&compared.b, in_b),
        "change": compared.change.name(),
        "errors": compared.errors.name(),
        "differenceNano": compared.difference.map(number),
        "otherNano": compared.other.map(number),
        "counts": {
            "added": counts.added,
            "missing": counts.missing,
            "slower": counts.slower,
            "faster": counts.faster,
            "same": counts.same,
            "few": counts.few,
            "moreCalls": counts.more_calls,
            "fewerCalls": counts.fewer_calls,
            "moreErrors": counts.more_errors,
            "fewerErrors": counts.fewer_errors,
        },
        "hops": compared.rows.iter().map(|row| hop(row, compared)).collect::<Vec<_>>(),
        "truncated": compared.is_cut,
    })
}

fn head(facts: &GroupFacts, sample: &Sample) -> Value {
    json!({
        "traceCount": facts.traces,
        "failingCount": facts.failing,
        "spanCount": facts.spans,
        "duration": quantiles(facts.duration),
        "meanNano": facts.mean,
        "slowest": facts.slowest.map(|id| id.to_string()),
        "searched": sample.searched.map(range_json),
        "missing": sample.missing.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "truncated": sample.truncated,
    })
}

fn hop(row: &GroupRow, compared: &GroupComparison) -> Value {
    json!({
        "parent": row.parent,
        "depth": row.depth,
        "service": row.service.as_deref(),
        "operation": row.operation.as_deref(),
        "kind": row.kind.text(),
        "change": row.change.name(),
        "calls": row.calls.name(),
        "errors": row.errors.name(),
        "a": row.a.as_ref().map(|of| side(of, &compared.a)),
        "b": row.b.as_ref().map(|of| side(of, &compared.b)),
        "differenceNano": number(row.difference),
    })
}

fn side(side: &GroupSide, facts: &GroupFacts) -> Value {
    let per_trace = |count: usize| count as f64 / facts.traces.max(1) as f64;
    json!({
        "traceCount": side.traces,
        "share": per_trace(side.traces),
        "callCount": side.calls,
        "callsPerTrace": per_trace(side.calls),
        "errorCount": side.errors,
        "failingCount": side.failing,
        "total": quantiles(side.total),
        "self": quantiles(side.own),
        "criticalNano": side.critical,
        "traceId": side.longest.map(|(trace, _)| trace.to_string()),
        "spanId": side.longest.and_then(|(_, span)| span).map(|id| id.to_string()),
    })
}

fn quantiles(quantiles: Option<Quantiles>) -> Value {
    quantiles.map_or(
        Value::Null,
        |Quantiles { p50, p99 }| json!({"p50Nano": p50, "p99Nano": p99}),
    )
}

/// Traces of a group: the newest.
const TRACES_MAX: usize = 100;
/// No further trace of a group is read after so many spans.
const SPANS_MAX: usize = 500_000;
const FORMS: &str = "?a= and ?b= take trace ids, parted by commas, or the parameters of \
                     /api/hopline/search as one text: ?a=service%3Dorders%26error%3Dtrue";
