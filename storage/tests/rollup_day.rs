//! What a million spans spread over a day cost to count, and how fast counts and peers are told: run
//! with `cargo test --release -p storage --test rollup_day -- --ignored --nocapture`.
#![cfg(feature = "local")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]
use std::path::Path;
use std::time::{Duration, Instant};

use storage::batch::SpanBatch;
use storage::contract::cast::{TODAY_MS, bare, endpoint, tag};
use storage::contract::generate::Dice;
use storage::id::TraceId;
use storage::local::{Durability, LocalStore, Settings};
use storage::query::TimeRange;
use storage::rollup::{Grouping, PeerGroup, PeersQuery, RollupQuery};
use storage::span::{Kind, Span};
use storage::store::Store;
use storage::time::Clock;

const TRACES: u64 = 43_500;
const DAY_MS: u64 = 86_400_000;
const SERVICES: [&str; 6] = ["cart", "orders", "billing", "stock", "mail", "search"];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, not a judgement"]
async fn a_day_of_a_million_spans() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(Settings {
        data_dir: folder.path().to_owned(),
        retention: Duration::from_secs(7 * 86_400),
        durability: Durability::Os,
        max_disk: None,
        memory: None,
        clock: Clock::System,
    });
    let store = store.unwrap();
    let mut dice = Dice::new(23);
    let mut spans = 0;
    let mut work = Duration::ZERO;
    for first in (1..=TRACES).step_by(500) {
        let batch: Vec<Span> = (first..first + 500)
            .flat_map(|id| trace(&mut dice, id))
            .collect();
        spans += batch.len();
        let batch = SpanBatch::from_spans(&batch);
        let before = processor_time();
        store.write(batch).await.unwrap();
        if first % 5_000 == 1 {
            store.settle().await;
        }
        work += processor_time() - before;
    }
    let before = processor_time();
    store.settle().await;
    work += processor_time() - before;
    println!(
        "{spans} spans: {} ns of processor time a span, {:.2} B a span on disk",
        work.as_nanos() / spans as u128,
        bytes(folder.path()) as f64 / spans as f64
    );
    let range = TimeRange {
        from_ms: TODAY_MS + 1_234_567,
        to_ms: TODAY_MS + DAY_MS + 1_234_567,
    };
    for (by, service) in [
        (Grouping::Services, None),
        (Grouping::Operations, Some("cart")),
        (Grouping::Edges, None),
    ] {
        for (hours, points_max) in [(24, 60), (24, 1), (6, 60), (1, 60)] {
            let query = RollupQuery {
                range: TimeRange {
                    from_ms: range.to_ms - hours * 3_600_000,
                    ..range
                },
                by,
                service: service.map(str::to_owned),
                points_max,
            };
            let rows = store.counts(&query).await.unwrap().rows.len();
            let what = format!("{by:?} {hours} h {points_max} points, {rows} rows");
            times(&what, async || drop(store.counts(&query).await.unwrap())).await;
        }
    }
    let group = |number: usize| match number {
        0 => PeerGroup::Operation {
            service: Some("web".to_owned()),
            operation: Some("web/1".to_owned()),
            kind: Kind::Server,
        },
        _ => PeerGroup::Edge {
            caller: if number > 6 {
                "web"
            } else {
                SERVICES[number - 1]
            }
            .to_owned(),
            callee: SERVICES[number % 6].to_owned(),
            operation: Some(format!("{}/{}", SERVICES[number % 6], number % 5)),
        },
    };
    let query = PeersQuery {
        at: (TODAY_MS + DAY_MS - 10) * 1_000_000,
        groups: (0..13).map(group).collect(),
    };
    let peers = store.peers(&query).await.unwrap();
    let calls: i64 = peers.iter().map(|peers| peers.day.count()).sum();
    let what = format!("peers of 13 groups, {calls} calls");
    times(&what, async || drop(store.peers(&query).await.unwrap())).await;
    times("dependencies of a day", async || {
        drop(store.dependencies(range).await.unwrap());
    })
    .await;
    store.close().await.unwrap();
}

async fn times(what: &str, mut ask: impl AsyncFnMut()) {
    let mut took = Vec::new();
    for _ in 0..200 {
        let began = Instant::now();
        ask().await;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    println!("{what}: p50 {:?}, p99 {:?}", took[100], took[197]);
}

fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit(')').next().unwrap().split_whitespace();
    let ticks: u64 = fields
        .skip(11)
        .take(2)
        .map(|n| n.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(ticks * 10)
}

fn bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries
        .map(|entry| match entry.metadata().unwrap() {
            metadata if metadata.is_dir() => bytes(&entry.path()),
            metadata => metadata.len(),
        })
        .sum()
}

/// 23 spans of a shop: a front door, ten calls in two halves, a query and a message.
fn trace(dice: &mut Dice, id: u64) -> Vec<Span> {
    let start = TODAY_MS * 1_000_000 + id * (DAY_MS * 1_000_000 / TRACES);
    let id = TraceId::from_halves(0x1234_5678, dice.roll(u64::MAX - 1) + 1).unwrap();
    let mut spans: Vec<Span> = Vec::new();
    let mut add = |dice: &mut Dice, kind, service: &str, name: String, parent: Option<usize>| {
        let mut span = bare(id, 1 + dice.roll(u64::MAX - 1));
        span.kind = kind;
        span.name = Some(name.into());
        span.local_endpoint = Some(endpoint(service));
        span.parent_id = parent.map(|parent: usize| spans[parent].span_id);
        span.start = Some(start + dice.roll(100_000_000));
        let tail = 1 + 50 / (1 + dice.roll(50));
        span.duration = Some(((2_000_000 + dice.roll(10_000_000)) * tail) as i64);
        span.attributes = vec![tag("http.method", "GET"), tag("http.path", "/")];
        spans.push(span);
        spans.len() - 1
    };
    let name = |dice: &mut Dice, service: &str| format!("{service}/{}", dice.roll(5));
    let root = name(dice, "web");
    let mut caller = ("web", add(dice, Kind::Server, "web", root, None));
    for _ in 0..10 {
        let callee = SERVICES[dice.roll(6) as usize];
        let called = name(dice, callee);
        let client = add(dice, Kind::Client, caller.0, called.clone(), Some(caller.1));
        let server = add(dice, Kind::Server, callee, called, Some(client));
        if dice.roll(2) == 0 {
            caller = (callee, server);
        }
    }
    add(
        dice,
        Kind::Client,
        caller.0,
        "select".to_owned(),
        Some(caller.1),
    );
    add(
        dice,
        Kind::Producer,
        caller.0,
        "publish".to_owned(),
        Some(caller.1),
    );
    for (position, remote) in [(21, "postgresql"), (22, "kafka")] {
        spans[position].remote_endpoint = Some(endpoint(remote));
    }
    spans
}
