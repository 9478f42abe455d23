//! Index terms: the words under which a trace is found. A term is a kind byte and bytes; the same
//! function makes them for the tail, for the index and for rebuilding the index, and a query asks
//! for terms that every matching trace must have. `TraceQuery::matches` decides afterwards, so a
//! term may promise too much but never too little.
use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher, RandomState};

use crate::batch::{AttributeRow, SpanBatch, SpanRow, Text, ValueRow};
use crate::encoding::{self, Reader};
use crate::query::TraceQuery;
use crate::semconv;
use crate::span::{Attribute, Format, StatusCode, Value};
use crate::tags;

/// First byte of a term: what it names. Never reused, since indexes on disk hold them.
mod kind {
    pub(super) const SERVICE: u8 = b's';
    pub(super) const SPAN_NAME: u8 = b'n';
    pub(super) const REMOTE_SERVICE: u8 = b'r';
    /// Key, zero byte, value.
    pub(super) const TAG: u8 = b't';
    /// The key of a tag, or the text of an annotation.
    pub(super) const KEY: u8 = b'k';
    pub(super) const ERROR: u8 = b'e';
}

/// Longer values are found by this many leading bytes and compared in full afterwards.
const VALUE_BYTES_INDEXED: usize = 256;
/// Longer keys and names likewise.
const NAME_BYTES_INDEXED: usize = 256;
/// The most distinct terms of one trace in one window; a hostile trace may not fill the index.
/// Beyond it a term is refused and counted.
const TERMS_PER_TRACE_MAX: usize = 100_000;

/// The distinct terms of a trace's spans.
#[derive(Clone, Default)]
pub(super) struct TermSet {
    seen: HashSet<u64>,
    packed: Vec<u8>,
    refused: u64,
}

impl TermSet {
    pub(super) fn contains(&self, hash: u64) -> bool {
        self.seen.contains(&hash)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut reader = Reader::new(&self.packed);
        std::iter::from_fn(move || reader.bytes().ok())
    }

    pub(super) fn bytes_held(&self) -> usize {
        self.packed.capacity() + self.seen.capacity() * 9
    }

    /// Terms that did not fit since the last call.
    pub(super) const fn take_refused(&mut self) -> u64 {
        std::mem::replace(&mut self.refused, 0)
    }

    fn add(&mut self, hasher: &RandomState, term: &[u8]) {
        if self.seen.len() >= TERMS_PER_TRACE_MAX {
            self.refused += 1;
        } else if self.seen.insert(hash_term(hasher, term)) {
            encoding::put_bytes(&mut self.packed, term);
        }
    }
}

/// Hashes with a secret of this process: nobody can prepare terms that collide.
pub(super) fn hash_term(hasher: &RandomState, term: &[u8]) -> u64 {
    let mut state = hasher.build_hasher();
    state.write(term);
    state.finish()
}

/// Adds the terms of spans to sets, keeping buffers between spans.
pub(super) struct TermWriter<'a> {
    hasher: &'a RandomState,
    term: Vec<u8>,
}

impl<'a> TermWriter<'a> {
    pub(super) const fn new(hasher: &'a RandomState) -> Self {
        Self {
            hasher,
            term: Vec::new(),
        }
    }

    /// Adds what a source says of all its spans: its service, and for OTLP resource and scope.
    pub(super) fn add_source(&mut self, set: &mut TermSet, batch: &SpanBatch, row: &SpanRow) {
        let source = batch.source(row.source);
        self.name(set, kind::SERVICE, &batch.string(source.service));
        if row.format == Format::Zipkin {
            return;
        }
        let Ok(source) = Reader::new(batch.bytes(source.encoded)).source() else {
            return;
        };
        for Attribute { key, value } in &source.resource.attributes {
            if key != "service.name" {
                self.tag(set, key.as_bytes(), tags::text(value).as_bytes());
            }
        }
        if !source.scope.name.is_empty() {
            self.tag(set, b"otel.scope.name", source.scope.name.as_bytes());
        }
        if !source.scope.version.is_empty() {
            self.tag(set, b"otel.scope.version", source.scope.version.as_bytes());
        }
    }

    pub(super) fn add_span(
        &mut self,
        set: &mut TermSet,
        batch: &SpanBatch,
        row: &SpanRow,
        attributes: &[AttributeRow],
    ) {
        self.name(set, kind::SPAN_NAME, &batch.string(row.name));
        let mut remote: Option<(u8, Text)> = None;
        let mut error = row.status == StatusCode::Error;
        for attribute in attributes {
            let key = batch.bytes(attribute.key);
            if key == b"error" {
                error |= attribute.value != ValueRow::Bool(false);
            }
            if let ValueRow::String(text) = attribute.value
                && let Some(rank) = semconv::remote_service_rank(key, row.kind)
                && !text.is_empty()
                && remote.is_none_or(|(best, _)| rank < best)
            {
                remote = Some((rank, text));
            }
            match attribute.value {
                ValueRow::String(text) => self.tag(set, key, batch.bytes(text)),
                value => {
                    let value = batch.value(value).unwrap_or(Value::Empty);
                    self.tag(set, key, tags::text(&value).as_bytes());
                }
            }
        }
        if error {
            self.put(set, &[kind::ERROR]);
        }
        let details = if row.details.is_empty() {
            None
        } else {
            Reader::new(batch.bytes(row.details)).details().ok()
        };
        for event in details.iter().flat_map(|details| &details.events) {
            self.prefixed(set, kind::KEY, event.name.as_bytes());
        }
        match row.format {
            Format::Zipkin => {
                let endpoint = Reader::new(batch.bytes(row.remote_endpoint)).endpoint();
                if let Ok(Some(service)) = endpoint.map(|end| end.and_then(|end| end.service)) {
                    self.name(set, kind::REMOTE_SERVICE, &service);
                }
            }
            Format::Otlp => {
                if let Some((_, text)) = remote {
                    self.name(set, kind::REMOTE_SERVICE, &batch.string(text));
                }
                let message = details
                    .as_ref()
                    .map_or("", |details| &details.status_message);
                self.status(set, row.status, message);
            }
        }
    }

    fn status(&mut self, set: &mut TermSet, code: StatusCode, message: &str) {
        match code {
            StatusCode::Unset => {}
            StatusCode::Ok => self.tag(set, b"otel.status_code", b"OK"),
            StatusCode::Error => {
                self.tag(set, b"otel.status_code", b"ERROR");
                self.tag(set, b"error", message.as_bytes());
            }
        }
    }

    fn name(&mut self, set: &mut TermSet, kind: u8, name: &str) {
        if !name.is_empty() {
            self.prefixed(set, kind, lower_case(name).as_bytes());
        }
    }

    fn tag(&mut self, set: &mut TermSet, key: &[u8], value: &[u8]) {
        self.prefixed(set, kind::KEY, key);
        let mut term = std::mem::take(&mut self.term);
        tag_term(&mut term, key, value);
        self.put(set, &term);
        self.term = term;
    }

    fn prefixed(&mut self, set: &mut TermSet, kind: u8, bytes: &[u8]) {
        let mut term = std::mem::take(&mut self.term);
        prefixed_term(&mut term, kind, bytes);
        self.put(set, &term);
        self.term = term;
    }

    fn put(&self, set: &mut TermSet, term: &[u8]) {
        set.add(self.hasher, term);
    }
}

/// What a trace must have to match: every one of `all`, and one of `any` unless that is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RequiredTerms {
    pub(super) all: Vec<Vec<u8>>,
    pub(super) any: Vec<Vec<u8>>,
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
            required
                .all
                .push(with(|term| prefixed_term(term, kind, name.as_bytes())));
        }
    }
    for tag in &query.tags {
        required.all.push(with(|term| match &tag.value {
            Some(value) => tag_term(term, tag.key.as_bytes(), value.as_bytes()),
            None => prefixed_term(term, kind::KEY, tag.key.as_bytes()),
        }));
    }
    if query.error_only {
        required.all.push(vec![kind::ERROR]);
    }
    for (key, value) in &query.any_tag {
        required.any.push(with(|term| {
            tag_term(term, key.as_bytes(), value.as_bytes())
        }));
    }
    required
}

fn with(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut term = Vec::new();
    write(&mut term);
    term
}

fn prefixed_term(out: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    out.clear();
    out.push(kind);
    out.extend_from_slice(cut(bytes, NAME_BYTES_INDEXED));
}

fn tag_term(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    out.clear();
    out.push(kind::TAG);
    out.extend_from_slice(cut(key, NAME_BYTES_INDEXED));
    out.push(0);
    out.extend_from_slice(cut(value, VALUE_BYTES_INDEXED));
}

fn cut(bytes: &[u8], length: usize) -> &[u8] {
    &bytes[..bytes.len().min(length)]
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
