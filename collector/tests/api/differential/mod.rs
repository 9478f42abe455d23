//! The differential fuzz: generated lists of spans go to Hopline on each of its stores and to the
//! real Zipkin server, all are asked the same, and the answers must agree.
//!
//! `make differential LISTS=100000` runs many with a seed of their own, which is printed; `SEED=`
//! repeats one. What differs is shrunk and told as a scenario: once it is understood it goes into
//! `collector/tests/scenarios/`. CI plays [`LISTS_OF_CI`] of one seed.
mod bodies;
mod compare;
mod contradictions;
mod elements;
mod first_model;
mod generate;
mod peers;
mod play;
mod questions;
mod round;
mod shrink;
mod spans;
mod texts;

use std::time::Instant;

use peers::{Peer, Peers};
use play::Difference;
use round::Round;

use crate::client::Answer;
use crate::scenario::peer::variable;

const LISTS_OF_CI: usize = 2_000;
const SEED_OF_CI: u64 = 9_411;
/// Of the seeds of a run's rounds, so that runs of neighbouring seeds share none.
const APART: u64 = 0x9e37_79b9_7f4a_7c15;

#[test]
fn hopline_answers_as_the_real_zipkin() {
    let Some(reference) = Peer::zipkin() else {
        eprintln!("NOT RUN: neither ZIPKIN_URL nor ZIPKIN_JAR is set");
        return;
    };
    let number = |name: &str| variable(name).map(|text| text.parse::<u64>().expect(name));
    let lists = number("DIFFERENTIAL_LISTS").map_or(LISTS_OF_CI, |lists| lists as usize);
    let seed = number("DIFFERENTIAL_SEED").unwrap_or(SEED_OF_CI);
    let told = number("DIFFERENTIAL_TOLD").unwrap_or(1) as usize;
    let mut peers = Peers::new(reference, subjects());
    let began = Instant::now();
    eprintln!("{lists} lists of seed {seed}");
    let differences = differences(&mut peers, seed, lists, told);
    let found = differences.len();
    let seconds = began.elapsed().as_secs();
    eprintln!("{lists} lists of seed {seed}: {found} differences told, {seconds} s");
    assert_eq!(found, 0, "SEED={seed} LISTS={lists} repeats it");
}

/// Hopline over each of its stores.
fn subjects() -> Vec<Peer> {
    vec![
        Peer::memory(),
        #[cfg(feature = "local")]
        Peer::local(),
    ]
}

struct Found {
    round: Round,
    difference: Difference,
}

/// Plays lists until so many rounds differ; each of those is made as small as it can be.
fn differences(peers: &mut Peers, seed: u64, lists: usize, told: usize) -> Vec<Found> {
    let mut found = Vec::new();
    let mut played = 0;
    while played < lists && found.len() < told {
        // Each round has a seed of its own, so that one can be played alone.
        let number = (played / generate::LISTS) as u64;
        let round_seed = seed.wrapping_add(number.wrapping_mul(APART));
        let round = generate::round(round_seed, lists - played);
        let count = round.lists.len();
        if let Err(difference) = play::play(peers, &round) {
            eprintln!("after {played} lists, in SEED={round_seed} LISTS={count}: a difference");
            let (round, difference) = peers.with_one(difference.subject, |peers| {
                let differs = |round: &Round| play::play(peers, round).err();
                shrink::shrink(round, difference, differs)
            });
            eprintln!("{}\n{}", round.as_scenario(), difference.text);
            found.push(Found { round, difference });
        }
        played += count;
    }
    found
}

/// Alters the answer to a path.
type Wrong = fn(&str, &mut Answer);

/// Ways in which a server could be wrong; each must be found, and told by a list or two.
const WRONGS: [(&str, Wrong); 6] = [
    ("forgets that a span is shared", |_, answer| {
        replace(answer, ",\"shared\":true", "")
    }),
    ("counts a call twice", |path, answer| {
        if path.contains("/dependencies") {
            replace(answer, "\"callCount\":1", "\"callCount\":2");
        }
    }),
    ("finds nothing by name", |path, answer| {
        if path.contains("spanName=") {
            answer.body = b"[]".to_vec();
        }
    }),
    ("writes an empty name", |_, answer| {
        replace(answer, ",\"timestamp\"", ",\"name\":\"\",\"timestamp\"")
    }),
    ("answers 200 for an unknown trace", |_, answer| {
        if answer.status == 404 {
            answer.status = 200;
        }
    }),
    ("ignores the limit", |path, answer| {
        if path.contains("limit=1") {
            replace(answer, "]]", "],[]]");
        }
    }),
];

fn replace(answer: &mut Answer, from: &str, to: &str) {
    answer.body = answer.text().replace(from, to).into_bytes();
}

#[test]
fn a_server_that_is_wrong_is_found() {
    for (what, altered) in WRONGS {
        let wrong = Peer::memory().with_answers_altered(altered);
        let mut peers = Peers::new(Peer::memory(), vec![wrong]);
        let mut found = differences(&mut peers, SEED_OF_CI, 100, 1);
        let found = found
            .pop()
            .unwrap_or_else(|| panic!("a server that {what} is not found"));
        let lists = found
            .round
            .lists
            .iter()
            .filter(|list| !list.posts.is_empty());
        let spans: usize = lists
            .flat_map(|list| &list.posts)
            .map(|post| post.spans.len())
            .sum();
        assert!(
            spans <= 3,
            "{what}: {spans} spans are told:\n{}",
            found.round.as_scenario()
        );
        eprintln!("a server that {what}: found, {spans} spans");
    }
}

#[test]
fn two_that_are_the_same_agree() {
    let mut peers = Peers::new(Peer::memory(), subjects());
    let found = differences(&mut peers, SEED_OF_CI, 100, 1);
    let told = found.first().map(|found| &found.difference.text);
    assert_eq!(told, None);
}
