//! Two groups of kept traces beside each other, held against a plain count of what was sent.
mod plain;
mod sent;

use serde_json::{Value, json};

use crate::app::TestApp;
use plain::{check_side, fisher, judged, mean, pairs, signed};
use sent::{Dice, FINE, HOPS, Made, Sent, TRACES, send};

fn ask(app: &TestApp, a: &str, b: &str) -> crate::client::Answer {
    let escaped = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    app.get(&format!(
        "/api/hopline/compare/groups?a={}&b={}",
        escaped(a),
        escaped(b)
    ))
}

fn search(group: &str) -> String {
    format!("service=front&tag=group%3D{group}")
}

#[test]
fn two_groups_are_as_a_plain_count_says() {
    let app = TestApp::start();
    let mut dice = Dice(7);
    for (number, (what, made, [front, back, cache])) in [
        ("the same", FINE, ["same"; 3]),
        (
            "slower",
            Made {
                back: 30_000,
                ..FINE
            },
            ["slower-below", "slower", "few"],
        ),
        (
            "faster",
            Made {
                back: 5_000,
                ..FINE
            },
            ["faster-below", "faster", "few"],
        ),
        (
            "made three times",
            Made { calls: 3, ..FINE },
            ["slower-below", "same", "few"],
        ),
        (
            "failing",
            Made {
                failing: 70,
                ..FINE
            },
            ["same", "same", "few"],
        ),
        (
            "a new call",
            Made {
                cached: 100,
                ..FINE
            },
            ["same", "same", "few"],
        ),
        (
            "no call",
            Made { cached: 0, ..FINE },
            ["same", "same", "missing"],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let first = 1 + number as u64 * 2 * TRACES;
        let (name_a, name_b) = (format!("a{number}"), format!("b{number}"));
        let a = send(&app, &name_a, first, made, &mut dice);
        let b = send(&app, &name_b, first + TRACES, FINE, &mut dice);
        let answer = ask(&app, &search(&name_a), &search(&name_b)).json();
        let rows = answer["hops"].as_array().unwrap();
        assert_eq!(rows.len(), 3, "{what}");
        let whole = [mean(&a, 0, false), mean(&b, 0, false)];
        assert_eq!(answer["a"]["traceCount"], TRACES, "{what}");
        assert_eq!(answer["a"]["meanNano"], whole[0], "{what}");
        assert_eq!(answer["differenceNano"], signed(whole), "{what}");
        let mut on_hops = answer["otherNano"].as_i64().unwrap();
        for (hop, expected) in [front, back, cache].into_iter().enumerate() {
            let row = rows.iter().find(|row| row["service"] == HOPS[hop]).unwrap();
            let what = format!("{what}: {}: {row}", HOPS[hop]);
            for (side, sent) in [("a", &a), ("b", &b)] {
                check_side(&row[side], sent, hop, &what);
            }
            // The time of the critical path that is a hop's: `front`'s own, all of the others'.
            let critical = [mean(&a, hop, true), mean(&b, hop, true)];
            assert_eq!(row["differenceNano"], signed(critical), "{what}");
            on_hops += row["differenceNano"].as_i64().unwrap();
            assert_eq!(row["change"], judged(&a, &b, hop), "{what}");
            // The same by eye; how many of the traces have the cache is chance.
            if hop < 2 || expected == "missing" {
                assert_eq!(row["change"], expected, "{what}");
            }
            let presence = |sent: &Sent| {
                sent.iter()
                    .filter(|(calls, _)| !calls[hop].durations.is_empty())
                    .count()
            };
            let failing = |sent: &Sent| {
                sent.iter()
                    .filter(|(calls, _)| calls[hop].failed > 0)
                    .count()
            };
            let counts = |sent: &Sent| {
                sent.iter()
                    .map(|(calls, _)| calls[hop].durations.len() as u64)
                    .collect::<Vec<_>>()
            };
            let mut calls = fisher((presence(&a), a.len()), (presence(&b), b.len()));
            if calls == "same" {
                calls = pairs(&counts(&a), &counts(&b));
            }
            assert_eq!(row["calls"], calls, "{what}");
            let errors = fisher((failing(&a), presence(&a)), (failing(&b), presence(&b)));
            assert_eq!(row["errors"], errors, "{what}");
        }
        assert_eq!(answer["differenceNano"], on_hops, "{what}");
    }
}

#[test]
fn lists_of_ids_and_what_is_not_kept() {
    let app = TestApp::start();
    let mut dice = Dice(1);
    let half = Made {
        failing: 50,
        ..FINE
    };
    let sent = send(&app, "a", 1, half, &mut dice);
    let failing = sent.iter().filter(|(calls, _)| calls[1].failed > 0).count();
    // With a service it is the service's own failures that count.
    for (asked, count) in [
        ("tag=group%3Da&error=true", failing),
        ("tag=group%3Da&error=none", sent.len() - failing),
        ("tag=group%3Da&error=false", sent.len()),
        ("service=back&error=none", sent.len() - failing),
        ("service=front&error=none", sent.len()),
    ] {
        let answer = ask(&app, asked, "1").json();
        assert_eq!(answer["a"]["traceCount"], count, "{asked}");
    }
    let answer = ask(&app, "1, 2,2,ffff", &search("a")).json();
    let (a, b) = (&answer["a"], &answer["b"]);
    assert_eq!(
        (&a["traceCount"], &b["traceCount"]),
        (&json!(2), &json!(40))
    );
    assert_eq!(a["missing"], json!(["000000000000ffff"]));
    assert_eq!(
        (&a["searched"], &a["truncated"]),
        (&Value::Null, &json!(false))
    );
    assert!(
        answer["hops"]
            .as_array()
            .unwrap()
            .iter()
            .all(|hop| hop["change"] == "few")
    );
    let limited = ask(&app, &format!("{}&limit=5", search("a")), &search("nobody")).json();
    assert_eq!(limited["a"]["traceCount"], 5);
    assert_eq!(limited["a"]["truncated"], true);
    assert_eq!(
        (&limited["b"]["traceCount"], &limited["differenceNano"]),
        (&json!(0), &Value::Null)
    );
    let many: Vec<String> = (1..=101).map(|id: u64| format!("{id:x}")).collect();
    for (a, b, status, words) in [
        ("", "1", 400, "a is missing"),
        ("1", "pie", 400, "b: not a trace id: pie"),
        ("1", ",", 400, "b: no trace id"),
        (
            "1",
            &*many.join(","),
            400,
            "b: a group has at most 100 traces",
        ),
        ("limit=101", "1", 400, "a: limit must be between 1 and 100"),
        ("from=x", "1", 400, "a: from is not a number"),
        ("1", "fffe", 404, "no trace 000000000000fffe is kept"),
    ] {
        let refused = ask(&app, a, b);
        assert_eq!(refused.status, status, "{a} {b}");
        let text = refused.json()["error"].to_string();
        assert!(text.contains(words), "{text}");
    }
    let closed = TestApp::start_with(&[], &[("SEARCH_ENABLED", "false")]);
    assert_eq!(ask(&closed, "service=a", "1").status, 404);
}

#[test]
fn groups_of_hostile_traces_cost_a_bounded_answer() {
    let app = TestApp::start();
    let long = "x".repeat(200);
    for trace in 1..=4_u64 {
        let spans: Vec<Value> = (1..=3_000_u64)
            .map(|id| {
                // Half of them a chain, half of them beside each other, no two alike.
                let parent = if id % 2 == 0 && id > 2 { id - 2 } else { 1 };
                json!({
                    "traceId": format!("{trace:016x}"), "id": format!("{id:x}"), "kind": "SERVER",
                    "parentId": (id > 1).then(|| format!("{parent:x}")), "duration": 10,
                    "name": format!("{trace} {id} {long}"), "timestamp": 1_700_000_000_000_000_u64,
                    "localEndpoint": {"serviceName": format!("s{}", id % 7)}
                })
            })
            .collect();
        assert_eq!(app.post_spans(&json!(spans).to_string()).status, 202);
    }
    let answer = ask(&app, "1,2", "3,4");
    assert!(answer.body.len() < 3_000_000, "{}", answer.body.len());
    let answer = answer.json();
    assert_eq!(answer["truncated"], true);
    // The tops of the two groups are one pair.
    assert_eq!(answer["hops"].as_array().unwrap().len(), 1_999);
    // Neither group took all the room.
    for side in ["a", "b"] {
        let known = answer["hops"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|hop| !hop[side].is_null());
        assert!(known.count() > 100, "{side}");
    }
}
