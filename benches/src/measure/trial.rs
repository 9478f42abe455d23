//! One server under one load: what it cost, and what it answered afterwards.
use std::borrow::Borrow;

use serde_json::{Value, json};

use super::load::{self, Sent};
use super::questions::{ASKED_EACH, Asked};
use super::server::Server;
use super::traffic::Format;
use crate::http::Connection;
use crate::ledger::Ledger;

#[derive(Debug)]
pub struct Trial {
    pub title: String,
    pub format: Format,
    /// How it was known that the server was at rest.
    settled: &'static str,
    figures: Vec<(&'static str, f64)>,
    asked: Vec<Asked>,
}

pub const SPANS: &str = "spans";
pub const SPANS_PER_CPU_SECOND: &str = "spans per cpu-second";
pub const DISK: &str = "disk bytes a span";
pub const IDLE: &str = "resident MB, idle";
pub const PEAK: &str = "resident MB, peak";
pub const RESTART: &str = "restart to first answer, s";

impl Trial {
    /// Waits for rest, lets `send` do its work, and waits for rest again: what a server postpones
    /// is counted.
    ///
    /// # Errors
    /// When a request fails, or the server does not say that it took every span.
    pub fn run<L: Borrow<Ledger>>(
        title: String,
        format: Format,
        server: &Server,
        send: impl FnOnce(&str) -> (Result<Sent, String>, L),
    ) -> Result<(Self, L), String> {
        load::settle(server)?;
        let (idle, cpu_before) = (server.process.resident_mb(), server.process.cpu_seconds());
        let (sent, ledger) = send(&server.address);
        let sent = sent?;
        let settled = load::settle(server)?;
        let cpu_seconds = server.process.cpu_seconds() - cpu_before;
        let peak = server.process.resident_peak_mb();
        let sums: &Ledger = ledger.borrow();
        took_all(&server.address, sums.spans)?;
        let spans = sums.spans as f64;
        let figures = vec![
            (SPANS, spans),
            ("spans a trace", spans / sums.traces.len() as f64),
            ("attributes a span", sums.attributes as f64 / spans),
            ("bytes sent a span", sent.bytes as f64 / spans),
            ("cpu seconds", cpu_seconds),
            (SPANS_PER_CPU_SECOND, spans / cpu_seconds),
            ("spans per second, wall", spans / sent.seconds),
            ("acknowledged p50 ms", sent.acknowledged.percentile_ms(50)),
            ("acknowledged p99 ms", sent.acknowledged.percentile_ms(99)),
            ("asked to wait", sent.retries as f64),
            (IDLE, idle),
            (PEAK, peak),
        ];
        let trial = Self {
            title,
            format,
            settled,
            figures,
            asked: Vec::new(),
        };
        Ok((trial, ledger))
    }

    pub fn add(&mut self, name: &'static str, value: f64) {
        self.figures.push((name, value));
    }

    pub fn answered(&mut self, asked: Vec<Asked>) {
        self.asked = asked;
    }

    /// # Errors
    /// When it was not measured.
    pub fn figure(&self, name: &str) -> Result<f64, String> {
        self.figures
            .iter()
            .find(|(own, _)| *own == name)
            .map(|(_, value)| *value)
            .ok_or_else(|| "not measured".to_owned())
    }

    /// How fast a kind of question was answered, in milliseconds.
    ///
    /// # Errors
    /// When it was not asked, or an answer was wrong.
    pub fn percentile_ms(&self, name: &str, percent: usize) -> Result<f64, String> {
        let asked = self.asked.iter().find(|asked| asked.name == name);
        let asked = asked.ok_or("not asked")?;
        match &asked.wrong {
            Some(_) => Err("an answer was wrong".to_owned()),
            None => Ok(asked.times.percentile_ms(percent)),
        }
    }

    /// Every figure and every kind of question, line by line.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("\n{} · at rest: {}", self.title, self.settled)];
        for (name, value) in &self.figures {
            lines.push(format!("  {name:<36}{value:>14.1}"));
        }
        if !self.asked.is_empty() {
            lines.push(format!(
                "  {:<36}{:>10}{:>10}",
                "over HTTP, in ms", "p50", "p99"
            ));
        }
        for asked in &self.asked {
            let (name, times) = (asked.name, &asked.times);
            lines.push(match &asked.wrong {
                Some(wrong) => format!("  {name:<36}  void: {wrong}"),
                None => format!(
                    "  {name:<36}{:>10.2}{:>10.2}{}",
                    times.percentile_ms(50),
                    times.percentile_ms(99),
                    if times.count() < ASKED_EACH {
                        format!("   ({} asked)", times.count())
                    } else {
                        String::new()
                    }
                ),
            });
        }
        lines
    }

    pub fn json(&self) -> Value {
        let figures: serde_json::Map<_, _> = self
            .figures
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!((value * 100.0).round() / 100.0)))
            .collect();
        let answers: serde_json::Map<_, _> = self
            .asked
            .iter()
            .map(|asked| {
                let value = match &asked.wrong {
                    Some(_) => Value::Null,
                    None => json!({
                        "asked": asked.times.count(),
                        "p50 ms": asked.times.percentile_ms(50),
                        "p99 ms": asked.times.percentile_ms(99),
                    }),
                };
                (asked.name.to_owned(), value)
            })
            .collect();
        json!({
            "title": self.title,
            "format": self.format.name(),
            "settled": self.settled,
            "figures": figures,
            "answers": answers,
        })
    }
}

/// Zipkin acknowledges before it stores, so that its counters have the last word. Who was asked to
/// come again is counted as dropped, and as taken each time.
fn took_all(address: &str, spans: usize) -> Result<(), String> {
    let answer = Connection::to(address).get("/metrics");
    let answer = answer.map_err(|error| error.to_string())?;
    let metrics: Value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
    let total = |name: &str| {
        let prefix = format!("counter.zipkin_collector.{name}.");
        let counters = metrics.as_object().into_iter().flatten();
        counters
            .filter(|(key, _)| key.starts_with(&prefix))
            .filter_map(|(_, value)| value.as_f64())
            .sum::<f64>()
    };
    let (taken, dropped) = (total("spans"), total("spans_dropped"));
    if taken - dropped == spans as f64 {
        return Ok(());
    }
    Err(format!(
        "the server counts {taken} spans taken and {dropped} dropped of {spans} sent"
    ))
}
