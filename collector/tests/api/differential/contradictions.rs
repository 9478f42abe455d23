//! Traces whose calls depend on the order in which their spans came: where spans of one id and one
//! host do not say the same, Zipkin's linker takes the first that it stored, Hopline one by an
//! order of its own, so that what a trace counts is a function of its spans.
use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

/// Names of services between which calls may be counted otherwise.
#[derive(Default)]
pub(super) struct Contradictions(Vec<HashSet<String>>);

impl Contradictions {
    /// `traces` are spans as Zipkin shows them, by the low half of their trace's id.
    pub(super) fn among(traces: &BTreeMap<String, Vec<Value>>) -> Self {
        let of_order = traces.values().filter(|spans| contradict(spans));
        Self(of_order.map(|spans| services(spans)).collect())
    }

    /// May this link of `/api/v2/dependencies` be counted otherwise?
    pub(super) fn touch(&self, link: &str) -> bool {
        let link: Value = serde_json::from_str(link).unwrap_or_default();
        let ends = ["parent", "child"].map(|end| link[end].as_str().unwrap_or_default().to_owned());
        self.0
            .iter()
            .any(|names| ends.iter().all(|end| names.contains(end)))
    }
}

fn contradict(spans: &[Value]) -> bool {
    let mut alike: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for span in spans {
        alike.entry(rank(span)).or_default().push(span);
    }
    alike.values().any(|spans| {
        // What one lacks is taken from the next, but before that Zipkin looks whether a server's
        // half has a kind and a parent.
        type Part = fn(&Value) -> &Value;
        let says: [(bool, Part); 4] = [
            (false, |span| &span["localEndpoint"]["port"]),
            (false, |span| &span["remoteEndpoint"]["serviceName"]),
            (true, |span| &span["parentId"]),
            (true, |span| &span["kind"]),
        ];
        says.iter().any(|(with_absent, says)| {
            let said: HashSet<String> = spans
                .iter()
                .map(|span| says(span))
                .filter(|value| *with_absent || !value.is_null())
                .map(Value::to_string)
                .collect();
            said.len() > 1
        })
    })
}

/// By which Zipkin sorts the spans of a trace before it merges them.
fn rank(span: &Value) -> String {
    let host = &span["localEndpoint"];
    let side = if span["shared"] == true {
        "shared"
    } else if span["kind"] == "CLIENT" {
        "client"
    } else {
        "other"
    };
    format!(
        "{} {side} {} {} {} {}",
        span["id"],
        host.is_null(),
        host["serviceName"],
        host["ipv4"],
        host["ipv6"]
    )
}

fn services(spans: &[Value]) -> HashSet<String> {
    spans
        .iter()
        .flat_map(|span| [&span["localEndpoint"], &span["remoteEndpoint"]])
        .filter_map(|endpoint| endpoint["serviceName"].as_str())
        .map(str::to_owned)
        .collect()
}
