//! What holds for every trace, however hostile.
use std::collections::BTreeMap;

use collector::hops::peers::Window;
use collector::hops::why::json::answer as json_of_why;
use collector::hops::why::{FINDINGS_MAX, SPANS_MAX, why};
use collector::hops::{CallTree, HopPeers, Part, Skew, critical_time, json, summary, text};
use proptest::prelude::*;
use storage::id::SpanId;
use storage::span::{Endpoint, Kind, Span};
use storage::trace::Trace;

use crate::given::{EPOCH, blank};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn each_span_is_in_one_hop_and_the_path_adds_up(given in hostile_trace(), raw: bool) {
        let skew = if raw { Skew::Raw } else { Skew::Corrected };
        let tree = CallTree::build(&given, skew);
        spans_once(&tree)?;
        path_holds(&tree)?;
        text::print(&tree);
        if !raw {
            the_line_agrees(&tree)?;
        }
        let answer = json::answer(&tree, json::Spans::Included);
        prop_assert!(serde_json::from_slice::<serde_json::Value>(&answer).is_ok());
    }

    #[test]
    fn the_order_in_which_spans_arrive_does_not_matter(
        given in hostile_trace(),
        order in any::<prop::sample::Index>(),
        raw: bool,
    ) {
        let skew = if raw { Skew::Raw } else { Skew::Corrected };
        let mut other = given.clone();
        let middle = order.index(other.spans.len());
        other.spans.rotate_left(middle);
        other.spans[..middle.max(1)].reverse();
        prop_assert_eq!(told(&given, skew), told(&other, skew));
    }

    #[test]
    fn why_says_what_it_can_show(given in hostile_trace(), peers in any_peers()) {
        let mut tree = CallTree::build(&given, Skew::Corrected);
        tree.peers = peers;
        let found = why(&tree);
        prop_assert!(found.findings.len() <= FINDINGS_MAX);
        for finding in &found.findings {
            prop_assert!(finding.spans.len() <= SPANS_MAX);
            prop_assert!(finding.share.is_none_or(|share| (0.0..=1.0).contains(&share)), "{finding:?}");
            prop_assert!(finding.excess <= tree.duration || finding.share.is_none(), "{finding:?}");
            for id in &finding.spans {
                prop_assert!(given.spans.iter().any(|span| span.span_id == *id));
            }
        }
        let answer = json_of_why(&tree, &found);
        prop_assert!(serde_json::from_slice::<serde_json::Value>(&answer).is_ok());
    }

    #[test]
    fn the_path_of_a_nested_trace_is_its_duration(given in nested_trace()) {
        let tree = CallTree::build(&given, Skew::Corrected);
        path_holds(&tree)?;
        let sum: u64 = tree.critical_path.iter().map(|part| part.duration).sum();
        prop_assert_eq!(Some(sum), tree.duration);
        prop_assert!(tree.critical_path.iter().all(|part| part.part != Part::Gap));
        prop_assert!(tree.clock_skew.is_empty());
        the_line_agrees(&tree)?;
        for hop in &tree.hops {
            let (Some(client), Some(server)) = (hop.client_duration, hop.server_duration) else {
                continue;
            };
            prop_assert_eq!(hop.network_duration, Some(client - server));
        }
    }

    #[test]
    fn a_wrong_clock_breaks_nothing(
        given in nested_trace(),
        shift in -1_000_000_000_000_i64..1_000_000_000_000,
    ) {
        let mut skewed = given.clone();
        for span in skewed.spans.iter_mut().filter(|span| span.service() == Some("s1")) {
            span.start = span.start.map(|start| start.saturating_add_signed(shift));
        }
        let (before, after) =
            (CallTree::build(&given, Skew::Corrected), CallTree::build(&skewed, Skew::Corrected));
        spans_once(&after)?;
        path_holds(&after)?;
        prop_assert_eq!(before.hops.len(), after.hops.len());
    }
}

fn spans_once(tree: &CallTree<'_>) -> Result<(), TestCaseError> {
    let mut indexes: Vec<usize> = tree
        .hops
        .iter()
        .flat_map(|hop| [hop.caller, hop.callee])
        .flatten()
        .filter_map(|party| party.span_index)
        .collect();
    indexes.sort_unstable();
    prop_assert_eq!(indexes, (0..tree.trace.spans.len()).collect::<Vec<_>>());
    for (index, hop) in tree.hops.iter().enumerate() {
        prop_assert!(hop.parent.is_none_or(|parent| parent < index));
        let depth = hop.parent.map_or(0, |parent| tree.hops[parent].depth + 1);
        prop_assert_eq!(hop.depth, depth);
        prop_assert!(hop.self_duration <= hop.server_duration);
    }
    Ok(())
}

/// A search tells the same of a trace as its tree.
fn the_line_agrees(tree: &CallTree<'_>) -> Result<(), TestCaseError> {
    let line = summary(tree.trace);
    prop_assert_eq!(
        (
            line.start_time_unix_nano,
            line.duration_nano,
            line.error_count
        ),
        (tree.start, tree.duration, tree.error_count)
    );
    prop_assert_eq!(line.root.service.as_deref(), tree.root.service);
    prop_assert_eq!(line.root.operation.as_deref(), tree.root.operation);
    let services = line.services.iter().map(|service| {
        let name = service.name.as_deref();
        (
            name,
            service.span_count,
            service.error_count,
            service.inferred,
        )
    });
    let expected = tree.services.iter().map(|service| {
        (
            service.name,
            service.span_count,
            service.error_count,
            service.inferred,
        )
    });
    prop_assert_eq!(services.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    let mut sums: BTreeMap<Option<&str>, u64> = BTreeMap::new();
    for part in &tree.critical_path {
        *sums.entry(part.name.service).or_default() += part.duration;
    }
    let critical = line.critical_by_service.iter();
    let critical = critical.map(|critical| (critical.service.as_deref(), critical.duration_nano));
    prop_assert_eq!(critical.collect::<BTreeMap<_, _>>(), sums);
    // From failure to failure, the last of several.
    let mut origin = tree.hops.iter().position(|hop| hop.error);
    while let Some(below) = origin.and_then(|above| {
        (tree.hops.iter()).rposition(|hop| hop.error && hop.parent == Some(above))
    }) {
        origin = Some(below);
    }
    let origin = origin.map(|hop| {
        (
            tree.hops[hop].name().service,
            tree.hops[hop].error_text.as_deref(),
        )
    });
    let found = line.error_origin.as_ref();
    prop_assert_eq!(
        found.map(|found| (found.service.as_deref(), found.text.as_deref())),
        origin
    );
    Ok(())
}

fn path_holds(tree: &CallTree<'_>) -> Result<(), TestCaseError> {
    for pair in tree.critical_path.windows(2) {
        prop_assert!(
            u128::from(pair[0].start) + u128::from(pair[0].duration) == u128::from(pair[1].start)
        );
    }
    let mut sum = 0;
    let answer =
        serde_json::from_slice::<serde_json::Value>(&json::answer(tree, json::Spans::Included));
    let answer = answer.map_err(|error| TestCaseError::fail(error.to_string()))?;
    for part in &tree.critical_path {
        prop_assert!(part.duration > 0);
        sum += u128::from(part.duration);
        let Some(index) = part.span_index else {
            continue;
        };
        let shown = &answer["spans"][index];
        let start: u64 = shown["startTimeUnixNano"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .expect("a start");
        let duration = shown["durationNano"].as_i64().unwrap_or(0).max(0) as u64;
        if part.part == Part::Queue {
            // Before the consumer began.
            prop_assert!(part.start + part.duration <= start);
            continue;
        }
        prop_assert!(start <= part.start);
        prop_assert!(part.start + part.duration <= start.saturating_add(duration));
    }
    let hops: u128 = tree
        .hops
        .iter()
        .map(|hop| u128::from(hop.critical_duration))
        .sum();
    let gaps = tree
        .critical_path
        .iter()
        .filter(|part| part.part == Part::Gap);
    let gaps: u128 = gaps.map(|part| u128::from(part.duration)).sum();
    prop_assert_eq!(hops + gaps, sum);
    prop_assert_eq!(sum, u128::from(tree.duration.unwrap_or(0)));
    let by_operation: u64 = critical_time(&tree.critical_path)
        .iter()
        .map(|time| time.duration)
        .sum();
    prop_assert_eq!(u128::from(by_operation), sum);
    Ok(())
}

/// All but the spans, and without the positions of spans.
fn told(trace: &Trace, skew: Skew) -> serde_json::Value {
    let tree = CallTree::build(trace, skew);
    let answer = json::answer(&tree, json::Spans::Omitted);
    let mut answer = serde_json::from_slice(&answer).expect("json");
    forget_positions(&mut answer);
    answer
}

fn forget_positions(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.remove("spanIndex");
            fields.values_mut().for_each(forget_positions);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(forget_positions),
        _ => {}
    }
}

pub(crate) fn any_peers() -> impl Strategy<Value = Vec<Option<HopPeers>>> {
    let peer = (0_u64..100_000, 0.0..100.0_f64, 0.0..50.0_f64);
    let peer = peer.prop_map(|(p50, percentile, slower)| HopPeers {
        window: Window::Hour,
        count: 100,
        p50,
        p99: p50 * 3,
        percentile,
        slower,
    });
    prop::collection::vec(prop::option::of(peer), 0..20)
}

pub(crate) fn hostile_trace() -> impl Strategy<Value = Trace> {
    let time = prop_oneof![
        4 => (EPOCH..EPOCH + 50_000).prop_map(Some),
        1 => prop_oneof![Just(0), Just(u64::MAX), Just(u64::MAX - 1), Just(1)].prop_map(Some),
        1 => Just(None),
    ];
    let duration = prop_oneof![
        4 => (0_i64..50_000).prop_map(Some),
        1 => prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(-1), Just(0)].prop_map(Some),
        1 => Just(None),
    ];
    let span = (
        1_u64..12,
        0_u64..14,
        0_u64..6,
        time,
        duration,
        0_u8..4,
        any::<bool>(),
        0_u64..12,
    );
    prop::collection::vec(span, 1..24).prop_map(|spans| {
        let spans = spans.into_iter().map(
            |(id, parent, kind, start, duration, service, shared, link)| {
                let mut span = blank(id);
                span.parent_id = SpanId::new(parent);
                span.kind = Kind::from_number(kind);
                (span.start, span.duration, span.shared) = (start, duration, shared);
                span.local_endpoint = endpoint(service);
                span.remote_endpoint = endpoint(service / 2);
                if link > 6 {
                    span.links.push(storage::span::Link {
                        trace_id: span.trace_id.value(),
                        span_id: link,
                        trace_state: String::new(),
                        attributes: Vec::new(),
                        dropped_attributes: 0,
                        flags: 0,
                    });
                }
                span
            },
        );
        let spans: Vec<Span> = spans.collect();
        Trace {
            id: spans[0].trace_id,
            spans,
            logs: Vec::new(),
            truncated: false,
        }
    })
}

/// Calls within calls, each child inside of its parent.
pub(crate) fn nested_trace() -> impl Strategy<Value = Trace> {
    let child = (
        any::<prop::sample::Index>(),
        0.0..1.0_f64,
        0.0..1.0_f64,
        any::<bool>(),
    );
    prop::collection::vec(child, 0..40).prop_map(|children| {
        let mut root = blank(1);
        root.kind = Kind::Server;
        (root.start, root.duration) = (Some(EPOCH), Some(1_000_000_000));
        root.local_endpoint = endpoint(1);
        let mut spans = vec![root];
        for (above, from, to, is_call) in children {
            let above = spans[above.index(spans.len())].clone();
            let mut span = blank(spans.len() as u64 + 1);
            span.parent_id = Some(above.span_id);
            let room = above.duration.unwrap_or(0) as f64;
            let (from, to) = (from.min(to), from.max(to));
            let start = (room * from) as i64;
            span.start = above.start.map(|begin| begin + start as u64);
            span.duration = Some(((room * to) as i64 - start).max(0));
            let is_server = above.kind == Kind::Client;
            span.kind = match (is_server, is_call) {
                (true, _) => Kind::Server,
                (false, true) => Kind::Client,
                (false, false) => Kind::Internal,
            };
            let own = if above.service() == Some("s1") { 1 } else { 2 };
            span.local_endpoint = endpoint(if is_server { 3 - own } else { own });
            spans.push(span);
        }
        Trace {
            id: spans[0].trace_id,
            spans,
            logs: Vec::new(),
            truncated: false,
        }
    })
}

fn endpoint(service: u8) -> Option<Endpoint> {
    (service > 0).then(|| Endpoint {
        service: Some(format!("s{service}")),
        ..Endpoint::default()
    })
}
