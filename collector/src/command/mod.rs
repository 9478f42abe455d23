//! The commands that are clients of a running server.
mod ask;
mod backup;
mod columns;
mod find;
mod import;
mod senders;
mod trace;

use std::io::Write as _;
use std::process::ExitCode;

use crate::config::Command;

/// Runs a command; `None` when it is to serve. 0 is found, 1 is not found or not all, 2 is a mistake
/// or a server that does not answer.
pub fn run(command: Command) -> Option<ExitCode> {
    let answer = match command {
        Command::Serve(_)
        | Command::Check { .. }
        | Command::Backup {
            data_dir: Some(_), ..
        } => return None,
        Command::Backup { folder, server, .. } => backup::run(&folder, &server.url),
        Command::Import(import) => import::run(&import),
        Command::Trace { id, format, server } => trace::run(&id, format, &server.url),
        Command::Find { value, server } => find::run(&value, &server.url),
        Command::Senders { server } => senders::run(&server.url),
        Command::Version => Ok(Found::Yes(format!(
            "hopline {}\n",
            env!("CARGO_PKG_VERSION")
        ))),
    };
    Some(match answer {
        Ok(Found::Yes(text)) => {
            // A closed pipe, as of `| head`, is no failure of ours.
            _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Ok(Found::Partly(text)) => {
            _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::from(1)
        }
        Ok(Found::No(text)) => {
            _ = writeln!(std::io::stderr(), "{text}");
            ExitCode::from(1)
        }
        Err(text) => {
            _ = writeln!(std::io::stderr(), "hopline: {text}");
            ExitCode::from(2)
        }
    })
}

/// The beginning of a text that others chose: a terminal must not obey it.
fn printable(text: &str, chars_max: usize) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .take(chars_max)
        .collect()
}

enum Found {
    Yes(String),
    /// Told, but something is missing.
    Partly(String),
    No(String),
}
