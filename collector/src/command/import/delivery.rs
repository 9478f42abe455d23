//! Spans on their way into hopline: gathered into lists, sent, and what was refused is counted. A
//! list that is refused whole is sent in halves, until it is known which spans are the bad ones.
use std::ops::Range;

use super::face::Version;
use super::peer::{Answer, Peer};
use super::tally::Tally;

pub(super) struct Delivery<'a> {
    hopline: &'a Peer<'a>,
    v1: List,
    v2: List,
}

/// Spans of one version that wait to be sent.
struct List {
    path: &'static str,
    /// The list without its brackets.
    bytes: Vec<u8>,
    /// Where each span begins and ends.
    spans: Vec<Range<usize>>,
}

impl<'a> Delivery<'a> {
    /// # Errors
    /// When hopline is not there or takes no spans.
    pub(super) fn open(hopline: &'a Peer<'a>) -> Result<Self, String> {
        let answer = hopline.is_there("/health")?;
        if !matches!(answer.status, 200 | 503) {
            return Err(hopline.refusal(&answer));
        }
        let answer = hopline.post(V2_PATH, b"[]")?;
        if answer.status != 202 {
            return Err(hopline.refusal(&answer));
        }
        let list = |path| List {
            path,
            bytes: Vec::new(),
            spans: Vec::new(),
        };
        Ok(Self {
            hopline,
            v1: list("/api/v1/spans"),
            v2: list(V2_PATH),
        })
    }

    /// Adds a span; sends when there are enough.
    pub(super) fn add(
        &mut self,
        version: Version,
        span: &[u8],
        tally: &mut Tally,
    ) -> Result<(), String> {
        let list = match version {
            Version::V1 => &mut self.v1,
            Version::V2 => &mut self.v2,
        };
        let is_full = list.bytes.len() + span.len() > LIST_BYTES_MAX;
        if !list.spans.is_empty() && (is_full || list.spans.len() >= LIST_SPANS_MAX) {
            list.send(self.hopline, tally)?;
        }
        if !list.bytes.is_empty() {
            list.bytes.push(b',');
        }
        let start = list.bytes.len();
        list.bytes.extend_from_slice(span);
        list.spans.push(start..list.bytes.len());
        Ok(())
    }

    /// Sends what waits. When it returns, hopline has acknowledged or refused every span.
    pub(super) fn flush(&mut self, tally: &mut Tally) -> Result<(), String> {
        self.v1.send(self.hopline, tally)?;
        self.v2.send(self.hopline, tally)
    }
}

impl List {
    fn send(&mut self, hopline: &Peer<'_>, tally: &mut Tally) -> Result<(), String> {
        let all = 0..self.spans.len();
        let mut parts = Vec::from([all]);
        while let Some(part) = parts.pop() {
            let (Some(first), Some(last)) = (
                self.spans[part.clone()].first(),
                self.spans[part.clone()].last(),
            ) else {
                continue;
            };
            let body = [b"[", &self.bytes[first.start..last.end], b"]"].concat();
            let answer = hopline.post(self.path, &body)?;
            match answer.status {
                202 => {
                    let refused = refused(&answer).min(part.len() as u64);
                    tally.spans += part.len() as u64 - refused;
                    if refused > 0 {
                        tally.refuse(refused, reason(&answer));
                    }
                }
                400 | 413 if part.len() == 1 => tally.refuse(1, &answer.text()),
                400 | 413 => {
                    let middle = part.start + part.len() / 2;
                    parts.extend([middle..part.end, part.start..middle]);
                }
                _ => return Err(hopline.refusal(&answer)),
            }
        }
        self.bytes.clear();
        self.spans.clear();
        Ok(())
    }
}

/// The header says `3; the first reason`.
fn refused(answer: &Answer) -> u64 {
    let header = answer.refused.as_deref().unwrap_or_default();
    let count = header.split(';').next().unwrap_or_default();
    count.trim().parse().unwrap_or(0)
}

fn reason(answer: &Answer) -> &str {
    let header = answer.refused.as_deref().unwrap_or_default();
    header.split_once(';').map_or(header, |(_, reason)| reason)
}

const V2_PATH: &str = "/api/v2/spans";
/// A quarter of what hopline takes at once by default.
const LIST_BYTES_MAX: usize = 4 << 20;
const LIST_SPANS_MAX: usize = 10_000;
