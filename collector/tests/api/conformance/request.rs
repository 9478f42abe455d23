//! The bytes of a row's request.
use std::io::Write as _;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;

use super::row::Row;
use crate::grpc::zstd;
use crate::ingest::{gzip, zlib};

/// The message as it is packed, and cut.
fn packed(row: &Row) -> Vec<u8> {
    let mut body = match row.packing.as_str() {
        "" => plain(row),
        "gzip" => gzip(&plain(row)),
        "gzip twice" => gzip(&gzip(&plain(row))),
        "two members" => {
            let plain = plain(row);
            let (first, second) = plain.split_at(plain.len() / 2);
            [gzip(first), gzip(second)].concat()
        }
        "zlib" => zlib(&plain(row)),
        "raw deflate" => {
            let mut encoder =
                flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&plain(row)).unwrap();
            encoder.finish().unwrap()
        }
        "zstd" => zstd(&plain(row)),
        "flipped" => {
            let mut packed = gzip(&plain(row));
            let checksum = packed.len() - 8;
            packed[checksum] ^= 1;
            packed
        }
        other => panic!("{other}: no such packing"),
    };
    body.truncate(body.len() - row.cut);
    body.extend_from_slice(row.behind.as_bytes());
    body
}

fn plain(row: &Row) -> Vec<u8> {
    if let Some(text) = &row.text {
        return text.clone().into_bytes();
    }
    if let Some(hex) = &row.hex {
        return unhex(hex, &row.trace_id);
    }
    if let Some(length) = row.fill {
        let byte = if row.protobuf_or_json() == "json" {
            b' '
        } else {
            0
        };
        return vec![byte; length];
    }
    if let Some(depth) = row.deep {
        let value = format!(
            "{}{{\"intValue\":1}}{}",
            "{\"arrayValue\":{\"values\":[".repeat(depth),
            "]}}".repeat(depth)
        );
        let fields = format!(
            "\"traceId\":\"{}\",\"spanId\":\"00000000000000aa\",\
             \"attributes\":[{{\"key\":\"k\",\"value\":{value}}}]",
            row.trace_id
        );
        return encoded(row, &[fields]);
    }
    if row.spans.is_empty() {
        return Vec::new();
    }
    encoded(row, &row.spans)
}

/// A request of these spans, each given as the fields of its JSON.
fn encoded(row: &Row, spans: &[String]) -> Vec<u8> {
    let spans: Vec<String> = spans.iter().map(|span| format!("{{{span}}}")).collect();
    let spans = spans.join(",");
    let json = format!("{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{spans}]}}]}}]}}");
    let is_protobuf = row.grpc.is_some() || row.protobuf_or_json() == "protobuf";
    if !is_protobuf && row.encoding != "protobuf" {
        return json.into_bytes();
    }
    let request: ExportTraceServiceRequest =
        serde_json::from_str(&json).unwrap_or_else(|error| panic!("{}: {error}", row.name));
    request.encode_to_vec()
}

/// Digits, with `<t>` for the trace id; what is in quotes stands for itself.
fn unhex(hex: &str, trace_id: &str) -> Vec<u8> {
    let hex: String = hex.replace("<t>", trace_id).split_whitespace().collect();
    let digits = hex.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Over gRPC: with the five bytes before it, unless the row has all bytes by hand.
pub(super) fn framed(row: &Row) -> Vec<u8> {
    if let Some(frame) = &row.frame {
        return [unhex(frame, ""), packed(row)].concat();
    }
    let packed_flag = u8::from(!row.packing.is_empty());
    crate::grpc_client::framed(packed_flag, &packed(row))
}

pub(super) fn head(row: &Row) -> Vec<u8> {
    let path = if row.path.is_empty() {
        "/v1/traces"
    } else {
        &row.path
    };
    let mut head = format!("{} {path} HTTP/1.1\r\nhost: test\r\n", row.method);
    for (name, value) in &row.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if row.chunked {
        head.push_str("transfer-encoding: chunked\r\n");
    } else if row.method == "POST" {
        head.push_str(&format!("content-length: {}\r\n", packed(row).len()));
    }
    head.push_str("\r\n");
    head.into_bytes()
}

pub(super) fn body(row: &Row) -> Vec<u8> {
    let body = packed(row);
    if row.method != "POST" {
        return Vec::new();
    }
    if !row.chunked {
        return body;
    }
    let mut chunks = Vec::new();
    for piece in body.chunks(40_000) {
        chunks.extend(format!("{:x}\r\n", piece.len()).into_bytes());
        chunks.extend_from_slice(piece);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    chunks
}
