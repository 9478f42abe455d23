//! Hopline under measurement: a process on a data folder that outlives it.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::process::Process;
use crate::http::{Answer, Connection};

/// A server that listens, whichever it is.
#[derive(Debug)]
pub struct Server {
    /// Host and port of the main door.
    pub address: String,
    pub process: Process,
}

/// How Hopline is started.
#[derive(Clone, Debug)]
pub struct Launch {
    pub binary: PathBuf,
    pub durability: String,
    pub storage: String,
}

#[derive(Debug)]
pub struct Hopline {
    pub server: Server,
    launch: Launch,
    data: TempDir,
}

const START_TIMEOUT: Duration = Duration::from_secs(60);

impl Hopline {
    /// Starts the binary with an empty folder on a free port and waits until it says where it
    /// listens.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(launch: &Launch) -> Result<Self, String> {
        let data = tempfile::tempdir().map_err(|error| format!("no folder for data: {error}"))?;
        Ok(Self {
            server: launch.on(data.path())?,
            launch: launch.clone(),
            data,
        })
    }

    /// Stops it and starts it again on the same data. Returns the seconds from the start of the
    /// process to the first right answer to a question.
    ///
    /// # Errors
    /// When it does not stop, does not come back, or does not answer in a minute.
    pub fn restart(
        &mut self,
        path: &str,
        check: impl Fn(&Answer) -> Result<(), String>,
    ) -> Result<f64, String> {
        self.server.process.stop()?;
        let began = Instant::now();
        self.server = self.launch.on(self.data.path())?;
        let mut connection = Connection::to(&self.server.address);
        while began.elapsed() < START_TIMEOUT {
            match connection.get(path) {
                Ok(answer) if answer.status == 200 => {
                    let seconds = began.elapsed().as_secs_f64();
                    return check(&answer).map(|()| seconds);
                }
                _ => thread::park_timeout(Duration::from_millis(1)),
            }
        }
        Err(format!("{path} was not answered after the restart"))
    }

    /// The lengths of all files in the data folder.
    pub fn disk_bytes(&self) -> u64 {
        folder_bytes(self.data.path())
    }
}

impl Launch {
    fn on(&self, data: &Path) -> Result<Server, String> {
        let mut command = Command::new(&self.binary);
        command
            .args(["--listen", "127.0.0.1:0", "--otlp-http-listen", "off"])
            .args(["--otlp-grpc-listen", "off"])
            .args(["--durability", &self.durability])
            .args(["--storage", &self.storage])
            .env("HOPLINE_OTLP_GRPC_LISTEN", "off")
            .arg("--data-dir")
            .arg(data);
        let process = Process::start(&mut command)
            .map_err(|error| format!("{error}; cargo build --release makes it"))?;
        let mut said = Vec::new();
        while let Ok(line) = process.lines.recv_timeout(START_TIMEOUT) {
            if let Some(address) = address_in(&line) {
                return Ok(Server { address, process });
            }
            said.push(line);
        }
        Err(format!(
            "{} did not say where it listens: {}",
            self.binary.display(),
            said.join("\n")
        ))
    }
}

/// The main door in the line that says which doors are open: the first address with a port.
fn address_in(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("127.0.0.1:")?;
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    match rest[..digits].parse::<u16>() {
        Ok(0) | Err(_) => None,
        Ok(port) => Some(format!("127.0.0.1:{port}")),
    }
}

fn folder_bytes(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => folder_bytes(&entry.path()),
            // A file that was deleted since counts for nothing.
            metadata => metadata.map_or(0, |metadata| metadata.len()),
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_the_log() {
        for (line, address) in [
            (
                "INFO open http=127.0.0.1:9411 otlp=127.0.0.1:4318",
                Some("127.0.0.1:9411"),
            ),
            (
                "listening on http://127.0.0.1:40001/",
                Some("127.0.0.1:40001"),
            ),
            ("asked for 127.0.0.1:0", None),
            ("starting", None),
        ] {
            assert_eq!(address_in(line).as_deref(), address, "{line}");
        }
    }
}
