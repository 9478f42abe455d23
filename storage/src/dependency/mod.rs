//! Who calls whom: traces walked as Zipkin's `DependencyLinker` walks them, link for link.
mod linker;
mod merge;
mod tree;

use std::collections::HashMap;

use crate::query::TimeRange;
use crate::span::Span;
use crate::trace::Trace;

/// One service called another, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    pub parent: String,
    pub child: String,
    pub call_count: u64,
    pub error_count: u64,
}

/// The links of one trace: all its spans, whatever they were reported as.
pub fn link_trace(spans: &[Span]) -> Vec<Dependency> {
    let mut links = Links::default();
    links.add_trace(spans);
    links.into_dependencies()
}

/// The links of the traces that have at least one span in the range, each linked whole. Traces
/// whose ids agree in the low 64 bits are one: a client that knows only short ids reported a part.
pub fn link_range(traces: &[Trace], range: TimeRange) -> Vec<Dependency> {
    let mut positions: HashMap<u64, usize> = HashMap::new();
    let mut groups: Vec<Vec<&Trace>> = Vec::new();
    for trace in traces {
        let position = *positions.entry(trace.id.low()).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[position].push(trace);
    }
    let mut links = Links::default();
    for group in groups {
        let mut spans = group.iter().flat_map(|trace| &trace.spans);
        if spans.any(|span| starts_in(span, range)) {
            links.add_spans(group.into_iter().flat_map(|trace| &trace.spans));
        }
    }
    links.into_dependencies()
}

/// Adds up links, in order of first appearance.
#[derive(Clone, Debug, Default)]
pub struct Links {
    dependencies: Vec<Dependency>,
    /// Parent, then child: looked up without making a pair of owned names.
    positions: HashMap<String, HashMap<String, usize>>,
    overflowed: u64,
}

/// The most distinct pairs of services that [`Links`] keeps: names are the senders' choice, and
/// one that puts an id into a service name must not fill the memory.
pub const PAIRS_MAX: usize = 100_000;

impl Links {
    pub fn add_trace(&mut self, spans: &[Span]) {
        self.add_spans(spans);
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, dependency: &Dependency) {
        let Dependency {
            parent,
            child,
            call_count,
            error_count,
        } = dependency;
        self.count(parent, child, *call_count, *error_count);
    }

    /// Calls that were not counted because their pair came after the first [`PAIRS_MAX`].
    pub const fn overflowed(&self) -> u64 {
        self.overflowed
    }

    pub fn dependencies(&self) -> &[Dependency] {
        &self.dependencies
    }

    pub fn into_dependencies(self) -> Vec<Dependency> {
        self.dependencies
    }

    fn add_spans<'a>(&mut self, spans: impl IntoIterator<Item = &'a Span>) {
        let tree = tree::Tree::build(merge::merge(spans));
        linker::link(&tree, |parent, child, failed| {
            self.count(parent, child, 1, u64::from(failed));
        });
    }

    fn count(&mut self, parent: &str, child: &str, calls: u64, errors: u64) {
        let known = self
            .positions
            .get(parent)
            .and_then(|children| children.get(child));
        if let Some(position) = known {
            let dependency = &mut self.dependencies[*position];
            dependency.call_count = dependency.call_count.saturating_add(calls);
            dependency.error_count = dependency.error_count.saturating_add(errors);
        } else if self.dependencies.len() < PAIRS_MAX {
            let children = self.positions.entry(parent.to_owned()).or_default();
            children.insert(child.to_owned(), self.dependencies.len());
            self.dependencies.push(Dependency {
                parent: parent.to_owned(),
                child: child.to_owned(),
                call_count: calls,
                error_count: errors,
            });
        } else {
            self.overflowed = self.overflowed.saturating_add(calls);
        }
    }
}

/// Does the span make its trace count in this range? Zipkin compares whole milliseconds here,
/// where a search compares microseconds.
pub fn starts_in(span: &Span, range: TimeRange) -> bool {
    span.start.is_some_and(|start| {
        let ms = start / 1_000_000;
        range.from_ms <= ms && ms <= range.to_ms
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_beyond_the_limit_are_counted_not_kept() {
        let mut links = Links::default();
        let link = |child: usize| Dependency {
            parent: "web".to_owned(),
            child: child.to_string(),
            call_count: 2,
            error_count: 1,
        };
        for child in 0..PAIRS_MAX + 3 {
            links.add(&link(child));
        }
        links.add(&link(7));
        assert_eq!(links.overflowed(), 6);
        assert_eq!(links.dependencies().len(), PAIRS_MAX);
        assert_eq!(
            links.dependencies()[7],
            Dependency {
                call_count: 4,
                error_count: 2,
                ..link(7)
            }
        );
    }
}
