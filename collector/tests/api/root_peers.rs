//! Where the traces of a search stand among others with the same root, held to what was sent.
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use storage::memory::MemoryStore;

use crate::app::{NOW_MS, TestApp};
use crate::purchases::text;

const HOUR_MS: u64 = 3_600_000;
/// An hour of the clock that is over.
const HOUR_START_MS: u64 = NOW_MS / HOUR_MS * HOUR_MS - HOUR_MS;

/// Calls of one root, each a twentieth slower than the one before: no two of them look the same.
struct Root {
    operation: &'static str,
    /// How many there were in the hour, and in an hour of the day before that.
    calls: [u64; 2],
    /// Those of the hour stand among so many, if there are enough.
    peers: Option<u64>,
}

const ROOTS: [Root; 3] = [
    Root {
        operation: "GET /many",
        calls: [120, 30],
        peers: Some(120),
    },
    Root {
        operation: "GET /some",
        calls: [25, 15],
        peers: Some(40),
    },
    Root {
        operation: "GET /few",
        calls: [10, 9],
        peers: None,
    },
];

const fn duration_of(number: u64) -> u64 {
    let mut duration = 1_000_000;
    let mut slower = 0;
    while slower < number {
        duration += duration / 20;
        slower += 1;
    }
    duration
}

fn trace_id(root: usize, number: u64) -> String {
    let low = (root as u128 + 1) * 1_000 + u128::from(number);
    format!("{:032x}", (0x7e57_u128 << 64) + low)
}

/// Numbers count on from the hour to the one before it. Each call has work of its own that goes on
/// after it: the root alone is compared.
fn spans() -> Vec<Value> {
    let mut spans = Vec::new();
    for (place, root) in ROOTS.iter().enumerate() {
        let [here, before] = root.calls;
        for number in 0..here + before {
            let hours = if number < here { 0 } else { 5 };
            let start = (HOUR_START_MS - hours * HOUR_MS + number * 20_000) * 1_000_000;
            let span = |id: u64, kind: u8, name: &str, duration: u64| {
                json!({
                    "traceId": trace_id(place, number), "spanId": format!("{id:016x}"),
                    "parentSpanId": if id == 1 { "" } else { "0000000000000001" },
                    "name": name, "kind": kind, "startTimeUnixNano": start.to_string(),
                    "endTimeUnixNano": (start + duration).to_string()
                })
            };
            spans.push(span(1, 2, root.operation, duration_of(number)));
            spans.push(span(2, 1, "work", 9_000_000_000));
        }
    }
    spans
}

fn look(app: &TestApp, case: &str) {
    let path = format!(
        "/api/hopline/search?service=shop&limit=500&from={HOUR_START_MS}&to={}",
        HOUR_START_MS + HOUR_MS - 1
    );
    let answer = app.get(&path).json();
    let traces = answer["traces"].as_array().unwrap().iter();
    let told: HashMap<&str, &Value> = traces
        .map(|trace| (trace["traceId"].as_str().unwrap(), trace))
        .collect();
    assert_eq!(told.len(), 120 + 25 + 10, "{case}");
    for (place, root) in ROOTS.iter().enumerate() {
        for number in 0..root.calls[0] {
            let id = trace_id(place, number);
            let trace = told[id.as_str()];
            let Some(peers) = root.peers else {
                assert!(trace.get("percentile").is_none(), "{case}: {trace}");
                assert!(trace.get("slower").is_none(), "{case}: {trace}");
                continue;
            };
            let percentile = (number as f64 + 0.5) * 100.0 / peers as f64;
            let percentile = (percentile * 100.0).round() / 100.0;
            assert_eq!(trace["percentile"], percentile, "{case}: {trace}");
            let median = duration_of((peers - 1) / 2) as f64;
            let slower = duration_of(number) as f64 / median;
            let found = trace["slower"].as_f64().unwrap();
            assert!(
                (found - slower).abs() <= slower * 0.0101 + 0.005,
                "{case}: {slower} {trace}"
            );
            if number % 40 == 3 {
                // The trace itself says the same of its first hop.
                let path = format!("/api/hopline/traces/{id}?spans=none");
                let hop = &app.get(&path).json()["hops"][0];
                for field in ["percentile", "slower"] {
                    assert_eq!(hop["peers"][field], trace[field], "{case}: {hop}");
                }
            }
        }
    }
}

fn post(app: &TestApp) {
    for spans in spans().chunks(100) {
        let body = json!({"resourceSpans": [{
            "resource": {"attributes": [text("service.name", "shop")]},
            "scopeSpans": [{"spans": spans}]
        }]});
        let headers = [("content-type", "application/json")];
        let answer = app.ask("POST", "/v1/traces", &headers, body.to_string().as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

#[test]
fn summaries_say_where_their_root_stands() {
    let app = TestApp::start_over(Arc::new(MemoryStore::new()), &[], &[]);
    post(&app);
    look(&app, "memory");
}

#[test]
#[cfg(feature = "local")]
fn summaries_say_where_their_root_stands_on_disk() {
    use storage::store::Store;

    use crate::format::{close, futures_now, open};
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(folder.path()));
    let app = TestApp::start_over(Arc::clone(&store) as Arc<dyn Store>, &[], &[]);
    post(&app);
    futures_now(store.settle());
    look(&app, "at rest");
    look(&app, "again");
    close(app, &store);
}
