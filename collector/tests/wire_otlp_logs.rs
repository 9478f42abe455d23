//! Random OTLP logs and metrics in both spellings mean what prost decodes; and what their readers must
//! bear.
use bytes::Bytes;
use collector::wire::{Reason, otlp_logs_json, otlp_logs_proto, otlp_metrics};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use proptest::prelude::*;
use prost::Message as _;
use storage::span::Value;

#[path = "wire/otlp_logs.rs"]
mod otlp_logs;
#[expect(dead_code, reason = "what it says of spans is for other tests")]
#[path = "wire/otlp_oracle.rs"]
mod otlp_oracle;
#[expect(dead_code, reason = "what it makes of spans is for other tests")]
#[path = "wire/otlp_requests.rs"]
mod otlp_requests;

use otlp_logs::{log_requests, logs_of, metric_requests};

proptest! {
    #[test]
    fn both_spellings_of_logs_mean_what_prost_decodes(request in log_requests()) {
        let (expected, count) = logs_of(&request);
        let refused = (count - expected.len()) as u64;
        let proto = otlp_logs_proto::decode(request.encode_to_vec().into()).unwrap();
        let json = serde_json::to_vec(&request).unwrap();
        let json = otlp_logs_json::decode(json.into()).unwrap();
        for decoded in [proto, json] {
            prop_assert_eq!(decoded.refused.count, refused);
            prop_assert_eq!(decoded.texts_repaired, 0);
            prop_assert_eq!(&decoded.batch.to_spans().unwrap(), &expected);
        }
    }

    #[test]
    fn data_points_are_counted_exactly((request, count) in metric_requests()) {
        let proto = otlp_metrics::decode_proto(request.encode_to_vec().into()).unwrap();
        let json = serde_json::to_vec(&request).unwrap();
        let json = otlp_metrics::decode_json(json.into()).unwrap();
        for decoded in [proto, json] {
            prop_assert_eq!(decoded.refused.count, count);
            prop_assert!(decoded.batch.is_empty());
        }
    }
}

fn request(record: LogRecord) -> Bytes {
    let scope_logs = vec![ScopeLogs {
        log_records: vec![record],
        ..ScopeLogs::default()
    }];
    let resource_logs = vec![ResourceLogs {
        scope_logs,
        ..ResourceLogs::default()
    }];
    ExportLogsServiceRequest { resource_logs }
        .encode_to_vec()
        .into()
}

fn good() -> LogRecord {
    LogRecord {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        ..LogRecord::default()
    }
}

#[test]
fn a_record_that_cannot_be_kept_says_why() {
    for (record, reason) in [
        (LogRecord::default(), Reason::NoSpan),
        (
            LogRecord {
                span_id: Vec::new(),
                ..good()
            },
            Reason::NoSpan,
        ),
        (
            LogRecord {
                span_id: vec![0; 8],
                ..good()
            },
            Reason::NoSpan,
        ),
        (
            LogRecord {
                trace_id: vec![0; 16],
                ..good()
            },
            Reason::NoSpan,
        ),
        (
            LogRecord {
                trace_id: vec![1; 15],
                ..good()
            },
            Reason::InvalidId,
        ),
        (
            LogRecord {
                severity_text: "x".repeat(1 << 20),
                ..good()
            },
            Reason::TooLarge,
        ),
    ] {
        let decoded = otlp_logs_proto::decode(request(record)).unwrap();
        assert!(decoded.batch.is_empty());
        assert_eq!(decoded.refused.by_reason, [(reason, 1)]);
        let first = decoded.refused.first.unwrap();
        assert!(
            first.starts_with("log record 1 of the request: "),
            "{first}"
        );
    }
}

#[test]
fn names_of_severities_and_absent_parts_are_read_in_json() {
    let ids = r#""traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174""#;
    for (fields, expected) in [
        (r#","severityNumber":"SEVERITY_NUMBER_WARN2""#, Some(14)),
        (r#","severityNumber":17"#, Some(17)),
        (r#","severityNumber":"24""#, Some(24)),
        (
            r#","severityNumber":null,"body":null,"attributes":null"#,
            None,
        ),
        (r#","severityNumber":"LOUD","body":{}"#, None),
        (r#","severityNumber":-3"#, None),
    ] {
        let body = format!(
            r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{{ids}{fields}}}]}}]}}]}}"#
        );
        let decoded = otlp_logs_json::decode(body.into()).unwrap();
        assert_eq!(decoded.refused.first, None, "{fields}");
        let log = decoded.batch.to_spans().unwrap().remove(0);
        let attributes = &log.events[0].attributes;
        let number = attributes
            .iter()
            .find(|attribute| &*attribute.key == "log.severity_number")
            .and_then(|attribute| attribute.value.as_int());
        assert_eq!(number, expected, "{fields}");
        assert_eq!(attributes.len(), 2 * usize::from(expected.is_some()));
    }
}

#[test]
fn what_is_not_utf8_costs_that_text_and_nothing_else() {
    let record = LogRecord {
        event_name: "name".to_owned(),
        severity_text: "LOUD".to_owned(),
        ..good()
    };
    let bytes = request(record).to_vec();
    let place = bytes.windows(4).position(|text| text == b"LOUD").unwrap();
    let mut bytes = bytes;
    bytes[place] = 0xff;
    let decoded = otlp_logs_proto::decode(bytes.into()).unwrap();
    assert_eq!((decoded.texts_repaired, decoded.refused.count), (1, 0));
    let event = decoded.batch.to_spans().unwrap().remove(0).events.remove(0);
    assert_eq!(event.name, "name");
    assert_eq!(
        event.attributes[0].value,
        Value::String("\u{fffd}OUD".into())
    );
}

#[test]
fn a_value_too_deep_refuses_its_record_alone() {
    let deep = "{\"arrayValue\":{\"values\":[".repeat(40) + &"]}}".repeat(40);
    let ids = r#""traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174""#;
    let body = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{{ids},"body":{deep}}},{{{ids}}}]}}]}}]}}"#
    );
    let decoded = otlp_logs_json::decode(body.into()).unwrap();
    assert_eq!(decoded.refused.by_reason, [(Reason::TooDeep, 1)]);
    assert_eq!(decoded.batch.len(), 1);
}

#[test]
fn what_is_no_request_is_refused_whole() {
    for body in [
        "[]",
        "{",
        "{\"resourceLogs\":7}",
        "{\"resourceLogs\":[{\"scopeLogs\":{}}]}",
    ] {
        assert!(otlp_logs_json::decode(body.into()).is_err(), "{body}");
    }
    for body in ["[]", "{", "{\"resourceMetrics\":[{\"scopeMetrics\":7}]}"] {
        assert!(otlp_metrics::decode_json(body.into()).is_err(), "{body}");
    }
    for body in [&b"\xff"[..], b"\x0a\x7f", b"\x0b"] {
        assert!(otlp_logs_proto::decode(Bytes::from_static(body)).is_err());
        assert!(otlp_metrics::decode_proto(Bytes::from_static(body)).is_err());
    }
}
