//! Answers of two stores, held to each other.
use storage::contract::cast::TODAY_MS;
use storage::contract::generate::Dice;
use storage::query::TimeRange;
use storage::rollup::{
    Counted, Exemplars, Grouping, PeerGroup, PeersQuery, RollupQuery, Steps, Subject,
};
use storage::span::Kind;
use storage::store::Store;
use storage::trace::Trace;

const DAY_MS: u64 = 86_400_000;

/// # Panics
/// When one store counts what the other does not.
pub(crate) async fn agree(dice: &mut Dice, one: &impl Store, other: &impl Store) {
    for by in [Grouping::Services, Grouping::Operations, Grouping::Edges] {
        let query = RollupQuery {
            range: range(dice),
            by,
            service: dice.chance(3).then(|| {
                dice.pick(&["frontend", "backend", "mysql", "nobody"])
                    .to_owned()
            }),
            points_max: dice.pick(&[1, 2, 7, 60, 500]),
        };
        let expected = other.counts(&query).await.unwrap();
        let found = one.counts(&query).await.unwrap();
        assert_eq!(
            (found.steps, found.truncated),
            (expected.steps, expected.truncated)
        );
        assert_eq!(plain(found.rows), plain(expected.rows), "{query:?}");
    }
}

/// Groups of all that was ever counted, and some that are not there.
///
/// # Panics
/// When one store knows other peers than the other.
pub(crate) async fn peers_agree(dice: &mut Dice, one: &impl Store, other: &impl Store) {
    let mut groups = vec![PeerGroup::Edge {
        caller: "frontend".to_owned(),
        callee: "backend".to_owned(),
        operation: None,
    }];
    let all = |by| RollupQuery {
        range: TimeRange::ALL,
        by,
        service: None,
        points_max: 1,
    };
    let operations = other.counts(&all(Grouping::Operations)).await.unwrap();
    let names = (operations.rows.iter()).filter_map(|row| match &row.subject {
        Subject::Operation { operation, .. } => Some(operation.clone()),
        _ => None,
    });
    let names: Vec<Option<String>> = names.collect();
    groups.extend(operations.rows.iter().filter_map(|row| match &row.subject {
        Subject::Operation {
            service,
            operation,
            kind,
        } => Some(PeerGroup::Operation {
            service: service.clone(),
            operation: operation.clone(),
            kind: Kind::from_number(u64::from(*kind)),
        }),
        _ => None,
    }));
    for row in other.counts(&all(Grouping::Edges)).await.unwrap().rows {
        if let Subject::Edge { caller, callee, .. } = row.subject {
            groups.extend(names.iter().map(|operation| PeerGroup::Edge {
                caller: caller.clone(),
                callee: callee.clone(),
                operation: operation.clone(),
            }));
        }
    }
    // Calls of one pair may be of several kinds.
    let mut seen = std::collections::HashSet::new();
    groups.retain(|group| seen.insert(group.clone()));
    for _ in 0..3 {
        let query = PeersQuery {
            at: range(dice).to_ms.saturating_mul(1_000_000),
            groups: groups.clone(),
        };
        let expected = other.peers(&query).await.unwrap();
        let found = one.peers(&query).await.unwrap();
        for ((found, expected), group) in found.iter().zip(&expected).zip(&groups) {
            assert_eq!(found, expected, "{group:?} at {}", query.at);
        }
        assert_eq!(found.len(), groups.len());
    }
}

fn range(dice: &mut Dice) -> TimeRange {
    if dice.chance(4) {
        return TimeRange::ALL;
    }
    let from_ms = TODAY_MS - DAY_MS + dice.roll(2 * DAY_MS);
    let length = dice.pick(&[0, 60_000, 3_600_000, DAY_MS, 3 * DAY_MS]);
    TimeRange {
        from_ms,
        to_ms: from_ms + dice.roll(length + 1),
    }
}

/// Exemplars are hints: which of two equal ones is kept may depend on the order of arrival.
fn plain(mut rows: Vec<Counted>) -> Vec<Counted> {
    for row in &mut rows {
        row.whole.exemplars = Exemplars::default();
        for (_, cell) in &mut row.points {
            cell.exemplars = Exemplars::default();
        }
    }
    rows
}

pub(crate) async fn sorted_links(store: &impl Store, range: TimeRange) -> Vec<String> {
    let mut links: Vec<String> = store
        .dependencies(range)
        .await
        .unwrap()
        .links
        .iter()
        .map(|link| format!("{link:?}"))
        .collect();
    links.sort();
    links
}

/// Ids with the spans in an order of their own: stores may differ in theirs.
pub(crate) fn shown(traces: &[Trace]) -> Vec<(String, Vec<String>)> {
    traces
        .iter()
        .map(|trace| {
            let spans = trace.spans.iter().chain(&trace.logs);
            let mut spans: Vec<_> = spans.map(|span| format!("{span:?}")).collect();
            spans.sort();
            (trace.id.to_string(), spans)
        })
        .collect()
}

#[test]
fn steps_are_as_many_as_asked_and_cover_the_range() {
    let mut dice = Dice::new(31);
    for _ in 0..20_000 {
        let range = range(&mut dice);
        let points_max = 1 + dice.roll(500) as usize;
        let steps = Steps::of(range, points_max);
        let (first, last) = (steps.start_of(steps.first), steps.start_of(steps.last));
        assert!(first <= steps.first && last <= steps.last);
        assert!(steps.last - last < steps.length);
        let count = (last - first) / steps.length + 1;
        assert!(count as usize <= points_max, "{steps:?} {points_max}");
        let minute = steps.first + dice.roll(u64::from(steps.last - steps.first) + 1) as u32;
        assert!(steps.contains(minute));
        assert_eq!((steps.start_of(minute) - first) % steps.length, 0);
        assert!(
            points_max < 2 || steps.last - steps.first < 360 || steps.length.is_multiple_of(60)
        );
    }
}
