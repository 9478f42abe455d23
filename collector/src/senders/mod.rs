//! Who is sending: a row for each program, format and transport, with what came of it and why not.
//! The first thing to look at when spans are missing.
//!
//! What is kept is bounded whatever clients call themselves: [`SENDERS_MAX`] rows. A new sender takes
//! the row of one that was silent for [`SILENT_MS`]; when all rows are in use it is counted in the
//! row of all others, so that a flood of invented names cannot push the honest ones out.
mod agent;
mod heard;
mod row;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use actix_web::{HttpResponse, web};
use serde_json::json;
use storage::time::Clock;

use crate::failure::Failure;
use row::Row;

pub use heard::{Heard, Way};

/// All senders since the start.
pub struct Senders {
    clock: Clock,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    /// By folded `User-Agent`; few programs send in several formats.
    rows: HashMap<Box<str>, Vec<Row>>,
    count: usize,
    others: Option<Row>,
    /// Requests that were counted in the row of all others when they came.
    others_requests: u64,
    /// No row is silent long enough before this time: the table need not be looked through.
    full_until_ms: u64,
}

/// What the metrics say of the table.
pub struct Size {
    pub rows: u64,
    pub others_requests: u64,
}

impl Senders {
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            table: Mutex::default(),
        }
    }

    /// Notes a request at its end; `failure` when it was refused whole.
    pub fn note(&self, heard: Heard<'_>, failure: Option<&Failure>) {
        let now_ms = self.clock.now_ms();
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.note(heard, failure, now_ms);
    }

    pub fn size(&self) -> Size {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        Size {
            rows: table.count as u64,
            others_requests: table.others_requests,
        }
    }

    /// The latest first.
    fn json(&self) -> serde_json::Value {
        let (mut rows, others, others_requests) = {
            let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
            let rows: Vec<(Box<str>, Row)> = table
                .rows
                .iter()
                .flat_map(|(agent, rows)| rows.iter().map(|row| (agent.clone(), row.clone())))
                .collect();
            (rows, table.others.clone(), table.others_requests)
        };
        rows.sort_by(|(agent, row), (other_agent, other)| {
            (other.last_ms.cmp(&row.last_ms)).then_with(|| agent.cmp(other_agent))
        });
        let senders = rows.iter().map(|(agent, row)| row.json(agent));
        json!({
            "senders": senders.collect::<Vec<_>>(),
            "sendersMax": SENDERS_MAX,
            "others": others.map(|row| row.json("")),
            "othersRequests": others_requests,
        })
    }
}

impl Table {
    fn note(&mut self, heard: Heard<'_>, failure: Option<&Failure>, now_ms: u64) {
        let way = (heard.way, heard.format);
        let known = self
            .rows
            .get_mut(&*heard.agent)
            .and_then(|rows| rows.iter_mut().find(|row| row.way == Some(way)));
        if let Some(row) = known {
            return row.note(heard, failure, now_ms);
        }
        if !self.has_room(now_ms) {
            self.others_requests += 1;
            let others = &mut self.others;
            let others = others.get_or_insert_with(|| Row::new(None, now_ms));
            return others.note(heard, failure, now_ms);
        }
        let mut row = Row::new(Some(way), now_ms);
        let agent = heard.agent.clone();
        row.note(heard, failure, now_ms);
        self.rows.entry(agent.into()).or_default().push(row);
        self.count += 1;
    }

    /// Is there room for one more row? Makes it, if a sender has been silent for long.
    fn has_room(&mut self, now_ms: u64) -> bool {
        if self.count < SENDERS_MAX {
            return true;
        }
        if now_ms < self.full_until_ms {
            return false;
        }
        let all = self.rows.iter().flat_map(|(agent, rows)| {
            let places = rows.iter().enumerate();
            places.map(move |(place, row)| (row.last_ms, agent, place))
        });
        let Some((last_ms, agent, place)) = all.min_by_key(|(last_ms, ..)| *last_ms) else {
            return true;
        };
        self.full_until_ms = last_ms.saturating_add(SILENT_MS);
        if now_ms < self.full_until_ms {
            return false;
        }
        let agent = agent.clone();
        if let Some(rows) = self.rows.get_mut(&agent) {
            let silent = rows.swap_remove(place);
            if rows.is_empty() {
                self.rows.remove(&agent);
            }
            let others = &mut self.others;
            others
                .get_or_insert_with(|| Row::new(None, silent.first_ms))
                .absorb(&silent);
            self.count -= 1;
        }
        true
    }
}

/// `GET /api/hopline/senders`.
pub async fn answer(senders: web::Data<Senders>) -> HttpResponse {
    HttpResponse::Ok().json(senders.json())
}

const SENDERS_MAX: usize = 1_000;
/// Ten minutes: exporters send every few seconds.
const SILENT_MS: u64 = 600_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureKind;

    fn note(table: &mut Table, agent: &str, now_ms: u64) {
        let mut heard = Heard::new(agent.as_bytes(), Way::Http, "otlp_json");
        heard.accepted = 1;
        table.note(heard, None, now_ms);
    }

    fn accepted(table: &Table) -> u64 {
        let rows = table.rows.values().flatten().chain(&table.others);
        rows.map(|row| row.json("")["spansAccepted"].as_u64().unwrap())
            .sum()
    }

    #[test]
    fn a_flood_of_names_leaves_the_rows_of_others_alone() {
        let mut table = Table::default();
        note(&mut table, "honest/1", 0);
        for number in 0..5_000 {
            note(&mut table, &format!("flood/{number}"), 1_000);
        }
        assert_eq!((table.count, table.others_requests), (SENDERS_MAX, 4_001));
        assert!(table.rows.contains_key("honest/1"));
        // Known ones are counted on, unknown ones wait until a row has been silent for long.
        note(&mut table, "honest/1", 2_000);
        note(&mut table, "late/1", 1_000 + SILENT_MS - 1);
        assert!(!table.rows.contains_key("late/1"));
        note(&mut table, "late/1", 1_000 + SILENT_MS);
        assert!(table.rows.contains_key("late/1"));
        assert!(table.rows.contains_key("honest/1"));
        assert_eq!((table.count, table.others_requests), (SENDERS_MAX, 4_002));
        assert_eq!(accepted(&table), 5_004);
        let kept: usize = table.rows.values().map(Vec::len).sum();
        assert_eq!(kept, table.count);
    }

    #[test]
    fn one_program_in_two_formats_is_two_senders() {
        let mut table = Table::default();
        for (way, format) in [
            (Way::Http, "a"),
            (Way::Grpc, "a"),
            (Way::Http, "b"),
            (Way::Http, "a"),
        ] {
            let failure = Failure::new(FailureKind::TooLarge, "x".repeat(9_000));
            table.note(Heard::new(b"p/1", way, format), Some(&failure), 7);
        }
        assert_eq!((table.count, table.rows["p/1"].len()), (3, 3));
        let row = table.rows["p/1"][0].json("p/1");
        assert_eq!(row["requestsRefused"], json!({"too_large": 2}));
        assert_eq!(row["lastRefusal"]["text"].as_str().unwrap().len(), 512);
        assert_eq!(
            (&row["lastAcceptedMs"], &row["lastMs"]),
            (&json!(null), &json!(7))
        );
    }
}
