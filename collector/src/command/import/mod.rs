//! `hopline import`: copies what another Zipkin server holds, or what stands in files, into a
//! running hopline. It speaks HTTP on both sides, so that neither store is touched but by its own
//! server, and what hopline acknowledged is durable as it always is.
mod bookmark;
mod cut;
mod delivery;
mod face;
mod files;
mod moment;
mod peer;
mod progress;
mod seen;
mod slice;
mod tally;
mod walk;

use std::collections::HashMap;
use std::time::Instant;

use storage::time::Clock;

use self::bookmark::{Asked, Bookmark};
use self::delivery::Delivery;
use self::files::Files;
use self::moment::minute;
use self::peer::{Answer, Peer};
use self::progress::Progress;
use self::seen::Seen;
use self::tally::{End, Tally, shown};
use self::walk::{Walk, Way};
use super::Found;
use crate::config::Import;

pub(super) fn run(import: &Import) -> Result<Found, String> {
    let progress = Progress::hidden();
    let patience = import.patience.0;
    let hopline = Peer::new("hopline", "--to", &import.to, patience, &progress)?;
    let done = match &import.from {
        Some(from) => {
            let old = Peer::new("the old server", "--from", from, patience, &progress)?;
            from_server(import, &old, &hopline, &progress)
        }
        None => from_files(import, &hopline, &progress),
    };
    progress.end();
    done
}

fn from_files(import: &Import, hopline: &Peer<'_>, progress: &Progress) -> Result<Found, String> {
    let began = Instant::now();
    let mut files = Files {
        delivery: Delivery::open(hopline)?,
        progress,
        tally: Tally::default(),
        seen: Seen::default(),
        strangers: 0,
    };
    files.copy(&import.files).map_err(|error| {
        format!("{error}; what was sent before is kept, and sending it again changes no answer")
    })?;
    let mut notes = Vec::new();
    if files.strangers > 0 {
        notes.push(
            "there are objects without a trace id: only Zipkin's JSON is read; OTLP's is sent to \
             POST /v1/traces"
                .to_owned(),
        );
    }
    let end = End {
        took: began.elapsed(),
        is_about: files.seen.has_forgotten,
        notes,
    };
    let head = format!("imported into {}", hopline.url);
    Ok(found(&files.tally, &head, None, &end))
}

fn from_server(
    import: &Import,
    old: &Peer<'_>,
    hopline: &Peer<'_>,
    progress: &Progress,
) -> Result<Found, String> {
    if old.url == hopline.url {
        return Err(format!(
            "--from and --to are the same server, {}: start hopline on another port (--listen) \
             and name it with --to",
            old.url
        ));
    }
    let (began, now_ms) = (Instant::now(), Clock::System.now_ms());
    let mut notes = Vec::new();
    let (way, services) = services(import, old, &mut notes)?;
    let delivery = Delivery::open(hopline)?;
    let path = import
        .state
        .clone()
        .unwrap_or_else(|| Bookmark::default_path(&old.host));
    let mark = begin(import, old, hopline, Bookmark::read(&path)?, progress)?;
    let range_ms = (mark.from_ms, mark.until_ms.min(now_ms));
    let has_resumed = mark.done_ms < mark.until_ms;
    let mut walk = Walk {
        old,
        delivery,
        progress,
        mark,
        mark_path: &path,
        way,
        services,
        limit: u64::from(import.limit.unwrap_or(LIMIT)),
        now_ms,
        tally: Tally::default(),
        seen: Seen::default(),
        widths: HashMap::new(),
        notes,
    };
    walk.copy().map_err(|error| {
        format!(
            "{error}; {} remembers how far it came: the same command goes on there",
            path.display()
        )
    })?;
    _ = std::fs::remove_file(&path);
    if walk.tally.traces == 0 {
        return Ok(Found::No(format!(
            "{} tells of no traces between {} and {} UTC; --since goes further back (with \
             SEARCH_ENABLED=false a Zipkin server never tells of any)",
            old.url,
            minute(range_ms.0),
            minute(range_ms.1)
        )));
    }
    let end = End {
        took: began.elapsed(),
        is_about: has_resumed || walk.seen.has_forgotten,
        notes: walk.notes,
    };
    let head = format!("imported from {} into {}", old.url, hopline.url);
    Ok(found(&walk.tally, &head, Some(range_ms), &end))
}

/// Which services to walk through, and how.
fn services(
    import: &Import,
    old: &Peer<'_>,
    notes: &mut Vec<String>,
) -> Result<(Way, Vec<String>), String> {
    let answer = old.is_there("/api/v2/services")?;
    let known = names(old, &answer)?;
    let Some(asked) = &import.services else {
        return Ok((Way::Proving(0), known));
    };
    // Zipkin keeps names in lower case.
    let asked: Vec<String> = asked.0.iter().map(|name| name.to_lowercase()).collect();
    if asked.is_empty() {
        return Err("--services names none".to_owned());
    }
    for name in asked.iter().filter(|name| !known.contains(name)) {
        let known: Vec<String> = known.iter().map(|name| shown(name)).collect();
        notes.push(format!(
            "the old server lists no service {}; it lists: {}",
            shown(name),
            known.join(", ")
        ));
    }
    Ok((Way::Services, asked))
}

fn names(old: &Peer<'_>, answer: &Answer) -> Result<Vec<String>, String> {
    if answer.status == 200 {
        return serde_json::from_slice(&answer.body).map_err(|_| {
            format!(
                "{}/api/v2/services is no list of names: is it a Zipkin server? its address is the \
                 one that ends before /api",
                old.url
            )
        });
    }
    let hint = match answer.status {
        404 => "; is it a Zipkin server (2 or newer) that answers queries?",
        _ => "",
    };
    Err(format!("{}{hint}", old.refusal(answer)))
}

/// Where an import begins, or goes on.
fn begin(
    import: &Import,
    old: &Peer<'_>,
    hopline: &Peer<'_>,
    found: Option<Bookmark>,
    progress: &Progress,
) -> Result<Bookmark, String> {
    let since = import.since.as_ref();
    let until = import.until.as_ref();
    let asked = Asked {
        from: old.url.clone(),
        to: hopline.url.clone(),
        since: since.map_or(SINCE, |since| &since.text).to_owned(),
        until: until.map_or("now", |until| &until.text).to_owned(),
        services: import.services.as_ref().map(|words| words.0.clone()),
    };
    match found {
        Some(mark) if mark.asked == asked && mark.is_sound() => {
            progress.note(&format!(
                "going on at {} UTC, where it stopped; everything after that is done",
                minute(mark.done_ms)
            ));
            return Ok(mark);
        }
        Some(_) => progress.note("beginning anew: the last import was told something else"),
        None => {}
    }
    let now_ms = Clock::System.now_ms();
    let from_ms = now_ms.saturating_sub(SINCE_MS);
    let from_ms = since.map_or(from_ms, |since| since.ms(now_ms));
    // The clocks of clients may be ahead.
    let until_ms = until.map_or(now_ms + ONE_DAY_MS, |until| until.ms(now_ms));
    if from_ms >= until_ms {
        return Err(format!(
            "--since ({}) must be before --until ({})",
            minute(from_ms),
            minute(until_ms)
        ));
    }
    Ok(Bookmark {
        asked,
        from_ms,
        until_ms,
        done_ms: until_ms,
        tally: Tally::default(),
    })
}

fn found(tally: &Tally, head: &str, range_ms: Option<(u64, u64)>, end: &End) -> Found {
    let text = tally.told(head, range_ms, end);
    if tally.is_complete() {
        Found::Yes(text)
    } else {
        Found::Partly(text)
    }
}

const SINCE: &str = "7d";
const SINCE_MS: u64 = 7 * ONE_DAY_MS;
const ONE_DAY_MS: u64 = 86_400_000;
const LIMIT: u32 = 1_000;
