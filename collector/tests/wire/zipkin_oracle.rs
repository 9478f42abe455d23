//! The oracle: Zipkin's messages written as JSON v2, which has a reader of its own.
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::zipkin_messages::{Endpoint, Span};

/// The span without the fields that Zipkin takes from protobuf only when they say something.
pub(super) fn json(span: &Span) -> Value {
    let mut fields = json!({
        "traceId": hex(&span.trace_id),
        "id": hex(&span.id),
        "name": span.name,
        "timestamp": span.timestamp as i64,
        "duration": span.duration as i64,
        "tags": span.tags.iter().filter(|(key, _)| !key.is_empty()).collect::<BTreeMap<_, _>>(),
        "debug": span.debug,
        "shared": span.shared,
    });
    let annotations = span.annotations.iter();
    fields["annotations"] = annotations
        .filter(|annotation| annotation.timestamp != 0 && !annotation.value.is_empty())
        .map(|annotation| {
            json!({"timestamp": annotation.timestamp as i64, "value": annotation.value})
        })
        .collect();
    if !span.parent_id.is_empty() {
        fields["parentId"] = hex(&span.parent_id).into();
    }
    if let 1..=4 = span.kind {
        let kinds = ["CLIENT", "SERVER", "PRODUCER", "CONSUMER"];
        fields["kind"] = kinds[span.kind as usize - 1].into();
    }
    for (key, endpoint) in [
        ("localEndpoint", &span.local_endpoint),
        ("remoteEndpoint", &span.remote_endpoint),
    ] {
        if let Some(endpoint) = endpoint {
            fields[key] = endpoint_json(endpoint);
        }
    }
    fields
}

fn endpoint_json(endpoint: &Endpoint) -> Value {
    let mut fields = json!({"serviceName": endpoint.service_name, "port": endpoint.port});
    if let Ok(octets) = <[u8; 4]>::try_from(endpoint.ipv4.as_slice()) {
        fields["ipv4"] = std::net::Ipv4Addr::from(octets).to_string().into();
    }
    match endpoint.ipv6.as_slice() {
        // Bytes of the other family are taken in either place.
        [a, b, c, d] => fields["ipv6"] = format!("{a}.{b}.{c}.{d}").into(),
        bytes => {
            if let Ok(octets) = <[u8; 16]>::try_from(bytes) {
                fields["ipv6"] = std::net::Ipv6Addr::from(octets).to_string().into();
            }
        }
    }
    fields
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
