//! OTLP's metrics, of which none is kept: how many data points a request has, so that its sender can be
//! told exactly. One walk over the bytes, nothing is built.
use bytes::Bytes;
use storage::batch::SpanBatch;

use super::json::{Piece, Reader, Token};
use super::json_fault::Read as JsonRead;
use super::otlp_json_walk::undecodable;
use super::otlp_proto_value::malformed_text;
use super::protobuf::{Message, Read};
use super::{Decoded, Reason, Refused, Undecodable, check_length};

/// Reads an `ExportMetricsServiceRequest` in protobuf, whose every data point is refused.
///
/// # Errors
/// When the bytes are not protobuf of this shape.
pub fn decode_proto(body: Bytes) -> Result<Decoded, Undecodable> {
    check_length(&body)?;
    let mut count = 0;
    walk(Message::new(&body), &PATH, &mut count)
        .map_err(|malformed| Undecodable(malformed_text(malformed)))?;
    Ok(none_of(count))
}

/// As [`decode_proto`], in JSON.
///
/// # Errors
/// When the body is not JSON, or a list is not where it should be.
pub fn decode_json(body: Bytes) -> Result<Decoded, Undecodable> {
    check_length(&body)?;
    let mut count = 0;
    object(&mut Reader::new(&body), &JSON_PATH, &mut count).map_err(|fault| undecodable(*fault))?;
    Ok(none_of(count))
}

fn none_of(count: u64) -> Decoded {
    let mut refused = Refused::default();
    refused.add_all(Reason::NotKept, count, NOT_KEPT);
    Decoded {
        batch: SpanBatch::default(),
        refused,
        texts_repaired: 0,
    }
}

const NOT_KEPT: &str = "Hopline keeps traces and the logs of their spans, no metrics: send metrics elsewhere, or none \
     with OTEL_METRICS_EXPORTER=none";

/// The fields that lead to the lists of data points: `resource_metrics`, `scope_metrics`, `metrics`,
/// then the kinds of metrics, then `data_points`. It is as deep as the walk goes.
const PATH: [&[u32]; 5] = [&[1], &[2], &[2], &[5, 7, 9, 10, 11], &[1]];

fn walk(mut fields: Message<'_>, path: &[&[u32]], count: &mut u64) -> Read<()> {
    let Some((numbers, deeper)) = path.split_first() else {
        *count += 1;
        return Ok(());
    };
    while let Some(field) = fields.next_field()? {
        if numbers.contains(&field.number()) {
            walk(field.message()?, deeper, count)?;
        } else {
            field.skip()?;
        }
    }
    Ok(())
}

/// As [`PATH`], with whether a field is a list.
const JSON_PATH: [(&[&[u8]], bool); 5] = [
    (&[b"resourceMetrics"], true),
    (&[b"scopeMetrics"], true),
    (&[b"metrics"], true),
    (
        &[
            b"gauge",
            b"sum",
            b"histogram",
            b"exponentialHistogram",
            b"summary",
        ],
        false,
    ),
    (&[b"dataPoints"], true),
];

fn object(reader: &mut Reader<'_>, path: &[(&[&[u8]], bool)], count: &mut u64) -> JsonRead<()> {
    let Some(((names, is_list), deeper)) = path.split_first() else {
        *count += 1;
        return reader.skip_value();
    };
    reader.begin_object()?;
    while reader.next_or_end()? {
        let name: Piece = reader.name()?;
        let is_on_path = names.contains(&reader.bytes(name));
        if !is_on_path || reader.peek()? == Token::Null {
            reader.skip_value()?;
        } else if *is_list {
            reader.begin_array()?;
            while reader.next_or_end()? {
                object(reader, deeper, count)?;
            }
        } else {
            object(reader, deeper, count)?;
        }
    }
    Ok(())
}
