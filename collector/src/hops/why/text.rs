//! Why a trace is slow, for a terminal.
use std::fmt::Write as _;

use super::{Why, why};
use crate::hops::CallTree;

/// The whole list.
pub fn answer(tree: &CallTree<'_>, why: &Why) -> String {
    let mut text = format!("trace {}\n", tree.trace.id);
    for (number, finding) in why.findings.iter().enumerate() {
        let _ = writeln!(text, "{}. {}", number + 1, finding.text);
    }
    if why.findings.is_empty() {
        text.push_str("nothing stands out\n");
    }
    if why.omitted > 0 {
        let _ = writeln!(text, "and {} more", why.omitted);
    }
    text
}

/// The heaviest, below the tree.
pub(in crate::hops) fn print(text: &mut String, tree: &CallTree<'_>) {
    let found = why(tree);
    for finding in found.findings.iter().take(LINES_MAX) {
        let _ = writeln!(text, "why: {}", finding.text);
    }
}

const LINES_MAX: usize = 3;
