//! Bad input: whatever the shape of a trace, the work grows with its spans and not with their square.
//!
//! Measured is the processor time of the thread, for a trace and for one eight times as large. Others on
//! the machine delay it, but do not use it; what is quadratic uses 64 times as much.
use std::time::Duration;

use collector::hops::why::why;
use collector::hops::{CallTree, Skew, summary, text};
use storage::id::SpanId;
use storage::span::{Kind, Span};
use storage::trace::{SPANS_READ_MAX, Trace};

use crate::given::{EPOCH, blank};

/// Processor time that this thread has used, in the kernel's ticks of ten milliseconds.
fn used() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").expect("Linux");
    // The name in brackets may have blanks.
    let (_, fields) = stat.rsplit_once(") ").expect("a name");
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: u64 = ticks
        .map(|ticks| ticks.parse::<u64>().expect("a number"))
        .sum();
    Duration::from_millis(ticks * 10)
}

/// Everything that is told of a trace.
fn tell(given: &Trace) {
    let tree = CallTree::build(given, Skew::Corrected);
    assert!(tree.hops.len() <= given.spans.len());
    let path: u64 = tree.critical_path.iter().map(|part| part.duration).sum();
    assert_eq!(Some(path), tree.duration);
    assert!(text::print(&tree).len() < 400 * given.spans.len());
    why(&tree);
    summary(given);
}

fn cost(make: &dyn Fn(u64) -> Trace, count: u64) -> Duration {
    let given = make(count);
    let before = used();
    tell(&given);
    used() - before
}

/// A span for each number from 1 on.
fn trace_of(count: u64, mut change: impl FnMut(&mut Span, u64)) -> Trace {
    let spans = (1..=count).map(|number| {
        let mut span = blank(number);
        span.start = Some(EPOCH + number * 1_000);
        span.duration = Some(1_000_000);
        change(&mut span, number);
        span
    });
    Trace {
        id: blank(1).trace_id,
        spans: spans.collect(),
        logs: Vec::new(),
        truncated: false,
    }
}

/// Numbers in no order, the same each time (SplitMix64).
const fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn with_kind(span: &mut Span, number: u64) {
    span.kind = [Kind::Client, Kind::Server][(number % 2) as usize];
    span.local_endpoint = Some(storage::span::Endpoint {
        service: Some(format!("s{}", number / 2 % 50)),
        ..Default::default()
    });
}

type Shape = (&'static str, fn(u64) -> Trace);

const SHAPES: [Shape; 11] = [
    ("children of one", |count| {
        trace_of(count, |span, number| {
            span.parent_id = (number > 1).then(|| SpanId::new(1)).flatten();
        })
    }),
    ("a chain", |count| {
        trace_of(count, |span, number| {
            span.parent_id = SpanId::new(number - 1)
        })
    }),
    ("one circle", |count| {
        trace_of(count, |span, number| {
            span.parent_id = SpanId::new(number % count + 1);
        })
    }),
    ("many circles", |count| {
        trace_of(count, |span, number| {
            span.parent_id = SpanId::new(number ^ 1).or(SpanId::new(1));
        })
    }),
    ("nobody's children", |count| {
        trace_of(count, |span, number| {
            span.parent_id = SpanId::new(number + 10_000_000);
        })
    }),
    ("one id", |count| {
        trace_of(count, |span, _| span.span_id = blank(5).span_id)
    }),
    ("times out of any order", |count| {
        trace_of(count, |span, number| {
            span.parent_id = SpanId::new(mixed(number) % number);
            span.start = Some(EPOCH + mixed(number + 1) % 1_000_000_000);
            span.duration = Some((mixed(number + 2) % 1_000_000_000) as i64);
        })
    }),
    // Each begins before the one above it.
    ("each before its parent", |count| {
        trace_of(count, |span, number| {
            span.parent_id = SpanId::new(number - 1);
            span.start = Some(EPOCH + (count - number) * 1_000);
            span.duration = Some(((number + 1) * 1_000 - number) as i64);
        })
    }),
    ("calls in a chain, each clock further off", |count| {
        trace_of(count, |span, number| {
            with_kind(span, number + 1);
            span.parent_id = SpanId::new(number - 1);
            span.start = Some(EPOCH + number * 7_000_000 % 999_000_000);
        })
    }),
    ("calls of two hosts that agree on nothing", |count| {
        trace_of(count, |span, number| {
            with_kind(span, number + 1);
            let service = format!("s{}", number % 2);
            span.local_endpoint.get_or_insert_default().service = Some(service);
            span.parent_id = SpanId::new(if number % 2 == 0 { number - 1 } else { 0 });
            span.start = Some(EPOCH + mixed(number) % 1_000_000_000);
            span.duration = Some((mixed(number + 7) % 100_000_000) as i64);
        })
    }),
    ("a host for each span", |count| {
        trace_of(count, |span, number| {
            with_kind(span, number + 1);
            span.local_endpoint.get_or_insert_default().service = Some(format!("s{number}"));
            span.parent_id = SpanId::new(number - 1);
            span.start = Some(EPOCH + mixed(number) % 1_000_000_000);
        })
    }),
];

#[test]
fn the_work_grows_with_the_spans() {
    for (name, make) in SHAPES {
        let (small, large) = (cost(&make, 4_000), cost(&make, 32_000));
        // Near eight: memory that fits into no cache, and sorting, make it more.
        let small = small.max(Duration::from_millis(60));
        assert!(large < small * 24, "{name}: {small:?}, then {large:?}");
    }
}

#[test]
fn as_many_children_of_one_span_as_are_read() {
    let given = trace_of(SPANS_READ_MAX as u64, |span, number| {
        span.parent_id = (number > 1).then(|| SpanId::new(1)).flatten();
        with_kind(span, number);
    });
    tell(&given);
}
