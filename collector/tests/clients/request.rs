//! Requests and the statuses of their answers, as they stood on the wire of HTTP/1.1.
use std::io::Read as _;

/// One request: its first line, its headers in small letters, its body without chunks or gzip.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// How many bytes its head took on the wire, and how many all of it.
    pub(crate) lengths: (usize, usize),
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

/// All requests of a connection.
pub(crate) fn requests(mut bytes: &[u8]) -> Vec<Request> {
    let mut requests = Vec::new();
    while !bytes.is_empty() {
        let whole = bytes.len();
        let (first, headers) = head(&mut bytes);
        let head_length = whole - bytes.len();
        let (method, path) = first.split_once(' ').unwrap();
        let mut body = if header(&headers, "transfer-encoding") == Some("chunked") {
            chunks(&mut bytes)
        } else {
            let length = header(&headers, "content-length").map_or(0, |text| text.parse().unwrap());
            take(&mut bytes, length).to_vec()
        };
        if header(&headers, "content-encoding") == Some("gzip") {
            let mut inflated = Vec::new();
            flate2::read::MultiGzDecoder::new(body.as_slice())
                .read_to_end(&mut inflated)
                .unwrap();
            body = inflated;
        }
        requests.push(Request {
            method: method.to_owned(),
            path: path.split(' ').next().unwrap().to_owned(),
            headers,
            body,
            lengths: (head_length, whole - bytes.len()),
        });
    }
    requests
}

/// The statuses of the answers of a connection; interim ones (100) are passed over.
pub(crate) fn statuses(mut bytes: &[u8]) -> Vec<u16> {
    let mut statuses = Vec::new();
    while !bytes.is_empty() {
        let (first, headers) = head(&mut bytes);
        let status: u16 = first.split(' ').nth(1).unwrap().parse().unwrap();
        let length = header(&headers, "content-length").map_or(0, |text| text.parse().unwrap());
        take(&mut bytes, length);
        if status >= 200 {
            statuses.push(status);
        }
    }
    statuses
}

pub(crate) fn head(bytes: &mut &[u8]) -> (String, Vec<(String, String)>) {
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap_or_else(|| panic!("a head without end: {}", String::from_utf8_lossy(bytes)));
    let head = String::from_utf8(take(bytes, end + 4).to_vec()).unwrap();
    let mut lines = head.lines();
    let first = lines.next().unwrap().to_owned();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    (first, headers)
}

pub(crate) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

fn chunks(bytes: &mut &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|at| at == b"\r\n").unwrap();
        let size = String::from_utf8(take(bytes, end).to_vec()).unwrap();
        take(bytes, 2);
        let size = usize::from_str_radix(&size, 16).unwrap();
        body.extend_from_slice(take(bytes, size));
        take(bytes, 2);
        if size == 0 {
            return body;
        }
    }
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (front, rest) = bytes.split_at(length);
    *bytes = rest;
    front
}
