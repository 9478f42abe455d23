//! The parameters of our own search → [`TraceQuery`], and every refusal with its text; and the place
//! where an answer goes on.
use std::cmp::Reverse;
use std::time::Duration;

use storage::id::TraceId;
use storage::query::{Excluded, LinkTarget, Place, TagCondition, TraceQuery};

use super::params::{self, Params, TRACES_MAX};
use super::pasted;
use crate::config::Period;
use crate::failure::Failure;
use crate::hops::Summary;

/// `GET /api/hopline/search`, and what else is asked about the same traces; how many unless it says.
pub(super) fn question(
    params: &Params,
    now_ms: u64,
    limit_default: usize,
) -> Result<TraceQuery, Failure> {
    let range = params::hopline_range(params, now_ms)?;
    let limit = params::number_or(params, "limit", limit_default as u64)?;
    if limit == 0 || limit > TRACES_MAX as u64 {
        return Err(Failure::bad_request(format!(
            "limit must be between 1 and {TRACES_MAX}"
        )));
    }
    let (duration_min, duration_max) = between(params, "minDuration", "maxDuration")?;
    let (whole_min, whole_max) = between(params, "minTraceDuration", "maxTraceDuration")?;
    let (error_only, errors) = match params.some("error") {
        None | Some("false") => (false, false),
        Some("true") => (true, false),
        Some("none") => (false, true),
        Some(text) => {
            return Err(Failure::bad_request(format!(
                "error is true, none or false, not {text}"
            )));
        }
    };
    let links_to = match params.some("linksTo") {
        None => None,
        Some(text) => {
            let id = pasted::trace_id(text).ok_or_else(|| {
                Failure::bad_request(format!("linksTo is not a trace id: {text}"))
                    .with_hint(pasted::FORMS)
            })?;
            Some(LinkTarget::exactly(id))
        }
    };
    let question = TraceQuery {
        service: params.name("service"),
        remote_service: params.name("remoteService"),
        span_name: params.name("operation"),
        tags: tags(params, "tag"),
        excluded: Excluded {
            services: names(params, "notService"),
            span_names: names(params, "notOperation"),
            tags: tags(params, "notTag"),
            errors,
        },
        error_only,
        links_to,
        duration_min,
        duration_max,
        whole_min,
        whole_max,
        after: params.some("cursor").map(place).transpose()?,
        ..TraceQuery::all(range, limit as usize)
    };
    let excluded = &question.excluded;
    let lists = [excluded.services.len(), excluded.span_names.len()];
    let conditions = question.tags.len() + excluded.tags.len() + lists.into_iter().sum::<usize>();
    if conditions > CONDITIONS_MAX {
        let text = format!("at most {CONDITIONS_MAX} tags and exclusions, not {conditions}");
        return Err(Failure::bad_request(text));
    }
    Ok(question)
}

/// In which order an answer tells the traces; those that are equal newest first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Newest,
    /// Of the newest [`TRACES_MAX`].
    Longest,
    /// Most errors first, of the newest [`TRACES_MAX`].
    Errors,
}

impl Order {
    pub(super) fn read(params: &Params) -> Result<Self, Failure> {
        match params.some("sort") {
            None | Some("newest") => Ok(Self::Newest),
            Some("longest") => Ok(Self::Longest),
            Some("errors") => Ok(Self::Errors),
            Some(text) => Err(Failure::bad_request(format!(
                "sort is newest, longest or errors, not {text}"
            ))),
        }
    }

    /// Sorts what is newest first.
    pub(super) fn sort(self, traces: &mut [Summary]) {
        match self {
            Self::Newest => {}
            Self::Longest => traces.sort_by_key(|trace| Reverse(trace.duration_nano)),
            Self::Errors => traces.sort_by_key(|trace| Reverse(trace.error_count)),
        }
    }
}

/// Where an answer goes on: what [`place`] reads.
pub(super) fn cursor(place: Place) -> String {
    format!("{}-{}", place.start, place.id())
}

fn place(text: &str) -> Result<Place, Failure> {
    let read = || {
        let (start, id) = text.split_once('-')?;
        Some(Place::new(start.parse().ok()?, TraceId::from_hex(id)?))
    };
    read().ok_or_else(|| {
        Failure::bad_request("cursor is not one that an answer gave as nextCursor")
            .with_hint("ask without a cursor, to begin with the newest traces")
    })
}

/// Names as names compare.
fn names(params: &Params, name: &str) -> Vec<String> {
    let names = params.all(name).filter(|name| !name.is_empty());
    names.map(str::to_lowercase).collect()
}

fn tags(params: &Params, name: &str) -> Vec<TagCondition> {
    let tags = params.all(name).filter(|tag| !tag.is_empty());
    tags.map(tag).collect()
}

/// `key` or `key=value`.
fn tag(text: &str) -> TagCondition {
    match text.split_once('=') {
        Some((key, value)) => TagCondition {
            key: key.to_owned(),
            value: Some(value.to_owned()),
        },
        None => TagCondition {
            key: text.to_owned(),
            value: None,
        },
    }
}

fn between(params: &Params, min: &str, max: &str) -> Result<(Option<u64>, Option<u64>), Failure> {
    let (least, most) = (nanos(params, min)?, nanos(params, max)?);
    match (least, most) {
        (Some(one), Some(other)) if other < one => {
            Err(Failure::bad_request(format!("{max} is less than {min}")))
        }
        _ => Ok((least, most)),
    }
}

/// Nanoseconds, or a number with its unit.
fn nanos(params: &Params, name: &str) -> Result<Option<u64>, Failure> {
    let Some(text) = params.some(name) else {
        return Ok(None);
    };
    if let Ok(nanos) = text.parse::<u64>() {
        return Ok(Some(nanos));
    }
    let period: Result<Period, String> = text.parse();
    period
        .map(|Period(period): Period| Some(Duration::as_nanos(&period) as u64))
        .map_err(|expected| Failure::bad_request(format!("{name}: {expected}, not {text}")))
}

/// The most tags and exclusions of one question: each costs a comparison with every span read.
const CONDITIONS_MAX: usize = 100;
