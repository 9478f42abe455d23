//! Purchases in a small shop, as spans: what the tests of counts send.
use serde_json::{Value, json};
use storage::contract::generate::Dice;

use crate::app::{NOW_MS, TestApp};

const TRACES: u64 = 400;

/// A purchase: `gateway` calls `Orders`, which asks its database and tells `mail` by a queue.
pub(crate) struct Purchase {
    pub(crate) id: u64,
    pub(crate) start_ms: u64,
    /// Nanoseconds of the gateway, of its call, of the orders, and of the query.
    pub(crate) durations: [u64; 4],
    pub(crate) fails: bool,
}

impl Purchase {
    pub(crate) fn trace_id(&self) -> String {
        format!("{:032x}", (0xabc_u128 << 64) + u128::from(self.id))
    }
}

/// One every 36 seconds, four hours long until now; each longer than the one inside of it.
pub(crate) fn purchases() -> Vec<Purchase> {
    let mut dice = Dice::new(77);
    let purchase = |id| {
        let size = 20 + dice.roll(6);
        let query = 1_000_000 + dice.roll(1 << size);
        let orders = query + 1_000_000 + dice.roll(100_000_000);
        let call = orders + 1_000_000 + dice.roll(3_000_000);
        Purchase {
            id,
            start_ms: NOW_MS - 36_000 * (TRACES - id) - 1_000,
            durations: [call + 2_000_000, call, orders, query],
            fails: dice.roll(10) == 0,
        }
    };
    (1..=TRACES).map(purchase).collect()
}

pub(crate) fn post(app: &TestApp, purchases: &[Purchase]) {
    let mut services: [Vec<Value>; 3] = Default::default();
    for purchase in purchases {
        for (service, span) in spans(purchase) {
            services[service].push(span);
        }
    }
    for (name, spans) in ["gateway", "Orders", "mail"].iter().zip(services) {
        for spans in spans.chunks(500) {
            let body = json!({"resourceSpans": [{
                "resource": {"attributes": [text("service.name", name)]},
                "scopeSpans": [{"spans": spans}]
            }]});
            let headers = [("content-type", "application/json")];
            let answer = app.ask("POST", "/v1/traces", &headers, body.to_string().as_bytes());
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }
}

pub(crate) fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

fn spans(purchase: &Purchase) -> [(usize, Value); 6] {
    let [gateway, call, orders, query] = purchase.durations;
    let start = purchase.start_ms * 1_000_000;
    let span = |id: u64, kind: u8, name: &str, duration: u64, attributes: Value| {
        let begin = start + id * 100_000;
        json!({
            "traceId": purchase.trace_id(),
            "spanId": format!("{:016x}", purchase.id << 8 | id),
            "parentSpanId": if id == 1 { String::new() } else {
                format!("{:016x}", purchase.id << 8 | if id == 5 { 3 } else { id - 1 })
            },
            "name": name, "kind": kind,
            "startTimeUnixNano": begin.to_string(),
            "endTimeUnixNano": (begin + duration).to_string(),
            "status": {"code": if id == 3 && purchase.fails { 2 } else { 0 }},
            "attributes": attributes
        })
    };
    let database = json!([text("db.system.name", "postgresql")]);
    let queue = json!([
        text("messaging.system", "kafka"),
        text("server.address", "kafka")
    ]);
    [
        (0, span(1, 2, "GET /buy", gateway, json!([]))),
        (0, span(2, 3, "POST", call, json!([]))),
        (1, span(3, 2, "POST /orders", orders, json!([]))),
        (1, span(4, 3, "INSERT orders", query, database)),
        (1, span(5, 4, "bought publish", 500_000, queue.clone())),
        (2, span(6, 5, "bought process", 700_000, queue)),
    ]
}
