//! Counts and latencies from outside, held to what was sent: of services, operations and edges, and
//! where each hop of a trace stands.
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use storage::memory::MemoryStore;

use crate::app::{NOW_MS, TestApp};
use crate::purchases::{Purchase, post, purchases, text};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
/// The counts of an answer are those of these durations, latencies within 1 %.
fn assert_counts(what: &str, found: &Value, mut durations: Vec<u64>, errors: usize) {
    durations.sort_unstable();
    assert_eq!(found["requests"], durations.len(), "{what}");
    assert_eq!(found["errors"], errors, "{what}");
    for (name, q) in [("p50Nano", 0.5), ("p90Nano", 0.9), ("p99Nano", 0.99)] {
        let Some(last) = durations.len().checked_sub(1) else {
            assert!(found[name].is_null(), "{what}: {found}");
            continue;
        };
        let truth = durations[(q * last as f64) as usize] as f64;
        let told = found[name].as_f64().unwrap();
        assert!(
            (told - truth).abs() <= truth * 0.0101,
            "{what} {name}: {told} {truth}"
        );
    }
}

fn in_minutes(purchases: &[Purchase], from_ms: u64, to_ms: u64) -> Vec<&Purchase> {
    let minutes = from_ms / MINUTE_MS..=to_ms / MINUTE_MS;
    let all = purchases.iter();
    all.filter(|purchase| minutes.contains(&(purchase.start_ms / MINUTE_MS)))
        .collect()
}

/// A row, its window before and its steps.
fn assert_row(
    (what, row): (&str, &Value),
    purchases: &[Purchase],
    (from_ms, to_ms, step_ms): (u64, u64, u64),
    duration: impl Fn(&Purchase) -> u64,
    fails: bool,
) {
    let check = |what: &str, found: &Value, purchases: &[&Purchase]| {
        let durations = purchases.iter().map(|one| duration(one)).collect();
        let errors = purchases.iter().filter(|one| fails && one.fails).count();
        assert_counts(what, found, durations, errors);
    };
    check(what, row, &in_minutes(purchases, from_ms, to_ms));
    let first = from_ms / MINUTE_MS * MINUTE_MS;
    let length = (to_ms / MINUTE_MS + 1) * MINUTE_MS - first;
    let before = in_minutes(purchases, first - length, first - 1);
    check(&format!("{what} before"), &row["before"], &before);
    let mut steps = 0;
    for point in row["series"].as_array().unwrap() {
        let start = point["startMs"].as_u64().unwrap();
        assert_eq!(start % step_ms, 0, "{what}");
        let (from, to) = (start.max(from_ms), (start + step_ms - 1).min(to_ms));
        check(
            &format!("{what} at {start}"),
            point,
            &in_minutes(purchases, from, to),
        );
        steps += point["requests"].as_u64().unwrap();
    }
    assert_eq!(row["requests"], steps, "{what}");
}

fn named<'a>(rows: &'a Value, fields: &[(&str, &str)]) -> &'a Value {
    let is_it = |row: &&Value| fields.iter().all(|(name, value)| row[*name] == *value);
    let mut found = rows.as_array().unwrap().iter().filter(is_it);
    let row = found.next().unwrap_or_else(|| panic!("{fields:?}: {rows}"));
    assert!(found.next().is_none(), "{fields:?} twice");
    row
}

fn look(app: &TestApp, purchases: &[Purchase], case: &str) {
    for (from_ms, to_ms, points, step_ms) in [
        (NOW_MS - HOUR_MS, NOW_MS, 500, MINUTE_MS),
        (NOW_MS - HOUR_MS, NOW_MS, 10, 10 * MINUTE_MS),
        (NOW_MS - 90_000, NOW_MS - 90_000, 60, MINUTE_MS),
        (NOW_MS - 3 * HOUR_MS - 7, NOW_MS - HOUR_MS, 4, HOUR_MS),
        (NOW_MS - 24 * HOUR_MS, NOW_MS, 60, HOUR_MS),
    ] {
        let time = format!("from={from_ms}&to={to_ms}&points={points}");
        let window = (from_ms, to_ms, step_ms);
        let what = |of: &str| format!("{case} {time}: {of}");

        let answer = app.get(&format!("/api/hopline/services?{time}")).json();
        assert_eq!(answer["stepMs"], step_ms, "{case} {time}");
        assert_eq!(answer["truncated"], false);
        assert_eq!(
            answer["searched"]["from"],
            from_ms / MINUTE_MS * MINUTE_MS,
            "{case} {time}"
        );
        let durations: [fn(&Purchase) -> u64; 3] =
            [|one| one.durations[0], |one| one.durations[2], |_| 700_000];
        for (name, (duration, fails)) in ["gateway", "orders", "mail"].into_iter().zip([
            (durations[0], false),
            (durations[1], true),
            (durations[2], false),
        ]) {
            let row = named(&answer["services"], &[("service", name)]);
            assert_row((&what(name), row), purchases, window, duration, fails);
        }

        let answer = app
            .get(&format!("/api/hopline/services/oRDERS?{time}"))
            .json();
        assert_row(
            (&what("orders itself"), &answer),
            purchases,
            window,
            |one| one.durations[2],
            true,
        );
        assert_eq!(answer["operations"].as_array().unwrap().len(), 3);
        let query = [("operation", "INSERT orders"), ("kind", "CLIENT")];
        let row = named(&answer["operations"], &query);
        let duration = |one: &Purchase| one.durations[3];
        assert_row((&what("query"), row), purchases, window, duration, false);
        assert_eq!(answer["edgesIn"].as_array().unwrap().len(), 1);
        assert_eq!(answer["edgesOut"].as_array().unwrap().len(), 2);
        let row = named(&answer["edgesOut"], &[("callee", "postgresql")]);
        assert_eq!(row["kind"], "database");
        assert_row((&what("to disk"), row), purchases, window, duration, false);

        let answer = app.get(&format!("/api/hopline/dependencies?{time}")).json();
        assert_eq!(answer["edges"].as_array().unwrap().len(), 4, "{answer}");
        let pair = [("caller", "gateway"), ("callee", "orders"), ("kind", "rpc")];
        let row = named(&answer["edges"], &pair);
        let duration = |one: &Purchase| one.durations[1];
        assert_row((&what("call"), row), purchases, window, duration, true);
        assert_exemplars(row, &in_minutes(purchases, from_ms, to_ms));
        assert_eq!(
            answer["services"],
            json!([
                {"service": "gateway", "virtual": false, "kind": "service"},
                {"service": "kafka", "virtual": true, "kind": "queue"},
                {"service": "mail", "virtual": false, "kind": "service"},
                {"service": "orders", "virtual": false, "kind": "service"},
                {"service": "postgresql", "virtual": true, "kind": "database"}
            ])
        );
    }
}

fn assert_exemplars(row: &Value, purchases: &[&Purchase]) {
    let slowest = purchases.iter().max_by_key(|one| one.durations[1]).unwrap();
    let failed = purchases.iter().rfind(|one| one.fails);
    let latest = purchases.last().unwrap();
    let expected: BTreeSet<String> = [Some(slowest), failed, Some(latest)]
        .into_iter()
        .flatten()
        .map(|one| one.trace_id())
        .collect();
    let exemplars = row["exemplars"].as_array().unwrap();
    let found: BTreeSet<String> = (exemplars.iter())
        .map(|one| one["traceId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(found, expected);
    assert_eq!(exemplars[0]["durationNano"], slowest.durations[1]);
    for exemplar in exemplars {
        let is_latest_failure =
            failed.is_some_and(|one| exemplar["traceId"] == one.trace_id().as_str());
        assert_eq!(exemplar["error"] == true, is_latest_failure, "{row}");
    }
}

/// Peers of the hops of some traces: all of the hour of the clock if they are a hundred, else those
/// of the day.
fn look_at_peers(app: &TestApp, purchases: &[Purchase], case: &str) {
    let mut windows = BTreeSet::new();
    for purchase in purchases.iter().step_by(23).chain(purchases.last()) {
        let path = format!("/api/hopline/traces/{}?spans=none", purchase.trace_id());
        let answer = app.get(&path).json();
        let hour = |one: &Purchase| one.start_ms / HOUR_MS;
        let same: Vec<&Purchase> = (purchases.iter())
            .filter(|one| hour(one) == hour(purchase))
            .collect();
        let day: Vec<&Purchase> = (purchases.iter())
            .filter(|one| (0..24).contains(&(hour(purchase) as i64 - hour(one) as i64)))
            .collect();
        let (window, peers) = if same.len() >= 100 {
            ("1h", same)
        } else {
            ("24h", day)
        };
        for (hop, duration) in answer["hops"].as_array().unwrap().iter().zip([
            Some(0),
            Some(1),
            Some(3),
            // Of a message the consumer's work.
            None,
        ]) {
            let what = format!("{case} {}: {hop}", purchase.id);
            let of = |one: &Purchase| duration.map_or(700_000, |index: usize| one.durations[index]);
            let told = &hop["peers"];
            if peers.len() < 20 {
                assert!(told.is_null(), "{what}");
                continue;
            }
            windows.insert(window);
            let own = of(purchase);
            assert_eq!(told["window"], window, "{what}");
            assert_eq!(told["count"], peers.len(), "{what}");
            let mut durations: Vec<u64> = peers.iter().map(|one| of(one)).collect();
            durations.sort_unstable();
            // A sketch does not tell durations apart that are within 2 %.
            let below = |limit: f64| {
                let below = durations.iter().filter(|one| (**one as f64) < limit);
                below.count() as f64 * 100.0 / durations.len() as f64
            };
            let percentile = told["percentile"].as_f64().unwrap();
            let (least, most) = (below(own as f64 * 0.979), below(own as f64 * 1.021));
            assert!(
                (least - 0.01..=most + 0.01).contains(&percentile),
                "{what}: {least} {most}"
            );
            let median = durations[(durations.len() - 1) / 2] as f64;
            let slower = told["slower"].as_f64().unwrap();
            let truth = own as f64 / median;
            assert!(
                (slower - truth).abs() <= truth * 0.0102 + 0.005,
                "{what}: {truth}"
            );
        }
    }
    assert_eq!(windows, ["1h", "24h"].into());
}

/// A call that is eleven times as slow as the others is told so in the tree.
fn look_at_outlier(app: &TestApp, purchases: &[Purchase], case: &str) {
    let outlier = (purchases.iter())
        .max_by_key(|one| one.durations[3])
        .unwrap();
    let path = format!("/api/hopline/traces/{}?format=text", outlier.trace_id());
    let text = app.get(&path).text();
    let line = text.lines().find(|line| line.contains("INSERT")).unwrap();
    assert!(
        line.contains("  p99.") && line.contains("× the median"),
        "{case}: {text}"
    );
}

#[test]
fn counts_and_peers_are_those_of_what_was_sent() {
    let app = TestApp::start_over(Arc::new(MemoryStore::new()), &[], &[]);
    let purchases = purchases();
    post(&app, &purchases);
    look(&app, &purchases, "memory");
    look_at_peers(&app, &purchases, "memory");
    look_at_outlier(&app, &purchases, "memory");
}

#[test]
#[cfg(feature = "local")]
fn counts_and_peers_are_those_of_what_was_sent_on_disk() {
    use storage::store::Store;

    use crate::format::{close, futures_now, open};
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(folder.path()));
    let app = TestApp::start_over(Arc::clone(&store) as Arc<dyn Store>, &[], &[]);
    let purchases = purchases();
    post(&app, &purchases[..200]);
    futures_now(store.settle());
    post(&app, &purchases[200..]);
    look(&app, &purchases, "in the tail");
    futures_now(store.settle());
    look(&app, &purchases, "at rest");
    look_at_peers(&app, &purchases, "at rest");
    look_at_outlier(&app, &purchases, "at rest");
    close(app, &store);
    drop(store);
    let store = Arc::new(open(folder.path()));
    let app = TestApp::start_over(Arc::clone(&store) as Arc<dyn Store>, &[], &[]);
    look_at_peers(&app, &purchases, "opened again");
    close(app, &store);
}

#[test]
fn a_trace_of_many_spans_is_compared_too() {
    let app = TestApp::start();
    let id = format!("{:032x}", 0x77);
    let spans = (1..=3_000).map(|number: u64| {
        let begin = (NOW_MS - 60_000) * 1_000_000 + number * 10_000;
        json!({
            "traceId": id, "spanId": format!("{number:016x}"), "kind": 2,
            "parentSpanId": if number == 1 { String::new() } else { format!("{:016x}", 1) },
            "name": if number == 1 { "all".to_owned() } else { format!("part {}", number % 700) },
            "startTimeUnixNano": begin.to_string(),
            "endTimeUnixNano": (begin + number * 1_000).to_string()
        })
    });
    let spans: Vec<Value> = spans.collect();
    let body = json!({"resourceSpans": [{
        "resource": {"attributes": [text("service.name", "parts")]},
        "scopeSpans": [{"spans": spans}]
    }]});
    let headers = [("content-type", "application/json")];
    let answer = app.ask("POST", "/v1/traces", &headers, body.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = app
        .get(&format!("/api/hopline/traces/{id}?spans=none"))
        .json();
    let hops = answer["hops"].as_array().unwrap();
    assert_eq!(hops.len(), 3_000);
    // Four or five calls of each are too few to tell what is usual.
    assert!(hops.iter().all(|hop| hop.get("peers").is_none()));
}

#[test]
fn what_cannot_be_counted_is_refused_in_words() {
    let app = TestApp::start();
    for path in ["services", "services/shop", "dependencies"] {
        for (question, words) in [
            ("points=0", "points must be between 1 and 500"),
            ("points=501", "points must be between 1 and 500"),
            ("points=x", "points is not a number: x"),
            ("from=2&to=1", "from is after to"),
            ("to=soon", "to is not a number: soon"),
        ] {
            let answer = app.get(&format!("/api/hopline/{path}?{question}"));
            assert_eq!(answer.status, 400, "{path} {question}");
            assert!(answer.text().contains(words), "{}", answer.text());
        }
        let answer = app.get(&format!("/api/hopline/{path}?from=0&to={}", u64::MAX));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = answer.json();
        assert_eq!(answer["truncated"], false);
        let rows = ["services", "operations", "edges"].map(|name| answer[name].as_array());
        assert!(rows.into_iter().flatten().all(Vec::is_empty), "{answer}");
    }
    let app = TestApp::start_with(&[], &[("SEARCH_ENABLED", "false")]);
    assert_eq!(app.get("/api/hopline/services").status, 404);
}
