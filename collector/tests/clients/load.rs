//! `telemetrygen`, many at once: all that they send arrives, also when Hopline is killed and when it
//! refuses meanwhile, since the SDK in them sends again what it was told to. Only over HTTP it gives
//! up a batch, and says so, for which there was no connection.
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::hopline::Hopline;
use crate::kit::{Installed, Kit, Said, finish};
use crate::told::list;

/// Of one `telemetrygen`: fewer spans than its SDK's queue holds (2,048), which drops the others.
const TRACES: usize = 190;
const SPANS_OF_A_TRACE: usize = 10;
const PROCESSES: usize = 12;
/// Spans of a request, at most.
const BATCH: usize = 100;
pub(crate) const SPANS: usize = PROCESSES * TRACES * SPANS_OF_A_TRACE;
/// How long something may take that happens at some time.
const PATIENCE: Duration = Duration::from_secs(90);
/// Bytes for bodies under way with which nothing of more than a few spans is taken.
const NO_MEMORY: [&str; 2] = ["--ingest-memory", "2KiB"];

#[derive(Clone, Copy, Debug)]
pub(crate) enum Transport {
    Grpc,
    Http,
}

#[test]
fn telemetrygen_over_grpc() {
    all_at_once(Transport::Grpc);
}

#[test]
fn telemetrygen_over_http() {
    all_at_once(Transport::Http);
}

#[test]
fn telemetrygen_over_grpc_while_hopline_is_killed_and_refuses() {
    killed_and_refusing(Transport::Grpc);
}

#[test]
fn telemetrygen_over_http_while_hopline_is_killed_and_refuses() {
    killed_and_refusing(Transport::Http);
}

/// As fast as they can.
fn all_at_once(transport: Transport) {
    let Some(kit) = Kit::Otelcol.installed() else {
        return;
    };
    let hopline = Hopline::start();
    let said = send(&kit, door(&hopline, transport), transport, 0);
    assert_eq!(given_up(&said), Vec::<String>::new());
    let accepted = hopline.metric("hopline_spans_accepted_total", "otlp_proto");
    assert_eq!(accepted, SPANS as f64);
    assert_eq!(arrived(&hopline), SPANS);
}

/// Killed when some have arrived, then up again but refusing everything, then killed and well.
fn killed_and_refusing(transport: Transport) {
    let Some(kit) = Kit::Otelcol.installed_to_kill() else {
        return;
    };
    let mut hopline = Hopline::start();
    let door = door(&hopline, transport);
    std::thread::scope(|scope| {
        let fleet = scope.spawn(|| send(&kit, door, transport, 500));
        some_have_arrived(&hopline);
        hopline.kill();
        hopline.start_again_with(&NO_MEMORY);
        // Each of them comes back after some five seconds.
        are_refused(&hopline, PROCESSES / 2);
        hopline.kill();
        hopline.start_again_with(&[]);
        let given_up = given_up(&fleet.join().unwrap());
        let had_no_connection = |why: &String| {
            let reasons = [
                "connection refused",
                "connection reset",
                "EOF",
                "broken pipe",
            ];
            reasons.iter().any(|reason| why.contains(reason))
        };
        match transport {
            Transport::Grpc => assert_eq!(given_up, Vec::<String>::new()),
            Transport::Http => assert!(given_up.iter().all(had_no_connection), "{given_up:#?}"),
        }
        let arrived = arrived(&hopline);
        let lost = given_up.len() * BATCH;
        assert!(
            (SPANS - lost..=SPANS).contains(&arrived),
            "{arrived} of {SPANS} spans, {given_up:#?}"
        );
    });
}

/// Of each batch that was given up, and of each partial success, what the SDK says of it.
fn given_up(fleet: &[Said]) -> Vec<String> {
    let lines = fleet.iter().flat_map(|said| said.complained.lines());
    let failures = lines.filter(|line| {
        let line = line.to_lowercase();
        line.contains("traces export") || line.contains("partial success")
    });
    failures.map(str::to_owned).collect()
}

fn door(hopline: &Hopline, transport: Transport) -> SocketAddr {
    match transport {
        Transport::Grpc => hopline.doors().otlp_grpc,
        Transport::Http => hopline.doors().otlp_http,
    }
}

/// Runs the whole fleet to its end, each at so many spans per second; 0 is as fast as it can.
pub(crate) fn send(
    kit: &Installed,
    door: SocketAddr,
    transport: Transport,
    rate: usize,
) -> Vec<Said> {
    std::thread::scope(|scope| {
        let fleet: Vec<_> = (0..PROCESSES)
            .map(|number| {
                let mut command = kit.command("telemetrygen");
                let children = SPANS_OF_A_TRACE - 1;
                command
                    // The SDK tries again for a minute, if it is let.
                    .env("OTEL_BSP_EXPORT_TIMEOUT", "90000")
                    .args(["traces", "--otlp-insecure", "--timeout", "90s"])
                    .args(["--batch-size", &BATCH.to_string()])
                    .args(["--otlp-endpoint", &door.to_string()])
                    .args(["--service", &service(number)])
                    .args(["--traces", &TRACES.to_string()])
                    .args(["--child-spans", &children.to_string()])
                    .args(["--rate", &rate.to_string()]);
                if matches!(transport, Transport::Http) {
                    command.arg("--otlp-http");
                }
                scope.spawn(move || finish(&mut command))
            })
            .collect();
        let ended = fleet.into_iter().map(|one| one.join().unwrap());
        ended.collect()
    })
}

fn service(number: usize) -> String {
    format!("load-{number}")
}

/// Waits until the load is well under way.
pub(crate) fn some_have_arrived(hopline: &Hopline) {
    until("spans have arrived", || {
        hopline.metric("hopline_spans_accepted_total", "") > SPANS as f64 / 10.0
    });
}

/// Waits until so many requests were told to come back.
pub(crate) fn are_refused(hopline: &Hopline, requests: usize) {
    until("requests are refused", || {
        hopline.metric("hopline_ingest_rejected_total", "503") >= requests as f64
    });
}

/// Polls until it is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "never: {what}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// How many spans of the fleet can be found: each trace by a search, each span counted once.
pub(crate) fn arrived(hopline: &Hopline) -> usize {
    let mut spans = 0;
    for number in 0..PROCESSES {
        let path = format!(
            "/api/v2/traces?serviceName={}&limit=1000&lookback=3600000",
            service(number)
        );
        let mut traces: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for span in list(&hopline.json(&path)).iter().flat_map(list) {
            let text = |value: &Value| value.as_str().expect("an id is a text").to_owned();
            let trace = traces.entry(text(&span["traceId"])).or_default();
            trace.insert(text(&span["id"]));
        }
        spans += traces.values().map(BTreeSet::len).sum::<usize>();
    }
    spans
}
