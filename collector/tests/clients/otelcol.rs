//! The OpenTelemetry Collector before Hopline, with its queue and its retries: all that it took
//! arrives, whatever happens to Hopline meanwhile.
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};

use crate::hopline::{Doors, Hopline};
use crate::kit::{Installed, Kit};
use crate::load::{self, SPANS, Transport, arrived, send, until};

/// An exporter of the Collector: its name, and its settings beside queue and retries.
type Exporter = (&'static str, fn(Doors) -> String);

const OTLP_GRPC: Exporter = ("otlp_grpc", |doors| {
    format!("endpoint: {}\n    tls: {{insecure: true}}", doors.otlp_grpc)
});
const OTLP_HTTP: Exporter = ("otlp_http", |doors| {
    format!("endpoint: http://{}", doors.otlp_http)
});
const OTLP_HTTP_JSON: Exporter = ("otlp_http", |doors| {
    format!(
        "endpoint: http://{}\n    encoding: json\n    compression: zstd",
        doors.otlp_http
    )
});
const ZIPKIN: Exporter = ("zipkin", |doors| {
    format!("endpoint: http://{}/api/v2/spans", doors.main)
});
const ZIPKIN_PROTO: Exporter = ("zipkin", |doors| {
    format!(
        "endpoint: http://{}/api/v2/spans\n    format: proto",
        doors.main
    )
});

macro_rules! courses {
    ($($name:ident: $course:ident $exporter:ident;)*) => {
        $(#[test] fn $name() { $course($exporter); })*
    };
}

courses! {
    over_grpc_hopline_is_killed: killed OTLP_GRPC;
    over_grpc_hopline_is_overloaded: overloaded OTLP_GRPC;
    over_http_hopline_is_killed: killed OTLP_HTTP;
    over_http_hopline_is_overloaded: overloaded OTLP_HTTP;
    over_http_as_json_hopline_is_overloaded: overloaded OTLP_HTTP_JSON;
    as_zipkin_hopline_is_killed: killed ZIPKIN;
    as_zipkin_proto_hopline_is_overloaded: overloaded ZIPKIN_PROTO;
}

/// Given a load, when Hopline is killed while it takes spans, and starts again only when the
/// Collector has noticed, then everything is there in the end.
fn killed(exporter: Exporter) {
    let Some(kit) = Kit::Otelcol.installed_to_kill() else {
        return;
    };
    let mut hopline = Hopline::start();
    let collector = Collector::before(&hopline, &kit, exporter);
    std::thread::scope(|scope| {
        let fleet = scope.spawn(|| send(&kit, collector.door, Transport::Grpc, 1_000));
        load::some_have_arrived(&hopline);
        hopline.kill();
        until("the Collector has noticed", || collector.is_trying_again());
        hopline.start_again_with(&[]);
        fleet.join().unwrap();
    });
    all_arrive(&hopline, &collector);
}

/// Given Hopline with memory for a few requests at one time, when far more come at once, then some are
/// refused, and everything is there in the end.
fn overloaded(exporter: Exporter) {
    let Some(kit) = Kit::Otelcol.installed() else {
        return;
    };
    let hopline = Hopline::start_with(&["--ingest-memory", "64KiB"]);
    let collector = Collector::before(&hopline, &kit, exporter);
    send(&kit, collector.door, Transport::Grpc, 0);
    load::are_refused(&hopline, 20);
    all_arrive(&hopline, &collector);
    assert!(collector.is_trying_again(), "{}", collector.log());
}

fn all_arrive(hopline: &Hopline, collector: &Collector) {
    until("everything has arrived", || {
        let log = collector.log();
        // So it says when it gives up what it has taken.
        assert!(!log.to_lowercase().contains("dropp"), "{log}");
        arrived(hopline) == SPANS
    });
}

struct Collector {
    process: Child,
    door: SocketAddr,
    log: Arc<Mutex<String>>,
    _folder: tempfile::TempDir,
}

impl Collector {
    fn before(hopline: &Hopline, kit: &Installed, (name, settings): Exporter) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // It cannot say which free port it took. Connections come from another address, so that
        // nobody takes this one meanwhile.
        let free = TcpListener::bind("127.0.0.3:0").unwrap();
        let door = free.local_addr().unwrap();
        drop(free);
        let file = folder.path().join("collector.yaml");
        std::fs::write(&file, configuration(door, name, &settings(hopline.doors()))).unwrap();
        let mut process = kit
            .command("client")
            .arg("--config")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let log: Arc<Mutex<String>> = Arc::default();
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut log = kept.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let collector = Self {
            process,
            door,
            log,
            _folder: folder,
        };
        until("the Collector is ready", || {
            let log = collector.log();
            assert!(!log.contains("Error:"), "{log}");
            log.contains("Everything is ready")
        });
        collector
    }

    fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    fn is_trying_again(&self) -> bool {
        self.log().contains("Will retry the request")
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        drop((self.process.kill(), self.process.wait()));
    }
}

/// The Collector's defaults, but for smaller batches, more of them at once, more room, and less
/// patience.
fn configuration(door: SocketAddr, name: &str, settings: &str) -> String {
    format!(
        "\
receivers:
  otlp:
    protocols:
      grpc: {{endpoint: \"{door}\"}}
processors:
  batch: {{send_batch_size: 50, send_batch_max_size: 50, timeout: 100ms}}
exporters:
  {name}:
    {settings}
    sending_queue: {{queue_size: 10000, num_consumers: 40}}
    retry_on_failure: {{initial_interval: 200ms, max_interval: 2s}}
service:
  telemetry:
    metrics: {{level: none}}
  pipelines:
    traces: {{receivers: [otlp], processors: [batch], exporters: [{name}]}}
"
    )
}
