//! OTLP on its way out: the spans of a trace as one `TracesData`, grouped by equal resource and
//! scope in the order in which they arrived. What came as OTLP leaves as it came, what came as Zipkin
//! is translated.
use storage::span::Span;

use super::otlp_answer::OtlpFormat;
use super::otlp_groups::Groups;
use super::{otlp_write_json, otlp_write_proto};
use crate::json_out::{Gone, Spill};

/// Appends the spans to `out`, from which `spill` takes a piece from time to time.
///
/// # Errors
/// When `spill` says so.
pub fn write_spans(
    out: &mut Vec<u8>,
    spans: &[Span],
    format: OtlpFormat,
    spill: &mut Spill<'_>,
) -> Result<(), Gone> {
    let groups = Groups::new(spans);
    match format {
        OtlpFormat::Json => otlp_write_json::write(out, &groups, spill),
        OtlpFormat::Protobuf => otlp_write_proto::write(out, &groups, spill),
    }
}
