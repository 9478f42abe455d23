//! Zipkin's own variables, so that the environment of a Zipkin deployment can be kept.
use std::collections::{BTreeSet, HashMap};
use std::str::FromStr;
use std::time::Duration;

use super::values::{Door, Period, StorageKind};
use super::zipkin_ui::ZipkinUi;
use super::{BadSetting, Layer};

/// What Zipkin's variables say.
pub(super) struct ZipkinVariables {
    pub(super) layer: Layer,
    pub(super) query: bool,
    pub(super) search: bool,
    pub(super) strict_trace_id: bool,
    pub(super) ui: bool,
    pub(super) collector: bool,
    pub(super) collector_grpc: bool,
    /// Tags whose values are completed, sorted.
    pub(super) autocomplete_keys: Vec<String>,
    pub(super) page: ZipkinUi,
    pub(super) warnings: Vec<String>,
}

pub(super) fn read(environment: &HashMap<String, String>) -> Result<ZipkinVariables, BadSetting> {
    let text = |name: &str| text(environment, name);
    let query = switch("QUERY_ENABLED", text("QUERY_ENABLED"))?.unwrap_or(true);
    let collector_name = if text("COLLECTOR_HTTP_ENABLED").is_some() {
        "COLLECTOR_HTTP_ENABLED"
    } else {
        "HTTP_COLLECTOR_ENABLED"
    };
    let layer = Layer {
        listen: parsed::<u16>("QUERY_PORT", text("QUERY_PORT"))?
            .map(|port| Door::At(format!("127.0.0.1:{port}"))),
        cors_origins: parsed(
            "ZIPKIN_QUERY_ALLOWED_ORIGINS",
            environment
                .get("ZIPKIN_QUERY_ALLOWED_ORIGINS")
                .map(String::as_str),
        )?,
        base_path: parsed("ZIPKIN_UI_BASEPATH", text("ZIPKIN_UI_BASEPATH"))?,
        storage: (text("STORAGE_TYPE") == Some("mem")).then_some(StorageKind::Memory),
        sample_rate: parsed("COLLECTOR_SAMPLE_RATE", text("COLLECTOR_SAMPLE_RATE"))?,
        query_timeout: parsed("QUERY_TIMEOUT", text("QUERY_TIMEOUT"))?,
        // Zipkin counts the lookback in milliseconds.
        query_lookback: parsed::<u64>("QUERY_LOOKBACK", text("QUERY_LOOKBACK"))?
            .map(|millis| Period(Duration::from_millis(millis))),
        correlation_keys: parsed("CORRELATION_KEYS", text("CORRELATION_KEYS"))?,
        log_level: text("QUERY_LOG_LEVEL").map(str::to_lowercase),
        ..Layer::default()
    };
    let search = switch("SEARCH_ENABLED", text("SEARCH_ENABLED"))?.unwrap_or(true);
    Ok(ZipkinVariables {
        layer,
        query,
        search,
        autocomplete_keys: words(text("AUTOCOMPLETE_KEYS")),
        page: ZipkinUi::read(environment, search)?,
        strict_trace_id: switch("STRICT_TRACE_ID", text("STRICT_TRACE_ID"))?.unwrap_or(true),
        ui: switch("UI_ENABLED", text("UI_ENABLED"))?.unwrap_or(query),
        collector_grpc: switch("COLLECTOR_GRPC_ENABLED", text("COLLECTOR_GRPC_ENABLED"))?
            .unwrap_or(true),
        collector: switch(collector_name, text(collector_name))?.unwrap_or(true),
        warnings: not_honoured(environment).into_iter().collect(),
    })
}

/// A variable's value; an empty one is none.
pub(super) fn text<'a>(environment: &'a HashMap<String, String>, name: &str) -> Option<&'a str> {
    let value = environment.get(name).map(String::as_str);
    value.filter(|value| !value.is_empty())
}

fn words(list: Option<&str>) -> Vec<String> {
    let words = list.unwrap_or_default().split(',').map(str::trim);
    let words: BTreeSet<&str> = words.filter(|word| !word.is_empty()).collect();
    words.into_iter().map(str::to_owned).collect()
}

/// One line that names the variables of Zipkin that are set and change nothing here.
fn not_honoured(environment: &HashMap<String, String>) -> Option<String> {
    let mut names: Vec<String> = environment
        .iter()
        .filter(|(name, value)| {
            NOT_HONOURED.contains(&name.as_str())
                || NOT_HONOURED_PREFIXES
                    .iter()
                    .any(|prefix| name.starts_with(prefix))
                || (name.as_str() == "STORAGE_TYPE" && value.as_str() != "mem")
        })
        .map(|(name, _)| name.clone())
        .collect();
    names.sort_unstable();
    (!names.is_empty()).then(|| {
        format!(
            "these variables of Zipkin are set but change nothing here: {}",
            names.join(", ")
        )
    })
}

pub(super) fn parsed<T: FromStr>(name: &str, text: Option<&str>) -> Result<Option<T>, BadSetting>
where
    T::Err: std::fmt::Display,
{
    text.map(str::parse::<T>)
        .transpose()
        .map_err(|error| BadSetting(format!("the variable {name}: {error}")))
}

pub(super) fn switch(name: &str, text: Option<&str>) -> Result<Option<bool>, BadSetting> {
    match text.map(str::to_lowercase).as_deref() {
        None => Ok(None),
        Some("true" | "on" | "yes" | "1") => Ok(Some(true)),
        Some("false" | "off" | "no" | "0") => Ok(Some(false)),
        Some(_) => Err(BadSetting(format!(
            "the variable {name}: expected `true` or `false`"
        ))),
    }
}

const NOT_HONOURED: [&str; 12] = [
    "AUTOCOMPLETE_TTL",
    "COLLECTOR_ACTIVEMQ_ENABLED",
    "COLLECTOR_KAFKA_ENABLED",
    "COLLECTOR_PORT",
    "COLLECTOR_PULSAR_ENABLED",
    "COLLECTOR_RABBITMQ_ENABLED",
    "COLLECTOR_SCRIBE_ENABLED",
    "DISCOVERY_EUREKA_ENABLED",
    "ES_HOSTS",
    "ES_INDEX",
    "MEM_MAX_SPANS",
    "ZIPKIN_QUERY_NAMES_MAX_AGE",
];

const NOT_HONOURED_PREFIXES: [&str; 9] = [
    "CASSANDRA_",
    "KAFKA_",
    "MYSQL_",
    "PULSAR_",
    "RABBIT_",
    "SCRIBE_",
    "SELF_TRACING_",
    "STORAGE_THROTTLE_",
    "ACTIVEMQ_",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn settings(variables: &[(&str, &str)]) -> Result<Settings, BadSetting> {
        let environment = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::from_sources(Layer::default(), &environment.collect())
    }

    #[test]
    fn the_environment_of_a_zipkin_deployment_is_understood() {
        let settings = settings(&[
            ("QUERY_PORT", "9999"),
            ("QUERY_TIMEOUT", "100ms"),
            ("QUERY_LOOKBACK", "60000"),
            ("STORAGE_TYPE", "mem"),
            ("QUERY_ENABLED", "false"),
            ("STRICT_TRACE_ID", "false"),
            ("KAFKA_BOOTSTRAP_SERVERS", "k:9092"),
        ])
        .expect("they are all fine");
        assert_eq!(settings.doors.http, "127.0.0.1:9999");
        assert_eq!(settings.query.timeout, Some(Duration::from_millis(100)));
        assert_eq!(settings.query.lookback_ms, 60_000);
        assert_eq!(settings.store.kind, StorageKind::Memory);
        assert!(!settings.query.enabled && !settings.doors.ui);
        assert!(!settings.query.strict_trace_id);
        let warning = settings.warnings.join("\n");
        assert!(
            warning.ends_with("here: KAFKA_BOOTSTRAP_SERVERS"),
            "{warning}"
        );
    }

    /// The settings of `zipkin-server-shared.yml` (3.6.1) for the transports that are not here.
    #[test]
    fn whoever_sends_by_a_transport_that_is_not_here_reads_it_in_the_log() {
        for (transport, variables) in [
            (
                "COLLECTOR_SCRIBE_ENABLED",
                "SCRIBE_ENABLED SCRIBE_CATEGORY COLLECTOR_PORT",
            ),
            (
                "COLLECTOR_KAFKA_ENABLED",
                "KAFKA_BOOTSTRAP_SERVERS KAFKA_TOPIC KAFKA_GROUP_ID KAFKA_STREAMS",
            ),
            (
                "COLLECTOR_RABBITMQ_ENABLED",
                "RABBIT_ADDRESSES RABBIT_CONCURRENCY RABBIT_CONNECTION_TIMEOUT RABBIT_PASSWORD \
                 RABBIT_QUEUE RABBIT_USER RABBIT_VIRTUAL_HOST RABBIT_USE_SSL RABBIT_URI",
            ),
            (
                "COLLECTOR_ACTIVEMQ_ENABLED",
                "ACTIVEMQ_URL ACTIVEMQ_QUEUE ACTIVEMQ_CONCURRENCY ACTIVEMQ_USERNAME \
                 ACTIVEMQ_PASSWORD",
            ),
            (
                "COLLECTOR_PULSAR_ENABLED",
                "PULSAR_SERVICE_URL PULSAR_TOPIC PULSAR_SUBSCRIPTION_NAME PULSAR_CONCURRENCY",
            ),
        ] {
            for name in variables.split_whitespace().chain([transport]) {
                let warnings = settings(&[(name, "x")]).expect(name).warnings;
                assert_eq!(warnings.len(), 1, "{name}: {warnings:?}");
                assert!(
                    warnings[0].ends_with(&format!("here: {name}")),
                    "{warnings:?}"
                );
            }
        }
        assert!(settings(&[]).expect("nothing is set").warnings.is_empty());
    }

    #[test]
    fn an_impossible_value_names_its_variable() {
        for (name, value) in [
            ("QUERY_PORT", "http"),
            ("COLLECTOR_SAMPLE_RATE", "1.5"),
            ("QUERY_ENABLED", "maybe"),
            ("ZIPKIN_UI_BASEPATH", "tracing"),
        ] {
            let error = settings(&[(name, value)]).expect_err(name).to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
