//! `telemetrygen`, many at once: all that they send arrives, also when Hopline is killed and when it
//! refuses meanwhile, since the SDK in them sends again what it was told to.
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
    said.iter().for_each(assert_all_sent);
    let accepted = hopline.metric("hopline_spans_accepted_total", "otlp_proto");
    assert_eq!(accepted, SPANS as f64);
    assert_eq!(arrived(&hopline), SPANS);
}

/// Killed when some have arrived, then up again but refusing everything, then killed and well.
fn killed_and_refusing(transport: Transport) {
    let Some(kit) = Kit::Otelcol.installed() else {
        return;
    };
    let mut hopline = Hopline::start();
    let door = door(&hopline, transport);
    std::thread::scope(|scope| {
        let fleet = scope.spawn(|| send(&kit, door, transport, 500));
        some_have_arrived(&hopline);
        hopline.kill();
        hopline.start_again_with(&NO_MEMORY);
        some_are_refused(&hopline);
        hopline.kill();
        hopline.start_again_with(&[]);
        fleet.join().unwrap().iter().for_each(assert_all_sent);
    });
    assert_eq!(arrived(&hopline), SPANS);
}

/// Its SDK tells of each batch that it gave up, and of each partial success.
fn assert_all_sent(said: &Said) {
    let log = said.complained.to_lowercase();
    assert!(!log.contains("traces export"), "{log}");
    assert!(!log.contains("partial success"), "{log}");
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
                    .args(["traces", "--otlp-insecure", "--timeout", "60s"])
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

/// Waits until many requests were told to come back.
pub(crate) fn some_are_refused(hopline: &Hopline) {
    until("requests are refused", || {
        hopline.metric("hopline_ingest_rejected_total", "503") >= 20.0
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
