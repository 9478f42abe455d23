//! What is about no time of its own: failures, what is missing, and clocks.
use std::cmp::Reverse;
use std::collections::HashMap;

use foldhash::quality::RandomState;
use serde_json::json;
use storage::id::SpanId;

use super::case::{Case, called, text};
use super::{Finding, FindingKind, SPANS_MAX};
use crate::hops::summary::error_chain;
use crate::hops::text::{clean, duration, fit_name};
use crate::hops::{Incomplete, Skew};

/// From where a failure began to where it ended.
pub(super) fn failure(case: &Case<'_, '_>, findings: &mut Vec<Finding>) {
    let chain = error_chain(case.tree);
    let (Some(first), Some(origin)) = (chain.first(), chain.last()) else {
        return;
    };
    let hop = &case.tree.hops[*origin];
    let name = hop.name();
    let reached_root = *first == 0;
    let reason = hop.error_text.as_deref();
    let words = reason.map_or_else(String::new, |text| format!(": {}", fit_name(&clean(text))));
    let hops = chain.len();
    let way = match (hops, reached_root) {
        (1, true) => "this is the root".to_owned(),
        (1, false) => "no hop above it failed".to_owned(),
        (_, true) => format!("{hops} hops failed, up to the root"),
        (_, false) => format!("{hops} hops failed, the root did not"),
    };
    findings.push(Finding {
        kind: FindingKind::ErrorChain,
        excess: None,
        share: None,
        spans: case.spans(chain.iter().rev().copied()),
        values: vec![
            ("hop", json!(origin)),
            ("originService", text(name.service)),
            ("originOperation", text(name.operation)),
            ("errorText", text(reason)),
            ("hops", json!(hops)),
            ("reachedRoot", json!(reached_root)),
        ],
        text: format!("{} failed{words}; {way}", called(name)),
    });
}

pub(super) fn incomplete(case: &Case<'_, '_>, findings: &mut Vec<Finding>) {
    let completeness = &case.tree.completeness;
    if completeness.reasons.is_empty() {
        return;
    }
    let (mut missing, mut cycles, mut max) = (0, 0, None);
    let (mut spans, mut words) = (Vec::new(), Vec::new());
    for reason in &completeness.reasons {
        match reason {
            Incomplete::MissingParent {
                count, spans: who, ..
            } => {
                missing = *count;
                spans.extend(who);
                words.push(format!("{count} parents were not received"));
            }
            Incomplete::Cycle { count, spans: who } => {
                cycles = *count;
                spans.extend(who);
                words.push(format!("{count} circles of parents were cut"));
            }
            Incomplete::Truncated { what, max: most } => {
                max = Some(*most);
                words.push(format!("only {most} {what} are read"));
            }
        }
    }
    spans.truncate(SPANS_MAX);
    findings.push(Finding {
        kind: FindingKind::Incomplete,
        excess: None,
        share: None,
        spans,
        values: vec![
            ("missingParents", json!(missing)),
            ("unfinishedSpans", json!(completeness.unfinished_spans)),
            ("cycles", json!(cycles)),
            ("truncated", json!(max.is_some())),
            ("max", json!(max)),
        ],
        text: format!("the trace is incomplete: {}", words.join(", ")),
    });
}

pub(super) fn skew(case: &Case<'_, '_>, findings: &mut Vec<Finding>) {
    let mut skews: Vec<_> = case.tree.clock_skew.iter().collect();
    skews.sort_by_key(|skew| Reverse(skew.offset.unsigned_abs()));
    let moved = spans_of(case, skews.iter().map(|skew| skew.service));
    for skew in skews {
        let corrected = case.tree.skew == Skew::Corrected;
        let sign = if skew.offset < 0 { "-" } else { "+" };
        findings.push(Finding {
            kind: FindingKind::Skew,
            excess: None,
            share: None,
            spans: moved.get(&skew.service).cloned().unwrap_or_default(),
            values: vec![
                ("service", text(skew.service)),
                ("host", text(skew.host.as_deref())),
                ("offsetNano", json!(skew.offset)),
                ("confidence", json!(skew.confidence)),
                ("hops", json!(skew.hops)),
                ("corrected", json!(corrected)),
            ],
            text: format!(
                "the clock of {} does not fit its calls; {} {sign}{} (confidence {:.2}, from {} calls)",
                fit_name(&clean(skew.host.as_deref().or(skew.service).unwrap_or("?"))),
                if corrected { "moved by" } else { "not moved, which would be by" },
                duration(Some(skew.offset.unsigned_abs())),
                skew.confidence,
                skew.hops
            ),
        });
    }
}

/// The first spans of some services: one look at the trace, however many there are.
fn spans_of<'a>(
    case: &Case<'_, 'a>,
    services: impl Iterator<Item = Option<&'a str>>,
) -> HashMap<Option<&'a str>, Vec<SpanId>, RandomState> {
    let mut spans: HashMap<_, Vec<SpanId>, _> = services.map(|name| (name, Vec::new())).collect();
    if spans.is_empty() {
        return spans;
    }
    let parties = (case.tree.hops.iter()).flat_map(|hop| [hop.caller, hop.callee]);
    for party in parties.flatten().filter(|party| party.span_index.is_some()) {
        if let Some(spans) = spans.get_mut(&party.service)
            && spans.len() < SPANS_MAX
        {
            spans.extend(party.span_id);
        }
    }
    spans
}
