//! Readers that ask for too much: what they do to the acknowledgements of writers beside them.
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Times;
use super::load;
use super::traffic::{Format, Traffic};
use crate::generate::Data;
use crate::http::Connection;

/// How long acknowledgements take, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    pub alone_p99: f64,
    pub beside_p99: f64,
    /// Hostile questions that were answered meanwhile.
    pub answers: usize,
}

/// Questions at once.
pub const READERS: usize = 32;
/// Writers alone, then with the readers, and again: other work on the machine is in both.
const TURNS: u64 = 3;
const TURN: Duration = Duration::from_secs(4);
/// More than any machine takes in one turn.
const SPANS: usize = 4_000_000;

/// No index helps: thousands of traces are read, and no span is as short as that.
const HOSTILE: [&str; 2] = [
    "/api/v2/traces?minDuration=1&maxDuration=2&lookback=999999999999&limit=1000",
    "/api/v2/traces?annotationQuery=user.id&minDuration=1&maxDuration=3&lookback=999999999999&limit=1000",
];

impl Beside {
    /// Writers who write as fast as they are answered, on a server that holds spans.
    ///
    /// # Errors
    /// When a request is refused, or no question is answered.
    pub fn measure(address: &str, seed: u64) -> Result<Self, String> {
        let (mut alone, mut beside) = (Times::default(), Times::default());
        let answers = AtomicUsize::new(0);
        for turn in 0..TURNS {
            alone.extend(write(address, seed ^ (0x5151 + 2 * turn))?);
            let stop = AtomicBool::new(false);
            let times = thread::scope(|scope| {
                for reader in 0..READERS {
                    let (stop, answers) = (&stop, &answers);
                    scope.spawn(move || read(address, HOSTILE[reader % 2], stop, answers));
                }
                let times = write(address, seed ^ (0x5151 + 2 * turn + 1));
                stop.store(true, Ordering::Relaxed);
                times
            });
            beside.extend(times?);
        }
        let answers = answers.into_inner();
        if answers == 0 {
            return Err("no question was answered".to_owned());
        }
        Ok(Self {
            alone_p99: alone.percentile_ms(99),
            beside_p99: beside.percentile_ms(99),
            answers,
        })
    }

    /// How many times as long the slowest acknowledgements take.
    pub fn ratio(self) -> f64 {
        self.beside_p99 / self.alone_p99
    }
}

fn write(address: &str, seed: u64) -> Result<Times, String> {
    let traffic = Traffic {
        format: Format::Otlp,
        data: Data::Reference,
        seed,
        spans: SPANS,
    };
    let (sent, _) = traffic.live(|bodies| {
        let began = Instant::now();
        let bodies = bodies.into_iter().take_while(|_| began.elapsed() < TURN);
        load::send(address, Format::Otlp, bodies)
    });
    sent.map(|sent| sent.acknowledged)
}

/// Asks again and again; out of time is an answer too.
fn read(address: &str, question: &str, stop: &AtomicBool, answers: &AtomicUsize) {
    let mut connection = Connection::to(address);
    while !stop.load(Ordering::Relaxed) {
        if connection.get(question).is_ok() {
            answers.fetch_add(1, Ordering::Relaxed);
        }
    }
}
