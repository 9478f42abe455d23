//! URL parameters → [`TraceQuery`], and every refusal with its text: Zipkin's own for `/api/v2`.
use std::time::Duration;

use actix_web::web;
use storage::id::TraceId;
use storage::query::{LinkTarget, TagCondition, TimeRange, TraceQuery};

use super::pasted;
use crate::config::Period;
use crate::failure::Failure;

/// The parameters of a URL; of a repeated one Zipkin reads the first.
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn read(query: &str) -> Result<Self, Failure> {
        web::Query::<Vec<(String, String)>>::from_query(query)
            .map(|pairs| Self(pairs.into_inner()))
            .map_err(|error| {
                Failure::bad_request(format!("the query string is malformed: {error}"))
            })
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// All but those of this name.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(key, _)| key != name);
        self
    }

    /// The value, unless it is empty.
    pub(super) fn some(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|value| !value.is_empty())
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Failure> {
        self.text(name).ok_or_else(|| missing(name))
    }

    /// A name, as names compare.
    pub(super) fn name(&self, name: &str) -> Option<String> {
        self.some(name).map(str::to_lowercase)
    }

    fn number(&self, name: &str) -> Result<Option<i64>, Failure> {
        self.some(name).map(java_number).transpose()
    }

    /// A number that must be there: Java's primitive.
    fn primitive(&self, name: &str) -> Result<i64, Failure> {
        match self.required(name)? {
            "" => Err(null_primitive(name)),
            text => java_number(text),
        }
    }
}

/// Zipkin's `GET /traces`.
pub(super) fn zipkin_traces(
    params: &Params,
    lookback_ms: u64,
    now_ms: u64,
) -> Result<TraceQuery, Failure> {
    let limit = match params.text("limit") {
        None => 10,
        Some("") => return Err(null_primitive("limit")),
        Some(text) => text.parse::<i32>().map_err(|_| not_a_number(text))?,
    };
    let end = params.number("endTs")?.unwrap_or(now_ms as i64);
    let lookback = params.number("lookback")?.unwrap_or(lookback_ms as i64);
    let duration_min = params.number("minDuration")?;
    let duration_max = params.number("maxDuration")?;
    for (name, value) in [
        ("endTs", end),
        ("limit", i64::from(limit)),
        ("lookback", lookback),
    ] {
        at_least_one(name, value)?;
    }
    if let Some(min) = duration_min {
        at_least_one("minDuration", min)?;
    }
    match (duration_min, duration_max) {
        (Some(min), Some(max)) if max < min => {
            return Err(Failure::bad_request("maxDuration < minDuration"));
        }
        (None, Some(_)) => {
            return Err(Failure::bad_request(
                "maxDuration is only valid with minDuration",
            ));
        }
        _ => {}
    }
    Ok(TraceQuery {
        service: params.name("serviceName"),
        remote_service: params.name("remoteServiceName"),
        span_name: params.name("spanName").filter(|name| name != "all"),
        tags: annotation_query(params.text("annotationQuery").unwrap_or_default()),
        // Zipkin compares whole microseconds.
        duration_min: duration_min.map(|micros| (micros as u64).saturating_mul(1000)),
        duration_max: duration_max.map(|micros| (micros as u64).saturating_mul(1000) + 999),
        ..TraceQuery::all(window(end, lookback), (limit as usize).min(TRACES_MAX))
    })
}

/// Zipkin's `GET /dependencies`.
pub(super) fn zipkin_dependencies(params: &Params, lookback_ms: u64) -> Result<TimeRange, Failure> {
    let end = params.primitive("endTs")?;
    let lookback = params.number("lookback")?.unwrap_or(lookback_ms as i64);
    at_least_one("endTs", end)?;
    at_least_one("lookback", lookback)?;
    Ok(window(end, lookback))
}

/// Zipkin's `GET /traceMany`.
pub(super) fn zipkin_trace_ids(params: &Params) -> Result<Vec<TraceId>, Failure> {
    let text = params.required("traceIds")?;
    if text.is_empty() {
        return Err(Failure::bad_request("traceIds parameter is empty"));
    }
    let mut ids = Vec::new();
    for raw in text.splitn(TRACES_MAX, ',') {
        let id = zipkin_trace_id(raw)?;
        if ids.contains(&id) {
            return Err(Failure::bad_request(format!("redundant traceId: {raw}")));
        }
        ids.push(id);
    }
    if ids.len() == 1 {
        let text = "Use /api/v2/trace/{traceId} endpoint to retrieve a single trace";
        return Err(Failure::bad_request(text));
    }
    Ok(ids)
}

/// A trace id as Zipkin reads it: lower-case hex, nothing else.
pub(super) fn zipkin_trace_id(raw: &str) -> Result<TraceId, Failure> {
    if raw.is_empty() {
        return Err(Failure::bad_request("traceId is empty"));
    }
    if raw.len() > 32 {
        return Err(Failure::bad_request("traceId.length > 32"));
    }
    if !raw
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    {
        let text = format!("{raw} should be lower-hex encoded with no prefix");
        return Err(Failure::bad_request(text));
    }
    TraceId::from_hex(raw).ok_or_else(|| Failure::bad_request("traceId is all zeros"))
}

/// `a and b=c`: tags that must be there, some with a value. A later value for a key replaces an
/// earlier one; a bare key does not. An empty part is no condition: Zipkin's page sends one with
/// every tag that it completes.
fn annotation_query(text: &str) -> Vec<TagCondition> {
    let mut conditions: Vec<TagCondition> = Vec::new();
    let parts = text.splitn(ANNOTATIONS_MAX, " and ");
    for part in parts.filter(|part| !part.trim().is_empty()) {
        let (key, value) = match part.split_once('=') {
            Some((key, value)) => (key.trim(), Some(value.trim())),
            None => (part.trim(), None),
        };
        let new = TagCondition {
            key: key.to_owned(),
            value: value.filter(|value| !value.is_empty()).map(str::to_owned),
        };
        match conditions.iter_mut().find(|known| known.key == key) {
            Some(known) if value.is_some() => *known = new,
            Some(_) => {}
            None => conditions.push(new),
        }
    }
    conditions
}

/// `GET /api/hopline/search`.
pub(super) fn hopline_search(params: &Params, now_ms: u64) -> Result<TraceQuery, Failure> {
    let range = hopline_range(params, now_ms)?;
    let limit = number_or(params, "limit", 20)?;
    if limit == 0 || limit > TRACES_MAX as u64 {
        return Err(Failure::bad_request(format!(
            "limit must be between 1 and {TRACES_MAX}"
        )));
    }
    let duration_min = nanos(params, "minDuration")?;
    let duration_max = nanos(params, "maxDuration")?;
    if let (Some(min), Some(max)) = (duration_min, duration_max)
        && max < min
    {
        return Err(Failure::bad_request("maxDuration is less than minDuration"));
    }
    let error_only = match params.some("error") {
        None | Some("false") => false,
        Some("true") => true,
        Some(text) => {
            return Err(Failure::bad_request(format!(
                "error is true or false, not {text}"
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
    Ok(TraceQuery {
        service: params.name("service"),
        remote_service: params.name("remoteService"),
        span_name: params.name("operation"),
        tags: params
            .all("tag")
            .filter(|tag| !tag.is_empty())
            .map(tag)
            .collect(),
        error_only,
        links_to,
        duration_min,
        duration_max,
        ..TraceQuery::all(range, limit as usize)
    })
}

/// `from` and `to` of our own API: the last hour, unless something else is asked.
pub(super) fn hopline_range(params: &Params, now_ms: u64) -> Result<TimeRange, Failure> {
    let to_ms = number_or(params, "to", now_ms)?;
    let from_ms = number_or(params, "from", to_ms.saturating_sub(ONE_HOUR_MS))?;
    if from_ms > to_ms {
        return Err(Failure::bad_request("from is after to"));
    }
    Ok(TimeRange { from_ms, to_ms })
}

pub(super) fn number_or(params: &Params, name: &str, default: u64) -> Result<u64, Failure> {
    match params.some(name) {
        None => Ok(default),
        Some(text) => text
            .parse::<u64>()
            .map_err(|_| Failure::bad_request(format!("{name} is not a number: {text}"))),
    }
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

fn window(end_ms: i64, lookback_ms: i64) -> TimeRange {
    TimeRange {
        from_ms: end_ms.saturating_sub(lookback_ms).max(0) as u64,
        to_ms: end_ms as u64,
    }
}

fn at_least_one(name: &str, value: i64) -> Result<(), Failure> {
    if value <= 0 {
        Err(Failure::bad_request(format!("{name} <= 0")))
    } else {
        Ok(())
    }
}

fn java_number(text: &str) -> Result<i64, Failure> {
    text.parse::<i64>().map_err(|_| not_a_number(text))
}

fn not_a_number(text: &str) -> Failure {
    Failure::bad_request(format!("For input string: \"{text}\""))
}

fn missing(name: &str) -> Failure {
    Failure::bad_request(format!(
        "Mandatory parameter/header/attribute is missing: {name}"
    ))
}

fn null_primitive(name: &str) -> Failure {
    Failure::bad_request(format!(
        "Cannot set null to primitive type parameter: {name}"
    ))
}

/// The most traces in one answer. Zipkin has no such limit, and runs out of memory instead.
pub(super) const TRACES_MAX: usize = 1000;
const ANNOTATIONS_MAX: usize = 100;
const ONE_HOUR_MS: u64 = 3_600_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_of_annotation_queries() {
        let spelled = |text: &str| {
            let conditions = annotation_query(text);
            let parts: Vec<String> = conditions
                .into_iter()
                .map(|condition| match condition.value {
                    Some(value) => format!("{}={value}", condition.key),
                    None => condition.key,
                })
                .collect();
            parts.join("|")
        };
        for (text, conditions) in [
            ("", ""),
            ("error", "error"),
            ("http.method=GET and error", "http.method=GET|error"),
            ("k= ", "k"),
            ("url=a=b", "url=a=b"),
            (" a = b  and c ", "a=b|c"),
            ("k=1 and k=2 and k", "k=2"),
            ("k and k=2", "k=2"),
            ("a AND b", "a AND b"),
            ("environment=prod and ", "environment=prod"),
            (" and a and  and b", "a|b"),
            (" ", ""),
            ("=v", "=v"),
        ] {
            assert_eq!(spelled(text), conditions, "{text:?}");
        }
    }
}
