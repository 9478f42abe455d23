//! A row of the table, as its files spell it (`collector/tests/conformance/README.md`).
use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) name: String,
    #[serde(default)]
    pub(super) server: String,

    // The request.
    #[serde(default)]
    pub(super) door: String,
    #[serde(default = "post")]
    pub(super) method: String,
    #[serde(default)]
    pub(super) path: String,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) spans: Vec<String>,
    #[serde(default)]
    pub(super) text: Option<String>,
    #[serde(default)]
    pub(super) hex: Option<String>,
    #[serde(default)]
    pub(super) fill: Option<usize>,
    #[serde(default)]
    pub(super) deep: Option<usize>,
    #[serde(default, rename = "as")]
    pub(super) encoding: String,
    #[serde(default)]
    pub(super) packing: String,
    #[serde(default)]
    pub(super) cut: usize,
    #[serde(default)]
    pub(super) behind: String,
    #[serde(default)]
    pub(super) chunked: bool,
    #[serde(default)]
    pub(super) frame: Option<String>,

    // The answer.
    #[serde(default)]
    pub(super) status: Option<u16>,
    #[serde(default)]
    pub(super) grpc: Option<String>,
    #[serde(default)]
    pub(super) header: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) answer: String,
    #[serde(default)]
    pub(super) code: i32,
    #[serde(default)]
    pub(super) says: String,
    #[serde(default)]
    pub(super) refused: Option<u64>,
    #[serde(default)]
    pub(super) retry: Option<u8>,
    #[serde(default)]
    pub(super) closes: bool,
    #[serde(default)]
    pub(super) counts: Vec<String>,
    #[serde(default)]
    pub(super) shows: BTreeMap<String, Value>,
    #[serde(skip)]
    pub(super) trace_id: String,
}

fn post() -> String {
    "POST".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    row: Vec<Row>,
}

pub(super) fn rows() -> Vec<Row> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let mut rows = Vec::new();
    for file in ["http.toml", "spans.toml", "grpc.toml"] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let read: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        rows.extend(read.row);
    }
    rows
}

impl Row {
    /// Each row has a trace of its own: `<t>` in its texts.
    pub(super) fn with_trace_id(mut self, number: usize) -> Self {
        self.trace_id = format!(
            "{:032x}",
            0xfeed_0000_0000_0000_0000_u128 + number as u128 + 1
        );
        let Self {
            spans,
            text,
            trace_id,
            ..
        } = &mut self;
        for text in spans.iter_mut().chain(text) {
            *text = text
                .replace("<t>", trace_id)
                .replace("<T>", &trace_id.to_uppercase());
        }
        self
    }

    /// The format of the answer: that of the request.
    pub(super) fn protobuf_or_json(&self) -> &'static str {
        match self.headers.get("content-type") {
            Some(kind) if kind.contains("protobuf") => "protobuf",
            _ => "json",
        }
    }
}
