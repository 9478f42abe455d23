//! The real Zipkin server, to stand beside: its published jar, its memory store, its defaults.
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::process::Process;
use super::server::Server;
use crate::http::Connection;

pub const VERSION: &str = "3.6.1";
/// Of `zipkin-server-3.6.1-exec.jar` as Maven Central serves it.
const SHA_256: &str = "d8326e0ed4f43855dba81228f688554706e52578a7c782d9a90b73f8680654a1";
const REPOSITORY: &str = "https://repo1.maven.org/maven2/io/zipkin/zipkin-server";
const JAVA_MIN: u32 = 17;
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// Starts it with room for so many spans and waits until it says that it is up.
///
/// # Errors
/// When it cannot run here; the text says why.
pub fn start(spans: usize) -> Result<Server, String> {
    let version = java_version()?;
    if version < JAVA_MIN {
        return Err(format!("Java {version} is older than {JAVA_MIN}"));
    }
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

fn java_version() -> Result<u32, String> {
    let output = Command::new("java").arg("-version").output();
    let output = output.map_err(|error| format!("no java: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    major(&text).ok_or_else(|| format!("java -version says {text}"))
}

/// The 17 of `openjdk version "17.0.15" 2025-04-15`.
fn major(text: &str) -> Option<u32> {
    let (_, version) = text.split_once("version \"")?;
    let digits = version.find(|c: char| !c.is_ascii_digit())?;
    version[..digits].parse().ok()
}

/// The jar, from the cache or from Maven Central; never another file than the known one.
fn jar() -> Result<PathBuf, String> {
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .filter(|folder| !folder.is_empty())
        .map(PathBuf::from)
        .or(home)
        .ok_or("neither XDG_CACHE_HOME nor HOME is set")?
        .join("hopline");
    let name = format!("zipkin-server-{VERSION}-exec.jar");
    let jar = cache.join(&name);
    if jar.exists() && sha_256(&jar)? == SHA_256 {
        return Ok(jar);
    }
    fs::create_dir_all(&cache).map_err(|error| format!("{}: {error}", cache.display()))?;
    let part = cache.join(format!("{name}.{}", std::process::id()));
    let downloaded = download(&format!("{REPOSITORY}/{VERSION}/{name}"), &part)
        .and_then(|()| sha_256(&part))
        .and_then(|found| {
            if found != SHA_256 {
                return Err(format!("{name} has SHA-256 {found} instead of {SHA_256}"));
            }
            fs::rename(&part, &jar).map_err(|error| format!("{}: {error}", jar.display()))
        });
    if downloaded.is_err() {
        drop(fs::remove_file(&part));
    }
    downloaded.map(|()| jar)
}

fn download(url: &str, file: &Path) -> Result<(), String> {
    let output = Command::new("curl")
        .args(["--fail", "--silent", "--show-error", "--location"])
        .args(["--connect-timeout", "10", "--max-time", "300", "--output"])
        .arg(file)
        .arg(url)
        .output()
        .map_err(|error| format!("no curl to download {url}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(format!("cannot download {url}: {}", text.trim()))
}

fn sha_256(file: &Path) -> Result<String, String> {
    let output = Command::new("sha256sum").arg(file).output();
    let output = output.map_err(|error| format!("no sha256sum: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned())
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn java_tells_its_version() {
        for (text, version) in [
            ("openjdk version \"17.0.15\" 2025-04-15", Some(17)),
            ("java version \"1.8.0_402\"", Some(1)),
            ("openjdk version \"25\" 2025-09-16", Some(25)),
            ("command not found", None),
        ] {
            assert_eq!(major(text), version, "{text}");
        }
    }
}
