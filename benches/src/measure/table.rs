//! The public table: each figure beside the bar that must be met and the aim beyond it.
use serde_json::{Value, json};

use super::giant::{self, Giant};
use super::questions::{
    ABSENT, DEPENDENCIES, EDGES, HOPS, LOG_LINE, LOOKUP, LOOKUP_ABSENT, NEWEST, RARE_TAG,
    SERVICE_AND_TAG, SERVICE_COUNTS, SERVICE_PAGE, SERVICES, SPAN_NAMES, SUMMARIES, TAG, TRACE,
    TWO_TAGS,
};
use super::readers::Beside;
use super::trial::{DISK, IDLE, PEAK, RESTART, SPANS_PER_CPU_SECOND, Trial};

/// What was run; what was not has its reason.
#[derive(Debug)]
pub struct Runs {
    pub otlp: Result<Trial, String>,
    pub zipkin: Result<Trial, String>,
    /// The same load over gRPC and over HTTP, one after the other.
    pub grpc: Result<(Trial, Trial), String>,
    pub hard: Result<Trial, String>,
    /// As many spans as `otlp`, made while they are sent, as in `large`.
    pub small: Result<Trial, String>,
    /// Ten times as many.
    pub large: Result<Trial, String>,
    pub giant: Result<Giant, String>,
    /// Acknowledgements beside hostile readers.
    pub beside: Result<Beside, String>,
}

/// One row.
#[derive(Debug)]
pub struct Figure {
    name: String,
    unit: Unit,
    bar: f64,
    aim: f64,
    measured: Measured,
}

type Measured = Result<f64, String>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// More is better; less is better of everything else.
    SpansPerCpuSecond,
    Bytes,
    Megabytes,
    Milliseconds,
    Seconds,
    Percent,
    Times,
}

impl Runs {
    /// Every row of the table. Where two runs say something, the worse one counts.
    pub fn figures(&self) -> Vec<Figure> {
        use Unit::{Bytes, Megabytes, Milliseconds, Percent, Seconds, SpansPerCpuSecond, Times};
        let both = [&self.otlp, &self.zipkin];
        let all = match &self.large {
            Ok(_) => vec![&self.otlp, &self.zipkin, &self.large],
            Err(_) => both.to_vec(),
        };
        let asked = |names: &[&str], percent| {
            worst(names.iter().flat_map(|name| {
                both.map(|trial| {
                    trial
                        .as_ref()
                        .map_err(Clone::clone)?
                        .percentile_ms(name, percent)
                })
            }))
        };
        let of = |trials: &[&Result<Trial, String>], name| {
            worst(trials.iter().map(|trial| figure(trial, name)))
        };
        let searches = [SERVICE_AND_TAG, TAG, RARE_TAG, TWO_TAGS].map(|name| {
            let large = self.large.as_ref().map_err(Clone::clone)?;
            large.percentile_ms(name, 99)
        });
        let lookups = [LOOKUP, LOG_LINE, LOOKUP_ABSENT];
        let large_lookups = lookups.map(|name| {
            let large = self.large.as_ref().map_err(Clone::clone)?;
            large.percentile_ms(name, 99)
        });
        let giant = self.giant.as_ref().map(|giant| giant.sum());
        let row = |name: &str, unit, bar, aim, measured| Figure {
            name: name.to_owned(),
            unit,
            bar,
            aim,
            measured,
        };
        let ids = [LOOKUP, RARE_TAG];
        let names = [SERVICES, SPAN_NAMES, DEPENDENCIES];
        let (cpu, ms) = (SpansPerCpuSecond, Milliseconds);
        let of_counts = |name, bar: f64, question| {
            let aim = if bar < 1.0 { bar / 2.0 } else { 1.0 };
            row(name, ms, bar, aim, asked(&[question], 50))
        };
        vec![
            row(
                "OTLP protobuf, spans per CPU-second",
                cpu,
                200e3,
                400e3,
                figure(&self.otlp, SPANS_PER_CPU_SECOND),
            ),
            row(
                "Zipkin v2 JSON, spans per CPU-second",
                cpu,
                130e3,
                250e3,
                figure(&self.zipkin, SPANS_PER_CPU_SECOND),
            ),
            row(
                "cost a span over gRPC against HTTP",
                Percent,
                15.0,
                5.0,
                self.grpc_cost(),
            ),
            row("disk, a span", Bytes, 45.0, 32.0, of(&all, DISK)),
            row(
                "peak RSS at full ingest",
                Megabytes,
                320.0,
                256.0,
                of(&all, PEAK),
            ),
            row(
                "RSS idle after start",
                Megabytes,
                80.0,
                60.0,
                of(&all, IDLE),
            ),
            row("trace by id p50", ms, 0.5, 0.25, asked(&[TRACE], 50)),
            row("trace by id p99", ms, 3.0, 1.5, asked(&[TRACE], 99)),
            row(
                "correlation id or rare tag p50",
                ms,
                1.0,
                0.4,
                asked(&ids, 50),
            ),
            row(
                "correlation id or rare tag p99",
                ms,
                5.0,
                2.0,
                asked(&ids, 99),
            ),
            row(
                "20 newest of a service, whole, p50",
                ms,
                15.0,
                6.0,
                asked(&[NEWEST], 50),
            ),
            row(
                "20 newest of a service, summaries, p50",
                ms,
                6.0,
                2.0,
                asked(&[SUMMARIES], 50),
            ),
            row("absent id p50", ms, 0.3, 0.15, asked(&[ABSENT], 50)),
            row(
                "services, span names, dependencies p50",
                ms,
                5.0,
                1.0,
                asked(&names, 50),
            ),
            row("lookup p50", ms, 1.5, 0.4, asked(&lookups, 50)),
            row(
                "lookup over 10 M spans p99",
                ms,
                10.0,
                2.0,
                worst(large_lookups),
            ),
            of_counts("trace by id, as hops with peers, p50", 0.5, HOPS),
            of_counts("services with latencies p50", 5.0, SERVICE_COUNTS),
            of_counts("one service with latencies p50", 5.0, SERVICE_PAGE),
            of_counts("dependencies with latencies p50", 5.0, EDGES),
            row(
                "attribute search over 10 M spans p99",
                ms,
                100.0,
                20.0,
                worst(searches),
            ),
            row(
                "cost a span at 10 M against 1 M",
                Percent,
                15.0,
                5.0,
                self.growth(),
            ),
            row(
                "start with 10 M spans to first answer",
                Seconds,
                1.0,
                0.3,
                figure(&self.large, RESTART),
            ),
            row(
                "100,000-span trace: write, read, hops",
                Seconds,
                1.0,
                0.3,
                giant.map_err(Clone::clone),
            ),
            row(
                "acknowledgement p99 beside 32 readers",
                Times,
                2.0,
                1.5,
                self.beside
                    .as_ref()
                    .map(|beside| beside.ratio())
                    .map_err(Clone::clone),
            ),
            row(
                "hard data, spans per CPU-second",
                cpu,
                100e3,
                200e3,
                figure(&self.hard, SPANS_PER_CPU_SECOND),
            ),
            row(
                "hard data, disk, a span",
                Bytes,
                120.0,
                100.0,
                figure(&self.hard, DISK),
            ),
        ]
    }

    /// How much more processor time a span costs in the large run than in the small, in percent.
    fn growth(&self) -> Measured {
        let large = figure(&self.large, SPANS_PER_CPU_SECOND)?;
        let small = figure(&self.small, SPANS_PER_CPU_SECOND)?;
        Ok((small / large - 1.0) * 100.0)
    }

    /// How much more processor time a span costs over gRPC than over HTTP, in percent.
    fn grpc_cost(&self) -> Measured {
        let (grpc, http) = self.grpc.as_ref().map_err(Clone::clone)?;
        let http = http.figure(SPANS_PER_CPU_SECOND)?;
        Ok((http / grpc.figure(SPANS_PER_CPU_SECOND)? - 1.0) * 100.0)
    }

    pub fn trials(&self) -> impl Iterator<Item = &Trial> {
        let both = self.grpc.iter().flat_map(|(grpc, http)| [grpc, http]);
        [
            &self.otlp,
            &self.zipkin,
            &self.hard,
            &self.small,
            &self.large,
        ]
        .into_iter()
        .flatten()
        .chain(both)
    }

    /// What is behind the ratio of [`Beside`].
    pub fn beside_line(&self) -> Option<String> {
        let beside = self.beside.as_ref().ok()?;
        Some(format!(
            "\nacknowledgement p99 of 4 writers at full speed: {:.1} ms alone, {:.1} ms beside 32 hostile readers ({} answers)",
            beside.alone_p99, beside.beside_p99, beside.answers
        ))
    }

    /// The parts of the trace of a hundred thousand spans.
    pub fn giant_line(&self) -> Option<String> {
        let giant = self.giant.as_ref().ok()?;
        Some(format!(
            "\none trace of {} spans: written in {:.2} s, read in {:.2} s, as hops in {:.2} s",
            count(giant::SPANS as f64),
            giant.written,
            giant.read,
            giant.hops
        ))
    }
}

impl Figure {
    pub fn head() -> String {
        format!(
            "\n{:<42}{:>10}{:>10}{:>12}   bar   aim",
            "figure", "bar", "aim", "measured"
        )
    }

    pub fn line(&self) -> String {
        let (bar, aim) = (self.unit.text(self.bar), self.unit.text(self.aim));
        let start = format!("{:<42}{bar:>10}{aim:>10}", self.name);
        match &self.measured {
            Ok(value) => format!(
                "{start}{:>12}   {:<5} {}",
                self.unit.text(*value),
                yes(self.unit.meets(*value, self.bar)),
                yes(self.unit.meets(*value, self.aim))
            ),
            Err(why) => format!("{start}   {why}"),
        }
    }

    pub fn json(&self) -> Value {
        match &self.measured {
            Ok(value) => json!({
                "name": self.name,
                "bar": self.bar,
                "aim": self.aim,
                "measured": (value * 1000.0).round() / 1000.0,
                "meets bar": self.unit.meets(*value, self.bar),
                "meets aim": self.unit.meets(*value, self.aim),
            }),
            Err(why) => json!({
                "name": self.name, "bar": self.bar, "aim": self.aim, "not measured": why
            }),
        }
    }
}

impl Unit {
    fn meets(self, measured: f64, wanted: f64) -> bool {
        match self {
            Self::SpansPerCpuSecond => measured >= wanted,
            _ => measured <= wanted,
        }
    }

    fn text(self, value: f64) -> String {
        match self {
            Self::SpansPerCpuSecond => count(value),
            Self::Bytes => format!("{value:.1} B"),
            Self::Megabytes => format!("{value:.0} MB"),
            Self::Milliseconds => format!("{value:.2} ms"),
            Self::Seconds => format!("{value:.2} s"),
            Self::Percent => format!("{value:+.1} %"),
            Self::Times => format!("{value:.2} x"),
        }
    }
}

fn figure(trial: &Result<Trial, String>, name: &str) -> Measured {
    trial.as_ref().map_err(Clone::clone)?.figure(name)
}

fn worst(values: impl IntoIterator<Item = Measured>) -> Measured {
    let values = values.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(values.into_iter().fold(f64::NEG_INFINITY, f64::max))
}

const fn yes(met: bool) -> &'static str {
    if met { "yes" } else { "NO" }
}

/// `1,234,567`.
pub fn count(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_meets_what_it_reaches() {
        for (unit, measured, wanted, met) in [
            (Unit::SpansPerCpuSecond, 200e3, 200e3, true),
            (Unit::SpansPerCpuSecond, 199e3, 200e3, false),
            (Unit::Milliseconds, 0.5, 0.5, true),
            (Unit::Milliseconds, 0.6, 0.5, false),
            (Unit::Percent, -3.0, 5.0, true),
            (Unit::Milliseconds, f64::NAN, 0.5, false),
        ] {
            assert_eq!(unit.meets(measured, wanted), met, "{unit:?} {measured}");
        }
        assert_eq!([12.0, 1234.0, 1e6].map(count), ["12", "1,234", "1,000,000"]);
    }
}
