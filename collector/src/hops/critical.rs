//! The critical path: what the end of the trace waited for, found by walking back from it.
//!
//! At each moment, from the end backwards, the time belongs to the child that ended last before
//! it, or to the span itself when none did. What a child outlived was not waited for, so async
//! children and the shorter of parallel branches are passed by. What lies before the root and after
//! it is walked in the same way below a span that is not there, so that the path covers the trace.
use std::cmp::Reverse;

use storage::span::Span;

use super::Part;
use super::below::Below;
use super::family::{Family, Role};
use super::index::standing;
use super::notes::Note;
use super::timeline::{Interval, Timeline};

/// A piece of the path; no span in a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub span: Option<usize>,
    pub time: Interval,
    pub part: Part,
    /// Beside the root: nobody who waited for it waited for this.
    pub is_async: bool,
}

/// Sorted, without holes, and covering the extent of the trace exactly.
pub(super) fn path(
    spans: &[Span],
    family: &Family,
    timeline: &Timeline,
    main: Option<usize>,
) -> Vec<Step> {
    let root = main.filter(|main| family.is_true_root(*main));
    let root = root.and_then(|root| Some((root, timeline.measured(root)?)));
    let (Some(start), Some(duration)) = timeline.extent() else {
        return Vec::new();
    };
    let extent = Interval {
        start,
        end: start + duration,
    };
    let top = root.map(|(root, _)| root);
    let children = Children::of(spans, family, timeline, top);
    let mut walk = Walk {
        family,
        timeline,
        next: children.from.clone(),
        children: &children,
        steps: Vec::new(),
        is_async: false,
        edge: extent.start,
    };
    let nobody = family.parents.len();
    if let Some((root, window)) = root {
        walk.is_async = true;
        let after = Interval {
            start: window.end,
            end: extent.end,
        };
        walk.beside(nobody, after);
        walk.is_async = false;
        walk.down(root, window);
        walk.is_async = true;
        let before = Interval {
            start: extent.start,
            end: window.start,
        };
        walk.beside(nobody, before);
    } else {
        walk.beside(nobody, extent);
    }
    walk.steps.reverse();
    walk.steps
}

/// The children of each span, the last to end first. After those of all spans stand those of nobody.
struct Children {
    all: Vec<usize>,
    from: Vec<usize>,
}

impl Children {
    fn of(spans: &[Span], family: &Family, timeline: &Timeline, top: Option<usize>) -> Self {
        let nobody = family.parents.len();
        let parent_of = |span: usize| match family.parents[span] {
            Some(parent) => Some(parent),
            // Whatever is missing between: the root is above every span whose parent is not here.
            None if top != Some(span) && family.notes[span].contains(Note::MissingParent) => top,
            None => None,
        };
        let end = top
            .and_then(|top| timeline.interval(top))
            .map(|top| top.end);
        // What its parent does not hold, wholly or in part; after the root's end no hair is left out.
        let is_beside = |span: usize, time: Interval| {
            let above = || {
                let parent = parent_of(span)?;
                Some((parent, timeline.measured(parent)?))
            };
            let is_after = end.is_some_and(|end| time.end > end);
            top != Some(span)
                && above().is_none_or(|(parent, above)| {
                    timeline.is_async(span, parent) == Some(true)
                        || time.start < above.start
                        || is_after && time.end > above.end
                })
        };
        let is_timed = |span: usize| timeline.interval(span).is_some();
        let below = Below::of(nobody, |span| parent_of(span).filter(|_| is_timed(span)));
        let last_first = |one: &usize, other: &usize| {
            let key = |span: usize| {
                timeline
                    .interval(span)
                    .map(|time| (Reverse(time.end), time.start))
            };
            key(*one)
                .cmp(&key(*other))
                .then_with(|| standing(&spans[*one], &spans[*other]))
        };
        let (mut all, mut from) = below.into_lists();
        for parent in 0..nobody {
            let children = &mut all[from[parent]..from[parent + 1]];
            // Most come in order of their end, or the other way round.
            children.reverse();
            children.sort_by(last_first);
        }
        let mut beside: Vec<usize> = (0..nobody)
            .filter(|span| {
                timeline
                    .interval(*span)
                    .is_some_and(|time| is_beside(*span, time))
            })
            .collect();
        beside.sort_by(last_first);
        all.extend(beside);
        from.push(all.len());
        Self { all, from }
    }
}

struct Walk<'w> {
    family: &'w Family,
    timeline: &'w Timeline,
    children: &'w Children,
    /// The child of each span that is looked at next. Time only goes back, so none is looked at
    /// twice, also when a span is come by again: the walk is as long as there are children.
    next: Vec<usize>,
    /// Latest first.
    steps: Vec<Step>,
    is_async: bool,
    /// Where the window that is walked begins.
    edge: u64,
}

/// A span whose children are being looked at, from its end to its start.
struct Frame {
    span: usize,
    start: u64,
    /// What is after this moment is told already.
    now: u64,
    /// Its children were waited for if they ended by then: its own end, which may be cut off, and
    /// later the start of the child that was come by.
    until: u64,
    /// Before its start its message lay in a queue.
    queue: Option<Interval>,
}

impl Walk<'_> {
    /// What ran in a window that no span holds.
    fn beside(&mut self, nobody: usize, window: Interval) {
        if window.start < window.end {
            self.down(nobody, window);
        }
    }

    fn down(&mut self, top: usize, window: Interval) {
        self.edge = window.start;
        let mut frames = vec![Frame {
            span: top,
            start: window.start,
            now: window.end,
            until: window.end,
            queue: None,
        }];
        while let Some(frame) = frames.last_mut() {
            let Some(child) = self.next_child(frame) else {
                let start = frame.start;
                let end = frame.now;
                let (span, queue) = (frame.span, frame.queue);
                frames.pop();
                self.tell(span, Interval { start, end });
                if let Some(queue) = queue {
                    self.steps.push(self.step(Some(span), queue, Part::Queue));
                }
                continue;
            };
            let Some(time) = self.waited_for(child, frame) else {
                continue;
            };
            let (span, end) = (frame.span, frame.now);
            let queue = self.queue(child, time, frame);
            frame.now = queue.map_or(time.start, |queue| queue.start);
            frame.until = frame.now;
            let own = self.timeline.interval(child);
            // What reaches into the window before is come by again there; here all ends with it.
            if time.start == self.edge && own.is_some_and(|own| own.start < time.start) {
                self.next[span] -= 1;
            }
            frames.push(Frame {
                span: child,
                start: time.start,
                now: time.end,
                until: own.map_or(time.end, |own| own.end),
                queue,
            });
            let start = time.end;
            self.tell(span, Interval { start, end });
        }
    }

    /// What ended before the frame begins is left for an earlier time.
    fn next_child(&mut self, frame: &Frame) -> Option<usize> {
        let next = self.next[frame.span];
        if frame.now == frame.start || next == self.children.from[frame.span + 1] {
            return None;
        }
        let child = self.children.all[next];
        let time = self.timeline.interval(child)?;
        if time.end <= frame.start && time.start < frame.start {
            return None;
        }
        self.next[frame.span] += 1;
        Some(child)
    }

    /// The part of the child's interval that its parent waited for, before what is told already.
    fn waited_for(&self, child: usize, parent: &Frame) -> Option<Interval> {
        let time = self.timeline.interval(child)?;
        let is_nobody = parent.span == self.family.parents.len();
        // A client waits for its server until it ends, or gives up; nobody waits for anything.
        let is_held = is_nobody
            || self.family.partners[child] == Some(parent.span) && !self.family.is_message[child];
        let hair = |parent: usize| self.timeline.hair(child, parent);
        if !is_held && time.end > parent.until.saturating_add(hair(parent.span)) {
            return None;
        }
        let start = time.start.max(parent.start);
        let end = time.end.min(parent.now);
        (start < end).then_some(Interval { start, end })
    }

    /// Where a consumer's message lay since it was sent, as far as that is in the frame of nobody.
    fn queue(&self, consumer: usize, time: Interval, frame: &Frame) -> Option<Interval> {
        let is_nobody = frame.span == self.family.parents.len();
        if !is_nobody || !self.family.is_message[consumer] {
            return None;
        }
        let producer = self.family.parents[consumer]
            .filter(|parent| self.family.is_message[*parent])
            .filter(|_| self.family.roles[consumer] == Role::Callee)?;
        let start = self.timeline.measured(producer)?.end.max(frame.start);
        let end = time.start;
        (start < end).then_some(Interval { start, end })
    }

    fn tell(&mut self, span: usize, time: Interval) {
        if time.start == time.end {
            return;
        }
        let known = Some(span).filter(|span| *span < self.family.parents.len());
        let part = known.map_or(Part::Gap, |span| self.part(span));
        self.steps.push(self.step(known, time, part));
    }

    const fn step(&self, span: Option<usize>, time: Interval, part: Part) -> Step {
        Step {
            span,
            time,
            part,
            is_async: self.is_async,
        }
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
