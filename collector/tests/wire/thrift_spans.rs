//! Zipkin's thrift, written by hand from spans that are spelled in JSON v1.
use serde_json::Value;

/// A list of spans, as a client sends it.
pub(super) fn list(spans: &[Value]) -> Vec<u8> {
    let mut out = vec![12];
    out.extend((spans.len() as u32).to_be_bytes());
    spans.iter().for_each(|one| out.extend(span(one)));
    out
}

fn span(span: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    let trace_id = u128::from_str_radix(span["traceId"].as_str().unwrap(), 16).unwrap();
    i64_field(&mut out, 1, trace_id as i64);
    if trace_id >> 64 != 0 {
        i64_field(&mut out, 12, (trace_id >> 64) as i64);
    }
    for (key, id) in [("id", 4), ("parentId", 5)] {
        if let Some(text) = span[key].as_str() {
            i64_field(&mut out, id, u64::from_str_radix(text, 16).unwrap() as i64);
        }
    }
    if let Some(name) = span["name"].as_str() {
        bytes_field(&mut out, 3, name.as_bytes());
    }
    for (key, id) in [("timestamp", 10), ("duration", 11)] {
        if let Some(number) = span[key].as_i64() {
            i64_field(&mut out, id, number);
        }
    }
    if let Some(debug) = span["debug"].as_bool() {
        field(&mut out, 2, 9, &[debug.into()]);
    }
    structs_field(&mut out, 6, &span["annotations"], annotation);
    structs_field(&mut out, 8, &span["binaryAnnotations"], binary_annotation);
    out.push(0);
    out
}

fn annotation(annotation: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    i64_field(&mut out, 1, annotation["timestamp"].as_i64().unwrap());
    bytes_field(
        &mut out,
        2,
        annotation["value"].as_str().unwrap().as_bytes(),
    );
    endpoint_field(&mut out, 3, &annotation["endpoint"]);
    out.push(0);
    out
}

/// A text, or a boolean: the other types have no JSON of their own.
fn binary_annotation(annotation: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    bytes_field(&mut out, 1, annotation["key"].as_str().unwrap().as_bytes());
    let (value, of_type) = match &annotation["value"] {
        Value::Bool(value) => (vec![u8::from(*value)], 0_i32),
        value => (value.as_str().unwrap().as_bytes().to_vec(), 6),
    };
    bytes_field(&mut out, 2, &value);
    field(&mut out, 8, 3, &of_type.to_be_bytes());
    endpoint_field(&mut out, 4, &annotation["endpoint"]);
    out.push(0);
    out
}

fn endpoint_field(out: &mut Vec<u8>, id: i16, endpoint: &Value) {
    if endpoint.is_null() {
        return;
    }
    let mut inside = Vec::new();
    if let Some(text) = endpoint["ipv4"].as_str() {
        let address: std::net::Ipv4Addr = text.parse().unwrap();
        field(&mut inside, 8, 1, &address.octets());
    }
    if let Some(port) = endpoint["port"].as_i64() {
        field(&mut inside, 6, 2, &(port as u16).to_be_bytes());
    }
    if let Some(name) = endpoint["serviceName"].as_str() {
        bytes_field(&mut inside, 3, name.as_bytes());
    }
    if let Some(text) = endpoint["ipv6"].as_str() {
        let address: std::net::Ipv6Addr = text.parse().unwrap();
        bytes_field(&mut inside, 4, &address.octets());
    }
    inside.push(0);
    field(out, 12, id, &inside);
}

fn structs_field(out: &mut Vec<u8>, id: i16, list: &Value, write: fn(&Value) -> Vec<u8>) {
    let Some(list) = list.as_array() else {
        return;
    };
    let mut inside = vec![12];
    inside.extend((list.len() as u32).to_be_bytes());
    list.iter().for_each(|one| inside.extend(write(one)));
    field(out, 15, id, &inside);
}

fn i64_field(out: &mut Vec<u8>, id: i16, number: i64) {
    field(out, 10, id, &number.to_be_bytes());
}

fn bytes_field(out: &mut Vec<u8>, id: i16, bytes: &[u8]) {
    let length = (bytes.len() as u32).to_be_bytes();
    field(out, 11, id, &[length.as_slice(), bytes].concat());
}

fn field(out: &mut Vec<u8>, of: u8, id: i16, value: &[u8]) {
    out.push(of);
    out.extend(id.to_be_bytes());
    out.extend(value);
}
