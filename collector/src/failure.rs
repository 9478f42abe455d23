//! How each failure is told to a client: its status, its text, and when to come back. The same
//! failure has three spellings: Zipkin's text, our JSON, and OTLP's `google.rpc.Status`.
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use actix_web::{HttpResponse, HttpResponseBuilder};
use storage::store::StoreError;

use crate::wire::otlp_answer::{self, OtlpFormat};

/// Why a request was not answered as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub kind: FailureKind,
    pub text: String,
    /// What to do about it; only our own API has room for it.
    pub hint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    BadRequest,
    NotFound,
    WrongMethod,
    /// The client did not finish its request in time.
    RequestTimeout,
    TooLarge,
    UnsupportedType,
    HeadTooLarge,
    /// More is under way than we may hold.
    Overloaded,
    /// The store cannot work now.
    Unavailable,
    /// The query did not finish in time.
    QueryTimeout,
    Internal,
}

impl Failure {
    pub fn new(kind: FailureKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            hint: None,
        }
    }

    pub fn bad_request(text: impl Into<String>) -> Self {
        Self::new(FailureKind::BadRequest, text)
    }

    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub const fn status(&self) -> StatusCode {
        match self.kind {
            FailureKind::BadRequest => StatusCode::BAD_REQUEST,
            FailureKind::NotFound => StatusCode::NOT_FOUND,
            FailureKind::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            FailureKind::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            FailureKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            FailureKind::UnsupportedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            FailureKind::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            FailureKind::Overloaded | FailureKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            FailureKind::QueryTimeout => StatusCode::GATEWAY_TIMEOUT,
            FailureKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Zipkin's spelling: the bare text, with its odd content type.
    pub fn as_zipkin(&self) -> HttpResponse {
        let status = match self.kind {
            // Zipkin knows no 504: a query out of time is an exception like any other.
            FailureKind::QueryTimeout => StatusCode::INTERNAL_SERVER_ERROR,
            _ => self.status(),
        };
        self.start(status)
            .insert_header((CONTENT_TYPE, "text/*"))
            .body(self.text.clone())
    }

    /// Our own spelling.
    pub fn as_json(&self) -> HttpResponse {
        self.start(self.status())
            .json(serde_json::json!({ "error": self.text, "hint": self.hint }))
    }

    /// OTLP's spelling, in the format of the request.
    pub fn as_otlp(&self, format: OtlpFormat) -> HttpResponse {
        let body = otlp_answer::status(format, self.grpc_code(), &self.text);
        self.start(self.status())
            .insert_header((CONTENT_TYPE, format.content_type()))
            .body(body)
    }

    /// The answer for requests that belong to no API.
    pub fn as_plain(&self) -> HttpResponse {
        self.start(self.status())
            .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
            .body(self.text.clone())
    }

    fn start(&self, status: StatusCode) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(status);
        if let Some(seconds) = self.retry_after_seconds() {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if self.kind == FailureKind::RequestTimeout {
            response.force_close();
        }
        response
    }

    /// When to come back, if that may help. Never zero: clients would take it as "at once".
    pub const fn retry_after_seconds(&self) -> Option<u32> {
        match self.kind {
            FailureKind::Overloaded => Some(1),
            FailureKind::Unavailable => Some(5),
            _ => None,
        }
    }

    /// The code of `google.rpc.Code`.
    pub const fn grpc_code(&self) -> i32 {
        match self.kind {
            FailureKind::BadRequest | FailureKind::UnsupportedType => 3,
            FailureKind::RequestTimeout | FailureKind::QueryTimeout => 4,
            FailureKind::NotFound => 5,
            FailureKind::TooLarge | FailureKind::HeadTooLarge => 8,
            FailureKind::WrongMethod => 12,
            FailureKind::Internal => 13,
            FailureKind::Overloaded | FailureKind::Unavailable => 14,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let kind = match error {
            StoreError::Overloaded(_) => FailureKind::Overloaded,
            StoreError::Unavailable(_) | StoreError::Open(_) => FailureKind::Unavailable,
            StoreError::Corrupt(_) => FailureKind::Internal,
        };
        Self::new(kind, error.to_string())
    }
}
