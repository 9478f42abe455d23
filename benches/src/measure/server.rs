//! A server of our own under measurement: started with an empty data folder, read through /proc.
use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

pub struct Server {
    /// Host and port of the main door.
    pub address: String,
    child: Child,
    data: TempDir,
}

/// The kernel counts processor time in hundredths of a second towards user space.
const TICKS_A_SECOND: f64 = 100.0;
const START_TIMEOUT: Duration = Duration::from_secs(60);

impl Server {
    /// Starts the binary on a free port and waits until it says where it listens.
    pub fn start(binary: &Path, settings: &[(&str, &String)]) -> Result<Self, String> {
        let data = tempfile::tempdir().map_err(|error| format!("no folder for data: {error}"))?;
        let mut child = Command::new(binary)
            .args(["--listen", "127.0.0.1:0", "--otlp-http-listen", "off"])
            .env("HOPLINE_OTLP_GRPC_LISTEN", "off")
            .arg("--data-dir")
            .arg(data.path())
            .args(
                settings
                    .iter()
                    .flat_map(|(name, value)| [*name, value.as_str()]),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                format!(
                    "cannot start {}: {error}; cargo build --release makes it",
                    binary.display()
                )
            })?;
        let (sender, lines) = mpsc::channel();
        follow(child.stdout.take(), sender.clone());
        follow(child.stderr.take(), sender);
        let mut said = Vec::new();
        while let Ok(line) = lines.recv_timeout(START_TIMEOUT) {
            if let Some(address) = address_in(&line) {
                return Ok(Self {
                    address,
                    child,
                    data,
                });
            }
            said.push(line);
        }
        drop((child.kill(), child.wait()));
        Err(format!(
            "{} did not say where it listens: {}",
            binary.display(),
            said.join("\n")
        ))
    }

    /// Processor time of all its threads since it started, user and kernel, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        // The name in parentheses may hold spaces; utime and stime are fields 14 and 15.
        let stat = stat.unwrap_or_default();
        let fields = stat.rsplit(") ").next().unwrap_or_default();
        let ticks: f64 = fields
            .split(' ')
            .skip(11)
            .take(2)
            .filter_map(|t| t.parse::<f64>().ok())
            .sum();
        ticks / TICKS_A_SECOND
    }

    pub fn resident_mb(&self) -> f64 {
        self.status_mb("VmRSS:")
    }

    pub fn resident_peak_mb(&self) -> f64 {
        self.status_mb("VmHWM:")
    }

    /// The lengths of all files in the data folder.
    pub fn disk_bytes(&self) -> u64 {
        folder_bytes(self.data.path())
    }

    fn status_mb(&self, name: &str) -> f64 {
        fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .unwrap_or_default()
            .lines()
            .find_map(|line| {
                line.strip_prefix(name)?
                    .trim()
                    .strip_suffix(" kB")?
                    .parse()
                    .ok()
            })
            .map_or(f64::NAN, |kilobytes: f64| kilobytes / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop((self.child.kill(), self.child.wait()));
    }
}

/// Reads on for as long as the server lives, so that its log never blocks it.
fn follow(output: Option<impl Read + Send + 'static>, sender: mpsc::Sender<String>) {
    let Some(output) = output else { return };
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            drop(sender.send(line));
        }
    });
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
