//! The command line: what `hopline` can be told to do.
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::{BadSetting, Import, Layer, Settings};

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "hopline",
    version,
    about = "Collects traces from Zipkin and OpenTelemetry clients, keeps them and answers questions about them.",
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_long_help = AFTER_HELP
)]
pub struct CommandLine {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub layer: Layer,
}

/// How `hopline trace` tells a trace.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum TraceFormat {
    /// A tree of calls
    Text,
    /// OTLP/JSON, one `TracesData`
    Otlp,
    /// Zipkin's JSON v2, a list of spans
    Zipkin,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve (what happens without a command, too)
    Serve(Box<Layer>),
    /// Print a trace as a tree of calls: which hop is slow; or its spans
    Trace {
        /// A trace id as it stands in a log line or header
        id: String,
        /// The tree, or the spans as JSON
        #[arg(long, value_enum, default_value = "text")]
        format: TraceFormat,
        #[command(flatten)]
        server: Server,
    },
    /// Find the traces that carry a value: a trace id, `traceparent`, X-Request-ID …
    Find {
        value: String,
        #[command(flatten)]
        server: Server,
    },
    /// Show who sends spans, how many were kept, and what was refused and why
    Senders {
        #[command(flatten)]
        server: Server,
    },
    /// Copy the data of the server on this machine; to restore, start with --data-dir on the copy
    Backup {
        /// A folder that does not exist or is empty; on the same disk, files are linked
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// The data folder of a server that does not run
        #[arg(long, value_name = "FOLDER")]
        data_dir: Option<PathBuf>,
        #[command(flatten)]
        server: Server,
    },
    /// Copy the traces of a Zipkin server, or JSON files of spans, into a running hopline
    Import(Box<Import>),
    /// Prove a data folder that no server uses: everything that is derived says what the spans say
    Check {
        /// Read all spans and compare all checksums, not only a sample
        #[arg(long)]
        deep: bool,
        #[command(flatten)]
        folder: Folder,
    },
    /// Print the version
    Version,
}

/// Which data folder a command works on.
#[derive(Debug, Args)]
pub struct Folder {
    /// The folder of the local store [default: ./hopline-data]
    #[arg(long, env = "HOPLINE_DATA_DIR", value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// The settings file that names it
    #[arg(long, env = "HOPLINE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Folder {
    /// The folder that a server with the same settings would use.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn path(self) -> Result<PathBuf, BadSetting> {
        let settings = Settings::load(Layer {
            data_dir: self.data_dir,
            config: self.config,
            ..Layer::default()
        })?;
        Ok(settings.store.data_dir)
    }
}

/// Which server a command asks.
#[derive(Debug, Args)]
pub struct Server {
    /// Address of the running server
    #[arg(long, env = "HOPLINE_URL", default_value = "http://127.0.0.1:9411")]
    pub url: String,
}

/// What clap says of a bad command line, as one line.
pub fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).filter(|line| {
        !line.is_empty() && !line.starts_with("Usage:") && !line.starts_with("For more information")
    });
    lines
        .collect::<Vec<_>>()
        .join("; ")
        .trim_start_matches("error: ")
        .to_owned()
}

const AFTER_HELP: &str = "\
Every flag is also a variable (shown beside it) and a key of the settings file:
  listen = \"0.0.0.0:9411\"
  retention = \"14d\"

Zipkin's variables that are honoured: QUERY_PORT, QUERY_ENABLED, SEARCH_ENABLED, UI_ENABLED,
QUERY_TIMEOUT, QUERY_LOOKBACK, QUERY_LOG_LEVEL, ZIPKIN_QUERY_ALLOWED_ORIGINS, STORAGE_TYPE=mem,
COLLECTOR_SAMPLE_RATE, COLLECTOR_HTTP_ENABLED, HTTP_COLLECTOR_ENABLED, COLLECTOR_GRPC_ENABLED,
STRICT_TRACE_ID, AUTOCOMPLETE_KEYS, CORRELATION_KEYS, ZIPKIN_UI_BASEPATH (as --base-path), other
ZIPKIN_UI_* (for Zipkin's own page).

Try it:
  hopline --storage memory
  curl -X POST http://127.0.0.1:9411/api/v2/spans -H 'content-type: application/json' \\
    -d '[{\"traceId\":\"1\",\"id\":\"1\",\"name\":\"hello\",\"localEndpoint\":{\"serviceName\":\"me\"}}]'
  hopline trace 1";
