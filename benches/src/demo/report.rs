//! Sends the spans of a visit as their services would: each its own, in its own language.
use std::io::Result;

use super::{Language, SERVICES, Visit};
use crate::http::Connection;
use crate::span::Span;
use crate::{otlp, zipkin};

#[derive(Debug)]
pub struct Reporter {
    connection: Connection,
}

impl Reporter {
    pub fn to(address: &str) -> Self {
        Self {
            connection: Connection::to(address),
        }
    }

    pub fn report(&mut self, visit: &Visit) -> Result<()> {
        for (service, language) in SERVICES {
            let spans: Vec<Span> = visit
                .spans
                .iter()
                .filter(|span| span.host.service == service)
                .cloned()
                .collect();
            if !spans.is_empty() {
                self.post(language, &spans)?;
            }
        }
        Ok(())
    }

    fn post(&mut self, language: Language, spans: &[Span]) -> Result<()> {
        let (path, content_type, body) = match language {
            Language::Zipkin => ("/api/v2/spans", "application/json", zipkin::json(spans)),
            Language::OtlpProtobuf => (
                "/v1/traces",
                "application/x-protobuf",
                otlp::protobuf(spans),
            ),
            Language::OtlpJson => ("/v1/traces", "application/json", otlp::json(spans)),
        };
        let answer = self.connection.post(path, content_type, &body)?;
        if matches!(answer.status, 200 | 202) {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        Err(std::io::Error::other(format!(
            "{path} answered {}: {text}",
            answer.status
        )))
    }
}
