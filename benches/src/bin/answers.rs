//! `answers`: what each step from stored spans to an answer costs, without HTTP. Like `wire` it
//! calls the collector.
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use benches::generate::{Data, Options};
use benches::measure::giant;
use benches::otlp;
use benches::span::Span;
use benches::stream::Stream;
use clap::Parser;
use collector::hops::json::{self, Spans};
use collector::hops::{self, CallTree, Skew};
use collector::wire::{otlp_proto, zipkin_json};
use rustix::time::{ClockId, clock_gettime};
use storage::id::TraceId;
use storage::store::Store;
use storage::time::Clock;
use storage::trace::Trace;
use tokio::runtime::Runtime;

/// Measures the way out: nanoseconds of processor time a span, of the quietest of several rounds, for one trace of
/// 100,000 spans and for many small ones.
#[derive(Parser)]
struct Settings {
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// How many spans the small traces have together
    #[arg(long, default_value_t = 23_000)]
    spans: usize,
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Only the rows whose names have this in them
    #[arg(long, default_value = "")]
    only: String,
}

fn main() -> ExitCode {
    match run(&Settings::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("answers: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(settings: &Settings) -> Result<(), String> {
    let now = Clock::System.now_ms() * 1_000_000;
    let options = Options {
        seed: settings.seed,
        data: Data::Reference,
    };
    let small: Vec<Span> = Stream::new(options, settings.spans, now)
        .flatten()
        .collect();
    let giant = giant::spans(settings.seed, now);
    let giant = Costs::measure(&giant, settings)?;
    let small = Costs::measure(&small, settings)?;
    say("ns a span                   giant    small");
    for ((name, giant), (_, small)) in giant.rows.iter().zip(&small.rows) {
        say(&format!("{name:<24} {giant:>8.0} {small:>8.0}"));
    }
    Ok(())
}

/// What each step costs a span, by its name.
struct Costs<'s> {
    settings: &'s Settings,
    spans: usize,
    rows: Vec<(&'static str, f64)>,
}

impl<'s> Costs<'s> {
    fn measure(sent: &[Span], settings: &'s Settings) -> Result<Self, String> {
        let mut costs = Self {
            settings,
            spans: sent.len(),
            rows: Vec::new(),
        };
        let stored = Stored::new(sent)?;
        let traces = stored.traces()?;
        let kept: usize = traces.iter().map(|trace| trace.spans.len()).sum();
        if kept != sent.len() {
            return Err(format!("{kept} of {} spans were kept", sent.len()));
        }
        let copy = || {
            let spans = traces.iter().flat_map(|trace| &trace.spans);
            spans.cloned().collect::<Vec<_>>()
        };
        costs.add("read and dropped", || (), |()| stored.traces());
        costs.add("grouped and dropped", copy, Trace::group);
        costs.add("dropped", copy, drop);
        let build = |trace| CallTree::build(trace, Skew::Corrected);
        costs.add(
            "hops",
            || (),
            |()| {
                traces
                    .iter()
                    .for_each(|trace| drop(black_box(build(trace))));
            },
        );
        let trees: Vec<_> = traces.iter().map(build).collect();
        let write = |spans| {
            for tree in &trees {
                black_box(json::answer(tree, spans));
            }
        };
        costs.add("hops as JSON", || (), |()| write(Spans::Omitted));
        costs.add("hops and spans as JSON", || (), |()| write(Spans::Included));
        costs.add(
            "Zipkin's JSON",
            || (),
            |()| {
                for trace in &traces {
                    black_box(zipkin_json::encode_spans(&trace.spans));
                }
            },
        );
        costs.add(
            "summaries",
            || (),
            |()| {
                traces
                    .iter()
                    .for_each(|trace| drop(black_box(hops::summary(trace))));
            },
        );
        Ok(costs)
    }

    /// Times `step`; what `prepare` makes for it is not counted.
    fn add<I, O>(&mut self, name: &'static str, prepare: impl Fn() -> I, step: impl Fn(I) -> O) {
        if !name.contains(&self.settings.only) {
            return;
        }
        let nanos = (0..self.settings.rounds.max(1)).map(|_| {
            let input = prepare();
            let began = processor_time();
            drop(black_box(step(input)));
            (processor_time() - began).as_nanos()
        });
        let quietest = nanos.min().unwrap_or(0);
        self.rows.push((name, quietest as f64 / self.spans as f64));
    }
}

/// Spans in a store of their own.
struct Stored {
    runtime: Runtime,
    store: Arc<dyn Store>,
    ids: Vec<TraceId>,
    _folder: tempfile::TempDir,
}

impl Stored {
    fn new(sent: &[Span]) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|error| error.to_string())?;
        let store = open(folder.path())?;
        for spans in sent.chunks(5_000) {
            let decoded = otlp_proto::decode(otlp::protobuf(spans).into())
                .map_err(|error| error.to_string())?;
            runtime
                .block_on(store.write(decoded.batch))
                .map_err(|error| error.to_string())?;
        }
        let mut ids: Vec<_> = sent
            .iter()
            .filter_map(|span| TraceId::new(span.trace_id))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(Self {
            runtime,
            store,
            ids,
            _folder: folder,
        })
    }

    fn traces(&self) -> Result<Vec<Trace>, String> {
        self.runtime
            .block_on(self.store.traces(&self.ids))
            .map_err(|error| error.to_string())
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        let _ = self.runtime.block_on(self.store.close());
    }
}

#[cfg(feature = "local")]
fn open(folder: &Path) -> Result<Arc<dyn Store>, String> {
    use std::time::Duration;
    use storage::local::{Durability, LocalStore, Settings};

    let store = LocalStore::open(Settings {
        data_dir: folder.to_owned(),
        retention: Duration::from_secs(3_600),
        durability: Durability::Os,
        max_disk: None,
        memory: None,
        clock: Clock::System,
    });
    Ok(Arc::new(store.map_err(|error| error.to_string())?))
}

#[cfg(not(feature = "local"))]
fn open(_: &Path) -> Result<Arc<dyn Store>, String> {
    Ok(Arc::new(storage::memory::MemoryStore::new()))
}

/// Of all threads of this process: the store reads on its own.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
