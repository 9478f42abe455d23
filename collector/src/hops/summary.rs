//! One line of a search's answer: what a trace was, where its time went and where it failed.
use std::collections::HashMap;

use serde::{Serialize, Serializer};
use storage::trace::Trace;

use super::peers::RootCall;
use super::{CallTree, Skew};

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub trace_id: String,
    #[serde(serialize_with = "decimal")]
    pub start_time_unix_nano: Option<u64>,
    pub duration_nano: Option<u64>,
    pub root: Root,
    pub span_count: usize,
    pub error_count: usize,
    pub services: Vec<Service>,
    /// Most time first; the sum is that of the critical path. The service is null in a gap.
    pub critical_by_service: Vec<Critical>,
    pub error_origin: Option<ErrorOrigin>,
    /// Where the root stands among its peers, if they are enough and somebody has asked.
    #[serde(flatten)]
    pub standing: Option<Standing>,
    #[serde(skip)]
    pub root_call: Option<RootCall>,
}

/// As a hop's peers tell it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Standing {
    pub percentile: f64,
    pub slower: f64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Root {
    pub service: Option<String>,
    pub operation: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    pub name: Option<String>,
    pub span_count: usize,
    pub error_count: usize,
    pub inferred: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Critical {
    pub service: Option<String>,
    pub duration_nano: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorOrigin {
    pub service: Option<String>,
    pub text: Option<String>,
}

pub fn summary(trace: &Trace) -> Summary {
    let tree = CallTree::build(trace, Skew::Corrected);
    Summary {
        trace_id: trace.id.to_string(),
        start_time_unix_nano: tree.start,
        duration_nano: tree.duration,
        root: Root {
            service: owned(tree.root.service),
            operation: owned(tree.root.operation),
        },
        span_count: trace.spans.len(),
        error_count: tree.error_count,
        services: tree
            .services
            .iter()
            .map(|count| Service {
                name: owned(count.name),
                span_count: count.span_count,
                error_count: count.error_count,
                inferred: count.inferred,
            })
            .collect(),
        critical_by_service: critical_by_service(&tree),
        error_origin: error_origin(&tree),
        standing: None,
        root_call: RootCall::of(&tree),
    }
}

fn critical_by_service(tree: &CallTree<'_>) -> Vec<Critical> {
    let mut sums: HashMap<Option<&str>, u64> = HashMap::new();
    for segment in &tree.critical_path {
        *sums.entry(segment.name.service).or_default() += segment.duration;
    }
    let mut sums: Vec<(Option<&str>, u64)> = sums.into_iter().collect();
    sums.sort_by_key(|(service, duration)| (std::cmp::Reverse(*duration), *service));
    sums.into_iter()
        .map(|(service, duration_nano)| Critical {
            service: owned(service),
            duration_nano,
        })
        .collect()
}

/// The hops through which the first failure went, from where it ended to where it began: of several
/// failed calls the last one is what its caller gave up on.
pub(super) fn error_chain(tree: &CallTree<'_>) -> Vec<usize> {
    let mut below: Vec<Option<usize>> = vec![None; tree.hops.len()];
    for (index, hop) in tree.hops.iter().enumerate().filter(|(_, hop)| hop.error) {
        if let Some(parent) = hop.parent {
            below[parent] = Some(index);
        }
    }
    let first = tree.hops.iter().position(|hop| hop.error);
    std::iter::successors(first, |hop| below[*hop]).collect()
}

fn error_origin(tree: &CallTree<'_>) -> Option<ErrorOrigin> {
    let hop = &tree.hops[*error_chain(tree).last()?];
    Some(ErrorOrigin {
        service: owned(hop.name().service),
        text: hop.error_text.clone(),
    })
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

#[expect(
    clippy::ref_option,
    reason = "serde hands over a reference to the field"
)]
fn decimal<S: Serializer>(nanos: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match nanos {
        Some(nanos) => serializer.collect_str(nanos),
        None => serializer.serialize_none(),
    }
}
