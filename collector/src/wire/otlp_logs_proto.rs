//! OTLP's logs in protobuf on their way in: an `ExportLogsServiceRequest`, walked by hand. Records
//! that name their span become its events, the others are refused one by one.
use bytes::Bytes;
use storage::batch::SourceIndex;

use super::otlp_log::LogDraft;
use super::otlp_proto_value::{AnyValue, Attributes, DEPTH};
use super::otlp_proto_walk::{self, Leaf, Walk, Walker, replace};
use super::otlp_span::Id;
use super::protobuf::Message;
use super::trouble::Refusal;
use super::{Decoded, Undecodable};

/// Reads a request.
///
/// # Errors
/// When the bytes are not protobuf of this shape.
pub fn decode(body: Bytes) -> Result<Decoded, Undecodable> {
    otlp_proto_walk::decode::<LogDraft>(body)
}

impl Leaf for LogDraft {
    const NOUN: &'static str = "log record";

    fn read(walker: &mut Walker<Self>, mut fields: Message<'_>) -> Walk<()> {
        let Walker { intake, leaf, .. } = walker;
        leaf.clear();
        let Self {
            time,
            observed,
            severity,
            severity_text,
            event_name,
            body,
            attributes,
            dropped,
            ..
        } = leaf;
        let mut attributes = Attributes::new(attributes);
        let repaired = &mut intake.texts_repaired;
        while let Some(field) = fields.next_field()? {
            match field.number() {
                1 => *time = field.fixed64()?,
                2 => *severity = u64::try_from(field.varint()? as i32).unwrap_or(0),
                3 => replace(severity_text, field.message()?, repaired),
                5 => {
                    body.clear();
                    match AnyValue::read(field.message()?)? {
                        AnyValue::Empty => {}
                        value => value.put(body, DEPTH, repaired)?,
                    }
                }
                6 => attributes.add(field, repaired)?,
                7 => *dropped = field.varint()? as u32,
                // What flags say of sampling, the span says itself.
                8 => drop(field.fixed32()?),
                9 => intake.draft.trace_id = Id::<u128>::from_bytes(field.message()?.bytes()),
                10 => intake.draft.span_id = Id::<u64>::from_bytes(field.message()?.bytes()),
                11 => *observed = field.fixed64()?,
                12 => replace(event_name, field.message()?, repaired),
                _ => field.skip()?,
            }
        }
        let (_, cut) = attributes.finish();
        *dropped = dropped.saturating_add(cut);
        Ok(intake.check_log_ids()?)
    }

    fn finish(walker: &mut Walker<Self>, source: SourceIndex) -> Result<(), Refusal> {
        walker.intake.finish_log(&mut walker.leaf, source)
    }
}
