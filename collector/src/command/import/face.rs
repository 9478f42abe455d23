//! What a copier needs to see of a span: whose trace it is, which service's, which version of
//! Zipkin's JSON. The rest of it is for the server to judge.
use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// Which of Zipkin's forms of JSON a span is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Face {
    /// 64 or 128 bits; `None` if it is no trace id.
    pub(super) trace_id: Option<u128>,
    pub(super) service: Option<String>,
    /// `None` if it says as much in both.
    pub(super) version: Option<Version>,
}

impl Face {
    /// Of a text that is no span, nothing is known.
    pub(super) fn of(span: &[u8]) -> Self {
        let Ok(fields) = serde_json::from_slice::<Fields<'_>>(span) else {
            return Self::default();
        };
        let is_v1 = fields.binary_annotations.is_some()
            || fields
                .annotations
                .iter()
                .flatten()
                .any(|annotation| annotation.endpoint.is_some());
        let is_v2 = fields.local_endpoint.is_some()
            || fields.remote_endpoint.is_some()
            || fields.tags.is_some()
            || fields.kind.is_some();
        let version = match (is_v1, is_v2) {
            (true, false) => Some(Version::V1),
            (false, true) => Some(Version::V2),
            _ => None,
        };
        Self {
            trace_id: u128::from_str_radix(&fields.trace_id, 16).ok(),
            service: fields
                .local_endpoint
                .and_then(|endpoint| endpoint.service_name),
            version,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow)]
    trace_id: Cow<'a, str>,
    local_endpoint: Option<Endpoint>,
    remote_endpoint: Option<IgnoredAny>,
    tags: Option<IgnoredAny>,
    kind: Option<IgnoredAny>,
    annotations: Option<Vec<Annotation>>,
    binary_annotations: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint {
    service_name: Option<String>,
}

#[derive(Deserialize)]
struct Annotation {
    endpoint: Option<IgnoredAny>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faces() {
        for (span, id, service, version) in [
            (r#"{"traceId":"a"}"#, Some(10), None, None),
            (
                r#"{"traceId":"00000000000000000000000000000001","kind":"CLIENT"}"#,
                Some(1),
                None,
                Some(Version::V2),
            ),
            (
                r#"{"traceId":"1","localEndpoint":{"serviceName":"a","port":1},"annotations":[{"timestamp":1,"value":"x"}]}"#,
                Some(1),
                Some("a"),
                Some(Version::V2),
            ),
            (
                r#"{"traceId":"1","annotations":[{"timestamp":1,"value":"sr","endpoint":{"serviceName":"a"}}]}"#,
                Some(1),
                None,
                Some(Version::V1),
            ),
            (
                r#"{"traceId":"1","annotations":[],"binaryAnnotations":[]}"#,
                Some(1),
                None,
                Some(Version::V1),
            ),
            (r#"{"traceId":"x"}"#, None, None, None),
            (r#"{"traceId":1}"#, None, None, None),
            (r#"{"resourceSpans":[]}"#, None, None, None),
            (r#"{"#, None, None, None),
        ] {
            let face = Face::of(span.as_bytes());
            let service = service.map(str::to_owned);
            let expected = Face {
                trace_id: id,
                service,
                version,
            };
            assert_eq!(face, expected, "{span}");
        }
    }
}
