//! Crash tests: the real binary is killed, and the power is cut, in the middle of writing; what it
//! had acknowledged must be there afterwards, readable and findable. And proof that the tests can
//! fail. `HOPLINE_CRASH_SEED` replays, `HOPLINE_CRASH_CYCLES` makes it longer.
#![cfg(feature = "local")]
#[expect(
    clippy::unwrap_used,
    reason = "a client of tests, shared with the tests of the API"
)]
#[path = "../api/client.rs"]
mod client;
mod disk;
mod faults;
mod ledger;
mod load;
mod overload;
mod readers;
mod server;
mod spans;

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use storage::contract::generate::Dice;
use storage::time::Clock;

use disk::Disk;
use ledger::{Fate, Findings};
use load::{Course, Load};
use server::Server;

#[test]
fn what_is_acknowledged_survives_kills() {
    let (_turn, seed) = begin("kills");
    let folder = tempfile::tempdir().expect("a folder for the data");
    let mut dice = Dice::new(seed);
    let load = Load::new(seed);
    let mut slowest_start = Duration::ZERO;
    let (mut searches, mut live_searches) = (0, 0);
    let (mut server, _) = Server::start(folder.path(), "fsync");
    for cycle in 0..cycles() {
        let first = load.next_round();
        let course = kill_course(cycle, &mut dice);
        load.run(&mut server, course, Server::kill);
        if cycle % 4 == 3 {
            kill_while_opening(folder.path(), &mut dice);
        }
        // Who finds everything goes on: the next kill is of one that has replayed a log.
        let ready;
        (server, ready) = Server::start(folder.path(), "fsync");
        slowest_start = slowest_start.max(ready);
        let findings = verify(&load, &server, first, &mut dice);
        eprintln!(
            "cycle {cycle}: {course:?}, ready after {ready:?}, {}",
            told(&findings)
        );
        findings.assert_clean(&format!("seed {seed}, cycle {cycle}"));
        let live = std::mem::take(&mut *load.live.lock().expect("no reader panicked"));
        live.assert_clean(&format!("seed {seed}, cycle {cycle}, while it was written"));
        searches += findings.searches;
        live_searches += live.searches;
        load.carry_over(first.saturating_sub(1_000));
    }
    server.kill();
    let all = load.ledger.rounds_from(0);
    for when in ["after the last kill", "after a clean stop"] {
        let (mut server, _) = Server::start(folder.path(), "fsync");
        let step = (all.len() / 200).max(1);
        let findings = load
            .ledger
            .verify(server.doors(), &all, |round| round % step == 0);
        eprintln!("{when}: {}", told(&findings));
        findings.assert_clean(&format!("seed {seed}, {when}"));
        searches += findings.searches;
        server.terminate();
    }
    let refused = load.refused.load(Ordering::Relaxed);
    eprintln!(
        "{searches} searches, {live_searches} more under load, {refused} refused, slowest start {slowest_start:?}"
    );
}

/// Enough for hundreds of acknowledged spans.
const STORM: Course = Course {
    pace: Duration::from_millis(2),
    load: Duration::from_millis(400),
    rest: Duration::ZERO,
};

/// Mostly a short storm. One of twenty goes on while windows are closed (rows and index are
/// written after 4 s), and one rests until rows are flushed and the log is trimmed (after 7 s).
fn kill_course(cycle: u64, dice: &mut Dice) -> Course {
    let mut between = |from, to| Duration::from_millis(from + dice.roll(to - from));
    match cycle % 20 {
        5 => Course {
            pace: Duration::from_millis(30),
            load: between(3_950, 6_000),
            rest: Duration::ZERO,
        },
        13 => Course {
            pace: Duration::from_millis(5),
            load: between(300, 600),
            rest: between(6_400, 7_700),
        },
        _ => Course {
            pace: Duration::from_millis(2),
            load: between(20, 350),
            rest: Duration::ZERO,
        },
    }
}

/// The machine goes down again while the store brings back its log.
fn kill_while_opening(data: &Path, dice: &mut Dice) {
    let mut server = Server::spawn(data, "fsync");
    server.watch(Duration::from_millis(dice.roll(150)));
    server.kill();
}

/// The rounds of the last cycle, all by id and by search, and some of the earlier ones.
fn verify(load: &Load, server: &Server, first: u64, dice: &mut Dice) -> Findings {
    let (mut rounds, earlier): (Vec<_>, Vec<_>) = load
        .ledger
        .rounds_from(0)
        .into_iter()
        .partition(|(round, _)| round.number >= first);
    if !earlier.is_empty() {
        let pick = |_| earlier[dice.roll(earlier.len() as u64) as usize];
        rounds.extend((0..30).map(pick));
    }
    load.ledger.verify(server.doors(), &rounds, |_| true)
}

#[test]
fn what_is_acknowledged_survives_power_cuts_with_fsync() {
    let (_turn, seed) = begin("power cuts, fsync");
    if let Some(findings) = cut_power("fsync", seed, cycles().div_ceil(5)) {
        findings.assert_clean(&format!("seed {seed}, power cuts"));
    }
}

/// The proof that the test above can fail: without fsync the same cuts lose spans.
#[test]
fn power_cuts_without_fsync_are_noticed() {
    let (_turn, seed) = begin("power cuts, os");
    if let Some(findings) = cut_power("os", seed, 1) {
        assert!(
            findings.lost > 0,
            "seed {seed}: nothing is lost without fsync: {findings:?}"
        );
    }
}

/// Cuts the power so often; what was found after the last time, or after the first loss. `None`
/// where there is no disk of our own to cut it from.
fn cut_power(durability: &str, seed: u64, cuts: u64) -> Option<Findings> {
    let folder = tempfile::tempdir().expect("a folder for the disk");
    let mut disk = match Disk::create(folder.path()) {
        Ok(disk) => disk,
        Err(why) => {
            eprintln!("\n*** NOT RUN: power cuts need root and a loop device: {why} ***\n");
            return None;
        }
    };
    let mut dice = Dice::new(seed);
    let load = Load::new(seed);
    let mut findings = Findings::default();
    for cut in 1..=cuts {
        // In turn: a storm, one with a window that closes, a rest until the log is trimmed.
        let mut course = kill_course([1, 5, 13, 2][(cut as usize - 1) % 4], &mut dice);
        // Also on a slow machine there must be something to lose.
        course.load = course.load.max(STORM.load);
        if !course.rest.is_zero() {
            course.rest = Duration::from_millis(7_700);
        }
        let (mut server, _) = Server::start(&disk.data(), durability);
        let first = load.next_round();
        let mut copy = None;
        load.run(&mut server, course, |server| {
            server.freeze();
            copy = Some(disk.copy(cut));
            server.kill();
        });
        disk = disk.power_on(copy.expect("the course came to its end"));
        let (mut server, ready) = Server::start(&disk.data(), durability);
        findings = if cut < cuts {
            verify(&load, &server, first, &mut dice)
        } else {
            let all = load.ledger.rounds_from(0);
            load.ledger.verify(server.doors(), &all, |_| true)
        };
        eprintln!(
            "cut {cut}: {course:?}, ready after {ready:?}, {}",
            told(&findings)
        );
        server.kill();
        if !findings.complaints.is_empty() {
            break;
        }
        load.carry_over(first.saturating_sub(1_000));
    }
    Some(findings)
}

/// Without fsync a killed process loses nothing; a log that lacks its end is noticed.
#[test]
fn a_log_that_lost_its_end_is_noticed() {
    let (_turn, seed) = begin("a cut log");
    let folder = tempfile::tempdir().expect("a folder for the data");
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    let load = Load::new(seed);
    let (mut server, _) = Server::start(&data, "os");
    let (log, length) = disk::newest_log(&data);
    load.run(&mut server, STORM, Server::kill);
    disk::copy_with_cut_log(&data, &copy, &log, length);
    let all = load.ledger.rounds_from(0);
    let check = |data: &Path| {
        let (server, _) = Server::start(data, "os");
        load.ledger.verify(server.doors(), &all, |_| true)
    };
    let (whole, cut) = (check(&data), check(&copy));
    eprintln!("killed: {}; log cut: {}", told(&whole), told(&cut));
    whole.assert_clean(&format!("seed {seed}, killed with os"));
    assert!(
        cut.lost > 0,
        "seed {seed}: a cut log loses nothing: {cut:?}"
    );
}

/// One request that the ledger calls acknowledged but that was never sent, among many that were.
#[test]
fn a_dropped_write_is_noticed() {
    let (_turn, seed) = begin("a dropped write");
    let folder = tempfile::tempdir().expect("a folder for the data");
    let load = Load::new(seed);
    let (mut server, _) = Server::start(folder.path(), "fsync");
    load.run(&mut server, STORM, Server::kill);
    let (mut server, _) = Server::start(folder.path(), "fsync");
    let before = load.ledger.rounds_from(0);
    load.ledger
        .verify(server.doors(), &before, |_| true)
        .assert_clean("before");
    let dropped = before.iter().find(|(_, fates)| fates[1] == Fate::Unsent);
    let (round, _) = *dropped.expect("late requests were not sent yet");
    load.ledger.note(round, 1, Fate::Acknowledged);
    let findings = load
        .ledger
        .verify(server.doors(), &load.ledger.rounds_from(0), |_| true);
    eprintln!("a dropped write: {}", told(&findings));
    assert_eq!(
        findings.lost,
        round.expected(1).len(),
        "seed {seed}: {findings:?}"
    );
    server.terminate();
}

/// One test at a time, since they measure how long a start takes; and the seed, to be told.
fn begin(name: &str) -> (MutexGuard<'static, ()>, u64) {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let seed = number("HOPLINE_CRASH_SEED").unwrap_or_else(|| Clock::System.now_ms());
    eprintln!("{name}: HOPLINE_CRASH_SEED={seed} replays");
    (turn, seed)
}

/// How many kills; there is a power cut for every five of them.
fn cycles() -> u64 {
    number("HOPLINE_CRASH_CYCLES").unwrap_or(100)
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var_os(variable)?;
    let number = text.to_str().and_then(|text| text.parse().ok());
    Some(number.unwrap_or_else(|| panic!("{variable} is a number")))
}

fn told(findings: &Findings) -> String {
    let Findings {
        spans,
        searches,
        lost,
        complaints,
    } = findings;
    format!(
        "{spans} spans, {searches} searches, {lost} lost, {} complaints",
        complaints.len()
    )
}
