//! The real binary as a process of its own group, which can be frozen, killed and asked to end.
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_hopline");

/// A restart after a crash may take this long until the doors are open.
const READY_MAX: Duration = Duration::from_secs(10);
const STOP_MAX: Duration = Duration::from_secs(60);

pub(crate) struct Server {
    process: Child,
    log: Receiver<String>,
    doors: Option<Doors>,
    /// Errors that the server may tell of, since the test makes them; and what it told.
    forgiven: bool,
    pub(crate) told: Vec<String>,
}

#[derive(Clone, Copy)]
pub(crate) struct Doors {
    pub(crate) http: SocketAddr,
    pub(crate) otlp: SocketAddr,
}

impl Server {
    /// Starts the process; its doors are not open yet.
    pub(crate) fn spawn(data: &Path, durability: &str) -> Self {
        Self::spawn_as(Command::new(BINARY), data, durability, &[])
    }

    /// Starts the process through a command that runs it, with more arguments.
    pub(crate) fn spawn_as(
        mut command: Command,
        data: &Path,
        durability: &str,
        more: &[&str],
    ) -> Self {
        let mut process = command
            .env("HOPLINE_OTLP_GRPC_LISTEN", "off")
            .args([
                "--listen",
                "127.0.0.1:0",
                "--otlp-http-listen",
                "127.0.0.1:0",
            ])
            .args([
                "--storage",
                "local",
                "--durability",
                durability,
                "--data-dir",
            ])
            .arg(data)
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("the binary starts");
        let output = process.stderr.take().expect("the log is piped");
        let (sender, log) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                drop(sender.send(line));
            }
        });
        Self {
            process,
            log,
            doors: None,
            forgiven: false,
            told: Vec::new(),
        }
    }

    /// Starts the process and waits for its doors; the time is how long that took.
    pub(crate) fn start(data: &Path, durability: &str) -> (Self, Duration) {
        let mut server = Self::spawn(data, durability);
        let took = server.wait_until_ready();
        (server, took)
    }

    pub(crate) fn wait_until_ready(&mut self) -> Duration {
        let began = Instant::now();
        while self.doors.is_none() && began.elapsed() < READY_MAX {
            self.read_log(READY_MAX.saturating_sub(began.elapsed()));
        }
        assert!(self.doors.is_some(), "not ready within {READY_MAX:?}");
        began.elapsed()
    }

    pub(crate) fn doors(&self) -> Doors {
        self.doors.expect("the server was started to the end")
    }

    /// From now on errors in the log are expected; a panic never is.
    pub(crate) fn forgive_errors(&mut self) {
        self.forgiven = true;
    }

    /// Bytes of memory that the process has now.
    pub(crate) fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.expect("the process is there");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kib.expect("Linux tells a number") * 1_024
    }

    /// Time that the process has spent on processors.
    pub(crate) fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()));
        let stat = stat.expect("the process is there");
        let (_, fields) = stat.rsplit_once(") ").expect("a name in brackets");
        let fields = fields.split(' ').skip(11).take(2);
        let ticks = fields.map(|field| field.parse::<u64>().expect("a number"));
        // Linux counts hundredths of a second.
        Duration::from_millis(ticks.sum::<u64>() * 10)
    }

    /// Lets time pass. A process that ends by itself meanwhile fails the test.
    pub(crate) fn watch(&mut self, time: Duration) {
        let began = Instant::now();
        while began.elapsed() < time {
            self.read_log(time.saturating_sub(began.elapsed()));
        }
    }

    /// Reads a line of the log, or waits so long in vain.
    fn read_log(&mut self, patience: Duration) {
        match self.log.recv_timeout(patience) {
            Ok(line) => self.heed(&line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                panic!("hopline ended by itself: {:?}", self.process.wait());
            }
        }
    }

    fn heed(&mut self, line: &str) {
        let is_error = line.contains(" ERROR ") && !self.forgiven;
        assert!(
            !line.contains("panicked at") && !is_error,
            "hopline complains: {line}"
        );
        if line.contains(" WARN ") || line.contains(" ERROR ") {
            self.told.push(line.to_owned());
        }
        if let (Some(http), Some(otlp)) = (address(line, " http="), address(line, " otlp_http=")) {
            self.doors = Some(Doors { http, otlp });
        }
    }

    pub(crate) fn kill(&mut self) {
        self.signal("KILL");
        self.process.wait().expect("a child can be waited for");
        let last: Vec<String> = self.log.iter().collect();
        last.iter().for_each(|line| self.heed(line));
    }

    /// Stops every thread of the process where it is.
    pub(crate) fn freeze(&mut self) {
        self.signal("STOP");
        while !self.is_frozen() {
            self.read_log(Duration::from_millis(1));
        }
    }

    fn is_frozen(&self) -> bool {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.process.id()));
        threads
            .expect("the process is there")
            .flatten()
            .all(|thread| {
                let state = std::fs::read_to_string(thread.path().join("stat"));
                state.is_ok_and(|state| {
                    state
                        .rsplit(") ")
                        .next()
                        .is_some_and(|s| s.starts_with('T'))
                })
            })
    }

    /// Asks the process to end, which it must do in order.
    pub(crate) fn terminate(&mut self) {
        self.signal("TERM");
        let began = Instant::now();
        while let Some(patience) = STOP_MAX.checked_sub(began.elapsed()) {
            match self.log.recv_timeout(patience) {
                Ok(line) => self.heed(&line),
                Err(RecvTimeoutError::Disconnected) => {
                    let status = self.process.wait().expect("a child can be waited for");
                    assert_eq!(status.code(), Some(0), "after SIGTERM: {status}");
                    return;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        panic!("hopline did not end within {STOP_MAX:?} of SIGTERM");
    }

    fn signal(&self, name: &str) {
        let group = format!("-{}", self.process.id());
        let sent = Command::new("kill")
            .args(["-s", name, "--", &group])
            .status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "kill -s {name} {group}"
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop((self.process.kill(), self.process.wait()));
    }
}

fn address(line: &str, key: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once(key)?;
    rest.strip_prefix("http://")?
        .split(' ')
        .next()?
        .parse()
        .ok()
}
