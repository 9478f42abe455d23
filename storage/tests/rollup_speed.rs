//! How many nanoseconds a span costs the linker and the rollup: run with
//! `cargo test --release -p storage --no-default-features --test rollup_speed -- --ignored --nocapture`.
#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]
use std::hint::black_box;
use std::time::{Duration, Instant};

use storage::contract::cast::{TODAY_MS, bare, endpoint, tag};
use storage::contract::generate::Dice;
use storage::dependency::{CallSpan, Linker, Names, link_trace};
use storage::id::TraceId;
use storage::rollup::{EdgeCounts, Period, Rollup, Sign};
use storage::span::{Kind, Span};

const TRACES: u64 = 2_000;

#[test]
#[ignore = "a measurement, not a judgement"]
fn nanoseconds_a_span() {
    let mut dice = Dice::new(23);
    let traces: Vec<Vec<Span>> = (1..=TRACES).map(|id| trace(&mut dice, id)).collect();
    let spans = traces.iter().map(Vec::len).sum();
    println!("by span:");
    report("link_trace of plain spans", spans, || {
        for trace in &traces {
            black_box(link_trace(trace));
        }
    });
    let mut names = Names::default();
    report("CallSpan::of", spans, || {
        for span in traces.iter().flatten() {
            black_box(CallSpan::of(span, &mut names));
        }
    });
    let light: Vec<Vec<CallSpan>> = traces
        .iter()
        .map(|trace| {
            let light = trace.iter().map(|span| CallSpan::of(span, &mut names));
            light.collect()
        })
        .collect();
    let mut linker = Linker::default();
    report("Linker::link", spans, || {
        for trace in &light {
            linker.link(trace, &names, |call| {
                black_box(call);
            });
        }
    });
    let id = TraceId::new(1).expect("not zero");
    report("Rollup::add_trace", spans, || {
        let mut rollup = Rollup::default();
        for trace in &light {
            rollup.add_trace(&mut linker, &names, id, trace, Sign::Plus);
        }
        black_box(&rollup);
    });
    let mut rollup = Rollup::default();
    for trace in &light {
        rollup.add_trace(&mut linker, &names, id, trace, Sign::Plus);
    }
    report("Rollup::add_trace, series known", spans, || {
        for trace in &light {
            rollup.add_trace(&mut linker, &names, id, trace, Sign::Plus);
        }
    });
    let (_, period) = rollup.periods().next().expect("a minute");
    let series = period.iter().count();
    let bytes = period.encode();
    println!("a minute of {series} series: {} bytes", bytes.len());
    report("Period::encode, by series", series, || {
        black_box(period.encode());
    });
    report("Period::decode, by series", series, || {
        black_box(Period::decode(&bytes).expect("ours"));
    });
    report("EdgeCounts::merge_encoded, by series", series, || {
        EdgeCounts::default().merge_encoded(&bytes).expect("ours");
    });
}

/// The best of ten rounds by what each goes through: what the code costs when nothing disturbs it.
fn report(what: &str, count: usize, mut round: impl FnMut()) {
    let best = (0..10)
        .map(|_| {
            let began = Instant::now();
            round();
            began.elapsed()
        })
        .min()
        .unwrap_or(Duration::ZERO);
    println!("{what}: {} ns", best.as_nanos() / count as u128);
}

/// 23 spans of a shop: a front door, ten calls in two halves, a query and a message.
fn trace(dice: &mut Dice, id: u64) -> Vec<Span> {
    let id = TraceId::new(u128::from(id)).expect("not zero");
    let mut spans: Vec<Span> = Vec::new();
    let mut add = |dice: &mut Dice, kind, service: &str, parent: Option<usize>| {
        let mut span = bare(id, 1 + dice.roll(u64::MAX - 1));
        span.kind = kind;
        span.name = Some(format!("{service}/{}", dice.roll(5)).into());
        span.local_endpoint = Some(endpoint(service));
        span.parent_id = parent.map(|parent: usize| spans[parent].span_id);
        span.start = Some(TODAY_MS * 1_000_000 + dice.roll(60_000_000_000));
        span.duration = Some(100_000 + dice.roll(900_000_000) as i64);
        span.attributes = vec![tag("http.method", "GET"), tag("http.path", "/")];
        if dice.roll(50) == 0 {
            span.attributes.push(tag("error", "timeout"));
        }
        spans.push(span);
        spans.len() - 1
    };
    let services = ["cart", "orders", "billing", "stock", "mail", "search"];
    let mut caller = ("web", add(dice, Kind::Server, "web", None));
    for _ in 0..10 {
        let callee = services[dice.roll(6) as usize];
        let client = add(dice, Kind::Client, caller.0, Some(caller.1));
        let server = add(dice, Kind::Server, callee, Some(client));
        if dice.roll(2) == 0 {
            caller = (callee, server);
        }
    }
    add(dice, Kind::Client, caller.0, Some(caller.1));
    add(dice, Kind::Producer, caller.0, Some(caller.1));
    for (position, remote) in [(21, "postgresql"), (22, "kafka")] {
        spans[position].remote_endpoint = Some(endpoint(remote));
    }
    spans
}
