//! What people ask a tracing server, timed over HTTP on one connection and checked.
use std::time::{Duration, Instant};

use super::Times;
use super::oracle::{LIMIT, Oracle};
use crate::http::{Answer, Connection, escaped};
use crate::ledger::{CONDITIONS, Entry, Search};
use crate::random::Random;

/// One kind of question and how fast the answers came.
#[derive(Debug)]
pub struct Asked {
    pub name: &'static str,
    pub times: Times,
    /// The first answer that was not as expected, if there was one.
    pub wrong: Option<String>,
}

/// One question of its kind.
struct Draw<'a> {
    oracle: &'a Oracle<'a>,
    /// A trace drawn from those sent.
    entry: &'a Entry,
    turn: usize,
    /// Milliseconds since the epoch.
    now: u64,
}

struct Question {
    name: &'static str,
    /// Zipkin has it too.
    of_zipkin: bool,
    path: fn(&Draw<'_>) -> String,
    check: fn(&Draw<'_>, &Answer) -> Result<(), String>,
}

/// What a server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    Hopline,
    Zipkin,
}

/// So often each, or as often as fits into the time: a slow server would never be done.
pub const ASKED_EACH: usize = 1000;
const PATIENCE: Duration = Duration::from_secs(4);

pub const TRACE: &str = "trace by id";
pub const HOPS: &str = "trace by id, as hops";
pub const LOOKUP: &str = "correlation id, no service";
pub const RARE_TAG: &str = "rare tag, no service";
pub const ABSENT: &str = "absent id";
pub const NEWEST: &str = "20 newest of a service";
pub const SUMMARIES: &str = "20 newest of a service, summaries";
pub const SERVICE_AND_TAG: &str = "common tag of a service";
pub const TAG: &str = "common tag, no service";
pub const TWO_TAGS: &str = "two tags, no service";
pub const SERVICES: &str = "services";
pub const SPAN_NAMES: &str = "span names";
pub const DEPENDENCIES: &str = "dependencies";

pub const LOG_LINE: &str = "lookup of a log line";
pub const LOOKUP_ABSENT: &str = "lookup of an absent id";
pub const SERVICE_COUNTS: &str = "services with latencies";
pub const SERVICE_PAGE: &str = "one service with latencies";
pub const EDGES: &str = "dependencies with latencies";

const QUESTIONS: [Question; 18] = [
    Question {
        name: TRACE,
        of_zipkin: true,
        path: |draw| trace_path(draw.entry),
        check: |draw, answer| draw.oracle.trace(draw.entry, answer),
    },
    Question {
        name: HOPS,
        of_zipkin: false,
        path: |draw| format!("/api/hopline/traces/{:032x}", draw.entry.known.trace_id),
        check: |draw, answer| draw.oracle.hops(draw.entry, answer),
    },
    Question {
        name: LOOKUP,
        of_zipkin: false,
        path: |draw| format!("/api/hopline/lookup?q={}", draw.entry.known.request_id()),
        check: |draw, answer| draw.oracle.lookup(draw.entry, answer),
    },
    Question {
        name: RARE_TAG,
        of_zipkin: true,
        path: |draw| {
            let query = escaped(&format!("enduser.id={}", draw.entry.known.user_id()));
            format!("/api/v2/traces?annotationQuery={query}&limit={LIMIT}")
        },
        check: |draw, answer| draw.oracle.user(draw.entry, answer),
    },
    Question {
        name: ABSENT,
        of_zipkin: true,
        path: |draw| format!("/api/v2/trace/{:032x}", !draw.entry.known.trace_id),
        check: |_, answer| match answer.status {
            404 => Ok(()),
            status => Err(format!("{status} instead of 404")),
        },
    },
    Question {
        name: NEWEST,
        of_zipkin: true,
        path: |draw| search_path(draw.condition(Search::Service)),
        check: |draw, answer| {
            let place = draw.condition(Search::Service);
            draw.oracle.search(place, answer)
        },
    },
    Question {
        name: SUMMARIES,
        of_zipkin: false,
        path: |draw| {
            let service = CONDITIONS[draw.condition(Search::Service)].service;
            let service = service.unwrap_or_default();
            format!("/api/hopline/search?service={service}&limit={LIMIT}")
        },
        check: |draw, answer| {
            let place = draw.condition(Search::Service);
            draw.oracle.summaries(place, answer)
        },
    },
    Question {
        name: SERVICE_AND_TAG,
        of_zipkin: true,
        path: |draw| search_path(draw.condition(Search::ServiceAndTag)),
        check: |draw, answer| {
            let place = draw.condition(Search::ServiceAndTag);
            draw.oracle.search(place, answer)
        },
    },
    Question {
        name: TAG,
        of_zipkin: true,
        path: |draw| search_path(draw.condition(Search::Tag)),
        check: |draw, answer| {
            let place = draw.condition(Search::Tag);
            draw.oracle.search(place, answer)
        },
    },
    Question {
        name: TWO_TAGS,
        of_zipkin: true,
        path: |draw| search_path(draw.condition(Search::TwoTags)),
        check: |draw, answer| {
            let place = draw.condition(Search::TwoTags);
            draw.oracle.search(place, answer)
        },
    },
    Question {
        name: SERVICES,
        of_zipkin: true,
        path: |_| "/api/v2/services".to_owned(),
        check: |draw, answer| draw.oracle.services(answer),
    },
    Question {
        name: SPAN_NAMES,
        of_zipkin: true,
        path: |draw| format!("/api/v2/spans?serviceName={}", draw.service()),
        check: |draw, answer| draw.oracle.span_names(draw.service(), answer),
    },
    Question {
        name: DEPENDENCIES,
        of_zipkin: true,
        path: |draw| format!("/api/v2/dependencies?endTs={}&lookback=86400000", draw.now),
        check: |draw, answer| draw.oracle.dependencies(answer),
    },
    Question {
        name: LOG_LINE,
        of_zipkin: false,
        path: |draw| {
            let line = format!(
                "12:00:01.337 WARN 1 --- [nio-8080-exec-7] c.shop.orders.Retry : request_id={} took 1431 ms",
                draw.entry.known.request_id()
            );
            format!("/api/hopline/lookup?q={}", escaped(&line))
        },
        check: |draw, answer| draw.oracle.lookup(draw.entry, answer),
    },
    Question {
        name: LOOKUP_ABSENT,
        of_zipkin: false,
        path: |draw| format!("/api/hopline/lookup?q=no-{}", draw.entry.known.request_id()),
        check: |draw, answer| draw.oracle.nothing(answer),
    },
    Question {
        name: SERVICE_COUNTS,
        of_zipkin: false,
        path: |draw| format!("/api/hopline/services?{}", draw.day()),
        check: |draw, answer| draw.oracle.counts(answer),
    },
    Question {
        name: SERVICE_PAGE,
        of_zipkin: false,
        path: |draw| format!("/api/hopline/services/{}?{}", draw.service(), draw.day()),
        check: |draw, answer| draw.oracle.service(draw.service(), answer),
    },
    Question {
        name: EDGES,
        of_zipkin: false,
        path: |draw| format!("/api/hopline/dependencies?{}", draw.day()),
        check: |draw, answer| draw.oracle.edges(answer),
    },
];

impl Draw<'_> {
    /// The place of a condition of this kind, each in its turn.
    fn condition(&self, kind: Search) -> usize {
        let mut places = (0..CONDITIONS.len()).filter(|place| CONDITIONS[*place].kind == kind);
        let count = places.clone().count();
        places.nth(self.turn % count).unwrap_or(0)
    }

    /// The last 24 hours, as our API spells them.
    fn day(&self) -> String {
        format!("from={}&to={}", self.now - 86_400_000, self.now)
    }

    fn service(&self) -> &'static str {
        let mut services = self.oracle.ledger.names.keys();
        let turn = self.turn % services.len().max(1);
        services.nth(turn).copied().unwrap_or_default()
    }
}

/// Where a trace is read in Zipkin's form.
pub fn trace_path(entry: &Entry) -> String {
    format!("/api/v2/trace/{:032x}", entry.known.trace_id)
}

fn search_path(place: usize) -> String {
    let condition = CONDITIONS[place];
    let mut path = format!("/api/v2/traces?limit={LIMIT}");
    if let Some(service) = condition.service {
        path += &format!("&serviceName={service}");
    }
    let tags: Vec<_> = condition
        .tags
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    if !tags.is_empty() {
        path += &format!("&annotationQuery={}", escaped(&tags.join(" and ")));
    }
    path
}

/// Asks every question that the server knows, for traces drawn from those that were sent. `now`
/// in milliseconds since the epoch. Of a kind with a wrong answer no time counts.
pub fn ask(address: &str, api: Api, oracle: &Oracle<'_>, now: u64) -> Vec<Asked> {
    let mut connection = Connection::to(address);
    QUESTIONS
        .iter()
        .filter(|question| api == Api::Hopline || question.of_zipkin)
        .map(|question| ask_one(&mut connection, question, oracle, now))
        .collect()
}

fn ask_one(
    connection: &mut Connection,
    question: &Question,
    oracle: &Oracle<'_>,
    now: u64,
) -> Asked {
    let mut random = Random::seeded(42);
    let mut asked = Asked {
        name: question.name,
        times: Times::default(),
        wrong: None,
    };
    let first = Instant::now();
    for turn in 0..ASKED_EACH {
        if first.elapsed() > PATIENCE {
            break;
        }
        let draw = Draw {
            oracle,
            entry: random.pick(&oracle.ledger.traces),
            turn,
            now,
        };
        let path = (question.path)(&draw);
        let began = Instant::now();
        let answer = connection.get(&path);
        asked.times.add(began.elapsed());
        let verdict = match answer {
            Ok(answer) => (question.check)(&draw, &answer),
            Err(error) => Err(error.to_string()),
        };
        if let Err(mut wrong) = verdict {
            wrong.truncate(wrong.floor_char_boundary(400));
            asked.wrong = Some(format!("{path}: {wrong}"));
            break;
        }
    }
    asked
}
