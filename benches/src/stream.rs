//! The order in which spans reach a collector: each process reports what it finished every two
//! seconds, so the spans of a trace come near each other, in pieces, between those of others.
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::generate::{Generator, Options};
use crate::ledger::Ledger;
use crate::random::{Random, scatter};
use crate::span::{Host, Span};

/// Spans in one request.
pub const BODY_SPANS: usize = 500;
/// Three hundred traces a second: a busy shop.
const TRACE_INTERVAL_NS: u64 = 3_333_000;
const REPORT_INTERVAL_NS: u64 = 2_000_000_000;

/// Requests with the spans of interleaved traces, in the order of their arrival.
#[derive(Debug)]
pub struct Stream {
    generator: Generator,
    random: Random,
    /// When the next trace starts.
    now: u64,
    wanted: usize,
    waiting: BinaryHeap<Reverse<Waiting>>,
    pub ledger: Ledger,
}

impl Stream {
    /// At least so many spans, the first of them at that time, in nanoseconds since the epoch.
    pub fn new(options: Options, spans: usize, start: u64) -> Self {
        Self {
            generator: Generator::new(options),
            random: Random::seeded(options.seed ^ 0x5eed),
            now: start,
            wanted: spans,
            waiting: BinaryHeap::new(),
            ledger: Ledger::default(),
        }
    }

    /// How long the traffic lasts that makes so many spans, in nanoseconds, roughly.
    pub const fn length(spans: usize) -> u64 {
        spans as u64 / 23 * TRACE_INTERVAL_NS + REPORT_INTERVAL_NS
    }

    fn next_span(&mut self) -> Option<Span> {
        while self.ledger.spans < self.wanted
            && self
                .waiting
                .peek()
                .is_none_or(|Reverse(next)| next.report >= self.now)
        {
            let (known, spans) = self.generator.trace(self.now);
            let before = self.ledger.spans;
            self.ledger.add(known, &spans);
            for (place, span) in spans.into_iter().enumerate() {
                let report = report_time(&span);
                self.waiting.push(Reverse(Waiting {
                    report,
                    host: span.host,
                    at: before + place,
                    span,
                }));
            }
            self.now += self.random.between(1, 2 * TRACE_INTERVAL_NS / 1000) * 1000;
        }
        self.waiting.pop().map(|Reverse(waiting)| waiting.span)
    }
}

impl Iterator for Stream {
    type Item = Vec<Span>;

    fn next(&mut self) -> Option<Vec<Span>> {
        let body: Vec<Span> = std::iter::from_fn(|| self.next_span())
            .take(BODY_SPANS)
            .collect();
        (!body.is_empty()).then_some(body)
    }
}

/// The tick of the process' reporter after the end of the span; each process ticks at its own
/// moment.
fn report_time(span: &Span) -> u64 {
    let process = u64::from(span.host.number) << 8 | u64::from(span.host.instance);
    let phase = scatter(process + 1) % REPORT_INTERVAL_NS;
    (span.end() + phase).div_ceil(REPORT_INTERVAL_NS) * REPORT_INTERVAL_NS - phase
}

#[derive(Debug)]
struct Waiting {
    report: u64,
    host: Host,
    at: usize,
    span: Span,
}

impl Waiting {
    const fn key(&self) -> (u64, Host, usize) {
        (self.report, self.host, self.at)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::generate::Data;
    use crate::span::Value;
    use crate::{otlp, zipkin};

    const START: u64 = 1_790_000_000_000_000_000;

    fn stream(data: Data) -> Stream {
        Stream::new(Options { seed: 7, data }, 100_000, START)
    }

    #[test]
    fn the_data_is_like_the_reference() {
        let mut stream = stream(Data::Reference);
        let bodies: Vec<_> = stream.by_ref().collect();
        let spans: Vec<_> = bodies.iter().flatten().collect();
        let count = spans.len() as f64;
        let mean = |total: usize| total as f64 / count;

        let traces = stream.ledger.traces.len() as f64;
        let attributes = mean(spans.iter().map(|span| span.attributes.len()).sum());
        let errors = mean(spans.iter().filter(|span| span.error.is_some()).count()) * 100.0;
        let otlp = mean(bodies.iter().map(|body| otlp::protobuf(body).len()).sum());
        let zipkin = mean(bodies.iter().map(|body| zipkin::json(body).len()).sum());
        let pieces: usize = bodies
            .chunks(6)
            .map(|group| {
                group
                    .iter()
                    .flatten()
                    .map(|span| span.trace_id)
                    .collect::<HashSet<_>>()
                    .len()
            })
            .sum();
        let described = format!(
            "{:.2} spans a trace, {attributes:.2} attributes, {errors:.2} % errors, {otlp:.1} B \
             OTLP, {zipkin:.1} B JSON, {:.2} spans of a trace in 3,000",
            count / traces,
            count / pieces as f64
        );
        let near = |value: f64, aim: f64| (value - aim).abs() < aim * 0.04;
        assert!(near(count / traces, 23.0), "{described}");
        assert!(near(otlp, 396.0) && near(zipkin, 578.0), "{described}");
        assert!((1.0..2.0).contains(&errors), "{described}");
        assert!((3.5..6.0).contains(&(count / pieces as f64)), "{described}");
        for span in spans {
            assert!((6..=11).contains(&span.attributes.len()), "{span:?}");
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_bytes() {
        for data in [Data::Reference, Data::Hard] {
            let bytes = |mut stream: Stream| stream.next().map(|body| otlp::protobuf(&body));
            assert_eq!(bytes(stream(data)), bytes(stream(data)), "{data:?}");
        }
    }

    #[test]
    fn request_ids_are_unique_to_their_trace_and_on_several_spans() {
        let mut holders: HashMap<String, Vec<u128>> = HashMap::new();
        for span in stream(Data::Reference).flatten() {
            for (key, value) in &span.attributes {
                if let (&"x-request-id", Value::Text(id)) = (key, value) {
                    holders
                        .entry(id.to_string())
                        .or_default()
                        .push(span.trace_id);
                }
            }
        }
        let spans: usize = holders.values().map(Vec::len).sum();
        assert!(
            spans > holders.len() * 3,
            "{spans} spans for {} ids",
            holders.len()
        );
        for (id, traces) in holders {
            assert!(traces.windows(2).all(|pair| pair[0] == pair[1]), "{id}");
        }
    }
}
