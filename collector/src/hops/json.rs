//! The call tree as JSON: times since the epoch are decimal strings of nanoseconds, durations are
//! integers, what is absent is null.
use serde::ser::{Error, SerializeSeq};
use serde::{Serialize, Serializer};
use storage::id::{SpanId, TraceId, hex_digits};

use super::span_json::SpanList;
use super::{CallTree, ClockSkew, Hop, HopKind, Name, Notes, Part, Party, Segment};
use super::{ServiceCount, Skew};

/// Whether the answer repeats the spans that the hops refer to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spans {
    #[default]
    Included,
    Omitted,
}

/// The answer of `GET /api/hopline/traces/{id}`, ready for serde.
pub fn answer<'t>(tree: &'t CallTree<'t>, spans: Spans) -> impl Serialize + 't {
    Answer {
        trace_id: Text(tree.trace.id),
        start_time_unix_nano: tree.start.map(Text),
        duration_nano: tree.duration,
        root: name(tree.root),
        span_count: tree.trace.spans.len(),
        hop_count: tree.hops.len(),
        error_count: tree.error_count,
        services: Each(&tree.services, service),
        complete: tree.complete,
        missing_parents: tree.missing_parents,
        truncated: tree.trace.truncated,
        skew: if tree.skew == Skew::Raw {
            "raw"
        } else {
            "corrected"
        },
        clock_skew: Each(&tree.clock_skew, clock_skew),
        hops: Hops(&tree.hops),
        critical_path: Path(tree),
        spans: (spans == Spans::Included).then_some(SpanList(tree)),
    }
}

pub(super) fn name(name: Name<'_>) -> NameJson<'_> {
    NameJson {
        service: name.service,
        operation: name.operation,
    }
}

pub(super) fn service<'t>(count: &'t ServiceCount<'_>) -> ServiceJson<'t> {
    ServiceJson {
        name: count.name,
        span_count: count.span_count,
        error_count: count.error_count,
        inferred: count.inferred,
    }
}

#[derive(Serialize)]
pub(super) struct NameJson<'t> {
    service: Option<&'t str>,
    operation: Option<&'t str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServiceJson<'t> {
    name: Option<&'t str>,
    span_count: usize,
    error_count: usize,
    inferred: bool,
}

/// What is written as the text that it displays.
pub(super) struct Text<T>(pub T);

impl<T: std::fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A span's id.
pub(super) struct Id(pub SpanId);

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = hex_digits(self.0.value());
        serializer.serialize_str(std::str::from_utf8(&digits).map_err(Error::custom)?)
    }
}

/// A list, each of its items written as another type.
pub(super) struct Each<'t, T, J>(pub &'t [T], pub fn(&'t T) -> J);

impl<T, J: Serialize> Serialize for Each<'_, T, J> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'t> {
    trace_id: Text<TraceId>,
    start_time_unix_nano: Option<Text<u64>>,
    duration_nano: Option<u64>,
    root: NameJson<'t>,
    span_count: usize,
    hop_count: usize,
    error_count: usize,
    services: Each<'t, ServiceCount<'t>, ServiceJson<'t>>,
    complete: bool,
    missing_parents: usize,
    truncated: bool,
    skew: &'static str,
    clock_skew: Each<'t, ClockSkew<'t>, ClockSkewJson<'t>>,
    hops: Hops<'t>,
    critical_path: Path<'t>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spans: Option<SpanList<'t>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClockSkewJson<'t> {
    service: Option<&'t str>,
    host: Option<&'t str>,
    offset_nano: i64,
    confidence: f64,
}

fn clock_skew<'t>(skew: &'t ClockSkew<'_>) -> ClockSkewJson<'t> {
    ClockSkewJson {
        service: skew.service,
        host: skew.host.as_deref(),
        offset_nano: skew.offset,
        confidence: skew.confidence,
    }
}

struct Hops<'t>(&'t [Hop<'t>]);

impl Serialize for Hops<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            self.0
                .iter()
                .enumerate()
                .map(|(index, hop)| hop_json(index, hop)),
        )
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HopJson<'t> {
    index: usize,
    parent: Option<usize>,
    depth: usize,
    caller: Option<PartyJson<'t>>,
    callee: Option<PartyJson<'t>>,
    kind: &'static str,
    protocol: Option<&'t str>,
    start_time_unix_nano: Option<Text<u64>>,
    server_start_time_unix_nano: Option<Text<u64>>,
    client_duration_nano: Option<u64>,
    server_duration_nano: Option<u64>,
    network_duration_nano: Option<u64>,
    self_duration_nano: Option<u64>,
    critical_duration_nano: u64,
    error: bool,
    error_text: Option<&'t str>,
    notes: NotesJson,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PartyJson<'t> {
    service: Option<&'t str>,
    operation: Option<&'t str>,
    span_id: Option<Id>,
    span_index: Option<usize>,
}

struct NotesJson(Notes);

impl Serialize for NotesJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for note in self.0.iter() {
            list.serialize_element(note.text())?;
        }
        list.end()
    }
}

fn hop_json<'t>(index: usize, hop: &'t Hop<'_>) -> HopJson<'t> {
    HopJson {
        index,
        parent: hop.parent,
        depth: hop.depth,
        caller: hop.caller.map(party),
        callee: hop.callee.map(party),
        kind: match hop.kind {
            HopKind::Rpc => "rpc",
            HopKind::Messaging => "messaging",
            HopKind::Database => "database",
            HopKind::Local => "local",
        },
        protocol: hop.protocol.as_deref(),
        start_time_unix_nano: hop.start.map(Text),
        server_start_time_unix_nano: hop.server_start.map(Text),
        client_duration_nano: hop.client_duration,
        server_duration_nano: hop.server_duration,
        network_duration_nano: hop.network_duration,
        self_duration_nano: hop.self_duration,
        critical_duration_nano: hop.critical_duration,
        error: hop.error,
        error_text: hop.error_text.as_deref(),
        notes: NotesJson(hop.notes),
    }
}

fn party(party: Party<'_>) -> PartyJson<'_> {
    PartyJson {
        service: party.service,
        operation: party.operation,
        span_id: party.span_id.map(Id),
        span_index: party.span_index,
    }
}

struct Path<'t>(&'t CallTree<'t>);

impl Serialize for Path<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            self.0
                .critical_path
                .iter()
                .map(|part| segment(self.0, part)),
        )
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SegmentJson<'t> {
    span_id: Option<Id>,
    span_index: Option<usize>,
    service: Option<&'t str>,
    operation: Option<&'t str>,
    start_time_unix_nano: Text<u64>,
    duration_nano: u64,
    part: &'static str,
}

fn segment<'t>(tree: &CallTree<'_>, segment: &Segment<'t>) -> SegmentJson<'t> {
    SegmentJson {
        span_id: segment
            .span_index
            .map(|index| Id(tree.trace.spans[index].span_id)),
        span_index: segment.span_index,
        service: segment.name.service,
        operation: segment.name.operation,
        start_time_unix_nano: Text(segment.start),
        duration_nano: segment.duration,
        part: match segment.part {
            Part::Own => "self",
            Part::Network => "network",
            Part::Gap => "gap",
        },
    }
}
