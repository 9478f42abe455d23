//! `hopline find VALUE`: the traces that a value stands for, one a line.
use serde_json::Value;

use super::Found;
use super::ask;
use super::columns;
use super::printable;

pub(super) fn run(value: &str, url: &str) -> Result<Found, String> {
    let answer = ask::get(url, "/api/hopline/lookup", &[("q", value)])?;
    if answer.status != 200 {
        return Err(ask::reason(&answer));
    }
    let json: Value = serde_json::from_str(&answer.body)
        .map_err(|error| format!("the answer is not JSON ({error}); is it hopline?"))?;
    let matches = json["matches"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if matches.is_empty() {
        return Ok(Found::No(format!("nothing is known of {value}")));
    }
    let mut text = table(matches);
    if json["truncated"] == true {
        text.push_str("… there may be more\n");
    }
    Ok(Found::Yes(text))
}

fn table(matches: &[Value]) -> String {
    let head = [
        "TRACE",
        "READ AS",
        "SERVICE",
        "OPERATION",
        "DURATION",
        "ERROR",
    ];
    columns::laid_out(head, matches.iter().map(row))
}

fn row(found: &Value) -> [String; 6] {
    let cell = |name: &str| shown(found[name].as_str().unwrap_or("-"));
    let read_as = match found["key"].as_str() {
        Some(key) => shown(key),
        None => cell("readAs"),
    };
    let duration = found["durationNano"].as_u64().map_or_else(
        || "-".to_owned(),
        |nanos| format!("{:.3} ms", nanos as f64 / 1e6),
    );
    let error = if found["error"] == true { "yes" } else { "" };
    let [trace, service, operation] = ["traceId", "service", "operation"].map(cell);
    [
        trace,
        read_as,
        service,
        operation,
        duration,
        error.to_owned(),
    ]
}

/// Names come from clients.
fn shown(text: &str) -> String {
    printable(text, 60)
}
