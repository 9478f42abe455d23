//! What people ask a tracing server, timed over HTTP on one connection.
use std::time::{Duration, Instant};

use super::Times;
use crate::generate::Known;
use crate::http::{Connection, escaped};
use crate::random::Random;

/// One kind of question and how fast the answers came.
#[derive(Debug)]
pub struct Asked {
    pub name: &'static str,
    pub times: Times,
    /// The first answer that was not as expected, if there was one.
    pub wrong: Option<String>,
}

struct Question {
    name: &'static str,
    path: fn(&Known, u64) -> String,
    expected: Expected,
}

enum Expected {
    /// 200 and at least one thing in it.
    Something,
    Absent,
}

const ASKED_EACH: usize = 200;
/// A slow server is asked less often, or the run would never end.
const PATIENCE: Duration = Duration::from_secs(5);

const QUESTIONS: [Question; 10] = [
    Question {
        name: "zipkin: trace by id",
        path: |known, _| format!("/api/v2/trace/{:032x}", known.trace_id),
        expected: Expected::Something,
    },
    Question {
        name: "hopline: trace by id",
        path: |known, _| format!("/api/hopline/traces/{:032x}", known.trace_id),
        expected: Expected::Something,
    },
    Question {
        name: "hopline: by correlation id",
        path: |known, _| format!("/api/hopline/lookup?q={}", known.request_id()),
        expected: Expected::Something,
    },
    Question {
        name: "zipkin: by service",
        path: |known, _| format!("/api/v2/traces?serviceName={}&limit=20", service(known)),
        expected: Expected::Something,
    },
    Question {
        name: "hopline: by service",
        path: |known, _| format!("/api/hopline/search?service={}&limit=20", service(known)),
        expected: Expected::Something,
    },
    Question {
        name: "zipkin: rare tag, no service",
        path: |known, _| {
            let query = escaped(&format!("enduser.id={}", known.user_id()));
            format!("/api/v2/traces?annotationQuery={query}&limit=20")
        },
        expected: Expected::Something,
    },
    Question {
        name: "zipkin: absent id",
        path: |known, _| format!("/api/v2/trace/{:032x}", !known.trace_id),
        expected: Expected::Absent,
    },
    Question {
        name: "zipkin: services",
        path: |_, _| "/api/v2/services".to_owned(),
        expected: Expected::Something,
    },
    Question {
        name: "zipkin: span names",
        path: |known, _| format!("/api/v2/spans?serviceName={}", service(known)),
        expected: Expected::Something,
    },
    Question {
        name: "zipkin: dependencies",
        path: |_, now| format!("/api/v2/dependencies?endTs={now}&lookback=3600000"),
        expected: Expected::Something,
    },
];

/// Asks every question for traces drawn from those that were sent. `now` in milliseconds.
pub fn ask(address: &str, known: &[Known], now: u64) -> Vec<Asked> {
    let mut connection = Connection::to(address);
    QUESTIONS
        .iter()
        .map(|question| {
            let mut random = Random::seeded(42);
            let mut asked = Asked {
                name: question.name,
                times: Times::default(),
                wrong: None,
            };
            let first = Instant::now();
            for _ in 0..ASKED_EACH {
                if first.elapsed() > PATIENCE {
                    break;
                }
                let path = (question.path)(random.pick(known), now);
                let began = Instant::now();
                let answer = connection.get(&path);
                asked.times.add(began.elapsed().as_nanos() as u64);
                asked.wrong = match (answer, &question.expected) {
                    (Err(error), _) => Some(error.to_string()),
                    (Ok(answer), Expected::Absent) if answer.status == 404 => continue,
                    (Ok(answer), Expected::Something)
                        if answer.status == 200 && !is_empty(&answer.body) =>
                    {
                        continue;
                    }
                    (Ok(answer), _) => Some(format!(
                        "{path}: {}, {} B",
                        answer.status,
                        answer.body.len()
                    )),
                };
                break;
            }
            asked
        })
        .collect()
}

fn is_empty(body: &[u8]) -> bool {
    match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(serde_json::Value::Array(values)) => values.is_empty(),
        Ok(value) => ["matches", "traces"].iter().any(|key| {
            value
                .get(key)
                .and_then(|v| v.as_array())
                .is_some_and(Vec::is_empty)
        }),
        Err(_) => true,
    }
}

/// Busy and quiet ones in turn.
const fn service(known: &Known) -> &'static str {
    const ASKED: [&str; 4] = ["orders", "web", "payment", "catalog"];
    ASKED[(known.request % 4) as usize]
}
