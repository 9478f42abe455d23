//! How the server is: `/health` and `/info` as Zipkin spells them, `/metrics`, `/prometheus` and
//! our own `/api/hopline/status`.
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use storage::store::{Store, StoreError};

use crate::ingest::Ingest;
use crate::metrics::{Counter, Gauges, Metrics};

/// What these answers are read from.
pub struct Vitals {
    pub store: Arc<dyn Store>,
    pub metrics: Arc<Metrics>,
    pub ingest: web::Data<Ingest>,
    pub keeps: Keeps,
}

/// What the store was told to keep.
#[derive(Clone, Copy, Debug)]
pub struct Keeps {
    pub retention: Duration,
    pub disk_bytes_max: Option<u64>,
}

impl Vitals {
    /// Is the store likely to do what it is asked?
    ///
    /// # Errors
    /// Why not; `None` when it did not say in time.
    pub async fn check(&self) -> Result<(), Option<StoreError>> {
        match tokio::time::timeout(CHECK_TIME_MAX, self.store.check()).await {
            Ok(checked) => checked.map_err(Some),
            Err(_) => Err(None),
        }
    }
}

pub async fn health(request: HttpRequest, vitals: web::Data<Vitals>) -> HttpResponse {
    let name = vitals.store.status().name;
    let zipkin = match vitals.check().await {
        Ok(()) => json!({"status": "UP", "details": {name: {"status": "UP"}}}),
        Err(Some(error)) => json!({"status": "DOWN", "details": {name: {
            "status": "DOWN", "details": {"error": format!("StoreError: {error}")}}}}),
        Err(None) => json!({"status": "DOWN", "details": {"error": TIMED_OUT}}),
    };
    let up = zipkin["status"] == "UP";
    let status = if up {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let word = if up { "UP" } else { "DOWN" };
    let body = ordered_text(&json!({"status": word, "zipkin": zipkin}), 0);
    HttpResponse::build(status)
        .insert_header((
            CONTENT_TYPE,
            json_type(&request, "application/json; charset=utf-8"),
        ))
        .body(body)
}

pub async fn info(request: HttpRequest) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((
            CONTENT_TYPE,
            json_type(&request, "application/json; charset=utf-8"),
        ))
        .body(format!(
            "{{\"zipkin\":{{\"version\":\"{VERSION}\"}},\"hopline\":{{\"version\":\"{VERSION}\"}}}}"
        ))
}

pub async fn zipkin_metrics(vitals: web::Data<Vitals>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(Value::Object(vitals.metrics.zipkin_json()).to_string())
}

pub async fn prometheus(vitals: web::Data<Vitals>) -> HttpResponse {
    let senders = vitals.ingest.senders.size();
    let gauges = Gauges {
        store: vitals.store.status(),
        ingest_memory: vitals.ingest.memory_held(),
        senders: senders.rows,
        senders_other_requests: senders.others_requests,
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(vitals.metrics.prometheus(&gauges))
}

pub async fn status(vitals: web::Data<Vitals>) -> HttpResponse {
    let store = vitals.store.status();
    let metrics = &vitals.metrics;
    HttpResponse::Ok().json(json!({
        "version": VERSION,
        "startedMs": metrics.started_ms,
        "keeps": {
            "retentionMs": u64::try_from(vitals.keeps.retention.as_millis()).ok(),
            "diskBytesMax": vitals.keeps.disk_bytes_max,
        },
        "store": {
            "name": store.name,
            "spansWritten": store.spans_written,
            "diskBytes": store.disk_bytes,
            "tailBytes": store.tail_bytes,
            "unflushedBytes": store.unflushed_bytes,
            "buckets": store.buckets,
            "oldestMs": store.oldest_ms,
            "namesRefused": store.names_refused,
            "commits": store.commits,
            "termsRefused": store.terms_refused,
            "unionsSkipped": store.unions_skipped,
            "failures": store.failures,
            "bucketsDroppedEarly": store.buckets_dropped_early,
            "indexesMissing": store.indexes_missing,
            "indexesRebuilt": store.indexes_rebuilt,
            "rebuildPercent": store.rebuild_percent,
            "searchesPartial": store.searches_partial,
        },
        "ingest": {
            "memoryBytes": vitals.ingest.memory_held(),
            "spansAccepted": metrics.total(Counter::SpansAccepted),
            "spansRefused": metrics.total(Counter::SpansRefused),
            "logRecordsAccepted": metrics.total(Counter::LogsAccepted),
            "logRecordsRefused": metrics.total(Counter::LogsRefused),
            "requestsRejected": metrics.total(Counter::IngestRejected),
            "textsRepaired": metrics.total(Counter::TextsRepaired),
        },
        "refusals": by_label(&metrics.by_labels(Counter::SpansRefused)),
        "rejections": by_label(&metrics.by_labels(Counter::IngestRejected)),
        "panicsCaught": metrics.total(Counter::PanicsCaught),
    }))
}

/// `{format="a",reason="b"}` as an object with its count.
fn by_label(values: &std::collections::BTreeMap<String, u64>) -> Vec<Value> {
    values
        .iter()
        .map(|(labels, count)| {
            let mut row: serde_json::Map<String, Value> = labels
                .trim_matches(['{', '}'])
                .split(',')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.trim_matches('"').into()))
                .collect();
            row.insert("count".to_owned(), (*count).into());
            Value::Object(row)
        })
        .collect()
}

/// JSON as Jackson prints it: two spaces, ` : `, and the status before its details.
fn ordered_text(value: &Value, depth: usize) -> String {
    let Value::Object(fields) = value else {
        return value.to_string();
    };
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(name, _)| (name.as_str() != "status", name.as_str()));
    let indent = "  ".repeat(depth + 1);
    let lines: Vec<String> = fields
        .into_iter()
        .map(|(name, value)| {
            let name = Value::from(name.as_str());
            format!("{indent}{name} : {}", ordered_text(value, depth + 1))
        })
        .collect();
    format!("{{\n{}\n{}}}", lines.join(",\n"), "  ".repeat(depth))
}

fn json_type(request: &HttpRequest, plain: &'static str) -> &'static str {
    if request.path().starts_with("/actuator") {
        "application/vnd.spring-boot.actuator.v2+json; charset=utf-8"
    } else {
        plain
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
const CHECK_TIME_MAX: Duration = Duration::from_secs(5);
/// Zipkin's text.
const TIMED_OUT: &str = "Timed out computing health status. This often means your storage \
    backend is unreachable.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_is_printed_as_jackson_prints_it() {
        let value = json!({"zipkin": {"details": {"a": 1}, "status": "UP"}, "status": "UP"});
        let expected = "{\n  \"status\" : \"UP\",\n  \"zipkin\" : {\n    \"status\" : \"UP\",\n    \
                        \"details\" : {\n      \"a\" : 1\n    }\n  }\n}";
        assert_eq!(ordered_text(&value, 0), expected);
    }
}
