//! Writers that send one request after the other, and readers that look for what was acknowledged
//! meanwhile, until the server is gone or they are told to end.
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use storage::contract::generate::Dice;

use crate::client::{Answer, Connection};
use crate::ledger::{Fate, Findings, Ledger, Reader};
use crate::server::Server;
use crate::spans::{REQUESTS, Request, Round};

const WRITERS: usize = 8;
/// Readers beside the writers: what was acknowledged must be there at once, not only after a crash.
const READERS: u64 = 2;
/// What a reader waits between two rounds.
const READING_PACE: Duration = Duration::from_millis(5);
/// Longer than a window of the store: what comes now finds the rest of its trace in rows.
const LATE: Duration = Duration::from_millis(4_600);

/// How a load goes before it ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course {
    /// What a writer waits between two requests.
    pub(crate) pace: Duration,
    pub(crate) load: Duration,
    /// Then the writers rest this long. Zero: they write to the very end.
    pub(crate) rest: Duration,
}

pub(crate) struct Load {
    pub(crate) ledger: Ledger,
    next: AtomicU64,
    /// Second requests, which some other writer sends, some of them late.
    second: Mutex<VecDeque<(Instant, Round, usize)>>,
    /// Requests that the server turned away because it had too much to do.
    pub(crate) refused: AtomicUsize,
    pub(crate) acknowledged: AtomicUsize,
    /// What the readers saw while others wrote.
    pub(crate) live: Mutex<Findings>,
}

impl Load {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            ledger: Ledger::new(seed),
            next: AtomicU64::new(0),
            second: Mutex::default(),
            refused: AtomicUsize::new(0),
            acknowledged: AtomicUsize::new(0),
            live: Mutex::default(),
        }
    }

    /// The number that the next round gets.
    pub(crate) fn next_round(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// Writes with all writers and reads with all readers, and calls `end` at the end of the course, which ends the server.
    pub(crate) fn run(&self, server: &mut Server, course: Course, end: impl FnOnce(&mut Server)) {
        let doors = server.doors();
        std::thread::scope(|scope| {
            let mut stops: Vec<_> = (0..WRITERS)
                .map(|_| {
                    let (stop, stopped) = channel();
                    // Here, where the server runs: a thread may begin after its end.
                    let (zipkin, otlp) =
                        (Connection::open(doors.http), Connection::open(doors.otlp));
                    scope.spawn(move || self.write(zipkin, otlp, course.pace, &stopped));
                    stop
                })
                .collect();
            stops.extend((0..READERS).map(|number| {
                let (stop, stopped) = channel();
                let reader = Reader::open(doors);
                scope.spawn(move || self.read(reader, number, &stopped));
                stop
            }));
            server.watch(course.load);
            let stops = course.rest.is_zero().then_some(stops);
            server.watch(course.rest);
            end(server);
            drop(stops);
        });
    }

    /// What the last server left open: late requests go at once, and of those without an answer
    /// every other is repeated, as a client would.
    pub(crate) fn carry_over(&self, since: u64) {
        let now = Instant::now();
        let mut second = self.second.lock().expect("no writer panicked");
        second.iter_mut().for_each(|(due, ..)| *due = now);
        for (round, fates) in self.ledger.rounds_from(since) {
            for request in (0..REQUESTS).filter(|request| fates[*request] == Fate::Unknown) {
                if (round.number + request as u64).is_multiple_of(2) {
                    second.push_front((now, round, request));
                }
            }
        }
    }

    fn write(
        &self,
        mut zipkin: Connection,
        mut otlp: Connection,
        pace: Duration,
        stopped: &Receiver<()>,
    ) {
        while stopped.recv_timeout(pace) == Err(RecvTimeoutError::Timeout) {
            let (round, number) = self.next_request();
            let request = round.request(number);
            let connection = if request.is_otlp {
                &mut otlp
            } else {
                &mut zipkin
            };
            self.ledger.note(round, number, Fate::Unknown);
            let headers = [("content-type", request.content_type)];
            match connection.ask("POST", request.path, &headers, &request.body) {
                Ok(answer) if matches!(answer.status, 200 | 202) => {
                    self.ledger.note(round, number, Fate::Acknowledged);
                    self.acknowledged.fetch_add(1, Ordering::Relaxed);
                }
                Ok(answer) if matches!(answer.status, 429 | 503) => {
                    assert_well_formed(&request, &answer);
                    self.refused.fetch_add(1, Ordering::Relaxed);
                }
                Ok(answer) => panic!("{}: {} {}", request.path, answer.status, answer.text()),
                Err(_) => return,
            }
        }
    }

    fn read(&self, mut reader: Reader, number: u64, stopped: &Receiver<()>) {
        let mut dice = Dice::new(self.ledger.seed ^ self.next_round() << 8 ^ number);
        while stopped.recv_timeout(READING_PACE) == Err(RecvTimeoutError::Timeout) {
            // One of all, then one of the latest, which may be arranged at this moment.
            let latest = self.next_round().saturating_sub(dice.roll(40));
            let picks = [dice.roll(latest + 1), latest];
            let rounds = picks.map(|pick| self.ledger.acknowledged_round(pick));
            let all = [Fate::Acknowledged; REQUESTS];
            let read = rounds
                .into_iter()
                .flatten()
                .try_for_each(|round| reader.check(round, all, true));
            if read.is_err() {
                break;
            }
        }
        let mut live = self.live.lock().expect("no reader panicked");
        live.add(reader.findings);
    }

    fn next_request(&self) -> (Round, usize) {
        let now = Instant::now();
        let mut second = self.second.lock().expect("no writer panicked");
        if let Some(position) = second.iter().position(|(due, ..)| *due <= now) {
            let (_, round, request) = second.remove(position).expect("it was just there");
            return (round, request);
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let round = Round {
            seed: self.ledger.seed,
            number,
        };
        let due = if number.is_multiple_of(4) || number % 4 == 3 {
            now + LATE
        } else {
            now
        };
        second.push_back((due, round, 1));
        (round, 0)
    }
}

/// A refusal says when to come again, and OTLP's clients read it as a `google.rpc.Status`.
pub(crate) fn assert_well_formed(request: &Request, answer: &Answer) {
    let after = answer.header("retry-after");
    let seconds = after.and_then(|text| text.parse::<u32>().ok());
    assert!(seconds.is_some_and(|seconds| seconds >= 1), "{answer:?}");
    if !request.is_otlp {
        return;
    }
    let kind = answer.header("content-type");
    assert_eq!(kind, Some(request.content_type), "{answer:?}");
    let is_unavailable = match request.content_type {
        "application/json" => answer.json()["code"] == UNAVAILABLE,
        // The field number of `code` as a varint, and its value.
        _ => answer.body.starts_with(&[0x08, UNAVAILABLE]),
    };
    assert!(is_unavailable, "{answer:?}");
}

/// Of `google.rpc.Code`.
const UNAVAILABLE: u8 = 14;
