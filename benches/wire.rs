//! `wire`: what reading a span costs, for each spelling (bytes of requests in, batches out), and
//! writing one. Like `answers` it calls the collector instead of speaking HTTP.
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use benches::generate::{Data, Options};
use benches::span::Span;
use benches::stream::Stream;
use benches::{otlp, zipkin, zipkin_proto};
use bytes::Bytes;
use clap::{Parser, ValueEnum};
use collector::wire::{self, Decoded, Undecodable};
use storage::id::TraceId;
use storage::time::Clock;

/// Measures the codecs: CPU time a span, median of several rounds over the same requests.
#[derive(Parser)]
struct Settings {
    #[arg(long, default_value_t = 50_000)]
    spans: usize,
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// How often each round reads all requests: the clock moves in steps of milliseconds
    #[arg(long, default_value_t = 10)]
    passes: usize,
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Only this spelling instead of all
    #[arg(long)]
    only: Option<Spelling>,
    /// Three unique values more on every span, clocks in nanoseconds
    #[arg(long)]
    hard: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Spelling {
    OtlpProto,
    ZipkinJson,
    ZipkinProto,
    OtlpJson,
}

impl Spelling {
    const fn write(self) -> fn(&[Span]) -> Vec<u8> {
        match self {
            Self::OtlpProto => otlp::protobuf,
            Self::ZipkinJson => zipkin::json,
            Self::ZipkinProto => zipkin_proto::protobuf,
            Self::OtlpJson => otlp::json,
        }
    }

    const fn read(self) -> fn(Bytes) -> Result<Decoded, Undecodable> {
        match self {
            Self::OtlpProto => wire::otlp_proto::decode,
            Self::ZipkinJson => wire::zipkin_json::decode,
            Self::ZipkinProto => wire::zipkin_proto::decode,
            Self::OtlpJson => wire::otlp_json::decode,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::OtlpProto => "OTLP protobuf",
            Self::ZipkinJson => "Zipkin JSON",
            Self::ZipkinProto => "Zipkin protobuf",
            Self::OtlpJson => "OTLP JSON",
        }
    }

    /// Nanoseconds of processor time a span that reading may cost.
    const fn bar(self) -> Option<f64> {
        match self {
            Self::ZipkinJson => Some(800.0),
            Self::ZipkinProto => Some(200.0),
            Self::OtlpProto | Self::OtlpJson => None,
        }
    }
}

/// What writing a trace of so many spans may cost.
const ENCODED_TRACE_NS: f64 = 25_000.0;
const TRACE_SPANS: f64 = 23.0;

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
    let start = Clock::System.now_ms() * 1_000_000;
    let requests: Vec<_> = Stream::new(options, settings.spans, start).collect();
    say("                               ns/span    MB/s   bytes/span    bar ns/span");
    for spelling in Spelling::value_variants() {
        if settings.only.is_none_or(|only| only == *spelling) {
            let bodies = bodies(*spelling, &requests);
            let read = |body: &Bytes| {
                let decoded = spelling.read()(body.clone());
                let decoded = decoded.map_err(|error| error.to_string())?;
                Ok((decoded.batch.len(), body.len()))
            };
            measure(spelling.name(), spelling.bar(), &bodies, settings, read)?;
        }
    }
    if settings
        .only
        .is_none_or(|only| only == Spelling::ZipkinJson)
    {
        measure_json(&requests, settings)?;
    }
    Ok(())
}

fn bodies(spelling: Spelling, requests: &[Vec<Span>]) -> Vec<Bytes> {
    let bodies = requests.iter().map(|spans| spelling.write()(spans).into());
    bodies.collect()
}

/// Writing traces as Zipkin's JSON, and both ways with the generic values of serde_json for scale.
fn measure_json(requests: &[Vec<Span>], settings: &Settings) -> Result<(), String> {
    let bodies = bodies(Spelling::ZipkinJson, requests);
    measure(
        "Zipkin JSON to serde_json values",
        None,
        &bodies,
        settings,
        |body| {
            let values: Vec<serde_json::Value> =
                serde_json::from_slice(body).map_err(|error| error.to_string())?;
            Ok((values.len(), body.len()))
        },
    )?;
    let traces = traces(&bodies)?;
    measure(
        "traces to Zipkin JSON",
        Some(ENCODED_TRACE_NS / TRACE_SPANS),
        &traces,
        settings,
        |spans| Ok((spans.len(), wire::zipkin_json::encode_spans(spans).len())),
    )?;
    let values: Result<Vec<Vec<serde_json::Value>>, String> = traces
        .iter()
        .map(|spans| {
            let json = wire::zipkin_json::encode_spans(spans);
            serde_json::from_slice(&json).map_err(|error| error.to_string())
        })
        .collect();
    measure(
        "serde_json values to JSON",
        None,
        &values?,
        settings,
        |values| {
            let json = serde_json::to_vec(values).map_err(|error| error.to_string())?;
            Ok((values.len(), json.len()))
        },
    )
}

/// The traces of which all spans are in one request, as a store gives them.
fn traces(bodies: &[Bytes]) -> Result<Vec<Vec<storage::span::Span>>, String> {
    let mut traces: BTreeMap<TraceId, Vec<storage::span::Span>> = BTreeMap::new();
    for body in bodies {
        let decoded = wire::zipkin_json::decode(body.clone()).map_err(|error| error.to_string())?;
        for span in decoded
            .batch
            .to_spans()
            .map_err(|error| error.to_string())?
        {
            traces.entry(span.trace_id).or_default().push(span);
        }
    }
    Ok(traces.into_values().collect())
}

/// Prints a row: `work` tells the spans and bytes of one input; the median of the rounds counts.
fn measure<T>(
    name: &str,
    bar: Option<f64>,
    inputs: &[T],
    settings: &Settings,
    work: impl Fn(&T) -> Result<(usize, usize), String>,
) -> Result<(), String> {
    let mut seconds = Vec::new();
    let passes = settings.passes.max(1);
    let (mut spans, mut bytes) = (0, 0);
    for _ in 0..settings.rounds.max(1) {
        (spans, bytes) = (0, 0);
        let stopwatch = Stopwatch::start();
        for input in inputs.iter().cycle().take(passes * inputs.len()) {
            let (some_spans, some_bytes) = work(input)?;
            spans += some_spans;
            bytes += some_bytes;
        }
        seconds.push(stopwatch.seconds());
    }
    if spans < settings.spans * passes {
        return Err(format!("{name}: {spans} spans in {passes} passes"));
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    let (spans, bytes) = (spans as f64, bytes as f64);
    let bar = bar.map_or_else(String::new, |bar| format!("{bar:.0}"));
    say(&format!(
        "{name:<28} {:>9.0} {:>7.0} {:>12.1} {bar:>14}",
        median / spans * 1e9,
        bytes / median / 1e6,
        bytes / spans
    ));
    Ok(())
}

/// Time of this thread on a processor where the system tells it (Linux), otherwise of the wall.
struct Stopwatch {
    wall: Instant,
    cpu: Option<u64>,
}

impl Stopwatch {
    fn start() -> Self {
        Self {
            wall: Instant::now(),
            cpu: cpu_nanos(),
        }
    }

    fn seconds(&self) -> f64 {
        match (self.cpu, cpu_nanos()) {
            (Some(before), Some(now)) => (now - before) as f64 / 1e9,
            _ => self.wall.elapsed().as_secs_f64(),
        }
    }
}

/// The kernel adds to this figure at every tick of its clock, so it is good for rounds of many
/// milliseconds.
fn cpu_nanos() -> Option<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok()
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
