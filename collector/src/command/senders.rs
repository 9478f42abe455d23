//! `hopline senders`: who has been sending spans to the server, what was refused and why.
use serde_json::Value;
use storage::time::Clock;

use super::{Found, ask, columns, printable};

pub(super) fn run(url: &str) -> Result<Found, String> {
    let answer = ask::get(url, "/api/hopline/senders", &[])?;
    if answer.status != 200 {
        return Err(ask::reason(&answer));
    }
    let json: Value = serde_json::from_str(&answer.body)
        .map_err(|error| format!("the answer is not JSON ({error}); is it hopline?"))?;
    let now_ms = Clock::System.now_ms();
    let senders = items(&json["senders"]);
    if senders.is_empty() {
        return Ok(Found::No(
            "nothing has been sent since the server started".to_owned(),
        ));
    }
    let head = [
        "LAST",
        "SENDER",
        "SDK",
        "FORMAT",
        "SERVICES",
        "REQUESTS",
        "SPANS",
        "REFUSED",
        "LAST REFUSAL",
    ];
    let mut text = columns::laid_out(head, senders.iter().map(|sender| row(sender, now_ms)));
    if let Some(requests) = json["othersRequests"].as_u64().filter(|count| *count > 0) {
        text.push_str(&format!("… and {requests} requests of others\n"));
    }
    Ok(Found::Yes(text))
}

fn row(sender: &Value, now_ms: u64) -> [String; 9] {
    let number = |name: &str| sender[name].as_u64().unwrap_or(0).to_string();
    let word = |name: &str| shown(sender[name].as_str().unwrap_or("-"), 60);
    let sdks = items(&sender["sdks"]).iter().map(|sdk| {
        let part = |name: &str| sdk[name].as_str().unwrap_or("");
        format!("{} {}", part("language"), part("version"))
    });
    let services = items(&sender["services"]).iter();
    let services = services.filter_map(|name| Some(name.as_str()?.to_owned()));
    [
        ago(now_ms.saturating_sub(sender["lastMs"].as_u64().unwrap_or(0))),
        word("userAgent"),
        list(sdks),
        format!("{} {}", word("transport"), word("format")),
        list(services),
        number("requests"),
        number("spansAccepted"),
        refused(sender),
        shown(sender["lastRefusal"]["text"].as_str().unwrap_or(""), 120),
    ]
}

/// Spans, and requests that were refused whole.
fn refused(sender: &Value) -> String {
    let sum = |name: &str| -> u64 {
        let counts = sender[name].as_object().into_iter().flatten();
        counts.filter_map(|(_, count)| count.as_u64()).sum()
    };
    match (sum("spansRefused"), sum("requestsRefused")) {
        (0, 0) => String::new(),
        (spans, 0) => format!("{spans} spans"),
        (0, requests) => format!("{requests} requests"),
        (spans, requests) => format!("{spans} spans, {requests} requests"),
    }
}

fn ago(ms: u64) -> String {
    match ms / 1000 {
        seconds @ 0..120 => format!("{seconds} s ago"),
        seconds @ 120..7_200 => format!("{} min ago", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h ago", seconds / 3_600),
        seconds => format!("{} d ago", seconds / 86_400),
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn list(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.collect();
    if texts.is_empty() {
        return "-".to_owned();
    }
    shown(&texts.join(", "), 60)
}

/// Names come from clients.
fn shown(text: &str, chars_max: usize) -> String {
    printable(text, chars_max)
}
