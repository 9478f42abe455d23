//! Hopline beside the real Zipkin server: the same requests, the same questions, the same checks.
use serde_json::{Value, json};

use super::questions::{
    ABSENT, DEPENDENCIES, NEWEST, RARE_TAG, SERVICE_AND_TAG, SERVICES, SPAN_NAMES, TAG, TRACE,
    TWO_TAGS,
};
use super::table::count;
use super::trial::{IDLE, PEAK, SPANS, SPANS_PER_CPU_SECOND, Trial};
use super::zipkin_server::VERSION;

/// One thing that both can do.
struct Row {
    name: String,
    hopline: Result<f64, String>,
    zipkin: Result<f64, String>,
    more_is_better: bool,
}

const ASKED: [&str; 10] = [
    TRACE,
    ABSENT,
    RARE_TAG,
    TAG,
    SERVICE_AND_TAG,
    TWO_TAGS,
    NEWEST,
    SERVICES,
    SPAN_NAMES,
    DEPENDENCIES,
];

fn rows(hopline: &Trial, zipkin: &Trial) -> Vec<Row> {
    let figures = [SPANS_PER_CPU_SECOND, PEAK, IDLE].map(|name| Row {
        name: name.to_owned(),
        hopline: hopline.figure(name),
        zipkin: zipkin.figure(name),
        more_is_better: name == SPANS_PER_CPU_SECOND,
    });
    let asked = ASKED.map(|name| Row {
        name: format!("{name}, p50 ms"),
        hopline: hopline.percentile_ms(name, 50),
        zipkin: zipkin.percentile_ms(name, 50),
        more_is_better: false,
    });
    figures.into_iter().chain(asked).collect()
}

impl Row {
    /// How many times better Hopline is.
    fn times_better(&self) -> Option<f64> {
        let (hopline, zipkin) = (self.hopline.as_ref().ok()?, self.zipkin.as_ref().ok()?);
        Some(if self.more_is_better {
            hopline / zipkin
        } else {
            zipkin / hopline
        })
    }
}

pub fn lines(hopline: &Trial, zipkin: &Trial) -> Vec<String> {
    let spans = count(hopline.figure(SPANS).unwrap_or(f64::NAN));
    let mut lines = vec![
        format!(
            "\nside by side: the same {spans} spans of {}; Hopline on disk, fsynced and indexed; Zipkin in \
             memory only",
            hopline.format.name()
        ),
        format!(
            "{:<42}{:>12}{:>14}{:>14}",
            "",
            "Hopline",
            format!("Zipkin {VERSION}"),
            "times better"
        ),
    ];
    for row in rows(hopline, zipkin) {
        let better = row
            .times_better()
            .map_or_else(|| "–".to_owned(), |times| format!("{times:.1}"));
        lines.push(format!(
            "{:<42}{:>12}{:>14}{better:>14}",
            row.name,
            text(&row.hopline),
            text(&row.zipkin)
        ));
    }
    lines
}

pub fn json(hopline: &Trial, zipkin: &Trial) -> Value {
    let rows: Vec<_> = rows(hopline, zipkin)
        .iter()
        .map(|row| {
            json!({
                "name": row.name,
                "hopline": row.hopline.as_ref().ok(),
                "zipkin": row.zipkin.as_ref().ok(),
                "times better": row.times_better().map(|times| (times * 100.0).round() / 100.0),
            })
        })
        .collect();
    json!({ "zipkin": VERSION, "rows": rows, "run": zipkin.json() })
}

fn text(value: &Result<f64, String>) -> String {
    match value {
        Ok(value) if *value >= 1000.0 => count(*value),
        Ok(value) => format!("{value:.2}"),
        Err(_) => "void".to_owned(),
    }
}
