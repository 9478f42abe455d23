//! Who asks: reads take turns on the processors, so that many of them leave room for writers, and
//! work that nobody waits for ends early.
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

use crate::store::StoreError;

/// How long a read works while others wait for their turn.
const TURN: Duration = Duration::from_millis(4);

/// Half of the processors, for reads that come in turns: a short one does not wait for long ones
/// to end, and writers never find all processors taken.
pub(super) struct Turns(Mutex<Line>);

struct Line {
    free: usize,
    /// Who waits, in order; only the first is woken.
    waiting: VecDeque<Thread>,
}

impl Turns {
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Mutex::new(Line {
            free: (processors / 2).max(1),
            waiting: VecDeque::new(),
        }))
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
}

/// The side that waits; dropping it says that nobody does any more.
pub(super) struct Waiting(Arc<AtomicBool>);

pub(super) fn asker(turns: &Arc<Turns>) -> (Waiting, Asker) {
    let left = Arc::new(AtomicBool::new(false));
    let asker = Asker {
        left: Arc::clone(&left),
        turns: Arc::clone(turns),
        since: Cell::new(None),
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
            if since.elapsed() < TURN || !self.turns.someone_waits() {
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

    #[test]
    fn a_short_read_does_not_wait_for_long_ones_to_end() {
        let turns = Arc::new(Turns::new());
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
        let turns = Arc::new(Turns::new());
        let (waiting, asker) = asker(&turns);
        asker.turn().unwrap();
        drop(waiting);
        assert!(asker.turn().is_err() && asker.still_waits().is_err());
        drop(asker);
        assert_eq!(turns.line().free, Turns::new().line().free);
    }
}
