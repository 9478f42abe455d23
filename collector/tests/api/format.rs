//! Data folders of releases that were: each opens, and everything in it is there and is found.
//!
//! `collector/tests/fixtures/format-N/` holds the folder `data` as a release with that format left
//! it, some spans at rest and some in the log alone, and the spans themselves. A release with a new
//! format adds its own: `cargo test -p collector --test api write_the_fixture -- --ignored`.
#![cfg(feature = "local")]
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use serde_json::Value;
use storage::local::check::{Depth, check};
use storage::local::{Durability, LocalStore, Settings};
use storage::store::Store;
use storage::time::Clock;

use crate::app::{NOW_MS, TestApp};

const FORMAT: u32 = 2;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

pub(crate) fn open(folder: &Path) -> LocalStore {
    LocalStore::open(Settings {
        data_dir: folder.to_owned(),
        retention: Duration::from_secs(7 * 86_400),
        durability: Durability::Fsync,
        max_disk: None,
        memory: Some(64 << 20),
        clock: Clock::Manual(Arc::new(AtomicU64::new(NOW_MS))),
    })
    .unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn folders_of_older_releases_open() {
    let mut seen = 0;
    for entry in std::fs::read_dir(fixtures()).unwrap() {
        let fixture = entry.unwrap().path();
        let name = fixture.file_name().unwrap().to_string_lossy();
        if !name.starts_with("format-") {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        copy(&fixture.join("data"), folder.path());
        let spans = std::fs::read(fixture.join("spans.json")).unwrap();
        let spans: Vec<Value> = serde_json::from_slice(&spans).unwrap();
        look(folder.path(), &spans);
        let report = check(folder.path(), Depth::Deep, &mut |_| {}).unwrap();
        assert!(report.differences.is_empty(), "{:?}", report.differences);
        seen += 1;
    }
    assert!(seen > 0, "no fixture");
}

/// Given the spans as Zipkin's API shows them, then they are there, in every way of asking.
fn look(folder: &Path, spans: &[Value]) {
    let store = Arc::new(open(folder));
    let app = TestApp::start_over(Arc::clone(&store) as Arc<dyn Store>, &[], &[]);
    for span in spans {
        let id = span["traceId"].as_str().unwrap();
        let trace = app.get(&format!("/api/v2/trace/{id}")).json();
        assert!(trace.as_array().unwrap().contains(span), "{span}\n{trace}");
        let service = span["localEndpoint"]["serviceName"].as_str().unwrap();
        for (key, value) in span["tags"].as_object().unwrap() {
            let value = value.as_str().unwrap();
            let path = format!(
                "/api/v2/traces?serviceName={service}&limit=100&annotationQuery={key}%3D{value}"
            );
            let found = app.get(&path).text();
            assert!(found.contains(id), "{path}: {found}");
        }
    }
    let links = app.get(&format!(
        "/api/v2/dependencies?endTs={NOW_MS}&lookback=86400000"
    ));
    assert_eq!(
        links.text(),
        "[{\"parent\":\"shop\",\"child\":\"till\",\"callCount\":40,\"errorCount\":4}]"
    );
    // Indexes that know fewer terms are built anew; it need not be done before the store is closed.
    let end = Instant::now() + Duration::from_secs(20);
    while store.status().indexes_missing > 0 {
        assert!(Instant::now() < end, "the indexes are not built anew");
        std::thread::yield_now();
    }
    close(app, &store);
}

/// Lets the server end and gives the folder back: a process must not end while RocksDB works.
pub(crate) fn close(mut app: TestApp, store: &Arc<LocalStore>) {
    app.stop();
    drop(app);
    futures_now(store.close()).unwrap();
    // The threads of the server end a little later, and the last of them gives the folder back.
    let end = Instant::now() + Duration::from_secs(10);
    while Arc::strong_count(store) > 1 {
        assert!(Instant::now() < end, "the server still holds the store");
        std::thread::yield_now();
    }
}

pub(crate) fn futures_now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

#[test]
#[ignore = "writes the fixture of this release's format"]
fn write_the_fixture() {
    let fixture = fixtures().join(format!("format-{FORMAT}"));
    let data = fixture.join("data");
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(folder.path()));
    let app = TestApp::start_over(Arc::clone(&store) as Arc<dyn Store>, &[], &[]);
    let mut spans = Vec::new();
    for number in 0..40_u32 {
        let trace = format!("{:016x}", 0xa000 + number);
        let start = 1_700_000_000_000_000_u64 + u64::from(number) * 1_000;
        let error = if number % 10 == 0 {
            ",\"error\":\"refused\""
        } else {
            ""
        };
        spans.push(format!(
            "{{\"traceId\":\"{trace}\",\"id\":\"0000000000000001\",\"kind\":\"CLIENT\",\"name\":\"pay\",\
             \"timestamp\":{start},\"duration\":{},\"localEndpoint\":{{\"serviceName\":\"shop\",\
             \"ipv4\":\"10.0.0.{}\"}},\"tags\":{{\"order\":\"o-{number}\"{error}}}}}",
            900 + number,
            number % 4 + 1
        ));
        spans.push(format!(
            "{{\"traceId\":\"{trace}\",\"parentId\":\"0000000000000001\",\"id\":\"0000000000000002\",\
             \"kind\":\"SERVER\",\"name\":\"post /pay\",\"timestamp\":{},\"duration\":{},\
             \"localEndpoint\":{{\"serviceName\":\"till\"}},\"annotations\":[{{\"timestamp\":{},\
             \"value\":\"locked\"}}],\"tags\":{{\"http.method\":\"POST\",\"x-request-id\":\"r{:08x}\"}}}}",
            start + 10,
            700 + number,
            start + 20,
            number.wrapping_mul(0x9e37_79b9)
        ));
        if number == 29 {
            // What follows is in the log alone.
            assert_eq!(
                app.post_spans(&format!("[{}]", spans.join(","))).status,
                202
            );
            futures_now(store.settle());
        }
    }
    let list = format!("[{}]", spans.join(",\n"));
    assert_eq!(app.post_spans(&list).status, 202);
    std::fs::create_dir_all(&fixture).unwrap();
    std::fs::write(fixture.join("spans.json"), list).unwrap();
    // A backup, since a store that runs moves its files about.
    futures_now(store.backup(&data)).unwrap();
}
