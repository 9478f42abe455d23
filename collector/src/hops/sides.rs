//! The two sides of a hop: who called, and who was called.
use storage::semconv::{self, Protocol};
use storage::span::Span;
use storage::trace::Trace;

use super::errors;
use super::family::{Family, Role};
use super::{HopKind, Name, Party};

#[derive(Clone, Copy)]
pub(super) struct Sides<'a> {
    pub client: Option<usize>,
    pub server: Option<usize>,
    /// As far as the trace itself tells.
    pub caller: Option<Party<'a>>,
    pub callee: Option<Party<'a>>,
}

impl<'a> Sides<'a> {
    pub(super) fn of(spans: &'a [Span], family: &Family, top: usize) -> Self {
        let role = family.roles[top];
        let client = Some(top).filter(|_| role == Role::Caller);
        let server = if role == Role::Caller {
            family.partners[top]
        } else {
            Some(top)
        };
        let one = |span: usize| party(&spans[span], span);
        let parent = |server: usize| {
            family.parents[server].map(|parent| Party {
                span_index: None,
                ..one(parent)
            })
        };
        let named = |server: usize| {
            remote(&spans[server]).map(|party| Party {
                operation: None,
                ..party
            })
        };
        let called_by = || {
            let server = server.filter(|_| role == Role::Callee)?;
            parent(server).or_else(|| named(server))
        };
        Self {
            client,
            server,
            caller: client.map(one).or_else(called_by),
            callee: match server {
                Some(server) => Some(one(server)),
                None => client.and_then(|client| remote(&spans[client])),
            },
        }
    }

    pub(super) fn spans(&self) -> impl Iterator<Item = usize> + use<> {
        self.client.into_iter().chain(self.server)
    }

    /// What the hop is, and in which language its sides speak.
    pub(super) fn kind(&self, spans: &'a [Span], family: &Family) -> (HopKind, Option<&'a str>) {
        let top = self.client.or(self.server);
        if top.is_some_and(|span| family.roles[span] == Role::Local) {
            return (HopKind::Local, None);
        }
        let protocol = (self.spans()).find_map(|span| semconv::protocol(&spans[span]));
        let kind = match protocol {
            _ if self.spans().any(|span| family.is_message[span]) => HopKind::Messaging,
            Some((Protocol::Messaging, _)) => HopKind::Messaging,
            Some((Protocol::Database, _)) => HopKind::Database,
            _ => HopKind::Rpc,
        };
        (kind, protocol.map(|(_, name)| name))
    }

    pub(super) fn has_failed(&self, family: &Family) -> bool {
        self.spans().any(|span| family.errors[span])
    }

    /// The server knows better what went wrong.
    pub(super) fn error_text(&self, trace: &Trace, family: &Family) -> Option<String> {
        [self.server, self.client]
            .into_iter()
            .flatten()
            .filter(|span| family.errors[*span])
            .find_map(|span| errors::error_text(&trace.spans[span]))
    }
}

impl<'a> Name<'a> {
    /// Who the time of a hop is spent on: the callee, or the caller if nothing is known of it.
    pub(super) fn of(caller: Option<&Party<'a>>, callee: Option<&Party<'a>>) -> Self {
        callee
            .filter(|callee| callee.service.is_some())
            .or(caller)
            .or(callee)
            .map_or_else(Self::default, |party| Self {
                service: party.service,
                operation: party.operation,
            })
    }
}

pub(super) fn name(span: &Span) -> Name<'_> {
    Name {
        service: span.service(),
        operation: operation(span),
    }
}

pub(super) fn party(span: &Span, index: usize) -> Party<'_> {
    let Name { service, operation } = name(span);
    Party {
        service,
        operation,
        span_id: Some(span.span_id),
        span_index: Some(index),
        trace_id: None,
    }
}

/// The other side as this span names it.
fn remote(span: &Span) -> Option<Party<'_>> {
    let service = semconv::remote_service(span).filter(|name| !name.is_empty())?;
    Some(Party {
        service: Some(service),
        operation: operation(span),
        span_id: None,
        span_index: None,
        trace_id: None,
    })
}

fn operation(span: &Span) -> Option<&str> {
    span.name.as_deref().filter(|name| !name.is_empty())
}
