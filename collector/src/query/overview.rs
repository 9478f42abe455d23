//! What the traces of a search are like together: how many, how long, when, and what they share. It is
//! counted over what was found, which `truncated` says when it is not all.
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::{Value, json};
use storage::query::TraceQuery;
use storage::tags;
use storage::trace::Trace;

use super::Queries;
use super::facets::{Counted, Names, Tags};
use super::hopline::range_json;
use super::params::{Params, TRACES_MAX};
use super::search_params;
use super::told;
use crate::failure::{Failure, FailureKind};
use crate::hops::{self, Summary};

pub async fn overview(request: HttpRequest, queries: web::Data<Queries>) -> HttpResponse {
    queries
        .overview(&request)
        .await
        .unwrap_or_else(|failure| failure.as_json())
}

impl Queries {
    async fn overview(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let params = Params::read(request.query_string())?;
        let question = search_params::question(&params, self.clock.now_ms(), TRACES_MAX)?;
        let grouping = params.some("group").map(Grouping::read).transpose()?;
        if !self.settings.search {
            let text = "searching is switched off (SEARCH_ENABLED=false)";
            return Err(Failure::new(FailureKind::NotFound, text));
        }
        let store = Arc::clone(&self.store);
        let answer = self
            .run(async move {
                let mut told = Told::new(&question, grouping);
                let truncated = told::visit(&*store, &question, |trace| told.add(trace)).await?;
                let mut answer = told.json();
                answer["truncated"] = json!(truncated);
                answer["searched"] = range_json(question.range);
                Ok(answer)
            })
            .await?;
        Ok(HttpResponse::Ok().json(answer))
    }
}

/// What has been counted so far.
struct Told<'a> {
    question: &'a TraceQuery,
    count: usize,
    failed: usize,
    durations: Vec<(u64, bool)>,
    points: Vec<Point>,
    services: Names,
    operations: Names,
    origins: Names,
    tags: Tags,
    groups: Option<(Grouping, Groups)>,
}

impl<'a> Told<'a> {
    fn new(question: &'a TraceQuery, grouping: Option<Grouping>) -> Self {
        Self {
            question,
            count: 0,
            failed: 0,
            durations: Vec::new(),
            points: Vec::new(),
            services: Names::default(),
            operations: Names::default(),
            origins: Names::default(),
            tags: Tags::default(),
            groups: grouping.map(|grouping| (grouping, Groups::default())),
        }
    }

    fn add(&mut self, trace: &Trace) {
        let summary = hops::summary(trace);
        self.count += 1;
        let counted = Counted {
            number: self.count,
            has_failed: summary.error_count > 0,
        };
        self.failed += counted.has_failed as usize;
        let duration = summary.duration_nano;
        self.durations
            .extend(duration.map(|nanos| (nanos, counted.has_failed)));
        // Only who recorded a span can be searched for.
        for service in summary.services.iter().filter(|service| !service.inferred) {
            if let Some(name) = &service.name {
                self.services.add(&name.to_lowercase(), counted);
            }
        }
        let spans = trace.spans.iter();
        for span in spans.filter(|span| self.question.considers(span)) {
            if let Some(name) = &span.name {
                self.operations.add(&name.to_lowercase(), counted);
            }
            self.tags.add(span, counted);
        }
        if let Some(origin) = &summary.error_origin {
            let service = origin.service.as_deref().unwrap_or_default();
            self.origins.add(service, counted);
        }
        if let Some((grouping, groups)) = &mut self.groups {
            groups.add(grouping.name(trace, &summary, self.question), &summary);
        }
        self.points.push(Point::of(summary));
    }

    fn json(self) -> Value {
        let mut answer = json!({
            "count": self.count,
            "errorCount": self.failed,
            "histogram": histogram(&self.durations),
            "points": self.points,
            "services": self.services.most(NAMES_TOLD),
            "operations": self.operations.most(NAMES_TOLD),
            "errorOrigins": self.origins.most(NAMES_TOLD),
            "tags": self.tags.most(),
        });
        let mut lengths: Vec<u64> = self.durations.iter().map(|(nanos, _)| *nanos).collect();
        answer["durations"] = json!(Lengths::of(&mut lengths));
        if let Some((_, groups)) = self.groups {
            let (told, left_out) = groups.most();
            answer["groups"] = json!(told);
            answer["groupsLeftOut"] = json!(left_out);
        }
        answer
    }
}

/// What a chart needs of a trace; each field as in a summary.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Point {
    trace_id: String,
    start_time_unix_nano: Option<String>,
    duration_nano: Option<u64>,
    error_count: usize,
    root: hops::summary::Root,
    error_origin: Option<hops::summary::ErrorOrigin>,
}

impl Point {
    fn of(summary: Summary) -> Self {
        Self {
            trace_id: summary.trace_id,
            start_time_unix_nano: summary.start_time_unix_nano.map(|start| start.to_string()),
            duration_nano: summary.duration_nano,
            error_count: summary.error_count,
            root: summary.root,
            error_origin: summary.error_origin,
        }
    }
}

/// How long traces took: of those found, to the nanosecond, by the nearest rank.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Lengths {
    p50_nano: Option<u64>,
    p99_nano: Option<u64>,
    max_nano: Option<u64>,
}

impl Lengths {
    fn of(lengths: &mut [u64]) -> Self {
        lengths.sort_unstable();
        let rank = |percent: usize| {
            let place = (lengths.len() * percent).div_ceil(100);
            lengths.get(place.saturating_sub(1)).copied()
        };
        Self {
            p50_nano: rank(50),
            p99_nano: rank(99),
            max_nano: lengths.last().copied(),
        }
    }
}

/// How many took how long: steps of an eighth of a power of ten, the shortest first, none empty.
fn histogram(durations: &[(u64, bool)]) -> Vec<Value> {
    let mut counts: HashMap<u32, (usize, usize)> = HashMap::new();
    for (nanos, has_failed) in durations {
        let step = ((*nanos).max(1) as f64).log10() * STEPS_OF_TEN;
        let count = counts.entry(step as u32).or_default();
        count.0 += 1;
        count.1 += *has_failed as usize;
    }
    let mut counts: Vec<(u32, (usize, usize))> = counts.into_iter().collect();
    counts.sort_unstable();
    let edge = |step: u32| 10_f64.powf(f64::from(step) / STEPS_OF_TEN).round() as u64;
    let steps = counts.into_iter().map(|(step, (count, failed))| {
        json!({
            "fromNano": edge(step), "toNano": edge(step + 1),
            "count": count, "errorCount": failed,
        })
    });
    steps.collect()
}

/// What makes traces one group.
enum Grouping {
    /// The service of the root.
    Service,
    /// The service and the operation of the root.
    Operation,
    /// Where the error began, and what it was.
    Error,
    /// The value of a tag: of the first considered span that has it.
    Tag(String),
}

/// A service, and a name or value.
type GroupName = (Option<String>, Option<String>);

impl Grouping {
    fn read(text: &str) -> Result<Self, Failure> {
        match text {
            "service" => Ok(Self::Service),
            "operation" => Ok(Self::Operation),
            "error" => Ok(Self::Error),
            _ => (text.strip_prefix("tag:"))
                .filter(|key| !key.is_empty())
                .map(|key| Self::Tag(key.to_owned()))
                .ok_or_else(|| {
                    Failure::bad_request(format!(
                        "group is service, operation, error or tag:KEY, not {text}"
                    ))
                }),
        }
    }

    fn name(&self, trace: &Trace, summary: &Summary, question: &TraceQuery) -> GroupName {
        match self {
            Self::Service => (summary.root.service.clone(), None),
            Self::Operation => (summary.root.service.clone(), summary.root.operation.clone()),
            Self::Error => (summary.error_origin.as_ref())
                .map(|origin| (origin.service.clone(), origin.text.clone()))
                .unwrap_or_default(),
            Self::Tag(key) => (None, tag_of(trace, question, key)),
        }
    }
}

fn tag_of(trace: &Trace, question: &TraceQuery, key: &str) -> Option<String> {
    let spans = trace.spans.iter().filter(|span| question.considers(span));
    let tagged = spans.filter_map(|span| {
        let mut found = None;
        tags::visit(span, |own, value| {
            if own == key {
                found = Some(value.into_owned());
            }
        });
        Some((span.start.unwrap_or(u64::MAX), span.span_id, found?))
    });
    tagged.min().map(|(_, _, value)| value)
}

#[derive(Default)]
struct Groups(HashMap<GroupName, Group>);

#[derive(Default)]
struct Group {
    failed: usize,
    durations: Vec<u64>,
    ids: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToldGroup {
    service: Option<String>,
    name: Option<String>,
    count: usize,
    error_count: usize,
    durations: Lengths,
    /// Newest first.
    trace_ids: Vec<String>,
}

impl Groups {
    fn add(&mut self, name: GroupName, summary: &Summary) {
        let group = self.0.entry(name).or_default();
        group.failed += (summary.error_count > 0) as usize;
        group.durations.extend(summary.duration_nano);
        group.ids.push(summary.trace_id.clone());
    }

    /// The largest, and how many others there are.
    fn most(self) -> (Vec<ToldGroup>, usize) {
        let mut all: Vec<(GroupName, Group)> = self.0.into_iter().collect();
        all.sort_by(|(name, one), (other_name, other)| {
            (Reverse(one.ids.len()), name).cmp(&(Reverse(other.ids.len()), other_name))
        });
        let left_out = all.len().saturating_sub(GROUPS_TOLD);
        let told = all.into_iter().take(GROUPS_TOLD);
        let told = told.map(|((service, name), mut group)| ToldGroup {
            service,
            name,
            count: group.ids.len(),
            error_count: group.failed,
            durations: Lengths::of(&mut group.durations),
            trace_ids: group.ids,
        });
        (told.collect(), left_out)
    }
}

const NAMES_TOLD: usize = 100;
const GROUPS_TOLD: usize = 100;
const STEPS_OF_TEN: f64 = 8.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_nearest() {
        for (lengths, p50, p99, max) in [
            (vec![], None, None, None),
            (vec![7], Some(7), Some(7), Some(7)),
            (vec![4, 1, 3, 2], Some(2), Some(4), Some(4)),
            ((1..=100).rev().collect(), Some(50), Some(99), Some(100)),
            ((1..=1000).collect(), Some(500), Some(990), Some(1000)),
        ] {
            let mut lengths = lengths;
            let told = Lengths::of(&mut lengths);
            assert_eq!(
                (told.p50_nano, told.p99_nano, told.max_nano),
                (p50, p99, max)
            );
        }
    }

    #[test]
    fn every_duration_lies_within_its_step() {
        let durations: Vec<u64> = (0..=64_u32)
            .map(|bits| 1_u64.checked_shl(bits).unwrap_or(u64::MAX))
            .chain([0, 999, 1000, 1001, 999_999_999])
            .collect();
        for nanos in durations {
            let steps = histogram(&[(nanos, true)]);
            let [step] = &steps[..] else {
                panic!("one step")
            };
            let (from, to) = (
                step["fromNano"].as_u64().unwrap(),
                step["toNano"].as_u64().unwrap(),
            );
            // Edges are told to the nanosecond.
            assert!(from <= nanos.max(1) && nanos <= to, "{from} {nanos} {to}");
            assert_eq!(
                (&step["count"], &step["errorCount"]),
                (&json!(1), &json!(1))
            );
        }
    }
}
