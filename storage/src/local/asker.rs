//! Who asks: reads take turns on the processors, so that many of them leave room for writers, and
//! work that nobody waits for ends early.
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

use crate::store::StoreError;

/// How long a read works while others wait for their turn.
const TURN: Duration = Duration::from_millis(4);
/// How long a read that is not short works while writers wait, and rests then: a third of the
/// half that reads may have. Whoever is to wake on its processor finds it free soon.
const SLICE: Duration = Duration::from_millis(1);
const REST: Duration = Duration::from_millis(2);

/// Half of the processors, for reads that come in turns: a short one does not wait for long ones
/// to end, and writers never find all processors taken.
pub(super) struct Turns {
    line: Mutex<Line>,
    /// Bytes that wait to be written.
    unwritten: Arc<AtomicUsize>,
}

struct Line {
    free: usize,
    /// Who waits, in order; only the first is woken.
    waiting: VecDeque<Thread>,
}

impl Turns {
    pub(super) fn new(unwritten: Arc<AtomicUsize>) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            line: Mutex::new(Line {
                free: (processors / 2).max(1),
                waiting: VecDeque::new(),
            }),
            unwritten,
        }
    }

    fn writers_wait(&self) -> bool {
        self.unwritten.load(Ordering::Relaxed) > 0
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) {
        let me = std::thread::current();
        let mut line = self.line();
        line.waiting.push_back(me.clone());
        let is_mine = |line: &Line| {
            let first = line.waiting.front().map(Thread::id);
            line.free > 0 && first == Some(me.id())
        };
        while !is_mine(&line) {
            drop(line);
            std::thread::park();
            line = self.line();
        }
        line.waiting.pop_front();
        line.free -= 1;
        line.wake_first();
    }

    fn give(&self) {
        let mut line = self.line();
        line.free += 1;
        line.wake_first();
    }

    fn someone_waits(&self) -> bool {
        !self.line().waiting.is_empty()
    }
}

impl Line {
    fn wake_first(&self) {
        if let Some(first) = self.waiting.front().filter(|_| self.free > 0) {
            first.unpark();
        }
    }
}

/// Who asked, seen from the thread that looks for the answer.
pub(super) struct Asker {
    left: Arc<AtomicBool>,
    turns: Arc<Turns>,
    since: Cell<Option<Instant>>,
    /// It had a whole turn before.
    is_long: Cell<bool>,
}

/// The side that waits; dropping it says that nobody does any more.
pub(super) struct Waiting(Arc<AtomicBool>);

pub(super) fn asker(turns: &Arc<Turns>) -> (Waiting, Asker) {
    let left = Arc::new(AtomicBool::new(false));
    let asker = Asker {
        left: Arc::clone(&left),
        turns: Arc::clone(turns),
        since: Cell::new(None),
        is_long: Cell::new(false),
    };
    (Waiting(left), asker)
}

impl Asker {
    /// # Errors
    /// [`StoreError::Unavailable`] once nobody waits; it is told to nobody.
    pub(super) fn still_waits(&self) -> Result<(), StoreError> {
        if self.left.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable(
                "nobody waits for the answer".to_owned(),
            ));
        }
        Ok(())
    }

    /// Waits for a turn, or goes on with the one it has until that was long enough. Nobody calls
    /// this who holds a lock.
    ///
    /// # Errors
    /// As [`Self::still_waits`].
    pub(super) fn turn(&self) -> Result<(), StoreError> {
        self.still_waits()?;
        if let Some(since) = self.since.get() {
            let must_rest = self.is_long.get() && self.turns.writers_wait();
            if since.elapsed() < if must_rest { SLICE } else { TURN } {
                return Ok(());
            }
            self.is_long.set(true);
            if must_rest {
                // It keeps its turn: no other read takes the processor meanwhile.
                std::thread::park_timeout(REST);
            }
            if !self.turns.someone_waits() {
                self.since.set(Some(Instant::now()));
                return Ok(());
            }
            self.end_turn();
        }
        self.turns.take();
        self.since.set(Some(Instant::now()));
        self.still_waits()
    }

    fn end_turn(&self) {
        if self.since.take().is_some() {
            self.turns.give();
        }
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        self.end_turn();
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(unwritten: usize) -> Arc<Turns> {
        Arc::new(Turns::new(Arc::new(AtomicUsize::new(unwritten))))
    }

    #[test]
    fn a_long_read_rests_while_writers_wait() {
        let (_waiting, long) = asker(&turns(1));
        let end = Instant::now() + Duration::from_secs(10);
        let rested = |_: &()| {
            let began = Instant::now();
            long.turn().unwrap();
            began.elapsed() >= REST
        };
        let calls = std::iter::repeat(()).take_while(|()| Instant::now() < end);
        assert_eq!(calls.filter(rested).take(3).count(), 3);
    }

    #[test]
    fn a_short_read_does_not_wait_for_long_ones_to_end() {
        let turns = turns(0);
        let slots = turns.line().free;
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..slots + 3 {
                let (turns, stop) = (Arc::clone(&turns), &stop);
                scope.spawn(move || {
                    let (_waiting, long) = asker(&turns);
                    while !stop.load(Ordering::Relaxed) {
                        long.turn().unwrap();
                    }
                });
            }
            while turns.line().waiting.is_empty() {
                std::thread::yield_now();
            }
            let (_waiting, short) = asker(&turns);
            // It comes to its end at all only because the long ones give their turns away.
            short.turn().unwrap();
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!(turns.line().free, slots);
    }

    #[test]
    fn work_ends_when_nobody_waits() {
        let turns = turns(0);
        let slots = turns.line().free;
        let (waiting, asker) = asker(&turns);
        asker.turn().unwrap();
        drop(waiting);
        assert!(asker.turn().is_err() && asker.still_waits().is_err());
        drop(asker);
        assert_eq!(turns.line().free, slots);
    }
}
