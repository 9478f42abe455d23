//! What the linker must know of a span, and Zipkin's `Trace.merge`: spans that were sent in pieces
//! become whole, and server halves that forgot to say so become shared.
use std::borrow::Cow;
use std::cmp::Ordering;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::id::SpanId;
use crate::semconv;
use crate::span::{Format, Kind, Span};

/// A span as far as links are concerned. `None` in `kind` is Zipkin's absent kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part<'a> {
    pub id: SpanId,
    pub parent: Option<SpanId>,
    pub kind: Option<Kind>,
    pub shared: bool,
    pub local: Option<Place<'a>>,
    pub remote_service: Option<Cow<'a, str>>,
    pub start: Option<u64>,
    pub failed: bool,
}

/// A local endpoint. Names are in lower case and never empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Place<'a> {
    pub service: Option<Cow<'a, str>>,
    pub ipv4: Option<Ipv4Addr>,
    pub ipv6: Option<Ipv6Addr>,
    pub port: Option<u16>,
}

impl Part<'_> {
    pub(super) fn service(&self) -> Option<&str> {
        self.local.as_ref()?.service.as_deref()
    }
}

pub(super) fn merge<'a>(spans: impl IntoIterator<Item = &'a Span>) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = spans.into_iter().map(part).collect();
    if parts.len() <= 1 {
        return parts;
    }
    parts.sort_by(cleanup_order);
    let mut merged: Vec<Part<'a>> = Vec::with_capacity(parts.len());
    let mut rest = parts.into_iter().peekable();
    while let Some(first) = rest.next() {
        let (kind, parent, shared) = (first.kind, first.parent, first.shared);
        let mut whole = first;
        // The tracker fills up with what was absorbed; the endpoint of the span itself does too,
        // so that one serves as the other.
        while let Some(next) = rest.next_if(|next| {
            next.id == whole.id && next.shared == shared && compatible(&whole.local, &next.local)
        }) {
            absorb(&mut whole, next);
        }
        if let Some(last) = merged.last().filter(|last| last.id == whole.id) {
            if last.kind == Some(Kind::Client) && kind == Some(Kind::Server) {
                whole.shared = true;
            }
            if whole.shared && parent.is_none() && last.parent.is_some() {
                whole.parent = last.parent;
            }
        }
        merged.push(whole);
    }
    merged
}

fn part(span: &Span) -> Part<'_> {
    let kind = match span.kind {
        Kind::Unspecified | Kind::Internal => None,
        kind => Some(kind),
    };
    let endpoint = span.local_endpoint.as_ref();
    let local = Place {
        service: span.service().map(lower_case),
        ipv4: endpoint.and_then(|endpoint| endpoint.ipv4),
        ipv6: endpoint.and_then(|endpoint| endpoint.ipv6),
        port: endpoint
            .and_then(|endpoint| endpoint.port)
            .filter(|port| *port != 0),
    };
    Part {
        id: span.span_id,
        parent: span.parent_id.filter(|parent| *parent != span.span_id),
        kind,
        shared: span.shared && kind != Some(Kind::Client),
        local: (local != Place::default()).then_some(local),
        remote_service: semconv::remote_service(span)
            .filter(|name| !name.is_empty())
            .map(lower_case),
        start: span.start,
        failed: match span.format {
            // Zipkin looks for the tag, whatever its value.
            Format::Zipkin => span.attribute("error").is_some(),
            Format::Otlp => semconv::is_error(span),
        },
    }
}

/// By id; not-shared first and of those clients first; then by endpoint.
fn cleanup_order(left: &Part<'_>, right: &Part<'_>) -> Ordering {
    let place_in_rpc = |part: &Part<'_>| match (part.shared, part.kind) {
        (true, _) => 2,
        (false, Some(Kind::Client)) => 0,
        (false, _) => 1,
    };
    left.id
        .cmp(&right.id)
        .then_with(|| place_in_rpc(left).cmp(&place_in_rpc(right)))
        .then_with(|| match (&left.local, &right.local) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(left), Some(right)) => absent_last(&left.service, &right.service)
                .then_with(|| absent_last(&left.ipv4, &right.ipv4))
                .then_with(|| absent_last(&left.ipv6, &right.ipv6)),
        })
}

fn absent_last<T: Ord>(left: &Option<T>, right: &Option<T>) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => left.cmp(right),
        (left, right) => right.is_some().cmp(&left.is_some()),
    }
}

fn compatible(left: &Option<Place<'_>>, right: &Option<Place<'_>>) -> bool {
    let (Some(left), Some(right)) = (left, right) else {
        return true;
    };
    agree(&left.service, &right.service)
        && agree(&left.ipv4, &right.ipv4)
        && agree(&left.ipv6, &right.ipv6)
        && agree(&left.port, &right.port)
}

fn agree<T: PartialEq>(left: &Option<T>, right: &Option<T>) -> bool {
    left.is_none() || right.is_none() || left == right
}

fn absorb<'a>(whole: &mut Part<'a>, next: Part<'a>) {
    whole.parent = whole.parent.or(next.parent);
    whole.kind = whole.kind.or(next.kind);
    whole.start = whole.start.or(next.start);
    whole.failed |= next.failed;
    if whole.remote_service.is_none() {
        whole.remote_service = next.remote_service;
    }
    match (&mut whole.local, next.local) {
        (Some(local), Some(next)) => {
            if local.service.is_none() {
                local.service = next.service;
            }
            local.ipv4 = local.ipv4.or(next.ipv4);
            local.ipv6 = local.ipv6.or(next.ipv6);
            local.port = local.port.or(next.port);
        }
        (local @ None, next) => *local = next,
        (Some(_), None) => {}
    }
}

fn lower_case(name: &str) -> Cow<'_, str> {
    if name.chars().any(char::is_uppercase) {
        Cow::Owned(name.to_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}
