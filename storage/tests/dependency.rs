//! Links between services: what Zipkin's linker and its contract tests promise, as data.
//!
//! A span is a line: `id[/parent] kind service[>remote service] [words]`, where kind `-` is absent
//! and service `?` is not known. Words: `shared`, `error` (a tag), `error=TEXT`, `event=TEXT`,
//! `ip=…`, `port=…`, `at=MS`, `trace=HEX`, `otlp`.
use std::time::Instant;

use storage::dependency::{Dependency, PAIRS_MAX, link_trace};
use storage::id::{SpanId, TraceId};
use storage::query::TimeRange;
use storage::rollup::dependencies_in;
use storage::span::{
    Attribute, Endpoint, Event, Format, Kind, Resource, Span, Status, StatusCode, Value,
};
use storage::trace::Trace;

/// Given these spans, then these links, in any order: `parent>child calls [errors]`.
#[track_caller]
fn check(spans: &str, links: &str) {
    let given: Vec<Span> = lines(spans).map(span).collect();
    assert_eq!(written(&link_trace(&given)), sorted(links), "{spans}");
    // Links do not depend on the order in which spans arrived, as long as starts tell it.
    let reversed: Vec<Span> = given.into_iter().rev().collect();
    assert_eq!(
        written(&link_trace(&reversed)),
        sorted(links),
        "reversed: {spans}"
    );
}

#[test]
fn the_table_of_the_linker() {
    for (spans, links) in [
        (
            "a server web; b/a client web>app; b/a server app shared; c/b client app>db error",
            "web>app 1; app>db 1 1",
        ),
        (
            "a producer p>kafka; b/a consumer c>kafka",
            "p>kafka 1; kafka>c 1",
        ),
        ("a producer p; b/a consumer c", ""),
        ("a producer p; b/a server s", "p>s 1"),
        ("a producer p; a server s shared", "p>s 1"),
        ("a client c; b/a consumer d", ""),
        ("a server s>client", "client>s 1"),
        ("a client client>s", "client>s 1"),
        ("a server a; b/a client ?>s; c/a client ?>s", "a>s 2"),
        ("a client c>server; b/a server s; d/a server s", "c>s 2"),
        ("a client c error; b/a server s", "c>s 1 1"),
        ("a client c error; a server s shared", "c>s 1"),
        (
            "a server client; b/a - client; c/b client server error; d/b client server error",
            "client>server 2",
        ),
        (
            "a server foo; b/a - foo; c/b client bar>baz error; d/b client bar>baz",
            "foo>bar 2; bar>baz 2 1",
        ),
        (
            "a - some-client>web; b/a - web>app error; c/b - app>db",
            "some-client>web 1; web>app 1 1; app>db 1",
        ),
        ("b/a server s; c/a server t", ""),
        (
            "b/a server service1; c/b server service2",
            "service1>service2 1",
        ),
        ("a server web; b/a client app", "web>app 1"),
        (
            "a server frontend; c/b client backend",
            "frontend>backend 1",
        ),
        ("a client c", ""),
        ("a client ?>s", ""),
        ("a server s", ""),
        ("a - ?", ""),
        ("a - c", ""),
        ("a server service>service", "service>service 1"),
        ("a client service>service", "service>service 1"),
    ] {
        check(spans, links);
    }
}

#[test]
fn the_contract_of_zipkins_stores() {
    let three_tier = "a server frontend ip=1.1.1.1 port=80; \
                      b/a client frontend>backend ip=1.1.1.1; \
                      b/a server backend>frontend ip=2.2.2.2 port=9410 shared; \
                      c/b client backend>db ip=2.2.2.2 port=9410 error";
    for (spans, links) in [
        (three_tier, "frontend>backend 1; backend>db 1 1"),
        // Told twice, counted once.
        (
            &format!("{three_tier}; {three_tier}"),
            "frontend>backend 1; backend>db 1 1",
        ),
        (
            "a client frontend>frontend; a server frontend>frontend shared",
            "frontend>frontend 1",
        ),
        // The root is missing.
        (
            "b/a client frontend>backend; b/a server backend shared; c/b client backend>db error",
            "frontend>backend 1; backend>db 1 1",
        ),
        (
            "a server frontend>some-client; b/a client frontend>backend; b/a server backend shared; \
             c/b client backend>db",
            "some-client>frontend 1; frontend>backend 1; backend>db 1",
        ),
        (
            "a client frontend; a server backend shared",
            "frontend>backend 1",
        ),
        (
            "a producer producer>kafka; a consumer consumer>kafka shared",
            "producer>kafka 1; kafka>consumer 1",
        ),
        // The server half of `b` is missing, its client call is not.
        (
            "a client frontend; b/a client backend>db",
            "frontend>backend 1; backend>db 1",
        ),
        (
            "a - frontend>backend; b/a - backend>db",
            "frontend>backend 1; backend>db 1",
        ),
        ("a client ?>?; b/a server ?", ""),
        (
            "a server frontend; b/a - frontend; c/b - frontend; d/c - frontend; e/d - frontend; \
             f/e client frontend>backend; f/e server backend shared",
            "frontend>backend 1",
        ),
        // One-way: a client that never heard back, a server that ran.
        (
            "a client frontend at=1; a server backend shared at=2",
            "frontend>backend 1",
        ),
        (
            "a client frontend event=error; b/a server backend event=error",
            "frontend>backend 1",
        ),
        ("a consumer backend>frontend", "frontend>backend 1"),
        // Upper case does not make another service.
        (
            "a server Frontend>Web; b/a client frontend>Backend",
            "web>frontend 1; frontend>backend 1",
        ),
    ] {
        check(spans, links);
    }
}

#[test]
fn spans_sent_in_pieces_become_whole() {
    for (spans, links) in [
        // The server forgot to say that the id is the client's.
        ("a client web; a server app", "web>app 1"),
        // A late piece without endpoint, and an endpoint in two pieces.
        ("a client web>app; a - ? at=5", "web>app 1"),
        (
            "a client web>app; a - ? ip=1.1.1.1; a - web ip=1.1.1.1",
            "web>app 1",
        ),
        ("a client web>app; a - ? error", "web>app 1 1"),
        // Two servers answered one id.
        (
            "a client web; a server app shared ip=1.1.1.1; a server app shared ip=2.2.2.2",
            "web>app 2",
        ),
        // A child is attached to the half that its own host recorded.
        (
            "a client web ip=9.9.9.9; a server app shared ip=1.1.1.1; b/a client app>db ip=1.1.1.1",
            "web>app 1; app>db 1",
        ),
        // Its own parent, and a circle: the first is a root, the second is not met.
        ("a/a client web>app", "web>app 1"),
        (
            "a client web>app; b/c client x>y; c/b client x>z",
            "web>app 1",
        ),
    ] {
        check(spans, links);
    }
}

#[test]
fn errors_of_otlp_spans_are_in_the_status() {
    check("a client c otlp; b/a server s otlp status=error", "c>s 1 1");
    check("a client c otlp; b/a server s otlp error=false", "c>s 1");
    check("a client c; b/a server s error=false", "c>s 1 1");
}

#[test]
fn a_range_takes_the_minutes_it_touches_and_joins_short_ids() {
    let day = 86_400_000;
    let text = format!(
        "a client web at=1000 trace=1a; a server app shared at=1500 trace=f000000000000000000000000000001a; \
         b client web>app at={day} trace=2b error"
    );
    let traces = Trace::group(lines(&text).map(span));
    assert_eq!(traces.len(), 3);
    let spans = || traces.iter().flat_map(|trace| &trace.spans);
    for ((from_ms, to_ms), links) in [
        ((0, u64::MAX), "web>app 2 1"),
        ((0, 999), "web>app 1"),
        ((59_999, 59_999), "web>app 1"),
        ((60_000, day - 1), ""),
        ((day, day), "web>app 1 1"),
        ((day + 59_999, u64::MAX), "web>app 1 1"),
        ((day + 60_000, u64::MAX), ""),
    ] {
        let found = dependencies_in(spans(), TimeRange { from_ms, to_ms });
        assert_eq!(written(&found), sorted(links), "{from_ms}..{to_ms}");
    }
}

#[test]
fn large_and_hostile_traces_take_linear_time() {
    let id = |value: u64| SpanId::new(value).expect("not zero");
    let template = span("1 client web>app");
    let make = |count: u64, shape: &dyn Fn(u64, &mut Span)| -> Vec<Span> {
        (1..=count)
            .map(|number| {
                let mut span = Span {
                    span_id: id(number),
                    ..template.clone()
                };
                shape(number, &mut span);
                span
            })
            .collect()
    };
    let deep = |number: u64, span: &mut Span| {
        span.parent_id = SpanId::new(number - 1);
        span.kind = Kind::Unspecified;
    };
    let wide = |number: u64, span: &mut Span| span.parent_id = (number > 1).then(|| id(1));
    let circle = |number: u64, span: &mut Span| span.parent_id = Some(id(number % 100_000 + 1));
    let names = |number: u64, span: &mut Span| {
        span.remote_endpoint = Some(Endpoint {
            service: Some(number.to_string()),
            ..Endpoint::default()
        });
    };
    let one_id = |number: u64, span: &mut Span| {
        span.span_id = id(1);
        span.shared = true;
        span.kind = Kind::Server;
        span.local_endpoint = Some(Endpoint {
            service: Some(number.to_string()),
            ..Endpoint::default()
        });
    };
    let began = Instant::now();
    assert_eq!(link_trace(&make(100_000, &deep))[0].call_count, 100_000);
    assert_eq!(link_trace(&make(100_000, &wide))[0].call_count, 99_999);
    assert!(link_trace(&make(100_000, &circle)).is_empty());
    assert_eq!(link_trace(&make(100_003, &names)).len(), PAIRS_MAX);
    link_trace(&make(100_000, &one_id));
    // Far from what it takes (under two seconds unoptimised), near to nothing quadratic.
    assert!(began.elapsed().as_secs() < 60);
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(';')
        .map(str::trim)
        .filter(|line| !line.is_empty())
}

fn sorted(links: &str) -> Vec<String> {
    let mut links: Vec<String> = lines(links).map(str::to_owned).collect();
    links.sort();
    links
}

fn written(links: &[Dependency]) -> Vec<String> {
    let mut texts: Vec<String> = links
        .iter()
        .map(|link| {
            let errors = match link.error_count {
                0 => String::new(),
                errors => format!(" {errors}"),
            };
            format!("{}>{} {}{errors}", link.parent, link.child, link.call_count)
        })
        .collect();
    texts.sort();
    texts
}

fn span(line: &str) -> Span {
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
    let names = words.next().expect("a service");
    let (local, remote) = names.split_once('>').unwrap_or((names, "?"));
    let mut span = Span {
        trace_id: TraceId::new(1).expect("not zero"),
        span_id: SpanId::from_hex(id).expect("an id"),
        parent_id: parent.and_then(SpanId::from_hex),
        kind,
        name: None,
        start: None,
        duration: None,
        status: Status::default(),
        attributes: Vec::new(),
        events: Vec::new(),
        links: Vec::new(),
        local_endpoint: endpoint(local),
        remote_endpoint: endpoint(remote),
        resource: Default::default(),
        scope: Default::default(),
        trace_state: String::new(),
        flags: 0,
        dropped_attributes: 0,
        dropped_events: 0,
        dropped_links: 0,
        shared: false,
        debug: false,
        format: Format::Zipkin,
    };
    for word in words {
        apply(&mut span, word);
    }
    span
}

fn endpoint(service: &str) -> Option<Endpoint> {
    (service != "?").then(|| Endpoint {
        service: Some(service.to_owned()),
        ..Endpoint::default()
    })
}

fn apply(span: &mut Span, word: &str) {
    let (word, value) = word.split_once('=').unwrap_or((word, ""));
    let text = |key: &str| Attribute {
        key: key.into(),
        value: Value::String(value.into()),
    };
    let mut local = span.local_endpoint.clone().unwrap_or_default();
    match word {
        "shared" => span.shared = true,
        "error" => span.attributes.push(text("error")),
        "status" => span.status.code = StatusCode::Error,
        "event" => span.events.push(Event {
            time: 1,
            name: value.to_owned(),
            attributes: Vec::new(),
            dropped_attributes: 0,
        }),
        "at" => span.start = Some(value.parse::<u64>().expect("ms") * 1_000_000),
        "trace" => span.trace_id = TraceId::from_hex(value).expect("an id"),
        "ip" => {
            local.ipv4 = Some(value.parse().expect("an address"));
            span.local_endpoint = Some(local);
        }
        "port" => {
            local.port = Some(value.parse().expect("a port"));
            span.local_endpoint = Some(local);
        }
        "otlp" => {
            let service = span
                .local_endpoint
                .take()
                .and_then(|endpoint| endpoint.service);
            let name = service.expect("a service");
            span.format = Format::Otlp;
            span.resource = std::sync::Arc::new(Resource {
                attributes: vec![Attribute {
                    key: "service.name".into(),
                    value: Value::String(name.into()),
                }],
                ..Resource::default()
            });
        }
        other => panic!("{other}: not a word"),
    }
}
