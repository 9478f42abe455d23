//! Clocks: what proves that two disagree, by how much, and what is only late.
use std::path::Path;

use collector::hops::{CallTree, Note, Skew};
use collector::wire::otlp_json;
use proptest::prelude::*;
use storage::span::{Endpoint, Kind, Span};
use storage::trace::Trace;

use crate::given::{EPOCH, MS, blank, trace};

/// Who is moved by how many milliseconds and with which confidence in percent; which servers are late.
type Told = (Vec<(String, f64, i64)>, Vec<String>);

fn told(given: &Trace, skew: Skew) -> Told {
    let tree = CallTree::build(given, skew);
    let skews = tree.clock_skew.iter().map(|skew| {
        let name = skew.host.as_deref().or(skew.service);
        (
            name.unwrap_or("?").to_owned(),
            skew.offset as f64 / MS as f64,
            (skew.confidence * 100.0).round() as i64,
        )
    });
    let late = tree
        .hops
        .iter()
        .filter(|hop| hop.notes.contains(Note::EndsLate));
    let late = late.filter_map(|hop| Some(hop.callee?.service?.to_owned()));
    (skews.collect(), late.collect())
}

#[track_caller]
fn check(spans: &str, skews: &[(&str, f64, i64)], late: &[&str]) {
    let given = trace(spans);
    let (found, found_late) = told(&given, Skew::Corrected);
    let found: Vec<(&str, f64, i64)> = (found.iter())
        .map(|(name, offset, percent)| (name.as_str(), *offset, *percent))
        .collect();
    assert_eq!(found, skews, "{spans}");
    assert_eq!(found_late, late, "{spans}");
    assert_eq!(
        told(&given, Skew::Raw),
        told(&given, Skew::Corrected),
        "{spans}"
    );
}

/// Calls of `web` on w to `app` on p, one after another, each of 100 ms: from where to where the server
/// runs, in milliseconds from the client's start.
fn calls(servers: &[(f64, f64)]) -> String {
    let call = |(number, (from, to)): (usize, &(f64, f64))| {
        let (client, server) = (2 * number + 16, 2 * number + 17);
        let start = number as f64 * 200.0 + 0.5;
        format!(
            "; {client:x}/1 client web {start}+100 host=w; {server:x}/{client:x} server app {}+{} host=p",
            start + from,
            to - from
        )
    };
    let calls = servers.iter().enumerate().map(call);
    format!(
        "1 internal web 0.5+90000 host=w{}",
        calls.collect::<String>()
    )
}

#[test]
fn one_host_has_one_clock() {
    for (client, server) in [
        ("host=w", "host=w"),
        ("host.id=1", "host.id=1"),
        // Each tells more than the other.
        ("host=w host.id=1", "host.id=1"),
        ("host=w", "host=w host.id=1"),
        // Two pods on a node, and a process beside them.
        (
            "host=web-1 k8s.pod.name=web-1 k8s.node.name=n",
            "host=app-1 k8s.pod.name=app-1 k8s.node.name=n",
        ),
        ("host=web-1 k8s.pod.name=web-1 k8s.node.name=n", "host=n"),
        ("k8s.pod.uid=u host=x", "k8s.pod.uid=u"),
        ("ip=10.0.0.1", "ip=10.0.0.1"),
        ("ip=10.0.0.1", "k8s.pod.ip=10.0.0.1"),
        ("ip=10.0.0.1", "ip=::ffff:10.0.0.1 ip=10.0.0.1"),
    ] {
        let spans = |server_time: &str| {
            format!("a client web 100.5+100 {client}; b/a server app {server_time} {server}")
        };
        // Early, late, before and after: whatever it is, it is not the clock.
        check(&spans("70.5+80"), &[], &[]);
        check(&spans("150.5+80"), &[], &["app"]);
        check(&spans("0.5+50"), &[], &[]);
        check(&spans("900.5+50"), &[], &[]);
    }
}

#[test]
fn what_tells_no_host() {
    for (client, server, moved) in [
        ("", "", "app"),
        ("ip=127.0.0.1", "ip=127.0.0.1", "app"),
        ("ip=::1", "ip=127.0.0.1", "app"),
        ("ip=0.0.0.0", "ip=169.254.1.1", "app"),
        ("host=localhost", "host=LOCALHOST", "app"),
        ("host=", "host=127.0.0.1", "app"),
        // The name of an image of a machine: ids say that there are two.
        ("host=vm host.id=1", "host=vm host.id=2", "vm"),
        // An instance is one of its service only.
        ("service.instance.id=1", "service.instance.id=1", "1"),
        ("ip=10.0.0.1", "ip=10.0.0.2", "10.0.0.2"),
    ] {
        let spans = format!("a client web 100.5+100 {client}; b/a server app 50.5+80 {server}");
        let (found, _) = told(&trace(&spans), Skew::Corrected);
        let names: Vec<&str> = found.iter().map(|(name, ..)| name.as_str()).collect();
        let expected = if moved == "vm" { "2" } else { moved };
        assert_eq!(names, [expected], "{spans}");
    }
    // The rest of its service tells where it is.
    check(
        "a client web 100.5+100 host=w; b/a server app 150.5+80 ip=127.0.0.1; c/b internal app 160.5+1 host=w",
        &[],
        &["app"],
    );
    let given = trace(
        "a client web 0.5+100 host=w; b/a server app 1000.5+80 host=p; c/b client app 1010.5+20; \
         d client web 200.5+10 host=q",
    );
    let tree = CallTree::build(&given, Skew::Corrected);
    let child = &tree.hops[1];
    assert_eq!(child.start, Some(EPOCH + 20 * MS + MS / 2));
    assert!(child.notes.contains(Note::SkewCorrected));
}

#[test]
fn late_is_not_skewed() {
    let span = |client: &str, server: &str| {
        format!("a client web {client} host=w; b/a server app {server} host=p")
    };
    // Inside, and at its edges.
    check(&span("0.5+100", "10.5+80"), &[], &[]);
    check(&span("0.5+100", "0.5+100"), &[], &[]);
    // Begins inside and ends after, by little and by much.
    check(&span("0.5+100", "50.5+80"), &[], &["app"]);
    check(&span("0.5+100", "95.5+99"), &[], &["app"]);
    // By a hair: it answered, then it closed its span.
    check(&span("0.5+100", "20.5+80.5"), &[], &[]);
    // Longer than its client: no clock explains that.
    check(&span("0.5+100", "10.5+300"), &[], &[]);
    // The client gave up before the server began.
    check(&span("0.5+10 error=timeout", "15.5+5"), &[], &[]);
    check(
        &span("0.5+10 error=timeout", "15.5+5 error=cancelled"),
        &[],
        &[],
    );
    // A message may wait.
    check(
        "a producer web 0.5+10 host=w; b/a consumer app 400.5+10 host=p",
        &[],
        &[],
    );
    // A clock of milliseconds seems to begin before.
    check(&span("0.9+10", "0+9"), &[], &[]);
    check(&span("100.9+10", "99.1+9"), &[("p", 2.3, 55)], &[]);
}

#[test]
fn what_proves_skew() {
    let span = |client: &str, server: &str| {
        format!("a client web {client} host=w; b/a server app {server} host=p")
    };
    // The server seems to begin before its client, or after the client has its answer.
    check(&span("100.5+100", "60.5+80"), &[("p", 50.0, 56)], &[]);
    check(&span("0.5+100", "1000.5+80"), &[("p", -990.0, 66)], &[]);
    // Longer, and before: only the order of things is mended.
    check(&span("100.5+50", "50.5+100"), &[("p", 50.0, 33)], &[]);
    check(
        "a producer web 500.5+10 host=w; b/a consumer app 400.5+10 host=p",
        &[("p", 100.0, 33)],
        &[],
    );
    // Nobody's client is known: who was called cannot have begun before its caller.
    check(
        "a server web 100.5+100 host=w; b/a server app 60.5+80 host=p",
        &[("p", 40.0, 33)],
        &[],
    );
    // Late calls, and a call back that proves it.
    check(
        "a client web 0.5+100 host=w; b/a server app 60.5+80 host=p; c/b client app 70.5+30 host=p; d/c server web 25.5+20 host=w",
        &[("p", -50.0, 68)],
        &[],
    );
    // Many calls that are late by the same, on a short way.
    let same = [(51.0, 149.0), (50.5, 149.5), (51.0, 148.5), (50.2, 149.9)];
    check(&calls(&same), &[], &["app"; 4]);
    let many = [&same[..], &[(50.5, 149.0)]].concat();
    check(&calls(&many), &[("p", -50.05, 85)], &[]);
    // As many that are late by anything.
    let any = [
        (51.0, 149.0),
        (10.0, 104.0),
        (30.0, 128.0),
        (70.0, 120.0),
        (5.0, 103.0),
        (40.0, 110.0),
    ];
    check(&calls(&any), &[], &["app"; 6]);
    // As many on a way that is longer than they are late.
    let long = [(10.0, 105.0); 9];
    check(&calls(&long), &[], &["app"; 9]);
}

#[test]
fn many_calls_and_some_that_say_otherwise() {
    let fits = (10.0, 90.0);
    // One outlier among many.
    for outlier in [(-300.0, -220.0), (300.0, 380.0), (60.0, 140.0)] {
        let late: &[&str] = if outlier.0 == 60.0 { &["app"] } else { &[] };
        check(&calls(&[fits, fits, outlier, fits, fits]), &[], late);
    }
    // Most calls agree, one does not.
    let skewed = (-40.0, 40.0);
    check(
        &calls(&[skewed, skewed, skewed, fits]),
        &[("p", 50.0, 56)],
        &["app"],
    );
    // A server that took longer than its client waited does not pull.
    check(
        &calls(&[skewed, (-45.0, 45.0), (-20.0, 200.0)]),
        &[("p", 50.0, 68)],
        &[],
    );
    check(&calls(&[fits, fits, (-5.0, 200.0)]), &[], &[]);
}

#[test]
fn hosts_of_one_service_and_hosts_in_a_chain() {
    // Two instances: one clock is wrong.
    check(
        "1 internal web 0.5+900 host=w; a/1 client web 0.5+100 host=w; b/a server app 1000.5+80 host=p; \
         c/1 client web 200.5+100 host=w; d/c server app 210.5+80 host=q",
        &[("p", -990.0, 66)],
        &[],
    );
    // Each by its own clock, the last right again.
    check(
        "a client web 0.5+100 host=w; b/a server app 1005.5+90 host=p; c/b client app 1010.5+80 host=p; \
         d/c server db 3015.5+70 host=q; e/d client db 3020.5+60 host=q; f/e server disk 25.5+50 host=r",
        &[("p", -1000.0, 66), ("q", -3000.0, 67)],
        &[],
    );
}

/// Eight services of seven libraries, all on one machine. Browsers and servers end when they like, and
/// their first calls take long to begin: nobody's clock is wrong.
#[test]
fn the_shop_on_one_machine() {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hops/shop-on-one-machine.json");
    let bytes = std::fs::read(file).expect("the fixture");
    let decoded = otlp_json::decode(bytes.into()).expect("OTLP");
    let spans: Vec<Span> = decoded.batch.to_spans().expect("spans");
    assert_eq!(spans.len(), 27);
    let [given] = <[Trace; 1]>::try_from(Trace::group(spans)).expect("one trace");
    let tree = CallTree::build(&given, Skew::Corrected);
    assert_eq!(tree.clock_skew, []);
    assert_eq!(tree.clock_pairs, []);
    let late: Vec<_> = (tree.hops.iter())
        .filter(|hop| hop.notes.contains(Note::EndsLate))
        .filter_map(|hop| hop.callee?.service)
        .collect();
    assert_eq!(late, ["gateway", "prices"]);
    let moved = |hop: &&collector::hops::Hop<'_>| hop.notes.contains(Note::SkewCorrected);
    assert_eq!(tree.hops.iter().filter(moved).count(), 0);
}

/// One call: of how many hosts before this one calls it, when, how long the request, the work and the
/// answer take, and by how much the server's span ends after its answer; in microseconds.
type Drawn = (u64, u64, u64, u64, i64);

fn drawn(late: std::ops::Range<i64>) -> impl Strategy<Value = Drawn> {
    (
        0_u64..2_000_000,
        0..20_000_u64,
        1..400_000_u64,
        0..20_000_u64,
        late,
    )
}

/// Hosts that each are called by one before them, and calls that begin and end in time.
fn hosts(
    relative: impl Strategy<Value = i64>,
    late: std::ops::Range<i64>,
) -> impl Strategy<Value = Vec<(prop::sample::Index, i64, Vec<Drawn>)>> {
    let calls = prop::collection::vec(drawn(late), 1..12);
    prop::collection::vec((any::<prop::sample::Index>(), relative, calls), 1..6)
}

/// The spans, and for each host but the first what its clock is ahead, and how much room there is.
fn made(hosts: &[(prop::sample::Index, i64, Vec<Drawn>)]) -> (Trace, Vec<(i64, i64)>) {
    let place = |host: usize| {
        Some(Endpoint {
            service: Some(format!("s{host}")),
            ..Endpoint::default()
        })
    };
    let mut root = blank(1);
    (root.start, root.duration) = (Some(EPOCH), Some(4_000_000_000));
    root.local_endpoint = place(0);
    let mut spans = vec![root];
    let mut truth = vec![(0, 0)];
    // A server on each, which calls on.
    let mut servers = vec![spans[0].span_id];
    for (host, (above, relative, calls)) in hosts.iter().enumerate() {
        let above = above.index(truth.len());
        let (ahead_above, room_above) = truth[above];
        let ahead = ahead_above + relative;
        let mut room = i64::MAX;
        for (at, out, work, back, late) in calls {
            let micros = |micros: u64| micros * 1_000 + EPOCH + 1;
            let id = spans.len() as u64 + 1;
            let mut client = blank(id);
            client.parent_id = Some(servers[above]);
            client.kind = Kind::Client;
            client.local_endpoint = place(above);
            client.start = Some(micros(*at).saturating_add_signed(ahead_above));
            client.duration = Some(((out + work + back) * 1_000) as i64);
            let mut server = blank(id + 1);
            server.parent_id = Some(client.span_id);
            server.kind = Kind::Server;
            server.local_endpoint = place(host + 1);
            server.start = Some(micros(at + out).saturating_add_signed(ahead));
            server.duration = Some((*work as i64 + late).max(0) * 1_000);
            room = room.min(((out + back) * 1_000) as i64);
            spans.extend([client, server]);
        }
        truth.push((ahead, room_above + room));
        servers.extend(spans.last().map(|server| server.span_id));
    }
    let given = Trace {
        id: spans[0].trace_id,
        spans,
        logs: Vec::new(),
        truncated: false,
    };
    (given, truth)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn clocks_that_are_wrong_are_found(
        hosts in hosts(
            prop_oneof![
                Just(0),
                2_000_000_000_i64..20_000_000_000,
                -20_000_000_000_i64..-2_000_000_000
            ],
            0..1,
        )
    ) {
        let (given, truth) = made(&hosts);
        let tree = CallTree::build(&given, Skew::Corrected);
        for (host, (ahead, room)) in truth.iter().enumerate() {
            let name = format!("s{host}");
            let found = tree.clock_skew.iter().find(|skew| skew.service == Some(&*name));
            let offset = found.map_or(0, |skew| skew.offset);
            prop_assert!(
                (offset + ahead).abs() <= room + 10_000,
                "{name}: {offset} for {ahead}, {room}"
            );
            prop_assert!(found.is_none_or(|skew| skew.fitting == skew.hops), "{found:?}");
        }
        for pair in &tree.clock_pairs {
            let number = |name: Option<&str>| name.and_then(|name| name[1..].parse::<usize>().ok());
            let (from, to) = (number(pair.from.0), number(pair.to.0));
            let (from, to) = from.zip(to).expect("a service");
            let ahead = truth[to].0 - truth[from].0;
            prop_assert!(pair.low.is_none_or(|low| low - 4_000 <= -ahead), "{pair:?} {ahead}");
            prop_assert!(pair.high.is_none_or(|high| -ahead <= high + 4_000), "{pair:?} {ahead}");
        }
    }

    #[test]
    fn clocks_that_are_right_stay(hosts in hosts(Just(0), -400_000..20_000)) {
        let (given, _) = made(&hosts);
        for skew in [Skew::Corrected, Skew::Raw] {
            let tree = CallTree::build(&given, skew);
            prop_assert!(tree.clock_skew.is_empty(), "{:?}", tree.clock_skew);
            prop_assert!(tree.clock_pairs.is_empty());
        }
    }
}
