//! One line of a search's answer: what a trace was, where its time went and where it failed.
use std::collections::HashMap;

use foldhash::quality::RandomState;
use serde::{Serialize, Serializer};
use storage::span::Span;
use storage::trace::Trace;

use super::family::{Family, Ordered};
use super::outline::{self, Outline};
use super::peers::{Call, RootCall};
use super::services::{self, Parties};
use super::sides::Sides;
use super::{CallTree, Name, Skew};

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub trace_id: String,
    #[serde(serialize_with = "decimal")]
    pub start_time_unix_nano: Option<u64>,
    pub duration_nano: Option<u64>,
    pub root: Root,
    pub span_count: usize,
    pub error_count: usize,
    pub services: Vec<Service>,
    /// Most time first; the sum is that of the critical path. The service is null in a gap.
    pub critical_by_service: Vec<Critical>,
    pub error_origin: Option<ErrorOrigin>,
    /// Where the root stands among its peers, if they are enough and somebody has asked.
    #[serde(flatten)]
    pub standing: Option<Standing>,
    #[serde(skip)]
    pub root_call: Option<RootCall>,
}

/// As a hop's peers tell it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Standing {
    pub percentile: f64,
    pub slower: f64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Root {
    pub service: Option<String>,
    pub operation: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    pub name: Option<String>,
    pub span_count: usize,
    pub error_count: usize,
    pub inferred: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Critical {
    pub service: Option<String>,
    pub duration_nano: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorOrigin {
    pub service: Option<String>,
    pub text: Option<String>,
}

/// As the call tree of the trace has it, without what a line does not tell: measures of each hop, groups.
pub fn summary(trace: &Trace) -> Summary {
    let outline = Outline::of(trace, Skew::Corrected);
    let family = &outline.family;
    let hops: Vec<Line<'_>> = (outline.order.iter())
        .map(|ordered| Line::of(trace, family, *ordered))
        .collect();
    let (start, duration) = outline.timeline.extent();
    let root = outline::root(&trace.spans, &outline.order);
    let parties = hops.iter().map(|hop| Parties {
        caller: hop.sides.caller,
        callee: hop.sides.callee,
        error: hop.sides.has_failed(family),
    });
    let services = services::services(family, parties);
    Summary {
        trace_id: trace.id.to_string(),
        start_time_unix_nano: start,
        duration_nano: duration,
        root: Root {
            service: owned(root.service),
            operation: owned(root.operation),
        },
        span_count: trace.spans.len(),
        error_count: family.errors.iter().filter(|failed| **failed).count(),
        services: services
            .into_iter()
            .map(|count| Service {
                name: owned(count.name),
                span_count: count.span_count,
                error_count: count.error_count,
                inferred: count.inferred,
            })
            .collect(),
        critical_by_service: critical_by_service(&outline, &hops),
        error_origin: error_origin(trace, family, &hops),
        standing: None,
        root_call: hops
            .first()
            .zip(start)
            .and_then(|(first, start)| first.root_call(&outline, &trace.spans, start)),
    }
}

/// What is told of a hop.
struct Line<'a> {
    parent: Option<usize>,
    sides: Sides<'a>,
}

fn critical_by_service(outline: &Outline<'_>, hops: &[Line<'_>]) -> Vec<Critical> {
    let hop_of = outline.family.hop_of(&outline.order);
    let mut sums: HashMap<Option<&str>, u64, RandomState> = HashMap::default();
    for step in &outline.path {
        let service = step.span.and_then(|span| hops[hop_of[span]].service());
        *sums.entry(service).or_default() += step.time.duration();
    }
    let mut sums: Vec<(Option<&str>, u64)> = sums.into_iter().collect();
    sums.sort_by_key(|(service, duration)| (std::cmp::Reverse(*duration), *service));
    sums.into_iter()
        .map(|(service, duration_nano)| Critical {
            service: owned(service),
            duration_nano,
        })
        .collect()
}

/// The hops through which the first failure went, from where it ended to where it began: of several
/// failed calls the last one is what its caller gave up on.
pub(super) fn error_chain(tree: &CallTree<'_>) -> Vec<usize> {
    chain(tree.hops.iter().map(|hop| (hop.parent, hop.error)))
}

fn chain(hops: impl ExactSizeIterator<Item = (Option<usize>, bool)>) -> Vec<usize> {
    let mut below: Vec<Option<usize>> = vec![None; hops.len()];
    let mut first = None;
    for (index, (parent, _)) in hops.enumerate().filter(|(_, (_, error))| *error) {
        first = first.or(Some(index));
        if let Some(parent) = parent {
            below[parent] = Some(index);
        }
    }
    std::iter::successors(first, |hop| below[*hop]).collect()
}

fn error_origin(trace: &Trace, family: &Family, hops: &[Line<'_>]) -> Option<ErrorOrigin> {
    let failed = |hop: &Line<'_>| (hop.parent, hop.sides.has_failed(family));
    let hop = &hops[*chain(hops.iter().map(failed)).last()?];
    Some(ErrorOrigin {
        service: owned(hop.service()),
        text: hop.sides.error_text(trace, family),
    })
}

impl<'a> Line<'a> {
    fn of(trace: &'a Trace, family: &Family, ordered: Ordered) -> Self {
        let mut sides = Sides::of(&trace.spans, family, ordered.top);
        // Who sent it is known to another trace.
        if family.comes_from_afar(ordered.top) {
            sides.caller = None;
        }
        Self {
            parent: ordered.parent,
            sides,
        }
    }

    fn root_call(&self, outline: &Outline<'_>, spans: &[Span], start: u64) -> Option<RootCall> {
        let Outline {
            family, timeline, ..
        } = outline;
        let Sides { client, server, .. } = self.sides;
        let (kind, _) = self.sides.kind(spans, family);
        let call = Call {
            caller: self.sides.caller,
            callee: self.sides.callee,
            kind,
            client_duration: client.and_then(|client| timeline.duration(client)),
            server_duration: server.and_then(|server| timeline.duration(server)),
        };
        RootCall::of(&call, spans, start)
    }

    fn service(&self) -> Option<&'a str> {
        Name::of(self.sides.caller.as_ref(), self.sides.callee.as_ref()).service
    }
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

#[expect(
    clippy::ref_option,
    reason = "serde hands over a reference to the field"
)]
fn decimal<S: Serializer>(nanos: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match nanos {
        Some(nanos) => serializer.collect_str(nanos),
        None => serializer.serialize_none(),
    }
}
