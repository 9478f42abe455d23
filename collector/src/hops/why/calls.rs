//! Calls that were made more than once, and calls into another zone.
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::quality::RandomState;
use serde_json::{Value, json};
use storage::semconv::names;
use storage::span::Resource;

use super::case::{Case, called, callee, caller, percent, text, time_and_share};
use super::{FINDINGS_OF_A_KIND_MAX, Finding, FindingKind};
use crate::hops::text::{clean, duration, fit_name};
use crate::hops::{Group, GroupKind, Name};

/// What an attempt that failed has cost, until the last one began.
pub(super) fn retries(case: &Case<'_, '_>, findings: &mut Vec<Finding>) {
    let mut groups = of_kind(case, GroupKind::Retry);
    groups.sort_by_key(|(_, group)| Reverse(group.duration));
    for (index, group) in groups.into_iter().take(LOOKED_AT_MAX) {
        let hops = &case.tree.hops;
        let last = group.hops[group.hops.len() - 1];
        let window = group.start.zip(hops[last].start);
        let around = group
            .parent
            .map_or(group.hops[0]..case.ends[last], |parent| {
                parent..case.ends[parent]
            });
        let excess = window.map_or(0, |(from, to)| case.on_path(from, to, around));
        let share = case.share(excess);
        let error = group
            .hops
            .iter()
            .find_map(|hop| hops[*hop].error_text.as_deref());
        let outcome = if hops[last].error {
            "the last failed too"
        } else {
            "the last succeeded"
        };
        let reason = error.map_or_else(String::new, |error| {
            format!(" ({})", fit_name(&clean(error)))
        });
        let time = if excess > 0 {
            format!("{} before the last began", time_and_share(excess, share))
        } else {
            "beside the critical path".to_owned()
        };
        let mut values = of_group(index, group);
        values.extend([
            ("attempts", json!(group.hops.len())),
            ("failed", json!(group.error_count)),
            ("lastFailed", json!(hops[last].error)),
            ("basis", json!(group.basis.text())),
            ("errorText", text(error)),
        ]);
        findings.push(Finding {
            kind: FindingKind::Retries,
            excess: Some(excess),
            share: Some(share),
            spans: case.spans(group.hops.iter().copied()),
            values,
            text: format!(
                "{} {} attempts, {} failed{reason}, {outcome}: {time}",
                calls(group),
                group.hops.len(),
                group.error_count,
            ),
        });
    }
}

pub(super) fn hedged(case: &Case<'_, '_>, findings: &mut Vec<Finding>) {
    for (index, group) in of_kind(case, GroupKind::Hedge) {
        let mut values = of_group(index, group);
        values.extend([
            ("count", json!(group.hops.len())),
            ("basis", json!(group.basis.text())),
        ]);
        findings.push(Finding {
            kind: FindingKind::Hedged,
            excess: None,
            share: None,
            spans: case.spans(group.hops.iter().copied()),
            values,
            text: format!(
                "{} one call sent {} times at once, one answer taken ({})",
                calls(group),
                group.hops.len(),
                group.basis.text()
            ),
        });
    }
}

pub(super) fn n_plus_one(case: &Case<'_, '_>, findings: &mut Vec<Finding>) {
    for (index, group) in of_kind(case, GroupKind::NPlusOne) {
        if !case.is_worth(group.critical, LOOP_PERCENT) {
            continue;
        }
        let (count, share) = (group.hops.len(), case.share(group.critical));
        let mut values = of_group(index, group);
        values.extend([
            ("count", json!(count)),
            ("criticalNano", json!(group.critical)),
        ]);
        findings.push(Finding {
            kind: FindingKind::NPlusOne,
            excess: Some(group.critical - group.critical / count.max(1) as u64),
            share: Some(share),
            spans: case.spans(group.hops.iter().copied()),
            values,
            text: format!(
                "{} {count} calls, one after another: {}",
                calls(group),
                time_and_share(group.critical, share)
            ),
        });
    }
}

fn of_kind<'c, 'a>(case: &Case<'c, 'a>, kind: GroupKind) -> Vec<(usize, &'c Group<'a>)> {
    let groups = case.tree.groups.iter().enumerate();
    groups.filter(|(_, group)| group.kind == kind).collect()
}

fn of_group(index: usize, group: &Group<'_>) -> Vec<(&'static str, Value)> {
    vec![
        ("hop", json!(group.hops[0])),
        ("group", json!(index)),
        ("caller", text(group.caller)),
        ("callee", text(group.callee)),
        ("operation", text(group.operation)),
    ]
}

/// `orders → mysql SELECT items:`.
fn calls(group: &Group<'_>) -> String {
    let target = called(Name {
        service: group.callee,
        operation: group.operation,
    });
    let caller = fit_name(&clean(group.caller.unwrap_or("?")));
    format!("{caller} → {target}:")
}

/// Calls between machines that say that they are in different zones.
pub(super) fn cross_zone(case: &Case<'_, '_>, findings: &mut Vec<Finding>) {
    let spans = &case.tree.trace.spans;
    let mut zones: HashMap<*const Resource, Option<&str>, RandomState> = HashMap::default();
    let mut zone = |span: usize| {
        let resource = &spans[span].resource;
        let zone = zones.entry(Arc::as_ptr(resource));
        *zone.or_insert_with(|| {
            let told = names::ZONE.iter().find_map(|key| resource.text(key));
            told.filter(|zone| !zone.is_empty())
        })
    };
    let mut calls: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, hop) in case.tree.hops.iter().enumerate() {
        let client = hop.caller.and_then(|caller| caller.span_index);
        let server = hop.callee.and_then(|callee| callee.span_index);
        let Some((client, server)) = client.zip(server) else {
            continue;
        };
        if let (Some(from), Some(to)) = (zone(client), zone(server))
            && from != to
        {
            let key = (from, to, caller(hop), callee(hop));
            calls.entry(key).or_default().push(index);
        }
    }
    for ((from, to, caller, callee), hops) in calls {
        let network: u64 = hops.iter().map(|hop| case.parts[*hop].network).sum();
        if !case.is_worth(network, ZONE_PERCENT) {
            continue;
        }
        let share = case.share(network);
        findings.push(Finding {
            kind: FindingKind::CrossZone,
            excess: None,
            share: Some(share),
            spans: case.spans(hops.iter().copied()),
            values: vec![
                ("hop", json!(hops[0])),
                ("fromZone", json!(from)),
                ("toZone", json!(to)),
                ("caller", text(caller)),
                ("callee", text(callee)),
                ("count", json!(hops.len())),
                ("networkNano", json!(network)),
            ],
            text: format!(
                "{} calls of {} in {} to {} in {}: {} of network, {} of the trace",
                hops.len(),
                clean(caller.unwrap_or("?")),
                fit_name(&clean(from)),
                clean(callee.unwrap_or("?")),
                fit_name(&clean(to)),
                duration(Some(network)),
                percent(share)
            ),
        });
    }
}

/// Groups whose place on the path is looked up.
const LOOKED_AT_MAX: usize = 4 * FINDINGS_OF_A_KIND_MAX;
const LOOP_PERCENT: u64 = 10;
const ZONE_PERCENT: u64 = 1;
