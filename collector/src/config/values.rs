//! How settings are spelled: sizes, periods, addresses and choices.
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

/// A place to listen, or none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Door {
    Off,
    /// `host:port`.
    At(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum StorageKind {
    Local,
    Memory,
}

/// What an acknowledged span survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Durability {
    Fsync,
    Interval(Duration),
    Os,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum LogFormat {
    Text,
    Json,
}

/// Bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Size(pub u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Period(pub Duration);

/// A share between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Rate(pub f32);

/// Origins of pages in browsers, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Origins {
    Any,
    These(Vec<String>),
}

/// A list of words, comma separated.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Words(pub Vec<String>);

impl FromStr for Door {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let (host, port) = text.rsplit_once(':').unwrap_or_default();
        if host.is_empty() || port.parse::<u16>().is_err() {
            return Err("expected an address and a port such as 127.0.0.1:9411".to_owned());
        }
        Ok(Self::At(text.to_owned()))
    }
}

impl FromStr for StorageKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "local" => Ok(Self::Local),
            "memory" => Ok(Self::Memory),
            _ => Err("expected `local` or `memory`".to_owned()),
        }
    }
}

impl FromStr for Durability {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None if text == "fsync" => Ok(Self::Fsync),
            None if text == "os" => Ok(Self::Os),
            Some(("interval", period)) => match period.parse::<Period>()?.0 {
                Duration::ZERO => Err("the interval must not be zero".to_owned()),
                period => Ok(Self::Interval(period)),
            },
            _ => Err("expected `fsync`, `interval=50ms` or `os`".to_owned()),
        }
    }
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("expected `text` or `json`".to_owned()),
        }
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, unit) = number_and_unit(text);
        let factor = match unit {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            "TiB" => 1_u64 << 40,
            "kB" | "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "TB" => 1_000_000_000_000,
            _ => return Err(SIZE_EXPECTED.to_owned()),
        };
        let number: u64 = number.parse().map_err(|_| SIZE_EXPECTED.to_owned())?;
        number
            .checked_mul(factor)
            .map(Self)
            .ok_or_else(|| SIZE_EXPECTED.to_owned())
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, unit) = number_and_unit(text);
        let nanos_per_unit = match unit {
            "ns" => 1.0,
            "us" | "µs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3_600e9,
            "d" => 86_400e9,
            "" if number == "0" => 1.0,
            _ => return Err(PERIOD_EXPECTED.to_owned()),
        };
        let number: f64 = number.parse().map_err(|_| PERIOD_EXPECTED.to_owned())?;
        let nanos = number * nanos_per_unit;
        if nanos >= u64::MAX as f64 {
            return Err(PERIOD_EXPECTED.to_owned());
        }
        Ok(Self(Duration::from_nanos(nanos.round() as u64)))
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<f32>() {
            Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(Self(rate)),
            _ => Err(format!("rate should be between 0 and 1: was {text}")),
        }
    }
}

impl FromStr for Origins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let origins = text.parse::<Words>()?.0;
        if origins.iter().any(|origin| origin == "*") {
            return Ok(Self::Any);
        }
        if let Some(bad) = origins.iter().find(|origin| !origin.contains("://")) {
            return Err(format!(
                "expected origins such as https://ui.example, not {bad}"
            ));
        }
        Ok(Self::These(
            origins.iter().map(|origin| origin.to_lowercase()).collect(),
        ))
    }
}

impl FromStr for Words {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = text
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty());
        Ok(Self(words.map(str::to_owned).collect()))
    }
}

impl TryFrom<String> for Door {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for StorageKind {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for Durability {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for LogFormat {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for Period {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for Rate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for Origins {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for Words {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

fn number_and_unit(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

const SIZE_EXPECTED: &str = "expected a size such as 512MiB or 20GB";
const PERIOD_EXPECTED: &str = "expected a period such as 7d, 12h, 30s or 250ms";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_and_sizes() {
        for (text, nanos) in [
            ("0", Some(0)),
            ("250ms", Some(250_000_000)),
            ("1.5s", Some(1_500_000_000)),
            ("7d", Some(604_800_000_000_000)),
            ("7", None),
            ("", None),
            ("-1s", None),
            ("99999999999d", None),
        ] {
            let period = text
                .parse::<Period>()
                .ok()
                .map(|period| period.0.as_nanos());
            assert_eq!(period, nanos, "{text}");
        }
        for (text, bytes) in [
            ("1024", Some(1024)),
            ("2GiB", Some(2 << 30)),
            ("1 kB", Some(1000)),
            ("1.5GiB", None),
        ] {
            assert_eq!(
                text.parse::<Size>().ok().map(|size| size.0),
                bytes,
                "{text}"
            );
        }
    }

    #[test]
    fn addresses() {
        assert_eq!("off".parse(), Ok(Door::Off));
        assert!("[::1]:0".parse::<Door>().is_ok());
        for bad in ["9411", ":9411", "localhost", "localhost:99999"] {
            assert!(bad.parse::<Door>().is_err(), "{bad}");
        }
    }
}
