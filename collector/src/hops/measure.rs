//! The numbers and names of each hop.
use std::collections::HashSet;

use foldhash::quality::RandomState;
use storage::semconv::{self, names};
use storage::span::Format;
use storage::trace::Trace;

use super::across::Across;
use super::critical::Step;
use super::family::{Family, Ordered, Role};
use super::messages::{self, FarHop};
use super::notes::{Note, Notes};
use super::sides::Sides;
use super::streaming::Messages;
use super::timeline::{ROUNDING, Timeline};
use super::{Hop, Segment};

pub(super) fn hops<'a>(
    trace: &'a Trace,
    family: &Family,
    timeline: &Timeline,
    order: &[Ordered],
    moved: &[i64],
    across: &'a Across,
    afar: &[FarHop<'a>],
) -> Vec<Hop<'a>> {
    let own = own_times(family, timeline);
    let measure = Measure {
        trace,
        family,
        timeline,
        own,
        moved,
        across,
        consumed_afar: afar.iter().flat_map(FarHop::senders).collect(),
    };
    order.iter().map(|ordered| measure.hop(*ordered)).collect()
}

/// The path in the words of the hops; each hop learns its share.
pub(super) fn segments<'a>(
    hops: &mut [Hop<'a>],
    family: &Family,
    order: &[Ordered],
    steps: Vec<Step>,
) -> Vec<Segment<'a>> {
    let hop_of = family.hop_of(order);
    steps
        .into_iter()
        .map(|step| {
            let duration = step.time.duration();
            let hop = step.span.map(|span| hop_of[span]);
            if let Some(hop) = hop {
                hops[hop].critical_duration += duration;
            }
            Segment {
                span_index: step.span,
                name: hop.map(|hop| hops[hop].name()).unwrap_or_default(),
                start: step.time.start,
                duration,
                part: step.part,
                is_async: step.is_async,
            }
        })
        .collect()
}

struct Measure<'a, 'b> {
    trace: &'a Trace,
    family: &'b Family,
    timeline: &'b Timeline,
    own: Vec<Option<u64>>,
    moved: &'b [i64],
    across: &'a Across,
    consumed_afar: HashSet<usize, RandomState>,
}

impl<'a> Measure<'a, '_> {
    fn hop(&self, ordered: Ordered) -> Hop<'a> {
        let top = ordered.top;
        let role = self.family.roles[top];
        let sides = Sides::of(&self.trace.spans, self.family, top);
        let Sides { client, server, .. } = sides;
        let spans = || sides.spans();
        let duration = |span: Option<usize>| self.timeline.duration(span?);
        let start = |span: usize| self.timeline.interval(span).map(|time| time.start);
        let (kind, protocol) = sides.kind(&self.trace.spans, self.family);
        let producers = server.map_or_else(Vec::new, |server| {
            messages::producers(self.trace, self.family, self.timeline, self.across, server)
        });
        let (network_duration, network_notes) = self.network(client, server);
        let far = (producers.iter())
            .find(|producer| producer.party.trace_id.is_some())
            .filter(|_| client.is_none());
        // In the trace itself nobody is above it: it was called from the other one.
        let far_caller =
            far.filter(|_| server.is_some_and(|server| self.family.parents[server].is_none()));
        let mut notes = self.notes(client, server, role);
        notes.join(network_notes);
        let via = self.via(client, server);
        let messages = spans().find_map(|span| Messages::of(&self.trace.spans[span]));
        for (holds, note) in [
            (via.is_some(), Note::Via),
            (messages.is_some(), Note::Streaming),
            (producers.len() > 1, Note::Batch),
        ] {
            if holds {
                notes.insert(note);
            }
        }
        Hop {
            parent: ordered.parent,
            depth: ordered.depth,
            caller: far_caller.map_or(sides.caller, |producer| Some(producer.party)),
            callee: sides.callee,
            kind,
            protocol,
            start: spans().find_map(start),
            server_start: server.and_then(start),
            client_duration: duration(client),
            server_duration: duration(server),
            network_duration: network_duration
                .or_else(|| far_caller.and_then(|producer| producer.queue_duration)),
            self_duration: server.and_then(|server| self.own[server]),
            critical_duration: 0,
            error: sides.has_failed(self.family),
            error_text: sides.error_text(self.trace, self.family),
            notes,
            producers: match producers.as_slice() {
                [one] if far_caller.is_some_and(|far| far == one) => Vec::new(),
                _ => producers,
            },
            via,
            messages,
            group: None,
        }
    }

    /// Whom the client says that it called, where that is a service's name and not the server's.
    fn via(&self, client: Option<usize>, server: Option<usize>) -> Option<&'a str> {
        let (client, server) = client.zip(server)?;
        if self.family.is_message[client] {
            return None;
        }
        let client = &self.trace.spans[client];
        let named = match client.format {
            Format::Zipkin => client.remote_endpoint.as_ref()?.service.as_deref()?,
            // Other attributes name machines and systems.
            _ => semconv::fact(client, names::PEER_SERVICE)?.as_str()?,
        };
        let service = self.trace.spans[server].service()?;
        // `orders` may well be the name of `orders-service` or of `orders.shop.local`.
        let is_part = |short: &str, long: &str| {
            (long.as_bytes())
                .get(..short.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(short.as_bytes()))
        };
        (!named.is_empty() && !is_part(named, service) && !is_part(service, named)).then_some(named)
    }

    fn network(&self, client: Option<usize>, server: Option<usize>) -> (Option<u64>, Notes) {
        let mut notes = Notes::default();
        let both = client.zip(server).and_then(|(client, server)| {
            let is_message = self.family.is_message[client] || self.family.is_message[server];
            if is_message {
                let published = self.timeline.measured(client)?.end;
                return Some(
                    self.timeline
                        .interval(server)?
                        .start
                        .saturating_sub(published),
                );
            }
            let client = self.timeline.duration(client)?;
            let server = self.timeline.duration(server)?;
            if server > client.saturating_add(ROUNDING) {
                notes.insert(Note::ServerOutlastsClient);
                return None;
            }
            Some(client.saturating_sub(server))
        });
        (both, notes)
    }

    fn notes(&self, client: Option<usize>, server: Option<usize>, role: Role) -> Notes {
        let mut notes = Notes::default();
        for span in client.into_iter().chain(server) {
            notes.join(self.family.notes[span]);
            if self.moved[span] != 0 {
                notes.insert(Note::SkewCorrected);
            }
            match (
                self.trace.spans[span].start,
                self.trace.spans[span].duration,
            ) {
                (None, _) => notes.insert(Note::NoStart),
                (_, Some(nanos)) if nanos < 0 => notes.insert(Note::NegativeDuration),
                _ => {}
            }
            if self.trace.spans[span].duration.is_none() {
                notes.insert(Note::NoDuration);
            }
        }
        let is_consumed = |client: &usize| {
            self.family.consumed.contains(client) || self.consumed_afar.contains(client)
        };
        if role == Role::Caller
            && server.is_none()
            && !notes.contains(Note::SeveralServers)
            && !client.as_ref().is_some_and(is_consumed)
        {
            notes.insert(Note::ClientOnly);
        }
        // The first span of a trace has nobody to be called by.
        let is_called = |server: usize| {
            self.family.parents[server].is_some() || notes.contains(Note::MissingParent)
        };
        if role == Role::Callee && server.is_some_and(is_called) {
            notes.insert(Note::ServerOnly);
        }
        let top = client.or(server);
        if server.is_some_and(|server| self.family.is_message[server])
            || top.is_some_and(|top| self.is_async(top))
        {
            notes.insert(Note::Async);
        }
        notes
    }

    fn is_async(&self, span: usize) -> bool {
        let parent = self.family.parents[span];
        parent.and_then(|parent| self.timeline.is_async(span, parent)) == Some(true)
    }
}

/// The time of each measured span in which none of its synchronous children ran.
fn own_times(family: &Family, timeline: &Timeline) -> Vec<Option<u64>> {
    let count = family.parents.len();
    let mut own: Vec<Option<u64>> = (0..count).map(|span| timeline.duration(span)).collect();
    let mut covered_to = vec![0_u64; count];
    let mut by_start: Vec<usize> = (0..count)
        .filter(|span| family.parents[*span].is_some())
        .collect();
    by_start.sort_by_key(|span| timeline.start_or_last(*span));
    for span in by_start {
        let Some((parent, time)) = family.parents[span].zip(timeline.interval(span)) else {
            continue;
        };
        let Some(above) = timeline
            .measured(parent)
            .filter(|_| timeline.is_async(span, parent) == Some(false))
        else {
            continue;
        };
        let start = time.start.max(above.start).max(covered_to[parent]);
        let end = time.end.min(above.end);
        if start < end {
            covered_to[parent] = end;
            own[parent] = own[parent].map(|nanos| nanos.saturating_sub(end - start));
        }
    }
    own
}
