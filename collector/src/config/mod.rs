//! Every setting. Each is a flag, a variable `HOPLINE_*` and a key of the settings file (the
//! flag's name); a flag wins over a variable, a variable over the file. The only file of the house
//! that reads the environment.
mod base_path;
mod command_line;
mod import;
mod layer;
mod log_links;
mod values;
mod zipkin;
mod zipkin_ui;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::CommandFactory;

pub use base_path::BasePath;
pub use command_line::{Command, CommandLine, Folder, Server, TraceFormat, one_line};
pub use import::{Import, Moment};
pub use layer::Layer;
pub use log_links::{Blank, LogLink, LogLinks, escaped};
pub use values::{Door, Durability, LogFormat, Origins, Period, Rate, Size, StorageKind, Words};
pub use zipkin_ui::ZipkinUi;

/// All settings, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    pub doors: Doors,
    pub store: StoreSettings,
    pub ingest: IngestSettings,
    pub query: QuerySettings,
    pub log_level: String,
    pub log_format: LogFormat,
    /// One line each, for the log.
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Doors {
    /// `host:port`.
    pub http: String,
    pub otlp_http: Option<String>,
    pub otlp_grpc: Option<String>,
    pub connections_max: usize,
    /// `None`: any origin for ingest and `/api/v2`, none for `/api/hopline`.
    pub cors_origins: Option<Origins>,
    pub ui: bool,
    /// Where a reverse proxy shows all this.
    pub base_path: BasePath,
    /// What Zipkin's own page is told.
    pub zipkin_ui: ZipkinUi,
}

#[derive(Clone, Debug)]
pub struct StoreSettings {
    pub kind: StorageKind,
    pub data_dir: PathBuf,
    pub durability: Durability,
    pub retention: Duration,
    pub max_disk: Option<u64>,
    pub memory: Option<u64>,
}

#[derive(Clone, Debug)]
pub struct IngestSettings {
    /// Zipkin's `COLLECTOR_HTTP_ENABLED`.
    pub zipkin: bool,
    /// Zipkin's `COLLECTOR_GRPC_ENABLED`.
    pub zipkin_grpc: bool,
    /// One bad span costs its whole list, as in Zipkin.
    pub zipkin_strict_lists: bool,
    pub body_max: usize,
    pub body_inflated_max: usize,
    pub body_timeout: Duration,
    pub memory: usize,
    pub sample_rate: f32,
}

#[derive(Clone, Debug)]
pub struct QuerySettings {
    pub enabled: bool,
    /// Zipkin's `SEARCH_ENABLED`: off, searches and names answer nothing.
    pub search: bool,
    /// Zipkin's `STRICT_TRACE_ID`: off, traces whose ids agree in the low 64 bits are one.
    pub strict_trace_id: bool,
    pub timeout: Option<Duration>,
    pub lookback_ms: u64,
    pub running_max: usize,
    pub correlation_keys: Vec<String>,
    /// Where the logs of a span are.
    pub log_links: Vec<LogLink>,
    /// Zipkin's `AUTOCOMPLETE_KEYS`, sorted.
    pub autocomplete_keys: Vec<String>,
}

/// A setting that is unknown or impossible; one line that says which.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadSetting(pub String);

/// Bytes of bodies under way, unless another setting says less.
const INGEST_MEMORY_MAX: usize = 256 << 20;

impl Settings {
    /// Settings from the flags (with the variables that clap read), the environment as Zipkin
    /// names it, and the file that they name.
    ///
    /// # Errors
    /// On the first setting that is unknown or impossible.
    pub fn load(flags: Layer) -> Result<Self, BadSetting> {
        let environment: HashMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self::from_sources(flags, &environment)
    }

    /// As [`Self::load`], with the environment given.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn from_sources(
        flags: Layer,
        environment: &HashMap<String, String>,
    ) -> Result<Self, BadSetting> {
        let file = match &flags.config {
            Some(path) => Layer::from_file(path)?,
            None => Layer::default(),
        };
        let zipkin = zipkin::read(environment)?;
        let layer = flags.over(zipkin.layer).over(file);
        let door = |door: Option<Door>, default: &str| match door {
            Some(Door::Off) => None,
            Some(Door::At(address)) => Some(address),
            None => Some(default.to_owned()),
        };
        let http = door(layer.listen, "127.0.0.1:9411").ok_or_else(|| {
            BadSetting("the setting `listen` cannot be `off`: nothing would be served".to_owned())
        })?;
        // Bodies under way are memory too; but one of the largest allowed must always find room.
        let ingest_memory = layer.memory.map_or(INGEST_MEMORY_MAX, |memory| {
            (memory.0 as usize / 2).clamp(96 << 20, INGEST_MEMORY_MAX)
        });
        let mut warnings = zipkin.warnings;
        warnings.extend(unknown_variables(environment));
        Ok(Self {
            doors: Doors {
                http,
                otlp_http: door(layer.otlp_http_listen, "127.0.0.1:4318"),
                otlp_grpc: door(layer.otlp_grpc_listen, "127.0.0.1:4317"),
                connections_max: at_least_one("connections-max", layer.connections_max, 10_000)?,
                cors_origins: layer.cors_origins,
                ui: zipkin.ui,
                base_path: layer.base_path.unwrap_or_default(),
                zipkin_ui: zipkin.page,
            },
            store: StoreSettings {
                kind: layer.storage.unwrap_or(StorageKind::Local),
                data_dir: layer
                    .data_dir
                    .unwrap_or_else(|| PathBuf::from("./hopline-data")),
                durability: layer.durability.unwrap_or(Durability::Fsync),
                retention: positive(
                    "retention",
                    layer.retention,
                    Duration::from_secs(7 * 86_400),
                )?,
                max_disk: layer.max_disk.map(|size| size.0),
                memory: layer.memory.map(|size| size.0),
            },
            ingest: IngestSettings {
                zipkin: zipkin.collector,
                zipkin_grpc: zipkin.collector_grpc,
                zipkin_strict_lists: layer.zipkin_strict_lists.unwrap_or(false),
                body_max: bytes("body-max", layer.body_max, 16 << 20)?,
                body_inflated_max: bytes("body-inflated-max", layer.body_inflated_max, 64 << 20)?,
                body_timeout: positive(
                    "body-timeout",
                    layer.body_timeout,
                    Duration::from_secs(60),
                )?,
                memory: bytes("ingest-memory", layer.ingest_memory, ingest_memory)?,
                sample_rate: layer.sample_rate.map_or(1.0, |rate| rate.0),
            },
            query: QuerySettings {
                enabled: zipkin.query,
                search: zipkin.search,
                strict_trace_id: zipkin.strict_trace_id,
                timeout: match layer.query_timeout.map(|period| period.0) {
                    None => Some(Duration::from_secs(11)),
                    Some(Duration::ZERO) => None,
                    limit => limit,
                },
                lookback_ms: positive("query-lookback", layer.query_lookback, ONE_DAY)?.as_millis()
                    as u64,
                running_max: at_least_one("queries-max", layer.queries_max, 16)?,
                log_links: layer.log_links.unwrap_or_default().0,
                autocomplete_keys: zipkin.autocomplete_keys,
                correlation_keys: layer.correlation_keys.map_or_else(
                    || {
                        CORRELATION_KEYS
                            .iter()
                            .map(|key| (*key).to_owned())
                            .collect()
                    },
                    |words| words.0,
                ),
            },
            log_level: layer.log_level.unwrap_or_else(|| "info".to_owned()),
            log_format: layer.log_format.unwrap_or(LogFormat::Text),
            warnings,
        })
    }
}

/// A mistyped variable would be a setting that silently does nothing.
fn unknown_variables(environment: &HashMap<String, String>) -> Option<String> {
    let command = CommandLine::command();
    let mut known: Vec<&str> = command
        .get_arguments()
        .filter_map(|flag| flag.get_env()?.to_str())
        .collect();
    known.push("HOPLINE_URL");
    let mut unknown: Vec<&str> = environment
        .keys()
        .map(String::as_str)
        .filter(|name| name.starts_with("HOPLINE_") && !known.contains(name))
        .collect();
    unknown.sort_unstable();
    (!unknown.is_empty()).then(|| {
        format!(
            "these variables are no settings of hopline: {}",
            unknown.join(", ")
        )
    })
}

fn at_least_one(name: &str, value: Option<usize>, default: usize) -> Result<usize, BadSetting> {
    match value {
        Some(0) => Err(BadSetting(format!(
            "the setting `{name}` must be at least 1"
        ))),
        value => Ok(value.unwrap_or(default)),
    }
}

fn positive(name: &str, value: Option<Period>, default: Duration) -> Result<Duration, BadSetting> {
    match value.map(|period| period.0) {
        Some(Duration::ZERO) => Err(BadSetting(format!("the setting `{name}` must not be zero"))),
        value => Ok(value.unwrap_or(default)),
    }
}

fn bytes(name: &str, value: Option<Size>, default: usize) -> Result<usize, BadSetting> {
    match value {
        Some(Size(size)) if !(1024..=MEMORY_MAX).contains(&size) => Err(BadSetting(format!(
            "the setting `{name}` must be between 1KiB and 64GiB"
        ))),
        value => Ok(value.map_or(default, |size| size.0 as usize)),
    }
}

const ONE_DAY: Duration = Duration::from_secs(86_400);
const MEMORY_MAX: u64 = 64 << 30;

/// Where request ids are found on spans, in any case: headers as tags, names that applications give
/// them, Envoy's tag, OpenTelemetry's header attributes, Kong's.
const CORRELATION_KEYS: [&str; 13] = [
    "x-request-id",
    "x-correlation-id",
    "request_id",
    "request.id",
    "requestId",
    "correlation_id",
    "correlation.id",
    "correlationId",
    "guid:x-request-id",
    "http.request.header.x-request-id",
    "http.response.header.x-request-id",
    "http.request.header.x-correlation-id",
    "Kong-Request-ID",
];
