//! Every number we publish and how it is counted; what they are called is in `list`.
mod list;
mod request_times;
mod transport;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use storage::store::StoreStatus;

use list::LIST;
use request_times::RequestTimes;

pub use transport::Transport;

/// Numbers that grow while the process lives, each with labels of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    Requests,
    GrpcRequests,
    IngestBytes,
    SpansAccepted,
    SpansRefused,
    SpansUnsampled,
    LogsAccepted,
    LogsRefused,
    LogsUnsampled,
    PointsRefused,
    TextsRepaired,
    IngestRejected,
    SenderSpans,
    Queries,
    Views,
    ViewSpansRefused,
    PanicsCaught,
}

/// Upper bounds of the write histogram, in microseconds.
const WRITE_BOUNDS: [u64; 12] = [
    100, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000,
];

const COUNTERS: usize = 17;

/// The numbers themselves.
#[derive(Default)]
pub struct Metrics {
    counters: [Mutex<BTreeMap<String, u64>>; COUNTERS],
    write_buckets: [AtomicU64; WRITE_BOUNDS.len()],
    write_count: AtomicU64,
    write_micros: AtomicU64,
    request_times: RequestTimes,
    pub zipkin: Transport,
    pub zipkin_grpc: Transport,
    pub otlp: Transport,
    pub otlp_grpc: Transport,
    /// Of OTLP's other signals, over both: Zipkin has no numbers for them.
    pub other_signals: Transport,
    pub started_ms: u64,
}

/// What the doors know at the moment of the question.
pub struct Gauges {
    pub store: StoreStatus,
    pub ingest_memory: u64,
    pub senders: u64,
    pub senders_other_requests: u64,
}

impl Metrics {
    pub fn new(started_ms: u64) -> Self {
        Self {
            started_ms,
            ..Self::default()
        }
    }

    /// Adds to a counter. Label values must be few: nothing that a client can choose.
    pub fn add(&self, counter: Counter, labels: &[(&str, &str)], amount: u64) {
        if amount > 0 {
            let mut values = self.values(counter);
            match values.get_mut(&label_text(labels)) {
                Some(value) => *value += amount,
                None => _ = values.insert(label_text(labels), amount),
            }
        }
    }

    /// The sum over all labels.
    pub fn total(&self, counter: Counter) -> u64 {
        self.values(counter).values().sum()
    }

    /// The values by their labels, spelled as Prometheus spells them.
    pub fn by_labels(&self, counter: Counter) -> BTreeMap<String, u64> {
        self.values(counter).clone()
    }

    /// Counts a request to the API; `pattern` is its route in the table of URLs.
    pub fn observe_request(
        &self,
        method: &'static str,
        pattern: Option<&str>,
        status: u16,
        took: Duration,
    ) {
        self.request_times.observe(method, pattern, status, took);
    }

    pub fn observe_write(&self, took: Duration) {
        let micros = took.as_micros() as u64;
        if let Some(bucket) = WRITE_BOUNDS.iter().position(|bound| micros <= *bound) {
            self.write_buckets[bucket].fetch_add(1, Ordering::Relaxed);
        }
        self.write_count.fetch_add(1, Ordering::Relaxed);
        self.write_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// Prometheus' text format 0.0.4.
    pub fn prometheus(&self, gauges: &Gauges) -> String {
        let mut text = String::with_capacity(8 << 10);
        for (position, (name, kind, help)) in LIST.iter().enumerate() {
            _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            if let Some(values) = self.counters.get(position) {
                let values = values.lock().unwrap_or_else(PoisonError::into_inner);
                if values.is_empty() {
                    _ = writeln!(text, "{name} 0");
                }
                for (labels, value) in values.iter() {
                    _ = writeln!(text, "{name}{labels} {value}");
                }
            } else if *kind == "histogram" {
                self.write_histogram(&mut text, name);
            } else if let Some(value) = self.gauge(name, gauges) {
                _ = writeln!(text, "{name} {value}");
            }
        }
        self.request_times.write(&mut text);
        for (name, value) in self.zipkin_values() {
            let kind = if name.0 == "counter" { "_total" } else { "" };
            let [transport, what] = [name.2, name.1];
            _ = writeln!(
                text,
                "zipkin_collector_{what}{kind}{{transport=\"{transport}\"}} {value}"
            );
        }
        text
    }

    /// Zipkin's `/metrics`: one flat object of doubles.
    pub fn zipkin_json(&self) -> serde_json::Map<String, serde_json::Value> {
        self.zipkin_values()
            .into_iter()
            .map(|((kind, what, transport), value)| {
                (
                    format!("{kind}.zipkin_collector.{what}.{transport}"),
                    (value as f64).into(),
                )
            })
            .collect()
    }

    fn zipkin_values(&self) -> Vec<((&'static str, &'static str, &'static str), u64)> {
        let mut values = Vec::new();
        for (name, transport) in [
            ("http", &self.zipkin),
            ("grpc", &self.zipkin_grpc),
            ("otel/http", &self.otlp),
            ("otel/grpc", &self.otlp_grpc),
        ] {
            for (kind, what, value) in transport.values() {
                values.push(((kind, what, name), value));
            }
        }
        values
    }

    fn values(&self, counter: Counter) -> std::sync::MutexGuard<'_, BTreeMap<String, u64>> {
        self.counters[counter as usize]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn write_histogram(&self, text: &mut String, name: &str) {
        let mut below = 0;
        for (bound, bucket) in WRITE_BOUNDS.iter().zip(&self.write_buckets) {
            below += bucket.load(Ordering::Relaxed);
            _ = writeln!(
                text,
                "{name}_bucket{{le=\"{}\"}} {below}",
                *bound as f64 / 1e6
            );
        }
        let count = self.write_count.load(Ordering::Relaxed);
        let seconds = self.write_micros.load(Ordering::Relaxed) as f64 / 1e6;
        _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {count}");
        _ = writeln!(text, "{name}_sum {seconds}\n{name}_count {count}");
    }

    fn gauge(&self, name: &str, gauges: &Gauges) -> Option<u64> {
        let store = &gauges.store;
        match name {
            "hopline_ingest_memory_bytes" => Some(gauges.ingest_memory),
            "hopline_senders" => Some(gauges.senders),
            "hopline_senders_other_requests" => Some(gauges.senders_other_requests),
            "hopline_store_spans_written" => Some(store.spans_written),
            "hopline_store_disk_bytes" => Some(store.disk_bytes),
            "hopline_store_tail_bytes" => Some(store.tail_bytes),
            "hopline_store_unflushed_bytes" => Some(store.unflushed_bytes),
            "hopline_store_failures" => Some(store.failures),
            "hopline_store_buckets_dropped_early" => Some(store.buckets_dropped_early),
            "hopline_store_indexes_missing" => Some(store.indexes_missing),
            "hopline_store_indexes_rebuilt" => Some(store.indexes_rebuilt),
            "hopline_store_rebuild_percent" => Some(store.rebuild_percent.unwrap_or(100)),
            "hopline_store_searches_partial" => Some(store.searches_partial),
            "hopline_store_buckets" => Some(store.buckets),
            "hopline_store_oldest_seconds" => store.oldest_ms.map(|ms| ms / 1000),
            "hopline_store_names_refused" => Some(store.names_refused),
            "hopline_store_commits" => Some(store.commits),
            "hopline_start_seconds" => Some(self.started_ms / 1000),
            _ => None,
        }
    }
}

fn label_text(labels: &[(&str, &str)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let pairs: Vec<String> = labels
        .iter()
        .map(|(name, value)| format!("{name}=\"{value}\""))
        .collect();
    format!("{{{}}}", pairs.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_begins_with_the_counters_in_their_order() {
        assert_eq!(Counter::PanicsCaught as usize, COUNTERS - 1);
        assert_eq!(
            LIST[Counter::Requests as usize].0,
            "hopline_http_requests_total"
        );
        assert_eq!(
            LIST[Counter::SpansRefused as usize].0,
            "hopline_spans_refused_total"
        );
        assert_eq!(
            LIST[Counter::PanicsCaught as usize].0,
            "hopline_panics_caught_total"
        );
    }

    #[test]
    fn every_number_of_the_list_is_published() {
        let metrics = Metrics::new(0);
        let store = StoreStatus {
            oldest_ms: Some(5000),
            ..StoreStatus::default()
        };
        let text = metrics.prometheus(&Gauges {
            store,
            ingest_memory: 0,
            senders: 0,
            senders_other_requests: 0,
        });
        for (name, ..) in LIST {
            assert!(text.lines().any(|line| line.starts_with(name)), "{name}");
        }
    }
}
