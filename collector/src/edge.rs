//! What every request passes, whatever it asks: the size of its head, browsers' preflights, the
//! count, the net below bugs, and the headers that keep browsers safe.
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method, StatusCode, Version};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, ResponseError, web};

use crate::compression;
use crate::config::{BasePath, Origins};
use crate::failure::{Failure, FailureKind};
use crate::metrics::{Counter, Metrics};
use crate::mount;

/// What the edge of a door needs.
pub struct Edge {
    pub metrics: Arc<Metrics>,
    pub cors_origins: Option<Origins>,
    pub base_path: BasePath,
    pub door: &'static str,
}

/// To whom a path belongs; it decides about headers and origins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Area {
    /// Ingest and Zipkin's API: open to any origin unless told otherwise, as Zipkin is.
    Open,
    /// Our own API: for our own page.
    Own,
    /// The window.
    Window,
}

/// Guards one request.
///
/// # Errors
/// When the handler panicked.
pub async fn guard<B: MessageBody + 'static>(
    edge: web::Data<Edge>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    mount::unmount(&edge.base_path, &mut request);
    let area = area(edge.door, request.path());
    let method = request.method().clone();
    let wants_upgrade = request.head().upgrade();
    let began = Instant::now();
    let grant = Grant::of(edge.cors_origins.as_ref(), area, request.headers());
    let mut response = if head_bytes(&request) > HEAD_BYTES_MAX {
        let text = format!("the request line and headers are longer than {HEAD_BYTES_MAX} bytes");
        let failure = Failure::new(FailureKind::HeadTooLarge, text);
        request.into_response(failure.as_plain())
    } else if is_preflight(&request) {
        let named = requested_headers(&request);
        request.into_response(preflight(&grant, &named))
    } else {
        match caught(next.call(request)).await {
            Ok(answer) => answer?.map_into_boxed_body(),
            Err(panicked) => {
                edge.metrics.add(Counter::PanicsCaught, &[], 1);
                edge.count(&method, StatusCode::INTERNAL_SERVER_ERROR, None, began);
                return Err(panicked.into());
            }
        }
    };
    let pattern = response.request().match_pattern();
    edge.count(&method, response.status(), pattern.as_deref(), began);
    if wants_upgrade {
        // Java's client asks for h2c on every request and is served HTTP/1.1. actix then closes
        // the connection without saying so, and the client would lose its next request.
        response
            .response_mut()
            .head_mut()
            .set_connection_type(ConnectionType::Close);
    }
    let mut response = compression::compress(response);
    end_with_the_connection(&mut response);
    let headers = response.headers_mut();
    grant.write(headers);
    write_safety(area, headers);
    Ok(response)
}

/// HTTP/1.0, which reverse proxies still speak, has no chunks: what leaves in pieces ends when the
/// connection does. actix would send chunks all the same.
fn end_with_the_connection(response: &mut ServiceResponse<BoxBody>) {
    let is_old = response.request().version() < Version::HTTP_11;
    if is_old && response.response().body().size() == BodySize::Stream {
        let head = response.response_mut().head_mut();
        head.no_chunking(true);
        head.set_connection_type(ConnectionType::Close);
    }
}

impl Edge {
    fn count(&self, method: &Method, status: StatusCode, pattern: Option<&str>, began: Instant) {
        let method = match *method {
            Method::GET | Method::HEAD => "GET",
            Method::POST => "POST",
            Method::OPTIONS => "OPTIONS",
            // A client may invent methods; the metric must not grow with them.
            _ => "OTHER",
        };
        let labels = [
            ("method", method),
            ("door", self.door),
            ("status", status.as_str()),
        ];
        self.metrics.add(Counter::Requests, &labels, 1);
        let took = began.elapsed();
        self.metrics
            .observe_request(method, pattern, status.as_u16(), took);
    }
}

/// The net below bugs: what an answer panics with does not reach the connection.
///
/// # Errors
/// When it panicked.
pub async fn caught<T>(answer: impl Future<Output = T>) -> Result<T, Panicked> {
    let mut answer = pin!(answer);
    poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(answer)) => Poll::Ready(Ok(answer)),
            Err(_) => Poll::Ready(Err(Panicked)),
        },
    )
    .await
}

/// A handler hit a bug. The process lives on.
#[derive(Debug, thiserror::Error)]
#[error("this request hit a bug of hopline; the server's log says where")]
pub struct Panicked;

impl ResponseError for Panicked {
    fn error_response(&self) -> HttpResponse {
        Failure::new(FailureKind::Internal, self.to_string()).as_json()
    }
}

/// What a browser's page of another origin may do.
enum Grant {
    /// The request names no origin.
    NotAsked,
    Denied,
    /// The value of `access-control-allow-origin`.
    Allowed {
        origin: HeaderValue,
        varies: bool,
    },
}

impl Grant {
    fn of(configured: Option<&Origins>, area: Area, headers: &HeaderMap) -> Self {
        let Some(origin) = headers.get(header::ORIGIN) else {
            return Self::NotAsked;
        };
        let any = match configured {
            Some(Origins::Any) => true,
            Some(Origins::These(_)) => false,
            None => area == Area::Open,
        };
        if any {
            let star = if origin == "null" { "null" } else { "*" };
            return Self::Allowed {
                origin: HeaderValue::from_static(star),
                varies: false,
            };
        }
        let named = origin.to_str().unwrap_or_default().to_lowercase();
        match configured {
            Some(Origins::These(origins)) if origins.contains(&named) => Self::Allowed {
                origin: origin.clone(),
                varies: true,
            },
            _ => Self::Denied,
        }
    }

    fn write(&self, headers: &mut HeaderMap) {
        let Self::Allowed { origin, varies } = self else {
            return;
        };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        if !headers.contains_key(header::ACCESS_CONTROL_ALLOW_HEADERS) {
            let allowed = HeaderValue::from_static(ALLOWED_HEADERS);
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        }
        let exposed = HeaderValue::from_static("retry-after,x-hopline-refused,x-hopline-truncated");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        if *varies {
            headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
    }
}

/// Answered with 200 for any path, as Zipkin does; a page that may not call is told nothing.
fn preflight(grant: &Grant, named: &str) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if matches!(grant, Grant::Allowed { .. }) {
        response.insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET,POST"));
        response.insert_header((header::ACCESS_CONTROL_MAX_AGE, "0"));
        if !named.is_empty() {
            let allowed = format!("{ALLOWED_HEADERS}{named}");
            response.insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, allowed));
        }
    }
    response.finish()
}

/// The headers that a page would send to OTLP beside those of Zipkin, each behind a comma. An exporter
/// in a browser may be told to send any: a proxy's key, a tenant, how the body is packed. Nothing of ours
/// is opened by a header.
fn requested_headers(request: &ServiceRequest) -> String {
    let path = request.path();
    let named = request
        .headers()
        .get(header::ACCESS_CONTROL_REQUEST_HEADERS)
        .and_then(|named| named.to_str().ok())
        .filter(|_| path.starts_with("/v1/") || path == "/")
        .unwrap_or_default();
    let is_name = |name: &&str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !name.is_empty() && name.bytes().all(is_part)
    };
    let mut headers = String::new();
    for name in named.split(',').map(str::trim).filter(is_name) {
        let name = name.to_ascii_lowercase();
        if !ALLOWED_HEADERS.split(',').any(|known| known == name) {
            headers.push(',');
            headers.push_str(&name);
        }
    }
    headers
}

fn is_preflight(request: &ServiceRequest) -> bool {
    *request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ORIGIN)
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn area(door: &str, path: &str) -> Area {
    let begins = |prefix: &str| path.starts_with(prefix);
    if door != "main" && path == "/" {
        // Where exporters post whose endpoint is taken as it is.
        return Area::Open;
    }
    if begins("/api/hopline") {
        Area::Own
    } else if begins("/api/") || begins("/zipkin/api/") || begins("/v1/") {
        Area::Open
    } else {
        Area::Window
    }
}

fn write_safety(area: Area, headers: &mut HeaderMap) {
    let policy = if area == Area::Window {
        WINDOW_POLICY
    } else {
        API_POLICY
    };
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(policy),
    );
    for (name, value) in SAFETY {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    if area == Area::Own && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if area != Area::Open {
        let name = HeaderName::from_static("cross-origin-resource-policy");
        headers.insert(name, HeaderValue::from_static("same-origin"));
    }
}

fn head_bytes(request: &ServiceRequest) -> usize {
    let headers = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    let uri = request.uri();
    uri.path_and_query().map_or(0, |path| path.as_str().len()) + headers.sum::<usize>()
}

const HEAD_BYTES_MAX: usize = 32 << 10;

const ALLOWED_HEADERS: &str = "content-type,x-grpc-web";

const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

const WINDOW_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; \
    form-action 'self'; frame-ancestors 'none'; object-src 'none'; \
    require-trusted-types-for 'script'; trusted-types app";

const SAFETY: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Trace ids and questions stand in the address.
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=(), payment=()",
    ),
];
