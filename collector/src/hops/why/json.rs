//! The answer of `GET /api/hopline/traces/{id}/why`.
use super::{Finding, Why};
use crate::hops::CallTree;
use crate::hops::analysis_json::put_ids;
use crate::json_out::{put_bool, put_items, put_number, put_optional, put_text};

pub fn answer(tree: &CallTree<'_>, why: &Why) -> Vec<u8> {
    let mut out = Vec::with_capacity(4 << 10);
    out.extend_from_slice(b"{\"traceId\":");
    put_text(&mut out, &tree.trace.id.to_string());
    out.extend_from_slice(b",\"durationNano\":");
    put_optional(&mut out, tree.duration, put_number);
    out.extend_from_slice(b",\"truncated\":");
    put_bool(&mut out, tree.trace.truncated);
    out.extend_from_slice(b",\"findings\":");
    put_items(&mut out, &why.findings, put_finding);
    out.extend_from_slice(b",\"omitted\":");
    put_number(&mut out, why.omitted);
    out.push(b'}');
    out
}

fn put_finding(out: &mut Vec<u8>, finding: &Finding) {
    out.extend_from_slice(b"{\"kind\":");
    put_text(out, finding.kind.text());
    out.extend_from_slice(b",\"excessNano\":");
    put_optional(out, finding.excess, put_number);
    out.extend_from_slice(b",\"share\":");
    put_optional(out, finding.share, |out, share| {
        out.extend_from_slice(serde_json::Value::from(share).to_string().as_bytes());
    });
    out.extend_from_slice(b",\"spanIds\":");
    put_ids(out, finding.spans.iter().copied());
    out.extend_from_slice(b",\"values\":{");
    for (number, (key, value)) in finding.values.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        put_text(out, key);
        out.push(b':');
        out.extend_from_slice(value.to_string().as_bytes());
    }
    out.extend_from_slice(b"},\"text\":");
    put_text(out, &finding.text);
    out.push(b'}');
}
