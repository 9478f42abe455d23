//! Who recorded a span: what tells apart the spans of one id.
use std::net::{Ipv4Addr, Ipv6Addr};

use storage::span::Span;

/// The service and the host that recorded a span.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place<'a> {
    service: Option<&'a str>,
    host: Option<Host<'a>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Host<'a> {
    Named(&'a str),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl<'a> Place<'a> {
    pub(super) fn of(span: &'a Span) -> Self {
        let service = span.service();
        let host = HOST_KEYS
            .into_iter()
            .find_map(|key| span.resource.text(key).filter(|name| !name.is_empty()))
            .map(Host::Named)
            .or_else(|| {
                let endpoint = span.local_endpoint.as_ref()?;
                endpoint
                    .ipv4
                    .map(Host::V4)
                    .or_else(|| endpoint.ipv6.map(Host::V6))
            });
        Self { service, host }
    }
}

/// Best first. A host's name before its id: more detectors know it.
const HOST_KEYS: [&str; 6] = [
    "host.name",
    "host.id",
    "k8s.pod.uid",
    "k8s.pod.name",
    "container.id",
    "service.instance.id",
];
