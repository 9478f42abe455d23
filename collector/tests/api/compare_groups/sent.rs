//! Groups of traces that look like chance, and what was sent of them.
use serde_json::json;

use crate::app::TestApp;

/// How the traces of a group are made: `front` calls `back`, and some `cache`; microseconds.
#[derive(Clone, Copy)]
pub(super) struct Made {
    pub(super) back: u64,
    pub(super) spread: u64,
    pub(super) calls: u64,
    /// Of a hundred traces.
    pub(super) cached: u64,
    pub(super) failing: u64,
}

pub(super) const FINE: Made = Made {
    back: 20_000,
    spread: 10_000,
    calls: 1,
    cached: 50,
    failing: 5,
};

/// What one hop did in one trace.
#[derive(Clone, Default)]
pub(super) struct Calls {
    pub(super) durations: Vec<u64>,
    pub(super) failed: usize,
}

/// `front`, `back`, `cache` of each trace; of `front` its own time too.
pub(super) type Sent = Vec<([Calls; 3], u64)>;

/// Numbers that look like chance, the same in every run.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }
}

pub(super) const TRACES: u64 = 40;

/// Sends the traces of a group and returns what was sent, in nanoseconds.
pub(super) fn send(app: &TestApp, group: &str, first: u64, made: Made, dice: &mut Dice) -> Sent {
    let (mut sent, mut spans) = (Vec::new(), Vec::new());
    for trace in first..first + TRACES {
        let begin = 1_700_000_000_000_000 + trace * 10;
        let trace_id = format!("{trace:016x}");
        let (mut calls, mut at) = (<[Calls; 3]>::default(), 1_000);
        let mut add = |id: u64, name: usize, (from, took): (u64, u64), failed: bool| {
            let mut tags = json!({"group": group});
            if failed {
                tags["error"] = json!("boom");
            }
            spans.push(json!({
                "traceId": trace_id, "id": format!("{id:x}"), "kind": "SERVER", "name": "get",
                "parentId": (id > 1).then_some("1"), "timestamp": begin + from, "duration": took,
                "localEndpoint": {"serviceName": HOPS[name]}, "tags": tags
            }));
            calls[name].durations.push(took * 1000);
            calls[name].failed += usize::from(failed);
        };
        let failing = dice.below(100) < made.failing;
        for call in 0..made.calls {
            let took = made.back + dice.below(made.spread);
            add(2 + call, 1, (at, took), failing && call == 0);
            at += took;
        }
        if dice.below(100) < made.cached {
            add(100, 2, (at, 2_000), false);
            at += 2_000;
        }
        let own = 1_000 + dice.below(500);
        let took = at - 1_000 + own;
        add(1, 0, (0, took), false);
        sent.push((calls, own * 1000));
    }
    assert_eq!(app.post_spans(&json!(spans).to_string()).status, 202);
    sent
}

pub(super) const HOPS: [&str; 3] = ["front", "back", "cache"];
