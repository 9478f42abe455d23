//! What the linker tells of each call beside its count: kind, failure, start and duration; and what
//! a rollup makes of it.
//!
//! A span is a line: `id[/parent] kind service[>remote] [words]`, where kind `-` is absent and
//! service `?` is not known. Words: `at=N` and `took=N` (nanoseconds), `shared`, `failed`, `db`.
use storage::dependency::{CallSpan, Linker, NameId, Names, Place};
use storage::id::{SpanId, TraceId};
use storage::rollup::{Rollup, SERIES_MAX, Series, Sign, minute_of};
use storage::span::Kind;

#[test]
fn a_call_is_told_as_its_caller_saw_it() {
    for (spans, calls) in [
        // Both halves: the client's time, whoever is counted.
        (
            "a client web>app at=1 took=9; b/a server app at=3 took=5",
            "web>app Rpc at=1 took=9",
        ),
        (
            "a client web at=1 took=9; a server app shared at=3 took=5",
            "web>app Rpc at=1 took=9",
        ),
        (
            "c server web at=0 took=99; a/c client web at=1 took=9; a/c server app shared at=3 took=5",
            "web>app Rpc at=1 took=9",
        ),
        // The client says nothing of its time.
        (
            "a client web; b/a server app at=3 took=5",
            "web>app Rpc at=3 took=5",
        ),
        (
            "a client web at=1; b/a server app at=3 took=5",
            "web>app Rpc at=1 took=5",
        ),
        // One half alone.
        (
            "a client web>app at=1 took=9 failed",
            "web>app Rpc at=1 took=9 failed",
        ),
        ("a server app>web at=3 took=5", "web>app Rpc at=3 took=5"),
        (
            "a server web at=0 took=99; b/a server app at=3 took=5",
            "web>app Rpc at=3 took=5",
        ),
        // An ancestor that is not the call's other half lends no time.
        (
            "a client web>app at=1 took=9; b/a - app at=2; c/b server app at=3 took=5",
            "web>app Rpc at=3 took=5",
        ),
        // The server in between is missing: what is known of its call is the client's half.
        (
            "a client web at=1 took=9; b/a client app>store at=4 took=2 failed",
            "web>app Rpc at=1 took=9; app>store Rpc at=4 took=2 failed",
        ),
        (
            "a server web at=0 took=9; b/a client app>store at=4 took=2",
            "web>app Rpc at=4; app>store Rpc at=4 took=2",
        ),
        // Kinds.
        (
            "a client app>postgresql db at=1 took=2",
            "app>postgresql Database at=1 took=2",
        ),
        (
            "a producer app>kafka at=1 took=2; b/a consumer mail>kafka at=8 took=3",
            "app>kafka Messaging at=1 took=2; kafka>mail Messaging at=8 took=3",
        ),
        ("a - web>app at=1 took=2", "web>app Other at=1 took=2"),
        // Pieces of one span.
        (
            "a client web>app; a - ? at=5; a - ? took=7",
            "web>app Rpc at=5 took=7",
        ),
    ] {
        assert_eq!(linked(spans), sorted(calls), "{spans}");
    }
}

#[test]
fn minutes_are_those_of_the_calls_and_of_the_traces_first_start_otherwise() {
    const MINUTE: u64 = 60_000_000_000;
    assert_eq!(minute_of(MINUTE - 1), 0);
    assert_eq!(minute_of(MINUTE), 1);
    assert_eq!(minute_of(u64::MAX), 307_445_734);
    for (spans, minutes) in [
        // The edge where the client began, each operation where it began itself.
        (
            format!(
                "a client web at={} took=9; b/a server app at={MINUTE}",
                MINUTE - 1
            ),
            "0 edge; 0 web; 1 app",
        ),
        (
            format!("a server web at={}; b/a server app", 2 * MINUTE),
            "2 edge; 2 web",
        ),
        ("a client web>app took=3".to_owned(), ""),
    ] {
        let (mut names, mut rollup) = (Names::default(), Rollup::default());
        let light = spans_of(&spans, &mut names);
        rollup.add_trace(&mut Linker::default(), &names, trace(), &light, Sign::Plus);
        let mut found = Vec::new();
        for (minute, period) in rollup.periods() {
            for (series, cell) in period.iter() {
                assert_eq!(cell.count, 1);
                found.push(match series {
                    Series::Edge { .. } => format!("{minute} edge"),
                    Series::Operation { service, .. } => {
                        format!("{minute} {}", names.text(service.expect("a service")))
                    }
                });
            }
        }
        found.sort();
        assert_eq!(found, sorted(minutes), "{spans}");
    }
}

#[test]
fn series_beyond_the_limit_lose_their_names_not_their_counts() {
    let (mut linker, mut names, mut rollup) = <(Linker, Names, Rollup)>::default();
    let operations = SERIES_MAX as u32 + 500;
    let template = spans_of("a server web at=1 took=2", &mut names)[0];
    let made = |number: u32| CallSpan {
        id: SpanId::new(u64::from(number)).expect("not zero"),
        operation: NameId::new(number + 1_000),
        ..template
    };
    let light: Vec<CallSpan> = (1..=operations).map(made).collect();
    // By traces of one span: they are no roots of each other.
    let mut add = |rollup: &mut Rollup, spans: &[CallSpan], sign| {
        for span in spans {
            rollup.add_trace(&mut linker, &names, trace(), &[*span], sign);
        }
    };
    add(&mut rollup, &light, Sign::Plus);
    let (_, period) = rollup.periods().next().expect("a minute");
    let other = Series::Operation {
        service: template.place.service,
        operation: Some(NameId::OTHER),
        kind: Kind::Server,
    };
    assert_eq!(period.iter().count(), SERIES_MAX + 1);
    assert_eq!(period.get(&other).map(|cell| cell.count), Some(500));
    assert_eq!(rollup.folded(), 500);
    let total: i64 = period.iter().map(|(_, cell)| cell.count).sum();
    assert_eq!(total, i64::from(operations));
    add(&mut rollup, &light, Sign::Minus);
    assert!(rollup.is_empty());
}

fn trace() -> TraceId {
    TraceId::new(1).expect("not zero")
}

/// The calls of these spans in words, sorted.
fn linked(spans: &str) -> Vec<String> {
    let mut names = Names::default();
    let light = spans_of(spans, &mut names);
    let mut calls = Vec::new();
    Linker::default().link(&light, &names, |call| {
        let mut words = format!(
            "{}>{} {:?}",
            names.text(call.caller),
            names.text(call.callee),
            call.kind
        );
        if let Some(start) = call.start {
            words += &format!(" at={start}");
        }
        if let Some(duration) = call.duration {
            words += &format!(" took={duration}");
        }
        if call.failed {
            words += " failed";
        }
        calls.push(words);
    });
    calls.sort();
    calls
}

fn sorted(lines: &str) -> Vec<String> {
    let lines = lines.split(';').map(str::trim);
    let mut lines: Vec<String> = lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    lines.sort();
    lines
}

fn spans_of(lines: &str, names: &mut Names) -> Vec<CallSpan> {
    let lines = lines.split(';');
    lines.map(|line| span(line.trim(), names)).collect()
}

fn span(line: &str, names: &mut Names) -> CallSpan {
    let mut words = line.split_whitespace();
    let ids = words.next().expect("an id");
    let (id, parent) = ids
        .split_once('/')
        .map_or((ids, None), |(id, parent)| (id, Some(parent)));
    let kind = match words.next().expect("a kind") {
        "client" => Kind::Client,
        "server" => Kind::Server,
        "producer" => Kind::Producer,
        "consumer" => Kind::Consumer,
        _ => Kind::Unspecified,
    };
    let services = words.next().expect("a service");
    let (local, remote) = services.split_once('>').unwrap_or((services, "?"));
    let mut service = |name: &str| names.service(if name == "?" { "" } else { name });
    let mut span = CallSpan {
        id: SpanId::from_hex(id).expect("an id"),
        parent: parent.and_then(SpanId::from_hex),
        kind,
        shared: false,
        place: Place::new(service(local), None),
        remote_service: service(remote),
        database: false,
        operation: None,
        start: None,
        duration: None,
        failed: false,
        error: false,
    };
    for word in words {
        let (word, value) = word.split_once('=').unwrap_or((word, "0"));
        let value: u64 = value.parse().expect("a number");
        match word {
            "at" => span.start = Some(value),
            "took" => span.duration = Some(value as i64),
            "shared" => span.shared = true,
            "failed" => span.failed = true,
            "db" => span.database = true,
            other => panic!("{other}: not a word"),
        }
    }
    span
}
