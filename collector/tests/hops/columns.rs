//! A tree as columns tells what its list tells: read back, each hop is the same.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

use collector::hops::json::{self, Shape, Spans};
use collector::hops::{CallTree, HopPeers, Skew};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::given::trace;
use crate::properties::{any_peers, hostile_trace};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn columns_tell_what_the_list_tells(given in hostile_trace(), peers in any_peers(), raw: bool) {
        let skew = if raw { Skew::Raw } else { Skew::Corrected };
        let mut tree = CallTree::build(&given, skew);
        tree.peers = peers.into_iter().map(rounded).collect();
        let list = told(&tree, Shape::List, None);
        let columns = told(&tree, Shape::Columns, None);
        prop_assert_eq!(hops_of(&columns), list["hops"].as_array().unwrap().clone());
        prop_assert_eq!(path_of(&columns), path_in(&list));
        prop_assert_eq!(events_of(&columns), events_in(&list));
        prop_assert!(columns.get("spans").is_none());
        for (name, value) in list.as_object().unwrap() {
            if !["hops", "criticalPath", "spans"].contains(&name.as_str()) {
                prop_assert_eq!(&columns[name], value);
            }
        }
    }
}

#[test]
fn large_traces_fit_as_columns_and_spans_come_to_who_asks() {
    let small = trace("a server web 0+100\n b/a client web>db 10+20");
    let mut large = small.clone();
    let mut span = large.spans[1].clone();
    while large.spans.len() < 5_000 {
        span.span_id = storage::id::SpanId::new(large.spans.len() as u64 + 1_000).unwrap();
        large.spans.push(span.clone());
    }
    for (given, shape, spans, expected) in [
        (&small, Shape::Fitting, None, ["hops", "spans"]),
        (&small, Shape::List, Some(Spans::Omitted), ["hops", "hops"]),
        (&small, Shape::Columns, None, ["hopColumns", "pathColumns"]),
        (
            &small,
            Shape::Columns,
            Some(Spans::Included),
            ["hopColumns", "spans"],
        ),
        (&large, Shape::List, None, ["hops", "spans"]),
        (&large, Shape::Fitting, None, ["hopColumns", "pathColumns"]),
        (
            &large,
            Shape::Fitting,
            Some(Spans::Included),
            ["hopColumns", "spans"],
        ),
    ] {
        let tree = CallTree::build(given, Skew::Corrected);
        let answer = told(&tree, shape, spans);
        for name in ["hops", "hopColumns", "spans"] {
            let is_there = answer.get(name).is_some();
            assert_eq!(
                is_there,
                expected.contains(&name),
                "{shape:?} {spans:?} {name}"
            );
        }
    }
}

/// As judged: two digits behind the point are known.
fn rounded(peers: Option<HopPeers>) -> Option<HopPeers> {
    let rounded = |number: f64| (number * 100.0).round() / 100.0;
    peers.map(|peers| HopPeers {
        percentile: rounded(peers.percentile),
        slower: rounded(peers.slower),
        ..peers
    })
}

fn told(tree: &CallTree<'_>, shape: Shape, spans: Option<Spans>) -> Value {
    let mut out = Vec::new();
    json::write(tree, (shape, spans), &mut out, &mut |_| Ok(())).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// The hops, read back.
fn hops_of(answer: &Value) -> Vec<Value> {
    let columns = &answer["hopColumns"];
    let origin = origin_of(answer);
    let mut hops: Vec<Value> = Vec::new();
    for index in 0..columns["parent"].as_array().unwrap().len() {
        let parent = position(&columns["parent"][index]);
        let depth = parent.map_or(0, |parent| hops[parent]["depth"].as_u64().unwrap() + 1);
        let text = |name: &str| text(columns, name, index);
        let time = |name: &str| time(&columns[name][index], origin);
        let mut hop = json!({
            "index": index, "parent": parent, "depth": depth,
            "caller": party(columns, "caller", index), "callee": party(columns, "callee", index),
            "kind": text("kind"), "protocol": text("protocol"),
            "startTimeUnixNano": time("start"), "serverStartTimeUnixNano": time("serverStart"),
            "clientDurationNano": columns["client"][index],
            "serverDurationNano": columns["server"][index],
            "networkDurationNano": columns["network"][index],
            "selfDurationNano": columns["self"][index],
            "criticalDurationNano": columns["critical"][index],
            "error": columns["error"][index] == 1, "errorText": text("errorText"),
            "notes": columns["noteSets"][position(&columns["notes"][index]).unwrap()],
        });
        let more = hop.as_object_mut().unwrap();
        if let Some(group) = position(&columns["group"][index]) {
            more.insert("group".to_owned(), group.into());
        }
        if let Some(usual) = position(&columns["peers"][index]) {
            let mut peers = columns["usual"][usual].clone();
            // As in the list, a number without a fraction is written with one.
            peers["percentile"] = columns["percentile"][index].as_f64().into();
            peers["slower"] = columns["slower"][index].as_f64().into();
            more.insert("peers".to_owned(), peers);
        }
        hops.push(hop);
    }
    for hop in columns["whole"].as_array().unwrap() {
        hops[hop["index"].as_u64().unwrap() as usize] = hop.clone();
    }
    hops
}

fn party(columns: &Value, side: &str, index: usize) -> Value {
    let at = |what: &str| &columns[format!("{side}{what}")][index];
    let span = position(at("Span"));
    let elsewhere = position(at("Elsewhere"));
    let id = |ids: &str, at: usize| columns[ids].as_str().unwrap()[at * 16..][..16].to_owned();
    let id = span
        .map(|at| id("spanIds", at))
        .or_else(|| elsewhere.map(|at| id("elsewhereIds", at)));
    let service = text(columns, &format!("{side}Service"), index);
    let operation = text(columns, &format!("{side}Operation"), index);
    if service.is_none() && operation.is_none() && id.is_none() {
        return Value::Null;
    }
    json!({"service": service, "operation": operation, "spanId": id, "spanIndex": span})
}

fn path_of(answer: &Value) -> Vec<Value> {
    let (columns, origin) = (&answer["pathColumns"], origin_of(answer));
    let texts = &answer["hopColumns"]["texts"];
    let text = |name: &str, index| position(&columns[name][index]).map(|at| texts[at].clone());
    let parts = 0..columns["span"].as_array().unwrap().len();
    let part = |index: usize| {
        json!([
            position(&columns["span"][index]),
            text("service", index),
            text("part", index),
            time(&columns["start"][index], origin),
            columns["duration"][index],
        ])
    };
    parts.map(part).collect()
}

fn path_in(answer: &Value) -> Vec<Value> {
    let parts = answer["criticalPath"].as_array().unwrap().iter();
    let names = [
        "spanIndex",
        "service",
        "part",
        "startTimeUnixNano",
        "durationNano",
    ];
    parts
        .map(|part| names.iter().map(|name| part[name].clone()).collect())
        .collect()
}

/// Of each hop when its events were.
fn events_of(answer: &Value) -> Vec<Value> {
    let (columns, origin) = (&answer["hopColumns"], origin_of(answer));
    let hops = columns["eventHop"].as_array().unwrap().iter();
    let times = columns["eventTime"].as_array().unwrap().iter();
    let event = |(hop, at): (&Value, &Value)| json!([hop, time(at, origin)]);
    hops.zip(times).map(event).collect()
}

fn events_in(answer: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    for hop in answer["hops"].as_array().unwrap() {
        for side in ["callee", "caller"] {
            let Some(span) = hop[side]["spanIndex"].as_u64() else {
                continue;
            };
            let events = answer["spans"][span as usize]["events"].as_array().unwrap();
            for event in events.iter().take(50) {
                found.push(json!([hop["index"], event["timeUnixNano"]]));
            }
        }
    }
    found
}

fn text(columns: &Value, name: &str, index: usize) -> Option<Value> {
    position(&columns[name][index]).map(|at| columns["texts"][at].clone())
}

fn position(value: &Value) -> Option<usize> {
    let position = value.as_i64().unwrap();
    assert!(position >= -1);
    usize::try_from(position).ok()
}

fn origin_of(answer: &Value) -> i128 {
    let start = answer["startTimeUnixNano"].as_str();
    start.map_or(0, |start| start.parse().unwrap())
}

fn time(since: &Value, origin: i128) -> Option<String> {
    let since: i128 = since.as_number()?.to_string().parse().unwrap();
    Some((origin + since).to_string())
}
