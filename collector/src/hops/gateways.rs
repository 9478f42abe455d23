//! Servers that answer one call because a gateway passed on the ids that it was given: which of them
//! is above the other.
//!
//! A gateway may reuse the span's id for its own call, or pass the client's ids on unchanged. Told
//! apart by who recorded what, and where only times tell, by one server running inside of the
//! other. Two of one service are attempts, and the consumers of a message owe each other nothing:
//! neither is touched.
use std::cmp::Reverse;
use std::collections::HashMap;

use foldhash::quality::RandomState;
use storage::id::SpanId;
use storage::semconv;
use storage::span::Span;

use super::family::{Family, Role};
use super::index::standing;
use super::notes::Note;
use super::place::Place;

/// Whether anything was changed.
pub(super) fn nest(family: &mut Family, spans: &[Span]) -> bool {
    let before = family.parents.clone();
    for members in twice_called(family, spans).into_values() {
        if members.len() <= SERVERS_MAX {
            untangle(family, spans, members);
        }
    }
    for servers in several_servers(family) {
        if servers.len() <= SERVERS_MAX {
            nest_by_time(family, spans, &servers);
        }
    }
    before != family.parents
}

/// The spans of each id under which several calls were made.
fn twice_called(family: &Family, spans: &[Span]) -> HashMap<SpanId, Vec<usize>, RandomState> {
    let mut members: HashMap<SpanId, Vec<usize>, RandomState> = HashMap::default();
    let is_second =
        |span: &usize| family.roles[*span] == Role::Caller && is_duplicate(family, *span);
    for span in (0..spans.len()).filter(is_second) {
        members.insert(spans[span].span_id, Vec::new());
    }
    if !members.is_empty() {
        for (position, span) in spans.iter().enumerate() {
            if let Some(members) = members.get_mut(&span.span_id) {
                members.push(position);
            }
        }
    }
    members
}

fn is_duplicate(family: &Family, span: usize) -> bool {
    family.notes[span].contains(Note::DuplicateId)
}

/// The first call of the id is the outermost. Another is made by the server of its own place, and a
/// server is called by who names it, otherwise by who called last before it began.
fn untangle(family: &mut Family, spans: &[Span], mut members: Vec<usize>) {
    members.sort_by(|one, other| standing(&spans[*one], &spans[*other]));
    members.retain(|span| !family.is_message[*span]);
    let of = |role: Role| -> Vec<usize> {
        let members = members.iter().copied();
        members.filter(|span| family.roles[*span] == role).collect()
    };
    let (callers, servers) = (of(Role::Caller), of(Role::Callee));
    let place = |span: usize| Place::of(&spans[span]);
    for caller in callers.iter().skip(1) {
        let server = servers
            .iter()
            .find(|server| place(**server) == place(*caller));
        if let Some(server) = server {
            family.parents[*caller] = Some(*server);
        }
    }
    for server in &servers {
        let others = || {
            callers
                .iter()
                .copied()
                .filter(|caller| place(*caller) != place(*server))
        };
        let names = |caller: &usize| {
            let named = semconv::remote_service(&spans[*caller]);
            named
                .zip(spans[*server].service())
                .is_some_and(|(named, service)| named.eq_ignore_ascii_case(service))
        };
        let began = |caller: &usize| spans[*caller].start <= spans[*server].start;
        let caller = others()
            .find(names)
            .or_else(|| others().rfind(began))
            .or_else(|| others().next());
        if let Some(caller) = caller {
            family.parents[*server] = Some(caller);
        }
    }
}

/// The servers of each call that has several and is not a message.
fn several_servers(family: &Family) -> Vec<Vec<usize>> {
    let mut first: Vec<Option<usize>> = vec![None; family.parents.len()];
    let mut several: HashMap<usize, Vec<usize>, RandomState> = HashMap::default();
    for (server, parent) in family.parents.iter().enumerate() {
        let Some(caller) = parent.filter(|parent| {
            family.roles[server] == Role::Callee
                && family.roles[*parent] == Role::Caller
                && !family.is_message[server]
                && !family.is_message[*parent]
        }) else {
            continue;
        };
        match first[caller] {
            None => first[caller] = Some(server),
            Some(other) => several
                .entry(caller)
                .or_insert_with(|| vec![other])
                .push(server),
        }
    }
    several.into_values().collect()
}

fn nest_by_time(family: &mut Family, spans: &[Span], servers: &[usize]) {
    let time = |server: usize| {
        let span = &spans[server];
        let duration = u64::try_from(span.duration?).ok()?;
        Some((span.start?, span.start?.saturating_add(duration)))
    };
    for inner in servers {
        let Some((start, end)) = time(*inner) else {
            continue;
        };
        let around = servers.iter().copied().filter_map(|outer| {
            let (from, to) = time(outer)?;
            let (one, other) = (spans[outer].service()?, spans[*inner].service()?);
            let contains = from <= start && end <= to && to - from > end - start;
            (contains && one != other).then_some((Reverse(from), to, spans[outer].span_id, outer))
        });
        if let Some((.., outer)) = around.min() {
            family.parents[*inner] = Some(outer);
            family.notes[*inner].insert(Note::NestedByTime);
        }
    }
}

/// A call that more servers answer is no gateway's.
const SERVERS_MAX: usize = 16;
