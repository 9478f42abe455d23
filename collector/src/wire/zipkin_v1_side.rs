//! The sides of a v1 span while they are told apart: what each host that took part in it did.
use storage::batch::Text;
use storage::span::Kind;

use super::trouble::Refusal;
use super::zipkin_intake::Intake;
use super::zipkin_rules::{annotation_nanos, duration_nanos, start_nanos};
use super::zipkin_v1::{Host, Hosts};

/// What one host did: a span of today's model while it is put together.
#[derive(Default)]
pub(super) struct Side {
    pub(super) host: Option<Host>,
    pub(super) kind: Kind,
    pub(super) shared: bool,
    /// Microseconds; zero or less is not known.
    pub(super) timestamp: i64,
    pub(super) duration: i64,
    pub(super) remote: Option<Remote>,
    pub(super) annotations: Vec<(i64, Text)>,
    pub(super) tags: Vec<(Text, Text)>,
}

/// The other side of a call.
#[derive(Clone, Copy)]
pub(super) struct Remote {
    pub(super) host: Host,
    pub(super) is_nameless: bool,
}

impl Side {
    pub(super) fn check_times(&self) -> Result<(), Refusal> {
        start_nanos(self.timestamp.into())?;
        duration_nanos(self.duration.into())?;
        for (time, _) in &self.annotations {
            annotation_nanos((*time).into())?;
        }
        Ok(())
    }
}

impl Remote {
    pub(super) const fn named(host: Host) -> Option<Self> {
        Some(Self {
            host,
            is_nameless: false,
        })
    }

    /// Adds the endpoint to the batch; it is empty if nothing is left of a host without its name.
    pub(super) fn add_to(self, intake: &mut Intake<'_>, hosts: &Hosts) -> Text {
        let mut endpoint = hosts.endpoint(self.host).clone();
        if self.is_nameless {
            endpoint.service = None;
        }
        if endpoint.is_empty() {
            return Text::default();
        }
        intake.remote_endpoint(&endpoint)
    }
}

/// The sides of one span. There is always a first, which gets whatever names no host.
pub(super) struct Sides<'s> {
    hosts: &'s Hosts,
    list: Vec<Side>,
}

impl<'s> Sides<'s> {
    pub(super) fn new(hosts: &'s Hosts) -> Self {
        Self {
            hosts,
            list: vec![Side::default()],
        }
    }

    pub(super) fn first(&mut self) -> &mut Side {
        &mut self.list[0]
    }

    /// The first side that has no host yet, which takes this one, or has a host of the same
    /// service; a new one if there is none.
    pub(super) fn of(&mut self, host: Host) -> &mut Side {
        let is_close = |side: &Side| {
            side.host
                .is_none_or(|known| self.hosts.have_same_service(known, host))
        };
        match self.list.iter().position(is_close) {
            Some(place) => {
                let side = &mut self.list[place];
                side.host.get_or_insert(host);
                side
            }
            None => self.add(host),
        }
    }

    pub(super) fn of_any(&mut self, host: Option<Host>) -> &mut Side {
        match host {
            Some(host) => self.of(host),
            None => self.first(),
        }
    }

    /// One more side, even if there is one of the same service.
    pub(super) fn add(&mut self, host: Host) -> &mut Side {
        let place = self.list.len();
        self.list.push(Side {
            host: Some(host),
            ..Side::default()
        });
        &mut self.list[place]
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Side> {
        self.list.iter_mut()
    }

    pub(super) fn into_list(self) -> Vec<Side> {
        self.list
    }
}
