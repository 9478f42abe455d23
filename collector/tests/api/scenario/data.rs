//! What a scenario is and how it stands in its file.
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;

use super::words::{Phrase, Words};

/// Rows of the page of differences that no scenario can show, and what shows them.
pub(super) const SHOWN_ELSEWHERE: [&str; 9] = [
    // tests/crash
    "acknowledgement",
    // tests/api/limits.rs
    "inflated size",
    // tests/api/ingest.rs: bodies of bytes
    "gzip of an empty body",
    // tests/api/grpc_zipkin.rs, grpc.rs: scenarios speak HTTP/1.1
    "a bad list over gRPC",
    "other services over gRPC",
    "HTTP/2 in clear text for what is not gRPC",
    // tests/api/paths.rs
    "the store's name in `/health`",
    // storage/src/contract
    "conditions met by spans that arrived hours apart",
    // tests/api/otlp.rs; the real server knows no OTLP
    "OTLP spans in the v2 API",
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    pub(super) name: String,
    /// Zipkin's variables that the server starts with.
    #[serde(default)]
    pub(super) variables: BTreeMap<String, String>,
    /// The row of `docs/zipkin-compatibility.md` that it shows.
    pub(super) difference: Option<String>,
    /// Only one of the two can play it: `hopline` or `zipkin`.
    only: Option<String>,
    pub(super) steps: Vec<Step>,
    #[serde(skip)]
    pub(super) file: String,
    /// The file's own words.
    #[serde(skip)]
    pub(super) phrases: Arc<BTreeMap<String, Phrase>>,
}

/// A request and its answer.
#[derive(Debug, Deserialize)]
pub(super) struct Step {
    /// Method and path.
    pub(super) ask: String,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    /// The body as bytes in base64.
    base64: Option<String>,
    #[serde(default)]
    gzip: bool,
    #[serde(flatten)]
    expected: Expected,
    /// What the real server answers where it differs.
    pub(super) zipkin: Option<Expected>,
    /// Nothing may be here: a mistyped key would expect nothing.
    #[serde(flatten)]
    unknown: BTreeMap<String, toml::Value>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Expected {
    /// 202 for a POST and 200 for a GET unless it is said.
    pub(super) status: Option<u16>,
    #[serde(rename = "type")]
    pub(super) content_type: Option<String>,
    /// The body: as text if it is none, as JSON if it is.
    pub(super) answer: Option<String>,
    /// The body, byte for byte.
    pub(super) exact: Option<String>,
    pub(super) begins: Option<String>,
    /// A piece of the body.
    pub(super) contains: Option<String>,
    /// Fields of the body's object; others may be there too.
    pub(super) fields: Option<String>,
    /// Elements that the body's list has, or keys of its object; others may be there too.
    pub(super) has: Option<String>,
    /// Elements that the body's list does not have.
    pub(super) lacks: Option<String>,
    /// Only those elements of the answer's list count whose text has this.
    pub(super) with: Option<String>,
    /// Lists of the answer may come in any order.
    #[serde(default)]
    pub(super) unordered: bool,
    /// Headers; an empty text says that there is none.
    #[serde(default)]
    pub(super) header: BTreeMap<String, String>,
}

impl Scenario {
    pub(super) fn fits(&self, is_zipkin: bool) -> bool {
        match self.only.as_deref() {
            None => true,
            Some("hopline") => !is_zipkin,
            Some("zipkin") => is_zipkin,
            Some(other) => panic!("{}: only = {other}", self.name),
        }
    }
}

impl Step {
    pub(super) fn expected(&self, of_zipkin: bool) -> Expected {
        let mut expected = match (&self.zipkin, of_zipkin) {
            (Some(zipkin), true) => zipkin.clone(),
            _ => self.expected.clone(),
        };
        let posts = self.ask.starts_with("POST");
        expected.status = expected.status.or(Some(if posts { 202 } else { 200 }));
        expected
    }

    pub(super) fn body(&self, words: &Words) -> Vec<u8> {
        let plain = match &self.base64 {
            Some(text) => BASE64.decode(text).expect("base64"),
            None => words.fill(&self.body).into_bytes(),
        };
        if !self.gzip {
            return plain;
        }
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&plain).expect("memory is writable");
        packed.finish().expect("memory is writable")
    }
}

pub(super) fn read_all() -> Vec<Scenario> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        words: BTreeMap<String, Phrase>,
        scenario: Vec<Scenario>,
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let mut scenarios = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let file: File =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for scenario in &file.scenario {
            for step in &scenario.steps {
                assert!(
                    step.unknown.is_empty(),
                    "{name}: {}: {:?}",
                    scenario.name,
                    step.unknown
                );
            }
        }
        let phrases = Arc::new(file.words);
        scenarios.extend(file.scenario.into_iter().map(|scenario| Scenario {
            file: name.clone(),
            phrases: Arc::clone(&phrases),
            ..scenario
        }));
    }
    scenarios
}
