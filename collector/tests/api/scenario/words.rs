//! The words in `<…>` that stand for ids, names and times of a scenario's own, so that scenarios can
//! share a server, and those that a file gives itself.
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

/// What a word of a file stands for; it may hold words itself.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Phrase {
    Text(String),
    /// The text so many times with commas between, `<n>` counted up from 0.
    Many {
        times: usize,
        text: String,
    },
}

/// What the words of one scenario stand for on one server.
pub(crate) struct Words {
    /// Sixteen hexadecimal digits without the last two, which tell the ids of the scenario apart.
    pub(crate) id: String,
    /// A suffix for names.
    pub(crate) suffix: String,
    pub(crate) now_ms: u64,
    pub(crate) phrases: Arc<BTreeMap<String, Phrase>>,
}

impl Words {
    /// `<1>` is a trace id of 16 digits, `<W1>` one of 32 with the same end, `<z1>` one of 14, `<s>` a suffix for
    /// names, `<now+5>` microseconds, `<ms-5>` milliseconds, `<sp5>` five spaces, `<a33>` 33 `a`.
    ///
    /// Where a text is repeated, `<n>` is the count, `<i>` a trace id of its own, `<now-500+3n>` a
    /// time that moves by three with each.
    pub(crate) fn fill(&self, text: &str) -> String {
        self.filled(text, None)
    }

    fn filled(&self, text: &str, count: Option<usize>) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            filled.push_str(before);
            let word = after
                .split_once('>')
                .and_then(|(word, behind)| Some((self.word(word, count)?, behind)));
            match word {
                Some((value, behind)) => {
                    filled.push_str(&value);
                    rest = behind;
                }
                None => {
                    filled.push('<');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    fn word(&self, word: &str, count: Option<usize>) -> Option<String> {
        match self.phrases.get(word) {
            Some(Phrase::Text(text)) => return Some(self.filled(text, count)),
            Some(Phrase::Many { times, text }) => {
                let all: Vec<String> = (0..*times).map(|n| self.filled(text, Some(n))).collect();
                return Some(all.join(","));
            }
            None => {}
        }
        match (word, count) {
            ("s", _) => return Some(self.suffix.clone()),
            ("n", Some(count)) => return Some(count.to_string()),
            // The 14th digit is an f in ids without a count, and none so many.
            ("i", Some(count)) => return Some(format!("{}{count:03x}", self.id.get(..13)?)),
            _ => {}
        }
        if let Some(amount) = word.strip_prefix("now") {
            return Some((self.now_ms as i64 * 1000 + moved(amount, count)?).to_string());
        }
        if let Some(amount) = word.strip_prefix("ms") {
            return Some((self.now_ms as i64 + moved(amount, count)?).to_string());
        }
        if let Some(digits) = word.strip_prefix("sp") {
            return Some(" ".repeat(digits.parse().ok()?));
        }
        if let Some(digits) = word.strip_prefix('a') {
            return Some("a".repeat(digits.parse().ok()?));
        }
        if let Some(digits) = word.strip_prefix('W') {
            let number: u8 = digits.parse().ok()?;
            return Some(format!("{0}0f{0}{number:02x}", self.id));
        }
        if let Some(digits) = word.strip_prefix('z') {
            let number: u8 = digits.parse().ok()?;
            return Some(format!("{}{number:02x}", self.id.get(2..)?));
        }
        let number: u8 = word.parse().ok()?;
        Some(format!("{}{number:02x}", self.id))
    }
}

/// `-500`, or `-500+3n` with the count for `n`.
fn moved(amount: &str, count: Option<usize>) -> Option<i64> {
    let (fixed, each) = match (amount.strip_suffix('n'), count) {
        (Some(amount), Some(count)) => {
            let (fixed, each) = amount.rsplit_once('+')?;
            (fixed, each.parse::<i64>().ok()? * count as i64)
        }
        _ => (amount, 0),
    };
    match fixed {
        "" => Some(each),
        digits => Some(digits.parse::<i64>().ok()? + each),
    }
}
