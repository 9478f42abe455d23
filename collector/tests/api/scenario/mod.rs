//! Scenarios: requests and expected answers as data (`collector/tests/scenarios/*.toml`), held
//! against Hopline on each of its stores and against the real Zipkin server.
//!
//! `make zipkin-scenarios` runs them against all three; `ZIPKIN_URL` names a real server that runs
//! already, `ZIPKIN_JAR` one to start, `SCENARIO` a part of the names of those to play.
mod compare;
mod contract;
mod data;
pub(crate) mod peer;
pub(crate) mod words;
pub(crate) mod zipkin_server;

use std::collections::BTreeSet;
use std::path::Path;

use data::Step;
use peer::Peer;
use words::Words;

use crate::client::Connection;

#[test]
fn on_the_memory_store() {
    play(&mut Peer::memory());
}

#[cfg(feature = "local")]
#[test]
fn on_the_local_store() {
    play(&mut Peer::local());
}

#[test]
fn on_the_real_zipkin() {
    match Peer::zipkin() {
        Some(mut peer) => play(&mut peer),
        None => eprintln!("NOT RUN: neither ZIPKIN_URL nor ZIPKIN_JAR is set"),
    }
}

#[test]
fn differences_are_those_of_the_page() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/zipkin-compatibility.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (differences, _clients) = page.split_once("\n# Clients").unwrap();
    let stated: BTreeSet<&str> = differences
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .filter(|what| *what != "what" && !what.starts_with("--"))
        .collect();
    let scenarios = data::read_all();
    let shown: BTreeSet<&str> = scenarios
        .iter()
        .filter_map(|scenario| scenario.difference.as_deref())
        .collect();
    let unknown: Vec<_> = shown.difference(&stated).collect();
    assert!(unknown.is_empty(), "not on the page: {unknown:?}");
    let unshown: Vec<_> = stated
        .difference(&shown)
        .filter(|what| !data::SHOWN_ELSEWHERE.contains(what))
        .collect();
    assert!(unshown.is_empty(), "without a scenario: {unshown:?}");
    for scenario in &scenarios {
        let differs = scenario.steps.iter().any(|step| step.zipkin.is_some());
        assert_eq!(
            differs,
            scenario.difference.is_some(),
            "{}: a scenario that differs names the difference, no other does",
            scenario.name
        );
    }
}

/// Plays all scenarios and tells every one that fails.
fn play(peer: &mut Peer) {
    let mut scenarios = data::read_all();
    // One real server a set of variables.
    scenarios.sort_by(|a, b| a.variables.cmp(&b.variables));
    let only = peer::variable("SCENARIO").unwrap_or_default();
    let mut failures = Vec::new();
    let mut played = 0;
    for (number, scenario) in scenarios.iter().enumerate() {
        if !scenario.name.contains(&only) || !scenario.fits(peer.is_zipkin()) {
            continue;
        }
        played += 1;
        peer.prepare(scenario);
        let words = peer.words(number, scenario);
        for (position, step) in scenario.steps.iter().enumerate() {
            if let Err(text) = check(peer, step, &words) {
                failures.push(format!(
                    "{} ({}), step {}: {}\n{text}\n",
                    scenario.name,
                    scenario.file,
                    position + 1,
                    step.ask
                ));
                break;
            }
        }
    }
    eprintln!("{played} scenarios played, {} failed", failures.len());
    assert!(
        failures.is_empty(),
        "{} of {played} scenarios failed:\n\n{}",
        failures.len(),
        failures.join("\n")
    );
}

fn check(peer: &Peer, step: &Step, words: &Words) -> Result<(), String> {
    let expected = step.expected(peer.is_zipkin());
    let (method, path) = step.ask.split_once(' ').expect("METHOD path");
    let path = words.fill(path);
    let body = step.body(words);
    let headers: Vec<(String, String)> = step
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), words.fill(value)))
        .collect();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let ask = || {
        Connection::open(peer.address())
            .ask(method, &path, &headers, &body)
            .map_err(|error| format!("no answer: {error}"))
            .and_then(|answer| compare::check(&answer, &expected, words))
    };
    // The real server stores after it has answered.
    let mut outcome = ask();
    for _ in 0..peer.patience(method) {
        if outcome.is_ok() {
            break;
        }
        std::thread::park_timeout(std::time::Duration::from_millis(50));
        outcome = ask();
    }
    outcome
}
