//! What can be asked of a store. [`TraceQuery::matches`] is the meaning of a search; an index is
//! only a shortcut to it.
use crate::correlation::Correlation;
use crate::id::{SpanId, TraceId};
use crate::semconv;
use crate::span::{Link, Span};
use crate::tags;
use crate::trace::Trace;

/// A search for traces: every condition must hold, each for some considered span of the trace
/// (Zipkin's `QueryRequest`), those for tags also for what a log says of one of its spans. Names
/// compare without case, tags exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceQuery {
    /// Considers only the spans that this service recorded; lower case.
    pub service: Option<String>,
    /// Lower case.
    pub remote_service: Option<String>,
    /// Lower case.
    pub span_name: Option<String>,
    pub tags: Vec<TagCondition>,
    /// What the trace must not have.
    pub excluded: Excluded,
    /// Only traces with a span, or a log of one, that carries it.
    pub correlation: Option<Correlation>,
    /// Only traces with an entry span of this id ([`Span::is_entry`]), or with a log of a span of
    /// this id.
    pub span_id: Option<SpanId>,
    /// Only traces with a span that failed.
    pub error_only: bool,
    /// Only traces with a span that links to this trace.
    pub links_to: Option<LinkTarget>,
    /// Nanoseconds, inclusive.
    pub duration_min: Option<u64>,
    /// Nanoseconds, inclusive.
    pub duration_max: Option<u64>,
    /// How long the whole trace took ([`Trace::duration`]), whatever is considered: nanoseconds, inclusive.
    pub whole_min: Option<u64>,
    /// Nanoseconds, inclusive.
    pub whole_max: Option<u64>,
    pub range: TimeRange,
    /// Only traces that an answer, which is newest first, has after this place.
    pub after: Option<Place>,
    /// The most traces to return; at least 1.
    pub limit: usize,
}

/// What excludes a trace: each of these is the opposite of the condition of its name, about the same
/// spans. With a service only what that service recorded can exclude, but for `services`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excluded {
    /// Services of which the trace has no span; lower case. All its spans count.
    pub services: Vec<String>,
    /// Names that no considered span has; lower case.
    pub span_names: Vec<String>,
    /// Tags that neither a considered span has nor what a log says of one.
    pub tags: Vec<TagCondition>,
    /// No considered span failed.
    pub errors: bool,
}

impl Excluded {
    pub const NOTHING: Self = Self {
        services: Vec::new(),
        span_names: Vec::new(),
        tags: Vec::new(),
        errors: false,
    };
}

/// Where a trace stands in an answer: by its start, and of those that began together by its id. The
/// greater comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Nanoseconds since the epoch ([`Trace::timestamp`]); zero where it is not known.
    pub start: u64,
    /// Before the whole id: a client may know no more of it.
    low: u64,
    id: TraceId,
}

impl Place {
    pub const fn new(start: u64, id: TraceId) -> Self {
        Self {
            start,
            low: id.low(),
            id,
        }
    }

    pub fn of(trace: &Trace) -> Self {
        Self::new(trace.timestamp().unwrap_or(0), trace.id)
    }

    pub const fn id(&self) -> TraceId {
        self.id
    }
}

/// A trace that spans link to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkTarget {
    pub trace_id: TraceId,
    /// Ids that agree in the low half mean the same trace (Zipkin's `STRICT_TRACE_ID=false`).
    pub by_low_half: bool,
}

impl LinkTarget {
    pub const fn exactly(trace_id: TraceId) -> Self {
        Self {
            trace_id,
            by_low_half: false,
        }
    }

    /// Does the link lead there?
    pub const fn is_of(&self, link: &Link) -> bool {
        if self.by_low_half {
            link.trace_id as u64 == self.trace_id.low()
        } else {
            link.trace_id == self.trace_id.value()
        }
    }
}

/// A tag, or with no value a tag key or an annotation of that text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagCondition {
    pub key: String,
    pub value: Option<String>,
}

/// Milliseconds since the epoch, both ends inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    pub from_ms: u64,
    pub to_ms: u64,
}

impl TimeRange {
    pub const ALL: Self = Self {
        from_ms: 0,
        to_ms: u64::MAX,
    };

    /// Compares in microseconds, as Zipkin does: a span in the last microsecond of `to_ms` is in.
    pub const fn contains_nanos(&self, nanos: u64) -> bool {
        let micros = nanos / 1000;
        self.from_ms.saturating_mul(1000) <= micros && micros <= self.to_ms.saturating_mul(1000)
    }
}

impl TraceQuery {
    /// Every trace of the range, newest first.
    pub const fn all(range: TimeRange, limit: usize) -> Self {
        Self {
            service: None,
            remote_service: None,
            span_name: None,
            tags: Vec::new(),
            excluded: Excluded::NOTHING,
            correlation: None,
            span_id: None,
            error_only: false,
            links_to: None,
            duration_min: None,
            duration_max: None,
            whole_min: None,
            whole_max: None,
            range,
            after: None,
            limit,
        }
    }

    /// When a trace that matches can have begun.
    pub fn began_in(&self) -> TimeRange {
        let last = self
            .after
            .map_or(u64::MAX, |place| place.start.div_ceil(1_000_000));
        TimeRange {
            to_ms: self.range.to_ms.min(last),
            ..self.range
        }
    }

    pub fn matches(&self, trace: &Trace) -> bool {
        let Some(timestamp) = trace.timestamp() else {
            return false;
        };
        self.range.contains_nanos(timestamp)
            && (self.after).is_none_or(|place| Place::of(trace) < place)
            && self.whole_holds(trace)
            && self.conditions_hold(trace)
    }

    fn whole_holds(&self, trace: &Trace) -> bool {
        if self.whole_min.is_none() && self.whole_max.is_none() {
            return true;
        }
        trace.duration().is_some_and(|duration| {
            self.whole_min.is_none_or(|min| min <= duration)
                && self.whole_max.is_none_or(|max| duration <= max)
        })
    }

    fn conditions_hold(&self, trace: &Trace) -> bool {
        let considered: Vec<&Span> = trace
            .spans
            .iter()
            .filter(|span| self.considers(span))
            .collect();
        let some =
            |condition: &dyn Fn(&Span) -> bool| considered.iter().any(|span| condition(span));
        // Logs say more of spans; they are none that a trace could be named or timed by.
        let logs = || trace.logs.iter().filter(|log| self.considers(log));
        let some_or_log =
            |condition: &dyn Fn(&Span) -> bool| some(condition) || logs().any(condition);
        !considered.is_empty()
            && self.remote_service.as_ref().is_none_or(|name| {
                some(&|span| semconv::remote_service(span).is_some_and(|own| same_name(own, name)))
            })
            && self.span_name.as_ref().is_none_or(|name| {
                some(&|span| span.name.as_deref().is_some_and(|own| same_name(own, name)))
            })
            && self
                .tags
                .iter()
                .all(|condition| some_or_log(&|span| condition.holds(span)))
            && (self.correlation.as_ref())
                .is_none_or(|wanted| some_or_log(&|span| wanted.carried(span).is_some()))
            && self.span_id.is_none_or(|id| {
                some_or_log(&|span| span.span_id == id && (span.is_entry() || span.is_log()))
            })
            && (!self.error_only || some(&semconv::failed))
            && (self.links_to)
                .is_none_or(|target| some(&|span| span.links.iter().any(|link| target.is_of(link))))
            && ((self.duration_min.is_none() && self.duration_max.is_none())
                || some(&|span| self.duration_holds(span)))
            && !self
                .excluded
                .services
                .iter()
                .any(|name| recorded(trace, name))
            && !self.excluded.span_names.iter().any(|name| {
                some(&|span| span.name.as_deref().is_some_and(|own| same_name(own, name)))
            })
            && !(self.excluded.tags.iter())
                .any(|condition| some_or_log(&|span| condition.holds(span)))
            && !(self.excluded.errors && some(&semconv::failed))
    }

    /// Is the span, or the log, one that conditions are about?
    pub fn considers(&self, span: &Span) -> bool {
        self.service
            .as_ref()
            .is_none_or(|name| span.service().is_some_and(|own| same_name(own, name)))
    }

    fn duration_holds(&self, span: &Span) -> bool {
        let duration = span.duration.unwrap_or(0).max(0) as u64;
        self.duration_min.is_none_or(|min| min <= duration)
            && self.duration_max.is_none_or(|max| duration <= max)
    }
}

impl TagCondition {
    fn holds(&self, span: &Span) -> bool {
        tags::contains(span, &self.key, self.value.as_deref())
            || (self.value.is_none() && span.events.iter().any(|event| event.name == self.key))
    }
}

/// Did the service record a span of the trace?
fn recorded(trace: &Trace, service: &str) -> bool {
    let mut services = trace.spans.iter().filter_map(Span::service);
    services.any(|own| same_name(own, service))
}

/// Compares a reported name with one that is in lower case already.
fn same_name(reported: &str, lower_case: &str) -> bool {
    reported == lower_case || reported.to_lowercase() == lower_case
}

/// Which names a store knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameQuery {
    /// Services that recorded spans.
    Services,
    /// Names of the spans that a service recorded; the service in lower case.
    SpanNames { service: String },
    /// Services that a service named as its other side.
    RemoteServices { service: String },
    /// Values of a tag as text, of any span. A store may leave out values that are nearly unique
    /// and those beyond its limits.
    TagValues { key: String },
}
