//! The tables of `docs/semconv.md` against the code: what is published is what is done.
use std::fs;
use std::path::Path;

use storage::contract::cast;
use storage::semconv::{self, Protocol, names};
use storage::span::{Attribute, Event, Format, Kind, Span, StatusCode, Value};

#[expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/semconv.md");
    fs::read_to_string(path).unwrap()
}

/// The rows of the table with this head.
fn rows<'p>(page: &'p str, head: &str) -> Vec<Vec<&'p str>> {
    let table = page.lines().skip_while(|line| *line != head).skip(2);
    table
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

fn bare(kind: Kind) -> Span {
    Span {
        kind,
        format: Format::Otlp,
        ..cast::bare(cast::trace_id(1), 1)
    }
}

fn attribute(key: &str, value: &str, is_text: bool) -> Attribute {
    let number = value.parse().ok().filter(|_| !is_text);
    Attribute {
        key: key.into(),
        value: match (number, value) {
            (Some(number), _) => Value::Int(number),
            (None, "true" | "false") if !is_text => Value::Bool(value == "true"),
            _ => Value::String(value.into()),
        },
    }
}

#[test]
fn the_names_are_those_that_are_published() {
    let page = page();
    let told = rows(&page, "| fact | names |");
    assert_eq!(told.len(), names::PUBLISHED.len());
    for (row, (fact, keys)) in told.iter().zip(names::PUBLISHED) {
        assert_eq!((row[0], quoted(row[1]).as_slice()), (fact, keys));
        // The first that is there counts, whatever stands first in the span.
        for first in 0..keys.len() {
            let mut span = bare(Kind::Client);
            let later = keys[first..].iter().rev();
            span.attributes = later.map(|key| attribute(key, key, true)).collect();
            let found = semconv::fact(&span, keys).and_then(Value::as_str);
            assert_eq!(found, Some(keys[first]));
        }
    }
}

/// As OTLP's types, as texts, and as a Zipkin span, which has texts only.
#[test]
fn spans_fail_as_it_is_published() {
    let page = page();
    let table = rows(&page, "| kind | status | attributes | failed |");
    assert!(table.len() > 50, "{}", table.len());
    for row in &table {
        for (is_text, format) in [
            (false, Format::Otlp),
            (true, Format::Otlp),
            (true, Format::Zipkin),
        ] {
            let mut span = bare(match row[0] {
                "CLIENT" => Kind::Client,
                "SERVER" => Kind::Server,
                "PRODUCER" => Kind::Producer,
                "INTERNAL" => Kind::Internal,
                other => panic!("{other}"),
            });
            span.format = format;
            span.status.code = match row[1] {
                "UNSET" => StatusCode::Unset,
                "OK" => StatusCode::Ok,
                "ERROR" => StatusCode::Error,
                other => panic!("{other}"),
            };
            for cell in quoted(row[2]) {
                match cell.split_once('=') {
                    None => span.events.push(Event {
                        time: 0,
                        name: cell.to_owned(),
                        attributes: Vec::new(),
                        dropped_attributes: 0,
                    }),
                    Some((key, value)) => {
                        let attribute = attribute(key, value, is_text);
                        match span.events.last_mut() {
                            Some(event) => event.attributes.push(attribute),
                            None => span.attributes.push(attribute),
                        }
                    }
                }
            }
            assert_eq!(
                semconv::failed(&span),
                row[3] == "yes",
                "{row:?} {format:?}"
            );
            assert!(
                !semconv::is_error(&span) || semconv::failed(&span),
                "{row:?}"
            );
        }
    }
}

#[test]
fn protocols_are_known_by_old_and_new_names() {
    for (key, protocol, name) in [
        ("db.system.name", Protocol::Database, "db.system.name"),
        ("db.system", Protocol::Database, "db.system"),
        ("db.query.text", Protocol::Database, "sql"),
        ("db.statement", Protocol::Database, "sql"),
        ("messaging.system", Protocol::Messaging, "messaging.system"),
        ("rpc.system.name", Protocol::Rpc, "rpc.system.name"),
        ("rpc.system", Protocol::Rpc, "rpc.system"),
        ("rpc.grpc.status_code", Protocol::Rpc, "grpc"),
        ("grpc.status_code", Protocol::Rpc, "grpc"),
        ("http.request.method", Protocol::Rpc, "http"),
        ("http.method", Protocol::Rpc, "http"),
        ("http.response.status_code", Protocol::Rpc, "http"),
        ("http.status_code", Protocol::Rpc, "http"),
        ("http.target", Protocol::Rpc, "http"),
        (
            "gen_ai.provider.name",
            Protocol::GenAi,
            "gen_ai.provider.name",
        ),
        ("gen_ai.system", Protocol::GenAi, "gen_ai.system"),
    ] {
        let mut span = bare(Kind::Client);
        span.attributes = vec![attribute(key, key, true)];
        assert_eq!(semconv::protocol(&span), Some((protocol, name)), "{key}");
    }
    // A model that is called over HTTP is a model.
    let mut span = bare(Kind::Client);
    span.attributes = vec![
        attribute("http.request.method", "POST", true),
        attribute("gen_ai.system", "openai", true),
    ];
    assert_eq!(semconv::protocol(&span), Some((Protocol::GenAi, "openai")));
    assert_eq!(semconv::remote_service(&span), Some("openai"));
    span.attributes
        .push(attribute("server.address", "api.openai.com", true));
    assert_eq!(semconv::remote_service(&span), Some("api.openai.com"));
}
