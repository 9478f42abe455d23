//! From Zipkin's first model to today's: each host that took part in a v1 span gets a span of its
//! own. The rules are those of Zipkin's `V1SpanConverter`, in its order.
use storage::batch::{SpanRow, Text};
use storage::span::{Format, Kind};

use super::trouble::Refusal;
use super::zipkin_intake::Intake;
use super::zipkin_rules::{annotation_nanos, duration_nanos, java_order, start_nanos};
use super::zipkin_v1::{Host, V1Annotation, V1Span};
use super::zipkin_v1_side::{Remote, Side, Sides};

/// Adds to the batch the spans that a v1 span is: all of them or, refused, none.
pub(super) fn convert(intake: &mut Intake<'_>, source: &mut V1Span) -> Result<(), Refusal> {
    let ids = source.ids()?;
    let text = |text| intake.batch.bytes(text);
    source.annotations.sort_by(|left, right| {
        let by_value = || java_order(text(left.value), text(right.value));
        left.timestamp.cmp(&right.timestamp).then_with(by_value)
    });
    source
        .binary_annotations
        .sort_by(|left, right| java_order(text(left.key), text(right.key)));
    let mut converter = Converter::new(source);
    converter.read_annotations(&text);
    converter.read_binary_annotations(&text);
    let sides = converter.sides.into_list();
    for side in &sides {
        side.check_times()?;
    }
    for side in sides {
        for (time, value) in side.annotations {
            intake.add_annotation(annotation_nanos(time.into())?, value)?;
        }
        for (key, value) in side.tags {
            intake.add_tag(key, value)?;
        }
        let endpoint = side.host.map(|host| source.hosts.endpoint(host).clone());
        let row = SpanRow::new(
            ids.trace_id,
            ids.id,
            Format::Zipkin,
            intake.source(endpoint),
        );
        let remote_endpoint = match side.remote {
            Some(remote) => remote.add_to(intake, &source.hosts),
            None => Text::default(),
        };
        intake.add_span(SpanRow {
            parent_id: ids.parent_id,
            kind: side.kind,
            shared: side.shared,
            debug: source.debug,
            name: source.name,
            start: start_nanos(side.timestamp.into())?,
            duration: duration_nanos(side.duration.into())?,
            remote_endpoint,
            ..row
        });
    }
    Ok(())
}

/// An annotation that says when a host began or ended its part.
#[derive(Clone, Copy)]
struct Core {
    timestamp: i64,
    value: Text,
    host: Host,
}

struct Converter<'s> {
    source: &'s V1Span,
    sides: Sides<'s>,
    cs: Option<Core>,
    cr: Option<Core>,
    sr: Option<Core>,
    ss: Option<Core>,
    ms: Option<Core>,
    mr: Option<Core>,
    ws: Option<Core>,
    wr: Option<Core>,
}

impl<'s> Converter<'s> {
    fn new(source: &'s V1Span) -> Self {
        Self {
            source,
            sides: Sides::new(&source.hosts),
            cs: None,
            cr: None,
            sr: None,
            ss: None,
            ms: None,
            mr: None,
            ws: None,
            wr: None,
        }
    }

    fn read_annotations<'t>(&mut self, text: &impl Fn(Text) -> &'t [u8]) {
        for annotation in &self.source.annotations {
            self.read_annotation(annotation, text(annotation.value));
        }
        self.find_missing_starts();
        self.time_rpc();
        let unknown_times =
            self.source.timestamp == 0 || (self.ss.is_some() && self.source.duration == 0);
        // The first version had no flag for it: a server that does not know when the span began
        // did not begin it.
        if let (None, Some(sr)) = (self.cs, self.sr)
            && unknown_times
        {
            self.sides.of(sr.host).shared = true;
        }
        self.time_message();
    }

    fn read_annotation(&mut self, annotation: &V1Annotation, value: &[u8]) {
        let V1Annotation {
            timestamp, host, ..
        } = *annotation;
        let side = self.sides.of_any(host);
        let kind = match value {
            b"cs" | b"cr" => Kind::Client,
            b"sr" | b"ss" => Kind::Server,
            b"ms" => Kind::Producer,
            b"mr" => Kind::Consumer,
            _ => side.kind,
        };
        let Some(host) = host.filter(|_| is_core(value)) else {
            side.annotations.push((timestamp, annotation.value));
            return;
        };
        side.kind = kind;
        let core = Some(Core {
            timestamp,
            value: annotation.value,
            host,
        });
        match value {
            b"cs" => self.cs = core,
            b"cr" => self.cr = core,
            b"sr" => self.sr = core,
            b"ss" => self.ss = core,
            b"ms" => self.ms = core,
            b"mr" => self.mr = core,
            b"ws" => self.ws = core,
            _ => self.wr = core,
        }
    }

    /// Where an end is as far from the span's start as its duration says, that start is the
    /// annotation that is missing.
    fn find_missing_starts(&mut self) {
        let V1Span {
            timestamp,
            duration,
            ..
        } = *self.source;
        let start_of = |end: Option<Core>| {
            end.filter(|end| {
                timestamp != 0 && duration != 0 && timestamp.wrapping_add(duration) == end.timestamp
            })
            .map(|end| Core { timestamp, ..end })
        };
        self.cs = self.cs.or_else(|| start_of(self.cr));
        self.sr = self.sr.or_else(|| start_of(self.ss));
    }

    fn time_rpc(&mut self) {
        match (self.cs, self.cr, self.sr, self.ss) {
            (Some(cs), cr, Some(sr), ss) => self.time_both_sides(cs, cr, sr, ss),
            (Some(cs), Some(cr), None, _) => self.time(cs, Some(cr)),
            (None, _, Some(sr), Some(ss)) => self.time(sr, Some(ss)),
            _ => self.time_what_is_known(),
        }
    }

    /// The client owns the times of the span; the server's are its annotations.
    fn time_both_sides(&mut self, cs: Core, cr: Option<Core>, sr: Core, ss: Option<Core>) {
        self.time(cs, cr);
        let server = self.fork(cs, Kind::Client, sr, Kind::Server);
        server.shared = true;
        server.timestamp = sr.timestamp;
        if let Some(ss) = ss {
            server.duration = ss.timestamp.wrapping_sub(sr.timestamp);
        }
        // One way: nothing came back.
        if cr.is_none() && self.source.duration == 0 {
            self.sides.of(cs.host).duration = 0;
        }
    }

    /// The side of `to`. A service that calls itself has two sides, of which this is the second.
    fn fork(&mut self, from: Core, from_kind: Kind, to: Core, to_kind: Kind) -> &mut Side {
        let hosts = &self.source.hosts;
        if !hosts.have_same_service(from.host, to.host) {
            return self.sides.of(to.host);
        }
        self.sides.of(from.host).kind = from_kind;
        let side = self.sides.add(to.host);
        side.kind = to_kind;
        side
    }

    /// Times a side by the span if it knows both of its own, otherwise by annotations.
    fn time(&mut self, begin: Core, end: Option<Core>) {
        let V1Span {
            timestamp,
            duration,
            ..
        } = *self.source;
        let side = self.sides.of(begin.host);
        if timestamp != 0 && duration != 0 {
            side.timestamp = timestamp;
            side.duration = duration;
            return;
        }
        side.timestamp = begin.timestamp;
        if let Some(end) = end {
            side.duration = end.timestamp.wrapping_sub(begin.timestamp);
        }
    }

    /// A beginning without its end is a time, an end without its beginning an annotation.
    fn time_what_is_known(&mut self) {
        for side in self.sides.iter_mut() {
            let (begin, end) = match side.kind {
                Kind::Client => (self.cs, self.cr),
                Kind::Server => (self.sr, self.ss),
                _ => continue,
            };
            if let Some(begin) = begin {
                side.timestamp = begin.timestamp;
            }
            side.annotations
                .extend(end.map(|end| (end.timestamp, end.value)));
        }
        if self.source.timestamp != 0 {
            self.sides.first().timestamp = self.source.timestamp;
            self.sides.first().duration = self.source.duration;
        }
    }

    fn time_message(&mut self) {
        match (self.ms, self.mr) {
            (Some(ms), Some(mr)) => self.time_both_ends(ms, mr),
            (Some(ms), None) => self.time(ms, self.ws),
            (None, Some(mr)) => match self.wr {
                Some(wr) => self.time(wr, Some(mr)),
                None => self.time(mr, None),
            },
            (None, None) => {
                for wire in [self.ws, self.wr].into_iter().flatten() {
                    let side = self.sides.of(wire.host);
                    side.annotations.push((wire.timestamp, wire.value));
                }
            }
        }
    }

    fn time_both_ends(&mut self, ms: Core, mr: Core) {
        let (ws, wr) = (self.ws, self.wr);
        // Before the fork, which looks for the same side.
        self.sides.of(ms.host);
        let consumer = self.fork(ms, Kind::Producer, mr, Kind::Consumer);
        consumer.shared = true;
        consumer.timestamp = mr.timestamp;
        if let Some(wr) = wr {
            consumer.timestamp = wr.timestamp;
            consumer.duration = mr.timestamp.wrapping_sub(wr.timestamp);
        }
        let producer = self.sides.of(ms.host);
        producer.timestamp = ms.timestamp;
        producer.duration = ws.map_or(0, |ws| ws.timestamp.wrapping_sub(ms.timestamp));
    }

    fn read_binary_annotations<'t>(&mut self, text: &impl Fn(Text) -> &'t [u8]) {
        let (mut ca, mut sa, mut ma) = (None, None, None);
        for annotation in &self.source.binary_annotations {
            match text(annotation.key) {
                b"ca" => ca = annotation.host,
                b"sa" => sa = annotation.host,
                b"ma" => ma = annotation.host,
                key => {
                    let side = self.sides.of_any(annotation.host);
                    // The marker of a local span says no more than where it was.
                    if key != b"lc" || !annotation.value.is_empty() {
                        side.tags.push((annotation.key, annotation.value));
                    }
                }
            }
        }
        let is_bare = [self.cs, self.cr, self.sr, self.ss]
            .iter()
            .all(Option::is_none);
        match (ca, sa) {
            (Some(ca), Some(sa)) if is_bare => self.sides.of(ca).remote = Remote::named(sa),
            // It says whom was called, but not that this is the client.
            (None, Some(sa)) if is_bare => self.sides.first().remote = Remote::named(sa),
            (Some(ca), None) if is_bare => {
                self.sides.first().kind = Kind::Server;
                self.sides.first().remote = Remote::named(ca);
            }
            _ => self.read_addresses(ca, sa, ma),
        }
    }

    fn read_addresses(&mut self, ca: Option<Host>, sa: Option<Host>, ma: Option<Host>) {
        let hosts = &self.source.hosts;
        if let (Some(ca), Some(server)) = (ca, self.sr.or(self.ss))
            && !hosts.are_same(ca, server.host)
        {
            // Finagle gives the client's socket the name of the server: a service that does not
            // call itself.
            let is_nameless = hosts.have_same_service(ca, server.host);
            let remote = Remote {
                host: ca,
                is_nameless,
            };
            self.sides.of(server.host).remote = Some(remote);
        }
        if let (Some(sa), Some(client)) = (sa, self.cs.or(self.cr)) {
            self.sides.of(client.host).remote = Remote::named(sa);
        }
        if let Some(ma) = ma {
            for end in [self.ms, self.mr].into_iter().flatten() {
                self.sides.of(end.host).remote = Remote::named(ma);
            }
        }
    }
}

fn is_core(value: &[u8]) -> bool {
    matches!(
        value,
        b"cs" | b"cr" | b"sr" | b"ss" | b"ms" | b"mr" | b"ws" | b"wr"
    )
}
