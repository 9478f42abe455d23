//! What is told of a trace as a whole: whether it is complete, its critical path, its clocks, and how
//! it is written.
use collector::hops::{CallTree, Part, Skew, critical_time, json};
use serde_json::{Value, json};

use crate::given::{EPOCH, MS, trace};

fn answer(tree: &CallTree<'_>) -> Value {
    serde_json::from_slice(&json::answer(tree, json::Spans::Omitted)).expect("json")
}

#[test]
fn complete_or_not_and_why() {
    let told = |spans: &str, truncated: bool| {
        let mut given = trace(spans);
        given.truncated = truncated;
        let answer = answer(&CallTree::build(&given, Skew::Corrected));
        assert_eq!(answer["complete"], answer["completeness"]["complete"]);
        answer["completeness"].clone()
    };
    let id = |id: u64| format!("{id:016x}");
    assert_eq!(
        told("a server web 0+10; b/a internal web 2+", false),
        json!({"complete": true, "rootReceived": true, "unfinishedSpans": 1, "reasons": []})
    );
    assert_eq!(
        told(
            "c/b server app 10+50; d/b server app 10+50; e/f - x 1+1",
            false
        ),
        json!({"complete": false, "rootReceived": false, "unfinishedSpans": 0, "reasons": [
            {"kind": "missing-parent", "count": 2, "parentIds": [id(11), id(15)], "spanIds": [id(12), id(13), id(14)]}
        ]})
    );
    assert_eq!(
        told(
            "1 server web 0+10; a/b internal x 0+10; b/a internal y 2+5",
            false
        )["reasons"],
        json!([{"kind": "cycle", "count": 1, "spanIds": [id(10)]}])
    );
    assert_eq!(
        told("a server web 0+10", true)["reasons"],
        json!([{"kind": "truncated", "what": "logs", "max": 200_000}])
    );
}

#[test]
fn the_path_covers_the_trace() {
    // (service, from, duration, part, async)
    for (spans, expected) in [
        (
            "a server web 0+20; b/a producer web 5+5; c/b consumer mail 40+10",
            &[
                ("web", 0, 5, Part::Own, false),
                ("mail", 5, 5, Part::Own, false),
                ("web", 10, 10, Part::Own, false),
                ("mail", 20, 20, Part::Queue, true),
                ("mail", 40, 10, Part::Own, true),
            ][..],
        ),
        // Work that goes on after the answer, and what it does.
        (
            "a server web 0+20; b/a internal log 10+50; c/b client log>db 30+20",
            &[
                ("web", 0, 20, Part::Own, false),
                ("log", 20, 10, Part::Own, true),
                ("db", 30, 20, Part::Own, true),
                ("log", 50, 10, Part::Own, true),
            ],
        ),
        // One began before the root, and nothing fills what lies between.
        (
            "b/f internal early 0+5; a server web 10+20",
            &[
                ("early", 0, 5, Part::Own, true),
                ("", 5, 5, Part::Gap, true),
                ("web", 10, 20, Part::Own, false),
            ],
        ),
        // Children that are not waited for are passed by, within the root's time.
        (
            "a server web 0+100; b/a internal web2 10+20; c/a internal web3 40+60; d/c internal web4 50+200",
            &[
                ("web", 0, 10, Part::Own, false),
                ("web2", 10, 20, Part::Own, false),
                ("web", 30, 10, Part::Own, false),
                ("web3", 40, 60, Part::Own, false),
                ("web4", 100, 150, Part::Own, true),
            ],
        ),
        // Back to back, and in parallel.
        (
            "a server web 0+30; b/a internal x 0+10; c/a internal y 10+10; d/a internal z 12+18",
            &[
                ("x", 0, 10, Part::Own, false),
                ("web", 10, 2, Part::Own, false),
                ("z", 12, 18, Part::Own, false),
            ],
        ),
    ] {
        let given = trace(spans);
        let tree = CallTree::build(&given, Skew::Corrected);
        let found: Vec<(&str, u64, u64, Part, bool)> = tree
            .critical_path
            .iter()
            .map(|part| {
                let from = (part.start - EPOCH) / MS;
                let service = part.name.service.unwrap_or("");
                (service, from, part.duration / MS, part.part, part.is_async)
            })
            .collect();
        assert_eq!(found, expected, "{spans}");
    }
}

#[test]
fn the_path_by_what_it_went_to() {
    let spans =
        (0..120).map(|number| format!("; {:x}/1 internal s{number} {number}+1", number + 2));
    let given = trace(&format!("1 server web 0+200{}", spans.collect::<String>()));
    let tree = CallTree::build(&given, Skew::Corrected);
    let times = critical_time(&tree.critical_path);
    assert_eq!(times.len(), 101);
    assert_eq!(
        (times[0].name.service, times[0].duration, times[0].segments),
        (Some("web"), 80 * MS, 1)
    );
    let rest = &times[100];
    assert_eq!(
        (rest.part, rest.duration, rest.segments),
        (None, 21 * MS, 21)
    );
    let answer = answer(&tree);
    assert_eq!(
        answer["criticalTime"][100],
        json!({"service": null, "operation": null, "part": "other", "durationNano": 21 * MS, "segments": 21})
    );
}

#[test]
fn pairs_of_clocks() {
    let pair = |spans: &str| {
        let given = trace(spans);
        answer(&CallTree::build(&given, Skew::Raw))["clockPairs"].clone()
    };
    let ms = |ms: i64| ms * MS as i64;
    assert_eq!(
        pair(
            "1 server web 0+900 host=w; a/1 client web 0+100 host=w; b/a server app 910+80 host=p; \
             c/1 client web 200+100 host=w; d/c server app 1110+90 host=p",
        ),
        json!([{
            "from": {"service": "web", "host": "w"}, "to": {"service": "app", "host": "p"},
            "offsetNano": ms(-905), "lowNano": ms(-910), "highNano": ms(-900), "confidence": 0.75, "hops": 2, "fitting": 2
        }])
    );
    // A call back narrows it from the other side: from [-980, -960] to [-980, -970].
    assert_eq!(
        pair(
            "a client web 0+100 host=w; b/a server app 980+80 host=p; c/b client app 1000+30 host=p; d/c server web 30+20 host=w",
        ),
        json!([{
            "from": {"service": "web", "host": "w"}, "to": {"service": "app", "host": "p"},
            "offsetNano": ms(-975), "lowNano": ms(-980), "highNano": ms(-970), "confidence": 0.75, "hops": 2, "fitting": 2
        }])
    );
    for fits in [
        "a client web 0+100 host=w; b/a server app 10+80 host=p",
        "a client web 0+100 host=w; b/a server app 910+80 host=w",
        // The client gave up before the server began.
        "a client web 0+10 host=w error=timeout; b/a server app 15+5 host=p",
    ] {
        assert_eq!(pair(fits), json!([]), "{fits}");
    }
}

#[test]
fn groups_as_they_are_written() {
    let calls = (0..5).map(|number| {
        format!(
            "; {:x}/a client web>db {}+8 name=get",
            16 + number,
            number * 10
        )
    });
    let given = trace(&format!("a server web 0+100{}", calls.collect::<String>()));
    let tree = CallTree::build(&given, Skew::Corrected);
    let answer = answer(&tree);
    let ids: Vec<String> = (16..21).map(|id| format!("{id:016x}")).collect();
    assert_eq!(
        answer["groups"],
        json!([{
            "kind": "n-plus-one", "parent": 0, "within": null, "basis": "one after another",
            "caller": "web", "callee": "db", "operation": "get", "count": 5, "errorCount": 0, "parallel": 1,
            "startTimeUnixNano": EPOCH.to_string(), "durationNano": 48 * MS, "sumNano": 40 * MS, "criticalNano": 40 * MS,
            "hops": [1, 2, 3, 4, 5], "spanIds": ids
        }])
    );
    assert_eq!(answer["hops"][0].get("group"), None);
    assert_eq!(answer["hops"][3]["group"], 0);
    let printed = collector::hops::text::print(&tree);
    assert!(
        printed.contains("×5 n-plus-one, 48.0 ms from first to last"),
        "{printed}"
    );
    assert_eq!(
        printed.matches("web → db").count(),
        2,
        "the first, and why: {printed}"
    );
}
