//! The settings of one source, flags, variables or file, and how one source lies over another.
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use super::BadSetting;
use super::base_path::BasePath;
use super::log_links::LogLinks;
use super::values::{Door, Durability, LogFormat, Origins, Period, Rate, Size, StorageKind, Words};

/// The settings of one source; what is absent is left to the next source. The names of the fields
/// are the names of the flags and of the keys in the file.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Layer {
    /// Where HTTP is served: Zipkin, OTLP, queries and the UI [default: 127.0.0.1:9411]
    #[arg(
        long,
        env = "HOPLINE_LISTEN",
        value_name = "ADDRESS",
        help_heading = "Doors"
    )]
    pub(super) listen: Option<Door>,
    /// Where OTLP over HTTP is served too; `off` closes it [default: 127.0.0.1:4318]
    #[arg(
        long,
        env = "HOPLINE_OTLP_HTTP_LISTEN",
        value_name = "ADDRESS|off",
        help_heading = "Doors"
    )]
    pub(super) otlp_http_listen: Option<Door>,
    /// Where OTLP over gRPC is served too; `off` closes it [default: 127.0.0.1:4317]
    #[arg(
        long,
        env = "HOPLINE_OTLP_GRPC_LISTEN",
        value_name = "ADDRESS|off",
        help_heading = "Doors"
    )]
    pub(super) otlp_grpc_listen: Option<Door>,
    /// The most connections at one time [default: 10000]
    #[arg(
        long,
        env = "HOPLINE_CONNECTIONS_MAX",
        value_name = "COUNT",
        help_heading = "Doors"
    )]
    pub(super) connections_max: Option<usize>,
    /// Browser origins that may call everything, comma separated, or `*`; without it any origin
    /// may send spans and use /api/v2, and none may use /api/hopline
    #[arg(
        long,
        env = "HOPLINE_CORS_ORIGINS",
        value_name = "ORIGINS",
        help_heading = "Doors"
    )]
    pub(super) cors_origins: Option<Origins>,
    /// The path below which a reverse proxy shows it, such as /tracing, whether the proxy takes the
    /// path away or not [default: /]
    #[arg(
        long,
        env = "HOPLINE_BASE_PATH",
        value_name = "PATH",
        help_heading = "Doors"
    )]
    pub(super) base_path: Option<BasePath>,

    /// Where spans live: `local` (on disk) or `memory` [default: local]
    #[arg(
        long,
        env = "HOPLINE_STORAGE",
        value_name = "KIND",
        help_heading = "Storage"
    )]
    pub(super) storage: Option<StorageKind>,
    /// The folder of the local store [default: ./hopline-data]
    #[arg(
        long,
        env = "HOPLINE_DATA_DIR",
        value_name = "FOLDER",
        help_heading = "Storage"
    )]
    pub(super) data_dir: Option<PathBuf>,
    /// What an acknowledged span survives: `fsync` a power cut, `interval=50ms` a power cut but
    /// for the last moments, `os` a crash of the process [default: fsync]
    #[arg(
        long,
        env = "HOPLINE_DURABILITY",
        value_name = "HOW",
        help_heading = "Storage"
    )]
    pub(super) durability: Option<Durability>,
    /// How long spans are kept [default: 7d]
    #[arg(
        long,
        env = "HOPLINE_RETENTION",
        value_name = "PERIOD",
        help_heading = "Storage"
    )]
    pub(super) retention: Option<Period>,
    /// The most bytes on disk; the oldest spans go first [default: no limit]
    #[arg(
        long,
        env = "HOPLINE_MAX_DISK",
        value_name = "SIZE",
        help_heading = "Storage"
    )]
    pub(super) max_disk: Option<Size>,
    /// Memory for the store's caches [default: a share of the machine]
    #[arg(
        long,
        env = "HOPLINE_MEMORY",
        value_name = "SIZE",
        help_heading = "Storage"
    )]
    pub(super) memory: Option<Size>,

    /// The largest request body as sent [default: 16MiB]
    #[arg(
        long,
        env = "HOPLINE_BODY_MAX",
        value_name = "SIZE",
        help_heading = "Ingest"
    )]
    pub(super) body_max: Option<Size>,
    /// The largest request body once it is inflated [default: 64MiB]
    #[arg(
        long,
        env = "HOPLINE_BODY_INFLATED_MAX",
        value_name = "SIZE",
        help_heading = "Ingest"
    )]
    pub(super) body_inflated_max: Option<Size>,
    /// How long a client may take to send a body [default: 60s]
    #[arg(
        long,
        env = "HOPLINE_BODY_TIMEOUT",
        value_name = "PERIOD",
        help_heading = "Ingest"
    )]
    pub(super) body_timeout: Option<Period>,
    /// Bytes of all bodies under way; beyond it clients are told to come back [default: half of
    /// --memory, 96MiB to 256MiB]
    #[arg(
        long,
        env = "HOPLINE_INGEST_MEMORY",
        value_name = "SIZE",
        help_heading = "Ingest"
    )]
    pub(super) ingest_memory: Option<Size>,
    /// The share of traces to keep, 0 to 1; the trace id decides [default: 1]
    #[arg(
        long,
        env = "HOPLINE_SAMPLE_RATE",
        value_name = "RATE",
        help_heading = "Ingest"
    )]
    pub(super) sample_rate: Option<Rate>,
    /// Refuse a whole Zipkin list for one bad span, as Zipkin does [default: keep the good ones]
    #[arg(
        long,
        env = "HOPLINE_ZIPKIN_STRICT_LISTS",
        num_args = 0..=1,
        default_missing_value = "true",
        value_name = "BOOL",
        help_heading = "Ingest"
    )]
    pub(super) zipkin_strict_lists: Option<bool>,

    /// How long a query may take; 0 is no limit [default: 11s]
    #[arg(
        long,
        env = "HOPLINE_QUERY_TIMEOUT",
        value_name = "PERIOD",
        help_heading = "Query"
    )]
    pub(super) query_timeout: Option<Period>,
    /// How far back /api/v2 looks when it is not told [default: 1d]
    #[arg(
        long,
        env = "HOPLINE_QUERY_LOOKBACK",
        value_name = "PERIOD",
        help_heading = "Query"
    )]
    pub(super) query_lookback: Option<Period>,
    /// The most queries that run at one time [default: 16]
    #[arg(
        long,
        env = "HOPLINE_QUERIES_MAX",
        value_name = "COUNT",
        help_heading = "Query"
    )]
    pub(super) queries_max: Option<usize>,
    /// The keys that a lookup searches, in any case, comma separated; also CORRELATION_KEYS [default:
    /// x-request-id, request_id … ]
    #[arg(
        long,
        env = "HOPLINE_CORRELATION_KEYS",
        value_name = "KEYS",
        help_heading = "Query"
    )]
    pub(super) correlation_keys: Option<Words>,
    /// Links from a span to its logs, with white space between them: NAME=https://HOST/PATH?q={traceId},
    /// also with {spanId}, {service}, {startMs}, {endMs} and {tag:NAME}, or NAME=loki:https://HOST#UID,
    /// kibana:https://HOST, cloud-logging:PROJECT, datadog:https://HOST (docs/lookup.md)
    #[arg(
        long,
        env = "HOPLINE_LOG_LINKS",
        value_name = "LINKS",
        help_heading = "Query"
    )]
    pub(super) log_links: Option<LogLinks>,

    /// error, warn, info, debug, trace, or a filter such as `info,storage=debug` [default: info]
    #[arg(
        long,
        env = "HOPLINE_LOG_LEVEL",
        value_name = "LEVEL",
        help_heading = "Log"
    )]
    pub(super) log_level: Option<String>,
    /// `text` or `json` [default: text]
    #[arg(
        long,
        env = "HOPLINE_LOG_FORMAT",
        value_name = "FORMAT",
        help_heading = "Log"
    )]
    pub(super) log_format: Option<LogFormat>,

    /// A settings file in TOML; its keys are the flags' names
    #[arg(long, env = "HOPLINE_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub(super) config: Option<PathBuf>,
}

impl Layer {
    /// This layer, with what it leaves open taken from a lower one.
    #[must_use]
    pub(super) fn over(self, lower: Self) -> Self {
        Self {
            listen: self.listen.or(lower.listen),
            otlp_http_listen: self.otlp_http_listen.or(lower.otlp_http_listen),
            otlp_grpc_listen: self.otlp_grpc_listen.or(lower.otlp_grpc_listen),
            connections_max: self.connections_max.or(lower.connections_max),
            cors_origins: self.cors_origins.or(lower.cors_origins),
            base_path: self.base_path.or(lower.base_path),
            storage: self.storage.or(lower.storage),
            data_dir: self.data_dir.or(lower.data_dir),
            durability: self.durability.or(lower.durability),
            retention: self.retention.or(lower.retention),
            max_disk: self.max_disk.or(lower.max_disk),
            memory: self.memory.or(lower.memory),
            body_max: self.body_max.or(lower.body_max),
            body_inflated_max: self.body_inflated_max.or(lower.body_inflated_max),
            body_timeout: self.body_timeout.or(lower.body_timeout),
            ingest_memory: self.ingest_memory.or(lower.ingest_memory),
            sample_rate: self.sample_rate.or(lower.sample_rate),
            zipkin_strict_lists: self.zipkin_strict_lists.or(lower.zipkin_strict_lists),
            query_timeout: self.query_timeout.or(lower.query_timeout),
            query_lookback: self.query_lookback.or(lower.query_lookback),
            queries_max: self.queries_max.or(lower.queries_max),
            correlation_keys: self.correlation_keys.or(lower.correlation_keys),
            log_links: self.log_links.or(lower.log_links),
            log_level: self.log_level.or(lower.log_level),
            log_format: self.log_format.or(lower.log_format),
            config: self.config.or(lower.config),
        }
    }

    /// The layer that a settings file holds.
    pub(super) fn from_file(path: &Path) -> Result<Self, BadSetting> {
        let name = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            BadSetting(format!("the settings file {name} cannot be read: {error}"))
        })?;
        toml::from_str(&text).map_err(|error| {
            let line = error
                .span()
                .map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            let reason = error.message().replace('\n', " ");
            BadSetting(format!("the settings file {name}, line {line}: {reason}"))
        })
    }
}
