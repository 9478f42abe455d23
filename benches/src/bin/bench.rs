//! `bench`: how much a Hopline server takes, what it costs, and how fast it answers.
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use benches::generate::{Data, Known, Options};
use benches::measure::load::{self, CONNECTIONS, Load, Sent};
use benches::measure::questions::{self, Asked};
use benches::measure::server::Server;
use benches::stream::Stream;
use benches::{otlp, zipkin};
use clap::{Parser, ValueEnum};
use serde_json::{Value, json};
use storage::time::Clock;

/// Measures a Hopline server: load, cost and answers, in both languages.
#[derive(Parser)]
struct Settings {
    /// The binary to measure; a release build with the store on disk
    #[arg(long)]
    hopline: Option<PathBuf>,
    #[arg(long, default_value_t = 1_000_000)]
    spans: usize,
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Only this format instead of both
    #[arg(long)]
    only: Option<Format>,
    /// Three unique values more on every span, clocks in nanoseconds, 40 processes a service
    #[arg(long)]
    hard: bool,
    /// How the server makes spans durable before it acknowledges them
    #[arg(long, default_value = "fsync")]
    durability: String,
    /// The server's store; `memory` is for trying the bench itself
    #[arg(long, default_value = "local")]
    storage: String,
    /// Where to append the figures as one line of JSON
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/results.jsonl"))]
    results: PathBuf,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    Otlp,
    Zipkin,
}

/// What was prepared for one run.
struct Prepared {
    load: Load,
    known: Vec<Known>,
    spans: usize,
    attributes: usize,
}

fn main() -> ExitCode {
    match run(&Settings::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("bench: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(settings: &Settings) -> Result<(), String> {
    let mut runs = Vec::new();
    for format in [Format::Otlp, Format::Zipkin] {
        if settings.only.is_none_or(|only| only == format) {
            runs.push(measure(settings, format)?);
        }
    }
    let line = json!({
        "commit": output("git", &["describe", "--always", "--dirty"]),
        "date": output("date", &["-u", "+%FT%TZ"]),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "data": if settings.hard { "hard" } else { "reference" },
        "seed": settings.seed,
        "storage": settings.storage,
        "durability": settings.durability,
        "connections": CONNECTIONS,
        "runs": runs,
    });
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(&settings.results)
        .and_then(|mut file| writeln!(file, "{line}"))
        .map_err(|error| format!("cannot append to {}: {error}", settings.results.display()))
}

fn measure(settings: &Settings, format: Format) -> Result<Value, String> {
    let prepared = prepare(settings, format);
    let bytes: usize = prepared.load.bodies.iter().map(Vec::len).sum();
    let extra = [
        ("--durability", &settings.durability),
        ("--storage", &settings.storage),
    ];
    let server = Server::start(&binary(settings), &extra)?;
    let idle_mb = server.resident_mb();
    let cpu_before = server.cpu_seconds();
    let sent = load::send(&server.address, &prepared.load)?;
    let settled = load::settle(&server)?;
    let cpu_seconds = server.cpu_seconds() - cpu_before;
    let peak_mb = server.resident_peak_mb();
    let asked = questions::ask(&server.address, &prepared.known, Clock::System.now_ms());

    let spans = prepared.spans as f64;
    let figures = [
        ("spans", spans),
        ("spans a trace", spans / prepared.known.len() as f64),
        ("attributes a span", prepared.attributes as f64 / spans),
        ("bytes sent a span", bytes as f64 / spans),
        ("cpu seconds", cpu_seconds),
        ("spans per cpu-second", spans / cpu_seconds),
        ("spans per second, wall", spans / sent.seconds),
        ("acknowledged p50 ms", sent.acknowledged.percentile_ms(50)),
        ("acknowledged p99 ms", sent.acknowledged.percentile_ms(99)),
        ("asked to wait", sent.retries as f64),
        ("disk bytes a span", server.disk_bytes() as f64 / spans),
        ("resident MB, idle", idle_mb),
        ("resident MB, peak", peak_mb),
    ];
    print_table(settings, format, settled, &figures, &asked);
    Ok(line(format, settled, &sent, &figures, &asked))
}

fn prepare(settings: &Settings, format: Format) -> Prepared {
    let data = if settings.hard {
        Data::Hard
    } else {
        Data::Reference
    };
    // The traffic ends now: servers look for recent spans, and drop old ones.
    let start = Clock::System.now_ms() * 1_000_000 - Stream::length(settings.spans);
    let mut stream = Stream::new(
        Options {
            seed: settings.seed,
            data,
        },
        settings.spans,
        start,
    );
    let (mut spans, mut attributes) = (0, 0);
    let bodies = stream
        .by_ref()
        .map(|body| {
            spans += body.len();
            attributes += body.iter().map(|span| span.attributes.len()).sum::<usize>();
            match format {
                Format::Otlp => otlp::protobuf(&body),
                Format::Zipkin => zipkin::json(&body),
            }
        })
        .collect();
    let (path, content_type) = match format {
        Format::Otlp => ("/v1/traces", "application/x-protobuf"),
        Format::Zipkin => ("/api/v2/spans", "application/json"),
    };
    let load = Load {
        path,
        content_type,
        bodies,
    };
    Prepared {
        load,
        known: stream.known,
        spans,
        attributes,
    }
}

fn binary(settings: &Settings) -> PathBuf {
    settings.hopline.clone().unwrap_or_else(|| {
        // The release build beside this one.
        let beside = std::env::current_exe().unwrap_or_default();
        beside.with_file_name("../release/hopline")
    })
}

fn print_table(
    settings: &Settings,
    format: Format,
    settled: &str,
    figures: &[(&str, f64)],
    asked: &[Asked],
) {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    say(&format!(
        "\n{} · {} data · seed {} · {} store · durability {} · {cores} cores · {CONNECTIONS} connections · \
         at rest: {settled}",
        name(format),
        if settings.hard { "hard" } else { "reference" },
        settings.seed,
        settings.storage,
        settings.durability,
    ));
    for (name, value) in figures {
        say(&format!("  {name:<30}{value:>14.1}"));
    }
    say(&format!(
        "  {:<30}{:>10}{:>10}",
        "over HTTP, in ms", "p50", "p99"
    ));
    for asked in asked {
        match &asked.wrong {
            Some(wrong) => say(&format!("  {:<30}  not measured: {wrong}", asked.name)),
            None => say(&format!(
                "  {:<30}{:>10.2}{:>10.2}",
                asked.name,
                asked.times.percentile_ms(50),
                asked.times.percentile_ms(99)
            )),
        }
    }
}

fn line(
    format: Format,
    settled: &str,
    sent: &Sent,
    figures: &[(&str, f64)],
    asked: &[Asked],
) -> Value {
    let figures: serde_json::Map<_, _> = figures
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!((value * 100.0).round() / 100.0)))
        .collect();
    let answers: serde_json::Map<_, _> = asked
        .iter()
        .map(|asked| {
            let (p50, p99) = (asked.times.percentile_ms(50), asked.times.percentile_ms(99));
            let value = match &asked.wrong {
                Some(_) => Value::Null,
                None => json!({ "p50 ms": p50, "p99 ms": p99 }),
            };
            (asked.name.to_owned(), value)
        })
        .collect();
    json!({
        "format": name(format),
        "settled": settled,
        "seconds": sent.seconds,
        "figures": figures,
        "answers": answers,
    })
}

const fn name(format: Format) -> &'static str {
    match format {
        Format::Otlp => "OTLP protobuf",
        Format::Zipkin => "Zipkin v2 JSON",
    }
}

fn output(program: &str, arguments: &[&str]) -> String {
    Command::new(program)
        .args(arguments)
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn say(text: &str) {
    println!("{text}");
}
