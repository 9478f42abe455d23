//! One question to the old server: the traces of a service in a slice of time; and whether its
//! answer tells all of them.
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::cut::{Cutter, Piece};
use super::face::Face;
use super::peer::{Answer, Peer, Trouble};

/// What is asked. The slice's ends belong to it, as Zipkin reads them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    /// `None` asks for traces of any service, and of none.
    pub(super) service: Option<&'a str>,
    /// Milliseconds since the epoch, as `end_ms`; at least one less.
    pub(super) start_ms: u64,
    pub(super) end_ms: u64,
    pub(super) limit: u64,
}

pub(super) enum Told {
    Traces(Traces),
    /// The question was too heavy.
    Failed,
    /// The server takes no such questions (without a service).
    Refused(Answer),
}

/// The traces of an answer, as the bytes that they were.
#[derive(Default)]
pub(super) struct Traces {
    body: Vec<u8>,
    spans: Vec<(Option<u128>, Range<usize>)>,
    pub(super) count: u64,
    /// Why there may be more than this.
    pub(super) cut: Option<Cut>,
}

/// Signs that an answer does not tell all traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// As many traces as were asked for.
    Limit,
    /// So many spans of one service that an index that lists spans may have ended: Zipkin over
    /// Cassandra reads three rows of a service for each trace that is asked for.
    Rows,
    /// Exactly as many spans as Zipkin reads of Elasticsearch (10,000) or Cassandra (100,000) at
    /// once; traces may be without some of theirs.
    Spans,
    /// Hopline's own word.
    Said,
    /// More bytes than are read of an answer; nothing of it is known.
    Bytes,
}

impl Question<'_> {
    /// # Errors
    /// When the server does not answer, or not with traces.
    pub(super) fn ask(&self, old: &Peer<'_>, trouble: Trouble) -> Result<Told, String> {
        let numbers = [self.end_ms, self.end_ms - self.start_ms, self.limit];
        let [end, lookback, limit] = numbers.map(|number| number.to_string());
        let mut query = vec![
            ("endTs", end.as_str()),
            ("lookback", &lookback),
            ("limit", &limit),
        ];
        if let Some(service) = self.service {
            query.push(("serviceName", service));
        }
        let answer = old.get("/api/v2/traces", &query, trouble)?;
        match answer.status {
            200 => self.read(answer).map(Told::Traces).map_err(|error| {
                format!("the answer of {} is no list of traces: {error}", old.url)
            }),
            500.. => Ok(Told::Failed),
            400 | 404 | 405 => Ok(Told::Refused(answer)),
            _ => Err(old.refusal(&answer)),
        }
    }

    fn read(&self, answer: Answer) -> Result<Traces, String> {
        if answer.is_cut {
            return Ok(Traces {
                cut: Some(Cut::Bytes),
                ..Traces::default()
            });
        }
        let (mut cutter, mut spans) = (Cutter::default(), Vec::new());
        let mut of_services: HashMap<String, u64> = HashMap::new();
        cutter.feed(&answer.body, &mut |piece| {
            let Piece::Span(start, span) = piece else {
                return Err("a span is longer than 16 MiB".to_owned());
            };
            let face = Face::of(span);
            if let Some(service) = face.service {
                *of_services.entry(service).or_default() += 1;
            }
            let start = start as usize;
            spans.push((face.trace_id, start..start + span.len()));
            Ok(())
        })?;
        cutter.finish()?;
        let of_service = match self.service {
            Some(service) => of_services.get(service),
            None => of_services.values().max(),
        };
        let count = cutter.inner_lists as u64;
        let cut = if answer.is_truncated {
            Some(Cut::Said)
        } else if count >= self.limit {
            Some(Cut::Limit)
        } else if SPANS_AT_ONCE.contains(&spans.len()) {
            Some(Cut::Spans)
        } else if of_service.is_some_and(|spans| *spans >= self.limit * ROWS_A_TRACE) {
            Some(Cut::Rows)
        } else {
            None
        };
        Ok(Traces {
            body: answer.body,
            spans,
            count,
            cut,
        })
    }
}

impl Traces {
    /// The spans with their trace ids.
    pub(super) fn spans(&self) -> impl Iterator<Item = (Option<u128>, &[u8])> {
        self.spans
            .iter()
            .map(|(id, range)| (*id, &self.body[range.clone()]))
    }

    /// The trace ids, each once.
    pub(super) fn ids(&self) -> HashSet<u128> {
        self.spans.iter().filter_map(|(id, _)| *id).collect()
    }

    /// A slice of twice the time would still be answered at once.
    pub(super) fn are_few(&self, limit: u64) -> bool {
        self.count < limit / 4 && self.spans.len() < SPANS_AT_ONCE[0] / 4
    }
}

impl Cut {
    /// For people.
    pub(super) const fn told(self) -> &'static str {
        match self {
            Self::Limit => "as many traces as were asked for",
            Self::Rows => "so many spans that an index may have ended",
            Self::Spans => "as many spans as an Elasticsearch or Cassandra gives at once",
            Self::Said => "the server said that it left something out",
            Self::Bytes => {
                "an answer of more than 256 MiB, of which nothing was copied; a smaller --limit helps"
            }
        }
    }
}

const SPANS_AT_ONCE: [usize; 2] = [10_000, 100_000];
const ROWS_A_TRACE: u64 = 3;
