//! How long requests to the API took, by method, status and path, under the name that Zipkin's
//! dashboards chart (`http_server_requests_seconds`).
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds, in microseconds.
const BOUNDS: [u64; 14] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 5_000_000, 10_000_000,
];

const NAME: &str = "http_server_requests_seconds";

#[derive(Default)]
pub(super) struct RequestTimes(Mutex<BTreeMap<Labels, Times>>);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Labels {
    method: &'static str,
    status: u16,
    uri: String,
}

#[derive(Clone, Default)]
struct Times {
    below: [u64; BOUNDS.len()],
    count: u64,
    micros: u64,
    micros_max: u64,
}

impl RequestTimes {
    /// `pattern` is the route as it stands in the table of URLs, so that a client cannot make new
    /// labels; `None` for what no route took.
    pub(super) fn observe(
        &self,
        method: &'static str,
        pattern: Option<&str>,
        status: u16,
        took: Duration,
    ) {
        let Some(uri) = uri(pattern, status) else {
            return;
        };
        let labels = Labels {
            method,
            status,
            uri,
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let times = all.entry(labels).or_default();
        let micros = took.as_micros() as u64;
        if let Some(place) = BOUNDS.iter().position(|bound| micros <= *bound) {
            times.below[place] += 1;
        }
        times.count += 1;
        times.micros += micros;
        times.micros_max = times.micros_max.max(micros);
    }

    pub(super) fn write(&self, text: &mut String) {
        let all = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let seconds = |micros: u64| micros as f64 / 1e6;
        _ = writeln!(
            text,
            "# HELP {NAME} Requests to the API, by method, status and path\n# TYPE {NAME} histogram"
        );
        for (labels, times) in &all {
            let labels = labels.text();
            let mut sum = 0;
            for (bound, count) in BOUNDS.iter().zip(times.below) {
                sum += count;
                let bound = seconds(*bound);
                _ = writeln!(text, "{NAME}_bucket{{{labels},le=\"{bound}\"}} {sum}");
            }
            let (count, total) = (times.count, seconds(times.micros));
            _ = writeln!(text, "{NAME}_bucket{{{labels},le=\"+Inf\"}} {count}");
            _ = writeln!(text, "{NAME}_sum{{{labels}}} {total}");
            _ = writeln!(text, "{NAME}_count{{{labels}}} {count}");
        }
        _ = writeln!(
            text,
            "# HELP {NAME}_max The longest since the start\n# TYPE {NAME}_max gauge"
        );
        for (labels, times) in &all {
            let longest = seconds(times.micros_max);
            _ = writeln!(text, "{NAME}_max{{{}}} {longest}", labels.text());
        }
    }
}

impl Labels {
    fn text(&self) -> String {
        let Self {
            method,
            status,
            uri,
        } = self;
        format!("method=\"{method}\",status=\"{status}\",uri=\"{uri}\"")
    }
}

/// Zipkin's spelling of a path: without `/zipkin`, ids as a word, and one word for all that were
/// not found or moved. Only the API is counted.
fn uri(pattern: Option<&str>, status: u16) -> Option<String> {
    let pattern = pattern?;
    let path = pattern.strip_prefix("/zipkin").unwrap_or(pattern);
    if !path.starts_with("/api/") {
        return None;
    }
    Some(match status {
        404 => "NOT_FOUND".to_owned(),
        300..400 => "REDIRECTION".to_owned(),
        _ => path.replace("/trace/{id}", "/trace/{traceId}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_spelled_as_zipkin_spells_them() {
        for (pattern, status, spelled) in [
            (Some("/api/v2/spans"), 202, Some("/api/v2/spans")),
            (Some("/zipkin/api/v2/traces"), 200, Some("/api/v2/traces")),
            (
                Some("/api/v2/trace/{id}"),
                200,
                Some("/api/v2/trace/{traceId}"),
            ),
            (Some("/api/v2/trace/{id}"), 404, Some("NOT_FOUND")),
            (Some("/{path:.*}"), 200, None),
            (Some("/health"), 200, None),
            (None, 404, None),
        ] {
            assert_eq!(uri(pattern, status).as_deref(), spelled, "{pattern:?}");
        }
    }

    #[test]
    fn a_request_is_in_every_bucket_above_its_time() {
        let times = RequestTimes::default();
        times.observe(
            "GET",
            Some("/api/v2/services"),
            200,
            Duration::from_millis(2),
        );
        let mut text = String::new();
        times.write(&mut text);
        let labels = "method=\"GET\",status=\"200\",uri=\"/api/v2/services\"";
        for (end, value) in [
            (",le=\"0.001\"", "0"),
            (",le=\"0.0025\"", "1"),
            (",le=\"10\"", "1"),
            (",le=\"+Inf\"", "1"),
        ] {
            let line = format!("{NAME}_bucket{{{labels}{end}}} {value}\n");
            assert!(text.contains(&line), "{line}{text}");
        }
        assert!(
            text.contains(&format!("{NAME}_sum{{{labels}}} 0.002\n")),
            "{text}"
        );
    }
}
