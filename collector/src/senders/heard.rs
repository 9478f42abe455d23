//! What one request told of its sender: gathered on its way in, noted once at its end.
use std::borrow::Cow;

use storage::batch::{SourceRow, SpanBatch};
use storage::encoding::Reader;
use storage::semconv::names;

use super::agent;
use crate::wire::Refused;

/// The transport of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Http,
    Grpc,
}

impl Way {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Grpc => "grpc",
        }
    }
}

/// One request with spans, whatever became of it.
pub struct Heard<'r> {
    pub(super) agent: Cow<'r, str>,
    pub(super) way: Way,
    /// The format's name in the metrics.
    pub(super) format: &'static str,
    /// Of the body, inflated.
    pub bytes: u64,
    pub accepted: u64,
    pub unsampled: u64,
    pub(super) refused: Refused,
    pub(super) origins: Vec<Origin>,
    /// Are there more origins than are looked at?
    pub(super) has_more_origins: bool,
}

/// A process of which spans came: its service and what recorded them. Empty is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) service: String,
    pub(super) sdk: Sdk,
    /// Spans that could be read, of all its scopes.
    pub(super) spans: u64,
}

/// What recorded spans, by `telemetry.sdk.*` of their resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sdk {
    pub(super) language: String,
    pub(super) name: String,
    pub(super) version: String,
}

impl<'r> Heard<'r> {
    /// `user_agent` as it came.
    pub fn new(user_agent: &'r [u8], way: Way, format: &'static str) -> Self {
        Self {
            agent: agent::folded(user_agent),
            way,
            format,
            bytes: 0,
            accepted: 0,
            unsampled: 0,
            refused: Refused::default(),
            origins: Vec::new(),
            has_more_origins: false,
        }
    }

    /// The spans of the body that were refused one by one.
    pub fn refused(&mut self, refused: &Refused) {
        if refused.count > 0 {
            self.refused = refused.clone();
        }
    }

    /// The spans of the body that could be read.
    pub fn read(&mut self, batch: &SpanBatch) {
        for (looked_at, (source, spans)) in batch.sources().enumerate() {
            if looked_at == SOURCES_MAX {
                self.has_more_origins = true;
                break;
            }
            if spans > 0 {
                self.add(Origin {
                    spans,
                    ..origin(batch, source)
                });
            }
        }
    }

    fn add(&mut self, origin: Origin) {
        let same = |known: &Origin| known.sdk == origin.sdk && known.service == origin.service;
        if let Some(known) = self.origins.iter().position(same) {
            self.origins[known].spans += origin.spans;
        } else if self.origins.len() < ORIGINS_MAX {
            self.origins.push(origin);
        } else {
            self.has_more_origins = true;
        }
    }

    /// How many spans came of each SDK's language: of a fixed list, as metrics demand.
    pub fn spans_by_language(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.origins
            .iter()
            .map(|origin| (known_language(&origin.sdk.language), origin.spans))
    }
}

fn origin(batch: &SpanBatch, source: SourceRow) -> Origin {
    let mut reader = Reader::new(batch.bytes(source.encoded));
    // The batch's own bytes: they can be read.
    let texts = reader
        .endpoint()
        .and_then(|_| reader.texts_of(names::SDK.map(str::as_bytes)))
        .unwrap_or_default();
    let text = |text: Option<&[u8]>| cut(text.unwrap_or_default(), TEXT_BYTES_MAX);
    let [language, name, version] = texts.map(text);
    Origin {
        service: cut(batch.bytes(source.service), TEXT_BYTES_MAX),
        sdk: Sdk {
            language,
            name,
            version,
        },
        spans: 0,
    }
}

/// The beginning of a text that a client chose.
pub(super) fn cut(text: &[u8], bytes_max: usize) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(bytes_max)]);
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// The values that the conventions give to `telemetry.sdk.language`.
fn known_language(language: &str) -> &'static str {
    const KNOWN: [&str; 13] = [
        "", "cpp", "dotnet", "erlang", "go", "java", "nodejs", "php", "python", "ruby", "rust",
        "swift", "webjs",
    ];
    match KNOWN.iter().find(|known| **known == language) {
        Some(&"") => "unknown",
        Some(known) => known,
        None => "other",
    }
}

/// Of a request, which may have as many as spans.
const SOURCES_MAX: usize = 64;
const ORIGINS_MAX: usize = 16;
const TEXT_BYTES_MAX: usize = 128;
