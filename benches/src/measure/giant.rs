//! One trace of a hundred thousand spans: written, read, and read as hops.
use std::time::Instant;

use super::traffic::Format;
use crate::generate::{Data, Generator, Options};
use crate::http::Connection;
use crate::span::Span;
use serde_json::Value;

/// Seconds from the first byte of a request to the last of the answer.
#[derive(Clone, Copy, Debug)]
pub struct Giant {
    pub written: f64,
    pub read: f64,
    pub hops: f64,
}

pub const SPANS: usize = 100_000;
const BODY_SPANS: usize = 5_000;
/// Between the starts of two requests below the root.
const STEP_NS: u64 = 5_000_000;
const TURNS: u64 = 3;

impl Giant {
    pub fn sum(self) -> f64 {
        self.written + self.read + self.hops
    }

    /// The middle one of three, each a trace of its own. `now` in nanoseconds since the epoch.
    ///
    /// # Errors
    /// When a request is refused or an answer is not the whole trace.
    pub fn measure(address: &str, seed: u64, now: u64) -> Result<Self, String> {
        let mut turns = (0..TURNS)
            .map(|turn| Self::once(address, seed ^ (0x6161 + turn), now))
            .collect::<Result<Vec<_>, _>>()?;
        turns.sort_by(|one, other| one.sum().total_cmp(&other.sum()));
        Ok(turns[turns.len() / 2])
    }

    fn once(address: &str, seed: u64, now: u64) -> Result<Self, String> {
        let spans = spans(seed, now);
        let id = spans[0].trace_id;
        let bodies: Vec<_> = spans
            .chunks(BODY_SPANS)
            .map(|spans| Format::Otlp.body(spans))
            .collect();
        let mut connection = Connection::to(address);
        let began = Instant::now();
        for body in &bodies {
            let answer = connection
                .post(Format::Otlp.path(), Format::Otlp.content_type(), body)
                .map_err(|error| error.to_string())?;
            if answer.status != 200 {
                return Err(format!(
                    "a part of the trace was answered {}",
                    answer.status
                ));
            }
        }
        let written = began.elapsed().as_secs_f64();
        let (read, whole) = get(&mut connection, &format!("/api/v2/trace/{id:032x}"))?;
        let (hops, tree) = get(&mut connection, &format!("/api/hopline/traces/{id:032x}"))?;
        let found = whole.as_array().map_or(0, Vec::len);
        let shown = tree["spanCount"].as_u64().unwrap_or(0) as usize;
        if found != SPANS || shown != SPANS || tree["truncated"] != false {
            return Err(format!("{found} spans read and {shown} shown of {SPANS}"));
        }
        Ok(Self {
            written,
            read,
            hops,
        })
    }
}

fn get(connection: &mut Connection, path: &str) -> Result<(f64, Value), String> {
    let began = Instant::now();
    let answer = connection.get(path).map_err(|error| error.to_string())?;
    let seconds = began.elapsed().as_secs_f64();
    if answer.status != 200 {
        return Err(format!("{path} was answered {}", answer.status));
    }
    let value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
    Ok((seconds, value))
}

/// The shop's requests, thousands of them, all below the first: a nightly job that asks and asks.
pub fn spans(seed: u64, now: u64) -> Vec<Span> {
    let mut generator = Generator::new(Options {
        seed,
        data: Data::Reference,
    });
    // The requests last less than a minute together, and the last of them is over by now.
    let start = now - 60_000_000_000;
    let (known, mut all) = generator.trace(start);
    let root = all[0].id;
    for turn in 1.. {
        if all.len() >= SPANS {
            break;
        }
        let (_, mut spans) = generator.trace(start + turn * STEP_NS);
        for span in &mut spans {
            span.trace_id = known.trace_id;
            span.parent = span.parent.or(Some(root));
        }
        all.extend(spans);
    }
    // Parents stand before their children: what is cut off leaves nobody alone.
    all.truncate(SPANS);
    all[0].duration = all.iter().map(Span::end).max().unwrap_or(start) - start;
    all
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_giant_is_one_tree() {
        let now = 1_790_000_000_000_000_000;
        let spans = spans(7, now);
        let ids: HashSet<u64> = spans.iter().map(|span| span.id).collect();
        assert_eq!((spans.len(), ids.len()), (SPANS, SPANS));
        for (place, span) in spans.iter().enumerate() {
            assert_eq!(span.trace_id, spans[0].trace_id);
            assert_eq!(span.parent.is_none(), place == 0, "{span:?}");
            assert!(span.parent.is_none_or(|parent| ids.contains(&parent)));
            assert!(span.end() <= now && span.end() <= spans[0].end());
        }
    }
}
