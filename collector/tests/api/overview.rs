//! What the traces of a search are like together, and an answer that goes on page by page.
use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::app::TestApp;

const NOW_MS: u64 = 1_700_000_000_000;

/// Trace `number` began that many seconds ago, and took as many milliseconds.
fn send(app: &TestApp, number: u64, service: &str, name: &str, tags: &Value) {
    let span = json!([{
        "traceId": format!("{number:x}"), "id": "1", "name": name, "kind": "SERVER",
        "timestamp": (NOW_MS - number * 1000) * 1000, "duration": number * 1000,
        "localEndpoint": {"serviceName": service}, "tags": tags,
    }]);
    assert_eq!(app.post_spans(&span.to_string()).status, 202);
}

fn app() -> TestApp {
    let app = TestApp::start();
    for number in 1..=7 {
        send(&app, number, "shop", "get", &json!({"region": "eu"}));
    }
    for number in 8..=9 {
        send(
            &app,
            number,
            "Shop",
            "pay",
            &json!({"region": "us", "error": "declined"}),
        );
    }
    send(&app, 10, "till", "pay", &json!({}));
    app
}

fn overview(app: &TestApp, question: &str) -> Value {
    let answer = app.get(&format!("/api/hopline/search/overview?{PERIOD}&{question}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

const PERIOD: &str = "from=1699999000000&to=1700000000000";

#[test]
fn how_many_how_long_and_what_they_share() {
    let told = overview(&app(), "");
    assert_eq!(
        (&told["count"], &told["errorCount"]),
        (&json!(10), &json!(2))
    );
    assert_eq!(told["truncated"], false);
    assert_eq!(
        told["searched"],
        json!({"from": 1_699_999_000_000_u64, "to": NOW_MS})
    );
    assert_eq!(
        told["durations"],
        json!({"p50Nano": 5_000_000, "p99Nano": 10_000_000, "maxNano": 10_000_000})
    );
    assert_eq!(
        told["services"],
        json!([
            {"name": "shop", "count": 9, "errorCount": 2},
            {"name": "till", "count": 1, "errorCount": 0},
        ])
    );
    assert_eq!(
        told["operations"],
        json!([
            {"name": "get", "count": 7, "errorCount": 0},
            {"name": "pay", "count": 3, "errorCount": 2},
        ])
    );
    assert_eq!(
        told["errorOrigins"],
        json!([{"name": "Shop", "count": 2, "errorCount": 2}])
    );
    assert_eq!(
        told["tags"][0],
        json!({"key": "region", "count": 9, "errorCount": 2, "more": false, "values": [
            {"name": "eu", "count": 7, "errorCount": 0},
            {"name": "us", "count": 2, "errorCount": 2},
        ]})
    );
    let points = told["points"].as_array().unwrap();
    assert_eq!(points.len(), 10);
    assert_eq!(
        points[8],
        json!({
            "traceId": "0000000000000009", "startTimeUnixNano": "1699999991000000000",
            "durationNano": 9_000_000, "errorCount": 1,
            "root": {"service": "Shop", "operation": "pay"},
            "errorOrigin": {"service": "Shop", "text": "declined"},
        })
    );
    let steps = told["histogram"].as_array().unwrap();
    let sum = |field: &str| {
        steps
            .iter()
            .map(|step| step[field].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!((sum("count"), sum("errorCount")), (10, 2));
    assert_eq!(told.get("groups"), None);
}

#[test]
fn it_is_about_the_same_traces_as_the_search() {
    let app = app();
    for (question, count, truncated) in [
        ("service=till", 1, false),
        ("notTag=region", 1, false),
        ("notTag=region%3Dus&error=none", 8, false),
        ("limit=4", 4, true),
        ("limit=10", 10, false),
        ("service=nobody", 0, false),
    ] {
        let told = overview(&app, question);
        assert_eq!(
            (&told["count"], &told["truncated"]),
            (&json!(count), &json!(truncated)),
            "{question}"
        );
        let found = app.get(&format!(
            "/api/hopline/search?{PERIOD}&{question}&limit=1000"
        ));
        let found = found.json();
        let ids = |traces: &Value| -> Vec<Value> {
            let traces = traces.as_array().unwrap().iter();
            traces.map(|trace| trace["traceId"].clone()).collect()
        };
        assert_eq!(ids(&told["points"]), ids(&found["traces"]), "{question}");
    }
    let none = overview(&app, "service=nobody&group=service");
    assert_eq!(
        none["durations"],
        json!({"p50Nano": null, "p99Nano": null, "maxNano": null})
    );
    assert_eq!(
        (&none["groups"], &none["groupsLeftOut"]),
        (&json!([]), &json!(0))
    );
}

/// More than is read at once.
#[test]
fn many_traces_are_counted_and_told_once_each() {
    let app = TestApp::start();
    let spans: Vec<Value> = (1..=230_u64)
        .map(|number| {
            json!({
                "traceId": format!("{number:x}"), "id": "1", "name": "get", "duration": number * 1000,
                // Some began at the same moment.
                "timestamp": (NOW_MS - number / 3 * 1000) * 1000,
                "localEndpoint": {"serviceName": "shop"}, "tags": {"half": (number % 2).to_string()},
            })
        })
        .collect();
    assert_eq!(app.post_spans(&json!(spans).to_string()).status, 202);
    for (question, count, truncated) in [
        ("", 230, false),
        ("limit=230", 230, false),
        ("limit=229", 229, true),
        ("limit=200", 200, true),
        ("limit=100", 100, true),
        ("notTag=half%3D0", 115, false),
        ("tag=half%3D0&limit=115", 115, false),
    ] {
        let told = overview(&app, question);
        let expected = (json!(count), json!(truncated));
        assert_eq!(
            (&told["count"], &told["truncated"]),
            (&expected.0, &expected.1),
            "{question}"
        );
        let mut seen = BTreeSet::new();
        for point in told["points"].as_array().unwrap() {
            assert!(
                seen.insert(point["traceId"].as_str().unwrap().to_owned()),
                "{question}"
            );
        }
        let found = app.get(&format!(
            "/api/hopline/search?{PERIOD}&{question}&limit=1000"
        ));
        assert_eq!(
            found.json()["traces"].as_array().unwrap().len(),
            count,
            "{question}"
        );
    }
    let longest = app
        .get(&format!(
            "/api/hopline/search?{PERIOD}&sort=longest&limit=2"
        ))
        .json();
    assert_eq!(longest["traces"][0]["traceId"], "00000000000000e6");
}

#[test]
fn groups_by_root_error_and_tag() {
    let app = app();
    for (group, expected) in [
        (
            "service",
            json!([
                ["shop", null, 7, 0],
                ["Shop", null, 2, 2],
                ["till", null, 1, 0]
            ]),
        ),
        (
            "operation",
            json!([
                ["shop", "get", 7, 0],
                ["Shop", "pay", 2, 2],
                ["till", "pay", 1, 0]
            ]),
        ),
        (
            "error",
            json!([[null, null, 8, 0], ["Shop", "declined", 2, 2]]),
        ),
        (
            "tag:region",
            json!([[null, "eu", 7, 0], [null, "us", 2, 2], [null, null, 1, 0]]),
        ),
    ] {
        let told = overview(&app, &format!("group={group}"));
        let groups = told["groups"].as_array().unwrap();
        let short = groups.iter().map(|one| {
            assert_eq!(
                one["traceIds"].as_array().unwrap().len() as u64,
                one["count"].as_u64().unwrap()
            );
            json!([one["service"], one["name"], one["count"], one["errorCount"]])
        });
        assert_eq!(Value::from_iter(short), expected, "{group}");
    }
    let told = overview(&app, "group=tag:region");
    assert_eq!(
        told["groups"][1]["durations"],
        json!({"p50Nano": 8_000_000, "p99Nano": 9_000_000, "maxNano": 9_000_000})
    );
    assert_eq!(
        told["groups"][1]["traceIds"],
        json!(["0000000000000008", "0000000000000009"])
    );
    for wrong in ["colour", "tag:", "Service"] {
        let answer = app.get(&format!("/api/hopline/search/overview?group={wrong}"));
        assert_eq!(answer.status, 400, "{wrong}");
        assert!(answer.text().contains("tag:KEY"), "{}", answer.text());
    }
}

#[test]
fn sorted_by_the_server_over_what_was_found() {
    let app = app();
    for (question, expected, truncated) in [
        ("sort=newest&limit=2", ["1", "2"], true),
        ("sort=longest&limit=2", ["a", "9"], true),
        ("sort=errors&limit=2", ["8", "9"], true),
        (
            "sort=longest&limit=2&service=shop&operation=pay",
            ["9", "8"],
            false,
        ),
    ] {
        let told = app
            .get(&format!("/api/hopline/search?{PERIOD}&{question}"))
            .json();
        let traces = told["traces"].as_array().unwrap().iter();
        let ids: Vec<&str> = traces
            .map(|trace| trace["traceId"].as_str().unwrap().trim_start_matches('0'))
            .collect();
        assert_eq!(ids, expected, "{question}");
        assert_eq!(told["truncated"], truncated, "{question}");
        let goes_on = question.contains("newest");
        assert_eq!(told["nextCursor"].is_string(), goes_on, "{question}");
    }
}

#[test]
fn pages_follow_one_another_without_gap_or_repeat() {
    let app = app();
    // Traces that began at the same moment are told apart by their ids.
    for id in [0x21, 0x22, 0x23] {
        let span = json!([{
            "traceId": format!("{id:x}"), "id": "1", "name": "same", "duration": 1000,
            "timestamp": (NOW_MS - 5000) * 1000, "localEndpoint": {"serviceName": "shop"},
        }]);
        assert_eq!(app.post_spans(&span.to_string()).status, 202);
    }
    let whole = app
        .get(&format!("/api/hopline/search?{PERIOD}&limit=1000"))
        .json();
    for limit in 1..=5 {
        let mut pages = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = app
                .get(&format!(
                    "/api/hopline/search?{PERIOD}&limit={limit}{cursor}"
                ))
                .json();
            pages.extend(page["traces"].as_array().unwrap().clone());
            let Some(next) = page["nextCursor"].as_str() else {
                assert_eq!(page["truncated"], false);
                break;
            };
            assert_eq!(page["truncated"], true);
            assert_eq!(page["searched"], whole["searched"]);
            cursor = format!("&cursor={next}");
            assert!(pages.len() <= 13, "it has no end");
        }
        assert_eq!(Value::Array(pages), whole["traces"], "{limit}");
    }
}
