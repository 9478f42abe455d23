//! What an import counted, and how it is told at the end.
use std::fmt::Write as _;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::moment::minute;
use crate::command::printable;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Tally {
    pub(super) traces: u64,
    /// Spans that hopline took.
    pub(super) spans: u64,
    /// Spans that it did not.
    pub(super) refused: u64,
    /// Why, each reason once; at most [`REASONS_MAX`].
    pub(super) reasons: Vec<String>,
    /// Shortest slices of time of which the old server may hold more than it told.
    pub(super) incomplete: u64,
    /// The first of them, at most [`REASONS_MAX`].
    pub(super) incomplete_slices: Vec<String>,
}

impl Tally {
    pub(super) fn refuse(&mut self, count: u64, reason: &str) {
        self.refused += count;
        remember(&mut self.reasons, shown(reason));
    }

    pub(super) fn doubt(&mut self, slice: String) {
        self.incomplete += 1;
        remember(&mut self.incomplete_slices, slice);
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.refused == 0 && self.incomplete == 0
    }

    /// The final count.
    pub(super) fn told(&self, head: &str, range_ms: Option<(u64, u64)>, end: &End) -> String {
        let mut text = format!("{head}\n");
        let about = if end.is_about { "about " } else { "" };
        let mut row = |name: &str, value: String| _ = writeln!(text, "  {name:<12} {value}");
        row("traces", format!("{about}{}", grouped(self.traces)));
        row("spans", grouped(self.spans));
        row("refused", grouped(self.refused));
        if let Some((from_ms, until_ms)) = range_ms {
            row(
                "time (UTC)",
                format!("{} to {}", minute(from_ms), minute(until_ms)),
            );
        }
        row("took", took(end.took));
        if self.refused > 0 {
            text.push_str("spans that hopline refused; the first reasons:\n");
            list(&mut text, &self.reasons);
        }
        if self.incomplete > 0 {
            _ = writeln!(
                text,
                "possibly incomplete: {} of time too short to divide; the old server may hold more:",
                counted(self.incomplete, "slice")
            );
            list(&mut text, &self.incomplete_slices);
        }
        for note in &end.notes {
            _ = writeln!(text, "note: {note}");
        }
        text
    }
}

/// What is known only at the end.
pub(super) struct End {
    pub(super) took: Duration,
    /// Traces may have been counted twice.
    pub(super) is_about: bool,
    pub(super) notes: Vec<String>,
}

pub(super) fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(count))
}

/// 1234567 as 1,234,567.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The first line of what servers and files say.
pub(super) fn shown(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    printable(line, REASON_CHARS_MAX)
}

fn took(took: Duration) -> String {
    let seconds = took.as_secs();
    match seconds {
        0..60 => format!("{:.1} s", took.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

fn remember(texts: &mut Vec<String>, text: String) {
    if texts.len() < REASONS_MAX && !texts.contains(&text) {
        texts.push(text);
    }
}

fn list(text: &mut String, lines: &[String]) {
    for line in lines {
        _ = writeln!(text, "  - {line}");
    }
}

const REASONS_MAX: usize = 10;
const REASON_CHARS_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
        for (seconds, text) in [
            (2, "2.0 s"),
            (60, "1 min 0 s"),
            (3_599, "59 min 59 s"),
            (7_260, "2 h 1 min"),
        ] {
            assert_eq!(took(Duration::from_secs(seconds)), text);
        }
        assert_eq!(shown(" a\u{1b}[2J\nb"), "a\u{fffd}[2J");
    }
}
