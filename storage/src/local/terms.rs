//! Terms: what a trace can be found by, as bytes with a kind in front. A term is looked up by its
//! hash: in the bucket's dictionary it leads to codes, in the runs of rare values to rows.
//! `TraceQuery::matches` decides afterwards, so terms may promise too much but never too little.
use std::borrow::Cow;
use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;

use crate::batch::SharedSource;
use crate::encoding::Details;
use crate::local::dictionary::Shape;
use crate::local::record::shape::{form, shape_bit};
use crate::query::TraceQuery;
use crate::semconv;
use crate::span::{Format, Link, Span, StatusCode};
use crate::tags;

/// With which terms this release finds traces: one more whenever a span gives other terms, or other
/// codes, than before. An index of another version is built anew, with the rare values beside it.
///
/// 2: what OTLP's tags say beside attributes (links, trace state, dropped counts, attributes of the
/// scope), and the traces that a trace links to. 3: what codes and exceptions tell of failure.
pub(super) const VERSION: u32 = 3;

/// First byte of a term: what it names.
mod kind {
    pub(super) const SERVICE: u8 = b's';
    pub(super) const SPAN_NAME: u8 = b'n';
    pub(super) const REMOTE_SERVICE: u8 = b'r';
    /// Key, zero byte, value.
    pub(super) const TAG: u8 = b't';
    /// The key of a tag, or the text of an annotation.
    pub(super) const KEY: u8 = b'k';
    pub(super) const ERROR: u8 = b'e';
    /// The low half of the id of a trace that a span links to: 8 bytes, the highest first.
    pub(super) const LINK: u8 = b'l';
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
        let mut state = SipHasher13::new_with_keys(self.keys[0], self.keys[1]);
        state.write(&[kind::TAG]);
        state.write(key);
        state.write(&[0]);
        state.write(value);
        state.finish()
    }
}

pub(super) fn service(name: &str) -> Vec<u8> {
    named(kind::SERVICE, lower_case(name).as_bytes())
}

pub(super) fn remote_service(name: &str) -> Vec<u8> {
    named(kind::REMOTE_SERVICE, lower_case(name).as_bytes())
}

/// A tag's key, or an annotation's text.
pub(super) fn key(text: &[u8]) -> Vec<u8> {
    named(kind::KEY, text)
}

fn tag(key: &[u8], value: &[u8]) -> Vec<u8> {
    [&[kind::TAG], key, &[0], value].concat()
}

fn named(kind: u8, bytes: &[u8]) -> Vec<u8> {
    [&[kind], bytes].concat()
}

/// The terms that a source gives to all its spans, but for its service: resource and scope.
pub(super) fn of_source(source: &SharedSource, mut visit: impl FnMut(&[u8])) {
    tags::visit_source(&source.resource, &source.scope, |name, value| {
        visit(&key(name.as_bytes()));
        visit(&tag(name.as_bytes(), value.as_bytes()));
    });
}

/// The terms that a shape gives to all its spans: everything but values. Returns whether such
/// spans may have failed.
pub(super) fn of_shape(shape: &Shape, mut visit: impl FnMut(&[u8])) -> bool {
    if let Some(name) = &shape.name {
        visit(&named(kind::SPAN_NAME, lower_case(name).as_bytes()));
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
        visit(&key(event.name.as_bytes()));
    }
    of_links(&details.links, &mut visit);
    if format == Format::Zipkin {
        return;
    }
    if format == Format::Log {
        for attribute in details.events.iter().flat_map(|event| &event.attributes) {
            visit(&key(attribute.key.as_bytes()));
            let value = tags::text(&attribute.value);
            visit(&tag(attribute.key.as_bytes(), value.as_bytes()));
        }
    }
    if status == StatusCode::Error {
        visit(&tag(b"error", details.status_message.as_bytes()));
    }
    tags::Extras::of_details(details).visit(|name, value| {
        visit(&key(name.as_bytes()));
        visit(&tag(name.as_bytes(), value.as_bytes()));
    });
}

fn of_links(links: &[Link], mut visit: impl FnMut(&[u8])) {
    for link in links {
        visit(&link_to(link.trace_id as u64));
    }
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
        visit(&named(kind::SPAN_NAME, lower_case(name).as_bytes()));
    }
    if let Some(name) = semconv::remote_service(span) {
        visit(&remote_service(name));
    }
    tags::visit(span, |name, value| {
        visit(&key(name.as_bytes()));
        visit(&tag(name.as_bytes(), value.as_bytes()));
    });
    for event in &span.events {
        visit(&key(event.name.as_bytes()));
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
    for (key, value) in &query.any_tag {
        required.any.push(tag(key.as_bytes(), value.as_bytes()));
    }
    required
}

fn lower_case(name: &str) -> Cow<'_, str> {
    if name
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
    {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.to_lowercase())
    }
}
