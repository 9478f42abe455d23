//! The binary under test, and questions to it.
use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

/// The binary under test, until it is dropped.
pub(crate) struct Hopline {
    pub(crate) url: String,
    doors: Doors,
    process: Child,
    data: tempfile::TempDir,
}

/// Where it listens.
#[derive(Clone, Copy)]
pub(crate) struct Doors {
    pub(crate) main: SocketAddr,
    pub(crate) otlp_http: SocketAddr,
    pub(crate) otlp_grpc: SocketAddr,
}

/// Free ports. Connections from this machine come from 127.0.0.1, so nobody takes a port that is
/// free for the moment of a restart.
const ANYWHERE: [SocketAddr; 3] = [SocketAddr::new(
    std::net::IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2)),
    0,
); 3];

impl Hopline {
    /// With free ports, and a folder of its own.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        let data = tempfile::tempdir().expect("a folder for the data");
        let (process, doors) = launch(&data, ANYWHERE, arguments);
        Self {
            url: format!("http://{}", doors.main),
            doors,
            process,
            data,
        }
    }

    /// Kills it, which it cannot prepare for.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("the process can be killed");
        self.process.wait().expect("a child can be waited for");
    }

    /// Starts what was killed: same folder, same doors, perhaps other arguments.
    pub(crate) fn start_again_with(&mut self, arguments: &[&str]) {
        let Doors {
            main,
            otlp_http,
            otlp_grpc,
        } = self.doors;
        let same = [main, otlp_http, otlp_grpc];
        self.process = launch(&self.data, same, arguments).0;
    }

    /// No second try: what was acknowledged is readable, and the shop has closed.
    pub(crate) fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path)).expect("an answer of JSON")
    }

    pub(crate) fn text(&self, path: &str) -> String {
        let mut answer = ureq::get(format!("{}{path}", self.url))
            .call()
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        answer
            .body_mut()
            .with_config()
            .limit(1 << 30)
            .read_to_string()
            .expect("an answer of text")
    }

    /// The sum of a metric over all its labels that contain this text.
    pub(crate) fn metric(&self, name: &str, labels: &str) -> f64 {
        let all = self.text("/prometheus");
        let values = all.lines().filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            let (found, its) = series.split_once('{').unwrap_or((series, ""));
            let number = (found == name && its.contains(labels)).then(|| value.parse::<f64>());
            number.map(|number| number.expect("a metric is a number"))
        });
        values.sum()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.doors.main
    }

    pub(crate) fn doors(&self) -> Doors {
        self.doors
    }
}

impl Drop for Hopline {
    fn drop(&mut self) {
        drop((self.process.kill(), self.process.wait()));
    }
}

/// Starts the process and waits for its doors.
fn launch(
    data: &tempfile::TempDir,
    [main, otlp_http, otlp_grpc]: [SocketAddr; 3],
    arguments: &[&str],
) -> (Child, Doors) {
    let storage = if cfg!(feature = "local") {
        "local"
    } else {
        "memory"
    };
    let mut process = Command::new(env!("CARGO_BIN_EXE_hopline"))
        .args(["--listen", &main.to_string()])
        .args(["--otlp-http-listen", &otlp_http.to_string()])
        .args(["--otlp-grpc-listen", &otlp_grpc.to_string()])
        .args(["--storage", storage, "--data-dir"])
        .arg(data.path())
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let (sender, lines) = mpsc::channel();
    follow(process.stdout.take(), sender.clone());
    follow(process.stderr.take(), sender);
    let mut said = Vec::new();
    while let Ok(line) = lines.recv_timeout(Duration::from_secs(30)) {
        if let Some(doors) = doors_in(&line) {
            return (process, doors);
        }
        said.push(line);
    }
    drop((process.kill(), process.wait()));
    panic!("hopline did not say where it listens: {said:?}");
}

/// Reads on for as long as the process lives, so that its log never blocks it.
fn follow(output: Option<impl Read + Send + 'static>, sender: mpsc::Sender<String>) {
    let output = output.expect("the output is piped");
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            drop(sender.send(line));
        }
    });
}

/// The line that says which doors are open.
fn doors_in(line: &str) -> Option<Doors> {
    let address = |key: &str| {
        let (_, rest) = line.split_once(key)?;
        let rest = rest.strip_prefix("http://")?;
        rest.split(' ').next()?.parse().ok()
    };
    Some(Doors {
        main: address(" http=")?,
        otlp_http: address(" otlp_http=")?,
        otlp_grpc: address(" otlp_grpc=")?,
    })
}
