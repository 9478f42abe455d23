//! A large trace as columns: each name is told once and hops say by number which, so that a hundred
//! thousand hops cost a browser passes over arrays and no objects. `docs/hops.md` has the table. What
//! the columns cannot tell of a hop is told as in the list: `whole` has it.
use std::collections::HashMap;
use std::hash::Hash;

use foldhash::quality::RandomState;
use storage::id::SpanId;

use super::json::{part_text, put_hop, put_notes};
use super::peers::{HopPeers, put_usual};
use super::{CallTree, Hop, Notes, Party};
use crate::json_out::{Gone, Spill, put_hex, put_list, put_number, put_optional, put_text};

/// Traces of as many spans are told as columns to those who take either.
pub(super) const SPANS_MIN: usize = 5_000;
/// Events that are told of a span: a bar has no room for more.
const EVENTS_MAX: usize = 50;

/// Appends `hopColumns` and `pathColumns`, with the comma before.
pub(super) fn put_columns<'a>(
    out: &mut Vec<u8>,
    tree: &'a CallTree<'a>,
    spill: &mut Spill<'_>,
) -> Result<(), Gone> {
    let mut texts = Known::default();
    out.extend_from_slice(b",\"pathColumns\":{");
    put_path(out, tree, &mut texts, spill)?;
    out.extend_from_slice(b"},\"hopColumns\":{");
    put_names(out, tree, &mut texts, spill)?;
    put_spans(out, tree, spill)?;
    put_measures(out, tree, spill)?;
    put_standings(out, tree, spill)?;
    put_events(out, tree, spill)?;
    let whole = tree.hops.iter().enumerate().filter(|(_, hop)| !fits(hop));
    let put = |out: &mut Vec<u8>, (index, hop)| put_hop(out, (index, hop), tree.peers_of(index));
    put_column(out, "whole", whole, put, spill)?;
    put_column(out, "texts", texts.order, put_text, spill)?;
    out.push(b'}');
    Ok(())
}

fn put_path<'a>(
    out: &mut Vec<u8>,
    tree: &'a CallTree<'a>,
    texts: &mut Known<&'a str>,
    spill: &mut Spill<'_>,
) -> Result<(), Gone> {
    let (path, origin) = (&tree.critical_path, tree.start);
    let span = |out: &mut Vec<u8>, index| put_position(out, index);
    put_column(
        out,
        "span",
        path.iter().map(|part| part.span_index),
        span,
        spill,
    )?;
    let services = path.iter().map(|part| part.name.service);
    let mut named = |out: &mut Vec<u8>, text| texts.put(out, text);
    put_column(out, "service", services, &mut named, spill)?;
    let parts = path.iter().map(|part| Some(part_text(part.part)));
    put_column(out, "part", parts, named, spill)?;
    let starts = path.iter().map(|part| since(Some(part.start), origin));
    put_column(out, "start", starts, put_nanos, spill)?;
    let durations = path.iter().map(|part| part.duration);
    put_column(out, "duration", durations, put_number, spill)
}

fn put_names<'a>(
    out: &mut Vec<u8>,
    tree: &'a CallTree<'a>,
    texts: &mut Known<&'a str>,
    spill: &mut Spill<'_>,
) -> Result<(), Gone> {
    let hops = || tree.hops.iter();
    let parents = hops().map(|hop| hop.parent);
    put_column(out, "parent", parents, put_position, spill)?;
    type Text<'a> = fn(&'a Hop<'a>) -> Option<&'a str>;
    let columns: [(&str, Text<'a>); 7] = [
        ("kind", |hop| Some(hop.kind.text())),
        ("protocol", |hop| hop.protocol),
        ("callerService", |hop| hop.caller?.service),
        ("callerOperation", |hop| hop.caller?.operation),
        ("calleeService", |hop| hop.callee?.service),
        ("calleeOperation", |hop| hop.callee?.operation),
        ("errorText", |hop| hop.error_text.as_deref()),
    ];
    for (name, text) in columns {
        put_column(
            out,
            name,
            hops().map(text),
            |out, text| texts.put(out, text),
            spill,
        )?;
    }
    let mut notes = Known::<Notes>::default();
    let put = |out: &mut Vec<u8>, set| put_number(out, notes.position(set));
    put_column(out, "notes", hops().map(|hop| hop.notes), put, spill)?;
    put_column(out, "noteSets", notes.order, put_notes, spill)
}

/// Which spans a hop is made of; their ids are told once.
fn put_spans(out: &mut Vec<u8>, tree: &CallTree<'_>, spill: &mut Spill<'_>) -> Result<(), Gone> {
    let spans = &tree.trace.spans;
    let own = |party: Option<Party<'_>>| party?.span_index;
    let callers = tree.hops.iter().map(|hop| own(hop.caller));
    put_column(out, "callerSpan", callers, put_position, spill)?;
    let callees = tree.hops.iter().map(|hop| own(hop.callee));
    put_column(out, "calleeSpan", callees, put_position, spill)?;
    let mut ids = Known::default();
    let elsewhere = |party: Option<Party<'_>>| {
        let party = party.filter(|party| party.span_index.is_none())?;
        party.span_id
    };
    let mut put = |out: &mut Vec<u8>, id: Option<SpanId>| {
        put_position(out, id.map(|id| ids.position(id)));
    };
    let callers = tree.hops.iter().map(|hop| elsewhere(hop.caller));
    put_column(out, "callerElsewhere", callers, &mut put, spill)?;
    let callees = tree.hops.iter().map(|hop| elsewhere(hop.callee));
    put_column(out, "calleeElsewhere", callees, put, spill)?;
    for (name, ids) in [
        (
            ",\"spanIds\":\"",
            &mut spans.iter().map(|span| span.span_id) as &mut dyn Iterator<Item = SpanId>,
        ),
        (",\"elsewhereIds\":\"", &mut ids.order.into_iter()),
    ] {
        out.extend_from_slice(name.as_bytes());
        for id in ids {
            put_hex(out, id.value());
        }
        out.push(b'"');
    }
    Ok(())
}

fn put_measures(out: &mut Vec<u8>, tree: &CallTree<'_>, spill: &mut Spill<'_>) -> Result<(), Gone> {
    let nanos = |duration: Option<u64>| duration.map(i128::from);
    let start = |time| since(time, tree.start);
    type Measure<'m> = &'m dyn Fn(&Hop<'_>) -> Option<i128>;
    let columns: [(&str, Measure<'_>); 7] = [
        ("start", &|hop| start(hop.start)),
        ("serverStart", &|hop| start(hop.server_start)),
        ("client", &|hop| nanos(hop.client_duration)),
        ("server", &|hop| nanos(hop.server_duration)),
        ("network", &|hop| nanos(hop.network_duration)),
        ("self", &|hop| nanos(hop.self_duration)),
        ("critical", &|hop| Some(hop.critical_duration.into())),
    ];
    for (name, measure) in columns {
        put_column(out, name, tree.hops.iter().map(measure), put_nanos, spill)?;
    }
    let errors = tree.hops.iter().map(|hop| u8::from(hop.error));
    put_column(out, "error", errors, put_number, spill)?;
    let groups = tree.hops.iter().map(|hop| hop.group);
    put_column(out, "group", groups, put_position, spill)
}

/// What is usual is told once for all hops that are compared with the same calls.
fn put_standings(
    out: &mut Vec<u8>,
    tree: &CallTree<'_>,
    spill: &mut Spill<'_>,
) -> Result<(), Gone> {
    let mut usual = Known::default();
    let mut shown: Vec<&HopPeers> = Vec::new();
    let standings = || (0..tree.hops.len()).map(|hop| tree.peers_of(hop));
    let put = |out: &mut Vec<u8>, peers: Option<&'_ HopPeers>| {
        put_position(out, peers.map(|peers| usual.position(peers.usual())));
    };
    put_column(out, "peers", standings(), put, spill)?;
    for peers in standings().flatten() {
        if usual.positions.get(&peers.usual()) == Some(&shown.len()) {
            shown.push(peers);
        }
    }
    put_column(out, "usual", shown, put_usual, spill)?;
    let hundredths =
        |out: &mut Vec<u8>, share: Option<f64>| put_optional(out, share, put_hundredths);
    let percentiles = standings().map(|peers| Some(peers?.percentile));
    put_column(out, "percentile", percentiles, hundredths, spill)?;
    let slower = standings().map(|peers| Some(peers?.slower));
    put_column(out, "slower", slower, hundredths, spill)
}

/// When events were: without the spans nothing else tells.
fn put_events(out: &mut Vec<u8>, tree: &CallTree<'_>, spill: &mut Spill<'_>) -> Result<(), Gone> {
    let events = || {
        tree.hops.iter().enumerate().flat_map(|(index, hop)| {
            let spans = [hop.callee, hop.caller].into_iter().flatten();
            spans
                .filter_map(|party| party.span_index)
                .flat_map(move |span| {
                    let events = tree.trace.spans[span].events.iter().take(EVENTS_MAX);
                    events.map(move |event| (index, event.time.saturating_add(tree.moved[span])))
                })
        })
    };
    put_column(
        out,
        "eventHop",
        events().map(|(hop, _)| hop),
        put_number,
        spill,
    )?;
    let times = events().map(|(_, time)| {
        let origin = tree.start.unwrap_or_default();
        Some(i128::from(time) - i128::from(origin))
    });
    put_column(out, "eventTime", times, put_nanos, spill)
}

/// Do the columns tell all of it?
fn fits(hop: &Hop<'_>) -> bool {
    // A side that is there and says nothing would look absent.
    let says = |party: &Party<'_>| {
        party.trace_id.is_none()
            && (party.service.is_some() || party.operation.is_some() || party.span_id.is_some())
    };
    hop.producers.is_empty()
        && hop.via.is_none()
        && hop.messages.is_none()
        && [&hop.caller, &hop.callee].into_iter().flatten().all(says)
}

/// Values by the order in which they were first met.
struct Known<T> {
    positions: HashMap<T, usize, RandomState>,
    order: Vec<T>,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self {
            positions: HashMap::default(),
            order: Vec::new(),
        }
    }
}

impl<T: Copy + Eq + Hash> Known<T> {
    fn position(&mut self, value: T) -> usize {
        *self.positions.entry(value).or_insert_with(|| {
            self.order.push(value);
            self.order.len() - 1
        })
    }
}

impl<'a> Known<&'a str> {
    fn put(&mut self, out: &mut Vec<u8>, text: Option<&'a str>) {
        put_position(out, text.map(|text| self.position(text)));
    }
}

/// A member of an object; the first has no comma before it.
fn put_column<T>(
    out: &mut Vec<u8>,
    name: &str,
    items: impl IntoIterator<Item = T>,
    put: impl FnMut(&mut Vec<u8>, T),
    spill: &mut Spill<'_>,
) -> Result<(), Gone> {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    put_text(out, name);
    out.push(b':');
    put_list(out, items, put, spill)
}

fn put_position(out: &mut Vec<u8>, position: Option<usize>) {
    match position {
        Some(position) => put_number(out, position),
        None => out.extend_from_slice(b"-1"),
    }
}

fn put_nanos(out: &mut Vec<u8>, nanos: Option<i128>) {
    put_optional(out, nanos, put_number);
}

/// A number that is not below zero, of which two digits behind the point are known.
fn put_hundredths(out: &mut Vec<u8>, number: f64) {
    let hundredths = (number * 100.0).round() as u64;
    put_number(out, hundredths / 100);
    let rest = (hundredths % 100) as u8;
    if rest > 0 {
        out.extend_from_slice(&[b'.', b'0' + rest / 10]);
        if !rest.is_multiple_of(10) {
            out.push(b'0' + rest % 10);
        }
    }
}

fn since(time: Option<u64>, origin: Option<u64>) -> Option<i128> {
    Some(i128::from(time?) - i128::from(origin?))
}
