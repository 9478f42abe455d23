//! What was sent and acknowledged, in the memory of the test, and whether a server still has it.
use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::client::Connection;
use crate::server::Doors;
use crate::spans::{BEGAN_MICROS, REQUESTS, Round, TRACES};

/// What the sender of a request knows about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fate {
    #[default]
    Unsent,
    /// Sent, and no answer came: it must be there as a whole or not at all.
    Unknown,
    Acknowledged,
}

pub(crate) type Fates = [Fate; REQUESTS];

pub(crate) struct Ledger {
    pub(crate) seed: u64,
    fates: Mutex<BTreeMap<u64, Fates>>,
}

/// What a verification saw.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) spans: usize,
    pub(crate) searches: usize,
    /// Acknowledged spans that are not there, or not as they were sent.
    pub(crate) lost: usize,
    pub(crate) complaints: Vec<String>,
}

impl Ledger {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            fates: Mutex::default(),
        }
    }

    pub(crate) fn note(&self, round: Round, request: usize, fate: Fate) {
        let mut fates = self.fates.lock().expect("no writer panicked");
        let known = &mut fates.entry(round.number).or_default()[request];
        // A request that was acknowledged once stays so, whatever becomes of its repetition.
        if *known != Fate::Acknowledged {
            *known = fate;
        }
    }

    /// All rounds from this number on.
    pub(crate) fn rounds_from(&self, number: u64) -> Vec<(Round, Fates)> {
        let fates = self.fates.lock().expect("no writer panicked");
        fates
            .range(number..)
            .map(|(number, fates)| {
                (
                    Round {
                        seed: self.seed,
                        number: *number,
                    },
                    *fates,
                )
            })
            .collect()
    }

    /// A round of which both requests are acknowledged, near the one that the number picks.
    pub(crate) fn acknowledged_round(&self, pick: u64) -> Option<Round> {
        let fates = self.fates.lock().expect("no writer panicked");
        let (last, _) = fates.last_key_value()?;
        let is_whole = |fates: &Fates| *fates == [Fate::Acknowledged; REQUESTS];
        fates
            .range(pick % (last + 1)..)
            .find(|(_, fates)| is_whole(fates))
            .map(|(number, _)| Round {
                seed: self.seed,
                number: *number,
            })
    }

    /// Asks the server for every span of these rounds, by id and, where `search` says so, by tags.
    pub(crate) fn verify(
        &self,
        doors: Doors,
        rounds: &[(Round, Fates)],
        search: impl Fn(usize) -> bool + Sync,
    ) -> Findings {
        let findings = Mutex::new(Findings::default());
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..READERS {
                scope.spawn(|| {
                    let mut reader = Reader::open(doors);
                    loop {
                        let position = next.fetch_add(1, Ordering::Relaxed);
                        let Some((round, fates)) = rounds.get(position) else {
                            break;
                        };
                        reader
                            .check(*round, *fates, search(position))
                            .expect("the server answers");
                    }
                    findings
                        .lock()
                        .expect("no reader panicked")
                        .add(reader.findings);
                });
            }
        });
        findings.into_inner().expect("no reader panicked")
    }
}

impl Findings {
    pub(crate) fn add(&mut self, other: Self) {
        self.spans += other.spans;
        self.searches += other.searches;
        self.lost += other.lost;
        self.complaints.extend(other.complaints);
    }

    pub(crate) fn assert_clean(&self, when: &str) {
        let count = self.complaints.len();
        let first = self
            .complaints
            .iter()
            .take(10)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n  ");
        assert!(
            count == 0,
            "{when}: {} spans lost, {count} complaints, the first:\n  {first}",
            self.lost
        );
    }
}

/// A client that asks and keeps what it found.
pub(crate) struct Reader {
    connection: Connection,
    pub(crate) findings: Findings,
}

impl Reader {
    pub(crate) fn open(doors: Doors) -> Self {
        let connection = Connection::open(doors.http);
        Self {
            connection,
            findings: Findings::default(),
        }
    }

    fn get(&mut self, path: &str) -> io::Result<Value> {
        let answer = self.connection.ask("GET", path, &[], b"")?;
        match answer.status {
            200 => Ok(answer.json()),
            404 => Ok(Value::Null),
            status => panic!("{path}: {status} {}", answer.text()),
        }
    }

    /// Given who knows what about the two requests, are the spans there that must be, and no other?
    /// Fails when the server is gone.
    pub(crate) fn check(&mut self, round: Round, fates: Fates, search: bool) -> io::Result<()> {
        let mut shown: [Vec<Value>; TRACES] = Default::default();
        for (trace, shown) in shown.iter_mut().enumerate() {
            let id = round.trace_id(trace);
            let mut answer = self.get(&format!("/api/hopline/traces/{id}?skew=raw"))?;
            if let Value::Array(spans) = answer["spans"].take() {
                *shown = spans;
            }
        }
        let mut left = shown.clone();
        for (request, fate) in fates.into_iter().enumerate() {
            let expected = round.expected(request);
            let mut there = 0;
            for (trace, span) in &expected {
                if let Some(position) = left[*trace].iter().position(|shown| shown == span) {
                    left[*trace].swap_remove(position);
                    there += 1;
                }
            }
            self.judge(round, request, fate, (there, expected.len()));
        }
        for (trace, span) in left
            .iter()
            .enumerate()
            .flat_map(|(t, left)| left.iter().map(move |s| (t, s)))
        {
            let id = round.trace_id(trace);
            self.complain(format!(
                "round {} trace {id}: not sent, or there twice: {span}",
                round.number
            ));
        }
        for (trace, spans) in shown.iter().enumerate().filter(|_| search) {
            self.search(&round.trace_id(trace), spans)?;
        }
        Ok(())
    }

    fn judge(&mut self, round: Round, request: usize, fate: Fate, (there, all): (usize, usize)) {
        let number = round.number;
        match fate {
            Fate::Acknowledged => {
                self.findings.spans += all;
                self.findings.lost += all - there;
                if there < all {
                    self.complain(format!(
                        "round {number} request {request}: {} of {all} acknowledged spans lost",
                        all - there
                    ));
                }
            }
            Fate::Unknown if there != 0 && there != all => {
                self.complain(format!(
                    "round {number} request {request}: {there} of {all}, half a batch"
                ));
            }
            Fate::Unsent if there != 0 => {
                self.complain(format!(
                    "round {number} request {request}: there, but never sent"
                ));
            }
            Fate::Unknown | Fate::Unsent => {}
        }
    }

    /// A trace that can be read can be found, by all the unique tags that its spans have together.
    /// And whoever has its correlation id gets it.
    fn search(&mut self, id: &str, spans: &[Value]) -> io::Result<()> {
        let tags: Vec<(&str, &str)> = spans
            .iter()
            .flat_map(|span| span["attributes"].as_array().into_iter().flatten())
            .filter_map(|pair| Some((pair["key"].as_str()?, pair["value"].as_str()?)))
            .collect();
        for (_, value) in tags.iter().filter(|(key, _)| *key == "correlationId") {
            let found = self.get(&format!("/api/hopline/lookup?q={value}"))?;
            self.findings.searches += 1;
            if found["matches"][0]["traceId"] != id || found["matches"][1] != Value::Null {
                self.complain(format!("trace {id} is not what {value} gives: {found}"));
            }
        }
        let conditions: Vec<String> = tags
            .iter()
            .filter(|(key, _)| key.starts_with("crash."))
            .map(|(key, value)| format!("{key}%3D{value}"))
            .collect();
        if conditions.is_empty() {
            return Ok(());
        }
        self.findings.searches += 1;
        let (end, lookback) = (BEGAN_MICROS / 1_000 + 3_600_000, 7_200_000);
        let question = conditions.join("%20and%20");
        let found = self.get(&format!(
            "/api/v2/traces?annotationQuery={question}&endTs={end}&lookback={lookback}&limit=10"
        ))?;
        if sorted_ids(&found[0], "id") != sorted_ids(&Value::from(spans), "spanId")
            || found[0][0]["traceId"] != id
            || found[1] != Value::Null
        {
            self.complain(format!("trace {id} is not found by {question}: {found}"));
        }
        Ok(())
    }

    fn complain(&mut self, text: String) {
        self.findings.complaints.push(text);
    }
}

fn sorted_ids(spans: &Value, key: &str) -> Vec<String> {
    let spans = spans.as_array().into_iter().flatten();
    let mut ids: Vec<String> = spans.map(|span| span[key].to_string()).collect();
    ids.sort();
    ids
}

const READERS: usize = 4;
