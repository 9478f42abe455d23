//! Single hops that the trace waited for: the dominant one, those slower than their peers, messages
//! in queues, and time without spans.
use std::cmp::Reverse;

use serde_json::{Value, json};
use storage::id::SpanId;

use super::case::{Case, called, text, time_and_share};
use super::{Finding, FindingKind};
use crate::hops::text::duration;
use crate::hops::{HopPeers, Part, Segment};

/// The hop with most of the critical path, if that is a good part of it.
pub(super) fn dominant(case: &Case<'_, '_>, findings: &mut Vec<Finding>) {
    let Some(index) = dominant_hop(case) else {
        return;
    };
    let hop = &case.tree.hops[index];
    let (parts, critical) = (case.parts[index], hop.critical_duration);
    let peer = case.tree.peers_of(index);
    let excess = peer
        .zip(hop.total())
        .map(|(peer, total)| total.saturating_sub(peer.p50).min(critical));
    let share = case.share(critical);
    let name = hop.name();
    let mut words = format!("{}: {}", called(name), time_and_share(critical, share));
    let is_split = hop.server_duration.is_some();
    let own_work = if is_split {
        "its own work"
    } else {
        "in the call"
    };
    let told = [
        (own_work, parts.own),
        ("network", parts.network),
        ("in the queue", parts.queue),
    ];
    let told: Vec<String> = told
        .into_iter()
        .filter(|(_, nanos)| *nanos > 0)
        .map(|(part, nanos)| format!("{} {part}", duration(Some(nanos))))
        .collect();
    words.push_str(&format!(" ({})", told.join(", ")));
    if let Some(peer) = peer {
        words.push_str(&format!("; {}", compared(peer)));
    }
    let mut values = vec![
        ("hop", json!(index)),
        ("service", text(name.service)),
        ("operation", text(name.operation)),
        ("criticalNano", json!(critical)),
        ("selfNano", json!(parts.own)),
        ("networkNano", json!(parts.network)),
        ("queueNano", json!(parts.queue)),
    ];
    values.extend(peer_values(peer));
    findings.push(Finding {
        kind: FindingKind::DominantHop,
        excess,
        share: Some(share),
        spans: case.spans([index]),
        values,
        text: words,
    });
}

/// What waits in a queue is told as such.
fn dominant_hop(case: &Case<'_, '_>) -> Option<usize> {
    let hops = case.tree.hops.iter().enumerate();
    let (index, hop) = hops.max_by_key(|(index, hop)| (hop.critical_duration, Reverse(*index)))?;
    let is_queue = case.parts[index].queue > hop.critical_duration / 2;
    (case.is_worth(hop.critical_duration, DOMINANT_PERCENT) && !is_queue).then_some(index)
}

fn compared(peer: &HopPeers) -> String {
    format!(
        "{:.1}× the median of {} ({} like it in {}), slower than {:.1} % of them",
        peer.slower,
        duration(Some(peer.p50)),
        peer.count,
        peer.window.text(),
        peer.percentile
    )
}

fn peer_values(peer: Option<&HopPeers>) -> Vec<(&'static str, Value)> {
    vec![
        ("window", json!(peer.map(|peer| peer.window.text()))),
        ("peerCount", json!(peer.map(|peer| peer.count))),
        ("peerP50Nano", json!(peer.map(|peer| peer.p50))),
        ("peerP99Nano", json!(peer.map(|peer| peer.p99))),
        ("percentile", json!(peer.map(|peer| peer.percentile))),
        ("slower", json!(peer.map(|peer| peer.slower))),
    ]
}

/// Hops on the path that took longer than others like them. Those above them did so too, only
/// because of them: what is told spends the time itself.
pub(super) fn slower_than_peers(case: &Case<'_, '_>, findings: &mut Vec<Finding>) {
    let dominant = dominant_hop(case);
    for (index, hop) in case.tree.hops.iter().enumerate() {
        let Some(peer) = case.tree.peers_of(index) else {
            continue;
        };
        let Some(total) = hop.total().filter(|_| Some(index) != dominant) else {
            continue;
        };
        let excess = total.saturating_sub(peer.p50);
        let on_path = excess.min(hop.critical_duration);
        let stands_out = peer.percentile >= PERCENTILE_MIN && peer.slower >= SLOWER_MIN;
        if !stands_out || on_path < excess / 2 || !case.is_worth(on_path, PEERS_PERCENT) {
            continue;
        }
        let name = hop.name();
        let mut values = vec![
            ("hop", json!(index)),
            ("service", text(name.service)),
            ("operation", text(name.operation)),
            ("totalNano", json!(total)),
        ];
        values.extend(peer_values(Some(peer)));
        findings.push(Finding {
            kind: FindingKind::SlowerThanPeers,
            excess: Some(on_path),
            share: Some(case.share(on_path)),
            spans: case.spans([index]),
            values,
            text: format!(
                "{} took {}: {}",
                called(name),
                duration(Some(total)),
                compared(peer)
            ),
        });
    }
}

/// Messages that lay in a queue while nothing else went on, or before the trace began.
pub(super) fn queueing(case: &Case<'_, '_>, findings: &mut Vec<Finding>) {
    for (index, hop) in case.tree.hops.iter().enumerate() {
        let on_path = case.parts[index].queue;
        let is_from_afar = hop.parent.is_none()
            && hop.caller.is_some_and(|caller| caller.trace_id.is_some())
            && hop.server_start == case.tree.start;
        let before = hop.network_duration.filter(|_| is_from_afar).unwrap_or(0);
        let is_before = on_path == 0;
        let queue = if is_before { before } else { on_path };
        if !case.is_worth(queue, QUEUE_PERCENT) {
            continue;
        }
        let name = hop.name();
        let share = case.share(queue);
        let words = if is_before {
            format!(
                "the message for {} lay in the queue for {} before this trace began",
                called(name),
                duration(Some(queue))
            )
        } else {
            format!(
                "the message for {} lay in the queue for {}",
                called(name),
                time_and_share(queue, share)
            )
        };
        findings.push(Finding {
            kind: FindingKind::Queueing,
            excess: Some(queue),
            share: (!is_before).then_some(share),
            spans: case.spans([index]),
            values: vec![
                ("hop", json!(index)),
                ("service", text(name.service)),
                ("operation", text(name.operation)),
                ("queueNano", json!(queue)),
                ("beforeTrace", json!(is_before)),
            ],
            text: words,
        });
    }
}

/// Long stretches of the path that no span accounts for, or in which a span that calls others
/// called nobody.
pub(super) fn gaps(case: &Case<'_, '_>, findings: &mut Vec<Finding>) {
    let path = &case.tree.critical_path;
    for (place, segment) in path.iter().enumerate() {
        let hop = case.hop_of(segment);
        let is_caller = hop.is_some_and(|hop| case.ends[hop] > hop + 1);
        let is_gap = match segment.part {
            Part::Gap => case.is_worth(segment.duration, GAP_PERCENT),
            Part::Own => is_caller && case.is_worth(segment.duration, OWN_GAP_PERCENT),
            Part::Network | Part::Queue => false,
        };
        if !is_gap {
            continue;
        }
        let id = |other: &Segment<'_>| -> Option<SpanId> {
            Some(case.tree.trace.spans[other.span_index?].span_id)
        };
        let after = place.checked_sub(1).and_then(|before| id(&path[before]));
        let before = path.get(place + 1).and_then(id);
        let share = case.share(segment.duration);
        let time = time_and_share(segment.duration, share);
        let words = if hop.is_none() {
            format!("no span that was received accounts for {time}")
        } else {
            let name = called(segment.name);
            format!("{name} worked or waited without any span below it for {time}")
        };
        findings.push(Finding {
            kind: FindingKind::Gap,
            excess: None,
            share: Some(share),
            spans: id(segment).into_iter().chain(after).chain(before).collect(),
            values: vec![
                ("hop", json!(hop)),
                ("service", text(segment.name.service)),
                ("operation", text(segment.name.operation)),
                ("gapNano", json!(segment.duration)),
                ("startTimeUnixNano", json!(segment.start.to_string())),
                ("afterSpanId", json!(after.map(|id| id.to_string()))),
                ("beforeSpanId", json!(before.map(|id| id.to_string()))),
            ],
            text: words,
        });
    }
}

const DOMINANT_PERCENT: u64 = 20;
const PEERS_PERCENT: u64 = 5;
const QUEUE_PERCENT: u64 = 5;
const GAP_PERCENT: u64 = 5;
/// A span need not have children all the time.
const OWN_GAP_PERCENT: u64 = 20;
const PERCENTILE_MIN: f64 = 95.0;
const SLOWER_MIN: f64 = 2.0;
