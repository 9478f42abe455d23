//! `bench`: how much a Hopline server takes, what it costs, and how fast it answers, against the
//! bars it must meet and beside the real Zipkin server.
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use benches::generate::Data;
use benches::ledger::Ledger;
use benches::measure::giant::Giant;
use benches::measure::load::{self, CONNECTIONS};
use benches::measure::oracle::{Oracle, Order};
use benches::measure::questions::{self, Api};
use benches::measure::readers::Beside;
use benches::measure::server::{Hopline, Launch};
use benches::measure::table::{Figure, Runs, count};
use benches::measure::traffic::{Format, Prepared, Traffic};
use benches::measure::trial::{DISK, RESTART, SPANS_PER_CPU_SECOND, Trial};
use benches::measure::{side_by_side, zipkin_server};
use clap::{Parser, ValueEnum};
use serde_json::{Value, json};
use storage::time::Clock;

/// Measures a Hopline server: load, cost and answers, against its bars and beside Zipkin.
#[derive(Parser)]
struct Settings {
    /// The binary to measure; a release build with the store on disk
    #[arg(long)]
    hopline: Option<PathBuf>,
    #[arg(long, default_value_t = 1_000_000)]
    spans: usize,
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Only this part
    #[arg(long)]
    only: Option<Part>,
    /// The part with ten times as many spans, too
    #[arg(long)]
    full: bool,
    /// The real Zipkin server beside it: needs Java, and the network the first time
    #[arg(long)]
    zipkin: bool,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// OTLP, questions, the trace of a hundred thousand spans
    Otlp,
    /// Zipkin JSON, questions, and the real Zipkin server if asked for
    Zipkin,
    /// OTLP over gRPC and, with the same messages, over HTTP: the load alone
    Grpc,
    /// Three unique values more on every span, clocks in nanoseconds, 40 processes a service
    Hard,
    /// Ten times as many spans
    Full,
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
    say(&format!(
        "{} spans · seed {} · {} store · durability {} · {} cores · {CONNECTIONS} connections",
        count(settings.spans as f64),
        settings.seed,
        settings.storage,
        settings.durability,
        cores()
    ));
    let not_run = || "not run".to_owned();
    let mut runs = Runs {
        otlp: Err(not_run()),
        zipkin: Err(not_run()),
        grpc: Err(not_run()),
        hard: Err(not_run()),
        small: Err(not_run()),
        large: Err("not run: make bench-full".to_owned()),
        giant: Err(not_run()),
        beside: Err(not_run()),
    };
    let mut real = None;
    // What fails costs its own rows only.
    if settings.wants(Part::Otlp) {
        (runs.otlp, runs.giant, runs.beside) = settings.otlp();
    }
    if settings.wants(Part::Zipkin) {
        let (zipkin, beside) = settings.zipkin_json();
        (runs.zipkin, real) = (zipkin, Some(beside));
    }
    if settings.wants(Part::Grpc) {
        runs.grpc = settings.grpc();
    }
    if settings.wants(Part::Hard) {
        runs.hard = settings.hard();
    }
    if settings.wants(Part::Full) {
        (runs.small, runs.large) = (settings.live(1), settings.live(10));
    }
    let figures = runs.figures();
    runs.giant_line().iter().for_each(|line| say(line));
    runs.beside_line().iter().for_each(|line| say(line));
    say(&Figure::head());
    figures.iter().for_each(|figure| say(&figure.line()));
    let beside = match (&runs.zipkin, &real) {
        (Ok(own), Some(Ok(real))) => {
            let lines = side_by_side::lines(own, real);
            lines.iter().for_each(|line| say(line));
            side_by_side::json(own, real)
        }
        (_, Some(Err(why))) => {
            say(&format!(
                "\nside by side with the real Zipkin server: not run: {why}"
            ));
            json!({ "not run": why })
        }
        _ => Value::Null,
    };
    settings.append(&runs, &figures, &beside)?;
    let wanted = [
        (Part::Otlp, &runs.otlp),
        (Part::Zipkin, &runs.zipkin),
        (Part::Hard, &runs.hard),
        (Part::Full, &runs.small),
        (Part::Full, &runs.large),
    ];
    for (part, trial) in wanted {
        if let (true, Err(error)) = (settings.wants(part), trial) {
            return Err(format!("{part:?}: {error}"));
        }
    }
    match &runs.grpc {
        Err(error) if settings.wants(Part::Grpc) => Err(format!("Grpc: {error}")),
        _ => Ok(()),
    }
}

impl Settings {
    fn wants(&self, part: Part) -> bool {
        match self.only {
            Some(only) => only == part,
            None => part != Part::Full || self.full,
        }
    }

    fn traffic(&self, format: Format, data: Data) -> Traffic {
        Traffic {
            format,
            data,
            seed: self.seed,
            spans: self.spans,
        }
    }

    fn launch(&self) -> Launch {
        Launch {
            binary: self.hopline.clone().unwrap_or_else(|| {
                // The release build beside this one.
                let beside = std::env::current_exe().unwrap_or_default();
                beside.with_file_name("../release/hopline")
            }),
            durability: self.durability.clone(),
            storage: self.storage.clone(),
        }
    }

    /// Hopline, the trace of a hundred thousand spans beside the million, and readers beside
    /// writers.
    fn otlp(
        &self,
    ) -> (
        Result<Trial, String>,
        Result<Giant, String>,
        Result<Beside, String>,
    ) {
        let prepared = self.traffic(Format::Otlp, Data::Reference).prepare();
        let mut giant = Err("not run".to_owned());
        let mut beside = Err("not run".to_owned());
        let trial = self.reference(Format::Otlp, &prepared, |hopline| {
            let now = Clock::System.now_ms() * 1_000_000;
            giant = Giant::measure(&hopline.server.address, self.seed, now);
            beside = Beside::measure(&hopline.server.address, self.seed);
        });
        (trial, giant, beside)
    }

    /// Hopline and, with the same requests, the real Zipkin server.
    fn zipkin_json(&self) -> (Result<Trial, String>, Result<Trial, String>) {
        let prepared = self.traffic(Format::Zipkin, Data::Reference).prepare();
        let own = self.reference(Format::Zipkin, &prepared, |_| ());
        let real = if self.zipkin {
            beside(&prepared)
        } else {
            Err("--zipkin was not given".to_owned())
        };
        (own, real)
    }

    /// Load, questions, whatever comes then, and a restart.
    fn reference(
        &self,
        format: Format,
        prepared: &Prepared,
        then: impl FnOnce(&Hopline),
    ) -> Result<Trial, String> {
        let mut hopline = Hopline::start(&self.launch())?;
        let mut trial = prepared_trial(&hopline, format.name(), format, prepared)?;
        ask(&mut trial, &hopline, &prepared.ledger);
        then(&hopline);
        self.restart(&mut trial, &mut hopline, &prepared.ledger)?;
        print(&trial);
        Ok(trial)
    }

    /// Each load on a server of its own, whose data folder is empty; in turn, since the machine's
    /// own noise is larger than the difference. The quietest of each counts.
    fn grpc(&self) -> Result<(Trial, Trial), String> {
        let prepared = self.traffic(Format::Grpc, Data::Reference).prepare();
        let load = |format: Format, title: &str| {
            let hopline = Hopline::start(&self.launch())?;
            prepared_trial(&hopline, title, format, &prepared)
        };
        let (mut best_grpc, mut best_http) = (None, None);
        for _ in 0..GRPC_ROUNDS {
            let http = load(Format::Otlp, "OTLP protobuf over HTTP, the load alone")?;
            best_http = quieter(best_http, http)?;
            let grpc = load(Format::Grpc, "OTLP protobuf over gRPC, the load alone")?;
            best_grpc = quieter(best_grpc, grpc)?;
        }
        let both = best_grpc.zip(best_http).ok_or("not measured")?;
        print(&both.1);
        print(&both.0);
        Ok(both)
    }

    fn hard(&self) -> Result<Trial, String> {
        let prepared = self.traffic(Format::Otlp, Data::Hard).prepare();
        let hopline = Hopline::start(&self.launch())?;
        let trial = prepared_trial(
            &hopline,
            "OTLP protobuf, hard data",
            Format::Otlp,
            &prepared,
        )?;
        print(&trial);
        Ok(trial)
    }

    /// So many times as many spans, made while they are sent.
    fn live(&self, times: usize) -> Result<Trial, String> {
        let mut traffic = self.traffic(Format::Otlp, Data::Reference);
        traffic.spans *= times;
        let mut hopline = Hopline::start(&self.launch())?;
        let title = "OTLP protobuf, made while it is sent (wall time means little)".to_owned();
        let (mut trial, ledger) = Trial::run(title, Format::Otlp, &hopline.server, |address| {
            traffic.live(|bodies| load::send(address, Format::Otlp, bodies.into_iter()))
        })?;
        trial.add(DISK, hopline.disk_bytes() as f64 / ledger.spans as f64);
        ask(&mut trial, &hopline, &ledger);
        self.restart(&mut trial, &mut hopline, &ledger)?;
        print(&trial);
        Ok(trial)
    }

    fn restart(
        &self,
        trial: &mut Trial,
        hopline: &mut Hopline,
        ledger: &Ledger,
    ) -> Result<(), String> {
        let Some(entry) = ledger.traces.first().filter(|_| self.storage == "local") else {
            return Ok(());
        };
        let oracle = Oracle::new(ledger, Order::Root);
        let path = questions::trace_path(entry);
        let seconds = hopline.restart(&path, |answer| oracle.trace(entry, answer))?;
        trial.add(RESTART, seconds);
        Ok(())
    }

    fn append(&self, runs: &Runs, figures: &[Figure], beside: &Value) -> Result<(), String> {
        let line = json!({
            "commit": output("git", &["describe", "--always", "--dirty"]),
            "date": output("date", &["-u", "+%FT%TZ"]),
            "cores": cores(),
            "spans": self.spans,
            "seed": self.seed,
            "storage": self.storage,
            "durability": self.durability,
            "connections": CONNECTIONS,
            "figures": figures.iter().map(Figure::json).collect::<Vec<_>>(),
            "runs": runs.trials().map(Trial::json).collect::<Vec<_>>(),
            "side by side": beside,
        });
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.results)
            .and_then(|mut file| writeln!(file, "{line}"))
            .map_err(|error| format!("cannot append to {}: {error}", self.results.display()))
    }
}

/// That of both which cost less.
fn quieter(known: Option<Trial>, trial: Trial) -> Result<Option<Trial>, String> {
    let Some(known) = known else {
        return Ok(Some(trial));
    };
    let is_quieter = trial.figure(SPANS_PER_CPU_SECOND)? > known.figure(SPANS_PER_CPU_SECOND)?;
    Ok(Some(if is_quieter { trial } else { known }))
}

const GRPC_ROUNDS: usize = 3;

fn prepared_trial(
    hopline: &Hopline,
    title: &str,
    format: Format,
    prepared: &Prepared,
) -> Result<Trial, String> {
    let (mut trial, ledger) = Trial::run(title.to_owned(), format, &hopline.server, |address| {
        let sent = load::send(address, format, prepared.bodies.iter());
        (sent, &prepared.ledger)
    })?;
    trial.add(DISK, hopline.disk_bytes() as f64 / ledger.spans as f64);
    Ok(trial)
}

fn ask(trial: &mut Trial, hopline: &Hopline, ledger: &Ledger) {
    let oracle = Oracle::new(ledger, Order::Root);
    let (address, now) = (&hopline.server.address, Clock::System.now_ms());
    trial.answered(questions::ask(address, Api::Hopline, &oracle, now));
}

/// The real Zipkin server under the same requests.
fn beside(prepared: &Prepared) -> Result<Trial, String> {
    let server = zipkin_server::start(prepared.ledger.spans)?;
    let title = format!(
        "the real Zipkin server {}, memory store",
        zipkin_server::VERSION
    );
    let (mut trial, ledger) = Trial::run(title, Format::Zipkin, &server, |address| {
        let sent = load::send(address, Format::Zipkin, prepared.bodies.iter());
        (sent, &prepared.ledger)
    })?;
    let oracle = Oracle::new(ledger, Order::LatestSpan);
    let now = Clock::System.now_ms();
    trial.answered(questions::ask(&server.address, Api::Zipkin, &oracle, now));
    print(&trial);
    Ok(trial)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}

fn output(program: &str, arguments: &[&str]) -> String {
    Command::new(program)
        .args(arguments)
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}

fn print(trial: &Trial) {
    trial.lines().iter().for_each(|line| say(line));
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn say(text: &str) {
    println!("{text}");
}
