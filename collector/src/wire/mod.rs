//! How spans are spelled on a wire: pure functions from bytes to batches and from traces to bytes.
//! No IO, no HTTP, no store. One file a format.
use storage::batch::{BATCH_BYTES_MAX, SpanBatch};

pub mod file;
mod file_form;
mod hex;
pub mod hopline_json;
mod hopline_value;
pub mod jaeger_json;
mod jaeger_span;
mod jaeger_tag;
mod json;
mod json_fault;
mod json_number;
mod json_skip;
mod json_text;
mod json_token;

pub mod otlp_answer;
mod otlp_groups;
pub mod otlp_json;
mod otlp_json_plain;
mod otlp_json_shape;
mod otlp_json_value;
mod otlp_json_walk;
mod otlp_log;
pub mod otlp_logs_json;
pub mod otlp_logs_proto;
pub mod otlp_metrics;
pub mod otlp_proto;
mod otlp_proto_value;
mod otlp_proto_walk;
mod otlp_source;
mod otlp_span;
pub mod otlp_write;
mod otlp_write_json;
mod otlp_write_proto;
mod protobuf;

mod thrift;
mod trouble;
mod utf8;

mod zipkin_as_otlp;
mod zipkin_field;
mod zipkin_intake;
pub mod zipkin_json;
mod zipkin_json_list;
pub mod zipkin_list;
pub mod zipkin_proto;
mod zipkin_rules;
mod zipkin_spelled;
mod zipkin_tag_order;
mod zipkin_tags;
pub mod zipkin_thrift;
mod zipkin_v1;
mod zipkin_v1_convert;
pub mod zipkin_v1_json;
mod zipkin_v1_side;
mod zipkin_write;

/// What a decoder made of a request's bytes.
pub struct Decoded {
    /// The good spans and log records.
    pub batch: SpanBatch,
    /// Those that were refused one by one, each for a reason of its own.
    pub refused: Refused,
    /// Texts that were not UTF-8 and had bytes replaced by U+FFFD.
    pub texts_repaired: u64,
}

/// How many spans, log records or data points were refused, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    pub count: u64,
    /// The first reason, for the answer: says which span and what to change.
    pub first: Option<String>,
    /// Counts by kind of reason, for the metrics; the kinds are a fixed list.
    pub by_reason: Vec<(Reason, u64)>,
}

impl Refused {
    pub fn add(&mut self, reason: Reason, text: impl FnOnce() -> String) {
        if self.first.is_none() {
            self.first = Some(text());
        }
        self.count(reason, 1);
    }

    /// So many for one reason.
    pub fn add_all(&mut self, reason: Reason, count: u64, text: &str) {
        if count > 0 {
            self.first.get_or_insert_with(|| text.to_owned());
            self.count(reason, count);
        }
    }

    fn count(&mut self, reason: Reason, count: u64) {
        self.count += count;
        match self
            .by_reason
            .iter_mut()
            .find(|(known, _)| *known == reason)
        {
            Some((_, known)) => *known += count,
            None => self.by_reason.push((reason, count)),
        }
    }
}

/// Why one span or log record was refused. The names are the values of the metric's label `reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A trace id, span id or parent id that is missing, zero or malformed.
    InvalidId,
    /// A field of the wrong type, an unknown kind, a port out of range …
    InvalidField,
    /// A time that nanoseconds since 1970 in 64 bits cannot hold (after the year 2554).
    InvalidTime,
    /// More attributes, events or bytes than one span may have.
    TooLarge,
    /// Values nested deeper than the limit.
    TooDeep,
    /// A log record that names no span it belongs to.
    NoSpan,
    /// A data point of a metric.
    NotKept,
}

impl Reason {
    pub const ALL: [Self; 5] = [
        Self::InvalidId,
        Self::InvalidField,
        Self::InvalidTime,
        Self::TooLarge,
        Self::TooDeep,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidId => "invalid_id",
            Self::InvalidField => "invalid_field",
            Self::InvalidTime => "invalid_time",
            Self::TooLarge => "too_large",
            Self::TooDeep => "too_deep",
            Self::NoSpan => "no_span",
            Self::NotKept => "not_kept",
        }
    }
}

/// The whole request cannot be read; nothing of it is kept. The text is for the client: where the
/// bytes go wrong and what was expected.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct Undecodable(pub String);

/// The most spans in one request.
pub const SPANS_MAX: usize = 100_000;
/// The most attributes of one span; the rest is dropped and counted in the span itself (OTLP) or
/// refuses the span (Zipkin, which has no such counter).
pub const ATTRIBUTES_MAX: usize = 1_024;
/// The most events or links of one span.
pub const EVENTS_MAX: usize = storage::log::EVENTS_MAX;
/// The most encoded bytes of one span.
pub const SPAN_BYTES_MAX: usize = 1 << 20;

/// The most bytes of one body. Doors allow far less; this keeps the ranges of a batch in bounds.
pub const BODY_BYTES_MAX: usize = BATCH_BYTES_MAX / 2;

/// Is there room in the batch for one more span of any allowed size?
fn has_room(batch: &SpanBatch) -> bool {
    batch.bytes_held() + 4 * SPAN_BYTES_MAX <= BATCH_BYTES_MAX
}

fn check_length(body: &[u8]) -> Result<(), Undecodable> {
    if body.len() <= BODY_BYTES_MAX {
        return Ok(());
    }
    let length = body.len();
    Err(Undecodable(format!(
        "the body has {length} bytes, more than {BODY_BYTES_MAX}"
    )))
}
