//! The critical path: what the end of the trace waited for, found by walking back from it.
//!
//! At each moment, from the end backwards, the time belongs to the child that ended last before
//! it, or to the span itself when none did. What a child outlived was not waited for, so async
//! children and the shorter of parallel branches are passed by.
use std::cmp::Reverse;

use super::Part;
use super::family::{Family, Role};
use super::notes::Note;
use super::timeline::{Interval, Timeline};

/// A piece of the path; no span in a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub span: Option<usize>,
    pub time: Interval,
    pub part: Part,
}

/// Sorted and disjoint, and covering the root's interval exactly. Where the root was not received
/// or never ended, the extent of the trace stands for it and its own time is a gap.
pub(super) fn path(family: &Family, timeline: &Timeline, main: Option<usize>) -> Vec<Step> {
    let root = main.filter(|main| family.is_true_root(*main));
    let root = root.and_then(|root| Some((root, timeline.measured(root)?)));
    let (start, duration) = timeline.extent();
    let (Some(start), Some(duration)) = (start, duration) else {
        return Vec::new();
    };
    // One more than the spans have, for the span that is not there.
    let nobody = family.parents.len();
    let (top, window) = root.unwrap_or((
        nobody,
        Interval {
            start,
            end: start + duration,
        },
    ));
    let children = Children::of(family, timeline, top, main);
    let mut walk = Walk {
        family,
        timeline,
        children: &children,
        steps: Vec::new(),
    };
    walk.down(top, window);
    walk.steps.reverse();
    walk.steps
}

/// The children of each span, the last to end first.
struct Children {
    all: Vec<usize>,
    from: Vec<usize>,
}

impl Children {
    fn of(family: &Family, timeline: &Timeline, top: usize, main: Option<usize>) -> Self {
        let nobody = family.parents.len();
        // A root that never ended hides nothing: its children stand beside it.
        let unended = main.filter(|main| timeline.measured(*main).is_none());
        let parent_of = |span: usize| match family.parents[span] {
            Some(parent) if unended == Some(parent) => Some(nobody),
            Some(parent) => Some(parent),
            None if top == nobody => Some(nobody),
            // Whatever is missing between: the root is above every span whose parent is not here.
            None if span != top && family.notes[span].contains(Note::MissingParent) => Some(top),
            None => None,
        };
        let mut sorted: Vec<(usize, Reverse<u64>, usize)> = (0..nobody)
            .filter_map(|span| {
                Some((
                    parent_of(span)?,
                    Reverse(timeline.interval(span)?.end),
                    span,
                ))
            })
            .collect();
        sorted.sort_unstable();
        let mut from = vec![0; nobody + 2];
        for (parent, ..) in &sorted {
            from[parent + 1] += 1;
        }
        for parent in 0..=nobody {
            from[parent + 1] += from[parent];
        }
        Self {
            all: sorted.into_iter().map(|(.., span)| span).collect(),
            from,
        }
    }
}

struct Walk<'w> {
    family: &'w Family,
    timeline: &'w Timeline,
    children: &'w Children,
    /// Latest first.
    steps: Vec<Step>,
}

/// A span whose children are being looked at, from its end to its start.
struct Frame {
    span: usize,
    start: u64,
    /// What is after this moment is told already.
    now: u64,
    next: usize,
}

impl Walk<'_> {
    fn down(&mut self, top: usize, window: Interval) {
        let frame = |span: usize, time: Interval| Frame {
            span,
            start: time.start,
            now: time.end,
            next: self.children.from[span],
        };
        let mut frames = vec![frame(top, window)];
        let mut told: Vec<(usize, Interval)> = Vec::new();
        while let Some(current) = frames.last_mut() {
            if current.next == self.children.from[current.span + 1] {
                told.push((
                    current.span,
                    Interval {
                        start: current.start,
                        end: current.now,
                    },
                ));
                frames.pop();
                continue;
            }
            let child = self.children.all[current.next];
            current.next += 1;
            if let Some(time) = self.waited_for(child, current) {
                told.push((
                    current.span,
                    Interval {
                        start: time.end,
                        end: current.now,
                    },
                ));
                current.now = time.start;
                frames.push(frame(child, time));
            }
        }
        for (span, time) in told {
            self.tell(span, time);
        }
    }

    /// The part of the child's interval that its parent waited for, before what is told already.
    fn waited_for(&self, child: usize, parent: &Frame) -> Option<Interval> {
        let time = self.timeline.interval(child)?;
        // A client waits for its server until it ends, or gives up.
        let is_half = self.family.partners[child] == Some(parent.span);
        let is_half = is_half && !self.family.is_message[child];
        if !is_half && time.end > parent.now.saturating_add(time.slack()) {
            return None;
        }
        let start = time.start.max(parent.start);
        let end = time.end.min(parent.now);
        (start < end).then_some(Interval { start, end })
    }

    fn tell(&mut self, span: usize, time: Interval) {
        if time.start == time.end {
            return;
        }
        let known = Some(span).filter(|span| *span < self.family.parents.len());
        let part = known.map_or(Part::Gap, |span| self.part(span));
        self.steps.push(Step {
            span: known,
            time,
            part,
        });
    }

    fn part(&self, span: usize) -> Part {
        let has_server = self.family.partners[span].is_some()
            || self.family.notes[span].contains(Note::SeveralServers);
        let is_waiting = self.family.roles[span] == Role::Caller && !self.family.is_message[span];
        if has_server && is_waiting {
            Part::Network
        } else {
            Part::Own
        }
    }
}
