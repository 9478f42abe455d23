//! Disks that fail: one that is full for a while, and one whose fsync fails once.
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use storage::contract::generate::Dice;

use crate::disk::Disk;
use crate::ledger::Fate;
use crate::load::{Course, Load};
use crate::server::{BINARY, Server};
use crate::{begin, told};

/// When there is room again, spans are taken again within this.
const RECOVERY_MAX: Duration = Duration::from_secs(15);

/// A trickle that goes on through everything.
const STEADY: Course = Course {
    pace: Duration::from_millis(10),
    load: Duration::from_millis(1_500),
    rest: Duration::ZERO,
};

#[test]
fn a_full_disk_refuses_spans_and_takes_them_again_by_itself() {
    let (_turn, seed) = begin("a full disk");
    let folder = tempfile::tempdir().expect("a folder for the disk");
    let disk = match Disk::create(folder.path()) {
        Ok(disk) => disk,
        Err(why) => {
            eprintln!("\n*** NOT RUN: a full disk needs root and a loop device: {why} ***\n");
            return;
        }
    };
    let load = Load::new(seed);
    let mut dice = Dice::new(seed);
    let (mut server, _) = Server::start(&disk.data(), "fsync");
    server.forgive_errors();
    // Three times full within one life of the server; then it is killed.
    load.run(&mut server, STEADY, |server| {
        for time in 1..=3 {
            let filler = disk.fill();
            // Windows are closed meanwhile, and rows are flushed.
            let full = Duration::from_millis(4_500 + dice.roll(1_500));
            wait(server, "spans are refused", || {
                load.refused.load(Ordering::Relaxed) > 0
            });
            server.watch(full);
            let sure: Vec<_> = load
                .ledger
                .rounds_from(0)
                .into_iter()
                .filter(|(_, fates)| *fates == [Fate::Acknowledged; 2])
                .collect();
            let step = (sure.len() / 60).max(1);
            let some: Vec<_> = sure.into_iter().step_by(step).collect();
            let findings = load.ledger.verify(server.doors(), &some, |_| true);
            findings.assert_clean(&format!("seed {seed}, full for the {time}. time"));
            let before = load.acknowledged.load(Ordering::Relaxed);
            drop(filler);
            let took = wait(server, "spans are taken again", || {
                load.acknowledged.load(Ordering::Relaxed) > before + 20
            });
            let refused = load.refused.swap(0, Ordering::Relaxed);
            eprintln!(
                "full for {full:?}: {refused} refused, read {}, taken again after {took:?}",
                told(&findings)
            );
            server.watch(Duration::from_millis(dice.roll(6_000)));
        }
        server.kill();
    });
    for line in &server.told {
        eprintln!("  {line}");
    }
    let says = |text: &str| server.told.iter().any(|line| line.contains(text));
    assert!(says("the disk is nearly full") && says("there is room on the disk"));
    let live = std::mem::take(&mut *load.live.lock().expect("no reader panicked"));
    live.assert_clean("while the disk was full");
    let (mut server, _) = Server::start(&disk.data(), "fsync");
    let all = load.ledger.rounds_from(0);
    let findings = load
        .ledger
        .verify(server.doors(), &all, |round| round % 4 == 0);
    eprintln!("after a kill: {}", told(&findings));
    findings.assert_clean(&format!("seed {seed}, after a kill"));
    server.terminate();
}

/// Waits until something is so; how long that took.
fn wait(server: &mut Server, what: &str, is_so: impl Fn() -> bool) -> Duration {
    let began = Instant::now();
    while !is_so() {
        assert!(
            began.elapsed() < RECOVERY_MAX,
            "{what}: not within {RECOVERY_MAX:?}: {:#?}",
            server.told
        );
        server.watch(Duration::from_millis(20));
    }
    began.elapsed()
}

#[test]
fn a_failed_fsync_is_never_tried_again_and_nothing_is_lost() {
    let (_turn, seed) = begin("a failed fsync");
    // After EIO only a restart tells what the disk has; a full disk is over when there is room.
    for (durability, error) in [
        ("fsync", "EIO"),
        ("interval=20ms", "EIO"),
        ("fsync", "ENOSPC"),
    ] {
        let what = format!("{durability}, {error}");
        let folder = tempfile::tempdir().expect("a folder for the data");
        let (data, trace) = (folder.path().join("data"), folder.path().join("strace"));
        let Some(mut server) = with_failing_fsync(&data, &trace, durability, error) else {
            return;
        };
        server.forgive_errors();
        let load = Load::new(seed);
        load.run(&mut server, STEADY, |server| {
            wait(server, "spans are refused", || {
                load.refused.load(Ordering::Relaxed) > 0
            });
            let before = load.acknowledged.load(Ordering::Relaxed);
            if error == "ENOSPC" {
                wait(server, "spans are taken again", || {
                    load.acknowledged.load(Ordering::Relaxed) > before + 20
                });
            } else {
                server.watch(Duration::from_secs(2));
                let now = load.acknowledged.load(Ordering::Relaxed);
                assert!(now <= before + 8, "{what}: acknowledged after the fault");
            }
            server.kill();
        });
        let calls = std::fs::read_to_string(&trace).expect("strace writes");
        let (file, again) = after_the_fault(&calls);
        // Of a full disk RocksDB recovers: it syncs the log once more when it leaves it, and then
        // all of its memory goes to new files, so that nothing rests on what that sync said.
        assert!(
            again <= usize::from(error == "ENOSPC"),
            "{what}: {file} was synced {again} times after that had failed"
        );
        let (mut server, _) = Server::start(&data, durability);
        let all = load.ledger.rounds_from(0);
        let findings = load.ledger.verify(server.doors(), &all, |_| true);
        let refused = load.refused.load(Ordering::Relaxed);
        eprintln!(
            "{what}: {}, {refused} refused, {file} synced {again} times after",
            told(&findings)
        );
        findings.assert_clean(&format!("seed {seed}, {what}"));
        server.terminate();
    }
}

/// The proof that the test above can fail.
#[test]
fn a_second_fsync_of_the_same_file_is_noticed() {
    let failed = "1 fdatasync(7</d/rocks/000008.log>) = -1 EIO (Input/output error) (INJECTED)\n";
    let other = "1 fdatasync(9</d/rocks/000012.log>) = 0\n";
    let again = "1 fdatasync(7</d/rocks/000008.log>) = 0\n";
    let count = |calls: &str| after_the_fault(calls).1;
    assert_eq!(count(&format!("{again}{failed}{other}")), 0);
    assert_eq!(count(&format!("{failed}{other}{again}{again}")), 2);
}

/// The log whose fsync failed first, and how often it was synced after that.
fn after_the_fault(calls: &str) -> (&str, usize) {
    let mut lines = calls.lines();
    let failed = lines
        .by_ref()
        .find(|line| line.contains("(INJECTED)") && synced_log(line).is_some());
    let file = failed.and_then(synced_log).expect("a log meets the fault");
    let again = lines.filter(|line| synced_log(line) == Some(file));
    (file, again.count())
}

/// The server under strace, where the 40th fsync of each thread fails.
fn with_failing_fsync(data: &Path, trace: &Path, durability: &str, error: &str) -> Option<Server> {
    let strace = || {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-y", "-o"]).arg(trace);
        strace.args(["-e", "trace=fdatasync", "-e"]);
        strace.arg(format!("inject=fdatasync:error={error}:when=40"));
        strace
    };
    let works = strace().arg("true").status();
    if !works.is_ok_and(|status| status.success()) {
        eprintln!("\n*** NOT RUN: a failing fsync needs strace ***\n");
        return None;
    }
    let mut command = strace();
    command.arg(BINARY);
    let mut server = Server::spawn_as(command, data, durability, &[]);
    server.wait_until_ready();
    Some(server)
}

/// The log of RocksDB that a line of strace says was synced.
fn synced_log(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("fdatasync(")?;
    let (_, path) = rest.split_once('<')?;
    let (path, _) = path.split_once('>')?;
    path.ends_with(".log").then_some(path)
}
