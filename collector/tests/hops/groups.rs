//! Patterns over several hops, each with one that looks alike and is not.
use collector::hops::{CallTree, Group, Skew};
use storage::trace::Trace;

use crate::given::trace;

/// A group is `kind parent within caller>callee operation hops errors parallel extent sum critical [basis]`.
fn line(group: &Group<'_>) -> String {
    let number =
        |number: Option<usize>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let ms = |nanos: u64| nanos / 1_000_000;
    format!(
        "{} {} {} {}>{} {} {:?} {} {} {} {} {} [{}]",
        group.kind.text(),
        number(group.parent),
        number(group.within),
        group.caller.unwrap_or("?"),
        group.callee.unwrap_or("?"),
        group.operation.unwrap_or("-"),
        group.hops,
        group.error_count,
        group.parallel,
        group.duration.map_or(0, ms),
        ms(group.sum),
        ms(group.critical),
        group.basis.text()
    )
}

#[track_caller]
fn check(spans: &str, expected: &[&str]) {
    let given = trace(spans);
    check_trace(&given, expected);
}

#[track_caller]
fn check_trace(given: &Trace, expected: &[&str]) {
    let tree = CallTree::build(given, Skew::Corrected);
    let found: Vec<String> = tree.groups.iter().map(line).collect();
    assert_eq!(found, expected, "{}", collector::hops::text::print(&tree));
    for (index, group) in tree.groups.iter().enumerate() {
        for hop in &group.hops {
            let own = tree.hops[*hop].group;
            let is_member =
                own == Some(index) || own.is_some_and(|own| tree.groups[own].within == Some(index));
            assert!(is_member, "{hop} of {index}: {own:?}");
        }
    }
}

fn notes_of(spans: &str) -> Vec<String> {
    let given = trace(spans);
    let tree = CallTree::build(&given, Skew::Corrected);
    let notes = tree.hops.iter().map(|hop| {
        let notes: Vec<&str> = hop.notes.iter().map(|note| note.text()).collect();
        notes.join(", ")
    });
    notes.collect()
}

#[test]
fn retries() {
    // A failure, and again; the caller waits between.
    check(
        "a server web 0+100; b/a client web>app 10+10 error=503; c/a client web>app 30+10 error=503; d/a client web>app 50+40",
        &["retry 0 - web>app - [1, 2, 3] 2 1 80 60 60 [failed, then again]"],
    );
    assert_eq!(
        notes_of(
            "a server web 0+100; b/a client web>app 10+10 error=503; c/a client web>app 30+10"
        ),
        ["", "client only", "client only, retry"]
    );
    for (why, spans) in [
        (
            "nothing failed",
            "a server web 0+100; b/a client web>app 10+10; c/a client web>app 30+10",
        ),
        (
            "another target",
            "a server web 0+100; b/a client web>app 10+10 error; c/a client web>mail 30+10",
        ),
        (
            "another operation",
            "a server web 0+100; b/a client web>app 10+10 error name=get; c/a client web>app 30+10 name=put",
        ),
        (
            "about something else",
            "a server web 0+100; b/a client web>app 10+10 error url.full:/1; c/a client web>app 30+10 url.full:/2",
        ),
        (
            "another caller",
            "a server web 0+100; b/a client web>app 10+10 error; e/a internal web 20+40; c/e client web>app 30+10",
        ),
        (
            "before the first had ended",
            "a server web 0+100; b/a client web>app 10+50 error; c/a client web>app 30+40",
        ),
        (
            "local work",
            "a server web 0+100; b/a internal web 10+10 error; c/a internal web 30+10",
        ),
    ] {
        let given = trace(spans);
        let tree = CallTree::build(&given, Skew::Corrected);
        assert_eq!(tree.groups, [], "{why}");
    }
    // The server was not reached, and then it was.
    check(
        "a server web 0+100; b/a client web>10.0.0.1 10+10 error url.full:/1; c/a client web>10.0.0.1 30+40 url.full:/1; \
         d/c server app 40+20",
        &["retry 0 - web>app - [1, 2] 1 1 60 50 50 [failed, then again]"],
    );
    // A proxy tries again: several servers of one call.
    check(
        "a client web 0+100; b/a server app 10+20 error; c/a server app 40+50",
        &["retry 0 - web>app - [1, 2] 1 1 80 70 70 [failed, then again]"],
    );
    // The parent of both was not received, but it is one.
    check(
        "b/a client web>app 10+10 error; c/a client web>app 30+10",
        &["retry - - web>app - [0, 1] 1 1 30 20 20 [failed, then again]"],
    );
    check(
        "b/a client web>app 10+10 error; c/d client web>app 30+10",
        &[],
    );
}

#[test]
fn attempts_within_loops() {
    let item = |number: usize, words: &str| {
        format!(
            "; {:x}/a client web>app {}+5 {words}",
            16 + number,
            number * 10
        )
    };
    let loop_of = |words: [&str; 6]| {
        let items = words
            .iter()
            .enumerate()
            .map(|(number, words)| item(number, words));
        format!("a server web 0+100{}", items.collect::<String>())
    };
    let plain = "n-plus-one 0 - web>app - [1, 2, 3, 4, 5, 6] 1 1 55 30 30 [one after another]";
    // The third item failed; the next call is about the fourth.
    check(&loop_of(["", "", "error", "", "", ""]), &[plain]);
    check(
        &loop_of([
            "url.full:/1",
            "url.full:/2",
            "url.full:/3 error",
            "url.full:/4",
            "url.full:/5",
            "url.full:/6",
        ]),
        &[plain],
    );
    check(
        &loop_of([
            "url.full:/1",
            "url.full:/2",
            "url.full:/3 error",
            "url.full:/3",
            "url.full:/5",
            "url.full:/6",
        ]),
        &[
            plain,
            "retry 0 0 web>app - [3, 4] 1 1 15 10 10 [failed, then again]",
        ],
    );
    // A statement with places for values does not say which.
    check(
        &loop_of([
            "db.query.text:id=?",
            "db.query.text:id=?",
            "db.query.text:id=? error",
            "db.query.text:id=?",
            "db.query.text:id=?",
            "db.query.text:id=?",
        ]),
        &[plain],
    );
    check(
        &loop_of(["", "", "error", "http.request.resend_count:1", "", ""]),
        &[
            plain,
            "retry 0 0 web>app - [3, 4] 1 1 15 10 10 [resend count]",
        ],
    );
    // Nothing but attempts at one call.
    check(
        &loop_of(["error", "error", "error", "error", "error", ""]),
        &["retry 0 - web>app - [1, 2, 3, 4, 5, 6] 5 1 55 30 30 [failed, then again]"],
    );
}

#[test]
fn hedges() {
    check(
        "a server web 0+60; b/a client web>app 10+40 error=cancelled; c/a client web>app 20+30",
        &["hedge 0 - web>app - [1, 2] 1 2 40 70 40 [cancelled]"],
    );
    check(
        "a server web 0+60; b/a client web>app 10+90 url.full:/1; c/a client web>app 20+30 url.full:/1",
        &["hedge 0 - web>app - [1, 2] 0 2 90 120 70 [not waited for]"],
    );
    for (why, spans) in [
        (
            "both are waited for",
            "a server web 0+60; b/a client web>app 10+40; c/a client web>app 20+30",
        ),
        (
            "one was lost before the other had answered",
            "a server web 0+60; b/a client web>app 10+15 error=cancelled; c/a client web>app 20+30",
        ),
        (
            "it failed, and was not cancelled",
            "a server web 0+60; b/a client web>app 10+40 error=503; c/a client web>app 20+30",
        ),
        (
            "the caller failed and cancelled what was under way",
            "a server web 0+60 error; b/a client web>app 10+40 error=cancelled; c/a client web>app 20+30",
        ),
        (
            "about other things",
            "a server web 0+60; b/a client web>app 10+90 url.full:/1; c/a client web>app 20+30 url.full:/2",
        ),
        (
            "not waited for, but nothing says that they are one",
            "a server web 0+60; b/a client web>app 10+90; c/a client web>app 20+30",
        ),
    ] {
        let given = trace(spans);
        let tree = CallTree::build(&given, Skew::Corrected);
        assert_eq!(tree.groups, [], "{why}");
    }
}

#[test]
fn calls_again_and_again() {
    let many = |count: usize, of: fn(usize) -> String| {
        let spans = (0..count).map(|number| format!("; {:x}/a {}", 16 + number, of(number)));
        format!("a server web 0+100{}", spans.collect::<String>())
    };
    let query = |number| format!("client web>db {}+8 db.system:mysql", number * 10);
    check(
        &many(8, query),
        &["n-plus-one 0 - web>db - [1, 2, 3, 4, 5, 6, 7, 8] 0 1 78 64 64 [one after another]"],
    );
    check(&many(4, query), &[]);
    check(
        &many(6, |number| format!("client web>db {}+50", number * 2)),
        &["fan-out 0 - web>db - [1, 2, 3, 4, 5, 6] 0 6 60 300 50 [at the same time]"],
    );
    check(
        &many(5, |number| format!("internal web {}+8", number * 10)),
        &["repeat 0 - ?>web - [1, 2, 3, 4, 5] 0 1 48 40 40 [one after another]"],
    );
    check(
        &many(5, |number| format!("producer web>kafka {}+8", number * 10)),
        &["repeat 0 - web>kafka - [1, 2, 3, 4, 5] 0 1 48 40 40 [one after another]"],
    );
    // Each to another.
    check(
        &many(8, |number| {
            format!("client web>db{number} {}+8", number * 10)
        }),
        &[],
    );
    check(
        &many(8, |number| {
            format!("client web>db {}+8 name=q{number}", number * 10)
        }),
        &[],
    );
    // Two loops in turns.
    check(
        &many(10, |number| {
            format!("client web>db{} {}+8", number % 2, number * 10)
        }),
        &[
            "n-plus-one 0 - web>db0 - [1, 3, 5, 7, 9] 0 1 88 40 40 [one after another]",
            "n-plus-one 0 - web>db1 - [2, 4, 6, 8, 10] 0 1 88 40 40 [one after another]",
        ],
    );
    // Below each call there is more.
    let deep = (0..5).map(|number| {
        let (client, server, start) = (16 + number * 2, 17 + number * 2, number * 20);
        format!(
            "; {client:x}/a client web {start}+15; {server:x}/{client:x} server app {}+10",
            start + 2
        )
    });
    check(
        &format!("a server web 0+100{}", deep.collect::<String>()),
        &["n-plus-one 0 - web>app - [1, 2, 3, 4, 5] 0 1 95 75 75 [one after another]"],
    );
}
