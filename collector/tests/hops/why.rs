//! Why is this trace slow? For each kind of finding a trace that has it and one that looks alike.
use collector::hops::peers::Window;
use collector::hops::why::{Finding, FindingKind, Why, json as why_json, why};
use collector::hops::{CallTree, HopPeers, Skew};
use serde_json::{Value, json};

use crate::given::{MS, trace};

fn ask(spans: &str) -> Why {
    ask_with(spans, Vec::new())
}

fn ask_with(spans: &str, peers: Vec<Option<HopPeers>>) -> Why {
    let given = trace(spans);
    let mut tree = CallTree::build(&given, Skew::Corrected);
    tree.peers = peers;
    why(&tree)
}

fn found(why: &Why, kind: FindingKind) -> Option<&Finding> {
    why.findings.iter().find(|finding| finding.kind == kind)
}

/// Excess in ms, share in percent, spans, text.
#[track_caller]
fn has(spans: &str, kind: FindingKind, expected: (Option<u64>, Option<u64>, &[u64], &str)) {
    let why = ask(spans);
    let Some(finding) = found(&why, kind) else {
        panic!("{kind:?} is not in {why:#?}");
    };
    let ids: Vec<u64> = finding.spans.iter().map(|id| id.value()).collect();
    let told = (
        finding.excess.map(|nanos| nanos / MS),
        finding.share.map(|share| (share * 100.0).round() as u64),
        ids.as_slice(),
        finding.text.as_str(),
    );
    assert_eq!(told, expected, "{why:#?}");
}

#[track_caller]
fn lacks(spans: &str, kind: FindingKind) {
    let why = ask(spans);
    assert_eq!(found(&why, kind), None, "{spans}");
}

fn value<'f>(finding: &'f Finding, key: &str) -> &'f Value {
    let value = finding.values.iter().find(|(name, _)| *name == key);
    &value.expect("a value of this name").1
}

#[test]
fn the_dominant_hop() {
    has(
        "a server web 0+100; b/a client web 10+80 name=get; c/b server app 20+60 name=/get",
        FindingKind::DominantHop,
        (
            None,
            Some(80),
            &[11, 12],
            "app /get: 80.0 ms, 80 % of the trace (60.0 ms its own work, 20.0 ms network)",
        ),
    );
    let spread = (0..9).map(|number| {
        format!(
            "; {:x}/a internal x{number} {}+10",
            16 + number,
            number * 11
        )
    });
    lacks(
        &format!("a server web 0+100{}", spread.collect::<String>()),
        FindingKind::DominantHop,
    );
}

#[test]
fn slower_than_its_peers() {
    let spans = "a server web 0+100; b/a client web>app 10+30; c/a client web>db 50+45";
    let peer = |p50: u64, percentile, slower| {
        Some(HopPeers {
            window: Window::Hour,
            count: 1_234,
            p50: p50 * MS,
            p99: 2 * p50 * MS,
            percentile,
            slower,
        })
    };
    let why = ask_with(
        spans,
        vec![
            peer(20, 99.9, 5.0),
            peer(3, 99.4, 10.0),
            peer(40, 60.0, 1.1),
        ],
    );
    // The root took long only because of those below it, and the dominant hop always takes long.
    let slow = found(&why, FindingKind::SlowerThanPeers).expect("one");
    assert_eq!(value(slow, "hop"), &json!(1));
    assert_eq!(slow.excess, Some(27 * MS));
    assert_eq!(
        slow.text,
        "app took 30.0 ms: 10.0× the median of 3.00 ms (1234 like it in 1h), slower than 99.4 % of them"
    );
    let dominant = found(&why, FindingKind::DominantHop).expect("one");
    assert_eq!(
        (value(dominant, "hop"), dominant.excess),
        (&json!(2), Some(5 * MS))
    );
    assert_eq!(value(dominant, "peerP50Nano"), &json!(40 * MS));
    assert_eq!(
        why.findings
            .iter()
            .filter(|finding| finding.kind == FindingKind::SlowerThanPeers)
            .count(),
        1
    );
    let unknown = ask_with(spans, vec![None; 3]);
    assert_eq!(found(&unknown, FindingKind::SlowerThanPeers), None);
}

#[test]
fn retries_and_hedges() {
    has(
        "a server web 0+100; b/a client web>app 10+10 error=503; c/a client web>app 30+10 error=503; d/a client web>app 50+40",
        FindingKind::Retries,
        (
            Some(40),
            Some(40),
            &[11, 12, 13],
            "web → app: 3 attempts, 2 failed (503), the last succeeded: 40.0 ms, 40 % of the trace before the last began",
        ),
    );
    // Nobody waited for these.
    has(
        "a server web 0+100; e/a internal job 10+10; b/e client web>app 110+10 error=503; c/e client web>app 130+10; d/a internal web 0+100",
        FindingKind::Retries,
        (
            Some(10),
            Some(7),
            &[11, 12],
            "web → app: 2 attempts, 1 failed (503), the last succeeded: 10.0 ms, 7 % of the trace before the last began",
        ),
    );
    lacks(
        "a server web 0+100; b/a client web>app 10+10; c/a client web>app 30+10",
        FindingKind::Retries,
    );
    has(
        "a server web 0+60; b/a client web>app 10+40 error=cancelled; c/a client web>app 20+30",
        FindingKind::Hedged,
        (
            None,
            None,
            &[11, 12],
            "web → app: one call sent 2 times at once, one answer taken (cancelled)",
        ),
    );
    lacks(
        "a server web 0+60; b/a client web>app 10+40; c/a client web>app 20+30",
        FindingKind::Hedged,
    );
}

#[test]
fn one_call_after_another() {
    let calls = |step: u64| {
        let calls = (0..5).map(|number| {
            format!(
                "; {:x}/a client web>db {}+8 name=get",
                16 + number,
                number * step
            )
        });
        format!("a server web 0+50{}", calls.collect::<String>())
    };
    has(
        &calls(10),
        FindingKind::NPlusOne,
        (
            Some(32),
            Some(80),
            &[16, 17, 18, 19, 20],
            "web → db get: 5 calls, one after another: 40.0 ms, 80 % of the trace",
        ),
    );
    lacks(&calls(1), FindingKind::NPlusOne);
    // Beside 900 ms of other work they do not matter.
    lacks(
        &format!(
            "{}; f/a internal web 50+900",
            calls(10).replace("0+50", "0+950")
        ),
        FindingKind::NPlusOne,
    );
}

#[test]
fn queues() {
    has(
        "a server web 0+20; b/a producer web 5+5; c/b consumer mail 40+10",
        FindingKind::Queueing,
        (
            Some(20),
            Some(40),
            &[11, 12],
            "the message for mail lay in the queue for 20.0 ms, 40 % of the trace",
        ),
    );
    // While it lay there the root was at work.
    lacks(
        "a server web 0+100; b/a producer web 5+5; c/b consumer mail 40+10",
        FindingKind::Queueing,
    );
}

#[test]
fn time_without_spans() {
    has(
        "b/a internal x 0+10; d/c internal y 30+10",
        FindingKind::Gap,
        (
            None,
            Some(50),
            &[11, 13],
            "no span that was received accounts for 20.0 ms, 50 % of the trace",
        ),
    );
    has(
        "a server web 0+100; b/a client web>app 0+30; c/a client web>app 70+30",
        FindingKind::Gap,
        (
            None,
            Some(40),
            &[10, 11, 12],
            "web worked or waited without any span below it for 40.0 ms, 40 % of the trace",
        ),
    );
    // A span that calls nobody at all is at work.
    lacks("a server web 0+100", FindingKind::Gap);
}

#[test]
fn zones() {
    let call = |zone: &str| format!("a client web 0+100 zone=a; b/a server app 20+60 {zone}");
    has(
        &call("zone=b"),
        FindingKind::CrossZone,
        (
            None,
            Some(40),
            &[10, 11],
            "1 calls of web in a to app in b: 40.0 ms of network, 40 % of the trace",
        ),
    );
    lacks(&call("zone=a"), FindingKind::CrossZone);
    lacks(&call(""), FindingKind::CrossZone);
}

#[test]
fn failures() {
    has(
        "a server web 0+100 error; b/a client web 10+80 error=500; c/b server app 20+60 error=boom; d/c internal app 30+5",
        FindingKind::ErrorChain,
        (
            None,
            None,
            &[11, 12, 10],
            "app failed: boom; 2 hops failed, up to the root",
        ),
    );
    has(
        "a server web 0+100; b/a client web 10+80 error=500; c/b server app 20+60 error=boom",
        FindingKind::ErrorChain,
        (
            None,
            None,
            &[11, 12],
            "app failed: boom; no hop above it failed",
        ),
    );
    lacks(
        "a server web 0+100; b/a internal web 10+80",
        FindingKind::ErrorChain,
    );
}

#[test]
fn clocks_and_what_is_missing() {
    has(
        "a client web 0+100 host=w; b/a server app 1000+80 host=p",
        FindingKind::Skew,
        (
            None,
            None,
            &[11],
            "the clock of p does not fit its calls; moved by -990 ms (confidence 0.66, from 1 calls)",
        ),
    );
    lacks(
        "a client web 0+100 host=w; b/a server app 10+80 host=p",
        FindingKind::Skew,
    );
    has(
        "a server web 0+100; c/b server app 10+50; d/b server app 10+50; e/f - x 1+1",
        FindingKind::Incomplete,
        (
            None,
            None,
            &[12, 13, 14],
            "the trace is incomplete: 2 parents were not received",
        ),
    );
    lacks(
        "a server web 0+100; b/a internal web 2+",
        FindingKind::Incomplete,
    );
}

#[test]
fn the_list_is_ranked_and_short() {
    let calls = (0..400).map(|number| {
        let (id, start) = (16 + number * 2, number * 20);
        format!(
            "; {id:x}/a client web>s{} {start}+5 error=503; {:x}/a client web>s{} {}+5",
            number,
            id + 1,
            number,
            start + 8
        )
    });
    let why = ask(&format!(
        "a server web 0+8000 error{}",
        calls.collect::<String>()
    ));
    assert!(
        why.findings.len() <= 12 && why.omitted > 0,
        "{}",
        why.findings.len()
    );
    let retries = why
        .findings
        .iter()
        .filter(|finding| finding.kind == FindingKind::Retries);
    assert_eq!(retries.count(), 3);
    let shares: Vec<f64> = why
        .findings
        .iter()
        .filter_map(|finding| finding.share)
        .collect();
    assert!(shares.is_sorted_by(|one, next| one >= next), "{shares:?}");
}

#[test]
fn as_it_is_written() {
    let given = trace("a server web 0+20; b/a producer web 5+5; c/b consumer mail 40+10");
    let tree = CallTree::build(&given, Skew::Corrected);
    let answer: Value =
        serde_json::from_slice(&why_json::answer(&tree, &why(&tree))).expect("json");
    assert_eq!(answer["traceId"], "0000000000000007");
    assert_eq!(
        (
            &answer["durationNano"],
            &answer["truncated"],
            &answer["omitted"]
        ),
        (&json!(50 * MS), &json!(false), &json!(0))
    );
    assert_eq!(
        answer["findings"][0],
        json!({
            "kind": "queueing", "excessNano": 20 * MS, "share": 0.4, "spanIds": ["000000000000000b", "000000000000000c"],
            "values": {"hop": 1, "service": "mail", "operation": null, "queueNano": 20 * MS, "beforeTrace": false},
            "text": "the message for mail lay in the queue for 20.0 ms, 40 % of the trace"
        })
    );
}
