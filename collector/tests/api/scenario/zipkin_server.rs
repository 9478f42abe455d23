//! The real Zipkin server, from its jar, on a free port.
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Killed when it goes.
pub(crate) struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

pub(crate) fn start(jar: &str, variables: &BTreeMap<String, String>) -> (Process, SocketAddr) {
    let address = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap();
    let child = Command::new("java")
        .args(["-Xmx512m", "-jar", jar])
        .env("QUERY_PORT", address.port().to_string())
        .envs(variables)
        .stdout(Stdio::null())
        .spawn()
        .expect("java starts");
    let process = Process(child);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(120) {
        if is_up(address).unwrap_or(false) {
            return (process, address);
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
    panic!("the real Zipkin server did not come up");
}

fn is_up(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}
