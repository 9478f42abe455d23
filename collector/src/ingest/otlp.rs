//! `POST /v1/traces`, `/v1/logs` and `/v1/metrics`: OTLP over HTTP, in protobuf and JSON. Every answer
//! is in the request's own format, failures as a `google.rpc.Status`. The messages of OTLP over gRPC
//! go the same way. Metrics are read as far as it takes to say how many data points are not kept: an
//! exporter that hears of failures tries again, or gives its complaints to someone who reads logs.
use std::fmt::Display;
use std::sync::atomic::Ordering;

use actix_web::http::Method;
use actix_web::http::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_core::Stream;

use super::body::{self, Arriving};
use super::unpack::Packing;
use super::{Counted, Ingest, Language, SPANS, Taken, user_agent};
use crate::failure::{Failure, FailureKind};
use crate::metrics::{Counter, Transport};
use crate::senders::{Heard, Way};
use crate::wire::otlp_answer::{self, OtlpFormat, Signal};
use crate::wire::{otlp_json, otlp_logs_json, otlp_logs_proto, otlp_metrics, otlp_proto};

pub async fn post_traces(
    request: HttpRequest,
    payload: web::Payload,
    ingest: web::Data<Ingest>,
) -> HttpResponse {
    post(request, payload, ingest, Signal::Traces).await
}

pub async fn post_logs(
    request: HttpRequest,
    payload: web::Payload,
    ingest: web::Data<Ingest>,
) -> HttpResponse {
    post(request, payload, ingest, Signal::Logs).await
}

pub async fn post_metrics(
    request: HttpRequest,
    payload: web::Payload,
    ingest: web::Data<Ingest>,
) -> HttpResponse {
    post(request, payload, ingest, Signal::Metrics).await
}

async fn post(
    request: HttpRequest,
    payload: web::Payload,
    ingest: web::Data<Ingest>,
    signal: Signal,
) -> HttpResponse {
    let format = format_of(request.headers());
    let language = language(signal, format.unwrap_or(OtlpFormat::Protobuf));
    let transport = match signal {
        Signal::Traces => &ingest.metrics.otlp,
        Signal::Logs | Signal::Metrics => &ingest.metrics.other_signals,
    };
    transport.messages.fetch_add(1, Ordering::Relaxed);
    let mut heard = Heard::new(user_agent(request.headers()), Way::Http, language.name);
    let taken = take(&request, payload, &ingest, transport, signal, &mut heard).await;
    ingest.senders.note(heard, taken.as_ref().err());
    match taken {
        Ok((format, taken)) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, format.content_type()))
            .body(otlp_answer::success(
                format,
                signal,
                &taken.refused,
                taken.texts_repaired,
            )),
        Err(failure) => {
            ingest.count_rejected(language.name, transport, &failure);
            failure.as_otlp(answer_format(request.headers()))
        }
    }
}

/// Any other method on the paths of signals.
pub async fn wrong_method(request: HttpRequest) -> HttpResponse {
    let what = match request.path() {
        "/v1/logs" => "log records",
        "/v1/metrics" => "metrics",
        _ => "spans",
    };
    let text = format!("send {what} with POST, not {}", request.method());
    let failure = Failure::new(FailureKind::WrongMethod, text);
    let mut response = failure.as_otlp(answer_format(request.headers()));
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

/// Paths that an exporter reaches when its endpoint lacks `/v1/traces`.
pub async fn not_here(request: HttpRequest) -> HttpResponse {
    let path = request.path();
    let text = format!("nothing is at {path}: send spans to POST /v1/traces, logs to /v1/logs");
    let mut response =
        Failure::new(FailureKind::NotFound, text).as_otlp(answer_format(request.headers()));
    if request.method() == Method::HEAD {
        response = response.drop_body().map_into_boxed_body();
    }
    response
}

async fn take(
    request: &HttpRequest,
    payload: web::Payload,
    ingest: &Ingest,
    transport: &Transport,
    signal: Signal,
    heard: &mut Heard<'_>,
) -> Result<(OtlpFormat, Taken), Failure> {
    let format = format_of(request.headers()).ok_or_else(|| {
        let text = "the content type must be application/x-protobuf or application/json";
        Failure::new(FailureKind::UnsupportedType, text)
    })?;
    let packing = packing(request.headers())?;
    let arriving = Arriving::over_http(request, payload, packing);
    let taken = keep(ingest, transport, signal, format, arriving, heard).await?;
    Ok((format, taken))
}

/// What every door does with OTLP: reads the body to its end and keeps its spans.
async fn keep<S, E>(
    ingest: &Ingest,
    transport: &Transport,
    signal: Signal,
    format: OtlpFormat,
    arriving: Arriving<S>,
    heard: &mut Heard<'_>,
) -> Result<Taken, Failure>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Display,
{
    let language = language(signal, format);
    let body = body::read(ingest, arriving).await?;
    ingest.count_body(language.name, transport, body.bytes.len(), heard);
    let bytes = body.bytes.clone();
    let decoded = match signal {
        Signal::Traces | Signal::Logs => ingest.read(bytes, language, heard).await?,
        // A full disk is no reason to have them sent again.
        Signal::Metrics => ingest.look(bytes, language, heard).await?,
    };
    ingest.keep(decoded, language, transport, heard).await
}

/// The message of a gRPC export; `opened` is what its beginning said.
pub(crate) async fn take_message<S, E>(
    ingest: &Ingest,
    signal: Signal,
    user_agent: &[u8],
    opened: Result<Arriving<S>, Failure>,
) -> Result<Taken, Failure>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Display,
{
    let language = language(signal, OtlpFormat::Protobuf);
    let transport = match signal {
        Signal::Traces => &ingest.metrics.otlp_grpc,
        Signal::Logs | Signal::Metrics => &ingest.metrics.other_signals,
    };
    transport.messages.fetch_add(1, Ordering::Relaxed);
    let mut heard = Heard::new(user_agent, Way::Grpc, language.name);
    let taken = match opened {
        Ok(arriving) => {
            let format = OtlpFormat::Protobuf;
            keep(ingest, transport, signal, format, arriving, &mut heard).await
        }
        Err(failure) => Err(failure),
    };
    ingest.senders.note(heard, taken.as_ref().err());
    taken.inspect_err(|failure| ingest.count_rejected(language.name, transport, failure))
}

/// One coding at most: a body that is packed twice would be unpacked without a look at the limits
/// between.
pub(super) fn packing(headers: &HeaderMap) -> Result<Packing, Failure> {
    let unsupported = |text| Err(Failure::new(FailureKind::UnsupportedType, text));
    let mut packing = Packing::Plain;
    let named = headers.get_all(CONTENT_ENCODING);
    for coding in named.flat_map(|value| value.to_str().unwrap_or("?").split(',')) {
        let named = match coding.trim().to_ascii_lowercase().as_str() {
            "" | "identity" | "none" => continue,
            "gzip" | "x-gzip" => Packing::Gzip,
            "deflate" | "zlib" => Packing::Zlib,
            "zstd" => Packing::Zstd,
            _ => return unsupported(CODINGS),
        };
        if packing != Packing::Plain {
            return unsupported("a body may be packed once: name one content encoding");
        }
        packing = named;
    }
    Ok(packing)
}

fn format_of(headers: &HeaderMap) -> Option<OtlpFormat> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    match value
        .split(';')
        .next()?
        .trim()
        .to_ascii_lowercase()
        .as_str()
    {
        "application/x-protobuf" | "application/protobuf" => Some(OtlpFormat::Protobuf),
        "application/json" => Some(OtlpFormat::Json),
        _ => None,
    }
}

/// People read JSON; exporters that name no type of ours are people with curl.
fn answer_format(headers: &HeaderMap) -> OtlpFormat {
    format_of(headers).unwrap_or(OtlpFormat::Json)
}

const fn language(signal: Signal, format: OtlpFormat) -> Language {
    match (signal, format) {
        (Signal::Traces, OtlpFormat::Protobuf) => Language {
            name: "otlp_protobuf",
            decode: otlp_proto::decode,
            counted: SPANS,
        },
        (Signal::Traces, OtlpFormat::Json) => Language {
            name: "otlp_json",
            decode: otlp_json::decode,
            counted: SPANS,
        },
        (Signal::Logs, OtlpFormat::Protobuf) => Language {
            name: "otlp_logs_protobuf",
            decode: otlp_logs_proto::decode,
            counted: LOGS,
        },
        (Signal::Logs, OtlpFormat::Json) => Language {
            name: "otlp_logs_json",
            decode: otlp_logs_json::decode,
            counted: LOGS,
        },
        (Signal::Metrics, OtlpFormat::Protobuf) => Language {
            name: "otlp_metrics_protobuf",
            decode: otlp_metrics::decode_proto,
            counted: POINTS,
        },
        (Signal::Metrics, OtlpFormat::Json) => Language {
            name: "otlp_metrics_json",
            decode: otlp_metrics::decode_json,
            counted: POINTS,
        },
    }
}

const LOGS: Counted = Counted {
    accepted: Counter::LogsAccepted,
    refused: Counter::LogsRefused,
    unsampled: Counter::LogsUnsampled,
};

/// None is kept, so that two of the three never count.
const POINTS: Counted = Counted {
    refused: Counter::PointsRefused,
    ..LOGS
};

const CODINGS: &str = "the content encoding must be gzip, zstd, deflate or identity";
