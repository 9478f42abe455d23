//! What leads from a trace into others, for a terminal: a few lines below the tree.
use std::fmt::Write as _;

use storage::span::Span;

use super::CallTree;
use super::across::FarSpan;
use super::text::{clean, duration, fit_name};

/// Lines of each list; what follows is counted.
const LINES_MAX: usize = 20;

pub(super) fn print(text: &mut String, tree: &CallTree<'_>) {
    links(text, tree);
    if !tree.far_hops.is_empty() {
        text.push_str("consumed in other traces:\n");
        for hop in tree.far_hops.iter().take(LINES_MAX) {
            let _ = writeln!(
                text,
                "  {} → {}  in the queue {}, took {}{}  trace {}",
                name(hop.caller.service, hop.caller.operation),
                name(
                    hop.callee.service.as_deref(),
                    hop.callee.operation.as_deref()
                ),
                duration(hop.queue_duration),
                duration(hop.callee.duration),
                if hop.callee.error { ", failed" } else { "" },
                hop.callee.trace_id,
            );
        }
        more(text, tree.far_hops.len());
    }
    let Some(linked_by) = &tree.across.linked_by else {
        return;
    };
    if linked_by.count > 0 {
        let _ = writeln!(text, "linked by {} spans of other traces:", linked_by.count);
        for span in linked_by.spans.iter().take(LINES_MAX) {
            let _ = writeln!(text, "  {}", linking(tree, span));
        }
        more(text, linked_by.count);
    }
    if linked_by.truncated {
        text.push_str("more traces may link to this one\n");
    }
}

/// What the spans themselves link to, beyond this trace.
fn links(text: &mut String, tree: &CallTree<'_>) {
    let other = |id: u128| id as u64 != tree.trace.id.low();
    let links = |span: &&Span| {
        span.links
            .iter()
            .filter(|link| other(link.trace_id))
            .count()
    };
    let count: usize = tree.trace.spans.iter().map(|span| links(&span)).sum();
    if count == 0 {
        return;
    }
    text.push_str("links to other traces:\n");
    let lines = tree.trace.spans.iter().flat_map(|span| {
        let links = span.links.iter().filter(|link| other(link.trace_id));
        links.map(move |link| (span, link))
    });
    for (span, link) in lines.take(LINES_MAX) {
        let _ = writeln!(
            text,
            "  {}  trace {:032x} span {:016x}",
            name(span.service(), span.name.as_deref()),
            link.trace_id,
            link.span_id
        );
    }
    more(text, count);
}

fn linking(tree: &CallTree<'_>, span: &FarSpan) -> String {
    let mut line = name(span.service.as_deref(), span.operation.as_deref());
    if let Some((start, began)) = span.start.zip(tree.start) {
        let sign = if start < began { '-' } else { '+' };
        let _ = write!(line, "  {sign}{}", duration(Some(start.abs_diff(began))));
    }
    let _ = write!(line, "  trace {} span {}", span.trace_id, span.span_id);
    line
}

fn more(text: &mut String, count: usize) {
    if count > LINES_MAX {
        let _ = writeln!(text, "  … and {} more", count - LINES_MAX);
    }
}

fn name(service: Option<&str>, operation: Option<&str>) -> String {
    let mut name = clean(service.unwrap_or("?"));
    if let Some(operation) = operation.filter(|operation| !operation.is_empty()) {
        name.push(' ');
        name.push_str(&clean(operation));
    }
    fit_name(&name)
}
