//! The real Zipkin server, to stand beside: its published jar, its memory store, its defaults.
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::process::Process;
use super::server::Server;
use crate::http::Connection;

pub const VERSION: &str = "3.6.1";
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// Starts it with room for so many spans and waits until it says that it is up.
///
/// # Errors
/// When it cannot run here; the text says why.
pub fn start(spans: usize) -> Result<Server, String> {
    let jar = jar()?;
    let port = free_port().map_err(|error| format!("no free port: {error}"))?;
    let mut command = Command::new("java");
    command
        .arg("-jar")
        .arg(jar)
        .env("QUERY_PORT", port.to_string())
        .env("STORAGE_TYPE", "mem")
        // Room for all of them: what it evicts would cost it work and its answers traces.
        .env("MEM_MAX_SPANS", (spans * 2).to_string())
        .env("QUERY_TIMEOUT", "60s");
    let server = Server {
        address: format!("127.0.0.1:{port}"),
        process: Process::start(&mut command)?,
    };
    let mut connection = Connection::to(&server.address);
    let began = Instant::now();
    while began.elapsed() < START_TIMEOUT {
        match connection.get("/health") {
            Ok(answer) if answer.status == 200 => return Ok(server),
            _ => thread::park_timeout(Duration::from_millis(100)),
        }
    }
    let said: Vec<_> = server.process.lines.try_iter().collect();
    Err(format!("it did not come up: {}", said.join("\n")))
}

/// The jar, from the cache or from Maven Central; never another file than the known one.
fn jar() -> Result<PathBuf, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/zipkin-jar");
    let output = Command::new(&script)
        .output()
        .map_err(|error| format!("{}: {error}", script.display()))?;
    if output.status.success() {
        let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        return Ok(path.into());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
