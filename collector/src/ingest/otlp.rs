//! `POST /v1/traces`: OTLP over HTTP, in protobuf and JSON. Every answer is in the request's own
//! format, failures as a `google.rpc.Status`. The messages of OTLP over gRPC go the same way.
use std::fmt::Display;
use std::sync::atomic::Ordering;

use actix_web::http::Method;
use actix_web::http::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_core::Stream;

use super::body::{self, Arriving};
use super::unpack::Packing;
use super::{Ingest, Language, Taken, user_agent};
use crate::failure::{Failure, FailureKind};
use crate::metrics::Transport;
use crate::senders::{Heard, Way};
use crate::wire::otlp_answer::{self, OtlpFormat};
use crate::wire::{otlp_json, otlp_proto};

pub async fn post_traces(
    request: HttpRequest,
    payload: web::Payload,
    ingest: web::Data<Ingest>,
) -> HttpResponse {
    let format = format_of(request.headers());
    let language = format.map_or(PROTOBUF, language);
    let transport = &ingest.metrics.otlp;
    transport.messages.fetch_add(1, Ordering::Relaxed);
    let mut heard = Heard::new(user_agent(request.headers()), Way::Http, language.name);
    let taken = take(&request, payload, &ingest, format, &mut heard).await;
    ingest.senders.note(heard, taken.as_ref().err());
    match taken {
        Ok((format, taken)) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, format.content_type()))
            .body(otlp_answer::success(
                format,
                &taken.refused,
                taken.texts_repaired,
            )),
        Err(failure) => {
            ingest.count_rejected(language.name, transport, &failure);
            failure.as_otlp(answer_format(request.headers()))
        }
    }
}

/// Any other method on `/v1/traces`.
pub async fn wrong_method(request: HttpRequest) -> HttpResponse {
    let text = format!("send spans with POST, not {}", request.method());
    let failure = Failure::new(FailureKind::WrongMethod, text);
    let mut response = failure.as_otlp(answer_format(request.headers()));
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

/// The other signals, and paths that an exporter reaches when its endpoint lacks `/v1/traces`.
pub async fn not_here(request: HttpRequest) -> HttpResponse {
    let text = match request.path() {
        "/v1/metrics" | "/v1/logs" => "only traces are kept here: POST /v1/traces".to_owned(),
        path => format!("nothing is at {path}: send spans to POST /v1/traces"),
    };
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
    format: Option<OtlpFormat>,
    heard: &mut Heard<'_>,
) -> Result<(OtlpFormat, Taken), Failure> {
    let format = format.ok_or_else(|| {
        let text = "the content type must be application/x-protobuf or application/json";
        Failure::new(FailureKind::UnsupportedType, text)
    })?;
    let packing = packing(request.headers())?;
    let arriving = Arriving::over_http(request, payload, packing);
    let transport = &ingest.metrics.otlp;
    let taken = keep(ingest, transport, language(format), arriving, heard).await?;
    Ok((format, taken))
}

/// What every door does with OTLP: reads the body to its end and keeps its spans.
async fn keep<S, E>(
    ingest: &Ingest,
    transport: &Transport,
    language: Language,
    arriving: Arriving<S>,
    heard: &mut Heard<'_>,
) -> Result<Taken, Failure>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Display,
{
    let body = body::read(ingest, arriving).await?;
    ingest.count_body(language.name, transport, body.bytes.len(), heard);
    let decoded = ingest.read(body.bytes.clone(), language, heard).await?;
    ingest.keep(decoded, language, transport, heard).await
}

/// The message of a gRPC export; `opened` is what its beginning said.
pub(crate) async fn take_message<S, E>(
    ingest: &Ingest,
    user_agent: &[u8],
    opened: Result<Arriving<S>, Failure>,
) -> Result<Taken, Failure>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Display,
{
    let transport = &ingest.metrics.otlp_grpc;
    transport.messages.fetch_add(1, Ordering::Relaxed);
    let mut heard = Heard::new(user_agent, Way::Grpc, PROTOBUF.name);
    let taken = match opened {
        Ok(arriving) => keep(ingest, transport, PROTOBUF, arriving, &mut heard).await,
        Err(failure) => Err(failure),
    };
    ingest.senders.note(heard, taken.as_ref().err());
    taken.inspect_err(|failure| ingest.count_rejected(PROTOBUF.name, transport, failure))
}

/// One coding at most: a body that is packed twice would be unpacked without a look at the limits
/// between.
fn packing(headers: &HeaderMap) -> Result<Packing, Failure> {
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

const fn language(format: OtlpFormat) -> Language {
    match format {
        OtlpFormat::Protobuf => PROTOBUF,
        OtlpFormat::Json => JSON,
    }
}

const CODINGS: &str = "the content encoding must be gzip, zstd, deflate or identity";

const PROTOBUF: Language = Language {
    name: "otlp_protobuf",
    decode: otlp_proto::decode,
};
const JSON: Language = Language {
    name: "otlp_json",
    decode: otlp_json::decode,
};
