//! Messages that cross traces, and messages whose consumers tell by links where they come from.
use collector::hops::across::{Across, LINKING_SPANS_MAX, LINKING_TRACES_MAX, TARGET_TRACES_MAX};
use collector::hops::{CallTree, Skew, json, text};
use serde_json::{Value, json};
use storage::id::TraceId;
use storage::query::LinkTarget;
use storage::trace::Trace;

use crate::given::{EPOCH, MS, other_trace, trace};

/// What was read of the others, as the server reads it.
fn across(given: &Trace, others: &[Trace]) -> Across {
    let mut across = Across::default();
    let by_id = |id: TraceId| others.iter().find(|trace| trace.id == id);
    for id in Across::targets(given) {
        if let Some(target) = by_id(id) {
            across.add_target(given, id, target);
        }
    }
    let target = LinkTarget::exactly(given.id);
    let linking: Vec<Trace> = (others.iter())
        .filter(|other| {
            let mut links = other.spans.iter().flat_map(|span| &span.links);
            links.any(|link| target.is_of(link))
        })
        .cloned()
        .collect();
    across.add_linking(target, &linking, false);
    across
}

fn answer(given: &Trace, others: &[Trace]) -> (Value, String) {
    let across = across(given, others);
    let tree = CallTree::build_across(given, Skew::Corrected, &across);
    let answer = json::answer(&tree, json::Spans::Omitted);
    (
        serde_json::from_slice(&answer).expect("json"),
        text::print(&tree),
    )
}

/// `caller>callee kind queue [producers] (notes)`.
fn told(hop: &Value) -> String {
    let name = |party: &Value| party["service"].as_str().unwrap_or("?").to_owned();
    let ms = |nanos: &Value| {
        let nanos = nanos.as_u64();
        nanos.map_or_else(|| "-".to_owned(), |nanos| (nanos / 1_000_000).to_string())
    };
    let producers = hop["producers"].as_array().map_or_else(String::new, |all| {
        let one = |producer: &Value| {
            let trace = producer["traceId"].as_str().map_or("", |id| &id[15..]);
            let queue = ms(&producer["queueDurationNano"]);
            format!("{}@{trace}+{queue}", name(producer))
        };
        format!(" [{}]", all.iter().map(one).collect::<Vec<_>>().join(" "))
    });
    let trace = |party: &Value| {
        party["traceId"]
            .as_str()
            .map_or(String::new(), |id| format!("@{}", &id[15..]))
    };
    format!(
        "{}{}>{}{} {} {}{producers}",
        name(&hop["caller"]),
        trace(&hop["caller"]),
        name(&hop["callee"]),
        trace(&hop["callee"]),
        hop["kind"].as_str().expect("a text"),
        ms(&hop["networkDurationNano"]),
    )
}

fn all_told(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(told).collect()
}

#[test]
fn links_within_a_trace() {
    for (spans, hops) in [
        // Whatever kind the span has that processes a message.
        (
            "a producer web 0+5; c consumer mail 40+10 link=a",
            &["web>mail messaging 35"][..],
        ),
        (
            "a producer web 0+5; c internal mail 40+10 link=a messaging.operation.type:process",
            &["web>mail messaging 35"],
        ),
        (
            "a producer web 0+5; c server mail 40+10 link=a messaging.operation:process",
            &["web>mail messaging 35"],
        ),
        // Other links are no calls.
        (
            "a producer web 0+5; c internal mail 40+10 link=a",
            &["web>? messaging -", "?>mail local -"],
        ),
        (
            "a producer web 0+5; c internal mail 40+10 link=a messaging.operation.type:settle",
            &["web>? messaging -", "?>mail local -"],
        ),
        (
            "a internal web 0+5; c internal mail 40+10 link=a messaging.operation.type:process",
            &["?>web local -", "?>mail messaging -"],
        ),
        // A batch is one hop with many producers, each message once.
        (
            "a producer web 0+5; b producer app 2+5; c consumer mail 40+10 link=a link=b link=a",
            &[
                "web>mail messaging 35 [web@+35 app@+33]",
                "app>? messaging -",
            ],
        ),
        // Below a span that polls.
        (
            "a producer web 0+5; p internal mail 30+50; c/9 consumer mail 40+10 link=a",
            &["web>mail messaging 35", "?>mail local -"],
        ),
        (
            "a producer web 0+5; 9 internal mail 30+50; c/9 consumer mail 40+10 link=a",
            &[
                "web>? messaging -",
                "?>mail local -",
                "mail>mail messaging - [web@+35]",
            ],
        ),
    ] {
        let spans = spans.replace("p internal", "e internal");
        let given = trace(&spans);
        let (answer, printed) = answer(&given, &[]);
        let mut found = all_told(&answer["hops"]);
        let mut expected: Vec<String> = hops.iter().map(|hop| (*hop).to_owned()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{spans}\n{printed}");
        assert_eq!(answer["farHops"], json!([]));
        let empty = json!({ "count": 0, "truncated": false, "spans": [] });
        assert_eq!(answer["linkedBy"], empty);
    }
    let given =
        trace("a producer web 0+5; b producer app 2+5; c consumer mail 40+10 link=a link=b");
    let (answer, _) = answer(&given, &[]);
    let notes = |hop: usize| answer["hops"][hop]["notes"].clone();
    assert_eq!(notes(0), json!(["async", "linked", "batch"]));
    assert_eq!(notes(1), json!([]), "the other side of this one is known");
}

#[test]
fn a_consumer_of_another_traces_message() {
    let sender = other_trace(
        8,
        "1 server shop 0+20; a/1 producer shop>kafka 5+5 messaging.system:kafka",
    );
    let given =
        trace("c consumer mail 40+10 link=a@8 messaging.system:kafka; d/c client mail>db 42+3");
    let (told, printed) = answer(&given, std::slice::from_ref(&sender));
    assert_eq!(
        all_told(&told["hops"]),
        ["shop@8>mail messaging 30", "mail>db rpc -"],
        "{printed}"
    );
    let caller = json!({
        "service": "shop", "operation": null, "spanId": "000000000000000a", "spanIndex": null,
        "traceId": "0000000000000008"
    });
    assert_eq!(told["hops"][0]["caller"], caller);
    assert_eq!(told["hops"][0]["notes"], json!(["async", "linked"]));
    assert!(told["hops"][0].get("producers").is_none());
    // The other trace adds nothing to this one's counts.
    assert_eq!(told["services"].as_array().expect("a list").len(), 2);
    assert_eq!(told["durationNano"], 10_000_000);
    assert!(printed.contains("shop → mail"), "{printed}");
    assert!(
        printed.contains("from trace 00000000000000000000000000000008"),
        "{printed}"
    );
    assert!(
        printed.contains("links to other traces:\n  mail  trace 00000000000000000000000000000008 span 000000000000000a"),
        "{printed}"
    );
    // Ids, when it cannot be read; the broker that the span itself names is not who sent it.
    let (told, _) = answer(&given, &[]);
    assert_eq!(all_told(&told["hops"])[0], "?@8>mail messaging -");
    assert_eq!(told["hops"][0]["caller"]["spanId"], "000000000000000a");

    // One batch of messages of several traces, and of this one.
    let given = trace("b producer app 0+5; c consumer mail 40+10 link=a@8 link=a@9 link=b");
    let other = other_trace(9, "a producer cart 10+10");
    let (told, printed) = answer(&given, &[sender, other]);
    assert_eq!(
        all_told(&told["hops"]),
        ["app>mail messaging 35 [shop@8+30 cart@9+20 app@+35]"],
        "{printed}"
    );
    assert!(printed.contains("3 messages"), "{printed}");
}

#[test]
fn consumers_in_other_traces_of_what_was_sent_here() {
    let given = trace(
        "1 server shop 0+20; a/1 producer shop>kafka 5+5; b/1 producer shop>kafka 8+4 messaging.system:kafka",
    );
    let others = [
        other_trace(
            8,
            "c consumer mail 50+10 link=a@7 messaging.system:kafka error=no; d/c internal mail 52+1",
        ),
        other_trace(
            9,
            "c internal ship 40+10 link=a@7 link=b@7 messaging.operation.type:process",
        ),
        // Links to what sends nothing, to what is not here, and without being a consumer.
        other_trace(
            10,
            "c consumer x 30+1 link=1@7; d consumer x 31+1 link=f@7; e server audit 32+1 link=a@7",
        ),
    ];
    let (told, printed) = answer(&given, &others);
    assert_eq!(
        all_told(&told["farHops"]),
        [
            "shop>ship@9 messaging 30 [shop@+30 shop@+28]",
            "shop>mail@8 messaging 40"
        ],
        "{printed}"
    );
    let hop = &told["farHops"][1];
    let producer = told["hops"]
        .as_array()
        .unwrap()
        .iter()
        .position(|hop| hop["caller"]["spanId"] == "000000000000000a");
    assert_eq!(hop["parent"], producer.expect("a hop"));
    assert_eq!(hop["caller"]["spanIndex"], 1);
    let callee = json!({
        "service": "mail", "operation": null, "spanId": "000000000000000c", "spanIndex": null,
        "traceId": "0000000000000008"
    });
    assert_eq!(hop["callee"], callee);
    assert_eq!(hop["protocol"], "kafka");
    assert_eq!(hop["serverStartTimeUnixNano"], "1000050000000");
    assert_eq!(
        (&hop["clientDurationNano"], &hop["serverDurationNano"]),
        (&json!(5_000_000), &json!(10_000_000))
    );
    assert_eq!(hop["error"], true);
    // Their producers have another side after all.
    for hop in told["hops"].as_array().expect("a list") {
        assert_eq!(hop["notes"], json!([]), "{hop}");
    }
    let linked_by = &told["linkedBy"];
    assert_eq!(
        (&linked_by["count"], &linked_by["truncated"]),
        (&json!(5), &json!(false))
    );
    assert_eq!(
        linked_by["spans"][0],
        json!({
            "traceId": "0000000000000008", "spanId": "000000000000000c", "service": "mail",
            "operation": null, "kind": "CONSUMER", "startTimeUnixNano": "1000050000000",
            "durationNano": 10_000_000, "error": true, "links": ["000000000000000a"]
        }),
        "the newest"
    );
    assert!(
        printed.contains(
            "consumed in other traces:\n  shop → ship  in the queue 30.0 ms, took 10.0 ms  trace 0000000000000009\n"
        ),
        "{printed}"
    );
    assert!(
        printed.contains("linked by 5 spans of other traces:\n  mail  +50.0 ms  trace 0000000000000008 span 000000000000000c\n"),
        "{printed}"
    );
}

#[test]
fn what_is_told_of_other_traces_has_limits() {
    let many: String = (0..60)
        .map(|number| {
            format!(
                "{:x} consumer mail {number}+1 link=a@{:x}\n",
                number + 1,
                number + 100
            )
        })
        .collect();
    let given = trace(&many);
    assert_eq!(Across::targets(&given).len(), TARGET_TRACES_MAX);
    let linking: Vec<Trace> = (0..LINKING_TRACES_MAX as u128 + 5)
        .map(|number| {
            let spans: String = (1..40)
                .map(|span| format!("{span:x} consumer x {span}+1 link=1@7\n"))
                .collect();
            other_trace(200 + number, &spans)
        })
        .collect();
    let mut across = Across::default();
    across.add_linking(LinkTarget::exactly(given.id), &linking, false);
    let linked_by = across.linked_by.expect("asked");
    assert_eq!(linked_by.spans.len(), LINKING_SPANS_MAX);
    assert_eq!(linked_by.count, 39 * LINKING_TRACES_MAX);
    assert!(linked_by.truncated);
    let starts: Vec<_> = linked_by.spans.iter().map(|span| span.start).collect();
    assert!(starts.is_sorted_by(|newer, older| newer >= older));
    assert_eq!(linked_by.spans[0].start, Some(EPOCH + 39 * MS));
}

#[test]
fn a_name_of_another_trace_cannot_command_the_terminal() {
    let given = trace("a producer web 0+5");
    let hostile = other_trace(8, "c consumer m\u{1b}[31m 40+10 link=a@7");
    let (_, printed) = answer(&given, &[hostile]);
    assert!(
        printed.contains("linked by 1") && !printed.contains('\u{1b}'),
        "{printed}"
    );
}
