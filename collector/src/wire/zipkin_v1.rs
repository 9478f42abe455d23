//! A span in the first version of Zipkin's model, as JSON v1 and thrift spell it: events of two
//! hosts in one record. `zipkin_v1_convert` makes spans of today's model of it.
use storage::batch::Text;
use storage::id::{SpanId, TraceId};
use storage::span::Endpoint;

use super::trouble::Refusal;
use super::{ATTRIBUTES_MAX, EVENTS_MAX, Reason};

/// The most endpoints in one span. Two take part in a call; a few more have been seen.
const HOSTS_MAX: usize = 32;

/// A span while its fields are read. One is used for all spans of a list.
#[derive(Default)]
pub(super) struct V1Span {
    pub(super) trace_id_high: u64,
    pub(super) trace_id: u64,
    pub(super) id: u64,
    /// Zero is none.
    pub(super) parent_id: u64,
    pub(super) name: Text,
    /// Microseconds since the epoch; zero is not known.
    pub(super) timestamp: i64,
    /// Microseconds; zero is not known.
    pub(super) duration: i64,
    pub(super) debug: bool,
    pub(super) annotations: Vec<V1Annotation>,
    pub(super) binary_annotations: Vec<V1BinaryAnnotation>,
    pub(super) hosts: Hosts,
}

#[derive(Clone, Copy)]
pub(super) struct V1Annotation {
    /// Microseconds since the epoch.
    pub(super) timestamp: i64,
    pub(super) value: Text,
    pub(super) host: Option<Host>,
}

/// A tag, or the address of a host that took part: then the key says which.
#[derive(Clone, Copy)]
pub(super) struct V1BinaryAnnotation {
    pub(super) key: Text,
    pub(super) value: Text,
    pub(super) host: Option<Host>,
}

/// The ids of a span, checked.
pub(super) struct V1Ids {
    pub(super) trace_id: TraceId,
    pub(super) id: SpanId,
    pub(super) parent_id: Option<SpanId>,
}

impl V1Span {
    /// Makes room for the next span; the lists keep theirs.
    pub(super) fn clear(&mut self) {
        let mut lists = std::mem::take(self);
        lists.annotations.clear();
        lists.binary_annotations.clear();
        lists.hosts.0.clear();
        self.annotations = lists.annotations;
        self.binary_annotations = lists.binary_annotations;
        self.hosts = lists.hosts;
    }

    pub(super) fn add_annotation(&mut self, annotation: V1Annotation) -> Result<(), Refusal> {
        if self.annotations.len() >= EVENTS_MAX {
            let text = "more than 1,024 annotations";
            return Err(Refusal::new(Reason::TooLarge, text));
        }
        self.annotations.push(annotation);
        Ok(())
    }

    pub(super) fn add_binary_annotation(
        &mut self,
        annotation: V1BinaryAnnotation,
    ) -> Result<(), Refusal> {
        if self.binary_annotations.len() >= ATTRIBUTES_MAX {
            let text = "more than 1,024 binary annotations";
            return Err(Refusal::new(Reason::TooLarge, text));
        }
        self.binary_annotations.push(annotation);
        Ok(())
    }

    /// As in Zipkin, a trace id needs a low half.
    pub(super) fn ids(&self) -> Result<V1Ids, Refusal> {
        let trace_id = TraceId::from_halves(self.trace_id_high, self.trace_id)
            .filter(|_| self.trace_id != 0)
            .ok_or(Refusal::new(Reason::InvalidId, "traceId == 0"))?;
        let id = SpanId::new(self.id).ok_or(Refusal::new(Reason::InvalidId, "id == 0"))?;
        Ok(V1Ids {
            trace_id,
            id,
            parent_id: SpanId::new(self.parent_id),
        })
    }
}

/// May a binary annotation of this key say the address of a host?
pub(super) fn is_address(key: &[u8]) -> bool {
    matches!(key, b"ca" | b"sa" | b"ma")
}

/// An endpoint of the span that is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Host(usize);

/// The endpoints of one span, each once.
#[derive(Default)]
pub(super) struct Hosts(Vec<KnownHost>);

struct KnownHost {
    endpoint: Endpoint,
    /// In lower case, as names compare.
    service: Option<String>,
}

impl Hosts {
    /// An endpoint of which nothing is known is none.
    pub(super) fn add(&mut self, endpoint: Option<Endpoint>) -> Result<Option<Host>, Refusal> {
        let Some(endpoint) = endpoint.filter(|endpoint| !endpoint.is_empty()) else {
            return Ok(None);
        };
        let known = self.0.iter().position(|host| host.endpoint == endpoint);
        if let Some(place) = known {
            return Ok(Some(Host(place)));
        }
        if self.0.len() >= HOSTS_MAX {
            let text = "more than 32 endpoints in one span";
            return Err(Refusal::new(Reason::TooLarge, text));
        }
        let service = endpoint.service.as_ref().map(|name| name.to_lowercase());
        self.0.push(KnownHost { endpoint, service });
        Ok(Some(Host(self.0.len() - 1)))
    }

    pub(super) fn endpoint(&self, host: Host) -> &Endpoint {
        &self.0[host.0].endpoint
    }

    /// Hosts without a name have the same one.
    pub(super) fn have_same_service(&self, left: Host, right: Host) -> bool {
        left == right || self.0[left.0].service == self.0[right.0].service
    }

    pub(super) fn are_same(&self, left: Host, right: Host) -> bool {
        let address = |host: Host| {
            let endpoint = self.endpoint(host);
            (endpoint.ipv4, endpoint.ipv6, endpoint.port)
        };
        self.have_same_service(left, right) && address(left) == address(right)
    }
}
