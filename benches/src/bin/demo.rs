//! `demo`: the traffic of a small shop, live, until it is stopped.
use std::process::ExitCode;
use std::time::{Duration, Instant};

use benches::demo::{Reporter, SERVICES, Visit, visit};
use benches::random::Random;
use clap::Parser;
use storage::time::Clock;

/// Sends the traffic of a small shop to a Hopline server until it is stopped.
#[derive(Parser)]
struct Settings {
    /// Where the server is
    #[arg(long, default_value = "http://127.0.0.1:9411")]
    url: String,
    /// Traces a second
    #[arg(long, default_value_t = 5.0)]
    rate: f64,
    /// Stop after so many traces
    #[arg(long)]
    count: Option<u64>,
    /// Draw the same visits again; the time decides otherwise
    #[arg(long)]
    seed: Option<u64>,
}

const SAY_EVERY: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    match run(&Settings::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("demo: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(settings: &Settings) -> Result<(), String> {
    let url = settings.url.trim_end_matches('/');
    let address = url
        .strip_prefix("http://")
        .filter(|address| address.contains(':') && !address.contains('/'))
        .ok_or_else(|| format!("--url {url}: say it as http://HOST:PORT"))?;
    if !(0.01..=10_000.0).contains(&settings.rate) {
        return Err(format!("--rate {}: between 0.01 and 10000", settings.rate));
    }
    let clock = Clock::System;
    let mut random = Random::seeded(settings.seed.unwrap_or_else(|| clock.now_ms()));
    let mut reporter = Reporter::to(address);
    let pause = Duration::from_secs_f64(1.0 / settings.rate);
    let (began, mut sent, mut said) = (Instant::now(), 0, None::<Instant>);
    while settings.count.is_none_or(|count| sent < count) {
        let visit = visit(&mut random, clock.now_ms() * 1_000_000);
        match reporter.report(&visit) {
            Ok(()) => sent += 1,
            Err(error) if sent == 0 => {
                return Err(format!(
                    "no spans taken at {url} ({error}); start the server first, or say --url"
                ));
            }
            // A demo outlives a restart of the server.
            Err(error) => say(&format!("not taken, going on: {error}")),
        }
        if said.is_none_or(|said| said.elapsed() >= SAY_EVERY) || settings.count == Some(sent) {
            said = Some(Instant::now());
            describe(url, sent, &visit);
        }
        if settings.count != Some(sent) {
            let due = pause.mul_f64(sent as f64);
            std::thread::park_timeout(due.saturating_sub(began.elapsed()).clamp(pause / 10, pause));
        }
    }
    Ok(())
}

fn describe(url: &str, sent: u64, visit: &Visit) {
    say(&format!(
        "{sent} traces from {} services. The last: {}\n  {url}/traces/{:032x}   {}",
        SERVICES.len(),
        visit.story,
        visit.trace_id,
        visit.request_id
    ));
}

#[expect(clippy::print_stdout, reason = "the lines are what people watch")]
fn say(text: &str) {
    println!("{text}");
}
