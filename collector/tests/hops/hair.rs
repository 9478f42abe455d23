//! The critical path where times touch: what overlaps by a hair is one after the other.
use collector::hops::{CallTree, Note, Part, Skew};
use proptest::prelude::*;
use storage::span::{Endpoint, Kind, Span};
use storage::trace::Trace;

use crate::given::{EPOCH, blank, trace};

/// (service, from, duration) in microseconds.
fn path(spans: &str) -> Vec<(String, f64, f64)> {
    let given = trace(spans);
    let tree = CallTree::build(&given, Skew::Corrected);
    let told = tree.critical_path.iter().map(|part| {
        let from = (part.start - EPOCH) as f64 / 1_000.0;
        let service = part.name.service.unwrap_or("");
        (service.to_owned(), from, part.duration as f64 / 1_000.0)
    });
    told.collect()
}

#[test]
fn siblings_that_touch() {
    for (spans, expected) in [
        // Short calls, each taken up a moment before the last one was closed.
        (
            "a server web 0.1+0.5; b/a internal x 0.15+0.02; c/a internal y 0.167+0.03",
            &[
                ("web", 100.0, 50.0),
                ("x", 150.0, 17.0),
                ("y", 167.0, 30.0),
                ("web", 197.0, 403.0),
            ][..],
        ),
        // A hundredth of the parent, and not a quarter of the span.
        (
            "a server web 0.1+50; b/a internal x 0.2+2; c/a internal y 1.8+10",
            &[
                ("web", 100.0, 100.0),
                ("x", 200.0, 1_600.0),
                ("y", 1_800.0, 10_000.0),
                ("web", 11_800.0, 38_300.0),
            ],
        ),
        // At the same time.
        (
            "a server web 0.1+50; b/a internal x 0.2+0.2; c/a internal y 0.3+10",
            &[
                ("web", 100.0, 200.0),
                ("y", 300.0, 10_000.0),
                ("web", 10_300.0, 39_800.0),
            ],
        ),
        (
            "a server web 0.1+0.5; b/a internal x 0.15+0.02; c/a internal y 0.16+0.03",
            &[
                ("web", 100.0, 60.0),
                ("y", 160.0, 30.0),
                ("web", 190.0, 410.0),
            ],
        ),
        // What ran at the end of the one that is cut off was waited for all the same.
        (
            "a server web 0.1+5; b/a internal x 0.2+2; c/b internal db 1.9+0.25; d/a internal y 2.11+2.99",
            &[
                ("web", 100.0, 100.0),
                ("x", 200.0, 1_700.0),
                ("db", 1_900.0, 210.0),
                ("y", 2_110.0, 2_990.0),
            ],
        ),
    ] {
        let found = path(spans);
        let found: Vec<(&str, f64, f64)> = (found.iter())
            .map(|(name, from, duration)| (name.as_str(), *from, *duration))
            .collect();
        assert_eq!(found, expected, "{spans}");
    }
}

#[test]
fn children_that_end_with_their_parent() {
    // (the child, is it waited for)
    for (child, is_waited_for) in [
        // Zipkin's microseconds.
        ("0.11+0.092", true),
        // Closed a moment after its parent.
        ("0.15+0.06", true),
        // Nearly all of it after its parent.
        ("0.195+0.02", false),
        ("0.15+0.08", false),
        // Begun after its parent.
        ("0.25+0.02", false),
    ] {
        let given = trace(&format!("a server web 0.1+0.1; b/a internal x {child}"));
        let tree = CallTree::build(&given, Skew::Corrected);
        let is_async = tree.hops[1].notes.contains(Note::Async);
        assert_eq!(!is_async, is_waited_for, "{child}");
        let in_time = tree
            .critical_path
            .iter()
            .any(|part| !part.is_async && part.name.service == Some("x"));
        assert_eq!(in_time, is_waited_for, "{child}");
        let is_beside = |part: &&collector::hops::Segment<'_>| part.part == Part::Gap;
        let gaps = tree.critical_path.iter().filter(is_beside).count();
        assert_eq!(gaps, usize::from(child.starts_with("0.25")), "{child}");
    }
    // Node.js begins its spans on whole milliseconds, and measures how long they take to the nanosecond.
    let node = "a server web 5+100.2; b/a client web>db 6+99.9";
    assert_eq!(
        path(node),
        [
            ("web".to_owned(), 5_000.0, 1_000.0),
            ("db".to_owned(), 6_000.0, 99_200.0),
            ("db".to_owned(), 105_200.0, 700.0),
        ]
    );
}

/// What is above another is found again in the time before the root and after it, each moment once.
#[test]
fn what_reaches_over_the_edges() {
    for (spans, expected) in [
        (
            "a server web 10.1+10; b/a internal x 15.1+20; c/b internal y 16.1+18",
            &[
                ("web", 10_100.0, 10_000.0),
                ("y", 20_100.0, 14_000.0),
                ("x", 34_100.0, 1_000.0),
            ][..],
        ),
        (
            "a server web 10.1+10; b/a internal x 2.1+12; c/b internal y 4.1+8",
            &[
                ("x", 2_100.0, 2_000.0),
                ("y", 4_100.0, 6_000.0),
                ("y", 10_100.0, 2_000.0),
                ("x", 12_100.0, 2_000.0),
                ("web", 14_100.0, 6_000.0),
            ],
        ),
    ] {
        let found = path(spans);
        let found: Vec<(&str, f64, f64)> = (found.iter())
            .map(|(name, from, duration)| (name.as_str(), *from, *duration))
            .collect();
        assert_eq!(found, expected, "{spans}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// One after another, each a little into the next: all are on the path.
    #[test]
    fn a_sequence_stays_a_sequence(
        steps in prop::collection::vec((20_000_u64..5_000_000, 0.0..1.0_f64), 1..30),
        whole in any::<bool>(),
    ) {
        let mut spans: Vec<Span> = Vec::new();
        let mut now = EPOCH + 1_001;
        for (number, (duration, over)) in steps.iter().enumerate() {
            let mut span = blank(number as u64 + 2);
            span.parent_id = Some(blank(1).span_id);
            span.kind = Kind::Internal;
            span.local_endpoint = Some(Endpoint {
                service: Some(format!("s{number}")),
                ..Endpoint::default()
            });
            let hair = (duration / 4).min(10_000);
            span.start = Some(now);
            span.duration = Some(*duration as i64);
            now += duration - (hair as f64 * over) as u64;
            spans.push(span);
        }
        let mut root = blank(1);
        root.kind = Kind::Server;
        root.start = Some(EPOCH + 501);
        // The last one ends after its parent, or before.
        root.duration = Some((now - EPOCH - 501) as i64 + if whole { 10_000_000 } else { 0 });
        spans.push(root);
        let given = Trace { id: spans[0].trace_id, spans, logs: Vec::new(), truncated: false };
        let tree = CallTree::build(&given, Skew::Corrected);
        let sum: u64 = tree.critical_path.iter().map(|part| part.duration).sum();
        prop_assert_eq!(Some(sum), tree.duration);
        for number in 0..steps.len() {
            let name = format!("s{number}");
            prop_assert!(
                tree.critical_path.iter().any(|part| part.name.service == Some(&*name)),
                "{} of {:?}", name, steps
            );
        }
        prop_assert!(tree.hops.iter().all(|hop| !hop.notes.contains(Note::Async)));
        prop_assert!(tree.critical_path.iter().all(|part| part.part != Part::Gap));
    }
}
