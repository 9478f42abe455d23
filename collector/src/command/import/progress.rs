//! How far an import has come: a bar on a terminal, a line now and then elsewhere.
use std::cell::RefCell;
use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

pub(super) struct Progress {
    shown: RefCell<Shown>,
}

enum Shown {
    Hidden,
    Bar(ProgressBar),
    /// When the last line was written, and how much there is to do.
    Lines(Instant, u64),
}

impl Progress {
    /// Shows nothing until [`Self::begin`].
    pub(super) const fn hidden() -> Self {
        let shown = RefCell::new(Shown::Hidden);
        Self { shown }
    }

    /// How much there is to do; 0 if nobody knows.
    pub(super) fn begin(&self, all: u64) {
        let shown = if stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(Some(all), ProgressDrawTarget::stderr());
            let template = if all == 0 {
                "{spinner} {elapsed_precise}  {wide_msg}"
            } else {
                "{percent:>3} % [{bar:12}] {wide_msg}"
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.enable_steady_tick(Duration::from_millis(250));
            Shown::Bar(bar)
        } else {
            Shown::Lines(Instant::now(), all)
        };
        self.shown.replace(shown);
    }

    /// So much is done; `text` says what was counted.
    pub(super) fn at(&self, done: u64, text: impl FnOnce() -> String) {
        match &mut *self.shown.borrow_mut() {
            Shown::Hidden => {}
            Shown::Bar(bar) => {
                bar.set_position(done);
                bar.set_message(text());
            }
            Shown::Lines(last, all) if last.elapsed() >= BETWEEN_LINES => {
                *last = Instant::now();
                let part = match *all {
                    0 => String::new(),
                    all => format!("{} %, ", u128::from(done) * 100 / u128::from(all)),
                };
                say(&format!("{part}{}", text()));
            }
            Shown::Lines(..) => {}
        }
    }

    /// Waiting, and why.
    pub(super) fn wait(&self, text: &str) {
        match &*self.shown.borrow() {
            Shown::Hidden => {}
            Shown::Bar(bar) => bar.set_message(text.to_owned()),
            Shown::Lines(..) => say(text),
        }
    }

    /// A line that stays.
    pub(super) fn note(&self, text: &str) {
        match &*self.shown.borrow() {
            Shown::Bar(bar) => bar.suspend(|| say(text)),
            Shown::Hidden | Shown::Lines(..) => say(text),
        }
    }

    /// Leaves the terminal clean.
    pub(super) fn end(&self) {
        if let Shown::Bar(bar) = self.shown.replace(Shown::Hidden) {
            bar.finish_and_clear();
        }
    }
}

fn say(text: &str) {
    _ = writeln!(stderr(), "{text}");
}

const BETWEEN_LINES: Duration = Duration::from_secs(10);
