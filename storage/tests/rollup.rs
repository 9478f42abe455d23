//! Rollups of generated traces: however the spans of a trace arrive, the cells are those of the
//! trace as a whole, and the edges those of Zipkin's linker.
use std::collections::BTreeMap;
use std::sync::Arc;

use storage::contract::cast::{TODAY_MS, bare, endpoint, span_id, tag};
use storage::contract::generate::{self, Dice};
use storage::dependency::{CallSpan, Dependency, Linker, Names, link_trace};
use storage::id::TraceId;
use storage::rollup::{Cell, EdgeCounts, Minute, Period, Rollup, Series, Sign, Sketch};
use storage::span::{Format, Kind, Resource, Span};

const ROUNDS: u64 = 3_000;

#[test]
fn deltas_add_up_to_the_whole_trace_whatever_the_arrival() {
    let mut dice = Dice::new(11);
    let mut linker = Linker::default();
    let mut cells_met = 0;
    for round in 0..ROUNDS {
        let spans = trace(&mut dice);
        let id = spans[0].trace_id;
        let mut names = Names::default();
        let mut light = light(&spans, &mut names);
        let mut whole = Rollup::default();
        whole.add_trace(&mut linker, &names, id, &light, Sign::Plus);

        let repeated = light.clone();
        light.extend(repeated.into_iter().filter(|_| dice.roll(3) == 0));
        shuffle(&mut dice, &mut light);
        // The same deltas in one rollup, merged one by one, and by way of their bytes.
        let (mut grown, mut merged, mut at_rest) = <(Rollup, Rollup, BTreeMap<_, _>)>::default();
        let mut known = 0;
        while known < light.len() {
            let before = &light[..known];
            known = (known + 1 + dice.roll(5) as usize).min(light.len());
            let after = &light[..known];
            let mut delta = Rollup::default();
            for rollup in [&mut grown, &mut delta] {
                rollup.add_trace(&mut linker, &names, id, before, Sign::Minus);
                rollup.add_trace(&mut linker, &names, id, after, Sign::Plus);
            }
            merged.merge(&delta);
            for (minute, period) in delta.periods() {
                let period_at_rest: &mut Vec<u8> = at_rest.entry(minute).or_default();
                let mut sum = Period::default();
                if !period_at_rest.is_empty() {
                    sum.merge_encoded(period_at_rest, Some).expect("ours");
                }
                sum.merge_encoded(&period.encode(), Some).expect("ours");
                *period_at_rest = sum.encode();
            }
        }
        let mut read = Rollup::default();
        for (minute, bytes) in &at_rest {
            let period = Period::decode(bytes).expect("ours");
            read.period_mut(*minute).merge(&period);
        }
        let expected = counts(&whole, &names);
        cells_met += expected.len();
        for (what, rollup) in [("grown", &grown), ("merged", &merged), ("at rest", &read)] {
            assert_eq!(counts(rollup, &names), expected, "{what}, round {round}");
        }
        grown.add_trace(&mut linker, &names, id, &light, Sign::Minus);
        assert!(grown.is_empty(), "round {round}");
    }
    assert!(cells_met > 5 * ROUNDS as usize, "{cells_met}");
}

#[test]
fn a_trace_contributes_the_same_after_its_names_were_numbered_anew() {
    let mut dice = Dice::new(12);
    for round in 0..ROUNDS {
        let mut spans = trace(&mut dice);
        let [one, other] = [0, 1].map(|_| {
            let mut names = Names::default();
            shuffle(&mut dice, &mut spans);
            let rollup = rollup_of(&spans, &mut names);
            counts(&rollup, &names)
        });
        assert_eq!(one, other, "round {round}");
    }
}

#[test]
fn edges_are_the_links_of_zipkins_linker() {
    let mut dice = Dice::new(13);
    let mut calls = 0;
    for round in 0..ROUNDS {
        let spans = trace(&mut dice);
        let mut expected = link_trace(&spans);
        if spans.iter().all(|span| span.start.is_none()) {
            expected.clear();
        }
        expected
            .sort_by(|left, right| (&left.parent, &left.child).cmp(&(&right.parent, &right.child)));
        calls += expected.len();
        let mut names = Names::default();
        let rollup = rollup_of(&spans, &mut names);
        let (mut live, mut at_rest) = <(EdgeCounts, EdgeCounts)>::default();
        for (_, period) in rollup.periods() {
            live.merge(period);
            at_rest.merge_encoded(&period.encode()).expect("ours");
        }
        assert_eq!(live.dependencies(&names), expected, "round {round}");
        assert_eq!(at_rest.dependencies(&names), expected, "round {round}");
        assert_eq!(at_rest.overflowed(), 0);

        let mut again = spans.clone();
        again.extend(spans.into_iter().filter(|_| dice.roll(2) == 0));
        shuffle(&mut dice, &mut again);
        let mut linked: Vec<Dependency> = link_trace(&again);
        linked
            .sort_by(|left, right| (&left.parent, &left.child).cmp(&(&right.parent, &right.child)));
        if !expected.is_empty() {
            assert_eq!(linked, expected, "shuffled, round {round}");
        }
    }
    assert!(calls > ROUNDS as usize, "{calls}");
}

#[test]
fn periods_come_back_as_they_were() {
    let mut dice = Dice::new(14);
    for _ in 0..200 {
        let period = period(&mut dice);
        let bytes = period.encode();
        let read = Period::decode(&bytes).expect("ours");
        assert_eq!(cells(&read), cells(&period));
        assert_eq!(read.encode(), bytes);
        let mut edges = Period::default();
        edges
            .merge_encoded(&bytes, |series| series.is_edge().then_some(series))
            .expect("ours");
        let mut expected = cells(&period);
        expected.retain(|(series, _)| series.is_edge());
        assert_eq!(cells(&edges), expected);
    }
}

#[test]
fn damaged_bytes_are_refused_or_read_but_never_a_panic() {
    let mut dice = Dice::new(15);
    let mut refused = 0;
    for _ in 0..400 {
        let bytes = period(&mut dice).encode();
        for _ in 0..20 {
            let cut = dice.roll(bytes.len() as u64) as usize;
            assert!(Period::decode(&bytes[..cut]).is_err());
            let mut damaged = bytes.clone();
            for _ in 0..=dice.roll(3) {
                let position = dice.roll(damaged.len() as u64) as usize;
                damaged[position] = dice.roll(256) as u8;
            }
            let _ = EdgeCounts::default().merge_encoded(&damaged);
            let mut sum = Period::decode(&bytes).expect("ours");
            match sum.merge_encoded(&damaged, Some) {
                Ok(()) => assert_eq!(
                    cells(&Period::decode(&sum.encode()).expect("ours")),
                    cells(&sum)
                ),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 1_000, "{refused}");
    for bytes in [
        &b""[..],
        b"\x03\0\0",
        b"\x01\0\0\0",
        b"\x01\xff\xff\xff\x7f",
    ] {
        assert!(Period::decode(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn exemplars_do_not_depend_on_order_or_repetition() {
    let mut dice = Dice::new(16);
    let periods: Vec<Period> = (0..20).map(|_| period(&mut dice)).collect();
    let merged = |order: &[usize]| {
        let mut sum = Period::default();
        order.iter().for_each(|one| sum.merge(&periods[*one]));
        let exemplars: BTreeMap<_, _> = sum
            .iter()
            .map(|(series, cell)| (format!("{series:?}"), cell.exemplars))
            .collect();
        exemplars
    };
    let mut order: Vec<usize> = (0..periods.len()).collect();
    let expected = merged(&order);
    assert!(expected.len() > 20);
    for _ in 0..20 {
        order.push(dice.roll(periods.len() as u64) as usize);
        shuffle(&mut dice, &mut order);
        assert_eq!(merged(&order), expected);
    }
}

/// What is counted, by minute and series in words.
type Counts = BTreeMap<(Minute, String), (i64, i64, i64, Sketch)>;

fn counts(rollup: &Rollup, names: &Names) -> Counts {
    let mut counts = Counts::new();
    for (minute, period) in rollup.periods() {
        for (series, cell) in period.iter() {
            let text = |name: Option<_>| name.map_or("-", |name| names.text(name));
            let series = match *series {
                Series::Edge {
                    caller,
                    callee,
                    kind,
                    operation,
                } => format!(
                    "{} > {} {} {kind:?}",
                    names.text(caller),
                    names.text(callee),
                    text(operation)
                ),
                Series::Operation {
                    service,
                    operation,
                    kind,
                } => format!("{} {} {kind:?}", text(service), text(operation)),
            };
            let cell = (cell.count, cell.errors, cell.total, cell.sketch.clone());
            counts.insert((minute, series), cell);
        }
    }
    counts
}

fn cells(period: &Period) -> Vec<(Series, Cell)> {
    let mut cells: Vec<(Series, Cell)> = period
        .iter()
        .map(|(series, cell)| (*series, cell.clone()))
        .collect();
    cells.sort_by_key(|(series, _)| format!("{series:?}"));
    cells
}

/// The cells of many traces as those of one minute.
fn period(dice: &mut Dice) -> Period {
    let mut names = Names::default();
    let mut period = Period::default();
    for _ in 0..1 + dice.roll(8) {
        let spans = trace(dice);
        for (_, minute) in rollup_of(&spans, &mut names).periods() {
            period.merge(minute);
        }
    }
    period
}

fn rollup_of(spans: &[Span], names: &mut Names) -> Rollup {
    let light = light(spans, names);
    let mut rollup = Rollup::default();
    let id = spans[0].trace_id;
    rollup.add_trace(&mut Linker::default(), names, id, &light, Sign::Plus);
    rollup
}

fn light(spans: &[Span], names: &mut Names) -> Vec<CallSpan> {
    let light = spans.iter().map(|span| CallSpan::of(span, names));
    light.collect()
}

fn shuffle<T>(dice: &mut Dice, list: &mut [T]) {
    for end in (1..list.len()).rev() {
        list.swap(end, dice.roll(end as u64 + 1) as usize);
    }
}

/// A dirty heap of fragments, or a tree of calls that lost a few spans.
fn trace(dice: &mut Dice) -> Vec<Span> {
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

fn made(
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

fn set_remote(span: &mut Span, key: &str, name: &str) {
    match span.format {
        Format::Otlp | Format::Log => span.attributes.push(tag(key, name)),
        Format::Zipkin => span.remote_endpoint = Some(endpoint(name)),
    }
}
