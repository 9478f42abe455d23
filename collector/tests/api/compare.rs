//! Two kept traces beside each other.
use crate::app::TestApp;

const A: &str = "463ac35c9f6413ad48485a3953bb6124";
const B: &str = "463ac35c9f6413ad48485a3953bb6125";

#[test]
fn two_traces_are_compared_hop_by_hop() {
    let app = TestApp::start();
    for (trace, duration, tag) in [
        (A, 250_000, "\"error\":\"boom\""),
        (B, 100_000, "\"x\":\"y\""),
    ] {
        let span = format!(
            "[{{\"traceId\":\"{trace}\",\"id\":\"a2fb4a1d1a96d312\",\"name\":\"get\",\
             \"kind\":\"SERVER\",\"timestamp\":1700000000000000,\"duration\":{duration},\
             \"localEndpoint\":{{\"serviceName\":\"shop\"}},\"tags\":{{{tag}}}}}]"
        );
        assert_eq!(app.post_spans(&span).status, 202);
    }
    let answer = app.get(&format!("/api/hopline/compare?a={A}&b={B}")).json();
    assert_eq!(answer["differenceNano"], 150_000_000);
    assert_eq!(
        (&answer["otherNano"], &answer["truncated"]),
        (&0.into(), &false.into())
    );
    assert_eq!(answer["a"]["errorCount"], 1);
    let hop = &answer["hops"][0];
    assert_eq!(
        (&hop["service"], &hop["change"]),
        (&"shop".into(), &"slower".into())
    );
    assert_eq!(
        (&hop["a"]["totalNano"], &hop["b"]["totalNano"]),
        (&250_000_000.into(), &100_000_000.into())
    );
    assert_eq!(hop["differenceNano"], 150_000_000);
    for (question, status, words) in [
        (format!("?a={A}"), 400, "b is missing"),
        (format!("?a={A}&b=pie"), 400, "b is not a trace id"),
        (format!("?a={A}&b=7"), 404, "7 is kept"),
    ] {
        let refused = app.get(&format!("/api/hopline/compare{question}"));
        assert_eq!(refused.status, status, "{question}");
        let text = refused.json()["error"].to_string();
        assert!(text.contains(words), "{text}");
    }
}
