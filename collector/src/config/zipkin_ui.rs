//! The settings of Zipkin's own page, Lens, by their variables `ZIPKIN_UI_*`: they are served as
//! `/zipkin/config.json`.
use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use super::BadSetting;
use super::zipkin::{parsed, switch, text};

/// What Lens asks for when it starts. Absent texts are null there.
#[derive(Clone, Debug, PartialEq)]
pub struct ZipkinUi {
    pub environment: String,
    pub query_limit: u32,
    pub default_lookback_ms: u64,
    pub search_enabled: bool,
    pub logs_url: Option<String>,
    pub support_url: Option<String>,
    pub archive_post_url: Option<String>,
    pub archive_url: Option<String>,
    pub dependency_enabled: bool,
    pub dependency_low_error_rate: f64,
    pub dependency_high_error_rate: f64,
}

impl ZipkinUi {
    /// `search` is what the server itself does.
    pub(super) fn read(
        environment: &HashMap<String, String>,
        search: bool,
    ) -> Result<Self, BadSetting> {
        let url = |name: &str| text(environment, name).map(str::to_owned);
        let enabled = |name: &str| switch(name, text(environment, name));
        Ok(Self {
            environment: url("ZIPKIN_UI_ENVIRONMENT").unwrap_or_default(),
            query_limit: number(environment, "ZIPKIN_UI_QUERY_LIMIT", 10)?,
            default_lookback_ms: number(environment, "ZIPKIN_UI_DEFAULT_LOOKBACK", 900_000)?,
            search_enabled: enabled("ZIPKIN_UI_SEARCH_ENABLED")?.unwrap_or(search),
            logs_url: url("ZIPKIN_UI_LOGS_URL"),
            support_url: url("ZIPKIN_UI_SUPPORT_URL"),
            archive_post_url: url("ZIPKIN_UI_ARCHIVE_POST_URL"),
            archive_url: url("ZIPKIN_UI_ARCHIVE_URL"),
            dependency_enabled: enabled("ZIPKIN_UI_DEPENDENCY_ENABLED")?.unwrap_or(true),
            dependency_low_error_rate: number(
                environment,
                "ZIPKIN_UI_DEPENDENCY_LOW_ERROR_RATE",
                0.5,
            )?,
            dependency_high_error_rate: number(
                environment,
                "ZIPKIN_UI_DEPENDENCY_HIGH_ERROR_RATE",
                0.75,
            )?,
        })
    }
}

fn number<T: FromStr>(
    environment: &HashMap<String, String>,
    name: &str,
    default: T,
) -> Result<T, BadSetting>
where
    T::Err: Display,
{
    parsed(name, text(environment, name)).map(|value| value.unwrap_or(default))
}
