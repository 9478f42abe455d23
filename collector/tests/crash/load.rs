//! Writers that send one request after the other until the server is gone or they are told to end.
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::client::Connection;
use crate::ledger::{Fate, Ledger};
use crate::server::{Doors, Server};
use crate::spans::{REQUESTS, Round};

const WRITERS: usize = 8;
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
}

impl Load {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            ledger: Ledger::new(seed),
            next: AtomicU64::new(0),
            second: Mutex::default(),
            refused: AtomicUsize::new(0),
        }
    }

    /// The number that the next round gets.
    pub(crate) fn next_round(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// Writes with all writers, and calls `end` at the end of the course, which ends the server.
    pub(crate) fn run(&self, server: &mut Server, course: Course, end: impl FnOnce(&mut Server)) {
        let doors = server.doors();
        std::thread::scope(|scope| {
            let stops: Vec<_> = (0..WRITERS)
                .map(|_| {
                    let (stop, stopped) = channel();
                    scope.spawn(move || self.write(doors, course.pace, &stopped));
                    stop
                })
                .collect();
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

    fn write(&self, doors: Doors, pace: Duration, stopped: &Receiver<()>) {
        let (mut zipkin, mut otlp) = (Connection::open(doors.http), Connection::open(doors.otlp));
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
                }
                Ok(answer) if matches!(answer.status, 429 | 503) => {
                    self.refused.fetch_add(1, Ordering::Relaxed);
                }
                Ok(answer) => panic!("{}: {} {}", request.path, answer.status, answer.text()),
                Err(_) => return,
            }
        }
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
