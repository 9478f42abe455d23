//! What is counted apart from what: operations of services, and edges between services.
use std::hash::{Hash, Hasher};

use crate::dependency::{CallKind, NameId};
use crate::span::Kind;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Series {
    /// One service calls another; counted as Zipkin counts links.
    Edge {
        caller: NameId,
        callee: NameId,
        kind: CallKind,
        /// What was called. [`NameId::OTHER`] where operations are not told apart: in minutes, and
        /// in hours that have too many of them.
        operation: Option<NameId>,
    },
    /// Spans of one name in one service. An absent name is a name of its own.
    Operation {
        service: Option<NameId>,
        operation: Option<NameId>,
        kind: Kind,
    },
}

/// A series as numbers: two names (0 is absent), a kind, and the name of what an edge leads to.
/// Their order is that of the series at rest.
pub(super) type Key = (u32, u32, u8, u32);

/// Two numbers instead of one for each field and variant: every span looks a series up.
impl Hash for Series {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (first, second, kind, third) = self.key();
        state.write_u64(u64::from(first) << 32 | u64::from(second));
        let kind = kind << 1 | u8::from(self.is_edge());
        // Names are numbered from one: of none is lost what matters.
        state.write_u32(third << 8 | u32::from(kind));
    }
}

impl Series {
    pub const fn is_edge(&self) -> bool {
        matches!(self, Self::Edge { .. })
    }

    pub(super) fn key(&self) -> Key {
        let number = |name: Option<NameId>| name.map_or(0, NameId::value);
        match *self {
            Self::Edge {
                caller,
                callee,
                kind,
                operation,
            } => (
                caller.value(),
                callee.value(),
                kind.number(),
                number(operation),
            ),
            Self::Operation {
                service,
                operation,
                kind,
            } => (number(service), number(operation), kind.number(), 0),
        }
    }

    pub(super) fn edge((caller, callee, kind, operation): Key) -> Option<Self> {
        Some(Self::Edge {
            caller: NameId::new(caller)?,
            callee: NameId::new(callee)?,
            kind: CallKind::from_number(kind)?,
            operation: NameId::new(operation),
        })
    }

    pub(super) fn operation((service, operation, number, _): Key) -> Option<Self> {
        let kind = Kind::from_number(number.into());
        (kind.number() == number).then_some(Self::Operation {
            service: NameId::new(service),
            operation: NameId::new(operation),
            kind,
        })
    }

    /// Does it tell what an edge leads to?
    pub(super) fn has_edge_operation(&self) -> bool {
        matches!(self, Self::Edge { operation, .. } if *operation != Some(NameId::OTHER))
    }

    /// An edge whatever was called; any other series is itself.
    #[must_use]
    pub const fn of_pair(self) -> Self {
        match self {
            Self::Edge {
                caller,
                callee,
                kind,
                ..
            } => Self::Edge {
                caller,
                callee,
                kind,
                operation: Some(NameId::OTHER),
            },
            operation @ Self::Operation { .. } => operation,
        }
    }

    /// The series that counts in its stead when there are too many: first it loses the operation's
    /// name, then the services'. `None` for the last resort itself.
    pub(super) fn coarser(self) -> Option<Self> {
        let other = Some(NameId::OTHER);
        let coarser = match self {
            Self::Edge { .. } if self.has_edge_operation() => self.of_pair(),
            Self::Edge { kind, .. } => Self::Edge {
                caller: NameId::OTHER,
                callee: NameId::OTHER,
                kind,
                operation: other,
            },
            Self::Operation {
                service,
                operation,
                kind,
            } => Self::Operation {
                service: if operation == other { other } else { service },
                operation: other,
                kind,
            },
        };
        (coarser != self).then_some(coarser)
    }
}
