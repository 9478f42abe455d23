//! What leaves: the JSON of the call tree, the line of a search and the text of a terminal.
use collector::hops::{CallTree, Skew, json, summary, text};
use serde_json::{Value, json};

use crate::given::trace;

const SHOP: &str = "a server web 0+100 http.method:GET
    b/a client web 10+80 error=504
    b server app 20+60 shared error=boom
    c/b client app>db 30+20 db.system:mysql";

#[test]
fn the_answer_has_the_shape_that_is_documented() {
    let given = trace(SHOP);
    let tree = CallTree::build(&given, Skew::Corrected);
    let answer: Value =
        serde_json::from_slice(&json::answer(&tree, json::Spans::Included)).expect("json");
    assert_eq!(answer["traceId"], "0000000000000007");
    assert_eq!(answer["startTimeUnixNano"], "1000000000000");
    assert_eq!(answer["durationNano"], 100_000_000);
    assert_eq!(
        answer["root"],
        json!({ "service": "web", "operation": null })
    );
    assert_eq!(answer["complete"], true);
    let shared = json!({
        "index": 1, "parent": 0, "depth": 1,
        "caller": {
            "service": "web", "operation": null, "spanId": "000000000000000b", "spanIndex": 1
        },
        "callee": {
            "service": "app", "operation": null, "spanId": "000000000000000b", "spanIndex": 2
        },
        "kind": "rpc", "protocol": null,
        "startTimeUnixNano": "1000010000000", "serverStartTimeUnixNano": "1000020000000",
        "clientDurationNano": 80_000_000, "serverDurationNano": 60_000_000,
        "networkDurationNano": 20_000_000, "selfDurationNano": 40_000_000,
        "criticalDurationNano": 60_000_000,
        "error": true, "errorText": "boom", "notes": ["shared span"]
    });
    assert_eq!(answer["hops"][1], shared);
    assert_eq!(
        answer["hops"][2]["callee"],
        json!({ "service": "db", "operation": null, "spanId": null, "spanIndex": null })
    );
    assert_eq!(
        answer["criticalPath"][1],
        json!({
            "spanId": "000000000000000b", "spanIndex": 1, "service": "app", "operation": null,
            "startTimeUnixNano": "1000010000000", "durationNano": 10_000_000, "part": "network"
        })
    );
    assert_eq!(
        answer["spans"][3]["attributes"],
        json!([{ "key": "db.system", "value": "mysql" }])
    );
    assert_eq!(answer["spans"][3]["remoteEndpoint"]["serviceName"], "db");
    let short: Value =
        serde_json::from_slice(&json::answer(&tree, json::Spans::Omitted)).expect("json");
    assert!(short.get("spans").is_none());
}

#[test]
fn the_line_of_a_search() {
    let line = serde_json::to_value(summary(&trace(SHOP))).expect("json");
    assert_eq!(
        line,
        json!({
            "traceId": "0000000000000007", "startTimeUnixNano": "1000000000000",
            "durationNano": 100_000_000, "root": { "service": "web", "operation": null },
            "spanCount": 4, "errorCount": 2,
            "services": [
                { "name": "web", "spanCount": 2, "errorCount": 1, "inferred": false },
                { "name": "app", "spanCount": 2, "errorCount": 1, "inferred": false },
                { "name": "db", "spanCount": 1, "errorCount": 0, "inferred": true }
            ],
            "criticalByService": [
                { "service": "app", "durationNano": 60_000_000 },
                { "service": "db", "durationNano": 20_000_000 },
                { "service": "web", "durationNano": 20_000_000 }
            ],
            "errorOrigin": { "service": "app", "text": "boom" }
        })
    );
}

#[test]
fn the_text_of_a_terminal() {
    let given = trace(SHOP);
    let printed = text::print(&CallTree::build(&given, Skew::Corrected));
    let expected = "\
trace 0000000000000007  100 ms  web
4 spans, 3 hops, 3 services, 2 errors
                            total   network    server      self  critical
web [http]                 100 ms         -    100 ms   20.0 ms   20.0 ms ←
└─ web → app              80.0 ms   20.0 ms   60.0 ms   40.0 ms   60.0 ms ←  ! boom  (shared span)
   └─ app → db [mysql]    20.0 ms         -         -         -   20.0 ms ←  (client only)
why: app: 60.0 ms, 60 % of the trace (40.0 ms its own work, 20.0 ms network)
why: app worked or waited without any span below it for 30.0 ms, 30 % of the trace
why: app failed: boom; no hop above it failed
";
    assert_eq!(printed, expected);
    for (nanos, expected) in [
        (None, "-"),
        (Some(0), "0"),
        (Some(820), "820 ns"),
        (Some(1_200_000), "1.20 ms"),
        (Some(999_999), "1.00 ms"),
        (Some(358_000_000), "358 ms"),
        (Some(72_000_000_000), "1 min 12 s"),
        (Some(7_500_000_000_000), "2 h 05 min"),
    ] {
        assert_eq!(text::duration(nanos), expected);
    }
    let hostile = trace("a server we\u{1b}[31mb 0+1");
    assert!(!text::print(&CallTree::build(&hostile, Skew::Raw)).contains('\u{1b}'));
}

#[test]
fn codes_are_failures_by_the_kind_of_the_span() {
    let given = trace(
        "a server web 0+100 http.response.status_code:503
         b/a client web>app 10+10 http.status_code:404
         c/a client web>old 30+10 http.status_code:200
         d/a server app 50+10 http.response.status_code:404",
    );
    let tree = CallTree::build(&given, Skew::Corrected);
    let told: Vec<_> = tree
        .hops
        .iter()
        .map(|hop| (hop.error, hop.error_text.as_deref()))
        .collect();
    let expected = [
        (true, Some("503")),
        (true, Some("404")),
        (false, None),
        (false, None),
    ];
    assert_eq!(
        (told.as_slice(), tree.error_count),
        (expected.as_slice(), 2)
    );
}
