//! Digests are bounded and of one version; and a store that keeps them answers what one answers that
//! keeps nothing, whatever is written in between.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::batch::SpanBatch;
use crate::contract::cast::{TODAY_MS, span, span_id, tag, trace_id};
use crate::contract::generate::Dice;
use crate::dependency::Dependency;
use crate::local::{Durability, LocalStore, Settings};
use crate::memory::MemoryStore;
use crate::query::TimeRange;
use crate::rollup::{Counts, Exemplars, PeerGroup, PeersQuery, RollupQuery};
use crate::span::{Kind, Span};
use crate::store::Store;
use crate::time::Clock;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

const fn key(number: u32) -> Key {
    Key {
        bucket: 7,
        stretch: Stretch::Hour,
        number,
        told: Told::Pairs,
    }
}

fn is_kept(digests: &Digests, number: u32, version: u64) -> bool {
    digests.get([(key(number), version)].into_iter())[0].is_some()
}

#[test]
fn what_is_kept_has_an_end_and_what_is_asked_for_stays() {
    let digests = Digests::with_room_for(100 * 1024);
    for number in 0..10_000 {
        digests.put(key(number), 1, &[0; 1000]);
        assert!(is_kept(&digests, 0, 1), "{number}");
        let kept = digests.kept.lock().unwrap();
        let bytes: usize = kept.digests.iter().map(|(_, digest)| digest.cost()).sum();
        assert_eq!(kept.bytes, bytes);
        assert!(bytes <= 100 * 1024, "{bytes}");
    }
    assert!(is_kept(&digests, 9_999, 1) && !is_kept(&digests, 5_000, 1));
    // One that would push out all others is not kept.
    digests.put(key(1), 1, &[0; 20_000]);
    assert!(!is_kept(&digests, 1, 1) && is_kept(&digests, 9_999, 1));
}

#[test]
fn a_digest_is_of_one_version() {
    let digests = Digests::with_room_for(100 * 1024);
    digests.put(key(1), 1, b"one");
    assert!(is_kept(&digests, 1, 1) && !is_kept(&digests, 1, 2));
    digests.put(key(1), 2, b"two");
    assert!(!is_kept(&digests, 1, 1) && is_kept(&digests, 1, 2));
    assert_eq!(digests.kept.lock().unwrap().bytes, 3 + OVERHEAD);
}

/// A store of several buckets, and one that walks all spans for each question.
struct Pair {
    local: LocalStore,
    oracle: MemoryStore,
    now: Arc<AtomicU64>,
    _folder: TempDir,
}

impl Pair {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicU64::new(TODAY_MS));
        let settings = Settings {
            data_dir: folder.path().to_owned(),
            retention: Duration::from_secs(28 * 3600),
            durability: Durability::Os,
            max_disk: None,
            memory: None,
            clock: Clock::Manual(Arc::clone(&now)),
        };
        Self {
            local: LocalStore::open(settings).unwrap(),
            oracle: MemoryStore::new(),
            now,
            _folder: folder,
        }
    }

    async fn write(&self, spans: &[Span]) {
        let batch = || SpanBatch::from_spans(spans);
        self.oracle.write(batch()).await.unwrap();
        self.local.write(batch()).await.unwrap();
    }

    /// How many answers differ of those that are always asked for.
    async fn differences(&self, is_settled: bool) -> usize {
        let mut differences = 0;
        for range in ranges() {
            for by in [Grouping::Services, Grouping::Operations, Grouping::Edges] {
                for (service, points_max) in [(None, 60), (None, 1), (Some("app"), 4)] {
                    let query = RollupQuery {
                        range,
                        by,
                        service: service.map(str::to_owned),
                        points_max,
                    };
                    let expected = self.oracle.counts(&query).await.unwrap();
                    let found = self.local.counts(&query).await.unwrap();
                    differences += usize::from(plain(found) != plain(expected));
                }
            }
            let expected = links(&self.oracle, range).await;
            let found = links(&self.local, range).await;
            differences += usize::from(found != expected);
        }
        // Peers may be older than what was acknowledged.
        for hour in (0..4).filter(|_| is_settled) {
            let query = PeersQuery {
                at: (TODAY_MS + hour * HOUR_MS) * 1_000_000,
                groups: groups(),
            };
            let expected = self.oracle.peers(&query).await.unwrap();
            let found = self.local.peers(&query).await.unwrap();
            differences += usize::from(found != expected);
        }
        differences
    }
}

/// Exemplars are hints: which of two equal ones is kept may depend on the order of arrival.
fn plain(mut counts: Counts) -> Counts {
    for row in &mut counts.rows {
        row.whole.exemplars = Exemplars::default();
        for (_, cell) in &mut row.points {
            cell.exemplars = Exemplars::default();
        }
    }
    counts
}

async fn links(store: &impl Store, range: TimeRange) -> Vec<Dependency> {
    let mut links = store.dependencies(range).await.unwrap().links;
    links.sort_by(|one, other| (&one.parent, &one.child).cmp(&(&other.parent, &other.child)));
    links
}

fn ranges() -> [TimeRange; 4] {
    let range = |from, to| TimeRange {
        from_ms: TODAY_MS + from,
        to_ms: TODAY_MS + to,
    };
    [
        TimeRange::ALL,
        range(0, HOUR_MS - 1),
        range(17 * MINUTE_MS, 3 * HOUR_MS + 20 * MINUTE_MS),
        range(2 * HOUR_MS, 26 * HOUR_MS),
    ]
}

const NAMES: [&str; 3] = ["get", "put", "list"];

fn groups() -> Vec<PeerGroup> {
    let mut groups = Vec::new();
    for name in NAMES {
        for (caller, callee) in [("web", "app"), ("app", "items"), ("web", "items")] {
            groups.push(PeerGroup::Edge {
                caller: caller.to_owned(),
                callee: callee.to_owned(),
                operation: Some(name.to_owned()),
            });
        }
        groups.push(PeerGroup::Operation {
            service: Some("app".to_owned()),
            operation: Some(name.to_owned()),
            kind: Kind::Server,
        });
    }
    groups
}

/// Both halves of a call that began in one of a few minutes.
fn call(dice: &mut Dice, number: u64) -> [Span; 2] {
    let start_ms = dice.roll(4) * HOUR_MS + dice.roll(3) * 19 * MINUTE_MS + dice.roll(1_000);
    let (caller, callee) = dice.pick(&[("web", "app"), ("app", "items"), ("web", "items")]);
    let (name, duration_ms) = (dice.pick(&NAMES), 1 + dice.roll(2_000) as i64);
    let id = trace_id(number);
    let mut halves = [
        span(id, 1, caller, name, start_ms, duration_ms),
        span(id, 2, callee, name, start_ms + 1, duration_ms),
    ];
    halves[0].kind = Kind::Client;
    halves[1].kind = Kind::Server;
    halves[1].parent_id = Some(span_id(1));
    if dice.chance(3) {
        halves[1].attributes.push(tag("error", "no"));
    }
    halves
}

/// Writes calls, some of them in two pieces, and asks for everything in between: how many answers
/// were wrong.
async fn wrong_answers(seed: u64, is_blind: bool) -> usize {
    let pair = Pair::new();
    let digests = &pair.local.shared.digests;
    digests.is_blind.store(is_blind, Ordering::Relaxed);
    let mut dice = Dice::new(seed);
    let mut late: Vec<Span> = Vec::new();
    let (mut number, mut wrong) = (0, 0);
    for _ in 0..10 {
        let mut spans = std::mem::take(&mut late);
        for _ in 0..dice.roll(5) {
            number += 1;
            let [client, server] = call(&mut dice, number);
            spans.push(client);
            (if dice.chance(3) {
                &mut late
            } else {
                &mut spans
            })
            .push(server);
        }
        pair.write(&spans).await;
        let is_settled = dice.chance(2);
        if is_settled {
            pair.local.settle().await;
        }
        if dice.chance(4) {
            pair.now.fetch_add(HOUR_MS, Ordering::SeqCst);
        }
        wrong += pair.differences(is_settled).await;
    }
    pair.local.close().await.unwrap();
    wrong
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_those_of_a_store_that_keeps_nothing(seed in any::<u64>()) {
        prop_assert_eq!(runtime().block_on(wrong_answers(seed, false)), 0);
    }
}

/// The control: with digests that outlive their records the same histories are answered wrongly.
#[test]
fn a_digest_that_outlives_its_record_is_noticed() {
    for seed in 0..2 {
        let wrong = runtime().block_on(wrong_answers(seed, true));
        assert!(wrong > 0, "{seed}");
    }
}

/// Who asks while windows close must leave nothing behind that is older than it seems.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn what_is_read_while_windows_close_is_not_kept_too_long() {
    let pair = Arc::new(Pair::new());
    let is_over = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (pair, is_over) = (Arc::clone(&pair), Arc::clone(&is_over));
            tokio::spawn(async move {
                while !is_over.load(Ordering::Acquire) {
                    let query = PeersQuery {
                        at: TODAY_MS * 1_000_000,
                        groups: groups(),
                    };
                    pair.local.peers(&query).await.unwrap();
                    pair.local.dependencies(TimeRange::ALL).await.unwrap();
                }
            })
        })
        .collect();
    let mut dice = Dice::new(5);
    for number in 0..15 {
        pair.write(&call(&mut dice, number + 1)).await;
        pair.local.settle().await;
        assert_eq!(pair.differences(true).await, 0, "{number}");
    }
    is_over.store(true, Ordering::Release);
    for reader in readers {
        reader.await.unwrap();
    }
    pair.local.close().await.unwrap();
}
