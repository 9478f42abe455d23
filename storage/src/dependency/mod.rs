//! Who calls whom: traces walked as Zipkin's `DependencyLinker` walks them, link for link.
//!
//! Spans are seen as [`CallSpan`]s, whose names are numbers of [`Names`]; a [`Linker`] finds the
//! [`Call`]s among them; [`Links`] adds calls up.
mod call;
mod linker;
mod links;
mod merge;
mod names;
mod tree;

use crate::span::Span;

pub use call::{Call, CallKind, CallSpan, Place};
pub use linker::Linker;
pub use links::{Links, PAIRS_MAX};
pub use names::{NAMES_MAX, NameId, Names};

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
