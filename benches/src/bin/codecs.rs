//! `codecs`: what reading a span costs, for each spelling: bytes of requests in, batches out. The
//! only part of this crate that calls the collector instead of speaking HTTP.
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
}

fn main() -> ExitCode {
    match run(&Settings::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("codecs: {error}"));
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
    say("                   ns/span    MB/s   bytes/span");
    for spelling in Spelling::value_variants() {
        if settings.only.is_none_or(|only| only == *spelling) {
            measure(*spelling, &requests, settings)?;
        }
    }
    Ok(())
}

fn measure(spelling: Spelling, requests: &[Vec<Span>], settings: &Settings) -> Result<(), String> {
    let bodies: Vec<Bytes> = requests
        .iter()
        .map(|spans| spelling.write()(spans).into())
        .collect();
    let sent: usize = requests.iter().map(Vec::len).sum();
    let bytes: usize = bodies.iter().map(Bytes::len).sum();
    let mut seconds = Vec::new();
    let passes = settings.passes.max(1);
    for _ in 0..settings.rounds.max(1) {
        let stopwatch = Stopwatch::start();
        let mut kept = 0;
        for body in bodies.iter().cycle().take(passes * bodies.len()) {
            let decoded = spelling.read()(body.clone()).map_err(|error| error.to_string())?;
            kept += decoded.batch.len();
        }
        seconds.push(stopwatch.seconds() / passes as f64);
        if kept != sent * passes {
            return Err(format!("{kept} of {} spans were kept", sent * passes));
        }
    }
    seconds.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    let (spans, bytes) = (sent as f64, bytes as f64);
    say(&format!(
        "{:<16} {:>9.0} {:>7.0} {:>12.1}",
        spelling.name(),
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
