//! Grouping spans into traces, against the plainest way to do it.
use storage::contract::generate::{Dice, spans};
use storage::span::Span;
use storage::trace::Trace;

#[test]
fn spans_reported_twice_are_kept_once_where_they_came_first() {
    for seed in 0..300 {
        let mut dice = Dice::new(seed);
        let mut sent: Vec<Span> = (0..1 + dice.roll(6))
            .flat_map(|_| spans(&mut dice))
            .collect();
        for _ in 0..dice.roll(8) {
            // Again as it was, or under the same id with a difference.
            let mut again = sent[dice.roll(sent.len() as u64) as usize].clone();
            if dice.roll(2) == 0 {
                again.start = Some(dice.roll(3));
            }
            sent.insert(dice.roll(sent.len() as u64 + 1) as usize, again);
        }
        let grouped = Trace::group(sent.iter().cloned());
        assert_eq!(grouped, plainly(&sent), "seed {seed}");
        for trace in grouped {
            let of_it = sent.iter().filter(|span| span.trace_id == trace.id);
            assert_eq!(Trace::of_one(of_it.cloned().collect()), Some(trace));
        }
    }
    assert_eq!(Trace::of_one(Vec::new()), None);
}

/// Linear looks through everything.
fn plainly(sent: &[Span]) -> Vec<Trace> {
    let mut traces: Vec<Trace> = Vec::new();
    for span in sent {
        match traces.iter_mut().find(|trace| trace.id == span.trace_id) {
            Some(trace) if trace.spans.contains(span) => {}
            Some(trace) => trace.spans.push(span.clone()),
            None => traces.push(Trace {
                id: span.trace_id,
                spans: vec![span.clone()],
                logs: Vec::new(),
                truncated: false,
            }),
        }
    }
    traces
}
