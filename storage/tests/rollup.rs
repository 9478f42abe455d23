//! Rollups of generated traces: however the spans of a trace arrive, the cells are those of the
//! trace as a whole, and the edges those of Zipkin's linker.
mod given;

use std::collections::BTreeMap;

use given::{made, set_remote, shuffle, trace};
use storage::contract::cast::TODAY_MS;
use storage::contract::generate::Dice;
use storage::dependency::{CallSpan, Dependency, Linker, Names, link_trace};
use storage::id::TraceId;
use storage::rollup::{
    Cell, EDGE_OPERATIONS_MAX, EdgeCounts, Minute, Period, Rollup, Series, Sign, Sketch,
};
use storage::span::{Kind, Span};

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

/// Minutes, and what was written before operations were told, know pairs only.
#[test]
fn pairs_are_the_first_version_and_sum_up_the_second() {
    let mut dice = Dice::new(17);
    let mut versions = [0; 3];
    for _ in 0..200 {
        let period = period(&mut dice);
        let mut pairs = Period::default();
        pairs.merge_pairs(&period);
        let (bytes, whole) = (pairs.encode(), period.encode());
        assert_eq!(bytes[0], 1);
        versions[usize::from(whole[0])] += 1;
        let read = Period::decode(&bytes).expect("ours");
        assert_eq!(cells(&read), cells(&pairs));
        let mut folded = Period::default();
        let under = |series: Series| Some(series.of_pair());
        folded.merge_encoded(&whole, under).expect("ours");
        assert_eq!(cells(&folded), cells(&pairs));
    }
    assert!(versions[2] > 100, "{versions:?}");
}

#[test]
fn too_many_operations_of_edges_count_as_none() {
    let mut names = Names::default();
    let mut rollup = Rollup::default();
    let mut linker = Linker::default();
    let id = TraceId::new(9).expect("not zero");
    let mut dice = Dice::new(18);
    let calls = EDGE_OPERATIONS_MAX + 500;
    for number in 0..calls {
        let mut span = made(&mut dice, id, 1 + number as u64, Kind::Client, "web", None);
        span.name = Some(format!("/items/{number}").into());
        span.start = Some(TODAY_MS * 1_000_000);
        set_remote(&mut span, "peer.service", "stock");
        let light = light(&[span], &mut names);
        rollup.add_trace(&mut linker, &names, id, &light, Sign::Plus);
    }
    let (_, period) = rollup.periods().next().expect("a minute");
    let edges = || period.iter().filter(|(series, _)| series.is_edge());
    assert_eq!(edges().count(), EDGE_OPERATIONS_MAX + 1);
    let told: i64 = edges().map(|(_, cell)| cell.count).sum();
    assert_eq!(told, calls as i64);
    let mut counts = EdgeCounts::default();
    counts.merge(period);
    assert_eq!(counts.dependencies(&names)[0].call_count, calls as u64);
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
