//! Terms: what a trace can be found by, as bytes with a kind in front. A term is looked up by its
//! hash: in the bucket's dictionary it leads to codes, in the runs of rare values to rows.
//! `TraceQuery::matches` decides afterwards, so terms may promise too much but never too little.
use std::borrow::Cow;
use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;

use crate::batch::SharedSource;
use crate::correlation::{self, Correlation, fold};
use crate::encoding::Details;
use crate::id::SpanId;
use crate::local::dictionary::Shape;
use crate::local::record::shape::{form, shape_bit};
use crate::query::TraceQuery;
use crate::semconv;
use crate::span::{Event, Format, Link, Span, StatusCode};
use crate::tags;

/// With which terms this release finds traces: one more whenever a span gives other terms, or other
/// codes, than before. An index of another version is built anew, with the rare values beside it.
///
/// 2: what OTLP's tags say beside attributes (links, trace state, dropped counts, attributes of the
/// scope), and the traces that a trace links to. 3: what codes and exceptions tell of failure. 4: keys
/// of tags in lower case, elements of lists, what events say, and the ids of entry spans.
pub(super) const VERSION: u32 = 4;

/// First byte of a term: what it names.
mod kind {
    pub(super) const SERVICE: u8 = b's';
    pub(super) const SPAN_NAME: u8 = b'n';
    pub(super) const REMOTE_SERVICE: u8 = b'r';
    /// Key in lower case, zero byte, value.
    pub(super) const TAG: u8 = b't';
    /// The key of a tag, or the text of an annotation.
    pub(super) const KEY: u8 = b'k';
    pub(super) const ERROR: u8 = b'e';
    /// The low half of the id of a trace that a span links to: 8 bytes, the highest first.
    pub(super) const LINK: u8 = b'l';
    /// As a tag: what only a lookup compares, elements of lists and what events say.
    pub(super) const PART: u8 = b'p';
    /// The id of an entry span, or of one that a log tells of: 8 bytes, the highest first.
    pub(super) const SPAN: u8 = b'i';
}

/// The term of traces that have a failed span.
pub(super) const ERROR: &[u8] = &[kind::ERROR];

/// Hashes terms with a secret of the bucket, the same after a restart: nobody can prepare terms
/// that collide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TermHasher {
    pub(super) keys: [u64; 2],
}

impl TermHasher {
    pub(super) fn hash(self, term: &[u8]) -> u64 {
        let mut state = SipHasher13::new_with_keys(self.keys[0], self.keys[1]);
        state.write(term);
        state.finish()
    }

    /// The hash of a tag with its value.
    pub(super) fn tag(self, key: &[u8], value: &[u8]) -> u64 {
        self.pair(kind::TAG, key, value)
    }

    /// The hashes of the elements of a tag's value, if it is a list.
    pub(super) fn elements(self, key: &[u8], value: &[u8], mut visit: impl FnMut(u64)) {
        if correlation::is_list(value)
            && let Ok(value) = std::str::from_utf8(value)
        {
            correlation::visit_elements(value, |element| {
                visit(self.pair(kind::PART, key, element.as_bytes()));
            });
        }
    }

    fn pair(self, kind: u8, key: &[u8], value: &[u8]) -> u64 {
        let mut state = SipHasher13::new_with_keys(self.keys[0], self.keys[1]);
        state.write(&[kind]);
        state.write(&folded(key));
        state.write(&[0]);
        state.write(value);
        state.finish()
    }

    /// The hash of a span's own id.
    pub(super) fn span(self, id: SpanId) -> u64 {
        let mut term = [kind::SPAN; 9];
        term[1..].copy_from_slice(&id.value().to_be_bytes());
        self.hash(&term)
    }
}

pub(super) fn service(name: &str) -> Vec<u8> {
    named(kind::SERVICE, fold(name).as_bytes())
}

pub(super) fn remote_service(name: &str) -> Vec<u8> {
    named(kind::REMOTE_SERVICE, fold(name).as_bytes())
}

/// A tag's key, or an annotation's text.
pub(super) fn key(text: &[u8]) -> Vec<u8> {
    named(kind::KEY, text)
}

fn tag(key: &[u8], value: &[u8]) -> Vec<u8> {
    [&[kind::TAG], &*folded(key), &[0], value].concat()
}

fn part(key: &[u8], value: &[u8]) -> Vec<u8> {
    [&[kind::PART], &*folded(key), &[0], value].concat()
}

/// The terms of a tag, and of its elements if it is a list.
fn of_tag(name: &str, value: &str, visit: &mut impl FnMut(&[u8])) {
    visit(&key(name.as_bytes()));
    visit(&tag(name.as_bytes(), value.as_bytes()));
    correlation::visit_elements(value, |element| {
        visit(&part(name.as_bytes(), element.as_bytes()));
    });
}

/// The terms of what an event says.
fn of_event(event: &Event, visit: &mut impl FnMut(&[u8])) {
    visit(&key(event.name.as_bytes()));
    for attribute in &event.attributes {
        let value = tags::text(&attribute.value);
        correlation::visit_part(&value, |value| {
            visit(&part(attribute.key.as_bytes(), value.as_bytes()));
        });
    }
}

/// A key as keys compare, which are texts.
fn folded(key: &[u8]) -> Cow<'_, [u8]> {
    if correlation::is_folded(key) {
        return Cow::Borrowed(key);
    }
    Cow::Owned(String::from_utf8_lossy(key).to_lowercase().into_bytes())
}

fn named(kind: u8, bytes: &[u8]) -> Vec<u8> {
    [&[kind], bytes].concat()
}

/// The terms that a source gives to all its spans, but for its service: resource and scope.
pub(super) fn of_source(source: &SharedSource, mut visit: impl FnMut(&[u8])) {
    tags::visit_source(&source.resource, &source.scope, |name, value| {
        of_tag(name, &value, &mut visit);
    });
}

/// The terms that a shape gives to all its spans: everything but values. Returns whether such
/// spans may have failed.
pub(super) fn of_shape(shape: &Shape, mut visit: impl FnMut(&[u8])) -> bool {
    if let Some(name) = &shape.name {
        visit(&named(kind::SPAN_NAME, fold(name).as_bytes()));
    }
    if let Some(name) = &shape.remote_service
        && shape.format == Format::Zipkin
    {
        visit(&remote_service(name));
    }
    let mut error = shape.status == StatusCode::Error || shape.has(shape_bit::FAILED);
    for attribute in &shape.attributes {
        if attribute.form == form::ADDRESS {
            continue;
        }
        let name = attribute.key.as_bytes();
        visit(&key(name));
        match attribute.form {
            form::EMPTY => visit(&tag(name, b"")),
            form::FALSE => visit(&tag(name, b"false")),
            form::TRUE => visit(&tag(name, b"true")),
            _ => {}
        }
        error |= name == b"error" && attribute.form != form::FALSE;
    }
    if shape.format == Format::Otlp {
        if shape.status != StatusCode::Unset {
            let is_error = shape.status == StatusCode::Error;
            visit(&key(b"otel.status_code"));
            visit(&tag(
                b"otel.status_code",
                if is_error { b"ERROR" } else { b"OK" },
            ));
        }
        if shape.status == StatusCode::Error {
            visit(&key(b"error"));
            if !shape.has(shape_bit::DETAILS) {
                visit(&tag(b"error", b""));
            }
        }
    }
    error
}

/// The terms of a span's details: annotations, the message of its status, and what few have; of a
/// log also what it says of its event.
pub(super) fn of_details(
    format: Format,
    status: StatusCode,
    details: &Details,
    mut visit: impl FnMut(&[u8]),
) {
    for event in &details.events {
        if format == Format::Log {
            visit(&key(event.name.as_bytes()));
            for attribute in &event.attributes {
                of_tag(&attribute.key, &tags::text(&attribute.value), &mut visit);
            }
        } else {
            of_event(event, &mut visit);
        }
    }
    of_links(&details.links, &mut visit);
    if format == Format::Zipkin {
        return;
    }
    if status == StatusCode::Error {
        of_tag(tags::ERROR, &details.status_message, &mut visit);
    }
    tags::Extras::of_details(details).visit(|name, value| of_tag(name, &value, &mut visit));
}

fn of_links(links: &[Link], mut visit: impl FnMut(&[u8])) {
    for link in links {
        visit(&link_to(link.trace_id as u64));
    }
}

fn of_id(span_id: SpanId) -> Vec<u8> {
    named(kind::SPAN, &span_id.value().to_be_bytes())
}

fn link_to(low: u64) -> Vec<u8> {
    named(kind::LINK, &low.to_be_bytes())
}

/// All terms of a span: for spans that no dictionary of this bucket describes.
pub(super) fn of_span(span: &Span, mut visit: impl FnMut(&[u8])) {
    if let Some(name) = span.service() {
        visit(&service(name));
    }
    if let Some(name) = &span.name {
        visit(&named(kind::SPAN_NAME, fold(name).as_bytes()));
    }
    if let Some(name) = semconv::remote_service(span) {
        visit(&remote_service(name));
    }
    tags::visit(span, |name, value| of_tag(name, &value, &mut visit));
    for event in &span.events {
        if span.is_log() {
            visit(&key(event.name.as_bytes()));
        } else {
            of_event(event, &mut visit);
        }
    }
    if span.is_entry() || span.is_log() {
        visit(&of_id(span.span_id));
    }
    of_links(&span.links, &mut visit);
    if semconv::failed(span) {
        visit(ERROR);
    }
}

/// What a trace must have to match: every one of `all`, and one of `any` unless that is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RequiredTerms {
    pub(super) all: Vec<Vec<u8>>,
    pub(super) any: Vec<Vec<u8>>,
}

impl RequiredTerms {
    /// One condition at most: a part of a trace that satisfies it is known by its own words.
    pub(super) const fn is_one(&self) -> bool {
        self.all.len() + !self.any.is_empty() as usize <= 1
    }
}

pub(super) fn required(query: &TraceQuery) -> RequiredTerms {
    let mut required = RequiredTerms::default();
    let names = [
        (kind::SERVICE, &query.service),
        (kind::REMOTE_SERVICE, &query.remote_service),
        (kind::SPAN_NAME, &query.span_name),
    ];
    for (kind, name) in names {
        if let Some(name) = name {
            required.all.push(named(kind, name.as_bytes()));
        }
    }
    for condition in &query.tags {
        required.all.push(match &condition.value {
            Some(value) => tag(condition.key.as_bytes(), value.as_bytes()),
            None => key(condition.key.as_bytes()),
        });
    }
    if query.error_only {
        required.all.push(ERROR.to_vec());
    }
    if let Some(target) = query.links_to {
        required.all.push(link_to(target.trace_id.low()));
    }
    if let Some(id) = query.span_id {
        required.all.push(of_id(id));
    }
    for (key, value) in query.correlation.iter().flat_map(Correlation::pairs) {
        let (key, value) = (key.as_bytes(), value.as_bytes());
        required.any.extend([tag(key, value), part(key, value)]);
    }
    required
}
