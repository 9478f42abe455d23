//! A text and what the store knows of it: each reading asked for, the likeliest first, answered newest
//! first.
use std::cmp::Reverse;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use storage::correlation::Correlation;
use storage::id::{SpanId, TraceId};
use storage::query::{TimeRange, TraceQuery};
use storage::semconv;
use storage::span::Span;
use storage::store::{Store, StoreError};
use storage::trace::Trace;

use crate::query::pasted::{self, Asks, Reading};

/// The most traces of an answer.
const MATCHES_MAX: usize = 20;

/// Answers lookups.
pub(super) struct Finder {
    pub(super) store: Arc<dyn Store>,
    pub(super) keys: Vec<String>,
}

/// What was found of one text.
#[derive(Default)]
pub(super) struct Found {
    /// Newest first, each trace once.
    pub(super) matches: Vec<Match>,
    /// Which limit has cut the answer: `matches`, `search`, `readings` or `time`.
    pub(super) cut_by: Option<&'static str>,
}

/// A trace that the text stands for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Match {
    pub(super) trace_id: String,
    /// The span that the text names, or that carries the value.
    pub(super) span_id: Option<String>,
    /// Which reading of the text matched.
    read_as: &'static str,
    /// The piece of the text that was read so.
    piece: String,
    /// The key that has the value, as the span spells it.
    key: Option<String>,
    service: Option<String>,
    operation: Option<String>,
    start_time_unix_nano: Option<String>,
    duration_nano: Option<u64>,
    error: bool,
    #[serde(skip)]
    id: TraceId,
    #[serde(skip)]
    timestamp: u64,
}

impl Found {
    pub(super) fn to_json(&self, query: &str) -> Value {
        json!({
            "query": query,
            "truncated": self.cut_by.is_some(),
            "truncatedBy": self.cut_by,
            "matches": self.matches,
        })
    }

    /// Of a text that was not looked up to its end.
    pub(super) fn out_of_time() -> Self {
        Self {
            cut_by: Some("time"),
            ..Self::default()
        }
    }

    /// The one match of an answer that is whole.
    pub(super) fn only(&self) -> Option<&Match> {
        match self.matches.as_slice() {
            [only] if self.cut_by.is_none() => Some(only),
            _ => None,
        }
    }

    fn add(&mut self, found: Match) {
        // A trace that two readings lead to is told by the likelier one.
        if self.matches.iter().all(|known| known.id != found.id) {
            self.matches.push(found);
        }
    }
}

impl Finder {
    pub(super) async fn find(&self, text: &str) -> Result<Found, StoreError> {
        let pasted = pasted::read(text, &self.keys);
        let mut found = Found {
            cut_by: pasted.is_cut.then_some("readings"),
            ..Found::default()
        };
        for reading in &pasted.readings {
            match reading.asks {
                Asks::Trace(id, span) => self.by_id(id, span, reading, &mut found).await?,
                Asks::LowHalf(low, span) => {
                    self.by_low_half(low, span, reading, &mut found).await?
                }
                Asks::Span(id) => self.by_span(id, reading, &mut found).await?,
                Asks::Value => {}
            }
        }
        let values = pasted.readings.iter();
        let values: Vec<&Reading> = values
            .filter(|reading| reading.asks == Asks::Value)
            .collect();
        if !values.is_empty() {
            self.by_value(&values, &mut found).await?;
        }
        // Stable: traces that began together stay in the order of the readings.
        found.matches.sort_by_key(|found| Reverse(found.timestamp));
        if found.matches.len() > MATCHES_MAX {
            found.matches.truncate(MATCHES_MAX);
            found.cut_by = Some("matches");
        }
        Ok(found)
    }

    async fn by_id(
        &self,
        id: TraceId,
        span: Option<SpanId>,
        reading: &Reading,
        found: &mut Found,
    ) -> Result<(), StoreError> {
        for trace in self.store.traces(&[id]).await? {
            found.add(by_id(&trace, span, reading));
        }
        Ok(())
    }

    async fn by_low_half(
        &self,
        low: u64,
        span: Option<SpanId>,
        reading: &Reading,
        found: &mut Found,
    ) -> Result<(), StoreError> {
        // Of a trace that was found by its whole id nothing else is meant.
        let is_known = found.matches.iter().any(|known| known.id.low() == low);
        let Some(id) = TraceId::from_halves(0, low).filter(|_| !is_known) else {
            return Ok(());
        };
        let mut ids = self.store.ids_alike(&[id]).await?;
        if ids.len() > MATCHES_MAX {
            ids.truncate(MATCHES_MAX);
            found.cut_by = Some("matches");
        }
        for trace in self.store.traces(&ids).await? {
            found.add(by_id(&trace, span, reading));
        }
        Ok(())
    }

    async fn by_span(
        &self,
        id: SpanId,
        reading: &Reading,
        found: &mut Found,
    ) -> Result<(), StoreError> {
        // The id of a span that stands beside its trace's.
        let told = id.to_string();
        let is_known = |known: &Match| known.span_id.as_ref() == Some(&told);
        if found.matches.iter().any(is_known) {
            return Ok(());
        }
        let question = TraceQuery {
            span_id: Some(id),
            ..question()
        };
        for trace in self.ask(&question, found).await? {
            found.add(by_id(&trace, Some(id), reading));
        }
        Ok(())
    }

    async fn by_value(&self, values: &[&Reading], found: &mut Found) -> Result<(), StoreError> {
        let pieces = values.iter().map(|reading| &reading.piece);
        let correlation = Correlation::new(&self.keys, pieces);
        let question = TraceQuery {
            correlation: Some(correlation.clone()),
            ..question()
        };
        for trace in self.ask(&question, found).await? {
            if let Some(carried) = by_value(&trace, &correlation, values) {
                found.add(carried);
            }
        }
        Ok(())
    }

    async fn ask(
        &self,
        question: &TraceQuery,
        found: &mut Found,
    ) -> Result<Vec<Trace>, StoreError> {
        let answer = self.store.find(question).await?;
        if answer.truncated {
            found.cut_by = Some("search");
        }
        Ok(answer.traces)
    }
}

/// All of time; one more than is shown tells whether there are more.
const fn question() -> TraceQuery {
    TraceQuery::all(TimeRange::ALL, MATCHES_MAX + 1)
}

fn by_id(trace: &Trace, span: Option<SpanId>, reading: &Reading) -> Match {
    let named = span.and_then(|id| trace.spans.iter().find(|span| span.span_id == id));
    Match {
        span_id: named.map(|span| span.span_id.to_string()),
        ..described(trace, named.or_else(|| root(trace)), reading)
    }
}

fn by_value(trace: &Trace, correlation: &Correlation, values: &[&Reading]) -> Option<Match> {
    // A log stands for its span.
    let mut all = trace.spans.iter().chain(&trace.logs);
    let (carrier, key, value) = all.find_map(|span| {
        let (key, value) = correlation.carried(span)?;
        Some((span, key, value))
    })?;
    let reading = values.iter().find(|reading| reading.piece == value)?;
    let of_log = |span: &&Span| carrier.is_log() && span.span_id == carrier.span_id;
    let span = trace.spans.iter().find(of_log).unwrap_or(carrier);
    Some(Match {
        span_id: Some(span.span_id.to_string()),
        key: Some(key),
        ..described(trace, Some(span), reading)
    })
}

/// The trace, in the words of one of its spans.
fn described(trace: &Trace, span: Option<&Span>, reading: &Reading) -> Match {
    let start = trace.spans.iter().filter_map(|span| span.start).min();
    let end = trace.spans.iter().filter_map(Span::end).max();
    Match {
        trace_id: trace.id.to_string(),
        span_id: None,
        read_as: reading.read_as,
        piece: reading.piece.clone(),
        key: None,
        service: span.and_then(Span::service).map(str::to_owned),
        operation: span.and_then(|span| span.name.as_deref().map(str::to_owned)),
        start_time_unix_nano: start.map(|nanos| nanos.to_string()),
        duration_nano: start.zip(end).map(|(start, end)| end - start),
        error: trace.spans.iter().any(semconv::failed),
        id: trace.id,
        timestamp: trace.timestamp().unwrap_or(0),
    }
}

fn root(trace: &Trace) -> Option<&Span> {
    trace
        .spans
        .iter()
        .find(|span| span.parent_id.is_none())
        .or_else(|| trace.spans.first())
}
