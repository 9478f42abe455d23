//! From one server into another: everything arrives, once, whatever the old server is like.
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::proxy::{Act, Proxy, Request};
use super::{assert_same, copy, counted, fill, import, told, traces, url};
use crate::app::{NOW_MS, TestApp};
use crate::client::Connection;
use crate::scenario::{peer, zipkin_server};

#[test]
fn everything_is_copied_though_slices_hold_more_than_the_limit() {
    let (old, new) = (TestApp::start(), TestApp::start());
    let folder = tempfile::tempdir().unwrap();
    let traces = traces(300);
    fill(old.http, &traces);
    let output = copy(folder.path(), &url(&old), &url(&new), &["--limit", "7"])
        .output()
        .unwrap();
    let (code, out, err) = told(&output);
    assert_eq!(code, 0, "{out}{err}");
    let spans = assert_same(old.http, new.http, &traces);
    assert_eq!(counted(&out, "traces"), 300, "{out}");
    assert_eq!(counted(&out, "spans"), spans, "{out}");
    assert_eq!(counted(&out, "refused"), 0, "{out}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn only_the_traces_of_named_services_and_of_a_stretch_of_time() {
    let (old, new) = (TestApp::start(), TestApp::start());
    let folder = tempfile::tempdir().unwrap();
    let traces = traces(200);
    fill(old.http, &traces);
    let since = NOW_MS - 3_600_000;
    let wanted: Vec<_> = traces
        .iter()
        .filter(|trace| {
            let starts_ms = trace[0]["timestamp"].as_u64().unwrap() / 1000;
            let names: Vec<_> = trace
                .iter()
                .map(|span| &span["localEndpoint"]["serviceName"])
                .collect();
            starts_ms >= since
                && names
                    .iter()
                    .any(|name| **name == "cart" || **name == "stock")
        })
        .cloned()
        .collect();
    let since = since.to_string();
    let output = import(
        folder.path(),
        &[
            "--from",
            &url(&old),
            "--to",
            &url(&new),
            "--since",
            &since,
            "--until",
            &(NOW_MS + 1).to_string(),
            "--services",
            "CART,stock,unheard-of",
        ],
    )
    .output()
    .unwrap();
    let (code, out, err) = told(&output);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("lists no service unheard-of"), "{out}");
    assert!(!wanted.is_empty() && wanted.len() < 100, "{}", wanted.len());
    assert_eq!(counted(&out, "traces"), wanted.len() as u64, "{out}");
    assert_eq!(
        new.get("/api/v2/traces?limit=1000&lookback=999999999999")
            .json()
            .as_array()
            .unwrap()
            .len(),
        wanted.len()
    );
}

#[test]
fn a_millisecond_with_more_than_the_old_server_tells_is_said_to_be_incomplete() {
    let (old, new) = (TestApp::start(), TestApp::start());
    let folder = tempfile::tempdir().unwrap();
    let mut traces = traces(1_100);
    for span in traces.iter_mut().flatten() {
        span["timestamp"] = (NOW_MS * 1000).into();
        span["localEndpoint"] = serde_json::json!({"serviceName": "shop"});
    }
    fill(old.http, &traces);
    let output = copy(folder.path(), &url(&old), &url(&new), &[])
        .output()
        .unwrap();
    let (code, out, err) = told(&output);
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.contains("possibly incomplete"), "{out}");
    assert!(
        out.contains("traces of shop: the server said that"),
        "{out}"
    );
    assert!((1_000..1_100).contains(&counted(&out, "traces")), "{out}");
}

type Rule = Box<dyn Fn(&Request) -> Act + Send + Sync>;

/// What an old server may be like, other than the ones that we know.
#[test]
fn quirks_of_old_servers() {
    let gzip = |bytes: &[u8]| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    };
    let quirks: [(&str, bool, Rule); 4] = [
        (
            "no questions without a service",
            false,
            Box::new(|request| {
                if request.path.contains("/traces?") && request.parameter("serviceName").is_none() {
                    return Act::Say(400, "", b"serviceName is required".to_vec());
                }
                Act::Pass
            }),
        ),
        (
            "long lookbacks are too heavy",
            true,
            Box::new(|request| match request.number("lookback") > 7_200_000 {
                true => Act::Say(500, "", b"timed out".to_vec()),
                false => Act::Pass,
            }),
        ),
        (
            "tells nothing older without a service",
            true,
            Box::new(|request| {
                let is_old = request.number("endTs") < NOW_MS - 86_400_000;
                if is_old
                    && request.parameter("serviceName").is_none()
                    && request.path.contains("/traces?")
                {
                    return Act::Say(200, "", b"[]".to_vec());
                }
                Act::Pass
            }),
        ),
        (
            "a service whose list is packed",
            true,
            Box::new(move |request| match request.header("accept-encoding") {
                Some("gzip") if request.path == "/api/v2/services" => {
                    let names = br#"["cart","payments","shop","stock"]"#;
                    Act::Say(200, "content-encoding: gzip\r\n", gzip(names))
                }
                _ => Act::Pass,
            }),
        ),
    ];
    for (name, tells_nameless, rule) in quirks {
        let (old, new) = (TestApp::start(), TestApp::start());
        let folder = tempfile::tempdir().unwrap();
        let mut traces = traces(250);
        fill(old.http, &traces);
        let proxy = Proxy::start(old.http, rule);
        let output = copy(
            folder.path(),
            &proxy.url(),
            &url(&new),
            &["--limit", "50", "--patience", "0"],
        )
        .output()
        .unwrap();
        let (code, out, err) = told(&output);
        assert_eq!(code, 0, "{name}: {out}{err}");
        let is_named = |span: &serde_json::Value| span.get("localEndpoint").is_some();
        if name.contains("older") {
            // What nobody can ask for is not there: old traces that name no service.
            traces.retain(|trace| {
                is_named(&trace[0])
                    || trace[0]["timestamp"].as_u64() >= Some((NOW_MS - 43_200_000) * 1000)
            });
        }
        if !tells_nameless {
            assert!(
                out.contains("note: the old server answers no questions without"),
                "{out}"
            );
            traces.retain(|trace| is_named(&trace[0]));
        }
        assert_same(old.http, new.http, &traces);
    }
}

#[test]
fn services_are_not_asked_one_by_one_once_they_have_nothing_to_add() {
    let (old, new) = (TestApp::start(), TestApp::start());
    let folder = tempfile::tempdir().unwrap();
    let mut traces = traces(1_100);
    // 600 in the last hour prove it; the older ones are dense enough for many questions.
    for (number, trace) in traces.iter_mut().enumerate() {
        let ago_ms = match number {
            0..600 => 700_000 + number as u64,
            _ => 40_000_000 + number as u64 * 1_000,
        };
        for span in trace {
            span["timestamp"] = ((NOW_MS - ago_ms) * 1000).into();
        }
    }
    fill(old.http, &traces);
    let is_old = |ms: u64| ms < NOW_MS - 30_000_000;
    let of_services = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&of_services);
    let proxy = Proxy::start(old.http, move |request| {
        if is_old(request.number("endTs")) && request.parameter("serviceName").is_some() {
            count.fetch_add(1, Ordering::SeqCst);
        }
        Act::Pass
    });
    let output = copy(folder.path(), &proxy.url(), &url(&new), &["--limit", "50"])
        .output()
        .unwrap();
    let (code, out, err) = told(&output);
    assert_eq!(code, 0, "{out}{err}");
    assert_same(old.http, new.http, &traces[..100]);
    assert_eq!(counted(&out, "traces"), 1_100, "{out}");
    // One a slice. Four services with more than 200 traces each would take sixteen and more.
    let of_services = of_services.load(Ordering::SeqCst);
    assert!((1..10).contains(&of_services), "{of_services}");
}

#[test]
fn from_the_real_zipkin() {
    let Some(jar) = peer::variable("ZIPKIN_JAR") else {
        eprintln!("NOT RUN: ZIPKIN_JAR is not set");
        return;
    };
    let (_process, old) = zipkin_server::start(&jar, &std::collections::BTreeMap::new());
    let new = TestApp::start();
    let folder = tempfile::tempdir().unwrap();
    let traces = traces(300);
    fill(old, &traces);
    // It stores after it has answered.
    let last = traces.last().unwrap()[0]["traceId"].as_str().unwrap();
    let mut connection = Connection::open(old);
    while connection
        .ask("GET", &format!("/api/v2/trace/{last}"), &[], b"")
        .unwrap()
        .status
        != 200
    {
        std::thread::yield_now();
    }
    let output = copy(
        folder.path(),
        &format!("http://{old}/zipkin/"),
        &url(&new),
        &["--limit", "20"],
    )
    .output()
    .unwrap();
    let (code, out, err) = told(&output);
    assert_eq!(code, 0, "{out}{err}");
    let spans = assert_same(old, new.http, &traces);
    assert_eq!(counted(&out, "traces"), 300, "{out}");
    assert_eq!(counted(&out, "spans"), spans, "{out}");
}
