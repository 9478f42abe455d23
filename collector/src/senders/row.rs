//! What is known of one sender.
use serde_json::{Value, json};

use super::heard::{Heard, Origin, Sdk, Way, cut};
use crate::failure::{Failure, FailureKind};
use crate::wire::Reason;

/// A program that sends spans in one format over one transport; or all for which there is no room.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// `None` for the row of all others.
    pub(super) way: Option<(Way, &'static str)>,
    counts: Counts,
    /// With the spans of each that could be read.
    sdks: Vec<(Sdk, u64)>,
    services: Vec<String>,
    names_left_out: bool,
    pub(super) first_ms: u64,
    pub(super) last_ms: u64,
    last_accepted_ms: Option<u64>,
    last_refusal: Option<(u64, String)>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    requests: u64,
    bytes: u64,
    accepted: u64,
    unsampled: u64,
    /// In the order of [`Reason::ALL`].
    spans_refused: [u64; Reason::ALL.len()],
    /// In the order of [`WHOLE`].
    requests_refused: [u64; WHOLE.len()],
}

impl Row {
    pub(super) fn new(way: Option<(Way, &'static str)>, now_ms: u64) -> Self {
        Self {
            way,
            first_ms: now_ms,
            last_ms: now_ms,
            ..Self::default()
        }
    }

    pub(super) fn note(&mut self, heard: Heard<'_>, failure: Option<&Failure>, now_ms: u64) {
        self.last_ms = self.last_ms.max(now_ms);
        let counts = &mut self.counts;
        counts.requests += 1;
        counts.bytes += heard.bytes;
        counts.accepted += heard.accepted;
        counts.unsampled += heard.unsampled;
        for (reason, count) in &heard.refused.by_reason {
            if let Some(place) = Reason::ALL.iter().position(|known| known == reason) {
                counts.spans_refused[place] += count;
            }
        }
        if let Some(failure) = failure {
            let kind = WHOLE.iter().position(|(kind, _)| *kind == failure.kind);
            counts.requests_refused[kind.unwrap_or(WHOLE.len() - 1)] += 1;
        }
        if heard.accepted > 0 {
            self.last_accepted_ms = Some(now_ms);
        }
        let told = failure.map(|failure| failure.text.as_str());
        if let Some(text) = told.or(heard.refused.first.as_deref()) {
            self.last_refusal = Some((now_ms, cut(text.as_bytes(), REFUSAL_BYTES_MAX)));
        }
        self.names_left_out |= heard.has_more_origins;
        if self.way.is_some() {
            heard
                .origins
                .into_iter()
                .for_each(|origin| self.name(origin));
        }
    }

    fn name(&mut self, origin: Origin) {
        let Origin {
            service,
            sdk,
            spans,
        } = origin;
        if !service.is_empty() && !self.services.contains(&service) {
            if self.services.len() < SERVICES_MAX {
                self.services.push(service);
            } else {
                self.names_left_out = true;
            }
        }
        if sdk == Sdk::default() {
            return;
        }
        if let Some(known) = self.sdks.iter().position(|(known, _)| *known == sdk) {
            self.sdks[known].1 += spans;
        } else if self.sdks.len() < SDKS_MAX {
            self.sdks.push((sdk, spans));
        } else {
            self.names_left_out = true;
        }
    }

    /// Takes in the counts of a sender that is listed no more.
    pub(super) fn absorb(&mut self, gone: &Self) {
        let (own, other) = (&mut self.counts, &gone.counts);
        own.requests += other.requests;
        own.bytes += other.bytes;
        own.accepted += other.accepted;
        own.unsampled += other.unsampled;
        for (own, other) in own.spans_refused.iter_mut().zip(other.spans_refused) {
            *own += other;
        }
        for (own, other) in own.requests_refused.iter_mut().zip(other.requests_refused) {
            *own += other;
        }
        self.first_ms = self.first_ms.min(gone.first_ms);
        self.last_ms = self.last_ms.max(gone.last_ms);
        self.last_accepted_ms = self.last_accepted_ms.max(gone.last_accepted_ms);
        if self.last_refusal.as_ref().map(|(at, _)| at)
            < gone.last_refusal.as_ref().map(|(at, _)| at)
        {
            self.last_refusal.clone_from(&gone.last_refusal);
        }
    }

    /// `agent` is the folded `User-Agent`; empty when the sender names none.
    pub(super) fn json(&self, agent: &str) -> Value {
        let counts = &self.counts;
        let reasons = Reason::ALL.iter().map(|reason| reason.name());
        let kinds = WHOLE.iter().map(|(_, name)| *name);
        let sdks = self.sdks.iter().map(|(sdk, spans)| {
            json!({
                "language": sdk.language,
                "name": sdk.name,
                "version": sdk.version,
                "spans": spans,
            })
        });
        json!({
            "userAgent": (!agent.is_empty()).then_some(agent),
            "transport": self.way.map(|(way, _)| way.name()),
            "format": self.way.map(|(_, format)| format),
            "sdks": sdks.collect::<Vec<_>>(),
            "services": self.services,
            "namesLeftOut": self.names_left_out,
            "requests": counts.requests,
            "requestsRefused": not_zero(kinds.zip(counts.requests_refused)),
            "bytes": counts.bytes,
            "spansAccepted": counts.accepted,
            "spansUnsampled": counts.unsampled,
            "spansRefused": not_zero(reasons.zip(counts.spans_refused)),
            "firstMs": self.first_ms,
            "lastMs": self.last_ms,
            "lastAcceptedMs": self.last_accepted_ms,
            "lastRefusal": self.last_refusal.as_ref().map(|(at_ms, text)| {
                json!({"atMs": at_ms, "text": text})
            }),
        })
    }
}

fn not_zero<'n>(counts: impl Iterator<Item = (&'n str, u64)>) -> Value {
    counts
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| (name.to_owned(), count.into()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Why a request was refused whole, and its name in the answer. The last is whatever else.
const WHOLE: [(FailureKind, &str); 7] = [
    (FailureKind::BadRequest, "unreadable"),
    (FailureKind::RequestTimeout, "too_slow"),
    (FailureKind::TooLarge, "too_large"),
    (FailureKind::UnsupportedType, "unsupported_type"),
    (FailureKind::Overloaded, "overloaded"),
    (FailureKind::Unavailable, "unavailable"),
    (FailureKind::Internal, "internal"),
];

const REFUSAL_BYTES_MAX: usize = 512;
const SDKS_MAX: usize = 8;
const SERVICES_MAX: usize = 8;
