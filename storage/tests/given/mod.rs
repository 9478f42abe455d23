//! Traces to count: fragments, and calls that lost a few spans.
use std::sync::Arc;

use storage::contract::cast::{TODAY_MS, bare, endpoint, span_id, tag};
use storage::contract::generate::{self, Dice};
use storage::id::TraceId;
use storage::span::{Format, Kind, Resource, Span};

pub(crate) fn shuffle<T>(dice: &mut Dice, list: &mut [T]) {
    for end in (1..list.len()).rev() {
        list.swap(end, dice.roll(end as u64 + 1) as usize);
    }
}

/// A dirty heap of fragments, or a tree of calls that lost a few spans.
pub(crate) fn trace(dice: &mut Dice) -> Vec<Span> {
    let id = TraceId::new(1 + u128::from(dice.roll(1_000))).expect("not zero");
    let mut spans = if dice.roll(2) == 0 {
        generate::spans(dice)
    } else {
        calls(dice, id)
    };
    generate::add_codes(dice, &mut spans);
    for span in &mut spans {
        span.trace_id = id;
    }
    spans
}

/// Calls in two halves (of one id or of two), half calls, queries and messages over two minutes.
fn calls(dice: &mut Dice, id: TraceId) -> Vec<Span> {
    const SERVICES: [&str; 4] = ["web", "App", "billing", "stock"];
    let mut spans = vec![made(dice, id, 1, Kind::Server, "web", None)];
    let mut number = 1;
    for _ in 0..1 + dice.roll(10) {
        let parent = &spans[dice.roll(spans.len() as u64) as usize];
        let (parent_id, caller) = (parent.span_id.value(), parent.service().map(str::to_owned));
        let caller = caller.unwrap_or_else(|| "web".to_owned());
        let callee = SERVICES[dice.roll(4) as usize];
        number += 1;
        let kind = match dice.roll(6) {
            0 => Kind::Producer,
            1 => Kind::Unspecified,
            _ => Kind::Client,
        };
        let mut near = made(dice, id, number, kind, &caller, Some(parent_id));
        match dice.roll(5) {
            0 => set_remote(&mut near, "db.system.name", "postgresql"),
            1 => set_remote(&mut near, "peer.service", callee),
            2 => {
                let mut far = made(dice, id, number, Kind::Server, callee, Some(parent_id));
                far.shared = dice.roll(4) > 0;
                spans.push(far);
            }
            _ => {
                let far = if kind == Kind::Producer {
                    Kind::Consumer
                } else {
                    Kind::Server
                };
                spans.push(made(dice, id, number + 1, far, callee, Some(number)));
                number += 1;
            }
        }
        spans.push(near);
    }
    let all = spans.clone();
    spans.retain(|_| dice.roll(8) > 0);
    if spans.is_empty() { all } else { spans }
}

pub(crate) fn made(
    dice: &mut Dice,
    trace: TraceId,
    id: u64,
    kind: Kind,
    service: &str,
    parent: Option<u64>,
) -> Span {
    let mut span = bare(trace, id);
    span.kind = kind;
    span.parent_id = parent.map(span_id);
    span.name = Some(format!("op {}", dice.roll(3)).into());
    span.start = (dice.roll(10) > 0).then(|| TODAY_MS * 1_000_000 + dice.roll(120) * 1_000_000_000);
    span.duration = (dice.roll(10) > 0).then(|| dice.roll(1 << 33) as i64 - 1_000);
    if dice.roll(2) == 0 {
        span.format = Format::Otlp;
        span.resource = Arc::new(Resource {
            attributes: vec![tag("service.name", service)],
            ..Resource::default()
        });
    } else {
        span.local_endpoint = Some(endpoint(service));
    }
    if dice.roll(6) == 0 {
        let value = ["true", "false", ""][dice.roll(3) as usize];
        span.attributes.push(tag("error", value));
    }
    span
}

pub(crate) fn set_remote(span: &mut Span, key: &str, name: &str) {
    match span.format {
        Format::Otlp | Format::Log => span.attributes.push(tag(key, name)),
        Format::Zipkin => span.remote_endpoint = Some(endpoint(name)),
    }
}
