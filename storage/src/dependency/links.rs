//! Calls added up by pair of services.
use std::collections::HashMap;

use super::Dependency;
use super::call::CallSpan;
use super::linker::Linker;
use super::names::Names;
use crate::span::Span;

/// The most distinct pairs of services that [`Links`] keeps: names are the senders' choice, and
/// one that puts an id into a service name must not fill the memory.
pub const PAIRS_MAX: usize = 100_000;

/// Names that stay numbered from one trace to the next, before the numbers start anew.
const NAMES_KEPT_MAX: usize = 10_000;

/// Adds up links, in order of first appearance.
#[derive(Clone, Debug)]
pub struct Links {
    pairs: Pairs,
    linker: Linker,
    names: Names,
    spans: Vec<CallSpan>,
}

impl Default for Links {
    fn default() -> Self {
        Self {
            pairs: Pairs::default(),
            linker: Linker::default(),
            names: Names::unlimited(),
            spans: Vec::new(),
        }
    }
}

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
        self.pairs.count(parent, child, *call_count, *error_count);
    }

    /// Calls that were not counted because their pair came after the first [`PAIRS_MAX`].
    pub const fn overflowed(&self) -> u64 {
        self.pairs.overflowed
    }

    pub fn dependencies(&self) -> &[Dependency] {
        &self.pairs.dependencies
    }

    pub fn into_dependencies(self) -> Vec<Dependency> {
        self.pairs.dependencies
    }

    pub(super) fn add_spans<'a>(&mut self, spans: impl IntoIterator<Item = &'a Span>) {
        if self.names.len() > NAMES_KEPT_MAX {
            self.names = Names::unlimited();
        }
        let Self {
            pairs,
            linker,
            names,
            spans: light,
        } = self;
        light.clear();
        light.extend(spans.into_iter().map(|span| CallSpan::of(span, names)));
        linker.link(light, names, |call| {
            let (caller, callee) = (names.text(call.caller), names.text(call.callee));
            pairs.count(caller, callee, 1, u64::from(call.failed));
        });
    }
}

#[derive(Clone, Debug, Default)]
struct Pairs {
    dependencies: Vec<Dependency>,
    /// Parent, then child: looked up without making a pair of owned names.
    positions: HashMap<String, HashMap<String, usize>>,
    overflowed: u64,
}

impl Pairs {
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
