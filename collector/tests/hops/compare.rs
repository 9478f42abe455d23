//! Two traces beside each other: what is the same call, what changed, and sums that add up.
use collector::hops::compare::{Change, Comparison, ROWS_MAX, compare};
use collector::hops::{CallTree, Skew};
use proptest::prelude::*;
use storage::trace::Trace;

use crate::given::trace;
use crate::properties::{hostile_trace, nested_trace};

fn with<T>(a: &Trace, b: &Trace, look: impl FnOnce(&Comparison<'_>) -> T) -> T {
    let (a, b) = (
        CallTree::build(a, Skew::Corrected),
        CallTree::build(b, Skew::Corrected),
    );
    look(&compare(&a, &b))
}

/// `depth service change difference-in-ms`, a line a row.
fn told(a: &str, b: &str) -> Vec<String> {
    with(&trace(a), &trace(b), |found| {
        let lines = found.rows.iter().map(|row| {
            let service = row.name.service.unwrap_or("?");
            let ms = row.difference / 1_000_000;
            format!("{} {service} {} {ms}", row.depth, row.change.name())
        });
        lines.collect()
    })
}

#[test]
fn hops_are_paired_and_their_changes_named() {
    let base = "1 server front 0+100; 2/1 client front>back 10+80; 3/2 server back 20+60";
    for (what, a, b, expected) in [
        (
            "the same",
            base,
            base,
            vec!["0 front same 0", "1 back same 0"],
        ),
        (
            "slower itself, and its caller by it",
            "1 server front 0+200; 2/1 client front>back 10+180; 3/2 server back 20+160",
            base,
            vec!["0 front slower-below 0", "1 back slower 100"],
        ),
        (
            "faster itself",
            base,
            "1 server front 0+200; 2/1 client front>back 10+180; 3/2 server back 20+160",
            vec!["0 front faster-below 0", "1 back faster -100"],
        ),
        (
            "a call that only one has, before and behind a common one",
            "1 server front 0+100; 2/1 client front>db 5+10; 3/1 client front>back 20+10",
            "1 server front 0+100; 3/1 client front>back 20+10; 4/1 client front>cache 40+10",
            vec![
                "0 front same 0",
                "1 db added 10",
                "1 back same 0",
                "1 cache missing -10",
            ],
        ),
        (
            "what stands below a call that only one has is added too",
            "1 server front 0+100; 2/1 server new 10+50; 3/2 server newer 20+20",
            "1 server front 0+100",
            vec!["0 front faster -50", "1 new added 30", "2 newer added 20"],
        ),
        (
            "the retry is the call that went well, not the one that failed",
            "1 server front 0+100; 2/1 client front>pay 10+20 error; 3/1 client front>pay 40+20",
            "1 server front 0+80; 2/1 client front>pay 10+20",
            vec!["0 front slower-below 0", "1 pay added 20", "1 pay same 0"],
        ),
        (
            "a call that failed once and not in the other is the same call",
            "1 server front 0+100; 2/1 client front>pay 10+20 error",
            "1 server front 0+100; 2/1 client front>pay 10+20",
            vec!["0 front same 0", "1 pay same 0"],
        ),
        (
            "two roots are compared whatever they are called",
            "1 server one 0+100",
            "1 server two 0+10",
            vec!["0 one slower 90"],
        ),
        (
            "a tenth of a millisecond is chance",
            "1 server one 0+1004",
            "1 server one 0+1000",
            vec!["0 one same 4"],
        ),
    ] {
        assert_eq!(told(a, b), expected, "{what}");
    }
}

#[test]
fn a_comparison_without_end_is_cut_and_counts_all() {
    let mut wide = trace("1 server front 0+100");
    for id in 0..ROWS_MAX as u64 + 5 {
        let mut span = wide.spans[0].clone();
        span.span_id = storage::id::SpanId::new(id + 2).expect("not zero");
        span.parent_id = Some(wide.spans[0].span_id);
        wide.spans.push(span);
    }
    with(&wide, &trace("1 server front 0+100"), |found| {
        assert!(found.is_cut);
        assert_eq!(found.rows.len(), ROWS_MAX);
        assert_eq!(found.counts.added, ROWS_MAX + 5);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_trace_does_not_differ_from_itself(given in prop_oneof![hostile_trace(), nested_trace()]) {
        with(&given, &given, |found| {
            prop_assert!(found.rows.iter().all(|row| row.change == Change::Same));
            prop_assert!(found.rows.iter().all(|row| row.difference == 0 && row.a == row.b));
            prop_assert!(found.difference.is_none_or(|nanos| nanos == 0));
            prop_assert!(found.other.is_none_or(|nanos| nanos == 0));
            Ok(())
        })?;
    }

    #[test]
    fn each_hop_is_told_once_and_the_rows_add_up(
        a in prop_oneof![hostile_trace(), nested_trace()],
        b in prop_oneof![hostile_trace(), nested_trace()],
    ) {
        let trees = (CallTree::build(&a, Skew::Corrected), CallTree::build(&b, Skew::Corrected));
        let found = compare(&trees.0, &trees.1);
        let mut sides = [Vec::new(), Vec::new()];
        for (position, row) in found.rows.iter().enumerate() {
            prop_assert!(row.parent.is_none_or(|parent| parent < position));
            let depth = row.parent.map_or(0, |parent| found.rows[parent].depth + 1);
            prop_assert_eq!(row.depth, depth);
            sides[0].extend(row.a);
            sides[1].extend(row.b);
        }
        for (side, tree) in sides.iter_mut().zip([&trees.0, &trees.1]) {
            side.sort_unstable();
            prop_assert_eq!(&*side, &(0..tree.hops.len()).collect::<Vec<_>>());
        }
        let on_rows: i128 = found.rows.iter().map(|row| row.difference).sum();
        prop_assert_eq!(found.other.map(|other| other + on_rows), found.difference);
        // Held the other way round, all is the other way round.
        let turned = compare(&trees.1, &trees.0);
        prop_assert_eq!(turned.counts.added, found.counts.missing);
        prop_assert_eq!(turned.counts.slower, found.counts.faster);
        prop_assert_eq!(turned.difference, found.difference.map(|nanos| -nanos));
    }
}
