//! `POST /api/v2/spans` and `POST /api/v1/spans`: Zipkin's steps, in Zipkin's order, with Zipkin's
//! texts. Other than Zipkin we keep the good spans of a list that has bad ones, and say so in a
//! header. The lists of Zipkin's gRPC go the same way.
use std::fmt::Display;
use std::sync::atomic::Ordering;

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_core::Stream;

use super::body::{self, Arriving};
use super::unpack::Packing;
use super::{Ingest, Language, SPANS, user_agent};
use crate::failure::Failure;
use crate::metrics::Transport;
use crate::senders::{Heard, Way};
use crate::wire::zipkin_list::{ListFormat, check_list};
use crate::wire::{Refused, zipkin_json, zipkin_proto, zipkin_thrift, zipkin_v1_json};

pub async fn post_spans(
    request: HttpRequest,
    payload: web::Payload,
    ingest: web::Data<Ingest>,
) -> HttpResponse {
    let spelling = match content_type(request.headers()).as_str() {
        "application/x-protobuf" => PROTO3,
        _ => JSON_V2,
    };
    answer(&request, payload, &ingest, spelling).await
}

pub async fn post_v1_spans(
    request: HttpRequest,
    payload: web::Payload,
    ingest: web::Data<Ingest>,
) -> HttpResponse {
    let spelling = match content_type(request.headers()).as_str() {
        "application/x-thrift" => THRIFT,
        _ => JSON_V1,
    };
    answer(&request, payload, &ingest, spelling).await
}

/// How the spans of a request are spelled. The content type says it; whatever says nothing is JSON.
#[derive(Clone, Copy)]
struct Spelling {
    list: ListFormat,
    language: Language,
}

async fn answer(
    request: &HttpRequest,
    payload: web::Payload,
    ingest: &Ingest,
    spelling: Spelling,
) -> HttpResponse {
    let transport = &ingest.metrics.zipkin;
    transport.messages.fetch_add(1, Ordering::Relaxed);
    let agent = user_agent(request.headers());
    let mut heard = Heard::new(agent, Way::Http, spelling.language.name);
    let taken = take(request, payload, ingest, spelling, &mut heard).await;
    ingest.senders.note(heard, taken.as_ref().err());
    match taken {
        Ok(refused) => accepted(&refused),
        Err(failure) => {
            ingest.count_rejected(spelling.language.name, transport, &failure);
            failure.as_zipkin()
        }
    }
}

async fn take(
    request: &HttpRequest,
    payload: web::Payload,
    ingest: &Ingest,
    spelling: Spelling,
    heard: &mut Heard<'_>,
) -> Result<Refused, Failure> {
    let Spelling { list, language } = spelling;
    let transport = &ingest.metrics.zipkin;
    let arriving = Arriving::over_http(request, payload, packing(request.headers()));
    let body = body::read(ingest, arriving).await?;
    let bytes = body.bytes.clone();
    // Zipkin counts the message, not its two bytes.
    if bytes.is_empty() || bytes.as_ref() == b"[]" {
        return Ok(Refused::default());
    }
    ingest.count_body(language.name, transport, bytes.len(), heard);
    check_list(&bytes, list).map_err(|error| Failure::bad_request(error.0))?;
    keep(ingest, transport, language, bytes, heard).await
}

/// What every door does with a list of Zipkin's that is not empty.
async fn keep(
    ingest: &Ingest,
    transport: &Transport,
    language: Language,
    list: Bytes,
    heard: &mut Heard<'_>,
) -> Result<Refused, Failure> {
    let decoded = ingest.read(list, language, heard).await?;
    if let Some(reason) = &decoded.refused.first
        && ingest.settings.zipkin_strict_lists
    {
        return Err(Failure::bad_request(reason.as_str()));
    }
    let taken = ingest.keep(decoded, language, transport, heard).await?;
    match &taken.refused.first {
        Some(reason) if taken.kept == 0 => Err(Failure::bad_request(reason.as_str())),
        _ => Ok(taken.refused),
    }
}

/// The message of a gRPC report; `opened` is what its beginning said. As Zipkin, without a look at
/// the list before it is read.
pub(crate) async fn take_message<S, E>(
    ingest: &Ingest,
    user_agent: &[u8],
    opened: Result<Arriving<S>, Failure>,
) -> Result<Refused, Failure>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Display,
{
    let transport = &ingest.metrics.zipkin_grpc;
    let language = PROTO3.language;
    transport.messages.fetch_add(1, Ordering::Relaxed);
    let mut heard = Heard::new(user_agent, Way::Grpc, language.name);
    let taken = async {
        let body = body::read(ingest, opened?).await?;
        ingest.count_body(language.name, transport, body.bytes.len(), &mut heard);
        keep(ingest, transport, language, body.bytes.clone(), &mut heard).await
    };
    let taken = taken.await;
    ingest.senders.note(heard, taken.as_ref().err());
    taken.inspect_err(|failure| ingest.count_rejected(language.name, transport, failure))
}

/// 202 without a body: some clients close the connection on any other answer.
fn accepted(refused: &Refused) -> HttpResponse {
    let mut response = HttpResponse::Accepted();
    if let Some(text) = refused_text(refused) {
        response.insert_header((HeaderName::from_static(REFUSED_HEADER), text));
    }
    response.finish()
}

/// What the header says of refused spans, if there are any: their number, and the first reason.
pub(crate) fn refused_text(refused: &Refused) -> Option<String> {
    let reason = refused.first.as_deref()?;
    Some(format!("{}; {}", refused.count, sanitized(reason)))
}

pub(crate) const REFUSED_HEADER: &str = "x-hopline-refused";

/// What a header may carry: printable ASCII, and not much of it.
fn sanitized(reason: &str) -> String {
    reason
        .chars()
        .map(|c| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '?'
            }
        })
        .take(REASON_CHARS_MAX)
        .collect()
}

/// Zipkin inflates when the header contains `gzip` anywhere and ignores every other value.
fn packing(headers: &HeaderMap) -> Packing {
    let coding = headers
        .get(CONTENT_ENCODING)
        .and_then(|value| value.to_str().ok());
    match coding {
        Some(coding) if coding.contains("gzip") => Packing::Gzip,
        Some("deflate" | "zlib") => Packing::Zlib,
        _ => Packing::Plain,
    }
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

const JSON_V2: Spelling = Spelling {
    list: ListFormat::JsonV2,
    language: Language {
        name: "zipkin_json",
        decode: zipkin_json::decode,
        counted: SPANS,
    },
};

const PROTO3: Spelling = Spelling {
    list: ListFormat::Proto3,
    language: Language {
        name: "zipkin_proto",
        decode: zipkin_proto::decode,
        counted: SPANS,
    },
};

const JSON_V1: Spelling = Spelling {
    list: ListFormat::JsonV1,
    language: Language {
        name: "zipkin_v1_json",
        decode: zipkin_v1_json::decode,
        counted: SPANS,
    },
};

const THRIFT: Spelling = Spelling {
    list: ListFormat::Thrift,
    language: Language {
        name: "zipkin_thrift",
        decode: zipkin_thrift::decode,
        counted: SPANS,
    },
};

const REASON_CHARS_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_cannot_break_out_of_its_header() {
        assert_eq!(sanitized("a\r\nset-cookie: x\u{e9}"), "a??set-cookie: x?");
        assert_eq!(sanitized(&"x".repeat(500)).len(), 200);
    }
}
