//! What a program with an OpenTelemetry SDK tells of the spans that it sent, and what Hopline must
//! answer then, in its own words and in Zipkin's.
//!
//! A list of spans, each `{traceId, spanId, parentSpanId, traceState, name, kind, start, end,
//! attributes, events: [{name, time, attributes}], links: [{traceId, spanId, attributes}],
//! statusCode, statusMessage, resource, scope: {name, version, attributes}}`. Attributes are objects,
//! ids are hex, times are texts of nanoseconds, codes are OpenTelemetry's names.
use serde_json::{Map, Value, json};

/// The spans of the one trace, and its id; fails unless it has all that the shop has.
pub(crate) fn shop(told: &[Value]) -> String {
    let trace_id = told[0]["traceId"].as_str().expect("an id").to_owned();
    let summary = |span: &Value| {
        assert_eq!(span["traceId"], trace_id.as_str(), "{span}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let service = text(&span["resource"]["service.name"]);
        [service, text(&span["name"]), text(&span["kind"])].join(" ")
    };
    let mut summaries: Vec<String> = told.iter().map(summary).collect();
    summaries.sort();
    let expected = [
        "gateway GET /buy SERVER",
        "gateway POST /orders CLIENT",
        "gateway price INTERNAL",
        "orders POST /orders SERVER",
        "orders parcels CONSUMER",
        "orders parcels PRODUCER",
    ];
    assert_eq!(summaries, expected);

    let span = |name: &str, kind: &str| {
        let is_it = |span: &&Value| span["name"] == name && span["kind"] == kind;
        told.iter().find(is_it).expect("it is in the summaries")
    };
    let buy = &span("GET /buy", "SERVER")["attributes"];
    let kinds = [
        ("http.route", json!("/buy/\u{e4}pfel \u{1f34e}")),
        ("price", json!(12.25)),
        ("retried", json!(true)),
        ("largest", json!(9_007_199_254_740_991_i64)),
        ("below", json!(-7)),
        ("fruits", json!(["\u{e4}pfel", "\u{c0ac}\u{acfc}"])),
        ("numbers", json!([1, 2, 3])),
        ("weights", json!([0.5, -1.5])),
        ("flags", json!([true, false])),
        ("nothing", json!("")),
    ];
    for (key, value) in kinds {
        assert_eq!(buy[key], value, "{key} of {buy}");
    }
    let events = &span("price", "INTERNAL")["events"];
    assert_eq!(events[0]["name"], "\u{ac00}\u{aca9}", "{events}");
    assert_eq!(events[0]["attributes"]["won"], 1200, "{events}");
    let message = &events[1]["attributes"]["exception.message"];
    assert_eq!(message, "no \"price\" \u{2014} for \u{1f34e}", "{events}");
    let order = span("POST /orders", "SERVER");
    assert_eq!(order["traceState"], "shop=one,other=zwei", "{order}");
    assert_eq!(order["links"][0]["attributes"]["why"], "retry", "{order}");
    let call = span("POST /orders", "CLIENT");
    assert_eq!(order["parentSpanId"], call["spanId"], "{order}");
    for (span, code, message) in [
        (order, "ERROR", "sold out"),
        (call, "ERROR", "answered 500"),
        (span("parcels", "CONSUMER"), "OK", ""),
    ] {
        let status = (&span["statusCode"], &span["statusMessage"]);
        assert_eq!(status, (&json!(code), &json!(message)), "{span}");
    }
    trace_id
}

/// A span as `/api/hopline/traces/{id}` must show it: all but what that has no words for (the
/// state of the trace, the attributes of the scope), and what is its own conclusion.
pub(crate) fn as_hopline(span: &Value) -> Value {
    let events = list(&span["events"]).iter().map(|event| {
        json!({"timeUnixNano": event["time"], "name": event["name"], "attributes": event["attributes"]})
    });
    json!({
        "spanId": span["spanId"],
        "parentSpanId": span["parentSpanId"],
        "kind": span["kind"],
        "service": span["resource"]["service.name"],
        "operation": span["name"],
        "startTimeUnixNano": span["start"],
        "durationNano": nanoseconds(&span["end"]) - nanoseconds(&span["start"]),
        "statusCode": span["statusCode"],
        "statusMessage": Some(&span["statusMessage"]).filter(|text| **text != ""),
        "attributes": span["attributes"],
        "events": events.collect::<Value>(),
        "links": span["links"],
        "resource": span["resource"],
        "scope": {"name": span["scope"]["name"], "version": span["scope"]["version"]},
    })
}

/// The same of an answer: attributes as objects, times as they were recorded, no conclusions.
pub(crate) fn found_by_hopline(span: &Value) -> Value {
    let mut found = span.as_object().expect("a span is an object").clone();
    let offset = found["offsetNano"].as_i64().expect("a number");
    let recorded = |time: &Value| Value::from((nanoseconds(time) - offset).to_string());
    for conclusion in ["offsetNano", "error", "shared", "debug"] {
        found.remove(conclusion);
    }
    for endpoint in ["localEndpoint", "remoteEndpoint"] {
        assert_eq!(found.remove(endpoint), Some(Value::Null), "{span}");
    }
    found["startTimeUnixNano"] = recorded(&found["startTimeUnixNano"]);
    for attributes in ["attributes", "resource"] {
        found[attributes] = object(&found[attributes]);
    }
    for part in ["events", "links"] {
        for part in found[part].as_array_mut().expect("a list") {
            part["attributes"] = object(&part["attributes"]);
            if part.get("timeUnixNano").is_some() {
                part["timeUnixNano"] = recorded(&part["timeUnixNano"]);
            }
        }
    }
    found.into()
}

/// A span as `/api/v2/trace/{id}` must show it, by OpenTelemetry's mapping to Zipkin.
pub(crate) fn as_zipkin(span: &Value) -> Value {
    let mut tags = Map::new();
    let scope = &span["scope"];
    for prefix in ["otel.scope", "otel.library"] {
        tags.insert(format!("{prefix}.name"), scope["name"].clone());
        tags.insert(format!("{prefix}.version"), scope["version"].clone());
    }
    if span["traceState"] != "" {
        tags.insert("w3c.tracestate".to_owned(), span["traceState"].clone());
    }
    for (number, link) in list(&span["links"]).iter().enumerate() {
        let id = |key: &str| link[key].as_str().expect("an id is a text");
        let (trace, span) = (id("traceId"), id("spanId"));
        let text = format!("{trace}|{span}||{}|0", link["attributes"]);
        tags.insert(format!("otlp.link.{number}"), text.into());
    }
    if span["statusCode"] != "UNSET" {
        tags.insert("otel.status_code".to_owned(), span["statusCode"].clone());
    }
    if span["statusCode"] == "ERROR" {
        tags.insert("error".to_owned(), span["statusMessage"].clone());
    }
    for attributes in [&span["resource"], &scope["attributes"], &span["attributes"]] {
        tags.extend(attributes.as_object().expect("an object").clone());
    }
    tags.remove("service.name");
    let annotations = list(&span["events"]).iter().map(|event| {
        let attributes = &event["attributes"];
        json!({
            "timestamp": nanoseconds(&event["time"]) / 1_000,
            "value": format!("{}:{attributes}", event["name"]),
        })
    });
    let peer = &span["attributes"]["server.address"];
    let (start, end) = (nanoseconds(&span["start"]), nanoseconds(&span["end"]));
    json!({
        "traceId": span["traceId"],
        "id": span["spanId"],
        "parentId": span["parentSpanId"],
        "kind": Some(&span["kind"]).filter(|kind| **kind != "INTERNAL"),
        "name": span["name"],
        "timestamp": start / 1_000,
        // Less than a microsecond is one: nothing would be no duration.
        "duration": ((end - start) / 1_000).max(1),
        "localEndpoint": {"serviceName": span["resource"]["service.name"]},
        "remoteEndpoint": {"serviceName": peer},
        "annotations": annotations.collect::<Value>(),
        "tags": tags,
    })
}

/// Pairs as an object; a key must not come twice.
fn object(pairs: &Value) -> Value {
    let mut object = Map::new();
    for pair in list(pairs) {
        let key = pair["key"].as_str().expect("a key is a text").to_owned();
        let again = object.insert(key, pair["value"].clone());
        assert_eq!(again, None, "{pairs}");
    }
    object.into()
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn nanoseconds(text: &Value) -> i64 {
    let text = text.as_str().expect("nanoseconds are texts");
    text.parse().expect("a number")
}
