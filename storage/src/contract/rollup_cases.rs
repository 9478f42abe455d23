//! Counts and peers, with answers that are written here by hand.
use crate::batch::SpanBatch;
use crate::contract::cast::{TODAY_MS, endpoint, span, span_id, tag, trace_id};
use crate::dependency::CallKind;
use crate::query::TimeRange;
use crate::rollup::{Cell, Counts, Grouping, PeerGroup, PeersQuery, RollupQuery, Subject};
use crate::span::{Kind, Span};
use crate::store::Store;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

/// A call of `web` to `app` and of `app` to its database, `start_ms` after [`TODAY_MS`].
fn calls(number: u64, start_ms: u64, duration_ms: i64, fails: bool) -> Vec<Span> {
    let id = trace_id(number);
    let mut spans = vec![
        span(id, 1, "web", "get /", start_ms, duration_ms + 4),
        span(id, 2, "Web", "get", start_ms + 1, duration_ms + 2),
        span(id, 3, "app", "get /items", start_ms + 2, duration_ms),
        span(id, 4, "app", "select", start_ms + 3, 1),
    ];
    let kinds = [Kind::Server, Kind::Client, Kind::Server, Kind::Client];
    for (position, kind) in kinds.into_iter().enumerate() {
        spans[position].kind = kind;
        let parent = position as u64;
        spans[position].parent_id = (parent > 0).then(|| span_id(parent));
    }
    spans[3].remote_endpoint = Some(endpoint("items-db"));
    if fails {
        spans[2].attributes.push(tag("error", "no"));
    }
    spans
}

/// What is written: three calls in one minute, one of which fails, one in the next, one two hours
/// later, and one the day before.
fn history() -> Vec<Vec<Span>> {
    let all = [
        (1, DAY_MS, 10, false),
        (2, DAY_MS + 1_000, 20, true),
        (3, DAY_MS + 59_000, 30, false),
        (4, DAY_MS + MINUTE_MS, 40, false),
        (5, DAY_MS + 2 * HOUR_MS, 50, false),
        (6, DAY_MS - HOUR_MS, 60, false),
    ];
    let calls = all.map(|(number, start, duration, fails)| calls(number, start, duration, fails));
    // And spans of a service that has no name.
    let mut nameless = calls[0].clone();
    for span in &mut nameless {
        span.trace_id = trace_id(7);
        span.start = span.start.map(|start| start - 5 * HOUR_MS * 1_000_000);
        (span.local_endpoint, span.remote_endpoint) = (None, None);
    }
    calls.into_iter().chain([nameless]).collect()
}

const DAY_MS: u64 = 24 * HOUR_MS;

/// What a row is, how many calls and errors it counts, and the median in milliseconds.
type Line = (String, i64, i64, u64);

fn line(subject: String, cell: &Cell) -> Line {
    let median = cell.sketch.quantile(0.5).unwrap_or(0.0);
    let median = (median / 1_000_000.0).round() as u64;
    (subject, cell.count, cell.errors, median)
}

fn lines(counts: &Counts) -> Vec<Line> {
    let rows = counts.rows.iter();
    rows.map(|row| line(written(&row.subject), &row.whole))
        .collect()
}

fn written(subject: &Subject) -> String {
    let or_dash = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".to_owned());
    match subject {
        Subject::Service(name) => or_dash(name),
        Subject::Operation {
            service,
            operation,
            kind,
        } => format!("{} {} {kind}", or_dash(service), or_dash(operation)),
        Subject::Edge {
            caller,
            callee,
            kind,
        } => format!("{caller} > {callee} {kind:?}"),
    }
}

/// # Panics
/// When the store counts otherwise.
pub(super) async fn check_counts(store: &impl Store) {
    let all = (DAY_MS - HOUR_MS, DAY_MS + 2 * HOUR_MS);
    let long = (DAY_MS - 10 * HOUR_MS, DAY_MS + 2 * HOUR_MS);
    let first = (DAY_MS, DAY_MS + 30_000);
    for (caption, by, service, (from, to), expected) in [
        (
            "a minute of services",
            Grouping::Services,
            None,
            first,
            vec![("app", 3, 1, 20), ("web", 3, 0, 24)],
        ),
        (
            "the end of a range is in",
            Grouping::Services,
            Some("app"),
            (DAY_MS + 59_999, DAY_MS + MINUTE_MS),
            vec![("app", 4, 1, 20)],
        ),
        (
            "hours and minutes",
            Grouping::Operations,
            Some("app"),
            all,
            vec![("app get /items 2", 6, 1, 30), ("app select 3", 6, 0, 1)],
        ),
        (
            "edges of a service that is called",
            Grouping::Edges,
            Some("items-db"),
            all,
            vec![("app > items-db Rpc", 6, 0, 1)],
        ),
        (
            "edges as the caller sees them",
            Grouping::Edges,
            None,
            first,
            vec![("app > items-db Rpc", 3, 0, 1), ("web > app Rpc", 3, 1, 22)],
        ),
        ("nobody", Grouping::Services, Some("nobody"), long, vec![]),
        (
            "nobody's",
            Grouping::Operations,
            Some("nobody"),
            long,
            vec![],
        ),
        (
            "before everything",
            Grouping::Services,
            None,
            (0, HOUR_MS),
            vec![],
        ),
    ] {
        for points_max in [1, 2, 60] {
            let counts = ask(store, by, service, (from, to), points_max).await;
            let expected: Vec<Line> = (expected.iter())
                .map(|(text, count, errors, median)| ((*text).to_owned(), *count, *errors, *median))
                .collect();
            assert_eq!(lines(&counts), expected, "{caption}, {points_max} points");
            assert!(!counts.truncated, "{caption}");
            for row in &counts.rows {
                assert!(row.points.len() <= points_max, "{caption}");
                let calls = row.points.iter().map(|(_, cell)| cell.count);
                assert_eq!(calls.sum::<i64>(), row.whole.count, "{caption}");
            }
        }
    }
    check_steps(store).await;
    check_exemplars(store).await;
}

async fn ask(
    store: &impl Store,
    by: Grouping,
    service: Option<&str>,
    (from, to): (u64, u64),
    points_max: usize,
) -> Counts {
    let query = RollupQuery {
        range: TimeRange {
            from_ms: TODAY_MS + from,
            to_ms: TODAY_MS + to,
        },
        by,
        service: service.map(str::to_owned),
        points_max,
    };
    store.counts(&query).await.expect("counts")
}

async fn check_steps(store: &impl Store) {
    let range = (DAY_MS, DAY_MS + 3 * MINUTE_MS);
    let minute = |minutes: u64| ((TODAY_MS + DAY_MS) / MINUTE_MS + minutes) as u32;
    let counts = ask(store, Grouping::Services, Some("app"), range, 10).await;
    let points = |counts: &Counts| -> Vec<(u32, Line)> {
        let points = counts.rows[0].points.iter();
        points
            .map(|(minute, cell)| (*minute, line(String::new(), cell)))
            .collect()
    };
    let expected = [
        (minute(0), (String::new(), 3, 1, 20)),
        (minute(1), (String::new(), 1, 0, 40)),
    ];
    assert_eq!(points(&counts), expected, "steps of a minute");
    let range = (DAY_MS - 10 * HOUR_MS, DAY_MS + 10 * HOUR_MS);
    let counts = ask(store, Grouping::Services, Some("app"), range, 100).await;
    let expected = [
        (minute(0) - 60, (String::new(), 1, 0, 60)),
        (minute(0), (String::new(), 4, 1, 20)),
        (minute(120), (String::new(), 1, 0, 50)),
    ];
    assert_eq!(points(&counts), expected, "steps of an hour");
}

async fn check_exemplars(store: &impl Store) {
    let range = (DAY_MS, DAY_MS + 30_000);
    let counts = ask(store, Grouping::Edges, Some("web"), range, 1).await;
    let exemplars = counts.rows[0].whole.exemplars;
    let told = [exemplars.slowest, exemplars.error, exemplars.recent];
    let told = told.map(|exemplar| exemplar.map(|exemplar| exemplar.trace));
    assert_eq!(told, [3, 2, 3].map(|number| Some(trace_id(number))));
    let row = &counts.rows[0];
    let Subject::Edge { kind, .. } = row.subject else {
        panic!("{:?}", row.subject)
    };
    assert_eq!(kind, CallKind::Rpc);
}

/// Peers of calls at `at` ms after [`TODAY_MS`]: how many in the hour, in the day, and the median
/// of the day in milliseconds.
type PeerLine = (u64, usize, i64, i64, u64);

/// # Panics
/// When the store tells others.
pub(super) async fn check_peers(store: &impl Store) {
    let some = |text: &str| Some(text.to_owned());
    let edge = |caller: &str, callee: &str, operation| PeerGroup::Edge {
        caller: caller.to_owned(),
        callee: callee.to_owned(),
        operation,
    };
    let operation = |service, operation, kind| PeerGroup::Operation {
        service,
        operation,
        kind,
    };
    let groups = vec![
        edge("web", "app", some("get /items")),
        edge("web", "app", some("get")),
        edge("app", "items-db", some("select")),
        edge("web", "app", None),
        operation(some("web"), some("get /"), Kind::Server),
        operation(some("web"), some("get /"), Kind::Client),
        edge("web", "nobody", some("get /items")),
        operation(None, None, Kind::Internal),
    ];
    let expected: [PeerLine; 8] = [
        (DAY_MS, 0, 4, 5, 32),
        (DAY_MS, 2, 4, 5, 1),
        (DAY_MS, 4, 4, 5, 34),
        (DAY_MS + 59 * MINUTE_MS, 0, 4, 5, 32),
        (DAY_MS + 2 * HOUR_MS, 0, 1, 6, 32),
        (DAY_MS - HOUR_MS, 0, 1, 1, 62),
        (DAY_MS + 23 * HOUR_MS, 0, 0, 5, 32),
        (DAY_MS + 26 * HOUR_MS, 0, 0, 0, 0),
    ];
    for (at, position, hour, day, median) in expected {
        let query = PeersQuery {
            at: (TODAY_MS + at) * 1_000_000,
            groups: groups.clone(),
        };
        let peers = store.peers(&query).await.expect("peers");
        assert_eq!(peers.len(), groups.len());
        let told = &peers[position];
        let found = told.day.quantile(0.5).unwrap_or(0.0) / 1_000_000.0;
        assert_eq!(
            (told.hour.count(), told.day.count(), found.round() as u64),
            (hour, day, median),
            "group {position} at {at}"
        );
        for position in [1, 3, 5, 6, 7] {
            assert_eq!(peers[position].day.count(), 0, "group {position} at {at}");
        }
    }
}

pub(super) async fn write_history(store: &impl Store) {
    for spans in history() {
        // In two pieces, the first of them twice: nothing may be counted for that.
        for part in [&spans[..2], &spans[2..], &spans[..2]] {
            let written = store.write(SpanBatch::from_spans(part)).await;
            assert!(written.is_ok(), "{written:?}");
        }
    }
}
