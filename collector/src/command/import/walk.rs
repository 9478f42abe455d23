//! `hopline import --from URL`: walks back through time, slice after slice, and in each slice
//! through the services: a trace of many services is met again soon, and is sent once.
use std::collections::HashMap;
use std::path::Path;

use super::bookmark::Bookmark;
use super::delivery::Delivery;
use super::face::Version;
use super::moment::{millisecond, minute};
use super::peer::{Peer, Trouble};
use super::progress::Progress;
use super::seen::Seen;
use super::slice::{Cut, Question, Told, Traces};
use super::tally::{Tally, counted, shown};

pub(super) struct Walk<'a> {
    pub(super) old: &'a Peer<'a>,
    pub(super) delivery: Delivery<'a>,
    pub(super) progress: &'a Progress,
    pub(super) mark: Bookmark,
    pub(super) mark_path: &'a Path,
    pub(super) way: Way,
    pub(super) services: Vec<String>,
    pub(super) limit: u64,
    /// When the import began.
    pub(super) now_ms: u64,
    /// With the slice that is not done yet.
    pub(super) tally: Tally,
    pub(super) seen: Seen,
    /// The time that was asked about at once of each service lately.
    pub(super) widths: HashMap<Option<String>, u64>,
    pub(super) notes: Vec<String>,
}

/// What is asked about a slice of time. Most servers tell all traces when no service is named, so
/// that each is fetched once and those that name no service are there too. But nobody promises it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Without a service, then service by service; so many traces were found by the first alone.
    Proving(u64),
    /// Without a service; and one question a slice about a service, each in its turn.
    Proven(usize),
    /// As `Proving`, to the end: a service had a trace that was not told without it.
    Both,
    /// Service by service only.
    Services,
}

impl Walk<'_> {
    /// Walks to the end; after each slice the bookmark says so.
    ///
    /// # Errors
    /// When one of the servers does not go on.
    pub(super) fn copy(&mut self) -> Result<(), String> {
        self.tally = self.mark.tally.clone();
        self.mark.write(self.mark_path)?;
        self.progress
            .begin(self.newest_ms().saturating_sub(self.mark.from_ms).max(1));
        let mut width_ms = SLICE_MS_FIRST;
        while self.mark.done_ms > self.mark.from_ms {
            let end_ms = self.mark.done_ms;
            // What clocks that are ahead left in the future is one slice.
            let ahead_ms = end_ms.saturating_sub(self.now_ms);
            let start_ms = end_ms
                .saturating_sub(width_ms.max(ahead_ms))
                .max(self.mark.from_ms);
            let known = self.tally.traces;
            let missed = self.copy_slice(start_ms, end_ms)?;
            self.delivery.flush(&mut self.tally)?;
            let found = self.tally.traces - known;
            self.mark.done_ms = start_ms;
            // Traces that came in meanwhile say nothing about how the server answers.
            if end_ms + STILL_COMING_MS < self.now_ms {
                self.learn(found, missed);
            }
            self.mark.tally = self.tally.clone();
            self.mark.write(self.mark_path)?;
            width_ms = match found {
                _ if ahead_ms > 0 => SLICE_MS_FIRST,
                0..SLICE_TRACES_FEW => (width_ms * 2).min(SLICE_MS_MAX),
                SLICE_TRACES_MANY.. => (width_ms / 2).max(SLICE_MS_MIN),
                _ => width_ms,
            };
        }
        Ok(())
    }

    /// Chooses the way from what a slice showed: how many traces there were, and how many of them
    /// were found by service only.
    fn learn(&mut self, found: u64, missed: u64) {
        self.way = match self.way {
            Way::Proving(_) if missed > 0 => Way::Both,
            Way::Proven(_) if missed > 0 => {
                // The slices behind us were believed too easily.
                self.mark.done_ms = self.mark.until_ms;
                Way::Both
            }
            Way::Proving(traces) if traces + found >= PROOF_TRACES => Way::Proven(0),
            Way::Proving(traces) => Way::Proving(traces + found),
            Way::Proven(next) => Way::Proven(next + 1),
            way => way,
        };
    }

    /// Copies a slice; says how many traces were found by service only.
    fn copy_slice(&mut self, start_ms: u64, end_ms: u64) -> Result<u64, String> {
        let of_services = match self.way {
            Way::Proven(_) => 0,
            _ => self.services.len(),
        };
        let mut asked: Vec<Option<String>> = Vec::new();
        asked.extend((self.way != Way::Services).then_some(None));
        asked.extend(self.services.iter().take(of_services).cloned().map(Some));
        let mut known = self.tally.traces;
        for (index, service) in asked.iter().enumerate() {
            let part = Part {
                start_ms,
                end_ms,
                index: index as u64,
                parts: asked.len() as u64,
            };
            self.copy_service(service, &part)?;
            if service.is_none() {
                known = self.tally.traces;
            }
        }
        if let Way::Proven(next) = self.way
            && let Some(service) = self.services.get(next % self.services.len().max(1))
        {
            let question = Question {
                service: Some(service),
                start_ms,
                end_ms,
                limit: self.limit,
            };
            if let Told::Traces(traces) = question.ask(self.old, Trouble::Return)? {
                self.send(&traces)?;
            }
        }
        Ok(self.tally.traces - known)
    }

    /// One service in one slice: as much time at once as is answered whole.
    fn copy_service(&mut self, service: &Option<String>, part: &Part) -> Result<(), String> {
        let mut width_ms = *self.widths.get(service).unwrap_or(&u64::MAX);
        let mut end_ms = part.end_ms;
        while end_ms > part.start_ms {
            self.tell(part, end_ms, service.as_deref());
            let question = Question {
                service: service.as_deref(),
                start_ms: end_ms.saturating_sub(width_ms).max(part.start_ms),
                end_ms,
                limit: self.limit,
            };
            let asked_ms = end_ms - question.start_ms;
            let trouble = if asked_ms > HEAVY_MS_MIN {
                Trouble::Return
            } else {
                Trouble::AskAgain
            };
            match question.ask(self.old, trouble)? {
                Told::Traces(traces) if traces.cut.is_none() => {
                    if traces.are_few(self.limit) {
                        width_ms = width_ms.max(asked_ms.saturating_mul(2));
                    }
                    self.send(&traces)?;
                    // The next question ends where this one began: both ends belong to a slice,
                    // and a span's microseconds lie between two milliseconds.
                    end_ms = question.start_ms;
                }
                Told::Traces(traces) if asked_ms == 1 => {
                    self.copy_shortest(question, traces)?;
                    end_ms = question.start_ms;
                }
                Told::Traces(_) | Told::Failed => width_ms = asked_ms.div_ceil(2),
                Told::Refused(answer) if service.is_none() => {
                    self.way = Way::Services;
                    self.notes.push(format!(
                        "the old server answers no questions without a service ({}): traces in \
                         which no service is named are not copied",
                        answer.text()
                    ));
                    return Ok(());
                }
                Told::Refused(answer) => return Err(self.old.refusal(&answer)),
            }
        }
        self.widths.insert(service.clone(), width_ms);
        Ok(())
    }

    /// A slice that cannot be shorter: more traces are asked for, while that helps.
    fn copy_shortest(&mut self, question: Question<'_>, first: Traces) -> Result<(), String> {
        let (mut traces, mut limit) = (first, question.limit);
        self.send(&traces)?;
        while let Some(Cut::Limit | Cut::Rows) = traces.cut
            && limit < question.limit * LIMIT_GROWTH_MAX
        {
            limit *= 10;
            let told = Question { limit, ..question }.ask(self.old, Trouble::AskAgain)?;
            let Told::Traces(mut more) = told else { break };
            self.send(&more)?;
            // Ten times the rows brought no trace more: there are no more.
            if more.cut == Some(Cut::Rows) && more.count == traces.count {
                more.cut = None;
            }
            traces = more;
        }
        if let Some(cut) = traces.cut {
            let service = question.service.map_or_else(
                || "of any service".to_owned(),
                |service| format!("of {}", shown(service)),
            );
            let when = millisecond(question.start_ms);
            self.tally
                .doubt(format!("{when}, traces {service}: {}", cut.told()));
        }
        Ok(())
    }

    /// Sends the spans of traces that were not met before.
    fn send(&mut self, traces: &Traces) -> Result<(), String> {
        let mut new = traces.ids();
        new.retain(|id| !self.seen.contains(*id));
        for (id, span) in traces.spans() {
            // What has no trace id is hopline's to refuse.
            if id.is_none_or(|id| new.contains(&id)) {
                self.delivery.add(Version::V2, span, &mut self.tally)?;
            }
        }
        self.tally.traces += new.len() as u64;
        // A trace that was not told whole may be told better through another service.
        if traces.cut != Some(Cut::Spans) {
            for id in new {
                self.seen.insert(id);
            }
        }
        Ok(())
    }

    fn tell(&self, part: &Part, at_ms: u64, service: Option<&str>) {
        let whole_ms = part.end_ms - part.start_ms;
        let done_ms = (whole_ms * part.index + part.end_ms - at_ms) / part.parts;
        let done_ms = match self.newest_ms().checked_sub(part.end_ms) {
            Some(before_ms) => before_ms + done_ms,
            None => 0,
        };
        self.progress.at(done_ms, || {
            let traces = counted(self.tally.traces, "trace");
            let spans = counted(self.tally.spans, "span");
            let service =
                service.map_or_else(String::new, |service| format!(", {}", shown(service)));
            let at = minute(at_ms.min(self.now_ms));
            format!("{traces}, {spans} sent; at {at}{service}")
        });
    }

    /// Where the bar begins: the future is not worth a part of it.
    fn newest_ms(&self) -> u64 {
        self.mark.until_ms.min(self.now_ms)
    }
}

/// One service's part of a slice of time.
struct Part {
    start_ms: u64,
    end_ms: u64,
    index: u64,
    parts: u64,
}

/// Short, so that a busy server proves itself soon.
const SLICE_MS_FIRST: u64 = 60_000;
const SLICE_MS_MIN: u64 = 1_000;
/// Where nothing is, time passes fast; but a search over many days is a heavy one for some stores.
const SLICE_MS_MAX: u64 = 86_400_000;
/// After so many traces it is believed that none is left out when no service is named.
const PROOF_TRACES: u64 = 500;
const STILL_COMING_MS: u64 = 600_000;
const SLICE_TRACES_FEW: u64 = 1_000;
const SLICE_TRACES_MANY: u64 = 100_000;
/// A question about less time than this is not too heavy: the server is in trouble.
const HEAVY_MS_MIN: u64 = 1_000;
/// How many times the limit is asked for in a slice that cannot be shorter.
const LIMIT_GROWTH_MAX: u64 = 100;
