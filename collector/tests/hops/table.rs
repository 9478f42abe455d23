//! Topic by topic: spans, and the hops that they are.
use collector::hops::{CallTree, Hop, HopKind, Skew, text};

use crate::given::{EPOCH, MS, trace};

/// A hop is `caller>callee kind total network server self critical [notes]`, two blanks a level.
#[track_caller]
fn check(spans: &str, expected: &str) {
    check_as(Skew::Corrected, spans, expected);
}

#[track_caller]
fn check_as(skew: Skew, spans: &str, expected: &str) {
    let trace = trace(spans);
    let tree = CallTree::build(&trace, skew);
    let expected: Vec<&str> = expected
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let indent = expected
        .first()
        .map_or(0, |line| line.len() - line.trim_start().len());
    let expected: Vec<&str> = expected
        .into_iter()
        .map(|line| line[indent..].trim_end())
        .collect();
    let lines: Vec<String> = tree.hops.iter().map(line).collect();
    assert_eq!(lines, expected, "{spans}\n{}", text::print(&tree));
}

fn line(hop: &Hop<'_>) -> String {
    let ms = |nanos: Option<u64>| {
        nanos.map_or_else(
            || "-".to_owned(),
            |nanos| (nanos as f64 / MS as f64).to_string(),
        )
    };
    let caller = hop
        .caller
        .map_or("", |caller| caller.service.unwrap_or("?"));
    let callee = hop
        .callee
        .map_or("?", |callee| callee.service.unwrap_or("?"));
    let kind = match hop.kind {
        HopKind::Rpc => "rpc",
        HopKind::Messaging => "msg",
        HopKind::Database => "db",
        HopKind::Local => "local",
    };
    let notes: Vec<&str> = hop.notes.iter().map(|note| note.text()).collect();
    let notes = if notes.is_empty() {
        String::new()
    } else {
        format!(" [{}]", notes.join(", "))
    };
    format!(
        "{:indent$}{caller}>{callee} {kind} {} {} {} {} {}{}{notes}",
        "",
        ms(hop.total()),
        ms(hop.network_duration),
        ms(hop.server_duration),
        ms(hop.self_duration),
        ms(Some(hop.critical_duration)),
        if hop.error { " ERROR" } else { "" },
        indent = hop.depth * 2,
    )
}

#[test]
fn two_halves_are_one_hop() {
    check(
        "a server web 0+100; b/a client web 10+80; c/b server app 15+70; d/c client app>db 20+30 db.system:postgresql",
        "
        >web rpc 100 - 100 20 20
          web>app rpc 80 10 70 40 50
            app>db db 30 - - - 30 [client only]",
    );
    check(
        "a client web 0+100; a server app shared 10+80; b/a internal app 20+10",
        "
        web>app rpc 100 20 80 70 90 [shared span]
          >app local 10 - 10 10 10",
    );
    // The server forgot to say that it shares the id.
    check(
        "a client web 0+100; a server app 10+80",
        "web>app rpc 100 20 80 80 100 [shared span]",
    );
}

#[test]
fn halves_alone() {
    check(
        "a client web>app 0+10; b client web 20+10",
        "
        web>app rpc 10 - - - 10 [client only]
        web>? rpc 10 - - - 10 [client only]",
    );
    check(
        "a server web 0+100; b/a server app 10+50; c/b - app>db 20+10",
        "
        >web rpc 100 - 100 50 50
          web>app rpc 50 - 50 40 40 [server only]
            app>db rpc 10 - - - 10 [client only]",
    );
    check("a server web>phone 0+10", "phone>web rpc 10 - 10 10 10");
    check(
        "b/a server web shared 0+10",
        ">web rpc 10 - 10 10 10 [server only, missing parent]",
    );
}

#[test]
fn one_call_several_servers() {
    check(
        "a client web 0+100; b/a server app 10+20; c/a server app 40+50",
        "
        web>? rpc 100 - - - 30 [several servers]
          web>app rpc 20 - 20 20 20 [server only]
          web>app rpc 50 - 50 50 50 [server only]",
    );
    check(
        "a server web 0+100; b/a producer web>kafka 10+5; c/b consumer mail 20+10; d/b consumer ship 30+10",
        "
        >web rpc 100 - 100 95 95
          web>kafka msg 5 - - - 5 [several servers]
            web>mail msg 10 - 10 10 0 [server only, async]
            web>ship msg 10 - 10 10 0 [server only, async]",
    );
}

#[test]
fn messages() {
    check(
        "a server web 0+20; b/a producer web 5+5; c/b consumer mail 40+10",
        "
        >web rpc 20 - 20 15 15
          web>mail msg 5 30 10 10 35 [async]",
    );
    // Consumed before the producer heard that it was published.
    check(
        "b producer web 5+50; c/b consumer mail 8+10",
        "web>mail msg 50 0 10 10 50 [async]",
    );
    check(
        "a producer web 0+5; c consumer mail 40+10 link=a",
        "web>mail msg 5 35 10 10 50 [async, linked]",
    );
    check(
        "a producer web 0+5; c/f consumer mail 40+10 link=e",
        "
        web>? msg 5 - - - 5 [client only]
        >mail msg 10 - 10 10 10 [server only, async, missing parent, linked]",
    );
}

#[test]
fn children_that_are_not_waited_for() {
    check(
        "a server web 0+100; b/a internal web 50+500; c/a internal web 200+10; d/a internal web 10+20",
        "
        >web rpc 100 - 100 80 80
          >web local 20 - 20 20 20
          >web local 500 - 500 500 450 [async]
          >web local 10 - 10 10 0 [async]",
    );
    // Parallel branches: the one that ends last.
    check(
        "a server web 0+100; b/a internal web 10+60; c/a internal web 10+80",
        "
        >web rpc 100 - 100 20 20
          >web local 60 - 60 60 0
          >web local 80 - 80 80 80",
    );
    // The client gave up.
    check(
        "a client web 0+100 error=timeout; b/a server app 10+500",
        "web>app rpc 100 - 500 500 510 ERROR [server outlasts client]",
    );
}

#[test]
fn incomplete_traces() {
    check(
        "a server web 0+100; c/b server app 10+50; d/c internal app 20+10",
        "
        >web rpc 100 - 100 100 50
        >app rpc 50 - 50 40 40 [server only, missing parent]
          >app local 10 - 10 10 10",
    );
    // No root at all: what lies between is a gap.
    check(
        "b/a internal x 0+10; d/c internal y 30+10",
        "
        >x local 10 - 10 10 10 [missing parent]
        >y local 10 - 10 10 10 [missing parent]",
    );
    check(
        "b internal x 50+10; a internal y 0+10",
        "
        >y local 10 - 10 10 10
        >x local 10 - 10 10 10",
    );
    let given =
        trace("a server web 0+100; c/b server app 10+50; d/b server app 10+50; e/f - x 1+1");
    let tree = CallTree::build(&given, Skew::Corrected);
    assert_eq!((tree.complete, tree.missing_parents), (false, 2));
}

#[test]
fn malformed_traces() {
    check("a/a server web 0+10", ">web rpc 10 - 10 10 10 [own parent]");
    check(
        "a/b internal x 0+10; b/a internal y 2+5",
        "
        >x local 10 - 10 5 5 [cycle]
          >y local 5 - 5 5 5",
    );
    check(
        "a/b client x 0+10; b/a server y 2+5",
        "x>y rpc 10 5 5 5 10 [cycle]",
    );
    check(
        "a server web 0+10; b/a internal x 1+2; b/a internal y 4+2; c/b internal y 5+1",
        "
        >web rpc 10 - 10 6 6
          >x local 2 - 2 2 2 [duplicate id]
          >y local 2 - 2 1 1 [duplicate id]
            >y local 1 - 1 1 1",
    );
    check(
        "a server web 0+10; b/a internal x; c/a internal x 2+; d/a internal x 3+-5; e/a internal x 4+0; f/a internal x ?+5",
        "
        >web rpc 10 - 10 10 10
          >x local - - - - 0 [no duration]
          >x local - - - - 0 [negative duration]
          >x local 0 - 0 0 0
          >x local - - - - 0 [no start, no duration]
          >x local - - - - 0 [no start]",
    );
    check("a server web 5+", ">web rpc - - - - 0 [no duration]");
    // The root never ended: its children stand for it.
    check(
        "a server web 5+; b/a internal web 10+20",
        "
        >web rpc - - - - 0 [no duration]
          >web local 20 - 20 20 20",
    );
}

#[test]
fn clocks_that_disagree() {
    let skewed =
        "a client web 0+100 host=w; b/a server app 1000+80 host=p; c/b internal app 1010+10 host=p";
    check(
        skewed,
        "
        web>app rpc 100 20 80 70 90 [skew corrected]
          >app local 10 - 10 10 10 [skew corrected]",
    );
    check_as(
        Skew::Raw,
        skewed,
        "
        web>app rpc 100 20 80 70 170
          >app local 10 - 10 10 10",
    );
    for (spans, skews) in [
        (skewed, &[("p", -990, 66)][..]),
        // Within the call, however unevenly: nothing to correct.
        (
            "a client web 0+100 host=w; b/a server app 20+80 host=p",
            &[],
        ),
        // One host has one clock.
        (
            "a client web 0+100 host=w; b/a server app 500+80 host=w",
            &[],
        ),
        // A second call narrows the choice: [-910,-890] and [-910,-900].
        (
            "1 server web 0+900 host=w; a/1 client web 0+100 host=w; b/a server app 910+80 host=p; \
             c/1 client web 200+100 host=w; d/c server app 1110+90 host=p",
            &[("p", -905, 75)],
        ),
        // Most calls fit as they are: one strange call moves nobody.
        (
            "1 server web 0+900 host=w; a/1 client web 0+100 host=w; b/a server app 10+80 host=p; \
             c/1 client web 200+100 host=w; d/c server app 400+80 host=p",
            &[],
        ),
        // A message may wait, but it cannot be read before it is written.
        (
            "a producer web 500+10 host=w; b/a consumer app 400+10 host=p",
            &[("p", 100, 33)],
        ),
        (
            "a producer web 0+10 host=w; b/a consumer app 400+10 host=p",
            &[],
        ),
        // Hosts that do not tell their name are told apart by service; offsets add up.
        (
            "a client web 0+100; b/a server app 1000+80; c/b client app 1010+60; d/c server db 30+40",
            &[("", -990, 66)],
        ),
    ] {
        let given = trace(spans);
        for skew in [Skew::Corrected, Skew::Raw] {
            let tree = CallTree::build(&given, skew);
            let found: Vec<(&str, i64, i64)> = tree
                .clock_skew
                .iter()
                .map(|skew| {
                    let percent = (skew.confidence * 100.0).round() as i64;
                    (
                        skew.host.as_deref().unwrap_or(""),
                        skew.offset / MS as i64,
                        percent,
                    )
                })
                .collect();
            assert_eq!(found, skews, "{spans}");
        }
    }
}

#[test]
fn sums_of_the_path_and_names_on_it() {
    let given = trace("b/a client x>y 0+10; d/c internal z 30+10");
    let tree = CallTree::build(&given, Skew::Corrected);
    let told: Vec<(Option<&str>, u64, u64)> = tree
        .critical_path
        .iter()
        .map(|part| {
            (
                part.name.service,
                (part.start - EPOCH) / MS,
                part.duration / MS,
            )
        })
        .collect();
    assert_eq!(
        told,
        [(Some("y"), 0, 10), (None, 10, 20), (Some("z"), 30, 10)]
    );
}
