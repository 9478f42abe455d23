//! A proxy before a server of the test: it lets requests pass, or does to them what the test says.
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::client::Connection;

pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// The value of a parameter, if the path has it.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let (_, query) = self.path.split_once('?')?;
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    pub(super) fn number(&self, name: &str) -> u64 {
        self.parameter(name).map_or(0, |text| text.parse().unwrap())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

pub(super) enum Act {
    Pass,
    /// The status, further headers with their line ends, and the body.
    Say(u16, &'static str, Vec<u8>),
    /// The connection ends without an answer.
    Close,
    /// No answer ever.
    Hang,
}

pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    /// Method and path of each request.
    pub(super) asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(super) fn start(
        upstream: SocketAddr,
        rule: impl Fn(&Request) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (rule, log) = (Arc::new(rule), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (rule, log) = (Arc::clone(&rule), Arc::clone(&log));
                std::thread::spawn(move || {
                    // An end of the connection is no failure of the test.
                    _ = serve(stream, upstream, rule.as_ref(), &log);
                });
            }
        });
        Self { address, asked }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn asked(&self, part: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|line| line.contains(part)).count()
    }
}

fn serve(
    stream: TcpStream,
    upstream: SocketAddr,
    rule: &dyn Fn(&Request) -> Act,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut input = BufReader::new(stream);
    while let Some(request) = read(&mut input)? {
        let Request { method, path, .. } = &request;
        log.lock().unwrap().push(format!("{method} {path}"));
        let (status, headers, body) = match rule(&request) {
            Act::Pass => {
                let kept: Vec<(&str, &str)> = request
                    .headers
                    .iter()
                    .filter(|(name, _)| name == "content-type")
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect();
                let answer = Connection::open(upstream).ask(method, path, &kept, &request.body)?;
                let mut headers = String::new();
                for (name, value) in &answer.headers {
                    if name.starts_with("x-hopline") || name == "retry-after" {
                        headers.push_str(&format!("{name}: {value}\r\n"));
                    }
                }
                (answer.status, headers, answer.body)
            }
            Act::Say(status, headers, body) => (status, headers.to_owned(), body),
            Act::Close => return Ok(()),
            Act::Hang => loop {
                std::thread::park();
            },
        };
        let length = body.len();
        let head = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n");
        // In one piece: the second of two would wait for an acknowledgement.
        out.write_all(&[head.as_bytes(), &body].concat())?;
    }
    Ok(())
}

fn read(input: &mut impl BufRead) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        input.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.to_owned())),
            None => break,
        }
    }
    let mut request = Request {
        method,
        path,
        headers,
        body: Vec::new(),
    };
    let length = request
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    request.body.resize(length, 0);
    input.read_exact(&mut request.body)?;
    Ok(Some(request))
}
