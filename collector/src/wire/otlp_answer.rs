//! What OTLP clients are answered, in the format of their request: a response that names refused
//! spans only if there are any, or a `google.rpc.Status`.
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message as _;

use super::Refused;

/// The two formats of OTLP over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtlpFormat {
    Protobuf,
    Json,
}

impl OtlpFormat {
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }
}

/// What a request is about: says how its answer is spelled. In protobuf all three are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Traces,
    Logs,
    Metrics,
}

impl Signal {
    /// What is counted, for people.
    const fn noun(self) -> &'static str {
        match self {
            Self::Traces => "span",
            Self::Logs => "log record",
            Self::Metrics => "data point",
        }
    }

    /// The field of the answer that counts what was refused, in JSON.
    const fn rejected(self) -> &'static str {
        match self {
            Self::Traces => "rejectedSpans",
            Self::Logs => "rejectedLogRecords",
            Self::Metrics => "rejectedDataPoints",
        }
    }
}

/// The most bytes of a message; the specification has it cut before an answer grows too large.
const MESSAGE_BYTES_MAX: usize = 4096;

/// `ExportTraceServiceResponse`, or that of another signal. When all is well it is empty, as the
/// specification demands: clients take any `partial_success` for bad news.
pub fn success(
    format: OtlpFormat,
    signal: Signal,
    refused: &Refused,
    texts_repaired: u64,
) -> Vec<u8> {
    let partial_success = partial_success(signal, refused, texts_repaired);
    match format {
        OtlpFormat::Protobuf => ExportTraceServiceResponse { partial_success }.encode_to_vec(),
        OtlpFormat::Json => match partial_success {
            None => b"{}".to_vec(),
            // 64-bit integers are strings in protobuf's JSON.
            Some(partial) => serde_json::json!({
                "partialSuccess": {
                    signal.rejected(): partial.rejected_spans.to_string(),
                    "errorMessage": partial.error_message,
                }
            })
            .to_string()
            .into_bytes(),
        },
    }
}

/// `google.rpc.Status`, the body of every error.
pub fn status(format: OtlpFormat, code: i32, message: &str) -> Vec<u8> {
    let message = shorten(message);
    match format {
        OtlpFormat::Protobuf => RpcStatus {
            code,
            message: message.to_owned(),
            details: Vec::new(),
        }
        .encode_to_vec(),
        OtlpFormat::Json => serde_json::json!({ "code": code, "message": message })
            .to_string()
            .into_bytes(),
    }
}

/// `google.rpc.Status` with `google.rpc.RetryInfo` in its details: come back after so many seconds.
pub fn status_with_retry(code: i32, message: &str, seconds: u32) -> Vec<u8> {
    let info = RetryInfo {
        retry_delay: Some(prost_types::Duration {
            seconds: i64::from(seconds),
            nanos: 0,
        }),
    };
    let detail = prost_types::Any {
        type_url: RETRY_INFO.to_owned(),
        value: info.encode_to_vec(),
    };
    RpcStatus {
        code,
        message: shorten(message).to_owned(),
        details: vec![detail],
    }
    .encode_to_vec()
}

const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, prost::Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<prost_types::Duration>,
}

fn partial_success(
    signal: Signal,
    refused: &Refused,
    texts_repaired: u64,
) -> Option<ExportTracePartialSuccess> {
    if refused.count == 0 && texts_repaired == 0 {
        return None;
    }
    let mut parts = Vec::new();
    if refused.count > 0 {
        let first = refused.first.as_deref().unwrap_or("no reason given");
        let noun = signal.noun();
        parts.push(match refused.count {
            1 => format!("1 {noun} was refused: {first}"),
            // All for one reason.
            count if signal == Signal::Metrics => format!("{count} {noun}s were refused: {first}"),
            count => format!("{count} {noun}s were refused; the first: {first}"),
        });
    }
    if texts_repaired > 0 {
        parts.push(format!(
            "{texts_repaired} texts were not UTF-8 and were kept with U+FFFD for the bad bytes"
        ));
    }
    Some(ExportTracePartialSuccess {
        rejected_spans: i64::try_from(refused.count).unwrap_or(i64::MAX),
        error_message: shorten(&parts.join("; ")).to_owned(),
    })
}

fn shorten(text: &str) -> &str {
    &text[..text.floor_char_boundary(MESSAGE_BYTES_MAX)]
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;

    use super::super::Reason;
    use super::*;

    fn check(refused: &Refused, texts_repaired: u64, json: &str) {
        let written = success(OtlpFormat::Json, Signal::Traces, refused, texts_repaired);
        assert_eq!(String::from_utf8_lossy(&written), json);
        let written = success(
            OtlpFormat::Protobuf,
            Signal::Traces,
            refused,
            texts_repaired,
        );
        let read = ExportTraceServiceResponse::decode(written.as_slice()).unwrap();
        let partial = read.partial_success.map(|partial| {
            serde_json::json!({ "partialSuccess": {
                "rejectedSpans": partial.rejected_spans.to_string(),
                "errorMessage": partial.error_message,
            }})
        });
        assert_eq!(
            partial.map_or_else(|| "{}".to_owned(), |json| json.to_string()),
            json
        );
    }

    #[test]
    fn partial_success_is_said_only_when_there_is_something_to_say() {
        let mut refused = Refused::default();
        check(&refused, 0, "{}");
        check(
            &refused,
            2,
            "{\"partialSuccess\":{\"errorMessage\":\"2 texts were not UTF-8 and were kept with \
             U+FFFD for the bad bytes\",\"rejectedSpans\":\"0\"}}",
        );
        refused.add(Reason::InvalidId, || "no trace id".to_owned());
        check(
            &refused,
            0,
            "{\"partialSuccess\":{\"errorMessage\":\"1 span was refused: no trace id\",\
             \"rejectedSpans\":\"1\"}}",
        );
        let none = Refused::default();
        assert!(success(OtlpFormat::Protobuf, Signal::Traces, &none, 0).is_empty());
    }

    #[test]
    fn logs_and_metrics_have_words_of_their_own() {
        let mut refused = Refused::default();
        refused.add(Reason::NoSpan, || "no span".to_owned());
        let json = |signal| {
            let written = success(OtlpFormat::Json, signal, &refused, 0);
            String::from_utf8(written).unwrap()
        };
        assert_eq!(
            json(Signal::Logs),
            "{\"partialSuccess\":{\"errorMessage\":\"1 log record was refused: no span\",\
             \"rejectedLogRecords\":\"1\"}}"
        );
        assert!(json(Signal::Metrics).contains("\"rejectedDataPoints\":\"1\""));
        let written = success(OtlpFormat::Protobuf, Signal::Logs, &refused, 0);
        let read = ExportLogsServiceResponse::decode(written.as_slice()).unwrap();
        assert_eq!(read.partial_success.unwrap().rejected_log_records, 1);
        let written = success(OtlpFormat::Protobuf, Signal::Metrics, &refused, 0);
        let read = ExportMetricsServiceResponse::decode(written.as_slice()).unwrap();
        assert_eq!(read.partial_success.unwrap().rejected_data_points, 1);
    }

    #[test]
    fn a_status_has_a_code_and_a_bounded_message() {
        let written = status(OtlpFormat::Json, 3, "bad \"bytes\"");
        assert_eq!(written, br#"{"code":3,"message":"bad \"bytes\""}"#);
        let written = status(OtlpFormat::Protobuf, 14, &"가".repeat(5000));
        let read = RpcStatus::decode(written.as_slice()).unwrap();
        assert_eq!((read.code, read.message.len()), (14, 4095));
    }
}
