//! `wire`: what reading a span costs, for each spelling (bytes of requests in, batches out), and
//! writing one. Like `answers` it calls the collector instead of speaking HTTP.
use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use benches::generate::{Data, Options};
use benches::span::Span;
use benches::stream::Stream;
use benches::{otlp, zipkin, zipkin_proto};
use bytes::Bytes;
use clap::Parser;
use collector::wire::{self, Decoded, Undecodable};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use rustix::time::{ClockId, clock_gettime};
use storage::id::TraceId;

/// As in the binary `hopline`: what a codec keeps is allocated there.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Measures the codecs: nanoseconds of processor time a span, of the quietest of many short rounds
/// over the same requests and of the quietest quarter of them.
#[derive(Parser)]
struct Settings {
    #[arg(long, default_value_t = 10_000)]
    spans: usize,
    #[arg(long, default_value_t = 100)]
    rounds: usize,
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Only the rows whose names begin with this
    #[arg(long, default_value = "")]
    only: String,
    /// Three unique values more on every span, clocks in nanoseconds
    #[arg(long)]
    hard: bool,
}

/// When the first span starts, in nanoseconds since 1970: the same bytes in every run.
const START: u64 = 1_800_000_000_000_000_000;

fn main() -> ExitCode {
    match run(&Settings::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("wire: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(settings: &Settings) -> Result<(), String> {
    let options = Options {
        seed: settings.seed,
        data: if settings.hard {
            Data::Hard
        } else {
            Data::Reference
        },
    };
    let requests: Vec<_> = Stream::new(options, settings.spans, START).collect();
    let inputs = Inputs::new(&requests)?;
    let mut rows = inputs.rows();
    rows.retain(|row| row.name.starts_with(&settings.only));
    // In turn, so that a busy minute of the machine meets all rows alike.
    for _ in 0..settings.rounds.max(1) {
        for row in &mut rows {
            row.round()?;
        }
    }
    say("ns of processor time a span     quietest  quarter    bar              bytes/span");
    for row in &mut rows {
        say(&row.text(inputs.spans));
    }
    Ok(())
}

/// The same spans in each form that something is made of.
struct Inputs {
    spans: usize,
    otlp_proto: Vec<Bytes>,
    otlp_json: Vec<Bytes>,
    zipkin_proto: Vec<Bytes>,
    zipkin_json: Vec<Bytes>,
    traces: Vec<Vec<storage::span::Span>>,
    /// Each trace as serde_json sees it.
    values: Vec<serde_json::Value>,
}

impl Inputs {
    fn new(requests: &[Vec<Span>]) -> Result<Self, String> {
        let bodies = |write: fn(&[Span]) -> Vec<u8>| -> Vec<Bytes> {
            requests.iter().map(|spans| write(spans).into()).collect()
        };
        let zipkin_json = bodies(zipkin::json);
        let traces = traces(&zipkin_json)?;
        let values = traces
            .iter()
            .map(|spans| serde_json::from_slice(&wire::zipkin_json::encode_spans(spans)))
            .collect::<Result<_, _>>();
        Ok(Self {
            spans: requests.iter().map(Vec::len).sum(),
            otlp_proto: bodies(otlp::protobuf),
            otlp_json: bodies(otlp::json),
            zipkin_proto: bodies(zipkin_proto::protobuf),
            zipkin_json,
            traces,
            values: values.map_err(told)?,
        })
    }

    /// What has a bar, and the same through libraries that know nothing of spans, for scale.
    fn rows(&self) -> Vec<Row<'_>> {
        let trace_bar = 25_000.0 / 23.0;
        vec![
            self.decoding(
                "read OTLP protobuf",
                200.0,
                &self.otlp_proto,
                wire::otlp_proto::decode,
            ),
            self.decoding(
                "read OTLP JSON",
                1_200.0,
                &self.otlp_json,
                wire::otlp_json::decode,
            ),
            self.decoding(
                "read Zipkin protobuf",
                200.0,
                &self.zipkin_proto,
                wire::zipkin_proto::decode,
            ),
            self.decoding(
                "read Zipkin JSON",
                800.0,
                &self.zipkin_json,
                wire::zipkin_json::decode,
            ),
            Row::new("write Zipkin JSON", Some(trace_bar), || {
                each(&self.traces, |spans| {
                    Ok(wire::zipkin_json::encode_spans(spans).len())
                })
            }),
            Row::new("prost: read OTLP protobuf", None, || {
                each(&self.otlp_proto, |body| {
                    let request = ExportTraceServiceRequest::decode(body.clone());
                    drop(black_box(request.map_err(told)?));
                    Ok(body.len())
                })
            }),
            self.generic("serde_json: read OTLP JSON", &self.otlp_json),
            self.generic("serde_json: read Zipkin JSON", &self.zipkin_json),
            Row::new("serde_json: write Zipkin JSON", None, || {
                each(&self.values, |trace| {
                    Ok(serde_json::to_vec(trace).map_err(told)?.len())
                })
            }),
        ]
    }

    fn decoding<'a>(
        &self,
        name: &'static str,
        bar: f64,
        bodies: &'a [Bytes],
        decode: fn(Bytes) -> Result<Decoded, Undecodable>,
    ) -> Row<'a> {
        let expected = self.spans;
        Row::new(name, Some(bar), move || {
            let mut spans = 0;
            let bytes = each(bodies, |body| {
                spans += decode(body.clone()).map_err(told)?.batch.len();
                Ok(body.len())
            })?;
            if spans != expected {
                return Err(format!("{name}: {spans} spans instead of {expected}"));
            }
            Ok(bytes)
        })
    }

    fn generic<'a>(&self, name: &'static str, bodies: &'a [Bytes]) -> Row<'a> {
        Row::new(name, None, || {
            each(bodies, |body| {
                let read: serde_json::Value = serde_json::from_slice(body).map_err(told)?;
                drop(black_box(read));
                Ok(body.len())
            })
        })
    }
}

/// Whole traces, as a store gives them.
fn traces(bodies: &[Bytes]) -> Result<Vec<Vec<storage::span::Span>>, String> {
    let mut traces: BTreeMap<TraceId, Vec<storage::span::Span>> = BTreeMap::new();
    for body in bodies {
        let decoded = wire::zipkin_json::decode(body.clone()).map_err(told)?;
        for span in decoded.batch.to_spans().map_err(told)? {
            traces.entry(span.trace_id).or_default().push(span);
        }
    }
    Ok(traces.into_values().collect())
}

/// Does the work for each input; returns the sum of the bytes that it tells.
fn each<T>(
    inputs: &[T],
    mut work: impl FnMut(&T) -> Result<usize, String>,
) -> Result<usize, String> {
    inputs
        .iter()
        .try_fold(0, |bytes, input| Ok(bytes + work(input)?))
}

/// A row of the table: work on all spans, done again and again.
struct Row<'a> {
    name: &'static str,
    /// Nanoseconds that a span may cost.
    bar: Option<f64>,
    work: Box<dyn Fn() -> Result<usize, String> + 'a>,
    bytes: usize,
    rounds: Vec<Duration>,
}

impl<'a> Row<'a> {
    /// `work` returns the bytes that it read or wrote.
    fn new(
        name: &'static str,
        bar: Option<f64>,
        work: impl Fn() -> Result<usize, String> + 'a,
    ) -> Self {
        Self {
            name,
            bar,
            work: Box::new(work),
            bytes: 0,
            rounds: Vec::new(),
        }
    }

    /// Never inlined, so that a profiler can be told to look at nothing else.
    #[inline(never)]
    fn round(&mut self) -> Result<(), String> {
        let began = processor_time();
        self.bytes = (self.work)()?;
        self.rounds.push(processor_time() - began);
        Ok(())
    }

    fn text(&mut self, spans: usize) -> String {
        self.rounds.sort();
        let place = |part: usize| self.rounds.get(self.rounds.len() / part);
        let nanos = |round: Option<&Duration>| {
            round.map_or(0.0, |time| time.as_nanos() as f64) / spans as f64
        };
        let (quietest, quarter) = (nanos(self.rounds.first()), nanos(place(4)));
        let bar = self.bar.map_or_else(String::new, |bar| format!("{bar:.0}"));
        let verdict = match self.bar {
            Some(bar) if quietest <= bar => "met".to_owned(),
            Some(bar) => format!("{:.0} % over", (quietest / bar - 1.0) * 100.0),
            None => String::new(),
        };
        let bytes = self.bytes as f64 / spans as f64;
        let name = self.name;
        format!("{name:<32}{quietest:>8.0} {quarter:>8.0} {bar:>6}  {verdict:<10} {bytes:>12.1}")
    }
}

/// Of this thread alone.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
