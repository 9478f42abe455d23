//! What logs say of a span: records of OTLP's logs that name their span, each kept as a part of it
//! ([`Format::Log`](crate::span::Format::Log)) and shown as its events.
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use foldhash::quality::RandomState;

use crate::encoding;
use crate::id::SpanId;
use crate::semconv;
use crate::span::{Attribute, Event, Span, Value};
use crate::tags;
use crate::trace::Trace;

/// The most events of one span, those of logs among them.
pub const EVENTS_MAX: usize = 1_024;

/// Gives the trace's logs to their spans, as events behind the span's own, by their time. What is
/// left in `logs` belongs to no span that is here: it has not come yet, or never will.
///
/// Of the two halves of a shared span, a log belongs to that of its service, else to the first. A
/// span with more than [`EVENTS_MAX`] events keeps its own, then exceptions, then what came first in
/// time; the rest is counted as dropped. A log without any time gets that of its span's start.
pub fn fold(trace: &mut Trace) {
    if trace.logs.is_empty() {
        return;
    }
    let homes = homes(trace);
    let mut events: HashMap<usize, Vec<Event>, RandomState> = HashMap::default();
    let mut orphans = Vec::new();
    for (log, home) in std::mem::take(&mut trace.logs).into_iter().zip(homes) {
        let Some(home) = home else {
            orphans.push(log);
            continue;
        };
        let span = &trace.spans[home];
        let of_span = events.entry(home).or_default();
        of_span.extend(events_of(log, span));
    }
    trace.logs = orphans;
    for (home, added) in events {
        add(&mut trace.spans[home], added);
    }
}

/// The position of each log's span.
fn homes(trace: &Trace) -> Vec<Option<usize>> {
    let wanted: HashSet<SpanId, RandomState> = trace.logs.iter().map(|log| log.span_id).collect();
    let mut firsts: HashMap<SpanId, usize, RandomState> = HashMap::default();
    let mut by_service: HashMap<(SpanId, &str), usize, RandomState> = HashMap::default();
    for (position, span) in trace.spans.iter().enumerate() {
        if !wanted.contains(&span.span_id) {
            continue;
        }
        firsts.entry(span.span_id).or_insert(position);
        if let Some(service) = span.service() {
            by_service
                .entry((span.span_id, service))
                .or_insert(position);
        }
    }
    let home = |log: &Span| {
        let same = log.service().map(|service| (log.span_id, service));
        same.and_then(|key| by_service.get(&key))
            .or_else(|| firsts.get(&log.span_id))
            .copied()
    };
    trace.logs.iter().map(home).collect()
}

fn events_of(log: Span, span: &Span) -> impl Iterator<Item = Event> + use<> {
    let start = span.start.unwrap_or(0);
    // Whose logger it was, unless the span's own tracer has the name.
    let logger = Some(&log.scope.name)
        .filter(|name| !name.is_empty() && **name != span.scope.name)
        .map(|name| Attribute {
            key: tags::SCOPE_NAME.into(),
            value: Value::String(name.as_str().into()),
        });
    log.events.into_iter().map(move |mut event| {
        if event.time == 0 {
            event.time = start as i64;
        }
        event.attributes.extend(logger.clone());
        event
    })
}

fn add(span: &mut Span, mut added: Vec<Event>) {
    let room = EVENTS_MAX.saturating_sub(span.events.len());
    if added.len() > room {
        let cut = u32::try_from(added.len() - room).unwrap_or(u32::MAX);
        span.dropped_events = span.dropped_events.saturating_add(cut);
        added.sort_by_key(|event| (!semconv::is_exception(event), event.time as u64));
        added.truncate(room);
    }
    // Stable: records of one moment stay in the order in which they came.
    added.sort_by_key(|event| event.time as u64);
    span.events.append(&mut added);
}

/// Logs with different hashes are different: a span may have a hundred thousand of them.
pub(crate) fn hash(log: &Span, state: &RandomState) -> u64 {
    let mut bytes = log.span_id.value().to_be_bytes().to_vec();
    if let Some(service) = log.service() {
        bytes.extend_from_slice(service.as_bytes());
    }
    for event in &log.events {
        bytes.extend_from_slice(&event.time.to_be_bytes());
        encoding::put_bytes(&mut bytes, event.name.as_bytes());
        encoding::put_attributes(&mut bytes, &event.attributes);
    }
    state.hash_one(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::cast::{bare, endpoint, log, span, tag, trace_id};
    use crate::span::Kind;

    fn folded(spans: Vec<Span>) -> Trace {
        let mut trace = Trace::group(spans).pop().unwrap();
        fold(&mut trace);
        trace
    }

    fn names(span: &Span) -> Vec<&str> {
        span.events
            .iter()
            .map(|event| event.name.as_str())
            .collect()
    }

    #[test]
    fn logs_become_events_by_their_time_each_once() {
        let id = trace_id(1);
        let mut own = span(id, 1, "web", "get", 0, 10);
        own.events = vec![crate::contract::cast::annotation(9, "own")];
        let late = log(id, 1, "web", 5, "late", vec![tag("k", "v")]);
        let trace = folded(vec![
            late.clone(),
            own,
            log(id, 1, "web", 2, "early", vec![]),
            late.clone(),
            log(id, 2, "web", 2, "of nobody", vec![]),
        ]);
        assert_eq!(names(&trace.spans[0]), ["own", "early", "late"]);
        assert_eq!(trace.spans[0].events[2], late.events[0]);
        assert_eq!(trace.logs.len(), 1, "{:?}", trace.logs);
        assert_eq!(Trace::of_one(vec![late.clone()]), None);
        assert!(Trace::group(vec![late]).is_empty());
    }

    #[test]
    fn of_two_halves_the_one_of_the_service_has_the_log() {
        let id = trace_id(1);
        let half = |service, kind| Span {
            kind,
            local_endpoint: Some(endpoint(service)),
            ..bare(id, 1)
        };
        let trace = folded(vec![
            half("web", Kind::Client),
            half("shop", Kind::Server),
            log(id, 1, "shop", 1, "of the server", vec![]),
            log(id, 1, "web", 1, "of the client", vec![]),
            log(id, 1, "sidecar", 1, "of the first", vec![]),
        ]);
        assert_eq!(names(&trace.spans[0]), ["of the client", "of the first"]);
        assert_eq!(names(&trace.spans[1]), ["of the server"]);
    }

    #[test]
    fn a_span_has_so_many_events_and_exceptions_go_last() {
        let id = trace_id(1);
        let mut spans = vec![span(id, 1, "web", "get", 0, 10)];
        for number in 0..3_000 {
            spans.push(log(id, 1, "web", number, "note", vec![]));
        }
        spans.push(log(id, 1, "web", 9_000, semconv::EXCEPTION, vec![]));
        let trace = folded(spans);
        let names = names(&trace.spans[0]);
        assert_eq!(names.len(), EVENTS_MAX);
        assert_eq!(names.last(), Some(&semconv::EXCEPTION));
        assert_eq!(trace.spans[0].dropped_events, 3_001 - 1_024);
    }

    #[test]
    fn what_has_no_time_is_told_at_the_start_and_a_logger_is_named() {
        let id = trace_id(1);
        let own = span(id, 1, "web", "get", 3, 10);
        let mut timeless = log(id, 1, "web", 0, "note", vec![]);
        timeless.events[0].time = 0;
        timeless.scope = std::sync::Arc::new(crate::span::Scope {
            name: "shop.Cart".to_owned(),
            ..Default::default()
        });
        let trace = folded(vec![own.clone(), timeless]);
        let event = &trace.spans[0].events[0];
        assert_eq!(Some(event.time as u64), own.start);
        assert_eq!(event.attributes, [tag("otel.scope.name", "shop.Cart")]);
    }

    /// A hostile client: one id for everything, on both sides.
    #[test]
    fn folding_is_linear() {
        let id = trace_id(1);
        let mut spans = Vec::new();
        for number in 0..100_000_u64 {
            spans.push(log(id, 1, "web", number % 3, "note", vec![]));
            spans.push(log(id, 1, "web", number, "note", vec![]));
        }
        spans.extend((0..20_000).map(|number| Span {
            kind: Kind::from_number(number % 6),
            ..span(id, 1, "web", "get", number, 10)
        }));
        let began = std::time::Instant::now();
        let trace = folded(spans);
        assert_eq!(trace.spans[0].events.len(), EVENTS_MAX);
        assert_eq!(trace.spans[0].dropped_events, 100_000 - 1_024);
        assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    }
}
