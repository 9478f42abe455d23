//! The call tree for a terminal.
use std::fmt::Write as _;

use super::text_groups;
use super::why;
use super::{CallTree, Hop, HopKind, Name, Party};
use super::{across_text, peers};

/// One line a hop: who called whom, then total, network, server, self and critical time; `←` is
/// where the critical path goes through, `!` is a failure. Of hops that are alike the first stands
/// for all.
pub fn print(tree: &CallTree<'_>) -> String {
    let mut text = headline(tree);
    let guides = guides(tree);
    let names: Vec<String> = tree
        .hops
        .iter()
        .zip(&guides)
        .map(|(hop, guide)| format!("{guide}{}", fit(&label(hop), NAME_WIDTH_MAX)))
        .collect();
    let folding = text_groups::Folding::of(tree);
    let shown = names
        .iter()
        .zip(&folding.hidden)
        .filter(|(_, hidden)| !**hidden);
    let width = shown.map(|(name, _)| columns(name)).max().unwrap_or(0);
    let _ = writeln!(
        text,
        "{:width$}  {:>9} {:>9} {:>9} {:>9} {:>9}",
        "", "total", "network", "server", "self", "critical"
    );
    for (index, (hop, name)) in tree.hops.iter().zip(names).enumerate() {
        if folding.hidden[index] {
            continue;
        }
        let padding = " ".repeat(width - columns(&name));
        let mark = if hop.critical_duration > 0 {
            " ←"
        } else {
            ""
        };
        let mut line = format!(
            "{name}{padding}  {:>9} {:>9} {:>9} {:>9} {:>9}{mark}",
            duration(hop.total()),
            duration(hop.network_duration),
            duration(hop.server_duration),
            duration(hop.self_duration),
            duration(Some(hop.critical_duration)),
        );
        peers::print(&mut line, tree.peers_of(index));
        if hop.error {
            let reason = hop.error_text.as_deref().unwrap_or("error");
            let _ = write!(line, "  ! {}", fit(&clean(reason), NAME_WIDTH_MAX));
        }
        line.push_str(&text_groups::remark(tree, index));
        let notes: Vec<&str> = hop.notes.iter().map(super::Note::text).collect();
        if !notes.is_empty() {
            let _ = write!(line, "  ({})", notes.join(", "));
        }
        if let Some(trace_id) = hop.caller.and_then(|caller| caller.trace_id) {
            let _ = write!(line, "  from trace {trace_id:032x}");
        }
        if hop.producers.len() > 1 {
            let _ = write!(line, "  {} messages", hop.producers.len());
        }
        let _ = writeln!(text, "{line}");
    }
    across_text::print(&mut text, tree);
    why::text::print(&mut text, tree);
    text
}

/// Three significant digits and a unit; a dash for what is not known.
pub fn duration(nanos: Option<u64>) -> String {
    let Some(nanos) = nanos else {
        return "-".to_owned();
    };
    if nanos >= 60_000_000_000 {
        let seconds = nanos / 1_000_000_000;
        return if seconds < 3_600 {
            format!("{} min {} s", seconds / 60, seconds % 60)
        } else {
            format!("{} h {:02} min", seconds / 3_600, seconds % 3_600 / 60)
        };
    }
    if nanos < 1_000 {
        return if nanos == 0 {
            "0".to_owned()
        } else {
            format!("{nanos} ns")
        };
    }
    let nanos = nanos as f64;
    let (value, unit) = [(1e3, "us"), (1e6, "ms"), (1e9, "s")]
        .into_iter()
        .map(|(size, unit)| (nanos / size, unit))
        .find(|(value, _)| *value < 999.5)
        .unwrap_or((nanos / 1e9, "s"));
    let digits = if value < 9.995 {
        2
    } else {
        usize::from(value < 99.95)
    };
    format!("{value:.digits$} {unit}")
}

fn headline(tree: &CallTree<'_>) -> String {
    let mut text = format!("trace {}  {}", tree.trace.id, duration(tree.duration));
    let Name { service, operation } = tree.root;
    for part in [service, operation].into_iter().flatten() {
        let _ = write!(text, "  {}", fit(&clean(part), NAME_WIDTH_MAX));
    }
    let _ = writeln!(
        text,
        "\n{} spans, {} hops, {} services, {} errors",
        tree.trace.spans.len(),
        tree.hops.len(),
        tree.services.len(),
        tree.error_count
    );
    if tree.missing_parents > 0 {
        let _ = writeln!(
            text,
            "incomplete: {} parents not received",
            tree.missing_parents
        );
    }
    let orphans = tree.trace.logs.len();
    if orphans > 0 {
        let _ = writeln!(text, "{orphans} log records of spans not received");
    }
    if tree.trace.truncated {
        let _ = writeln!(text, "truncated: the trace has more spans");
    }
    for skew in &tree.clock_skew {
        let sign = if skew.offset < 0 { "-" } else { "+" };
        let _ = writeln!(
            text,
            "clock of {}: {sign}{}, confidence {:.2}",
            clean(skew.host.as_deref().or(skew.service).unwrap_or("?")),
            duration(Some(skew.offset.unsigned_abs())),
            skew.confidence
        );
    }
    text
}

/// The lines that lead to each hop. Below [`DEPTH_DRAWN_MAX`] a number stands for the depth: a
/// chain of 100,000 calls would fill the disk with blanks.
fn guides(tree: &CallTree<'_>) -> Vec<String> {
    let mut last_child = vec![false; tree.hops.len()];
    let mut seen = vec![false; tree.hops.len()];
    for (index, hop) in tree.hops.iter().enumerate().rev() {
        if let Some(parent) = hop.parent {
            last_child[index] = !std::mem::replace(&mut seen[parent], true);
        }
    }
    // For each open level: does another sibling follow?
    let mut open: Vec<bool> = Vec::new();
    let guide = tree.hops.iter().zip(last_child).map(|(hop, is_last)| {
        open.truncate(hop.depth.saturating_sub(1).min(DEPTH_DRAWN_MAX));
        if hop.depth == 0 {
            return String::new();
        }
        let bars = open.iter().map(|more| if *more { "│  " } else { "   " });
        let mut guide: String = bars.collect();
        if hop.depth > DEPTH_DRAWN_MAX {
            let _ = write!(guide, "…{} ", hop.depth);
        } else {
            guide.push_str(if is_last { "└─ " } else { "├─ " });
            open.push(!is_last);
        }
        guide
    });
    guide.collect()
}

fn label(hop: &Hop<'_>) -> String {
    let name = hop.name();
    let mut label = String::new();
    if let Some(caller) = hop.caller.and_then(|caller| caller.service)
        && hop
            .callee
            .is_some_and(|callee: Party<'_>| callee.service.is_some())
    {
        label = format!("{} → ", clean(caller));
    }
    label.push_str(&clean(name.service.unwrap_or("?")));
    if let Some(operation) = name.operation {
        let _ = write!(label, " {}", clean(operation));
    }
    if hop.kind != HopKind::Local
        && let Some(protocol) = hop.protocol
    {
        let _ = write!(label, " [{}]", clean(protocol));
    }
    label
}

/// A name must not be able to command the terminal.
pub(super) fn clean(text: &str) -> String {
    let is_hostile = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if is_hostile(c) { '\u{fffd}' } else { c })
        .collect()
}

/// A name that fits into a line.
pub(super) fn fit_name(name: &str) -> String {
    fit(name, NAME_WIDTH_MAX)
}

fn fit(text: &str, width_max: usize) -> String {
    if columns(text) <= width_max {
        return text.to_owned();
    }
    let mut width = 1;
    let kept = text.chars().take_while(|c| {
        width += column_count(*c);
        width <= width_max
    });
    kept.chain(['…']).collect()
}

fn columns(text: &str) -> usize {
    text.chars().map(column_count).sum()
}

/// Korean, Chinese and Japanese letters take two columns.
fn column_count(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

const NAME_WIDTH_MAX: usize = 72;
const DEPTH_DRAWN_MAX: usize = 16;
