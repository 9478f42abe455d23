//! Two groups of kept traces beside each other, held against a plain count of what was sent.
use serde_json::{Value, json};

use crate::app::TestApp;

/// How the traces of a group are made: `front` calls `back`, and some `cache`; microseconds.
#[derive(Clone, Copy)]
struct Made {
    back: u64,
    spread: u64,
    calls: u64,
    /// Of a hundred traces.
    cached: u64,
    failing: u64,
}

const FINE: Made = Made {
    back: 20_000,
    spread: 10_000,
    calls: 1,
    cached: 50,
    failing: 5,
};

/// What one hop did in one trace.
#[derive(Clone, Default)]
struct Calls {
    durations: Vec<u64>,
    failed: usize,
}

/// `front`, `back`, `cache` of each trace; of `front` its own time too.
type Sent = Vec<([Calls; 3], u64)>;

/// Numbers that look like chance, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }
}

const TRACES: u64 = 40;

/// Sends the traces of a group and returns what was sent, in nanoseconds.
fn send(app: &TestApp, group: &str, first: u64, made: Made, dice: &mut Dice) -> Sent {
    let (mut sent, mut spans) = (Vec::new(), Vec::new());
    for trace in first..first + TRACES {
        let begin = 1_700_000_000_000_000 + trace * 10;
        let trace_id = format!("{trace:016x}");
        let (mut calls, mut at) = (<[Calls; 3]>::default(), 1_000);
        let mut add = |id: u64, name: usize, (from, took): (u64, u64), failed: bool| {
            let mut tags = json!({"group": group});
            if failed {
                tags["error"] = json!("boom");
            }
            spans.push(json!({
                "traceId": trace_id, "id": format!("{id:x}"), "kind": "SERVER", "name": "get",
                "parentId": (id > 1).then_some("1"), "timestamp": begin + from, "duration": took,
                "localEndpoint": {"serviceName": HOPS[name]}, "tags": tags
            }));
            calls[name].durations.push(took * 1000);
            calls[name].failed += usize::from(failed);
        };
        let failing = dice.below(100) < made.failing;
        for call in 0..made.calls {
            let took = made.back + dice.below(made.spread);
            add(2 + call, 1, (at, took), failing && call == 0);
            at += took;
        }
        if dice.below(100) < made.cached {
            add(100, 2, (at, 2_000), false);
            at += 2_000;
        }
        let own = 1_000 + dice.below(500);
        let took = at - 1_000 + own;
        add(1, 0, (0, took), false);
        sent.push((calls, own * 1000));
    }
    assert_eq!(app.post_spans(&json!(spans).to_string()).status, 202);
    sent
}

const HOPS: [&str; 3] = ["front", "back", "cache"];

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

fn signed([a, b]: [u64; 2]) -> i64 {
    a as i64 - b as i64
}

/// The mean of a hop's time in a trace; `critical`: of `front` only its own.
fn mean(sent: &Sent, hop: usize, critical: bool) -> u64 {
    let times = sent.iter().map(|(calls, own)| match (hop, critical) {
        (0, true) => *own,
        _ => calls[hop].durations.iter().sum(),
    });
    times.sum::<u64>() / sent.len() as u64
}

fn check_side(told: &Value, sent: &Sent, hop: usize, what: &str) {
    let durations: Vec<u64> = (sent.iter())
        .flat_map(|(calls, _)| calls[hop].durations.clone())
        .collect();
    if durations.is_empty() {
        assert!(told.is_null(), "{what}");
        return;
    }
    let traces = sent
        .iter()
        .filter(|(calls, _)| !calls[hop].durations.is_empty());
    assert_eq!(told["traceCount"], traces.clone().count(), "{what}");
    assert_eq!(
        told["share"],
        traces.count() as f64 / sent.len() as f64,
        "{what}"
    );
    assert_eq!(
        told["callsPerTrace"],
        durations.len() as f64 / sent.len() as f64,
        "{what}"
    );
    let failed: usize = sent.iter().map(|(calls, _)| calls[hop].failed).sum();
    assert_eq!(told["errorCount"], failed, "{what}");
    let owns: Vec<u64> = match hop {
        0 => sent.iter().map(|(_, own)| *own).collect(),
        _ => durations.clone(),
    };
    for (name, values) in [("total", &durations), ("self", &owns)] {
        assert_eq!(told[name]["p50Nano"], quantile(values, 50), "{what}");
        assert_eq!(told[name]["p99Nano"], quantile(values, 99), "{what}");
    }
}

/// The least value that so many of a hundred do not exceed.
fn quantile(values: &[u64], percent: usize) -> u64 {
    let reach = |value: u64| values.iter().filter(|other| **other <= value).count() * 100;
    let enough = values
        .iter()
        .filter(|value| reach(**value) >= percent * values.len());
    *enough.min().unwrap()
}

fn judged(a: &Sent, b: &Sent, hop: usize) -> &'static str {
    let means = |sent: &Sent, critical: bool| -> Vec<u64> {
        let here = sent
            .iter()
            .filter(|(calls, _)| !calls[hop].durations.is_empty());
        here.map(|(calls, own)| match (hop, critical) {
            (0, true) => *own,
            _ => calls[hop].durations.iter().sum::<u64>() / calls[hop].durations.len() as u64,
        })
        .collect()
    };
    let (in_a, in_b) = (means(a, false).len(), means(b, false).len());
    if in_a == 0 || in_b == 0 {
        return match fisher((in_a, a.len()), (in_b, b.len())) {
            "more" => "added",
            "fewer" => "missing",
            _ => "same",
        };
    }
    if in_a.min(in_b) < 20 {
        return "few";
    }
    let longer = |critical: bool| {
        let (one, other) = (means(a, critical), means(b, critical));
        let (m, n) = (quantile(&one, 50), quantile(&other, 50));
        let is_noticed = m.abs_diff(n) >= (m.min(n) / 10).max(500_000);
        if is_noticed {
            pairs(&one, &other)
        } else {
            "same"
        }
    };
    match (longer(true), longer(false)) {
        ("more", _) => "slower",
        ("fewer", _) => "faster",
        (_, "more") => "slower-below",
        (_, "fewer") => "faster-below",
        _ => "same",
    }
}

/// Wilcoxon, Mann and Whitney as they wrote it: how often is one of the first larger than one of the other?
fn pairs(one: &[u64], other: &[u64]) -> &'static str {
    let (n, m) = (one.len() as f64, other.len() as f64);
    let mut larger = 0.0;
    for a in one {
        for b in other {
            larger += if a > b {
                1.0
            } else if a == b {
                0.5
            } else {
                0.0
            };
        }
    }
    let mut all: Vec<u64> = one.iter().chain(other).copied().collect();
    all.sort_unstable();
    all.dedup();
    let ties: f64 = (all.iter())
        .map(|value| {
            one.iter()
                .chain(other)
                .filter(|other| *other == value)
                .count() as f64
        })
        .map(|count| count.powi(3) - count)
        .sum();
    let total = n + m;
    let deviation = (n * m / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)))).sqrt();
    let surplus = larger - n * m / 2.0;
    match deviation > 0.0 && (surplus.abs() - 0.5) / deviation >= 3.8906 {
        true if surplus > 0.0 => "more",
        true => "fewer",
        false => "same",
    }
}

/// In whole numbers: outcomes of 80 traces still fit.
fn fisher((hits, n): (usize, usize), (other, m): (usize, usize)) -> &'static str {
    let ways = |in_one: usize| choose(n, in_one) * choose(m, hits + other - in_one);
    let sum = hits + other;
    let own = ways(hits);
    let rare: u128 = (sum.saturating_sub(m)..=sum.min(n))
        .map(ways)
        .filter(|ways| *ways <= own)
        .sum();
    match rare * 10_000 < choose(n + m, sum) {
        true if hits * m > other * n => "more",
        true => "fewer",
        false => "same",
    }
}

fn choose(of: usize, some: usize) -> u128 {
    (0..some as u128).fold(1, |ways, taken| ways * (of as u128 - taken) / (taken + 1))
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
