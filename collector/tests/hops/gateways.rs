//! Calls that are not as simple as two spans: gateways, services between that have no spans, streams.
use collector::hops::{CallTree, Skew, text};
use storage::span::{Attribute, Event, Value};

use crate::given::{EPOCH, trace};

/// `caller>callee [notes]`, two blanks a level.
#[track_caller]
fn check(spans: &str, expected: &[&str]) {
    let given = trace(spans);
    let tree = CallTree::build(&given, Skew::Corrected);
    let lines = tree.hops.iter().map(|hop| {
        let service = |party: Option<collector::hops::Party<'_>>| {
            party.map_or_else(
                || "-".to_owned(),
                |party| party.service.unwrap_or("?").to_owned(),
            )
        };
        let notes: Vec<&str> = hop.notes.iter().map(|note| note.text()).collect();
        let via = hop
            .via
            .map_or_else(String::new, |via| format!(" via {via}"));
        format!(
            "{:indent$}{}>{}{via} [{}]",
            "",
            service(hop.caller),
            service(hop.callee),
            notes.join(", "),
            indent = hop.depth * 2
        )
    });
    assert_eq!(
        lines.collect::<Vec<_>>(),
        expected,
        "{spans}\n{}",
        text::print(&tree)
    );
}

#[test]
fn gateways_that_reuse_ids() {
    // One id for all four halves of two calls.
    check(
        "a client web 0+100; a server gate shared 10+80; a client gate 15+70; a server app shared 20+60; b/a internal app 30+10",
        &[
            "web>gate [shared span]",
            "  gate>app [shared span, duplicate id]",
            "    ->app []",
        ],
    );
    // The gateway makes no span of its call: only times tell that it is between.
    check(
        "a client web 0+100; a server gate shared 10+80; a server app shared 20+60",
        &[
            "web>gate [shared span]",
            "  gate>app [server only, shared span, nested by time]",
        ],
    );
    // It has a span of its own and passes on what it was given.
    check(
        "a client web 0+100; b/a server gate 10+80; c/a server app 20+60",
        &["web>gate []", "  gate>app [server only, nested by time]"],
    );
    // One after another: a proxy that tries another service, and nobody is above the other.
    check(
        "a client web 0+100; b/a server gate 10+20; c/a server app 40+50",
        &[
            "web>- [several servers]",
            "  web>gate [server only]",
            "  web>app [server only]",
        ],
    );
    // One service: attempts, however long the first one went on.
    check(
        "a client web 0+100; b/a server app 10+80; c/a server app 20+60",
        &[
            "web>- [several servers]",
            "  web>app [server only]",
            "  web>app [server only]",
        ],
    );
    // Consumers of one message owe each other nothing.
    check(
        "a producer web 0+5; b/a consumer mail 10+80; c/a consumer ship 20+60",
        &[
            "web>- [several servers]",
            "  web>mail [server only, async]",
            "  web>ship [server only, async]",
        ],
    );
}

#[test]
fn services_between_that_have_no_spans() {
    check(
        "a client web>proxy 0+100; b/a server app 10+80",
        &["web>app via proxy [via]"],
    );
    for named in ["app", "App", "app.shop.local", "ap"] {
        check(
            &format!("a client web>{named} 0+100; b/a server app 10+80"),
            &["web>app []"],
        );
    }
    // The name of a machine says nothing of services.
    let mut given = trace("a client web 0+100 server.address:proxy; b/a server app 10+80");
    for span in &mut given.spans {
        span.format = storage::span::Format::Otlp;
    }
    let tree = CallTree::build(&given, Skew::Corrected);
    assert_eq!(tree.hops[0].via, None);
}

#[test]
fn streams() {
    let message = |name: &str, kind: &str| Event {
        time: EPOCH as i64,
        name: name.to_owned(),
        attributes: vec![Attribute {
            key: "rpc.message.type".into(),
            value: Value::String(kind.into()),
        }],
        dropped_attributes: 0,
    };
    for (events, expected) in [
        (
            &[
                ("message", "SENT"),
                ("message", "RECEIVED"),
                ("message", "RECEIVED"),
            ][..],
            Some((1, 2)),
        ),
        (
            &[("Outbound message", ""), ("Outbound message", "")],
            Some((2, 0)),
        ),
        // A request and an answer.
        (&[("message", "SENT"), ("message", "RECEIVED")], None),
        (&[("retry", "SENT"), ("retry", "SENT")], None),
    ] {
        let mut given = trace("a client web 0+100; b/a server app 10+80");
        given.spans[0].events = events
            .iter()
            .map(|(name, kind)| message(name, kind))
            .collect();
        let tree = CallTree::build(&given, Skew::Corrected);
        let found = tree.hops[0]
            .messages
            .map(|messages| (messages.sent, messages.received));
        assert_eq!(found, expected, "{events:?}");
        let notes: Vec<&str> = tree.hops[0].notes.iter().map(|note| note.text()).collect();
        assert_eq!(notes.contains(&"streaming"), expected.is_some());
    }
}
