//! OTLP's logs in JSON on their way in, by the rules of its spans.
use bytes::Bytes;
use storage::batch::SourceIndex;
use storage::draft::EMPTY_VALUE;

use super::json::Reader;
use super::json_fault::Read;
use super::otlp_json_shape::{SEVERITIES, enumeration, fields, read_text, span_id, time, trace_id};
use super::otlp_json_value::{DEPTH, put_value, read_attributes, uint32};
use super::otlp_json_walk::{self, Decoder, Leaf};
use super::otlp_log::LogDraft;
use super::trouble::Refusal;
use super::{Decoded, Undecodable};

/// Reads a request.
///
/// # Errors
/// When the body is not JSON, or a list of records is not where it should be.
pub fn decode(body: Bytes) -> Result<Decoded, Undecodable> {
    otlp_json_walk::decode::<LogDraft>(body)
}

impl Leaf for LogDraft {
    const NOUN: &'static str = "log record";
    const LISTS: [&'static [u8]; 3] = [b"resourceLogs", b"scopeLogs", b"logRecords"];

    fn read(decoder: &mut Decoder<Self>, reader: &mut Reader<'_>) -> Read<()> {
        let Decoder { intake, leaf, .. } = decoder;
        leaf.clear();
        let mut cut = 0;
        fields(reader, |reader, name| {
            match reader.bytes(name) {
                b"timeUnixNano" => leaf.time = time(reader)?,
                b"observedTimeUnixNano" => leaf.observed = time(reader)?,
                b"severityNumber" => leaf.severity = enumeration(reader, &SEVERITIES)?,
                b"severityText" => read_text(reader, &mut leaf.severity_text)?,
                b"eventName" => read_text(reader, &mut leaf.event_name)?,
                b"body" => {
                    leaf.body.clear();
                    put_value(reader, &mut leaf.body, DEPTH)?;
                    if leaf.body == EMPTY_VALUE {
                        leaf.body.clear();
                    }
                }
                b"attributes" => cut = read_attributes(reader, &mut leaf.attributes)?,
                b"droppedAttributesCount" => leaf.dropped = uint32(reader)?,
                b"traceId" => intake.draft.trace_id = trace_id(reader)?,
                b"spanId" => intake.draft.span_id = span_id(reader)?,
                _ => reader.skip_value()?,
            }
            Ok(())
        })?;
        leaf.dropped = leaf.dropped.saturating_add(cut);
        Ok(intake.check_log_ids()?)
    }

    fn finish(decoder: &mut Decoder<Self>, source: SourceIndex) -> Result<(), Refusal> {
        decoder.intake.finish_log(&mut decoder.leaf, source)
    }
}
