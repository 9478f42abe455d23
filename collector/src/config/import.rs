//! What `hopline import` is told: from where, into where, and which stretch of time.
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use time::format_description::well_known::{Iso8601, Rfc3339};
use time::{Date, OffsetDateTime, Time};

use super::values::{Period, Words};

/// The flags of `hopline import`.
#[derive(Debug, Args)]
pub struct Import {
    /// JSON files of Zipkin spans, v1 or v2, plain or gzip: lists, lists of lists, or one value a
    /// line; `-` is standard input
    #[arg(
        value_name = "FILE",
        required_unless_present = "from",
        conflicts_with = "from"
    )]
    pub files: Vec<PathBuf>,
    /// The Zipkin server to copy from, such as http://old-zipkin:9411; a user and password may
    /// stand in it: http://user:password@old-zipkin:9411
    #[arg(long, value_name = "URL")]
    pub from: Option<String>,
    /// The running hopline to copy into
    #[arg(
        long,
        env = "HOPLINE_URL",
        hide_env_values = true,
        value_name = "URL",
        default_value = "http://127.0.0.1:9411"
    )]
    pub to: String,
    /// The oldest to copy: a period back from now, a day or a time, such as 30d, 2026-08-01 or
    /// 2026-08-01T12:00:00Z [default: 7d]
    #[arg(
        long,
        visible_alias = "lookback",
        value_name = "WHEN",
        conflicts_with = "files"
    )]
    pub since: Option<Moment>,
    /// The newest to copy, spelled as --since [default: now]
    #[arg(long, value_name = "WHEN", conflicts_with = "files")]
    pub until: Option<Moment>,
    /// Only traces of these services, comma separated [default: all traces]
    #[arg(long, value_name = "NAMES", conflicts_with = "files")]
    pub services: Option<Words>,
    /// Remembers how far it came, so that the same command goes on where it stopped; removed at
    /// the end [default: ./hopline-import-HOST.json]
    #[arg(long, value_name = "FILE", conflicts_with = "files")]
    pub state: Option<PathBuf>,
    /// Traces to ask for at once; where there are more, shorter stretches of time are asked for
    /// [default: 1000]
    #[arg(long, value_name = "COUNT", conflicts_with = "files",
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: Option<u32>,
    /// How long to try again when a server is overloaded or does not answer
    #[arg(long, value_name = "PERIOD", default_value = "1m")]
    pub patience: Period,
}

/// A point in time, as somebody spells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// As it was spelled.
    pub text: String,
    at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Milliseconds before now.
    Back(u64),
    /// Milliseconds since the epoch.
    Exactly(u64),
}

impl Moment {
    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn ms(&self, now_ms: u64) -> u64 {
        match self.at {
            At::Back(ms) => now_ms.saturating_sub(ms),
            At::Exactly(ms) => ms,
        }
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = if let Ok(Period(period)) = text.parse() {
            At::Back(u64::try_from(period.as_millis()).map_err(|_| expected())?)
        } else if text.len() >= EPOCH_MS_DIGITS_MIN && text.bytes().all(|b| b.is_ascii_digit()) {
            At::Exactly(text.parse().map_err(|_| expected())?)
        } else {
            let time = OffsetDateTime::parse(text, &Rfc3339)
                .or_else(|_| {
                    let day = Date::parse(text, &Iso8601::DATE)?;
                    Ok(day.with_time(Time::MIDNIGHT).assume_utc())
                })
                .map_err(|_: time::error::Parse| expected())?;
            let ms = time.unix_timestamp_nanos() / 1_000_000;
            At::Exactly(u64::try_from(ms).map_err(|_| expected())?)
        };
        let text = text.to_owned();
        Ok(Self { text, at })
    }
}

fn expected() -> String {
    "expected a period back from now such as 7d, a day such as 2026-08-01, a time such as \
     2026-08-01T12:00:00Z, or milliseconds since 1970"
        .to_owned()
}

/// Fewer digits are a forgotten unit, not milliseconds since 1970.
const EPOCH_MS_DIGITS_MIN: usize = 11;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let now_ms = 1_800_000_000_000;
        for (text, ms) in [
            ("0", Some(now_ms)),
            ("7d", Some(now_ms - 604_800_000)),
            ("2026-08-01", Some(1_785_542_400_000)),
            ("2026-08-01T00:00:00Z", Some(1_785_542_400_000)),
            ("2026-08-01T09:00:00.5+09:00", Some(1_785_542_400_500)),
            ("1785542400000", Some(1_785_542_400_000)),
            ("7", None),
            ("1960-01-01", None),
            ("2026-13-01", None),
            ("yesterday", None),
            ("", None),
            ("99999999999999999999999", None),
        ] {
            let moment: Result<Moment, String> = text.parse();
            assert_eq!(moment.ok().map(|moment| moment.ms(now_ms)), ms, "{text}");
        }
    }
}
