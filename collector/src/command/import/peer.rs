//! One of the two servers of an import, asked with patience: an overloaded one is asked again when
//! it says, one that does not answer a few times more.
use std::io::Read as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::MultiGzDecoder;
use ureq::http::{HeaderMap, Response};

use super::progress::Progress;
use super::tally::shown;

pub(super) struct Peer<'a> {
    /// Its role, such as `the old server`.
    role: &'static str,
    /// The flag that names it.
    flag: &'static str,
    /// Without a user and password, without a slash at the end.
    pub(super) url: String,
    pub(super) host: String,
    authorization: Option<String>,
    agent: ureq::Agent,
    patience: Duration,
    progress: &'a Progress,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// The body is longer than [`BODY_MAX`]; its end was not read.
    pub(super) is_cut: bool,
    /// Hopline's word that it left something out.
    pub(super) is_truncated: bool,
    /// Hopline's count and first reason of refused spans.
    pub(super) refused: Option<String>,
    retry_after: Option<Duration>,
}

/// What to do about an answer of 500 or more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    AskAgain,
    /// The question may be too heavy; the asker knows a lighter one.
    Return,
}

impl Answer {
    /// The first line of the body, for people.
    pub(super) fn text(&self) -> String {
        match shown(&String::from_utf8_lossy(&self.body)) {
            text if text.is_empty() || text.starts_with('<') => format!("status {}", self.status),
            text => text,
        }
    }
}

impl<'a> Peer<'a> {
    /// # Errors
    /// When the address is none that can be asked.
    pub(super) fn new(
        role: &'static str,
        flag: &'static str,
        url: &str,
        patience: Duration,
        progress: &'a Progress,
    ) -> Result<Self, String> {
        let url = url.trim();
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        if scheme != "http" {
            return Err(format!(
                "{flag} must begin with http://; for {scheme}, forward a local port to it (ssh -L, \
                 kubectl port-forward, socat) and name that"
            ));
        }
        let (user, address) = match rest.rsplit_once('@') {
            Some((user, address)) => (Some(user), address),
            None => (None, rest),
        };
        let address = address.trim_end_matches('/');
        let host = address.split('/').next().unwrap_or_default().to_owned();
        if host.is_empty() || address.contains(['?', '#', ' ']) {
            return Err(format!(
                "{flag} must be an address such as http://old-zipkin:9411"
            ));
        }
        let authorization = user.map(|user| format!("Basic {}", BASE64.encode(decoded(user))));
        let agent = ureq::Agent::config_builder()
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(Duration::from_secs(120)))
            .timeout_recv_body(Some(Duration::from_secs(600)))
            .http_status_as_error(false)
            .build()
            .into();
        Ok(Self {
            role,
            flag,
            url: format!("http://{address}"),
            host,
            authorization,
            agent,
            patience,
            progress,
        })
    }

    /// The first question: without patience, for a mistyped address is told at once.
    pub(super) fn is_there(&self, path: &str) -> Result<Answer, String> {
        self.get_once(path, &[]).map_err(|error| {
            format!(
                "cannot ask {} at {}: {error}; is it running there? {} names another address",
                self.role, self.url, self.flag
            )
        })
    }

    pub(super) fn get(
        &self,
        path: &str,
        query: &[(&str, &str)],
        trouble: Trouble,
    ) -> Result<Answer, String> {
        self.patiently(trouble, || self.get_once(path, query))
    }

    /// Sends JSON.
    pub(super) fn post(&self, path: &str, body: &[u8]) -> Result<Answer, String> {
        self.patiently(Trouble::AskAgain, || {
            let mut request = self.agent.post(format!("{}{path}", self.url));
            if let Some(authorization) = &self.authorization {
                request = request.header("authorization", authorization);
            }
            let request = request.header("content-type", "application/json");
            read(request.send(body)?)
        })
    }

    /// What a status that stops everything means for people.
    pub(super) fn refusal(&self, answer: &Answer) -> String {
        let (role, url) = (self.role, &self.url);
        match answer.status {
            401 | 403 => format!(
                "{role} at {url} asks who you are (status {}): {} http://user:password@{}",
                answer.status, self.flag, self.host
            ),
            status => format!(
                "{role} at {url} answers with status {status}: {}",
                answer.text()
            ),
        }
    }

    fn get_once(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.get(format!("{}{path}", self.url));
        for (name, value) in query {
            request = request.query(*name, *value);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        read(request.header("accept-encoding", "gzip").call()?)
    }

    fn patiently(
        &self,
        trouble: Trouble,
        ask: impl Fn() -> Result<Answer, ureq::Error>,
    ) -> Result<Answer, String> {
        let began = Instant::now();
        let mut pause = PAUSE_FIRST;
        loop {
            let (wait, said) = match ask() {
                Ok(answer) => {
                    let is_busy = answer.status == 429
                        || (answer.status == 503 && answer.retry_after.is_some());
                    let is_trouble = answer.status >= 500 && trouble == Trouble::AskAgain;
                    if !is_busy && !is_trouble {
                        return Ok(answer);
                    }
                    let said = format!("answers with status {}: {}", answer.status, answer.text());
                    (answer.retry_after.unwrap_or(pause), said)
                }
                Err(error) => (pause, format!("does not answer: {error}")),
            };
            if began.elapsed() + wait > self.patience {
                return Err(format!("{} at {} {said}", self.role, self.url));
            }
            self.progress.wait(&format!(
                "{} {said}; again in {:.1} s",
                self.role,
                wait.as_secs_f32()
            ));
            rest(wait);
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

fn read(mut response: Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let headers = response.headers();
    let is_packed = text(headers, "content-encoding").is_some_and(|coding| coding == "gzip");
    let retry_after = text(headers, "retry-after")
        .and_then(|seconds| seconds.parse().ok())
        .map(|seconds| Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
    let mut answer = Answer {
        status: response.status().as_u16(),
        body: Vec::new(),
        is_cut: false,
        is_truncated: text(headers, "x-hopline-truncated").is_some(),
        refused: text(headers, "x-hopline-refused").map(str::to_owned),
        retry_after,
    };
    let reader = response.body_mut().as_reader();
    let limit = BODY_MAX as u64 + 1;
    if is_packed {
        MultiGzDecoder::new(reader)
            .take(limit)
            .read_to_end(&mut answer.body)?;
    } else {
        reader.take(limit).read_to_end(&mut answer.body)?;
    }
    answer.is_cut = answer.body.len() > BODY_MAX;
    Ok(answer)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn rest(wait: Duration) {
    let began = Instant::now();
    while let Some(left) = wait.checked_sub(began.elapsed()) {
        std::thread::park_timeout(left);
        if left.is_zero() {
            break;
        }
    }
}

/// `%40` is an `@` in a user's name or password.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let number = behind
            .get(..2)
            .filter(|_| byte == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(number.unwrap_or(byte));
        rest = if number.is_some() {
            &behind[2..]
        } else {
            behind
        };
    }
    bytes
}

/// The longest answer that is read; where there is more, a shorter slice of time is asked for.
const BODY_MAX: usize = 256 << 20;
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);
const PAUSE_FIRST: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let progress = Progress::hidden();
        let peer = |url| Peer::new("it", "--from", url, Duration::ZERO, &progress);
        for (given, url, authorization) in [
            ("old:9411", "http://old:9411", None),
            ("http://old:9411/zipkin/", "http://old:9411/zipkin", None),
            ("http://a:b@old", "http://old", Some("Basic YTpi")),
            ("http://a%40b:%63@old", "http://old", Some("Basic YUBiOmM=")),
            ("http://[::1]:9411", "http://[::1]:9411", None),
        ] {
            let peer = peer(given).unwrap_or_else(|error| panic!("{given}: {error}"));
            assert_eq!(peer.url, url, "{given}");
            assert_eq!(peer.authorization.as_deref(), authorization, "{given}");
        }
        for bad in ["https://old:9411", "http://", "", "http://old/?a=b", "a b"] {
            assert!(peer(bad).is_err(), "{bad}");
        }
    }
}
