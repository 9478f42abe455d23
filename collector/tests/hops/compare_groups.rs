//! Two groups of traces beside each other: what is merged, what is called a difference, sums that add up.
use collector::hops::compare_groups::{GroupChange, GroupComparison, Trend};
use collector::hops::merged::{Group, Groups, HOPS_MAX};
use collector::hops::{CallTree, Skew};
use proptest::prelude::*;
use storage::trace::Trace;

use crate::given::trace;
use crate::properties::{hostile_trace, nested_trace};

fn compared(a: &[Trace], b: &[Trace]) -> GroupComparison {
    let mut groups = Groups::default();
    for (group, traces) in [(Group::A, a), (Group::B, b)] {
        for trace in traces {
            groups.add(group, &CallTree::build(trace, Skew::Corrected));
        }
    }
    groups.compare()
}

/// `depth service change calls errors difference-in-ms`, a line a row.
fn told(a: &[Trace], b: &[Trace]) -> Vec<String> {
    let rows = compared(a, b).rows;
    let lines = rows.iter().map(|row| {
        let (service, ms) = (
            row.service.as_deref().unwrap_or("?"),
            row.difference / 1_000_000,
        );
        let trend = |trend: Trend| match trend {
            Trend::Same => "-",
            trend => trend.name(),
        };
        let (change, calls, errors) = (row.change.name(), trend(row.calls), trend(row.errors));
        format!("{} {service} {change} {calls} {errors} {ms}", row.depth)
    });
    lines.collect()
}

#[test]
fn hops_are_merged_by_their_path_and_their_changes_named() {
    let base = "1 server front 0+100; 2/1 client front>back 10+80; 3/2 server back 20+60";
    let slow = "1 server front 0+200; 2/1 client front>back 10+180; 3/2 server back 20+160";
    let twice = "1 server front 0+100; 2/1 client front>back 10+40; 3/1 client front>back 50+40";
    let once = "1 server front 0+100; 2/1 client front>back 10+40";
    let failed = "1 server front 0+100; 2/1 client front>back 10+40 error";
    let many = |text: &str, count: usize| vec![trace(text); count];
    let mixed = |one: &str, count: usize, other: &str| {
        let mut traces = many(one, count);
        traces.extend(many(other, 40 - count));
        traces
    };
    for (what, a, b, expected) in [
        (
            "the same",
            many(base, 20),
            many(base, 20),
            vec!["0 front same - - 0", "1 back same - - 0"],
        ),
        (
            "slower itself, and its caller by it",
            many(slow, 20),
            many(base, 20),
            vec!["0 front slower-below - - 0", "1 back slower - - 100"],
        ),
        (
            "too few to tell",
            many(slow, 19),
            many(base, 20),
            vec!["0 front few - - 0", "1 back few - - 100"],
        ),
        (
            "slower in a few traces is chance",
            mixed(slow, 4, base),
            many(base, 40),
            vec!["0 front same - - 0", "1 back same - - 10"],
        ),
        (
            "a call that only one group has is not there by chance",
            many(once, 20),
            many("1 server front 0+100", 20),
            vec!["0 front faster - - -40", "1 back added more - 40"],
        ),
        (
            "a call that four of forty have may be",
            mixed(once, 4, "1 server front 0+100"),
            many("1 server front 0+100", 40),
            vec!["0 front same - - -4", "1 back same - - 4"],
        ),
        (
            "made twice",
            many(once, 20),
            many(twice, 20),
            vec!["0 front slower - - 40", "1 back same fewer - -40"],
        ),
        (
            "fails",
            mixed(failed, 20, once),
            many(once, 40),
            vec!["0 front same - - 0", "1 back same - more 0"],
        ),
        (
            "two tops are compared whatever they are called",
            many("1 server one 0+100; 2/1 client one>db 10+50", 20),
            many("1 server two 0+60; 2/1 client two>db 10+10", 20),
            vec!["0 one slower-below - - 0", "1 db slower - - 40"],
        ),
    ] {
        assert_eq!(told(&a, &b), expected, "{what}");
    }
}

#[test]
fn the_numbers_are_of_all_traces_of_a_group() {
    let traces: Vec<Trace> = (1..=10)
        .map(|ms| trace(&format!("1 server front 0+{}", ms * 10)))
        .collect();
    let found = compared(&traces, &[]);
    let side = found.rows[0].a.as_ref().expect("it is there");
    let total = side.total.expect("it has times");
    assert_eq!((total.p50, total.p99), (50_000_000, 100_000_000));
    assert_eq!(
        (side.traces, side.calls, side.critical),
        (10, 10, 55_000_000)
    );
    assert_eq!((found.a.mean, found.b.mean), (Some(55_000_000), None));
    assert_eq!((found.difference, found.change), (None, GroupChange::Few));
}

#[test]
fn hops_without_end_are_cut() {
    let mut wide = trace("1 server front 0+100");
    for id in 0..HOPS_MAX as u64 + 5 {
        let mut span = wide.spans[0].clone();
        span.span_id = storage::id::SpanId::new(id + 2).expect("not zero");
        span.parent_id = Some(wide.spans[0].span_id);
        span.name = Some(format!("operation {id}").into());
        wide.spans.push(span);
    }
    let found = compared(
        &[wide],
        &[trace("1 server front 0+100; 2/1 server other 10+10")],
    );
    assert!(found.is_cut);
    // Half of the room is the other group's.
    assert_eq!(found.rows.len(), HOPS_MAX / 2 + 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_rows_are_a_tree_and_add_up(
        a in prop::collection::vec(prop_oneof![hostile_trace(), nested_trace()], 0..4),
        b in prop::collection::vec(prop_oneof![hostile_trace(), nested_trace()], 0..4),
    ) {
        let found = compared(&a, &b);
        for (position, row) in found.rows.iter().enumerate() {
            prop_assert!(row.parent.is_none_or(|parent| parent < position));
            let depth = row.parent.map_or(0, |parent| found.rows[parent].depth + 1);
            prop_assert_eq!(row.depth, depth);
            prop_assert!(row.a.is_some() || row.b.is_some());
        }
        let hops = |traces: &[Trace]| -> usize {
            traces.iter().map(|trace| CallTree::build(trace, Skew::Corrected).hops.len()).sum()
        };
        let calls = |of: fn(&collector::hops::compare_groups::GroupRow) -> usize| -> usize {
            found.rows.iter().map(of).sum()
        };
        prop_assert_eq!(calls(|row| row.a.as_ref().map_or(0, |side| side.calls)), hops(&a));
        prop_assert_eq!(calls(|row| row.b.as_ref().map_or(0, |side| side.calls)), hops(&b));
        let on_rows: i128 = found.rows.iter().map(|row| row.difference).sum();
        prop_assert_eq!(found.other.map(|other| other + on_rows), found.difference);
        let counts = found.counts;
        let counted = counts.added + counts.missing + counts.slower + counts.faster + counts.same + counts.few;
        prop_assert_eq!(counted, found.rows.len());
        // Held the other way round, all is the other way round.
        let turned = compared(&b, &a);
        prop_assert_eq!(turned.counts.added, counts.missing);
        prop_assert_eq!(turned.counts.more_errors, counts.fewer_errors);
        prop_assert_eq!(turned.difference, found.difference.map(|nanos| -nanos));
    }
}
