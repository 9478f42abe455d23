//! The log, and the few lines that an operator reads first.
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use collector::config::{LogFormat, Settings};
use collector::server::Listeners;
use tracing_subscriber::EnvFilter;

/// Starts the log on standard error.
pub(crate) fn start(settings: &Settings) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter(&settings.log_level))
        .map_err(|error| format!("the setting `log-level`: {error}"))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // It would complain on standard error about standard error, and panic when that is closed.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal());
    match settings.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    Ok(())
}

/// The library of the server tells at `info` what our own ready line says better.
fn filter(level: &str) -> String {
    match level {
        "info" => "info,actix_server=warn".to_owned(),
        other => other.to_owned(),
    }
}

/// Says that all doors are open, and where.
pub(crate) fn ready(listeners: &Listeners, store: &str) -> std::io::Result<()> {
    let addresses = listeners.addresses()?;
    let http = format!("http://{}", addresses.http);
    let [otlp, grpc] = [addresses.otlp_http, addresses.otlp_grpc]
        .map(|address| address.map(|address| format!("http://{address}")));
    let [otlp_http, otlp_grpc] = [&otlp, &grpc].map(|address| address.as_deref().unwrap_or("off"));
    tracing::info!(%http, %otlp_http, %otlp_grpc, %store, "hopline is ready");
    tracing::info!(
        "look at {http}/ ; send Zipkin spans to {http}/api/v2/spans or point \
         OTEL_EXPORTER_OTLP_ENDPOINT at {}",
        otlp.as_ref().or(grpc.as_ref()).unwrap_or(&http)
    );
    Ok(())
}

/// One clear line, and the exit code.
pub(crate) fn refuse(text: &str, code: u8) -> ExitCode {
    _ = writeln!(std::io::stderr(), "hopline: {text}");
    ExitCode::from(code)
}
