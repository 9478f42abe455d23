//! Which services a trace went through, and how often.
use std::collections::{HashMap, HashSet};

use foldhash::quality::RandomState;

use super::family::Family;
use super::{Hop, Party, ServiceCount};

/// Who is in a hop.
#[derive(Clone, Copy)]
pub(super) struct Parties<'a> {
    pub caller: Option<Party<'a>>,
    pub callee: Option<Party<'a>>,
    pub error: bool,
}

impl<'a> Parties<'a> {
    pub(super) const fn of(hop: &Hop<'a>) -> Self {
        Self {
            caller: hop.caller,
            callee: hop.callee,
            error: hop.error,
        }
    }
}

/// By hops in pre-order.
pub(super) fn services<'a>(
    family: &Family,
    hops: impl Iterator<Item = Parties<'a>> + Clone,
) -> Vec<ServiceCount<'a>> {
    let parties = || {
        hops.clone()
            .flat_map(|hop| [hop.caller, hop.callee])
            .flatten()
    };
    // Every span is in one hop.
    let recorded: HashSet<Option<&str>, RandomState> = parties()
        .filter(|party| party.span_index.is_some())
        .map(|party| party.service)
        .collect();
    let mut positions: HashMap<Option<&str>, usize, RandomState> = HashMap::default();
    let mut services: Vec<ServiceCount<'a>> = Vec::new();
    let mut count = |name: Option<&'a str>, failed: bool, inferred: bool| {
        let position = *positions.entry(name).or_insert_with(|| {
            services.push(ServiceCount {
                name,
                span_count: 0,
                error_count: 0,
                inferred,
            });
            services.len() - 1
        });
        services[position].span_count += 1;
        services[position].error_count += usize::from(failed);
    };
    for hop in hops.clone() {
        for party in [hop.caller, hop.callee].into_iter().flatten() {
            if let Some(span) = party.span_index {
                count(party.service, family.errors[span], false);
            }
        }
        let inferred = hop.callee.filter(|callee| callee.span_id.is_none());
        if let Some(callee) = inferred.filter(|callee| !recorded.contains(&callee.service)) {
            count(callee.service, hop.error, true);
        }
    }
    services
}
