//! `hopline trace ID`: a trace as a tree of calls.
use super::Found;
use super::ask;

pub(super) fn run(id: &str, url: &str) -> Result<Found, String> {
    let path = format!("/api/hopline/traces/{}", ask::path_part(id.trim()));
    let answer = ask::get(url, &path, &[("format", "text")])?;
    match answer.status {
        200 => Ok(Found::Yes(answer.body)),
        404 => Ok(Found::No(ask::reason(&answer))),
        _ => Err(ask::reason(&answer)),
    }
}
