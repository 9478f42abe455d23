//! The binary `hopline`: settings, log, store, server; and back in reverse.
mod folder;
mod log;
mod open;

use std::process::ExitCode;

use actix_web::rt::signal::unix::{SignalKind, signal};
use clap::Parser as _;
use collector::config::{self, Command, CommandLine, Layer, Settings};
use collector::server::{self, Listeners, State};
use storage::time::Clock;

/// Spans come and go in small pieces on several threads: with the system's allocator a sixth of the
/// processor's time goes there.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) if error.use_stderr() => return log::refuse(&config::one_line(&error), 2),
        Err(help) => {
            _ = help.print();
            return ExitCode::SUCCESS;
        }
    };
    let flags: Layer = match line.command {
        None => line.layer,
        Some(Command::Serve(layer)) => *layer,
        Some(Command::Check { deep, folder }) => {
            return match folder.path() {
                Ok(data_dir) => folder::check(&data_dir, deep),
                Err(error) => log::refuse(&error.to_string(), 2),
            };
        }
        Some(Command::Backup {
            folder,
            data_dir: Some(data_dir),
            ..
        }) => return folder::back_up(&data_dir, &folder),
        Some(command) => return collector::command::run(command).unwrap_or(ExitCode::SUCCESS),
    };
    let settings = match Settings::load(flags) {
        Ok(settings) => settings,
        Err(error) => return log::refuse(&error.to_string(), 2),
    };
    if let Err(error) = log::start(&settings) {
        return log::refuse(&error, 2);
    }
    match actix_web::rt::System::new().block_on(serve(settings)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => log::refuse(&error.to_string(), 1),
    }
}

async fn serve(settings: Settings) -> Result<(), Box<dyn std::error::Error>> {
    let clock = Clock::System;
    // The sockets first: whoever starts a second server by mistake must not wait for its store.
    let listeners = Listeners::bind(&settings.doors)?;
    let store = open::store(&settings.store, &clock)?;
    let state = State::new(&settings, store.clone(), clock)?;
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    log::ready(&listeners, store.status().name)?;
    server::run(listeners, state, async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        tracing::info!("stopping: what is under way will be answered");
    })
    .await?;
    store.close().await?;
    tracing::info!("stopped");
    Ok(())
}
